"""Where the time and the memory went, for `--stats`."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table


def print_stats(stats: dict[str, Any], console: Console) -> None:
    """A table of stages. `read` is reading and parsing; `fingerprint` is what was waited for on top of it."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("stage", "seconds", "share", "peak MB"):
        table.add_column(name, justify="left" if name == "stage" else "right")
    total = stats["seconds"]
    for name, entry in stats["stages"].items():
        share = entry["seconds"] / total if total else 0
        table.add_row(name, f"{entry['seconds']:.3f}", f"{share:.0%}", f"{entry['peak_mb']:,.0f}")
    table.add_row("total", f"{total:.3f}", "", f"{stats['peak_mb']:,.0f}", style="bold")
    console.print(table)
    megabytes = stats["text_bytes"] / 1e6
    rate = f", {stats['documents'] / total:,.0f} documents/s" if total else ""
    told = f"{stats['bands']} bands of {stats['rows']}; " if "bands" in stats else ""
    disk = stats.get("spilled_bytes", stats.get("disk_bytes", 0))
    console.print(
        f"{stats['documents']:,} documents, {megabytes:,.1f} MB of text{rate}; "
        f"{told}{stats.get('candidates', 0):,} candidate pairs, "
        f"{stats['edges']:,} verified; {disk / 1e6:,.0f} MB in temporary files"
    )
