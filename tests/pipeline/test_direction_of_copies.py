"""Whole scans: who is called the copy, and who is kept, where the wording is garbled, open or in another language."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from dedup import scan
from dedup.model import ScanResult

PLAIN = (
    "The water board of Tarn Valley will drain the upper reservoir in March to repair a sluice that has leaked since "
    "the storm of last autumn. Engineers lowered a camera into the shaft and found that one of the iron gates had "
    "rusted through along its lower edge. While the work lasts, farmers below the dam will get water from two wells "
    "that were dug during the drought and have not been used for years. The board warned that pressure could be low "
    "in the mornings, and asked households to fill their tanks at night. Anglers were told that the trout would be "
    "caught and moved to the lower lake before the water is let out. A spokeswoman said the repair would cost less "
    "than feared, because the gates of an abandoned mill nearby have the same size and can be used again."
)
SPUN = {
    "drain": "evacuate", "upper": "higher", "repair": "mend", "leaked": "oozed", "storm": "tempest", "found":
    "discovered", "iron": "ferrous", "lower": "inferior", "farmers": "agriculturists", "wells": "fountains",
    "drought": "aridity", "used": "utilised", "warned": "admonished", "pressure": "insistence", "households":
    "menages", "anglers": "fishers", "caught": "captured", "moved": "transferred", "abandoned": "forsaken",
    "nearby": "close", "size": "magnitude", "feared": "dreaded", "cost": "be priced", "night": "dark",
}  # fmt: skip
GERMAN = (
    "Der Gemeinderat hat am Dienstag beschlossen, das alte Schulhaus am Marktplatz zu verkaufen. Das Gebäude "
    "steht seit drei Jahren leer, weil die Kinder nun in der neuen Schule am Bahnhof unterrichtet werden. Mehrere "
    "Vereine hatten gehofft, die Räume für Proben und Versammlungen nutzen zu können. Die Bürgermeisterin sagte, "
    "die Stadt könne sich den Unterhalt nicht länger leisten, denn das Dach müsse bald erneuert werden. Ein "
    "Bauunternehmer aus der Nachbarschaft will dort Wohnungen für ältere Menschen einrichten und den Hof als "
    "Garten erhalten. Die Gegner des Verkaufs haben angekündigt, Unterschriften zu sammeln und einen "
    "Bürgerentscheid zu verlangen."
)
GERMAN_SPUN = {
    "beschlossen": "entschieden", "alte": "betagte", "verkaufen": "veräußern", "Gebäude": "Bauwerk", "leer": "öde",
    "Kinder": "Sprösslinge", "Vereine": "Verbände", "gehofft": "erwartet", "Räume": "Zimmer", "nutzen": "gebrauchen",
    "sagte": "äußerte", "Unterhalt": "Alimente", "leisten": "gönnen", "bald": "demnächst", "erneuert": "renoviert",
    "Wohnungen": "Behausungen", "einrichten": "möblieren", "Hof": "Gehöft", "Garten": "Park", "Gegner": "Feinde",
    "sammeln": "horten", "verlangen": "fordern",
}  # fmt: skip
SPANISH = (
    "El ayuntamiento aprobó el martes la venta de la antigua escuela de la plaza. El edificio está vacío desde "
    "hace tres años, porque los niños estudian ahora en el colegio nuevo junto a la estación. Varias asociaciones "
    "esperaban poder usar las salas para ensayos y reuniones. La alcaldesa dijo que el municipio ya no puede "
    "pagar el mantenimiento, pues el techo debe cambiarse pronto. Un constructor del pueblo quiere hacer "
    "viviendas para personas mayores y conservar el patio como jardín. Los que se oponen a la venta anunciaron "
    "que reunirán firmas y pedirán una consulta a los vecinos."
)
SPANISH_SPUN = {
    "aprobó": "sancionó", "antigua": "añeja", "escuela": "academia", "edificio": "inmueble", "vacío": "hueco", "niños":
    "infantes", "estudian": "aprenden", "nuevo": "flamante", "usar": "emplear", "salas": "aposentos", "reuniones":
    "juntas", "dijo": "manifestó", "pagar": "abonar", "techo": "tejado", "pronto": "presto", "viviendas": "moradas",
    "conservar": "guardar", "patio": "corral", "firmas": "rúbricas", "vecinos": "habitantes",
}  # fmt: skip
DAY = datetime(2025, 3, 4, tzinfo=UTC).timestamp()


def replaced(text: str, words: dict[str, str]) -> str:
    return re.sub(r"\w+", lambda match: words.get(match[0], match[0]), text)


def every(number: int, text: str, old: str, new: str) -> str:
    """`text` with every so manieth `old` garbled."""
    parts = text.split(old)
    return parts[0] + "".join((new if at % number == 0 else old) + part for at, part in enumerate(parts[1:]))


GARBLED = {
    "capital I for l": PLAIN.replace("l", "I"),
    "zero for o": every(3, PLAIN, "o", "0"),
    "one for l": every(2, PLAIN, "l", "1"),
    "rn for m": PLAIN.replace("m", "rn"),
    "letters swapped": re.sub(r"\b(\w)(\w)(\w)(\w{4,})", r"\1\3\2\4", PLAIN),
    "vowels left out": re.sub(r"\b(\w{3})[aeiou](\w{2,})", r"\1\2", PLAIN),
    "accents": every(4, every(4, PLAIN, "a", "ä"), "e", "ê"),
    "spun": replaced(PLAIN, SPUN),
}


def scanned(source: str, copy: str, dates: tuple[float | None, float | None] = (None, None)) -> ScanResult:
    """The copy comes first and has the better name: nothing but the texts speaks for the source."""
    return scan([
        {"id": "a", "text": copy, "date": dates[1]},
        {"id": "source-of-it", "text": source, "date": dates[0]},
    ])  # fmt: skip


@pytest.mark.parametrize("name", GARBLED)
def test_garbled_words_are_no_better_wording(name):
    found = scanned(PLAIN, GARBLED[name])
    assert [edge.copy for edge in found.edges] in ([0], [None])
    if name != "accents":  # words that differ in accents alone are one word where texts are compared
        assert found.kept.tolist() == [False, True]


@pytest.mark.parametrize("name", GARBLED)
def test_garbled_words_do_not_outweigh_the_dates(name):
    edges = list(scanned(PLAIN, GARBLED[name], (DAY, DAY + 3600)).edges)
    assert all(edge.copy == 0 for edge in edges)


@pytest.mark.parametrize(("text", "words"), [(GERMAN, GERMAN_SPUN), (SPANISH, SPANISH_SPUN)], ids=["German", "Spanish"])
def test_of_a_language_that_the_reference_does_not_know_the_dates_alone_tell(text, words):
    spun = replaced(text, words)
    assert [edge.copy for edge in scanned(text, spun).edges] == [None]
    dated = scanned(text, spun, (DAY, DAY + 86400))
    assert [edge.copy for edge in dated.edges] == [0]
    assert dated.kept.tolist() == [False, True]
    turned = scanned(text, spun, (DAY + 86400, DAY))
    assert [edge.copy for edge in turned.edges] == [1], "wording is no reason to doubt a date"
