"""Adding, asking and taking out, on both databases."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator

import pytest

from benchmarks import frames
from dedup import Config, Document, Relation, scan
from dedup.errors import IndexFileError
from dedup.index import rules
from dedup.index.index import Index
from dedup.model import Batch
from dedup.read import from_documents
from tests import texts
from tests.index import indexes
from tests.index.indexes import (
    EPOCH,
    PAIRWISE,
    add,
    ask,
    assert_consistent,
    assert_like_scan,
    cluster_ids,
    clusters_of_index,
    doc,
    edges_of_index,
    edited,
    ids,
    minutes,
    newsroom,
    paragraphs,
    prose,
    shouted,
)  # fmt: skip

SHINGLES = Config().update({"match": {"rewritten": False}})
DAY = 86_400


def chain() -> list[Document]:
    """Three texts of which the outer two are no copies of each other."""
    first = prose(5)
    second = edited(first, 0.03, 1)
    return [doc("first", first, 1), doc("second", second, 2), doc("third", edited(second, 0.03, 2), 3)]


@pytest.fixture
def shingles(place) -> Iterator[Index]:
    """An index that compares shingles alone."""
    with Index.open(place, SHINGLES) as found:
        yield found


def ties(seen):
    return {tie.id: tie.relation for tie in seen.ties}


# -- adding ----------------------------------------------------------------------------------------------------------


def test_an_empty_index(index):
    assert add(index).new == 0
    assert index.clusters() == [] and list(index.edges()) == [] and list(index.documents()) == []
    assert index.remove(["nobody"]) == [] and index.gc(EPOCH) == 0
    assert ask(index, doc("a", prose(1)))[0].ties == ()
    assert index.find("a") is None and index.seen([3])[0].known is False
    assert index.rebuild() == 0
    assert index.statistics().documents == 0
    assert_consistent(index)


def test_a_newsroom(index):
    documents = newsroom()
    found = add(index, *documents, now=EPOCH)
    assert (found.new, found.changed, found.known, found.tied) == (len(documents), 0, 0, 5)
    assert_consistent(index)
    assert_like_scan(index, documents)
    statistics = index.statistics()
    assert statistics.documents == len(documents) and statistics.clusters == len(index.clusters()) == 1
    assert statistics.first_added == statistics.last_added == EPOCH
    assert statistics.bytes > 0 and statistics.settings["ngram"] == 5
    assert sum(statistics.edges.values()) >= 5 and statistics.edges["exact"] == 1


def test_one_by_one_and_out_again(index):
    documents = newsroom()
    random.Random(1).shuffle(documents)
    for each in documents:
        assert add(index, each).new == 1
        assert_consistent(index)
    assert_like_scan(index, documents)
    for number, each in enumerate(documents):
        assert index.remove([each.id, each.id, "nobody"]) == [each.id]
        assert_consistent(index)
        assert_like_scan(index, documents[number + 1 :])
    for table in ("documents", "bodies", "edges", "clusters"):
        assert index.database.query(f"SELECT count(*) FROM {table}") == [(0,)]
    assert all(len(part) == 0 for kind in range(3) for part in index._keys.everything(kind))


def test_the_same_again_changes_nothing(index):
    documents = newsroom()
    add(index, *documents)
    before = edges_of_index(index), clusters_of_index(index), cluster_ids(index), index._keys._known.generation
    found = add(index, *documents[::-1])
    assert (found.new, found.changed, found.known, found.tied) == (0, 0, len(documents), 0)
    assert (
        edges_of_index(index),
        clusters_of_index(index),
        cluster_ids(index),
        index._keys._known.generation,
    ) == before
    assert_consistent(index)


def test_a_changed_text_takes_the_place_of_the_old_one(index):
    documents = newsroom()
    add(index, *documents)
    for name, text in (
        ("spun", prose(8)),
        ("exact", prose(9)),
        ("report", prose(8) + " end"),
        ("lottery", texts.REPORT),
    ):
        found = add(index, doc(name, text, 9))
        assert (found.new, found.changed, found.known) == (0, 1, 0)
        documents = [doc(name, text, 9) if each.id == name else each for each in documents]
        assert_consistent(index)
        assert_like_scan(index, documents)
        assert index.text(index.find(name)) == text.encode()


def test_old_new_and_changed_in_one_call(index):
    documents = newsroom()
    add(index, *documents[:6])
    changed = [doc("report", texts.REPORT + "\n\nCorrected on Friday.", 1), doc("spun", prose(2))]
    found = add(index, *changed, *documents[2:])
    assert (found.new, found.changed, found.known) == (5, 2, 4)
    assert_consistent(index)
    assert_like_scan(index, [*changed, *documents[2:]])


def test_an_id_twice_in_one_call(index):
    add(index, doc("b", prose(3)))
    found = add(
        index, doc("a", texts.REPORT), doc("b", prose(3)), doc("a", prose(4)), doc("a", prose(4)), doc("b", prose(5))
    )
    assert (found.new, found.changed, found.known) == (1, 2, 2)
    assert ids(index) == {"a", "b"}
    assert index.text(index.find("a")).decode() == prose(4) and index.text(index.find("b")).decode() == prose(5)
    assert_consistent(index)


@pytest.mark.parametrize("together", [True, False])
def test_one_text_under_two_ids(index, together):
    documents = [doc("a", texts.REPORT), doc("b", texts.REPORT)]
    for part in [documents] if together else [documents[:1], documents[1:]]:
        add(index, *part)
    (cluster,) = index.clusters()
    assert [(member.id, member.relation) for member in cluster.members] == [("a", None), ("b", Relation.EXACT)]
    assert_consistent(index)
    assert_like_scan(index, documents)


@pytest.mark.parametrize("together", [True, False])
def test_exact_copies_with_other_punctuation(index, together):
    documents = [
        doc("a", texts.REPORT, 3),
        doc("b", shouted(texts.REPORT), 2),
        doc("c", texts.REPORT.lower()),
        newsroom()[1],
    ]
    for part in [documents] if together else [[each] for each in documents]:
        add(index, *part)
        assert_consistent(index)
    assert_like_scan(index, documents)
    assert {tie.relation for tie in index.seen([index.find("c")])[0].ties} >= {Relation.EXACT}


def test_an_earlier_exact_copy_becomes_the_head(index):
    documents = [newsroom()[1], doc("late", texts.REPORT, 9), newsroom()[4], newsroom()[3]]
    add(index, *documents)
    cluster = cluster_ids(index)["late"]
    for name, date, text in (
        ("earlier", 5, shouted(texts.REPORT)),
        ("undated", None, texts.REPORT),
        ("first", 1, texts.REPORT.upper()),
    ):
        documents.append(doc(name, text, date))
        add(index, documents[-1])
        assert_consistent(index)
        assert_like_scan(index, documents)
        assert cluster_ids(index)["late"] == cluster
    heads = dict(index.database.query("SELECT id, head FROM documents"))
    assert heads["late"] == heads["undated"] == heads["first"] == index.find("first")
    for name in ("late", "first", "earlier"):  # the founder, the head, the next one
        index.remove([name])
        documents = [each for each in documents if each.id != name]
        assert_consistent(index)
        assert_like_scan(index, documents)


def test_several_exact_copies_arrive_at_once_at_a_group_that_is_there(index):
    documents = [newsroom()[1], doc("late", texts.REPORT, 9)]
    add(index, *documents)
    more = [doc(f"copy{n}", shouted(texts.REPORT) + "!" * n, 8 - n) for n in range(4)]
    add(index, *more, newsroom()[3])
    assert_consistent(index)
    assert_like_scan(index, [*documents, *more, newsroom()[3]])


WORDLESS = ("---", "- - -", "!!!", "?", "😀", "😀 😀", "...")


def test_texts_without_words(index):
    documents = [doc(str(number), text) for number, text in enumerate(WORDLESS)]
    for each in documents:
        add(index, each)
    assert_consistent(index)
    assert_like_scan(index, documents)
    assert [tie.id for tie in ask(index, doc("x", "-- -"))[0].ties] == ["0", "1"]
    index.remove(["0"])
    assert_consistent(index)
    assert_like_scan(index, documents[1:])


def test_short_texts_are_compared_for_exact_copies_alone(index):
    documents = [
        doc("a", "Mayor says no"),
        doc("b", "mayor says: no!"),
        doc("c", "Mayor says no again"),
        doc("d", "No"),
    ]
    add(index, *documents)
    assert_consistent(index)
    assert_like_scan(index, documents)
    assert [(tie.id, tie.relation) for tie in ask(index, doc("e", "no."))[0].ties] == [("d", Relation.EXACT)]


def test_a_huge_text(index):
    whole = prose(11, 120_000)
    documents = [doc("whole", whole), doc("half", " ".join(whole.split()[:60_000])), doc("other", prose(12, 50_000))]
    for each in documents:
        add(index, each)
    assert_consistent(index)
    assert_like_scan(index, documents)
    assert [cluster.members[0].id for cluster in index.clusters()] == ["whole"]


UNICODE = {
    "arabic": "أعلن رئيس البلدية يوم الثلاثاء أن المدينة ستشتري المستودع القديم في شارع المطحنة بعد خلاف طويل بين السكان",
    "chinese": "市议会星期二投票决定购买磨坊街的旧电车库，结束了近三年来分裂居民的争端。市长说，大楼将设有图书馆和小剧院。",
    "hindi": "नगर परिषद ने मंगलवार को पुराने ट्राम डिपो को खरीदने के लिए मतदान किया, जिससे लगभग तीन साल का विवाद समाप्त हो गया",
    "wide": "Ｔｈｅ ｔｏｗｎ ｃｏｕｎｃｉｌ ｏｆ Ｈａｒｒｏｗ Ｖａｌｅ ｖｏｔｅｄ ｏｎ Ｔｕｅｓｄａｙ ｔｏ ｂｕｙ ｔｈｅ ｏｌｄ ｔｒａｍ ｄｅｐｏｔ ﬁrst",
    "plain": "The town council of Harrow Vale voted on Tuesday to buy the old tram depot first",
    "decomposed": "Le cafe\u0301 de la mairie a e\u0301te\u0301 achete\u0301 mardi par le conseil apre\u0300s une longue dispute",
    "composed": "Le café de la mairie a été acheté mardi par le conseil après une longue dispute",
}


def test_scripts_and_normal_forms(index):
    documents = [doc(name, text) for name, text in UNICODE.items()]
    documents += [doc(f"{name}-2", f"{text} {text[:40]}") for name, text in UNICODE.items()]
    for each in documents:
        add(index, each)
    assert_consistent(index)
    assert_like_scan(index, documents)
    found = {frozenset(member.id for member in cluster.members) for cluster in index.clusters()}
    assert any({"wide", "plain"} <= cluster for cluster in found)
    assert any({"decomposed", "composed"} <= cluster for cluster in found)
    marks = dict(index.database.query("SELECT id, marks FROM documents"))
    assert marks["wide"] and marks["decomposed"] and not marks["plain"]


@pytest.mark.parametrize(
    "name", ["naïve 'quoted\" id", "日本", "a\\b%s?", "new\nline", "x" * 5000, "{in_clause}", "😀"]
)
def test_ids_and_sources_of_all_kinds(index, name):
    documents = [doc(name, texts.REPORT, source=name), doc("other", texts.REPORT, source=name + "2")]
    add(index, *documents)
    assert add(index, *documents).known == 2
    assert index.find(name) == 1
    assert {member.source for member in index.clusters()[0].members} == {name, name + "2"}
    assert index.remove([name]) == [name]
    assert ids(index) == {"other"}


def test_an_id_with_a_null_character_is_one_id(index):
    name = "a\x00b"
    assert add(index, doc(name, texts.REPORT, source=name)).new == 1
    assert add(index, doc(name, texts.REPORT), doc("a", texts.REPORT)).known == 1
    assert index.find(name) == 1
    assert index.remove([name]) == ["a\ufffdb"]
    assert ids(index) == {"a"}
    assert_consistent(index)


def test_scraper_marks(index):
    spun = texts.spun(texts.REPORT)
    documents = [doc("marked", f"[ad_1]\n{spun}\n[ad_2]\nSource link"), doc("report", texts.REPORT)]
    for each in documents:
        add(index, each)
    assert_consistent(index)
    assert_like_scan(index, documents)
    (tie,) = index.seen([index.find("marked")])[0].ties
    assert (tie.id, tie.relation, tie.copy) == ("report", Relation.SPUN, "this")


def test_dates_far_away(index):
    documents = [
        doc("old", texts.REPORT),
        Document(texts.REPORT, id="b", date="1901-02-03"),
        Document(texts.REPORT, id="c", date="2999-01-01"),
    ]
    add(index, *documents)
    assert_consistent(index)
    assert_like_scan(index, documents)
    assert index.clusters()[0].members[0].id == "b"


def test_a_batch_that_fails_leaves_what_was_there_before(index, monkeypatch):
    documents = newsroom()
    add(index, *documents[:4])
    before = edges_of_index(index)

    def fail(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(type(index._clustering), "renew", fail)
        add(index, *documents[4:])
    assert ids(index) == {each.id for each in documents[:4]} and edges_of_index(index) == before
    assert_consistent(index)
    add(index, *documents[4:])
    assert_consistent(index)
    assert_like_scan(index, documents)


def test_parts_that_were_added_stay_when_a_later_one_fails(index, monkeypatch):
    monkeypatch.setattr("dedup.index.incoming.BATCH", 3)

    def documents() -> Iterator[Batch]:
        yield from indexes.batches(newsroom()[:4])
        raise RuntimeError

    with pytest.raises(RuntimeError):
        index.add(documents())
    assert ids(index) == {each.id for each in newsroom()[:3]}
    assert_consistent(index)


def test_answers_while_adding(index):
    documents = newsroom()
    found = add(index, *documents, answer=True)
    assert [seen.id for seen in found.seen] == [each.id for each in documents]
    assert all(seen.known for seen in found.seen)
    assert ties(found.seen[1])["report"] is Relation.SPUN
    assert found.seen == tuple(index.seen([index.find(each.id) for each in documents]))


# -- asking ----------------------------------------------------------------------------------------------------------


def test_a_question_is_not_added(index):
    add(index, *newsroom())
    generation = index._keys._known.generation
    spun, exact, new, known = ask(
        index, doc("q1", texts.spun(texts.REPORT) + " More.", 9), doc("q2", shouted(texts.REPORT), 9), doc("q3", prose(1)),
        newsroom()[0],
    )  # fmt: skip
    assert ids(index) == {each.id for each in newsroom()} and index._keys._known.generation == generation
    assert not spun.known and spun.number is None and not exact.known and not new.known
    assert ties(spun)["report"] is Relation.SPUN
    (report,) = [tie for tie in spun.ties if tie.id == "report"]
    assert (
        report.copy == "this" and report.confidence > 0 and report.source == "Vale Post" and report.date == EPOCH + DAY
    )
    cluster = cluster_ids(index)["report"]
    assert spun.cluster == exact.cluster == known.cluster == report.cluster == cluster
    assert spun.representative == exact.representative == known.representative
    assert exact.ties[0].relation is Relation.EXACT and exact.ties[0].id == "report" and exact.ties[0].copy == "this"
    assert new.ties == () and new.cluster is None and new.representative is None
    assert known.known and known.number == index.find("report")
    assert_consistent(index)


def test_a_known_id_with_another_text_is_not_known(index):
    add(index, *newsroom())
    changed, same = ask(index, doc("report", texts.INDEPENDENT), doc("independent", texts.INDEPENDENT))
    assert not changed.known and same.known
    assert [tie.id for tie in changed.ties] == ["independent"]


def test_the_order_of_ties(index):
    add(index, *newsroom())
    (found,) = ask(index, doc("q", shouted(texts.REPORT) + "!"))
    keys = [rules.closeness(tie.relation, tie.similarity) for tie in found.ties]
    assert (
        keys == sorted(keys)
        and found.ties[0].relation is Relation.EXACT
        and found.ties[-1].relation is Relation.EXCERPT
    )


def test_evidence_only_where_it_is_asked_for(index):
    add(index, *newsroom())
    question = doc("q", texts.spun(texts.REPORT) + " More.", 9)
    (plain,), (full,) = ask(index, question), ask(index, question, evidence=True)
    assert all(tie.evidence is None for tie in plain.ties)
    (tie,) = [tie for tie in full.ties if tie.id == "report"]
    assert tie.evidence.passages and tie.evidence.substitutions and tie.evidence.direction.reasons
    for pair in tie.evidence.substitutions:
        # the first side is the text asked about
        start, end = pair.a[:2] if not hasattr(pair.a, "start") else (pair.a.start, pair.a.end)
        assert 0 <= start <= end <= len(question.text.encode())


def test_the_answer_is_that_of_adding_it(index):
    documents = newsroom()
    for number, each in enumerate(documents):
        (before,) = ask(index, each)
        after = add(index, each, answer=True).seen[0]
        exact_elsewhere = {tie.id for tie in after.ties if tie.relation is Relation.EXACT}
        assert {(tie.id, tie.relation, round(tie.similarity, 9), tie.copy) for tie in before.ties} == {
            (tie.id, tie.relation, round(tie.similarity, 9), tie.copy) for tie in after.ties
        }, (number, exact_elsewhere)


def test_answers_agree_with_a_scan(index):
    documents = newsroom()
    add(index, *documents)
    expected = indexes.edges_of_scan(scan(documents, Config().update(PAIRWISE)))
    for seen in index.seen(range(1, len(documents) + 1)):
        for tie in seen.ties:
            relation, similarity, jaccard, containment, copies = expected[tuple(sorted((seen.id, tie.id)))]
            assert (tie.relation, round(tie.similarity, 9)) == (relation, similarity)
            assert (round(tie.jaccard, 9), round(tie.containment, 9)) == (jaccard, containment)
            if "exact" in (seen.id, tie.id) and tie.copy is None:
                continue  # an index takes the direction of a folded copy from the text that stands for it
            assert copies == {"this": {seen.id}, "other": {tie.id}, "both": {seen.id, tie.id}, None: set()}[tie.copy]


def test_nobody_waits_while_answers_are_taken_one_by_one(index):
    add(index, *newsroom())
    for number, answer in enumerate(index.query(indexes.batches(newsroom()))):
        add(index, doc(f"new{number}", prose(number) + answer.id))
        if number == 2:
            break
    assert len(ids(index)) == len(newsroom()) + 3
    assert_consistent(index)


def test_what_is_read_cannot_be_changed_underneath(index):
    add(index, *newsroom())
    with pytest.raises(IndexFileError, match="while it is read"):
        for _ in index.edges():
            add(index, doc("new", prose(3)))
    with index.transaction(), pytest.raises(IndexFileError, match="while it is read"):
        index.remove(["report"])
    assert "new" not in ids(index)
    assert add(index, doc("new", prose(3))).new == 1


def test_ties_of_a_document_in_no_cluster(shingles):
    """The chain's last link is a copy of the second, but not of the first, which stands for both."""
    add(shingles, *chain())
    assert set(cluster_ids(shingles)) == {"first", "second"}
    assert_like_scan(shingles, chain(), SHINGLES)
    first, second, third = shingles.seen([1, 2, 3])
    assert set(ties(third)) == {"second"} and third.cluster is None
    assert set(ties(second)) == {"first", "third"} and second.cluster == first.cluster is not None
    (asked,) = ask(shingles, chain()[2])
    assert "second" in ties(asked)
    assert sum(len(table) for _, table in shingles.edges()) == 2


