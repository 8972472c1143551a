"""Boilerplate that is learned: lines that an outlet prints under many of its articles.

A line counts as such when it stands in enough documents of one source that have nothing else in common. To stand in
many is not enough: of three thousand copies of one article with a word changed in each, every line stands in nearly
all three thousand. So each document that holds the line

1. must have a text of its own: of its words, at least OWN_SHARE (and OWN_WORDS) stand in lines that do not repeat. In
   copies with a word changed here and there, little is left; pages that are a link list under one sentence of news
   have a fifth. And what repeats in it must be little: at most BOILERPLATE_WORDS, or BOILERPLATE_SHARE of it. The third
   version of a story shares more than that with the first two;
2. and its own text must be apart from every other such document: of the word pairs that stand for its own lines, at
   most SHARED may also stand anywhere in the other. What is left of a changed copy is the changed lines, and all but
   the changed words of those stand in the next copy.

"Repeats" is relative: where each story is there in ten near copies, all lines stand in ten documents and a footer in
thousands. So a line that has not passed is judged again, with only those lines taken for repeated that stand in more
documents, STEP times as many in each round, as long as it stands in STEP times as many itself.

Documents that pass both against each other are counted; a line that reaches the quorum is boilerplate wherever the
source prints it, also in documents that pass neither (pages that are boilerplate and nothing else).

What was tried and does not hold: to compare documents as a whole (boilerplate is four fifths of some pages, so they
look like copies); to compare only what is left of both (of two copies, two different changed lines are left); to
count documents alone (the trap above); a lower quorum (at 0.005 quotations and background of running stories are
learned). What it gets wrong: one short item three times, each with another headline of a dozen words or more, loses
its text; pages that are boilerplate and nothing else keep it, if no page with a text has the same. Lines are cut into
sentences: that finds the same boilerplate, and also that of texts without line breaks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dedup.boilerplate import kernels, line_parts
from dedup.boilerplate import rules as boilerplate_rules
from dedup.model import Packed
from dedup.text.arrays import as_arrays, tables
from dedup.text.tokens import word_list
from dedup.text.words import WordTexts, mix

# what | value | where it comes from
SHORTEST = 5  # words of a sentence | "Mr", "St", "2 p.m" end none; a line may be shorter
FEWEST = 2  # words of a line that can be boilerplate | a number, a name of the day
LEAST = 3  # documents | nothing is a habit before the third time
QUORUM_SHARE = (
    0.01  # of the documents of a source | a background paragraph comes back in 3 of 339, a footer in 18 of 598
)
MOST = 10  # documents apart that are always enough | a columnist's footer under ten of ten thousand articles
OWN_SHARE = 0.15  # of a document's words | link lists with a sentence of news have 0.17 and more
BOILERPLATE_WORDS = 120  # that repeat | the link list under a sentence of news has 99; updates of one story share more
BOILERPLATE_SHARE = 1 / 3  # of a document's words, where it is more | captions of embedded films under a long story
OWN_WORDS = 12  # | less is a headline
SHARED = 0.25  # of word pairs | unrelated stories share 0.05, a sentence with one word changed 0.8
PATIENCE = 8  # documents looked at for each that must be found
SAMPLE = 256  # documents asked about a line
STEP = 4  # a line is judged again among the lines that stand in a quarter as many documents, see above
_BUCKET_BITS = 21
OWN_ANCHORS = 48  # word pairs looked up for a document


@dataclass(frozen=True, slots=True)
class Lines:
    """The m lines of n texts, long ones cut into sentences, in order of texts."""

    documents: NDArray[np.int32]
    """(m,) number of the text."""
    hashes: NDArray[np.uint64]
    """(m,) of the folded words; 0 for what never counts as a line."""
    places: NDArray[np.uint32]
    """(m, 2) begin and end in bytes of the text."""
    words: NDArray[np.int32]
    """(m,) number of words."""
    anchors: NDArray[np.uint32]
    """(m, 4) hashes that stand for its word pairs; all ones where there are fewer."""
    looks: NDArray[np.uint8]
    """(m,) bits of `kernels`: why `marks` should look at the line."""

    def __len__(self) -> int:
        return len(self.hashes)


def line_hashes(texts: Packed) -> Lines:
    """The lines of `texts`, which are numbered from 0."""
    buffer, starts, sizes = as_arrays(texts)
    room = int(sizes.sum()) // 2 + len(sizes) + 1  # pages that are not written to cost nothing
    hashes, documents, words = np.empty(room, np.uint64), np.empty(room, np.int32), np.empty(room, np.int32)
    places, anchors = np.empty((room, 2), np.uint32), np.empty((room, kernels.ANCHORS), np.uint32)
    looks = np.empty(room, np.uint8)
    many = int(
        kernels.line_hashes(
            WordTexts(buffer, starts, sizes, *tables()), SHORTEST, _telling_words(),
            kernels.LineColumns(hashes, documents, places, words, anchors, looks),
        )
    )  # fmt: skip
    return Lines(
        documents[:many].copy(), hashes[:many].copy(), places[:many].copy(), words[:many].copy(),
        anchors[:many].copy(), looks[:many].copy(),
    )  # fmt: skip


@cache
def _telling_words() -> kernels.Telling:
    """Words that make a line worth a look."""
    parted = [[_first_word(part) for part in head.split("_")] for head in boilerplate_rules.heads()]
    firsts = word_list([words[0] for words in parted if len(words) == 1 and words[0]])
    twos, seconds = word_list([word for words in parted if len(words) > 1 for word in words]).reshape(-1, 2).T
    hashed = getattr(mix, "py_func", mix)(twos, seconds)  # not compiled: that would be done at every start
    heads = np.unique(np.concatenate((firsts, hashed)))
    late, any_, read = (
        word_list(line_parts.LATE_WORDS.split()),
        word_list([*boilerplate_rules.TELLING_WORDS]),
        word_list(["read"]),
    )
    filter_ = np.zeros(1 << kernels.FILTER, np.uint8)
    kinds = ((firsts, kernels.FIRST_WORD), (twos, kernels.FIRST_OF_TWO))
    for known, bit in (*kinds, (late, kernels.LATE_WORD), (any_, kernels.LATE_WORD), (read, kernels.LATE_WORD)):
        filter_[(known & np.uint64((1 << kernels.FILTER) - 1)).astype(np.int64)] |= bit
    return kernels.Telling(heads, np.unique(late), np.unique(any_), read[0], filter_, line_parts.LATE)


def _first_word(word: str) -> str:
    """The first word of what the rules call one: "don" of "don't", "e" of "e-mail", nothing of "©"."""
    return re.split(r"[^\w]", word)[0]


def worth_a_look(lines: Lines) -> tuple[NDArray[np.int32], NDArray[np.uint32]]:
    """Lines that `marks` must read: (k,) documents in order, (k, 2) places of their words in bytes.

    All others hold no boilerplate by rule.
    """
    if not len(lines):
        return np.zeros(0, np.int32), np.zeros((0, 2), np.uint32)
    begins = np.flatnonzero((lines.looks & kernels.LINE) > 0)
    ends = np.append(begins[1:], len(lines)) - 1
    last_of_text = np.append(lines.documents[begins][1:] != lines.documents[begins][:-1], True)
    any_bit = np.bitwise_or.reduceat(lines.looks, begins)
    looked = (lines.looks[begins] & kernels.HEAD) | (any_bit & kernels.ANY) | (lines.looks[ends] & kernels.LATE)
    looked |= (any_bit & (kernels.HEAD | kernels.INNER)) * last_of_text.astype(np.uint8)
    chosen = looked > 0
    places = np.stack((lines.places[begins, 0], lines.places[ends, 1]), axis=1)
    return lines.documents[begins][chosen], places[chosen]


def join(parts: Sequence[Lines], counts: Sequence[int]) -> Lines:
    """Parts that follow each other as one; `counts` are the numbers of their texts."""
    before = np.cumsum([0, *counts])[:-1].astype(np.int32)
    documents = [part.documents + first for part, first in zip(parts, before, strict=True)]
    return Lines(
        np.concatenate(documents), np.concatenate([part.hashes for part in parts]),
        np.concatenate([part.places for part in parts]), np.concatenate([part.words for part in parts]),
        np.concatenate([part.anchors for part in parts]), np.concatenate([part.looks for part in parts]),
    )  # fmt: skip


def repeated_lines(sources: NDArray[np.integer], lines: Lines) -> NDArray[np.bool_]:
    """(m,) whether each line is boilerplate of its source. `sources` (n,) are codes of the texts, negative: unknown.

    Give one text for each group of exact copies.
    """
    result = np.zeros(len(lines), bool)
    order, borders = _same_lines(sources, lines)
    members = lines.documents[order]
    distinct = _distinct(members, borders)
    if not len(distinct):
        return result
    quorums = _quorums(sources)[sources[members[borders[:-1]]]]
    open_ = (distinct >= quorums) & (lines.words[order[borders[:-1]]] >= FEWEST)
    learned = np.zeros(len(distinct), bool)
    firsts = np.searchsorted(lines.documents, np.arange(len(sources) + 1))
    often = LEAST
    while True:
        groups = np.flatnonzero(open_ & ~learned & (distinct >= (often if often == LEAST else often * STEP)))
        if not len(groups):
            break
        repeats = np.zeros(len(lines), bool)
        repeats[order] = np.repeat(distinct >= often, np.diff(borders))
        sample, ends = _sample(members, borders, groups)
        learned[groups] = _judge(lines, firsts, repeats, sample, ends, quorums[groups])
        often *= STEP
    result[order] = np.repeat(learned, np.diff(borders))
    return result


def _judge(
    lines: Lines, firsts: NDArray[np.int64], repeats: NDArray[np.bool_],
    sample: NDArray[np.int32], ends: NDArray[np.int64], quorums: NDArray[np.int64],
) -> NDArray[np.bool_]:  # fmt: skip
    """(g,) which lines are boilerplate, given documents that hold them: `sample`, cut at `ends` (g + 1,)."""
    count = len(firsts) - 1
    asked = np.zeros(count, bool)
    asked[sample] = True
    voters = _voters(lines, repeats, asked)
    voter_of = np.full(count, -1, np.int64)
    voter_of[voters] = np.arange(len(voters))
    gathered = _gather(voters, firsts, repeats, lines)
    judged = np.zeros(len(quorums), np.uint8)
    kernels.judge(ends, sample, voter_of, quorums, *gathered, SHARED, PATIENCE, judged)
    return judged > 0


def _sample(
    members: NDArray[np.int32], borders: NDArray[np.int64], groups: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """At most SAMPLE members of each of `groups`, evenly spread, and (g + 1,) borders."""
    sizes = np.diff(borders)[groups]
    kept = np.minimum(sizes, SAMPLE)
    ends = np.concatenate(([0], np.cumsum(kept)))
    within = np.arange(ends[-1]) - np.repeat(ends[:-1], kept)
    places = np.repeat(borders[groups], kept) + within * np.repeat(sizes, kept) // np.repeat(kept, kept)
    return members[places], ends


def _same_lines(sources: NDArray[np.integer], lines: Lines) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Lines that may repeat, so sorted that equal ones of one source follow each other, and (g + 1,) borders."""
    source = sources[lines.documents].astype(np.int64)
    keys = (lines.hashes ^ (source.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))) * np.uint64(0xD6E8FEB86659FD93)
    known = np.flatnonzero((source >= 0) & (lines.hashes != 0))
    bits = min(_BUCKET_BITS, len(known).bit_length() + 3)  # few lines: no pages for two million buckets
    bucket = (keys[known] >> np.uint64(64 - bits)).astype(np.int64)
    known = known[np.bincount(bucket, minlength=1)[bucket] >= LEAST]  # most lines stand alone: sort the others
    order = known[np.argsort(keys[known], kind="stable")]
    keys = keys[order]
    new = np.flatnonzero(keys[1:] != keys[:-1]) + 1
    return order, np.concatenate(([0], new, [len(order)])) if len(order) else np.zeros(1, np.int64)


