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
