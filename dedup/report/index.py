"""What an index says: rows for JSON, and text for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import IO, Any, TypeVar

from rich.console import Console
from rich.text import Text

from dedup.index.maintenance import Statistics
from dedup.index.results import DocumentRef, IndexedCluster, IndexedDocument, Match, Member, QueryResult
from dedup.model import EdgeTable, Flag, Relation
from dedup.relations.reasons import both_rewrite, missing_source
from dedup.report.console import console_for, flag_name, percent, plain
from dedup.report.rows import SHORT, Row, evidence_row, flag_row, iso_date, pair_row

QUERY_SCHEMA, EXPORT_SCHEMA = "dedup.index-query/1", "dedup.index-export/1"
SHOWN_TIES, SHOWN_WORDS, SHOWN_MEMBERS, SHOWN_TEXTS = 5, 4, 12, 20
ID_WIDTH, WORD_WIDTH = 60, 40
Group = TypeVar("Group")
Rendered = tuple[Text, Sequence[Any], Callable[..., Text]]
"""The head of a group of documents, its members, and what makes a line of one."""
_SIDES = {"this": "this is the copy", "other": "the other is the copy"}


def seen_row(seen: QueryResult, evidence: str) -> Row:
    """One answer."""
    return {
        "id": seen.id,
        "known": seen.known,
        "cluster": seen.cluster,
        "representative": seen.representative,
        "ties": [tie_row(tie, evidence) for tie in seen.ties],
        "flags": [flag_row(flag) for flag in seen.flags],
        "quoted": [
            {"start": quote.start, "end": quote.end, "text": quote.text, "others": list(map(other_row, quote.others))}
            for quote in seen.quoted
        ],
        "story": list(map(other_row, seen.story)),
        "forms": list(map(other_row, seen.forms)),
    }


def other_row(other: DocumentRef) -> Row:
    """One document by name."""
    return {"id": other.id, "source": other.source, "date": _date(other.date)}


def tie_row(tie: Match, evidence: str) -> Row:
    """One tie; `evidence` none, short or full says how much of what proves it."""
    row: Row = {
        "id": tie.id,
        "source": tie.source,
        "date": _date(tie.date),
        "relation": tie.relation.value,
        "similarity": round(tie.similarity, 6),
        "jaccard": round(tie.jaccard, 6),
        "containment": round(tie.containment, 6),
        "copy": tie.copy,
        "confidence": round(tie.confidence, 3),
        "cluster": tie.cluster,
    }
    if tie.evidence is not None and evidence != "none":
        row["evidence"] = evidence_row(tie.evidence, SHORT if evidence == "short" else None)
    return row


def cluster_row(cluster: IndexedCluster) -> Row:
    """One cluster, as in a scan."""
    members = cluster.members
    return {
        "id": cluster.id,
        "representative": members[0].id,
        "members": [member.id for member in members],
        "relations": [member.relation.value if member.relation else None for member in members],
        "similarities": [round(member.similarity, 6) for member in members],
        "weakest": round(cluster.weakest, 6),
        "source_missing": cluster.source_missing,
    }


def document_row(document: IndexedDocument, *, text: bool) -> Row:
    """One document; with `text` it can be scanned, or put into another index."""
    row: Row = {
        "id": document.id,
        "source": document.source,
        "date": _date(document.date),
        "added": iso_date(document.added),
        "words": document.words,
        "cluster": document.cluster,
        "story": document.story,
    }
    return row | {"text": document.text.decode()} if text else row


def edge_rows(parts: Iterable[tuple[list[str], EdgeTable]], evidence: str) -> Iterator[Row]:
    """All edges, as in a scan."""
    for ids, table in parts:
        for edge in table.rows(full=evidence != "none"):
            yield pair_row(edge, ids, evidence)


def statistics_row(found: Statistics) -> Row:
    """The index in numbers."""
    return asdict(found) | {"first_added": _date(found.first_added), "last_added": _date(found.last_added)}


def _date(seconds: int | None) -> str | None:
    """ISO 8601, None where it is not known or out of the calendar."""
    return None if seconds is None else iso_date(seconds)


def _day(seconds: int | None) -> str:
    """The day alone, for people."""
    return (_date(seconds) or "")[:10]


def write_seen(
    answers: Sequence[QueryResult], out: IO[str], *, color: bool | None = None, everything: bool = False
) -> None:
    """What is known of texts: those that were seen before with their ties, the others by name."""
    console = console_for(out, color)
    known = [seen for seen in answers if seen.known or seen.ties]
    head = Text(f"{len(answers):,} text{'' if len(answers) == 1 else 's'}", "bold")
    head.append(
        f" · {len(known):,} seen before" if known else " · not seen before", "bold red" if known else "bold green"
    )
    console.print(head)
    shown = known if everything else known[:SHOWN_TEXTS]
    for seen in shown:
        console.print()
        _seen(console, seen, everything)
    if len(known) > len(shown):
        console.print(f"\n… and {len(known) - len(shown):,} more (-v shows all)", style="dim")


def _seen(console: Console, seen: QueryResult, everything: bool) -> None:
    line = Text(plain(seen.id, ID_WIDTH), "bold")
    if seen.known:
        line.append("  is in the index as it is")
    if seen.cluster is not None:
        line.append(f"  cluster {seen.cluster}, represented by {plain(seen.representative or '', ID_WIDTH)}", "dim")
    console.print(line)
    shown = seen.ties if everything else seen.ties[:SHOWN_TIES]
    for tie in shown:
        _tie(console, tie)
    for flag in seen.flags:
        _flag(console, flag)
    for quote in seen.quoted if everything else seen.quoted[:SHOWN_TIES]:
        line = Text("  quoted also by ", "cyan").append(_named(quote.others[0]), "default")
        more = f" and {len(quote.others) - 1:,} more" if len(quote.others) > 1 else ""
        console.print(line.append(f"{more}  “{plain(quote.text, ID_WIDTH)}”", "dim"))
    for other in seen.story if everything else seen.story[:SHOWN_TIES]:
        console.print(Text("  same event  ", "cyan").append(_named(other), "default"))
    for other in seen.forms if everything else seen.forms[:SHOWN_TIES]:
        console.print(Text("  same form, other facts  ", "dim").append(_named(other), "default"))
    if len(seen.ties) > len(shown):
        console.print(f"  … and {len(seen.ties) - len(shown):,} more ties (-v shows all)", style="dim")


def _named(other: DocumentRef) -> str:
    """A document with its source and day."""
    return " · ".join(filter(None, (plain(other.id, ID_WIDTH), plain(other.source, ID_WIDTH), _day(other.date))))


def write_stories(stories: Sequence[Sequence[DocumentRef]], out: IO[str], *, everything: bool = False) -> None:
    """Stories, the largest first."""
    console = console_for(out)
    if not stories:
        console.print("no stories: no two dated documents report one event")
    ordered = sorted(stories, key=lambda members: (-len(members), members[0].number))
    _groups(console, ordered, _story, "stories", everything)


def _story(members: Sequence[DocumentRef]) -> tuple[Text, Sequence[DocumentRef], Callable[[DocumentRef], Text]]:
    head = Text("story", "bold").append(f"  {len(members):,} documents", "dim")
    return head, members, lambda member: Text("  ").append(_named(member))


def _groups(
    console: Console, groups: Sequence[Group], render: Callable[[Group], Rendered], what: str, everything: bool
) -> None:  # fmt: skip
    """Groups of documents, not all of many."""
    shown = groups if everything else groups[:SHOWN_TEXTS]
    for number, group in enumerate(shown):
        if number:
            console.print()
        head, members, line = render(group)
        console.print(head)
        listed = members if everything else members[:SHOWN_MEMBERS]
        for member in listed:
            console.print(line(member))
        if len(members) > len(listed):
            console.print(f"  … and {len(members) - len(listed):,} more (-v shows all)", style="dim")
    if len(groups) > len(shown):
        console.print(f"\n… and {len(groups) - len(shown):,} more {what} (-v shows all)", style="dim")


def _tie(console: Console, tie: Match) -> None:
    line = Text("  ").append(tie.relation.value, "cyan").append(" of " if tie.copy != "other" else " with ")
    line.append(plain(tie.id, ID_WIDTH), "bold").append(
        "  " + percent(tie.similarity, exact=tie.relation is Relation.EXACT)
    )
    where = [plain(tie.source, ID_WIDTH)] if tie.source else []
    where += [_day(tie.date)] if tie.date is not None else []
    side = [_SIDES.get(tie.copy) or both_rewrite(tie.confidence)] if tie.copy else []
    if side and tie.confidence:
        side[0] += f" ({percent(tie.confidence)} sure)"
    details = " · ".join([*where, *side])
    console.print(line.append(f"  {details}" if details else "", "dim"))
    pairs = tie.evidence.substitutions[:SHOWN_WORDS] if tie.evidence else ()
    for pair in pairs:
        words = plain(pair.a.text, WORD_WIDTH), plain(pair.b.text, WORD_WIDTH)
        console.print(Text("      " + _arrow(*words, tie.copy), "dim"))
    if tie.evidence and (more := len(tie.evidence.substitutions) - len(pairs)) > 0:
        console.print(Text(f"      … and {more:,} more", "dim"))


def _arrow(here: str, there: str, copy: str | None) -> str:
    """Two wordings, the source's first where it is known which that is."""
    if copy == "this":
        return f"{there} → {here}"
    return f"{here} {'→' if copy == 'other' else '↔'} {there}"


