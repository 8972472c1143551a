"""Bounds of processor time, as a ratio to a fixed piece of work on the same machine in the same moment.

They are there for work that would grow with the square of its input, and would take many times the bound. How fast the
machine is, and what else it does, is no matter: both sides are processor time of this process.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

STEPS = 500_000


def _seconds_of_a_loop() -> float:
    """Processor time of `STEPS` steps of a loop in Python: 0.04 s where the bounds were chosen."""
    begun, total = time.process_time(), 0
    for step in range(STEPS):
        total += step
    return time.process_time() - begun


@contextmanager
def costs_at_most(loops: float) -> Iterator[None]:
    """What is done within takes at most the processor time of so many loops of `STEPS` steps.

    The loop is timed before and after, and the slower counts, as a machine may get slower on the way.

    Raises:
        AssertionError: it took more.
    """
    before = _seconds_of_a_loop()
    begun = time.process_time()
    yield
    took = time.process_time() - begun
    loop = max(before, _seconds_of_a_loop())
    assert took <= loops * loop, f"{took:.2f} s of the processor, {took / loop:.0f} loops: the bound is {loops:.0f}"
