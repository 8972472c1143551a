"""`dedup score`: how texts are worded."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.compiling import compile_ahead
from dedup.cli.inputs import BRIEF, Beside, check_read, messages, opened
from dedup.cli.options import FILE, load, rejects_option, settings
from dedup.cli.outputs import check_outputs, data_output, text_output, write_rejects

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dedup.model import ReferenceInfo, ScoredText
    from dedup.read import Reader
    from dedup.runtime.atomic import OutputSet


@click.command(short_help="Judge the wording of texts.")
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option(
    "--format", "shape", type=click.Choice(["text", "json", "jsonl"]), default="text", help="what to write  [text]"
)
@click.option("-o", "--output", type=FILE, metavar="FILE", help="write there instead of to stdout; whole or not at all")
@click.option(
    "--reference",
    type=FILE,
    metavar="FILE",
    help="judge by this file of `dedup reference build`  [the reference in the package]",
)
@click.option(
    "--phrases", type=FILE, multiple=True, metavar="FILE", help="also find the phrases of this list; may be repeated"
)
@click.option(
    "--thesaurus",
    type=FILE,
    metavar="FILE",
    help="suggest wordings that it lists: MyThes, a WordNet folder, or a list as text, CSV or JSON",
)
@rejects_option
@click.option("--exit-zero", is_flag=True, help="exit with 0 also when texts are mangled")
@click.option("-v", "--verbose", is_flag=True, help="show every text, in order, with all its phrases, and every reject")
@click.option("-q", "--quiet", is_flag=True, help="no messages on stderr but errors")
@settings("read", "run")
def score(paths: tuple[str, ...], shape: str, output: Path | None, **flags: Any) -> int:
    """Judge the wording of texts in files and folders (- is stdin): mangled by a synonym spinner, or clean.

    Shows the phrases that give a mangled text away, with the closest wording found. Reads what `dedup scan` reads.
    Exit code: 0 no text is mangled, 1 some are, 2 error.
    """
    from dedup.runtime.atomic import OutputSet

    reference, phrases = flags.pop("reference"), flags.pop("phrases")
    config, _ = load(flags.pop("config_file"), flags)
    # the settings of a scan hold for single texts, too
    reference = reference or (Path(config.find.reference) if config.find.reference else None)
    phrases = phrases or tuple(Path(name) for name in config.find.phrases)
    asked = check_outputs([output, flags["rejects_file"]])
    besides = [path for path in (reference, flags["thesaurus"], *phrases) if path]
    shown = output is None and (shape != "text" or flags["verbose"]) and sys.stdout.isatty()
    with (
        OutputSet() as outputs,
        opened(paths, config, flags["quiet"] or shown, Beside(asked, besides), mode=BRIEF) as (reader, batches),
    ):
        compile_ahead("score", flags["quiet"])
        from dedup.pipeline.score import Reviewer
        from dedup.report.score import ScoreCounts

        reviewer, tally = Reviewer.of(reference, phrases, flags["thesaurus"]), ScoreCounts()
        names = [entry.name for entry in reader.entries]
        scored = tally.counting(reviewer.review(batches, names, config.run.thread_count))
        _write(scored, reviewer.reference_info, reader, shape, output, flags["verbose"], outputs)
        write_rejects(reader.rejects, flags["rejects_file"], outputs, reader.skipped)
        if not flags["quiet"]:
            messages(reader.rejects, reader.notes, flags["verbose"], reader.skipped)
        check_read(tally.texts, reader)
    return 1 if tally.mangled and not flags["exit_zero"] else 0


def _write(
    scored: Iterable[ScoredText], reference_info: ReferenceInfo, reader: Reader, shape: str, output: Path | None,
    verbose: bool, outputs: OutputSet,
) -> None:  # fmt: skip
    """The verdicts, to `output` or stdout, as they come."""
    if shape == "text":
        from dedup.report.score_text import write_text

        with text_output(output, outputs) as (text, color):
            write_text(
                scored, reference_info, reader.rejects, text, color=color, everything=verbose,
                skipped=lambda: reader.skipped.missing,
            )  # fmt: skip
        return
    from dedup.report.score import write_json, write_jsonl

    with data_output(output, outputs) as out:
        {"json": write_json, "jsonl": write_jsonl}[shape](scored, reference_info, reader.rejects, out)
