"""Real articles as they come, and texts of any number that a Markov walk makes of them.

`real`: Reuters 1987 and US news of 2016, 23,616 articles; `mix`: these and what else `--data` has of one kind or
another: news in English, German and Spanish (SemEval 2022), essays and web texts, radio news, web pages (the sources
of PAN 2013), 32,000 in all. `walked`: words that follow three real words of the same articles, so that phrases recur as
in real text and no sentence does; one text in ten is an earlier one with up to 30 % of its words drawn anew.
"""

from __future__ import annotations

import gzip
import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from benchmarks.settings import generated

NEEDS = (
    "reuters21578.jsonl.gz", "us_news_2016_11_12.jsonl.gz", "semeval22_story_pairs.jsonl.gz", "llm_rewrites.jsonl.gz",
    "abc_2006.txt.gz", "pan13_text_alignment_01_03.tar.gz", "pan13_text_alignment_04_05.tar.gz",
)  # fmt: skip
ORDER, LENGTH, SPREAD = 3, 420, 150
"""Words that decide the next one; mean length of a walked text and its spread."""
COPIES, MOST_EDITED, RECENT = 0.1, 0.3, 10_000
Records = Iterator[dict[str, str]]


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def real(data: Path) -> Records:
    """Reuters and US news, in their order."""
    for name, mark in ((NEEDS[0], "r"), (NEEDS[1], "u")):
        for row in _lines(data / name):
            if row["text"].strip():
                yield {"id": mark + row["id"], "text": row["text"], "date": row["date"]}


def news(data: Path) -> Records:
    """US news alone."""
    for record in real(data):
        if record["id"].startswith("u"):
            yield record


def mix(data: Path) -> Records:
    """The same and all other real texts, each once."""
    yield from real(data)
    seen: set[str] = set()
    for row in _lines(data / NEEDS[2]):
        for name, text in zip(row["pair_id"].split("_"), (row["text1"], row["text2"]), strict=True):
            if name not in seen and text.strip():
                seen.add(name)
                yield {"id": f"s{name}", "text": text}
    for row in _lines(data / NEEDS[3]):
        if row["by"] == "human":
            yield {"id": f"l{row['id']}", "text": row["text"]}
    with gzip.open(data / NEEDS[4], "rt", encoding="utf-8") as radio:
        stories = radio.read().split("\n\n")
    yield from ({"id": f"a{number}", "text": text} for number, text in enumerate(stories) if text.strip())
    for name in NEEDS[5:]:
        with tarfile.open(data / name) as archive:
            for member in archive:
                title = Path(member.name).name
                if title.startswith("source-document") and title not in seen and (file := archive.extractfile(member)):
                    seen.add(title)
                    yield {"id": f"p{title}", "text": file.read().decode(errors="replace")}


def walked(size: int, data: Path, seed: int = 11) -> Records:
    """`size` texts of a Markov walk over the words of `real`."""
    walk = Walk(data)
    words, draw, recent = walk.pool, Random(seed), list[list[str]]()
    for number in range(size):
        if recent and draw.random() < COPIES:
            text = list(draw.choice(recent))
            for place in draw.sample(range(len(text)), int(draw.random() * MOST_EDITED * len(text))):
                text[place] = draw.choice(words)
        else:
            text = walk.words(max(20, round(draw.gauss(LENGTH, SPREAD))), draw)
            if len(recent) < RECENT:
                recent.append(text)
            else:
                recent[draw.randrange(RECENT)] = text
        yield {"id": f"doc-{number}", "text": " ".join(text)}


class Walk:
    """A Markov walk over the words of `real`."""

    def __init__(self, data: Path) -> None:
        self.pool = [word for row in real(data) for word in row["text"].split()]
        """All words, in their order."""
        self._follows: dict[tuple[str, ...], list[int]] = {}
        for place in range(len(self.pool) - ORDER):
            self._follows.setdefault(tuple(self.pool[place : place + ORDER]), []).append(place + ORDER)

    def words(self, length: int, draw: Random) -> list[str]:
        """So many words."""
        found: list[str] = []
        while len(found) < length:
            begin = draw.randrange(len(self.pool) - ORDER)
            run = self.pool[begin : begin + ORDER]
            while len(found) + len(run) < length and (places := self._follows.get(tuple(run[-ORDER:]))):
                run.append(self.pool[draw.choice(places)])
            found += run
        return found[:length]


def cached(name: str, make: Callable[[], Records]) -> Path:
    """The records as `benchmarks/data/NAME.jsonl`, see `settings.generated`."""
    return generated(
        f"{name}.jsonl", lambda: (json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in make())
    )


def real_file(data: Path) -> Path:
    """`real` as a file."""
    return cached("real", lambda: real(data))


def walked_file(size: int, data: Path) -> Path:
    """`walked` as a file."""
    return cached(f"walked-{size}", lambda: walked(size, data))
