"""Reports with letters for names."""

from __future__ import annotations

import io
import itertools
import json
import re
from typing import ClassVar

import pytest

from dedup import scan
from dedup.report import machine
from dedup.report.html import Anonymous, JsonSource, ResultSource, write_file, write_folder
from dedup.report.html.anonymous import letters
from tests import texts
from tests.cli.inside import dedup
from tests.cost import costs_at_most

WHOLE = texts.REPORT.strip()
NAMES = ("Tidewater Courier", "harbour-7", "Buzz & Brook", "leaked", "buzz", "secret")


@pytest.fixture(scope="module")
def result():
    return scan([
        {"id": "news/harbour-7.txt", "source": "Tidewater Courier", "text": f"(TIDEWATER COURIER) {WHOLE}"},
        {"id": "buzz/leaked.html", "source": "Buzz & Brook",
         "text": f"Buzz & Brook, from harbour-7: {texts.spun(WHOLE)} [ad_1] Source link"},
        {"id": "secret", "source": "Tidewater Courier", "text": texts.INDEPENDENT, "date": "2025-06-01"},
    ])  # fmt: skip


def pages(source, tmp_path):
    out = io.BytesIO()
    write_file(source, out)
    write_folder(source, tmp_path)
    return [out.getvalue().decode(), *(path.read_text() for path in sorted(tmp_path.glob("*.html")))]


def sources(result):
    out = io.BytesIO()
    machine.write_json(result, out)
    return {"memory": ResultSource(result), "JSON": JsonSource(json.loads(out.getvalue()), "r.json")}


@pytest.mark.parametrize("origin", ["memory", "JSON"])
def test_no_name_is_left(result, tmp_path, origin):
    source = sources(result)[origin]
    (tmp_path / "honest").mkdir()
    (tmp_path / "anonymous").mkdir()
    honest, told = pages(source, tmp_path / "honest"), pages(Anonymous(source), tmp_path / "anonymous")
    assert any("Tidewater Courier" in page for page in honest)
    for page in told:
        text = re.sub(r"<style>.*?</style>|<script>.*?</script>", "", page, flags=re.DOTALL).lower()
        for name in NAMES:
            assert name.lower() not in text and name.lower().replace("&", "&amp;") not in text
        assert "data-pair" not in text and not re.search(r"\b\d:[0-9a-f]{16}\b", text)
    assert "█" in told[0] and "source A" in told[0] and 'class="sub' in told[0]


def test_texts_stay_as_long_as_they_were(result):
    source = ResultSource(result)
    told = Anonymous(source)
    for row in range(3):
        assert len(told.text(row)) == len(source.text(row))
    assert [row["id"] for row in told.documents] == ["A", "B", "C"]
    assert [letters(number) for number in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_the_commands(tmp_path):
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "harbour.txt").write_text(WHOLE)
    (tmp_path / "news" / "copied.txt").write_text(WHOLE + " More.")
    done = dedup("scan", "news", "-o", "r.json", "--exit-zero", "--no-phrasing", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert dedup("report", "r.json", "-o", "r.html", "--anonymise", cwd=tmp_path).returncode == 0
    page = (tmp_path / "r.html").read_text()
    assert "copied" not in page and "harbour.txt" not in page
    done = dedup("scan", "news", "-o", "s.html", "--anonymise", "--exit-zero", "--no-phrasing", cwd=tmp_path)
    assert done.returncode == 0 and "harbour.txt" not in (tmp_path / "s.html").read_text()
    assert dedup("scan", "news", "--anonymise", cwd=tmp_path).returncode == 2


def masked(text, *ids, sources=("Buzz & Brook",)):
    rows = [{"id": name, "file": name, "source": source, "flags": (), "words": 5, "date": None}
            for name, source in itertools.zip_longest(ids, sources, fillvalue="Other Paper")]  # fmt: skip
    return Anonymous(Rows(rows))._masked(text)


class Rows:
    """A result that has documents alone."""

    clusters = stories = forms = rejects = notes = ()
    stats: ClassVar = {}

    def __init__(self, documents, **more):
        self.documents = documents
        vars(self).update(more)


@pytest.mark.parametrize(
    ("text", "ids", "left"),
    [
        ("by Buzz &\n   Brook, Buzz-Brook and BUZZ, brook", (), "by , and "),
        ("see https://buzz.example/a?b=c, www.x.example/y and me@mail.example.org!", (), "see  and !"),
        ("at tidewater.example and by Tidewater", ("https://www.tidewater.example/a/harbour-7.html",), "at and by "),
        ("harbour 7, harbour_7", ("https://www.tidewater.example/a/harbour-7.html",), ", "),
        ("John Smith and john_smith of class A", ("class/john_smith/e1.txt", "class/ann/e2.txt"), "and of class A"),
        ("Ge\u0301nie and g\u00e9nie and GENIE", ("g\u00e9nie.txt",), "and and "),
        ("Genie", ("ge\u0301nie.txt",), ""),
        ("a Buzz alone, some Brook", (), "a Buzz alone, some Brook"),
    ],
)  # fmt: skip
def test_names_are_found_however_they_are_written(text, ids, left):
    told = masked(text, *ids)
    assert len(told) == len(text)
    assert re.sub(r"\W+", " ", told.replace("\u2588", " ")).strip() == re.sub(r"\W+", " ", left).strip()


def test_many_names_take_no_more_time():
    ids = [f"article-{number}-of-many.txt" for number in range(50_000)]
    told = Anonymous(Rows([{"id": name, "file": name, "source": name, "flags": ()} for name in ids]))
    with costs_at_most(150):
        for _ in range(20):
            told._masked("an article of many words is not article-7-of-many and " * 200)


def test_what_is_not_known_to_be_harmless_is_left_out():
    rows = [
        {
            "id": "a",
            "file": "a",
            "source": "Courier",
            "flags": [
                {"kind": "mangled", "spans": [{"start": 0, "end": 1, "text": "x", "note": "Courier", "url": "Courier"}]}
            ],
        }
    ]
    cluster = {"id": 0, "members": ["a"], "title": "Courier", "representative": "a", "weakest": 1.0}
    told = Anonymous(Rows(rows, clusters=[cluster], stories=[{"id": 0, "members": ["a"], "headline": "Courier"}]))
    assert "Courier" not in repr([told.documents, told.clusters, told.stories])
