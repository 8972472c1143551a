"""What says that one text rewrites another, and which of their sentences go together."""

from __future__ import annotations

import os

import numpy as np
import pytest

from dedup.align.figures import CHANGED_A, KEPT_WORDS, PASSAGES, WORDS_A
from dedup.rewriting import detection
from dedup.rewriting import kernels as k
from tests.cost import costs_at_most
from tests.rewrites import INDEPENDENT, REWRITE, SOURCE, UPDATE

ONE, TWO = np.zeros(1, np.int64), np.ones(1, np.int64)


def features(one: str, two: str):
    return detection.features_of(detection.words_of([one.encode(), two.encode()]), ONE, TWO)


def is_rewrite(one: bytes, two: bytes) -> bool:
    return detection.odds_of(one, two) >= detection.THRESHOLD


@pytest.mark.parametrize(("text", "expected"), [(REWRITE, True), (INDEPENDENT, False), (UPDATE, False), ("", False)])
def test_a_rewrite_is_told_from_other_reports(text, expected):
    assert is_rewrite(SOURCE.encode(), text.encode()) is expected


@pytest.mark.parametrize("text", [REWRITE, INDEPENDENT, UPDATE])
def test_the_odds_are_the_same_whichever_text_comes_first(text):
    there, back = detection.odds(features(SOURCE, text)), detection.odds(features(text, SOURCE))
    assert there == pytest.approx(back)


def test_sentences_in_another_order_are_no_rewrite():
    lines = REWRITE.split(".\n")
    turned = ".\n".join([*lines[4:], *lines[:4]])
    assert features(SOURCE, turned)[0, k.DISTANT] < features(SOURCE, REWRITE)[0, k.DISTANT]
    assert detection.odds(features(SOURCE, turned)) < detection.odds(features(SOURCE, REWRITE))


def test_names_and_numbers_of_their_own_speak_against_it():
    other = REWRITE.replace("Solberg", "Brandt").replace("Toft", "Dahl").replace("48", "61").replace("22,000", "9,500")
    assert detection.odds(features(SOURCE, other)) < detection.odds(features(SOURCE, REWRITE)) - 1


def test_a_text_that_is_kept_is_no_other_wording():
    assert detection.odds(features(SOURCE, SOURCE + " And more."))[0] == -np.inf


def test_sentences_are_aligned_one_by_one():
    texts = [SOURCE.encode(), REWRITE.encode()]
    aligned = detection.align(ONE, TWO, texts.__getitem__)
    pairs = [(texts[0][a:b].decode(), texts[1][c:d].decode()) for _, a, b, c, d, _ in aligned.of(0).tolist()]
    assert len(pairs) == aligned.figures[0, PASSAGES] >= 7
    for number, word in enumerate(("Brennholm", "girders", "Solberg", "crowns", "Toft")):
        assert word in pairs[number][0]
        assert word in pairs[number][1]
    figures = aligned.figures[0]
    assert figures[KEPT_WORDS] + figures[CHANGED_A] >= 0.8 * figures[WORDS_A]


def test_a_sentence_that_became_two_and_one_that_was_dropped():
    source = (
        "The harbour of Lund was closed after a tanker lost oil near the lighthouse, and divers found a torn hull.\n"
        "Nobody was hurt.\nThe shipping line Corvus promised to pay for cleaning the beaches of Marstrand."
    )
    copy = (
        "A tanker spilled oil by the lighthouse, so Lund's harbour was shut.\nDivers saw that its hull was torn.\n"
        "Corvus, the shipping line, pledged to fund the cleaning of Marstrand's beaches."
    )
    texts = [source.encode(), copy.encode()]
    aligned = detection.align(ONE, TWO, texts.__getitem__)
    pairs = [(texts[0][a:b].decode(), texts[1][c:d].decode()) for _, a, b, c, d, _ in aligned.of(0).tolist()]
    assert len(pairs) == 2
    assert pairs[0][1].endswith("was torn")
    assert pairs[1][0].startswith("The shipping line")


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")
@pytest.mark.parametrize("gap", [0, 400])
def test_words_that_recur_for_ever_cost_no_square(gap):
    """Half a minute and more where each place is laid beside each other one."""
    names = "Kelmar Dostrin Pavelun Orsketh Mirandol Tesquiv Balnor Crestwick Hadderly Ombrofane"
    one, two = (
        ". ".join(names + (f" Zz{text}" if gap and at % (gap + text) == 0 else "") for at in range(40_000))
        for text in (0, 1)
    )
    with costs_at_most(500):
        features(one, two + " the end")


