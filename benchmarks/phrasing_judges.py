"""Who judges in the benchmark `phrasing`: scorers with their references, and the baseline."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks import english, phrasing_fit, vocabularies
from benchmarks.curves import Values
from benchmarks.settings import note
from dedup.align.alignment import align
from dedup.align.figures import REPLACE
from dedup.phrasing.scoring import wording

if TYPE_CHECKING:
    from dedup.phrasing.reference.model import Reference
    from dedup.phrasing.scoring.scorer import Scorer

_WORD = re.compile(r"\w+")
FREQUENT = 20
"""Occurrences in the reference that both words of a bigram have, for it to be missed there."""
BATCH = 500
"""Texts that are scored in one call."""
UNJUDGED = -1.0
"""Stands for the score of a text that has none: below all scores."""
THIN = 4
"""Of so many texts one teaches the model of texts."""
BACKOFF = 0.4


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Scores of texts; UNJUDGED where there is none."""

    scores: Values
    mangled: NDArray[np.bool_]
    reasons: Counter[str]
    """Why some have none."""

    @property
    def judged(self) -> Values:
        """The scores there are."""
        found: Values = self.scores[self.scores != UNJUDGED]
        return found

    @property
    def alarms(self) -> float:
        """Share that is called mangled, of those judged."""
        return float(self.mangled.sum() / max(len(self.judged), 1))


@dataclass(frozen=True, slots=True)
class Judge:
    """A scorer and what it judges by."""

    reference: Reference
    scorer: Scorer

    def verdicts(self, texts: Sequence[str], pool: Executor) -> Verdicts:
        """Of all texts."""
        data = [text.encode() for text in texts]
        found = [one for at in range(0, len(data), BATCH) for one in self.scorer.score(data[at : at + BATCH], pool)]
        return Verdicts(
            np.array([UNJUDGED if one.score is None else one.score for one in found]),
            np.array([one.mangled for one in found], np.bool_),
            Counter(one.reason or "?" for one in found if one.score is None),
        )


def shipped() -> Judge:
    """What is in the package."""
    from dedup.phrasing.reference.model import Reference
    from dedup.pipeline.score import scorer_of

    reference = Reference.shipped()
    return Judge(reference, scorer_of(reference))


def built(texts: Sequence[str], domains: Sequence[str], most: int = 0) -> Judge:
    """A reference of `texts` alone, of so many n-grams at most, and weights that were fitted on the domains named
    without the vocabulary that is judged; the shipped ones where none is named.
    """
    from dedup.phrasing.reference.model import Reference
    from dedup.phrasing.scoring.scorer import Scorer
    from dedup.phrasing.suggest import wordnet

    out = io.BytesIO()
    english.build(texts, out, most=most)
    reference = Reference(bytearray(out.getvalue()), "texts")
    if domains:
        note(f"weights fitted on {', '.join(domains)}")
    taught = vocabularies.names_without(("senses",))
    weights = phrasing_fit.fit(domains, taught, thin=THIN) if domains else None
    return Judge(reference, Scorer(reference, weights=weights, thesaurus=wordnet.SAID))


class Unseen:
    """The baseline: share of bigrams between frequent words that the reference has not."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._words: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        for text in texts:
            words = _words(text)
            self._words.update(words)
            self._pairs.update(pairwise(words))

    def shares(self, texts: Sequence[str]) -> Values:
        """Of each text."""
        return np.array([self._share(text) for text in texts])

    def _share(self, text: str) -> float:
        frequent = [
            pair for pair in pairwise(_words(text))
            if self._words[pair[0]] >= FREQUENT and self._words[pair[1]] >= FREQUENT
        ]  # fmt: skip
        return sum(pair not in self._pairs for pair in frequent) / max(len(frequent), 1)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def worse(sources: Sequence[str], copies: Sequence[str], scorer: Scorer, pool: Executor) -> Values:
    """By how much each copy is worded worse than its own source, where the two differ: positive if it is the worse."""
    texts = [text.encode() for pair in zip(sources, copies, strict=True) for text in pair]
    left = np.arange(0, len(texts), 2)
    sizes = np.array([len(text) for text in texts], np.int64)
    aligned = align(left, left + 1, sizes, texts.__getitem__, pool, blocks=True)
    nothing = np.full(len(texts), -1, np.int64)
    both = wording.AlignedPairs(left, left + 1, aligned.blocks, aligned.kept, REPLACE)
    return wording.compare(both, texts.__getitem__, nothing, scorer, pool).odds


def worse_phrase(scorer: Scorer, one: str, two: str) -> float:
    """By how much the first of two phrases is the worse: positive if it is."""
    return float(scorer.phrase_odds(two, one))


class Frequencies:
    """A baseline for phrases: the product of the frequencies of their words, as wordfreq lists them.

    Raises ImportError where it is not installed.
    """

    def __init__(self) -> None:
        from wordfreq import word_frequency

        self._frequency = word_frequency

    def worse(self, one: str, two: str) -> float:
        """As `worse_phrase`."""
        return self._weight(two) - self._weight(one)

    def _weight(self, phrase: str) -> float:
        return sum(log(self._frequency(word, "en", minimum=1e-9)) for word in _words(phrase))


class Bigrams:
    """The same by the lists of words and of bigrams that come with symspellpy, with "stupid backoff"."""

    def __init__(self) -> None:
        folder = files("symspellpy")
        self._words = _listed((folder / "frequency_dictionary_en_82_765.txt").read_text("utf-8-sig"))
        self._pairs = _listed((folder / "frequency_bigramdictionary_en_243_342.txt").read_text("utf-8-sig"))
        self._total = sum(self._words.values())

    def worse(self, one: str, two: str) -> float:
        """As `worse_phrase`."""
        return self._weight(two) - self._weight(one)

    def _weight(self, phrase: str) -> float:
        words = _words(phrase)
        first = sum(log(self._words.get(word, 0.5) / self._total) for word in words[:1])
        return first + sum(self._after(*pair) for pair in pairwise(words))

    def _after(self, one: str, two: str) -> float:
        """Log probability of a word after another."""
        both = self._pairs.get(f"{one} {two}", 0)
        if both and one in self._words:
            return log(min(both / self._words[one], 1.0))
        return log(BACKOFF * self._words.get(two, 0.5) / self._total)


def _listed(lines: str) -> dict[str, int]:
    """Word or words, and a count at the end of the line."""
    rows = (line.rpartition(" ") for line in lines.splitlines())
    return {words: int(count) for words, _, count in rows if count}
