"""`dedup tune`: what decisions by hand say of the settings."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from typing import IO

    from dedup.pipeline.tuning import Measured, Tuning


@click.command(
    short_help="What decisions say of the threshold.",
    epilog=(
        "\b\n"
        "Example:\n"
        "  dedup scan news/ --format json -o result.json && dedup report result.json -o report.html\n"
        "  dedup tune ~/Downloads/decisions.jsonl result.json\n"
    ),
)
@click.argument("decisions", metavar="DECISIONS.jsonl", type=click.Path())
@click.argument("result", required=False, metavar="[RESULT.json]", type=click.Path())
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", help="what to write  [text]")
def tune(decisions: str, result: str | None, shape: str) -> int:
    """Hold pairs that were decided by hand against thresholds: precision and recall at each, and which fits best.

    Near-duplicates are what --threshold moves; of the other relations it is said how many were right. With a RESULT of
    `dedup scan --format json` its figures are used, else those that were noted when the pairs were decided.
    """
    from dedup.decisions import read
    from dedup.pipeline.tuning import labels
    from dedup.pipeline.tuning import tune as tuned

    found = tuned(labels(read([decisions]), {} if result is None else _measured(result)))
    if shape == "json":
        import orjson

        sys.stdout.buffer.write(orjson.dumps(_row(found), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    else:
        _write(found, sys.stdout)
    return 0


def _measured(result: str) -> dict[frozenset[str], Measured]:
    """What the pairs of a result were found to be; those that it has by decision alone say nothing. Raises
    InputError.
    """
    from dedup.decisions import MEASURES
    from dedup.model import Relation
    from dedup.report.saved import aligned_shares, following, read_result

    found: dict[frozenset[str], Measured] = {}
    edges = read_result(result)["edges"]
    with following(result):
        for edge in edges:
            if edge["relation"] in set(Relation) and edge.get("decided") != "form":
                measures = {name: float(edge[name]) for name in MEASURES if isinstance(edge.get(name), int | float)}
                found[frozenset((edge["a"], edge["b"]))] = Relation(edge["relation"]), measures | aligned_shares(edge)
    return found


def _row(found: Tuning) -> dict[str, Any]:
    relations = {name.value: {"decided": count, "copies": right} for name, (count, right) in found.relations.items()}
    return {
        "schema": "dedup.tuning/1", "relations": relations,
        "thresholds": [step._asdict() for step in found.steps],
        "proposed": found.proposed, "reason": found.reason,
        "doubtful": [relation.value for relation in found.doubtful],
    }  # fmt: skip


def _write(found: Tuning, out: IO[str]) -> None:
    click.echo("relation         decided  copies", file=out)
    for relation, (count, right) in found.relations.items():
        click.echo(f"{relation.value:<16} {count:>7,} {right:>7,}", file=out)
    if found.unlabelled:
        click.echo(f"{'not known':<16} {found.unlabelled:>7,}", file=out)
    if any(step.found or step.wrong for step in found.steps):
        click.echo("\nnear-duplicates at --threshold\nthreshold  copies  others  precision  recall     F1", file=out)
    for step in found.steps:
        if step.found or step.wrong:
            mark = "  <- proposed" if step.threshold == found.proposed else ""
            precision = "–" if step.precision is None else f"{step.precision:.3f}"
            numbers = f"{step.threshold:9.2f} {step.found:7,} {step.wrong:7,} {precision:>10} {step.recall:7.3f}"
            click.echo(f"{numbers} {step.f1:6.3f}{mark}", file=out)
    told = "no threshold is proposed" if found.proposed is None else f"proposed: --threshold {found.proposed:g}"
    click.echo(f"\n{told}: {found.reason}", file=out)
    for relation in found.doubtful:
        click.echo(f"{relation.value}: most were no copies: leave it out of --drop", file=out)