def test_a_word_with_many_places_is_found_in_runs():
    """Only so many of them are looked at; texts of any usual length have fewer."""
    names, others = "Kelmar Dostrin Pavelun Orsketh", "Mirandol Tesquiv Balnor Crestwick"
    few, many = (features(f"{names}. {others}.", f"{others}. " + "Kelmar. " * n + names)[0, k.RUNS] for n in (3, 300))
    assert few == many == 1


PLAN = (
    "The Farm Committee is expected to take up a bill tomorrow that would exempt growers who rotated alfalfa with row "
    "crops from conservation rules, staff said. Under the sodbuster law growers who planted alfalfa on erodible land "
    "lose their subsidies. Senator Zorin said that such rotation resulted in less erosion."
)
PLAN_AGAIN = (
    "A bill that would free growers who alternated alfalfa and row crops from conservation rules is due before the "
    "Farm Committee tomorrow, according to staff. The sodbuster law takes subsidies from growers who put alfalfa on "
    "erodible land. Such rotation leads to less erosion, Senator Zorin said."
)
OUTCOME = (
    "The Farm Committee approved a bill on Friday that exempts growers who planted alfalfa from conservation rules. "
    "Senator Zorin said it restored equity under the sodbuster law. A spokesman of the Izaak League, who refused to be "
    "named, called the vote an unfortunate first step that could free millions of acres in Nebraska and Iowa."
)


def test_what_came_next_is_no_rewrite_of_what_was_expected():
    assert is_rewrite(PLAN.encode(), PLAN_AGAIN.encode())
    assert not is_rewrite(PLAN.encode(), OUTCOME.encode())


def test_a_rewrite_of_one_sentence_is_told():
    one = (
        "Rotating crops is one of the more commonly used approaches to soil care and is widely used by many growers "
        "of wheat, barley and rye, potatoes and sugar beet."
    )
    two = (
        "Crop rotation is among the most common approaches to caring for soil, and growers of wheat, rye and barley, "
        "sugar beet and potatoes make wide use of it."
    )
    assert is_rewrite(one.encode(), two.encode())


def test_articles_that_share_whole_paragraphs_are_edited_and_not_rewritten():
    shared = " ".join(f"The harbour of Lund kept its {word} closed because of the storm." for word in (
        "northern pier", "old customs house", "grain elevator", "ferry terminal", "fish market", "slipway",
        "dry dock", "rowing club", "lifeboat house", "oil jetty", "lighthouse road", "herring quay", "crane hall",
    ))  # fmt: skip
    found = features(f"{SOURCE} {shared}", f"{REWRITE} {shared}")
    assert found[0, k.VERBATIM] * found[0, k.WORDS_A] >= detection.KEPT_WORDS
    assert detection.odds(found)[0] == -np.inf


def test_days_and_what_is_open_are_counted():
    found = features(PLAN, OUTCOME)[0]
    assert (found[k.DAYS_A], found[k.DAYS_B]) == (1, 1)  # tomorrow; Friday
    assert sorted(found[[k.OPEN_A, k.OPEN_B]].tolist()) == [1, 2]


