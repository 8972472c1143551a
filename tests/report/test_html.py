"""The report in HTML: two texts side by side, whole and escaped; nothing runs in a browser."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dedup import scan
from dedup.errors import InputError
from dedup.model import FlagKind
from dedup.report import machine
from dedup.report.html import JsonSource, ResultSource, overview, pages, sides, write_file, write_folder
from tests.cli.test_scan import dedup
from tests.conftest import ROOT
from tests.report.hostile import FIRED, PAYLOADS

BODY = (ROOT / "seeds" / "harbour-bridge_tidewater-courier.txt").read_text(encoding="utf-8")


def html_of(source) -> str:
    out = io.BytesIO()
    write_file(source, out)
    return out.getvalue().decode()


def json_source(result) -> JsonSource:
    out = io.BytesIO()
    machine.write_json(result, out)
    return JsonSource(json.loads(out.getvalue()), "result.json")


@pytest.fixture(scope="module")
def newsroom():
    paths = sorted((ROOT / "seeds").glob("*.txt"))
    records = [{"id": path.name, "text": path.read_text(), "source": path.stem.rpartition("_")[2]} for path in paths]
    records += [json.loads(line) for line in (ROOT / "seeds" / "northwire.jsonl").read_text().splitlines()]
    return scan(records)


@pytest.fixture(scope="module")
def hostile():
    """Each payload as id, as source, in a text and in its copy."""
    records = []
    for number, payload in enumerate(PAYLOADS):
        story = BODY.replace("bridge", f"bridge{number}").replace("Port", f"Port{number}")
        records.append({"id": f"{number} {payload}", "source": f"one {payload}", "text": f"{payload} {story}"})
        records.append({
            "id": f"copy {number}{payload}", "source": f"two{payload}", "text": f"{story} {payload} “{payload}” [ad_1]"
        })  # fmt: skip
    return scan(records)


class Tags(HTMLParser):
    """Names of tags and attributes, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.links = set(), set(), set()
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        self.links |= {value for name, value in attributes if name in ("href", "src", "action", "data", "srcdoc")}


def words(lines, side: str) -> str:
    return " ".join("".join(piece.text for piece in getattr(line, side)) for line in lines)


def test_both_texts_stand_there_whole(newsroom):
    source = ResultSource(newsroom)
    seen = 0
    for tie in source.ties():
        if tie.relation == "exact":
            continue
        edge = source.edge(tie.number)
        for swap in (False, True):
            left, right = (tie.b, tie.a) if swap else (tie.a, tie.b)
            texts = [source.text(left), source.text(right)]
            both = [sides.Side(text, [], []) for text in texts]
            lines, left_out = sides.lines(edge, *both, swap, False)
            assert left_out == 0
            for name, text in zip(("left", "right"), texts, strict=True):
                assert sorted(re.findall(r"\w+", words(lines, name))) == sorted(re.findall(r"\w+", text))
            seen += sum(line.differs for line in lines)
    assert seen > 50


def test_sentences_line_up_and_what_is_equal_is_folded():
    one = "The mayor spoke. One two three. Four five six. Seven eight nine. It rained on Monday. Only here."
    two = 'The mayor spoke. One two three. "Four five six." Seven eight nine. It snowed on Monday.'
    span = {"a": {"start": 0, "end": one.index(" Only")}, "b": {"start": 0, "end": len(two)}}
    spots = one.index("rained"), two.index("snowed")
    swapped = {key: {"start": spot, "end": spot + 6} for key, spot in zip("ab", spots, strict=True)}
    edge = {"evidence": {"passages": [span], "substitutions": [swapped]}}
    lines, _ = sides.lines(edge, sides.Side(one, [], []), sides.Side(two, [], []), False, False)
    assert (
        words(lines[2:3], "left").strip() == "Four five six."
        and words(lines[2:3], "right").strip() == '"Four five six."'
    )
    fold, changed, alone = sides.folded(lines)
    assert isinstance(fold, sides.Fold) and len(fold.lines) == 4
    (piece,) = [piece for piece in changed.left if piece.kinds]
    assert piece.text == "rained" and piece.kinds == ("sub",) and piece.notes == ("snowed",)
    assert words([alone], "left") == "Only here." and not alone.right


def test_pieces_are_cut_where_marks_begin_and_end():
    side = sides.Side("abcdef", [], [sides.PieceMark(1, 4, "mangled", "x"), sides.PieceMark(2, 6, "number")])
    assert [(piece.text, piece.kinds, piece.notes) for piece in side.pieces(0, 6)] == [
        ("a", (), ()), ("b", ("mangled",), ()), ("cd", ("mangled", "number"), ("x",)), ("ef", ("number",), ()),
    ]  # fmt: skip


def test_shared_words_of_a_rewrite():
    shared = sides.shared_words("Marta Lindqvist paid 40 crowns for it", "It cost Marta Lindqvist 40 crowns then")
    assert shared == {"marta", "lindqvist", "40", "crowns"}


def test_a_report_shows_the_result(newsroom):
    page = html_of(ResultSource(newsroom))
    for cluster in newsroom.clusters:
        assert f'id="cluster-{cluster.id}"' in page
    assert "28</b> documents" in page and "source is missing" in page
    assert re.search(r'<mark class="sub"[^>]*title="producer">maker</mark>', page)
    assert 'class="mangled' in page or FlagKind.MANGLED not in {f.kind for fs in newsroom.flags.values() for f in fs}
    assert page == html_of(ResultSource(newsroom))


