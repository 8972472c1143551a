"""SARIF: valid, and its regions are the places in the files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import unquote

import pytest
from click.testing import CliRunner

from dedup.cli import cli
from dedup.errors import ConfigError
from dedup.report import sarif
from tests import texts
from tests.cli.test_choice import write

STORY, SPUN = texts.REPORT, texts.spun(texts.REPORT)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Posts, one of them with a head and windows lines, and a spun copy."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / "plain.txt").write_text(f"An own beginning.\n\n{STORY}")
    head = "---\r\ntitle: Tram\r\ndate: 2020-01-02\r\n---\r\n"
    crlf = STORY.replace("\n", "\r\n")
    (tmp_path / "posts" / "höad & more.md").write_bytes(f"{head}{crlf}\r\nAnd more of its own.\r\n".encode())
    (tmp_path / "posts" / "spun.txt").write_text(SPUN)
    write(tmp_path / "records.jsonl", {"one": texts.INDEPENDENT, "two": texts.INDEPENDENT.upper()})
    return tmp_path


def run_scan(*arguments):
    """The exit code. Raises what the command raises."""
    return CliRunner().invoke(cli, ["scan", *arguments], standalone_mode=False, catch_exceptions=False).return_value


def read(*arguments, code=1):
    assert run_scan(*arguments, "-o", "found.sarif") == code
    value = json.loads(Path("found.sarif").read_bytes())
    try:
        from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Schema
    except ImportError:
        assert not os.environ.get("DEDUP_REQUIRE_SERVERS"), "pydantic-sarif is part of the extra test"
    else:
        Schema.model_validate(value)  # made from the schema of OASIS; refuses what it does not know
    return value["runs"][0]


def stretch(location) -> str:
    """The text of a location, read from its file."""
    physical = location["physicalLocation"]
    lines = Path(unquote(physical["artifactLocation"]["uri"])).read_bytes().decode().split("\n")
    region = physical["region"]
    first, last = region["startLine"] - 1, region["endLine"] - 1
    found = lines[first : last + 1]
    found[-1] = found[-1][: region["endColumn"] - 1]
    found[0] = found[0][region["startColumn"] - 1 :]
    return "\n".join(found)


def test_regions_are_the_places_in_the_files(repository):
    run = read("posts")
    copies = {(found["ruleId"], found["level"]) for found in run["results"] if "relatedLocations" in found}
    assert copies == {("near-duplicate", "warning"), ("spun", "warning")}
    for found in run["results"]:
        if "relatedLocations" in found:
            for location in (found["locations"][0], found["relatedLocations"][0]):
                text = stretch(location)
                assert text.startswith("The town council" if found["ruleId"] != "spun" else "The "), text[:80]
                assert "own" not in text.split()[-6:] and len(text) > 1000
        elif found["ruleId"] == "mutated-quote":
            assert stretch(found["locations"][0]).split()[0] in found["message"]["text"]


def test_the_finding_is_about_the_copy(repository):
    (found,) = [found for found in read("posts/plain.txt", "posts/spun.txt")["results"] if found["ruleId"] == "spun"]
    uris = [place["physicalLocation"]["artifactLocation"]["uri"] for place in
            (found["locations"][0], found["relatedLocations"][0])]  # fmt: skip
    assert uris == ["posts/spun.txt", "posts/plain.txt"] and found["relatedLocations"][0]["id"] == 1


def test_records_have_their_line_and_other_formats_their_file(repository):
    (found,) = read("records.jsonl")["results"]
    assert found["ruleId"] == "exact" and found["locations"][0]["physicalLocation"]["region"] == {"startLine": 2}
    (repository / "t.csv").write_text(f'id,text\na,"{texts.INDEPENDENT.replace(chr(34), "")}"\n')
    run = read("t.csv", "--against", "records.jsonl")
    assert all("region" not in found["locations"][0]["physicalLocation"] for found in run["results"])


def test_what_fails_is_an_error(repository):
    run = read("posts", "--fail-on", "spun")
    levels = {found["ruleId"]: found["level"] for found in run["results"] if "relatedLocations" in found}
    assert levels == {"spun": "error", "near-duplicate": "warning"}
    assert read("posts", "--fail-on", "exact", code=0)["results"]


def test_fail_on(repository):
    for names, code in ((("exact,excerpt",), 0), (("exact", "near-duplicate"), 1), (("spun",), 1)):
        options = [word for name in names for word in ("--fail-on", name)]
        assert run_scan("posts", *options, "-q") == code
        assert run_scan("posts", *options, "-q", "--exit-zero") == 0
    with pytest.raises(ConfigError, match=r"--fail-on: 'copied' is no relation .known: exact,"):
        run_scan("posts", "--fail-on", "copied")


def test_a_file_that_was_named_is_compared_with_the_rest_of_its_folder(repository):
    """What a hook does with changed files."""
    options = ("--against", ".", "--fail-on", "near-duplicate", "-q")
    assert run_scan("posts/plain.txt", *options) == 1
    assert run_scan("posts/plain.txt", "./posts/spun.txt", *options) == 1
    (repository / "alone.txt").write_text(texts.LOTTERY)
    assert run_scan("alone.txt", *options) == 0
    run_scan("posts/plain.txt", "--against", "posts", "-o", "found.json", "-q")
    ids = {row["id"]: row["against"] for row in json.loads(Path("found.json").read_bytes())["documents"]}
    assert ids["plain.txt"] is False and sum(not old for old in ids.values()) == 1


def test_rejects_are_told_and_hostile_names_are_plain(repository):
    name = "posts/a\u202e<script>\n%41.txt"
    (repository / name).write_text(STORY)
    (repository / "posts" / "bad.txt").write_bytes(b"\xff\xfe\xff" * 9)
    run = read("posts")
    said = json.dumps(run["results"], ensure_ascii=False)
    assert "\u202e" not in said and "a%E2%80%AE%3Cscript%3E%0A%2541.txt" in said
    assert "bad.txt" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_paths_of_other_bytes(tmp_path, monkeypatch):
    """Names that are no UTF-8 ended in a traceback, and a colon begins no scheme."""
    monkeypatch.chdir(tmp_path)
    assert sarif._uri(os.fsdecode(b"sub/a\xff b.txt")) == "sub/a%FF%20b.txt"
    assert sarif._uri("javascript:x") == "javascript%3Ax" and sarif._uri("-rf?#") == "-rf%3F%23"
    assert sarif._uri(os.fsdecode(b"/a\xff")) == "file:///a%FF"


def test_nothing_found(repository):
    (repository / "one.txt").write_text("A text of its own, and no other.")
    run = read("one.txt", code=0)
    assert run["results"] == [] and run["tool"]["driver"]["rules"] == []


def test_outside_of_the_folder_places_are_whole(repository, monkeypatch):
    monkeypatch.chdir(repository / "posts")
    (found,) = read("../records.jsonl")["results"]
    uri = found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == (repository / "records.jsonl").as_uri()


def test_findings_are_bounded(repository, monkeypatch):
    monkeypatch.setattr("dedup.report.sarif.FINDINGS", 1)
    run = read("posts")
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert len(run["results"]) == 1 and notes[0]["message"]["text"] == "only the first 1 findings are told"
