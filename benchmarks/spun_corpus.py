"""News with spun copies in it, and the truth about them: which copy is of which story, and every substitution.

All stories of the file stay as they are (unless the sources are to be missing); copies of some, chosen at random, are
spun (`benchmarks.spinner`) and published with noise. Nothing but the wording tells a copy from its source: by default
no record has a date or a source, ids of copies look like the others, and the order is shuffled.

`cached(name, data)` gives one of the standard corpora (`STANDARD`); `python -m benchmarks.spun_corpus --out DIR`
writes them all. The news repeats itself: an edge from a spun copy to a syndicated twin of its source is no mistake.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import thesaurus
from benchmarks.settings import CACHE, DATA, BenchmarkError, note
from benchmarks.spinner import Noise, Spin, Substitution, Vocabulary, headline, publish, spin

LEAST_WORDS = 80
FILES = {"us": thesaurus.NEWS, "reu": "reuters21578.jsonl.gz"}
SEED = 20161112

Record = dict[str, Any]
"""A story as the data files hold it, or a record of a corpus."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A spun copy and the id of its source, which need not be in the corpus; offsets are those of the texts."""

    id: str
    source: str
    substitutions: tuple[Substitution, ...]


@dataclass(frozen=True, slots=True)
class SpunCorpus:
    """Records to be written as JSONL, and the truth."""

    records: list[Record]
    copies: list[Copy]
    pairs: list[tuple[str, str]]
    """The two spins of each source, where there are two."""


@dataclass(frozen=True, slots=True)
class Standard:
    """What a standard corpus is made with."""

    file: str
    vocabulary: str
    share: float
    spun: int
    two: bool = False
    """Two spins of each source in its place."""
    least_words: int = LEAST_WORDS


def _name(file: str, vocabulary: str, share: float, two: bool = False) -> str:
    return f"{file}_{vocabulary}_{share:g}{'_two' * two}"


def _standard() -> dict[str, Standard]:
    """Name to what it is made with."""
    found = {}
    for vocabulary in thesaurus.NAMES:
        for share in (1, 0.5, 0.25):
            found[_name("us", vocabulary, share)] = Standard("us", vocabulary, share, 1500)
            found[_name("us", vocabulary, share, True)] = Standard("us", vocabulary, share, 800, two=True)
    for share in (1, 0.5):
        found[_name("reu", "heldout", share)] = Standard("reu", "heldout", share, 1000, least_words=120)
    return found


STANDARD = _standard()


def read_stories(path: Path) -> list[Record]:
    """Stories of a data file."""
    if not path.is_file():
        raise BenchmarkError(f"no {path.name} in {path.parent} (--data DIR)")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def split_months(stories: Iterable[Record]) -> dict[str, list[Record]]:
    """Stories by month of their day ("2016-11"): one to tune on, another to judge by."""
    months: dict[str, list[Record]] = {}
    for story in stories:
        months.setdefault(str(story["day"])[:7], []).append(story)
    return months


def _copy(story: Record, vocabulary: Vocabulary, share: float, seed: str, noise: Noise | None) -> tuple[str, Spin]:
    """Id and text of a spun and published copy."""
    spun = spin(story["text"], vocabulary, share, seed)
    if noise is not None:
        title = headline(story.get("title") or "", vocabulary, Random(f"{seed}\0title"))
        spun = publish(spun, seed, title, noise)
    return hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest(), spun


def _record(identity: str, text: str, story: Record, dated: bool, late: Random | None = None) -> Record:
    """What the corpus has of a story; of its copy, which came up to two days `late`."""
    record = {"id": identity, "text": text}
    if dated:
        day, source = date.fromisoformat(story["day"]), story.get("site", "")
        if late is not None:
            day, source = day + timedelta(late.randrange(3)), f"site-{late.randrange(50)}.example"
        record |= {"date": day.isoformat(), "source": source}
    return record


