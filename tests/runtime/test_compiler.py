"""Functions within a kernel are compiled as parts of it, and can still be called by themselves."""

from __future__ import annotations

import os
import subprocess
import sys

import numba
import numpy as np
import pytest

from dedup.runtime.compiler import TRIED, njit, whole

pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")
tried = pytest.mark.skipif(numba.version_info[:2] not in TRIED, reason="this numba compiles in its own way")


def made():
    """Three functions, each in the next."""

    @njit(nogil=True)
    def one(value):
        return 2 * value + 1

    @njit(nogil=True)
    def two(values):
        room = np.zeros(len(values) + 2, np.int64)
        room[1:3] = values[:2]
        return one(room[1]) + len(room)

    @njit(nogil=True)
    def three(values):
        return two(np.sort(values)) + one(values[0])

    return one, two, three


@tried
def test_parts_have_no_machine_code_until_they_are_called():
    one, two, three = made()
    values = np.array([5, 3, 4])
    assert three(values) == 7 + 5 + 11
    assert [whole(*function.overloads.values()) for function in (one, two, three)] == [False, False, True]
    assert one(4) == 9 and two(values) == 11 + 5 and three(values) == 23
    assert all(whole(*function.overloads.values()) for function in (one, two, three))


@tried
def test_what_was_called_before_is_taken_as_it_is():
    one, _, three = made()
    assert one(4) == 9
    part = one.overloads[numba.int64,]
    assert three(np.array([5, 3, 4])) == 23 and one.overloads[numba.int64,] is part


def test_errors_come_through_parts():
    @njit(nogil=True)
    def part(value):
        if value < 0:
            raise ValueError("less than nothing")
        return value

    @njit(nogil=True)
    def entry(value):
        return part(value) + part(value - 1)

    assert entry(2) == 3
    with pytest.raises(ValueError, match="less than nothing"):
        entry(0)
    with pytest.raises(ValueError, match="less than nothing"):
        part(-1)


def test_a_numba_that_is_not_known_serves_by_itself():
    code = (
        "import numba; numba.version_info = (0, 99, 0)\n"
        "from dedup.runtime import compiler as lean\n"
        "assert not lean._KNOWN and lean.whole(None) and not hasattr(lean, '_Lean')\n"
        "assert type(lean.njit(nogil=True)(lambda value: value)).__name__ == 'CPUDispatcher'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@tried
def test_a_function_is_compiled_once_for_all_constants():
    @njit(nogil=True)
    def part(value, more):
        return value + more

    @njit(nogil=True)
    def whole_(values):
        total = 0
        for place in range(len(values)):
            total = part(total, part(3, values[place])) + part(4, 5)
        return total

    assert whole_(np.array([1, 2])) == 27 and len(part.overloads) == 1


COUNTED = """
import os, sys
from numba.core import compiler
made, compile_extra = [], compiler.compile_extra
compiler.compile_extra = lambda *args, **kws: made.append(args) or compile_extra(*args, **kws)
leave = os._exit
def say(code):
    sys.stderr.write(f"compiled {len(made)}")
    sys.stderr.flush()
    leave(code)
os._exit = say
from dedup.cli import main
sys.argv = ["dedup", "scan", "seeds", "--exit-zero", "-q"]
main()
"""


def test_a_second_scan_compiles_nothing():
    root = __file__.split("/tests/")[0]
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", COUNTED], cwd=root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert done.stderr.endswith("compiled 0"), done.stderr
