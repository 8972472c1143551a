"""Stages 3 to 7 on disk: postings cut by blocks, some blocks at a time; candidates of each judged with their texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.align.figures import FIGURES
from dedup.align.neighbours import Neighbours
from dedup.candidates import lsh
from dedup.candidates.postings import KINDS
from dedup.engines.local.corpus import DiskCorpus
from dedup.engines.local.units import (
    EDGES,
    KEYS,
    LOOKS,
    RUNS,
    SLICES,
    VERDICTS,
    OpenUnits,
    Unit,
    WorkFolder,
    packed,
    write_unit,
)  # fmt: skip
from dedup.engines.pairs import EdgeRows, JudgedRows, decide_edges, judge_looks, judge_verdicts, nothing, twins
from dedup.engines.plan import Plan
from dedup.engines.posting_slices import BlockPairs, BlockSlices, block_candidates, count, cut, cut_some
from dedup.engines.tables import FOLDED
from dedup.pipeline.edges import CROWD
from dedup.relations.relation import FORM, NONE, REWRITTEN

JUDGED = tuple(JudgedRows.__slots__)
ROOM_SLICES, LEAST_ROOM = 0.45, 64 << 20
"""Bytes of slices on disk at once for a byte of text, and at least."""
LEAST_TEXT = 1 << 20
"""Bytes of text of pairs that are judged at once, at least."""
Rows = NDArray[np.int64]
Range = tuple[int, int]
"""A kind of keys, and which of its ranges."""
Told = Callable[[int, int], None]
"""(partitions done, of how many)."""


def judged_of(unit: Unit) -> JudgedRows:
    """Pairs of a file."""
    return JudgedRows(*(unit.read(name) for name in JUDGED))


def columns_of(pairs: JudgedRows) -> dict[str, NDArray[Any]]:
    """Pairs for a file."""
    return {name: getattr(pairs, name) for name in JUDGED}


def texts_of(a: Rows, b: Rows, sizes: NDArray[np.int32], most: int) -> Iterator[slice]:
    """Cut pairs, sorted by `a`, so that each part has about `most` bytes of text."""
    if not len(a):
        return
    new = np.concatenate(([True], a[1:] != a[:-1]))
    cost = np.cumsum(sizes[b].astype(np.int64) + sizes[a] * new)
    borders = [0, *(np.flatnonzero(np.diff(cost // most)) + 1).tolist(), len(a)]
    for begin, end in pairwise(borders):
        yield slice(begin, end)


class PairStages:
    """Judges all pairs of a corpus, block by block."""

    def __init__(
        self, work: WorkFolder, corpus: DiskCorpus, plan: Plan, pool: ThreadPoolExecutor, block_rows: int, bits: int
    ) -> None:  # fmt: skip
        self._work, self._corpus, self._plan, self._pool = work, corpus, plan, pool
        self._units, self._block_rows = OpenUnits(work), block_rows
        self._ranges = [(kind, part) for kind in range(len(KINDS)) for part in range(1 << bits)]
        self.blocks = -(-len(corpus) // block_rows)
        self._most = max(LEAST_TEXT, plan.config.run.memory_bytes // 16)
        self.width = FIGURES if plan.config.match.rewritten else 0

    # -- candidates ----------------------------------------------------------------------------------------------

    def sort(self, told: Told) -> None:
        """Stage 3: the postings of every kind and range of keys, grouped by key, and what each block will get of them.
        Keys that one document has are left out here.
        """
        waiting = [each for each in self._ranges if not self._work.has(RUNS, _range_name(*each))]
        cuts: list[list[Rows]] = [[] for _ in KINDS]
        for number in range(self._corpus.partitions):
            with self._units.using(KEYS, number) as unit:
                for kind, theirs in enumerate(cuts):
                    theirs.append(unit.read(f"cuts{kind}"))
        alive = (self._corpus.flags & FOLDED) == 0

        def one(each: Range) -> None:
            kind, part = each
            found = []
            for number, ends in enumerate(cuts[kind]):
                with self._units.using(KEYS, number) as unit:
                    found.append(unit.part(f"keys{kind}", int(ends[part]), int(ends[part + 1])))
            entries = np.concatenate([np.zeros(0, np.uint64), *found])
            del found
            entries = lsh.distinct(entries[alive[(entries & lsh.LOW).astype(np.int64)]])
            slices, rows = count(entries, self._block_rows, self.blocks)
            whole = cut(entries, max(len(self._corpus), 1), 1).of(0)
            arrays: dict[str, NDArray[Any]] = {
                "sizes": whole.sizes,
                "rows": whole.rows,
                "slices_of": slices,
                "rows_of": rows,
            }
            write_unit(self._work.unit(RUNS, _range_name(*each)), arrays)

        self._do(waiting, one, told)
        self._units.close()

    def _do(self, waiting: Sequence[Range], one: Callable[[Range], None], told: Told) -> None:
        """What is to be done of each range that waits for it."""
        done = len(self._ranges) - len(waiting)
        for _ in self._pool.map(one, waiting):
            done += 1
            told(done, len(self._ranges))

    def waves(self) -> list[range]:
        """Blocks whose slices are on disk at once. All slices of a large corpus are many times its keys: of each key a
        block has the latest before it once more.
        """
        size = np.zeros(self.blocks, np.int64)
        for each in self._ranges:
            with self._work.open(RUNS, _range_name(*each)) as unit:
                size += (unit.read("slices_of") + unit.read("rows_of")) * 4
        room = max(int(ROOM_SLICES * self._corpus.size.sum(dtype=np.int64)), LEAST_ROOM)
        found, begin, used = list[range](), 0, 0
        for block, more in enumerate(size.tolist()):
            if used + more > room and block > begin:
                found.append(range(begin, block))
                begin, used = block, 0
            used += more
        return [*found, range(begin, self.blocks)]

    def looked(self, wave: range) -> bool:
        """Whether all blocks of a wave were compared."""
        return all(self._work.has(LOOKS, block) for block in wave)

    def slices(self, wave: range, told: Told) -> None:
        """The slices of the blocks of a wave."""
        waiting = [each for each in self._ranges if not self._work.has(SLICES, _slices_name(wave, *each))]

        def one(each: Range) -> None:
            with self._work.open(RUNS, _range_name(*each)) as unit:
                whole = BlockSlices(unit.read("sizes"), unit.read("rows"))
                counts = unit.read("slices_of"), unit.read("rows_of")
            found = cut_some(whole, self._block_rows, counts, wave.start, wave.stop)
            arrays: dict[str, NDArray[Any]] = {
                "runs": found.runs, "numbers": found.numbers, "sizes": found.sizes, "rows": found.rows,
            }  # fmt: skip
            write_unit(self._work.unit(SLICES, _slices_name(wave, *each)), arrays)

        self._do(waiting, one, told)

    def looks(self, wave: range, told: Told) -> None:
        """Stages 4 and 5: the candidates of every block of a wave, and which of them look like copies."""
        ends: dict[tuple[int, int], tuple[Rows, Rows]] = {}
        for each in self._ranges:
            with self._units.using(SLICES, _slices_name(wave, *each)) as unit:
                ends[each] = unit.read("runs"), unit.read("numbers")
        for block in wave:
            if not self._work.has(LOOKS, block):
                parts: list[list[BlockSlices]] = [[] for _ in KINDS]
                for each, theirs in ends.items():
                    with self._units.using(SLICES, _slices_name(wave, *each)) as unit:
                        parts[each[0]].append(_of_block(unit, theirs, block))
                slices = [BlockSlices.joined(those) for those in parts]
                del parts
                first = block * self._block_rows
                rows = min(self._block_rows, len(self._corpus) - first)
                pairs = block_candidates(slices, first, rows, self._corpus.held, self._pool)
                del slices
                looks = self.judge_looks(pairs)
                write_unit(self._work.unit(LOOKS, block), columns_of(looks) | {"candidates": np.array([len(pairs.a)])})
            told(block + 1, self.blocks)
        self._units.close()

    def judge_looks(self, pairs: BlockPairs) -> JudgedRows:
        """Those of some candidates, sorted, that look like copies."""
        parts = []
        for part in texts_of(pairs.a, pairs.b, self._corpus.size, self._most):
            a, b = pairs.a[part], pairs.b[part]
            shelf = self._corpus.shelf(np.union1d(a, b))
            parts.append(judge_looks(shelf, a, b, pairs.alike[part], pairs.faint[part], self._plan, self._pool))
        return JudgedRows.joined(parts, self.width)

    # -- verdicts ------------------------------------------------------------------------------------------------

    def neighbours(self) -> Neighbours:
        """Which documents look alike, of all blocks."""
        sides: list[list[NDArray[Any]]] = [[], [], []]
        for block in range(self.blocks):
            with self._work.open(LOOKS, block) as unit:
                worded = unit.read("code") != REWRITTEN
                for side, name in zip(sides, ("a", "b", "same"), strict=True):
                    side.append(unit.read(name)[worded])
        a, b, same = (np.concatenate([none, *side]) for none, side in zip(_NONE, sides, strict=True))
        return Neighbours.of(a, b, same, self._corpus.digest[a], self._corpus.digest[b])

    def verdicts(self, neighbours: Neighbours, told: Told) -> None:
        """Stage 6: what the pairs of every block are."""
        for block in range(self.blocks):
            if not self._work.has(VERDICTS, block):
                with self._work.open(LOOKS, block) as unit:
                    looks = judged_of(unit)
                found, around = self.judge_verdicts(looks, neighbours)
                write_unit(self._work.unit(VERDICTS, block), columns_of(found) | around)
            told(block + 1, self.blocks)

    def judge_verdicts(self, looks: JudgedRows, neighbours: Neighbours) -> tuple[JudgedRows, dict[str, Rows]]:
        """What pairs that look alike are, and the words of their sides that are not their own."""
        others, bounds = neighbours.others(looks.a, looks.b)
        parts, sides = list[JudgedRows](), {"around_a": [_NONE[0]], "around_b": [_NONE[0]]}
        for part in self._with_others(looks, others, bounds):
            theirs = others[bounds[part.start] : bounds[part.stop]]
            some = looks.take(np.arange(part.start, part.stop))
            shelf = self._corpus.shelf(np.unique(np.concatenate((some.a, some.b, theirs))))
            ends = bounds[part.start : part.stop + 1] - bounds[part.start]
            found, around_a, around_b = judge_verdicts(shelf, some, theirs, ends, self._plan, self._pool)
            kept = np.flatnonzero(found.code != NONE)
            parts.append(found.take(kept))
            sides["around_a"].append(around_a[kept])
            sides["around_b"].append(around_b[kept])
        around = {name: np.concatenate(values) for name, values in sides.items()}
        return JudgedRows.joined(parts, self.width), around

    def _with_others(self, looks: JudgedRows, others: Rows, bounds: Rows) -> Iterator[slice]:
        """Cut pairs so that each part has about so much text, that of its others too."""
        if not len(looks):
            return
        sizes = self._corpus.size
        theirs = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes[others], dtype=np.int64)))[bounds[1:]]
        cost = np.cumsum(sizes[looks.a].astype(np.int64) + sizes[looks.b]) + theirs
        borders = [0, *(np.flatnonzero(np.diff(cost // self._most)) + 1).tolist(), len(looks)]
        for begin, end in pairwise(borders):
            yield slice(begin, end)

    # -- edges ---------------------------------------------------------------------------------------------------

    def copies(self) -> JudgedRows:
        """All copies without their figures."""
        parts = list[JudgedRows]()
        for block in range(self.blocks):
            with self._work.open(VERDICTS, block) as unit:
                code = unit.read("code")
                copies = code != FORM
                columns = {name: unit.read(name)[copies] for name in JUDGED if name != "figures"}
            parts.append(JudgedRows(**columns, figures=np.zeros((int(copies.sum()), 0), np.int32)))
        return JudgedRows.joined(parts, 0)

    def edges(self, evidence: str, told: Told) -> None:
        """Stage 7: copies, exact copies in their place and forms of every block, with what proves them."""
        waiting = [block for block in range(self.blocks) if not self._work.has(EDGES, block)]
        if not waiting:
            return
        crowded = crowded_rows(self.copies())
        for block in range(self.blocks):
            if not self._work.has(EDGES, block):
                with self._work.open(VERDICTS, block) as unit:
                    pairs = judged_of(unit)
                write_unit(self._work.unit(EDGES, block), edge_columns(self.decide(pairs, crowded, evidence)))
            told(block + 1, self.blocks)

    def decide(self, pairs: JudgedRows, crowded: Rows, evidence: str) -> EdgeRows:
        """Copies, their twins and forms as edges; `crowded` rows leave their twins to the one that stands for them."""
        form = pairs.code == FORM
        copies = pairs.take(~form)
        alone = ~np.isin(copies.a, crowded) & ~np.isin(copies.b, crowded)
        more = twins(copies.take(alone), self._corpus.folded, self._corpus.heads)
        kept = pairs if self._plan.config.find.forms else copies
        whole = JudgedRows.joined([kept, more], self.width)
        whole = whole.take(np.lexsort((whole.b, whole.a)))
        parts = []
        for part in texts_of(whole.a, whole.b, self._corpus.size, self._most):
            some = whole.take(np.arange(part.start, part.stop))
            shelf = self._corpus.shelf(np.union1d(some.a, some.b))
            parts.append(decide_edges(shelf, some, self._plan, evidence, self._pool))
        return join_edges(parts)


_NONE = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, bool))


def _range_name(kind: int, part: int) -> str:
    return f"{kind}-{part:05d}"


def _slices_name(wave: range, kind: int, part: int) -> str:
    return f"{wave.start:06d}-{_range_name(kind, part)}"


def _of_block(unit: Unit, ends: tuple[Rows, Rows], block: int) -> BlockSlices:
    """The slices of one block in a file."""
    runs, numbers = ends
    return BlockSlices(
        unit.part("sizes", int(runs[block]), int(runs[block + 1])),
        unit.part("rows", int(numbers[block]), int(numbers[block + 1])),
    )


def crowded_rows(copies: JudgedRows) -> Rows:
    """Rows that are in so many of the copies that were judged at once that their twins make no edges."""
    rows, counts = np.unique(np.concatenate((copies.a, copies.b)), return_counts=True)
    return rows[counts > CROWD]


def join_edges(parts: Sequence[EdgeRows]) -> EdgeRows:
    """All edges of `parts`, one after the other."""
    if not parts:
        none = nothing()
        small = none.shared
        return EdgeRows(
            none.a, none.b, none.code, small, small, small, np.zeros(0), none.a.copy(), none.a.copy(), []
        )  # fmt: skip
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in EdgeRows.__slots__[:-1]}
    return EdgeRows(**arrays, evidence=[text for part in parts for text in part.evidence])


def edge_columns(edges: EdgeRows) -> dict[str, NDArray[Any]]:
    """Edges for a file."""
    data, ends = packed(edges.evidence)
    columns = {name: getattr(edges, name) for name in EdgeRows.__slots__[:-1]}
    return columns | {"evidence": data, "evidence_ends": ends}
