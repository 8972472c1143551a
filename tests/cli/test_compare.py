"""`dedup compare`: two texts side by side, as a stranger calls it."""

import json

import pytest

from tests.cli.test_scan import dedup
from tests.conftest import ROOT

SOURCE, COPY = "northwire.jsonl#nw-2038", "battery-plant_buzzbrook24.txt"
SEEDS = ROOT / "seeds"


def test_a_copy_is_told_with_its_direction_and_every_difference():
    done = dedup("compare", SOURCE, COPY, cwd=SEEDS)
    shown = done.stdout.decode()
    assert done.returncode == 1, done.stderr
    assert shown.startswith("spun  97 % aligned\n") and "the right text is taken for the copy" in shown
    assert "The battery [maker]" in shown and "The battery [producer]" in shown
    assert dedup("compare", COPY, SOURCE, "--exit-zero", cwd=SEEDS).stdout.decode() == shown.replace("\n\n\n", "\n\n")


def test_what_is_no_copy():
    pair = "battery-plant_tarl-valley-gazette.txt", "museum-silver_newsplover.txt"
    done = dedup("compare", *pair, cwd=SEEDS)
    shown = done.stdout.decode()
    assert done.returncode == 0 and shown.startswith("no copy  0 % aligned\n")
    assert "more on one side alone" in shown and shown.count("\n") < 40
    everything = dedup(
        "compare", "battery-plant_tarl-valley-gazette.txt", "museum-silver_newsplover.txt", "-v", cwd=SEEDS
    )
    assert everything.stdout.count(b"\n") > 60


def test_json_and_html(tmp_path):
    done = dedup("compare", SOURCE, COPY, "--format", "json", cwd=SEEDS)
    row = json.loads(done.stdout)
    assert row["schema"] == "dedup.compare/1" and row["relation"] == "spun" and row["copy"] == COPY
    assert row["evidence"]["passages"] and [document["id"] for document in row["documents"]] == [SOURCE, COPY]
    page = tmp_path / "pair.html"
    assert dedup("compare", SOURCE, COPY, "-o", page, cwd=SEEDS).returncode == 1
    assert 'title="producer">maker</mark>' in page.read_text()


def test_stdin_and_exact_copies():
    text = (SEEDS / COPY).read_bytes()
    done = dedup("compare", "-", COPY, stdin=text, cwd=SEEDS)
    assert done.returncode == 1 and done.stdout.decode().startswith("exact  100 % aligned\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("northwire.jsonl", COPY),
            "holds 8 documents: name one (northwire.jsonl#ID, of nw-2031, nw-2034, nw-2038, …)",
        ),
        (("northwire.jsonl#x", COPY), "has no document 'x' (nw-2031, nw-2034, nw-2038, …)"),
        (("none.txt", COPY), "none.txt"),
        (("-", "-"), "one of the two"),
        ((COPY, COPY, "-o", COPY), "is an input"),
        ((COPY,), "Missing argument"),
    ],
)
def test_what_cannot_be_compared(arguments, said):
    before = (SEEDS / COPY).read_bytes()
    done = dedup("compare", *arguments, cwd=SEEDS, stdin=b"x")
    assert done.returncode == 2 and said in done.stderr.decode() and "Traceback" not in done.stderr.decode()
    assert (SEEDS / COPY).read_bytes() == before
