"""Learns how likely an alternative is the right one: `python -m benchmarks.suggestion_fit`.

US news of November and newswire are spun with WordNet's words, with phrases and by every content word, and read through
references that do not know them: Reuters and ABC without US news, and the first halves of all. The vocabulary by which
suggestions are judged (`phrasing`) teaches nothing. For each bad place the alternatives that `dedup.phrasing` tries are
marked right where they put back the original or what the vocabulary has for it besides; where none is right, to say
nothing is. Prints the weights of the conditional logit and, for some least chances, how many suggestions of texts that
taught nothing would be right, wrong and not made. The constants go into `dedup/phrasing/suggest/ranking.py` by hand.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from benchmarks import phrasing_samples, vocabularies
from benchmarks.phrasing_spans import wording_right
from benchmarks.phrasing_texts import Spun
from benchmarks.settings import DATA, note
from benchmarks.spinner import spin
from dedup.model import Span
from dedup.phrasing.scoring.scorer import RANKED, Scorer
from dedup.phrasing.suggest.alternative_kernels import FIRST, LENGTH, LIST, START
from dedup.phrasing.suggest.ranking import STAY, WEIGHTS
from dedup.phrasing.suggest.suggestion import TextWords
from dedup.pipeline.score import scorer_of
from dedup.text.tokens import characters

SHARES = {"words": 1.0, "phrases": 1.0, "everything": 0.3}
"""Vocabularies, and the share of their entries that is used."""
TEXTS, PLACES = 30, 20
"""Texts for each domain, reference and vocabulary; the worst places of each."""
CHANCES = (0.0, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
ROUNDS, RATE = 400, 0.05
RIDGE = 1e-3


@dataclass(frozen=True, slots=True)
class Place:
    """Alternatives in one place, the first of which leaves all as it is, and which of them are right."""

    changed: NDArray[np.int64]
    """(k, 2) first word that each changes, and how many."""
    known: NDArray[np.float64]
    """(k, 5) what is known of each, see `ranking.WEIGHTS`; zeros in the first row."""
    right: NDArray[np.bool_]
    teaches: bool

    def best(self, weights: NDArray[np.float64] = WEIGHTS, stay: float = STAY) -> tuple[int, float]:
        """Which is the likeliest, 0 for none, and its chance among those that change some of the same words."""
        ranked = self.known @ weights
        ranked[0] = stay
        best, begins = int(ranked.argmax()), self.changed[:, 0]
        ends = begins + self.changed[:, 1]
        rivals = (begins < ends[best]) & (begins[best] < ends)
        rivals[0] = True
        return best, float(1 / np.exp(ranked[rivals] - ranked[best]).sum())


def places(scorer: Scorer, copy: Spun, source: str, entries: dict[str, tuple[str, ...]]) -> Iterator[Place]:
    """The worst places of a spun text."""
    data = copy.text.encode()
    judged = scorer.judge([data])
    if not len(judged.odds):
        return
    where = characters(np.frombuffer(data, np.uint8), judged.spans)
    chances = 1 / (1 + np.exp(-judged.odds.astype(np.float64)))

    def letters(at: int) -> str:
        return copy.text[where[at, 0] : where[at, 1]]

    words = TextWords(judged.streams, judged.places, chances, letters)
    text, tried, lists, elsewhere = scorer.suggestions.tried(words, RANKED._replace(most=PLACES))
    for number in range(len(text.groups)):
        changed, known, right = [(0, 0)], [np.zeros(len(WEIGHTS))], [False]
        for span in tried.spans[tried.ends[number] : tried.ends[number + 1]]:
            first, length, listed = (int(span[column]) for column in (START, LENGTH, LIST))
            first += int(tried.reach[number, 0])
            begin, end = int(where[first, 0]), int(where[first + length - 1, 1])
            for entry in range(int(lists.ends[listed]), int(lists.ends[listed + 1])):
                at, unit = int(span[FIRST] + entry - lists.ends[listed]), lists.units[entry]
                if np.isnan(tried.odds[at]):
                    continue
                ids = lists.words[unit, : lists.sizes[unit]].tolist()
                wording = " ".join(map(scorer.reference.word, ids))
                right.append(wording_right(Span(begin, end, copy.text[begin:end], wording), copy, source, entries))
                changed.append((first, length))
                worth, longer = lists.worths[entry], len(ids) - length
                known.append(np.array([tried.odds[at], tried.general[at], worth, longer, elsewhere[at]]))
        right[0] = not any(right)
        yield Place(np.array(changed), np.array(known), np.array(right), crc32(source[:500].encode()) % 4 > 0)


def taught(data: Path, texts: int) -> Iterator[Place]:
    """Places of all domains, references and vocabularies."""
    known = {name: [text for _, text in phrasing_samples.texts(name, data)] for name in phrasing_samples.REFERENCES}
    halves = [text for found in known.values() for text in found[::2]]
    others = known["reu"] + known["abc"]
    for name, reference, asked in (
        ("half of all", halves, ("us11", "reu")), ("other outlets", others, ("us11",))
    ):  # fmt: skip
        scorer = scorer_of(phrasing_samples.built(reference))
        for domain in asked:
            for vocabulary, share in SHARES.items():
                note(f"{domain} by {name}, {vocabulary}")
                yield from _spun(scorer, known[domain][1::2][::7][:texts], vocabulary, share, data)


def _spun(scorer: Scorer, sources: Sequence[str], vocabulary: str, share: float, data: Path) -> Iterator[Place]:
    held = vocabularies.load(vocabulary, data)
    for number, source in enumerate(sources):
        spun = spin(source, held, share, f"suggestion {vocabulary} {number}")
        yield from places(scorer, Spun(number, spun.text, spun.substitutions), source, held.entries)


def fit(found: Sequence[Place]) -> tuple[NDArray[np.float64], float]:
    """Weights and the worth of no change that make what is right likeliest, by gradient ascent (Adam)."""
    ends = np.cumsum([len(one.right) for one in found])
    starts = np.concatenate(([0], ends[:-1]))
    known = np.concatenate([one.known for one in found])
    known = np.column_stack((known, np.isin(np.arange(len(known)), starts)))
    right = np.concatenate([one.right for one in found])
    scale = np.maximum(known.std(axis=0), 1e-9)
    inputs, sizes = known / scale, np.diff(np.append(starts, len(known)))
    weights, mean, square = np.zeros(inputs.shape[1]), 0.0, 0.0
    for turn in range(1, ROUNDS + 1):
        ranked = inputs @ weights
        chances = np.exp(ranked - np.repeat(np.maximum.reduceat(ranked, starts), sizes))
        among = chances * right
        slope = among / np.repeat(np.add.reduceat(among, starts), sizes) - chances / np.repeat(
            np.add.reduceat(chances, starts), sizes
        )
        gradient = inputs.T @ slope / len(starts) - RIDGE * weights
        mean, square = 0.9 * mean + 0.1 * gradient, 0.99 * square + 0.01 * gradient**2
        weights = weights + RATE * (mean / (1 - 0.9**turn)) / (np.sqrt(square / (1 - 0.99**turn)) + 1e-9)
    weights = weights / scale
    return weights[:-1], float(weights[-1])


def told(found: Sequence[Place], weights: NDArray[np.float64], stay: float) -> list[tuple[float, float, float, float]]:
    """For each least chance: which part of the places would be right, wrong, and without a suggestion."""
    picks = np.array([(*one.best(weights, stay), 0.0) for one in found])
    made = np.array([bool(place.right[int(best)]) for place, best in zip(found, picks[:, 0], strict=True)])
    said = picks[:, 0] > 0
    rows = []
    for least in CHANCES:
        shown = said & (picks[:, 1] >= least)
        rows.append((least, float((shown & made).mean()), float((shown & ~made).mean()), float((~shown).mean())))
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Learn and print."""
    parser = argparse.ArgumentParser("python -m benchmarks.suggestion_fit", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="evaluation data  [%(default)s]")
    parser.add_argument("--texts", type=int, default=TEXTS, metavar="N", help="texts of each kind  [%(default)s]")
    given = parser.parse_args(arguments)
    found = list(taught(given.data, given.texts))
    weights, stay = fit([one for one in found if one.teaches])
    print(f"{len(found):,} places; weights {np.round(weights, 3).tolist()}, no change {stay:.3f}")
    for least, right, wrong, nothing in told([one for one in found if not one.teaches], weights, stay):
        print(f"chance {least:.2f}: right {right:.3f}, wrong {wrong:.3f}, nothing said {nothing:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
