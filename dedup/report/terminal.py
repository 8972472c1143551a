"""The summary that a person reads: counts, each cluster with its members and why they are in it, stories, and flags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

import numpy as np
from rich.console import Console
from rich.text import Text

from dedup.model import BOTH, RELATIONS, Cluster, Flag, FlagKind, Relation, ScanResult
from dedup.model.shown import plural
from dedup.relations.reasons import missing_source
from dedup.report.console import console_for, flag_name, percent, plain
from dedup.report.excerpt import phrase_lines
from dedup.report.rewriting import sentence_lines

SHOWN_CLUSTERS = 20
SHOWN_MEMBERS = 12
LEGEND = "\n→ leads from the source's words to the copy's; ↔ where nothing tells which is the copy"
INDENT, ID_WIDTH = 23, 48
SHOWN_WORDS, SHOWN_STORIES, SHOWN_FLAGGED, SHOWN_SPANS = 4, 10, 10, 3
SHOWN_FRAME = 110
SHOWN = (Relation.SPUN, Relation.NEAR_DUPLICATE, Relation.REWRITTEN)
"""Relations of pairs whose differing words are shown."""
_STYLES = {
    Relation.EXACT: "cyan",
    Relation.NEAR_DUPLICATE: "green",
    Relation.EXCERPT: "yellow",
    Relation.SPUN: "red",
    Relation.SAME_STORY: "blue",
    Relation.FORM: "magenta",
    Relation.REWRITTEN: "bright_red",
}


def write_text(result: ScanResult, out: IO[str], *, color: bool | None = None, everything: bool = False) -> None:
    """Write the summary. `color` is that of `console_for`."""
    console = console_for(out, color)
    console.print(_headline(result))
    edges = _to_representative(result)
    order = sorted(result.clusters, key=lambda cluster: (-len(cluster.members), cluster.id))
    shown = order if everything else order[:SHOWN_CLUSTERS]
    for cluster in shown:
        console.print()
        _cluster(console, cluster, result, edges, everything)
    if any(relation in SHOWN for cluster in shown for relation in cluster.relations):
        console.print(LEGEND, style="dim")
    hidden = len(order) - len(shown)
    if hidden:
        console.print(f"\n… and {hidden:,} more clusters (-v shows all; --format json has every pair)", style="dim")
    _forms(console, result, everything)
    _stories(console, result, everything)
    _flags(console, result, everything)


def _headline(result: ScanResult) -> Text:
    stats = result.stats
    documents, dropped, rejects = stats["documents"], stats["dropped"], stats["rejects"]
    old, clusters, skipped = stats.get("against"), len(result.clusters), stats.get("skipped", 0)
    line = Text(_count(documents, "document"), "bold")
    if old is not None:
        line.append(f" compared with {old:,} old {'one' if old == 1 else 'ones'}", "bold")
        matched = stats["dropped_against"]
        line.append(f" · {_count(matched, 'copy')} of old ones dropped", "bold")
    if clusters:
        copies = sum(len(cluster.members) - 1 for cluster in result.clusters)
        line.append(f" · {_count(copies, 'copy')} in {_count(clusters, 'cluster')}", "bold")
        if old is None and copies > dropped:  # of a relation that is not dropped, or wanted by somebody
            line.append(f", {copies - dropped:,} of them kept", "bold")
        line.append(f" · {documents - dropped:,} to keep", "bold green")
    else:
        line.append(" · no copies found")
    if rejects:
        line.append(f" · {rejects:,} rejected", "red")
    if skipped:
        line.append(f" · {skipped:,} file{'' if skipped == 1 else 's'} skipped", "yellow")
    return line


def _count(number: int, name: str) -> str:
    """A number of things, in words."""
    return f"{number:,} {plural(name, number)}"


def _cluster(
    console: Console, cluster: Cluster, result: ScanResult, edges: dict[tuple[int, int], int], everything: bool
) -> None:
    corpus, best = result.corpus, cluster.representative
    head = Text(f"cluster {cluster.id}", "bold")
    head.append(f"  {len(cluster.members):,} documents, weakest link {_weakest(cluster)}", "dim")
    if cluster.source_missing:
        head.append(f", {missing_source(_both_rewritten(cluster, result))}", "red")
    console.print(head)
    rows = list(zip(cluster.members[1:], cluster.relations[1:], cluster.similarities[1:], strict=True))
    shown = rows if everything else rows[:SHOWN_MEMBERS]
    names = {row: plain(corpus.ids[row]) for row in (best, *(row for row, _, _ in shown))}
    width = min(max(map(len, names.values())), ID_WIDTH)
    room = max(console.width - INDENT - width - 2, 20)
    where = f"in {plain(corpus.file_names[corpus.files[best]])}: " if best >= result.new else ""
    label = "old" if best >= result.new else "keep"
    text = plain(where + corpus.text(best)[:200], room)
    console.print(_line(label, "bold green", "", names[best], width, text))
    for row, relation, similarity in shown:
        assert relation is not None
        label, style = relation.value.replace("near-duplicate", "near-dup"), _STYLES[relation]
        why = _why(row, best, relation, result) + _fate(row, best, result)
        console.print(
            _line(label, style, percent(similarity, exact=relation is Relation.EXACT), names[row], width, why)
        )
        number = edges.get((min(row, best), max(row, best)))
        if number is None:
            continue
        in_sentences = relation is Relation.REWRITTEN
        differs = _sentences(console, result, number, row) if in_sentences else _rewording(result, number, row)
        if differs:
            console.print(differs, soft_wrap=in_sentences or None)  # None: as the console has it
    if len(rows) > len(shown):
        console.print(f"  … and {len(rows) - len(shown):,} more", style="dim")


def _both_rewritten(cluster: Cluster, result: ScanResult) -> Iterator[float]:
    """Of the pairs in a cluster that are two rewritings of a third text, how sure that is."""
    edges = result.edges
    here = np.isin(edges.a, cluster.members) & np.isin(edges.b, cluster.members)
    for number in np.flatnonzero(here & (edges.copy == BOTH)).tolist():
        direction = edges.explain(number, False).direction
        if direction is not None and direction.confidence is not None:
            yield direction.confidence


def _fate(row: int, best: int, result: ScanResult) -> str:
    """What becomes of a member where that is not what becomes of most."""
    if result.kept_rows[row]:
        return "; kept"
    other = best if result.dropped_for is None else int(result.dropped_for[row])
    return "" if other == best else f"; dropped for {plain(result.corpus.ids[other], ID_WIDTH)}"


def _to_representative(result: ScanResult) -> dict[tuple[int, int], int]:
    """Row of the table of edges for each pair of which more is shown."""
    edges, wanted = result.edges, {RELATIONS.index(relation) for relation in SHOWN}
    numbers = [number for number, code in enumerate(edges.relation.tolist()) if code in wanted]
    return {(int(edges.a[number]), int(edges.b[number])): number for number in numbers}


def _sentences(console: Console, result: ScanResult, number: int, row: int) -> Text | None:
    """Sentences of a rewritten pair beside each other."""
    return sentence_lines(result, number, row, INDENT, console.width)


def _rewording(result: ScanResult, number: int, row: int) -> Text | None:
    """Some substitutions of a pair, the source's wording first; of two rewritings that of the one that is kept. None
    where there are none: words were put in or left out, or moved.
    """
    edges, line = result.edges, Text(" " * INDENT, "dim")
    begin, copy = len(line), int(edges.copy[number])
    known = copy >= 0
    last = copy if known else row
    pairs = [pair if int(edges.b[number]) == last else pair[::-1] for pair in edges.explain(number, True).substitutions]
    chosen = list(dict.fromkeys((a.text, b.text) for a, b in pairs if a.text.strip() and b.text.strip()))
    if not chosen:
        return None
    for source, rewritten in chosen[:SHOWN_WORDS]:
        line.append(", " if len(line) > begin else "")
        line.append(f"{plain(source, 30)} {'→' if known else '↔'} ").append(
            plain(rewritten, 30), "red" if known else ""
        )
    if len(chosen) > SHOWN_WORDS:
        line.append(f" … and {len(chosen) - SHOWN_WORDS:,} more")
    return line


def _forms(console: Console, result: ScanResult, everything: bool) -> None:
    """What fills in one frame with other facts."""
    if not result.forms:
        return
    documents = sum(len(form.members) for form in result.forms)
    title = f"\n{_count(len(result.forms), 'form')} filled in {documents:,} times with other facts: no copies, all kept"
    console.print(title, style="bold")
    order = sorted(result.forms, key=lambda form: (-len(form.members), form.id))
    for form in order if everything else order[:SHOWN_STORIES]:
        line = Text(f"  form {form.id}", "bold")
        line.append("  " + plain(form.frame, 0 if everything else SHOWN_FRAME), "dim")
        console.print(line, soft_wrap=True)
        console.print(Text(f"          {_named(form.members, result, everything)}"))
    if (hidden := len(order) - SHOWN_STORIES) > 0 and not everything:
        console.print(f"  … and {hidden:,} more (-v shows all)", style="dim")


def _named(rows: tuple[int, ...], result: ScanResult, everything: bool) -> str:
    """Ids of some documents, not too many."""
    names = [plain(result.corpus.ids[row]) for row in rows[: None if everything else SHOWN_MEMBERS]]
    rest = len(rows) - len(names)
    return ", ".join(names) + (f" … and {rest:,} more" if rest else "")


def _stories(console: Console, result: ScanResult, everything: bool) -> None:
    """Stories that are more than one cluster: what else was written about the event."""
    told = [story for story in result.stories if len({int(result.cluster_of[row]) for row in story.members} - {-1}) != 1
            or any(result.cluster_of[row] < 0 for row in story.members)]  # fmt: skip
    if not told:
        return
    order = sorted(told, key=lambda story: (-len(story.members), story.id))
    shown = order if everything else order[:SHOWN_STORIES]
    console.print(f"\n{len(told):,} stor{'y' if len(told) == 1 else 'ies'} told by several documents", style="bold")
    for story in shown:
        names = _named(story.members, result, everything)
        console.print(Text(f"  story {story.id}  ", "blue").append(names, ""))
    if len(order) > len(shown):
        console.print(f"  … and {len(order) - len(shown):,} more", style="dim")


def _flags(console: Console, result: ScanResult, everything: bool) -> None:
    """What is wrong with single documents."""
    if not result.flags:
        return
    console.print(f"\n{len(result.flags):,} document{'' if len(result.flags) == 1 else 's'} flagged", style="bold")
    rows = sorted(result.flags)
    for row in rows if everything else rows[:SHOWN_FLAGGED]:
        console.print(Text("  " + plain(result.corpus.ids[row])))
        for flag in result.flags[row]:
            console.print(_flag(flag, everything))
    if not everything and len(rows) > SHOWN_FLAGGED:
        console.print(f"  … and {len(rows) - SHOWN_FLAGGED:,} more (-v shows all)", style="dim")


def _flag(flag: Flag, everything: bool) -> Text:
    """One flag: its first places, and the wording elsewhere."""
    if flag.kind is FlagKind.MANGLED:
        return _mangled(flag, everything)
    line, label = Text(), ""
    spans = flag.spans if everything else flag.spans[:SHOWN_SPANS]
    for number, span in enumerate(spans):
        before, label = label, flag_name(flag, span)
        line.append("\n" if number else "")
        line.append(f"    {label if label != before else '':<15}", "yellow")
        line.append(plain(span.text, 60))
        if span.other and "text" in span.other:
            line.append("  elsewhere: ", "dim").append(plain(str(span.other["text"]), 60), "green")
    if len(flag.spans) > len(spans):
        line.append(f"\n{' ' * 19}… and {len(flag.spans) - len(spans):,} more", "dim")
    return line


def _mangled(flag: Flag, everything: bool) -> Text:
    """The score, and the worst phrases, each with the closest wording that was found."""
    score = "" if flag.score is None else f"score {flag.score:.2f}"
    lines = [Text(score, "red"), *phrase_lines(flag.spans, None if everything else SHOWN_SPANS)]
    text = Text().append(f"    {flag.kind.value:<15}", "yellow")
    return text.append_text(Text("\n" + " " * 19).join(line for line in lines if line))


def _line(label: str, style: str, percent: str, name: str, width: int, why: str) -> Text:
    """One member of a cluster."""
    line = Text("  ").append(f"{label:<14}", style).append(f"{percent:>5}  {name:<{width}}  ")
    return line.append(why, "dim")


def _why(row: int, best: int, relation: Relation, result: ScanResult) -> str:
    words = result.corpus.words
    own, other = int(words[row]), int(words[best])
    if relation is Relation.EXACT:
        return f"the same {own:,} words"
    if relation is Relation.EXCERPT:
        inner, outer = (own, other) if own <= other else (other, own)
        return f"{inner:,} words that stand in {outer:,}"
    change = own - other
    return f"{own:,} words" + (f", {abs(change):,} {'more' if change > 0 else 'fewer'}" if change else ", as many")


def _weakest(cluster: Cluster) -> str:
    return percent(cluster.weakest, exact=all(relation in (None, Relation.EXACT) for relation in cluster.relations))
