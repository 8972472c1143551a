"""What proves an edge, in words and places of both texts: made for one edge when somebody asks for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.align import figures as k
from dedup.align.alignment import Aligned
from dedup.align.shares import Shares
from dedup.columns import ReadText
from dedup.model import BOTH, Direction, Evidence, Pair, Span
from dedup.relations.direction import Directions
from dedup.relations.reasons import BOTH_CERTAIN, BOTH_MAYBE, BOTH_REASON, REASONS
from dedup.relations.relation import REWRITTEN
from dedup.rewriting.detection import agreements
from dedup.text.common_words import FUNCTION_WORDS
from dedup.text.tokens import characters

Block = list[int]
"""Kind, character range in the first text, in the second, passage."""
_WORD, _LAST_WORD = re.compile(r"\w+"), re.compile(r"\w+\Z")
_DIGITS_BEFORE, _DIGITS_AFTER = re.compile(r"(?:\d+[.,])+\Z"), re.compile(r"(?:[.,]\d+)+")
"""What a number has before and after one of its groups of digits."""
_FUNCTION_WORDS = frozenset(FUNCTION_WORDS.split())
_LOOK_BACK = 64
"""Characters looked at for the word before a place."""
_ONE_SIDED = (k.DELETE, k.INSERT)
_made, _BARE = tuple.__new__, (None,) * (len(Span._fields) - 3)
"""Spans and pairs as their constructors make them, in a third of the time: there may be a hundred thousand."""
FEW_WORDS = 40
"""Characters up to which something put in or left out is shown as a substitution; more is a passage of its own."""


@dataclass(frozen=True, slots=True)
class Explainer:
    """Evidence for each of m pairs of rows."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    counts: NDArray[np.int32]
    """(m, 3) distinct shingles shared, of the left, of the right."""
    aligned: Aligned
    shares: Shares
    """Of the figures of `aligned`."""
    directions: Directions
    codes: NDArray[np.int8]
    """(m,) relations, see `relation`."""
    read: ReadText

    def __call__(self, pair: int, full: bool) -> Evidence:
        """Of one pair; with `full` the texts are read, for passages and substitutions."""
        shared, of_left, of_right = self.counts[pair].tolist()
        figures = self.aligned.figures[pair].tolist()
        aligned = len(figures) > 0 and figures[k.KEPT_WORDS] > 0
        found: tuple[tuple[Pair, ...], tuple[Pair, ...]] = ((), ())
        told = self._figures(pair, figures) if aligned else {}
        if full and aligned:
            texts, blocks = (self.read(int(self.left[pair])), self.read(int(self.right[pair]))), self.aligned.of(pair)
            found = explain(blocks, *texts)
            if self.codes[pair] == REWRITTEN:
                told["sentences"] = agreements(*texts, blocks)
        return Evidence(shared, (of_left, of_right), told, *found, self._direction(pair))

    def _figures(self, pair: int, row: list[int]) -> dict[str, Any]:
        """The figures of one pair by name, shares rounded."""
        kept, moved = row[k.KEPT_WORDS], row[k.MOVED]
        return {
            "words": [row[k.WORDS_A], row[k.WORDS_B]],
            "kept": kept,
            "substituted": [row[k.CHANGED_A], row[k.CHANGED_B]],
            "deleted": row[k.DELETED],
            "inserted": row[k.INSERTED],
            "passages": row[k.PASSAGES],
            "coverage": [
                round((kept + row[k.CHANGED_A]) / max(row[k.WORDS_A], 1), 4),
                round((kept + row[k.CHANGED_B]) / max(row[k.WORDS_B], 1), 4),
            ],
            "order": round(1 - moved / max(kept, 1), 4),
            "substitutions": row[k.CHANGES],
            "spellings": row[k.LIKE_SPELT],
            "density": round(float(self.shares.density[pair]), 4),
            "spread": round(float(self.shares.spread[pair]), 4),
            "slots": round(float(self.shares.slots[pair]), 4),
            "numbers_changed": row[k.NUMBERS_CHANGED],
        }

    def _direction(self, pair: int) -> Direction | None:
        side, bits = int(self.directions.side[pair]), int(self.directions.reasons[pair])
        confidence = round(float(self.directions.confidence[pair]), 3)
        if side == BOTH:
            return Direction((BOTH_REASON if confidence >= BOTH_CERTAIN else BOTH_MAYBE,), confidence)
        if side < 0:
            return None
        return Direction(tuple(reason for bit, reason in REASONS.items() if bits & bit), confidence)


