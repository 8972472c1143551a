"""References as people and programs read of them: what was counted, from what, and what became of the documents."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from rich.text import Text

from dedup.report.console import console_for, plain

if TYPE_CHECKING:
    from dedup.pipeline.reference import Built, ReferenceSummary

SCHEMA = "dedup.reference/1"
SHOWN_SOURCES = 12


def reference_row(shown: ReferenceSummary) -> dict[str, Any]:
    """One reference."""
    header = shown.header
    return {
        "schema": SCHEMA,
        "file": shown.file,
        "shipped": shown.file is None,
        "bytes": shown.size,
        "version": header.version,
        "tokeniser": header.tokeniser,
        "documents": header.documents,
        "words": header.words,
        "vocabulary": header.vocabulary,
        "sizes": dict(header.sizes),
        "made": header.made,
        "sources": list(header.sources),
        "note": header.note,
        "digest": header.digest,
    }


def write_reference(shown: ReferenceSummary, out: IO[str], *, everything: bool = False) -> None:
    """What a reference holds, one fact a line."""
    header = shown.header
    sources = header.sources if everything else header.sources[:SHOWN_SOURCES]
    more = len(header.sources) - len(sources)
    ngrams = ", ".join(f"{plain(order)}: {count:,}" for order, count in header.sizes.items())
    facts = [
        ("reference", plain(shown.file) if shown.file else "shipped with the package"),
        ("made", plain(header.made)),
        ("note", plain(header.note)),
        ("counted", f"{header.words:,} words of {header.documents:,} documents"),
        ("vocabulary", f"{header.vocabulary:,} words"),
        ("kept", ngrams),
        ("sources", ", ".join(plain(source) for source in sources) + (f" … and {more:,} more" if more else "")),
        ("format", f"{header.version}, words cut by {plain(header.tokeniser)}"),
        ("size", _bytes(shown.size)),
        ("digest", plain(header.digest)),
    ]
    _facts(facts, out)


def write_built(built: Built, out: IO[str]) -> None:
    """What a reference was made of, and what was left out."""
    header, skipped = built.shown.header, built.mangled
    facts = [
        ("read", _documents(built.read)),
        ("folded", f"{_documents(built.folded)} that say what another says"),
        ("left out", "" if skipped is None else f"{_documents(skipped)} with mangled phrasing"),
        ("counted", f"{header.words:,} words of {_documents(header.documents)}"),
    ]
    _facts(facts, out)
    write_merged(built.shown, out)


def write_merged(shown: ReferenceSummary, out: IO[str]) -> None:
    """What was written."""
    header = shown.header
    kept = header.sizes
    ngrams = kept.get("ngrams", sum(kept.values()))
    wrote = f"{plain(shown.file or '')}, {_bytes(shown.size)}: {ngrams:,} n-grams, {header.vocabulary:,} words"
    _facts([("wrote", wrote)], out)


def _facts(facts: list[tuple[str, str]], out: IO[str]) -> None:
    console = console_for(out)
    for name, value in facts:
        if value:
            console.print(Text().append(f"{name:<13}", "bold").append(value))


def _documents(count: int) -> str:
    return f"{count:,} document{'' if count == 1 else 's'}"


def _bytes(size: int | None) -> str:
    """A size as people say it."""
    if size is None:
        return ""
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.1f} kB" if size >= 1e3 else f"{size:,} bytes"
