"""Passes over feeds, with a stub for the network: what is decided, stored and written."""

import json
import time
from dataclasses import replace

import pytest

from dedup.feeds import decider
from dedup.feeds.format.parse import parse
from dedup.feeds.items import restore
from dedup.feeds.lock import BusyError, one_run
from dedup.feeds.owned import LIST
from dedup.feeds.policy import Policy, Treatment
from dedup.feeds.publish import QUARANTINE_FILE
from dedup.feeds.records import NEVER_TOUCH, PREFERRED, TRUSTED
from dedup.model import Relation
from tests.feeds.feed_factory import DAY, EDITED, EXCERPT, REPORT, SPUN, SPUN_TWICE, START, atom, item, rss, story
from tests.feeds.feed_harness import DROP_ALL, MERGE_ALL, FeedHarness

HOUR = 3600
A, B, C = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"


def link(site, name):
    return f"https://{site}.example/{name}"


def one(site, name, text, **more):
    return item(link(site, name), text, **more)


@pytest.fixture
def desk(tmp_path):
    made = FeedHarness(tmp_path)
    for url in (A, B, C):
        made.add(url)
    return made


def with_copy(desk, copy, first=REPORT):
    """`first` in feed A, an hour later `copy` in feed B; returns what the second run did."""
    desk.bodies[A] = rss("a.example", one("a", "1", first), one("a", "2", story(1)))
    desk.run(START)
    desk.bodies[B] = rss("b.example", one("b", "9", copy, date=START + HOUR), one("b", "8", story(2)))
    return desk.run(START + HOUR)


def test_clean_feeds_come_out_as_they_went_in(desk):
    for at, url in enumerate((A, B, C)):
        desk.bodies[url] = rss(url[8:17], *(item(f"{url}/{at}/{n}", story(10 * at + n)) for n in range(5)))
    summary = desk.run()
    assert (summary.tally.new, summary.tally.flagged, summary.problems) == (15, 0, [])
    assert all(desk.output(url) == desk.bodies[url] for url in (A, B, C))
    assert not (desk.folder / QUARANTINE_FILE).exists()


@pytest.mark.parametrize(
    ("copy", "relation"),
    [(REPORT, Relation.EXACT), (EDITED, Relation.NEAR_DUPLICATE), (EXCERPT, Relation.EXCERPT), (SPUN, Relation.SPUN)],
)
def test_a_later_copy_is_flagged_with_a_link_to_the_first(desk, copy, relation):
    summary = with_copy(desk, copy)
    assert summary.tally.flagged == 1
    found = desk.article(link("b", "9"))
    assert (found.treatment, found.relation) == (Treatment.FLAG, relation)
    assert desk.article(link("a", "1")).number == found.original
    text = desk.output(B).decode()
    assert relation.value in text and link("a", "1") in text
    assert desk.output(A) == desk.bodies[A]
    assert desk.links(B) == [link("b", "9"), link("b", "8")]


def test_a_dropped_copy_is_in_quarantine_and_can_be_had_back(tmp_path):
    desk = FeedHarness(tmp_path, DROP_ALL)
    for url in (A, B):
        desk.add(url)
    assert with_copy(desk, SPUN).tally.dropped == 1
    assert desk.links(B) == [link("b", "8")]
    dropped = parse((desk.folder / QUARANTINE_FILE).read_bytes())
    assert [entry.url for entry in dropped.items] == [link("b", "9")]
    with desk.open() as held:
        article = held.state.named(link("b", "9"))[0]
        assert (
            held.state.fragments([article.number])[article.number].item
            == one("b", "9", SPUN, date=START + HOUR).encode()
        )
        restore(held, article, START + 2 * HOUR)
    desk.run(START + 3 * HOUR)
    assert desk.output(B) == desk.bodies[B]
    assert parse((desk.folder / QUARANTINE_FILE).read_bytes()).items == ()


