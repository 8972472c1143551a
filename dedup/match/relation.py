"""The rule that names a relation, from what two texts share (`verify`) and how they align (`align`).

Thresholds, and where they come from. "Spun" are stories of ten US outlets (2016) put through our own spinner with a
WordNet vocabulary at shares 1, .5 and .25; "syndicated" are the 67 natural pairs of two outlets with 3-shingle
containment >= .6; "others" are 948 pairs that share less than .4 of their 3-shingles. Quantiles are of the first and
last percent; `python -m benchmarks rewritten` measures what comes of them on texts and a vocabulary not seen here.

| name         | value | spun (1 / .5 / .25)     | syndicated | others  | what it says                                 |
|--------------|------:|-------------------------|-----------:|--------:|----------------------------------------------|
| KEPT         |   .50 | > .63 / .76 / .85       |      > .65 |  < .43  | kept words / words of the shorter text       |
| KEPT_SPUN    |   .42 | as above                |          – |       – | the same, where substitutions look spun      |
| ALIGNED      |   .60 | > .90                   |      > .67 |  < .52  | words in aligned passages / words, shorter   |
| WHOLE        |   .55 | > .70                   |      > .25 |       – | the same of the longer text: else an excerpt |
| DENSITY      |  .035 | > .11 / .053 / .021     |     < .049 |       – | substitutions that are no spelling / words   |
| SPREAD       |   .40 | > .71 / .55 / .28       |     < .60  |       – | sentences with a substitution / sentences    |
| SLOTS        |   .85 | > .93                   |  median .6 |       – | substitutions that keep the gap's length     |
| CHANGES      |     4 | > 18 / 9 / 4            |  median 2  |       – | substitutions that are no spelling           |

What so looks like a copy is one only if the two say the same in wording that is their own. "Copies" and "forms" are the
27 and 108 of `pairs_read.tsv` (natural news, read by hand); "edited" are stories with two in five words cut, added or
moved, "corrected" ones in which one to three names or numbers were changed. Quantiles of the fifth percent.

| name        | value | copies | spun (1) | edited | corrected | forms | what it says                                  |
|-------------|------:|-------:|---------:|-------:|----------:|------:|-----------------------------------------------|
| AGREE       |   .75 |  > .89 |    > .98 |      1 |     > .87 | < .93 | facts kept / facts kept or changed in place   |
| AGREE_SPUN  |   .84 |      – |    > .98 |      – |         – | < .93 | the same, where words are replaced throughout |
| FOUND       |   .50 |  > .95 |    > .84 |  > .75 |     > .91 | < .88 | facts that the other has / facts, fewer       |
| OWN_SHARE   |   .60 |  > .82 |    > .26 |  > .57 |     > .95 | < .57 | weight of shared / all grams (`rarity`)       |
| OWN_SPUN    |   .20 |      – |    > .26 |      – |         – |     – | the same, where words are replaced throughout |
| RARE        |   .15 |  > .29 |    > .44 |  > .36 |     > .38 | < .31 | mean weight of a shared gram                  |
| APART       |   .20 |  < .06 |        0 |  < .14 |         0 | < .20 | words of their own in the same place / words  |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.match import align_kernels as k
from dedup.match.rarity import Rarity
from dedup.match.shared import CHARACTERS
from dedup.match.verify import Overlaps
from dedup.model import RELATIONS, Relation

EXCERPT_SHINGLES = 20
"""Distinct shingles below which nothing is called an excerpt: a stock phrase or a headline is no copy. With 5-grams
that is 24 words; the shortest items of the newswires in the labelled data have about 30."""
KEPT, KEPT_SPUN, ALIGNED, WHOLE = 0.50, 0.42, 0.60, 0.55
DENSITY, SPREAD, SLOTS, CHANGES = 0.035, 0.40, 0.85, 4
KEPT_WORDS = 20
"""Kept words below which an alignment proves nothing: a headline, a stock phrase."""
CORRECTED_WORDS = 60
"""Words from which a text in which one name differs is a corrected one, and not another sentence of the same frame."""
CHANGED_WORDS = 32
"""Words below which texts in which a word differs share less than .7 of their shingles, where words are words: where
they are characters, Jaccard does not tell."""
FORM_NUMBERS, FORM_SHARE = 3, 0.5
"""A recurring form (weather, lottery, market report): at least so many numbers have other digits in the same place, and
they are at least this share of the numbers that have a counterpart."""
NUMERIC, SAME_NUMBERS = 0.4, 0.75
"""Share of words with digits from which a text is a table. Tables align with anything, so they are copies only if so
many of the numbers are the same, in the same order, or if they share shingles."""
AGREE, AGREE_SPUN, FOUND, FOUND_SPUN = 0.75, 0.84, 0.5, 0.7
AGREE_UNKNOWN = 0.5
"""The same where the language is not known: a spinner replaces nouns, and which words are names is a guess."""
STANDS, STANDS_SHARE = 0.95, 0.85
"""Facts that the other has, if anywhere, and weight of what is shared, from which all of a text stands in the other."""
OWN_SHARE, OWN_LONG, OWN_SPUN = 0.60, 0.50, 0.20
RARE, RARE_SPUN = 0.15, 0.25
FOUND_SURE, RARE_SURE, OWN_SURE = 0.8, 0.15, 0.12
"""Where all facts agree, less of the wording has to be rare."""
LONG_WORDS, AGREE_LONG, FOUND_LONG = 80, 0.95, 0.65
"""Two texts of so many words that agree so well may share less: one that an editor cut and rearranged."""
ALIGNED_SPUN, KEPT_BY_SPINNERS = 0.83, 0.50
ALIGNED_PART = 0.90
"""The same where the spun text is part of a longer one."""
THOROUGH_DENSITY, THOROUGH_SPREAD, THOROUGH_SLOTS = 0.14, 0.80, 0.80
"""Substitutions that are no spelling / words, sentences with one, and substitutions that keep the gap's length, from
which words are replaced in a way that no pair of 24,000 natural articles has: those of a desk that writes a report anew
are .13 at most."""
THOROUGH_ALIGNED, THOROUGH_KEPT = 0.65, 0.45
"""Of a text that is so replaced less can be aligned."""
SPELT_ALIKE = 0.85
"""Words kept or spelt alike / words of the shorter text from which the two differ in spelling."""
APART, APART_COMMON, COMMON = 0.20, 0.05, 0.40
"""Content of their own in the same places, from which two texts are a frame filled in twice; and the same where others
share what they share (mean weight of a gram)."""
SAME, SAME_CHANGES = 0.85, 0.05
"""Jaccard from which other facts are a correction (another holder of a licence), and substitutions a word at most."""
ALIKE, ALIKE_AGREE, FRAME = 0.9, 0.98, 0.05
"""Two texts of a frame that agree in so much, and in all facts, are one text twice; unless twenty others have it."""
TABLE_NUMBERS, TABLE_CHANGED = 0.3, 0.12
"""Share of words with digits from which a text tells numbers, and share of those in place that may differ."""
SHORT_WORDS, SHORT_CHANGED = 120, 0.25
"""The same for the numbers of a short report."""
FRAMED_WORDS, FRAMED_CHANGED = 160, 10
"""Words up to which, in a frame that others have, one fact that differs is enough; and the weight of one."""
SAME_AGREE, SAME_FOUND, SAME_WEIGHT, SAME_JACCARD = 0.9, 0.8, 50, 0.8
"""Texts that say the same count once in the background; where they hold next to no facts, those of one wording do."""
TITLE_CHANGED, TITLE_JACCARD = 2, 0.9
"""Numbers that differ at the head of two texts (a version, its date), and Jaccard from which that is a correction."""
MANUAL_WORDS = 1000
"""Words from which one such number is enough: no report, but a licence, a specification."""
SUBJECT_TIMES = 3
"""How often one fact of the title stands in place of another before the two texts are about other things."""
RULES_SHARE, RULES_KEPT = 0.04, 0.9
"""Share of words that lay down rules from which a text is a licence, a contract; and words kept (of those of the
shorter, and of the longer in aligned passages) from which two of them that have no clause to themselves are one text
with another signature."""
REPEATED_TIMES, REPEATED_SHARE, REPEATED_AGREE, REPEATED_FOUND = 8, 0.25, 0.98, 0.9
"""How often one substitution is made, and its share of all: of spun copies 1 in 150 has so many, at share .5."""
DEFAULT_THRESHOLD = 0.7
"""Threshold for which the constants of the alignment were measured; they rise with it."""
NONE = -1
NEAR, EXCERPT, SPUN, FORM, REWRITTEN = (
    RELATIONS.index(r)
    for r in (Relation.NEAR_DUPLICATE, Relation.EXCERPT, Relation.SPUN, Relation.FORM, Relation.REWRITTEN)
)
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Shares:
    """What the rule looks at, (m,) float64 each."""

    kept: NDArray[np.float64]
    aligned: NDArray[np.float64]
    """Of the shorter text."""
    whole: NDArray[np.float64]
    """Of the longer text."""
    density: NDArray[np.float64]
    spread: NDArray[np.float64]
    slots: NDArray[np.float64]
    changes: NDArray[np.float64]


def shares(figures: NDArray[np.int32]) -> Shares:
    """From the figures of m pairs."""
    f = figures.astype(np.float64)
    words_a, words_b = np.maximum(f[:, k.WORDS_A], 1), np.maximum(f[:, k.WORDS_B], 1)
    of_a, of_b = (f[:, k.KEPT_WORDS] + f[:, k.CHANGED_A]) / words_a, (f[:, k.KEPT_WORDS] + f[:, k.CHANGED_B]) / words_b
    first, same = words_a < words_b, words_a == words_b
    changes = f[:, k.CHANGES] - f[:, k.LIKE_SPELT]
    return Shares(
        kept=f[:, k.KEPT_WORDS] / np.minimum(words_a, words_b),
        aligned=np.where(same, np.maximum(of_a, of_b), np.where(first, of_a, of_b)),
        whole=np.where(same, np.minimum(of_a, of_b), np.where(first, of_b, of_a)),
        density=changes / np.maximum(f[:, k.KEPT_WORDS] + f[:, k.CHANGED_A], 1),
        spread=f[:, k.CHANGED_SENTENCES] / np.maximum(f[:, k.SENTENCES], 1),
        slots=f[:, k.IN_SLOT] / np.maximum(f[:, k.CHANGES], 1),
        changes=changes,
    )


def similarity(figures: NDArray[np.int32], codes: NDArray[np.int8]) -> NDArray[np.float64]:
    """(m,) aligned share: words in aligned passages / words, of both texts; for excerpts of the shorter one."""
    f = figures.astype(np.float64)
    aligned = 2 * f[:, k.KEPT_WORDS] + f[:, k.CHANGED_A] + f[:, k.CHANGED_B]
    both = aligned / np.maximum(f[:, k.WORDS_A] + f[:, k.WORDS_B], 1)
    return np.where(codes == EXCERPT, shares(figures).aligned, both)


def closeness(figures: NDArray[np.int32]) -> NDArray[np.float64]:
    """(m,) how closely the shorter text follows the other, 1 for the same text: its kept words, of which those in long
    stretches count more.

    It ranks how much of a copy was rewritten (`benchmarks.clough`) where `similarity` tells how much is a copy: stories
    spun at shares 1 / .5 / .25 are .24 / .56 / .76 in the median, syndicated ones .75, independent reports .12.
    """
    words = np.maximum(np.minimum(figures[:, k.WORDS_A], figures[:, k.WORDS_B]), 1)
    return np.minimum(figures[:, k.CLOSENESS] / 16 * (1 + k.STRETCH_HALF / words) / words, 1.0)


def is_form(figures: NDArray[np.int32]) -> Flags:
    """Pairs that are one form filled in twice: most numbers differ in their places."""
    changed, kept = figures[:, k.NUMBERS_CHANGED], figures[:, k.NUMBERS_KEPT]
    table = figures[:, k.NUMBERS] >= TABLE_NUMBERS * figures[:, k.WORDS_A]
    share = np.where(table, TABLE_CHANGED, FORM_SHARE)
    found: Flags = (changed >= FORM_NUMBERS) & (changed >= share * (changed + kept))
    return found


def _characters_a_word(figures: NDArray[np.int32]) -> NDArray[np.float64]:
    """(m,) words of the pair that say as much as one of running text: characters of scripts without spaces say less."""
    share = figures[:, k.CHARACTERS] / np.maximum(figures[:, k.WORDS_A], 1)
    found: NDArray[np.float64] = 1 + (CHARACTERS - 1) * share
    return found


def hopeful(figures: NDArray[np.int32]) -> Flags:
    """Pairs that can be copies by their alignment alone."""
    return figures[:, k.KEPT_WORDS] >= KEPT_SPUN * np.minimum(figures[:, k.WORDS_A], figures[:, k.WORDS_B])


def is_spun(found: Shares) -> Flags:
    """Substitutions are many, everywhere, and each keeps its slot."""
    many = (found.density >= DENSITY) & (found.changes >= CHANGES)
    return many & (found.spread >= SPREAD) & (found.slots >= SLOTS)


@dataclass(frozen=True, slots=True)
class Facts:
    """How far two texts say the same, (m,) float64 each."""

    agree: NDArray[np.float64]
    """Weight of the facts kept / of those kept or changed in place; 1 where there are none."""
    found: NDArray[np.float64]
    """Weight of the facts that the other text has anywhere / of all facts, of the text that has fewer."""


def facts(figures: NDArray[np.int32]) -> Facts:
    """From the figures of m pairs."""
    f = figures.astype(np.float64)
    kept, changed = f[:, k.FACTS_KEPT], f[:, k.FACTS_CHANGED]
    first = f[:, k.FACTS_A] <= f[:, k.FACTS_B]
    held = np.where(first, f[:, k.FACTS_A], f[:, k.FACTS_B])
    found = np.where(first, f[:, k.FOUND_A], f[:, k.FOUND_B])
    return Facts(
        np.where(kept + changed > 0, kept / np.maximum(kept + changed, 1), 1.0),
        np.where(held > 0, found / np.maximum(held, 1), 1.0),
    )


def lay_down_rules(figures: NDArray[np.int32]) -> Flags:
    """Pairs of licences, contracts and the like, which are what they are to the clause."""
    found: Flags = figures[:, k.RULES] >= RULES_SHARE * (figures[:, k.WORDS_A] + figures[:, k.WORDS_B])
    return found


def signed_anew(figures: NDArray[np.int32]) -> Flags:
    """Pairs of these that are one text: another holder, another year."""
    found = shares(figures)
    same: Flags = lay_down_rules(figures) & (figures[:, k.CLAUSE_WORDS] == 0)
    same &= (found.kept >= RULES_KEPT) & (found.whole >= RULES_KEPT)
    return same


def say_the_same(pairs: Overlaps, figures: NDArray[np.int32]) -> Flags:
    """Pairs of which a background may count one text for both."""
    said = facts(figures)
    told = (figures[:, k.FACTS_KEPT] >= SAME_WEIGHT) | (pairs.jaccard >= SAME_JACCARD)
    apart = figures[:, k.OWN] >= APART_COMMON * np.minimum(figures[:, k.WORDS_A], figures[:, k.WORDS_B])
    return ((said.agree >= SAME_AGREE) & (said.found >= SAME_FOUND) & told & ~apart) | signed_anew(figures)


@dataclass(frozen=True, slots=True)
class _Seen:
    """All that is known of m pairs that look like copies."""

    pairs: Overlaps
    figures: NDArray[np.int32]
    rarity: Rarity
    said: Facts
    found: Shares
    shorter: NDArray[np.int32]
    """Words of the shorter text."""
    known: Flags
    """Whether the language is."""

    @staticmethod
    def of(pairs: Overlaps, figures: NDArray[np.int32], rarity: Rarity) -> _Seen:
        shorter = np.minimum(figures[:, k.WORDS_A], figures[:, k.WORDS_B])
        return _Seen(pairs, figures, rarity, facts(figures), shares(figures), shorter, figures[:, k.KNOWN] > 0)


def _agree(seen: _Seen) -> Flags:
    """The facts agree, or all that one text says stands in the other."""
    said = seen.said
    agree = (said.agree >= np.where(seen.known, AGREE, AGREE_UNKNOWN)) & (said.found >= FOUND)
    return agree | ((said.found >= STANDS) & (seen.rarity.share >= STANDS_SHARE))


def _corrected(seen: _Seen) -> Flags:
    """Texts that are equal but for a few places, whatever stands there."""
    words = seen.figures[:, k.WORDS_A]
    corrected = (seen.pairs.jaccard >= SAME) & (seen.found.changes <= SAME_CHANGES * words)
    return corrected & (words >= CORRECTED_WORDS * _characters_a_word(seen.figures))


def _own_wording(seen: _Seen) -> Flags:
    """Enough of what the two share is theirs alone; or they differ in spelling, so that grams do not tell."""
    own = seen.rarity.share >= OWN_SHARE
    long = (seen.shorter >= LONG_WORDS) & (seen.said.agree >= AGREE_LONG) & (seen.said.found >= FOUND_LONG)
    own |= long & (seen.rarity.share >= OWN_LONG) & (seen.found.aligned >= ALIGNED)
    return own | _respelt(seen)


def _respelt(seen: _Seen) -> Flags:
    """Texts that differ in spelling: grams of the two are not the same, and the words are."""
    alike, changes = seen.figures[:, k.LIKE_SPELT], seen.figures[:, k.CHANGES]
    respelt = (seen.figures[:, k.KEPT_WORDS] + alike >= SPELT_ALIKE * seen.shorter) & (2 * alike >= changes)
    respelt &= (seen.said.agree >= ALIKE_AGREE) & ((seen.said.found >= ALIKE) | (alike >= ALIKE * changes))
    return respelt


def _replaced(seen: _Seen) -> Flags:
    """Words are replaced throughout, and neither the facts nor the wording that is rare."""
    said, rarity = seen.said, seen.rarity
    sure = (said.agree >= ALIKE_AGREE) & (said.found >= FOUND_SURE)
    spun = is_spun(seen.found) & (said.agree >= np.where(seen.known, AGREE_SPUN, AGREE_UNKNOWN))
    spun &= said.found >= np.where(seen.known, FOUND_SPUN, FOUND)
    spun &= rarity.mean >= np.where(sure, RARE_SURE, RARE_SPUN)
    spun &= rarity.share >= np.where(sure, OWN_SURE, OWN_SPUN)
    spun &= (seen.found.aligned >= ALIGNED_SPUN) & (seen.found.kept >= KEPT_BY_SPINNERS)
    return (spun & ~_filled_in_anew(seen)) | (_thoroughly(seen) & ~_says_other(seen))


def _thoroughly(seen: _Seen) -> Flags:
    """Most of what can be replaced is: little is left of any wording, and what is put in for it is no content."""
    said, found, rarity = seen.said, seen.found, seen.rarity
    replaced = (found.density >= THOROUGH_DENSITY) & (found.spread >= THOROUGH_SPREAD) & (found.changes >= CHANGES)
    replaced &= (found.slots >= THOROUGH_SLOTS) & (found.aligned >= THOROUGH_ALIGNED) & (found.kept >= THOROUGH_KEPT)
    replaced &= (said.agree >= AGREE_SPUN) & (said.found >= FOUND_SPUN) & seen.known
    return replaced & (rarity.mean >= RARE_SURE) & (rarity.share >= OWN_SURE)


def _says_other(seen: _Seen) -> Flags:
    """Other numbers, another subject."""
    return is_form(seen.figures) | _other_numbers(seen) | _other_subject(seen) | _other_characters(seen)


def _filled_in_anew(seen: _Seen) -> Flags:
    """One frame with other content: other numbers, another subject, or common wording round words of their own."""
    own, rarity, said = seen.figures[:, k.OWN] / np.maximum(seen.shorter, 1), seen.rarity, seen.said
    apart = (own >= APART) | ((own >= APART_COMMON) & (rarity.mean < COMMON))
    alike = (rarity.share >= ALIKE) & (said.agree >= ALIKE_AGREE) & (said.found >= ALIKE)
    alike &= (seen.figures[:, k.FACTS_KEPT] >= SAME_WEIGHT) & (rarity.mean >= FRAME)
    return ((apart | (rarity.mean < RARE)) & ~alike) | _says_other(seen)


def _other_characters(seen: _Seen) -> Flags:
    """Short texts in a script without spaces in which something else stands at a few places: nothing shows whether it
    is a name, and shingles of characters do not see it. Where much differs, words were replaced.
    """
    f = seen.figures
    short = np.maximum(f[:, k.WORDS_A], f[:, k.WORDS_B]) < CHANGED_WORDS * _characters_a_word(f)
    found: Flags = short & (2 * f[:, k.CHARACTERS] >= f[:, k.WORDS_A])
    return found & (seen.found.changes >= 1) & (seen.found.changes < CHANGES)


def _other_numbers(seen: _Seen) -> Flags:
    """Short reports that are not alike, and of whose few numbers some differ or none is kept: another day's. Where
    others have the same frame, one fact is enough.
    """
    figures = seen.figures
    changed, kept = figures[:, k.NUMBERS_CHANGED], figures[:, k.NUMBERS_KEPT]
    longer = np.maximum(figures[:, k.WORDS_A], figures[:, k.WORDS_B])
    differ = (changed >= 1) & (changed >= SHORT_CHANGED * (changed + kept))
    differ |= (kept == 0) & (figures[:, k.NUMBERS] > 0)
    other: Flags = (longer < SHORT_WORDS) & differ & (seen.pairs.jaccard < DEFAULT_THRESHOLD)
    framed = (longer < FRAMED_WORDS) & (seen.rarity.mean < COMMON)
    return other | (framed & (figures[:, k.FACTS_CHANGED] >= FRAMED_CHANGED))


def _other_subject(seen: _Seen) -> Flags:
    """Texts that name something else throughout: another version in the title, one word in place of another over and
    over ("library" for "program") while other facts differ too. A spinner replaces many words, and seldom one so often.
    """
    figures, said, repeated = seen.figures, seen.said, seen.figures[:, k.REPEATED]
    title: Flags = figures[:, k.TITLE_NUMBERS] >= np.where(seen.shorter >= MANUAL_WORDS, 1, TITLE_CHANGED)
    title &= seen.pairs.jaccard < TITLE_JACCARD
    title &= figures[:, k.NUMBERS] < TABLE_NUMBERS * figures[:, k.WORDS_A]
    often = (repeated >= REPEATED_TIMES) & (repeated >= REPEATED_SHARE * figures[:, k.CHANGES])
    often &= (said.agree < REPEATED_AGREE) | (said.found < REPEATED_FOUND)
    named = figures[:, k.SUBJECT_CHANGED] >= SUBJECT_TIMES
    return title | often | named | (lay_down_rules(figures) & (figures[:, k.CLAUSE_WORDS] > 0))


@dataclass(frozen=True, slots=True)
class Rule:
    """The settings of the rule."""

    threshold: float
    """Jaccard of near-duplicates. Above the default the shares of the alignment rise with it, to 1 at 1."""
    containment: float
    """Of excerpts."""
    excerpts: bool

    def by_shingles(self, pairs: Overlaps) -> NDArray[np.int8]:
        """(m,) index into `model.RELATIONS` of each pair by shingles alone, -1 where the pair is no copy."""
        codes = np.full(len(pairs.left), NONE, np.int8)
        if self.excerpts:
            long_enough = np.minimum(pairs.left_size, pairs.right_size) >= EXCERPT_SHINGLES
            codes[(pairs.containment >= self.containment) & long_enough] = EXCERPT
        alike = (pairs.jaccard >= min(self.threshold, DEFAULT_THRESHOLD)) & (pairs.shared > 0)
        codes[alike] = np.where(pairs.jaccard[alike] >= self.threshold, NEAR, NONE)
        return codes

    def by_alignment(self, pairs: Overlaps, figures: NDArray[np.int32]) -> NDArray[np.int8]:
        """The same by shingles and the (m, FIGURES) figures of their alignment: what may be a copy if the two `say the
        same` in wording of their own (`verdict`).
        """
        codes, found = self.by_shingles(pairs), shares(figures)
        spun = is_spun(found)
        table = figures[:, k.NUMBERS] >= NUMERIC * figures[:, k.WORDS_A]
        table &= figures[:, k.NUMBERS_KEPT] < SAME_NUMBERS * figures[:, k.NUMBERS]
        enough = found.kept >= np.where(spun, KEPT_SPUN, KEPT)
        least = KEPT_WORDS * _characters_a_word(figures)
        copied = enough & (found.aligned >= ALIGNED) & (figures[:, k.KEPT_WORDS] >= least) & ~table
        whole = found.whole >= WHOLE
        strict = (found.kept >= self._raised(KEPT)) & (found.whole >= self._raised(WHOLE))
        if self.excerpts:
            codes[copied & ~whole & (codes == NONE)] = EXCERPT
        codes[copied & whole & (codes != NEAR)] = NONE
        codes[copied & whole & strict] = NEAR
        codes[copied & spun] = SPUN
        return codes

    def _raised(self, share: float) -> float:
        """A share that is as measured at the default threshold, and 1 at 1."""
        return share + (1 - share) * max(0.0, (self.threshold - DEFAULT_THRESHOLD) / (1 - DEFAULT_THRESHOLD))

    def verdict(
        self, pairs: Overlaps, figures: NDArray[np.int32], rarity: Rarity, codes: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """(m,) what pairs that look like copies (`codes`) are: copies, forms or nothing to each other."""
        seen = _Seen.of(pairs, figures, rarity)
        agree, form = _agree(seen), _filled_in_anew(seen)
        same = ((agree | _corrected(seen)) & _own_wording(seen) & ~form) | signed_anew(figures)
        replaced, whole = _replaced(seen), seen.found.whole >= WHOLE
        long = (seen.shorter >= LONG_WORDS) & (seen.said.agree >= AGREE_LONG) & (seen.found.aligned >= ALIGNED_PART)
        same |= replaced & ~whole & long  # part of a longer text, spun
        copies = np.where(codes == SPUN, np.where(whole, NEAR, EXCERPT), codes)
        other = np.where(form | ~agree | (rarity.mean < COMMON), FORM, NONE)
        judged = np.where(replaced & whole & ((codes == SPUN) | _thoroughly(seen)), SPUN, np.where(same, copies, other))
        return np.where(codes == NONE, NONE, judged).astype(np.int8)
