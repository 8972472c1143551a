"""Learns the weights of the phrasing scorer: `python -m benchmarks.phrasing_fit [--domains us11 reu abc] [--out FILE]`.

A domain is clean text, and spins of it with the vocabulary `tune` at shares 1, .5 and .25. Every domain is judged by a
reference of its own other half, and by one of every other domain, so that the weights know references that fit and
such that do not. Half of the texts teach the net for words, the other half the model of texts (whose net must not have
seen them). Clean texts are given with publishing noise as well: a byline or a dropped tail is not what is looked for.

`fit(domains)` is what benchmarks use to judge a domain by weights that have not seen it.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
import warnings
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import english, thesaurus
from benchmarks.settings import CACHE, DATA, BenchmarkError, note
from benchmarks.spinner import Noise, publish, spin
from dedup.phrasing.reference import Reference
from dedup.phrasing.score_kernels import DOCUMENT, FEATURES
from dedup.phrasing.scorer import LEAST_WORDS, Scorer
from dedup.phrasing.weights import FILE, Weights

DOMAINS = ("us11", "reu", "abc")
SHARES = (1.0, 0.5, 0.25)
TEXTS = {"us11": 900, "reu": 1500, "abc": 1500}
"""Clean texts of a situation at most; as many are spun."""
LEAST_REFERENCE = 500_000
"""Words that a reference of half a domain must have."""
HIDDEN, WORDS_TAUGHT = 32, 600_000
PREVALENCE = 0.1
"""Share of mangled texts that scores assume."""
THRESHOLD = 0.65
OUTLYING = 0.005
"""Share of texts at either end whose numbers are taken for those of the next one."""
FALSE_POSITIVES = 0.01
"""Share of clean news that is called mangled by weights and a reference that do not know its outlets: .5 % of US news,
.9 % of Reuters, none of ABC (`python -m benchmarks phrasing`). Of web pages 4.5 %, many of which are broken."""
STRENGTH = 0.002
"""Inverse of the penalty on the weights of the model of texts."""
SEED = 7


@dataclass(frozen=True, slots=True)
class Sample:
    """One text of a situation, and which of its bytes were replaced."""

    name: str
    text: bytes
    mangled: bool
    replaced: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class Situation:
    """Texts seen through a reference: numbers of words and of texts, with the truth."""

    features: NDArray[np.float32]
    replaced: NDArray[np.bool_]
    owner: NDArray[np.int64]
    """Text of each word."""
    taught: NDArray[np.bool_]
    """Of each text: whether it is for the net."""
    mangled: NDArray[np.bool_]
    texts: list[bytes]
    known: Reference


def samples(domain: str, data: Path, half: int | None, most: int) -> list[Sample]:
    """Clean, noisy and spun texts of a domain, or of its odd or even half."""
    found = [one for number, one in enumerate(_clean(domain, data)) if half is None or number % 2 == half]
    rng = Random(f"{SEED} {domain} {half}")
    chosen = rng.sample(found, min(most, len(found)))
    vocabulary = thesaurus.load("tune", data)
    made = []
    for number, (name, text) in enumerate(chosen):
        noisy = publish(spin(text, vocabulary, 0.0, name), name, "", Noise()).text if number % 3 == 0 else text
        made.append(Sample(name, noisy.encode(), False))
    for number, (name, text) in enumerate(rng.sample(found, min(most, len(found)))):
        spun = publish(spin(text, vocabulary, SHARES[number % 3], f"{SEED} {name}"), name, "", Noise())
        replaced = _bytes(spun.text, [(begin, end) for _, _, begin, end in spun.substitutions])
        made.append(Sample(name, spun.text.encode(), True, replaced))
    return made


@cache
def _clean(domain: str, data: Path) -> list[tuple[str, str]]:
    """Id and text, near-duplicates and short ones left out."""
    kept = set(english.unique(english.texts(domain, data)))
    return [one for one in english.texts(domain, data) if one[1] in kept and len(one[1].split()) >= LEAST_WORDS + 20]


def _bytes(text: str, spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    places = np.concatenate(([0], np.cumsum([len(letter.encode()) for letter in text])))
    return tuple((int(places[begin]), int(places[end])) for begin, end in spans)


def reference(texts: Sequence[str]) -> Reference:
    """A reference of some texts, in memory."""
    out = io.BytesIO()
    english.build(texts, out)
    return Reference(bytearray(out.getvalue()), "texts")


def situations(domains: Sequence[str], data: Path) -> Iterator[Situation]:
    """Every domain by half of itself and by every other one."""
    for known, judged in product(domains, domains):
        clean = [text for _, text in _clean(known, data)]
        if known == judged:
            clean = clean[::2]
            if sum(len(text.split()) for text in clean) < LEAST_REFERENCE:
                continue
        yield seen(reference(clean), samples(judged, data, 1 if known == judged else None, TEXTS[judged]))


def seen(known: Reference, found: Sequence[Sample]) -> Situation:
    """What a reference says of samples."""
    scorer = Scorer(known, weights=blank())
    features, replaced, owner = [], [], []
    for begin in range(0, len(found), 200):
        part = found[begin : begin + 200]
        judged = scorer.judge([sample.text for sample in part], features=True)
        features.append(judged.features)
        ends = np.cumsum(judged.lengths[:, 0])
        for number, sample in enumerate(part):
            places = judged.spans[ends[number] - judged.lengths[number, 0] : ends[number], 0]
            hit = np.zeros(len(places), bool)
            for first, last in sample.replaced:
                hit[np.searchsorted(places, first) : np.searchsorted(places, last)] = True
            replaced.append(hit)
            owner.append(np.full(len(places), begin + number))
    return Situation(
        np.concatenate(features), np.concatenate(replaced), np.concatenate(owner),
        np.array([zlib.crc32(sample.name.encode()) & 1 == 0 for sample in found]),
        np.array([sample.mangled for sample in found]), [sample.text for sample in found], known,
    )  # fmt: skip


def blank() -> Weights:
    """Weights that say nothing."""
    return Weights(
        np.zeros((FEATURES, 1), np.float32), np.zeros(1, np.float32), np.zeros(1, np.float32), 0.0,
        np.zeros(DOCUMENT + 1), np.full(DOCUMENT, -np.inf, np.float32), np.full(DOCUMENT, np.inf, np.float32),
        np.array([0.0, 1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]), THRESHOLD, FALSE_POSITIVES,
    )  # fmt: skip


def _net(found: Sequence[Situation]) -> Weights:
    """A net for words, as many from every situation."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(SEED)
    features, truth = [], []
    for one in found:
        for_net = np.flatnonzero(one.taught[one.owner])
        chosen = rng.permutation(for_net)[: WORDS_TAUGHT // len(found)]
        features.append(one.features[chosen])
        truth.append(one.replaced[chosen])
    scaler = StandardScaler().fit(np.concatenate(features))
    model = MLPClassifier(
        (HIDDEN,), early_stopping=True, alpha=1e-4, max_iter=30, random_state=0, batch_size=1024, n_iter_no_change=4
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(scaler.transform(np.concatenate(features)), np.concatenate(truth))
    first = model.coefs_[0] / np.maximum(scaler.scale_, 1e-9)[:, None]
    hidden = model.intercepts_[0] - scaler.mean_ @ first
    return replace(
        blank(), first=first.astype(np.float32), hidden=hidden.astype(np.float32),
        second=model.coefs_[1][:, 0].astype(np.float32), last=float(model.intercepts_[1][0]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Documents:
    """Texts of the second half, judged by the net."""

    numbers: NDArray[np.float32]
    words: NDArray[np.int64]
    mangled: NDArray[np.bool_]
    weight: NDArray[np.float64]
    odds: NDArray[np.float32]
    """Of a sample of their words, with the truth and their text."""
    replaced: NDArray[np.bool_]
    owner: NDArray[np.int64]


def _documents(net: Weights, found: Sequence[Situation]) -> _Documents:
    parts: list[list[Any]] = [[] for _ in range(7)]
    before = 0
    for one in found:
        chosen = np.flatnonzero(~one.taught)
        scorer = Scorer(one.known, weights=net)
        odds, numbers, words = [], [], []
        for begin in range(0, len(chosen), 200):
            judged = scorer.judge([one.texts[text] for text in chosen[begin : begin + 200].tolist()])
            odds.append(judged.odds)
            numbers.append(judged.documents)
            words.append(judged.lengths[:, 0])
        of_chosen = np.isin(one.owner, chosen)
        owner = np.searchsorted(chosen, one.owner[of_chosen]) + before
        before += len(chosen)
        values = (
            np.concatenate(numbers), np.concatenate(words), one.mangled[chosen], np.full(len(chosen), 1 / len(chosen)),
            np.concatenate(odds), one.replaced[of_chosen], owner,
        )  # fmt: skip
        for part, value in zip(parts, values, strict=True):
            part.append(value)
    return _Documents(*(np.concatenate(part) for part in parts))


def _logistic(values: NDArray[Any], truth: NDArray[np.bool_], weight: NDArray[np.float64] | None, c: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=c, max_iter=3000).fit(values, truth, sample_weight=weight)


def _texts(net: Weights, found: Sequence[Situation]) -> Weights:
    """The model of texts, its calibration, and that of the words shown."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    known = _documents(net, found)
    weight = known.weight / known.weight.mean()
    low, high = np.quantile(known.numbers, (OUTLYING, 1 - OUTLYING), axis=0).astype(np.float32)
    numbers = known.numbers.clip(low, high)
    scaler = StandardScaler().fit(numbers)
    model = _logistic(scaler.transform(numbers), known.mangled, weight, STRENGTH)
    slopes = model.coef_[0] / np.maximum(scaler.scale_, 1e-6)
    document = np.append(slopes, model.intercept_[0] - scaler.mean_ @ slopes)
    pipe = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=3000))
    folds = np.arange(len(known.words)) % 5
    odds = cross_val_predict(pipe, numbers, known.mangled, groups=folds, cv=GroupKFold(5), method="decision_function")
    longer = np.log(known.words / 300)
    length = _logistic(np.stack((longer, odds, longer * odds), axis=1), known.mangled, weight, 10.0)
    here = np.log(np.average(known.mangled, weights=weight) / (1 - np.average(known.mangled, weights=weight)))
    shift = np.log(PREVALENCE / (1 - PREVALENCE)) - here
    by_length, slope, both = length.coef_[0]
    whole = replace(
        net,
        document=document,
        low=low,
        high=high,
        length=np.array([length.intercept_[0] + shift, slope, by_length, both]),
    )
    of_text = whole.texts(known.numbers, known.words)
    rng = np.random.default_rng(SEED)
    chosen = rng.permutation(len(known.odds))[:WORDS_TAUGHT]
    values = np.stack((known.odds[chosen], of_text[known.owner[chosen]].clip(-6, 6)), axis=1)
    word = _logistic(values, known.replaced[chosen], None, 10.0)
    return replace(whole, word=np.array([word.intercept_[0], *word.coef_[0]]))


def fit(domains: Sequence[str], data: Path = DATA, folder: Path = CACHE) -> Weights:
    """Weights that have seen these domains alone; kept in `benchmarks/data/` for the next time."""
    sources = [Path(__file__), Path(english.__file__), *sorted(Path(FILE).parent.glob("*kernels.py"))]
    sources.append(Path(FILE).with_name("weights.py"))
    stamp = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    path = folder / f"weights-{'-'.join(sorted(domains))}-{stamp}.npz"
    if not path.exists():
        note(f"fitting weights to {', '.join(domains)}")
        folder.mkdir(parents=True, exist_ok=True)
        found = list(situations(domains, data))
        _texts(_net(found), found).save(path)
    return Weights.load(path)


def main(argv: list[str] | None = None) -> int:
    """Fit to all domains and write the weights of the package; returns the exit code."""
    parser = argparse.ArgumentParser("python -m benchmarks.phrasing_fit", description=__doc__)
    parser.add_argument("--domains", nargs="+", default=DOMAINS, choices=DOMAINS, help="what to learn from")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="evaluation data  [../shared/data]")
    parser.add_argument("--out", type=Path, default=FILE, metavar="FILE", help="where to  [the package]")
    arguments = parser.parse_args(argv)
    try:
        fit(arguments.domains, arguments.data).save(arguments.out)
    except BenchmarkError as error:
        print(f"benchmarks: error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
