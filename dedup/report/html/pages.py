"""Fills the templates: one file with everything, or a folder of pages with a style sheet and a script beside them.

Everything that comes from a result is escaped by Jinja2; the content security policy lets no script run but ours, by
its hash, and loads nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, BinaryIO

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dedup import __version__
from dedup.relations.reasons import both_rewrite, missing_source
from dedup.report.console import percent, visible
from dedup.report.html import overview, sides
from dedup.report.html.sources import ReportEdge, ReportSource
from dedup.report.rows import Row
from dedup.report.saved import aligned_shares

PAIRS, FILE_BYTES = 1_000, 9_000_000
"""Pairs laid side by side in one file, and its size from which no more are: mail takes 10 MB."""
PAGE_CLUSTERS, PAGE_PAIRS = 25, 100
"""Clusters on a page of a folder, and pairs laid side by side on it."""
UNSHOWN = 5
"""Words outside the passages of a result in JSON from which it is said that they are not shown."""
MEMBERS = 20
"""Copies of one cluster that are laid beside what is kept."""
LISTED, STORY_ROWS, FORM_ROWS, FLAGGED = 10_000, 200, 200, 500
"""Rows of the table of clusters, stories, forms and flagged documents; the report says what is left out."""
LONGEST_NAME, LONGEST_WORD = 120, 80
"""Characters of ids and sources that are shown; characters from which a word is broken."""
_KIND = {
    "mangled": "mangled", "scraper-mark": "scraper", "mutated-quote": "quote", "self-repeat": "quote",
    "mutated-number": "number", "obfuscated": "hidden",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PairView:
    """A pair for the template: the source (or what is kept) on the left."""

    left: Row
    right: Row
    relation: str
    similarity: str
    shares: tuple[str, ...]
    """Of each side, how much of it is in aligned passages; empty where nothing was aligned."""
    direction: str
    reasons: tuple[str, ...]
    lines: list[sides.Line | sides.Fold]
    left_out: int
    """Characters that are not shown."""
    named: str = ""
    """The pair as a line of decisions names it, JSON in ASCII; empty where nobody is to decide."""
    decided: str = ""
    """What a person said of it."""
    unshown: tuple[int, int] = (0, 0)
    """Words of the left and right text, about, that stand in no passage and that the result does not hold."""


@dataclass(frozen=True, slots=True)
class ClusterView:
    """A cluster for the template."""

    row: Row
    members: list[Row]
    relations: list[str]
    pairs: list[PairView]
    pairs_left_out: int
    flags: list[str]
    sources: list[str]
    missing: str
    """What is said of its source where that is missing; else empty."""


def _lines(text: str) -> str:
    """`visible`, with its lines."""
    return visible(text, "\n\t")


def name(text: str) -> str:
    """An id or a source on one line, cut where it is long."""
    shown = " ".join(_lines(text).split()) or "(no name)"
    return shown if len(shown) <= LONGEST_NAME else shown[: LONGEST_NAME - 1] + "…"


class _Report:
    """A result with what its pages have in common."""

    def __init__(self, source: ReportSource) -> None:
        self.source = source
        self.documents = source.documents
        self.ties = source.ties()
        self._by_pair = {(tie.a, tie.b): tie for tie in self.ties} | {(tie.b, tie.a): tie for tie in self.ties}
        self._index = {row["id"]: number for number, row in enumerate(self.documents)}

    def name(self) -> str:
        """What stands for this result where decisions on it are kept: the same for all its pages."""
        told = "\n".join(f"{row['id']}\t{row.get('digest', '')}" for row in self.documents)
        return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:16]

    def clusters(self) -> list[Row]:
        """The largest first."""
        return sorted(self.source.clusters, key=lambda row: (-len(row["members"]), row["id"]))

    def cluster(self, row: Row, pairs: int) -> ClusterView:
        """A cluster with no more than `pairs` of its members beside the one that is kept."""
        numbers = [self._index[member] for member in row["members"]]
        best, others = numbers[0], numbers[1:]
        shown = [self._by_pair[best, other] for other in others if (best, other) in self._by_pair]
        views = [self._pair(tie, best) for tie in shown[: min(pairs, MEMBERS)]]
        members = [self.documents[number] for number in numbers]
        flags = sorted({flag["kind"] for member in members for flag in member["flags"]})
        sources = list(dict.fromkeys(member["source"] for member in members))
        relations = ["keep", *(relation or "" for relation in row["relations"][1:])]
        missing = missing_source(self._both_rewritten(set(numbers))) if row["source_missing"] else ""
        return ClusterView(row, members, relations, views, len(others) - len(views), flags, sources, missing)

    def _both_rewritten(self, numbers: set[int]) -> Iterator[float]:
        """Of the pairs of some documents that are two rewritings of a third text, how sure that is."""
        for tie in self.ties:
            if len(tie.copy) == 2 and tie.a in numbers and tie.b in numbers:
                yield self.source.edge(tie.number)["evidence"].get("direction", {}).get("confidence", 0.0)

    def views(
        self, clusters: Sequence[Row], pairs: int, room: Callable[[], bool] = lambda: True
    ) -> Iterator[ClusterView]:
        """Clusters with no more than `pairs` in all laid side by side, and none when there is no more `room`."""
        for row in clusters:
            made = self.cluster(row, pairs if room() else 0)
            pairs -= len(made.pairs)
            yield made

    def _pair(self, tie: ReportEdge, best: int) -> PairView:
        return pair_view(self.source, tie, self.source.edge(tie.number), best)


def pair_view(source: ReportSource, tie: ReportEdge, edge: Row, best: int | None = None) -> PairView:
    """A pair for the template: the source on the left; where it is not known, the document `best`, else the first."""
    known = tie.a if best is None else best
    left = (tie.b if tie.copy[0] == tie.a else tie.a) if len(tie.copy) == 1 else known
    right, swap = tie.b if left == tie.a else tie.a, left == tie.b
    one, two = _side(source, edge, left, tie), _side(source, edge, right, tie)
    lines, left_out = sides.lines(edge, one, two, swap, tie.relation == "rewritten")
    exact = tie.relation == "exact"
    figures, direction = edge["evidence"].get("figures", {}), edge["evidence"].get("direction", {})
    shares = figures.get("coverage", ())[:: -1 if swap else 1]
    coverage = [percent(value, exact=exact) for value in shares]
    side = both_rewrite(direction.get("confidence", 0.0)) if len(tie.copy) == 2 else "" if tie.copy else "open"
    return PairView(
        source.documents[left], source.documents[right], tie.relation, percent(tie.similarity, exact=exact),
        tuple(coverage), side, tuple(direction.get("reasons", ())), sides.folded(lines), left_out,
        _named(source.documents[left], source.documents[right], tie, edge), edge.get("decided", ""),
        (_unshown(source, left, shares[0]), _unshown(source, right, shares[1])) if shares else (0, 0),
    )  # fmt: skip


def _unshown(source: ReportSource, document: int, share: float) -> int:
    """Words of a document outside its passages, of which `share` is inside, where its text is not at hand: who decides
    that it goes has to know that there is more of it.
    """
    if source.text(document) is not None:
        return 0
    words = round((1 - share) * source.documents[document]["words"])
    return words if words >= UNSHOWN else 0


def _named(left: Row, right: Row, tie: ReportEdge, edge: Row) -> str:
    """What the page needs to write a line of `dedup.decision/1`: the right side is the one that is decided on."""
    if "jaccard" not in edge:  # an anonymous result
        return ""
    row: Row = {"a": left["id"], "b": right["id"]}
    row |= {f"{side}_digest": doc["digest"] for side, doc in (("a", left), ("b", right)) if doc.get("digest")}
    row |= {"relation": tie.relation, "similarity": round(tie.similarity, 6)}
    row |= {name: round(edge[name], 6) for name in ("jaccard", "containment") if name in edge} | aligned_shares(edge)
    if "decided" in edge:
        row["decided"] = edge["decided"]
    return json.dumps(row, separators=(",", ":"))


def _side(source: ReportSource, edge: Row, number: int, tie: ReportEdge) -> sides.Side:
    key = "a" if number == tie.a else "b"
    known = [pair[key] for pair in edge["evidence"].get("passages", ())]
    return sides.Side(source.text(number), known, _flag_marks(source.documents[number]["flags"]))


def _flag_marks(flags: Sequence[Row]) -> Iterator[sides.PieceMark]:
    """What is wrong with a document, where it stands."""
    for flag in flags:
        for span in flag["spans"]:
            other = span.get("other") or {}
            note = span.get("suggestion") or other.get("text") or ""
            yield sides.PieceMark(span["start"], span["end"], _KIND.get(flag["kind"], "mangled"), note)


@cache
def _asset(file: str) -> str:
    return (files("dedup.report.html") / "templates" / file).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


@cache
def environment() -> Environment:
    """The templates of reports and notebooks: escaped, and nothing undefined is passed over."""
    made = Environment(
        loader=PackageLoader("dedup.report.html"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.filters |= {"name": name, "visible": _lines, "percent": percent, "trusted": Markup}
    return made


def _common(folder: bool) -> dict[str, Any]:
    style, script = _asset("style.css"), _asset("report.js")
    policy = "default-src 'none'; base-uri 'none'; form-action 'none'; "
    # pages in a folder name their two files; 'self' does not hold for pages that are opened from disk
    policy += "style-src 'self' file:; script-src 'self' file:" if folder else (
        f"style-src {_hash(style)}; script-src {_hash(script)}"
    )  # fmt: skip
    return {"style": style, "script": script, "policy": policy, "folder": folder, "version": __version__, "report": ""}


def _capped(name: str, values: Sequence[Any], most: int) -> dict[str, Any]:
    """The first `most` values under a name, and how many more there are."""
    return {name: values[:most], f"more_{name}": max(len(values) - most, 0)}


def _overview(report: _Report) -> dict[str, Any]:
    pairs = overview.copied_from(report.documents, report.ties)
    nodes, arrows = overview.graph(pairs)
    flagged = [row for row in report.documents if row["flags"]]
    source = report.source
    return {
        "facts": overview.settings_line(source), "relations": overview.relation_counts(report.ties),
        "flag_counts": overview.flag_counts(report.documents), "bars": overview.histogram(report.ties),
        "timeline": overview.timeline(report.documents), "nodes": nodes, "arrows": arrows,
        **_capped("pairs", pairs, overview.SOURCE_ROWS), **_capped("stories", source.stories, STORY_ROWS),
        **_capped("forms", source.forms, FORM_ROWS), **_capped("flagged", flagged, FLAGGED),
        **_capped("rejects", source.rejects, FLAGGED),
        "notes": source.notes, "width": overview.WIDTH, "height": overview.HEIGHT, "radius": overview.RADIUS,
    }  # fmt: skip


def write_file(source: ReportSource, out: BinaryIO) -> None:
    """Everything in one file of at most about 10 MB, written as it is made; it says what was left out."""
    report = _Report(source)
    template = environment().get_template("file.html.j2")
    clusters = report.clusters()
    counter = _Counter(out)
    views = report.views(clusters, PAIRS, lambda: counter.size < FILE_BYTES)
    common = _common(False) | {"report": report.name()}
    stream = template.stream(clusters=views, count=len(clusters), **_overview(report), **common)
    stream.enable_buffering(64)
    for part in stream:
        counter.write(part.encode("utf-8", "replace"))


def write_pair(source: ReportSource, tie: ReportEdge, edge: Row, out: BinaryIO) -> None:
    """A page with one pair."""
    page = environment().get_template("pair.html.j2").render(view=pair_view(source, tie, edge), **_common(False))
    out.write(page.encode("utf-8", "replace"))


class _Counter:
    """Counts what goes to `out`."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self.size = out, 0

    def write(self, data: bytes) -> None:
        self._out.write(data)
        self.size += len(data)


