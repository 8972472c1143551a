"""`dedup explain`: why a document is where it is, and why two were not found together."""

from __future__ import annotations

import json

import pytest

from dedup import Config, scan
from dedup.pipeline import compare
from dedup.pipeline.explain import explain
from dedup.relations.relation import RELATIONS
from tests import texts
from tests.cli.inside import dedup
from tests.pipeline.test_forms import filled

WHOLE = texts.REPORT.strip()
NEAR = WHOLE.replace("Work is expected to begin in the autumn. ", "")
PART = "\n\n".join(WHOLE.split("\n\n")[1:4])
FORMS = filled("vacancy")
PAIRS = {
    "exact": (WHOLE, WHOLE.upper()), "near-duplicate": (WHOLE, NEAR), "excerpt": (WHOLE, PART),
    "spun": (WHOLE, texts.spun(WHOLE)), "nothing": (WHOLE, FORMS[0]), "form": (FORMS[0], FORMS[1]),
}  # fmt: skip


def check_tests(found):
    """Some relation's tests are all passed, unless there is none or the texts are the same."""
    groups = {test.group for test in found.tests}
    failed = {test.group for test in found.tests if not test.passed}
    assert all((test.missing == 0) == test.passed for test in found.tests)
    if found.relation not in ("exact", "nothing", "form"):
        assert found.relation in groups and found.relation not in failed


@pytest.mark.parametrize("relation", PAIRS)
def test_two_texts_are_to_each_other_what_a_comparison_says(relation):
    one, two = PAIRS[relation]
    found = explain(one, two)
    said = compare(one, two).relation
    assert found.relation == relation == (said.value if said else "nothing")
    check_tests(found)
    assert found.candidate  # of two documents all pairs are looked at
    failed = {test.group for test in found.tests if not test.passed}
    if relation in {each.value for each in RELATIONS} - {"exact", "form"}:
        assert relation not in failed
    if relation == "nothing":
        assert {"near-duplicate", "aligned"} <= failed
        jaccard = next(test for test in found.tests if test.group == "near-duplicate")
        assert jaccard.missing == pytest.approx(0.7 - jaccard.value)


