"""Whole scans: what must come out, whatever goes in."""

import gzip
import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import LCSseq

from dedup import Config, Document, Relation, scan
from dedup.fingerprint.minhash import fold, shingles
from dedup.relations.relation import EXCERPT_SHINGLES

FOOTER = " ".join(f"footer{n}" for n in range(200))


def prose(seed, count=300):
    generator = np.random.default_rng(seed)
    return " ".join(f"word{n}" for n in generator.integers(0, 5_000, count))


def edited(text, share, seed=0):
    words = text.split()
    generator = np.random.default_rng(seed)
    for place in generator.choice(len(words), int(share * len(words)), replace=False):
        words[place] = f"new{place}"
    return " ".join(words)


def settings_with(**values):
    stage = {
        "threshold": "match",
        "excerpts": "match",
        "containment": "match",
        "rewritten": "match",
        "ngram": "fingerprint",
    }
    given = {}
    for key, value in values.items():
        given.setdefault(stage.get(key, "run"), {})[key] = value
    return Config().update(given)


def edges(result):
    ids = result.corpus.ids
    return {(frozenset((ids[e.a], ids[e.b])), e.relation) for e in result.edges}


def clusters(result):
    return {frozenset(result.corpus.ids[row] for row in cluster.members) for cluster in result.clusters}


def judged_by_sets(texts, ngram=5, threshold=0.7, containment=0.85):
    """All pairs of `texts` that are near-duplicates or excerpts, by Python sets."""
    sets = [set(shingles(text, ngram)) for text in texts]
    found = {}
    for (a, one), (b, two) in itertools.combinations(enumerate(sets), 2):
        shared = len(one & two)
        if shared and shared / len(one | two) >= threshold:
            found[a, b] = Relation.NEAR_DUPLICATE
        elif shared and shared / min(len(one), len(two)) >= containment and min(len(one), len(two)) >= EXCERPT_SHINGLES:
            found[a, b] = Relation.EXCERPT
    return found


def assert_sound(result):
    """What holds for every result."""
    seen = set()
    for cluster in result.clusters:
        assert len(cluster.members) >= 2
        assert not seen & set(cluster.members)
        seen |= set(cluster.members)
        assert cluster.members[0] == cluster.representative
        kept = [relation in (None, Relation.REWRITTEN) for relation in cluster.relations]
        assert [bool(result.kept_rows[row]) for row in cluster.members] == kept
        assert cluster.weakest == min(cluster.similarities)
        for row in cluster.members:
            assert result.cluster_of[row] == cluster.id
    for row in range(len(result.corpus)):
        assert row in seen or (result.kept_rows[row] and result.cluster_of[row] == -1)
    for edge in result.edges:
        assert edge.a < edge.b
        assert 0 < edge.similarity <= 1
        assert edge.jaccard <= edge.containment <= 1


def test_nothing_and_one():
    assert len(scan([]).corpus) == 0
    result = scan(["one text alone"])
    assert_sound(result)
    assert result.clusters == ()


