"""Runs of the command that are killed at any moment, that meet, or that find the disk full."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from dedup.feeds.format.parse import parse
from dedup.feeds.publish import QUARANTINE_FILE, cleaned
from dedup.feeds.records import PIPED, KnownFeed
from dedup.feeds.schedule import Schedule
from dedup.feeds.session import Session
from tests.feeds.feed_factory import item, rss, story
from tests.feeds.server import Server, page

KILLS = int(os.environ.get("DEDUP_KILLS", "12"))
"""How often the run is killed; 200 take some minutes."""
FEEDS, ITEMS = 12, 4
"""Feeds, and items that each gets in a round."""


class Press:
    """A server whose feeds grow by some items a round; every third stands in all of them."""

    def __init__(self):
        self.round = 0
        self.server = Server({}, default=self._route)

    def _route(self, got):
        return page(self.body(int(got.path.strip("/"))))(got)

    def body(self, feed):
        rows = []
        for turn in range(self.round):
            for at in range(ITEMS):
                copied = feed and not at % 3
                text = story((turn, 0 if copied else feed, at))
                rows.append(item(f"https://s{feed}.example/{turn}/{at}", text))
        return rss(f"s{feed}.example", *reversed(rows))

    def known(self):
        return {f"https://s{feed}.example/{turn}/{at}" for feed in range(FEEDS) for turn in range(self.round)
                for at in range(ITEMS)}  # fmt: skip


@pytest.fixture
def press(tmp_path):
    made = Press()
    with made.server:
        with Session(tmp_path / "index.sqlite") as held, held.transaction(write=True):
            for feed in range(FEEDS):
                url = made.server.url(f"/{feed}")
                held.state.add_feed(KnownFeed(0, url, schedule=Schedule(url)))
        yield made


def start(folder, press, *more, **keywords):
    command = [
        sys.executable, "-m", "dedup", "feeds", "run", "--index", str(folder / "index.sqlite"), "--output",
        str(folder / "out"), "--merged", str(folder / "all.xml"), "--policy", "exact=drop", "--allow-private",
        f"127.0.0.1:{press.server.port}", *more,
    ]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **keywords)


def finish(process):
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def due(folder):
    """All feeds are due: the minute between two fetches is not waited for."""
    with Session(folder / "index.sqlite") as held, held.transaction(write=True):
        held.database.execute("UPDATE feeds SET next_at = 0")


def stored(folder):
    with Session(folder / "index.sqlite") as held:
        assert held.database.check() == []
        rows = held.database.query("SELECT number, document, first_seen, decided, treatment, original FROM articles")
        documents = {row[0] for row in held.database.query("SELECT id FROM documents")}
    assert len({row[1] for row in rows}) == len(rows)
    assert documents == {row[1] for row in rows}, "a document without a decision, or the other way round"
    return {row[0]: row for row in rows}


def whole(folder):
    """Every file that is there is a whole feed."""
    files = [path for path in [*folder.glob("out/[!.]*"), folder / "all.xml"] if path.exists()]
    for path in files:
        assert path.read_bytes().rstrip().endswith((b"</rss>", b"</feed>")), path
        parse(path.read_bytes())
    return files


def complete(folder, press):
    """Everything that was ever listed is decided on, once, and every file is what its decisions make of it."""
    found = stored(folder)
    assert {row[1] for row in found.values()} == press.known()
    dropped = {row[1] for row in found.values() if row[4] == "drop"}
    assert len(dropped) == (FEEDS - 1) * press.round * len(range(0, ITEMS, 3))
    with Session(folder / "index.sqlite") as held:
        feeds = held.state.feeds(f"flags < {PIPED}")
        assert not any(feed.dirty for feed in feeds) and not held.state.combined_dirty
        for feed in feeds:
            body = held.state.body(feed.number)
            assert body == press.body(int(feed.url.rpartition("/")[2]))
            assert (folder / "out" / feed.file).read_bytes() == cleaned(held.state, feed, body)[0]
        numbers = [number for number, row in found.items() if row[4] == "drop"]
        assert held.state.with_fragments(numbers) == set(numbers)
    quarantine = {one.url for one in parse((folder / "out" / QUARANTINE_FILE).read_bytes()).items}
    assert quarantine == dropped if len(dropped) <= 200 else quarantine < dropped
    assert len(whole(folder)) == FEEDS + 2


def test_killed_at_any_moment_nothing_is_lost_and_nothing_decided_twice(tmp_path, press):
    press.round = 1
    begun = time.monotonic()
    assert finish(start(tmp_path, press)) == (0, "", "")
    usual = time.monotonic() - begun
    before = stored(tmp_path)
    rng = random.Random(9)
    killed = 0
    for turn in range(KILLS):
        press.round += not turn % 2
        due(tmp_path)
        process = start(tmp_path, press)
        time.sleep(rng.uniform(0.1, 1.0) * usual)
        process.send_signal(signal.SIGKILL)
        killed += finish(process)[0] == -signal.SIGKILL
        after = stored(tmp_path)
        assert {number: after[number] for number in before} == before
        before = after
        whole(tmp_path)
    assert killed > KILLS / 3
    due(tmp_path)
    assert finish(start(tmp_path, press)) == (0, "", "")
    complete(tmp_path, press)
    assert before.items() <= stored(tmp_path).items()


def test_runs_that_meet(tmp_path, press):
    """One does the work; the others say so, or wait and find nothing to do."""
    press.round = 1
    with ThreadPoolExecutor(4) as pool:
        runs = [start(tmp_path, press, *more) for more in ([], [], ["--wait", "60"], ["--wait", "60"])]
        ended = list(pool.map(finish, runs))
    assert {code for code, _, _ in ended} == {0}
    assert all(err == "" or "another run over these feeds has not ended" in err for _, _, err in ended)
    complete(tmp_path, press)
    assert all(count == 1 for count in press.server.count.values())


def test_a_run_that_waits_too_long_is_an_error(tmp_path, press):
    from dedup.feeds.lock import one_run

    with Session(tmp_path / "index.sqlite") as held, one_run(held.place, held.database):
        code, _, err = finish(start(tmp_path, press, "--wait", "0.3"))
    assert code == 2 and "has not ended after 0.3 seconds" in err


def test_a_full_disk_loses_nothing(tmp_path, press):
    """Files may grow to 200 KB only: first the index cannot, and when it can, all comes."""
    press.round = 3

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    code, _, err = finish(start(tmp_path, press, preexec_fn=limit))
    assert code == 2 and err.count("\n") == 1 and "Traceback" not in err
    stored(tmp_path)
    whole(tmp_path)
    due(tmp_path)
    assert finish(start(tmp_path, press)) == (0, "", "")
    complete(tmp_path, press)
