"""`dedup reference` as a stranger runs it; counting itself is a fake."""

import json

import pytest

from tests.fakes import dedup

WORDS = [f"word{number}" for number in range(60)]
TEXT = " ".join(WORDS)
OTHER = " ".join(reversed(WORDS))


@pytest.fixture
def folder(tmp_path):
    """Two near-duplicates, a mangled text and a clean one; and one that cannot be read."""
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "a.txt").write_text(TEXT)
    (archive / "b.txt").write_text(TEXT + " and more")
    (archive / "c.txt").write_text(OTHER)
    (archive / "d.txt").write_text(" ".join(f"{word}x" for word in WORDS) + " army help air drive put up")
    (archive / "broken.txt").write_bytes(b"\x00\x01")
    return archive


def facts(done):
    return dict(line.split(maxsplit=1) for line in done.stdout.decode().splitlines())


def test_near_duplicates_are_counted_once(folder, tmp_path):
    file = tmp_path / "own.ref"
    done = dedup("reference", "build", folder, "-o", file, "--note", "our own archive")
    assert done.returncode == 0
    assert b"rejected broken.txt" in done.stderr
    told = facts(done)
    assert told["read"] == "4 documents" and told["folded"].startswith("1 document ")
    assert told["counted"].endswith("of 3 documents") and "left out" not in done.stdout.decode()
    assert str(file) in told["wrote"] and "bytes" in told["wrote"] and "n-grams" in told["wrote"]
    shown = json.loads(dedup("reference", "show", file, "--format", "json").stdout)
    assert shown["schema"] == "dedup.reference/1"
    assert (shown["documents"], shown["note"], shown["sources"]) == (3, "our own archive", ["archive"])
    assert shown["file"] == str(file) and not shown["shipped"] and shown["bytes"] == file.stat().st_size
    assert len(shown["made"]) == 10


def test_mangled_documents_are_left_out_when_asked(folder, tmp_path):
    file = tmp_path / "own.ref"
    done = dedup("reference", "build", folder, "-o", file, "--skip-mangled")
    assert "left out     1 document with mangled phrasing" in done.stdout.decode()
    assert json.loads(dedup("reference", "show", file, "--format", "json").stdout)["documents"] == 2
    again = dedup("reference", "build", folder, "-o", file, "--skip-mangled", "--reference", file)
    assert again.returncode == 0, "a file may be judged by and replaced"
    assert dedup("reference", "build", folder, "-o", file, "--reference", file).returncode == 2


def test_nothing_but_mangled_documents_is_an_error(folder, tmp_path):
    file = tmp_path / "own.ref"
    done = dedup("reference", "build", folder / "d.txt", "-o", file, "--skip-mangled")
    assert done.returncode == 2 and b"all of the 1 documents are mangled" in done.stderr
    assert not file.exists()


def test_stdin_and_records(tmp_path):
    file, rejects = tmp_path / "own.ref", tmp_path / "rejects.jsonl"
    lines = b"".join(json.dumps({"body": text}).encode() + b"\n" for text in (TEXT, OTHER, TEXT)) + b"not json\n"
    done = dedup("reference", "build", "-", "-o", file, "--rejects", rejects, stdin=lines)
    assert done.returncode == 0 and facts(done)["read"] == "3 documents"
    assert json.loads(rejects.read_text())["record"] == "not json"
    assert json.loads(dedup("reference", "show", file, "--format", "json").stdout)["sources"] == ["stdin"]


def test_quiet_says_nothing(folder, tmp_path):
    done = dedup("reference", "build", folder, "-o", tmp_path / "own.ref", "-q")
    assert done.returncode == 0 and done.stdout == done.stderr == b""


def test_the_shipped_reference_is_shown_without_a_file():
    done = dedup("reference", "show")
    assert done.returncode == 0
    assert "shipped with the package" in done.stdout.decode()
    assert "567,890 words of 1,234 documents" in done.stdout.decode()
    assert json.loads(dedup("reference", "show", "--format", "json").stdout)["shipped"]


def test_references_are_put_together(folder, tmp_path):
    one, two, both = (tmp_path / name for name in ("1.ref", "2.ref", "both.ref"))
    dedup("reference", "build", folder / "a.txt", "-o", one)
    dedup("reference", "build", folder / "c.txt", "-o", two)
    done = dedup("reference", "merge", one, two, "-o", both)
    assert done.returncode == 0 and str(both) in facts(done)["wrote"]
    shown = json.loads(dedup("reference", "show", both, "--format", "json").stdout)
    assert shown["documents"] == 2 and shown["sources"] == ["a.txt", "c.txt"]
    alone = dedup("reference", "merge", one, "-o", both)
    assert alone.returncode == 2 and b"two references" in alone.stderr


def test_what_is_no_reference_is_one_line_and_2(folder, tmp_path):
    good, out = tmp_path / "good.ref", tmp_path / "out.ref"
    dedup("reference", "build", folder, "-o", good)
    for path in (tmp_path / "nothing.ref", folder, folder / "a.txt", folder / "broken.txt"):
        for command in (
            ("show", path), ("show", path, "--format", "json"), ("merge", good, path, "-o", out),
            ("build", folder, "--skip-mangled", "--reference", path, "-o", out),
        ):  # fmt: skip
            done = dedup("reference", *command)
            assert done.returncode == 2 and done.stdout == b"", command
            assert done.stderr.count(b"\n") == 1 and str(path).encode() in done.stderr, command
    assert not out.exists()


@pytest.mark.parametrize("data", [b"", b"\x00\x01", b" \n "])
def test_nothing_to_count_is_2_and_says_why(tmp_path, data):
    path, out = tmp_path / "a.txt", tmp_path / "out.ref"
    path.write_bytes(data)
    done = dedup("reference", "build", path, "-o", out)
    assert done.returncode == 2 and b"nothing to count" in done.stderr and b"a.txt" in done.stderr
    assert not out.exists()


def test_bad_usage(folder, tmp_path):
    assert dedup("reference", "build", "-o", tmp_path / "out.ref").returncode == 2
    assert dedup("reference", "build", folder).returncode == 2
    assert dedup("reference", "build", tmp_path / "nothing", "-o", tmp_path / "out.ref").returncode == 2
    done = dedup("reference", "build", folder, "-o", tmp_path / "no" / "out.ref")
    assert done.returncode == 2 and b"no such folder" in done.stderr
