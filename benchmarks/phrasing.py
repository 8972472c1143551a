"""The wording of texts, judged: spun from clean, the copy from its source, the phrases, and clean text of all kinds.

Judged are US news stories of December 2016 and spins of some of them by the vocabulary `heldout`. References are made
of US news of November, less stories that overlap with a judged one (`same outlets`), or of Reuters 1987 and ABC 2006
(`other domain`); weights were fitted on other domains with the other vocabularies. So neither text nor spinner is
known.
- *found at 1 %*: spun texts with a score above that of all but 1 % of the clean ones; *noise alike*: against clean
  texts that were published with the noise of the spun ones. Spun texts without a score count as not found.
- *baseline*: share of bigrams of two words with 20 occurrences each in the reference that the reference has not.
- *copy against source*: the copy is worse where the two differ (`pairwise`), or has the higher score.
- *spans*: the ten worst of each text, spun in full; *inside*: it overlaps with a substitution; *suggestion right*: it
  puts back the original, or what the vocabulary has for the original besides.
- *clean text*: false alarms at the default threshold, by references and weights that know nothing of the kind.
- *tortured phrases*: which of a phrase and the expected one is the worse, without the list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from benchmarks import (
    curves,
    english,
    phrasing_fit,
    phrasing_left_out,
    phrasing_samples,
    phrasing_speed,
    phrasing_texts,
    thesaurus,
)
from benchmarks.curves import Values
from benchmarks.phrasing_judges import (
    UNJUDGED,
    Bigrams,
    Frequencies,
    Judge,
    Unseen,
    Verdicts,
    built,
    shipped,
    worse,
    worse_phrase,
)
from benchmarks.phrasing_plots import draw
from benchmarks.phrasing_spans import judge as judge_span
from benchmarks.phrasing_tables import tables
from benchmarks.phrasing_texts import SHARES, VOCABULARY, Judged
from benchmarks.settings import NEWSWIRE, Figures, Options, note

__all__ = ["NEEDS", "QUICK_SIZES", "SIZES", "run", "tables"]

NEEDS = tuple(dict.fromkeys((*phrasing_texts.FILES_NEEDED, *NEWSWIRE)))
SIZES = (5_000,)
QUICK_SIZES = (1_000,)
"""Documents of the generated corpus that is scanned with and without scoring."""
SPUN, QUICK_SPUN = 200, 20
QUICK_STORIES, QUICK_TEXTS, QUICK_PHRASES = 150, 300, 200
OTHER = ("reu", "abc")
TAUGHT = (*OTHER, "sem", "llm")
DOMAINS = {"us": "us11", "reu": "reu", "abc": "abc"}
"""What weights are fitted on, by part of the shipped reference."""
LENGTHS = ((80, 200), (200, 500), (500, 1_000_000))
"""Words, the end exclusive."""
WORST = 10
BEGINNING = 0
"""Characters of a text that are shown."""
DIGITS = 5


@dataclass(frozen=True, slots=True)
class Scores:
    """Of the judged texts, by one judge."""

    clean: Verdicts
    published: Verdicts
    spun: dict[float, Verdicts]


@dataclass(frozen=True, slots=True)
class Trial:
    """One reference and all that was judged by it."""

    name: str
    judge: Judge
    unseen: Unseen
    texts: Judged
    scores: Scores


def _trial(name: str, reference: list[str], domains: Sequence[str], texts: Judged, pool: Executor) -> Trial:
    note(f"{name}: a reference of {len(reference):,} texts")
    judge = built(reference, domains)
    note(f"{name}: scores")
    scores = Scores(
        judge.verdicts(texts.clean, pool),
        judge.verdicts(texts.published, pool),
        {share: judge.verdicts([copy.text for copy in copies], pool) for share, copies in texts.spun.items()},
    )
    return Trial(name, judge, Unseen(reference), texts, scores)


# -- single texts -----------------------------------------------------------------------------------------------------


def _single(trial: Trial) -> Figures:
    """Spun texts against clean ones, at each share, beside the baseline."""
    clean, published = trial.scores.clean, trial.scores.published
    base = trial.unseen.shares(trial.texts.clean)
    shares = []
    for share, verdicts in trial.scores.spun.items():
        spun = [copy.text for copy in trial.texts.spun[share]]
        low, high = curves.interval(verdicts.scores, clean.judged)
        shares.append({
            "share": share, "texts": len(spun), "unjudged": int((verdicts.scores == UNJUDGED).sum()),
            **_told_apart(verdicts.scores, clean.judged), "auc_low": low, "auc_high": high,
            "noise_alike": _told_apart(verdicts.scores, published.judged), "called": float(verdicts.mangled.mean()),
            "baseline": _told_apart(trial.unseen.shares(spun), base), "lengths": _lengths(trial, share),
        })  # fmt: skip
    header, scorer = trial.judge.reference.header, trial.judge.scorer
    return {
        "reference": trial.name, "words": header.words, "clean": len(clean.judged), "alarms": clean.alarms,
        "alarms_published": published.alarms, "threshold": scorer.threshold,
        "shares": shares, "worst": _worst(trial), "reliability": _reliability(trial),
    }  # fmt: skip


def _told_apart(positive: Values, negative: Values) -> Figures:
    return {
        "auc": curves.auc(positive, negative), "found": curves.found(positive, negative),
        "roc": curves.roc(positive, negative),
    }  # fmt: skip


def _lengths(trial: Trial, share: float) -> list[Figures]:
    """What is found by length; 1 % of the clean texts of the same length."""
    clean, spun = trial.scores.clean, trial.scores.spun[share]
    sizes = [np.array([len(text.split()) for text in texts]) for texts in (
        trial.texts.clean, [copy.text for copy in trial.texts.spun[share]]
    )]  # fmt: skip
    rows = []
    for low, high in LENGTHS:
        held, asked = ((low <= size) & (size < high) for size in sizes)
        negative, positive = clean.scores[held & (clean.scores != UNJUDGED)], spun.scores[asked]
        both = len(negative) and len(positive)
        rows.append({
            "from": low, "clean": len(negative), "spun": len(positive),
            "found": curves.found(positive, negative) if both else None,
            "called": float(spun.mangled[asked].mean()) if both else None,
            "alarms": float(clean.mangled[held].mean()) if both else None,
        })  # fmt: skip
    return rows


def _worst(trial: Trial) -> Figures:
    """Clean texts with the highest scores, and texts spun in full with the lowest."""
    ids, clean, copies = trial.texts.ids, trial.texts.clean, trial.texts.spun[SHARES[0]]
    before, after = trial.scores.clean.scores, trial.scores.spun[SHARES[0]].scores
    high, low = np.argsort(-before, kind="stable")[:WORST].tolist(), np.argsort(after, kind="stable")[:WORST].tolist()
    return {
        "clean": [[ids[row], round(float(before[row]), DIGITS), clean[row][:BEGINNING]] for row in high],
        "spun": [
            [ids[copies[row].source], round(float(after[row]), DIGITS), copies[row].text[:BEGINNING]] for row in low
        ],
    }


def _reliability(trial: Trial) -> Figures:
    """What scores mean where as many texts are spun as the scorer takes for granted: all shares, all clean texts."""
    positive = np.concatenate([verdicts.judged for verdicts in trial.scores.spun.values()])
    negative = np.concatenate((trial.scores.clean.judged, trial.scores.published.judged))
    prevalence = phrasing_fit.PREVALENCE
    return {"prevalence": prevalence, **asdict(curves.reliability(positive, negative, prevalence))}


# -- pairs and spans --------------------------------------------------------------------------------------------------


def _pairs(trial: Trial, pool: Executor) -> list[Figures]:
    """How often the copy is worse than its own source."""
    rows = []
    for share, copies in trial.texts.spun.items():
        sources, texts = [trial.texts.clean[copy.source] for copy in copies], [copy.text for copy in copies]
        places = [copy.source for copy in copies]
        before, after = trial.scores.clean.scores[places], trial.scores.spun[share].scores
        both = (before != UNJUDGED) & (after != UNJUDGED)
        odds = worse(sources, texts, trial.judge.scorer, pool)
        unseen = trial.unseen.shares(texts) > trial.unseen.shares(sources)
        rows.append({
            "reference": trial.name, "share": share, "pairs": len(copies), "pairwise": float((odds > 0).mean()),
            "single": float(((after > before) & both).mean()), "baseline": float(unseen.mean()),
            "turned": [trial.texts.ids[places[at]] for at in np.flatnonzero(odds <= 0).tolist()],
        })  # fmt: skip
    return rows


def _spans(trial: Trial, options: Options) -> Figures:
    """The worst spans of texts spun in full."""
    entries, counts = thesaurus.load(VOCABULARY, options.data).entries, Counter[str]()
    for copy in trial.texts.spun[SHARES[0]]:
        source = trial.texts.clean[copy.source]
        for _, span in trial.judge.scorer.ranked(copy.text.encode())[:WORST]:
            counts += judge_span(span, copy, source, entries)
    return {"reference": trial.name, "texts": len(trial.texts.spun[SHARES[0]]), **counts}


# -- other text -------------------------------------------------------------------------------------------------------


def _alarms(kind: str, by: str, verdicts: Verdicts, target: bool = True) -> Figures:
    return {
        "kind": kind, "by": by, "texts": len(verdicts.scores), "judged": len(verdicts.judged),
        "alarms": verdicts.alarms, "target": target, "reasons": dict(verdicts.reasons.most_common()),
    }  # fmt: skip


def _clean(other: Trial, options: Options, pool: Executor) -> list[Figures]:
    """False alarms on clean text, by judges that do not know it."""
    data, most = options.data, QUICK_TEXTS if options.quick else None
    wire, rural = ([text for _, text in english.texts(name, data)][:: 1 if most else 3][:most] for name in OTHER)
    asked: list[tuple[str, str, Judge, list[str], bool]] = [
        ("Reuters 1987", "US news, ABC", _without("reu", options), wire, True),
        ("ABC 2006", "US news, Reuters", _without("abc", options), rural, True),
        ("web pages (PAN 2013)", "shipped", shipped(), _half("web pages", data)[:most], True),
        ("students' answers (Clough & Stevenson)", "shipped", shipped(), _half("students' answers", data), True),
        ("ten loose news sentences each (MSR)", "shipped", shipped(), _half("loose sentences", data), False),
    ]
    rows = [_alarms("US news, December", "Reuters, ABC", other.scores.clean)]
    for kind, by, judge, texts, target in asked:
        note(f"clean text: {kind}, {len(texts):,}")
        rows.append(_alarms(kind, by, judge.verdicts(texts, pool), target))
    return rows


def _half(kind: str, data: Path) -> list[str]:
    """The texts of a kind that taught nothing."""
    return phrasing_samples.kind_of(kind, data)[1::2]


def _without(part: str, options: Options) -> Judge:
    """The judge in the package as it would be without a part of what it is made of."""
    if options.quick:  # it is the same code that runs, and this is not the place to wait for references
        return shipped()
    known = [name for name in DOMAINS if name != part]
    return built(phrasing_texts.parts(known, options.data), (DOMAINS["us"], "sem", "llm"), english.MOST)


def _tortured(options: Options) -> Figures:
    """Which of two phrases is the tortured one."""
    pairs = phrasing_texts.tortured(options.data)[: QUICK_PHRASES if options.quick else None]
    scorer = shipped().scorer
    figures = {"phrases": len(pairs), "alike": sum(_alike(*pair) for pair in pairs)}
    unseen = [pair for pair in pairs if crc32(pair[1].encode()) & 1]  # the others gave the weights of the rule
    methods: list[Figures] = [
        _told("dedup", lambda wrong, right: worse_phrase(scorer, wrong, right), pairs),
        _told("dedup, phrases held out", lambda wrong, right: worse_phrase(scorer, wrong, right), unseen),
    ]
    baselines: dict[str, tuple[str, type[Frequencies | Bigrams]]] = {
        "frequencies of words": ("wordfreq", Frequencies), "public list of bigrams": ("symspellpy", Bigrams),
    }  # fmt: skip
    for name, (package, baseline) in baselines.items():
        try:
            methods.append(_told(name, baseline().worse, pairs))
        except ImportError:
            methods.append({"method": name, "skipped": f"{package} is not installed"})
    return {**figures, "methods": methods}


def _alike(wrong: str, right: str) -> bool:
    """Whether both have as many words."""
    return len(wrong.split()) == len(right.split())


def _told(method: str, worse: Callable[[str, str], float], pairs: Sequence[tuple[str, str]]) -> Figures:
    right = [worse(*pair) > 0 for pair in pairs]
    alike = [told for told, pair in zip(right, pairs, strict=True) if _alike(*pair)]
    return {"method": method, "right": sum(right) / len(right), "alike": sum(alike) / max(len(alike), 1)}


def run(options: Options) -> Figures:
    """Everything."""
    most, stories, spun = (QUICK_TEXTS, QUICK_STORIES, QUICK_SPUN) if options.quick else (None, None, SPUN)
    data, domains = options.data, () if options.quick else TAUGHT
    texts = phrasing_texts.judged(data, stories, spun)
    with ThreadPoolExecutor() as pool:
        same = _trial("same outlets", phrasing_texts.november(data)[:most], domains, texts, pool)
        other = _trial("other domain", phrasing_texts.parts(OTHER, data)[:most], domains, texts, pool)
        figures: Figures = {
            "left_out": phrasing_left_out.run(texts.clean, options, pool),
            "single": [_single(trial) for trial in (same, other)],
            "pairs": [row for trial in (same, other) for row in _pairs(trial, pool)],
            "spans": [_spans(trial, options) for trial in (same, other)],
            "clean": _clean(other, options, pool),
            "tortured": _tortured(options),
            "speed": phrasing_speed.kernels(same.judge, texts.clean, options.repeat(1)),
        }
    figures["scans"] = phrasing_speed.scans(options)
    figures["plots"] = draw(figures, options.quick)
    return figures
