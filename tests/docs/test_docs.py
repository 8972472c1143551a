"""The documentation is true: generated pages are those of the code, code blocks run, links lead somewhere.

Blocks are told apart by their language: `console` runs its `$` lines in a copy of `seeds/` and compares what is printed
(`…` stands for anything); `python` runs, and the `text` block behind it is what it prints; of `sh` blocks each `dedup`
command must be one that the command line takes.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

from dedup.cli import cli
from tests.conftest import ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$(?:\n+```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
README_BYTES = 8_000


def blocks(kind: str) -> list:
    found = []
    for page in PAGES:
        for number, match in enumerate(BLOCK.finditer(page.read_text(encoding="utf-8"))):
            if match[1] == kind:
                found.append(pytest.param(match[2], match[3], id=f"{page.relative_to(ROOT)}-{number}"))
    return found


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """A folder with `seeds/`, and an environment in which `dedup` is a command."""
    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    commands = tmp_path_factory.mktemp("bin")
    for name, call in (("dedup", f"{shlex.quote(sys.executable)} -m dedup"), ("python3", shlex.quote(sys.executable))):
        (commands / name).write_text(f'#!/bin/sh\nexec {call} "$@"\n')
        (commands / name).chmod(0o755)
    path = f"{commands}{os.pathsep}{os.environ['PATH']}"
    return folder, {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "120"}


def steps(block: str) -> list[tuple[str, str]]:
    """Commands, each with what it is said to print."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    assert not parts[0].strip()
    return list(zip(parts[1::2], parts[2::2], strict=True))


def pattern(shown: str) -> str:
    """`shown` as a regular expression: a line of … is any number of lines, … in a line any characters."""
    lines = []
    for line in shown.splitlines():
        lines.append("(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + "\n")
    return "".join(lines)


def test_patterns() -> None:
    assert re.fullmatch(pattern("a\n…\nb…d\n"), "a\nx\ny\nbcd\n")
    assert not re.fullmatch(pattern("a\nb\n"), "a\nx\nb\n")


@pytest.mark.parametrize(("block", "printed"), blocks("console"))
def test_commands_print_what_is_shown(block, printed, sandbox) -> None:
    folder, environment = sandbox
    assert printed is None
    for command, shown in steps(block):
        ran = subprocess.run(
            command, shell=True, capture_output=True, text=True, cwd=folder, env=environment, timeout=120, check=False
        )
        assert re.fullmatch(pattern(shown), ran.stdout), f"{command}\n{ran.stdout}{ran.stderr}"


@pytest.mark.parametrize(("block", "printed"), blocks("python"))
def test_programs_print_what_is_shown(block, printed, sandbox) -> None:
    folder, environment = sandbox
    for name in re.findall(r"^(?:import|from) (\w+)", block, re.MULTILINE):
        if find_spec(name) is None and not os.environ.get("DEDUP_REQUIRE_SERVERS"):  # CI has all of the extra test
            pytest.skip(f"no {name}")
    ran = subprocess.run(
        [sys.executable, "-c", block], capture_output=True, text=True, cwd=folder, env=environment, timeout=120,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert printed is not None and ran.stdout == printed


def parse(words: list[str], monkeypatch) -> None:
    """Raises click.UsageError for a command that there is not, or an option or a value that it does not take."""
    command: click.Command = cli
    while isinstance(command, click.Group):
        name = words.pop(0)
        found = command.commands.get(name)
        assert found is not None, name
        command = found
    # which files there are is not the question
    for parameter in command.params:
        if isinstance(parameter.type, click.Path | click.File):
            monkeypatch.setattr(parameter, "type", click.STRING)
    command.make_context(command.name, words)


@pytest.mark.parametrize(("block", "printed"), blocks("sh"))
def test_commands_are_taken(block, printed, monkeypatch) -> None:
    for line in block.splitlines():
        words = shlex.split(line.replace("*/10 * * * *", ""), comments=True)
        if words[:1] == ["dedup"]:
            redirected = ("<", ">", "in.xml", "out.xml", "cleaned.opml")
            parse([word for word in words[1:] if word not in redirected], monkeypatch)


def test_generated_pages_are_those_of_the_code() -> None:
    ran = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


def test_the_site_builds_and_its_links_lead_somewhere(tmp_path) -> None:
    pytest.importorskip("material")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > len(PAGES) - 2
    for page in pages:
        assert not re.search(r"(?:src|href)=\"https?://[^\"]*\.(?:js|css|woff2?)\"", page.read_text(encoding="utf-8"))


def test_the_readme_is_one_page() -> None:
    readme = ROOT / "README.md"
    assert readme.stat().st_size <= README_BYTES
    for target in re.findall(r"\]\(([^)#]+)", readme.read_text(encoding="utf-8")):
        assert (ROOT / target).is_file(), target


def test_extras_that_are_named_exist() -> None:
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = {name for page in PAGES for name in re.findall(r"pip install[^`\n]*\[(\w+)\]", page.read_text())}
    assert named and named <= set(extras)