def write_folder(source: ReportSource, folder: Path) -> None:
    """`index.html` with the overview and all clusters by name, and pages of `PAGE_CLUSTERS` clusters each."""
    report = _Report(source)
    clusters = report.clusters()
    common = _common(True) | {"report": report.name()}
    count = -(-len(clusters) // PAGE_CLUSTERS)
    for file in ("style.css", "report.js"):
        (folder / file).write_text(_asset(file), encoding="utf-8")
    index = environment().get_template("index.html.j2")
    listed = [(report.cluster(row, 0), _page(number // PAGE_CLUSTERS)) for number, row in enumerate(clusters[:LISTED])]
    with (folder / "index.html").open("wb") as out:
        index.stream(
            listed=listed, count=len(clusters), pages=[_page(number) for number in range(count)],
            **_overview(report), **common,
        ).dump(out, "utf-8", "replace")  # fmt: skip
    page = environment().get_template("page.html.j2")
    for number in range(count):
        part = clusters[number * PAGE_CLUSTERS : (number + 1) * PAGE_CLUSTERS]
        with (folder / _page(number)).open("wb") as out:
            page.stream(
                clusters=report.views(part, PAGE_PAIRS), number=number + 1, count=count,
                before=_page(number - 1) if number else None,
                after=_page(number + 1) if number + 1 < count else None, **common,
            ).dump(out, "utf-8", "replace")  # fmt: skip


def _page(number: int) -> str:
    return f"clusters-{number + 1:04d}.html"
