"""Where commands write: stdout, or files that appear whole and together, or not at all."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

import click

if TYPE_CHECKING:
    from dedup.model import Reject
    from dedup.read.paths import PathEntry
    from dedup.read.skipped import Skipped
    from dedup.report.html import ReportSource
    from dedup.runtime.atomic import OutputSet


SHAPES = ("text", "json", "jsonl", "csv", "html", "sarif")
"""Formats of a result."""
PLAIN = ("", "txt", "text", "log", "out")
"""Ends of names of files with text for people."""


def is_folder(name: str) -> bool:
    """Whether an output is a folder for files: so written, or there."""
    return name.endswith(("/", os.sep)) or Path(name).is_dir()


def shape_of(output: str | None, shapes: Sequence[str] = SHAPES) -> str:
    """Which of the `shapes` the name of an output asks for. Raises UsageError where it asks for something else."""
    if output and is_folder(output):
        return "html"
    end = Path(output or "").suffix[1:].lower()
    shape = "text" if end in PLAIN else {"htm": "html"}.get(end, end)
    if shape not in shapes:
        raise click.UsageError(f"-o {output}: no format is called '.{end}'; say with --format what to write there")
    return shape


def check_outputs(outputs: Iterable[Path | None], folders: Sequence[Path] = ()) -> list[Path]:
    """The outputs that were asked for; those in `folders` are folders. Raises OutputError for one that cannot be
    written, and for two that are the same file: better said before an hour's work than after.
    """
    from dedup.errors import OutputError
    from dedup.runtime.atomic import check_folder, check_new_folder

    asked = [path for path in outputs if path]
    seen: dict[object, Path] = {}
    for path in asked:
        if inside := [folder for folder in folders if folder.resolve() in path.resolve().parents]:
            raise OutputError(f"{path}: lies in {inside[0]}/, which is an output of its own")
        if path in folders:
            check_new_folder(path)
        else:
            check_folder(path)
        for key in _keys(path):
            if key in seen:
                raise OutputError(f"{path}: is the same file as {seen[key]}: each output needs a file of its own")
            seen[key] = path
    return asked


def refuse_inputs(outputs: Sequence[Path], inputs: Sequence[PathEntry], others: Sequence[Path] = ()) -> None:
    """Raises OutputError for an output that is one of the `inputs` or of the `others` that are read (a reference, a
    list), by whatever name or link, standard input and output included.
    """
    from dedup.errors import OutputError

    written = {key: str(path) for path in outputs if not path.is_dir() for key in _keys(path)}
    if (device := _regular(_standard(1))) is not None:
        written[device] = "standard output"
    if not written:
        return
    named = [(entry.path and Path(entry.path), entry.name) for entry in inputs]
    for path, name in [*named, *((path, str(path)) for path in others)]:
        key: object
        try:
            key = _regular(path.stat() if path else _standard(0))
        except OSError:  # not there yet (what SQLite writes beside an index), or the reader will say so
            key = str(path.resolve()) if path else None
        if key is not None and key in written:
            raise OutputError(f"{written[key]}: is an input ({name}): nothing was read and nothing was written")


def refuse_folders(
    folders: Sequence[Path], copied: Sequence[Path], paths: Sequence[str], inputs: Sequence[PathEntry]
) -> None:
    """Raises OutputError for an output folder in a folder that is read, and where the inputs are no files that can be
    copied to those that are to hold copies.
    """
    if not folders:
        return
    from dedup.errors import OutputError
    from dedup.read.copies import check_files

    for folder in folders:
        place = folder.resolve()
        for path in paths:
            root = Path(path).resolve()
            if path != "-" and root.is_dir() and (root == place or root in place.parents):
                raise OutputError(
                    f"{folder}/: lies in {path}, which is an input: nothing was read and nothing was written; "
                    "name a folder elsewhere"
                )
    for folder in copied:
        check_files(inputs, folder)


def _keys(path: Path) -> list[object]:
    """What two names of one file have in common; nothing for pipes and devices, which may be written twice."""
    if not path.exists() or path.is_dir():
        return [str(path.resolve())]
    key = _regular(path.stat())
    return [] if key is None else [key]


def _regular(status: os.stat_result | None) -> tuple[int, int] | None:
    """Device and number of a regular file."""
    return (status.st_dev, status.st_ino) if status is not None and stat.S_ISREG(status.st_mode) else None


def _standard(descriptor: int) -> os.stat_result | None:
    try:
        return os.fstat(descriptor)
    except OSError:  # closed
        return None


@contextmanager
def data_output(path: Path | None, outputs: OutputSet) -> Iterator[BinaryIO]:
    """Bytes to `path`, or to stdout. Raises OutputError."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with outputs.open(path) as out:
            yield out


@contextmanager
def text_output(path: Path | None, outputs: OutputSet) -> Iterator[tuple[IO[str], bool | None]]:
    """Text to `path` or to stdout, and whether to colour it (None: if it is a terminal). Raises OutputError."""
    if path is None:
        yield sys.stdout, None
        return
    with data_output(path, outputs) as out:
        text = io.TextIOWrapper(out, encoding="utf-8", write_through=True)
        yield text, False
        text.detach()


def write_rejects(
    rejects: Sequence[Reject], path: Path | None, outputs: OutputSet, skipped: Skipped | None = None
) -> None:
    """The records that could not be read and the files that were `skipped`, as JSON lines, where asked for."""
    if path is None:
        return
    import orjson

    from dedup.report.rows import reject_row

    with outputs.open(path) as out:
        for reject in (*rejects, *(skipped.rows() if skipped is not None else ())):
            row = reject_row(reject) | {"record": reject.record}
            out.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))


def write_html(source: ReportSource, output: Path | None, is_folder: bool, outputs: OutputSet) -> None:
    """A report, to a folder, a file or stdout."""
    from dedup.report import html

    if is_folder and output is not None:
        with outputs.folder(output) as folder:
            html.write_folder(source, folder)
        return
    with data_output(output, outputs) as out:
        html.write_file(source, out)
