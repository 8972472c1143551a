"""`dedup score` as a stranger runs it, with a scorer that knows a handful of phrases."""

import gzip
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from dedup.report import score as report
from tests.conftest import ROOT
from tests.fakes import COMMAND, dedup

SCHEMA = json.loads((Path(report.__file__).parent / "score.schema.json").read_text())
CLEAN = "The harbour master said on Monday that two ferries would sail again by the weekend."
MANGLED = "Kyiv asked for US army help on Friday.\nThe Air Drive, he mentioned in a put up, is prepared to fly."
MEANT = {"army help": "military aid", "Air Drive": "Air Force", "put up": "post"}
COLOR = re.compile(rb"\x1b\[[0-9;]*m")


@pytest.fixture
def folder(tmp_path):
    """A clean text, a mangled one, one that is too short and one that cannot be read."""
    news = tmp_path / "news"
    news.mkdir()
    (news / "clean.txt").write_text(CLEAN)
    (news / "mangled.txt").write_text(MANGLED)
    (news / "short.txt").write_text("three words only")
    (news / "broken.txt").write_bytes(b"\xff\xfe\xff")
    return news


def test_mangled_texts_are_named_with_what_was_meant(folder):
    done = dedup("score", folder)
    shown = done.stdout.decode()
    assert done.returncode == 1
    assert "3 texts · 1 mangled · 1 not judged · 1 rejected" in shown
    assert "judged by the shipped reference" in shown and "mangled from 0.50" in shown
    assert re.search(r"^0\.78  mangled +mangled\.txt$", shown, re.M)
    assert re.search(r"army help +perhaps military aid$", shown, re.M)
    assert "likelier" not in shown and "the closest wording that was found" in shown
    assert "Kyiv asked for US army help [military aid] on Friday." in shown
    assert re.search(r"^0\.00  clean +clean\.txt$", shown, re.M)
    assert re.search(r"–  not judged +short\.txt +too short \(3 words\)$", shown, re.M)
    assert b"broken.txt" in done.stderr
    assert b"\x1b" not in done.stdout + done.stderr


def test_one_clean_text_is_said_to_be_clean_with_its_score(folder):
    done = dedup("score", folder / "clean.txt")
    assert done.returncode == 0
    assert "1 text · none mangled" in done.stdout.decode()
    assert re.search(r"^0\.00  clean +clean\.txt$", done.stdout.decode(), re.M)


