"""Rewritten: the same facts in the same order in other words, by a person or a machine.

What survives a rewrite is what is said and in which order: names, numbers, rare words, the sequence of sentences. What
independent reports of one event lack is the order; and both of two reports have names and numbers of their own, where
of a rewrite and its source one has next to none. A report of what came next has a stretch that the first lacks, names
other days, and says for certain what was open. The odds are those of a logistic regression over `columns`, each bent at
three knots (`rewriting_weights`, made by `python -m benchmarks.rewriting_fit`). Words are weighed by news at large, so
that a pair is judged by itself, whatever else there is.
"""

from __future__ import annotations

from concurrent.futures import Executor
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.align import frequencies
from dedup.align.alignment import Aligned
from dedup.align.figures import FIGURES
from dedup.align.frequencies import fact_weights
from dedup.align.overlap import blocks_of
from dedup.columns import ReadText, pack_bytes
from dedup.rewriting import align_kernels
from dedup.rewriting import kernels as k
from dedup.rewriting.stem_kernels import DAY, DENIAL, OPEN, text_stems
from dedup.rewriting.weights import COLUMNS, CONSTANT
from dedup.text.arrays import as_arrays, bare_tables
from dedup.text.calendar import ENGLISH_MONTHS, ENGLISH_WEEKDAYS
from dedup.text.tokens import abbreviations

BITS = 20
"""Stems share 2**BITS slots of the table of weights, by their upper bits."""
THRESHOLD, LOOK_ALIKE = 0.2, 2.5
"""Log odds from which a pair is a rewrite, and a pair of texts that align like copies and are none (forms, second
versions by the agency itself: other wording is not what they have to show). By the two a scan of 24,000 natural
articles calls some twenty pairs rewritten; all were read.
"""
ALONE, ALONE_KEPT = 1.0, 60
"""The same, and words in long runs of both, where nothing is known of the batch (an index, `--pairwise`): pages in one
frame share more. Of 160 manual pages 430 pairs would be called without it."""
FRAMED_SERIES = 0.4
"""Least weight of the sentences in one order, by the weights of a batch, of texts that share as many words in long
runs: of manual pages all that are left have less, of rewrites laid end to end one in fifty."""
COMPARED = -1.0
"""The same for two texts that somebody has reason to compare: of 183 reports of one event none has as much, of 3,023
pairs of reports of one day one has."""
IN_BATCH = -1.0
"""The same where words weigh what they do in a batch, asked of pairs that are rewrites by `THRESHOLD`: 98 % of rewrites
by language models have as much among 800 texts of their kind, 6 of 1,989 pairs of manual pages.
"""
FIGURES_SHARE = 0.3
"""Share of the weight of a text that is numbers, from which it is a table or a market report: these are all alike."""
VERBATIM, KEPT_WHOLE, DOUBT = 0.15, 0.75, 8.0
"""Share of the shorter text's words in runs of seven and more that both have. From the first on it speaks against other
words, by so much of log odds for all of it; from the second on a text is edited or updated, and not rewritten. Of
rewrites by language models one in five has more than the first, an agency's second version of a report as a rule."""
KEPT_WORDS, KEPT_SHARE = 120, 0.4
"""Words in such runs, and share of the text, from which it is edited as well: an older version, or a page with the same
paragraphs of boilerplate."""
LISTED, LIST_ORDER = 0.12, 0.5
"""Share of the weight of a text that is numbers, from which it may be a list (of scores, of prices), and least weight
of the shared words in one order of such: what one list and the next have in common stands anywhere."""
SHORT, ALIKE = 14, 0.85
"""Words of the shorter text below which long runs cannot say what was kept, and cosine from which it was: one sentence
with another number or name in it is no sentence in other words."""
LONGEST = {k.SENTENCES_A: (22, 32), k.WORDS_A: (380, 515), k.WEIGHT_A: (941, 1168)}
"""How long the shorter and the longer text are at most taken to be: two in a thousand of the rewrites that the weights
were learned on are longer. What lies beyond is judged like texts of that length, and not by where a line leads beyond
its end: of 14,000 pairs of US news 3 are called so, and 45 without it."""
LEAST_SHARED = 12.0
"""Weight of the stems that both have below which two texts are too short to say: two or three rare words."""
RARE_SHARE = 0.85
"""Share of a text's weight that is rare words from which its language is not that of the weights: of English texts one
in two hundred has as much, of German and Spanish ones most; those that have less are told by the odds."""
IN_ORDER, IN_SERIES, TOGETHER = 0.4, 0.1, 0.1
"""Least weight of the shared words, and of the sentences with a partner, that are in one order, and of neighbouring
shared words that are near each other in both. Words drawn at random have .28, .11 and .27 in the median, of rewrites by
language models one in two hundred has less."""
FAMILY = 8
"""Documents of a batch that may tell one story, in whatever words: what so many have is not common for it."""
MOST_DAYS = 4
"""Days of its own that count of a text."""
WORDS_OF = {
    DAY: " ".join((*ENGLISH_WEEKDAYS, "yesterday today tomorrow tonight", *ENGLISH_MONTHS)).replace(" may ", " "),
    OPEN: "may might could would will ll shall should expect expected plan plans planned planning likely if seek "
            "seeks seeking propose proposal intend intends consider considers talks negotiate negotiations",
    DENIAL: "not t no never without nor neither fail failed deny denied denies denial refuse refused refusal reject "
              "rejected rejection oppose opposed opposition",
}  # fmt: skip
"""English words by their bit."""
NAMES = (
    "cosine", *(f"{name} {side}" for name in ("mean", "partners", "series") for side in ("less", "more")),
    "order", "distant", "runs", "close", "apart",
    *(f"{name} {side}" for name in ("all", "rare", "names", "numbers")
      for side in ("of less", "of more", "less own", "more own", "shared")),
    *(f"{name} {side}" for name in ("gap", "gap share", "sentences", "words", "weight") for side in ("less", "more")),
    "days less", "days more", "open", "denials",
)  # fmt: skip
"""Of the columns that are weighed."""
LENGTH = NAMES.index("weight less")
Odds = NDArray[np.float64]