def test_merged_copies_are_named_at_the_first_item(tmp_path):
    desk = FeedHarness(tmp_path, MERGE_ALL)
    for url in (A, B):
        desk.add(url)
    assert with_copy(desk, EDITED).tally.merged == 1
    merged = desk.merged.read_text()
    assert "Also at:" in merged and link("b", "9") in merged
    assert sorted(entry.url for entry in parse(desk.merged.read_bytes()).items) == sorted(
        [link("a", "1"), link("a", "2"), link("b", "8")]
    )
    assert desk.links(B) == [link("b", "8")]


def test_one_article_in_two_feeds_of_a_site_is_no_copy_and_merged_once(desk):
    desk.bodies[A] = rss("a.example", one("a", "1", REPORT))
    desk.bodies[B] = rss("a.example", one("a", "1?utm_source=rss", REPORT))
    summary = desk.run()
    assert (summary.tally.new, summary.tally.flagged) == (1, 0)
    assert len(parse(desk.merged.read_bytes()).items) == 1


def test_of_what_comes_together_the_first_published_counts_as_first_seen(desk):
    desk.bodies[A] = rss("a.example", one("a", "1", EDITED, date=START - HOUR))
    desk.bodies[B] = rss("b.example", one("b", "9", REPORT, date=START - 2 * HOUR))
    desk.run()
    assert desk.article(link("a", "1")).relation == Relation.NEAR_DUPLICATE
    assert desk.article(link("b", "9")).relation is None


def test_the_source_takes_over_from_a_spun_copy_once(desk):
    assert with_copy(desk, REPORT, first=SPUN).tally.taken_over == 1
    copy, source = desk.article(link("a", "1")), desk.article(link("b", "9"))
    assert (copy.treatment, copy.original, source.relation) == (Treatment.FLAG, source.number, None)
    assert "Reworded copy of" in desk.output(A).decode()
    assert desk.output(B) == desk.bodies[B]
    desk.bodies[C] = rss("c.example", one("c", "5", EDITED, date=START - DAY), one("c", "6", SPUN_TWICE))
    desk.run(START + 2 * HOUR)
    assert desk.article(link("b", "9")).relation is None
    assert {desk.article(link("c", name)).original for name in "56"} == {source.number}
    before = {name: desk.output(url) for name, url in (("a", A), ("b", B), ("c", C))}
    desk.run(START + 3 * HOUR)
    assert before == {name: desk.output(url) for name, url in (("a", A), ("b", B), ("c", C))}


@pytest.mark.parametrize(
    ("old", "new"), [("l", "I"), ("o", "0"), ("e", "\u0435"), ("a", "\u0430"), ("rn", "m"), ("i", "1"), ("th", "ht")]
)
def test_a_garbled_copy_never_takes_the_place_of_what_was_seen_first(desk, old, new):
    assert with_copy(desk, REPORT.replace(old, new)).tally.taken_over == 0
    desk.run(START + 2 * HOUR)
    assert desk.article(link("a", "1")).relation is None
    assert desk.output(A) == desk.bodies[A]


def test_copies_of_what_was_taken_over_go_with_it(desk):
    desk.bodies[A] = rss("a.example", one("a", "1", SPUN))
    desk.run(START)
    desk.bodies[B] = rss("b.example", one("b", "1", SPUN + "\nRead more here.", date=START + HOUR))
    desk.run(START + HOUR)
    assert desk.article(link("b", "1")).original == desk.article(link("a", "1")).number
    desk.bodies[C] = rss("c.example", one("c", "1", REPORT, date=START + 2 * HOUR))
    desk.run(START + 2 * HOUR)
    source = desk.article(link("c", "1")).number
    assert {desk.article(link(site, "1")).original for site in "ab"} == {source}
    assert link("c", "1") in desk.output(B).decode()


@pytest.mark.parametrize(("flags", "first"), [(PREFERRED, "b"), (TRUSTED, "a"), (0, "a")])
def test_a_preferred_feed_takes_over(tmp_path, flags, first):
    desk = FeedHarness(tmp_path)
    desk.add(A)
    desk.add(B, flags)
    with_copy(desk, EDITED)
    copies = [site for site, name in (("a", "1"), ("b", "9")) if desk.article(link(site, name)).relation]
    assert copies == [{"a": "b", "b": "a"}[first]]


