"""The words of the program as data: what goes in, what comes out, and nothing that computes.

A scan may hold millions of documents, so what scales with the input is kept in columns (`Corpus`, `EdgeTable`), and
the row types (`Document`, `Edge`) are made when somebody asks for one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from os import PathLike
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNKNOWN_DATE = (1 << 63) - 1
"""Value of `Corpus.dates` where no date is known: it sorts after every known one."""


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


class FlagKind(StrEnum):
    """What can be wrong with one document."""

    MANGLED = "mangled"
    MUTATED_QUOTE = "mutated-quote"
    MUTATED_NUMBER = "mutated-number"
    SCRAPER_MARK = "scraper-mark"
    SELF_REPEAT = "self-repeat"
    OBFUSCATED = "obfuscated"


class Span(NamedTuple):
    """A stretch of a document's text as it was read: character offsets, end exclusive."""

    start: int
    end: int
    text: str
    suggestion: str | None = None
    """The closest wording that was found; often not the one that stood there."""
    other: dict[str, Any] | None = None
    gain: float | None = None
    """Nats by which the suggestion is likelier than what stands there; None where nobody counted."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A finding about one document."""

    kind: FlagKind
    score: float | None = None
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrasing:
    """The verdict on the wording of one text."""

    score: float | None
    """In [0, 1], 1 = mangled; None where it was not judged."""
    mangled: bool
    """By its score, or by the phrases of a list that stand in it."""
    spans: tuple[Span, ...]
    """What is badly worded, in order of the text."""
    reason: str | None = None
    """Why it was not judged."""

    def __repr__(self) -> str:
        if self.score is None and not self.mangled:
            return f"Phrasing(not judged: {self.reason})"
        verdict = "mangled" if self.mangled else "clean"
        score = "no score" if self.score is None else f"score {self.score:.4g}"
        return f"Phrasing({verdict}, {score}, {len(self.spans):,} {_plural('span', len(self.spans))})"

    def _repr_html_(self) -> str:
        return str(_faces().phrasing_html(self))


@dataclass(frozen=True, slots=True)
class ReferenceInfo:
    """What the wording of texts is held against: a reference, and where it draws the line."""

    file: str | None
    """None for the reference in the package."""
    documents: int
    words: int
    """Counted in the reference."""
    digest: str
    threshold: float
    """Score from which a text of a kind that is well known is mangled; others have to score more."""
    false_positives: float
    """Share of the clean texts of a kind that may be."""


class ScoredText(NamedTuple):
    """One text and the verdict on its wording."""

    id: str
    source: str
    """Publisher where known, else the file."""
    line: int | None
    """Line or record from 1; None where the file is the text."""
    text: bytes
    """As it was read, UTF-8."""
    phrasing: Phrasing


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
class Document:
    """One text. Only `text` is needed; the rest is what the input says of it."""

    text: str
    id: str | None = None
    date: str | float | None = None
    """ISO 8601, RFC 2822 or seconds since 1970."""
    source: str | None = None
    """Who published it."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that could not be taken in. `line` counts from 1; None where the format has no lines."""

    source: str
    line: int | None
    reason: str
    record: str | None = None
    """The record as it stood in the input, where there was one; bounded in length."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that was read, and what to know it again by."""

    name: str
    """As documents and messages call it."""
    path: str
    """As it was opened: from the folder that the command was run in, if it is no absolute path."""
    size: int
    mtime_ns: int
    inode: int
    whole: bool
    """It is one document, and nothing else is in it."""
    against: bool = False
    """It was only compared with."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Many texts in one padded buffer, see `columns`."""

    buffer: bytes | memoryview
    sizes: list[int]
    """Bytes of each text."""


@dataclass(slots=True)
class Batch:
    """Some documents on their way from a reader to the fingerprints: parallel lists, all of one length."""

    texts: list[str] = field(default_factory=list)
    """Empty where `packed` holds the texts."""
    ids: list[str] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    """Index into the reader's list of file names."""
    lines: list[int] = field(default_factory=list)
    """Line (or record) number from 1; 0 where the file is the document."""
    dates: list[int] = field(default_factory=list)
    """Seconds since 1970 UTC, `UNKNOWN_DATE` where not known."""
    sources: list[str] = field(default_factory=list)
    """Publisher; empty where not known."""
    places: list[int] = field(default_factory=list)
    """Where the reader can find the text again (see `read.locate`), -1 where it cannot."""
    origins: list[str] = field(default_factory=list)
    """Name of the input that each came from, where an index is to know it; else empty."""
    values: list[int | float | str | None] = field(default_factory=list)
    """Of the field by which it is chosen who stands; empty where no field is."""
    packed: Packed | None = None
    release: Callable[[], None] | None = None
    """To be called when `packed.buffer` is no longer used: its memory will be written again."""

    def __len__(self) -> int:
        return len(self.packed.sizes) if self.packed else len(self.texts)


