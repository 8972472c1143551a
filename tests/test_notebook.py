"""What a notebook shows of a result: short, escaped, and never larger than its bound."""

from __future__ import annotations

import html.parser

import pytest

from dedup import Config, compare, scan, score
from dedup.errors import OutputError
from tests import texts
from tests.report.hostile import PAYLOADS

STORY, SPUN = texts.REPORT, texts.spun(texts.REPORT)
PLAIN = Config(phrasing=False)
ELEMENTS = {"div", "style", "p", "b", "details", "summary", "table", "thead", "tbody", "tr", "td", "th", "mark", "code"}


class Elements(html.parser.HTMLParser):
    """Every element is one of ours, and every attribute one that runs and loads nothing."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.count = 0
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        assert tag in ELEMENTS and {name for name, _ in attributes} <= {"class", "title", "scope", "open"}
        self.open.append(tag)
        self.count += 1

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_pairs_stand_side_by_side():
    page = scan([STORY, SPUN, None], PLAIN)._repr_html_()
    assert "ScanResult(2 documents, 1 cluster, 1 copy)" in page and "1 rejected" in page
    assert "source: 0" in page and "copy: 1" in page and '<mark class="sub" title="determined">voted</mark>' in page
    assert Elements(page).count > 50


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_hostile_texts_are_shown_and_never_run(payload):
    texts = [f"{payload} {STORY}", f"{SPUN} {payload}", STORY.replace("Tuesday", payload)]
    items = [{"text": text, "id": f"{payload}{at}", "source": payload} for at, text in enumerate(texts)]
    for page in (scan(items, PLAIN)._repr_html_(), compare(*texts[:2])._repr_html_()):
        Elements(page)
        assert not {char for char in page if char in "\0\u202e\u2066\u200b"} and len(page) < 100_000


def test_the_size_is_bounded():
    words = [f"word{number}" for number in range(6_000)]
    changed = [word + "x" * (number % 9 == 0) for number, word in enumerate(words)]
    long = [" ".join(words), " ".join(changed), ". ".join(words), ". ".join(changed)]
    crowd = [f"{STORY} {number}" for number in range(60)]
    pages = [scan([*long, *crowd], PLAIN)._repr_html_(), compare(*long[:2])._repr_html_()]
    assert max(map(len, pages)) < 50_000 and "more copies" in pages[0] and "…" in pages[1]


def test_many_clusters_are_counted():
    page = scan([f"{number} {number + 1} {STORY[number:]}" for number in range(0, 1000, 100) for _ in "ab"], PLAIN)
    assert len(page.clusters) < 4 or "more clusters" in page._repr_html_()
    page = scan([f"cluster {number} of a few words more" for number in range(9) for _ in "ab"], PLAIN)
    assert len(page.clusters) == 9 and "… and 6 more clusters" in page._repr_html_()


def test_nothing_and_what_is_not_judged():
    Elements(scan([])._repr_html_())
    Elements(compare("one", "other")._repr_html_())
    assert "not judged" in score("few words")._repr_html_()


def test_bad_wordings_are_listed():
    page = score(SPUN)._repr_html_()
    assert "<td>constructing</td>" in page and Elements(page).count > 10


def test_the_whole_report(tmp_path):
    result = scan([STORY, SPUN], PLAIN)
    result.to_html(tmp_path / "one.html")
    result.to_html(f"{tmp_path}/pages/")
    assert b"cluster-0" in (tmp_path / "one.html").read_bytes() and (tmp_path / "pages" / "index.html").is_file()
    with pytest.raises(OutputError, match="no such folder"):
        result.to_html(tmp_path / "no" / "one.html")