def test_never_touch_is_never_touched_but_seen(tmp_path):
    desk = FeedHarness(tmp_path, DROP_ALL)
    desk.add(A)
    desk.add(B, NEVER_TOUCH)
    desk.add(C)
    with_copy(desk, REPORT)
    assert desk.output(B) == desk.bodies[B]
    desk.bodies[C] = rss("c.example", one("c", "1", story(2)))
    desk.run(START + 2 * HOUR)
    assert desk.links(C) == []
    assert desk.article(link("c", "1")).original == desk.article(link("b", "8")).number


def test_updates_pass_and_replace_the_text(desk):
    desk.bodies[A] = rss("a.example", one("a", "1", REPORT))
    desk.run(START)
    desk.bodies[A] = rss("a.example", one("a", "1", EDITED), one("a", "1-update", EDITED + story(3, 40)))
    summary = desk.run(START + HOUR)
    assert (summary.tally.changed, summary.tally.new, summary.tally.flagged) == (1, 1, 0)
    assert desk.output(A) == desk.bodies[A]
    with desk.open() as held:
        index = held.open_index()
        number = index.find(desk.article(link("a", "1")).document)
        assert "2.5 million" in index.text(number).decode()


def test_short_items_are_left_alone_until_they_are_longer(desk):
    desk.bodies[A] = rss("a.example", one("a", "1", REPORT))
    desk.bodies[B] = rss("b.example", one("b", "1", REPORT[:100]))
    desk.run(START)
    assert not desk.article(link("b", "1")).indexed
    desk.bodies[B] = rss("b.example", one("b", "1", REPORT))
    assert desk.run(START + HOUR).tally.flagged == 1
    assert desk.article(link("b", "1")).relation == Relation.EXACT


def test_items_that_all_link_to_the_front_page_are_told_apart(desk):
    rows = [item("https://a.example/", story(n), key=f"id{n}") for n in range(4)]
    desk.bodies[A] = rss("a.example", *rows)
    assert desk.run().tally.new == 4
    with desk.open() as held:
        assert held.database.query("SELECT count(*) FROM documents")[0][0] == 4


def test_nothing_new_is_nothing_done(desk):
    with_copy(desk, SPUN)
    before = desk.dump()
    stamps = {path: path.stat().st_mtime_ns for path in desk.folder.iterdir()}
    summary = desk.run(START + 2 * HOUR)
    assert (summary.unchanged, summary.changed, summary.tally.new) == (2, 0, 0)
    after = desk.dump()
    for table in set(before) - {"feeds", "feed_log"}:
        assert before[table] == after[table]
    assert stamps == {path: path.stat().st_mtime_ns for path in desk.folder.iterdir()}


def test_validators_are_kept_with_the_body_and_sent(desk):
    with_copy(desk, SPUN)
    desk.run(START + 2 * HOUR)
    assert {request.etag for request in desk.asked[-3:] if request.url == A} == {f'"{len(desk.bodies[A])}"'}


def test_a_bad_feed_keeps_its_last_good_output_and_harms_no_other(desk):
    with_copy(desk, SPUN)
    good = desk.output(A)
    desk.bodies[A] = b"<html><body>Please log in</body></html>"
    desk.bodies[C] = rss("c.example", one("c", "1", story(5)))
    summary = desk.run(START + 2 * HOUR)
    assert (summary.failed, summary.tally.new) == (1, 1)
    assert desk.output(A) == good and desk.output(C) == desk.bodies[C]
    with desk.open() as held:
        feed = held.state.feed(A)
        assert "HTML" in feed.schedule.last_error and feed.schedule.failures == 1
        assert any("HTML" in message for _, _, message in held.state.logged())


