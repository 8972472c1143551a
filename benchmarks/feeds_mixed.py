"""Two weeks of feeds with what readers complain of: one article in two feeds, items under new ids, teasers, platforms.

The news of `feeds_weeks`, of which a part is listed a second time by a second feed of its site (with a tracker and
another id), a part comes again in its own feed under a new id, and a part is a headline and the first words alone,
which a site of headlines lists under links of its own. Five hosts have several writers each: what one wrote another
one of the same host spins, or takes as it is. And texts by people are followed by their rewrites by three language
models (`llm_rewrites`), some hours later, on sites of their own. All of it is dropped where that may be.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from benchmarks import thesaurus
from benchmarks.feeds_weeks import HOUR, PARTLY, Published, World, honest, live, overlap
from benchmarks.report import Table
from benchmarks.settings import Figures
from benchmarks.spinner import spin
from benchmarks.spun_corpus import LEAST_WORDS, read_stories
from dedup.config import FeedsConfig
from dedup.feeds.policy import Cause, Policy, Treatment
from dedup.feeds.session import Session
from dedup.feeds.teasers import Teaser, TeaserCounts, alike, keys, teaser
from dedup.feeds.urls import normalise
from dedup.model import Relation

REWRITES = "llm_rewrites.jsonl.gz"
NEEDS = (REWRITES,)
SEED = 20161219
TWICE, REISSUED, TEASERS = 0.2, 0.1, 0.1
"""Shares of the stories."""
BLURB = (30, 35)
"""Words of a teaser."""
PLATFORMS = ("dev.to/{0}", "medium.com/@{0}", "reddit.com", "write.example/{0}", "pens.example")
"""Where the pages of a writer are: known by the path, by the author, or not known at all."""
WRITERS, WRITTEN = 3, 60
"""Writers of one host, and stories that they wrote in all."""
REWRITTEN = 120
"""Texts of people that are rewritten; each by one model."""


@dataclass(frozen=True, slots=True)
class Play:
    """What is published, and which of it is to be found."""

    items: list[Published]
    wanted: dict[str, list[Published]]
    """Second listings and copies, by kind."""


def _tracked(url: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}utm_source=rss"


def _listed_twice(stories: Sequence[Published], rng: Random) -> list[Published]:
    return [
        replace(story, feed=f"top.{story.site}", guid=f"top {story.id}", url=_tracked(story.url),
                listed=story.listed + rng.randrange(HOUR, 6 * HOUR))
        for story in stories
    ]  # fmt: skip


def _reissued(stories: Sequence[Published], rng: Random) -> tuple[list[Published], list[Published]]:
    """Stories that go, and come again under another id, half of them with another date."""
    gone, again = [], []
    for number, story in enumerate(stories):
        when = story.listed + rng.randrange(3 * HOUR, 12 * HOUR)
        gone.append(replace(story, until=when))
        again.append(replace(story, guid=f"new {story.id}", listed=when, date=when if number % 2 else story.date))
    return gone, again


def _teasers(stories: Sequence[Published], rng: Random) -> tuple[list[Published], list[Published]]:
    """Headlines and first words, and the same under other links: cut elsewhere, the site's name behind the headline."""
    shown, taken = [], []
    for story in stories:
        words = story.text.split()
        shown.append(replace(story, text=" ".join(words[: rng.randrange(*BLURB)])))
        text = " ".join(words[: rng.randrange(16, 32)]) + rng.choice(("…", " […]", "", " Continue reading"))
        title = story.title + rng.choice(("", " - Headlines", " | headlines.example"))
        when = story.listed + rng.randrange(HOUR, 10 * HOUR)
        taken.append(Published(
            f"teaser {story.id}", "headlines.example", f"https://headlines.example/{story.id[:12]}", title, text, when,
            when, story.id,
        ))  # fmt: skip
    return shown, taken


