"""Several processes at one index, and what remains when one of them dies or the disk is full."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

from dedup import Document
from dedup.errors import IndexFileError
from dedup.index.index import Index
from tests.index import worker
from tests.index.indexes import (
    add,
    ask,
    assert_consistent,
    assert_like_scan,
    clusters_of_index,
    doc,
    edges_of_index,
    edited,
    ids,
    newsroom,
    prose,
)  # fmt: skip

KILLS = int(os.environ.get("DEDUP_KILLS", "20"))
"""Processes that are killed in the middle of their work, on each database."""
SOON = 20
"""Seconds in which what does not wait is done, however busy the machine is."""


def corpus(count: int = 48) -> list[Document]:
    """Documents with copies among them."""
    made = [doc(f"p{n}", edited(prose(n // 3, 150), 0.02 * (n % 3), n), n % 5) for n in range(count - len(newsroom()))]
    return [*newsroom(), *made]


def finish(process, seconds: float = 120) -> None:
    process.join(seconds)
    assert process.exitcode == 0


def test_two_writers_end_with_the_union(place):
    documents = corpus()
    random.Random(3).shuffle(documents)
    Index.open(place).close()
    # both bring the middle third
    parts = documents[:32], documents[16:][::-1]
    for process in [worker.start(worker.add_in_parts, place, part, 3) for part in parts]:
        finish(process)
    with Index.open(place) as index:
        assert_consistent(index)
        assert_like_scan(index, documents)


def test_an_open_index_sees_what_others_did(place):
    documents = corpus()
    with Index.open(place) as one, Index.open(place) as two:
        for first in range(0, len(documents), 6):
            add(one if first % 12 else two, *documents[first : first + 6])
        for index in (one, two):
            assert_like_scan(index, documents)
        one.remove([each.id for each in documents[:10]])
        assert_consistent(two)
        assert_like_scan(two, documents[10:])
        two.rebuild()
        assert_consistent(one)
        add(one, *documents[:10])
        assert_like_scan(two, documents)


def test_many_processes_make_one_index(places):
    for _ in range(3):
        place, answers = places(), worker.CONTEXT.Queue()
        moment = time.time() + 0.3
        processes = [worker.start(worker.open_at, place, moment, answers) for _ in range(4)]
        assert [answers.get(timeout=60) for _ in processes] == ["fine"] * 4
        for process in processes:
            finish(process)
        with Index.open(place) as index:
            assert_consistent(index)
            assert_like_scan(index, newsroom()[:2])


def test_a_reader_keeps_its_state_and_waits_for_nobody(place):
    documents = corpus()
    with Index.open(place) as writer:
        add(writer, *documents[:20])
        with Index.open(place) as reader, reader.transaction():
            before = edges_of_index(reader), clusters_of_index(reader), ask(reader, *documents)
            begin = time.monotonic()
            add(writer, *documents[20:])
            writer.remove(["report"])
            assert time.monotonic() - begin < SOON
            assert (edges_of_index(reader), clusters_of_index(reader), ask(reader, *documents)) == before
            assert len(ids(reader)) == 20
        with Index.open(place) as reader:
            assert len(ids(reader)) == len(documents) - 1


def test_nobody_sees_what_is_not_committed(place):
    documents = corpus()
    with Index.open(place) as writer:
        add(writer, *documents[:20])
        with Index.open(place) as old, writer.transaction(write=True):
            add(writer, *documents[20:])
            begin = time.monotonic()
            with Index.open(place, create=False) as reader:
                for index in (reader, old):
                    assert len(ids(index)) == 20
                    assert_consistent(index)
                    assert ask(index, documents[0])[0].known and not ask(index, documents[-1])[0].known
            assert time.monotonic() - begin < SOON
        assert len(ids(writer)) == len(documents)


def test_batches_appear_whole(place):
    documents = corpus()
    Index.open(place).close()
    process = worker.start(worker.add_in_parts, place, documents, 8)
    counts = set()
    with Index.open(place) as index:
        while process.is_alive():
            with index.transaction():
                counts.add(len(ids(index)))
                (bodies,) = index.database.query("SELECT count(*) FROM bodies")[0]
                assert bodies == len(ids(index))
                ask(index, documents[0])
        finish(process)
        assert_like_scan(index, documents)
    assert counts <= {*range(0, len(documents), 8), len(documents)}


def test_a_writer_that_waits_too_long_is_told(place):
    with Index.open(place) as one, Index.open(place, wait=0.3) as two:
        with one.transaction(write=True):
            add(one, doc("a", prose(1)))
            begin = time.monotonic()
            with pytest.raises(IndexFileError, match="in use by another process"):
                add(two, doc("b", prose(2)))
            assert 0.2 < time.monotonic() - begin < SOON
            assert ids(two) == set()
        assert add(two, doc("b", prose(2))).new == 1
        assert_consistent(two)


def test_a_writer_that_waits_long_enough_goes_on(place):
    with Index.open(place) as one, Index.open(place, wait=60) as two:
        begun = threading.Event()

        def late() -> None:
            begun.set()
            add(two, doc("b", prose(2)))

        thread = threading.Thread(target=late)
        with one.transaction(write=True):
            add(one, doc("a", prose(1)))
            thread.start()
            begun.wait()
            time.sleep(0.2)
            assert thread.is_alive()
        thread.join(60)
        assert ids(one) == {"a", "b"}
        assert_consistent(two)


def test_killed_in_the_middle_nothing_is_half_done(place):
    documents = corpus()
    draw = random.Random(7)
    states = set()
    with Index.open(place) as index:
        add(index, *documents[:5])
    for _ in range(KILLS):
        done = worker.CONTEXT.Semaphore(0)
        process = worker.start(worker.churn, place, documents, random.Random(draw.random()), done)
        for _ in range(draw.randint(1, 5)):
            assert done.acquire(timeout=60)
        time.sleep(draw.uniform(0.0, 0.3))
        process.kill()
        process.join(60)
        with Index.open(place) as index:
            assert index.check() == []
            assert_consistent(index)
            states.add(frozenset(ids(index)))
    assert len(states) > min(KILLS, 100) // 4  # killed at different moments
    with Index.open(place) as index:
        add(index, *documents)
        assert_consistent(index)
        assert_like_scan(index, documents)


@pytest.fixture
def small_disk():
    """A disk of a few megabytes."""
    folder = Path(tempfile.mkdtemp(prefix="dedup-disk-"))
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", folder], capture_output=True, check=False)
    if done.returncode:
        folder.rmdir()
        pytest.skip("no right to mount a disk (the limit on file sizes is tested instead)")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
    folder.rmdir()


def until_full(index: Index, documents: list[Document]) -> str:
    for first in range(0, len(documents), 20):
        try:
            add(index, *documents[first : first + 20])
        except IndexFileError as error:
            return str(error)
    raise AssertionError("there was room for everything")


def test_a_full_disk(small_disk):
    if not shutil.which("mount"):
        pytest.skip("no mount")
    documents = corpus(900)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(1 << 20))
    file = small_disk / "index.sqlite"
    with Index.open(file) as index:
        said = until_full(index, documents)
        assert str(file) in said and "cannot be written" in said
        # what can be read is read, with the same connection
        held = ids(index)
        assert len(held) % 20 == 0 and held == {each.id for each in documents[: len(held)]}
        assert_consistent(index)
        with pytest.raises(IndexFileError, match="cannot be written"):
            until_full(index, documents)
            raise IndexFileError("cannot be written")
        ballast.unlink()
        more = documents[: len(held) + 40]
        add(index, *more)
        assert_consistent(index)
        assert_like_scan(index, more)
    with Index.open(file) as index:
        assert_consistent(index)


def test_a_file_that_may_not_grow(file):
    documents, answers = corpus(400), worker.CONTEXT.Queue()
    process = worker.start(worker.add_with_limit, str(file), documents, 20, 1 << 20, answers)
    said = answers.get(timeout=60)
    finish(process)
    assert str(file) in said and "cannot be written" in said
    with Index.open(file) as index:
        held = ids(index)
        assert held == {each.id for each in documents[: len(held)]} and len(held) < len(documents)
        assert_consistent(index)
        add(index, *documents)
        assert_consistent(index)
        assert_like_scan(index, documents)
