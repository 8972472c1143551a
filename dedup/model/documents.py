"""What goes in: documents one by one, in batches on their way, and in columns."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from dedup.model.shown import plural

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


UNKNOWN_DATE = (1 << 63) - 1
"""Value of `Corpus.dates` where no date is known: it sorts after every known one."""


@dataclass(frozen=True, slots=True)
class Document:
    """One text. Only `text` is needed; the rest is what the input says of it."""

    text: str
    id: str | None = None
    date: str | float | None = None
    """ISO 8601, RFC 2822 or seconds since 1970."""
    source: str | None = None
    """Who published it."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that could not be taken in. `line` counts from 1; None where the format has no lines."""

    source: str
    line: int | None
    reason: str
    record: str | None = None
    """The record as it stood in the input, where there was one; bounded in length."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that was read, and what to know it again by."""

    name: str
    """As documents and messages call it."""
    path: str
    """As it was opened: from the folder that the command was run in, if it is no absolute path."""
    size: int
    mtime_ns: int
    inode: int
    whole: bool
    """It is one document, and nothing else is in it."""
    against: bool = False
    """It was only compared with."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Many texts in one padded buffer, see `columns`."""

    buffer: bytes | memoryview
    sizes: list[int]
    """Bytes of each text."""


@dataclass(slots=True)
class Batch:
    """Some documents on their way from a reader to the fingerprints: parallel lists, all of one length."""

    texts: list[str] = field(default_factory=list)
    """Empty where `packed` holds the texts."""
    ids: list[str] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    """Index into the reader's list of file names."""
    lines: list[int] = field(default_factory=list)
    """Line (or record) number from 1; 0 where the file is the document."""
    dates: list[int] = field(default_factory=list)
    """Seconds since 1970 UTC, `UNKNOWN_DATE` where not known."""
    sources: list[str] = field(default_factory=list)
    """Publisher; empty where not known."""
    places: list[int] = field(default_factory=list)
    """Where the reader can find the text again (see `read.locate`), -1 where it cannot."""
    origins: list[str] = field(default_factory=list)
    """Name of the input that each came from, where an index is to know it; else empty."""
    values: list[int | float | str | None] = field(default_factory=list)
    """Of the field by which it is chosen who stands; empty where no field is."""
    packed: Packed | None = None
    release: Callable[[], None] | None = None
    """To be called when `packed.buffer` is no longer used: its memory will be written again."""

    def __len__(self) -> int:
        return len(self.packed.sizes) if self.packed else len(self.texts)


class Strings:
    """A column of strings kept as UTF-8 in a few large buffers: no Python object a row."""

    __slots__ = ("_buffers", "_ends", "_starts", "overrides")

    def __init__(self) -> None:
        self._buffers: list[bytes] = []
        self._starts: list[int] = [0]
        self._ends: list[NDArray[np.int64]] = []
        self.overrides: dict[int, str] = {}

    def extend(self, values: Sequence[str]) -> None:
        """Append `values`, which hold no lone surrogates."""
        import numpy as np  # here, so that what reads input is loaded without it

        parts = [value.encode() for value in values] if any(values) else [b""] * len(values)
        self._buffers.append(b"".join(parts))
        self._ends.append(np.cumsum([len(part) for part in parts], dtype=np.int64))
        self._starts.append(self._starts[-1] + len(parts))

    def __len__(self) -> int:
        return self._starts[-1]

    def _chunk(self, number: int) -> list[str]:
        buffer, ends = self._buffers[number], self._ends[number].tolist()
        return [buffer[a:b].decode() for a, b in zip([0, *ends[:-1]], ends, strict=True)] if ends else []

    def __getitem__(self, row: int) -> str:
        if row in self.overrides:
            return self.overrides[row]
        if not 0 <= row < len(self):
            raise IndexError(row)
        number = bisect_right(self._starts, row) - 1
        at = row - self._starts[number]
        ends = self._ends[number]
        begin = int(ends[at - 1]) if at else 0
        return self._buffers[number][begin : int(ends[at])].decode()

    def __iter__(self) -> Iterator[str]:
        row = 0
        for number in range(len(self._buffers)):
            for value in self._chunk(number):
                yield self.overrides.get(row, value) if self.overrides else value
                row += 1


class TextStore(Protocol):
    """Where texts are kept, in memory or in a temporary file."""

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Bytes of each text, (n,)."""
        ...

    def read(self, row: int) -> bytes:
        """The text of one row as UTF-8."""
        ...


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is known of all documents of a scan, in input order."""

    ids: Strings
    sources: Strings
    """Publishers; empty where the input names none."""
    file_names: tuple[str, ...]
    files: NDArray[np.int32]
    lines: NDArray[np.int64]
    dates: NDArray[np.int64]
    words: NDArray[np.int32]
    texts: TextStore
    digests: NDArray[np.uint64] | None = None
    """Hashes of the word sequences; None where nobody made them."""

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        return f"Corpus({len(self):,} {plural('document', len(self))})"

    def text(self, row: int) -> str:
        """The text as it was read."""
        return self.texts.read(row).decode()

    def source(self, row: int) -> str:
        """The publisher where known, else the file."""
        return self.sources[row] or self.file_names[self.files[row]]
