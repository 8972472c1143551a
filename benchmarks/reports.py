"""A result on real articles as a report in HTML: how long writing takes, how large it is, how it opens in a browser.

The scan is not counted. First paint is Chromium's own, of the page opened from disk by a fresh profile; filtering is
the time from a letter typed into the filter to the frame that shows it (medians). One result is made: 10,000 clusters.
"""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks import articles
from benchmarks.report import Table
from benchmarks.settings import BenchmarkError, Figures, Options, note

NEEDS = articles.NEEDS[:2]
SIZES: tuple[int, ...] = ()
QUICK_SIZES: tuple[int, ...] = ()
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
REACH = {"seconds": 5.0, "folder_mb": 60.0, "index_mb": 1.5, "paint_ms": 1000.0, "filter_ms": 100.0}
"""What is wanted of 24,000 articles: writing, sizes, first paint of the index page, and a letter in its filter."""
MADE = 10_000
"""Clusters of the made result."""
TYPED = "stock"
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
_FILTER = """(text) => new Promise((done) => {
  const field = document.getElementById("find"), begin = performance.now();
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - begin)));
})"""


def _written(result: Any, folder: Path) -> list[Figures]:
    """Both forms, from memory and from JSON."""
    from dedup.report import machine
    from dedup.report.html import JsonSource, ResultSource, write_file, write_folder

    rows = []
    saved = folder / "result.json"
    with saved.open("wb") as out:
        machine.write_json(result, out)
    for origin in ("memory", "JSON"):
        content = json.loads(saved.read_bytes()) if origin == "JSON" else None
        for form in ("folder", "one file"):
            begin, cpu = time.perf_counter(), time.process_time()
            source = ResultSource(result) if content is None else JsonSource(content, "result.json")
            place = folder / f"{origin}-{form}"
            if form == "folder":
                place.mkdir()
                write_folder(source, place)
                size = sum(file.stat().st_size for file in place.iterdir())
            else:
                with place.open("wb") as out:
                    write_file(source, out)
                size = place.stat().st_size
            rows.append({
                "from": origin, "form": form, "seconds": time.perf_counter() - begin,
                "cpu": time.process_time() - cpu, "mb": size / 1e6,
                "index_mb": (place / "index.html").stat().st_size / 1e6 if form == "folder" else None,
                "files": len(list(place.iterdir())) if form == "folder" else 1,
            })  # fmt: skip
    return rows


def _opened(page: Path, repeats: int) -> Figures:
    """How a page opens and filters in a browser."""
    from playwright.sync_api import sync_playwright

    program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if not program:
        raise BenchmarkError("reports needs chromium")
    paints, filters = [], []
    with sync_playwright() as playwright:
        for _ in range(repeats):
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            tab = browser.new_page()
            tab.goto(page.as_uri())
            tab.wait_for_function(f"({_PAINT}) !== null")
            paints.append(tab.evaluate(_PAINT))
            tab.evaluate(_FILTER, "x")  # the first letter reads all rows
            filters += [tab.evaluate(_FILTER, TYPED[:end]) for end in range(1, len(TYPED) + 1)]
            clusters = tab.evaluate("document.querySelectorAll('.cluster').length")
            browser.close()
    return {"paint_ms": statistics.median(paints), "filter_ms": statistics.median(filters),
            "filter_worst_ms": max(filters), "clusters": clusters}  # fmt: skip


def _made(folder: Path) -> Path:
    """The index page of a result with many clusters of three."""
    from dedup.report.html import JsonSource, write_folder

    documents, clusters = list[Figures](), list[Figures]()
    for number in range(MADE):
        ids = [f"outlet-{side}/2016/11/story-{number}.txt" for side in "abc"]
        for name in ids:
            documents.append({
                "id": name, "source": name[:8], "file": name, "line": None, "date": None, "words": 400,
                "cluster": number, "kept": name == ids[0], "flags": [],
            })  # fmt: skip
        clusters.append({
            "id": number, "representative": ids[0], "members": ids, "weakest": 0.9, "source_missing": False,
            "relations": [None, "near-duplicate", "spun"], "similarities": [1.0, 0.95, 0.9],
        })  # fmt: skip
    content = {"schema": "dedup.scan/1", "documents": documents, "edges": [], "clusters": clusters, "stories": [],
               "rejects": [], "stats": {"documents": len(documents)}}  # fmt: skip
    folder.mkdir()
    write_folder(JsonSource(content, "made"), folder)
    return folder / "index.html"


def run(options: Options) -> Figures:
    """All real articles, or 3,000 with --quick."""
    from dedup import scan

    records = articles.news(options.data) if options.quick else articles.real(options.data)
    note("scanning")
    result = scan(list(islice(records, 3000) if options.quick else records))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        note("writing")
        written = _written(result, folder)
        note("opening")
        (folder / "one.html").write_bytes((folder / "memory-one file").read_bytes())
        pages = (
            ("index page", folder / "memory-folder" / "index.html"), ("one file", folder / "one.html"),
            (f"index page of {MADE:,} clusters", _made(folder / "made")),
        )  # fmt: skip
        opened = {form: _opened(page, options.repeat(5, 2)) for form, page in pages}
    counts = {"documents": len(result.corpus), "clusters": len(result.clusters), "edges": len(result.edges)}
    figures = {"counts": counts, "written": written, "opened": opened, "reach": REACH}
    for name in missed(figures):
        note(f"missed: {name}")
    return figures


def missed(figures: Figures) -> list[str]:
    """What is not reached."""
    whole = [row for row in figures["written"] if row["form"] == "folder"]
    index = figures["opened"]["index page"]
    found = {
        "seconds": max(row["seconds"] for row in whole), "folder_mb": max(row["mb"] for row in whole),
        "index_mb": max(row["index_mb"] for row in whole), "paint_ms": index["paint_ms"],
        "filter_ms": index["filter_ms"],
    }  # fmt: skip
    return [f"{name} {found[name]:.2f}, {most:g} wanted" for name, most in REACH.items() if found[name] > most]


def tables(figures: Figures) -> list[Table]:
    """Writing, and opening."""
    counts = figures["counts"]
    rows = [
        (
            row["form"], row["from"], f"{row['seconds']:.1f}", f"{row['cpu']:.1f}", f"{row['mb']:.1f}",
            "" if row["index_mb"] is None else f"{row['index_mb']:.2f}", f"{row['files']:,}",
        )
        for row in figures["written"]
    ]  # fmt: skip
    opened = [
        (form, f"{row['clusters']:,}", f"{row['paint_ms']:.0f}", f"{row['filter_ms']:.0f}",
         f"{row['filter_worst_ms']:.0f}")
        for form, row in figures["opened"].items()
    ]  # fmt: skip
    title = f"A report on {counts['documents']:,} articles, {counts['clusters']:,} clusters, {counts['edges']:,} pairs"
    heads = ("form", "from", "seconds", "CPU s", "MB", "index page MB", "files")
    columns = ("page", "clusters on it", "first paint, ms", "filter, ms", "filter, worst, ms")
    return [Table(title, heads, rows), Table("The same in Chromium, opened from disk", columns, opened)]