def _platforms(stories: Sequence[Published], data: Path, rng: Random) -> tuple[list[Published], list[Published]]:
    """Stories by the writers of some hosts, and what another writer of the same host made of them."""
    vocabulary = thesaurus.load("heldout", data)
    written, taken = [], []
    for number, story in enumerate(stories):
        form = PLATFORMS[number % len(PLATFORMS)]
        host = form.partition("/")[0]
        who = [f"writer{n}" for n in rng.sample(range(WRITERS), 2)]
        pages = [f"https://{form.format(name)}/{'' if '{' in form else 'p/'}" for name in who]
        share = (1.0, 0.5, 0.0)[number // len(PLATFORMS) % 3]
        text = spin(story.text, vocabulary, share, f"{SEED} {story.id}").text if share else story.text
        when = story.listed + rng.randrange(2 * HOUR, 10 * HOUR)
        own = replace(story, site=host, feed=f"{host}/{who[0]}", url=f"{pages[0]}{story.id[:12]}", author=who[0])
        written.append(own)
        taken.append(replace(
            own, id=f"taken {story.id}", feed=f"{host}/{who[1]}", author=who[1], url=f"{pages[1]}x{story.id[:12]}",
            text=text, title=f"About {story.title[:20]}", date=when, listed=when, source=own.id, share=share,
        ))  # fmt: skip
    return written, taken


def _rewritten(data: Path, first: int, days: int, rng: Random) -> tuple[list[Published], list[Published]]:
    """Texts of people, and their rewrites by language models some hours later."""
    with gzip.open(data / REWRITES, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    people = {row["id"]: row for row in rows if row["of"] is None and len(row["text"].split()) >= LEAST_WORDS}
    copies: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        if row["of"] in people and len(row["text"].split()) >= FeedsConfig().shortest:
            copies.setdefault(row["of"], []).append(row)
    found: tuple[list[Published], list[Published]] = [], []
    for name in rng.sample(sorted(copies), min(REWRITTEN, len(copies))):
        when = first + rng.randrange(days * 24 * HOUR - 12 * HOUR)
        later = when + rng.randrange(2 * HOUR, 10 * HOUR)
        row, copy = people[name], rng.choice(copies[name])
        site, other = f"{row['domain'].lower()}.example", f"ai{rng.randrange(3)}.example"
        found[0].append(Published(name, site, f"https://{site}/{name}", name, row["text"], when, when))
        found[1].append(Published(
            f"rewritten {name}", other, f"https://{other}/{name}", f"New: {name}", copy["text"], later, later, name
        ))  # fmt: skip
    return found


def play(data: Path, days: int) -> Play:
    """All that is published in some days."""
    rng = Random(SEED)
    stories = honest(data, days)
    rng.shuffle(stories)
    long_enough = [story for story in stories if len(story.text.split()) >= LEAST_WORDS and len(story.title) > 20]
    sizes = [int(len(stories) * share) for share in (TWICE, REISSUED, TEASERS)] + [min(WRITTEN, len(stories) // 8)]
    parts: list[list[Published]] = []
    for size in sizes:
        parts.append(long_enough[:size])
        long_enough = long_enough[size:]
    used = {story.id for part in parts for story in part}
    twice = _listed_twice(parts[0], rng)
    gone, again = _reissued(parts[1], rng)
    shown, teasers = _teasers(parts[2], rng)
    written, taken = _platforms(parts[3], data, rng)
    first = min(story.listed for story in stories)
    people, rewritten = _rewritten(data, first, days, rng)
    others = [story for story in stories if story.id not in used]
    items = [*others, *parts[0], *twice, *gone, *again, *shown, *teasers, *written, *taken, *people, *rewritten]
    wanted = {"in two feeds": twice, "new id": again, "teaser": teasers, "other writer": taken, "rewritten": rewritten}
    return Play(items, wanted)


def headlines(data: Path) -> Figures:
    """How many real stories have the headline, or headline and first words, of another one that they share no text
    with: what would be treated by mistake, where nothing is planted.
    """
    natural, found = overlap(data), Figures()
    stories = list(read_stories(data / thesaurus.NEWS))
    for kind, words in (("headlines alone", 0), ("headlines and first words", BLURB[0])):
        counts, known = TeaserCounts(), dict[str, Teaser]()
        by_key: dict[int, list[str]] = {}
        flagged, wrong = 0, 0
        for story in stories:
            day = int(datetime.fromisoformat(story["day"]).replace(tzinfo=UTC).timestamp())
            own = teaser(story["title"] or "", " ".join(story["text"].split()[:words]), day)
            others = sorted({name for key in keys(own) for name in by_key.get(key, ())})
            same = next((name for name in others if alike(own, known[name], counts)), None)
            if same is not None:
                flagged += 1
                wrong += natural.get(frozenset((story["id"], same)), 0.0) < PARTLY
            counts.add(own)
            known[story["id"]] = own
            for key in keys(own):
                by_key.setdefault(key, []).append(story["id"])
        found[kind] = {"stories": len(stories), "called": flagged, "of independent stories": wrong}
    return found


def policy() -> Policy:
    """Everything is dropped that may be."""
    relations = (Relation.EXACT, Relation.NEAR_DUPLICATE, Relation.EXCERPT, Relation.SPUN)
    causes = (Cause.SAME_LINK, Cause.REPOST, Cause.TEASER)
    return Policy(dict.fromkeys(relations, Treatment.DROP), dict.fromkeys(causes, Treatment.DROP))


def measure(days: int, data: Path, folder: Path, step: int) -> Figures:
    """What was treated of each kind, and which honest items are shown nowhere or were treated by mistake."""
    made = play(data, days)
    world = World(made.items)
    figures = live(world, days, folder, step, policy())
    articles = {article.document: article for article in figures.pop("articles")}
    with Session(folder / "index.sqlite") as session:
        rows = session.database.query(
            "SELECT feeds.url, listings.name FROM listings JOIN feeds ON feeds.number = listings.feed"
            " WHERE listings.treatment <> 'keep'"
        )
    treated = {(url, name) for url, name in rows}
    numbers = {article.number: article for article in articles.values()}
    by_document = {normalise(item.url): item for item in made.items}
    kinds: Figures = {}
    for kind, wanted in made.wanted.items():
        found, missed = 0, []
        for item in wanted:
            article = articles.get(normalise(item.url))
            if kind in ("in two feeds", "new id"):
                done = (world.url(item.feed or item.site), item.key) in treated
            else:
                root = numbers.get(article.original or 0) if article else None
                source = by_document.get(root.document) if root else None
                done = source is not None and (source.id == item.source or source.source == item.source)
            found += done
            if not done:
                missed.append({"item": item.url, "reasons": list(article.reasons) if article else []})
        kinds[kind] = {"there": len(wanted), "treated": found, "missed": missed}
    own = {item.id for kind in made.wanted for item in made.wanted[kind] if kind not in ("in two feeds", "new id")}
    natural = overlap(data)
    wrong = []
    for document, article in articles.items():
        own_item = by_document.get(document)
        root = numbers.get(article.original or 0)
        source = by_document.get(root.document) if root else None
        if own_item is None or own_item.id in own or source is None:
            continue
        share = natural.get(frozenset((own_item.id, source.source or source.id)), 0.0)
        if share < 0.3 or source.source == own_item.id:
            wrong.append({"item": own_item.url, "of": source.url, "relation": str(article.relation), "cause":
                          str(article.cause or ""), "containment": share})  # fmt: skip
    rewritten = Counter(
        str(articles[normalise(item.url)].relation) for item in made.wanted["rewritten"]
        if normalise(item.url) in articles
    )  # fmt: skip
    shown = {item.id for item in made.items if item.id not in own}
    return {
        "days": days, "feeds": len(world.sites), "listed": len(made.items), "honest": len(shown), "kinds": kinds,
        "rewritten_as": dict(rewritten), "wrong": wrong, "seconds": figures["seconds"], "cpu": figures["cpu"],
        "problems": figures["problems"], "headlines": headlines(data),
    }  # fmt: skip


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole:,} ({part / whole:.2%})"


def tables(figures: Figures) -> list[Table]:
    """What became of each kind."""
    rows = [
        (kind, f"{of['treated']} of {of['there']} ({of['treated'] / of['there']:.1%})")
        for kind, of in figures["kinds"].items() if of["there"]
    ]  # fmt: skip
    rows += [
        ("honest items treated by mistake", f"{len(figures['wrong'])} of {figures['honest']:,}"),
        *(
            (
                f"{kind} of independent stories called the same",
                _of(of["of independent stories"], of["stories"]),
            )
            for kind, of in figures["headlines"].items()
        ),
        ("CPU seconds of all passes", f"{figures['cpu']:.1f}"),
    ]
    title = f"The same {figures['days']} days with what readers complain of, {figures['feeds']} feeds"
    return [Table(title, ("kind", "treated"), rows)]
