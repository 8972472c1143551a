"""What each document is by its own text: facts, keys by which others are found, and how it is worded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from dedup.candidates.postings import KINDS
from dedup.engines.plan import Plan

SKETCHED = (
    "digest bigint, words int, size bigint, flags tinyint, marks string, keys binary, score double, mangled boolean, "
    "flag string"
)
"""`keys`: how many distinct ones there are of each kind, how many are held (repeats included), then all of them, kind
after kind; little-endian uint32."""
HEAD = 2 * len(KINDS)
_LOW = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class MakeSketches:
    """What a reader makes of its batches (`inputs.TAKEN`), with `SKETCHED` beside it: one pass over the texts."""

    reader: Callable[[Iterable[Any]], Iterator[Any]]
    plan: Plan

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Of batches of pyarrow, as the reader takes them."""
        for batch in self.reader(batches):
            if batch.num_rows:
                yield self._sketched(batch)

    def _sketched(self, batch: Any) -> Any:
        import pyarrow as pa

        from dedup.columns import pack_bytes
        from dedup.engines.fingerprinting import fingerprint_packed
        from dedup.engines.tables import strings

        count = batch.num_rows
        buffer, starts, sizes = strings(batch.column("text"))
        view = memoryview(buffer)
        texts = [bytes(view[a : a + b]) for a, b in zip(starts.tolist(), sizes.tolist(), strict=True)]
        found = fingerprint_packed(pack_bytes(texts), 0, self.plan)
        marks = [orjson.dumps(found.marks[at]).decode() if at in found.marks else None for at in range(count)]
        columns = {
            "digest": pa.array(found.digest.view(np.int64)), "words": pa.array(found.words),
            "size": pa.array(found.sizes), "flags": pa.array(found.flags.astype(np.int8)),
            "marks": pa.array(marks, pa.string()),
            "keys": pa.array(packed_keys(found.keys, found.held), pa.binary()), **self._worded(batch),
        }  # fmt: skip
        return pa.RecordBatch.from_arrays([*batch.columns, *columns.values()], names=[*batch.schema.names, *columns])

    def _worded(self, batch: Any) -> dict[str, Any]:
        """Columns of the wording; of exact copies they are taken from the one that stands for them, later."""
        import pyarrow as pa

        count = batch.num_rows
        if not self.plan.config.find.phrasing:
            return {
                "score": pa.array(np.full(count, np.nan)), "mangled": pa.array(np.zeros(count, bool)),
                "flag": pa.nulls(count, pa.string()),
            }  # fmt: skip
        from dedup.engines.wording import phrase

        found = phrase(
            batch.rename_columns(["row" if name == "place" else name for name in batch.schema.names]), self.plan
        )
        return {name: found.column(name) for name in ("score", "mangled", "flag")}


def packed_keys(keys: tuple[NDArray[np.uint64], ...], held: NDArray[np.int32]) -> list[bytes]:
    """The column `keys` of n documents: `keys` are key << 32 | place of each kind, `held` is (kinds, n)."""
    from dedup.candidates import lsh

    count = held.shape[1]
    sizes, parts = np.zeros((len(KINDS), count), np.int64), []
    for kind, found in enumerate(keys):
        turned = lsh.distinct(found << np.uint64(32) | found >> np.uint64(32))
        owners = (turned >> np.uint64(32)).astype(np.int64)
        sizes[kind] = np.bincount(owners, minlength=count)
        parts.append((owners, (turned & _LOW).astype("<u4")))
    owners, values = (np.concatenate(column) for column in zip(*parts, strict=True))
    values = values[np.argsort(owners, kind="stable")]
    heads = np.concatenate((sizes, held)).astype("<u4").T.copy()
    ends = np.cumsum(sizes.sum(axis=0))
    begins = ends - sizes.sum(axis=0)
    return [
        heads[at].tobytes() + values[first:end].tobytes()
        for at, (first, end) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True))
    ]


def unpacked_keys(column: Any, rows: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.uint64], NDArray[np.uint16]]]:
    """Of each kind the postings (key << 32 | row) of documents with rows `rows` (n,), and how many keys their documents
    hold, both in the order of the column.
    """
    data, starts = _uint32s(column)
    heads = data[starts[:, None] + np.arange(HEAD)].astype(np.int64)
    begins = starts + HEAD
    for kind in range(len(KINDS)):
        sizes = heads[:, kind]
        ends = np.cumsum(sizes)
        places = np.arange(int(sizes.sum())) + np.repeat(begins - ends + sizes, sizes)
        owners = np.repeat(np.arange(len(rows)), sizes)
        entries = data[places].astype(np.uint64) << np.uint64(32) | rows[owners].astype(np.uint64)
        yield kind, entries, np.minimum(heads[:, len(KINDS) + kind], 65535).astype(np.uint16)[owners]
        begins = begins + sizes


def _uint32s(column: Any) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """All numbers of a column of binaries, and where those of each begin."""
    from dedup.engines.tables import strings

    buffer, starts, sizes = strings(column)
    begin = int(starts[0]) if len(starts) else 0
    end = int(starts[-1] + sizes[-1]) if len(starts) else 0
    data = np.frombuffer(buffer, np.uint8)[begin:end].view("<u4") if end > begin else np.zeros(0, "<u4")
    return data, (starts - begin) // 4