def test_what_cannot_be_decided_passes(desk, monkeypatch):
    def broken(traits, words, earlier, policy):
        if words > 200:
            raise RuntimeError("a bug")
        return sift_decide(traits, words, earlier, policy)

    sift_decide = decider.decide
    monkeypatch.setattr(decider, "decide", broken)
    desk.bodies[A] = rss("a.example", one("a", "1", REPORT), one("a", "2", story(1)))
    desk.bodies[B] = rss("b.example", one("b", "1", story(2)), one("b", "2", story(1)))
    summary = desk.run()
    assert summary.tally.new == 4
    assert desk.output(A) == desk.bodies[A]
    with desk.open() as held:
        assert any("a bug" in message for _, _, message in held.state.logged())
        assert not held.state.named(link("a", "1"))[0].indexed


def test_what_cannot_be_rewritten_comes_out_as_it_came(desk, monkeypatch):
    from dedup.feeds.format import rewrite

    def broken(*_, **__):
        raise ValueError("a bug")

    monkeypatch.setattr(rewrite, "rewrite", broken)
    summary = with_copy(desk, SPUN)
    assert desk.output(B) == desk.bodies[B]
    assert any("a bug" in problem for _, problem in summary.problems)


def test_a_dry_run_writes_nothing_and_tells(desk):
    desk.bodies[A] = rss("a.example", one("a", "1", REPORT))
    desk.run(START)
    desk.bodies[B] = rss("b.example", one("b", "9", SPUN))
    desk.bodies[C] = rss("c.example", one("c", "9", SPUN_TWICE))
    before, files = desk.dump(), {path: path.read_bytes() for path in desk.folder.iterdir()}
    summary = desk.run(START + HOUR, dry_run=True)
    assert (summary.tally.flagged, summary.tally.new) == (2, 2)
    assert (before, files) == (desk.dump(), {path: path.read_bytes() for path in desk.folder.iterdir()})
    assert desk.run(START + HOUR).tally.flagged == 2


def test_what_was_not_written_is_written_by_the_next_run(desk, monkeypatch):
    from dedup.feeds import publish as publish

    with monkeypatch.context() as patched:

        def killed(*_):
            raise KeyboardInterrupt

        patched.setattr(publish, "write", killed)
        desk.bodies[A] = rss("a.example", one("a", "1", REPORT))
        with pytest.raises(KeyboardInterrupt):
            desk.run(START)
    assert desk.article(link("a", "1")).number == 1
    desk.bodies[A] = "gone fishing"
    summary = desk.run(START + 1)
    assert summary.repaired == 1
    assert desk.output(A).startswith(b"<?xml")
    assert desk.merged.exists()


def test_an_output_folder_that_is_none_is_told_and_repaired(desk):
    desk.bodies[A] = rss("a.example", one("a", "1", REPORT))
    desk.folder.write_text("a file")
    summary = desk.run(START)
    assert summary.files_failed and summary.problems
    desk.folder.unlink()
    assert desk.run(START + 1).repaired == 1
    assert desk.output(A) == desk.bodies[A]


def test_a_clock_that_goes_back_loses_and_decides_nothing_twice(desk):
    with_copy(desk, SPUN)
    decided = {name: desk.article(link("b", name)) for name in "89"}
    desk.bodies[C] = rss("c.example", one("c", "1", SPUN_TWICE), one("c", "2", story(7)))
    summary = desk.run(START - 400 * DAY)
    assert (summary.failed, summary.tally.new, summary.tally.flagged) == (0, 2, 1)
    desk.run(START + 2 * HOUR)
    assert decided == {name: desk.article(link("b", name)) for name in "89"}
    assert desk.article(link("c", "1")).original == desk.article(link("a", "1")).number


def test_one_run_at_a_time(desk):
    with desk.open() as held, one_run(held.place, held.database), pytest.raises(BusyError, match="another run"):
        desk.run()
    with (
        desk.open() as held, one_run(held.place, held.database), pytest.raises(BusyError, match=r"0\.2 seconds"),
        one_run(held.place, held.database, 0.2),
    ):  # fmt: skip
        pass
    desk.run()


