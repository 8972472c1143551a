"""Learns the weights of the phrasing scorer: `python -m benchmarks.phrasing_fit [--domains us11 ...] [--out FILE]`.

Taught is by texts of several domains, clean and spun with several vocabularies (`phrasing_samples`), seen through a
reference that knows their outlets and one that does not; and by clean texts of other kinds. A net for words is fitted
to one half of the texts and judges the other, and the other way round, so that the model of texts learns from words
that the net had not seen; the net that is kept has seen both halves.

What text the machine has of other kinds (`phrasing_samples`) sets the bars: with other Debian packages they differ.

`fit(domains, vocabularies)` is what benchmarks use to judge by weights that have seen neither.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks import english, phrasing_samples, vocabularies
from benchmarks.phrasing_net import train
from benchmarks.phrasing_samples import DOMAINS, Sample
from benchmarks.settings import CACHE, DATA, BenchmarkError, note
from dedup.phrasing.reference.model import Reference
from dedup.phrasing.scoring import feature_kernels as rows
from dedup.phrasing.scoring.document_kernels import DOCUMENT, MEANS
from dedup.phrasing.scoring.kinds import strange
from dedup.phrasing.scoring.scorer import Scorer, WordScores
from dedup.phrasing.scoring.weights import FILE, Weights, looks

TAPS: dict[int, tuple[int, ...]] = {
    rows.FREQUENCY: (-1, 0, 1), rows.PAIR: (-1, 0, 1, 2), rows.PAIR_BOUND: (-1, 0, 1, 2), rows.TRIPLE: (0, 1, 2),
    rows.TRIPLE_BOUND: (0, 1, 2), rows.SKIP: (0, 1, 2), rows.SKIP_BOUND: (0, 1, 2), rows.FRAME_BOUND: (0, 1, 2),
    rows.CHANCE: (0, 1, 2), rows.GENERAL: (-1, 0, 1), rows.SPECIAL: (0,), rows.GENERAL_PAIR: (0, 1),
    rows.GENERAL_BOUND: (0, 1), rows.BURST: (0,), rows.LOWERED: (0,), rows.RAISED: (0,), rows.ARTICLE: (0, 1),
    rows.UNSEEN: (0, 1), rows.IS_CAPITAL: (0, 1), rows.IS_FIRST: (0,), rows.IS_OTHER: (0,), rows.IS_NAME: (0,),
    rows.IS_NUMBER: (0,), rows.IS_MARK: (-1, 1),
}  # fmt: skip
"""What the net sees of a word: rows, and of which places beside it."""
HIDDEN, WORDS_TAUGHT = 16, 900_000
PREVALENCE = 0.1
"""Share of mangled texts that scores assume."""
ALARMS, ALARMS_OF_OTHERS, NEWS = 0.01, 0.02, ("us11", "reu", "abc", "llm")
"""Share of clean texts of a kind that may be called mangled, where the reference knows the outlets; of other
kinds, such as web pages, of which some are broken. The threshold is set by the kind of which most would be."""
LEAST_OF_KIND = 150
"""Texts of a kind from which one or two in a hundred are told."""
IN_REFERENCE = ("us11", "reu", "abc")
"""Texts that the reference of the package was made of score lower than others."""
BY_HEART = 0.002
"""Share of them that may be called mangled."""
NOT_JUDGED = ("Bible of 1611",)
"""Kinds of which scorers judge no text anyway, by their words (`dedup.phrasing.scoring.kinds`)."""
TEXTS_OF_CLEAN, SPARSE = 3500, 0.03
"""Clean texts that tell what is expected of clean ones; penalty on what is not needed for it."""
OUTLYING = 0.015
"""Share of texts at either end whose numbers are taken for those of the next one."""
STRENGTH = 0.05
"""Inverse of the penalty on the weights of the model of texts."""
SUSPECT = 0.3
"""Share of the clean texts that get a second look: of news of outlets that the reference knows 6 %. With .12 (2 %) it
finds less: 43 to 48 % of what was spun at a quarter, not 55 to 64 %; without it 29 to 35 %."""
BATCH = 200
SEED = 7


@dataclass(frozen=True, slots=True)
class Situation:
    """Texts and the reference that they are seen through."""

    known: Reference
    samples: Sequence[Sample]


def blank() -> Weights:
    """Weights that say nothing."""
    tap_rows = np.array([row for row, shifts in TAPS.items() for _ in shifts], np.int64)
    return Weights(
        tap_rows, np.array([shift for shifts in TAPS.values() for shift in shifts], np.int64),
        np.zeros((1, len(tap_rows)), np.float32), np.zeros(1, np.float32), np.zeros(1, np.float32), 0.0,
        np.zeros(DOCUMENT + 1), np.full(DOCUMENT, -np.inf, np.float32), np.full(DOCUMENT, np.inf, np.float32),
        np.array([0.0, 1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]), np.zeros(7), np.inf, np.zeros(DOCUMENT + 2), 1.0,
        0.0, ALARMS,
    )  # fmt: skip


def _batches(one: Situation, weights: Weights, *, features: bool) -> Iterator[tuple[int, WordScores]]:
    """Number of the first text of each batch, and what is said of them."""
    scorer = Scorer(one.known, weights=weights)
    for begin in range(0, len(one.samples), BATCH):
        part = [sample.text for sample in one.samples[begin : begin + BATCH]]
        yield begin, scorer.judge(part, features=features)


def replaced(judged: WordScores, samples: Sequence[Sample]) -> NDArray[np.bool_]:
    """(words,) whether a spinner put each there."""
    hit, ends = np.zeros(len(judged.odds), bool), np.cumsum(judged.lengths[:, 0])
    for number, sample in enumerate(samples):
        first = int(ends[number] - judged.lengths[number, 0])
        places = judged.spans[first : ends[number], 0]
        for begin, end in sample.replaced:
            hit[first + np.searchsorted(places, begin) : first + np.searchsorted(places, end)] = True
    return hit


class _Words(NamedTuple):
    """A sample of the words of all situations."""

    numbers: NDArray[np.float32]
    """(n, taps)"""
    hit: NDArray[np.bool_]
    """(n,) whether it was replaced."""
    half: NDArray[np.bool_]
    owner: NDArray[np.int64]
    """(n,) its text, counted over all situations."""


def _words(found: Sequence[Situation]) -> _Words:
    weights, rng = blank(), np.random.default_rng(SEED)
    total = sum(len(sample.text) for one in found for sample in one.samples) / 6
    parts: list[list[Any]] = [[], [], [], []]
    before = 0
    for one in found:
        for begin, judged in _batches(one, weights, features=True):
            samples = one.samples[begin : begin + BATCH]
            chosen = np.flatnonzero(rng.random(len(judged.odds)) < WORDS_TAUGHT / total)
            text = np.repeat(np.arange(len(samples)), judged.lengths[:, 0])[chosen]
            starts = np.cumsum(judged.lengths[:, 1]) - judged.lengths[:, 1]
            at = (starts[text] + judged.places[chosen])[:, None] + weights.shifts
            parts[0].append(judged.rows[weights.rows, at])
            parts[1].append(replaced(judged, samples)[chosen])
            parts[2].append(np.array([sample.half for sample in samples])[text])
            parts[3].append(text + begin + before)
        before += len(one.samples)
    return _Words(*(np.concatenate(part) for part in parts))


def _net(numbers: NDArray[np.float32], hit: NDArray[np.bool_]) -> Weights:
    first, hidden, second, last = train(numbers, hit, HIDDEN, SEED)
    return replace(blank(), first=first, hidden=hidden, second=second, last=last)


@dataclass(frozen=True, slots=True)
class _Documents:
    """Texts, each judged by a net that has not seen it."""

    numbers: NDArray[np.float32]
    words: NDArray[np.int64]
    samples: list[Sample]
    gains: NDArray[np.float64]
    """(n, places) what synonyms would win, see `rewording`."""
    first: NDArray[np.bool_]
    """(n,) whether it was seen through the first reference, which knows the outlets."""
    odds: NDArray[np.float32]
    """Of a sample of their words, with the truth and their text."""
    hit: NDArray[np.bool_]
    owner: NDArray[np.int64]

    @property
    def mangled(self) -> NDArray[np.bool_]:
        """(n,)"""
        return np.array([sample.vocabulary is not None for sample in self.samples])


def _documents(nets: Sequence[Weights], found: Sequence[Situation]) -> _Documents:
    parts: list[list[Any]] = [[] for _ in range(6)]
    samples: list[Sample] = []
    first: list[bool] = []
    rng = np.random.default_rng(SEED)
    for half in (False, True):
        for one in found:
            chosen = Situation(one.known, [sample for sample in one.samples if sample.half == half])
            scorer = Scorer(one.known, weights=nets[not half])
            for begin, judged in _batches(chosen, nets[not half], features=False):
                part = chosen.samples[begin : begin + BATCH]
                shown = np.flatnonzero(rng.random(len(judged.odds)) < 0.05)
                text = np.repeat(np.arange(len(part)), judged.lengths[:, 0])[shown] + len(samples)
                gains = scorer.gains(judged, np.arange(len(part)))
                values = (
                    judged.documents, judged.lengths[:, 0], gains, judged.odds[shown], replaced(judged, part)[shown],
                    text,
                )  # fmt: skip
                for held, value in zip(parts, values, strict=True):
                    held.append(value)
                samples += part
                first += [one is found[0]] * len(part)
    numbers, words, gains, odds, hit, owner = (np.concatenate(part) for part in parts)
    return _Documents(numbers, words, samples, gains, np.array(first), odds, hit, owner)


def _logistic(values: NDArray[Any], truth: NDArray[np.bool_], weight: NDArray[np.float64] | None, c: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=c, max_iter=3000).fit(values, truth, sample_weight=weight)


def _balanced(known: _Documents) -> NDArray[np.float64]:
    """Weights with which clean and mangled texts count alike, and so do the two kinds of clean ones: those of the
    domains that are spun, and the others.
    """
    group = np.array([0 if sample.vocabulary else 1 if sample.domain in DOMAINS else 2 for sample in known.samples])
    share = np.array([0.5, 0.4, 0.1])
    counts = np.bincount(group, minlength=3)
    weight: NDArray[np.float64] = share[group] / counts[group]
    return weight * len(group)


def _texts(net: Weights, known: _Documents) -> Weights:
    """The model of texts, its calibration, and that of the words shown."""
    from sklearn.preprocessing import StandardScaler

    weight, mangled = _balanced(known), known.mangled
    low, high = np.quantile(known.numbers, (OUTLYING, 1 - OUTLYING), axis=0).astype(np.float32)
    numbers = known.numbers.clip(low, high)
    scaler = StandardScaler().fit(numbers)
    scaled = scaler.transform(numbers)
    model = _logistic(scaled, mangled, weight, STRENGTH)
    slopes = model.coef_[0] / np.maximum(scaler.scale_, 1e-6)
    document = np.append(slopes, model.intercept_[0] - scaler.mean_ @ slopes)
    folds, odds = np.arange(len(mangled)) % 5, np.zeros(len(mangled))
    for fold in range(5):
        rest = folds != fold
        part = _logistic(scaled[rest], mangled[rest], weight[rest], STRENGTH)
        odds[~rest] = part.decision_function(scaled[~rest])
    longer = np.log(known.words / 300)
    length = _logistic(np.stack((longer, odds, longer * odds), axis=1), mangled, weight, 10.0)
    shift = np.log(PREVALENCE / (1 - PREVALENCE))
    by_length, slope, both = length.coef_[0]
    found = np.array([length.intercept_[0] + shift, slope, by_length, both])
    whole = _again(replace(net, document=document, low=low, high=high, length=found), known)
    of_text = _looked(whole, known, whole.texts(known.numbers, known.words))
    values = np.stack((known.odds, of_text[known.owner].clip(-6, 6)), axis=1)
    word = _logistic(values, known.hit, None, 10.0)
    return replace(whole, word=np.array([word.intercept_[0], *word.coef_[0]]))


def _again(whole: Weights, known: _Documents) -> Weights:
    """What a second look tells of the texts that are suspect by a first one."""
    first = whole.texts(known.numbers, known.words)
    plain = np.array([sample.vocabulary is None and sample.domain in DOMAINS for sample in known.samples])
    suspect = float(np.quantile(first[plain], 1 - SUSPECT))
    asked = first >= suspect
    values = looks(first, known.words, known.gains)[asked]
    model = _logistic(values, known.mangled[asked], _balanced(known)[asked], 10.0)
    shift = np.log(PREVALENCE / (1 - PREVALENCE))
    return replace(whole, looked=np.append(model.coef_[0], model.intercept_[0] + shift), suspect=suspect)


def _looked(whole: Weights, known: _Documents, first: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) log odds of texts after a second look, by those of a first one."""
    return np.where(first >= whole.suspect, whole.again(first, known.words, known.gains), first)


