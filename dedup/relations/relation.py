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

from dedup.align import figures as k
from dedup.align.figure_kernels import STRETCH_HALF
from dedup.align.overlap import Overlaps
from dedup.align.rarity import Rarity
from dedup.align.shares import Shares, shares
from dedup.facts import agreement
from dedup.model import RELATIONS, Relation
from dedup.relations.text_reuse import CHARACTERS

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
NUMERIC, SAME_NUMBERS = 0.4, 0.75
"""Share of words with digits from which a text is a table. Tables align with anything, so they are copies only if so
many of the numbers are the same, in the same order, or if they share shingles."""
AGREE_SPUN, FOUND_SPUN = 0.84, 0.7
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
APART = 0.20
"""Content of their own in the same places, from which two texts are a frame filled in twice; `agreement.APART_COMMON`
where others share what they share."""
ALONE, ALONE_WORDS = 0.55, 120
"""Mean weight of a shared gram, and words, from which the wording of two texts is nobody else's, and a paragraph in the
place of another is no slot that was filled in anew: of 32,000 natural articles and web pages no pair changed by it, of
120 news stories with a fifth to three tenths replaced behind their head nearly all are found."""
SAME, SAME_CHANGES = 0.85, 0.05
"""Jaccard from which other facts are a correction (another holder of a licence), and substitutions a word at most."""
ALIKE, ALIKE_AGREE, FRAME = 0.9, 0.98, 0.05
"""Two texts of a frame that agree in so much, and in all facts, are one text twice; unless twenty others have it."""
DEFAULT_THRESHOLD = 0.7
"""Threshold for which the constants of the alignment were measured; they rise with it."""
NONE = -1
NEAR, EXCERPT, SPUN, FORM, REWRITTEN = (
    RELATIONS.index(r)
    for r in (Relation.NEAR_DUPLICATE, Relation.EXCERPT, Relation.SPUN, Relation.FORM, Relation.REWRITTEN)
)
Flags = NDArray[np.bool_]


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
    return np.minimum(figures[:, k.CLOSENESS] / 16 * (1 + STRETCH_HALF / words) / words, 1.0)


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
class _Seen:
    """All that is known of m pairs that look like copies."""

    pairs: Overlaps
    figures: NDArray[np.int32]
    rarity: Rarity
    said: agreement.Said
    found: Shares
    shorter: NDArray[np.int32]
    """Words of the shorter text."""
    known: Flags
    """Whether the language is."""

    @staticmethod
    def of(pairs: Overlaps, figures: NDArray[np.int32], rarity: Rarity) -> _Seen:
        shorter = np.minimum(figures[:, k.WORDS_A], figures[:, k.WORDS_B])
        return _Seen(pairs, figures, rarity, agreement.said(figures), shares(figures), shorter, figures[:, k.KNOWN] > 0)


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
    spun = is_spun(seen.found) & (said.agree >= np.where(seen.known, AGREE_SPUN, agreement.AGREE_UNKNOWN))
    spun &= said.found >= np.where(seen.known, FOUND_SPUN, agreement.FOUND)
    spun &= rarity.mean >= np.where(sure, RARE_SURE, RARE_SPUN)
    spun &= rarity.share >= np.where(sure, OWN_SURE, OWN_SPUN)
    return spun & (seen.found.aligned >= ALIGNED_SPUN) & (seen.found.kept >= KEPT_BY_SPINNERS)


def _thoroughly(seen: _Seen) -> Flags:
    """Most of what can be replaced is: little is left of any wording, and what is put in for it is no content."""
    said, found, rarity = seen.said, seen.found, seen.rarity
    replaced = (found.density >= THOROUGH_DENSITY) & (found.spread >= THOROUGH_SPREAD) & (found.changes >= CHANGES)
    replaced &= (found.slots >= THOROUGH_SLOTS) & (found.aligned >= THOROUGH_ALIGNED) & (found.kept >= THOROUGH_KEPT)
    replaced &= (said.agree >= AGREE_SPUN) & (said.found >= FOUND_SPUN) & seen.known
    return replaced & (rarity.mean >= RARE_SURE) & (rarity.share >= OWN_SURE)


def _says_other(seen: _Seen) -> Flags:
    """Other numbers, another subject."""
    pairs, figures = seen.pairs, seen.figures
    other = agreement.is_form(figures) | agreement.other_numbers(pairs, figures, seen.rarity)
    return other | agreement.other_subject(pairs, figures) | _other_characters(seen)


def _framed(seen: _Seen) -> Flags:
    """Common wording round words of their own."""
    rarity, said = seen.rarity, seen.said
    own = (seen.figures[:, k.OWN] - _put_in(seen)) / np.maximum(seen.shorter, 1)
    apart = (own >= APART) | ((own >= agreement.APART_COMMON) & (rarity.mean < agreement.COMMON))
    alike = (rarity.share >= ALIKE) & (said.agree >= ALIKE_AGREE) & (said.found >= ALIKE)
    alike &= (seen.figures[:, k.FACTS_KEPT] >= agreement.SAME_WEIGHT) & (rarity.mean >= FRAME)
    return (apart | (rarity.mean < RARE)) & ~alike


def _put_in(seen: _Seen) -> NDArray[np.int32]:
    """(m,) words of paragraphs that were put in the place of others in a text that is the two's alone."""
    said, facts = seen.said, seen.figures[:, k.FACTS_KEPT]
    alone = (seen.rarity.mean >= ALONE) & (said.agree >= AGREE_LONG) & (facts >= agreement.SAME_WEIGHT)
    return np.where(alone & (seen.shorter >= ALONE_WORDS), seen.figures[:, k.REPLACED], 0).astype(np.int32)


def _other_characters(seen: _Seen) -> Flags:
    """Short texts in a script without spaces in which something else stands at a few places: nothing shows whether it
    is a name, and shingles of characters do not see it. Where much differs, words were replaced.
    """
    f = seen.figures
    short = np.maximum(f[:, k.WORDS_A], f[:, k.WORDS_B]) < CHANGED_WORDS * _characters_a_word(f)
    found: Flags = short & (2 * f[:, k.CHARACTERS] >= f[:, k.WORDS_A])
    return found & (seen.found.changes >= 1) & (seen.found.changes < CHANGES)


@dataclass(frozen=True, slots=True)
class RelationRule:
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
        agree, other_facts, thorough = agreement.agree(figures, rarity), _says_other(seen), _thoroughly(seen)
        form = other_facts | _framed(seen)
        same = ((agree | _corrected(seen)) & _own_wording(seen) & ~form) | agreement.signed_anew(figures)
        replaced, whole = (_replaced(seen) & ~form) | (thorough & ~other_facts), seen.found.whole >= WHOLE
        long = (seen.shorter >= LONG_WORDS) & (seen.said.agree >= AGREE_LONG) & (seen.found.aligned >= ALIGNED_PART)
        same |= replaced & ~whole & long  # part of a longer text, spun
        copies = np.where(codes == SPUN, np.where(whole, NEAR, EXCERPT), codes)
        other = np.where(form | ~agree | (rarity.mean < agreement.COMMON), FORM, NONE)
        judged = np.where(replaced & whole & ((codes == SPUN) | thorough), SPUN, np.where(same, copies, other))
        return np.where(codes == NONE, NONE, judged).astype(np.int8)
