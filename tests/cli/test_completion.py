"""After TAB, manual pages, and schemas: what is made from the commands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import click
import jsonschema
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from dedup.cli import cli, manual
from dedup.report import schemas
from tests import texts

MAIN = "import sys; sys.argv[0] = 'dedup'; from dedup.cli import main; main()"


def offered(line: str):
    words = line.split(" ")
    items = ShellComplete(cli, {}, "dedup", "_DEDUP_COMPLETE").get_completions(words[1:-1], words[-1])
    return sorted((item.type, item.value) for item in items)


@pytest.mark.parametrize(
    "line",
    ["dedup scan se", "dedup scan -o o", "dedup scan --against a", "dedup scan --config p", "dedup scan --reference r",
     "dedup scan a --write-kept k", "dedup compare a", "dedup compare a b", "dedup report r", "dedup score t",
     "dedup index add n", "dedup index query x --index n", "dedup reference show r", "dedup reference build i",
     "dedup feeds import f"],
)  # fmt: skip
def test_paths_are_completed(line):
    assert offered(line) == [("file", line.split(" ")[-1])]


def test_other_values_are_completed():
    assert ("plain", "exact") in offered("dedup scan --drop e")
    assert offered("dedup scan --fail-on exact,near") == [("plain", "exact,near-duplicate")]
    assert ("plain", "exact,exact") not in offered("dedup scan --drop exact,")
    assert offered("dedup scan --format sa") == [("plain", "sarif")]
    assert offered("dedup schema sca") == [("plain", "scan")] and ("plain", "scan") in offered("dedup s")
    assert ("plain", "--threshold") in offered("dedup scan --thr")


def answer(environment):
    call = [sys.executable, "-c", MAIN]
    return subprocess.run(call, capture_output=True, text=True, env=environment, timeout=60, check=False)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_command_gives_a_script_and_answers(shell):
    environment = {**os.environ, "_DEDUP_COMPLETE": f"{shell}_source"}
    done = answer(environment)
    if shell == "bash" and "requires bash" in done.stderr.lower():
        pytest.skip("no bash of version 4.4")
    assert done.returncode == 0 and "_DEDUP_COMPLETE" in done.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=done.stdout, text=True, check=True, timeout=60)
    environment |= {"_DEDUP_COMPLETE": f"{shell}_complete", "COMP_WORDS": "dedup scan see", "COMP_CWORD": "2"}
    environment["COMP_CWORD"] = "see" if shell == "fish" else "2"
    done = answer(environment)
    assert "file" in done.stdout and "see" in done.stdout


def commands(command=cli, path="dedup"):
    yield path, command
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from commands(child, f"{path}-{name}")


def test_every_command_has_a_page(tmp_path):
    found = {path.name: path.read_text() for path in manual.write(tmp_path / "man1")}
    assert set(found) == {f"{name}.1" for name, _ in commands()}
    for name, command in commands():
        page = found[f"{name}.1"]
        assert page.startswith(f'.TH "{name.upper()}"'.replace("-", "\\-"))
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert option.opts[-1].replace("-", "\\-") in page, (name, option.opts)
    assert manual.write(tmp_path / "again") and found == {
        path.name: path.read_text() for path in (tmp_path / "again").iterdir()
    }


def test_roff_reads_the_pages_without_a_warning(tmp_path):
    if not shutil.which("groff"):
        pytest.skip("no groff")
    paths = manual.write(tmp_path)
    call = ["groff", "-man", "-Tutf8", "-ww", "-k", *map(str, paths)]
    done = subprocess.run(call, capture_output=True, timeout=60, check=True)
    assert done.stderr == b"" and b"--write-kept" in done.stdout


def test_help_cannot_become_a_request():
    made = click.Command("x", help=".so /etc/passwd\n\n'quote \\fB\n\n\b\n.kept\n  as it stands", params=[])
    page = manual._page(made, ("x",))
    assert "\n.so" not in page and "\n'quote" not in page and "\\efB" in page
    assert ".nf\n\\&.kept\n  as it stands\n.fi" in page


def run(*arguments) -> str:
    return CliRunner().invoke(cli, [*map(str, arguments)], standalone_mode=False, catch_exceptions=False).stdout


def test_schemas_are_schemas():
    assert run("schema").split() == schemas.names() and "scan" in schemas.names()
    for name in schemas.names():
        value = json.loads(run("schema", name))
        jsonschema.Draft202012Validator.check_schema(value)
        assert value["title"].startswith(f"dedup.{name}/")
    with pytest.raises(click.UsageError, match="there is no schema"):
        run("schema", "x")


def test_what_commands_write_follows_their_schemas(tmp_path):
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text(texts.REPORT)
    two.write_text(texts.spun(texts.REPORT))
    index, options = tmp_path / "i.sqlite", ("--format", "json", "-q")
    run("index", "add", one, "--index", index, "-q")
    for name, value in (
        ("scan", run("scan", one, two, *options)), ("score", run("score", two, *options)),
        ("compare", run("compare", one, two, *options)), ("compare", run("compare", one, one, *options)),
        ("index-query", run("index", "query", two, "--index", index, *options)),
    ):  # fmt: skip
        jsonschema.validate(json.loads(value), json.loads(schemas.schema(name)))
