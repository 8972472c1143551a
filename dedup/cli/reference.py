"""`dedup reference`: what clean text is, made from an archive, looked at, put together."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.inputs import Beside, messages, opened
from dedup.cli.options import load, settings
from dedup.cli.outputs import check_outputs, refuse_inputs, write_rejects

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.model import Reject
    from dedup.pipeline.reference import BuildPlan, Built

_FILE = click.Path(path_type=Path)
_output = click.option(
    "-o", "--output", type=_FILE, required=True, metavar="FILE", help="the file to write; whole or not at all"
)
_quiet = click.option("-q", "--quiet", is_flag=True, help="print nothing but errors")


@click.group(short_help="Make n-gram counts to judge wording by.")
def reference() -> None:
    """Make and show references: n-gram counts of clean text, which wording is judged by. They hold no text."""


@reference.command(short_help="Count the n-grams of clean articles.")
@click.argument("paths", nargs=-1, metavar="INPUT...")
@_output
@click.option(
    "--index",
    "place",
    metavar="FILE",
    help="instead of INPUT: what trusted feeds brought into this index (file or postgresql://…)",
)
@click.option(
    "--source",
    "publishers",
    multiple=True,
    metavar="NAME",
    help="with --index: the documents of this publisher instead",
)
@click.option("--skip-mangled", is_flag=True, help="leave out documents whose phrasing is mangled")
@click.option(
    "--reference",
    "judge",
    type=_FILE,
    metavar="FILE",
    help="with --skip-mangled: judge them by this file  [the reference in the package]",
)
@click.option("--note", default="", metavar="TEXT", help="words to keep in the file: what it was made of")
@click.option(
    "--rejects",
    "rejects_file",
    type=_FILE,
    metavar="FILE",
    help="write the records that could not be read, as JSON lines",
)
@click.option("-v", "--verbose", is_flag=True, help="show every note and reject")
@_quiet
@settings("read", "run")
def build(paths: tuple[str, ...], output: Path, **flags: Any) -> None:
    """Count the n-grams of clean articles in files and folders (- is stdin).

    Of near-duplicates one alone is counted. Reads what `dedup scan` reads; a few thousand articles of your own field
    judge its wording better than any general reference. Fewer than 100,000 words are refused.
    """
    config, _ = load(flags.pop("config_file"), flags)
    if bool(flags["place"]) == bool(paths):
        raise click.UsageError("give INPUT, or --index")
    if flags["publishers"] and not flags["place"]:
        raise click.UsageError("--source chooses from an index: it needs --index")
    if flags["judge"] and not flags["skip_mangled"]:
        raise click.UsageError("--reference says by what to skip: it needs --skip-mangled")
    from dedup.read.skipped import Skipped
    from dedup.runtime.atomic import OutputSet

    skipped = Skipped()
    check_outputs([output, flags["rejects_file"]])
    build_it = _build_from_index if flags["place"] else _build
    with OutputSet() as outputs:
        built = build_it(paths, output, config, flags | {"outputs": outputs, "skipped": skipped})
        write_rejects(built.rejects, flags["rejects_file"], outputs, skipped)
    if not flags["quiet"]:
        from dedup.report.reference import write_built

        messages(built.rejects, built.notes, flags["verbose"], skipped)
        write_built(built, sys.stdout)


def _build(paths: tuple[str, ...], output: Path, config: Config, flags: dict[str, Any]) -> Built:
    """Read and count."""
    asked = [path for path in (output, flags["rejects_file"]) if path]
    from dedup.read import Kept

    with opened(paths, config, flags["quiet"], Beside(asked), kept=Kept(locate=True)) as (reader, batches):
        from dedup.read import Locator

        locator = Locator(reader.entries)
        from dedup.pipeline import InputFacts, reference

        built = reference.build(
            batches,
            config,
            _plan(paths, output, flags),
            InputFacts(
                file_names=lambda: reader.file_names,
                rejects=lambda: reader.rejects,
                notes=lambda: reader.notes,
                locate=locator.read,
            ),
        )
        flags["skipped"].take_over(reader.skipped)
    return built


def _build_from_index(paths: tuple[str, ...], output: Path, config: Config, flags: dict[str, Any]) -> Built:
    """The same of documents of an index. Raises IndexFileError, InputError."""
    from dedup.errors import InputError
    from dedup.feeds.session import Session
    from dedup.model import Document
    from dedup.pipeline import InputFacts, reference
    from dedup.read import from_documents

    publishers, place = flags["publishers"], flags["place"]
    with Session(place, create=False) as held:
        names = [] if publishers else held.state.trusted()
        if not publishers and not names:
            raise InputError(
                f"{held.database.name}: nothing of trusted feeds (dedup feeds add URL --trusted); --source NAME "
                "chooses publishers"
            )
        known = held.open_index().documents_of(sources=publishers, names=names)
        rejects: list[Reject] = []
        batches = from_documents(
            (Document(one.text.decode(), one.id, one.date, one.source) for one in known), config.read, rejects
        )
        plan = _plan((), output, flags)
        return reference.build(
            batches,
            config,
            replace(plan, sources=publishers or ("trusted feeds",)),
            InputFacts(file_names=lambda: ["index"], rejects=lambda: rejects, locate=_nowhere),
        )


def _nowhere(file: int, place: int, size: int) -> bytes:
    raise AssertionError("texts of an index are stored, not read again")


def _plan(paths: tuple[str, ...], output: Path, flags: dict[str, Any]) -> BuildPlan:
    """What the flags ask for. Sources are told by name alone: where they lay is nobody's business."""
    from dedup.pipeline.reference import BuildPlan
    from dedup.pipeline.score import Reviewer

    sources = tuple("stdin" if path == "-" else Path(path).resolve().name for path in paths)
    judge = Reviewer.of(flags["judge"]) if flags["skip_mangled"] else None
    return BuildPlan(output, sources, flags["note"], judge, flags["outputs"])


@reference.command(short_help="Show what a reference was made of.")
@click.argument("file", required=False, type=_FILE)
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", help="what to write  [text]")
@click.option("-v", "--verbose", is_flag=True, help="name every source")
def show(file: Path | None, shape: str, verbose: bool) -> None:
    """Print what FILE was made of and what it holds; without FILE, the reference in the package."""
    from dedup.pipeline import reference
    from dedup.report.reference import reference_row, write_reference

    shown = reference.show(file)
    if shape == "text":
        write_reference(shown, sys.stdout, everything=verbose)
        return
    import orjson

    row = orjson.dumps(reference_row(shown), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    sys.stdout.buffer.write(row)


@reference.command()
@click.argument("files", nargs=-1, type=_FILE, metavar="FILE FILE...")
@_output
@_quiet
def merge(files: tuple[Path, ...], output: Path, quiet: bool) -> None:
    """Put the counts of several references together into one."""
    if len(files) < 2:
        raise click.UsageError("give two references or more")
    refuse_inputs(check_outputs([output]), (), files)
    from dedup.pipeline import reference

    merged = reference.merge(files, output)
    if not quiet:
        from dedup.report.reference import write_merged

        write_merged(merged, sys.stdout)
