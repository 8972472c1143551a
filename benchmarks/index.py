"""An index from ten thousand to a million documents: adding, asking, size, memory; and datasketch on Redis beside it.

Documents are those of `corpus.py`, whose sentences recur (at 100,000 each stands in 13 documents, far more often than
in news): the worst case for posting lists; and those of `varied.py`, whose wording recurs as in news. They are added in
one process, 8,000 at a time, and at each size some texts are asked about one by one: half that no document resembles,
half edited copies of documents that are there (words cut at both ends, every twelfth word replaced). The peer runs on a
Redis server of its own on loopback, without saving to disk, with the smallest size: once as its documentation shows,
once as fast as it can.
"""

from __future__ import annotations

import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks import articles
from benchmarks.corpus import Corpus, cached
from benchmarks.report import Table
from benchmarks.settings import NEWSWIRE, ROOT, Figures, Options, note
from benchmarks.varied import Pool, source_of, varied_file

NEEDS = (*NEWSWIRE, *articles.NEEDS[:2])
SIZES = (10_000, 100_000, 1_000_000)
MOST_GENERATED = 100_000
"""Documents of the corpus whose sentences recur: each of more would be compared with ever more others, for an hour."""
QUICK_SIZES = (500, 1_000)
QUERIES, QUICK_QUERIES = 550, 70
PAUSE = 60
"""Seconds between two documents of the index that tells stories: all of them come within a week."""
RATES = ("add_per_cpu_second", "add_per_cpu_second_there")
SEED = 8
"""Of the documents that are asked about and were not added."""


def _edited(text: str) -> str:
    words = text.split(" ")[3:-20]
    words[::12] = ["otherwise"] * len(words[::12])
    return " ".join(words)