def _flag(console: Console, flag: Flag) -> None:
    """One finding, each place on a line of its own."""
    for span in flag.spans[:SHOWN_WORDS]:
        line = Text("  ").append(flag_name(flag, span), "red").append(f"  {plain(span.text, ID_WIDTH)}")
        other = (span.other or {}).get("text")
        console.print(line.append(f"  there: {plain(str(other), ID_WIDTH)}" if other else "", "dim"))
    if len(flag.spans) > SHOWN_WORDS:
        console.print(Text(f"  … and {len(flag.spans) - SHOWN_WORDS:,} more", "dim"))


def write_clusters(clusters: Sequence[IndexedCluster], out: IO[str], *, everything: bool = False) -> None:
    """Clusters, the largest first."""
    console = console_for(out)
    if not clusters:
        console.print("no clusters: no two documents are copies")
    ordered = sorted(clusters, key=lambda cluster: (-len(cluster.members), cluster.id))
    _groups(console, ordered, _cluster, "clusters", everything)


def _cluster(cluster: IndexedCluster) -> tuple[Text, Sequence[Member], Callable[[Member], Text]]:
    head = Text(f"cluster {cluster.id}", "bold")
    head.append(f"  {len(cluster.members):,} documents, weakest link {_weakest(cluster)}", "dim")
    if cluster.source_missing:
        head.append(f", {missing_source(())}", "red")  # how sure that is stands with the pairs
    return head, cluster.members, _member


