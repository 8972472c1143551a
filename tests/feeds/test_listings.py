"""One article in several feeds, posted again, or under new ids: what is shown, and that nothing is lost."""

from dataclasses import replace

import pytest

from dedup.feeds.format.parse import parse
from dedup.feeds.items import explain, restore
from dedup.feeds.listings import Listed, ListingPlace, decide
from dedup.feeds.policy import Cause, FeedPreferences, Policy, Scope, Treatment
from dedup.feeds.publish import QUARANTINE_FILE
from dedup.feeds.records import NEVER_TOUCH, PREFERRED, KnownItem
from dedup.feeds.relisting import Relisted, Relister
from tests.feeds.feed_factory import DAY, REPORT, SPUN, START, item, rss, story
from tests.feeds.feed_harness import FeedHarness

A, B, C = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
HOUR = 3600
KEEP, FLAG, DROP = Treatment.KEEP, Treatment.FLAG, Treatment.DROP
DROPPING = Policy(causes=dict.fromkeys(Cause, DROP))
FOLDERS = Policy(causes=dict.fromkeys(Cause, DROP), scope=Scope.FOLDER)


def listed(feed, key="1", digest="d", folder="", preferred=False, treated=False):
    return Listed(key, ListingPlace(feed, folder, FeedPreferences(preferred=preferred)), digest, 0, treated)


@pytest.mark.parametrize(
    ("new", "earlier", "policy", "cause", "first"),
    [
        (listed(2), [], DROPPING, None, 0),
        (listed(2), [listed(1)], DROPPING, Cause.SAME_LINK, 1),
        (listed(3), [listed(1), listed(2, treated=True)], DROPPING, Cause.SAME_LINK, 1),
        (listed(2, folder="x"), [listed(1, folder="y")], DROPPING, Cause.SAME_LINK, 1),
        (listed(2, folder="x"), [listed(1, folder="y")], FOLDERS, None, 0),
        (listed(3, folder="x"), [listed(1, folder="y"), listed(2, folder="x")], FOLDERS, Cause.SAME_LINK, 2),
        (listed(1, "2"), [listed(1)], DROPPING, Cause.REPOST, 1),
        (listed(1, "2", "changed"), [listed(1)], DROPPING, None, 0),
        (listed(2, "2"), [listed(1), listed(2, treated=True)], DROPPING, Cause.SAME_LINK, 1),
        (listed(2, preferred=True), [listed(1)], DROPPING, None, 0),
        (listed(2, preferred=True), [listed(1, preferred=True)], DROPPING, Cause.SAME_LINK, 1),
    ],
)  # fmt: skip
def test_cases(new, earlier, policy, cause, first):
    found = decide(new, earlier, policy)
    assert (found.cause, found.first_feed) == (cause, first)
    assert found.treatment is (KEEP if cause is None else DROP)


def desk_of(tmp_path, policy=None, folders=("", "", ""), flags=(0, 0, 0)):
    made = FeedHarness(tmp_path, policy)
    for url, folder, flag in zip((A, B, C), folders, flags, strict=True):
        made.add(url, flag, folder=folder)
    return made


def top(*more, key="1", text=REPORT, date=START):
    return rss("a.example", item("https://a.example/1", text, key=key, title="Report", date=date), *more)


REGIONAL = rss("a.example", item("https://a.example/1?utm_source=rss", REPORT, key="x1", title="Report"))
ALERT = rss(
    "google.com",
    item("https://www.google.com/url?rct=j&sa=t&url=https://www.a.example/1&ct=ga", "<b>Report</b>", title="Report"),
    title="Alerts",
)


@pytest.mark.parametrize("policy", [None, DROPPING], ids=["flag", "drop"])
def test_an_article_that_another_feed_lists_later_is_treated_there_and_stands_in_the_first(tmp_path, policy):
    desk = desk_of(tmp_path, policy)
    desk.bodies[A] = top()
    desk.run()
    desk.bodies |= {B: REGIONAL, C: ALERT}
    desk.run(START + HOUR)
    assert desk.output(A) == desk.bodies[A]
    for url in (B, C):
        assert len(desk.links(url)) == (0 if policy else 1)
        if policy is None:
            assert b"same-link" in desk.output(url) and b"Listed before:" in desk.output(url)
    if policy:
        dropped = parse((desk.folder / QUARANTINE_FILE).read_bytes())
        assert len(dropped.items) == 2  # nothing is lost: both stand there as they came
    before = desk.dump()
    desk.run(START + 2 * HOUR)
    assert {name: rows for name, rows in before.items() if name != "feeds"} == {
        name: rows for name, rows in desk.dump().items() if name != "feeds"
    }