def explain(blocks: NDArray[np.int32], left: bytes, right: bytes) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Passages and substitutions of one alignment: `blocks` (k, 6) with byte places in two UTF-8 texts."""
    texts = left.decode(), right.decode()
    places = blocks.astype(np.int64)
    for column, text, string in ((1, left, texts[0]), (3, right, texts[1])):
        if len(text) == len(string):
            continue  # ASCII: a byte is a character
        inside = np.minimum(blocks[:, column : column + 2], len(text))
        places[:, column : column + 2] = characters(np.frombuffer(text, np.uint8), inside.astype(np.uint32))
    rows: list[Block] = places.tolist()
    return tuple(_passages(rows, *texts)), tuple(_substitutions(rows, *texts))


def _passages(rows: list[Block], left: str, right: str) -> list[Pair]:
    return [_pair(left, right, a0, a1, b0, b1) for kind, a0, a1, b0, b1, _ in rows if kind == k.PASSAGE]


def _substitutions(rows: list[Block], left: str, right: str) -> list[Pair]:
    """Replaced words; and words put in or left out, with the word beside them, which makes them readable."""
    found = []
    for number, (kind, a0, a1, b0, b1, passage) in enumerate(rows):
        if kind == k.REPLACE:
            one, two = left[a0:a1], right[b0:b1]
            if one.isdecimal() and two.isdecimal():
                found.append(_pair(left, right, *_whole_numbers((a0, a1, b0, b1), left, right)))
            else:
                found.append(_made(Pair, (_made(Span, (a0, a1, one, *_BARE)), _made(Span, (b0, b1, two, *_BARE)))))
        elif kind in _ONE_SIDED and max(a1 - a0, b1 - b0) <= FEW_WORDS:
            before, after = rows[number - 1] if number else None, rows[number + 1] if number + 1 < len(rows) else None
            if before and before[0] == k.EQUAL and before[5] == passage and after and after[5] == passage:
                widened = _widened((a0, a1, b0, b1), before, after, left, right)
                if widened:
                    found.append(_pair(left, right, *widened))
    return found


def _whole_numbers(place: tuple[int, int, int, int], left: str, right: str) -> tuple[int, int, int, int]:
    """The place of two numbers with the digits that both share: "1,400" ↔ "1,500" is not shown as "400" ↔ "500"."""
    a0, a1, b0, b1 = place
    heads = [_DIGITS_BEFORE.search(text, max(0, at - _LOOK_BACK), at) for text, at in ((left, a0), (right, b0))]
    tails = [_DIGITS_AFTER.match(text, at) for text, at in ((left, a1), (right, b1))]
    head, tail = (len(one[0]) if one and two and one[0] == two[0] else 0 for one, two in (heads, tails))
    return a0 - head, a1 + tail, b0 - head, b1 + tail


def _widened(
    place: tuple[int, int, int, int], before: Block, after: Block, left: str, right: str
) -> tuple[int, int, int, int] | None:
    """The place with a word beside it on both sides: "police" ↔ "police unit", "in addition" ↔ "in", "campaign" ↔
    "political campaign". It is the word before, unless that is a function word or a comma comes between.
    """
    a0, a1, b0, b1 = place
    one = _LAST_WORD.search(left[max(0, before[2] - _LOOK_BACK) : before[2]])
    two = _LAST_WORD.search(right[max(0, before[4] - _LOOK_BACK) : before[4]])
    gap = left[before[2] : a0] if a1 > a0 else right[before[4] : b0]
    earlier = None
    if one and two and not gap.strip():
        stop_a, stop_b = a1 if a1 > a0 else before[2], b1 if b1 > b0 else before[4]
        earlier = before[2] - len(one[0]), stop_a, before[4] - len(two[0]), stop_b
        if one[0].lower() not in _FUNCTION_WORDS:
            return earlier
    gap = left[a1 : after[1]] if a1 > a0 else right[b1 : after[3]]
    one, two = _WORD.match(left, after[1]), _WORD.match(right, after[3])
    if after[0] != k.EQUAL or not one or not two or gap.strip():
        return earlier
    if earlier and one[0].lower() in _FUNCTION_WORDS:
        return earlier
    return min(a0, after[1]), one.end(), min(b0, after[3]), two.end()


def _pair(left: str, right: str, a0: int, a1: int, b0: int, b1: int) -> Pair:
    return Pair(Span(a0, a1, left[a0:a1]), Span(b0, b1, right[b0:b1]))
