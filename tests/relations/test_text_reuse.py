"""Words in common runs, and how closely a copy follows."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.align.alignment import align
from dedup.relations import relation
from dedup.relations.text_reuse import RUN, in_runs, is_reused, run_words, shared
from dedup.text.tokens import southern, tokenise, unspaced
from tests.align.test_alignment import edited, one_thread, story
from tests.text import naive

few_words = st.lists(st.integers(0, 5), max_size=30)


def hashes(words):
    return np.array([naive.word_hash(str(word)) for word in words], np.uint64)


@given(few_words, few_words)
def test_in_runs_marks_what_its_twin_marks(one, two):
    assert in_runs(hashes(one), hashes(two)).tolist() == naive.in_runs(one, two, RUN)


@given(few_words, few_words)
def test_shared_is_a_share_and_the_same_from_both_sides_of_unequal_texts(one, two):
    share = shared(hashes(one), hashes(two))
    assert 0 <= share <= 1
    if len(one) != len(two):
        assert share == shared(hashes(two), hashes(one))


def test_a_text_and_itself_and_nothing():
    words = hashes(range(10))
    assert shared(words, words) == 1 and shared(words, hashes([])) == 0
    text, other, nothing = (tokenise(" ".join(map(str, numbers))) for numbers in (range(10), range(20, 40), ()))
    assert is_reused(text, text) and not is_reused(text, nothing) and not is_reused(text, other)


def test_a_run_is_as_long_as_the_texts_and_their_script_ask_for():
    assert [run_words(words) for words in (0, 300, 1_000, 4_000, 64_000, 256_000)] == [3, 3, 3, 4, 6, 7]
    assert [run_words(words, 1.0) for words in (0, 300, 2_700, 10_900)] == [8, 8, 8, 11]
    assert [run_words(words, 1.0, 1.0) for words in (0, 300, 3_200, 13_000)] == [10, 10, 10, 13]


def test_chance_runs_of_a_long_text_are_no_copy():
    """What a text of few words shares with a thousand others together, it shares with one that is as long."""
    rng = random.Random(5)
    long, short = ([rng.randrange(40) for _ in range(size)] for size in (30_000, 300))
    assert shared(hashes(short), hashes(long)) > 0.5
    long, short = (tokenise(" ".join(f"w{number}" for number in side)) for side in (long, short))
    assert not is_reused(short, long)
    stolen = tokenise(" ".join(f"w{number}" for number in range(300)))
    assert is_reused(stolen, tokenise(long.text + " " + stolen.text))


@pytest.mark.parametrize(
    "letters", ["กขคงจชซญดตถทนบปผพมยรลวสหอ", "のはをにがとでもたしいうるなかれさ", "的一是不了在人有我他这中大来上"]
)
def test_runs_of_three_characters_are_no_copy(letters):
    """As in any two texts of a script whose words are characters to us."""
    rng = random.Random(3)
    one, two = ("".join(rng.choice(letters) for _ in range(1200)) for _ in range(2))
    assert shared(tokenise(one).hashes, tokenise(two[:300]).hashes) > 0.1
    assert unspaced(tokenise(one)) == 1 and not is_reused(tokenise(one), tokenise(two))
    assert is_reused(tokenise(one), tokenise(two[:900] + one[:300]))


def test_a_phrase_said_over_and_over_counts_once():
    rng = random.Random(4)
    one, two = (
        "\n".join(f"it is not possible to {' '.join(f'w{rng.randrange(10_000)}' for _ in range(6))}" for _ in range(30))
        for _ in range(2)
    )
    assert shared(tokenise(one).hashes, tokenise(two).hashes) < 0.05
    said = " ".join(f"w{number}" for number in range(40))
    assert is_reused(tokenise(said + "\n" + said * 9), tokenise(said)), "a text that repeats itself is still a copy"
    thai = [
        "\n".join(f"ไม่สามารถ{''.join(rng.choice('กขคงจชซญดตถทนบปผพมยรลวสหอ') for _ in range(12))}" for _ in range(20))
        for _ in range(2)
    ]
    assert not is_reused(*map(tokenise, thai))


def test_the_share_of_characters():
    assert southern(tokenise("ไทย")) == southern(tokenise("ဗမာ")) == 1 and southern(tokenise("日本 de")) == 0
    assert unspaced(tokenise("")) == unspaced(tokenise("a few words, 3 numbers")) == 0
    assert unspaced(tokenise("日本 de")) == pytest.approx(2 / 3)


def closeness(one, two):
    rows = [one.encode(), two.encode()]
    sizes = np.array([len(row) for row in rows], np.int64)
    with one_thread() as pool:
        return float(relation.closeness(align(np.array([0]), np.array([1]), sizes, rows.__getitem__, pool).figures)[0])


def test_closeness_falls_with_what_is_rewritten():
    source = story(3, 30)
    found = [closeness(source, edited(source, random.Random(1), share)) for share in (0.0, 0.05, 0.2, 0.5)]
    assert found == sorted(found, reverse=True) and found[0] > 0.5 > found[3]
    assert closeness(source, source) == pytest.approx(1.0, abs=0.001)
    assert closeness(source, story(4, 30)) < 0.05


def test_closeness_of_nothing():
    assert closeness("", "") == 0.0
