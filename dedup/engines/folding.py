"""Stage 2: exact copies are folded into the first of them, after repeated ids got a suffix, for ids break ties."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
import orjson
from numpy.typing import NDArray

from dedup.align import overlap
from dedup.columns import ReadText
from dedup.engines.plan import Plan
from dedup.engines.tables import HEADS, ODD, batch_of, numbers, schema_of, strings
from dedup.pipeline import ranking

if TYPE_CHECKING:
    import pyarrow as pa

Value = int | float | str | None


def id_hashes(ids: Sequence[str]) -> NDArray[np.uint64]:
    """(n,) hashes by which repeated ids are found."""
    digests = b"".join(blake2b(name.encode(), digest_size=8).digest() for name in ids)
    return np.frombuffer(digests, "<u8").astype(np.uint64)


def fold_rows(
    digests: NDArray[np.uint64], ids: Sequence[str], dates: NDArray[np.int64], flags: NDArray[np.uint8],
    values: Sequence[Value], read: ReadText, plan: Plan,
) -> NDArray[np.int64]:  # fmt: skip
    """(n,) place of the head of each of n documents, in order of their rows: itself where it is no exact copy.
    `values` are those of the field by which it is chosen who stands; empty where none is.
    """
    preference = ranking.Preference(plan.config.output.keep_by, dates, values)
    obfuscated = set(np.flatnonzero(flags & ODD).tolist())

    def rank(rows: NDArray[np.int64]) -> dict[int, int]:
        names = [ids[row] for row in rows.tolist()]
        return ranking.rank_exact(rows, names, dates, preference=preference, obfuscated=obfuscated)

    return overlap.fold_exact(digests, rank, read)


def fold(documents: pa.RecordBatch, plan: Plan) -> pa.RecordBatch:
    """The rows that are not their own head, with it (`tables.HEADS`), of documents (row, digest, id, date, flags,
    value, text) that are all that have their digests.
    """
    order = np.argsort(numbers(documents, "row", np.int64), kind="stable")
    rows = numbers(documents, "row", np.int64)[order]
    buffer, starts, sizes = strings(documents.column(documents.schema.get_field_index("text")))
    view, starts, sizes = memoryview(buffer), starts[order], sizes[order]
    ids = documents.column(documents.schema.get_field_index("id")).to_pylist()
    values: list[Value] = []
    if plan.config.output.keep_field:
        given = documents.column(documents.schema.get_field_index("value")).to_pylist()
        values = [None if given[at] is None else orjson.loads(given[at]) for at in order.tolist()]
    heads = fold_rows(
        numbers(documents, "digest", np.int64)[order].view(np.uint64), [ids[at] for at in order.tolist()],
        numbers(documents, "date", np.int64)[order], numbers(documents, "flags", np.uint8)[order], values,
        lambda row: bytes(view[starts[row] : starts[row] + sizes[row]]), plan,
    )  # fmt: skip
    folded = np.flatnonzero(heads != np.arange(len(heads)))
    return batch_of({"row": rows[folded], "head": rows[heads[folded]]}, schema_of(**HEADS))
