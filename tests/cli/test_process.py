"""The process around a command: signals that come at a bad moment."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

LOST = """import os
from dedup.cli import process
class Last:
    def __del__(self):
        os.kill(os.getpid(), {number})
        for _ in range(1000):  # what the signal raises is raised here, and goes nowhere
            pass
def command():
    Last()
    while True:
        pass
process.run(command)
"""


@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGINT, 130, "dedup: interrupted\n"), (signal.SIGTERM, 143, "")]
)
def test_a_signal_that_python_throws_away_ends_the_command(number, code, said):
    command = [sys.executable, "-c", LOST.format(number=int(number))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (code, said)


def test_other_exceptions_that_python_throws_away_are_told_as_ever():
    code = "from dedup.cli import process\nclass Last:\n    def __del__(self):\n        1 / 0\nprocess.run(Last)\n"
    code = code.replace("process.run(Last)", "process.run(lambda: bool(Last()))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert "ZeroDivisionError" in done.stderr and done.returncode == 1