def test_atom_and_json_feeds_are_cleaned_in_their_format(desk):
    desk.bodies[A] = rss("a.example", one("a", "1", REPORT), one("a", "2", story(1)))
    desk.run(START)
    desk.bodies[B] = atom("b.example", (link("b", "1"), REPORT), (link("b", "2"), story(2)))
    rows = [{"id": "1", "url": link("c", "1"), "content_text": story(1)}]
    desk.bodies[C] = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "C", "items": rows}).encode()
    assert desk.run(START + HOUR).tally.flagged == 2
    assert b"<entry>" in desk.output(B) and b"Copy of" in desk.output(B)
    assert json.loads(desk.output(C))["items"][0]["_dedup"]["relation"] == "exact"
    assert desk.file(C).suffix == ".json"


def test_what_is_in_the_index_already_was_seen(desk):
    from dedup.model import Document
    from dedup.read import from_documents

    with desk.open() as held:
        held.open_index().add(from_documents([Document(REPORT, "https://archive.example/1", START, "archive.example")]))
    desk.bodies[A] = rss("a.example", one("a", "1", SPUN))
    assert desk.run().tally.flagged == 1
    assert "archive.example" in desk.output(A).decode()


def test_a_feed_that_is_removed_was_still_seen(desk):
    desk.bodies[A] = rss("a.example", one("a", "1", REPORT))
    desk.run(START)
    with desk.open() as held, held.transaction(write=True):
        held.state.remove_feed(held.state.feed(A).number)
    desk.bodies[B] = rss("b.example", one("b", "1", REPORT))
    assert desk.run(START + HOUR).tally.flagged == 1


def test_policies_by_relation(tmp_path):
    desk = FeedHarness(tmp_path, Policy({Relation.SPUN: Treatment.DROP, Relation.EXACT: Treatment.KEEP}))
    for url in (A, B):
        desk.add(url)
    desk.bodies[A] = rss("a.example", one("a", "1", REPORT), one("a", "2", story(1)))
    desk.run(START)
    desk.bodies[B] = rss("b.example", one("b", "1", SPUN), one("b", "2", story(1)))
    desk.run(START + HOUR)
    assert desk.links(B) == [link("b", "2")]
    assert desk.output(B).count(b"dedup") == 0


def test_with_a_server(tmp_path):
    """The fetcher itself: validators, errors, a feed that is slow, and pages of items."""
    from dedup.feeds.http.request import Settings
    from dedup.feeds.run import run
    from tests.feeds.server import Server, conditional, page, slowly, status

    desk = FeedHarness(tmp_path)
    lines = "".join(f"<p>{line}</p>" for line in REPORT.split("\n"))
    whole = f"<html><body><article><h1>T</h1>{lines}</article></body></html>"
    with Server({}) as server:
        site = f"127.0.0.1:{server.port}"
        teaser = rss(site, item(server.url("/page"), REPORT[:120], key="1"))
        first = rss("a.example", one("a", "1", REPORT))
        server.routes |= {
            "/a": conditional(first, etag='"1"', last_modified="Mon, 16 Jun 2025 10:00:00 GMT"), "/t": page(teaser),
            "/gone": status(410), "/slow": slowly(first, 0.5), "/robots.txt": status(404),
            "/page": page(whole.encode(), Content_Type="text/html"),
        }  # fmt: skip
        fetch = Settings(total_timeout=1.0, allow_private=frozenset({site}))
        for path in ("/a", "/gone", "/slow"):
            desk.add(server.url(path))
        options = replace(desk.options, fetch=fetch, full_text=True)
        with desk.open() as held:
            summary = run(held, options, START)
            assert (summary.changed, summary.failed, summary.tally.new) == (1, 2, 1)
            assert held.state.feed(server.url("/gone")).schedule.gone
            assert "1 s" in held.state.feed(server.url("/slow")).schedule.last_error
        desk.add(server.url("/t"))
        with desk.open() as held:
            again = run(held, options, START + HOUR)
        assert (again.unchanged, again.tally.new) == (1, 1)
        assert server.log[-1].path != "/gone" and server.count["/gone"] == 1
        got = [request for request in server.log if request.path == "/a"][-1]
        assert got.headers["if-none-match"] == '"1"'
    found = desk.article(normalised := f"https://{site}/page")
    assert found.document == normalised and found.words > 200
    assert found.relation == Relation.EXACT or found.relation == Relation.NEAR_DUPLICATE