def _unseen(whole: Weights, known: _Documents) -> NDArray[np.float64]:
    """(n,) log odds of each text by a model that has seen no text of its kind."""
    from sklearn.preprocessing import StandardScaler

    weight, kinds = _balanced(known), np.array([sample.domain for sample in known.samples])
    scaled = StandardScaler().fit_transform(known.numbers.clip(whole.low, whole.high))
    plain, longer = np.zeros(len(kinds)), np.log(known.words / 300)
    for kind in sorted(set(kinds.tolist())):
        rest = kinds != kind
        plain[~rest] = _logistic(scaled[rest], known.mangled[rest], weight[rest], STRENGTH).decision_function(
            scaled[~rest]
        )
    offset, slope, by_length, both = whole.length.tolist()
    return _looked(whole, known, offset + by_length * longer + (slope + both * longer) * plain)


def _expected(
    numbers: NDArray[np.float64], odds: NDArray[np.float64], kinds: NDArray[np.str_]
) -> tuple[NDArray[np.float64], float]:
    """What one in a hundred clean texts reaches by what is known of its kind: a quantile regression (Koenker and
    Bassett 1978), in which large kinds count little more than small ones. Coefficients and offset.
    """
    from sklearn.linear_model import QuantileRegressor

    chosen = np.random.default_rng(SEED).permutation(len(odds))[:TEXTS_OF_CLEAN]
    counts = {kind: int((kinds[chosen] == kind).sum()) for kind in set(kinds[chosen].tolist())}
    weight = np.array([max(counts[kind], 200) ** -0.5 for kind in kinds[chosen].tolist()])
    model = QuantileRegressor(quantile=1 - ALARMS, alpha=SPARSE * weight.mean(), solver="highs")
    model.fit(numbers[chosen], odds[chosen], sample_weight=weight)
    return model.coef_, float(model.intercept_)


