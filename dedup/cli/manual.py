"""Manual pages, made from the commands themselves: `python -m dedup.cli.manual DIR` writes one a command.

The wheel is built with them (`hatch_build.py`), and installs them where `man dedup-scan` looks.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from dedup import __version__
from dedup.cli import cli

_STATUS = (
    ("0", "nothing was found"), ("1", "copies (mangled texts, damage) were found"), ("2", "error"),
    ("70", "a bug in dedup"),
)  # fmt: skip


def pages() -> Iterator[tuple[str, str]]:
    """The name of each page (dedup-scan.1) and its text."""
    yield from _pages(cli, ("dedup",))


def _pages(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    yield f"{'-'.join(path)}.1", _page(command, path)
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from _pages(command.commands[name], (*path, name))


def _page(command: click.Command, path: tuple[str, ...]) -> str:
    """One page in the man macros."""
    context = click.Context(command, info_name=" ".join(path))
    name = "-".join(path)
    lines = [
        f'.TH "{_escaped(name.upper())}" "1" "" "dedup {__version__}" "dedup manual"',
        ".SH NAME", f"{_escaped(name)} \\- {_escaped(_short(command))}",
        ".SH SYNOPSIS", f".B {_escaped(' '.join(path))}",
        _escaped(" ".join(command.collect_usage_pieces(context))),
        ".SH DESCRIPTION", *_paragraphs(command.help or ""),
    ]  # fmt: skip
    if isinstance(command, click.Group):
        lines.append(".SH COMMANDS")
        for child in sorted(command.commands):
            lines += [".TP", f".B {_escaped(child)}", _escaped(_short(command.commands[child]))]
    lines.append(".SH OPTIONS")
    for option in command.get_params(context):
        if isinstance(option, click.Option) and (record := option.get_help_record(context)):
            lines += [".TP", f".B {_escaped(record[0])}", _escaped(" ".join(record[1].split()))]
    lines.append('.SH "EXIT STATUS"')
    for code, meaning in _STATUS:
        lines += [".TP", f".B {code}", meaning]
    lines += ['.SH "SEE ALSO"', ", ".join(_others(command, path))]
    return "\n".join(lines) + "\n"


def _short(command: click.Command) -> str:
    return command.get_short_help_str(200).removesuffix(".") or (command.help or "").partition("\n")[0]


def _others(command: click.Command, path: tuple[str, ...]) -> list[str]:
    """The pages above and below."""
    below = sorted(command.commands) if isinstance(command, click.Group) else []
    names = ["-".join(path[:-1])] if len(path) > 1 else []
    names += ["-".join((*path, name)) for name in below]
    return [f"\\fB{_escaped(name)}\\fP(1)" for name in names]


def _paragraphs(text: str) -> Iterator[str]:
    """Paragraphs of a help text; what follows click's mark for it is kept as it stands."""
    for paragraph in re.split(r"\n\s*\n", text.replace("\f", "").strip()):
        yield ".PP"
        if paragraph.startswith("\b"):
            yield ".nf"
            yield from (_escaped(line) for line in paragraph.splitlines()[1:])
            yield ".fi"
        else:
            yield _escaped(" ".join(paragraph.split()))


def _escaped(text: str) -> str:
    """Text in which roff reads nothing but text: no escapes, no requests, and hyphens that can be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text[:1] in (".", "'") else text


def write(folder: Path) -> list[Path]:
    """Write all pages; returns their paths. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written


if __name__ == "__main__":
    write(Path(sys.argv[1]))
