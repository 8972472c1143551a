"""Why two documents were not found together: were they candidates, which test failed, and by how much.

The two texts are judged again by themselves. What a whole batch adds is said in words: which pairs are looked at there
depends on the others, and so does how rare the wording is that two share.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.align import figures as k
from dedup.align import overlap, shares
from dedup.candidates import lsh
from dedup.columns import pack_bytes
from dedup.config import Config
from dedup.facts import agreement
from dedup.fingerprint.minhash import Sketch, Sketcher
from dedup.model import RELATIONS
from dedup.pipeline import pairwise
from dedup.pipeline.candidates import ALL_PAIRS, NEIGHBOURS_LIMIT
from dedup.pipeline.pair import EXACT, PairVerdict, RewriteSigns, judge_texts
from dedup.relations import relation

NOTHING = "nothing"


class Test(NamedTuple):
    """One measure held against what it takes."""

    group: str
    """What it is a test of."""
    name: str
    value: float
    needed: float
    passed: bool

    @property
    def missing(self) -> float:
        """By how much it failed; 0 where it did not."""
        return 0.0 if self.passed else abs(self.needed - self.value)


@dataclass(slots=True)
class Explained:
    """Two texts, judged by themselves."""

    relation: str
    """What they are to each other by themselves: a relation, or "nothing"."""
    candidate: bool
    """Whether a scan of so many documents would have looked at the pair."""
    found_by: list[str] = field(default_factory=list)
    """How the pair is found, or would be, in words."""
    tests: list[Test] = field(default_factory=list)


def explain(one: str, two: str, config: Config | None = None, documents: int = 2) -> Explained:
    """Why two texts are found together, or not, among so many `documents`."""
    settings = config or Config()
    texts = [text.encode("utf-8", "replace") for text in (one, two)]
    reference = pairwise.reference_of(settings)
    sketcher = pairwise.sketcher(settings.update({"match": {"pairwise": True}}), reference)
    sketch = sketcher.sketch(pack_bytes(texts), 0, keep_signatures=True)
    ways = _ways(sketch, sketcher, settings, documents)
    verdict = judge_texts(texts, settings)
    same, short = verdict.code == EXACT, min(sketch.words.tolist()) < settings.fingerprint.ngram
    found = NOTHING if verdict.code == relation.NONE else RELATIONS[verdict.code].value
    if short and not same:
        ways = [(f"a text of fewer than {settings.fingerprint.ngram} words is compared for exact copies only", False)]
    candidate = same or any(good for _, good in ways)
    return Explained(found, candidate, [told for told, _ in ways], [] if same else _tests(verdict, settings))


def _ways(sketch: Sketch, sketcher: Sketcher, config: Config, documents: int) -> list[tuple[str, bool]]:
    """How pairs become candidates: what is so of this one, in words, and whether that is enough."""
    found = []
    likely = float((sketch.signatures[0] == sketch.signatures[1]).mean())
    shared = int((sketch.bands[:, 0] == sketch.bands[:, 1]).sum())
    chance = float(lsh.recall(np.array([likely]), sketcher.bands, sketcher.rows)[0])
    told = (
        f"signatures: {shared} of {sketcher.bands} bands shared (one is enough; at their Jaccard of about {likely:.2f}"
    )
    found.append((f"{told} {chance:.0%} of pairs share one)", shared > 0))
    if config.match.excerpts:
        found.append(_keys("passages", sketch.passages.values, sketch.passages.held, lsh.PASSAGES))
    if config.match.rewritten:
        if documents <= ALL_PAIRS:
            found.append((f"all pairs of up to {ALL_PAIRS} documents are aligned", True))
        else:
            found.append(_keys("rare words", sketch.terms.values, sketch.terms.held, lsh.TERMS))
            near = f"up to {NEIGHBOURS_LIMIT:,} documents the ten nearest by TF-IDF are aligned, too"
            found += [(near, False)] if documents <= NEIGHBOURS_LIMIT else []
    return found


def _keys(name: str, values: object, held: NDArray[np.int32], rule: lsh.CandidateRule) -> tuple[str, bool]:
    """Keys that both texts have, and how many of them make a candidate."""
    keys = np.asarray(values, np.uint64)
    rows = (keys & lsh.LOW).astype(np.int64)
    sides = [set((keys[rows == row] >> np.uint64(32)).tolist()) for row in (0, 1)]
    shared, fewer = len(sides[0] & sides[1]), int(held.min())
    needed = max(rule.least, int(np.ceil(rule.share * fewer - rule.slack)))
    return f"{name}: {shared} of {fewer} keys shared, {needed} needed", shared >= needed and fewer > 0


def _tests(verdict: PairVerdict, config: Config) -> list[Test]:
    """All tests that the rule makes of two texts."""
    tests = _by_shingles(verdict.pairs, verdict.rule)
    if not config.match.rewritten:
        return tests
    figures = verdict.aligned.figures
    tests += _by_alignment(figures, verdict.alike)
    tests += _by_facts(figures, float(verdict.rarity.share[0])) if verdict.alike[0] != relation.NONE else []
    return [*tests, _by_other_words(verdict.rewriting)]


def _by_other_words(signs: RewriteSigns) -> Test:
    """What makes them the same text in other words."""
    group = RELATIONS[relation.REWRITTEN].value
    if signs.summary.whole:
        return Test(group, "one sums up the whole of the other", 1.0, 1.0, True)
    if signs.odds == -np.inf:
        return Test(group, "long enough, and in words that differ enough, to say", 0.0, 1.0, False)
    return _at_least(group, "log odds of the same facts in the same order in other words", signs.odds, signs.needed)


def _at_least(group: str, name: str, value: float, needed: float) -> Test:
    return Test(group, name, round(float(value), 4), needed, float(value) >= needed)


def _by_shingles(pairs: overlap.Overlaps, rule: relation.RelationRule) -> list[Test]:
    found = [_at_least("near-duplicate", "Jaccard of the shingles", pairs.jaccard[0], rule.threshold)]
    if rule.excerpts:
        shorter = min(int(pairs.left_size[0]), int(pairs.right_size[0]))
        found.append(
            _at_least("excerpt", "share of the shorter text's shingles", pairs.containment[0], rule.containment)
        )
        found.append(_at_least("excerpt", "shingles of the shorter text", shorter, relation.EXCERPT_SHINGLES))
    return found


def _by_alignment(figures: NDArray[np.int32], looks: NDArray[np.int8]) -> list[Test]:
    """What makes two texts look like copies when they are laid side by side."""
    found, row = shares.shares(figures), figures[0]
    spun = bool(relation.is_spun(found)[0])
    group = "aligned"
    tests = [
        _at_least(group, "kept words of the shorter text", found.kept[0],
                  relation.KEPT_SPUN if spun else relation.KEPT),
        _at_least(group, "words of the shorter text in aligned passages", found.aligned[0], relation.ALIGNED),
        _at_least(group, "kept words", int(row[k.KEPT_WORDS]), relation.KEPT_WORDS),
    ]  # fmt: skip
    if all(test.passed for test in tests):
        tests.append(_at_least("whole, not an excerpt", "words of the longer text in aligned passages", found.whole[0],
                               relation.WHOLE))  # fmt: skip
    if looks[0] >= 0:
        tests += [
            _at_least("spun", "substitutions a word", found.density[0], relation.DENSITY),
            _at_least("spun", "sentences with a substitution", found.spread[0], relation.SPREAD),
            _at_least("spun", "substitutions that keep the gap's length", found.slots[0], relation.SLOTS),
            _at_least("spun", "substitutions", found.changes[0], relation.CHANGES),
        ]
    return tests


def _by_facts(figures: NDArray[np.int32], own: float) -> list[Test]:
    """What makes them copies, and no form filled in twice."""
    said, row, group = agreement.said(figures), figures[0], "the same facts in wording of their own"
    agree = agreement.AGREE if row[k.KNOWN] > 0 else agreement.AGREE_UNKNOWN
    form = bool(agreement.is_form(figures)[0])
    return [
        _at_least(group, "facts kept, of those kept or changed in place", said.agree[0], agree),
        _at_least(group, "facts that the other text has, too", said.found[0], agreement.FOUND),
        _at_least(group, "weight of the shared wording (here: before these two alone)", own, relation.OWN_SHARE),
        Test(group, "no form: most numbers differ in their places", float(form), 0.0, not form),
    ]