class Words(NamedTuple):
    """The words of n texts, text after text, m in all."""

    starts: NDArray[np.int64]
    """(n + 1,) where the words of each text begin."""
    stems: NDArray[np.uint32]
    sentences: NDArray[np.int32]
    """(m,) from 0 in each text."""
    marks: NDArray[np.uint8]
    """(m,) NUMBER, NAME of `stem_kernels`."""
    places: NDArray[np.uint32]
    """(m, 2) bytes from the start of the text, end exclusive."""


@cache
def stem_classes() -> NDArray[np.uint8]:
    """(2**BITS,) bits DAY, OPEN and DENIAL of the stems of each slot."""
    classes = np.zeros(1 << BITS, np.uint8)
    for bit, text in WORDS_OF.items():
        classes[words_of([text.encode()]).stems >> np.uint32(32 - BITS)] |= bit
    return classes


@cache
def stem_weights() -> NDArray[np.float32]:
    """(2**BITS,) what a stem of each slot weighs: ln(1 / its share of news texts)."""
    terms, classes = frequencies.table()
    weights = np.full(1 << BITS, np.log(1 / frequencies.UNKNOWN), np.float32)
    worth = np.log(2) * classes.astype(np.float32) / frequencies.STEPS
    np.minimum.at(weights, terms >> np.uint32(32 - BITS), worth)
    return weights


def batch_weights(words: Words) -> NDArray[np.float32]:
    """(2**BITS,) what a stem weighs before some documents of a batch: as in news at large, and less where many of them
    have it. Manual pages and forms share words that are rare anywhere else, and these prove nothing.
    """
    count = len(words.starts) - 1
    slots = words.stems >> np.uint32(32 - BITS)
    texts = np.repeat(np.arange(count, dtype=np.int64), np.diff(words.starts))
    distinct = texts << BITS | slots
    distinct.sort()  # np.unique hashes, which takes many times as long
    distinct = distinct[np.concatenate(([True], distinct[1:] != distinct[:-1]))[: len(distinct)]]
    held = np.bincount(distinct & ((1 << BITS) - 1), minlength=1 << BITS)
    weights = stem_weights().copy()
    common = np.flatnonzero(held > FAMILY)
    weights[common] = np.minimum(weights[common], np.log(count / (held[common] - FAMILY)))
    return weights