def _with_threshold(weights: Weights, known: _Documents) -> Weights:
    """What clean texts reach: as much as is expected of them, by models that have not seen their kind, and how much
    more, as users would see it: by the reference of the package, where the text is judged at all.
    """
    from sklearn.preprocessing import StandardScaler

    kinds = np.array([sample.domain for sample in known.samples])
    clean = ~known.mangled & known.first & ~np.isin(kinds, NOT_JUDGED)
    clean &= ~strange(known.numbers, weights.low)  # no scorer judges these
    longer = np.log(known.words / 300).clip(-2, 2)
    numbers = np.column_stack((known.numbers.clip(weights.low, weights.high)[:, MEANS : 2 * MEANS], longer))[clean]
    scaler = StandardScaler().fit(numbers)
    scaled = scaler.transform(numbers)
    slopes, offset = _expected(scaled, _unseen(weights, known)[clean], kinds[clean])
    expected, slopes = scaled @ slopes + offset, slopes / np.maximum(scaler.scale_, 1e-6)
    bars = np.zeros(DOCUMENT + 2)
    bars[MEANS : 2 * MEANS], bars[-2], bars[-1] = slopes[:-1], slopes[-1], offset - scaler.mean_ @ slopes
    spare, always = _as_shipped(replace(weights, clean=bars), known)
    bars[-1] += spare
    least = max(float(np.quantile(expected + spare, ALARMS)), _by_heart(weights, known))
    least, always = (round(1 / (1 + float(np.exp(-one))), 3) for one in (least, always))
    return replace(weights, clean=bars, threshold=least, always=always)


