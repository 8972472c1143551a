"""Headline and first words as evidence: what counts, what does not, and that it is bounded."""

import random

import pytest

from dedup.feeds import teaser_table, teasers
from dedup.feeds.policy import Cause, Policy, Treatment
from dedup.feeds.teaser_table import TeaserTable
from dedup.feeds.teasers import TeaserCounts, alike, keys, teaser, title_of, words_of
from tests.cost import costs_at_most
from tests.feeds.feed_factory import DAY, START, item, rss
from tests.feeds.feed_harness import FeedHarness

A, B, C = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
TITLE = "Harbour authority of Lindmouth closes its oldest pier for eleven months"
BLURB = (
    "Divers will replace the timber piles that shipworm has hollowed out since 1911, and the ferry to Saint Brannoc "
    "sails from the coal quay instead until the herring festival."
)
OTHER = (
    "Fishmongers doubt that customers will follow them into the old customs shed while the pier at Lindmouth is shut, "
    "several of them said on Monday."
)


def same(one, other, counts=None):
    found = alike(one, other, counts or TeaserCounts())
    return found is not None


def test_words_are_folded_and_names_of_sites_left_out():
    assert words_of("Café “Zoë’s” – 北京 a1") == ("cafe", "zoes", "北", "京", "a1")
    assert title_of("A pier closes in Lindmouth - The Daily One") == words_of("A pier closes in Lindmouth")
    assert title_of("Pier - Lindmouth") == ("pier", "lindmouth")


@pytest.mark.parametrize(
    ("title", "text", "found"),
    [
        (TITLE, BLURB, True),
        (TITLE + " | Daily One", BLURB[:100] + " […]", True),
        (TITLE.upper(), BLURB + " Continue reading on the site", True),
        (TITLE, TITLE + " " + BLURB, True),
        (TITLE, BLURB + " The post " + TITLE + " appeared first on One.", True),
        (TITLE, BLURB.replace("1911", "1912"), False),
        (TITLE, OTHER, False),
        ("Ferries to sail from the coal quay", OTHER, False),
        ("Ferries to sail from the coal quay", BLURB, False),
        (TITLE, "", True),
        ("Pier closes", "", False),
    ],
)  # fmt: skip
def test_what_is_alike(title, text, found):
    assert same(teaser(title, text), teaser(TITLE, BLURB)) is found
    assert same(teaser(TITLE, BLURB), teaser(title, text)) is found


def test_a_picture_or_an_author_counts_where_the_headline_is_another():
    plain, other = teaser("Ferries to sail from the coal quay", BLURB), teaser(TITLE, BLURB)
    assert not same(plain, other)
    with_picture = [teaser(one, BLURB, image="https://a.example/pier.jpg") for one in (TITLE, "Ferries at the quay")]
    assert same(*with_picture)
    counts = TeaserCounts()
    for _ in range(50):
        counts.add(teaser("x", "y", image="https://a.example/pier.jpg"))  # the logo of the site
    assert not same(*with_picture, counts)


def test_the_same_words_days_apart_are_a_series():
    assert same(teaser(TITLE, BLURB, START), teaser(TITLE, BLURB, START + DAY))
    assert not same(teaser(TITLE, BLURB, START), teaser(TITLE, BLURB, START + 5 * DAY))


def test_words_that_many_items_have_prove_nothing():
    counts, often = (
        TeaserCounts(),
        teaser("Daily briefing for our readers", "Here is what you need to know to start the day."),
    )
    for _ in range(400):
        counts.add(often)
    assert not same(often, often, counts)
    assert same(teaser(TITLE, BLURB), teaser(TITLE, BLURB), counts)


def test_counts_are_kept_and_bounded():
    counts = TeaserCounts()
    for at in range(300):
        counts.add(teaser(f"word{at} {TITLE}", BLURB))
    again = TeaserCounts(counts.packed())
    assert (again.items, again.count("lindmouth")) == (300, counts.count("lindmouth"))
    assert len(counts.packed()) < 300_000
    for broken in ("", "x", "5 !!", counts.packed()[:50]):
        assert TeaserCounts(broken).items == 0


def test_teasers_that_are_alike_have_a_key_in_common():
    rng, words = random.Random("keys"), [f"w{n}" for n in range(5000)]
    for _ in range(300):
        text = " ".join(rng.choices(words, k=40))
        title = " ".join(rng.choices(words, k=9))
        cut = " ".join(text.split()[: rng.randrange(14, 40)])
        one, other = teaser(title, text), teaser(title + " - Site", cut)
        assert set(keys(one)) & set(keys(other))
        assert len(keys(one)) <= teasers.KEYS + 1


