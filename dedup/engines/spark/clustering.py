"""Clusters, component by component in the executors; what one asks for is judged, and the component begun anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from dedup.engines.clusters import Clustered, Links, Members, cluster_components
from dedup.engines.pairs import JudgedRows, judged, twins
from dedup.engines.plan import Plan
from dedup.engines.spark.groups import one_batch, whole_groups
from dedup.engines.spark.judging import NAMES
from dedup.engines.tables import LOOK_ALIKES, ODD, numbers

if TYPE_CHECKING:
    import pyarrow as pa

FOUND = (
    "kind tinyint, component bigint, a bigint, b bigint, members array<bigint>, relations array<tinyint>, "
    "similarities array<double>, whole boolean"
)
"""What comes of components: a CLUSTER (`a`: its least row), a TIE (`a` goes for `b`, by the relation in `relations`),
or a pair that is ASKED for."""
CLUSTER, TIE, ASKED = 0, 1, 2
TWINS = (
    "a bigint, b bigint, shared int, size_a int, size_b int, code tinyint, same boolean, figures binary, part bigint"
)


@dataclass(frozen=True)
class FindClusters:
    """Members (those without `b`) and links of whole components, sorted by bin, in; `FOUND` out."""

    plan: Plan

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Of batches of pyarrow."""
        import pyarrow.compute as pc

        for group in whole_groups(batches, "bin"):
            is_link = pc.is_valid(group.column("b"))
            members = one_batch(group.filter(pc.invert(is_link)).sort_by([("label", "ascending"), ("a", "ascending")]))
            links = one_batch(group.filter(is_link).sort_by([(name, "ascending") for name in ("label", "a", "b")]))
            yield found_batch(cluster_components(_members(members, self.plan), _links(links), self.plan))


def _members(batch: pa.RecordBatch, plan: Plan) -> Members:
    values: list[Any] = []
    if plan.config.output.keep_field:
        given = batch.column("value").to_pylist()
        values = [None if value is None else orjson.loads(value) for value in given]
    return Members(
        numbers(batch, "label", np.int64), numbers(batch, "a", np.int64), numbers(batch, "head", np.int64),
        batch.column("id").to_pylist(), numbers(batch, "date", np.int64), numbers(batch, "words", np.int32),
        numbers(batch, "around", np.int32), (numbers(batch, "flags", np.uint8) & ODD) > 0,
        numbers(batch, "mangled", bool), numbers(batch, "round", np.int32), values,
    )  # fmt: skip


def _links(batch: pa.RecordBatch) -> Links:
    component, a, b, lesser = (numbers(batch, name, np.int64) for name in ("label", "a", "b", "lesser"))
    similarity = numbers(batch, "similarity", np.float64)
    code, number = numbers(batch, "relation", np.int8), numbers(batch, "round", np.int32)
    return Links(component, a, b, code, similarity, lesser, number)


def found_batch(found: Clustered) -> pa.RecordBatch:
    """As a batch of `FOUND`."""
    import pyarrow as pa

    clusters, ties, asked = len(found.first), found.ties, found.asked
    kinds = np.repeat(np.array([CLUSTER, TIE, ASKED], np.int8), (clusters, len(ties), len(asked)))
    rest = len(ties) + len(asked)
    columns = {
        "kind": pa.array(kinds),
        "component": pa.array([None] * (clusters + len(ties)) + [one[0] for one in asked], pa.int64()),
        "a": pa.array([*found.first, *(tie[0] for tie in ties), *(one[1] for one in asked)], pa.int64()),
        "b": pa.array([None] * clusters + [tie[1] for tie in ties] + [one[2] for one in asked], pa.int64()),
        "members": pa.array([*found.members, *[None] * rest], pa.list_(pa.int64())),
        "relations": pa.array(
            [*found.codes, *([tie[2]] for tie in ties), *[None] * len(asked)], pa.list_(pa.int8())
        ),
        "similarities": pa.array([*found.similarities, *[None] * rest], pa.list_(pa.float64())),
        "whole": pa.array([*found.whole, *[None] * rest], pa.bool_()),
    }  # fmt: skip
    return pa.RecordBatch.from_pydict(columns)


@dataclass(frozen=True)
class FindTwins:
    """Copies of whole components, and exact copies in them (`a` stands for by `head`), sorted by bin, in; the pairs of
    exact copies in the place of others out (`TWINS`).
    """

    part_pairs: int

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Of batches of pyarrow."""
        import pyarrow.compute as pc

        for group in whole_groups(batches, "bin"):
            is_pair = pc.is_valid(group.column("b"))
            copies = judged(one_batch(group.filter(is_pair).select(list(NAMES))))
            folded = one_batch(group.filter(pc.invert(is_pair)).sort_by("a"))
            found = twins(copies, numbers(folded, "a", np.int64), numbers(folded, "head", np.int64))
            yield self._batch(found, group.column("bin")[0].as_py())

    def _batch(self, found: JudgedRows, number: int) -> pa.RecordBatch:
        import pyarrow as pa

        columns = {name: pa.array(getattr(found, name)) for name in LOOK_ALIKES if name != "figures"}
        figures = [row.tobytes() for row in np.ascontiguousarray(found.figures, "<i4")]
        parts = (np.int64(number) << 32) + np.arange(len(found)) // self.part_pairs
        return pa.RecordBatch.from_pydict(
            columns | {"figures": pa.array(figures, pa.binary()), "part": pa.array(parts)}
        )
