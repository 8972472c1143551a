"""What may judge, and what is judged: `python -m benchmarks.references [--share DIR] [--plain NAME=DIR ...]`.

- *batches*: US news of December with spun copies among them (vocabulary `heldout`, all entries), scanned: which share
  of the spun ones and of the clean ones is flagged as the share of spun texts rises, and how many verdicts differ from
  those of single texts.
- *foreign*: articles (SemEval 2022) and, from `--share` (/usr/share, or where Debian packages were unpacked), manual
  pages and the Debian handbook in other languages (some of its pages are English still): flagged and judged by the
  reference in the package; and what the check says of a reference made of five sixths, with its false alarms on the
  rest.
- *interpolated*: web pages with spun ones among them, judged by the reference in the package alone, and with the
  counts added of those pages that it does not suspect at all, each forgotten while it is judged: whether a batch could
  teach its own domain without teaching its spinner.
- *kinds*: the same for clean English of other kinds; `--plain` names folders with .txt files, cut into pieces, and
  `--packages` one with unpacked packages (`genres`).

Writes `benchmarks/results/references.json`.
"""

from __future__ import annotations

import argparse
import gzip
import html
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import genres, phrasing_texts, report, thesaurus
from benchmarks.phrasing_judges import Judge, shipped
from benchmarks.settings import DATA, RESULTS, Figures, note
from benchmarks.spinner import spin
from dedup import Config, scan
from dedup.phrasing.reference import counting, merging
from dedup.phrasing.reference.model import Reference
from dedup.phrasing.scoring import checking
from dedup.phrasing.scoring.scorer import Scorer
from dedup.pipeline.score import scorer_of

SPUN = (3, 30, 125, 250)
"""Spun texts among CLEAN others."""
CLEAN = 250
PIECE = 350
"""Words."""
LANGUAGES = ("de", "es", "fr", "nl", "pl", "pt_BR", "ru")
HANDBOOKS = ("de-DE", "es-ES", "fr-FR", "it-IT", "nl-NL", "pl-PL", "pt-BR", "ru-RU", "sv-SE", "vi-VN")
LEAST_WORDS = 60
_FONT = re.compile(r"\\f(?:\[\w*\]|\w)|\\\(..|\\\[\w+\]|\\.")
_INLINE = frozenset(["B", "I", "BR", "RB", "IR", "RI", "BI", "IB", "SM", "SB", "SH", "SS"])


def _long(texts: Iterator[str]) -> list[str]:
    return [text for text in texts if len(text.split()) >= LEAST_WORDS]


def manuals(share: Path, language: str) -> list[str]:
    """Manual pages of a language ("" for English) as plain text."""
    files = sorted((share / "man" / language).glob("man*/*.gz"))
    return _long(
        _unformatted(gzip.decompress(file.read_bytes()).decode("utf-8", "replace")) for file in files if file.is_file()
    )


def _unformatted(source: str) -> str:
    """Without the requests of roff, roughly."""
    lines = []
    for line in source.splitlines():
        request = re.match(r"[.'](\\\"|\w*)\s*(.*)", line)
        if request is None:
            lines.append(line)
        elif request[1] in _INLINE:
            lines.append(request[2].replace('"', ""))
        elif request[1] in ("PP", "TP", "LP", "P", "IP"):
            lines.append("")
    return _FONT.sub("", "\n".join(lines).replace("\\-", "-").replace("\\(aq", "'"))


def handbook(share: Path, language: str) -> list[str]:
    """Pages of the Debian handbook as plain text."""
    return _long(
        page(file.read_text("utf-8", "replace"))
        for file in sorted((share / "doc/debian-handbook/html" / language).rglob("*.html"))
    )


def page(source: str) -> str:
    """A page of HTML as plain text, roughly."""
    source = re.sub(r"(?s)<(script|style|pre).*?</\1>", " ", source)
    return html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"</(?:p|div|h\d|li)>", "\n\n", source)))


