"""Reports in a real browser: they work by keyboard, say nothing, ask for nothing, and run no text."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from dedup import Config, decisions, scan
from dedup.config import OutputConfig
from dedup.feeds.policy import Treatment
from dedup.index.index import Index
from dedup.read import from_documents
from dedup.report.html import ResultSource, write_file, write_folder
from tests.feeds import feed_factory
from tests.feeds.feed_harness import FeedHarness
from tests.report import browser as browsers
from tests.report.hostile import FIRED, payloads

PAIRS = 200
KEYS = {"d": "drop", "s": "keep", "n": "not-a-copy", "f": "form"}
SITES = ("one.example", "two.example")


@pytest.fixture(scope="module")
def browser():
    with browsers.launched() as found:
        yield found


def stories(pairs=PAIRS):
    """Links and texts of pairs that are copies: a story, and the same with three words changed."""
    found = []
    for number in range(pairs):
        words = feed_factory.story(number, 90).split(" ")
        changed = [f"{word}x" if place in (20, 45, 70) else word for place, word in enumerate(words)]
        for site, text in zip(SITES, (words, changed), strict=True):
            found.append((f"https://{site}/{number}", " ".join(text)))
    return found


def records(pairs=PAIRS):
    return [{"id": link, "text": text, "source": link.split("/")[2]} for link, text in stories(pairs)]


def one_file(result, path):
    with path.open("wb") as out:
        write_file(ResultSource(result), out)
    return path


def folder(result, path):
    path.mkdir()
    write_folder(ResultSource(result), path)
    return path


OPEN_ALL = "document.querySelectorAll('details').forEach((node) => { node.open = true })"


@pytest.fixture(scope="module")
def decided(browser, tmp_path_factory):
    """All pairs decided by key press, in the page; the file that it saves."""
    path = tmp_path_factory.mktemp("decided")
    result = scan(records())
    assert len(result.clusters) == PAIRS
    with browsers.watched(browser) as seen:
        page = seen.open(one_file(result, path / "report.html"))
        page.evaluate(OPEN_ALL)
        # to the first cluster, from each to its pair; a decision goes on to the next cluster
        page.keyboard.type("j" + "".join("j" + list(KEYS)[number % 4] for number in range(PAIRS)))
        assert page.inner_text("#count") == f"{PAIRS} decisions to be saved"
        with page.expect_download() as download:
            page.click("#save")
        assert download.value.suggested_filename == "decisions.jsonl"
        download.value.save_as(path / "decisions.jsonl")
    lines = [json.loads(line) for line in (path / "decisions.jsonl").read_text().splitlines()]
    assert [line["decision"] for line in lines] == [list(KEYS.values())[number % 4] for number in range(PAIRS)]
    return path / "decisions.jsonl", decisions.read([path / "decisions.jsonl"])


def honoured(lines, is_kept, relation_of):
    """How many decisions hold: `is_kept` by id, `relation_of` a pair of ids, None for none."""
    right = 0
    for line in lines:
        a, b, relation = line.a.id, line.b.id, relation_of(line.a.id, line.b.id)
        right += {
            "drop": not is_kept(b) and is_kept(a) and relation not in (None, "form"),
            "keep": is_kept(b) and not is_kept(a) and relation not in (None, "form"),
            "not-a-copy": is_kept(a) and is_kept(b) and relation is None,
            "form": is_kept(a) and is_kept(b) and relation in (None, "form"),
        }[line.verdict.value]
    return right


def test_a_scan_honours_what_was_decided_in_the_page(decided):
    path, lines = decided
    result = scan(records(), Config(output=OutputConfig(decisions=(str(path),))))
    names = list(result.corpus.ids)
    kept = {name for name, stays in zip(names, result.kept_rows, strict=True) if stays}
    edges = {frozenset((names[edge.a], names[edge.b])): edge.relation.value for edge in result.edges}
    assert honoured(lines, kept.__contains__, lambda a, b: edges.get(frozenset((a, b)))) == PAIRS
    assert sum(relation == "form" for relation in edges.values()) == PAIRS // 4
    assert not any("not used" in note for note in result.notes)


@pytest.mark.parametrize("first", [True, False])
def test_an_index_honours_it(decided, tmp_path, first):
    _, lines = decided
    with Index.open(tmp_path / "index.sqlite", Config()) as held:
        if first:
            held.decide(lines)
        held.add(from_documents(records()))
        if not first:
            held.decide(lines)
        edges = {
            frozenset((names[edge.a], names[edge.b])): edge.relation.value
            for names, table in held.edges() for edge in table
        }  # fmt: skip
        gone = {member.id for cluster in held.clusters() for member in cluster.members[1:]}
        assert not held.undecided(lines)
    assert honoured(lines, lambda name: name not in gone, lambda a, b: edges.get(frozenset((a, b)))) == PAIRS


@pytest.mark.parametrize("first", [True, False])
def test_feeds_honour_it(decided, tmp_path, first):
    path, lines = decided
    desk = FeedHarness(tmp_path)
    for site in SITES:
        desk.add(f"https://{site}/feed")
        items = [feed_factory.item(link, text) for link, text in stories() if site in link]
        desk.bodies[f"https://{site}/feed"] = feed_factory.rss(site, *items)
    clock = count(feed_factory.START, 100_000)

    def run(**changes):  # in a thread: the browser has an event loop in this one
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: desk.run(next(clock), **changes)).result()

    if not first:
        run()
    run(decisions=(str(path),))
    with desk.open() as held:
        names = [side.id for line in lines for side in (line.a, line.b)]
        articles = {article.document: article for article in held.state.articles("document", names)}
    by_number = {article.number: article.document for article in articles.values()}
    right = 0
    for line in lines:
        a, b = articles[line.a.id], articles[line.b.id]
        tied = by_number.get(a.original) == b.document or by_number.get(b.original) == a.document
        right += {
            "drop": b.treatment is Treatment.DROP and by_number.get(b.original) == a.document and a.original is None,
            "keep": b.treatment is Treatment.KEEP and b.original is None,
            "not-a-copy": not tied and a.treatment is b.treatment is Treatment.KEEP,
            "form": not tied and a.treatment is b.treatment is Treatment.KEEP,
        }[line.verdict.value]
    assert right == PAIRS
    assert run(decisions=(str(path),)).tally.articles == []
    shown = {link for site in SITES for link in desk.links(f"https://{site}/feed")}
    assert not shown & {line.b.id for line in lines if line.verdict.value == "drop"}


def test_decisions_by_mouse_are_taken_back_and_kept_between_pages(browser, tmp_path):
    place = folder(scan(records(40)), tmp_path / "report")
    with browsers.watched(browser) as seen:
        page = seen.open(place / "clusters-0001.html")
        page.evaluate(OPEN_ALL)
        first, second = page.locator(".pair").nth(0), page.locator(".pair").nth(1)
        first.get_by_role("button", name="not a copy").click()
        second.get_by_role("button", name="a form").click()
        assert first.get_by_role("button", name="not a copy").get_attribute("aria-pressed") == "true"
        first.get_by_role("button", name="not a copy").click()
        assert page.inner_text("#count") == "1 decision to be saved"
        page.get_by_role("link", name="next").click()
        page.wait_for_url("**/clusters-0002.html")  # until it is loaded: a click ends before its scripts have run
        assert page.inner_text("#count") == "1 decision to be saved"
        page.click("#forget")
        assert page.locator("#decisions").is_hidden()
        page.goto((place / "index.html").as_uri())
        assert page.locator("#decisions").is_hidden()


def test_what_was_decided_before_is_shown_and_can_be_undone(browser, decided, tmp_path):
    path, _ = decided
    result = scan(records(), Config(output=OutputConfig(decisions=(str(path),))))
    with browsers.watched(browser) as seen:
        page = seen.open(one_file(result, tmp_path / "again.html"))
        page.evaluate(OPEN_ALL)
        pressed = page.locator(".pair button[aria-pressed=true]")
        assert pressed.count() == PAIRS // 2  # what is no copy is not shown any more
        page.locator(".pair").first.focus()
        page.keyboard.press("u")
        with page.expect_download() as download:
            page.click("#save")
        (line,) = decisions.read([download.value.path()])
        assert line.verdict is None


def test_filter_sort_and_keys(browser, tmp_path):
    with browsers.watched(browser) as seen:
        page = seen.open(folder(scan(records(60)), tmp_path / "report") / "index.html")
        assert page.inner_text("#shown") == "60 of 60"
        page.keyboard.press("/")
        page.keyboard.type("one.example/7")
        assert page.inner_text("#shown") == "1 of 60"
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/clusters-*.html#cluster-7")
        assert page.locator("#cluster-7[open]").count() == 1
        page.go_back()
        page.select_option("#sort", "number")
        page.fill("#find", "")
        assert page.locator("#clusters tbody tr").first.get_attribute("data-number") == "0"


def test_axe_finds_nothing_serious(browser, newsroom, tmp_path):
    pages = folder(newsroom, tmp_path / "report")
    for scheme, path in (("light", one_file(newsroom, tmp_path / "report.html")), ("dark", tmp_path / "report.html"),
                         ("light", pages / "index.html")):  # fmt: skip
        with browsers.watched(browser, color_scheme=scheme, bypass_csp=True) as seen:
            page = seen.open(path)
            page.evaluate(OPEN_ALL)
            if "report.html" in path.name:
                page.locator(".pair button").first.click()
            assert browsers.findings(page, () if scheme == "light" else ("color-contrast",)) == []


def hostile_records():
    body = feed_factory.story("hostile", 120)
    for number, payload in enumerate(payloads()):
        own = feed_factory.story(f"h{number}", 60)
        text = f"{payload} {own} {body if number < 2 else ''}"
        yield {"id": f"{number} {payload}", "source": f"one {payload}", "date": payload, "text": text}
        changed = own.replace(" ", " x ", 1)
        yield {"id": f"{payload} {number}", "source": f"two {payload}", "date": "2025-06-01",
               "text": f"{changed} {payload} “{payload}” [ad_1]"}  # fmt: skip


def test_no_text_is_run(browser, tmp_path):
    """In ids, sources, dates, texts, flags and suggestions, laid open and clicked through; nor in a result in JSON that
    somebody else wrote, where it stands in every string.
    """
    assert len(payloads()) >= 100
    honest = scan([record for record in hostile_records() if len(record["text"]) < 50_000])
    pages = folder(honest, tmp_path / "folder")
    forged = tmp_path / "forged.html"
    with forged.open("wb") as out:
        write_file(forged_source(), out)
    bait = tmp_path / "bait.html"
    bait.write_text(f"<html><body><img src=x onerror='{FIRED}'></body></html>")
    fired = "document.documentElement.hasAttribute('data-fired')"
    with browsers.watched(browser) as seen:
        for path in (one_file(honest, tmp_path / "report.html"), forged, *sorted(pages.glob("*.html"))):
            page = seen.open(path)
            page.evaluate(OPEN_ALL)
            page.evaluate("document.querySelectorAll('*').forEach((node) => "
                          "['mouseover', 'focus', 'click', 'toggle', 'load'].forEach((name) => "
                          "node.closest('a, button') || node.dispatchEvent(new Event(name))))")  # fmt: skip
            assert not page.evaluate(fired), path
            links = page.evaluate("[...document.links].map((link) => link.getAttribute('href'))")
            assert all(link.startswith(("#", "clusters-", "index.html")) for link in links)
        seen.context.new_page().goto(bait.as_uri())
        assert seen.context.pages[-1].evaluate(fired)  # the check can fail


def forged_source():
    """A result as a file that a stranger wrote: a payload in every string that is shown."""
    from dedup.report.html import JsonSource

    bad = payloads()
    documents, edges, clusters = [], [], []
    for number, payload in enumerate(bad):
        ids = [f"{payload}{number}a", f"{payload}{number}b"]
        span = {"start": 0, "end": len(payload), "text": payload}
        flagged = span | {"suggestion": payload, "other": {"text": payload}}
        for name in ids:
            documents.append({
                "id": name, "source": payload, "file": payload, "line": 1, "date": payload, "words": 10,
                "cluster": number, "digest": payload, "representative": True, "kept": True, "story": None,
                "phrasing": None, "flags": [{"kind": payload, "score": 1.0, "spans": [flagged]}],
            })  # fmt: skip
        pair = {"a": span, "b": span}
        edges.append({
            "a": ids[0], "b": ids[1], "relation": payload, "jaccard": 0.5, "containment": 0.5, "similarity": 0.5,
            "copy": ids[1], "decided": payload,
            "evidence": {"figures": {"coverage": [0.5, 0.5]}, "passages": [pair], "substitutions": [pair],
                         "direction": {"reasons": [payload]}},
        })  # fmt: skip
        clusters.append({
            "id": number, "representative": ids[0], "members": ids, "relations": [None, payload],
            "similarities": [1.0, 0.5], "weakest": 0.5, "source_missing": False,
        })  # fmt: skip
    members = [row["id"] for row in documents]
    return JsonSource({
        "schema": "dedup.scan/1", "documents": documents, "edges": edges, "clusters": clusters,
        "forms": [{"id": 0, "members": members, "frame": bad[0]}], "stories": [{"id": 0, "members": members}],
        "rejects": [{"source": payload, "line": 1, "reason": payload} for payload in bad], "notes": bad,
        "stats": {"documents": len(documents)},
    }, "forged.json")  # fmt: skip


@pytest.fixture(scope="module")
def newsroom():
    from tests.conftest import ROOT

    paths = sorted((ROOT / "seeds").glob("[bh]*.txt"))
    found = [{"id": path.name, "text": path.read_text(), "source": path.stem.rpartition("_")[2]} for path in paths]
    return scan(found + [json.loads(line) for line in (ROOT / "seeds" / "northwire.jsonl").read_text().splitlines()])
