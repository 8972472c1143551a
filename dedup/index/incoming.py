"""Documents on their way into an index, some at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dedup.columns import encode, unpack
from dedup.model import Batch

BATCH, BATCH_BYTES = 8000, 24 << 20
"""Documents, and bytes of text, that are added in one transaction."""


@dataclass(slots=True)
class Part:
    """Some documents that are added together: parallel lists."""

    ids: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    dates: list[int] = field(default_factory=list)
    """Seconds since 1970, `UNKNOWN_DATE` where not known."""
    texts: list[bytes] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)
    """Inputs that they came from, empty where not known."""

    def __len__(self) -> int:
        return len(self.ids)


def storable(name: str) -> str:
    """A name as it can be stored everywhere: PostgreSQL and SQLite's JSON know no NUL."""
    return name.replace("\0", "\ufffd")


def part_of(batch: Batch) -> Part:
    """All documents of a batch."""
    texts = unpack(batch.packed) if batch.packed else [encode(text) for text in batch.texts]
    if batch.release:
        batch.release()
    origins = list(map(storable, batch.origins)) or [""] * len(texts)
    return Part(list(map(storable, batch.ids)), list(map(storable, batch.sources)), batch.dates, texts, origins)


def parts(batches: Iterable[Batch], *, distinct: bool = True) -> Iterator[Part]:
    """Documents in parts of a bounded size, with `distinct` of different ids each."""
    part, size = Part(), 0
    names: set[str] = set()
    for batch in batches:
        taken = part_of(batch)
        rows = zip(taken.ids, taken.sources, taken.dates, taken.texts, taken.origins, strict=True)
        del batch, taken  # what is yielded below is worked on for long
        for name, source, date, text, origin in rows:
            full = len(part) >= BATCH or size + len(text) > BATCH_BYTES or (distinct and name in names)
            if full and len(part):
                yield part
                part, size, names = Part(), 0, set()
            part.ids.append(name)
            part.sources.append(source)
            part.dates.append(date)
            part.texts.append(text)
            part.origins.append(origin)
            size += len(text)
            names.add(name)
    if len(part):
        yield part