def test_on_both_databases(tmp_path, place):
    """What touches most tables, in one go: a source that takes over, a copy that is dropped, restored, and repaired."""
    desk = FeedHarness(tmp_path, DROP_ALL, place)
    for url in (A, B, C):
        desk.add(url)
    assert with_copy(desk, REPORT, first=SPUN).tally.taken_over == 1
    desk.bodies[C] = rss("c.example", one("c", "1", EDITED), one("c", "2", story(4)))
    before = desk.run(START + 2 * HOUR, dry_run=True).tally.dropped
    assert before == desk.run(START + 2 * HOUR).tally.dropped == 1
    assert (desk.links(A), desk.links(C)) == ([link("a", "2")], [link("c", "2")])
    assert len(parse((desk.folder / QUARANTINE_FILE).read_bytes()).items) == 2
    with desk.open() as held:
        restore(held, held.state.named(link("c", "1"))[0], START)
        assert held.database.check() == []
    assert desk.run(START + 3 * HOUR).repaired == 1
    assert len(desk.links(C)) == 2
    assert len(parse(desk.merged.read_bytes()).items) == 5
    with desk.open() as held, one_run(held.place, held.database), pytest.raises(BusyError, match="another run"):
        desk.run()


def test_two_feeds_whose_names_are_one_keep_a_file_each(tmp_path, monkeypatch):
    from dedup.feeds import publish

    monkeypatch.setattr(publish, "file_name", lambda feed: "same-0123456789abcdef.xml")
    desk = FeedHarness(tmp_path)
    for number in range(3):
        url = f"https://s{number}.example/feed"
        desk.add(url)
        desk.bodies[url] = rss(f"s{number}.example", item(f"https://s{number}.example/1", story(number)))
    desk.run()
    files = {desk.file(f"https://s{number}.example/feed").name for number in range(3)}
    assert files == {"same-0123456789abcdef.xml", "same-0123456789abcdef-2.xml", "same-0123456789abcdef-3.xml"}
    for number in range(3):
        assert desk.output(f"https://s{number}.example/feed") == desk.bodies[f"https://s{number}.example/feed"]


def names_after_a_run(desk):
    for url in (A, B, C):
        site = url[8:17]
        desk.bodies[url] = rss(site, item(f"https://{site}/1", story(url)))
    desk.run()
    return {url: desk.file(url).name for url in (A, B, C)}


@pytest.mark.parametrize("foreign", [b"my notes", b"", rss("m.example", item("https://m.example/1", REPORT)), None])
def test_a_file_that_others_wrote_is_left_alone_and_named(desk, tmp_path, foreign):
    names = names_after_a_run(desk)
    targets = replace(desk.options.targets, folder=tmp_path / "another")
    path = targets.folder / names[A]
    targets.folder.mkdir()
    if foreign is None:
        path.symlink_to(tmp_path / "notes")
    else:
        path.write_bytes(foreign)
    for url in (A, B, C):
        desk.bodies[url] = desk.bodies[url].replace(b"News", b"More")
    summary = desk.run(START + DAY, targets=targets)
    assert summary.files_failed
    (problem,) = [text for _, text in summary.problems]
    assert str(path) in problem and "was not written by dedup" in problem
    assert path.is_symlink() if foreign is None else path.read_bytes() == foreign
    assert (targets.folder / names[B]).read_bytes() == desk.bodies[B]
    path.unlink()
    assert not desk.run(START + 2 * DAY, targets=targets).files_failed  # what was not written is written
    assert path.read_bytes() == desk.bodies[A]


