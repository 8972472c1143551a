"""Wordings of a large group: who has them is found without searching through all."""

from __future__ import annotations

import random

import pytest

from dedup.facts import mutations
from dedup.facts.mentions import facts
from dedup.text.tokens import tokenise
from tests.texts import REPORT

WORDS = [word for word in REPORT.replace('"', "").split() if word.isalpha()]


def crowd(count: int, seed: int = 1) -> list[str]:
    """Copies of one text with a quote, each with an eighth of its words drawn anew."""
    draw = random.Random(seed)
    source = [draw.choice(WORDS) for _ in range(60)]
    texts = []
    for _ in range(count):
        words = [draw.choice(WORDS) if draw.random() < 0.125 else word for word in source]
        texts.append(f'{" ".join(words[:20])}, said the minister: "{" ".join(words[20:40])}." {" ".join(words[40:])}.')
    return texts


def flags(texts: list[str], small: int) -> dict[int, list]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mutations, "SMALL_GROUP", small)
        known = {row: facts(tokenise(text)) for row, text in enumerate(texts)}
        pairs = [(0, row) for row in range(1, len(texts))]
        return mutations.group_flags(list(known), known, pairs=pairs)


def test_the_same_documents_have_a_wording_as_if_all_were_searched():
    texts = crowd(40)
    found = flags(texts, small=8)
    assert any(span.other["documents"] for those in found.values() for flag in those for span in flag.spans)
    assert found == flags(texts, small=1000)


def test_a_crowd_is_not_searched_through_for_each_wording(monkeypatch):
    searched = []
    holds = mutations.holds
    monkeypatch.setattr(mutations, "holds", lambda *given: searched.append(1) or holds(*given))
    calls = []
    for count in (50, 100):
        searched.clear()
        flags(crowd(count), small=8)
        calls.append(len(searched))
    assert calls[1] < 3 * calls[0]


def told(text: str, quote: str) -> str:
    return f"It rained all day in the valley of Sarrow. {text} “{quote},” said the minister of transport to the press."


QUOTES = ["We will never surrender the old harbour to them", "We will always surrender the old harbour to them"]


def known(*texts: str) -> dict[int, mutations.Facts]:
    return {row: facts(tokenise(text)) for row, text in enumerate(texts)}


@pytest.mark.parametrize(
    ("trust", "flagged"), [({}, [0, 1]), ({0: 1.0}, [1]), ({1: 0.5}, [0]), ({0: 1.0, 1: 1.0}, [0, 1])]
)
def test_the_wording_of_the_document_that_is_trusted_less_is_flagged(trust, flagged):
    group = known(told("", QUOTES[0]), told("", QUOTES[1]))
    assert list(mutations.group_flags([0, 1], group, trust=trust)) == flagged


def test_a_quote_in_a_reporters_own_words_counts_against_one_who_is_not_trusted():
    group = known(told("", QUOTES[0]), f"The minister said: {QUOTES[1].lower()}, and he said it twice in the valley.")
    assert list(mutations.group_flags([0, 1], group)) == [0, 1]
    assert list(mutations.group_flags([0, 1], group, trust={0: 1.0})) == [1]
    assert mutations.group_flags([0, 1], group, trust={2: 1.0}) == {}, "nobody of the two is trusted more"


def test_a_span_says_who_has_which_wording():
    group = known(told("", QUOTES[0]), told("More.", QUOTES[1]), told("Other.", QUOTES[0]))
    found = mutations.group_flags([0, 1, 2], group, names={0: "wire", 1: "blog"}, trust={0: 2, 2: 2, 1: 1})
    (flag,) = found[1]
    (span,) = flag.spans
    text = group[1].tokens.text
    assert text[span.start : span.end] == span.text and QUOTES[1] in span.text and QUOTES[0] in span.other["text"]
    assert span.other["documents"] == ["wire", "2"] and span.other["own"] == ["blog"]
    assert span.other["quoted"] and span.other["quoted_here"]
    (difference,) = span.other["differences"]
    assert (difference["text"], difference["other"]) == ("always", "never")
    assert text[difference["start"] : difference["end"]] == "always"


def test_documents_that_say_another_number_are_named_once():
    texts = ["Rescuers pulled 14 miners out of the flooded shaft near Kestrick.",
             "Near Kestrick, 17 miners were pulled from the flooded shaft by rescuers.",
             "Near Kestrick 14 miners were pulled from the flooded shaft by the rescuers."]  # fmt: skip
    found = mutations.group_flags([0, 1, 2], known(*texts), trust={0: 1, 2: 1})
    (flag,) = found[1]
    assert sorted(document for span in flag.spans for document in span.other["documents"]) == ["0", "2"]
    assert {span.other["kind"] for span in flag.spans} == {"number"} and list(found) == [1]


@pytest.mark.parametrize("count", [mutations.SMALL_GROUP, mutations.SMALL_GROUP + 1, 20])
def test_of_a_large_group_some_pairs_are_compared(count):
    group = {row: facts(tokenise(text)) for row, text in enumerate(crowd(count))}
    rows = list(reversed(group))
    pairs = list(mutations._pairs(rows, group))
    assert len(set(map(frozenset, pairs))) == len(pairs), "each once"
    assert all(rows.index(one) < rows.index(two) for one, two in pairs) and pairs == sorted(
        pairs, key=lambda pair: (rows.index(pair[0]), rows.index(pair[1]))
    )
    if count <= mutations.SMALL_GROUP:
        assert len(pairs) == count * (count - 1) // 2
    else:
        assert {(rows[0], row) for row in rows[1:]} <= set(pairs)
        assert len(pairs) <= (count - 1) + mutations.PARTNERS * count


def test_partners_share_the_rarest_quoted_words():
    quotes = ["zorbel mirofel dastun pelvori makranti", "zorbel mirofel dastun pelvori other",
    "quirmen hastolo sulobec",
              "zorbel mirofel dastun pelvori makranti", "zorbel alone here"]  # fmt: skip
    group = known(*(f"He said: “{quote}.”" for quote in quotes))
    found = mutations._related(list(group), group)
    assert found[0] == [1, 4] and found[2] == [], "the fourth quotes the same: there is nothing to compare"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mutations, "PARTNERS", 1)
        assert mutations._related(list(group), group)[0] == [1]
        patch.setattr(mutations, "RARE", 2)
        assert mutations._related(list(group), group)[4] == [], "a word that more have is not rare"


def test_a_quote_that_one_document_has_in_two_wordings_is_flagged():
    first = "I briefed the mayor on the recent damage by the storm to our power lines, and I am grateful for her help"
    again = "I briefed the mayor on the recent harm by the storm to our power lines, and I am grateful for her help"
    text = f"“{first},” the engineer wrote.\n\nThere were other talks in the valley.\n\n“{again},” he said again."
    (flag,) = mutations.group_flags([4], known(*[""] * 4, text))[4]
    (span,) = flag.spans
    assert flag.kind == "self-repeat" and "damage" in span.text and "harm" in span.other["text"]
    assert [(each["text"], each["other"]) for each in span.other["differences"]] == [("damage", "harm")]
    assert span.other["documents"] == ["4"]
