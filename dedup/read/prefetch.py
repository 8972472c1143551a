"""Reads in another process, ahead of the rest: parsing does not wait for numba to load, nor compete for the GIL.

The child is forked before anything heavy is loaded. It packs the texts of each batch (`columns`) into memory that
both processes share, and tells the parent over a pipe where; the parent's kernels read them in place and give the
memory back, which the child then writes again. What the reader knows at the end (rejects, notes, the state of its
files) comes last. A child that dies without a word is an InputError; Ctrl-C and the death of the parent end it.
"""

from __future__ import annotations

import gc
import mmap
import os
import pickle
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from dedup.columns import pack
from dedup.errors import InputError
from dedup.model import Batch, Packed
from dedup.runtime import pipes

_HEADER = struct.Struct("<cqqq")
"""Kind of message, bytes of its data, bytes of its texts, and their place in the shared memory."""
_RELEASE = struct.Struct("<q")
"""The number of a batch whose memory is free again."""
_SHARED, _PIPED, _END, _FAILED = b"s", b"p", b"e", b"f"
_PIPE_BYTES = 1 << 20


def possible() -> bool:
    """Whether memory can be shared this way here, and another processor is there to use it."""
    return sys.platform == "linux" and hasattr(os, "memfd_create") and (os.cpu_count() or 1) > 1


class ReaderProcess:
    """Batches of `produce()`, which runs in a child process from now on.

    `state()` is asked in the child when all is read, and `restore` called in the parent with its answer; so are
    `progress` and `on_progress` with each batch. `room` is the size of the shared memory in bytes; a batch that is
    larger comes through the pipe.
    """

    def __init__(
        self,
        produce: Callable[[], Iterator[Batch]],
        room: int,
        *,
        state: Callable[[], Any],
        restore: Callable[[Any], None],
        progress: Callable[[], int],
        on_progress: Callable[[int], None],
    ) -> None:
        self._restore, self._on_progress = restore, on_progress
        self._lock, self._ended = threading.Lock(), False
        self._shared = os.memfd_create("dedup")
        self._read_end, write_end = os.pipe()
        released, self._release_end = os.pipe()
        # The child must not flush what the parent has in its buffers.
        sys.stdout.flush()
        sys.stderr.flush()
        self._child = os.fork()
        if self._child == 0:
            os.close(self._read_end)
            os.close(self._release_end)
            _Child(_Ring(self._shared, room, released), write_end, progress).run(produce, state)
        os.close(write_end)
        os.close(released)

    def batches(self) -> Iterator[Batch]:
        """The batches, packed, in order. Raises what the child raised, and InputError if it died."""
        number = 0
        try:
            while True:
                kind, size, text_size, place = _HEADER.unpack(self._receive(_HEADER.size))
                data = self._receive(size)
                if kind == _SHARED:
                    batch = self._batch(data, self._map(place, text_size))
                    batch.release = partial(self._release, number)
                    number += 1
                    yield batch
                    continue
                if kind == _PIPED:
                    yield self._batch(data, self._receive(text_size))
                elif kind == _FAILED:
                    raise pickle.loads(data)  # noqa: S301 - our own child's
                else:
                    self._restore(pickle.loads(data))  # noqa: S301 - our own child's
                    return
        finally:
            self._end()

    def _map(self, place: int, size: int) -> memoryview:
        """Texts in the shared memory. All pages at once: one by one they would cost a fault each."""
        flags = mmap.MAP_SHARED | mmap.MAP_POPULATE
        return memoryview(mmap.mmap(self._shared, size, flags, mmap.PROT_READ, offset=place))

    def _release(self, number: int) -> None:
        with self._lock:
            if not self._ended:
                with suppress(BrokenPipeError):  # the child has read everything and gone
                    os.write(self._release_end, _RELEASE.pack(number))

    def _batch(self, data: memoryview, texts: memoryview) -> Batch:
        done, sizes, columns = pickle.loads(data)  # noqa: S301 - our own child's
        self._on_progress(done)
        batch = Batch([], *columns)
        batch.packed = Packed(texts, sizes)
        return batch

    def _receive(self, size: int) -> memoryview:
        data = pipes.receive(self._read_end, size)
        if data is None:
            raise InputError("the process that reads the input has died (out of memory?)")
        return data

    def _end(self) -> None:
        os.close(self._read_end)
        os.close(self._shared)
        with self._lock:
            self._ended = True
            os.close(self._release_end)
        pipes.end(self._child)


