"""What a pass over feeds that have nothing new does not load."""

import subprocess
import sys

import pytest

from dedup.feeds.session import Session

HEAVY = ("numpy", "numba", "rich", "pygments", "httpx._main", "dedup.index.index")


def loaded(code):
    """Which of the heavy modules a program has loaded in the end."""
    code = f"{code}\nimport sys\nprint(*(name for name in {HEAVY} if sys.modules.get(name)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_pass_without_news_loads_nothing_heavy(tmp_path):
    place = tmp_path / "i.sqlite"
    Session(place).close()
    arguments = ["feeds", "run", "--index", str(place), "--output", str(tmp_path / "out")]
    assert loaded(f"from dedup.cli import cli; cli({arguments!r}, standalone_mode=False)") == []


def test_the_network_is_loaded_without_its_command_line_and_leaves_no_trace_of_that():
    assert loaded("import dedup.feeds.http.transport") == []
    pytest.importorskip("pygments")
    assert "httpx._main" in loaded("import dedup.feeds.http.transport, httpx._main")


def test_httpcore_asks_for_what_is_missing_but_once():
    code = (
        "import dedup.feeds.http.transport, sys\n"
        "from httpcore._synchronization import current_async_library\n"
        "looked = []\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None): looked.append(name)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "async def ask(): assert current_async_library() == 'asyncio'\n"
        "import asyncio; asyncio.run(ask()); asyncio.run(ask())\n"
        "assert 'sniffio' not in looked, looked\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
