"""What comes document by document, in any order, is what one pairwise scan of all documents finds."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.spinner import Vocabulary, publish, spin
from dedup import Config, Document
from dedup.align import neighbourhood
from dedup.index.index import Index
from tests import texts
from tests.index.indexes import (
    TINY,
    TINY_BLOCK,
    add,
    assert_consistent,
    assert_like_scan,
    cluster_ids,
    doc,
    edited,
    minutes,
    paragraphs,
    prose,
    shouted,
)  # fmt: skip

WORDS = Vocabulary.of(
    "texts", {head: (other,) for head, other in texts.SYNONYMS.items()} | {"said": ("stated", "told")}
)
BASES = (
    texts.REPORT, texts.INDEPENDENT, texts.WEATHER.format(**texts.DAYS[0]), texts.WEATHER.format(**texts.DAYS[1]),
    texts.LOTTERY.format(**texts.DRAWS[0]), texts.LOTTERY.format(**texts.DRAWS[1]),
    texts.MARKET.format(**texts.MARKET_DAYS[0]),
    prose(1), prose(2, 120), "Short notice", "!?!",
)  # fmt: skip


def british(text: str, seed: int) -> str:
    return texts.swapped(text, texts.BRITISH)


def lightly(text: str, seed: int) -> str:
    return edited(text, 0.02 * (1 + seed % 3), seed)


def cut(text: str, seed: int) -> str:
    return paragraphs(text, range(seed % 3, seed % 3 + 3))


def respun(text: str, seed: int) -> str:
    return publish(spin(text, WORDS, 1 - 0.3 * (seed % 3), seed), seed, "Headline of the day").text


def marked(text: str, seed: int) -> str:
    return f"[ad_1]\n{respun(text, seed)}\n[ad_2]\nSource link"


def shared(text: str, seed: int) -> str:
    return "Share on Facebook\nTweet\n" * (seed % 3) + text + "\nSubscribe to our newsletter for daily news"


def titled(text: str, seed: int) -> str:
    return "A headline of the day | The Post\n" + "A headline of the day\n\n" * (seed % 4) + text


CHANGES = (
    lambda text, seed: text, lambda text, seed: shouted(text), british, lightly, cut, respun, marked,
    lambda text, seed: text + f"\n\nCorrected on day {seed}.", lambda text, seed: lightly(cut(text, seed), seed),
    shared, titled,
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """A small corpus, the order in which it comes, where it is cut, and what goes."""

    documents: tuple[Document, ...]
    cuts: tuple[int, ...]
    gone: tuple[int, ...]

    def parts(self) -> Iterator[tuple[Document, ...]]:
        borders = [0, *sorted(set(self.cuts)), len(self.documents)]
        for begin, end in pairwise(borders):
            yield self.documents[begin:end]


@st.composite
def plans(draw, most=14):
    drawn = draw(
        st.lists(
            st.tuples(
                # the report more often than others, so that much hangs together
                st.one_of(st.just(0), st.integers(0, len(BASES) - 1)), st.integers(0, len(CHANGES) - 1),
                st.integers(0, 5), st.one_of(st.none(), st.integers(0, 4)),
            ),
            min_size=2, max_size=most,
        )
    )  # fmt: skip
    names = draw(st.permutations([f"{'dcba'[n % 4]}{n}" for n in range(len(drawn))]))
    found = []
    for (base, change, seed, date), name in zip(drawn, names, strict=True):
        text = CHANGES[change](BASES[base], seed)
        found.append(doc(name, text, date, draw(st.sampled_from([None, "post", "mirror"]))))
    cuts = draw(st.lists(st.integers(1, len(found) - 1), max_size=6))
    gone = draw(st.lists(st.integers(0, len(found) - 1), unique=True, max_size=len(found)))
    return Plan(tuple(found), tuple(cuts), tuple(gone))


def follow(place: str, plan: Plan, *, forms: bool = False) -> None:
    """Carry the plan out, and compare with scans. Where there are `forms`, the last two of one may become copies."""
    with Index.open(place) as index:
        for part in plan.parts():
            add(index, *part)
        assert_consistent(index)
        assert_like_scan(index, plan.documents)
        before = cluster_ids(index)
        names = [plan.documents[at].id for at in plan.gone]
        for name in names[: len(names) // 2]:
            assert index.remove([name]) == [name]
        index.remove(names[len(names) // 2 :])
        left = [each for each in plan.documents if each.id not in names]
        assert_consistent(index)
        assert_like_scan(index, left)
        assert forms or set(cluster_ids(index)) <= set(before)
        # and back again: what was taken out leaves no trace
        add(index, *(plan.documents[at] for at in plan.gone))
        assert_consistent(index)
        assert_like_scan(index, plan.documents)


SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


@settings(max_examples=18, suppress_health_check=SLOW)
@given(plan=plans())
def test_any_order_and_any_cuts(places, plan):
    follow(places(), plan)


@pytest.fixture
def tiny(monkeypatch):
    """Posting levels so small that everything is merged, split and looked up in all of them."""
    for name, value in TINY.items():
        monkeypatch.setattr(f"dedup.index.postings.store.{name}", value)
    for module in ("store", "blocks"):
        monkeypatch.setattr(f"dedup.index.postings.{module}.BLOCK", TINY_BLOCK)


@settings(max_examples=12, suppress_health_check=SLOW)
@given(plan=plans(9))
def test_any_order_through_all_levels(tiny, places, plan):
    follow(places(), plan)


def test_levels_are_merged_and_split(tiny, place):
    """The sizes of `tiny` do what they are for."""
    documents = [doc(f"p{n}", edited(prose(n // 2, 150), 0.02 * (n % 2), n)) for n in range(24)]
    with Index.open(place) as index:
        for first in range(0, len(documents), 5):
            add(index, *documents[first : first + 5])
            assert_consistent(index)
        sizes = dict(index.database.query("SELECT id, entries FROM levels"))
        assert sum(size > 500 for level, size in sizes.items() if level % 3 == 2) >= 2
        blocks = index.database.query("SELECT id FROM postings")
        assert len(blocks) > 100
        assert_like_scan(index, documents)
        index.remove([each.id for each in documents[::3]])
        assert_consistent(index)
        assert_like_scan(index, [each for at, each in enumerate(documents) if at % 3])
        add(index, *documents)
        index.remove([each.id for each in documents])
        assert all(len(part) == 0 for kind in range(3) for part in index._keys.everything(kind))
        add(index, *documents[:6])
        assert_consistent(index)
        assert_like_scan(index, documents[:6])


def test_a_level_without_a_filter_is_asked_all_the_same(tiny, place):
    """As the second level of an older index is, until it is made anew."""
    documents = [doc(f"p{n}", edited(prose(n // 2, 150), 0.02 * (n % 2), n)) for n in range(24)]

    def filtered(index):
        rows = index.database.query("SELECT id, length(seen) FROM levels WHERE entries > 0")
        return {size > 0 for level, size in rows if level % 3 == 2}

    with Index.open(place) as index:
        add(index, *documents[:12])
        assert filtered(index) == {True}
        index.database.execute("UPDATE levels SET seen = ? WHERE id % 3 = 2", (b"",))
    with Index.open(place) as index:
        for first in range(12, 24, 4):
            add(index, *documents[first : first + 4])
        assert filtered(index) == {False}
        assert_consistent(index)
        assert_like_scan(index, documents)
        index.rebuild()
        assert filtered(index) == {True}
        assert_like_scan(index, documents)


@settings(max_examples=6, suppress_health_check=SLOW)
@given(plan=plans(10))
def test_other_settings_too(places, plan):
    """Without rewritten copies, without excerpts, with other fingerprints."""
    for change in ({"match": {"rewritten": False}}, {"match": {"excerpts": False}}, {"find": {"phrasing": False}},
                   {"fingerprint": {"ngram": 3, "num_perm": 64}, "match": {"threshold": 0.5}}):  # fmt: skip
        config = Config().update(change)
        with Index.open(places(), config) as index:
            for part in plan.parts():
                add(index, *part)
            assert_consistent(index)
            assert_like_scan(index, plan.documents, config)


@st.composite
def frames_in_any_order(draw):
    """One frame without names and numbers filled in, which two alone do not give away; copies; and what goes."""
    rng = random.Random(draw(st.integers(0, 9)))
    made = [minutes(rng) for _ in range(draw(st.integers(4, 10)))]
    filled = len(made)
    for number in range(draw(st.integers(0, 4))):
        made.append(lightly(made[draw(st.integers(0, filled - 1))], number))
    order = draw(st.permutations(made))
    cuts = draw(st.lists(st.integers(1, len(order) - 1), max_size=6))
    gone = draw(st.lists(st.integers(0, len(order) - 1), unique=True, max_size=len(order)))
    return Plan(tuple(doc(f"f{number}", text) for number, text in enumerate(order)), tuple(cuts), tuple(gone))


@settings(max_examples=8, suppress_health_check=SLOW)
@given(plan=frames_in_any_order(), most=st.sampled_from([1, 2, 24]))
def test_forms_in_any_order(places, plan, most):
    """What a pair is depends on the documents that look like it, so pairs are judged again; also where few count."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbourhood, "MOST", most)
        follow(places(), plan, forms=True)


@cache
def news(path) -> list[Document]:
    """Real stories: first those that are known to share text with others."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    pairs = path.with_name("us_news_2016_11_12_overlap_pairs.tsv").read_text(encoding="utf-8").splitlines()[1:]
    tied = {name for pair in pairs for name in pair.split("\t")[2:4]}
    records.sort(key=lambda record: (record["id"] not in tied, record["id"]))
    return [Document(each["text"], id=each["id"], date=each["day"], source=each["site"]) for each in records[:600]]


@pytest.mark.parametrize("seed", [1, 2])
def test_real_news_in_several_orders(place, shared, seed):
    documents = list(news(shared / "data" / "us_news_2016_11_12.jsonl.gz"))
    draw = random.Random(seed)
    draw.shuffle(documents)
    with Index.open(place) as index:
        at = 0
        while at < len(documents):
            size = draw.choice([1, 7, 50, 200])
            add(index, *documents[at : at + size])
            at += size
        assert_consistent(index)
        assert_like_scan(index, documents)
        gone = {each.id for each in draw.sample(documents, 150)}
        index.remove(gone)
        assert_consistent(index)
        assert_like_scan(index, [each for each in documents if each.id not in gone])
