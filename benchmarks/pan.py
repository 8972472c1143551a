"""Passages found in pairs of texts: PAN 2013 text alignment, all of its five parts.

Pairs of a suspicious text and a source; passages of the source were put into the suspicious text as they are ("02"),
with words shuffled, replaced, put in and left out at random ("03"), translated by a machine to other languages and back
("04"), or not at all ("01"). In "05" a summary of the whole source stands in one of five of the suspicious texts; in
the others names of the source stand in the place of theirs. What is measured are the passages of the evidence, as
`compare` reports them (`align.alignment`, `rewriting.condensed`). The judge is plagdet (Potthast et al. 2010):
precision and recall are means over passages found and hidden of the share of their characters, on both sides, that is
in the other; granularity is how many were reported for one. Thresholds were set on pairs with odd numbers (and all of
"01"), those of summaries on all pairs of "05" (odd and even ones differ by .05), none on "04".
"""

from __future__ import annotations

import math
import re
import tarfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np

from benchmarks.report import Table
from benchmarks.settings import BenchmarkError, Figures, Options, note
from dedup.align.alignment import align
from dedup.align.figures import PASSAGE
from dedup.rewriting.condensed import with_summaries
from dedup.text.tokens import characters

_ARCHIVES = ("pan13_text_alignment_01_03.tar.gz", "pan13_text_alignment_04_05.tar.gz")
NEEDS = _ARCHIVES
SIZES: tuple[int, ...] = ()
QUICK_SIZES: tuple[int, ...] = ()
QUICK_PAIRS = 100
KINDS = {"01-no-plagiarism": "nothing", "02-no-obfuscation": "verbatim", "03-random-obfuscation": "garbled",
         "04-translation-obfuscation": "translated and back", "05-summary-obfuscation": "summed up"}  # fmt: skip
PUBLISHED = {"verbatim": 0.900, "garbled": 0.884, "translated and back": 0.887, "summed up": 0.561}
"""Sanchez-Perez, Sidorov & Gelbukh 2014, the best of PAN 2014, on its test part."""
_NAMES = re.compile(r"(suspicious-document\d+)-(source-document\d+)")
_FEATURE, _ATTRIBUTE = re.compile(r"<feature([^>]*)>"), re.compile(r'(\w+)="(\d+)"')
_PLACES = ("this_offset", "this_length", "source_offset", "source_length")


