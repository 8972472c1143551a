"""Reading in another process."""

import os
import sys
import threading
import time

import pytest

from dedup.columns import pack
from dedup.errors import ConfigError, InputError
from dedup.model import Batch
from dedup.read.prefetch import ReaderProcess, _Ring, possible

pytestmark = pytest.mark.skipif(not possible(), reason="needs Linux and two processors")


def batches(count, size=1_000):
    for number in range(count):
        texts = [f"batch {number} text {n} é " * (size // 20) for n in range(3)]
        yield Batch(texts, [f"{number}-{n}" for n in range(3)], [0] * 3, [1, 2, 3], [7] * 3, ["s"] * 3, [-1] * 3)


def ahead(produce, room=1 << 20, state=lambda: "end"):
    restored, progress = [], []
    reading = ReaderProcess(
        produce, room, state=state, restore=restored.append, progress=lambda: 42, on_progress=progress.append
    )  # fmt: skip
    return reading, restored, progress


@pytest.mark.parametrize("room", [0, 5_000, 20_000, 1 << 20])
def test_what_comes_is_what_was_read(room):
    """No shared memory, too little for two batches, enough for some, enough for all."""
    reading, restored, progress = ahead(lambda: batches(40), room)
    seen = []
    for batch in reading.batches():
        assert batch.packed is not None
        seen.append((batch.ids, batch.lines, batch.sources, bytes(batch.packed.buffer), batch.packed.sizes))
        if batch.release:
            batch.release()
    expected = [(b.ids, b.lines, b.sources, p.buffer, p.sizes) for b in batches(40) for p in [pack(b.texts)]]
    assert seen == expected
    assert restored == ["end"]
    assert progress == [42] * 40


def test_memory_is_not_written_again_before_it_is_released():
    reading, _, _ = ahead(lambda: batches(40), 20_000)
    held = []
    for batch in reading.batches():
        held.append((batch, bytes(batch.packed.buffer)))
        if len(held) == 4:  # as many as fit, released out of order
            for number in (2, 0, 3, 1):
                old, text = held[number]
                assert bytes(old.packed.buffer) == text
                old.release()
            held.clear()


def test_what_is_in_use_at_the_end_stays_readable():
    reading, _, _ = ahead(lambda: batches(3))
    kept = list(reading.batches())
    assert b"batch 2" in bytes(kept[2].packed.buffer)
    for batch in kept:
        batch.release()


def test_an_error_in_the_child_is_raised_here():
    def fails():
        yield from batches(1)
        raise ConfigError("said in the child")

    reading, restored, _ = ahead(fails)
    with pytest.raises(ConfigError, match="said in the child"):
        list(reading.batches())
    assert restored == []


def test_an_error_that_cannot_be_sent_is_named():
    class OddError(Exception):
        pass

    def fails():
        raise OddError("odd")
        yield

    reading, _, _ = ahead(fails)
    with pytest.raises(InputError, match="OddError: odd"):
        list(reading.batches())


def test_a_child_that_dies_is_an_error_not_an_end():
    def dies():
        yield from batches(1)
        os._exit(3)

    reading, restored, _ = ahead(dies)
    with pytest.raises(InputError, match="has died"):
        for batch in reading.batches():
            batch.release()
    assert restored == []


def test_leaving_early_ends_the_child():
    reading, _, _ = ahead(lambda: batches(100_000), 20_000)
    iterator = reading.batches()
    next(iterator)
    iterator.close()
    with pytest.raises(ProcessLookupError):
        os.kill(reading._child, 0)


def test_the_ring_never_overlaps_what_is_taken(tmp_path):
    shared = os.open(tmp_path / "ring", os.O_RDWR | os.O_CREAT)
    read_end, write_end = os.pipe()
    ring = _Ring(shared, 64 << 10, read_end)
    taken = {}
    for number in range(200):
        size = 1 + number * 7919 % 30_000
        if number % 3 == 0 or len(taken) > 1:
            for old in list(taken):
                os.write(write_end, old.to_bytes(8, "little"))
            taken.clear()
        place = ring.put(bytes([number % 251]) * size)
        assert place is not None and place % 4096 == 0 and place + size <= 64 << 10
        for begin, end in taken.values():
            assert place + size <= begin or place >= end
        taken[number] = (place, place + size)
    assert ring.put(b"x" * (65 << 10)) is None
    for descriptor in (shared, read_end, write_end):
        os.close(descriptor)


def test_a_ring_that_is_full_waits():
    shared = os.memfd_create("ring")
    read_end, write_end = os.pipe()
    ring = _Ring(shared, 8192, read_end)
    assert ring.put(b"a" * 8192) == 0
    threading.Thread(target=lambda: (time.sleep(0.05), os.write(write_end, (0).to_bytes(8, "little")))).start()
    assert ring.put(b"b" * 100) == 0
    assert os.pread(shared, 1, 0) == b"b"
    os.close(write_end)
    ring.put(b"c" * 100)
    with pytest.raises(BrokenPipeError):
        ring.put(b"d" * 8000)
    os.close(shared)
    os.close(read_end)
    assert sys.platform == "linux"
