"""What cron and systemd are told, run as they would run it."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dedup.errors import FeedError
from dedup.feeds.timers import SERVICE, TIMER, Job, cron_line, units
from tests.feeds.feed_factory import REPORT, item, rss, story
from tests.feeds.server import Server, page

ROOT = Path(__file__).resolve().parent.parent.parent
FEED = rss("a.example", item("https://a.example/1", REPORT), item("https://a.example/2", story(1)))
HARD = ["plain", "two words", "50 % off", "$HOME", "it's", 'a "b"', "back\\slash", "semi;colon", "100%", ""]


def cron_words(line):
    """The schedule of a line, and the command that cron gives to sh: up to the first bare percent sign."""
    *when, command = line.split(" ", 5)
    return " ".join(when), re.split(r"(?<!\\)%", command)[0].replace("\\%", "%")


def systemd_words(line):
    """The words of a command line, by systemd.service(5): quotes, escapes, doubled percent and dollar signs."""
    return [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(line.replace("\\\\", "\\\\"))]


def test_every_word_arrives_as_it_is(tmp_path):
    job = Job([sys.executable, "-c", "import sys, os; print(sys.argv[1:], os.getcwd())", *HARD], tmp_path, {})
    _, command = cron_words(cron_line(job, 10))
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout == f"{HARD} {tmp_path}\n"
    made = dict(line.partition("=")[::2] for line in units(job, 10)[SERVICE].splitlines())
    assert systemd_words(made["ExecStart"])[3:] == HARD and made["WorkingDirectory"] == str(tmp_path)


def test_when():
    job = Job(["dedup"], Path("/x"), {})
    assert cron_line(job, 5).startswith("*/5 * * * * cd /x && dedup")
    assert cron_line(job, 60).startswith("0 * * * * ")
    assert "OnUnitActiveSec=5min" in units(job, 5)[TIMER]


def test_what_the_environment_says_of_places_goes_along_and_nothing_else():
    job = Job(["dedup"], Path("/x"), {"XDG_STATE_HOME": "/my state", "DEDUP_READER_TOKEN": "secret", "HOME": "/h"})
    assert cron_words(cron_line(job, 10))[1] == "cd /x && /usr/bin/env 'XDG_STATE_HOME=/my state' dedup"
    service = units(job, 10)[SERVICE]
    assert 'Environment="XDG_STATE_HOME=/my state"' in service and "secret" not in service


@pytest.mark.parametrize("make", [cron_line, units])
def test_a_line_break_is_refused(make):
    with pytest.raises(FeedError, match="line break"):
        make(Job(["dedup", "a\nb"], Path("/x"), {}), 10)


@pytest.fixture
def home(tmp_path):
    """A user with a program in a folder with spaces, as `pip install` puts it there."""
    program = tmp_path / "my venv %" / "bin" / "dedup"
    program.parent.mkdir(parents=True)
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom dedup.cli import main\nmain()\n"
    )
    program.chmod(0o755)
    return tmp_path, program


def called(home, *arguments, **more):
    """Run the program of a user; cron's own environment is all that it has."""
    folder, program = home
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **more}
    done = subprocess.run(
        [program, *arguments], env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_line_for_cron_runs_as_cron_runs_it(home):
    folder, _ = home
    with Server({"/feed": page(FEED)}) as server:
        called(home, "feeds", "add", server.url("/feed"))
        where = ("--output", "my feeds", "--allow-private", f"127.0.0.1:{server.port}")
        line = called(home, "feeds", "timer", "cron", *where)
        schedule, command = cron_words(line.rstrip("\n"))
        assert schedule == "*/10 * * * *"
        done = subprocess.run(
            ["/bin/sh", "-c", command], cwd="/", capture_output=True, check=False,
            env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "LOGNAME": "nobody"},
        )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert sum(path.read_bytes() == FEED for path in (folder / "my feeds").glob("*.xml")) == 1


def test_the_units_for_systemd_hold_and_run(home):
    folder, _ = home
    with Server({"/feed": page(FEED)}) as server:
        called(home, "feeds", "add", server.url("/feed"))
        where = ("--output", "my feeds", "--allow-private", f"127.0.0.1:{server.port}")
        assert "systemctl --user daemon-reload" in called(home, "feeds", "timer", "systemd", *where)
        place = folder / ".config" / "systemd" / "user"
        made = dict(line.partition("=")[::2] for line in (place / SERVICE).read_text().splitlines())
        done = subprocess.run(
            systemd_words(made["ExecStart"]), cwd=made["WorkingDirectory"].replace("%%", "%"), capture_output=True, check=False,
            env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert sum(path.read_bytes() == FEED for path in (folder / "my feeds").glob("*.xml")) == 1
    if shutil.which("systemd-analyze"):
        run = {"HOME": str(folder), "PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(folder)}
        files = [str(place / name) for name in (SERVICE, TIMER)]
        told = subprocess.run(
            ["systemd-analyze", "--user", "verify", *files], env=run, capture_output=True, text=True, timeout=60, check=False
        )  # fmt: skip
        ours = [line for line in told.stderr.splitlines() if "dedup-feeds" in line]
        assert told.returncode == 0 and not ours, told.stderr


def test_options_that_a_run_would_not_take_are_said_at_once(home):
    folder, program = home
    done = subprocess.run(
        [program, "feeds", "timer", "cron", "--outptu", "x"], cwd=folder, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 2 and "--outptu" in done.stderr and not done.stdout