class Strings:
    """A column of strings kept as UTF-8 in a few large buffers: no Python object a row."""

    __slots__ = ("_buffers", "_ends", "_starts", "overrides")

    def __init__(self) -> None:
        self._buffers: list[bytes] = []
        self._starts: list[int] = [0]
        self._ends: list[NDArray[np.int64]] = []
        self.overrides: dict[int, str] = {}

    def extend(self, values: Sequence[str]) -> None:
        """Append `values`, which hold no lone surrogates."""
        import numpy as np  # here, so that what reads input is loaded without it

        parts = [value.encode() for value in values] if any(values) else [b""] * len(values)
        self._buffers.append(b"".join(parts))
        self._ends.append(np.cumsum([len(part) for part in parts], dtype=np.int64))
        self._starts.append(self._starts[-1] + len(parts))

    def __len__(self) -> int:
        return self._starts[-1]

    def _chunk(self, number: int) -> list[str]:
        buffer, ends = self._buffers[number], self._ends[number].tolist()
        return [buffer[a:b].decode() for a, b in zip([0, *ends[:-1]], ends, strict=True)] if ends else []

    def __getitem__(self, row: int) -> str:
        if row in self.overrides:
            return self.overrides[row]
        if not 0 <= row < len(self):
            raise IndexError(row)
        number = bisect_right(self._starts, row) - 1
        at = row - self._starts[number]
        ends = self._ends[number]
        begin = int(ends[at - 1]) if at else 0
        return self._buffers[number][begin : int(ends[at])].decode()

    def __iter__(self) -> Iterator[str]:
        row = 0
        for number in range(len(self._buffers)):
            for value in self._chunk(number):
                yield self.overrides.get(row, value) if self.overrides else value
                row += 1


class TextStore(Protocol):
    """Where texts are kept, in memory or in a temporary file."""

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Bytes of each text, (n,)."""
        ...

    def read(self, row: int) -> bytes:
        """The text of one row as UTF-8."""
        ...


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is known of all documents of a scan, in input order."""

    ids: Strings
    sources: Strings
    """Publishers; empty where the input names none."""
    file_names: tuple[str, ...]
    files: NDArray[np.int32]
    lines: NDArray[np.int64]
    dates: NDArray[np.int64]
    words: NDArray[np.int32]
    texts: TextStore
    digests: NDArray[np.uint64] | None = None
    """Hashes of the word sequences; None where nobody made them."""

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        return f"Corpus({len(self):,} {_plural('document', len(self))})"

    def text(self, row: int) -> str:
        """The text as it was read."""
        return self.texts.read(row).decode()

    def source(self, row: int) -> str:
        """The publisher where known, else the file."""
        return self.sources[row] or self.file_names[self.files[row]]


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
        return f"EdgeTable({len(self):,} {_plural('edge', len(self))})"

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
            f"similarity {self.similarity:.4g}", f"{len(self.passages):,} {_plural('passage', len(self.passages))}",
            f"{len(self.substitutions):,} {_plural('substitution', len(self.substitutions))}",
        )  # fmt: skip
        return f"Comparison({', '.join(said)})"

    def _repr_html_(self) -> str:
        return str(_faces().comparison_html(self))


UNDECIDED, BOTH = -1, -2
"""Values of `EdgeTable.copy` beside rows."""


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
        words = (f"{count:,} {_plural(name, count)}" for count, name in counts)
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
        return str(_faces().result_html(self))

    def to_dict(self, evidence: str = "full") -> dict[str, Any]:
        """The whole result as plain values, as `dedup scan --format json` writes it (`dedup schema scan`); `evidence`
        is none, short or full.
        """
        return dict(_faces().to_dict(self, evidence))

    def to_html(self, path: str | PathLike[str]) -> None:
        """Write the whole report, as `dedup scan -o report.html`: to one file, or to a folder where `path` is one or
        ends in a slash. Raises OutputError.
        """
        _faces().to_html(self, path)

    def to_pandas(self, what: str = "documents") -> Any:
        """A DataFrame of pandas: `documents` (a row an item of the input, rejects too), `edges` or `flags`.

        Raises ImportError where pandas is missing, ValueError for a table that there is not.
        """
        return _faces().to_frame(self, what, "pandas")

    def to_polars(self, what: str = "documents") -> Any:
        """The same as a DataFrame of polars."""
        return _faces().to_frame(self, what, "polars")

    def to_arrow(self, what: str = "documents") -> Any:
        """The same as a table of pyarrow."""
        return _faces().to_frame(self, what, "pyarrow")

    def _by_input(self, rows: NDArray[Any], missing: Any) -> NDArray[Any]:
        """A column of rows laid out by the items of the input."""
        rows = rows[: self.new]
        if self.inputs is None or self.inputs == len(rows):
            return rows
        import numpy as np

        values = np.full(self.inputs, missing, rows.dtype)
        values[self.corpus.lines[: self.new] - 1] = rows
        return values


def _faces() -> Any:
    """What shows results in notebooks and as tables: it stands on the model, and is loaded when somebody asks."""
    return import_module("dedup.report.notebook")


def _plural(name: str, count: int) -> str:
    return name if count == 1 else f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
