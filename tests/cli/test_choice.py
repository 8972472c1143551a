"""What the user chooses of a scan: which relations drop, who stands, and what is only compared with."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests import texts
from tests.cli.test_scan import dedup

WHOLE = texts.REPORT.strip()
NEAR = WHOLE.replace("Work is expected to begin in the autumn. ", "")
EXCERPT = "\n\n".join(WHOLE.split("\n\n")[1:4])
BATCH = {"whole": WHOLE, "whole-2": WHOLE, "near": NEAR, "excerpt": EXCERPT, "other": texts.INDEPENDENT}


def write(path, batch, **more):
    lines = [json.dumps({"id": name, "text": text} | more.get(name, {})) for name, text in batch.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def ids(path):
    return [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]


def table(done):
    return {row["id"]: row for row in csv.DictReader(io.StringIO(done.stdout.decode()))}


@pytest.fixture
def batch(tmp_path):
    return write(tmp_path / "all.jsonl", BATCH)


def test_drop_decides_what_is_written(batch, tmp_path):
    kept, dropped = tmp_path / "kept.jsonl", tmp_path / "dropped.jsonl"
    done = dedup(
        "scan", batch, "--drop", "exact,near-duplicate", "--write-kept", kept, "--write-dropped", dropped, "--format",
        "csv", "-q",
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert ids(kept) == ["whole", "excerpt", "other"] and ids(dropped) == ["whole-2", "near"]
    rows = table(done)
    assert rows["near"]["dropped_by"] == "near-duplicate" and rows["near"]["duplicate_of"] == "whole"
    assert (rows["excerpt"]["kept"], rows["excerpt"]["relation"]) == ("True", "excerpt")
    assert rows["excerpt"]["dropped_by"] == rows["excerpt"]["duplicate_of"] == ""


def test_the_summary_says_what_is_kept(batch):
    done = dedup("scan", batch, "--drop", "exact")
    out = done.stdout.decode()
    assert "3 copies in 1 cluster" in out and "4 to keep" in out
    assert out.count("; kept") == 2


def test_drop_from_a_file_of_settings(batch, tmp_path):
    settings = tmp_path / "settings.toml"
    settings.write_text('[output]\ndrop = ["exact"]\n')
    kept = tmp_path / "kept.jsonl"
    dedup("scan", batch, "--config", settings, "--write-kept", kept, "-q")
    assert ids(kept) == ["whole", "near", "excerpt", "other"]
    dedup("scan", batch, "--config", settings, "--drop", "exact", "--drop", "excerpt", "--write-kept", kept, "-q")
    assert ids(kept) == ["whole", "near", "other"]
    settings.write_text('[output]\ndrop = ["exakt"]\n')
    done = dedup("scan", batch, "--config", settings)
    assert done.returncode == 2 and b"output.drop: 'exakt' is no relation (known: exact, " in done.stderr


@pytest.mark.parametrize("name", ["foo", "exact,foo", "", "exact,,spun"])
def test_an_unknown_relation_is_an_error_before_anything_is_read(tmp_path, name):
    done = dedup("scan", tmp_path / "not-there", "--drop", name)
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1 and not done.stdout
    assert b"--drop: " in done.stderr and b"near-duplicate, " in done.stderr and b"same-story" in done.stderr


def test_keep_by_a_field(tmp_path):
    path = write(tmp_path / "a.jsonl", BATCH, **{name: {"rank": number} for number, name in enumerate(BATCH)})
    for field, name in (("rank", "near"), ("-rank", "whole")):
        found = table(dedup("scan", path, "--keep-by", field, "--format", "csv", "-q"))
        assert [id for id, row in found.items() if row["kept"] == "True"] == [name, "other"]


@pytest.mark.parametrize(("field", "said"), [("nope", b"no record has a field 'nope'"), ("-", b"name of a field")])
def test_a_field_that_is_not_there_is_an_error_and_nothing_is_written(batch, tmp_path, field, said):
    kept = tmp_path / "kept.jsonl"
    done = dedup("scan", batch, "--keep-by", field, "--write-kept", kept)
    assert done.returncode == 2 and said in done.stderr and b"--keep-by: " in done.stderr
    assert not kept.exists() and not done.stdout


OLD = {"old": WHOLE, "old-2": WHOLE, "old-part": EXCERPT, "old-far": texts.LOTTERY}
NEW = {"near": NEAR, "near-2": NEAR, "part": EXCERPT, "other": texts.INDEPENDENT, "other-2": texts.INDEPENDENT}


@pytest.fixture
def sides(tmp_path):
    return write(tmp_path / "new.jsonl", NEW), write(tmp_path / "old.jsonl", OLD)


def test_new_documents_are_compared_with_old_ones(sides, tmp_path):
    new, old = sides
    kept, dropped = tmp_path / "kept.jsonl", tmp_path / "dropped.jsonl"
    done = dedup(
        "scan", new, "--against", old, "--write-kept", kept, "--write-dropped", dropped, "--format", "csv", "-q"
    )
    assert done.returncode == 1, done.stderr
    assert ids(kept) == ["other"] and ids(dropped) == ["near", "near-2", "part", "other-2"]
    rows = table(done)
    assert list(rows) == list(NEW)
    found = {name: (row["duplicate_of"], row["duplicate_file"], row["dropped_by"]) for name, row in rows.items()}
    assert found["near"] == found["near-2"] == ("old", "old.jsonl", "near-duplicate")
    assert found["part"] == ("old-part", "old.jsonl", "exact")
    assert found["other-2"] == ("other", "new.jsonl", "exact")


def test_json_lists_the_old_ones_that_matter(sides):
    new, old = sides
    done = dedup("scan", new, "--against", old, "--format", "json", "-q")
    found = json.loads(done.stdout)
    assert [row["id"] for row in found["documents"] if not row["against"]] == list(NEW)
    listed = [row for row in found["documents"] if row["against"]]
    assert {"old", "old-part"} <= {row["id"] for row in listed} and "old-far" not in {row["id"] for row in listed}
    assert all(row["kept"] and row["duplicate_of"] is None for row in listed)
    for edge in found["edges"]:
        assert edge["a"] in NEW
    assert {cluster["representative"] for cluster in found["clusters"]} == {"old", "old-part", "other"}
    stats = found["stats"]
    assert (stats["documents"], stats["kept"], stats["dropped"]) == (5, 1, 4)
    assert (stats["against"], stats["dropped_against"]) == (4, 3)


def test_the_summary_counts_old_ones_apart(sides):
    new, old = sides
    out = dedup("scan", new, "--against", old).stdout.decode()
    assert out.startswith("5 documents compared with 4 old ones · 3 copies of old ones dropped")
    assert "1 to keep" in out and "in old.jsonl: " in out


def test_an_old_excerpt_does_not_drop_the_whole(tmp_path):
    new, old = write(tmp_path / "new.jsonl", {"whole": WHOLE}), write(tmp_path / "old.jsonl", {"part": EXCERPT})
    done = dedup("scan", new, "--against", old, "--format", "json", "-q")
    found = json.loads(done.stdout)
    assert done.returncode == 0 and found["stats"]["dropped"] == 0 and found["clusters"] == []
    assert [(edge["a"], edge["b"], edge["relation"]) for edge in found["edges"]] == [("whole", "part", "excerpt")]


def test_ids_that_both_sides_have_stay_those_of_the_new_side(tmp_path):
    new, old = write(tmp_path / "x.jsonl", {"1": WHOLE, "2": NEAR}), tmp_path / "old"
    old.mkdir()
    write(old / "x.jsonl", {"1": WHOLE})
    rows = table(dedup("scan", new, "--against", old / "x.jsonl", "--format", "csv", "-q"))
    assert list(rows) == ["1", "2"] and rows["1"]["file"] == "x.jsonl"
    assert rows["1"]["duplicate_of"] == "1#2" and rows["1"]["duplicate_file"].endswith("old/x.jsonl")


def test_several_old_inputs_folders_and_other_formats(tmp_path):
    new, old = write(tmp_path / "new.jsonl", NEW), tmp_path / "old"
    old.mkdir()
    (old / "a.txt").write_text(WHOLE)
    (tmp_path / "more.csv").write_text(f'id,text\nm,"{texts.INDEPENDENT.replace(chr(34), chr(39))}"\n')
    kept = tmp_path / "kept.jsonl"
    done = dedup("scan", new, "--against", old, "--against", tmp_path / "more.csv", "--write-kept", kept, "-q")
    assert done.returncode == 1, done.stderr
    assert kept.read_bytes() == b"" and len(NEW) == 5


def test_the_records_of_the_new_side_alone_are_written_as_they_stand(tmp_path):
    """Whatever the format of the old side."""
    new, kept = tmp_path / "new.csv", tmp_path / "kept.csv"
    new.write_text("id,text,x\na,one two three four five six seven,1\nb,some other text of seven words here,2\n")
    old = write(tmp_path / "old.jsonl", {"o": "one two three four five six seven"})
    done = dedup("scan", new, "--against", old, "--write-kept", kept, "-q")
    assert done.returncode == 1, done.stderr
    assert kept.read_text() == "id,text,x\nb,some other text of seven words here,2\n"


def test_a_file_on_both_sides_is_compared_with(sides, tmp_path):
    new, old = sides
    done = dedup("scan", tmp_path, "--against", old, "--format", "csv")
    assert done.returncode == 1 and list(table(done)) == list(NEW)
    assert b"old.jsonl: given with --against, so compared with and not scanned" in done.stderr
    done = dedup("scan", new, "--against", tmp_path / "." / "new.jsonl")
    assert done.returncode == 2 and b"nothing is left to scan" in done.stderr


def test_what_cannot_be_compared_with_is_an_error(sides, tmp_path):
    new, _ = sides
    kept, empty, broken = tmp_path / "kept.jsonl", tmp_path / "empty", tmp_path / "broken.jsonl"
    empty.mkdir()
    broken.write_text("{nothing\n")
    for path, said in ((tmp_path / "none", b"no such file"), (empty, b"nothing to read of --against"),
                       (broken, b"nothing could be read of --against")):  # fmt: skip
        done = dedup("scan", new, "--against", path, "--write-kept", kept)
        assert done.returncode == 2 and said in done.stderr and not kept.exists(), path
    assert dedup("scan", "-", "--against", "-", stdin=b"{}").returncode == 2


def test_an_empty_old_side_changes_nothing(sides, tmp_path):
    new, _ = sides
    empty, kept = tmp_path / "empty.jsonl", tmp_path / "kept.jsonl"
    empty.write_text("")
    done = dedup("scan", new, "--against", empty, "--write-kept", kept)
    assert done.returncode == 1 and b"compared with 0 old ones" in done.stdout
    assert {"near", "other"} <= set(ids(kept)) and "near-2" not in ids(kept)


def test_an_old_input_is_no_output(sides):
    new, old = sides
    before = old.read_bytes()
    done = dedup("scan", new, "--against", old, "--write-kept", old)
    assert done.returncode == 2 and b"is an input" in done.stderr and old.read_bytes() == before