def test_our_own_files_are_known_without_the_index_and_without_a_list(desk, tmp_path):
    names = names_after_a_run(desk)
    desk.place.unlink()
    for url in (A, B, C):
        desk.add(url)
    assert names_after_a_run(desk) == names
    (desk.folder / LIST).unlink()  # as versions left it that kept none
    with desk.open() as held, held.transaction(write=True):
        held.state.keeps_lists = False
    desk.bodies[A] = desk.bodies[A].replace(b"News", b"More")
    assert not desk.run(START + DAY).files_failed
    assert desk.output(A) == desk.bodies[A]
    assert all(f"<file>{name}</file>" in (desk.folder / LIST).read_text() for name in names.values())


@pytest.mark.parametrize("content", [b"\0\xff" * 99, b"../../etc/passwd\n", b""])
def test_a_list_that_is_none_makes_nothing_ours(desk, content):
    names = names_after_a_run(desk)
    (desk.folder / LIST).write_bytes(content)
    (desk.folder / names[A]).write_bytes(b"mine")
    desk.bodies[A] = desk.bodies[A].replace(b"News", b"More")
    assert desk.run(START + DAY).files_failed
    assert (desk.folder / names[A]).read_bytes() == b"mine"


def test_the_merged_feed_and_a_cleaned_one_never_share_a_file(desk):
    names = names_after_a_run(desk)
    desk.place.unlink()
    for path in desk.folder.iterdir():
        path.unlink()
    for url in (A, B, C):
        desk.add(url)
    summary = desk.run(targets=replace(desk.options.targets, merged=desk.folder / names[A]))
    assert summary.files_failed
    assert any(names[A] in text and "merged" in text for _, text in summary.problems)
    assert b"<generator>dedup</generator>" in (desk.folder / names[A]).read_bytes()


def test_slow_pages_hold_up_no_other_feed(tmp_path, monkeypatch):
    """Pages have a time; an item whose page is late is compared by what its feed has, and every feed is written."""
    from dedup.feeds import run as runs
    from dedup.feeds.http.request import Settings
    from dedup.feeds.run import run
    from tests.feeds.server import Server, page, slowly, status

    monkeypatch.setattr(runs, "PAGES_SECONDS", 0.4)
    desk = FeedHarness(tmp_path)
    with Server({"/robots.txt": status(404)}) as server:
        site = f"127.0.0.1:{server.port}"
        server.routes |= {f"/slow/{n}": slowly(b"<html></html>", 5) for n in range(9)}
        slow = rss(site, *(item(server.url(f"/slow/{n}"), story(n), key=str(n)) for n in range(9)))
        server.routes |= {"/bad": page(slow), "/good": page(rss("a.example", one("a", "1", REPORT)))}
        for path in ("/bad", "/good"):
            desk.add(server.url(path))
        fetch = Settings(total_timeout=20.0, allow_private=frozenset({site}))
        begun = time.monotonic()
        with desk.open() as held:
            summary = run(held, replace(desk.options, fetch=fetch, full_text=True), START)
        assert time.monotonic() - begun < 5 and summary.tally.new == 10
        assert any("did not come in time" in problem for _, problem in summary.problems)
        assert desk.file(server.url("/good")).exists() and desk.file(server.url("/bad")).exists()


def html_of(text):
    return (
        f"<html><body><article><h1>News</h1><p>{text.replace(chr(10), '</p><p>')}</p></article></body></html>".encode()
    )


@pytest.fixture
def newsroom(tmp_path):
    """A server, and a desk that may fetch from it."""
    from dedup.feeds.http.request import Settings
    from tests.feeds.server import Server, status

    with Server({"/robots.txt": status(404)}) as server:
        allowed = frozenset({f"127.0.0.1:{server.port}"})
        desk = FeedHarness(tmp_path, fetch=Settings(total_timeout=20.0, allow_private=allowed), full_text=True)
        yield server, desk


