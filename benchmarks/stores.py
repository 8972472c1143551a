"""Postings of keys: the index's own store, SQLite's full-text engine, and a plain table, with the same keys.

The keys of documents (`candidates.postings`: bands, passages and rare words, some 150 a document) go into one file each
way, 8,000 documents a transaction, and are asked for by the keys of some of them, at most 64 documents a key, the
latest ones. Nothing else is done: no texts, no pairs. `own` is `index.postings.store`; `FTS5` holds each key as a word,
without positions and without the text; `table` is a row for each key and document, in their order.

Documents are those of `benchmarks.corpus`, whose sentences recur, and those of `benchmarks.articles`, where none does.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks import articles
from benchmarks.corpus import cached
from benchmarks.report import Table
from benchmarks.settings import NEWSWIRE, Figures, Options, note
from dedup import Config
from dedup.candidates.postings import LIMIT, DocumentKeys
from dedup.index.incoming import BATCH
from dedup.index.matching import Matcher
from dedup.index.postings.store import PostingStore
from dedup.storage.opening import open_database

NEEDS = (*NEWSWIRE, *articles.NEEDS[:2])
SIZES = (40_000,)
QUICK_SIZES = (300,)
ASKED, QUICK_ASKED = 300, 20
CORPORA = {"generated": cached, "walked": articles.walked_file}
Keys = list[DocumentKeys]
"""Of each kind, of some documents."""


class Store(Protocol):
    """What is measured."""

    def add(self, first: int, keys: Keys) -> None:
        """Add documents that are numbered from `first`."""

    def ask(self, keys: Keys) -> int:
        """Ask for the documents of all keys of one document; returns how many postings were read."""


class Own:
    """`index.postings.store`, as an index opens it."""

    def __init__(self, place: Path) -> None:
        self._database = open_database(place, create=True)
        self._store = PostingStore(self._database)

    def add(self, first: int, keys: Keys) -> None:
        """See `Store`."""
        numbers = np.arange(first, first + len(keys[0].held))
        none = DocumentKeys(np.zeros(0, np.uint32), np.zeros(len(numbers), np.int64), np.zeros(len(numbers), np.int32))
        with self._database.transaction(write=True):
            self._store.refresh()
            self._store.count(numbers, [*keys, none], np.zeros(len(numbers), np.int64))
            self._database.set_meta("next_number", str(int(numbers[-1]) + 1))
            self._store.add([each.entries(numbers) for each in keys])
            self._store.settle()

    def ask(self, keys: Keys) -> int:
        """See `Store`."""
        with self._database.transaction(write=False):
            self._store.refresh()
            return sum(len(self._store.runs(kind, each.distinct).numbers) for kind, each in enumerate(keys))


def _pairs(first: int, keys: Keys) -> list[tuple[int, int]]:
    """(key, document), sorted; the kind of a key stands above its bits."""
    found = []
    for kind, each in enumerate(keys):
        entries = each.entries(np.arange(first, first + len(each.held)))
        names = (entries >> np.uint64(32)).astype(np.int64) | kind << 32
        found += list(zip(names.tolist(), (entries & np.uint64(0xFFFFFFFF)).tolist(), strict=True))
    return found


class Rows:
    """A row for each key and document."""

    def __init__(self, place: Path) -> None:
        self._connection = sqlite3.connect(place)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("CREATE TABLE postings (key, number, PRIMARY KEY (key, number)) WITHOUT ROWID")

    def add(self, first: int, keys: Keys) -> None:
        """See `Store`."""
        with self._connection:
            self._connection.executemany("INSERT INTO postings VALUES (?, ?)", _pairs(first, keys))

    def ask(self, keys: Keys) -> int:
        """See `Store`."""
        sql = f"SELECT number FROM postings WHERE key = ? ORDER BY number DESC LIMIT {LIMIT}"
        return sum(len(self._connection.execute(sql, (key,)).fetchall()) for key, _ in _pairs(0, keys))


class FullText:
    """A row of words for each document, in SQLite's full-text engine."""

    def __init__(self, place: Path) -> None:
        self._connection = sqlite3.connect(place)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(
            "CREATE VIRTUAL TABLE postings USING fts5 (keys, content='', detail=none, columnsize=0)"
        )

    def add(self, first: int, keys: Keys) -> None:
        """See `Store`."""
        words: list[list[str]] = [[] for _ in keys[0].held]
        for key, number in _pairs(first, keys):
            words[number - first].append(f"{key:x}")
        rows = ((first + at, " ".join(each)) for at, each in enumerate(words))
        with self._connection:
            self._connection.executemany("INSERT INTO postings (rowid, keys) VALUES (?, ?)", rows)

    def ask(self, keys: Keys) -> int:
        """See `Store`."""
        sql = f"SELECT rowid FROM postings WHERE postings MATCH ? ORDER BY rowid DESC LIMIT {LIMIT}"
        return sum(len(self._connection.execute(sql, (f"{key:x}",)).fetchall()) for key, _ in _pairs(0, keys))