def _by_heart(weights: Weights, known: _Documents) -> float:
    """Log odds that no kind of text that the reference of the package was made of reaches more often than it may. What
    is expected of these is next to nothing, so that more than that is no proof: 5 % of newswire had a score between .02
    and .1, which was more.
    """
    samples = [sample for sample in known.samples if sample.vocabulary is None and sample.domain in IN_REFERENCE]
    samples = list({sample.text: sample for sample in samples}.values())
    _, odds = _shipped_odds(weights, samples)
    kinds = np.array([sample.domain for sample in samples])
    return max(float(np.quantile(odds[kinds == kind], 1 - BY_HEART)) for kind in sorted(set(kinds.tolist())))


def _shipped_odds(weights: Weights, samples: Sequence[Sample]) -> NDArray[np.float64]:
    """(2, n) of each text by the reference of the package: log odds beyond what is expected, and in all; -99 where it
    cannot be judged.
    """
    found: list[NDArray[np.float64]] = []
    scorer = Scorer(Reference.shipped(), weights=weights)
    for _, judged in _batches(Situation(scorer.reference, samples), weights, features=False):
        odds, words = scorer.text_odds(judged), judged.lengths[:, 0]
        odds[[reason is not None for reason in scorer.why_not(judged)]] = np.nan
        found.append(np.stack((odds - weights.bars(judged.documents, words), odds)))
    return np.nan_to_num(np.concatenate(found, axis=1), nan=-99.0)


