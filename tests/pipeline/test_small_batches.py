"""What the wording of few texts is judged by."""

from __future__ import annotations

import random

import pytest

from dedup import scan

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
