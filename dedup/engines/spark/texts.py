"""Texts brought to the pairs that need them: once to each part of the pairs, however many of them name it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.engines.spark.groups import one_batch, whole_groups

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

DOCUMENT = ("row", "text", "words", "digest", "flags", "date")
"""What the judging wants of a document."""


@dataclass(frozen=True)
class Needs:
    """Pairs (part, a, b, and `others` where there are some) in; the rows that each part needs out."""

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Of batches of pyarrow; equal parts stand side by side, or a row comes twice, which does no harm."""
        import pyarrow as pa

        for batch in batches:
            parts = batch.column("part").to_numpy()
            columns = [(parts, batch.column(name).to_numpy()) for name in ("a", "b")]
            if "others" in batch.schema.names:
                lists = batch.column("others")
                sizes = np.diff(lists.offsets.to_numpy())
                columns.append((np.repeat(parts, sizes), lists.flatten().to_numpy()))
            part, row = (np.concatenate(column) for column in zip(*columns, strict=True))
            order = np.lexsort((row, part))
            part, row = part[order], row[order]
            new = np.concatenate(([True], (part[1:] != part[:-1]) | (row[1:] != row[:-1])))[: len(part)]
            yield pa.RecordBatch.from_pydict({"part": pa.array(part[new]), "row": pa.array(row[new])})


def by_part(pairs: DataFrame, documents: DataFrame, partitions: int) -> DataFrame:
    """Pairs (with a `part` each) and their documents (`DOCUMENT`) in one stream, sorted by part: what is a document has
    no `a`.
    """
    columns = ["part", "a", "b", *(["others"] if "others" in pairs.columns else [])]
    needs = pairs.select(*columns).mapInArrow(Needs(), "part bigint, row bigint")
    texts = needs.join(documents.select(*DOCUMENT), "row")
    both = texts.unionByName(pairs, allowMissingColumns=True)
    return both.repartition(partitions, "part").sortWithinPartitions("part")


def split(batches: Iterable[Any], pairs: Sequence[str]) -> Iterator[tuple[int, Any, Any]]:
    """Of such a stream each part: its number, the pairs (columns `pairs`) and the documents, as batches of pyarrow."""
    import pyarrow.compute as pc

    for group in whole_groups(batches, "part"):
        is_pair = pc.is_valid(group.column("a"))
        found = one_batch(group.filter(is_pair).select(list(pairs)))
        yield group.column("part")[0].as_py(), found, one_batch(group.filter(pc.invert(is_pair)).select(list(DOCUMENT)))
