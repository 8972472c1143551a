"""What two documents are to each other, and what proves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from dedup.model.findings import Span
from dedup.model.shown import faces, plural

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Relation(StrEnum):
    """What ties two documents."""

    EXACT = "exact"
    NEAR_DUPLICATE = "near-duplicate"
    EXCERPT = "excerpt"
    SPUN = "spun"
    FORM = "form"
    SAME_STORY = "same-story"
    REWRITTEN = "rewritten"


RELATIONS: tuple[Relation, ...] = tuple(Relation)
"""Index of a relation in this tuple = its code in `EdgeTable.relation`."""
UNDECIDED, BOTH = -1, -2
"""Values of `EdgeTable.copy` beside rows."""


class Pair(NamedTuple):
    """Two spans that stand for each other: an aligned passage or a substitution."""

    a: Span
    b: Span


@dataclass(frozen=True, slots=True)
class Direction:
    """Why one side of an edge is taken for the copy."""

    reasons: tuple[str, ...]
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves an edge."""

    shared: int = 0
    """Distinct shingles that both sides hold."""
    shingles: tuple[int, int] = (0, 0)
    """Distinct shingles of each side."""
    figures: dict[str, Any] = field(default_factory=dict)
    """Of the alignment; empty for exact copies and without alignment."""
    passages: tuple[Pair, ...] = ()
    """Stretches that belong together, in the order of the first text."""
    substitutions: tuple[Pair, ...] = ()
    """Words of the passages that differ; what was put in or left out stands with the word next to it."""
    direction: Direction | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A verified pair of documents (rows of the corpus) and its evidence."""

    a: int
    b: int
    relation: Relation
    jaccard: float
    containment: float
    similarity: float
    copy: int | tuple[int, int] | None
    """Row of the side that was copied or rewritten, both rows when the source is missing, None when undecided."""
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class EdgeTable:
    """Verified pairs in columns of one length, `a < b`, sorted by (a, b)."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    relation: NDArray[np.int8]
    """Index into `RELATIONS`."""
    shared: NDArray[np.int32]
    size_a: NDArray[np.int32]
    size_b: NDArray[np.int32]
    """Distinct shingles shared, of a, of b."""
    similarity: NDArray[np.float64]
    """Aligned share; containment for excerpts, Jaccard for the others, where that is more or nothing was aligned."""
    copy: NDArray[np.int64]
    """Row of the copy, UNDECIDED or BOTH."""
    explain: Callable[[int, bool], Evidence]
    """(row of this table, whether passages and substitutions are wanted) -> what proves it."""

    def __len__(self) -> int:
        return len(self.a)

    def __repr__(self) -> str:
        return f"EdgeTable({len(self):,} {plural('edge', len(self))})"

    @property
    def jaccard(self) -> NDArray[np.float64]:
        """Shared / union; 1 for exact copies, whatever their length."""
        import numpy as np

        union = self.size_a.astype(np.float64) + self.size_b - self.shared
        return np.where(self.relation == 0, 1.0, self.shared / np.maximum(union, 1))

    @property
    def containment(self) -> NDArray[np.float64]:
        """Shared / smaller; 1 for exact copies."""
        import numpy as np

        smaller = np.minimum(self.size_a, self.size_b)
        return np.where(self.relation == 0, 1.0, self.shared / np.maximum(smaller, 1))

    def __iter__(self) -> Iterator[Edge]:
        return (edge for edge in self.rows(full=False))

    def part(self, begin: int, end: int) -> EdgeTable:
        """The edges from `begin` to `end`."""
        part, explain = slice(begin, end), self.explain
        return EdgeTable(
            self.a[part], self.b[part], self.relation[part], self.shared[part], self.size_a[part], self.size_b[part],
            self.similarity[part], self.copy[part], lambda number, full: explain(begin + number, full),
        )  # fmt: skip

    def rows(self, *, full: bool) -> Iterator[Edge]:
        """All edges, with `full` evidence (texts are read for it) or with figures only."""
        columns = (self.a, self.b, self.relation, self.jaccard, self.containment, self.similarity, self.copy)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for number, (a, b, code, jaccard, containment, similarity, copy) in enumerate(rows):
            side = (a, b) if copy == BOTH else None if copy == UNDECIDED else copy
            yield Edge(a, b, RELATIONS[code], jaccard, containment, similarity, side, self.explain(number, full))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts laid side by side."""

    relation: Relation | None
    """By the rule of a scan; None for no copy."""
    copied: bool
    """Whether one was copied from the other, however revised, given that somebody has reason to ask."""
    similarity: float
    """Aligned share: how much is a copy."""
    closeness: float
    """How closely the shorter text follows the other: how little was rewritten."""
    jaccard: float
    containment: float
    passages: tuple[Pair, ...]
    substitutions: tuple[Pair, ...]

    def __repr__(self) -> str:
        said = (
            self.relation.value if self.relation else "no copy", "copied" if self.copied else "not copied",
            f"similarity {self.similarity:.4g}", f"{len(self.passages):,} {plural('passage', len(self.passages))}",
            f"{len(self.substitutions):,} {plural('substitution', len(self.substitutions))}",
        )  # fmt: skip
        return f"Comparison({', '.join(said)})"

    def _repr_html_(self) -> str:
        return str(faces().comparison_html(self))