def test_all_edges_in_parts(index, monkeypatch):
    documents = [*newsroom(), *(doc(f"p{n}", prose(n // 3) + f" {n}") for n in range(30))]
    add(index, *documents)
    monkeypatch.setattr("dedup.index.index.BATCH", 4)
    found = {}
    for names, table in index.edges():
        part = indexes._edges(table, names)
        assert not part.keys() & found.keys()
        found |= part
    assert found == edges_of_index(index) == indexes.edges_of_scan(scan(documents, Config().update(PAIRWISE)))


def test_documents_come_back_as_they_were(index):
    documents = newsroom()
    add(index, *documents, now=EPOCH)
    known = list(index.documents())
    assert [
        (each.id, each.text if isinstance(each.text, str) else each.text.decode(), each.source) for each in known
    ] == [(each.id, each.text, each.source or "") for each in documents]
    assert [each.date for each in known] == [each.date for each in documents]
    assert {each.added for each in known} == {EPOCH}


# -- clusters --------------------------------------------------------------------------------------------------------


def test_a_cluster_keeps_its_id_while_it_grows(index):
    documents = newsroom()
    add(index, documents[3], documents[4])
    number = cluster_ids(index)["british"]
    for each in (documents[1], documents[0], documents[2]):  # a spun copy, then what stands for all, then an exact copy
        add(index, each)
        assert cluster_ids(index)[each.id] == number
    index.remove(["report"])
    assert cluster_ids(index)["exact"] == number
    add(index, documents[6], documents[7])
    assert len({*cluster_ids(index).values()}) == len(index.clusters())
    assert_consistent(index)


def test_clusters_by_id(index):
    add(index, *newsroom())
    for cluster in index.clusters():
        assert index.clusters([cluster.id, 999]) == [cluster]
    assert index.clusters([]) == []


def test_a_cluster_falls_apart(shingles):
    first, second, third = chain()
    between = doc("between", second.text, 0)  # the earliest: it stands for all
    add(shingles, first, between, third)
    (cluster,) = shingles.clusters()
    assert {member.id for member in cluster.members} == {"first", "between", "third"}
    assert shingles.remove(["between"]) == ["between"]
    assert shingles.clusters() == [] and edges_of_index(shingles) == {}
    assert_consistent(shingles)
    assert_like_scan(shingles, [first, third], SHINGLES)


def test_two_clusters_become_one_and_two_again(shingles):
    first, second, third = chain()
    left, right = doc("left", first.text + " left", 4), doc("right", third.text + " right", 5)
    add(shingles, first, left, third, right)
    assert len(shingles.clusters()) == 2
    old = cluster_ids(shingles)
    between = doc("between", second.text, 0)
    add(shingles, between)
    assert_consistent(shingles)
    assert_like_scan(shingles, [first, left, third, right, between], SHINGLES)
    (joined,) = shingles.clusters()
    assert joined.id in old.values()
    shingles.remove(["between"])
    assert_consistent(shingles)
    assert_like_scan(shingles, [first, left, third, right], SHINGLES)
    assert len(shingles.clusters()) == 2 and joined.id in cluster_ids(shingles).values()


# -- taking out ------------------------------------------------------------------------------------------------------


def aged(index) -> list[Document]:
    """One document a day."""
    documents = newsroom()
    for number, each in enumerate(documents):
        add(index, each, now=EPOCH + number * DAY)
    return documents


def test_old_documents_go(index):
    documents = aged(index)
    assert index.gc(EPOCH) == 0
    assert index.gc(EPOCH + 3 * DAY, keep_representatives=False) == 3
    assert ids(index) == {each.id for each in documents[3:]}
    assert_consistent(index)
    assert_like_scan(index, documents[3:])
    assert index.gc(EPOCH + 99 * DAY, keep_representatives=False) == len(documents) - 3
    assert ids(index) == set() and index.clusters() == []
    assert_consistent(index)


def test_old_documents_go_but_those_that_stand_for_a_cluster(index):
    documents = aged(index)
    best = {cluster.members[0].id for cluster in index.clusters()}
    gone = index.gc(EPOCH + 4 * DAY)
    assert gone == len({each.id for each in documents[:4]} - best)
    assert {each.id for each in documents[:4]} & ids(index) == best & {each.id for each in documents[:4]}
    left = [each for each in documents if each.id in ids(index)]
    assert_consistent(index)
    assert_like_scan(index, left)


def test_removing_in_parts(index, monkeypatch):
    monkeypatch.setattr("dedup.index.index.BATCH", 2)
    documents = aged(index)
    assert set(index.remove([each.id for each in documents[:5]])) == {each.id for each in documents[:5]}
    assert_consistent(index)
    assert index.gc(EPOCH + 99 * DAY, keep_representatives=False) == len(documents) - 5
    assert ids(index) == set()


def test_a_rebuild_finds_the_same(index, monkeypatch):
    monkeypatch.setattr("dedup.index.maintenance.documents.__defaults__", (0, 3, "documents", None))
    documents = aged(index)
    index.remove(["spun"])
    before = (
        edges_of_index(index),
        clusters_of_index(index),
        index.database.query("SELECT id, added FROM documents ORDER BY id"),
    )
    assert index.rebuild() == len(documents) - 1
    assert_consistent(index)
    after = (
        edges_of_index(index),
        clusters_of_index(index),
        index.database.query("SELECT id, added FROM documents ORDER BY id"),
    )
    assert before == after
    add(index, documents[1])
    assert_consistent(index)
    assert_like_scan(index, documents)


def test_a_rebuild_that_fails_changes_nothing(index, monkeypatch):
    documents = aged(index)

    def fail(*_):
        raise sqlite3.OperationalError("no")

    with monkeypatch.context() as patch, pytest.raises(sqlite3.OperationalError):
        patch.setattr(type(index._adding), "_insert", fail)
        index.rebuild()
    assert_consistent(index)
    assert_like_scan(index, documents)


def test_the_check_finds_what_is_wrong(index):
    add(index, *newsroom())
    assert index.check() == []
    for sql in (
        "DELETE FROM bodies WHERE number = 5", "UPDATE documents SET cluster = 99 WHERE number = 7",
        "DELETE FROM postings", "DELETE FROM documents WHERE number = 1",
    ):  # fmt: skip
        before = index.check()
        with index.database.transaction(write=True):
            index.database.execute(sql)
        index._keys.forget()
        assert len(index.check()) > len(before), sql


def test_excerpts_of_paragraphs(index):
    documents = [
        doc("whole", texts.REPORT, 1),
        *(doc(f"part{n}", paragraphs(texts.REPORT, (n, n + 1, n + 2))) for n in range(4)),
    ]
    for each in documents[::-1]:
        add(index, each)
    assert_consistent(index)
    assert_like_scan(index, documents)


def test_what_stood_for_a_cluster_stays_when_nothing_is_left_of_it(index):
    """A later copy of it must be known for a copy."""
    aged(index)
    best = {cluster.members[0].id for cluster in index.clusters()}
    for _ in range(2):
        index.gc(EPOCH + 99 * DAY)
        assert ids(index) == best and index.clusters() == []
    index.rebuild()
    assert index.gc(EPOCH + 99 * DAY) == 0 and ids(index) == best
    assert index.gc(EPOCH + 99 * DAY, keep_representatives=False) == len(best)


def test_answers_come_once_for_each_id(index):
    batches = from_documents([doc("a", prose(1)), doc("b", prose(2)), doc("a", prose(3))])
    found = index.add(batches, answer=True)
    assert [seen.id for seen in found.seen] == ["a", "b"] and all(seen.known for seen in found.seen)


def test_forms_are_told_and_are_no_ties(place):
    filled = [text for kind, _, text in frames.filled(random.Random(1)) if kind == "vacancy"]
    with Index.open(place) as index:
        added = add(index, *(doc(f"v{number}", text) for number, text in enumerate(filled[:4])), answer=True)
        assert [seen.ties for seen in added.seen] == [()] * 4 and added.tied == 0
        assert {other.id for other in added.seen[0].forms} == {"v1", "v2", "v3"}
        (asked,) = ask(index, doc("new", filled[5]))
        assert asked.ties == () and not asked.known and {other.id for other in asked.forms} == {"v0", "v1", "v2", "v3"}
        assert index.clusters() == [] and index.statistics().edges == {"exact": 0, "form": 6}
        index.remove(["v1"])
        assert {other.id for other in index.seen([1])[0].forms} == {"v2", "v3"}
    with Index.open(place, Config().update({"find": {"forms": False}})) as index:
        assert index.seen([1])[0].forms == ()


def test_a_query_says_what_adding_would(place):
    """Also where what others have decides."""
    made = [minutes(random.Random(number)) for number in range(8)]
    with Index.open(place) as index:
        for number, text in enumerate(made):
            (asked,) = ask(index, doc("x", text))
            (seen,) = add(index, doc(f"m{number}", text), answer=True).seen
            assert {(tie.id, tie.relation) for tie in asked.ties} == {(tie.id, tie.relation) for tie in seen.ties}
            assert set(asked.forms) == set(seen.forms)
        assert len(seen.forms) >= 3
