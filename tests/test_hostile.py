"""Texts that nobody wrote for readers, and copies of them: bounds on what comes out, whatever goes in."""

from __future__ import annotations

import itertools
import random

import pytest

from dedup import Document, Relation, ScanResult, scan
from tests import texts
from tests.pipeline.test_scan import assert_sound

COPY = {Relation.NEAR_DUPLICATE, Relation.SPUN}


def relations(documents: list[str] | list[Document]) -> dict[tuple[str, str], Relation]:
    result = scan(documents)
    check(result)
    ids = result.corpus.ids
    return {(ids[edge.a], ids[edge.b]): edge.relation for edge in result.edges}


def check(result: ScanResult) -> None:
    """What holds for every result, and every place in it."""
    assert_sound(result)
    corpus = result.corpus
    for edge in result.edges.rows(full=True):
        one, two = corpus.text(edge.a), corpus.text(edge.b)
        for pair in (*edge.evidence.passages, *edge.evidence.substitutions):
            assert one[pair.a.start : pair.a.end] == pair.a.text
            assert two[pair.b.start : pair.b.end] == pair.b.text
    for row, flags in result.flags.items():
        text = corpus.text(row)
        for flag in flags:
            for span in flag.spans:
                assert text[span.start : span.end] == span.text
    for story in result.stories:
        assert len(set(story.members)) == len(story.members) >= 2


def sequence(seed: int, count: int, vocabulary: int = 3_000) -> list[str]:
    rng = random.Random(seed)
    return [f"{rng.choice('bdfgklmnprst')}{rng.choice('aeiou')}{rng.randrange(vocabulary)}" for _ in range(count)]


def test_one_endless_sentence():
    letters = str.maketrans("0123456789", "abcdefghij")  # words with digits would make a table
    words = sequence(1, 30_000)
    copy = [f"new{at}" if at % 10 == 0 else word for at, word in enumerate(words)]
    texts = (" ".join(each).translate(letters) for each in (words, copy, sequence(2, 30_000)))
    found = relations(list(texts))
    assert set(found) == {("0", "1")} and found["0", "1"] in COPY


def test_a_hundred_thousand_quotation_marks():
    for marks in ('"', "“", "“”", "'", "«"):
        text = f"{texts.REPORT} {marks * (100_000 // len(marks))}"
        found = relations([text, text + " more", texts.INDEPENDENT])
        assert set(found) == {("0", "1")}
    assert relations(['"' * 100_000, '"' * 99_999, "“" * 50_000]) == {}


def test_a_hundred_thousand_quotations():
    text = '"a b" ' * 20_000
    found = relations([text, text + '"c d"', texts.REPORT])
    assert set(found) <= {("0", "1")}


def table(seed: int, rows: int, columns: int) -> str:
    rng = random.Random(seed)
    return "\n".join("\t".join(str(rng.randrange(10_000)) for _ in range(columns)) for _ in range(rows))


def test_only_numbers():
    documents = [table(seed, 60, 8) for seed in range(12)]
    assert relations(documents) == {}
    assert set(relations([*documents, documents[3].replace("\t", " ") + "\n1 2 3"])) == {("3", "12")}


TEAMS = [f"{town} {kind}" for town in ("Harrow", "Millbrook", "Easter Lock", "Port Vale", "Hill End", "Canal Road")
         for kind in ("Rovers", "Steel", "Town")]  # fmt: skip


def scores(seed: int) -> str:
    rng = random.Random(seed)
    games = [rng.sample(TEAMS, 2) for _ in range(40)]
    return "\n".join(f"{home} {rng.randrange(6)} {away} {rng.randrange(6)}" for home, away in games)


def stocks(seed: int) -> str:
    rng = random.Random(seed)
    names = [f"{team.upper()} PLC" for team in TEAMS]
    return "\n".join(
        f"{name} {rng.uniform(1, 200):.2f} {rng.uniform(-5, 5):+.2f} {rng.randrange(10**6):,}" for name in names
    )


@pytest.mark.parametrize("listing", [scores, stocks])
def test_lists_of_one_kind_are_no_copies(listing):
    documents = [Document(listing(seed), f"d{seed:02}", f"2024-03-{seed + 1:02}", "Vale Ledger") for seed in range(20)]
    assert relations(documents) == {}