def test_what_is_looked_at_depends_on_how_many_there_are():
    assert not explain(WHOLE, FORMS[0], documents=10_000).candidate
    assert explain(WHOLE, NEAR, documents=10_000).candidate
    assert explain(WHOLE, texts.spun(WHOLE), documents=10_000).candidate
    short = explain("only three words", WHOLE)
    assert not short.candidate and "fewer than 5 words" in short.found_by[0]
    strict = explain(WHOLE, NEAR, Config().update({"match": {"threshold": 1.0}}))
    assert strict.relation == "nothing"
    shingles = Config().update({"match": {"rewritten": False, "excerpts": False}})
    assert explain(WHOLE, texts.spun(WHOLE), shingles).relation == "nothing"


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explained")
    (folder / "news").mkdir()
    for name, text in {"whole": WHOLE, "near": NEAR, "other": texts.INDEPENDENT}.items():
        (folder / "news" / f"{name}.txt").write_text(text)
    lines = [json.dumps({"id": f"wire {n}", "body": text}) for n, text in enumerate(FORMS[:3])]
    (folder / "news" / "wire.jsonl").write_text("\n".join(lines))
    done = dedup("scan", "news", "-o", "result.json", "--exit-zero", "--no-phrasing", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def said(folder, *arguments):
    done = dedup("explain", "result.json", *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def test_the_command(saved):
    one = said(saved, "near.txt")
    assert "dropped for whole.txt: near-duplicate" in one and "cluster 0: 2 documents" in one
    assert "kept: it stands for its cluster" in said(saved, "whole.txt")
    assert "one of 3 of form 0" in said(saved, "wire 1")
    pair = said(saved, "whole.txt", "near.txt")
    assert "near-duplicate, similarity" in pair and "words kept of" in pair
    apart = said(saved, "whole.txt", "wire 2")
    assert "were not found together" in apart and "all pairs of up to 100 documents" in apart
    assert "Jaccard of the shingles: 0, 0.7 needed: FAILED by 0.7" in apart
    row = json.loads(said(saved, "whole.txt", "other.txt", "--format", "json"))
    assert row["judged"]["relation"] == "nothing" and row["edge"] is None and row["same_story"] in (True, False)


def test_what_cannot_be_explained_is_said(saved, tmp_path):
    for arguments, reason in ((("result.json", "nobody"), "has no document 'nobody'"),
                              (("result.json", "hole.txt"), "has no document 'hole.txt'"),
                              (("result.json", "whole"), "there is 'whole.txt'"),
                              (("result.json", "near.txt", "near.txt"), "is given twice"),
                              (("news/whole.txt", "x"), "is not JSON")):  # fmt: skip
        done = dedup("explain", *arguments, cwd=saved)
        assert done.returncode == 2 and reason in done.stderr.decode() and done.stderr.count(b"\n") == 1
    done = dedup("explain", saved / "result.json", "whole.txt", "other.txt", cwd=tmp_path)  # from another folder
    assert done.returncode == 0 and b"they cannot be judged again: news/whole.txt: cannot be found" in done.stdout
    again = dedup("explain", saved / "result.json", "whole.txt", "other.txt", "--base", saved, cwd=tmp_path)
    assert b"near-duplicate:" in again.stdout


def test_what_was_decided_by_hand_is_said(saved, tmp_path):
    for name in ("whole.txt", "near.txt"):
        (tmp_path / name).write_text((saved / "news" / name).read_text())
    (tmp_path / "d.jsonl").write_text('{"decision": "not-a-copy", "a": "near.txt", "b": "whole.txt"}\n')
    files = ("near.txt", "whole.txt", "--decisions", "d.jsonl", "-o", "result.json", "--exit-zero", "--no-phrasing")
    assert dedup("scan", *files, cwd=tmp_path).returncode == 0
    told = said(tmp_path, "whole.txt", "near.txt")
    assert "decided by hand: not-a-copy (d.jsonl:1)" in told and "by themselves the two are near-duplicate" in told


def test_a_result_made_by_a_program_holds_no_files():
    from dedup.report.explain import Saved

    result = scan([{"id": "a", "text": WHOLE}, {"id": "b", "text": NEAR}])
    import io

    from dedup.report import machine

    out = io.BytesIO()
    machine.write_json(result, out)
    found = Saved(json.loads(out.getvalue()), "r.json")
    assert found.file_of(found.row("a")) is None and found.config() == Config()


def test_a_file_that_was_deleted_and_taken_back_is_read_again(saved, tmp_path):
    for name in ("whole.txt", "near.txt", "other.txt"):
        (tmp_path / name).write_text((saved / "news" / name).read_text())
    arguments = ("scan", "whole.txt", "near.txt", "other.txt", "-o", "result.json", "--exit-zero", "--no-phrasing")
    assert dedup(*arguments, cwd=tmp_path).returncode == 0
    assert dedup("apply", "result.json", "--delete", cwd=tmp_path).returncode == 0
    gone = said(tmp_path, "near.txt", "other.txt")
    assert "they cannot be judged again: near.txt: cannot be found" in gone
    assert dedup("apply", "--undo", "result.undo.jsonl", cwd=tmp_path).returncode == 0
    assert "Jaccard of the shingles" in said(tmp_path, "near.txt", "other.txt")
    (tmp_path / "near.txt").write_text("something else of the same time")
    assert "was changed since" in said(tmp_path, "near.txt", "other.txt")


@pytest.mark.parametrize(("confidence", "perhaps"), [(0.95, False), (0.9, False), (0.89, True)])
def test_that_a_source_is_missing_is_said_as_surely_as_it_is_known(confidence, perhaps):
    from dedup.relations.reasons import both_rewrite, missing_source
    from dedup.report.explain import _direction

    edge = {
        "relation": "spun",
        "copy": ["a", "b"],
        "evidence": {"direction": {"reasons": [], "confidence": confidence}},
    }
    (line,) = _direction(edge)
    assert line == both_rewrite(confidence) and line.startswith("perhaps") is perhaps
    assert missing_source([0.6, confidence]).startswith("perhaps") is perhaps
    assert missing_source(()).startswith("perhaps")
