"""Several references as one: what was counted is added, as far as it is known.

Words are known by their hashes and n-grams by some bits of theirs, so that nothing need be counted again. What adding
cannot bring back: what one of the references left out (words and n-grams that it saw too seldom); and a word that one
of them does not know was counted there as an unknown one, alone and in its n-grams, and stays so. Counts are as rough
as they were, and n-grams are known to the bits of the table that has the fewest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from dedup.errors import ReferenceFileError
from dedup.phrasing.reference import kernels
from dedup.phrasing.reference.about import About
from dedup.phrasing.reference.counting import header_of
from dedup.phrasing.reference.kernels import WORDS
from dedup.phrasing.reference.model import LEVELS, Check, Header, Reference, Table, write

Columns = dict[str, NDArray[Any]]
MOST = (1 << 32) - 1
"""What a column of counts can hold."""


def merge(references: Sequence[Reference], out: BinaryIO) -> Header:
    """Write one reference of the counts of several; general English is that of the first which has it.

    Raises ReferenceFileError when their words were cut in different ways.
    """
    headers = [one.header for one in references]
    kinds = sorted({header.tokeniser for header in headers})
    if len(kinds) != 1:
        raise ReferenceFileError(
            f"references whose words were cut in different ways: {', '.join(kinds) or 'none at all'}"
        )
    columns, places = _vocabulary(references)
    columns |= _alike(references, places, len(columns["words"]))
    general = next((one.general for one in references if len(one.general.counts)), references[0].general)
    for prefix, table in (("", _added([one.ngrams for one in references])), ("general_", general)):
        columns |= {f"{prefix}{part}": getattr(table, part) for part in ("offsets", "remainders", "counts")}
    header = header_of(
        columns,
        sum(header.documents for header in headers),
        sum(header.words for header in headers),
        About(
            _once(source for header in headers for source in header.sources),
            "; ".join(_once(header.note for header in headers if header.note)),
            max(header.made for header in headers),
        ),
    )
    return write(replace(header, check=_weakest([one.check for one in headers])), columns, out)


def _weakest(checks: Sequence[Check | None]) -> Check | None:
    """What several references together are worth at least; None where one was not checked, or by other weights."""
    known = [check for check in checks if check]
    if len(known) < len(checks) or len({check.net for check in known}) != 1:
        return None
    return Check(
        sum(check.pieces for check in known), max(check.threshold for check in known),
        min(check.found for check in known), min(check.told for check in known), known[0].net,
    )  # fmt: skip


def _once(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))


def _vocabulary(references: Sequence[Reference]) -> tuple[Columns, list[NDArray[np.int64]]]:
    """The columns of words, and where those of each reference are among them."""
    words = np.unique(np.concatenate([one.words for one in references]))
    places = [np.searchsorted(words, one.words) for one in references]
    counts, texts, capitals = np.zeros((3, len(words)), np.int64)
    letters = [b""] * len(words)
    for one, place in zip(references, places, strict=True):
        counts[place] += one.word_counts
        texts[place] += one.word_texts
        capitals[place] += one.word_capitals * one.word_counts.astype(np.int64)
        for number, word in zip(place.tolist(), _letters(one), strict=True):
            letters[number] = letters[number] or word
    columns = {
        "words": words,
        "word_counts": np.minimum(counts, MOST),
        "word_texts": np.minimum(texts, MOST),
        "word_capitals": (capitals + counts // 2) // np.maximum(counts, 1),
        "class_counts": np.sum([one.class_counts for one in references], axis=0),
        "letters": np.frombuffer(b"".join(letters), np.uint8),
        "letter_ends": np.cumsum([len(word) for word in letters], dtype=np.int64),
    }
    return columns, places


def _letters(reference: Reference) -> list[bytes]:
    """The words as UTF-8."""
    letters, ends = reference.letters.tobytes(), reference.letter_ends.tolist()
    return [letters[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]


def _added(tables: Sequence[Table]) -> Table:
    """The counts of all tables, in buckets of as many bits as the table has that knows its n-grams by the fewest."""
    # one without n-grams knows all of its own
    held = [table for table in tables if len(table.counts)] or [tables[0]]
    bits = min(table.bits for table in held)
    shift = np.uint64(64 - bits) - kernels.REMAINDER
    keys, counts = np.zeros(0, np.uint64), np.zeros(0, np.float64)
    for table in held:
        # n-grams of one table that fall together now are taken for the most frequent of them, as in all tables
        known, first = np.unique(table.keys >> shift << shift, return_index=True)
        found = np.maximum.reduceat(LEVELS[table.counts], first) if len(first) else np.zeros(0)
        keys, where = np.unique(np.concatenate((keys, known)), return_inverse=True)
        counts = np.bincount(where, np.concatenate((counts, found)), len(keys)).astype(np.float64)
    return Table.of(keys, counts, bits)


def _alike(references: Sequence[Reference], places: Sequence[NDArray[np.int64]], words: int) -> Columns:
    """Phrases, known by their words, and for each unit those closest to it in any of the references."""
    pairs = [WORDS + place[one.phrases.astype(np.int64) - WORDS] for one, place in zip(references, places, strict=True)]
    wide = WORDS + words
    phrases = np.unique(np.concatenate([pair[:, 0] * wide + pair[:, 1] for pair in pairs]))
    found = []
    for one, place, pair in zip(references, places, pairs, strict=True):
        own = wide + np.searchsorted(phrases, pair[:, 0] * wide + pair[:, 1])
        ids = np.concatenate((np.arange(WORDS), WORDS + place, own))
        unit = np.repeat(ids[one.alike_of], one.alike.shape[1])
        rows = np.stack((unit, ids[one.alike.ravel()], one.alike_closeness.ravel()))
        found.append(rows[:, one.alike.ravel() >= WORDS])
    unit, other, closeness = np.concatenate(found, axis=1)
    most = max(one.alike.shape[1] for one in references)
    # of each two units the closest they are anywhere, then of each unit the closest others
    order = np.lexsort((-closeness, other, unit))
    unit, other, closeness = unit[order], other[order], closeness[order]
    first = np.append(True, (np.diff(unit) != 0) | (np.diff(other) != 0))[: len(unit)]
    order = np.flatnonzero(first)[np.lexsort((other[first], -closeness[first], unit[first]))]
    unit, other, closeness = unit[order], other[order], closeness[order]
    units, begins, row = np.unique(unit, return_index=True, return_inverse=True)
    rank = np.arange(len(unit)) - begins[row] if len(unit) else row
    kept = rank < most
    alike, near = np.zeros((2, len(units), most), np.int64)
    alike[row[kept], rank[kept]], near[row[kept], rank[kept]] = other[kept], closeness[kept]
    return {
        "phrases": np.stack((phrases // wide, phrases % wide), axis=1),
        "alike_of": units,
        "alike": alike,
        "alike_closeness": near,
    }