@pytest.mark.parametrize("listing", [scores, stocks])
def test_a_list_printed_twice_is_a_copy(listing):
    found = relations([listing(1), listing(1) + "\nCorrected at noon", listing(2)])
    assert set(found) == {("0", "1")}


def test_a_liveblog_in_two_states():
    rng = random.Random(4)
    posts = []
    for hour in range(8, 20):
        said = " ".join(rng.choices(texts.REPORT.split(), k=6))
        posts.append(f"{hour}:{rng.randrange(10, 60)} Reporters at the depot say {said} after {sequence(hour, 25)}.")
    early, late = "\n\n".join(posts[:8][::-1]), "\n\n".join(posts[::-1])
    found = relations([early, late, texts.INDEPENDENT])
    assert set(found) == {("0", "1")}
    assert found["0", "1"] in (Relation.EXCERPT, Relation.NEAR_DUPLICATE)


FORMS = {
    "weather": (texts.WEATHER, texts.DAYS),
    "lottery": (texts.LOTTERY, texts.DRAWS),
    "market": (texts.MARKET, texts.MARKET_DAYS),
}


def forms(name: str, dated: bool) -> ScanResult:
    """A form filled in on two days, among two articles of the same outlet."""
    form, fillings = FORMS[name]
    filled = [form.format(**filling) for filling in fillings]
    bodies = [*filled, texts.REPORT, texts.INDEPENDENT]
    days = [f"2024-05-{number + 1:02}" if dated else None for number in range(4)]
    rows = enumerate(zip(bodies, days, strict=True))
    result = scan([Document(body, f"d{n}", day, "Vale Ledger") for n, (body, day) in rows])
    check(result)
    return result


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("name", sorted(FORMS))
def test_a_form_with_other_figures_is_no_copy(name, dated):
    result = forms(name, dated)
    assert result.clusters == () and [form.members for form in result.forms] == [(0, 1)]
    assert {edge.relation for edge in result.edges} == {Relation.FORM}


@pytest.mark.parametrize("name", ["weather", "market"])
def test_two_days_of_a_form_are_not_one_event(name):
    assert not [story for story in forms(name, True).stories if {0, 1} <= set(story.members)]


def test_one_word_five_thousand_times():
    found = relations(["word " * 5_000, "word " * 4_999, "ward " * 5_000, texts.REPORT])
    # the same single shingle: as sets of shingles they are equal, and to nothing else
    assert set(found) <= {("0", "1")}


def test_two_words_in_turn():
    found = relations(["ha ho " * 3_000, "ho ha " * 3_000, "ha hi " * 3_000])
    assert set(found) <= {("0", "1")}


def test_emoji_alone():
    found = relations(["😀" * 5_000, "😀 " * 5_000, "🎉" * 5_000, "😀🎉" * 2_500, "👍🏽 👍🏿"])
    assert found == {("0", "1"): Relation.EXACT}


SCRIPTS = {
    "arabic": (
        "اجتمع رئيس الوزراء يوم الأربعاء مع الضيوف الأجانب في العاصمة. وبحث الجانبان القضايا ذات الاهتمام "
        "المشترك ووقعا "
        "اتفاقيات عدة. وقال الوزير إن المحادثات كانت مثمرة. وسيزور الوفد مصنعا في الجنوب قبل أن يعود إلى بلاده. ",
        {"الوزراء": "الحكومة", "الأجانب": "الغرباء", "مثمرة": "نافعة", "مصنعا": "معملا", "العاصمة": "المدينة"},
    ),
    "hindi": (
        "प्रधानमंत्री ने बुधवार को राजधानी में विदेशी मेहमानों से मुलाकात की। दोनों पक्षों ने साझा हित के मुद्दों पर "
        "चर्चा की और कई समझौतों पर हस्ताक्षर किए। मंत्री ने कहा कि बातचीत सफल रही। प्रतिनिधिमंडल कल दक्षिण में "
        "एक कारखाने का दौरा करेगा। ",
        {"विदेशी": "परदेसी", "चर्चा": "बातचीत", "सफल": "कामयाब", "कारखाने": "फैक्ट्री", "मुलाकात": "भेंट"},
    ),
    "chinese": (
        "国务院总理星期三在北京会见了来访的外国客人。双方就共同关心的问题交换了意见，并签署了多项合作协议。"
        "部长表示会谈富有成果。代表团明天将访问南方的一家工厂，然后返回本国。",
        {"会见": "接见", "外国": "海外", "关心": "关注", "协议": "协定", "工厂": "厂房", "富有": "取得"},
    ),
    "mixed": (
        "Премьер met 外国客人 in العاصمة on Wednesday. प्रधानमंत्री और Minister spoke about 合作协议 and торговля for hours. "
        "Delegation поедет to the south, वहाँ они visit 工厂 and الميناء before they go home. ",
        {"met": "saw", "spoke": "talked", "hours": "ages", "visit": "inspect", "home": "back", "south": "midday"},
    ),
}