def _weakest(cluster: IndexedCluster) -> str:
    exact = all(member.relation in (None, Relation.EXACT) for member in cluster.members)
    return percent(cluster.weakest, exact=exact)


def _member(member: Member) -> Text:
    tie = f"{member.relation.value} {_share(member)}" if member.relation else "keep"
    line = Text(f"  {tie:<20} ", "cyan" if member.relation else "green").append(plain(member.id, ID_WIDTH))
    details = " · ".join(filter(None, (plain(member.source, ID_WIDTH), _day(member.date), f"{member.words:,} words")))
    return line.append(f"  {details}", "dim")


def _share(member: Member) -> str:
    return f"{percent(member.similarity, exact=member.relation is Relation.EXACT):>5}"


def write_statistics(found: Statistics, out: IO[str]) -> None:
    """The index in numbers."""
    console, rows = console_for(out), statistics_row(found)
    per = found.bytes / found.documents if found.documents else 0
    lines = [
        ("index", plain(found.place)),
        ("documents", f"{found.documents:,} of {found.sources:,} source{'' if found.sources == 1 else 's'}"),
        ("added", f"{rows['first_added']} to {rows['last_added']}" if found.documents else "never"),
        ("clusters", f"{found.clusters:,} of {found.clustered:,} documents"),
        ("stories", f"{found.stories:,} of {found.told:,} documents"),
        ("pairs", ", ".join(f"{count:,} {name}" for name, count in found.edges.items() if count) or "none"),
        ("text", f"{found.text_bytes / 1e6:,.1f} MB before it is packed"),
        ("on disk", f"{found.bytes / 1e6:,.1f} MB, {per / 1e3:,.1f} kB a document"),
        ("settings", ", ".join(f"{name} {plain(str(value))}" for name, value in found.settings.items())),
    ]
    for name, value in lines:
        console.print(Text(f"{name:<10} ", "dim").append(value))
