"""Workers that are slow, die, eat memory or talk nonsense: each costs one answer, and the next one is there again."""

from __future__ import annotations

import sys
import time

import pytest

from dedup.runtime.worker import Worker, WorkerDiedError, WorkerSlowError, environment

ODD = """
import os, sys, time
from dedup.runtime import worker
def answer(request):
    if request == b"slow":
        time.sleep(60)
    if request == b"die":
        os._exit(1)
    if request == b"alarm":
        worker.end_after(0.05)
        time.sleep(60)
    if request == b"eat":
        bytearray(1 << 30)
    if request == b"talk":
        print("not an answer", flush=True)
    if request == b"long":
        os.write(answers, worker.LENGTH.pack((1 << 31) - 1))
    return request[::-1]
answers = os.dup(1)
worker.run(answer, 600 << 20)
"""


@pytest.fixture
def odd():
    worker = Worker([sys.executable, "-c", ODD])
    yield worker
    worker.close()


def test_one_process_answers_many(odd):
    assert not odd.started
    assert [odd.ask(b"%d" % number, 30) for number in range(10, 15)] == [b"01", b"11", b"21", b"31", b"41"]
    assert odd.started and odd.ask(b"", 30) == b""
    assert odd.ask(bytes(5_000_000), 30) == bytes(5_000_000)


@pytest.mark.parametrize(
    ("request_", "error"),
    [("slow", WorkerSlowError), ("die", WorkerDiedError), ("alarm", WorkerDiedError), ("eat", WorkerDiedError),
     ("long", WorkerDiedError)],
)  # fmt: skip
def test_a_worker_that_fails_is_replaced(odd, request_, error):
    odd.ask(b"x", 30)
    begin = time.monotonic()
    with pytest.raises(error):
        odd.ask(request_.encode(), 0.3 if request_ == "slow" else 30)
    assert time.monotonic() - begin < 5 and not odd.started
    assert odd.ask(b"ab", 30) == b"ba"


def test_what_is_printed_is_no_answer(odd):
    assert odd.ask(b"talk", 30) == b"klat"


def test_a_worker_that_cannot_be_started():
    with pytest.raises(WorkerDiedError):
        Worker(["/no/such/program"]).ask(b"x", 1)


def test_a_worker_finds_our_modules():
    assert environment()["PYTHONPATH"]
