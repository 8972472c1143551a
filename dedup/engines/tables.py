"""Arrow batches between the stages, and documents of a batch as the stages of a scan want them.

There are no unsigned integers in a batch, for Spark has none: hashes of 64 bits are int64 of the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dedup.errors import MissingExtraError

if TYPE_CHECKING:
    import pyarrow as pa

NORMALISED, SUSPECT, ODD, MARKED, FOLDED = 1, 2, 4, 8, 16
"""Bits of `flags`: was brought to NFKC; may hold scraper marks; has look-alike letters or hidden characters; has
scraper marks; is an exact copy of the one that stands for it (set by who folded it, for `pairs.edges`)."""


def arrow() -> Any:
    """The module pyarrow. Raises MissingExtraError."""
    try:
        import pyarrow
    except ImportError as error:
        raise MissingExtraError("a scan beyond memory", "parquet") from error
    return pyarrow


class Slices:
    """Texts of k documents in one buffer (`model.TextStore`)."""

    def __init__(self, buffer: bytes | memoryview, starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> None:
        self._view, self._starts, self._sizes = memoryview(buffer), starts.tolist(), sizes

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Bytes of each text, (k,)."""
        return self._sizes

    def read(self, row: int) -> bytes:
        """The text of one row as UTF-8."""
        start = self._starts[row]
        return bytes(self._view[start : start + int(self._sizes[row])])


class NoSources:
    """Publishers of k documents of which none is asked for: only what learns from a batch wants them."""

    def __getitem__(self, row: int) -> str:
        return ""


@dataclass(frozen=True)
class Shelf:
    """Documents of one batch (`pipeline.documents.Documents`); their rows here are places in `rows`."""

    rows: NDArray[np.int64]
    """(k,) rows in the corpus, ascending, distinct."""
    texts: Slices
    words: NDArray[np.int32]
    digest: NDArray[np.uint64]
    flags: NDArray[np.uint8]
    dates: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def places(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Places of rows that are here."""
        return np.searchsorted(self.rows, rows).astype(np.int64)

    @cached_property
    def sources(self) -> Any:
        """Nothing is known of them."""
        return NoSources()

    @cached_property
    def suspects(self) -> NDArray[np.bool_]:
        """(k,) whether a document may hold scraper marks."""
        return (self.flags & SUSPECT) > 0

    @cached_property
    def odd(self) -> NDArray[np.bool_]:
        """(k,) whether a document has look-alike letters or hidden characters."""
        return (self.flags & ODD) > 0

    @cached_property
    def marked(self) -> NDArray[np.bool_]:
        """(k,) whether a document has scraper marks."""
        return (self.flags & MARKED) > 0

    @property
    def digests(self) -> list[NDArray[np.uint64]]:
        """Hashes of the word sequences."""
        return [self.digest]

    @cached_property
    def normalised(self) -> frozenset[int]:
        """Places of the texts that were brought to NFKC."""
        return frozenset(np.flatnonzero(self.flags & NORMALISED).tolist())

    @staticmethod
    def of(batch: pa.RecordBatch) -> Shelf:
        """From columns row, text, words, digest, flags and date; a row that comes twice is taken once."""
        rows, first = np.unique(numbers(batch, "row", np.int64), return_index=True)
        buffer, starts, sizes = strings(batch.column(batch.schema.get_field_index("text")))
        return Shelf(
            rows, Slices(buffer, starts[first], sizes[first]), numbers(batch, "words", np.int32)[first],
            numbers(batch, "digest", np.int64)[first].view(np.uint64), numbers(batch, "flags", np.uint8)[first],
            numbers(batch, "date", np.int64)[first],
        )  # fmt: skip


def numbers(batch: pa.RecordBatch, name: str, dtype: Any) -> NDArray[Any]:
    """A column of numbers or truth values without nulls."""
    column = batch.column(batch.schema.get_field_index(name))
    return np.ascontiguousarray(column.to_numpy(zero_copy_only=False)).astype(dtype, copy=False)


def strings(column: Any) -> tuple[bytes | memoryview, NDArray[np.int64], NDArray[np.int64]]:
    """The bytes of a column of strings or binaries, and where each begins and how long it is. Nulls are empty."""
    pa = arrow()
    wide = column.cast(pa.large_binary()) if not pa.types.is_large_binary(column.type) else column
    wide = wide.fill_null(b"") if wide.null_count else wide
    _, offsets, data = wide.buffers()
    ends = np.frombuffer(offsets, np.int64)[wide.offset : wide.offset + len(wide) + 1]
    return memoryview(data) if data is not None else b"", ends[:-1].astype(np.int64), np.diff(ends).astype(np.int64)


def batch_of(columns: Mapping[str, Any], schema: pa.Schema) -> pa.RecordBatch:
    """A batch of columns, given as arrays, lists or Arrow arrays, by the names of `schema`."""
    pa = arrow()
    arrays = []
    for field in schema:
        values = columns[field.name]
        if isinstance(values, np.ndarray) and values.dtype == np.uint64:
            values = values.view(np.int64)
        arrays.append(values if isinstance(values, pa.Array) else pa.array(values, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def schema_of(**types: str) -> pa.Schema:
    """A schema from the names of types."""
    pa = arrow()
    return pa.schema([(name, pa.type_for_alias(kind)) for name, kind in types.items()])


DOCUMENTS = {"row": "int64", "id": "string", "text": "string", "date": "int64", "source": "string", "value": "string"}
FACTS = {
    "row": "int64", "digest": "int64", "words": "int32", "size": "int64", "flags": "int8", "passages": "int32",
    "terms": "int32", "marks": "string",
}  # fmt: skip
KEYS = {"kind": "int8", "key": "int64", "row": "int64", "held": "int32"}
HEADS = {"row": "int64", "head": "int64"}
SLICES = {"block": "int64", "kind": "int8", "numbers": "binary", "held": "binary"}
PAIRS = {"a": "int64", "b": "int64", "alike": "bool", "faint": "bool"}
LOOK_ALIKES = {
    "a": "int64", "b": "int64", "shared": "int32", "size_a": "int32", "size_b": "int32", "code": "int8",
    "same": "bool", "figures": "binary",
}  # fmt: skip
VERDICTS = {**LOOK_ALIKES, "around_a": "int32", "around_b": "int32"}
EDGES = {
    "a": "int64", "b": "int64", "relation": "int8", "jaccard": "double", "containment": "double",
    "similarity": "double", "copy": "int64", "lesser": "int64", "shared": "int32", "size_a": "int32",
    "size_b": "int32", "evidence": "string",
}  # fmt: skip
PHRASING = {"row": "int64", "score": "double", "mangled": "bool", "flag": "string"}