def test_copies_of_each_kind_are_called_what_they_are():
    source = prose(1)
    texts = {
        "source": source,
        "exact": source.upper().replace(" ", "  \r\n"),
        "near": edited(source, 0.02),
        "excerpt": " ".join(source.split()[100:180]),
        "other": prose(2),
    }
    result = scan([Document(text, id=name) for name, text in texts.items()])
    assert_sound(result)
    found = {tuple(sorted(pair)): relation for pair, relation in edges(result)}
    assert found["exact", "source"] is Relation.EXACT
    # of two exact copies one stands for both in further comparisons
    heads = {name for pair in found for name in pair} - {"near", "excerpt"}
    assert heads == {"exact", "source"}
    assert {relation for pair, relation in found.items() if "near" in pair and "excerpt" not in pair} == {
        Relation.NEAR_DUPLICATE
    }
    assert {relation for pair, relation in found.items() if "excerpt" in pair} == {Relation.EXCERPT}
    assert clusters(result) == {frozenset(("source", "exact", "near", "excerpt"))}


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_edges_are_those_that_sets_give(seed):
    """A family of edited and cut texts among strangers: the same pairs as comparing all with all."""
    generator = np.random.default_rng(seed)
    texts = [prose(seed, 150)]
    for number in range(12):
        base = texts[int(generator.integers(len(texts)))].split()
        begin = int(generator.integers(0, len(base) // 2)) if generator.random() < 0.4 else 0
        texts.append(edited(" ".join(base[begin:]), float(generator.random()) * 0.08, number))
        texts.append(prose(seed + number + 1, 150))
    texts = list({fold(text): text for text in texts}.values())
    expected = judged_by_sets(texts)
    # by shingles alone, sets say all there is to say; what alignment adds is tested below
    result = scan(texts, settings_with(rewritten=False))
    assert_sound(result)
    found = {(e.a, e.b): e.relation for e in result.edges}
    assert set(found) <= set(expected), "an edge that is none"
    assert all(relation is expected[pair] for pair, relation in found.items())
    near = {pair for pair, relation in expected.items() if relation is Relation.NEAR_DUPLICATE}
    assert len(near - set(found)) <= 0.02 * len(near), "near-duplicates missed"


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_with_alignment_all_those_are_found_and_others_are_relatives(seed):
    """Two families of edited and cut texts among strangers."""
    generator = np.random.default_rng(seed)
    texts, family = [prose(seed, 150), prose(seed + 1, 150)], [0, 1]
    for number in range(10):
        parent = int(generator.integers(len(texts)))
        base = texts[parent].split()
        begin = int(generator.integers(0, len(base) // 3)) if generator.random() < 0.4 else 0
        texts.append(edited(" ".join(base[begin:]), float(generator.random()) * 0.1, number))
        family.append(family[parent])
        texts.append(prose(seed + number + 2, 150))
        family.append(number + 2)
    named = {fold(text): (text, root) for text, root in zip(texts, family, strict=True)}
    texts, family = [text for text, _ in named.values()], [root for _, root in named.values()]
    result = scan(texts)
    assert_sound(result)
    found = {(e.a, e.b): e.relation for e in result.edges}
    assert all(family[a] == family[b] for a, b in found), "an edge between strangers"
    for pair, relation in judged_by_sets(texts).items():
        assert pair in found, "a copy that sets find was missed"
        if relation is Relation.EXCERPT:
            # cut and edited by less than a tenth: one text in the other, or most of the other
            assert found[pair] in (Relation.EXCERPT, Relation.NEAR_DUPLICATE, Relation.SPUN)
        else:
            # edits in every sentence, each a word for a word, look spun; whatever the Jaccard is
            assert found[pair] in (Relation.NEAR_DUPLICATE, Relation.SPUN)


def test_all_pairs_of_real_news_that_sets_give(shared):
    with gzip.open(shared / "data" / "us_news_2016_11_12.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line, _ in zip(lines, range(700), strict=False)]
    texts = [record["text"] for record in records]
    expected = judged_by_sets(texts)
    result = scan(texts, settings_with(rewritten=False))
    assert_sound(result)
    exact = {(e.a, e.b) for e in result.edges if e.relation is Relation.EXACT}
    found = {(e.a, e.b): e.relation for e in result.edges}
    assert not [pair for pair in expected if pair not in found]
    assert {pair for pair in found if pair not in expected} <= exact
    # with alignment the same pairs are found, and what is found besides keeps the other's words in order
    result = scan(texts)
    assert_sound(result)
    found = {(e.a, e.b): e.relation for e in result.edges}
    assert not [pair for pair in expected if pair not in found]
    words = [fold(text).split() for text in texts]
    for a, b in found.keys() - expected.keys() - {pair for pair in found if found[pair] is Relation.REWRITTEN}:
        assert LCSseq.similarity(words[a], words[b]) >= 0.42 * min(len(words[a]), len(words[b])), (a, b)


def test_ten_thousand_identical_pages_are_one_cluster_and_one_is_kept():
    text = prose(3)
    result = scan([text] * 10_000 + [prose(4)])
    assert_sound(result)
    assert len(result.clusters) == 1
    assert int(result.kept.sum()) == 2
    assert len(result.edges) == 9_999
    assert set(result.edges.a.tolist()) == {0}


def test_pages_that_share_a_footer_are_no_copies_but_copies_among_them_are_found():
    texts = [f"{prose(seed, 100)} {FOOTER}" for seed in range(3_000)]
    texts.append(edited(texts[1_234], 0.01))
    result = scan(texts)
    assert clusters(result) == {frozenset(("1234", "3000"))}


def test_a_crowd_of_near_copies_is_one_cluster():
    base = prose(5)
    texts = [edited(base, 1 / 300, seed) for seed in range(3_000)]
    result = scan(texts)
    assert_sound(result)
    assert max(len(cluster.members) for cluster in result.clusters) == 3_000
    assert any("chained" in note for note in result.notes)


@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_lines_of_few_words_hide_no_copy(width):
    """Each line is a sentence to the alignment; shingles know better, and no similarity may be below theirs."""
    source = prose(11)
    words = edited(source, 0.02).split()
    broken = "\n".join(" ".join(words[at : at + width]) for at in range(0, len(words), width))
    result = scan([source, broken])
    assert_sound(result)
    (edge,) = result.edges
    assert edge.relation in (Relation.NEAR_DUPLICATE, Relation.SPUN)
    assert edge.similarity >= edge.jaccard > 0.7


def test_texts_shorter_than_a_shingle_are_copies_only_when_they_are_the_same():
    texts = ["hello", "hello!", "hello world", "one two three", "One, two THREE", "a b c d", "a b c e", "word"]
    result = scan(texts)
    assert clusters(result) == {frozenset("01"), frozenset("34")}
    assert any("fewer than 5 words" in note for note in result.notes)


def test_texts_without_words_are_copies_only_when_they_are_the_same():
    result = scan(["🎉🎉", "🎉 🎉", "😀", "—", "–"])
    assert clusters(result) == {frozenset("01")}


def test_two_forms_of_one_text_are_exact_copies():
    composed = "Café à la crème, déjà vu, señor, naïve garçon " * 10
    import unicodedata

    result = scan([composed, unicodedata.normalize("NFD", composed)])
    assert [edge.relation for edge in result.edges] == [Relation.EXACT]


# Each text of the same kind of sentence: the prime minister met foreign guests on Wednesday.
@pytest.mark.parametrize(
    "text",
    [
        "国务院总理星期三在北京会见了来访的外国客人双方就共同关心的问题交换了意见并签署了多项合作协议",
        "اجتمع رئيس الوزراء يوم الأربعاء مع الضيوف الأجانب في العاصمة وبحث الجانبان القضايا ذات الاهتمام المشترك "
        "ووقعا اتفاقيات",
        "प्रधानमंत्री ने बुधवार को राजधानी में विदेशी मेहमानों से मुलाकात की और साझा हित के मुद्दों पर चर्चा की "
        "तथा कई समझौतों पर हस्ताक्षर किए",
        "Премьер-министр в среду встретился в столице с иностранными гостями и обсудил с ними вопросы взаимного "
        "интереса",
        "นายกรัฐมนตรีพบกับแขกต่างประเทศในวันพุธที่เมืองหลวงและหารือเรื่องความร่วมมือหลายด้าน",
        "😀 emoji 🎉 between the words 👍🏽 of a text that 🇩🇪 is long enough to be compared by shingles at all",
    ],
)
def test_scripts_are_compared_by_their_words(text):
    changed = text[: len(text) // 2] + text[len(text) // 2 + 1 :]
    result = scan([text * 2, changed + text, prose(1)], settings_with(threshold=0.5, ngram=3))
    assert clusters(result) == {frozenset("01")}


def test_two_arabic_texts_are_no_copies_because_both_are_arabic():
    one = "اجتمع رئيس الوزراء يوم الأربعاء مع الضيوف الأجانب في العاصمة"
    two = "سجل المنتخب هدفين في الشوط الثاني وفاز بالمباراة أمام جمهور كبير"
    assert scan([one, two]).clusters == ()


def test_the_representative_is_the_earliest_then_the_longest_then_the_first_id():
    text = prose(6)
    longer = text + " and a tail of some more words here"
    by_date = scan([Document(longer, "a", "2024-05-02"), Document(text, "b", "2024-05-01"), Document(text, "c")])
    assert by_date.corpus.ids[by_date.clusters[0].representative] == "b"
    by_length = scan([Document(text, "a"), Document(longer, "b")])
    assert by_length.corpus.ids[by_length.clusters[0].representative] == "b"
    by_id = scan([Document(text, "z"), Document(text, "y")])
    assert by_id.corpus.ids[by_id.clusters[0].representative] == "y"


def test_an_excerpt_is_never_kept_instead_of_the_whole():
    text = prose(7)
    part = Document(" ".join(text.split()[50:150]), "part", "2024-01-01")
    result = scan([part, Document(text, "whole", "2024-01-02")])
    assert result.corpus.ids[result.clusters[0].representative] == "whole"
    edge = next(iter(result.edges))
    assert result.corpus.ids[edge.copy] == "part"
    assert edge.evidence.direction is not None


def test_the_later_of_two_near_duplicates_is_the_copy_and_without_dates_nobody():
    text = prose(8)
    dated = scan([Document(text, "a", "2024-01-02"), Document(edited(text, 0.03), "b", "2024-01-01")])
    assert dated.corpus.ids[next(iter(dated.edges)).copy] == "a"
    assert next(iter(scan([text, edited(text, 0.03)]).edges)).copy is None


def test_a_chain_of_versions_is_split_where_the_ends_no_longer_match():
    words = prose(9).split()
    versions = [" ".join([*words[step * 25 :], *(f"v{n}" for n in range(step * 25))]) for step in range(8)]
    result = scan([Document(text, f"v{number}") for number, text in enumerate(versions)])
    assert_sound(result)
    sets = {f"v{number}": set(shingles(text, 5)) for number, text in enumerate(versions)}
    for cluster in result.clusters:
        names = [result.corpus.ids[row] for row in cluster.members]
        for name in names[1:]:
            one, two = sets[names[0]], sets[name]
            assert len(one & two) / len(one | two) >= 0.7
    assert len(result.clusters) > 1


def test_repeated_ids_get_a_suffix_and_a_note():
    result = scan([Document(prose(seed), "same") for seed in range(3)] + [Document(prose(9), "same#2")])
    assert sorted(result.corpus.ids) == ["same", "same#2", "same#3", "same#4"]
    assert any("2 repeated ids" in note for note in result.notes)


def test_threads_and_memory_change_nothing():
    texts = [prose(seed) for seed in range(400)] + [edited(prose(seed), 0.03) for seed in range(0, 400, 7)]
    plain = scan(texts, settings_with(threads=1))
    for run in (settings_with(threads=4), settings_with(threads=2, memory="64K")):
        other = scan(texts, run)
        assert edges(other) == edges(plain)
        assert other.clusters == plain.clusters
        assert other.notes == plain.notes
    assert other.stats["spilled_bytes"] > 0
    assert plain.stats["spilled_bytes"] == 0


def test_order_of_input_changes_no_edge():
    documents = [Document(edited(prose(seed % 40), 0.02 * (seed // 40), seed), f"d{seed}") for seed in range(120)]
    forward, backward = scan(documents), scan(documents[::-1])
    assert edges(forward) == edges(backward)
    assert clusters(forward) == clusters(backward)


def test_an_empty_text_is_rejected_and_shifts_nothing():
    text = prose(10)
    result = scan([Document(text, "a"), Document("  \n", "empty"), Document(text, "b")])
    assert list(result.corpus.ids) == ["a", "b"]
    assert len(result.rejects) == 1
    assert clusters(result) == {frozenset("ab")}


def test_texts_can_be_read_back():
    texts = ["e\u0301 as it was read", "second text"]
    corpus = scan(texts).corpus
    assert [corpus.text(row) for row in range(2)] == texts
