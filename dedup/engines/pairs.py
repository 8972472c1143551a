"""Stages 5 to 7: which candidates look like copies, what they are before those that look like them, what proves it.

The judging is that of a scan (`pipeline.judge`, `pipeline.edges`) on the documents of one batch. What it finds of a
pair depends on its two texts, on those that it is judged by, and on nothing else in the batch.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from dedup.align.figures import FIGURES
from dedup.align.overlap import Overlaps
from dedup.engines.plan import Plan, scorer
from dedup.engines.tables import (
    EDGES,
    FOLDED,
    LOOK_ALIKES,
    VERDICTS,
    Shelf,
    arrow,
    batch_of,
    numbers,
    schema_of,
)
from dedup.model import EdgeTable
from dedup.pipeline.documents import Clock
from dedup.pipeline.edges import CROWD, Decided, Edges, RowFacts, twin_pairs
from dedup.pipeline.judge import Judge, JudgedPairs
from dedup.pipeline.phrasing import Phrasings
from dedup.pipeline.ranking import OwnWords
from dedup.relations.relation import FORM, NONE
from dedup.report.rows import SHORT, evidence_row
from dedup.runtime.serial import SerialExecutor

if TYPE_CHECKING:
    import pyarrow as pa

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class JudgedRows:
    """m judged pairs of rows of the corpus, sorted (`a` < `b`)."""

    a: Rows
    b: Rows
    shared: NDArray[np.int32]
    size_a: NDArray[np.int32]
    size_b: NDArray[np.int32]
    code: NDArray[np.int8]
    """What they look like, or are: index into `RELATIONS`, NONE for nothing."""
    figures: NDArray[np.int32]
    """(m, FIGURES) of their alignment; (m, 0) where nothing is aligned."""
    same: NDArray[np.bool_]
    """They look alike and say the same."""

    def __len__(self) -> int:
        return len(self.a)

    def take(self, which: NDArray[Any]) -> JudgedRows:
        """Some of the pairs."""
        return JudgedRows(*(getattr(self, name)[which] for name in self.__slots__))

    def coded(self, code: NDArray[np.int8]) -> JudgedRows:
        """The same pairs, as something else."""
        return replace(self, code=code)

    @staticmethod
    def joined(parts: Iterable[JudgedRows], width: int = FIGURES) -> JudgedRows:
        """All pairs of `parts`, one after the other; `width` is that of the figures where there is none."""
        found = [nothing(width), *parts]
        if len(found) > 1:
            found = found[1:]
        return JudgedRows(*(np.concatenate([getattr(part, name) for part in found]) for name in JudgedRows.__slots__))

    def on(self, shelf: Shelf) -> JudgedPairs:
        """The pairs as those of a batch."""
        sides = shelf.places(self.a), shelf.places(self.b)
        return JudgedPairs(Overlaps(*sides, self.shared, self.size_a, self.size_b), self.figures, self.code)

    @staticmethod
    def of(found: JudgedPairs, shelf: Shelf, same: NDArray[np.bool_]) -> JudgedRows:
        """Pairs of a batch as those of the corpus."""
        pairs = found.pairs
        return JudgedRows(
            shelf.rows[pairs.left], shelf.rows[pairs.right], pairs.shared, pairs.left_size, pairs.right_size,
            found.codes, found.figures, same,
        )  # fmt: skip


def nothing(width: int = FIGURES) -> JudgedRows:
    """No pairs."""
    none, small = np.zeros(0, np.int64), np.zeros(0, np.int32)
    return JudgedRows(
        none, none, small, small, small, np.zeros(0, np.int8), np.zeros((0, width), np.int32), np.zeros(0, bool)
    )


def _judge(shelf: Shelf, plan: Plan, pool: Executor) -> Judge:
    return Judge(plan.config, shelf, shelf.words, shelf.normalised, pool, Clock(), shelf.digest)


def judge_looks(
    shelf: Shelf, a: Rows, b: Rows, alike: NDArray[np.bool_], faint: NDArray[np.bool_], plan: Plan,
    pool: Executor | None = None,
) -> JudgedRows:  # fmt: skip
    """Those of m candidate pairs of rows, sorted, that look like copies."""
    judge = _judge(shelf, plan, pool or SerialExecutor())
    found = judge.look_alikes(shelf.places(a), shelf.places(b), alike, faint)
    return JudgedRows.of(found, shelf, judge.same(found))


def judge_verdicts(
    shelf: Shelf, looks: JudgedRows, others: Rows, bounds: Rows, plan: Plan, pool: Executor | None = None
) -> tuple[JudgedRows, Rows, Rows]:
    """What pairs that look like copies are before `others` (rows; those of pair p are `others[bounds[p] : bounds[p +
    1]]`): the same pairs with their codes, and how many words of either side are not its own, -1 where nobody asks.
    """
    judge = _judge(shelf, plan, pool or SerialExecutor())
    if plan.config.match.rewritten:
        judge.boilerplate.find(np.arange(len(shelf)))
    codes = judge.verdict(looks.on(shelf), (shelf.places(others), bounds))
    own = OwnWords(judge.boilerplate, shelf.words)
    copies = (codes != NONE) & (codes != FORM)
    around = [np.full(len(looks), -1, np.int64) for _ in range(2)]
    for side, rows in zip(around, (looks.a, looks.b), strict=True):
        side[copies] = [own.around(place) for place in shelf.places(rows[copies]).tolist()]
    return looks.coded(codes.astype(np.int8)), around[0], around[1]


def twins(copies: JudgedRows, folded: Rows, heads: Rows) -> JudgedRows:
    """Pairs with exact copies in the place of either side of `copies`, which are all that were judged at once; `folded`
    are rows that are exact copies, ascending, and `heads` the rows that stand for them. As `pipeline.edges` has it.
    """
    if not len(copies) or not len(folded):
        return copies.take(np.zeros(0, np.int64))
    inverse = np.unique(np.concatenate((copies.a, copies.b)), return_inverse=True)[1]
    held = np.bincount(inverse)[inverse].reshape(2, -1)
    have = np.isin(copies.a, heads) | np.isin(copies.b, heads)
    alone = np.flatnonzero((held <= CROWD).all(0) & have)
    wanted = np.union1d(copies.a[alone], copies.b[alone])
    lists: dict[int, list[int]] = {}
    ours = np.flatnonzero(np.isin(heads, wanted))
    for row, head in zip(folded[ours].tolist(), heads[ours].tolist(), strict=True):
        lists.setdefault(head, []).append(row)
    where, rows = twin_pairs(copies.a, copies.b, alone, lists)
    taken = copies.take(where)
    turned = rows[:, 0] > rows[:, 1]
    sizes = np.where(turned, taken.size_b, taken.size_a), np.where(turned, taken.size_a, taken.size_b)
    return JudgedRows(rows.min(1), rows.max(1), taken.shared, *sizes, taken.code, taken.figures, taken.same)


@dataclass(frozen=True, slots=True)
class EdgeRows:
    """m verified pairs of rows of the corpus, sorted, with what proves them."""

    a: Rows
    b: Rows
    code: NDArray[np.int8]
    shared: NDArray[np.int32]
    size_a: NDArray[np.int32]
    size_b: NDArray[np.int32]
    similarity: NDArray[np.float64]
    copy: Rows
    """Row of the copy, UNDECIDED or BOTH."""
    lesser: Rows
    """Row of the side that must not stand for the other, -1 for none."""
    evidence: list[bytes]
    """JSON, as in the rows of a report; empty where none is wanted."""

    def table(self) -> EdgeTable:
        """The same as a table of a result, which explains nothing."""
        return EdgeTable(
            self.a, self.b, self.code, self.shared, self.size_a, self.size_b, self.similarity, self.copy, _unexplained
        )


def _unexplained(number: int, full: bool) -> Any:
    raise NotImplementedError("the evidence of these edges is kept as text")


def decide_edges(
    shelf: Shelf, pairs: JudgedRows, plan: Plan, evidence: str = "full", pool: Executor | None = None
) -> EdgeRows:
    """Copies (and exact copies in their place) and forms as edges: which side is the copy, and what proves it. Flags of
    documents that are exact copies have the bit FOLDED; `evidence` is none, short or full.
    """
    pool, config = pool or SerialExecutor(), plan.config
    judge = _judge(shelf, plan, pool)
    if config.match.rewritten:
        judge.boilerplate.find(np.flatnonzero((shelf.flags & FOLDED) == 0))
    heads, clock = np.arange(len(shelf)), Clock()
    phrasings = Phrasings(
        config.find, shelf, heads, shelf.words, pool, clock, fixed=True, scorer=scorer(plan)
    )  # fmt: skip
    facts = RowFacts(heads, shelf.words, shelf.dates, shelf.marked)
    maker = Edges(shelf, judge.boilerplate, facts, phrasings, pool, clock, shelf.digest)
    maker.obfuscated[:] = shelf.odd
    form = pairs.code == FORM
    parts = [maker.decide(pairs.take(~form).on(shelf))]
    if form.any():
        parts.append(maker.forms(pairs.take(form).on(shelf)))
    decided = Decided.joined(parts)
    table = maker.table(parts, config.fingerprint.ngram)
    return _edge_rows(table, decided.lesser, shelf, evidence)


def decide_stars(shelf: Shelf, folded: Rows, heads: Rows, plan: Plan, evidence: str = "full") -> EdgeRows:
    """The edges of exact copies: `folded` rows with the rows that stand for them. No text is read."""
    config, clock, pool = plan.config, Clock(), SerialExecutor()
    stands = np.arange(len(shelf))
    stands[shelf.places(folded)] = shelf.places(heads)
    judge = _judge(shelf, plan, pool)
    phrasings = Phrasings(config.find, shelf, stands, shelf.words, pool, clock, fixed=True)
    facts = RowFacts(stands, shelf.words, shelf.dates, shelf.marked)
    maker = Edges(shelf, judge.boilerplate, facts, phrasings, pool, clock, shelf.digest)
    maker.obfuscated[:] = shelf.odd
    none = nothing(FIGURES if config.match.rewritten else 0).on(shelf)
    parts = [maker.forms(none)]
    return _edge_rows(maker.table(parts, config.fingerprint.ngram), None, shelf, evidence)


def _edge_rows(table: EdgeTable, lesser: Rows | None, shelf: Shelf, evidence: str) -> EdgeRows:
    lesser = np.full(len(table), -1, np.int64) if lesser is None else lesser
    return EdgeRows(
        shelf.rows[table.a], shelf.rows[table.b], table.relation, table.shared, table.size_a, table.size_b,
        table.similarity, _rows(table.copy, shelf), _rows(lesser, shelf), list(_evidence(table, evidence)),
    )  # fmt: skip


def _rows(places: Rows, shelf: Shelf) -> Rows:
    """Rows of the corpus; what is below 0 stays."""
    return np.where(places < 0, places, shelf.rows[places.clip(0)] if len(shelf) else places)


def _evidence(table: EdgeTable, evidence: str) -> Iterable[bytes]:
    limit = SHORT if evidence == "short" else None
    for number in range(len(table)):
        yield orjson.dumps(evidence_row(table.explain(number, evidence != "none"), limit))


# -- faces of Arrow ------------------------------------------------------------------------------------------------


def _figures(batch: pa.RecordBatch) -> NDArray[np.int32]:
    values = batch.column(batch.schema.get_field_index("figures")).to_pylist()
    width = len(values[0]) // 4 if values else FIGURES
    return np.frombuffer(b"".join(values), "<i4").reshape(len(values), width).astype(np.int32)


def judged(batch: pa.RecordBatch) -> JudgedRows:
    """Pairs of a batch (`tables.LOOK_ALIKES`), sorted."""
    found = JudgedRows(
        numbers(batch, "a", np.int64), numbers(batch, "b", np.int64), numbers(batch, "shared", np.int32),
        numbers(batch, "size_a", np.int32), numbers(batch, "size_b", np.int32), numbers(batch, "code", np.int8),
        _figures(batch), numbers(batch, "same", bool),
    )  # fmt: skip
    return found.take(np.lexsort((found.b, found.a)))


def _columns(pairs: JudgedRows) -> dict[str, Any]:
    columns = {name: getattr(pairs, name) for name in LOOK_ALIKES if name != "figures"}
    return columns | {"figures": [row.tobytes() for row in np.ascontiguousarray(pairs.figures, "<i4")]}


def look_alikes(pairs: pa.RecordBatch, documents: pa.RecordBatch, plan: Plan) -> pa.RecordBatch:
    """Stage 5: of candidate pairs (`tables.PAIRS`) those that look like copies (`tables.LOOK_ALIKES`)."""
    a, b = numbers(pairs, "a", np.int64), numbers(pairs, "b", np.int64)
    order = np.lexsort((b, a))
    alike, faint = numbers(pairs, "alike", bool)[order], numbers(pairs, "faint", bool)[order]
    found = judge_looks(Shelf.of(documents), a[order], b[order], alike, faint, plan)
    return batch_of(_columns(found), schema_of(**LOOK_ALIKES))


def verdicts(looks: pa.RecordBatch, documents: pa.RecordBatch, plan: Plan) -> pa.RecordBatch:
    """Stage 6: what pairs that look like copies (`tables.LOOK_ALIKES`, and `others`: a list of the rows that each is
    judged by) are (`tables.VERDICTS`).
    """
    a, b = numbers(looks, "a", np.int64), numbers(looks, "b", np.int64)
    looks = looks.take(arrow().array(np.lexsort((b, a))))
    others = looks.column(looks.schema.get_field_index("others"))
    sizes = np.array([len(rows) for rows in others.to_pylist()], np.int64)
    flat = np.asarray(others.flatten().to_numpy(zero_copy_only=False), np.int64)
    found, around_a, around_b = judge_verdicts(
        Shelf.of(documents), judged(looks), flat, np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes))), plan
    )
    return batch_of(_columns(found) | {"around_a": around_a, "around_b": around_b}, schema_of(**VERDICTS))


def edges(pairs: pa.RecordBatch, documents: pa.RecordBatch, plan: Plan, evidence: str = "full") -> pa.RecordBatch:
    """Stage 7: copies, exact copies in their place, and forms (`tables.LOOK_ALIKES`) as edges (`tables.EDGES`)."""
    return edge_batch(decide_edges(Shelf.of(documents), judged(pairs), plan, evidence))


def edge_batch(found: EdgeRows) -> pa.RecordBatch:
    """Edges as a batch (`tables.EDGES`)."""
    table = found.table()
    columns = {
        "a": found.a, "b": found.b, "relation": found.code, "jaccard": table.jaccard,
        "containment": table.containment, "similarity": found.similarity, "copy": found.copy, "lesser": found.lesser,
        "shared": found.shared, "size_a": found.size_a, "size_b": found.size_b,
        "evidence": [text.decode() for text in found.evidence],
    }  # fmt: skip
    return batch_of(columns, schema_of(**EDGES))
