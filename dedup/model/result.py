"""What comes out of a scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any

from dedup.model.documents import Corpus, InputFile, Reject
from dedup.model.findings import Flag
from dedup.model.pairs import EdgeTable, Relation
from dedup.model.shown import faces, plural

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Cluster:
    """Documents (rows) tied by verified copy edges, each verified against the representative."""

    id: int
    representative: int
    members: tuple[int, ...]
    """The representative first, then in order of rows."""
    weakest: float
    """Lowest similarity of a member to the representative."""
    relations: tuple[Relation | None, ...]
    """Of each member to the representative (None for itself)."""
    similarities: tuple[float, ...]
    source_missing: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """Clusters and documents about one event."""

    id: int
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """Documents that fill in one frame with other facts: no copies, and never dropped unless that was asked for."""

    id: int
    members: tuple[int, ...]
    frame: str
    """What the first two of them share, with an ellipsis for each slot; cut where it is long."""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The whole result of a scan; `report` turns it into text, JSON and CSV."""

    corpus: Corpus
    edges: EdgeTable
    clusters: tuple[Cluster, ...]
    stories: tuple[Story, ...]
    flags: dict[int, tuple[Flag, ...]]
    rejects: tuple[Reject, ...]
    notes: tuple[str, ...]
    """What a reader of the result should know: renamed ids, chained buckets, texts too short to compare."""
    stats: dict[str, Any]
    cluster_of: NDArray[np.int64]
    """Cluster id of each row, -1 for none."""
    kept_rows: NDArray[np.bool_]
    """False for the copies that are dropped (see `OutputConfig.drop`); by row."""
    phrasing: NDArray[np.float64] | None = None
    """(n,) score of each text's wording in [0, 1], 1 = mangled; nan where it was not judged. None: nobody asked."""
    inputs: int | None = None
    """Items that a program handed over, rejects too; None where files were read."""
    against: int = 0
    """Documents that the others were compared with: the last rows of the corpus. None of them is ever dropped."""
    dropped_for: NDArray[np.int64] | None = None
    """(n,) row of the kept document that each one is dropped for, -1 where it is kept."""
    dropped_by: NDArray[np.int8] | None = None
    """(n,) index into `RELATIONS` of what ties it to that one, -1 where it is kept."""
    forms: tuple[Form, ...] = ()
    decided: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """Pairs of rows (the smaller one first) that a person decided on, and how (see `decisions.Verdict`)."""
    files: tuple[InputFile, ...] = ()
    """Files that were read and can be found again; empty where a program handed the documents over."""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By which it was made, as `Config.update` takes them, without those of the machine."""

    def __repr__(self) -> str:
        counts = (self.new, "document"), (len(self.clusters), "cluster"), (int((~self.kept_rows).sum()), "copy")
        words = (f"{count:,} {plural(name, count)}" for count, name in counts)
        return f"ScanResult({', '.join(words)})"

    @property
    def new(self) -> int:
        """Documents that were asked about: all, without those that they were compared with."""
        return len(self.corpus) - self.against

    @property
    def kept(self) -> NDArray[np.bool_]:
        """What to keep, as long as the input where a program handed it over (see `scan`), else by row. Rejects are
        kept: nothing is known against them.
        """
        return self._by_input(self.kept_rows, True)

    @property
    def labels(self) -> NDArray[np.int64]:
        """Cluster of each item, as long as `kept`: -1 for none, and for rejects."""
        return self._by_input(self.cluster_of, -1)

    def _repr_html_(self) -> str:
        return str(faces().result_html(self))

    def to_dict(self, evidence: str = "full") -> dict[str, Any]:
        """The whole result as plain values, as `dedup scan --format json` writes it (`dedup schema scan`); `evidence`
        is none, short or full.
        """
        return dict(faces().to_dict(self, evidence))

    def to_html(self, path: str | PathLike[str]) -> None:
        """Write the whole report, as `dedup scan -o report.html`: to one file, or to a folder where `path` is one or
        ends in a slash. Raises OutputError.
        """
        faces().to_html(self, path)

    def to_pandas(self, what: str = "documents") -> Any:
        """A DataFrame of pandas: `documents` (a row an item of the input, rejects too), `edges` or `flags`.

        Raises ImportError where pandas is missing, ValueError for a table that there is not.
        """
        return faces().to_frame(self, what, "pandas")

    def to_polars(self, what: str = "documents") -> Any:
        """The same as a DataFrame of polars."""
        return faces().to_frame(self, what, "polars")

    def to_arrow(self, what: str = "documents") -> Any:
        """The same as a table of pyarrow."""
        return faces().to_frame(self, what, "pyarrow")

    def _by_input(self, rows: NDArray[Any], missing: Any) -> NDArray[Any]:
        """A column of rows laid out by the items of the input."""
        rows = rows[: self.new]
        if self.inputs is None or self.inputs == len(rows):
            return rows
        import numpy as np

        values = np.full(self.inputs, missing, rows.dtype)
        values[self.corpus.lines[: self.new] - 1] = rows
        return values
