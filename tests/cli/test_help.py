"""Help and completion: options under headings, examples that are taken, paths completed."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import click
import pytest
from click.shell_completion import BashComplete

from dedup.cli import COMMANDS, cli


def commands(group=cli, name="dedup"):
    for key, command in group.commands.items():
        yield from (
            commands(command, f"{name} {key}") if isinstance(command, click.Group) else [(f"{name} {key}", command)]
        )


@pytest.mark.parametrize(
    ("words", "types"),
    [
        (["scan"], {"file"}), (["scan", "-o"], {"file"}), (["scan", "--decisions"], {"file"}), (["apply"], {"file"}),
        (["compare"], {"file"}), (["report"], {"file"}), (["index", "add", "--index"], {"file"}),
        (["index", "decide"], {"file"}), (["scan", "--list"], {"plain"}), (["apply", "--move"], {"file"}),
    ],
)  # fmt: skip
def test_shells_complete_paths_and_choices(words, types):
    found = BashComplete(cli, {}, "dedup", "_DEDUP_COMPLETE").get_completions(words, "")
    assert {item.type for item in found} == types


def test_help_is_grouped_and_has_examples():
    text = cli.commands["scan"].get_help(click.Context(cli.commands["scan"], info_name="dedup scan"))
    heads = re.findall(r"^([A-Z][^\n]*):$", text, re.MULTILINE)
    assert heads[:1] == ["Options"] and "What counts as a copy" in heads and "The machine" in heads
    assert text.index("--format") < text.index("How inputs are read:") < text.index("--text-field")
    assert "dedup scan news/ -o report.html" in text and "PATH..." not in text.partition("Options:")[2]


def test_examples_are_commands_that_are_taken():
    known, seen = dict(commands()), 0
    for command in known.values():
        for line in re.findall(r"^ +(?:.*\| )?(dedup .*)$", command.epilog or "", re.MULTILINE):
            words = shlex.split(line.partition("   ")[0].partition("|")[0].partition("&&")[0])
            name = next(
                name for name in sorted(known, key=len, reverse=True) if words[: len(name.split())] == name.split()
            )
            arguments = words[len(name.split()) :]
            parameters = [p for p in known[name].params if isinstance(p.type, click.Path)]
            kept = [(parameter, parameter.type) for parameter in parameters]
            for parameter in parameters:
                parameter.type = click.STRING
            known[name].make_context(name, arguments)
            for parameter, kind in kept:
                parameter.type = kind
            seen += 1
    assert seen >= 15


def test_the_list_of_commands_says_what_they_say_themselves():
    assert list(COMMANDS) == sorted(COMMANDS)
    for name, (_, short) in COMMANDS.items():
        assert cli.commands[name].name == name
        assert cli.commands[name].short_help == short


def test_help_loads_no_command():
    code = (
        "import sys; from dedup.cli import cli; cli(['--help'], standalone_mode=False);"
        "assert not {'dedup.config', 'dedup.cli.scan', 'dedup.cli.feeds', 'dedup.cli.index'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert all(f"  {name}  " in done.stdout for name in COMMANDS)
