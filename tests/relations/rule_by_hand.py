"""The rule of relations for one pair, in plain Python and with its thresholds written out: what `relation` and
`agreement` say of many at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

NOTHING, NEAR, EXCERPT, SPUN, FORM = "nothing", "near-duplicate", "excerpt", "spun", "form"


def per(part: float, whole: float, none: float = 1.0) -> float:
    """A share; of nothing it is `none`."""
    return part / whole if whole > 0 else none


@dataclass
class Pair:
    """Figures of one pair by name (`align.figures`), its shingles, and how rare what it shares is."""

    f: dict[str, int]
    shared: int
    left_size: int
    right_size: int
    mean: float
    own: float
    """Weight of what is shared / of all grams."""

    def __getattr__(self, name: str) -> int:
        return self.__dict__["f"][name.upper()]

    @property
    def jaccard(self) -> float:
        return self.shared / max(self.left_size + self.right_size - self.shared, 1)

    @property
    def containment(self) -> float:
        return self.shared / max(min(self.left_size, self.right_size), 1)

    @property
    def shorter(self) -> int:
        return min(self.words_a, self.words_b)

    @property
    def longer(self) -> int:
        return max(self.words_a, self.words_b)

    @property
    def kept(self) -> float:
        return self.kept_words / max(self.shorter, 1)

    def _sides(self) -> tuple[float, float]:
        """Words in aligned passages / words: of the shorter text, of the longer."""
        a = (self.kept_words + self.changed_a) / max(self.words_a, 1)
        b = (self.kept_words + self.changed_b) / max(self.words_b, 1)
        if self.words_a == self.words_b:
            return max(a, b), min(a, b)
        return (a, b) if self.words_a < self.words_b else (b, a)

    @property
    def aligned(self) -> float:
        return self._sides()[0]

    @property
    def whole(self) -> float:
        return self._sides()[1]

    @property
    def real_changes(self) -> int:
        return self.changes - self.like_spelt

    @property
    def density(self) -> float:
        return self.real_changes / max(self.kept_words + self.changed_a, 1)

    @property
    def spread(self) -> float:
        return self.changed_sentences / max(self.sentences, 1)

    @property
    def in_place(self) -> float:
        return self.in_slot / max(self.changes, 1)

    @property
    def agree(self) -> float:
        return per(self.facts_kept, self.facts_kept + self.facts_changed)

    @property
    def found(self) -> float:
        first = self.facts_a <= self.facts_b
        return per(self.found_a if first else self.found_b, self.facts_a if first else self.facts_b)

    @property
    def is_table(self) -> bool:
        return self.numbers >= 0.3 * self.words_a

    @property
    def lays_down_rules(self) -> bool:
        return self.rules >= max(0.04 * (self.words_a + self.words_b), 6)

    def words_of_meaning(self, characters: float) -> float:
        """How many words say as much as one of running text."""
        return 1 + (characters - 1) * self.characters / max(self.words_a, 1)


def by_shingles(p: Pair, threshold: float, containment: float) -> str:
    if p.jaccard >= min(threshold, 0.7) and p.shared > 0:
        return NEAR if p.jaccard >= threshold else NOTHING
    return EXCERPT if p.containment >= containment and min(p.left_size, p.right_size) >= 20 else NOTHING


def is_spun(p: Pair) -> bool:
    return p.density >= 0.035 and p.real_changes >= 4 and p.spread >= 0.40 and p.in_place >= 0.85


def by_alignment(p: Pair, threshold: float, containment: float, characters: float) -> str:
    code, spun = by_shingles(p, threshold, containment), is_spun(p)
    table = p.numbers >= 0.4 * p.words_a and p.numbers_kept < 0.75 * p.numbers
    copied = p.kept >= (0.42 if spun else 0.50) and p.aligned >= 0.60
    copied = copied and p.kept_words >= 20 * p.words_of_meaning(characters) and not table
    higher = max(0.0, (threshold - 0.7) / (1 - 0.7))
    if not copied:
        return code
    if p.whole < 0.55:
        code = EXCERPT if code == NOTHING else code
    elif p.kept >= 0.50 + 0.50 * higher and p.whole >= 0.55 + 0.45 * higher:
        code = NEAR
    elif code != NEAR:
        code = NOTHING
    return SPUN if spun else code


def is_form(p: Pair) -> bool:
    numbers = p.numbers_changed + p.numbers_kept
    if p.numbers_changed >= 3 and p.numbers_changed >= (0.12 if p.is_table else 0.5) * numbers:
        return True
    return p.is_table and p.title_numbers > 0 and p.numbers_changed >= 4 and p.numbers_changed >= 0.06 * numbers


def agrees(p: Pair) -> bool:
    if p.agree >= (0.75 if p.known > 0 else 0.5) and p.found >= 0.5:
        return True
    return p.found >= 0.95 and p.own >= 0.85


def other_numbers(p: Pair) -> bool:
    changed, kept = p.numbers_changed, p.numbers_kept
    differ = (changed >= 1 and changed >= 0.25 * (changed + kept)) or (kept == 0 and p.numbers > 0)
    if p.longer < 120 and differ and p.jaccard < 0.7:
        return True
    return p.longer < 160 and p.mean < 0.40 and p.facts_changed >= 10


def other_subject(p: Pair) -> bool:
    title = p.title_numbers >= (1 if p.shorter >= 1000 else 2) and p.jaccard < 0.9 and not p.is_table
    often = p.repeated >= 8 and p.repeated >= 0.25 * p.changes and (p.agree < 0.98 or p.found < 0.9)
    named = p.subject_changed >= 3 or (p.title_swaps >= 3 and p.title_swaps >= 0.5 * p.changes)
    return title or often or named or (p.lays_down_rules and p.clause_words > 0)


def signed_anew(p: Pair) -> bool:
    return p.lays_down_rules and p.clause_words == 0 and p.kept >= 0.9 and p.whole >= 0.9


def say_the_same(p: Pair) -> bool:
    told = p.facts_kept >= 50 or p.jaccard >= 0.8
    apart = p.f["OWN"] >= 0.05 * p.shorter
    return (p.agree >= 0.9 and p.found >= 0.8 and told and not apart) or signed_anew(p)


def corrected(p: Pair, characters: float) -> bool:
    alike = p.jaccard >= 0.85 and p.real_changes <= 0.05 * p.words_a
    return alike and p.words_a >= 60 * p.words_of_meaning(characters)


def own_wording(p: Pair) -> bool:
    long = p.shorter >= 80 and p.agree >= 0.95 and p.found >= 0.65 and p.own >= 0.50 and p.aligned >= 0.60
    respelt = p.kept_words + p.like_spelt >= 0.85 * p.shorter and 2 * p.like_spelt >= p.changes and p.agree >= 0.98
    respelt = respelt and (p.found >= 0.9 or p.like_spelt >= 0.9 * p.changes)
    return p.own >= 0.60 or long or respelt


def replaced(p: Pair) -> bool:
    sure = p.agree >= 0.98 and p.found >= 0.8
    facts = p.agree >= (0.84 if p.known > 0 else 0.5) and p.found >= (0.7 if p.known > 0 else 0.5)
    rare = p.mean >= (0.15 if sure else 0.25) and p.own >= (0.12 if sure else 0.20)
    return is_spun(p) and facts and rare and p.aligned >= 0.83 and p.kept >= 0.50


def thoroughly(p: Pair) -> bool:
    words = p.density >= 0.14 and p.spread >= 0.80 and p.real_changes >= 4 and p.in_place >= 0.80
    words = words and p.aligned >= 0.65 and p.kept >= 0.45
    return words and p.agree >= 0.84 and p.found >= 0.7 and p.known > 0 and p.mean >= 0.15 and p.own >= 0.12


def framed(p: Pair) -> bool:
    alone = p.mean >= 0.55 and p.agree >= 0.95 and p.facts_kept >= 50 and p.shorter >= 120
    own = (p.f["OWN"] - (p.f["REPLACED"] if alone else 0)) / max(p.shorter, 1)
    apart = own >= 0.20 or (own >= 0.05 and p.mean < 0.40)
    alike = p.own >= 0.9 and p.agree >= 0.98 and p.found >= 0.9 and p.facts_kept >= 50 and p.mean >= 0.05
    return (apart or p.mean < 0.15) and not alike


def other_characters(p: Pair, characters: float) -> bool:
    short = p.longer < 32 * p.words_of_meaning(characters)
    return short and 2 * p.characters >= p.words_a and 1 <= p.real_changes < 4


def verdict(p: Pair, code: str, characters: float) -> str:
    if code == NOTHING:
        return NOTHING
    other = is_form(p) or other_numbers(p) or other_subject(p) or other_characters(p, characters)
    form, thorough, whole = other or framed(p), thoroughly(p), p.whole >= 0.55
    spun = (replaced(p) and not form) or (thorough and not other)
    if spun and whole and (code == SPUN or thorough):
        return SPUN
    same = ((agrees(p) or corrected(p, characters)) and own_wording(p) and not form) or signed_anew(p)
    same = same or (spun and not whole and p.shorter >= 80 and p.agree >= 0.95 and p.aligned >= 0.90)
    if same:
        return (NEAR if whole else EXCERPT) if code == SPUN else code
    return FORM if form or not agrees(p) or p.mean < 0.40 else NOTHING


def near(share: float, of: float, step: int) -> int:
    """The least number that is this share of another one, and those beside it."""
    return max(ceil(share * of - 1e-9) + step, 0)
