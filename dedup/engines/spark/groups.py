"""Whole groups out of a stream of sorted batches: what `mapInArrow` gives after a shuffle, of which one group at a time
is in memory. (`applyInArrow` would hold all rows of a group in Java and in Python, and calls once for each.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


def whole_groups(batches: Iterable[Any], name: str, least: int = 1) -> Iterator[Any]:
    """Tables (pyarrow) of batches in which equal values of the column `name` stand side by side: each has all rows of
    one value, or, until it has `least` rows, of several. An empty stream has none.
    """
    import numpy as np
    import pyarrow as pa

    held: list[Any] = []
    count = 0
    last: Any = None
    for batch in batches:
        if not batch.num_rows:
            continue
        values = batch.column(name).to_numpy(zero_copy_only=False)
        starts = [0] if count and values[0] != last else []
        starts += (np.flatnonzero(values[1:] != values[:-1]) + 1).tolist()
        begin = 0
        for start in starts:
            if count + start - begin >= least:
                yield pa.Table.from_batches([*held, batch.slice(begin, start - begin)])
                held, count, begin = [], 0, start
        held.append(batch.slice(begin))
        count += len(values) - begin
        last = values[-1]
    if held:
        yield pa.Table.from_batches(held)


def one_batch(table: Any) -> Any:
    """A table as one batch (pyarrow)."""
    import pyarrow as pa

    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], table.schema)
