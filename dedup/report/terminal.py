"""The summary that a person reads: counts, then each cluster with its members and why they are in it.

Ids and texts come from the web. They are printed as plain text: no markup is read in them, and characters that
steer a terminal or turn the direction of writing are shown as a replacement character.
"""

from __future__ import annotations

import re
import unicodedata
from typing import IO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dedup.model import Cluster, Relation, ScanResult

SHOWN_CLUSTERS = 20
SHOWN_MEMBERS = 12
_STYLES = {
    Relation.EXACT: "cyan",
    Relation.NEAR_DUPLICATE: "green",
    Relation.EXCERPT: "yellow",
    Relation.SPUN: "red",
    Relation.SAME_STORY: "blue",
}


def plain(text: str, width: int = 0) -> str:
    """`text` on one line without control or bidirectional characters, cut to `width` characters if given."""
    shown = "".join(
        "\ufffd" if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char for char in re.sub(r"\s+", " ", text)
    )
    return shown if not width or len(shown) <= width else shown[: width - 1].rstrip() + "…"


def write_text(result: ScanResult, out: IO[str], *, color: bool | None = None, everything: bool = False) -> None:
    """Write the summary. `color` None: if `out` is a terminal and NO_COLOR is not set."""
    tty = out.isatty() if color is None else color
    console = Console(
        file=out,
        force_terminal=tty,
        no_color=None if tty else True,
        highlight=False,
        soft_wrap=not tty,
        width=None if tty else 120,
    )
    stats = result.stats
    console.print(_headline(stats["documents"], stats["dropped"], stats["clusters"], stats["rejects"]))
    order = sorted(result.clusters, key=lambda cluster: (-len(cluster.members), cluster.id))
    shown = order if everything else order[:SHOWN_CLUSTERS]
    for cluster in shown:
        console.print()
        _cluster(console, cluster, result, everything)
    hidden = len(order) - len(shown)
    if hidden:
        console.print(f"\n… and {hidden:,} more clusters (-v shows all; --format json has every pair)", style="dim")


def _headline(documents: int, dropped: int, clusters: int, rejects: int) -> Text:
    line = Text(f"{documents:,} document{'' if documents == 1 else 's'}", "bold")
    if clusters:
        line.append(
            f" · {dropped:,} cop{'y' if dropped == 1 else 'ies'} in {clusters:,} cluster{'' if clusters == 1 else 's'}",
            "bold",
        )
        line.append(f" · {documents - dropped:,} to keep", "bold green")
    else:
        line.append(" · no copies found")
    if rejects:
        line.append(f" · {rejects:,} rejected", "red")
    return line


def _cluster(console: Console, cluster: Cluster, result: ScanResult, everything: bool) -> None:
    corpus, best = result.corpus, cluster.representative
    head = Text(f"cluster {cluster.id}", "bold")
    head.append(f"  {len(cluster.members):,} documents, weakest link {_percent(cluster.weakest)}", "dim")
    console.print(head)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(width=14, no_wrap=True)
    table.add_column(justify="right", width=5, no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold", style="dim")
    table.add_row(
        Text("  keep", "bold green"), "", Text(plain(corpus.ids[best])), Text(plain(corpus.text(best)[:200], 60))
    )
    rows = list(zip(cluster.members[1:], cluster.relations[1:], cluster.similarities[1:], strict=True))
    shown = rows if everything else rows[:SHOWN_MEMBERS]
    for row, relation, similarity in shown:
        assert relation is not None
        label = Text("  " + relation.value.replace("near-duplicate", "near-dup"), _STYLES[relation])
        table.add_row(
            label, _percent(similarity), Text(plain(corpus.ids[row])), Text(_why(row, best, relation, result))
        )
    console.print(table)
    if len(rows) > len(shown):
        console.print(f"  … and {len(rows) - len(shown):,} more", style="dim")


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


def _percent(value: float) -> str:
    """Rounded down, so that 100 % means all of it."""
    return f"{int(value * 100 + 1e-9)} %"