class _Ring:
    """The shared memory as the child sees it: batches one after the other, round and round."""

    def __init__(self, shared: int, size: int, released: int) -> None:
        self._shared, self._size, self._released = shared, size, released
        self._taken: deque[tuple[int, int, int]] = deque()
        """(number, begin, end) of what is not free, oldest first."""
        self._free: set[int] = set()
        """Numbers released before older ones were."""
        self._next = 0

    def put(self, data: bytes | memoryview) -> int | None:
        """Write `data` where it is free, waiting for that; returns its place, None if it never can fit."""
        if len(data) > self._size:
            return None
        while (place := self._place(len(data))) is None:
            self._wait()
        self._taken.append((self._next, place, place + len(data)))
        self._next += 1
        view, at = memoryview(data), place
        while view:
            count = os.pwrite(self._shared, view, at)
            view, at = view[count:], at + count
        return place

    def _place(self, size: int) -> int | None:
        """Where `size` bytes are free; a mapping must begin at a page."""
        if not self._taken:
            return 0
        oldest, newest = self._taken[0][1], -(-self._taken[-1][2] // mmap.PAGESIZE) * mmap.PAGESIZE
        if self._taken[-1][1] >= oldest:
            if newest + size <= self._size:
                return newest
            return 0 if size <= oldest else None
        return newest if newest + size <= oldest else None

    def _wait(self) -> None:
        numbers = os.read(self._released, _RELEASE.size * 512)
        if not numbers:
            raise BrokenPipeError  # the parent has gone
        self._free.update(number for (number,) in _RELEASE.iter_unpack(numbers))
        while self._taken and self._taken[0][0] in self._free:
            self._free.remove(self._taken.popleft()[0])


class _Child:
    """What goes on in the forked process."""

    def __init__(self, ring: _Ring, pipe: int, progress: Callable[[], int]) -> None:
        self._ring, self._pipe, self._progress = ring, pipe, progress

    def run(self, produce: Callable[[], Iterator[Batch]], state: Callable[[], Any]) -> None:
        """Read everything; never returns."""
        gc.disable()  # it makes no cycles, and dies soon
        try:
            _enlarge(self._pipe)
            self._progress()  # from now on the bar on the screen is the parent's, also before the first batch
            for batch in produce():
                self._hand_over(batch)
            self._send(_END, pickle.dumps(state(), 5))
        except (KeyboardInterrupt, BrokenPipeError):
            pass
        except BaseException as error:
            self._send(_FAILED, _dump(error))
        finally:
            os._exit(0)

    def _hand_over(self, batch: Batch) -> None:
        packed = pack(batch.texts)
        columns = (
            batch.ids, batch.files, batch.lines, batch.dates, batch.sources, batch.places, batch.origins,
            batch.values,
        )  # fmt: skip
        data = pickle.dumps((self._progress(), packed.sizes, columns), 5)
        place = self._ring.put(packed.buffer)
        if place is None:
            self._send(_PIPED, data, packed.buffer)
        else:
            pipes.send(self._pipe, _HEADER.pack(_SHARED, len(data), len(packed.buffer), place) + data)

    def _send(self, kind: bytes, data: bytes, texts: bytes | memoryview = b"") -> None:
        for part in (_HEADER.pack(kind, len(data), len(texts), 0), data, texts):
            pipes.send(self._pipe, part)


def _enlarge(pipe: int) -> None:
    """A wider pipe, where that is possible: fewer switches between the two processes."""
    try:
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    except (ImportError, AttributeError, OSError):
        pass


def _dump(error: BaseException) -> bytes:
    """The error for the parent; as an InputError where it cannot be pickled."""
    try:
        return pickle.dumps(error, 5)
    except Exception:
        return pickle.dumps(InputError(f"{type(error).__name__}: {error}"), 5)