def test_long_texts_are_judged_like_the_longest_that_were_learned_from():
    parts = ("bar", "den", "kol", "mar", "tiv", "zug", "pel")
    words = [f"{one}{two}{three}" for one in parts for two in parts for three in parts]
    text = " ".join(f"{word.capitalize()} met the {word} near some {word}." for word in words)
    found = features(text, text[: len(text) * 3 // 4])
    assert found[0, k.WORDS_A] > 2 * detection.LONGEST[k.WORDS_A][0]
    columns = dict(zip(detection.NAMES, detection.columns(found)[0].tolist(), strict=True))
    for name, column in (("sentences", k.SENTENCES_A), ("words", k.WORDS_A), ("weight", k.WEIGHT_A)):
        for side, most in zip(("less", "more"), detection.LONGEST[column], strict=True):
            assert columns[f"{name} {side}"] <= np.log(most + 1) + 1e-9


def test_a_long_article_that_keeps_some_of_its_wording_may_be_a_rewrite():
    """Quotes and names of agencies stay as they are: in a long text these are many words, and a small share of it."""
    kept, edited = np.zeros((2, k.FEATURES)), np.full(2, 5.0)
    kept[:] = features(SOURCE, REWRITE)[0]
    kept[:, k.WORDS_A], kept[:, k.VERBATIM] = 800, (0.3, 0.45)
    told = detection.guarded(kept, edited)
    assert told[0] > 0 and told[1] == -np.inf


def test_one_sentence_with_another_number_or_name_in_it_is_no_rewrite():
    assert not is_rewrite(b"cluster 2 of a few words more", b"cluster 3 of a few words more")
    one, other = b"The ferry to Tarl leaves at seven.", b"The ferry to Kestrick leaves at seven."
    assert not is_rewrite(one, other)


def enough() -> np.ndarray:
    """Features of a pair of which odds can be told, at every threshold of `guarded`."""
    found = np.zeros((1, k.FEATURES))
    found[0, [k.WEIGHT_A, k.WEIGHT_B]] = 100.0
    found[0, k.SHARED] = detection.LEAST_SHARED
    found[0, [k.MEAN_A, k.MEAN_B]] = 0.3
    found[0, k.ORDER], found[0, k.CLOSE] = detection.IN_ORDER, detection.TOGETHER
    found[0, [k.SERIES_A, k.SERIES_B]] = detection.IN_SERIES
    found[0, [k.WORDS_A, k.WORDS_B]] = 100.0
    return found


TOO_LITTLE = {
    "shared": ({k.SHARED: 11.9}), "order": ({k.ORDER: 0.39}), "close": ({k.CLOSE: 0.09}),
    "series": ({k.SERIES_B: 0.09}),
    "nothing goes together": ({k.MEAN_A: 0.0}), "kept whole": ({k.VERBATIM: 0.75, k.WORDS_A: 50.0}),
    "kept words": ({k.VERBATIM: 0.4, k.WORDS_A: 300.0}), "another language": ({k.RARE_B: 85.0}),
    "a table": ({k.NUMBERS_A: 30.0, k.ORDER: 0.9}), "a list": ({k.NUMBERS_B: 12.0, k.ORDER: 0.49}),
    "one sentence, another name": ({k.WORDS_B: 13.0, k.NAMES_A: 5.0, k.NAMES_B: 5.0}),
    "one sentence, another number": ({k.WORDS_B: 13.0, k.NUMBERS_A: 5.0, k.NUMBERS_B: 5.0}),
    "one sentence, the same": ({k.WORDS_A: 13.0, k.COSINE: 0.85}),
}  # fmt: skip
ENOUGH = {
    "at the thresholds": {}, "kept words of a long text": {k.VERBATIM: 0.39, k.WORDS_A: 900.0},
    "kept share of a short one": {k.VERBATIM: 0.41, k.WORDS_A: 200.0}, "rare words": {k.RARE_A: 84.0},
    "a list in order": {k.NUMBERS_A: 12.0, k.ORDER: 0.5}, "a name more": {k.WORDS_A: 13.0, k.NAMES_A: 5.0},
    "one sentence, the same name": {k.WORDS_A: 13.0, k.NAMES_A: 5.0, k.NAMES_B: 5.0, k.NAMES_SHARED: 4.0},
    "fourteen words": {k.WORDS_A: 14.0, k.NAMES_A: 5.0, k.NAMES_B: 5.0, k.COSINE: 0.9},
    "one sentence, other words": {k.WORDS_A: 13.0, k.COSINE: 0.84},
}  # fmt: skip


@pytest.mark.parametrize("name", [*TOO_LITTLE, *ENOUGH])
def test_what_cannot_be_told_is_not(name):
    found = enough()
    for column, value in (TOO_LITTLE | ENOUGH)[name].items():
        found[0, column] = value
    odds = detection.guarded(found, np.array([5.0]))[0]
    kept = max(found[0, k.VERBATIM] - detection.VERBATIM, 0)
    assert odds == (-np.inf if name in TOO_LITTLE else pytest.approx(5.0 - detection.DOUBT * kept))


def test_alone_more_is_asked_for_and_pages_of_one_frame_are_none():
    found = np.repeat(features(SOURCE, REWRITE), 3, axis=0)
    found[1, k.VERBATIM] = detection.ALONE_KEPT / found[1, k.WORDS_A] + 0.001
    found[2, k.NUMBERS_SHARED] = found[2, k.NAMES_SHARED] = 0
    told = detection.odds(found)
    expected = (told >= detection.ALONE) & (found[:, k.VERBATIM] * found[:, k.WORDS_A] < detection.ALONE_KEPT)
    assert (
        detection.stands_alone(found, told).tolist() == expected.tolist() == [True, False, told[2] >= detection.ALONE]
    )


def test_in_a_batch_pages_that_share_paragraphs_need_their_sentences_in_order():
    found = np.repeat(features(SOURCE, REWRITE), 3, axis=0)
    found[1:, k.VERBATIM] = detection.ALONE_KEPT / found[1, k.WORDS_A]
    found[1, [k.SERIES_A, k.SERIES_B]] = 0.9, detection.FRAMED_SERIES - 0.01
    found[2, [k.SERIES_A, k.SERIES_B]] = detection.FRAMED_SERIES
    told, bare = detection.odds_in_batch(found), detection.shipped().bare_odds(found)
    less = detection.DOUBT * (found[2, k.VERBATIM] - detection.VERBATIM)
    assert told[0] == pytest.approx(bare[0]) and told[1] == -np.inf
    assert told[2] == pytest.approx(bare[2] - max(less, 0))


def test_columns_are_bent_at_their_knots():
    values, centres = np.array([[1.0, 5.0], [3.0, -2.0]]), np.array([2.0, 1.0])
    knots = np.array([[1.5, 2.0, 2.5], [0.0, 1.0, 2.0]])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detection, "LENGTH", 1)
        found = detection.bent(values, centres, knots)
    moved = values - centres
    assert found[:, :2].tolist() == moved.tolist()
    for number in range(3):
        expected = np.minimum(values, knots[:, number]) - centres
        assert np.allclose(found[:, 2 + 2 * number : 4 + 2 * number], expected)
    assert np.allclose(found[:, 8:], moved * moved[:, [1]])


def test_what_sentences_agree_and_differ_in():
    one, two = b"Ingrid Solberg paid 48 crowns. It rained.", b"In rain 52 crowns were paid by Ingrid Toft."
    end = one.index(b". It") + 1
    (found,) = detection.agreements(one, two, np.array([[4, 0, end, 0, len(two), 0]], np.int32))
    assert "Ingrid" in found["agree"] and found["only_a"] == ["Solberg", "48"]
    assert found["only_b"] == ["52", "Toft"]
    assert detection.agreements(one, two, np.zeros((0, 6), np.int32)) == []