def articles(data: Path, language: str) -> list[str]:
    """News of SemEval in a language, each once."""
    with gzip.open(data / "semeval22_story_pairs.jsonl.gz", "rt", encoding="utf-8") as lines:
        pairs = [json.loads(line) for line in lines]
    found = {pair[f"text{side}"]: None for pair in pairs for side in "12" if pair.get(f"lang{side}") == language}
    return _long(iter(found))


def plain(folder: Path) -> list[str]:
    """Pieces of the text files in a folder."""
    words = (re.findall(r"\S+\s*", file.read_text("utf-8", "replace")) for file in sorted(folder.rglob("*.txt")))
    return _long("".join(text[at : at + PIECE]) for text in words for at in range(0, len(text), PIECE))


def people(data: Path) -> list[str]:
    """What people wrote of six subjects, three paragraphs each."""
    with gzip.open(data / "llm_rewrites.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [row["text"] for row in map(json.loads, lines) if row["by"] == "human"]
    return _long(" ".join(texts[at : at + 3]) for at in range(0, len(texts), 3))


def batches(data: Path, quick: bool, pool: Executor) -> list[Figures]:
    """Scans of clean texts with spun ones among them."""
    clean, counts = (60, (5, 30)) if quick else (CLEAN, SPUN)
    texts = phrasing_texts.judged(data, 2 * clean, counts[-1])
    spun, judge, rows = [copy.text for copy in texts.spun[1.0]], shipped(), []
    single = judge.verdicts(spun, pool).mangled
    clean_single = judge.verdicts(texts.clean[:clean], pool).mangled
    plain_scan = Config().update({"find": {"stories": False}})
    for count in counts:
        found = scan([*texts.clean[:clean], *spun[:count]], config=plain_scan)
        flagged = np.array([_flagged(found.flags.get(row, ())) for row in range(clean + count)])
        rows.append({
            "spun": count, "share": count / (clean + count), "flagged": float(flagged[clean:].mean()),
            "clean_flagged": float(flagged[:clean].mean()), "by_score": float(single[:count].mean()),
            "differ": int((flagged != np.append(clean_single, single[:count])).sum()),
        })  # fmt: skip
        note(f"batches: {rows[-1]}")
    return rows


def interpolated(data: Path, quick: bool) -> list[Figures]:
    """What a batch would add to the reference in the package."""
    pages = [text for text in phrasing_texts.web_pages(data) if len(text.split()) >= LEAST_WORDS]
    clean, counts = (40, (5, 20)) if quick else (400, (4, 55, 400))
    vocabulary = thesaurus.load(phrasing_texts.VOCABULARY, data)
    spun = [spin(text, vocabulary, 1.0, f"page {at}").text for at, text in enumerate(pages[clean : clean + counts[-1]])]
    rows, by = [], shipped().scorer
    for count in counts:
        texts = [text.encode() for text in (*pages[:clean], *spun[:count])]
        scores, alone = by.verdicts(by.judge(texts))
        taught = np.flatnonzero(scores < by.threshold)
        both = Scorer(_with_batch(by.reference, [texts[at] for at in taught.tolist()]))
        left_out = np.where(np.isin(np.arange(len(texts)), taught), np.arange(len(texts)), -1)
        _, added = both.verdicts(both.judge(texts, left_out))
        rows.append({
            "share": count / len(texts), "taught": len(taught), "taught_spun": int((taught >= clean).sum()),
            "alone": float(alone[clean:].mean()), "added": float(added[clean:].mean()),
            "clean_alone": float(alone[:clean].mean()), "clean_added": float(added[:clean].mean()),
        })  # fmt: skip
        note(f"interpolated: {rows[-1]}")
    return rows


def _with_batch(reference: Reference, texts: list[bytes]) -> Reference:
    """A reference with the counts of some texts added."""
    sizes = np.array([len(text) for text in texts], np.int64)
    own, both = io.BytesIO(), io.BytesIO()
    with ThreadPoolExecutor(1) as pool:
        counting.build(texts.__getitem__, np.arange(len(texts)), sizes, own, pool)
    merging.merge([reference, Reference(bytearray(own.getvalue()), "batch")], both)
    return Reference(bytearray(both.getvalue()), "both")


def _flagged(flags: Sequence[Any]) -> bool:
    return any(flag.kind == "mangled" for flag in flags)


def _verdicts(kind: str, texts: list[str], judge: Judge, pool: Executor) -> Figures:
    found = judge.verdicts(texts, pool)
    reasons = Counter(reason.partition(":")[0] for reason in found.reasons.elements())
    return {
        "kind": kind, "texts": len(texts), "judged": len(found.judged), "flagged": int(found.mangled.sum()),
        "share": float(found.mangled.mean()) if texts else None, "reasons": dict(reasons),
    }  # fmt: skip


def _own(texts: list[str], pool: Executor) -> Figures:
    """What the check says of a reference made of five sixths of some texts, and its false alarms on the rest."""
    known = [text.encode() for number, text in enumerate(texts) if number % 6]
    sizes, out = np.array([len(text) for text in known], np.int64), io.BytesIO()
    header = checking.build(known.__getitem__, np.arange(len(known)), sizes, out, pool)
    reference = Reference(bytearray(out.getvalue()), "own")
    scorer, leave = scorer_of(reference), checking.leave(reference)
    rest = Judge(reference, scorer).verdicts(texts[::6], pool)
    check = header.check
    return {
        "words": header.words, "found": check and check.found, "told": check and check.told,
        "threshold": check and check.threshold, "refused": leave.texts, "refused_directions": leave.directions,
        "held_out": len(rest.scores), "held_out_flagged": int(rest.mangled.sum()),
    }  # fmt: skip


def run(
    data: Path, share: Path, plain_folders: dict[str, Path], quick: bool, packages: Path | None = None
) -> Figures:  # fmt: skip
    """Everything."""
    judge = shipped()
    with ThreadPoolExecutor() as pool:
        foreign, kinds = [], []
        texts = {f"articles, {name}": articles(data, name) for name in ("de", "es")}
        texts |= {f"manual pages, {name}": manuals(share, name) for name in LANGUAGES}
        texts |= {f"handbook, {name}": handbook(share, name) for name in HANDBOOKS}
        for kind, found in texts.items():
            if found:
                own = {} if quick or kind.startswith("handbook") else _own(found, pool)
                foreign.append(_verdicts(kind, found, judge, pool) | own)
                note(f"foreign: {foreign[-1]}")
        clean = {"manual pages": manuals(share, ""), "handbook": handbook(share, "en-US"), "six subjects": people(data)}
        clean |= {"web pages": phrasing_texts.web_pages(data), "students": phrasing_texts.answers(data)}
        clean |= {name: plain(folder) for name, folder in plain_folders.items()}
        clean |= genres.genres(packages) if packages else {}
        for kind, found in clean.items():
            if found:
                kinds.append(_verdicts(kind, found[: 100 if quick else None], judge, pool))
                note(f"kinds: {kinds[-1]}")
        figures = {"foreign": foreign, "kinds": kinds, "batches": batches(data, quick, pool)}
        return figures | {"interpolated": interpolated(data, quick)}


def main(arguments: list[str] | None = None) -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser("python -m benchmarks.references", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="evaluation data  [%(default)s]")
    parser.add_argument("--share", type=Path, default=Path("/usr/share"), metavar="DIR", help="has man and doc")
    parser.add_argument("--plain", nargs="*", default=[], metavar="NAME=DIR", help="folders of clean text")
    parser.add_argument("--packages", type=Path, metavar="DIR", help="unpacked packages, see benchmarks.genres")
    parser.add_argument("--quick", action="store_true", help="small, to see that it runs")
    given = parser.parse_args(arguments)
    folders = {name: Path(folder) for name, _, folder in (item.partition("=") for item in given.plain)}
    figures = run(given.data, given.share, folders, given.quick, given.packages)
    out = RESULTS / f"references{'-quick' if given.quick else ''}.json"
    out.write_text(json.dumps({"machine": report.machine(), "figures": figures}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