STORES: dict[str, Callable[[Path], Store]] = {"own": Own, "FTS5": FullText, "table": Rows}


def _batches(file: Path, size: int) -> list[Keys]:
    """The keys of the documents, as many at a time as the index adds at once."""
    found = []
    with ThreadPoolExecutor() as pool, file.open("rb") as lines:
        matcher = Matcher(Config(), pool)
        for done in range(0, size, BATCH):
            texts = [json.loads(line)["text"].encode() for line in islice(lines, min(BATCH, size - done))]
            found.append(matcher.keys(matcher.sketch(texts)[0]))
    return found


def _measured(name: str, batches: Sequence[Keys], asked: NDArray[np.int64], folder: Path) -> Figures:
    place = folder / f"{name}.sqlite"
    store, took, first = STORES[name](place), list[float](), 1
    for keys in batches:
        begin = time.perf_counter()
        store.add(first, keys)
        took.append(time.perf_counter() - begin)
        first += len(keys[0].held)
    times, read = [], 0
    for row in asked.tolist():
        keys = [each.take(np.array([row % BATCH])) for each in batches[row // BATCH]]
        begin = time.perf_counter()
        read += store.ask(keys)
        times.append(1e3 * (time.perf_counter() - begin))
    files = folder.glob(f"{name}.sqlite*")
    last = len(batches[-1][0].held)
    return {
        "store": name, "add_per_second": (first - 1) / sum(took), "add_per_second_there": last / took[-1],
        "bytes": sum(file.stat().st_size for file in files) / (first - 1), "ms": statistics.median(times),
        "postings": read / len(asked),
    }  # fmt: skip


def run(options: Options) -> Figures:
    """All stores with both corpora; with `--quick` the first, for a walk takes long to begin."""
    found: list[dict[str, Any]] = []
    (size, *_) = options.sizes
    for corpus, file in list(CORPORA.items())[: 1 if options.quick else None]:
        batches = _batches(file(size, options.data), size)
        keys = sum(len(each.keys) for keys in batches for each in keys) / size
        asked = np.linspace(0, size - 1, QUICK_ASKED if options.quick else ASKED, dtype=np.int64)
        for name in STORES:
            note(f"{corpus}: {name}")
            with tempfile.TemporaryDirectory() as folder:
                figures = _measured(name, batches, asked, Path(folder))
            found.append({"corpus": corpus, "documents": size, "keys": keys, **figures})
    return {"stores": found}


def tables(figures: Figures) -> list[Table]:
    """One row a store and corpus."""
    rows = [
        (
            f"{f['corpus']}, {f['keys']:.0f} keys a document", f["store"], f"{f['add_per_second']:,.0f}",
            f"{f['add_per_second_there']:,.0f}", f"{f['bytes']:,.0f}", f"{f['ms']:.2f}", f"{f['postings']:,.0f}",
        )
        for f in figures["stores"]
    ]  # fmt: skip
    columns = (
        "corpus", "store", "documents added/s", "the last of them", "bytes a document", "one asked about (ms)",
        "postings read",
    )  # fmt: skip
    title = f"Keys of {figures['stores'][0]['documents']:,} documents"
    return [Table(title, columns, rows, ("Where a key has more than 64 documents `own` may read some more.",))]