# -- in feeds


def desk_of(tmp_path, policy=None):
    desk = FeedHarness(tmp_path, policy)
    for url in (A, B, C):
        desk.add(url)
    return desk


def one(site, name, title=TITLE, text=BLURB, date=START):
    return item(f"https://{site}.example/{name}", text, title=title, date=date)


def test_the_same_headline_and_teaser_under_another_link(tmp_path):
    desk = desk_of(tmp_path)
    desk.bodies[A] = rss("a.example", one("a", "1"))
    desk.run()
    cut = BLURB[:110] + "…"
    desk.bodies[B] = rss("b.example", one("b", "9", TITLE + " - B", cut, START + 3600), one("b", "8", text=OTHER))
    desk.run(START + 3600)
    found = desk.article("https://b.example/9")
    assert (found.cause, found.treatment) == (Cause.TEASER, Treatment.FLAG)
    assert b"Same headline and teaser as" in desk.output(B)
    assert desk.article("https://b.example/8").relation is None
    assert desk.output(A) == desk.bodies[A]


def test_a_teaser_takes_nobodys_place_and_its_full_text_is_compared_as_such(tmp_path):
    from tests.feeds.feed_factory import REPORT

    desk = desk_of(tmp_path, Policy(causes={Cause.TEASER: Treatment.DROP}))
    lead = " ".join(REPORT.split()[:30])
    title = "Quite a long headline about what the council of the town has decided on its library"
    desk.bodies[A] = rss("a.example", one("a", "1", title, REPORT))
    desk.bodies[B] = rss("b.example", one("b", "1", title, lead, START + 60))
    desk.run(START + 100)
    assert desk.links(B) == []
    desk.bodies[C] = rss("c.example", one("c", "1", "Other", lead + " and so on", START + 70))
    desk.run(START + 3600)
    assert len(desk.links(C)) == 1


def test_a_series_by_one_publisher_is_no_repost_and_the_same_page_twice_is(tmp_path):
    desk = desk_of(tmp_path, Policy(causes=dict.fromkeys(Cause, Treatment.DROP)))
    daily = [one("a", f"{n}", date=START + n * DAY) for n in range(3)]
    desk.bodies[A] = rss("a.example", daily[0])
    desk.run(START)
    desk.bodies[A] = rss("a.example", *daily)
    desk.run(START + 3 * DAY)
    assert len(desk.links(A)) == 3
    desk.bodies[B] = rss("b.example", one("b", "2025/pier-is-closed", OTHER, OTHER))
    desk.run(START + 5 * DAY)
    desk.bodies[B] = rss("b.example", one("b", "news/pier-is-closed.html", OTHER, OTHER, START + DAY))
    desk.run(START + 6 * DAY)
    assert desk.links(B) == []


@pytest.mark.parametrize(
    "text",
    ["read more " * 30 + "x" * 100, "read the rest " * 34, "the post a appeared on " * 20, "[" * 470, "the post " * 52,
     "continue reading" + "." * 200 + " continue reading" + "!" * 200],
)  # fmt: skip
def test_what_programs_put_behind_is_found_in_time(text):
    """A feed could keep a run busy for ever with a text of 200 characters."""
    assert len(text) < 480
    with costs_at_most(20):
        teaser("A headline", text)


def test_rows_of_what_programs_put_behind_go():
    told = "Work begins. Read more [\u2026] The post Work begins appeared first on The Courier. Continue reading \u2192"
    assert teaser("", told).lead == ("work", "begins")


def test_a_thousand_that_show_the_same_are_not_all_held_against_each_other(tmp_path, monkeypatch):
    harness = FeedHarness(tmp_path)
    harness.add(A)
    harness.bodies[A] = rss("a.example")
    harness.run(START)
    compared = []
    monkeypatch.setattr(teaser_table, "alike", lambda *pair: compared.append(pair))
    one = teaser("Nine words stand above the text of this item", "And some of these words are its first ones")
    with harness.open() as held, held.transaction(write=True):
        for part in range(2):
            table = TeaserTable(held.database)
            for number in range(600):
                table.add(1_000 * part + number, one)
            assert table.find(one) == [] and len(compared) <= 200
            compared.clear()
            table.store()
        assert TeaserTable(held.database).find(one) == [] and len(compared) <= 200