def test_keep_shows_it_in_every_feed(tmp_path):
    desk = desk_of(tmp_path, Policy(causes={Cause.SAME_LINK: KEEP}))
    desk.bodies |= {A: top(), B: REGIONAL}
    desk.run()
    assert desk.output(A) == desk.bodies[A] and desk.output(B) == desk.bodies[B]


def test_once_in_each_folder(tmp_path):
    desk = desk_of(tmp_path, FOLDERS, ("x", "y", "y"))
    desk.bodies |= {A: top()}
    desk.run()
    desk.bodies |= {B: REGIONAL}
    desk.run(START + HOUR)
    desk.bodies |= {C: ALERT}
    desk.run(START + 2 * HOUR)
    assert [len(desk.links(url)) for url in (A, B, C)] == [1, 1, 0]


def test_a_copy_by_its_text_too_is_treated_within_its_folder_alone(tmp_path):
    desk = desk_of(tmp_path, None, ("x", "y", "x"))
    desk.bodies[A] = top()
    desk.run()
    desk.bodies[B] = rss("b.example", item("https://b.example/1", SPUN, date=START + HOUR))
    desk.run(START + HOUR)
    desk.bodies[C] = rss("c.example", item("https://c.example/1", REPORT, date=START + HOUR))
    assert b"dedup" in desk.output(B)
    desk.run(START + 2 * HOUR, policy=replace(Policy(), scope=Scope.FOLDER))  # all are written anew
    assert desk.output(B) == desk.bodies[B] and b"dedup" in desk.output(C)
    desk.run(START + 3 * HOUR)
    assert b"dedup" in desk.output(B)


def test_the_listing_of_a_preferred_feed_stands(tmp_path):
    desk = desk_of(tmp_path, DROPPING, flags=(0, PREFERRED, NEVER_TOUCH))
    desk.bodies |= {A: top()}
    desk.run()
    desk.bodies |= {B: REGIONAL, C: ALERT}
    desk.run(START + HOUR)
    assert [len(desk.links(url)) for url in (A, B, C)] == [0, 1, 1]


def test_when_the_first_feed_is_removed_the_next_listing_stands(tmp_path):
    desk = desk_of(tmp_path, DROPPING)
    desk.bodies |= {A: top()}
    desk.run()
    desk.bodies |= {B: REGIONAL, C: ALERT}
    desk.run(START + HOUR)
    with desk.open() as held, held.transaction(write=True):
        held.state.remove_feed(held.state.feed(A).number)
    desk.run(START + 2 * HOUR)
    assert [len(desk.links(url)) for url in (B, C)] == [1, 0]


def test_restored_it_stands_in_all_feeds_and_the_history_tells(tmp_path):
    desk = desk_of(tmp_path, DROPPING)
    desk.bodies |= {A: top(), B: REGIONAL}
    desk.run()
    with desk.open() as held:
        article = held.state.named("https://a.example/1")[0]
        told = explain(held, article)
        assert [(row["cause"], row["treatment"]) for row in told["listings"]] == [("same-link", "drop")]
        restore(held, article, START + 9)
        assert [row["treatment"] for row in explain(held, article)["history"]] == ["drop", "keep"]
    desk.run(START + HOUR)
    assert desk.output(B) == desk.bodies[B]


# -- posted again


@pytest.mark.parametrize("policy", [None, DROPPING], ids=["flag", "drop"])
@pytest.mark.parametrize(
    "again",
    [
        item("https://a.example/other-name-of-it", REPORT, key="2", title="Report", date=START + DAY),
        item("https://mail.a.example/1", REPORT, key="2", title="Report"),
        item("https://a.example/1", REPORT, key="1#0", title="Report", date=START + DAY),
        item("https://a.example/1", REPORT, key="2", title="Report - a.example", date=START + DAY),
    ],
    ids=["link", "subdomain", "guid", "title"],
)
def test_what_its_publisher_posts_again_unchanged_is_a_repost(tmp_path, policy, again):
    desk = desk_of(tmp_path, policy)
    desk.bodies[A] = top()
    desk.run()
    desk.bodies[A] = top(again)
    desk.run(START + HOUR)
    if policy:
        assert desk.links(A) == ["https://a.example/1"]
    else:
        assert desk.output(A).count(b">repost<") == 1 and b"Posted before:" in desk.output(A)


