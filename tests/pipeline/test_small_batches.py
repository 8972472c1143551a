"""What the wording of few texts is judged by."""

from __future__ import annotations

import random

import pytest

from dedup import scan, score
from tests import texts

SPOKEN = {
    "German": "der die das und ist nicht ein eine Haus Stadt Fluss Brücke Hafen Schiff Wetter gestern heute morgen "
    "wurde haben Menschen sagte Bürgermeister Rat Straße alt neu groß klein über unter neben zwischen",
    "French": "le la les et est pas un une maison ville fleuve pont port bateau temps hier demain fut gens dit maire "
    "conseil rue vieux neuf grand petit sur sous entre avec",
    "Spanish": "el la los y es no un una casa ciudad puente puerto barco tiempo ayer hoy fue gente dijo alcalde calle "
    "viejo nuevo grande sobre bajo entre con",
}


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize("texts", [1, 14])
def test_few_texts_in_a_language_that_the_reference_does_not_know_are_not_judged(language, texts):
    draw, words = random.Random(1), SPOKEN[language].split()
    result = scan([" ".join(draw.choices(words, k=200)) for _ in range(texts)])
    assert not any(flag.kind == "mangled" for flags in result.flags.values() for flag in flags)
    assert result.phrasing is not None and all(score != score for score in result.phrasing.tolist())


@pytest.mark.parametrize("count", [1, 8])
def test_a_text_has_the_same_verdict_alone_and_among_others_that_are_spun_alike(count):
    """A batch is never what judges: one full of spun texts would have learned the wording of the spinner."""
    spun = [
        f"{texts.spun(texts.REPORT)} {texts.spun(texts.INDEPENDENT)} It is number {number}." for number in range(count)
    ]
    batch = [*spun, texts.REPORT, texts.INDEPENDENT]
    alone = [score(text) for text in batch]
    found = scan(batch)
    flagged = [any(flag.kind == "mangled" for flag in found.flags.get(row, ())) for row in range(len(batch))]
    assert flagged == [verdict.mangled for verdict in alone]
    assert found.phrasing.round(4).tolist() == pytest.approx([verdict.score for verdict in alone], abs=1e-4)


def test_a_large_batch_in_another_language_is_not_judged():
    """It would have judged itself from 100,000 words, and called nearly all of it mangled."""
    draw, words = (
        random.Random(2),
        [f"{first}{last}" for first in SPOKEN["German"].split() for last in ("", "en", "er")],
    )
    result = scan([" ".join(draw.choices(words, k=400)) for _ in range(270)])
    assert not result.flags and all(score != score for score in result.phrasing.tolist())