def _queries(file: Path, smallest: int, new: list[str]) -> dict[str, list[str]]:
    """Texts to ask about: `new` ones, and as many that are edited from the `smallest` first of a file."""
    count = len(new)
    step = max(1, smallest // (2 * count))
    seen = []
    with file.open("rb") as lines:
        for number, line in enumerate(lines):
            if number % step == 0:
                text = json.loads(line)["text"]
                if len(text.split()) > 100:
                    seen.append(_edited(text))
            if len(seen) == count:
                break
    return {"new": new, "edited": seen}


def _worker(module: str, *arguments: object, python: str = sys.executable) -> Any:
    command = [python, "-m", f"benchmarks.{module}", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=ROOT)
    return json.loads(done.stdout)


@contextmanager
def _redis(folder: Path) -> Iterator[int]:
    """A Redis server on a free port of loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=folder)
    try:
        for _ in range(100):
            with socket.socket() as asking:
                if asking.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()


def _has_redis(python: str) -> bool:
    test = [python, "-c", "import datasketch, redis, xxhash"]
    installed = subprocess.run(test, capture_output=True, check=False).returncode == 0
    return installed and shutil.which("redis-server") is not None


def _peers(options: Options, file: Path, queries: Path, folder: Path) -> dict[str, Figures]:
    if not _has_redis(options.peers_python):
        note("datasketch on Redis is left out: it needs redis-server, and the packages redis and xxhash")
        return {}
    peers = {}
    for how in ("documented", "fast"):
        note(f"datasketch on Redis, {how}")
        with _redis(folder) as port:
            found = _worker("peer_redis", file, queries, port, how, python=options.peers_python)
        took = found.pop("ms")
        times = _times({"all": {"ms": took, "cpu_ms": took}})["all"]
        peers[how] = {**found, "per_second": found["documents"] / found["seconds"], **times}
    return peers


def _times(asked: dict[str, Any]) -> dict[str, Figures]:
    """Median and 99th percentile of each kind of query, ms, and queries a second."""
    found = {}
    for name, those in asked.items():
        ranked = sorted(those["ms"])
        found[name] = {
            "p50": statistics.median(ranked), "p99": ranked[min(len(ranked) - 1, int(0.99 * len(ranked)))],
            "queries_per_second": 1e3 * len(ranked) / sum(ranked), "cpu_p50": statistics.median(those["cpu_ms"]),
        }  # fmt: skip
    return found


def run(options: Options) -> Figures:
    """All sizes of each corpus in one process, then the peer."""
    sizes, count = sorted(options.sizes), QUICK_QUERIES if options.quick else QUERIES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        queries, warm = folder / "queries.json", cached(1_000, options.data)
        new = list(Corpus(count, options.data, SEED).texts())
        queries.write_text(json.dumps(_queries(warm, 1_000, new)))
        _worker("index_worker", warm, folder / "warm.sqlite", queries, PAUSE, 1_000)
        some = [size for size in sizes if size <= MOST_GENERATED] or sizes[:1]
        generated = cached(some[-1], options.data)
        found = _grown(generated, new, some, folder)
        varied = [] if options.quick else _varied(sizes, count, options.data, folder)
        dated = _worker(
            "index_worker", cached(sizes[0], options.data), folder / "dated.sqlite", queries, PAUSE, sizes[0]
        )
        peers = _peers(options, cached(sizes[0], options.data), folder / f"{generated.stem}.json", folder)
    dated = {name: dated[0][name] for name in ("documents", "add_per_second")}
    return {"sizes": found, "varied": varied, "dated": dated, "redis": peers}


def _varied(sizes: list[int], count: int, data: Path, folder: Path) -> list[Figures]:
    """The same with varied texts; those that were not added come after the last that was."""
    with ProcessPoolExecutor(1, get_context("spawn")) as aside:  # its gigabyte would count as the worker's
        file, new = aside.submit(_vary, sizes[-1], count, data).result()
    return _grown(file, new, sizes, folder)


def _vary(size: int, count: int, data: Path) -> tuple[Path, list[str]]:
    """The file of varied texts, and others that are no copies."""
    others = [number for number in range(size, size + 2 * count) if source_of(number) < 0][:count]
    pool = Pool(articles.real(data))
    return varied_file(size, data), [json.loads(pool.lines(number, number + 1))["text"] for number in others]


def _grown(file: Path, new: list[str], sizes: list[int], folder: Path) -> list[Figures]:
    """An index of a file that is stopped at each size, and asked."""
    place, queries, texts = folder / f"{file.stem}.sqlite", folder / f"{file.stem}.json", _queries(file, sizes[0], new)
    queries.write_text(json.dumps(texts))
    found: list[Figures] = _worker("index_worker", file, place, queries, 0, *sizes)
    for part in folder.glob(f"{file.stem}.sqlite*"):
        part.unlink()
    for size in found:
        asked = size.pop("queries")
        both = {unit: [ms for those in asked.values() for ms in those[unit]] for unit in ("ms", "cpu_ms")}
        size["queries"] = _times({**asked, "all": both})
        size["found"] = {name: those["found"] / len(texts[name]) for name, those in asked.items()}
        size["beside_text"] = (size["bytes"] - size["packed_bytes"]) / size["documents"]
    return found


def tables(figures: Figures) -> list[Table]:
    """Each size, and the peer."""
    found = [_by_size("dedup index by size", figures["sizes"])]
    if figures.get("varied"):
        found.append(_by_size("The same where wording recurs as in news (varied texts)", figures["varied"]))
    dated = figures["dated"]
    row = (f"{dated['documents']:,}", f"{dated['add_per_second']:,.0f}")
    found.append(Table("Documents with dates, of which stories are told", ("documents", "added/s"), [row]))
    if figures["redis"]:
        found.append(_beside(figures["sizes"][0], figures["redis"]))
    return found


def _by_size(title: str, sizes: list[Figures]) -> Table:
    columns = (
        "documents", "added/s, all", "added/s there", "a CPU second, all", "there", "query p50, p99 (ms)", "new",
        "edited", "CPU p50 (ms)", "edited found", "MB", "bytes a document beside its text", "peak MB",
        "longest batch of 8,000 (s)",
    )  # fmt: skip
    rows = [
        (
            f"{size['documents']:,}", f"{size['add_per_second']:,.0f}", f"{size['add_per_second_there']:,.0f}",
            *(f"{size[name]:,.0f}" if name in size else "–" for name in RATES),
            _ms(size["queries"]["all"]), _ms(size["queries"]["new"]), _ms(size["queries"]["edited"]),
            f"{size['queries']['all']['cpu_p50']:.1f}" if RATES[0] in size else "–",
            f"{size['found']['edited']:.1%}", f"{size['bytes'] / 1e6:,.0f}", f"{size['beside_text']:,.0f}",
            f"{max(size['rss_mb'], size['rss_mb_after_queries']):,.0f}", f"{size['longest_batch']:.1f}",
        )
        for size in sizes
    ]  # fmt: skip
    return Table(title, columns, rows)


def _beside(own: Figures, peers: dict[str, Figures]) -> Table:
    """The peer at the smallest size, and how many times as fast the index is."""
    mine = own["queries"]["all"]
    rows = [("dedup index", f"{own['add_per_second']:,.0f}", "", f"{mine['queries_per_second']:,.0f}", "", _ms(mine))]
    for how, peer in peers.items():
        inserts = own["add_per_second"] / peer["per_second"]
        queries = mine["queries_per_second"] / peer["queries_per_second"]
        rows.append((
            f"datasketch on Redis, {how}", f"{peer['per_second']:,.0f}", f"{inserts:.1f}",
            f"{peer['queries_per_second']:,.0f}", f"{queries:.1f}", _ms(peer),
        ))  # fmt: skip
    columns = ("", "inserts/s", "ratio", "queries/s", "ratio", "query p50, p99 (ms)")
    return Table(f"Beside datasketch's MinHashLSH on Redis, {own['documents']:,} documents", columns, rows)


def _ms(times: Figures) -> str:
    return f"{times['p50']:.1f}, {times['p99']:.1f}"
