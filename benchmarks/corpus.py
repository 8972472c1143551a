"""A news-like corpus of any size with planted copies, and the truth about them.

Documents are made by recombining sentences of real newswire (Reuters-21578, ABC 2006; see `--data`), so that
word frequencies and sentence lengths are real while no two documents are related by accident. One document in ten
is a planted copy of an earlier one with 0 to 30 % of its words edited, scattered or in blocks; one in two hundred
is a short text. Everything is drawn from one seeded generator: the same arguments give the same bytes.
"""

from __future__ import annotations

import gzip
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.settings import CACHE, note

COPIES = 0.10
SHORTS = 0.005
MAX_EDITED = 0.30
WORDS = 455  # about 450 shingles of five words and 2.7 KB
CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Planted:
    """One planted copy: indices of source and copy, share of words edited, and how."""

    source: int
    copy: int
    share: float
    how: str


def sentences(data: Path) -> list[str]:
    """Sentences of 6 to 60 words from the newswire in `data`; raises FileNotFoundError without it."""
    texts: list[str] = []
    with gzip.open(data / "reuters21578.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts += [str(json.loads(line)["text"]) for line in lines]
    with gzip.open(data / "abc_2006.txt.gz", "rt", encoding="utf-8") as lines:
        texts += list(lines)
    found: dict[str, None] = {}
    for text in texts:
        for sentence in re.split(r"(?<=[.!?])\s+", " ".join(text.split())):
            if 6 <= len(sentence.split()) <= 60:
                found[sentence] = None
    return list(found)


class Corpus:
    """`size` documents as JSONL records; `planted` fills as they are generated."""

    def __init__(self, size: int, data: Path, seed: int = 7) -> None:
        self.size = size
        self.seed = seed
        self.pool = sentences(data)
        self.vocabulary = sorted({word for sentence in self.pool for word in sentence.split()})
        self.planted: list[Planted] = []

    def texts(self) -> Iterator[str]:
        """The texts in order. A copy's source is always one of the last 10,000 originals."""
        rng = np.random.default_rng(self.seed)
        lengths = np.array([len(sentence.split()) for sentence in self.pool])
        recent: list[tuple[int, str]] = []
        for index in range(self.size):
            kind = rng.random()
            if kind < COPIES and recent:
                source, text = recent[int(rng.integers(len(recent)))]
                share = float(rng.random() * MAX_EDITED)
                how = "scattered" if rng.random() < 0.5 else "blocks"
                self.planted.append(Planted(source, index, share, how))
                yield self._edit(text, share, how, rng)
                continue
            target = int(rng.integers(1, 20)) if kind > 1 - SHORTS else int(rng.normal(WORDS, 60))
            text = self._compose(max(target, 1), lengths, rng)
            if target >= 100:
                if len(recent) < CHUNK:
                    recent.append((index, text))
                else:
                    recent[int(rng.integers(CHUNK))] = (index, text)
            yield text

    def _compose(self, words: int, lengths: np.ndarray, rng: np.random.Generator) -> str:
        picks: list[int] = []
        total = 0
        while total < words:
            pick = int(rng.integers(len(self.pool)))
            picks.append(pick)
            total += int(lengths[pick])
        if words < 20:
            return " ".join(" ".join(self.pool[pick] for pick in picks).split()[:words])
        parts = [self.pool[pick] for pick in picks]
        return "\n".join(" ".join(parts[at : at + 3]) for at in range(0, len(parts), 3))

    def passage(self, words: int, rng: np.random.Generator) -> list[str]:
        """Exactly `words` words of sentences drawn at random."""
        found: list[str] = []
        while len(found) < words:
            found += self.pool[int(rng.integers(len(self.pool)))].split()
        return found[:words]

    def _edit(self, text: str, share: float, how: str, rng: np.random.Generator) -> str:
        words = text.split(" ")
        count = int(share * len(words))
        if count:
            if how == "scattered":
                places = rng.choice(len(words), count, replace=False)
            else:
                start = int(rng.integers(len(words) - count + 1))
                places = np.arange(start, start + count)
            for place, pick in zip(places, rng.integers(len(self.vocabulary), size=count), strict=True):
                words[int(place)] = self.vocabulary[int(pick)]
        return " ".join(words)


def write(path: Path, corpus: Corpus) -> None:
    """Write `corpus` as JSONL and its truth beside it (`.truth.json`)."""
    with path.open("w", encoding="utf-8") as out:
        for index, text in enumerate(corpus.texts()):
            out.write(json.dumps({"id": f"doc-{index}", "text": text}, ensure_ascii=False) + "\n")
    truth = [[p.source, p.copy, p.share, p.how] for p in corpus.planted]
    path.with_suffix(".truth.json").write_text(json.dumps(truth))


def cached(size: int, data: Path) -> Path:
    """The corpus of `size` documents in `benchmarks/data/`, written there if it is not; never half a file."""
    path = CACHE / f"corpus-{size}.jsonl"
    if not (path.exists() and path.with_suffix(".truth.json").exists()):
        note(f"generating {path.name}")
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            fresh = Path(folder, path.name)
            write(fresh, Corpus(size, data))
            fresh.with_suffix(".truth.json").replace(path.with_suffix(".truth.json"))
            fresh.replace(path)
    return path


def planted(path: Path) -> list[Planted]:
    """What `write` planted in the corpus file `path`."""
    return [Planted(*row) for row in json.loads(path.with_suffix(".truth.json").read_text())]
