"""`dedup tune`: what decisions say of the threshold."""

from __future__ import annotations

import json

import pytest

from dedup import decisions
from dedup.align import figures as k
from dedup.align.overlap import Overlaps
from dedup.pipeline.tuning import Label, holds_to, tune
from dedup.relations.relation import DEFAULT_THRESHOLD, NEAR, RelationRule
from tests.cli.inside import dedup
from tests.test_decisions import line


def near(copy, value):
    return Label(decisions.Relation.NEAR_DUPLICATE, copy, value)


def test_a_threshold_that_tells_copies_from_others_is_proposed():
    pairs = [near(True, 0.82)] * 20 + [near(False, 0.74)] * 8
    found = tune(pairs)
    assert found.proposed == 0.75 and found.relations[decisions.Relation.NEAR_DUPLICATE] == (28, 20)
    at = {step.threshold: step for step in found.steps}
    assert (at[0.7].precision, at[0.7].recall) == (pytest.approx(20 / 28), 1.0) and at[0.75].precision == 1.0
    assert at[0.85].recall == 0.0 and at[0.85].precision is None


def test_too_few_decisions_propose_nothing():
    found = tune([near(True, 0.9)] * 9 + [near(False, 0.7)] * 9)
    assert found.proposed is None and "9 near-duplicates decided to be copies" in found.reason
    assert tune([]).proposed is None


def test_a_relation_that_is_mostly_wrong_is_named():
    spun = decisions.Relation.SPUN
    assert tune([Label(spun, False, None)] * 8 + [Label(spun, True, None)] * 3).doubtful == (spun,)


@pytest.mark.parametrize(("kept", "whole", "jaccard"), [(190, 195, 0.4), (150, 180, 0.75), (110, 125, 0.2)])
def test_a_pair_holds_to_where_the_rule_lets_it_go(kept, whole, jaccard):
    import numpy as np

    figures = np.zeros((1, k.FIGURES), np.int32)
    for name, value in (("WORDS_A", 200), ("WORDS_B", 200), ("KEPT_WORDS", kept), ("CHANGED_A", whole - kept),
                        ("CHANGED_B", whole - kept), ("CHANGES", 1)):  # fmt: skip
        figures[0, getattr(k, name)] = value
    union = 1000
    shared = round(jaccard * union)
    size = (union + shared) // 2
    pairs = Overlaps(*(np.array([value]) for value in (0, 1, shared, size, size)))
    last = holds_to({"jaccard": float(pairs.jaccard[0]), "kept": kept / 200, "whole": whole / 200})
    for step in (-0.002, 0.002):
        threshold = last + step
        if threshold >= DEFAULT_THRESHOLD:
            code = int(RelationRule(threshold, 0.85, True).by_alignment(pairs, figures)[0])
            assert (code == NEAR) is (step < 0), threshold


def test_the_command(tmp_path):
    path = tmp_path / "decisions.jsonl"
    copies = [line("drop", f"a{n}", f"b{n}", relation="near-duplicate", jaccard=0.9) for n in range(12)]
    others = [line("not-a-copy", f"c{n}", f"d{n}", relation="near-duplicate", jaccard=0.71) for n in range(6)]
    path.write_bytes(b"\n".join([*copies, *others, line("form", "x", "y")]))
    done = dedup("tune", path)
    assert done.returncode == 0, done.stderr
    assert b"proposed: --threshold 0.75" in done.stdout and b"not known              1" in done.stdout
    row = json.loads(dedup("tune", path, "--format", "json").stdout)
    assert row["proposed"] == 0.75 and row["relations"] == {"near-duplicate": {"decided": 18, "copies": 12}}
    result = {"schema": "dedup.scan/1", "documents": [], "clusters": [], "stories": [], "rejects": [], "edges": [
        {"a": f"c{n}", "b": f"d{n}", "relation": "near-duplicate", "jaccard": 0.81, "evidence": {}} for n in range(6)
    ]}  # fmt: skip
    (tmp_path / "result.json").write_text(json.dumps(result))
    assert b"--threshold 0.85" in dedup("tune", path, tmp_path / "result.json").stdout
    (tmp_path / "bad.json").write_text('{"schema": "dedup.scan/1", "documents": 3}')
    for arguments in ((path, path), (path, tmp_path / "bad.json"), (tmp_path / "none",)):
        done = dedup("tune", *arguments)
        assert done.returncode == 2 and done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("shape", ["json", "jsonl"])
def test_a_result_is_no_file_of_decisions(tmp_path, shape):
    (tmp_path / "a.txt").write_text("One two three four five six seven.")
    result = tmp_path / f"result.{shape}"
    assert dedup("scan", tmp_path / "a.txt", "--format", shape, "-o", result, "--no-phrasing").returncode == 0
    done = dedup("tune", result)
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1
    assert f"{result}: is a result of a scan, and holds no decisions" in done.stderr.decode()
