"""`dedup feeds sync` killed at random moments: 1,000 entries of an account, of which half are copies.

A server of this machine speaks the interface as it is documented (`tests.feeds.accounts`): neither Miniflux nor
FreshRSS can be had from a package registry. Each run is a process of its own, and ends by SIGKILL after a random time;
after each one no entry may have a mark that it should not have, and after one run that is left alone the account must
be as if nothing had been killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from benchmarks.report import Table
from benchmarks.settings import ROOT, Figures, Options, note
from dedup.feeds.policy import Treatment
from dedup.feeds.records import Article
from dedup.feeds.session import Session
from dedup.model import Relation
from tests.feeds.accounts import PASSWORD, TOKEN, USER, Account, entry

NEEDS: tuple[str, ...] = ()
SIZES = (1_000,)
QUICK_SIZES = (200,)
KILLS, QUICK_KILLS = 50, 4
SEED = 20251130
FEED = "https://b.example/feed"


def _fill(place: Path, size: int) -> set[int]:
    """A state with as many articles, every second of them dropped; returns the numbers of their entries."""
    with Session(place) as held, held.transaction(write=True):
        held.state.keep_articles([
            Article(
                n + 1, f"https://b.example/{n}", 1, f"https://b.example/{n}", f"Item {n}", "b.example", 0, 100, True, 0,
                0,
                *((Treatment.DROP, Relation.SPUN, 1) if n % 2 else ()),
            )
            for n in range(size)
        ])  # fmt: skip
    return {n + 1 for n in range(size) if n % 2}


def _killed(command: list[str], environment: dict[str, str], seconds: float) -> bool:
    """Run a command, and kill it after some time; whether it was still at work."""
    run = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        run.wait(seconds)
    except subprocess.TimeoutExpired:
        run.send_signal(signal.SIGKILL)
        run.wait()
        return True
    return False


def measure(kind: str, size: int, kills: int, folder: Path) -> Figures:
    """One kind of server."""
    rng, place = Random(f"{SEED} {kind}"), folder / f"{kind}.sqlite"
    wanted = _fill(place, size)
    given = {"DEDUP_READER_TOKEN": TOKEN} if kind == "miniflux" else {
        "DEDUP_READER_USER": USER, "DEDUP_READER_PASSWORD": PASSWORD,
    }  # fmt: skip
    environment = {**os.environ, **given}
    made = [entry(n + 1, f"https://b.example/{n}", FEED) for n in range(size)]
    killed = wrong = 0
    with Account(kind, made) as account:
        command = [
            sys.executable, "-m", "dedup", "feeds", "sync", kind, account.url, "--index", str(place), "--dropped",
            "star",
        ]  # fmt: skip
        begun = time.monotonic()
        subprocess.run([*command, "--dry-run", "-q"], cwd=ROOT, env=environment, check=True, capture_output=True)
        start = time.monotonic() - begun
        for _ in range(kills):
            killed += _killed(command, environment, start * rng.uniform(0.3, 1.6))
            wrong += sum(one["starred"] and number not in wanted for number, one in account.entries.items())
        done = sum(bool(one["starred"]) for one in account.entries.values())
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        writes = len(account.writes)
        equal = {number for number, one in account.entries.items() if one["starred"]} == wanted
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        again = len(account.writes) - writes
    return {"kind": kind, "entries": size, "kills": kills, "killed_at_work": killed, "wrong": wrong,
            "done_before_the_last": done, "equal": equal, "writes_again": again}  # fmt: skip


def run(options: Options) -> Figures:
    """Both kinds."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("miniflux", "freshrss"):
            note(kind)
            kills = QUICK_KILLS if options.quick else KILLS
            found.append(measure(kind, options.sizes[0], kills, Path(folder)))
    return {"sync": found}


def tables(figures: Figures) -> list[Table]:
    """What came of it."""
    columns = ("server", "entries", "killed at work", "wrong marks", "end as wanted", "asked again after")
    rows = [
        (one["kind"], f"{one['entries']:,}", f"{one['killed_at_work']} of {one['kills']}", str(one["wrong"]),
         "yes" if one["equal"] else "no", str(one["writes_again"]))
        for one in figures["sync"]
    ]  # fmt: skip
    return [Table("dedup feeds sync, killed at random moments", columns, rows)]