def make(
    stories: Sequence[Record],
    vocabulary: Vocabulary,
    share: float,
    seed: int,
    spun_count: int,
    two_spins: bool = False,
    source_missing: bool = False,
    *,
    least_words: int = LEAST_WORDS,
    noise: Noise | None = Noise(),  # noqa: B008  (frozen)
    dated: bool = False,
) -> SpunCorpus:
    """All stories, and spins of `spun_count` of them (two of each, with `two_spins`).

    `source_missing` leaves the spun stories out; `noise=None` publishes the bare spin; `dated` gives all records the
    days and sources of the stories, copies another source and up to two days more.
    """
    rng = Random(f"{seed}\0stories")
    long = [row for row, story in enumerate(stories) if len(story["text"].split()) >= least_words]
    if len(long) < spun_count:
        raise BenchmarkError(f"{len(long):,} stories have {least_words} words; {spun_count:,} were to be spun")
    chosen = rng.sample(long, spun_count)
    left_out = set(chosen) if source_missing else set()
    records = [
        _record(story["id"], story["text"], story, dated) for row, story in enumerate(stories) if row not in left_out
    ]
    copies, pairs = [], []
    for row in chosen:
        story, ids = stories[row], []
        for number in range(1 + two_spins):
            identity, spun = _copy(story, vocabulary, share, f"{seed} {story['id']} {number}", noise)
            records.append(_record(identity, spun.text, story, dated, rng))
            copies.append(Copy(identity, story["id"], spun.substitutions))
            ids.append(identity)
        if two_spins:
            pairs.append((ids[0], ids[1]))
    rng.shuffle(records)
    return SpunCorpus(records, copies, pairs)


def truth_path(path: Path) -> Path:
    """The truth beside a corpus file; not `with_suffix`, the names have dots."""
    return path.parent / (path.name.removesuffix(".jsonl") + ".truth.json")


def write(path: Path, corpus: SpunCorpus) -> None:
    """Write `corpus` as JSONL and its truth beside it (`.truth.json`)."""
    truth = {"copies": [asdict(copy) for copy in corpus.copies], "pairs": corpus.pairs}
    truth_path(path).write_text(json.dumps(truth))
    with path.open("w", encoding="utf-8") as out:
        for record in corpus.records:
            out.write(json.dumps(record, ensure_ascii=False) + "\n")


def load(path: Path) -> SpunCorpus:
    """What `write` wrote."""
    with path.open(encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    truth = json.loads(truth_path(path).read_text())
    copies = [
        Copy(copy["id"], copy["source"], tuple((a, b, c, d) for a, b, c, d in copy["substitutions"]))
        for copy in truth["copies"]
    ]
    return SpunCorpus(records, copies, [(one, two) for one, two in truth["pairs"]])


def standard(name: str, data: Path = DATA) -> SpunCorpus:
    """Make one of the standard corpora."""
    what = STANDARD[name]
    stories = read_stories(data / FILES[what.file])
    vocabulary = thesaurus.load(what.vocabulary, data)
    return make(stories, vocabulary, what.share, SEED, what.spun, what.two, what.two, least_words=what.least_words)


def cached(name: str, data: Path = DATA, folder: Path = CACHE) -> Path:
    """The file of a standard corpus in `benchmarks/data/`, written there if it is not; never half a file."""
    path = folder / f"{name}.jsonl"
    if not (path.exists() and truth_path(path).exists()):
        note(f"generating {path.name}")
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            fresh = Path(temporary, path.name)
            write(fresh, standard(name, data))
            truth_path(fresh).replace(truth_path(path))
            fresh.replace(path)
    return path


def reduced(name: str, data: Path, stories: int, spun: int, folder: Path = CACHE) -> tuple[Path, SpunCorpus]:
    """A small corpus made like a standard one, and its file: for quick runs."""
    what = STANDARD[name]
    chosen = read_stories(data / FILES[what.file])[:stories]
    vocabulary = thesaurus.load(what.vocabulary, data)
    corpus = make(chosen, vocabulary, what.share, SEED, spun, what.two, what.two, least_words=what.least_words)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{stories}.jsonl"
    write(path, corpus)
    return path, corpus


def main(argv: list[str] | None = None) -> int:
    """Write standard corpora; returns the exit code."""
    parser = argparse.ArgumentParser("python -m benchmarks.spun_corpus", description="write the standard corpora")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which (all): {', '.join(STANDARD)}")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="evaluation data  [../shared/data]")
    parser.add_argument("--out", type=Path, default=CACHE, metavar="DIR", help="where to  [benchmarks/data]")
    arguments = parser.parse_args(argv)
    unknown = sorted(set(arguments.names) - set(STANDARD))
    if unknown:
        parser.error(f"no such corpus: {', '.join(unknown)}")
    try:
        for name in arguments.names or STANDARD:
            print(cached(name, arguments.data, arguments.out))
    except BenchmarkError as error:
        print(f"benchmarks: error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
