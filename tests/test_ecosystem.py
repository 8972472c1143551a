"""What others call: the action, the hook, the image. Their files are valid, and their scripts do what they say."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dedup.cli import cli
from tests import texts
from tests.conftest import ROOT

SCRIPTS = Path(sys.executable).parent
STORY, NEAR = texts.REPORT, texts.REPORT.replace("Tuesday", "Monday")


def tool(name: str) -> str:
    """A command of the environment. CI has it, elsewhere the test is skipped."""
    path = SCRIPTS / name
    if not path.is_file():
        assert not os.environ.get("DEDUP_REQUIRE_SERVERS"), f"{name} is part of the extra test"
        pytest.skip(f"no {name}")
    return str(path)


def read(name: str):
    return pytest.importorskip("yaml").safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_the_action_follows_its_schema():
    call = [tool("check-jsonschema"), "--builtin-schema", "vendor.github-actions", str(ROOT / "action.yml")]
    subprocess.run(call, check=True, timeout=60, capture_output=True)


def test_the_image_is_linted():
    call = [tool("hadolint"), str(ROOT / "Dockerfile")]
    done = subprocess.run(call, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and not done.stdout, done.stdout


def test_the_image_has_no_root_and_a_pinned_base():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert bases and all(":" in base and not base.endswith(":latest") for base in bases)
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001"]
    assert all("--no-cache-dir" in line for line in lines if "pip install" in line or "pip wheel" in line)


class Repository:
    """A git repository with an older text, in which the action's script and the hook run."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.tools = folder / "work", folder / "bin"
        self.tools.mkdir()
        self.folder.mkdir()
        for name, call in (
            ("dedup", f"{shlex.quote(sys.executable)} -m dedup"),
            ("python", shlex.quote(sys.executable)),
        ):
            (self.tools / name).write_text(f'#!/bin/sh\nexec {call} "$@"\n')
            (self.tools / name).chmod(0o755)
        self.git("init", "-q", "-b", "main")
        self.commit("old/story.txt", STORY)

    @property
    def environment(self) -> dict[str, str]:
        who = {f"GIT_{role}_{what}": "a@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        path = f"{self.tools}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, **who, "PATH": path, "PYTHONPATH": str(ROOT), "GIT_CONFIG_GLOBAL": os.devnull}

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.folder, env=self.environment, check=True, timeout=60)

    def commit(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", name)

    def run(self, command: list[str], **values: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.environment | values, capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip

    def act(self, **values: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
        """The action's script with its inputs, as a runner would call it; what it printed, and its outputs."""
        action = read("action.yml")
        script = action["runs"]["steps"][-1]["run"]
        inputs = {name: value["default"] for name, value in action["inputs"].items()}
        given = {"PATHS": inputs["paths"], "AGAINST": inputs["against"], "FAIL_ON": inputs["fail-on"],
                 "SARIF": inputs["sarif"], "OPTIONS": "--no-phrasing", "BASE": "HEAD^"}  # fmt: skip
        output = self.folder.parent / "output"
        output.write_text("")
        done = self.run(["bash", "-c", script], **(given | values), GITHUB_OUTPUT=str(output))
        return done, dict(line.split("=", 1) for line in output.read_text().splitlines())


@pytest.fixture
def repository(tmp_path):
    if not shutil.which("git") or not shutil.which("bash"):
        pytest.skip("no git or bash")
    return Repository(tmp_path)


def test_the_action_fails_for_a_copy_and_says_where(repository):
    repository.commit("new/a name: 100%, $(touch x).md", NEAR)
    done, outputs = repository.act()
    assert done.returncode == 1, done.stderr
    place = "new/a name%3A 100%25%2C $(touch x).md,line=1::"
    assert f"::error file={place}Near-duplicate (9" in done.stdout and not (repository.folder / "x").exists()
    assert outputs == {"checked": "1", "sarif": "dedup.sarif"}
    found = json.loads((repository.folder / "dedup.sarif").read_text())["runs"][0]["results"]
    assert found[0]["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "old/story.txt"


def test_the_action_passes_what_is_new(repository):
    repository.commit("new/lottery.md", texts.LOTTERY)
    done, outputs = repository.act(BASE="0" * 40)
    assert done.returncode == 0 and outputs["checked"] == "1", done.stderr
    repository.commit("code.py", "pass")
    done, outputs = repository.act()
    assert done.returncode == 0 and "No text was changed." in done.stdout and outputs == {"checked": "0"}
    done, outputs = repository.act(BASE="f" * 40)
    assert done.returncode == 2 and "::error::commit ffff" in done.stdout and not outputs
    done, outputs = repository.act(PATHS="old\nnew\n", FAIL_ON="exact", AGAINST="")
    assert done.returncode == 0 and outputs["checked"] == "2"


def test_the_hook(tmp_path, monkeypatch):
    (hook,) = read(".pre-commit-hooks.yaml")
    name, *words = [*shlex.split(hook["entry"]), *hook["args"]]
    monkeypatch.chdir(tmp_path)

    def run(*files):
        return CliRunner().invoke(cli, [*words, *files], standalone_mode=False, catch_exceptions=False)

    (tmp_path / "old.txt").write_text(STORY)
    assert name == "dedup" and run("old.txt").return_value == 0  # the only text of all
    (tmp_path / "b.md").write_text(NEAR)
    (tmp_path / "c.md").write_text(texts.LOTTERY)
    assert run("c.md").return_value == 0 and run("b.md").return_value == 1
    assert "b.md" in run("b.md", "c.md").stdout
