"""Term keys: what a synonym spinner leaves alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.columns import pack
from dedup.fingerprint import kernels, rare_terms
from dedup.fingerprint.minhash import Sketcher, shingle_keys
from dedup.text.arrays import as_arrays, tables
from tests.text import naive

STOPS = ["the", "of", "and", "to", "in", "a"]
COMMONS = ["said", "year", "people", "city"]
LOW = (1 << 32) - 1


def text_of(seed: int, count: int, rare: int = 500) -> str:
    """Words of which two fifths are the commonest, a fifth common and the rest rare."""
    generator = np.random.default_rng(seed)
    kinds = generator.random(count)
    found = []
    for kind in kinds:
        if kind < 0.4:
            found.append(str(generator.choice(STOPS)))
        elif kind < 0.6:
            found.append(str(generator.choice(COMMONS)))
        else:
            found.append(f"näme{generator.integers(rare)}")
    return " ".join(found)


def made_classes() -> np.ndarray:
    classes = np.full(1 << kernels.CLASS_BITS, kernels.RARE, np.uint8)
    for words, kind in ((COMMONS, kernels.COMMON), (STOPS, kernels.STOP)):
        classes[[naive.word_hash(word) >> 48 for word in words]] = kind
    return classes


def keys_by_row(texts: list[str], classes: np.ndarray, first: int = 0) -> dict[int, list[int]]:
    """Keys of each text by the kernels, sorted."""
    keys = Sketcher(5, 16, 1, classes=classes).sketch(pack(texts), first).terms
    found: dict[int, list[int]] = {first + at: [] for at in range(len(texts))}
    for value in keys.values.tolist():
        found[value & LOW].append(value >> 32)
    assert [len(values) for values in found.values()] == keys.held.tolist()
    return {row: sorted(values) for row, values in found.items()}


@pytest.mark.parametrize("count", [5, 6, 9, 20, 60, 150, 160, 170, 400])
def test_keys_are_those_of_the_twin(count):
    classes = made_classes()
    stop_keys = shingle_keys(rare_terms.STOP_RUN).tolist()
    texts = [text_of(seed, count) for seed in range(4)]
    found = keys_by_row(texts, classes)
    for row, text in enumerate(texts):
        assert found[row] == sorted(naive.term_keys(naive.words(text), classes.tolist(), stop_keys))


@settings(max_examples=30)
@given(st.lists(st.sampled_from([*STOPS, *COMMONS, *"xyzuvw"]), min_size=5, max_size=200))
def test_keys_of_texts_that_repeat_themselves_are_those_of_the_twin(words):
    classes = made_classes()
    found = keys_by_row([" ".join(words)], classes)[0]
    assert found == sorted(naive.term_keys(words, classes.tolist(), shingle_keys(rare_terms.STOP_RUN).tolist()))


@given(st.lists(st.integers(0, 6), max_size=80), st.sampled_from([1, 3, 8]))
def test_winnowing_is_that_of_the_twin(values, window):
    hashes, out = np.array(values, np.uint64) << np.uint64(32), np.zeros(len(values) + 1, np.uint64)
    filled = kernels._winnow(hashes, np.uint64(len(values)), np.uint64(window), np.uint64(9), out, np.uint64(0))
    assert out[: int(filled)].tolist() == [value << 32 | 9 for value in naive.winnow(values, window)]


def test_a_text_in_another_form_has_the_keys_of_its_normal_form():
    classes = made_classes()
    plain, other = f"{text_of(1, 80)} final été", f"{text_of(1, 80)} ﬁnal e\u0301te\u0301"
    found = keys_by_row([plain, text_of(2, 30), other], classes)
    assert found[0] == found[2]


def test_batches_and_their_order_change_no_key():
    classes = made_classes()
    texts = [text_of(seed, 90) for seed in range(9)] + ["e\u0301 ﬁne text of some six words"]
    whole = keys_by_row(texts, classes)
    for cut in (0, 1, 5, 10):
        assert keys_by_row(texts[:cut], classes) | keys_by_row(texts[cut:], classes, cut) == whole
    backward = keys_by_row(texts[::-1], classes)
    assert [backward[len(texts) - 1 - row] for row in range(len(texts))] == list(whole.values())


def test_texts_too_short_for_a_shingle_have_no_keys_and_without_classes_nobody_has():
    assert keys_by_row(["four words are few", text_of(1, 50)], made_classes())[0] == []
    assert set(map(len, keys_by_row([text_of(1, 50)], rare_terms.NO_CLASSES).values())) == {0}


@settings(max_examples=30)
@given(st.lists(st.lists(st.sampled_from([*"abcdefgh", "été", "漢字"]), max_size=12), max_size=8))
def test_document_frequencies_are_those_of_the_twin(texts):
    counts = np.zeros(1 << kernels.CLASS_BITS, np.int64)
    kernels.document_frequencies(*as_arrays(pack([" ".join(words) for words in texts])), *tables(), counts)
    expected = naive.document_frequencies([naive.words(" ".join(words)) for words in texts])
    assert {slot: counts[slot] for slot in np.flatnonzero(counts).tolist()} == expected


def test_classes_are_made_from_document_frequencies():
    """60 words in all 100 texts, 10 in every tenth, 10 in every thirtieth, the rest in one."""
    texts = []
    for number in range(100):
        words = [f"all{n}" for n in range(60)] + [f"own{number}n{n}" for n in range(5)]
        words += [f"tenth{n}" for n in range(10)] * (number % 10 == 0)
        words += [f"thirtieth{n}" for n in range(10)] * (number % 30 == 0)
        texts.append(words)
    packed = [pack([" ".join(words) for words in part]) for part in (texts[:31], texts[31:])]
    classes = rare_terms.word_classes(packed)
    counts = naive.document_frequencies([[naive.looks_like(word) for word in words] for words in texts])
    order = sorted(counts, key=lambda slot: (-counts[slot], slot))
    for at, slot in enumerate(order):
        common = counts[slot] > max(rare_terms.COMMON_SHARE * len(texts), 1)
        expected = kernels.STOP if at < rare_terms.STOP_WORDS else kernels.COMMON if common else kernels.RARE
        assert classes[slot] == expected
    assert int((classes == kernels.STOP).sum()) == rare_terms.STOP_WORDS
    unseen = np.setdiff1d(np.arange(len(classes)), order)
    assert (classes[unseen] == kernels.RARE).all()
    assert np.array_equal(classes, rare_terms.word_classes([pack([" ".join(words) for words in texts])]))


def test_classes_of_few_texts_and_of_none():
    assert (rare_terms.word_classes([]) == kernels.RARE).all()
    assert (rare_terms.word_classes([pack([""])]) == kernels.RARE).all()
    # of one text each word is in all documents: none is common, thirty of them are the commonest
    classes = rare_terms.word_classes([pack([" ".join(f"w{n}" for n in range(200))])])
    assert int((classes == kernels.STOP).sum()) == rare_terms.STOP_WORDS
    assert not (classes == kernels.COMMON).any()


def test_the_sample_is_bounded_by_texts_and_by_bytes():
    assert not rare_terms.enough(rare_terms.SAMPLE_TEXTS - 1, rare_terms.SAMPLE_BYTES - 1)
    assert rare_terms.enough(rare_terms.SAMPLE_TEXTS, 0) and rare_terms.enough(1, rare_terms.SAMPLE_BYTES)


def test_synonyms_leave_most_keys():
    """Common words replaced, names and the commonest words kept: the keys of the rare ones are all there."""
    classes = made_classes()
    source = text_of(3, 300)
    spun = " ".join({"said": "year", "year": "said", "people": "city"}.get(word, word) for word in source.split())
    one, two = keys_by_row([source, spun], classes).values()
    assert one == two
    other = keys_by_row([text_of(4, 300, 10**6)], classes)[0]
    assert len(set(one) & set(other)) <= 0.05 * len(one)