class Passage(NamedTuple):
    """Characters of the suspicious text and of its source, end exclusive."""

    a0: int
    a1: int
    b0: int
    b1: int

    @property
    def sides(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The two ranges."""
        return (self.a0, self.a1), (self.b0, self.b1)


@dataclass(frozen=True, slots=True)
class Score:
    """How well passages were found."""

    plagdet: float
    precision: float
    recall: float
    granularity: float
    hidden: int
    found: int


def _meets(one: Passage, two: Passage) -> bool:
    """Whether they share characters on both sides."""
    return all(max(x[0], y[0]) < min(x[1], y[1]) for x, y in zip(one.sides, two.sides, strict=True))


def _covered(whole: tuple[int, int], parts: list[tuple[int, int]]) -> int:
    """Characters of a range that lie in at least one of others."""
    inside: set[int] = set()
    for begin, end in parts:
        inside.update(range(max(begin, whole[0]), min(end, whole[1])))
    return len(inside)


def _share(one: Passage, others: list[Passage]) -> float:
    """Share of a passage, on both sides, that lies in others which meet it."""
    covered = sum(_covered(one.sides[side], [other.sides[side] for other in others]) for side in (0, 1))
    return covered / (one.a1 - one.a0 + one.b1 - one.b0)


def plagdet(pairs: Sequence[tuple[list[Passage], list[Passage]]]) -> Score:
    """The score of pairs of texts, each with its hidden and its found passages (macro, as at PAN)."""
    recalls, precisions, times = [], [], []
    for hidden, found in pairs:
        for case in hidden:
            meeting = [one for one in found if _meets(case, one)]
            recalls.append(_share(case, meeting))
            if meeting:
                times.append(len(meeting))
        precisions += [_share(one, [case for case in hidden if _meets(case, one)]) for one in found]
    recall = sum(recalls) / len(recalls) if recalls else 0.0
    precision = sum(precisions) / len(precisions) if precisions else 0.0
    granularity = sum(times) / len(times) if times else 1.0
    both = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return Score(both / math.log2(1 + granularity), precision, recall, granularity, len(recalls), len(precisions))


@dataclass(frozen=True, slots=True)
class _Pair:
    """Rows of the two texts and what is hidden in them."""

    left: int
    right: int
    hidden: list[Passage]


@dataclass(frozen=True, slots=True)
class _Data:
    texts: list[bytes]
    pairs: dict[str, list[_Pair]]


def _read(folder: Path) -> _Data:
    rows: dict[str, int] = {}
    texts: list[bytes] = []
    cases: dict[str, list[tuple[str, str, list[Passage]]]] = {kind: [] for kind in KINDS.values()}
    for name, data in _files(folder):
        part = name.parent.name
        if part in ("src", "susp"):
            rows[name.stem] = len(texts)
            texts.append(data)
        elif name.suffix == ".xml" and part in KINDS and (names := _NAMES.match(name.stem)):
            cases[KINDS[part]].append((names[1], names[2], _hidden(data.decode())))
    pairs = {
        kind: [_Pair(rows[one], rows[two], hidden) for one, two, hidden in sorted(found)]
        for kind, found in cases.items()
    }
    return _Data(texts, pairs)


def _files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """The files of all archives. A text that stands in two of them is the same in both."""
    for archive_name in _ARCHIVES:
        with tarfile.open(folder / archive_name) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isfile() else None
                if file is not None:
                    yield Path(member.name), file.read()


def _hidden(xml: str) -> list[Passage]:
    """The passages that one file names; features that name none tell about the text."""
    found = []
    for feature in _FEATURE.findall(xml):
        told = {name: int(value) for name, value in _ATTRIBUTE.findall(feature)}
        if all(name in told for name in _PLACES):
            at, size, at_source, of_source = (told[name] for name in _PLACES)
            found.append(Passage(at, at + size, at_source, at_source + of_source))
    return found


def _found(pairs: list[_Pair], texts: list[bytes]) -> tuple[list[list[Passage]], float]:
    """The passages of each pair in characters, and the seconds that the alignment took."""
    order = sorted(range(len(pairs)), key=lambda number: pairs[number].left)
    left, right = (np.array([getattr(pairs[number], side) for number in order], np.int64) for side in ("left", "right"))
    sizes = np.array([len(text) for text in texts], np.int64)
    with ThreadPoolExecutor(1) as pool:
        first = align(left[:2], right[:2], sizes, texts.__getitem__, pool, blocks=True)
        with_summaries(first, left[:2], right[:2], texts.__getitem__)  # compiled before the clock runs
        start = perf_counter()
        aligned = align(left, right, sizes, texts.__getitem__, pool, blocks=True)
        aligned = with_summaries(aligned, left, right, texts.__getitem__)
        seconds = perf_counter() - start
    found: list[list[Passage]] = [[] for _ in pairs]
    for at, number in enumerate(order):
        blocks = aligned.of(at)
        blocks = blocks[blocks[:, 0] == PASSAGE]
        sides = [
            characters(np.frombuffer(texts[row], np.uint8), blocks[:, column : column + 2].astype(np.uint32))
            for row, column in ((left[at], 1), (right[at], 3))
        ]
        found[number] = [Passage(*one, *two) for one, two in zip(*(side.tolist() for side in sides), strict=True)]
    return found, seconds


def _scores(pairs: list[_Pair], found: list[list[Passage]]) -> Figures:
    both = [(pair.hidden, here) for pair, here in zip(pairs, found, strict=True)]
    parts = {"all": both, "even": both[::2], "odd": both[1::2]}
    return {
        part: {name: getattr(score, name) for name in score.__slots__}
        for part, score in ((part, plagdet(rows)) for part, rows in parts.items())
    }


def run(options: Options) -> Figures:
    """All five kinds."""
    data = _read(options.data)
    kinds = []
    for kind, pairs in data.pairs.items():
        if not pairs:
            raise BenchmarkError(f"{_ARCHIVES}: no pairs of the kind {kind!r}")
        taken = pairs[:QUICK_PAIRS] if options.quick else pairs
        note(f"{kind}: {len(taken):,} pairs")
        found, seconds = _found(taken, data.texts)
        figures = {"kind": kind, "pairs": len(taken), "us_a_pair": seconds / len(taken) * 1e6}
        kinds.append(figures | {"scores": _scores(taken, found), "published": PUBLISHED.get(kind)})
    return {"kinds": kinds}


def tables(figures: Figures) -> list[Table]:
    """One row a kind and part."""
    rows = []
    for kind in figures["kinds"]:
        for part, score in kind["scores"].items():
            shares = [f"{score[name]:.3f}" if score["hidden"] else "" for name in Score.__slots__[:4]]
            published = f"{kind['published']:.3f}" if kind["published"] and part == "all" else ""
            counts = (f"{score['hidden']:,}", f"{score['found']:,}")
            rows.append((f"{kind['kind']}, {part}", *counts, *shares, published))
    columns = ("pairs", "hidden", "found", "plagdet", "precision", "recall", "granularity", "best published")
    speed = ", ".join(f"{kind['kind']} {kind['us_a_pair']:.0f} µs" for kind in figures["kinds"])
    notes = (f"Thresholds were set on the odd pairs, those of summaries on all. A pair takes: {speed}.",)
    return [Table("Passages hidden in pairs of texts (PAN 2013 text alignment)", columns, rows, notes)]
