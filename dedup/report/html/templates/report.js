"use strict";
// Filters and sorts clusters, moves by keys, and notes decisions. Without it everything is there, only longer.
(() => {
  const control = (id) => document.getElementById(id);
  const list = control("clusters");
  const clusters = list ? Array.from(list.querySelectorAll(".cluster")) : [];

  // ---- filter and sort
  const rows = clusters.map((node) => ({
    node, text: null, size: +node.dataset.size, weakest: +node.dataset.weakest, number: +node.dataset.number,
    relations: node.dataset.relations.split(" "), flags: node.dataset.flags.split(" "),
  }));
  const textOf = (row) => (row.text ??= row.node.textContent.toLowerCase());
  const filter = () => {
    const words = control("find").value.toLowerCase().split(/\s+/).filter(Boolean);
    const relation = control("relation").value, flag = control("flag").value;
    let shown = 0;
    for (const row of rows) {
      const fits = (!relation || row.relations.includes(relation)) && (!flag || row.flags.includes(flag)) &&
        words.every((word) => textOf(row).includes(word));
      if (row.node.hidden === fits) row.node.hidden = !fits;
      shown += fits;
    }
    control("shown").textContent = `${shown} of ${rows.length}`;
  };
  const order = { size: (a, b) => b.size - a.size || a.number - b.number,
    weakest: (a, b) => a.weakest - b.weakest || a.number - b.number, number: (a, b) => a.number - b.number };
  const sort = () => {
    rows.sort(order[control("sort").value]);
    (list.tBodies ? list.tBodies[0] : list).append(...rows.map((row) => row.node));
  };
  const form = document.querySelector(".controls");
  if (form) {
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const id of ["find", "relation", "flag"]) control(id).addEventListener("input", filter);
    control("sort").addEventListener("input", sort);
    filter();
  }

  // ---- moving
  const stops = () => rows.map((row) => row.node).filter((node) => !node.hidden).flatMap((node) =>
    [node.querySelector("summary, a"), ...(node.open ? node.querySelectorAll(".pair") : [])]);
  const go = (stop) => { stop.focus(); stop.scrollIntoView({ block: "nearest" }); };
  const move = (step) => {
    const found = stops();
    const pair = document.activeElement.closest(".pair");
    const at = found.indexOf(pair || document.activeElement);
    const next = found[Math.min(Math.max(at + step, 0), found.length - 1)];
    if (next) go(next);
  };

  // ---- decisions
  const bar = control("decisions");
  const KEYS = { d: "drop", s: "keep", n: "not-a-copy", f: "form", u: null };
  const WORDS = { drop: "drop the right one", keep: "keep the right one instead", "not-a-copy": "not a copy",
    form: "a form" };
  const storage = bar && `dedup ${bar.dataset.report}`;
  let decided = new Map();  // pair -> line of the file
  const load = () => {
    try { decided = new Map(JSON.parse(localStorage.getItem(storage) || "[]")); } catch { decided = new Map(); }
  };
  const save = () => {
    try { localStorage.setItem(storage, JSON.stringify([...decided])); } catch { /* then it is kept by this page alone */ }
  };
  const keyOf = (row) => JSON.stringify([row.a, row.b, row.a_digest, row.b_digest]);
  const verdictOf = (row) => decided.has(keyOf(row)) ? decided.get(keyOf(row)).decision : row.decided ?? null;
  const show = (pair) => {
    const verdict = verdictOf(pair.row);
    pair.node.classList.toggle("decided", verdict !== null);
    for (const button of pair.buttons) button.setAttribute("aria-pressed", String(button.value === verdict));
  };
  const tell = () => {
    bar.hidden = !decided.size;
    control("count").textContent = `${decided.size} ${decided.size === 1 ? "decision" : "decisions"} to be saved`;
  };
  const decide = (pair, verdict) => {
    const { decided: before, ...row } = pair.row, key = keyOf(row);
    if (verdict === (before ?? null)) decided.delete(key);
    else decided.set(key, { schema: "dedup.decision/1", decision: verdict, ...row });
    save();
    show(pair);
    tell();
  };
  const download = () => {
    const lines = [...decided.values()].map((line) => JSON.stringify(line) + "\n");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(lines, { type: "application/jsonl" }));
    link.download = "decisions.jsonl";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };
  const pairs = new Map();
  const buttonsOf = (node) => Object.entries(KEYS).filter(([, verdict]) => verdict).map(([key, verdict]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.value = verdict;
    button.append(WORDS[verdict], " ", Object.assign(document.createElement("kbd"), { textContent: key }));
    button.addEventListener("click", () => {
      const pair = pairs.get(node);
      decide(pair, verdictOf(pair.row) === verdict ? null : verdict);
    });
    return button;
  });
  if (bar) {
    load();
    for (const node of document.querySelectorAll(".pair[data-pair]")) {
      const pair = { node, row: JSON.parse(node.dataset.pair), buttons: buttonsOf(node) };
      pairs.set(node, pair);
      const group = document.createElement("div");
      group.className = "decide";
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", "Decide on this pair");
      group.append(...pair.buttons);
      node.querySelector("p").after(group);
      show(pair);
    }
    control("save").addEventListener("click", download);
    control("forget").addEventListener("click", () => {
      decided.clear();
      save();
      pairs.forEach(show);
      tell();
    });
    window.addEventListener("storage", (event) => {
      if (event.key === storage) { load(); pairs.forEach(show); tell(); }
    });
    tell();
  }
  const decideByKey = (key, node) => {
    const pair = node && pairs.get(node);
    if (!pair || !(key in KEYS)) return false;
    decide(pair, KEYS[key]);
    if (KEYS[key]) move(1);
    return true;
  };

  // ---- keys
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|SELECT)$/.test(event.target.tagName)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "/" && form) control("find").focus();
    else if (!decideByKey(event.key, event.target.closest(".pair"))) return;
    event.preventDefault();
  });
  const open = () => {
    const node = location.hash && control(location.hash.slice(1));
    if (node && node.tagName === "DETAILS") { node.open = true; node.scrollIntoView(); }
  };
  window.addEventListener("hashchange", open);
  open();
})();