def really(desk, now, budget):
    from dedup.feeds.run import run

    with desk.open() as held:
        return run(held, replace(desk.options, pages=budget), now)


def test_late_pages_are_fetched_in_the_next_run(newsroom):
    from dedup.feeds.full_text import PageBudget
    from tests.feeds.server import page, slowly

    server, desk = newsroom
    second = server.url("/second")
    server.routes |= {"/second": page(rss("b.example", item(server.url("/2"), story(1, 60), key="2")))}
    server.routes |= {"/2": slowly(html_of(SPUN), 3)}
    desk.add(A)
    desk.bodies[A] = rss("a.example", one("a", "1", REPORT))
    desk.run(full_text=False)
    desk.add(second)
    summary = really(desk, START + 1, PageBudget(host_seconds=1.0))
    assert (summary.late, summary.tally.new, summary.tally.flagged) == (1, 1, 0)
    assert any("1 pages did not come in time" in text and "next run" in text for _, text in summary.problems)
    assert desk.file(second).exists()
    server.routes["/2"] = page(html_of(SPUN))
    summary = really(desk, START + 2, PageBudget())  # no feed is due, and the page is fetched all the same
    assert (summary.late, summary.feeds, summary.tally.flagged, summary.problems) == (0, 0, 1, [])
    assert b"Reworded copy of" in desk.output(second)
    with desk.open() as held:
        assert held.state.late_pages == {}


def test_a_page_that_is_always_late_is_given_up(newsroom):
    from dedup.feeds.full_text import PageBudget
    from tests.feeds.server import page, slowly

    server, desk = newsroom
    server.routes |= {"/feed": page(rss("a.example", item(server.url("/1"), story(1)))), "/1": slowly(b"<html/>", 5)}
    desk.add(server.url("/feed"))
    late = []
    for at in range(4):
        summary = really(desk, START + at, PageBudget(host_seconds=0.2))
        late.append((summary.late, any("given up" in text for _, text in summary.problems)))
    assert late == [(1, False), (1, False), (0, True), (0, False)]


def test_pages_of_one_host_are_counted_and_the_rest_comes_later(newsroom):
    from dedup.feeds.full_text import PageBudget
    from tests.feeds.server import page

    server, desk = newsroom
    items = [item(server.url(f"/{n}"), story(n, 60)) for n in range(5)]
    server.routes |= {"/feed": page(rss("a.example", *items))}
    server.routes |= {f"/{n}": page(html_of(story(n, 200))) for n in range(5)}
    desk.add(server.url("/feed"))
    assert [really(desk, START + at, PageBudget(host_pages=2)).late for at in range(3)] == [3, 1, 0]
    assert desk.article(server.url("/4")).words >= 200


def test_quick_feeds_are_written_before_slow_pages_are_there(newsroom, monkeypatch):
    from dedup.feeds.full_text import PageBudget
    from dedup.feeds.publish import Outputs
    from tests.feeds.server import page, slowly

    server, desk = newsroom
    server.routes |= {f"/slow/{n}": slowly(b"<html></html>", 5) for n in range(9)}
    slow = rss("s.example", *(item(server.url(f"/slow/{n}"), story(n), key=str(n)) for n in range(9)))
    server.routes |= {"/slow": page(slow), "/good": page(rss("a.example", item("ftp://a.example/1", REPORT)))}
    for path in ("/slow", "/good"):
        desk.add(server.url(path))
    written, begun, usual = [], time.monotonic(), Outputs.feeds
    monkeypatch.setattr(
        Outputs, "feeds",
        lambda self, feeds, parsed=None: (
            written.extend((feed.url, time.monotonic() - begun) for feed in feeds), usual(self, feeds, parsed)
        ),
    )  # fmt: skip
    really(desk, START, PageBudget(host_seconds=1.5))
    assert [url for url, _ in written] == [server.url("/good"), server.url("/slow")]
    assert written[0][1] < 1.4 <= written[1][1] < 4