def _distinct(members: NDArray[np.int32], borders: NDArray[np.int64]) -> NDArray[np.int64]:
    """(g,) number of different documents in each group; within a group they ascend."""
    if not len(members):
        return np.zeros(0, np.int64)
    new = np.ones(len(members), np.int64)
    new[1:] = members[1:] != members[:-1]
    new[borders[:-1]] = 1
    counts: NDArray[np.int64] = np.add.reduceat(new, borders[:-1])
    return counts


def _voters(lines: Lines, repeats: NDArray[np.bool_], asked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Documents of those asked that hold repeated lines and a text of their own."""
    words = np.bincount(lines.documents, lines.words, len(asked))
    own = np.bincount(lines.documents, lines.words * ~repeats, len(asked))
    repeated = words - own
    little = (repeated <= BOILERPLATE_WORDS) | (repeated <= BOILERPLATE_SHARE * words)
    return np.flatnonzero(asked & (repeated > 0) & little & (own >= OWN_WORDS) & (own >= OWN_SHARE * words))


def _gather(
    voters: NDArray[np.int64], firsts: NDArray[np.int64], candidate: NDArray[np.bool_], lines: Lines
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.uint32], NDArray[np.int64]]:
    """Anchors of the voters: own ones and their borders, all and their borders."""
    room = int((firsts[voters + 1] - firsts[voters]).sum()) * kernels.ANCHORS
    own, whole = np.empty(room, np.uint32), np.empty(room, np.uint32)
    own_ends, whole_ends = np.zeros(len(voters) + 1, np.int64), np.zeros(len(voters) + 1, np.int64)
    kernels.gather(voters, firsts, candidate, lines.anchors, OWN_ANCHORS, own, own_ends, whole, whole_ends)
    return own, own_ends, whole, whole_ends


def _quorums(sources: NDArray[np.integer]) -> NDArray[np.int64]:
    """Documents apart that a line of each source needs, by source code."""
    documents = np.bincount(sources[sources >= 0])
    quorums: NDArray[np.int64] = np.clip(np.ceil(documents * QUORUM_SHARE), LEAST, MOST).astype(np.int64)
    return quorums