def _as_shipped(weights: Weights, known: _Documents) -> tuple[float, float]:
    """Log odds beyond what is expected, and in all, that no kind of text outside of the reference reaches more often
    than it may. Kinds that taught nothing have nothing else to hold them: the latter is as far above the kind that
    reaches highest as that is above the next one.
    """
    samples = [sample for sample in known.samples if sample.vocabulary is None and sample.domain not in IN_REFERENCE]
    samples = list({sample.text: sample for sample in samples if sample.domain not in NOT_JUDGED}.values())
    both = _shipped_odds(weights, samples)
    kinds = np.array([sample.domain for sample in samples])
    reached = [[_reached(kind, one[kinds == kind]) for kind in sorted(set(kinds.tolist()))] for one in both]
    second, highest = sorted(reached[1])[-2:]
    return max(reached[0]), highest + (highest - second)


def _reached(kind: str, above: NDArray[np.float64]) -> float:
    """Log odds that as many clean texts of a kind reach as may be called mangled."""
    may = ALARMS if kind in NEWS else ALARMS_OF_OTHERS
    reached = float(np.quantile(above, 1 - may))
    note(f"{kind}: {len(above)} clean texts, {may:.0%} reach {reached:+.2f}")
    return reached if len(above) >= LEAST_OF_KIND else -np.inf


@lru_cache(maxsize=1)
def _everything(data: Path) -> tuple[list[Situation], _Words]:
    """All that may teach: what is left out of it is taken away afterwards, for making it takes a minute and a half."""
    found = [Situation(*one) for one in phrasing_samples.situations(DOMAINS, vocabularies.NAMES, data)]
    return found, _words(found)


def _learn(domains: Sequence[str], taught: Sequence[str], data: Path, thin: int) -> Weights:
    """Weights of what was spun with some vocabularies in some domains, and of clean texts of these and of other
    kinds; the model of texts by every `thin`th of those that there are most of.
    """
    found, words = _everything(data)
    kept = [
        np.array([
            one.domain in {*domains, *phrasing_samples.KINDS} and one.vocabulary in (None, *taught)
            for one in situation.samples
        ]) for situation in found
    ]  # fmt: skip
    part = np.concatenate(kept)[words.owner]
    numbers, hit, half = words.numbers[part], words.hit[part], words.half[part]
    nets = [_net(numbers[half == side], hit[half == side]) for side in (False, True)]
    whole = _net(numbers, hit)
    chosen = [
        Situation(one.known, _thinned([one.samples[at] for at in np.flatnonzero(which).tolist()], thin))
        for one, which in zip(found, kept, strict=True)
    ]
    known = _documents(nets, chosen)
    return _with_threshold(_texts(whole, known), known)


def _thinned(samples: Sequence[Sample], thin: int) -> list[Sample]:
    """Every so many of them, and all clean ones of the kinds that set the bars."""
    sets = [sample.vocabulary is None and sample.domain not in IN_REFERENCE for sample in samples]
    return [sample for at, sample in enumerate(samples) if at % thin == 0 or sets[at]]


def fit(
    domains: Sequence[str], taught: Sequence[str] = vocabularies.NAMES, data: Path = DATA, folder: Path = CACHE, *,
    thin: int = 1,
) -> Weights:  # fmt: skip
    """Weights that have seen these domains and vocabularies alone; kept in `benchmarks/data/` for the next time. With
    `thin` in less time, by fewer texts.
    """
    here, phrasing = Path(__file__).parent, FILE.parents[1]
    sources = [here / name for name in ("phrasing_fit.py", "phrasing_net.py", "phrasing_samples.py", "vocabularies.py")]
    sources += [Path(english.__file__), *sorted(phrasing.rglob("*kernels.py")), FILE.with_name("weights.py")]
    sources += [phrasing / "suggest" / name for name in ("rewording.py", "rewording_table.npz")]
    stamp = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    path = folder / f"weights-{'-'.join(sorted(domains))}-{'-'.join(sorted(taught))}-{thin}-{stamp}.npz"
    if not path.exists():
        note(f"fitting weights to {', '.join(domains)}; {', '.join(taught)}")
        folder.mkdir(parents=True, exist_ok=True)
        _learn(domains, taught, data, thin).save(path)
    return Weights.load(path)


def main(argv: list[str] | None = None) -> int:
    """Fit to everything and write the weights of the package; returns the exit code."""
    parser = argparse.ArgumentParser("python -m benchmarks.phrasing_fit", description=__doc__)
    parser.add_argument("--domains", nargs="+", default=DOMAINS, choices=DOMAINS, help="what to learn from")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="evaluation data  [../shared/data]")
    parser.add_argument("--out", type=Path, default=FILE, metavar="FILE", help="where to  [the package]")
    arguments = parser.parse_args(argv)
    try:
        fit(arguments.domains, data=arguments.data).save(arguments.out)
    except BenchmarkError as error:
        print(f"benchmarks: error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
