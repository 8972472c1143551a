"""One process of `benchmarks.index`: build an index, ask it, and say what that took.

`python -m benchmarks.index_worker FILE PLACE QUERIES PAUSE SIZE…`: adds the documents of FILE (JSONL) to the index at
PLACE, published PAUSE seconds after one another (0: without dates), and stops at each SIZE to ask about the texts of
QUERIES (a JSON list), one by one. Prints JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.settings import note
from dedup import Config
from dedup.cli.inputs import _keep_little_memory
from dedup.index.incoming import BATCH
from dedup.index.index import Index
from dedup.model import UNKNOWN_DATE, Batch
from dedup.pipeline.documents import peak_mb
from dedup.read import from_documents

FIRST_DATE = 1_480_000_000
WINDOW = 10_000
"""Documents over which the speed at a size is taken: those before it."""
WARM_UP = 50


def batches(file: Path, pause: int, sizes: list[int]) -> Iterator[Batch]:
    """Documents, as many at a time as the index adds at once, up to each of the sizes."""
    done = 0
    with file.open("rb") as lines:
        for size in sizes:
            while done < size:
                count = min(BATCH, size - done)
                yield _batch(islice(lines, count), range(done, done + count), pause)
                done += count


def _batch(lines: Iterable[bytes], numbers: range, pause: int) -> Batch:
    part = [json.loads(line) for line in lines]
    return Batch(
        texts=[row["text"] for row in part], ids=[str(row["id"]) for row in part],
        dates=[FIRST_DATE + pause * number if pause else UNKNOWN_DATE for number in numbers],
        sources=[""] * len(part),
    )  # fmt: skip


def handed_over(batches: list[Batch]) -> Iterator[Batch]:
    """The batches, of which the list keeps none: as a reader hands them over."""
    while batches:
        yield batches.pop(0)


def ask(index: Index, texts: list[str]) -> dict[str, Any]:
    """Milliseconds and CPU milliseconds of each query, and how many found something; the first few are not counted."""
    took, busy, found = [], [], 0
    for text in texts:
        batch = list(from_documents([{"id": "query", "text": text}]))
        begin, cpu_begin = time.perf_counter(), time.process_time()
        answers = list(index.query(batch))
        took.append((time.perf_counter() - begin) * 1e3)
        busy.append((time.process_time() - cpu_begin) * 1e3)
        found += any(answer.ties for answer in answers)
    return {"ms": took[WARM_UP:], "cpu_ms": busy[WARM_UP:], "found": found}


def main(file: Path, place: Path, queries: Path, pause: int, sizes: list[int]) -> None:
    """Build, ask, print."""
    _keep_little_memory()
    texts = json.loads(queries.read_text())
    figures: list[dict[str, Any]] = []
    done, total, cpu, marks = 0, 0.0, 0.0, [(0, 0.0, 0.0)]
    longest = 0.0
    with Index.open(place, Config()) as index:
        read = batches(file, pause, sizes)
        while given := list(islice(read, 1)):
            begin, cpu_begin = time.perf_counter(), time.process_time()
            count = len(given[0])
            index.add(handed_over(given))
            took = time.perf_counter() - begin
            cpu += time.process_time() - cpu_begin
            done, total, longest = done + count, total + took, max(longest, took)
            marks.append((done, total, cpu))
            if done not in sizes:
                continue
            first = next(mark for mark in marks if mark[0] >= done - WINDOW)
            found = index.statistics()
            packed = index.database.query("SELECT sum(length(text)) FROM bodies")[0][0]
            figures.append({
                "documents": done, "seconds": total, "add_per_second": done / total,
                "add_per_second_there": (done - first[0]) / (total - first[1]), "longest_batch": longest,
                "add_per_cpu_second": done / cpu, "add_per_cpu_second_there": (done - first[0]) / (cpu - first[2]),
                "bytes": found.bytes, "text_bytes": found.text_bytes, "packed_bytes": packed,
                "clusters": found.clusters, "edges": found.edges, "rss_mb": peak_mb(),
                "queries": {name: ask(index, those) for name, those in texts.items()},
                "rss_mb_after_queries": peak_mb(),
            })  # fmt: skip
            note(f"{done:,} documents: {figures[-1]['add_per_second_there']:,.0f}/s there")
    print(json.dumps(figures))


if __name__ == "__main__":
    pause, *sizes = map(int, sys.argv[4:])
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), pause, sizes)
