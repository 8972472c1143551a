"""`dedup feeds run` on 500 feeds of 50 items: the first pass, and one with nothing new.

The feeds come from a server in another process over HTTP, on a hundred addresses of loopback: most as they should be, a
twelfth late, a twenty-fifth broken, a tenth packed (`feeds_server.py`). Both passes are whole processes with the
defaults; between them the feeds are made due again. In the second pass each feed answers 304, or is broken again.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.feeds_server import kind
from benchmarks.process import measure
from benchmarks.report import Table
from benchmarks.settings import NEWSWIRE, ROOT, Figures, Options, note
from dedup.feeds.records import KnownFeed
from dedup.feeds.schedule import Schedule
from dedup.feeds.session import Session

NEEDS = NEWSWIRE
SIZES = (500,)
QUICK_SIZES = (100,)
ITEMS, QUICK_ITEMS = 50, 5
HOSTS = 100


@contextmanager
def _serving(feeds: int, items: int, data: Path) -> Iterator[int]:
    command = [sys.executable, "-m", "benchmarks.feeds_server", str(feeds), str(items), str(data)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
    assert server.stdout is not None
    try:
        yield int(server.stdout.readline())
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def _host(feed: int) -> str:
    return f"127.0.1.{1 + feed % HOSTS}"


def _subscribe(place: Path, feeds: int, port: int) -> None:
    with Session(place) as held, held.transaction(write=True):
        for feed in range(feeds):
            url = f"http://{_host(feed)}:{port}/{feed}"
            held.state.add_feed(KnownFeed(0, url, schedule=Schedule(url)))


def _pass(folder: Path) -> tuple[Figures, dict[str, Any]]:
    """One pass: what it took, and what it says of itself."""
    out = folder / "summary.json"
    command = (
        f"{sys.executable} -m dedup feeds run --index {folder / 'index.sqlite'} --config {folder / 'feeds.toml'}"
        f" --merged {folder / 'all.xml'} --summary json > {out}"
    )
    run = measure(["sh", "-c", command])
    return {"seconds": run.seconds, "cpu": run.cpu, "rss_mb": run.rss_mb}, json.loads(out.read_text())


def _due(place: Path) -> None:
    """Make all feeds due again."""
    with Session(place) as held, held.transaction(write=True):
        held.database.execute("UPDATE feeds SET next_at = 0, checked_at = 0")


def run(options: Options) -> Figures:
    """Both passes."""
    items, feeds = QUICK_ITEMS if options.quick else ITEMS, options.sizes[0]
    with tempfile.TemporaryDirectory() as name, _serving(feeds, items, options.data) as port:
        folder = Path(name)
        hosts = [f"{_host(number)}:{port}" for number in range(HOSTS)]
        (folder / "feeds.toml").write_text(f"[feeds]\nallow_private = {json.dumps(hosts)}\n")
        _subscribe(folder / "index.sqlite", feeds, port)
        note("first pass")
        first, said = _pass(folder)
        _due(folder / "index.sqlite")
        note("second pass")
        second, again = _pass(folder)
        size = (folder / "index.sqlite").stat().st_size
    kinds = Counter(kind(feed) for feed in range(feeds))
    return {
        "feeds": feeds, "items": items, "kinds": dict(kinds), "index_bytes": size,
        "passes": [{**first, "said": said}, {**second, "said": again}],
    }  # fmt: skip


def tables(figures: Figures) -> list[Table]:
    """Both passes."""
    columns = ("pass", "seconds", "CPU s", "peak MB", "changed", "unchanged", "failed", "new items", "flagged")
    rows = []
    for name, each in zip(("first", "nothing new"), figures["passes"], strict=True):
        said = (f"{each['said'][key]:,}" for key in ("changed", "unchanged", "failed", "new_items", "flagged"))
        rows.append((name, f"{each['seconds']:.1f}", f"{each['cpu']:.1f}", f"{each['rss_mb']:,.0f}", *said))
    kinds = ", ".join(f"{count} {name}" for name, count in figures["kinds"].items())
    return [Table(f"dedup feeds run: {figures['feeds']} feeds of {figures['items']} items ({kinds})", columns, rows)]