@pytest.mark.parametrize("script", sorted(SCRIPTS))
def test_copies_in_other_scripts(script):
    """Synonyms put in: found, with places that slice the texts; a text in the same script is no copy."""
    text, synonyms = SCRIPTS[script]
    copy = text
    for word, other in synonyms.items():
        assert word in copy
        copy = copy.replace(word, other)
    found = relations([text, copy, *(body for name, (body, _) in SCRIPTS.items() if name != script)])
    assert set(found) == {("0", "1")} and found["0", "1"] in COPY


def test_two_hundred_near_identical_pages():
    rng = random.Random(9)
    words = texts.REPORT.split(" ")
    documents = []
    for number in range(200):
        page = list(words)
        page[rng.randrange(len(page))] = f"page{number}"
        documents.append(Document(" ".join(page), f"p{number:03}", None, "Mill Street Mirror"))
    result = scan([*documents, Document(texts.INDEPENDENT, "own")])
    check(result)
    assert [len(cluster.members) for cluster in result.clusters] == [200]
    assert result.cluster_of[200] == -1
    assert {edge.relation for edge in result.edges} == {Relation.NEAR_DUPLICATE}
    assert len(result.edges) <= 200 * 199 // 2


def test_a_line_a_word_and_a_word_a_line():
    words = texts.REPORT.split()
    found = relations([texts.REPORT, "\n".join(words), "\n\n".join(words), " ".join(words)])
    assert set(found.values()) == {Relation.EXACT}


def test_control_characters_and_broken_unicode():
    noise = "".join(
        map(chr, [*range(1, 32), 0x7F, 0x85, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF, 0xD800, 0xDFFF, 0x10FFFF])
    )
    found = relations([texts.REPORT + noise, noise + texts.REPORT, texts.REPORT.replace(". ", f".{noise} ")])
    assert set(found.values()) == {Relation.EXACT}
    check(scan([noise, noise * 100, f"a{noise}b{noise}c", "\x00" * 10 + "text"]))


@pytest.mark.parametrize("seed", range(6))
def test_random_pieces_of_everything(seed):
    """Whatever is put together, places slice and nothing is tied that shares nothing."""
    rng = random.Random(seed)
    pieces = [
        texts.REPORT[:400], texts.spun(texts.REPORT)[:400], scores(1)[:200], stocks(1)[:200], "😀" * 20, '"' * 30,
        "[ad_1]", "Source link", "\n\n", "。" * 5, SCRIPTS["arabic"][0], SCRIPTS["chinese"][0], "\u202e", "1,000.5 " * 9,
        "“I never said it,” she said.", "ﬁ²½Ａ１", "e\u0301" * 9, "https://example.org/a?b=c " * 3, "<p>not html</p>",
    ]  # fmt: skip
    documents = ["\n".join(rng.choices(pieces, k=rng.randrange(1, 9))) for _ in range(25)]
    result = scan([Document(text, f"d{n}", None, rng.choice(["A", "B", ""])) for n, text in enumerate(documents)])
    check(result)
    for edge in result.edges:
        shared = set(result.corpus.text(edge.a).split()) & set(result.corpus.text(edge.b).split())
        assert shared or edge.relation is Relation.EXACT


def test_every_pair_of_kinds_beside_each_other():
    """One of each in one batch: nothing is a copy of another kind."""
    kinds = [
        texts.REPORT, texts.INDEPENDENT, scores(1), stocks(1), table(1, 40, 8), "word " * 900, '"' * 900, "😀" * 900,
        " ".join(sequence(1, 900)), *(text for text, _ in SCRIPTS.values()), texts.LOTTERY.format(**texts.DRAWS[0]),
    ]  # fmt: skip
    assert relations(kinds) == {}
    twice = relations([*kinds, *kinds])
    assert set(twice) == {(str(n), str(n + len(kinds))) for n in range(len(kinds))}
    assert set(itertools.chain(twice.values())) == {Relation.EXACT}
