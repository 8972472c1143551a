"""Pages of the reference that are made from the code: `python docs/generate.py` writes them, `--check` compares.

The command line comes from click's own objects, the settings from `dedup config show`, the JSON output from the schemas
in the package. `docs/figures.md` is made by `python -m benchmarks figures --write`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from dedup.cli import cli
from dedup.config import FEEDS, RETENTION, Config, FeedsConfig, RetentionConfig
from dedup.report import schemas

PAGES = Path(__file__).resolve().parent / "reference"
SCHEMAS = Path(__file__).resolve().parent.parent / "dedup" / "report"
NOTE = "<!-- made by docs/generate.py; do not edit -->"


def _cell(text: str) -> str:
    """One line of text for a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _values(option: click.Option) -> str:
    if option.is_flag or option.count:
        return ""
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return "|".join(map(str, option.type.choices))
    return option.type.name.upper()


def _option_row(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    if option.secondary_opts:
        names += " / " + ", ".join(f"`{name}`" for name in option.secondary_opts)
    values = _values(option)
    return f"| {names}{f' `{_cell(values)}`' if values else ''} | {_cell(option.help or '')} |"


def _usage(command: click.Command, name: str) -> str:
    arguments = [
        f"{parameter.metavar or (parameter.name or '').upper()}"
        for parameter in command.params
        if isinstance(parameter, click.Argument)
    ]
    return " ".join([name, "[OPTIONS]", *arguments])


def _command(command: click.Command, name: str, depth: int) -> Iterator[str]:
    """A command and all below it, each with its options."""
    yield f"{'#' * depth} {name}"
    yield " ".join((command.help or "").replace("\f", "").split())
    if isinstance(command, click.Group):
        for key in sorted(command.commands):
            yield from _command(command.commands[key], f"{name} {key}", depth + 1)
        return
    yield f"```text\n{_usage(command, name)}\n```"
    rows = [_option_row(option) for option in command.params if isinstance(option, click.Option) and not option.hidden]
    if rows:
        yield "\n".join(["| option | meaning |", "|---|---|", *rows])


def command_line() -> str:
    """`reference/cli.md`."""
    intro = (
        "# Command line\n\nEvery command has `--help`, which says the same. Data goes to stdout, messages to stderr."
        "\n\n| exit code | meaning |\n|---|---|\n| 0 | nothing was found |\n| 1 | copies were found (`score`: mangled "
        "texts; `index query`: seen before; `index check`: damage) |\n| 2 | error; also nothing to read |\n"
        "| 70 | a bug in dedup, with a line that asks for a report |\n\n`--exit-zero` makes 1 a 0."
    )
    parts = [part for key in sorted(cli.commands) for part in _command(cli.commands[key], f"dedup {key}", 2)]
    return "\n\n".join([NOTE, intro, *parts]) + "\n"


def _setting_rows(part: Any) -> Iterator[str]:
    for setting in fields(part):
        value = getattr(part, setting.name)
        shown = json.dumps(list(value) if isinstance(value, tuple) else value)
        yield f"| `{setting.name}` | `{_cell(shown)}` | {_cell(setting.metadata['help'])} |"


def settings() -> str:
    """`reference/settings.md`."""
    config = Config()
    intro = (
        "# Settings\n\nA setting comes from an option of the command line, else from `--config FILE` or the "
        "`[tool.dedup]` table of your project's `pyproject.toml`, else from your own settings file, else it is the "
        "default. `dedup config show` prints what is in force, as TOML, and where each value comes from.\n\nA "
        "`pyproject.toml` that was merely found counts only if the file and its folder belong to you. It may never set "
        "network permissions, name outputs (`allow_private`, `agent`, `output`, `merged`), or say what is forgotten "
        "(`[retention]`)."
    )
    others = [(FEEDS, FeedsConfig()), (RETENTION, RetentionConfig())]
    parts = [(stage.name, getattr(config, stage.name)) for stage in fields(config)] + others
    tables = [
        "\n".join([f"## [{name}]", "", "| setting | default | meaning |", "|---|---|---|", *_setting_rows(part)])
        for name, part in parts
    ]
    return "\n\n".join([NOTE, intro, *tables]) + "\n"


def _type(node: dict[str, Any]) -> str:
    """What a value may be, in words."""
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        return f"[{name}](#{name})"
    if "const" in node:
        return f"`{json.dumps(node['const'])}`"
    if "enum" in node:
        return " or ".join(f"`{each}`" for each in node["enum"])
    if "allOf" in node:
        return _type(node["allOf"][0])
    kinds = node.get("type", "any")
    words = [kinds] if isinstance(kinds, str) else kinds
    if words == ["array"] and "items" in node:
        return f"array of {_type(node['items'])}"
    return " or ".join(words)


def _rows(node: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in node.get("properties", {}).items():
        yield f"| `{prefix}{key}` | {_type(value)} | {_cell(value.get('description', ''))} |"
        inner = value.get("items", value)
        if "$ref" not in inner:
            yield from _rows(inner, f"{prefix}{key}{'[]' if 'items' in value else ''}.")


def _schema(name: str) -> Iterator[str]:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    yield f"## {schema['title'].partition(':')[0]}"
    yield f"{schema['title'].partition(': ')[2].capitalize()}. Schema: `dedup/report/{name}.schema.json`."
    head = ["| key | value | meaning |", "|---|---|---|"]
    yield "\n".join([*head, *_rows(schema)])
    for key, node in schema["$defs"].items():
        yield f"### {key} {{ #{key if name == 'scan' else f'{name}-{key}'} }}"
        if text := node.get("description"):
            yield f"{text[0].upper()}{text[1:]}."
        yield "\n".join([*head, *_rows(node)])


def json_output() -> str:
    """`reference/json.md`."""
    intro = (
        "# JSON output\n\n`--format json` writes one object, `--format jsonl` the same rows one a line. The schemas "
        "are JSON Schema 2020-12; keys are added, never renamed, while the number behind the name stays the same."
    )
    intro += " `dedup schema NAME` prints them; in Python they are the files `NAME.schema.json` of `dedup.report`."
    names = ["scan", *(name for name in schemas.names() if name != "scan")]
    pages = ["\n\n".join(_schema(name)) for name in names]
    parts = [
        page if name == "scan" else page.replace("](#", f"](#{name}-") for name, page in zip(names, pages, strict=True)
    ]
    return "\n\n".join([NOTE, intro, *parts]) + "\n"


MADE = {"cli.md": command_line, "settings.md": settings, "json.md": json_output}


def main(argv: list[str] | None = None) -> int:
    """Write the pages, or say which differ; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 when a page differs from the code")
    differ = 0
    check = parser.parse_args(argv).check
    for name, make in MADE.items():
        path, text = PAGES / name, make()
        if not check:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            sys.stderr.write(f"docs/reference/{name} differs from the code: run python docs/generate.py\n")
            differ = 1
    return differ


if __name__ == "__main__":
    sys.exit(main())