def test_the_same_text_under_other_headlines_and_days_is_none(tmp_path):
    """Each episode of a series has one description."""
    desk = desk_of(tmp_path, DROPPING)
    rows = [item(f"https://a.example/{n}", REPORT, title=f"Episode {n}", date=START + n * DAY) for n in (101, 102)]
    desk.bodies[A] = rss("a.example", rows[0])
    desk.run(START + 101 * DAY)
    desk.bodies[A] = rss("a.example", *rows)
    desk.run(START + 102 * DAY)
    assert len(desk.links(A)) == 2


def test_a_changed_text_is_an_update_also_under_a_new_id(tmp_path):
    desk = desk_of(tmp_path, DROPPING)
    desk.bodies[A] = top()
    desk.run()
    desk.bodies[A] = top(key="2", text=REPORT + "\nThe council will vote on Monday, its chairman said.")
    desk.run(START + HOUR)
    assert len(desk.links(A)) == 1


def moved(n, site="a.example", path="", date=START, words=150):
    text = story(n, words)
    return item(f"https://{site}/{path}{n}", text, key=f"{site}{path}{n}", title=f"Story {text[:25]}", date=date)


@pytest.mark.parametrize("words", [150, 15], ids=["texts", "teasers"])
@pytest.mark.parametrize("path", ["", "new/"], ids=["ids", "ids and links"])
def test_when_a_site_gives_new_ids_and_dates_nothing_is_shown_twice(tmp_path, words, path):
    desk = desk_of(tmp_path, DROPPING)
    desk.bodies[A] = rss("a.example", *(moved(n, words=words) for n in range(8)))
    desk.run()
    new = [moved(n, "www.a.example", path, START + DAY, words) for n in range(8)]
    desk.bodies[A] = rss("a.example", *new, moved(99, words=words))
    desk.run(START + DAY)
    assert desk.links(A) == ["https://a.example/99"]
    assert len(parse((desk.folder / QUARANTINE_FILE).read_bytes()).items) == 8


def test_a_spun_copy_by_another_user_of_a_platform_is_caught(tmp_path):
    desk = FeedHarness(tmp_path)
    feeds = [f"https://dev.example/feed/{name}" for name in ("alice", "mallory")]
    for url, text, name in zip(feeds, (REPORT, SPUN), ("alice", "mallory"), strict=True):
        desk.add(url)
        link = f"https://dev.example/{name}"
        desk.bodies[url] = rss(f"dev.example/{name}", item(f"{link}/1", text), title=name).replace(
            f"{name}/</link>".encode(), f"{name}</link>".encode(), 1
        )
    desk.run()
    assert b"Reworded copy of" in desk.output(feeds[1])
    assert desk.article("https://dev.example/mallory/1").source == "dev.example/mallory"


# -- forms


def form(town, *numbers):
    high, low, wind, rain = numbers
    return (
        f"Weather report for {town}. The highest temperature of the day was {high} degrees and the lowest was {low} "
        f"degrees. Wind blew from the west at {wind} kilometres an hour in the afternoon. Rain fell for {rain} hours "
        "in total, and the water level in the harbour stayed where it had been the day before. The next report will be "
        "given at six in the evening by the station of the meteorological service."
    )


@pytest.mark.parametrize("treatment", [KEEP, FLAG])
def test_forms_are_kept_unless_the_reader_wants_them_flagged(tmp_path, treatment):
    desk = desk_of(tmp_path, Policy(causes={Cause.FORM: treatment}))
    reports = [form("Lindmouth", 21, 12, 30, 4), form("Harwick", 17, 9, 55, 11), form("Saint Brannoc", 25, 14, 8, 1)]
    for url, text in zip((A, B, C), reports, strict=True):
        desk.bodies[url] = rss(url[8:17], item(f"{url[:17]}/1", text, title=text[:40]))
    desk.run()
    flagged = [b"dedup-note" in desk.output(url) for url in (A, B, C)]
    assert flagged == ([False] * 3 if treatment is KEEP else [False, True, True])
    assert [len(desk.links(url)) for url in (A, B, C)] == [1, 1, 1]


def test_one_link_ten_thousand_times_is_not_held_against_all_of_them():
    """Its first items and its last ones are looked at; the ten thousandth is still a repost."""
    relister, result, earlier = Relister(None, DROPPING, START), Relisted(), []
    for number in range(10_000):
        relister._one(KnownItem(1, str(number), 7, "d"), earlier, {}, result)
        assert len(earlier) <= 1_000
    assert len(result.listings) == 9_999 and {one.cause for one in result.listings} == {Cause.REPOST}
    assert earlier[0].key == "0" and earlier[-1].key == "9999"