def test_one_text_with_few_signs_is_clean_and_shows_them(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(f"{CLEAN}\nThey asked for army help, too, and got it.")
    shown = dedup("score", path).stdout.decode()
    assert "0.40  clean" in shown and "army help [military aid], too" in shown


def test_exit_zero_and_quiet(folder):
    done = dedup("score", folder, "--exit-zero", "-q")
    assert done.returncode == 0 and done.stderr == b""


def test_verbose_shows_all_in_order_and_the_counts_last(folder):
    shown = dedup("score", folder, "-v").stdout.decode()
    places = [shown.index(name) for name in ("clean.txt", "mangled.txt", "short.txt", "3 texts · 1 mangled")]
    assert places == sorted(places)
    assert shown.count("[post]") == 1 and shown.count("[military aid]") == 1


def test_json_follows_the_schema_and_slices_the_texts(folder):
    done = dedup("score", folder, "--format", "json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    rows = {row["id"]: row for row in found["texts"]}
    assert list(rows) == ["clean.txt", "mangled.txt", "short.txt"]
    assert rows["clean.txt"]["judged"] and not rows["clean.txt"]["mangled"] and rows["clean.txt"]["score"] == 0
    assert rows["short.txt"] == {
        "id": "short.txt", "source": "short.txt", "line": None, "judged": False, "score": None, "mangled": False,
        "reason": "too short (3 words)", "spans": [],
    }  # fmt: skip
    spans = rows["mangled.txt"]["spans"]
    assert {span["text"]: span["suggestion"] for span in spans} == MEANT
    assert [span["start"] for span in spans] == sorted(span["start"] for span in spans)
    assert all(MANGLED[span["start"] : span["end"]] == span["text"] and span["gain"] > 0 for span in spans)
    assert found["reference"]["shipped"] and found["reference"]["file"] is None
    assert [row["source"] for row in found["rejects"]] == ["broken.txt"]


def test_jsonl_has_the_same_rows(folder):
    whole = json.loads(dedup("score", folder, "--format", "json").stdout)
    lines = [json.loads(line) for line in dedup("score", folder, "--format", "jsonl").stdout.splitlines()]
    for kind, section in (("text", "texts"), ("reject", "rejects")):
        assert [{k: v for k, v in row.items() if k != "type"} for row in lines if row["type"] == kind] == whole[section]
    assert lines[0] == {"type": "score", "schema": "dedup.score/1", "reference": whole["reference"]}
    assert lines[-1] == {"type": "stats", "texts": 3, "mangled": 1, "not_judged": 1, "rejects": 1}


def test_records_of_all_kinds(tmp_path):
    """Fields by name, publishers, lines, what is broken; stdin, compressed, CSV and HTML."""
    records = [{"url": "http://a/1", "site": "The Paper", "inhalt": MANGLED}, {"url": "http://a/2", "inhalt": CLEAN}]
    data = b"".join(json.dumps(record).encode() + b"\n" for record in records) + b"not json\n"
    path, rejects = tmp_path / "in.jsonl.gz", tmp_path / "rejects.jsonl"
    path.write_bytes(gzip.compress(data))
    arguments = ("--format", "json", "--text-field", "inhalt", "--rejects", rejects)
    for source, stdin in ((path, None), ("-", data)):
        found = json.loads(dedup("score", source, *arguments, stdin=stdin).stdout)
        assert [(row["id"], row["line"], row["mangled"]) for row in found["texts"]] == [
            ("http://a/1", 1, True), ("http://a/2", 2, False),
        ]  # fmt: skip
        assert found["texts"][0]["source"] == "The Paper"
        assert json.loads(rejects.read_text())["record"] == "not json"
    table = tmp_path / "in.csv"
    table.write_text(f'id,text\nx,"{MANGLED}"\ny,"{CLEAN}"\n')
    page = tmp_path / "page.html"
    page.write_text(f"<html><body><p>{MANGLED}</p></body></html>")
    found = json.loads(dedup("score", table, page, "--format", "json").stdout)
    assert [(row["id"], row["mangled"]) for row in found["texts"]] == [("x", True), ("y", False), ("page.html", True)]


def test_a_large_file_is_read_by_another_process_and_gives_the_same(tmp_path):
    """Over the size from which reading is done ahead; beside it the same records read by the same process."""
    path, packed = tmp_path / "in.jsonl", tmp_path / "in.jsonl.gz"
    texts = [f"{MANGLED if number % 50 == 7 else CLEAN * 20} é {number}" for number in range(6_000)]
    path.write_text("".join(json.dumps({"id": f"d{n}", "text": text}) + "\n" for n, text in enumerate(texts)))
    packed.write_bytes(gzip.compress(path.read_bytes(), 1))
    assert path.stat().st_size > 8 << 20
    one, two = (json.loads(dedup("score", source, "--format", "json").stdout) for source in (path, packed))
    assert [row["id"] for row in one["texts"]] == [f"d{number}" for number in range(6_000)]
    assert {row["source"] for row in one["texts"]} == {"in.jsonl"}
    assert [row | {"source": ""} for row in one["texts"]] == [row | {"source": ""} for row in two["texts"]]
    shown = dedup("score", path).stdout.decode()
    assert "6,000 texts · 120 mangled" in shown
    assert "… and 100 mangled" in shown and "… and 5,860 that are not" in shown
    assert len(shown) < 30_000


def test_output_file_and_missing_folder(folder, tmp_path):
    out = tmp_path / "out.json"
    done = dedup("score", folder, "--format", "json", "-o", out)
    assert done.stdout == b"" and json.loads(out.read_text())["schema"] == "dedup.score/1"
    out = tmp_path / "out.txt"
    assert dedup("score", folder, "-o", out, env={"FORCE_COLOR": "1"}).returncode == 1
    assert "1 mangled" in out.read_text() and "\x1b" not in out.read_text()
    done = dedup("score", folder, "-o", tmp_path / "no" / "out.json")
    assert done.returncode == 2 and b"no such folder" in done.stderr


def test_a_reference_and_lists_of_phrases(folder, tmp_path):
    file, first, second = tmp_path / "own.ref", tmp_path / "1.tsv", tmp_path / "2.tsv"
    assert dedup("reference", "build", folder / "clean.txt", "-o", file).returncode == 0
    first.write_text("harbour master\tport captain\n")
    second.write_text("two ferries\ta pair of boats\n")
    done = dedup(
        "score", folder / "clean.txt", "--reference", file, "--phrases", first, "--phrases", second, "--format", "json"
    )
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert found["reference"]["file"] == str(file) and not found["reference"]["shipped"]
    spans = {span["text"]: (span["suggestion"], span["gain"]) for span in found["texts"][0]["spans"]}
    assert spans == {"harbour master": ("port captain", None), "two ferries": ("a pair of boats", None)}
    assert f"judged by {file}" in dedup("score", folder, "--reference", file).stdout.decode()


def test_a_thesaurus(folder, tmp_path):
    (folder / "mangled.txt").write_text(f"{MANGLED} It lives on colossal data.")
    words, bad = tmp_path / "words.txt", tmp_path / "bad.txt"
    words.write_text("big data: colossal data, army help\n")
    done = dedup("score", folder, "--thesaurus", words, "--format", "json")
    (spans,) = [row["spans"] for row in json.loads(done.stdout)["texts"] if row["mangled"]]
    assert {span["text"]: span["suggestion"] for span in spans} == MEANT | {"colossal data": "big data"}
    bad.write_text("big data: colossal data\narmy help\n")
    for path, reason in ((bad, f"{bad}:2: no ':' between"), (tmp_path / "none.txt", "none.txt: No such file")):
        done = dedup("score", folder, "--thesaurus", path)
        assert one_line(done) and reason in done.stderr.decode()


def one_line(done):
    return done.returncode == 2 and done.stdout == b"" and done.stderr.count(b"\n") == 1


def test_a_reference_that_cannot_be_used_is_one_line_and_2(folder, tmp_path):
    for path in (tmp_path / "nothing.ref", tmp_path, folder / "clean.txt"):
        done = dedup("score", folder, "--reference", path)
        assert one_line(done) and str(path).encode() in done.stderr, path


def test_a_path_that_is_not_there_is_one_line_and_2(tmp_path):
    assert one_line(dedup("score", tmp_path / "nothing"))


def test_no_path_is_a_usage_error():
    done = dedup("score")
    assert done.returncode == 2 and b"no input" in done.stderr


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", b"   \n"])
def test_only_what_cannot_be_read_is_2(tmp_path, data):
    (tmp_path / "a.txt").write_bytes(data)
    done = dedup("score", tmp_path / "a.txt")
    assert done.returncode == 2
    assert b"rejected a.txt" in done.stderr and b"nothing could be read" in done.stderr


def test_an_empty_folder_is_an_error(tmp_path):
    done = dedup("score", tmp_path, "--format", "json")
    assert done.returncode == 2
    assert b"nothing to read" in done.stderr


def test_settings_of_other_stages_are_not_offered(folder):
    shown = dedup("score", "--help").stdout
    assert b"--text-field" in shown and b"--threads" in shown
    assert b"--threshold" not in shown and b"--ngram" not in shown and b"--stories" not in shown
    assert dedup("score", folder, "--threshold", "0.5").returncode == 2


def test_a_settings_file_counts(folder, tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text('[read]\nexclude = ["mangled*"]\n[match]\nthreshold = 0.9\n')
    assert dedup("score", folder, "--config", file).returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("shape", ["text", "json", "jsonl"])
def test_a_full_disk_is_one_clear_line(folder, shape):
    command = [sys.executable, "-c", COMMAND, "score", str(folder), "--format", shape, "--quiet"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=120, check=False, cwd=ROOT)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [b"dedup: error: cannot write the result: No space left on device"]


def test_a_reader_that_leaves_early_is_no_error(tmp_path):
    path = tmp_path / "many.jsonl"
    path.write_text("".join(json.dumps({"id": n, "text": CLEAN}) + "\n" for n in range(30_000)))
    command = f"'{sys.executable}' -c '{COMMAND}' score '{path}' --format jsonl -q | head -n 1"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, timeout=120, check=False, cwd=ROOT)
    assert json.loads(done.stdout)["type"] == "score"
    assert done.stderr == b""


def on_a_terminal(*arguments, env):
    """What a terminal of 80 columns gets."""
    ours, theirs = pty.openpty()
    plain = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    command = [sys.executable, "-c", COMMAND, *map(str, arguments)]
    process = subprocess.Popen(
        command, stdout=theirs, stderr=theirs, stdin=theirs, cwd=ROOT,
        env=plain | {"TERM": "xterm-256color", "COLUMNS": "80"} | env,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux says so when the other end is closed
            part = b""
        if not part:
            break
        shown += part
    os.close(ours)
    process.wait(60)
    return shown.replace(b"\r\n", b"\n")


def test_colours_on_a_terminal_and_none_with_no_color(folder):
    shown = on_a_terminal("score", folder, env={})
    assert b"\x1b[1;31marmy help" in shown
    bare = COLOR.sub(b"", shown).decode()
    assert "army help [military aid]" in bare
    assert all(len(line) <= 80 for line in bare.splitlines())
    shown = on_a_terminal("score", folder, env={"NO_COLOR": "1"})
    assert not re.search(rb"\x1b\[[0-9;]*3[0-9]m", shown)
    assert "army help [military aid]" in COLOR.sub(b"", shown).decode()
