"""Reads in another process, ahead of the rest: parsing does not wait for numba to load, nor compete for the GIL.

The child is forked before anything heavy is imported. It packs the texts of each batch (`text.packing`) and puts them
into memory that both processes share, where they stay for good: the parent's kernels read them in place. When that
memory is full, batches come through the pipe instead. What the reader knows at the end (rejects, notes, the state of
its files) comes last. A child that dies without a word is an InputError; Ctrl-C and the death of the parent end it.
"""

from __future__ import annotations

import gc
import mmap
import os
import pickle
import signal
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from dedup.errors import InputError
from dedup.model import Batch, Packed
from dedup.text.packing import pack

_HEADER = struct.Struct("<cqqq")
"""Kind of message, bytes of its data, bytes of its texts, and their place in the shared memory."""
_SHARED, _PIPED, _END, _FAILED = b"s", b"p", b"e", b"f"
_PIPE_BYTES = 1 << 20


def possible() -> bool:
    """Whether memory can be shared this way here, and another processor is there to use it."""
    return sys.platform == "linux" and hasattr(os, "memfd_create") and (os.cpu_count() or 1) > 1


class Ahead:
    """Batches of `produce()`, which runs in a child process from now on.

    `state()` is asked in the child when all is read, and `restore` called in the parent with its answer; so are
    `progress` and `on_progress` with each batch. `room` is the size of the shared memory in bytes.
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
        self._shared = os.memfd_create("dedup")
        self._read_end, write_end = os.pipe()
        # The child must not flush what the parent has in its buffers.
        sys.stdout.flush()
        sys.stderr.flush()
        self._child = os.fork()
        if self._child == 0:
            os.close(self._read_end)
            _Child(self._shared, room, write_end, progress).run(produce, state)
        os.close(write_end)

    def batches(self) -> Iterator[Batch]:
        """The batches, packed, in order. Raises what the child raised, and InputError if it died."""
        try:
            while True:
                kind, size, text_size, place = _HEADER.unpack(self._receive(_HEADER.size))
                data = self._receive(size)
                if kind == _SHARED:
                    yield self._batch(data, self._map(place, text_size))
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

    def _batch(self, data: memoryview, texts: memoryview) -> Batch:
        done, sizes, columns = pickle.loads(data)  # noqa: S301 - our own child's
        self._on_progress(done)
        return Batch([], *columns, Packed(texts, sizes))

    def _receive(self, size: int) -> memoryview:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            count = os.readv(self._read_end, [view])
            if not count:
                raise InputError("the process that reads the input has died (out of memory?)")
            view = view[count:]
        return memoryview(data).toreadonly()

    def _end(self) -> None:
        os.close(self._read_end)
        os.close(self._shared)
        with suppress(ProcessLookupError):
            os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)


class _Child:
    """What goes on in the forked process."""

    def __init__(self, shared: int, room: int, pipe: int, progress: Callable[[], int]) -> None:
        self._shared, self._room, self._pipe, self._progress = shared, room, pipe, progress
        self._used = 0

    def run(self, produce: Callable[[], Iterator[Batch]], state: Callable[[], Any]) -> None:
        """Read everything; never returns."""
        gc.disable()  # it makes no cycles, and dies soon
        try:
            _enlarge(self._pipe)
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
        columns = (batch.ids, batch.files, batch.lines, batch.dates, batch.sources)
        data = pickle.dumps((self._progress(), packed.sizes, columns), 5)
        end = self._used + len(packed.buffer)
        if end > self._room:
            self._send(_PIPED, data, packed.buffer)
            return
        view, place = memoryview(packed.buffer), self._used
        while view:
            count = os.pwrite(self._shared, view, place)
            view, place = view[count:], place + count
        self._write(_HEADER.pack(_SHARED, len(data), len(packed.buffer), self._used) + data)
        self._used = -(-end // mmap.PAGESIZE) * mmap.PAGESIZE  # a mapping begins at a page

    def _send(self, kind: bytes, data: bytes, texts: bytes | memoryview = b"") -> None:
        self._write(_HEADER.pack(kind, len(data), len(texts), 0))
        self._write(data)
        self._write(texts)

    def _write(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._pipe, view) :]


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
