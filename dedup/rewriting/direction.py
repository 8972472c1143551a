"""Which of two texts that say the same in other words is the rewrite, where no date tells.

Whoever rewrites loses what is the writer's own: direct speech, exact figures, asides in brackets, sentences of very
different length, attribution, odd spacing, an open end. And adds: connectives, words that sum up, participles, longer
words, other words in place of the same ones. Each sign is counted for a hundred words or so, and the difference of the
two texts weighed: a logistic regression on 3,600 rewrites by three language models (`benchmarks.rewriting_fit`). With a
model left out 78 % are told right and 2 % wrong, with a kind of text left out 77 % and 3 % (abstracts of medical papers
41 % and 8 %: they are written as a model writes).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from statistics import fmean, pstdev

import numpy as np
from numpy.typing import NDArray

from dedup.columns import ReadText
from dedup.rewriting.weights import SIGNS

MOST = 4.0
"""Difference of a sign that counts at most, in units of its scale."""
SURE = 1.4
"""Log odds below which the direction stays open."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_END = re.compile(r"""[.!?"”'’)]\s*\Z""")
_CONNECTIVES = frozenset((
    "additionally", "moreover", "furthermore", "overall", "ultimately", "consequently", "thus", "thereby",
    "whereas", "notably", "particularly", "essentially", "however", "therefore", "hence", "while", "ensuring",
    "highlighting", "emphasizing", "showcasing", "offering", "providing", "allowing", "leading", "making",
    "resulting", "underscoring", "including", "despite",
))  # fmt: skip
_SUMMING = frozenset((
    "overall", "ultimately", "essence", "conclusion", "summary", "remains", "testament", "underscores",
    "highlights", "serves",
))  # fmt: skip
_BEING = frozenset(("is", "was", "are", "were", "be", "been", "being"))
_FILLERS = frozenset(("very", "really", "just", "so", "then", "also", "but", "and"))
_PATTERNS = {
    "figures": re.compile(r"\d"), "brackets": re.compile(r"[()\[\]]"), "quotes": re.compile('["“”]'),
    "spacing": re.compile(r"  |\s[,.;]|[!?.]{2,}|--"), "commas": re.compile(","),
    "dashes": re.compile("[—–]"),
}  # fmt: skip


def signs(text: str) -> dict[str, float]:
    """How much of each sign a text has."""
    words = _WORD.findall(text)
    small = [word.lower() for word in words]
    count = max(len(words), 1)
    lengths = [len(_WORD.findall(part)) for part in _SENTENCE.split(text) if part.strip()] or [0]
    mean = fmean(lengths)

    def share(holds: Callable[[str], bool], among: list[str] = small) -> float:
        return 100 * sum(map(holds, among)) / count

    return {
        **{name: 100 * len(pattern.findall(text)) / count for name, pattern in _PATTERNS.items()},
        "long words": fmean(map(len, words)) if words else 0.0,
        "connectives": share(_CONNECTIVES.__contains__),
        "summing up": share(_SUMMING.__contains__),
        "contractions": share(lambda word: "'" in word or "’" in word),
        "uneven": pstdev(lengths) / (mean + 1),
        "long sentences": mean,
        "other words": len(set(small)) / count**0.8,
        "participles": share(lambda word: word.endswith("ing")),
        "being": share(_BEING.__contains__),
        "said": share(("said", "says", "told").__contains__),
        "acronyms": share(lambda word: len(word) > 1 and word.isupper(), words),
        "open end": float(bool(words) and _END.search(text) is None),
        "small start": float(text.strip()[:1].islower()),
        "fillers": share(_FILLERS.__contains__),
    }


def differences(one: str, two: str) -> NDArray[np.float64]:
    """(signs,) how much more of each sign the second text has, in the order of `SIGNS`, in units of its scale."""
    ours, theirs = signs(one), signs(two)
    found = [(theirs[name] - ours[name]) / scale for name, (_, scale) in SIGNS.items()]
    cut: NDArray[np.float64] = np.clip(np.array(found), -MOST, MOST)
    return cut


def odds(one: str, two: str) -> tuple[float, float]:
    """Log odds that the second of two texts is the rewrite: by what it lost, and by what it added."""
    weights = np.array([weight for weight, _ in SIGNS.values()])
    weighed = differences(one, two) * weights
    return float(weighed[weights < 0].sum()), float(weighed[weights >= 0].sum())


def told(
    left: NDArray[np.int64], right: NDArray[np.int64], which: NDArray[np.bool_], read: ReadText
) -> NDArray[np.float64]:
    """(m, 2) log odds that the right one of pairs of rows is the rewrite, by what it lost and by what it added; 0 for
    pairs that are not asked for (`which`), and for those of which it is open.
    """
    found = np.zeros((len(left), 2))
    for pair in np.flatnonzero(which).tolist():
        texts = (read(int(rows[pair])).decode("utf-8", "replace") for rows in (left, right))
        found[pair] = odds(*texts)
    sure = np.abs(found.sum(axis=1)) >= SURE
    found[~sure] = 0
    return found
