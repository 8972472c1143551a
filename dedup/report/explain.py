"""A saved result, asked about one document or two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dedup.errors import InputError
from dedup.relations.reasons import both_rewrite
from dedup.report.console import percent
from dedup.report.rows import Row

if TYPE_CHECKING:
    from dedup.config import Config

SHOWN = 20


class Saved:
    """A result in JSON. Raises InputError for ids that it does not have."""

    def __init__(self, result: Mapping[str, Any], name: str) -> None:
        self.name, self._result = name, result
        self.documents: Sequence[Row] = result["documents"]
        self._by_id = {row["id"]: row for row in self.documents}
        self._files = {row["name"]: row for row in result.get("files", ())}

    def row(self, name: str) -> Row:
        """A document. Raises InputError."""
        found: Row | None = self._by_id.get(name)
        if found is None:
            near = [key for key in self._by_id if name in key][:3]
            told = f" (there is {', '.join(map(repr, near))})" if near else ""
            raise InputError(f"{self.name}: has no document {name!r}{told}")
        return found

    def file_of(self, row: Row) -> Row | None:
        """The file of a document; None where it cannot be found again."""
        return self._files.get(row["file"])

    def config(self) -> Config:
        """The settings of the scan, as far as the result has them; else the defaults."""
        from dedup.config import Config

        return Config().update(self._result.get("settings", {}))

    def _edges_of(self, name: str) -> list[Row]:
        return [edge for edge in self._result["edges"] if name in (edge["a"], edge["b"])]

    def document(self, name: str) -> Row:
        """All that the result says of one document."""
        row = self.row(name)
        clusters: list[Row] = [each for each in self._result["clusters"] if each["id"] == row["cluster"]]
        forms = [form for form in self._result.get("forms", ()) if name in form["members"]]
        stories = [story for story in self._result["stories"] if story["id"] == row["story"]]
        return {
            "document": row, "cluster": clusters[0] if clusters else None, "forms": forms,
            "story": stories[0] if stories else None,
            "edges": sorted(self._edges_of(name), key=lambda edge: -edge["similarity"]),
        }  # fmt: skip

    def document_lines(self, told: Row) -> Iterator[str]:
        """The same for people."""
        row, cluster = told["document"], told["cluster"]
        yield f"{row['id']}  {row['words']:,} words" + (f", {row['date']}" if row.get("date") else "")
        if row["kept"]:
            yield "  kept: " + self._why_kept(row, cluster)
        else:
            yield f"  dropped for {row['duplicate_of']}: {row['dropped_by']}"
        if cluster:
            members = cluster["members"]
            yield f"  cluster {cluster['id']}: {len(members):,} documents, {members[0]} stands for them"
        for edge in told["edges"][:SHOWN]:
            yield f"  {_other(edge, row['id'])}: {_said(edge)}"
            yield from (f"    {line}" for line in _direction(edge))
        if len(told["edges"]) > SHOWN:
            yield f"  … and {len(told['edges']) - SHOWN:,} more"
        for form in told["forms"]:
            yield f"  one of {len(form['members']):,} of form {form['id']}: {form.get('frame', '')}"
        if told["story"]:
            yield f"  story {told['story']['id']}: {len(told['story']['members']):,} documents about one event"
        for flag in row["flags"]:
            score = f", score {flag['score']:.2f}" if flag.get("score") is not None else ""
            places = len(flag.get("spans", ()))
            yield f"  {flag['kind']}: {places:,} {'place' if places == 1 else 'places'}{score}"

    @staticmethod
    def _why_kept(row: Row, cluster: Row | None) -> str:
        if row.get("against"):
            return "it was only compared with"
        if cluster is None:
            return "it is no copy of any other"
        if not row["representative"]:
            return "a copy, by a relation that drops nothing, or by decision"
        return (
            "it stands for its cluster: no excerpt or spun copy of another there, and of the rest the earliest by "
            "date, then the longest by its own words, then by name (or as --keep-by says)"
        )

    def pair(self, one: str, other: str) -> Row:
        """All that the result says of two documents."""
        rows = self.row(one), self.row(other)
        if one == other:
            raise InputError(f"{one!r} is given twice")
        edge = next((edge for edge in self._edges_of(one) if other in (edge["a"], edge["b"])), None)
        clusters = {row["cluster"] for row in rows}
        stories = {row["story"] for row in rows}
        between = self._between(one, other) if edge is None else []
        return {
            "a": one, "b": other, "edge": edge, "same_cluster": len(clusters) == 1 and None not in clusters,
            "same_story": len(stories) == 1 and None not in stories, "both_tied_to": between,
        }  # fmt: skip

    def _between(self, one: str, other: str) -> list[str]:
        """Documents that both are tied to."""
        sides = [{name for edge in self._edges_of(own) for name in (edge["a"], edge["b"])} for own in (one, other)]
        return sorted((sides[0] & sides[1]) - {one, other})

    def pair_lines(self, told: Row) -> Iterator[str]:
        """The same for people."""
        edge = told["edge"]
        if edge is not None:
            yield f"{told['a']} and {told['b']}: {_said(edge)}"
            yield from (f"  {line}" for line in (*_direction(edge), *_figures(edge)))
            return
        yield f"{told['a']} and {told['b']} were not found together"
        if told.get("decided"):
            yield f"  decided by hand: {told['decided']}"
        if told["same_cluster"]:
            yield f"  both are in one cluster, as copies of {', '.join(told['both_tied_to'][:3]) or 'another'}"
        if told["same_story"]:
            yield "  both report one event"
        judged = told.get("judged")
        if judged is None:
            yield f"  they cannot be judged again: {told.get('why_not')}"
            return
        yield from (f"  {line}" for line in _judged(judged))


def _other(edge: Row, name: str) -> str:
    return str(edge["b"] if edge["a"] == name else edge["a"])


def _said(edge: Row) -> str:
    exact = edge["relation"] == "exact"
    told = f"{edge['relation']}, similarity {percent(edge['similarity'], exact=exact)}, "
    told += f"Jaccard {edge['jaccard']:.2f}, containment {edge['containment']:.2f}"
    return told + (f"; decided by hand: {edge['decided']}" if edge.get("decided") else "")


def _direction(edge: Row) -> Iterator[str]:
    copy, direction = edge.get("copy"), edge.get("evidence", {}).get("direction", {})
    if edge["relation"] in ("form", "same-story"):
        return
    which = "nothing tells which is the copy" if copy is None else (
        both_rewrite(direction.get("confidence", 0.0)) if isinstance(copy, list) else f"{copy} is the copy"
    )  # fmt: skip
    reasons = direction.get("reasons", ())
    yield which + (f": {', '.join(reasons)}" if reasons else "")


def _figures(edge: Row) -> Iterator[str]:
    figures = edge.get("evidence", {}).get("figures", {})
    if not figures:
        return
    words, coverage = figures["words"], figures["coverage"]
    yield (
        f"{figures['kept']:,} words kept of {words[0]:,} and {words[1]:,}; {percent(coverage[0])} and "
        f"{percent(coverage[1])} in {figures['passages']:,} aligned passages; "
        f"{figures['substitutions']:,} substitutions"
    )


def _judged(judged: Row) -> Iterator[str]:
    looked = "was looked at, or would have been" if judged["candidate"] else "was not looked at"
    yield f"the pair {looked}:"
    yield from (f"  {line}" for line in judged["found_by"])
    if judged["relation"] not in ("nothing", "form"):
        yield (
            f"by themselves the two are {judged['relation']}: in the batch others share their wording, which then "
            "proves less, or the pair was decided by hand, or never looked at"
        )
    elif judged["relation"] == "form":
        yield "they are one form filled in with other facts"
    group = ""
    for test in judged["tests"]:
        if test["group"] != group:
            group = test["group"]
            yield f"{group}:"
        verdict = "passed" if test["passed"] else f"FAILED by {test['missing']:g}"
        yield f"  {test['name']}: {test['value']:g}, {test['needed']:g} needed: {verdict}"
