"""The reference that the package ships: `python -m benchmarks.english [--data DIR] [--out FILE]`.

Counted: news of ten US outlets of November and December 2016, Reuters 1987, ABC 2006 (evaluation data; of each text
that is there several times one copy). General English: the words of wordfreq (`large` list; data CC BY-SA 4.0) and the
bigrams of symspellpy (MIT; from the Google Books n-grams). No text is kept: see `dedup.phrasing.reference.model`. The
same input gives the same bytes. What is in the table, and under which licences, stands beside it in `english.md`.

`--without` leaves out parts (us, reu, abc), for judging texts that the table must not have seen.
"""

from __future__ import annotations

import argparse
import gzip
import io
import re
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from benchmarks.settings import DATA, BenchmarkError
from benchmarks.spun_corpus import FILES, read_stories
from dedup import Config, scan
from dedup.columns import pack
from dedup.phrasing.reference import counting
from dedup.phrasing.reference.about import About
from dedup.phrasing.reference.model import SHIPPED, Header, Reference, write
from dedup.phrasing.scoring import kernels
from dedup.runtime.atomic import atomic
from dedup.text import words
from dedup.text.arrays import NO_SPANS, as_arrays, tables

ABC = "abc_2006.txt.gz"
MADE = "2026-11-22"
NOTE = (
    "News of ten US outlets (Nov-Dec 2016), Reuters newswire (1987) and ABC rural and science news (2006); statistics "
    "of frequent n-grams alone, no text. General English: word frequencies of wordfreq 3.1 (Robyn Speer; data CC BY-SA "
    "4.0), pairs of words of symspellpy 6.10 (MIT), from the Google Books n-grams."
)
MOST = 1_550_000
"""N-grams: what keeps the file under 5 MB."""
LEAST_SHARE = 2e-7
"""Share of general English from which a word of wordfreq is taken: the 70,000 commonest."""
_HEADLINE = re.compile(r"\n(?=[^\n]{10,90}[^.\n\"?!:]\n[^\n]{60,})")
_END_OF_WIRE = re.compile(r"\s+REUTER\s*(&#3;)?\s*$")


def texts(part: str, data: Path = DATA) -> list[tuple[str, str]]:
    """Id and text of each document of a part: us (two months), us11, us12, reu, abc."""
    if part == "abc":
        with gzip.open(data / ABC, "rt", encoding="utf-8") as file:
            return [(f"abc-{number}", text) for number, text in enumerate(_HEADLINE.split(file.read()))]
    stories = read_stories(data / FILES[part[:2] if part.startswith("us") else part])
    if part == "reu":
        return [(story["id"], _END_OF_WIRE.sub("", story["text"])) for story in stories]
    return [(story["id"], story["text"]) for story in stories if story["day"][5:7] in (part[2:] or "11 12")]


def unique(found: Sequence[tuple[str, str]]) -> list[str]:
    """The texts without near-duplicates."""
    alone = Config().update({"match": {"rewritten": False}, "find": {"stories": False, "phrasing": False}})
    result = scan([{"id": name, "text": text} for name, text in found], alone)
    return [result.corpus.text(row) for row in np.flatnonzero(result.kept_rows).tolist()]


def _hashes(known: Iterable[str]) -> NDArray[np.uint64]:
    """Hashes of words; 0 for what is not one word."""
    known = list(known)
    found = np.zeros(len(known), np.uint64)
    buffer, starts, sizes = as_arrays(pack(known))
    scratch, hashes = np.empty((2, 1 << 10), np.uint32), np.empty(1 << 9, np.uint64)
    for number, (start, size) in enumerate(zip(starts.tolist(), sizes.tolist(), strict=True)):
        if size < 500:
            begin, end = np.uint64(start), np.uint64(start + size)
            count, _ = words.word_hashes(buffer, begin, end, *tables(), scratch[0], scratch[1], hashes, NO_SPANS)
            found[number] = hashes[0] if count == 1 else 0
    return found


def general() -> counting.Keys:
    """Words and pairs of words of general English, with their number in a milliard words."""
    try:
        import wordfreq
    except ImportError as error:
        raise BenchmarkError("needs wordfreq and symspellpy: pip install 'dedup-text[table]'") from error
    single = {word: share for word, share in wordfreq.get_frequency_dict("en", "large").items() if share >= LEAST_SHARE}
    lines = files("symspellpy").joinpath("frequency_bigramdictionary_en_243_342.txt").read_text("utf-8-sig").split("\n")
    pairs = [line.split() for line in lines if line]
    one = np.concatenate((_hashes(single), _hashes(pair[0] for pair in pairs)))
    two = np.concatenate((np.zeros(len(single), np.uint64), _hashes(pair[1] for pair in pairs)))
    counts = np.array([*(share * 1e9 for share in single.values()), *(float(n) / 1024.9 for _, _, n in pairs)])
    right = (one != 0) & ((two != 0) | (np.arange(len(one)) < len(single)))
    keys = np.empty(int(right.sum()), np.uint64)
    kernels.general_keys(one[right], two[right], keys)
    keys, first = np.unique(keys, return_index=True)
    return keys, np.maximum(np.rint(counts[right][first]), 1).astype(np.uint32)


def build(clean: Sequence[str], out: BinaryIO, note: str = "", *, most: int = 0, lists: bool = False) -> Header:
    """A reference of some texts, with the lists of general English or without."""
    encoded = [text.encode() for text in clean]
    sizes = np.array([len(text) for text in encoded], np.int64)
    sources = ("US news 2016-11, 2016-12", "Reuters-21578", "ABC 2006") if lists else ()
    with ThreadPoolExecutor(2) as pool:
        return counting.build(
            encoded.__getitem__, np.arange(len(encoded)), sizes, out, pool, about=About(sources, note, MADE),
            most=most, general=general() if lists else None,
        )  # fmt: skip


def shrink(reference: Reference, out: BinaryIO) -> Header:
    """Write a reference packed, and without what stands in the same contexts: only checking asks that."""
    columns = dict(reference.columns)
    for name in ("phrases", "alike_of", "alike", "alike_closeness"):
        columns[name] = columns[name][:0]
    sizes = reference.header.sizes | {"phrases": 0, "synonyms": 0}
    return write(replace(reference.header, sizes=sizes), columns, out, packed=True)


def main(argv: list[str] | None = None) -> int:
    """Build the table; returns the exit code."""
    parser = argparse.ArgumentParser("python -m benchmarks.english", description="build the shipped reference")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="evaluation data  [../shared/data]")
    parser.add_argument("--out", type=Path, default=SHIPPED, metavar="FILE", help="where to  [the package]")
    parser.add_argument("--without", nargs="*", default=[], choices=["us", "reu", "abc"], help="parts to leave out")
    arguments = parser.parse_args(argv)
    try:
        parts = [part for part in ("us", "reu", "abc") if part not in arguments.without]
        clean = unique([one for part in parts for one in texts(part, arguments.data)])
        built = io.BytesIO()
        build(clean, built, NOTE, most=MOST, lists=True)
        with atomic(arguments.out) as out:
            header = shrink(Reference(bytearray(built.getbuffer()), "the table"), out)
    except BenchmarkError as error:
        print(f"benchmarks: error: {error}", file=sys.stderr)
        return 2
    print(f"{arguments.out}: {arguments.out.stat().st_size:,} bytes, {header.sizes}, digest {header.digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