def test_a_report_from_json_shows_the_passages(newsroom, tmp_path):
    page = html_of(json_source(newsroom))
    assert re.search(r'<mark class="sub"[^>]*title="producer">maker</mark>', page)
    write_folder(json_source(newsroom), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"index.html", "clusters-0001.html", "style.css", "report.js"}
    index = (tmp_path / "index.html").read_text()
    assert all(f'href="clusters-0001.html#cluster-{cluster.id}"' in index for cluster in newsroom.clusters)


@pytest.mark.parametrize(
    "content", [[], {}, {"schema": "dedup.scan/1"}, {"schema": "dedup.scan/2", "documents": []}, 1]
)
def test_what_is_no_result_is_refused(content):
    with pytest.raises(InputError, match=r"^x\.json: "):
        JsonSource(content, "x.json")


def test_what_is_left_out_is_said(newsroom, monkeypatch):
    monkeypatch.setattr(pages, "PAIRS", 2)
    page = html_of(ResultSource(newsroom))
    assert page.count("not laid side by side here") >= 4 and page.count('class="pair"') == 2
    monkeypatch.setattr(sides, "LONGEST", 50)
    assert "more characters, not shown" in html_of(ResultSource(newsroom))


def test_who_copies_from_whom(newsroom):
    source = ResultSource(newsroom)
    pairs = overview.copied_from(source.documents, source.ties())
    assert ("Northwire", "buzzbrook24", 1) in pairs
    nodes, arrows = overview.graph(pairs)
    assert len(nodes) <= overview.NODES and len(arrows) <= len(pairs)
    bars = overview.histogram(source.ties())
    assert sum(bar.height for bar in bars if bar.x == max(bar.x for bar in bars)) == pytest.approx(
        overview.HEIGHT, abs=1
    )


def test_the_policy_names_the_script_and_the_style(newsroom):
    page = html_of(ResultSource(newsroom))
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    for tag in ("style", "script"):
        (inner,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
        assert f"{tag}-src &#39;sha256-{digest}&#39;" in policy
    assert policy.startswith("default-src &#39;none&#39;")


def test_hostile_text_is_text(hostile, newsroom, tmp_path):
    honest, page = Tags(html_of(ResultSource(newsroom))), html_of(ResultSource(hostile))
    tags = Tags(page)
    assert tags.tags <= honest.tags | {"q"} and tags.attributes <= honest.attributes
    assert all(link.startswith("#") for link in tags.links)
    assert not set("\0\u202e\u2066\u202d\u2069\ufeff\u200b\u00ad") & set(page)
    assert len(page) < 3_000_000 and len(hostile.clusters) > 30


def browser() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        assert not os.environ.get("DEDUP_REQUIRE_SERVERS"), "no browser"
        pytest.skip("needs chromium")
    return found


def dom(page: Path, tmp_path: Path) -> str:
    """The page as the browser has it when its scripts have run."""
    command = [
        browser(), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
        "--virtual-time-budget=3000", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "config")}  # where it puts its crash reports
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=True).stdout


def test_a_browser_runs_our_script_and_no_other(hostile, tmp_path):
    bait = tmp_path / "bait.html"
    bait.write_text(f"<html><body><img src=x onerror='{FIRED}'></body></html>")
    assert "data-fired" in dom(bait, tmp_path)  # the check can fail
    page, folder = tmp_path / "report.html", tmp_path / "folder"
    page.write_text(html_of(ResultSource(hostile)).replace("<details ", "<details open "))
    folder.mkdir()
    write_folder(ResultSource(hostile), folder)
    count = len(hostile.clusters)
    for file in (page, folder / "index.html"):
        shown = dom(file, tmp_path)
        assert "data-fired" not in shown.partition(">")[0] + shown[:300]
        assert re.search(rf'id="shown"[^>]*>{count} of {count}<', shown)  # our own ran


def test_the_command(tmp_path):
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    for output in ("a.html", "a/", "a.json"):
        done = dedup("scan", "seeds", "-o", output, "--exit-zero", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "a.json").read_text())["schema"] == "dedup.scan/1"
    assert (tmp_path / "a.html").read_text().startswith("<!DOCTYPE html>")
    assert (tmp_path / "a" / "index.html").is_file()
    assert dedup("report", "a.json", "-o", "b.html", cwd=tmp_path).returncode == 0
    for arguments in (("a.html", "-o", "c.html"), ("none.json", "-o", "c.html"), ("a.json", "-o", "a.json"),
                      ("a.json", "-o", "a/")):  # fmt: skip
        done = dedup("report", *arguments, cwd=tmp_path)
        assert done.returncode == 2 and done.stderr.count(b"\n") == 1
    assert not (tmp_path / "c.html").exists()
    inside = dedup("scan", "seeds", "-o", "seeds/report/", cwd=tmp_path)
    assert inside.returncode == 2 and not (tmp_path / "seeds" / "report").exists()


def test_a_report_from_json_says_how_much_it_does_not_show():
    # the tail of the longer text stands in no passage: who only sees the passages would take the two for the same
    tail = " The council votes on Thursday, and the fishermen may use the southern quay until the divers are done."
    result = scan([{"id": "short", "text": BODY, "date": "2026-03-01"}, {"id": "long", "text": BODY + tail}])
    assert result.stats["edges"] == 1
    told = re.search(r"Not shown, [^<]*", html_of(json_source(result)))
    assert told is not None and "about 18 words of the right text" in told[0]
    assert "Not shown, since" not in html_of(ResultSource(result))
