"""Reports with letters for names."""

from __future__ import annotations

import io
import json
import re

import pytest

from dedup import scan
from dedup.report import machine
from dedup.report.html import Anonymous, JsonSource, ResultSource, write_file, write_folder
from dedup.report.html.anonymous import letters
from tests import texts
from tests.cli.inside import dedup

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