def words_of(texts: list[bytes]) -> Words:
    """The words of UTF-8 texts."""
    buffer, starts, sizes = as_arrays(pack_bytes(texts))
    room = int((sizes // 2 + 2).sum())
    stems, sentences, marks = np.empty(room, np.uint32), np.empty(room, np.int32), np.empty(room, np.uint8)
    places, ends = np.empty((room, 2), np.uint32), np.zeros(len(sizes), np.int64)
    count = int(
        text_stems(
            buffer, starts, sizes, *bare_tables(), abbreviations(), fact_weights(), stems, sentences, marks, places,
            ends,
        )
    )  # fmt: skip
    bounds = np.concatenate((np.zeros(1, np.int64), ends))
    return Words(bounds, stems[:count], sentences[:count], marks[:count], places[:count])


def features_of(
    words: Words, left: NDArray[np.int64], right: NDArray[np.int64], weights: NDArray[np.float32] | None = None
) -> NDArray[np.float64]:
    """(p, FEATURES) of pairs of texts, see `kernels`; `weights` are those of news at large if not given."""
    out = np.zeros((len(left), k.FEATURES))
    starts, stems, sentences, marks, _ = words
    weights = stem_weights() if weights is None else weights
    k.pair_features(starts, stems, sentences, marks, weights, stem_classes(), BITS, left, right, out)
    return out


def features(
    left: NDArray[np.int64], right: NDArray[np.int64], sizes: NDArray[np.int64], read: ReadText, pool: Executor,
    weights: NDArray[np.float32] | None = None,
) -> NDArray[np.float64]:  # fmt: skip
    """(m, FEATURES) of pairs of rows, sorted by `left`; `sizes` are the bytes of all texts, `read` gives a row's,
    `weights` are those of `features_of`.
    """
    out = np.zeros((len(left), k.FEATURES))
    borders = blocks_of(left, right, sizes)

    def block(number: int) -> None:
        part = slice(borders[number], borders[number + 1])
        rows, local = np.unique(np.concatenate((left[part], right[part])), return_inverse=True)
        words, count = words_of([read(row) for row in rows.tolist()]), part.stop - part.start
        out[part] = features_of(words, local[:count], local[count:], weights)

    for _ in pool.map(block, range(len(borders) - 1)):
        pass
    return out


def columns(found: NDArray[np.float64]) -> NDArray[np.float64]:
    """(m, len(NAMES)) what the odds are made of, from (m, FEATURES); the same whichever text comes first."""

    def both(column: int) -> list[NDArray[np.float64]]:
        one, two = found[:, column], found[:, column + 1]
        return [np.minimum(one, two), np.maximum(one, two)]

    made = [np.log(found[:, k.COSINE] + 0.03), *both(k.MEAN_A), *both(k.PART_A), *both(k.SERIES_A)]
    made += [found[:, k.ORDER], found[:, k.DISTANT], found[:, k.RUNS], found[:, k.CLOSE], found[:, k.APART]]
    for column in (k.WEIGHT_A, k.RARE_A, k.NAMES_A, k.NUMBERS_A):
        (less, more), shared = both(column), found[:, column + 2]
        made += [(shared + 2) / (less + 2), (shared + 2) / (more + 2)]
        made += [np.log(less - shared + 5), np.log(more - shared + 5), np.log(shared + 5)]
    whole, words = found[:, [k.WEIGHT_A, k.WEIGHT_B]], found[:, [k.WORDS_A, k.WORDS_B]]
    parts = found[:, [k.GAP_A, k.GAP_B]] / (whole + 1e-9)
    made += [np.log(gap + 5) for gap in both(k.GAP_A)] + [parts.min(axis=1), parts.max(axis=1)]
    for column, most in LONGEST.items():
        made += [np.log(np.minimum(count, end) + 1) for count, end in zip(both(column), most, strict=True)]
    made += [np.minimum(days, MOST_DAYS) for days in both(k.DAYS_A)]
    for column in (k.OPEN_A, k.DENIALS_A):
        shares = found[:, [column, column + 1]] / (words + 5)
        made.append(np.abs(shares[:, 0] - shares[:, 1]))
    return np.stack(made, axis=1)


class ColumnWeights(NamedTuple):
    """What c columns weigh: `of` (c, 5) their values less `centres` (c,) as they are, cut off at each of the `knots`
    (c, 3), and times the column of the shorter text's length.
    """

    centres: NDArray[np.float64]
    knots: NDArray[np.float64]
    of: NDArray[np.float64]
    constant: float

    def odds(self, found: NDArray[np.float64]) -> Odds:
        """(m,) log odds of pairs, from their features (m, FEATURES); most are told without them."""
        told = np.full(len(found), -np.inf)
        which = np.flatnonzero(_say_enough(found))
        if len(which):
            told[which] = _less_kept(found[which], self.bare_odds(found[which]))
        return told

    def bare_odds(self, found: NDArray[np.float64]) -> Odds:
        """(m,) the same, whatever speaks against other words."""
        parts = bent(columns(found), self.centres, self.knots)
        told: Odds = parts @ self.of.T.reshape(-1) + self.constant
        return told


def bent(
    values: NDArray[np.float64], centres: NDArray[np.float64], knots: NDArray[np.float64]
) -> NDArray[np.float64]:  # fmt: skip
    """(m, 5 c) the parts that `ColumnWeights` weighs, column after column of each."""
    moved, bends = values - centres, (knots - centres[:, None]).T
    return np.concatenate([moved, *(np.minimum(moved, bend) for bend in bends), moved * moved[:, [LENGTH]]], axis=1)


@cache
def shipped() -> ColumnWeights:
    """The weights of the package."""
    rows = np.array([COLUMNS[name] for name in NAMES])
    return ColumnWeights(rows[:, 0], rows[:, 1:4], rows[:, 4:], CONSTANT)


def odds(found: NDArray[np.float64]) -> Odds:
    """(m,) log odds that one of two texts rewrites the other, from their features (m, FEATURES)."""
    return shipped().odds(found)


def odds_in_batch(found: NDArray[np.float64]) -> Odds:
    """(m,) the same from features by the weights of a batch, of pairs that were not too short or too much alike to say.
    Where most words became common what is left says little of their order; but pages that share paragraphs must have
    their other sentences in one order, too.
    """
    told = _less_kept(found, shipped().bare_odds(found))
    framed = found[:, k.VERBATIM] * found[:, k.WORDS_A] >= ALONE_KEPT
    framed &= np.minimum(found[:, k.SERIES_A], found[:, k.SERIES_B]) < FRAMED_SERIES
    return np.where(framed, -np.inf, told)


def guarded(found: NDArray[np.float64], told: Odds) -> Odds:
    """(m,) the odds `told` of pairs with features `found`, less what speaks against other words; -inf where the texts
    are too short or too much alike to say.
    """
    return np.where(_say_enough(found), _less_kept(found, told), -np.inf)


def _less_kept(found: NDArray[np.float64], told: Odds) -> Odds:
    """(m,) `told`, less what long runs of words that both have say against other words."""
    less: Odds = told - DOUBT * np.maximum(found[:, k.VERBATIM] - VERBATIM, 0)
    return less


def _say_enough(found: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(m,) pairs that are neither too short nor too much alike to say."""
    enough: NDArray[np.bool_] = found[:, k.SHARED] >= LEAST_SHARED
    enough &= (found[:, k.VERBATIM] < KEPT_WHOLE) & (found[:, k.MEAN_A] > 0)
    enough &= (found[:, k.ORDER] >= IN_ORDER) & (found[:, k.CLOSE] >= TOGETHER)
    enough &= np.minimum(found[:, k.SERIES_A], found[:, k.SERIES_B]) >= IN_SERIES
    enough &= (found[:, k.VERBATIM] < KEPT_SHARE) | (found[:, k.VERBATIM] * found[:, k.WORDS_A] < KEPT_WORDS)
    short = np.minimum(found[:, k.WORDS_A], found[:, k.WORDS_A + 1]) < SHORT
    for kind, shared in ((k.NAMES_A, k.NAMES_SHARED), (k.NUMBERS_A, k.NUMBERS_SHARED)):
        enough &= ~short | (found[:, shared] > 0) | (found[:, kind : kind + 2].min(axis=1) == 0)
    enough &= ~short | (found[:, k.COSINE] < ALIKE)
    for side in (0, 1):
        enough &= found[:, k.RARE_A + side] < RARE_SHARE * found[:, k.WEIGHT_A + side]
        enough &= found[:, k.NUMBERS_A + side] < FIGURES_SHARE * found[:, k.WEIGHT_A + side]
        listed = found[:, k.NUMBERS_A + side] >= LISTED * found[:, k.WEIGHT_A + side]
        enough &= ~listed | (found[:, k.ORDER] >= LIST_ORDER)
    return enough


def stands_alone(found: NDArray[np.float64], told: Odds) -> NDArray[np.bool_]:
    """(m,) pairs with features `found` (m, FEATURES) and the odds `told` that are rewrites whatever else there is in
    their batch.
    """
    kept = found[:, k.VERBATIM] * found[:, k.WORDS_A]
    alone: NDArray[np.bool_] = (kept < ALONE_KEPT) & (told >= ALONE)
    return alone


def agreements(one: bytes, two: bytes, passages: NDArray[np.int32]) -> list[dict[str, list[str]]]:
    """In what sentences that go together agree, and in what they differ: of each of the `passages` (n, 6), blocks of
    two UTF-8 texts, the names, numbers and rare words of both (`agree`), and the names and numbers of one alone
    (`only_a`, `only_b`), as they are written.
    """
    words, weights = words_of([one, two]), stem_weights()
    cut = int(words.starts[1])
    telling = (words.marks > 0) | (weights[words.stems >> np.uint32(32 - BITS)] >= k.RARE)
    found = []
    for _, a0, a1, b0, b1, _ in passages.tolist():
        sides = _inside(words, 0, cut, (a0, a1)), _inside(words, cut, len(words.stems), (b0, b1))
        stems = [set(words.stems[places].tolist()) for places in sides]
        told: dict[str, list[str]] = {"agree": [], "only_a": [], "only_b": []}
        names = "only_a", "only_b"
        for places, other, text, name in zip(sides, stems[::-1], (one, two), names, strict=True):
            for place in places[telling[places]].tolist():
                begin, end = words.places[place].tolist()
                held = int(words.stems[place]) in other
                if (held and name == "only_a") or (not held and words.marks[place]):
                    told["agree" if held else name].append(text[begin:end].decode("utf-8", "replace"))
        found.append({name: list(dict.fromkeys(words_)) for name, words_ in told.items()})
    return found


def _inside(words: Words, first: int, last: int, span: tuple[int, int]) -> NDArray[np.int64]:
    """Places, from `first` to `last`, of the words that stand in a span of bytes."""
    starts = words.places[first:last, 0]
    return first + np.arange(*np.searchsorted(starts, span), dtype=np.int64)


def odds_of(one: bytes, two: bytes) -> float:
    """Log odds that one of two UTF-8 texts rewrites the other."""
    found = features_of(words_of([one, two]), np.zeros(1, np.int64), np.ones(1, np.int64))
    return float(odds(found)[0])


def align(left: NDArray[np.int64], right: NDArray[np.int64], read: ReadText) -> Aligned:
    """Pairs of rows aligned sentence by sentence. Of the figures those of words and passages are told: what two
    sentences that say the same share is kept, the rest of their words changed.
    """
    figures, kept = np.zeros((len(left), FIGURES), np.int32), np.zeros(len(left) + 1, np.int64)
    parts = [np.empty((0, 6), np.int32)]
    for pair, (one, two) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        words = words_of([read(one), read(two)])
        room = int(words.sentences.max(initial=0)) + 2
        blocks, ends = np.empty((room, 6), np.int32), np.zeros(2, np.int64)
        starts, stems, sentences, _, places = words
        count = align_kernels.align_sentences(
            starts, stems, sentences, places, stem_weights(), BITS, np.zeros(1, np.int64), np.ones(1, np.int64),
            figures[pair : pair + 1], blocks, ends,
        )  # fmt: skip
        parts.append(blocks[: int(count)])
        kept[pair + 1] = kept[pair] + int(count)
    return Aligned(figures, np.concatenate(parts), kept)
