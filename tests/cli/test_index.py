"""`dedup index` as a stranger runs it, on the sample newsroom."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.stories.test_stories import FIRE, REPORT

SEEDS = ROOT / "seeds"


def dedup(*arguments, code=0, stdin=b"", env=None):
    command = [sys.executable, "-m", "dedup", "index", *map(str, arguments)]
    done = subprocess.run(
        command, input=stdin, capture_output=True, cwd=ROOT, timeout=300, check=False, env={**os.environ, **(env or {})}
    )
    assert done.returncode == code, done.stdout.decode() + done.stderr.decode()
    assert b"Traceback" not in done.stderr and b"Warning" not in done.stderr
    return done.stdout.decode(), done.stderr.decode()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    file = tmp_path_factory.mktemp("index") / "news.sqlite"
    shown, _ = dedup("add", "--index", file, "--base", SEEDS, SEEDS)
    assert shown == "28 new, 18 of them tied to others\n"
    return file


@pytest.fixture
def file(made, tmp_path):
    """A copy that a test may change."""
    shutil.copy(made, tmp_path / "news.sqlite")
    return tmp_path / "news.sqlite"


def test_what_is_known_is_left_alone(file):
    assert dedup("add", "--index", file, SEEDS)[0] == "0 new · 28 known\n"


def test_another_text_takes_the_place_of_the_old_one(file):
    record = json.dumps({"id": "nw-2038", "text": "Quite another story about nothing that was ever printed before."})
    assert dedup("add", "--index", file, "-", stdin=record.encode())[0] == "0 new · 1 changed\n"
    assert "battery-plant" in dedup("show", "--index", file, "nw-2041")[0]
    assert "not in the index" not in dedup("show", "--index", file, "nw-2038")[1]


def test_what_is_not_there_is_named_and_nothing_else_is_said_of_it(made):
    shown, told = dedup("show", "--index", made, "no such", "nor this", code=2)
    assert shown == "" and told == "dedup: not in the index: no such\ndedup: not in the index: nor this\n"
    shown, told = dedup("show", "--index", made, "no such", "nw-2038", code=2)
    assert shown.startswith("1 text") and told == "dedup: not in the index: no such\n"
    assert json.loads(dedup("show", "--index", made, "no such", "--format", "json", code=2)[0]) == []


def test_clusters_are_those_of_a_pairwise_scan(made):
    command = [sys.executable, "-m", "dedup", "scan", "--pairwise", str(SEEDS), "--format", "json", "--exit-zero"]
    result = json.loads(subprocess.run(command, capture_output=True, cwd=ROOT, check=True, timeout=300).stdout)
    names = ("representative", "relations", "similarities", "weakest", "source_missing")
    expected = {tuple(map(str, [sorted(c["members"]), *(c[name] for name in names[:1])])) for c in result["clusters"]}
    found = json.loads(dedup("show", "--index", made, "--format", "json")[0])
    assert {tuple(map(str, [sorted(c["members"]), c["representative"]])) for c in found} == expected
    assert len(expected) == 7


def test_a_query_tells_relation_evidence_and_what_was_changed(made, tmp_path):
    text = (SEEDS / "battery-plant_buzzbrook24.txt").read_text()
    (tmp_path / "new.txt").write_text(text.replace("Lorvany", "Lorvan"))
    shown, _ = dedup("query", "--index", made, tmp_path / "new.txt", code=1)
    assert "1 text · 1 seen before" in shown and "represented by nw-2038" in shown
    assert "spun of nw-2038" in shown and "maker → producer" in shown and "this is the copy" in shown
    assert "scraper-mark  Source link" in shown and "mutated-number  460  there: 640" in shown
    row = json.loads(dedup("query", "--index", made, "--format", "json", tmp_path / "new.txt", code=1)[0])
    assert row["schema"] == "dedup.index-query/1"
    (answer,) = row["answers"]
    spun = next(tie for tie in answer["ties"] if tie["id"] == "nw-2038")
    assert spun["relation"] == "spun" and spun["copy"] == "this" and spun["source"] == "Northwire"
    assert {"text": "maker"}.items() <= spun["evidence"]["substitutions"][0]["b"].items()
    assert {flag["kind"] for flag in answer["flags"]} >= {"scraper-mark", "mutated-number"}
    assert dedup("stats", "--index", made, "--format", "json")[0].count('"documents": 28')  # nothing was added


def test_stories_and_quotes_are_told(file, tmp_path):
    copies = [
        {
            "id": "post",
            "source": "Post",
            "date": "2024-05-01",
            "text": FIRE + ' "Nobody was told of this until it was far too late," he said.',
        },
        {"id": "herald", "source": "Herald", "date": "2024-05-02", "text": REPORT},
        {"id": "undated", "text": REPORT.replace("late", "early")},
    ]
    (tmp_path / "more.jsonl").write_text("".join(json.dumps(row) + "\n" for row in copies))
    dedup("add", "--index", file, tmp_path / "more.jsonl")
    shown = dedup("stories", "--index", file, "-v")[0]
    assert "  post · Post · 2024-05-01\n  herald · Herald · 2024-05-02\n" in shown
    found = json.loads(dedup("stories", "--index", file, "--format", "json")[0])
    first = {"id": "post", "source": "Post", "date": "2024-05-01T00:00:00Z"}
    assert any(members[0] == first and len(members) == 2 for members in found)
    assert "same event  herald · Herald · 2024-05-02" in dedup("show", "--index", file, "post")[0]
    (tmp_path / "new.txt").write_text(
        "An essay. " * 30 + '\n\nHe wrote: "Nobody was told of this until it was far too late."'
    )
    (answer,) = json.loads(dedup("query", "--index", file, "--format", "json", tmp_path / "new.txt")[0])["answers"]
    (quote,) = answer["quoted"]
    assert quote["text"].startswith("Nobody was told") and [other["id"] for other in quote["others"]] == ["post"]
    assert "stories    " in dedup("stats", "--index", file)[0]


def test_a_query_of_something_new(made, tmp_path):
    (tmp_path / "new.txt").write_text(
        "Nobody has ever told this story about the seven herons of Lake Ormery before. " * 3
    )
    assert "1 text · not seen before" in dedup("query", "--index", made, tmp_path)[0]


def test_removing(file):
    shown, told = dedup("remove", "--index", file, "nw-2038", "no such", code=1)
    assert shown == "1 removed\n" and "not in the index: no such" in told
    assert dedup("remove", "--index", file, "--from", "-", stdin=b"nw-2041\nnw-2031\n")[0] == "2 removed\n"
    assert dedup("check", "--index", file)[0] == "ok\n"
    assert "no ids" in dedup("remove", "--index", file, code=2)[1]


def test_old_ones_go(file):
    assert (
        dedup("gc", "--index", file, "--older-than", "1d")[0] == "0 items of feeds and 0 texts of the index forgotten\n"
    )
    assert "give --older-than" in dedup("gc", "--index", file, code=2)[1]
    assert "is not an age" in dedup("gc", "--index", file, "--older-than", "soon", code=2)[1]


def test_settings_are_remembered_and_others_refused(file):
    told = dedup("query", "--index", file, "--threshold", "0.6", SEEDS, code=2)[1]
    assert "threshold 0.7 there, 0.6 here" in told and "dedup index rebuild" in told and told.count("\n") == 1
    assert dedup("rebuild", "--index", file, "--threshold", "0.6")[0] == "28 documents, made anew\n"
    assert dedup("add", "--index", file, SEEDS)[0] == "0 new · 28 known\n"
    assert "threshold 0.6" in dedup("stats", "--index", file)[0]


def test_what_is_exported_can_be_added_elsewhere(made, tmp_path):
    out = tmp_path / "all.jsonl"
    dedup("export", "--index", made, "-o", out)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    kinds = [row["type"] for row in rows]
    assert kinds[0] == "export" and kinds.count("document") == 28 and kinds.count("cluster") == 7
    assert {"spun", "exact", "near-duplicate", "excerpt"} == {row["relation"] for row in rows if row["type"] == "edge"}
    documents = "\n".join(json.dumps(row) for row in rows if row["type"] == "document")
    shown, _ = dedup("add", "--index", tmp_path / "other.sqlite", "-", stdin=documents.encode())
    assert shown == "28 new, 18 of them tied to others\n"


def test_what_is_missing_is_found(file):
    with sqlite3.connect(file) as database:
        database.execute("DELETE FROM bodies WHERE number = 3")
        database.execute("UPDATE clusters SET representative = 99 WHERE id = 0")
    database.close()
    told = dedup("check", "--index", file, code=1)[1]
    assert "documents without a text: 3" in told and "clusters without their representative: 0" in told


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("query", "--index", "{folder}/none.sqlite", str(SEEDS)), "no such index"),
        (("add", "--index", "{folder}/no/where.sqlite", str(SEEDS)), "no such folder"),
        (("add", "--index", "{folder}/text.txt", str(SEEDS)), "not an index"),
        (("add", "--index", "{folder}/new.sqlite", "{folder}/nothing"), "nothing"),
        (("add", "--index", "{folder}/new.sqlite"), "no input"),
    ],
)
def test_errors_are_one_line(tmp_path, arguments, word):
    (tmp_path / "text.txt").write_text("just some text\n" * 100)
    _, told = dedup(*(argument.format(folder=tmp_path) for argument in arguments), code=2)
    assert word in told


def test_hostile_ids_do_not_steer_the_terminal(tmp_path):
    text = (SEEDS / "battery-plant_buzzbrook24.txt").read_text()
    records = [{"id": f"\x1b[31m{n}\u202e", "text": text, "source": "\x1b]0;x\x07"} for n in range(2)]
    lines = "\n".join(map(json.dumps, records)).encode()
    dedup("add", "--index", tmp_path / "i.sqlite", "-", stdin=lines)
    for command in (("show",), ("query", "-")):
        shown, _ = dedup(*command, "--index", tmp_path / "i.sqlite", stdin=lines, code=1 if "query" in command else 0)
        assert "\x1b" not in shown and "\u202e" not in shown and "\x07" not in shown


def test_the_users_own_index(tmp_path):
    env = {"XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    dedup("add", SEEDS / "battery-plant_buzzbrook24.txt", env=env)
    assert "documents  1 of" in dedup("stats", env=env)[0]
    assert list(tmp_path.rglob("index.sqlite"))
