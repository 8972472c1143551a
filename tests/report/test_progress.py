"""What is shown on stderr while somebody waits."""

from __future__ import annotations

import io
import sys
import time
from typing import Any

import pytest

from dedup.report import progress
from dedup.report.progress import Bar, StepBar


class Terminal(io.StringIO):
    """A terminal that keeps what was written."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def screen_of(monkeypatch: pytest.MonkeyPatch, screen: io.StringIO, delay: float = 0.0) -> Any:
    """Put a screen in the place of stderr: in the test itself, since pytest puts its own there before each."""
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(progress, "DELAY", delay)
    monkeypatch.setenv("TERM", "xterm")
    return screen


def wait_for(word: str, screen: io.StringIO) -> bool:
    for _ in range(200):
        if word in screen.getvalue():
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("total", [100, 0])
def test_after_reading_it_says_comparing(monkeypatch: pytest.MonkeyPatch, total: int) -> None:
    screen = screen_of(monkeypatch, Terminal())
    with Bar(quiet=False) as bar:
        bar.total = total
        bar.advance(50)
        assert "reading" in screen.getvalue() and "comparing" not in screen.getvalue()
        bar.advance(50)
        bar.compare()
        assert wait_for("comparing", screen)
        assert "0:00:0" in screen.getvalue().split("comparing")[1]


def test_it_says_so_also_when_reading_took_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = screen_of(monkeypatch, Terminal())
    with Bar(quiet=False) as bar:
        bar.compare()
        assert wait_for("comparing", screen)


def test_it_says_which_stage_and_how_far(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = screen_of(monkeypatch, Terminal())
    with Bar(quiet=False) as bar:
        bar.stage("read")  # is no stage of the comparing
        bar.compare()
        bar.stage("align")
        assert wait_for(f"aligning pairs (step 6 of {len(progress.STAGES)})", screen)
        bar.stage("facts")
        bar.stage("align")  # comes back for some more pairs
        assert wait_for(f"aligning pairs (step {len(progress.STAGES)} of", screen)


def test_the_stages_are_those_of_a_scan() -> None:
    from dedup import scan

    words = [" ".join(f"word{number * step % 97}" for number in range(120)) for step in (1, 1, 5)]
    stages = scan(words).stats["stages"]
    assert set(stages) - set(progress.STAGES) <= {"sample", "read", "fingerprint", "store", "postings"}


def test_nothing_is_shown_of_what_is_done_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = screen_of(monkeypatch, Terminal(), 0.2)
    with Bar(quiet=False) as bar:
        bar.advance(50)
        bar.compare()
    time.sleep(0.3)
    assert screen.getvalue() == ""


@pytest.mark.parametrize("quiet", [True, False])
def test_nothing_is_shown_where_nobody_looks(quiet: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = screen_of(monkeypatch, Terminal() if quiet else io.StringIO())
    with Bar(quiet) as bar:
        bar.advance(50)
        bar.compare()
        time.sleep(0.02)
    assert screen.getvalue() == ""


def test_steps_of_a_scan_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = screen_of(monkeypatch, Terminal())
    with StepBar(quiet=False) as bar:
        bar.stage("read", 0, 0)
        assert not screen.getvalue()
        for done in range(4):
            bar.stage("slices", done, 3)
        bar.stage("align", 1, 7)
        assert wait_for("aligning pairs (step 4 of 9)", screen)
        assert wait_for("1/7", screen)
    quiet = screen_of(monkeypatch, Terminal())
    with StepBar(quiet=True) as bar:
        bar.stage("slices", 1, 3)
    assert not quiet.getvalue()
