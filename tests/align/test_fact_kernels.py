"""Which words are facts, and what becomes of them between two texts."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import Relation
from dedup.align import fact_kernels as kernels
from dedup.align import figures as k
from dedup.align.alignment import align
from dedup.align.fact_kernels import (
    CLAUSE,
    WEIGHT,
    clause_words,
    mark_facts,
    mark_names,
    own_tail,
    own_words,
    rule_words,
)
from dedup.align.frequencies import fact_weights
from dedup.facts import agreement as facts_
from dedup.pipeline.compare import compare
from dedup.text.sentences import CAPITAL, DIGIT, FIRST
from dedup.text.term_kernels import fold_term
from dedup.text.tokens import tokenise, word_list
from tests.align import naive

REPORT = (
    "The council of Harrow Vale said on Tuesday that it will pay 240 crowns for each of the three boats. Mayor Ilse "
    "Brandt told reporters that the money comes from the harbour fund, which was set up in 1998 by Tomas Weir."
)


def read(text: str) -> tuple[np.ndarray, np.ndarray]:
    """The bytes of a text and where its words stand in them."""
    tokens = tokenise(text)
    places = [[len(text[:at].encode()) for at in side.tolist()] for side in (tokens.starts, tokens.ends)]
    return np.frombuffer(text.encode() + bytes(16), np.uint8), np.array(places, np.uint32).T.reshape(-1, 2)


def facts(text: str) -> set[str]:
    tokens = tokenise(text)
    out = np.zeros(len(tokens), np.uint8)
    mark_facts(tokens.hashes, tokens.bits, fact_weights(), out)
    buffer, places = read(text)
    mark_names(buffer, 0, places, tokens.hashes, tokens.bits, fact_weights(), out)
    spans = zip(tokens.starts.tolist(), tokens.ends.tolist(), strict=True)
    return {text[a:b] for (a, b), weight in zip(spans, out.tolist(), strict=True) if weight & WEIGHT}


def figures(one: str, two: str) -> np.ndarray:
    rows = [one.encode(), two.encode()]
    sizes = np.array([len(row) for row in rows])
    with ThreadPoolExecutor(1) as pool:
        return align(np.array([0]), np.array([1]), sizes, rows.__getitem__, pool).figures


def test_names_and_numbers_are_facts_and_plain_words_are_not():
    found = facts(REPORT)
    assert {"Harrow", "Ilse", "Brandt", "240", "three", "1998", "Tomas", "Weir"} <= found
    assert not found & {"The", "council", "money", "reporters", "of", "pay"}


def test_unknown_words_are_facts_in_a_known_language_alone():
    manual = "The function getgrfoo looks up the entry and returns it. Call getgrfoo once before you close the file."
    assert facts(manual) == {"getgrfoo"} | (facts(manual) & {"once"})
    assert not facts("zorbel kanting mirofel dastun pelvori makranti sulobec dorvani telpasso quirmen hastolo")


def test_where_nouns_have_capitals_a_name_is_two_words():
    german = (
        "Der Bürgermeister sagte am Abend, dass die Stadt das Geld für die Brücke vom Land bekommt. Die Chefin der "
        "Werft, Petra Lindholm, nannte den Plan einen Sieg der Vernunft über die Angst der Leute."
    )
    found = facts(german)
    assert {"Petra", "Lindholm"} <= found and not found & {"Stadt", "Geld", "Brücke"}


def test_capitals_everywhere_mark_nothing():
    assert not facts(REPORT.upper()) & {"HARROW", "BRANDT", "TOMAS", "COUNCIL", "TUESDAY"}


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("Brandt", "Lindqvist", True), ("240", "310", True), ("three", "seven", True), ("money", "cash", False),
        ("three", "3", False), ("Brandt", "Brant", False), ("pay", "spend", False),
    ],
)  # fmt: skip
def test_changed_facts(old, new, changed):
    found = figures(REPORT, REPORT.replace(old, new))
    assert bool(found[0, k.FACTS_CHANGED]) is changed
    assert found[0, k.FACTS_KEPT] > 0


def test_agreement_is_one_of_equal_texts_and_little_of_a_form_filled_in_anew():
    same = facts_.said(figures(REPORT, REPORT))
    assert same.agree[0] == same.found[0] == 1.0
    other = REPORT
    for old, new in (("Harrow", "Selby"), ("240", "95"), ("three", "seven"), ("Ilse", "Greta"), ("Brandt", "Moll"),
                     ("1998", "2014"), ("Tomas", "Hugo"), ("Weir", "Pell")):  # fmt: skip
        other = other.replace(old, new)
    found = facts_.said(figures(REPORT, other))
    assert found.agree[0] < 0.5 and found.found[0] < 0.5


def partners(text: str) -> np.ndarray:
    return np.array([-1 if part == "." else int(part) for part in text.split()], np.int32)


def test_own_words_are_those_of_both_in_one_place():
    kept = [0, 1, 2]
    one = np.array([*kept, *[-1] * 8, 11, 12], np.int32)
    two = np.full(13, -1, np.int32)
    two[[0, 1, 2, 11, 12]] = [0, 1, 2, 11, 12]
    assert own_words(one, two)[0] == 8
    cut = np.array([*kept, *[-1] * 8, 3, 4], np.int32)
    assert own_words(cut, np.array([0, 1, 2, 11, 12], np.int32))[0] == 0, "cut on one side"
    assert own_words(partners("0 . . 1"), partners("0 3"))[0] == 0, "too few"


def replaced(*sizes: int) -> int:
    """Words kept and, in turn, of a place where each side has so many of its own; see `own_words`."""
    one, two = list[int](), list[int]()
    for turn, size in enumerate(sizes):
        if turn % 2:
            one += [-1] * size
            two += [-1] * size
        else:
            begin = len(one)
            one += range(begin, begin + size)
            two += range(begin, begin + size)
    return int(own_words(np.array(one, np.int32), np.array(two, np.int32))[1])


def test_a_paragraph_in_the_place_of_another_is_told_from_a_slot():
    assert replaced(40, 20, 60) == 20
    assert replaced(40, 19, 60) == 0, "a slot"
    assert replaced(40, 20, 10, 30, 5) == 50, "two of them"
    assert replaced(40, 25) == 25, "at the end"
    assert replaced(30, 20, 60) == 20
    assert replaced(29, 20, 60) == 0, "the head is another"
    assert replaced(0, 25, 80) == 0
    assert replaced(10, 12, 18, 20, 60) == 0, "of the first forty words 28 are kept"
    kept = [*range(40), *[-1] * 30, *range(40, 60)]
    cut = np.array([*range(40), *range(70, 90)], np.int32)
    assert own_words(np.array(kept, np.int32), cut)[1] == 0, "cut, not replaced"


def test_foreign_words_are_names_in_a_script_without_capitals():
    assert facts("設定をdnsの問い合わせに合わせて変更する。") == {"dns"}
    assert facts("修改ＤＮＳ服务器的配置之后，必须重新启动服务。") == {"ＤＮＳ"}
    assert facts("ให้ทำงานกับ postfix แล้วจึงตรวจสอบ") == {"postfix"}
    assert facts("서버의 설정을 bind 에서 바꾼 다음에는 다시 시작해야 합니다") == {"bind"}
    assert facts("この機械はウェブとメールのためにある。") == {"ウ", "メ"}, "a run of katakana is one"


def test_a_word_in_capitals_is_a_name_at_the_start_of_a_sentence_too():
    assert "FBI" in facts("FBI agents were asked first. " + REPORT)
    assert "FBI" not in facts("FBI AGENTS WERE ASKED FIRST. " + REPORT), "a headline"


FRAMES = {
    "ja": "{}の設定を変更した場合は、必ずサービスを再起動してから動作を確認してください。",
    "ja, inside": "この機械は社内の利用者のために{}の問い合わせに答え、結果をしばらくの間保存しているものです。",
    "zh": "修改{}服务器的配置之后，必须重新启动服务，并且检查客户端是否能够正常连接到这台机器。",
    "th": "เซิร์ฟเวอร์ {} นี้ต้องเริ่มบริการใหม่ทุกครั้งหลังจากที่เปลี่ยนค่าตั้งต่าง ๆ แล้วจึงตรวจสอบการทำงาน",
    "ko": "{} 서버의 설정을 바꾼 다음에는 반드시 서비스를 다시 시작하고 제대로 연결되는지 확인해야 합니다.",
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=list(FRAMES))
@pytest.mark.parametrize("names", [("DNS", "SMTP"), ("postfix", "bind")])
def test_short_frames_with_another_name_are_forms(frame, names):
    one, two = (frame.format(name) for name in names)
    assert compare(one, two).relation == "form"


def test_short_frames_with_another_word_are_forms():
    frame = "{}今天的天气非常晴朗，最高气温适中，适合市民外出散步和进行各种各样的户外运动活动。"
    assert compare(frame.format("北京"), frame.format("上海")).relation == "form"
    left = "数据{}的空白会在读取时被自动删除，因此不需要另外处理，除非设置了相应的选项。"
    assert compare(left.format("左"), left.format("右")).relation == "form", "one character is a word"
    assert compare(left.format("第一行"), left.format("第七行")).relation == "form", "neighbours in Unicode"
    cut = frame.format("北京").replace("非常", "")
    assert compare(frame.format("北京"), cut).relation == "near-duplicate", "nothing else is said"


def naive_clause(rules: list[bool], partner: list[int]) -> int:
    """The longest run of words without a partner, between words that have one, that lays down a rule."""
    runs: list[list[int]] = [[]]
    for place, other in enumerate(partner):
        if other >= 0:
            runs.append([])
        else:
            runs[-1].append(place)
    inside = [run for run in runs[1:-1] if len(run) >= CLAUSE and any(rules[place] for place in run)]
    return max(map(len, inside), default=0)


@pytest.mark.parametrize("seed", range(20))
def test_clauses_like_a_naive_twin(seed):
    rng = random.Random(seed)
    words = rng.choices(["the", "harbour", "shall", "grant", "a", "pier", "provided", "it", "may"], k=60)
    partner = [rng.choice((-1, 1)) if rng.random() < 0.3 else -1 for _ in words]
    hashes = word_list(words)
    rules = [word in ("shall", "grant", "provided", "may") for word in words]
    found = int(clause_words(hashes, np.array(partner, np.int32), fact_weights()))
    assert found == naive_clause(rules, partner)
    assert int(rule_words(hashes, fact_weights())) == sum(rules)


PAGE = (
    "{0}(3) - library functions manual. NAME {0} - {1} a list of things. SYNOPSIS int {0}(struct thing *list, int "
    "count). DESCRIPTION The function {0} looks at each thing of the list in turn, and stops where there are no "
    "more. If count is zero, {0} does nothing. RETURN VALUE On success {0} returns zero, else it returns minus one, "
    "and the cause of the failure can be read there. NOTES The list is not copied. Before the first call "
    "somebody has to fill it in, and whoever did so has to free it. SEE ALSO thingopen, thingclose, thingseek"
)


def test_what_stands_in_the_title_of_one_in_place_of_the_others_throughout_makes_a_form():
    texts = [PAGE.format("thingread", "read").encode(), PAGE.format("thingwrite", "write").encode()]
    sizes = np.array([len(text) for text in texts])
    with ThreadPoolExecutor(1) as pool:
        found = align(np.array([0]), np.array([1]), sizes, texts.__getitem__, pool)
    assert found.figures[0, k.SUBJECT_CHANGED] >= facts_.SUBJECT_TIMES
    assert compare(*(text.decode() for text in texts)).relation is Relation.FORM


@pytest.mark.parametrize(
    ("shared", "own"),
    [
        ("++++.....", 5),
        ("++++....", 0),
        ("++++..+..+.", 5),
        ("++++.....++++", 0),
        (".........", 0),
        ("++++...++.++++.....", 5),
    ],
)
def test_what_follows_the_last_shared_words(shared, own):
    assert own_tail(np.array([0 if mark == "+" else -1 for mark in shared], np.int32)) == own


marks = st.text(st.sampled_from("+."), max_size=40)
numbers = st.lists(st.integers(0, 6), max_size=12)


@given(marks)
def test_a_tail_is_that_of_the_twin(shared):
    assert own_tail(np.array([0 if mark == "+" else -1 for mark in shared], np.int32)) == naive.own_tail(shared)


holes = st.integers(0, 9) | st.integers(18, 24)


@st.composite
def partnered(draw):
    """Partners of the words of two texts: some kept, in order, and holes between them on both sides."""
    one, two = [], []
    for _ in range(draw(st.integers(0, 4))):
        ours, theirs = draw(holes), draw(holes)
        one, two = [*one, *[-1] * ours], [*two, *[-1] * theirs]
        for _ in range(draw(st.integers(0, 3) | st.integers(28, 42))):
            one, two = [*one, len(two)], [*two, len(one)]
    return one, two


@given(partnered(), st.booleans())
def test_own_words_are_those_of_the_twin(pair, turned):
    one, two = pair[::-1] if turned else pair
    assert own_words(np.array(one, np.int32), np.array(two, np.int32)) == naive.own_words(one, two)


@given(numbers, numbers, st.data())
def test_found_facts_are_those_of_the_twin(one, two, data):
    facts_a, facts_b = (
        data.draw(st.lists(st.sampled_from([0, 3, 12, 36, 0x80 | 12]), min_size=len(side), max_size=len(side)))
        for side in (one, two)
    )
    out = np.full(4, -1, np.int32)
    arrays = (np.array(each, kind) for each, kind in ((one, np.int32), (facts_a, np.uint8), (two, np.int32),
                                                      (facts_b, np.uint8)))  # fmt: skip
    kernels.found_facts(*arrays, 7, out)
    assert out.tolist() == naive.found_facts(one, facts_a, two, facts_b)


KNOWN_WORDS = ["council", "the", "of", "paris", "three", "shall", "money", "london", "may", "first"]
STRANGE = ["zorbel", "kanting", "mirofel"]


word_bits = st.sampled_from([0, CAPITAL, DIGIT, CAPITAL | FIRST, FIRST])


@given(st.lists(st.tuples(st.sampled_from([*KNOWN_WORDS, *STRANGE]), word_bits), max_size=25))
def test_facts_are_those_of_the_twin(words):
    hashes = word_list([word for word, _ in words]) if words else np.zeros(0, np.uint64)
    weights = fact_weights()
    own = [int(weights[int(fold_term(hash_)) >> (32 - kernels.WEIGHT_BITS)]) for hash_ in hashes]
    bits, out = np.array([bit for _, bit in words], np.uint8), np.full(len(words), 255, np.uint8)
    known = mark_facts(hashes, bits, weights, out)
    assert (out.tolist(), bool(known)) == naive.marked(bits.tolist(), own)


slot = st.lists(st.sampled_from([(False, False), (True, False), (False, True)]), min_size=1, max_size=5)


@given(slot, slot, st.booleans())
def test_changed_numbers_are_those_of_the_twin(one, two, alike):
    sides = []
    for words in (one, two):
        bits = np.array([0, *(DIGIT if digit else 0 for digit, _ in words), DIGIT], np.uint8)
        facts_ = np.array(
            [12, *(12 | 0x80 if word else 12 if digit else 0 for digit, word in words), 12 | 0x80], np.uint8
        )
        sides += [bits, facts_, 1, len(words) + 1]  # what stands beside the slot does not count
    assert kernels.changed_numbers(*sides, alike) == naive.changed_numbers(one, two, alike)


@pytest.mark.parametrize(
    ("one", "two", "weight"),
    [
        ([12], [20], 16), ([12], [], 0), ([], [20], 0), ([12, 8], [20], 20), ([12 | 0x80], [12], 0),
        ([12 | 0x80], [20 | 0x80], 16), ([12 | 0x80, 9], [12], 16), ([12 | 0x80], [12, 9], 16), ([13], [20], 16),
    ],
)  # fmt: skip
def test_facts_that_stand_in_place_of_others(one, two, weight):
    """Half of what both weigh; a number in words and one in figures may be the same."""
    one, two = [50, *one, 50], [50, *two, 50]
    arrays = np.array(one, np.uint8), np.array(two, np.uint8)
    assert kernels.changed_facts(arrays[0], 1, len(one) - 1, arrays[1], 1, len(two) - 1) == weight


def test_kept_facts_weigh_what_the_side_says_that_knows_more():
    one, two = np.array([0, 12, 0, 36, 40], np.uint8), np.array([7, 7, 20, 0, 0x80 | 12, 40], np.uint8)
    assert kernels.kept_facts(one, 1, 4, two, 2) == 20 + 0 + 36
    assert kernels.kept_facts(one, 1, 4, two, 3) == 12 + 12 + 40


SCRIPTS = dict.fromkeys("กກကក漢かカ𠀀", True) | dict.fromkeys("한яaאᄀé", False)


@pytest.mark.parametrize("char", SCRIPTS)
def test_words_of_scripts_without_spaces_are_characters(char):
    data = np.frombuffer(char.encode() + bytes(4), np.uint8)
    assert bool(kernels.is_character(data, 0, len(char.encode()))) is SCRIPTS[char]


def test_words_that_are_mostly_rare_may_be_a_subject():
    weights = fact_weights()
    one, two, common, rule = word_list(["zorbel", "mirofel", "the", "shall"])
    assert kernels.rare_subject(one, two, weights) and not kernels.rare_subject(one, common, weights)
    assert not kernels.rare_subject(common, two, weights) and not kernels.rare_subject(one, rule, weights)
