"use strict";
// Filters and sorts clusters, and moves by keys. Without it everything is there, only longer.
(() => {
  const list = document.getElementById("clusters");
  if (!list) return;
  const body = list.tBodies ? list.tBodies[0] : list;
  const all = Array.from(list.querySelectorAll(".cluster"));
  const rows = all.map((node) => ({
    node, text: null, size: +node.dataset.size, weakest: +node.dataset.weakest, number: +node.dataset.number,
    relations: node.dataset.relations.split(" "), flags: node.dataset.flags.split(" "),
  }));
  const form = document.querySelector(".controls");
  const control = (id) => document.getElementById(id);
  const visible = () => all.filter((node) => !node.hidden);
  const textOf = (row) => (row.text ??= row.node.textContent.toLowerCase());

  const filter = () => {
    const words = control("find").value.toLowerCase().split(/\s+/).filter(Boolean);
    const relation = control("relation").value, flag = control("flag").value;
    let shown = 0;
    for (const row of rows) {
      const fits = (!relation || row.relations.includes(relation)) && (!flag || row.flags.includes(flag)) &&
        words.every((word) => textOf(row).includes(word));
      row.node.hidden = !fits;
      shown += fits;
    }
    control("shown").textContent = `${shown} of ${rows.length}`;
  };

  const order = { size: (a, b) => b.size - a.size || a.number - b.number,
    weakest: (a, b) => a.weakest - b.weakest || a.number - b.number, number: (a, b) => a.number - b.number };
  const sort = () => {
    rows.sort(order[control("sort").value]);
    body.append(...rows.map((row) => row.node));
    all.splice(0, all.length, ...rows.map((row) => row.node));
  };

  const target = (node) => node.querySelector("summary, a");
  const move = (step) => {
    const shown = visible();
    const at = shown.findIndex((node) => node.contains(document.activeElement));
    const next = shown[Math.min(Math.max(at + step, 0), shown.length - 1)];
    if (next) { target(next).focus(); next.scrollIntoView({ block: "nearest" }); }
  };

  if (form) {
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const id of ["find", "relation", "flag"]) control(id).addEventListener("input", filter);
    control("sort").addEventListener("input", sort);
    filter();
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|SELECT)$/.test(event.target.tagName)) {
      if (event.key === "Escape") event.target.blur();
    } else if (event.key === "j") { move(1); event.preventDefault(); }
    else if (event.key === "k") { move(-1); event.preventDefault(); }
    else if (event.key === "/" && form) { control("find").focus(); event.preventDefault(); }
  });
  const open = () => {
    const node = location.hash && document.getElementById(location.hash.slice(1));
    if (node && node.tagName === "DETAILS") { node.open = true; node.scrollIntoView(); }
  };
  window.addEventListener("hashchange", open);
  open();
})();
