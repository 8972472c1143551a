"""Texts judged by the shipped reference: good and spun ones, and what is no running English text at all."""

from __future__ import annotations

import json
import os
import random
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from benchmarks.spinner import Vocabulary, spin
from dedup.model import Phrasing
from dedup.phrasing.lists.phrase_files import Record
from dedup.phrasing.lists.phrases import Phrases
from dedup.phrasing.reference.model import Reference
from dedup.phrasing.scoring import scorer as module
from dedup.phrasing.scoring.kinds import ANOTHER_AGE, FOREIGN, SHORT, STRANGE
from dedup.phrasing.scoring.scorer import MOST_SPANS, Scorer
from dedup.phrasing.suggest import suggestion
from dedup.phrasing.suggest.rewording import PLACES
from dedup.text.sentences import CAPITAL, DIGIT
from tests import texts
from tests.cost import costs_at_most
from tests.phrasing import factories

pytestmark = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="takes minutes without compiled kernels"
)

FLOOD = """\
Heavy rain forced hundreds of people from their homes along the Tanner River on Thursday, and officials warned that \
the worst of the flooding was still to come.

The National Weather Service said up to six inches of rain had fallen since Wednesday morning. By noon the river \
stood four feet above flood stage at Millbrook, the highest level in more than 20 years, and it was expected to rise \
further overnight.

"We have never seen the water come up this fast," said Carol Denning, who has lived in the town since 1984. She and \
her husband spent the night at a high school gymnasium where the Red Cross had set up about 200 beds.

Gov. Alan Pruitt declared a state of emergency in five counties and asked the federal government for help. He told \
reporters that the National Guard would deliver sandbags and drinking water, and urged residents to stay off the \
roads. "Most of the people we have had to rescue were in their cars," he said.

Two bridges were closed, and at least 40 roads were under water, according to the state police. The school district \
canceled classes for the rest of the week. No deaths have been reported, but a spokesman for the county sheriff said \
three people were missing.

Farmers said the storm could destroy much of the corn crop, which was only weeks away from the harvest. The last \
major flood, in 1996, caused more than $30 million in damage.
"""
VOCABULARY = Vocabulary.of("flood", {head: (other,) for head, other in {
    "heavy rain": "substantial rainfall", "forced": "compelled", "people": "individuals", "homes": "residences",
    "officials": "authorities", "warned": "cautioned", "worst": "most noticeably awful", "still": "nonetheless",
    "said": "mentioned", "fallen": "tumbled", "highest level": "most elevated stage", "expected": "anticipated",
    "rise": "ascend", "overnight": "in a single day", "seen": "viewed", "water": "aqua", "fast": "quick",
    "lived": "dwelled", "husband": "spouse", "spent": "invested", "night": "evening", "set up": "arrange up",
    "asked": "inquired", "help": "aid", "told": "instructed", "deliver": "supply", "drinking": "consuming",
    "urged": "prompted", "residents": "inhabitants", "stay off": "keep away", "rescue": "salvage", "cars": "autos",
    "closed": "shut", "roads": "streets", "state police": "nation police", "canceled": "abrogated", "rest": "remainder",
    "deaths": "fatalities", "reported": "announced", "spokesman": "representative", "missing": "lacking",
    "destroy": "obliterate", "much": "a lot", "weeks": "several weeks", "last": "closing", "major": "foremost",
    "caused": "prompted on", "damage": "harm", "government": "authorities", "federal": "national",
}.items()})  # fmt: skip
GERMAN = """\
Der Stadtrat hat am Dienstag beschlossen, das alte Straßenbahndepot in der Mühlstraße für 2,4 Millionen Kronen zu \
kaufen. Damit endet ein Streit, der die Bewohner fast drei Jahre lang entzweit hatte. Die Bürgermeisterin sagte, in \
dem Gebäude sollten eine Bücherei, ein kleines Theater und Büros für Vereine entstehen. „Wir durften nicht zulassen, \
dass der letzte große Saal in der Mitte zu einem weiteren Parkplatz wird“, sagte sie nach der Sitzung vor \
Journalisten. Die Opposition kritisierte den Preis. Ein unabhängiges Gutachten habe allein die Kosten der Reparatur \
auf 900.000 Kronen geschätzt. Die Arbeiten sollen im Herbst beginnen, und die Bücherei könnte im Frühjahr des \
nächsten Jahres öffnen.
"""
FRENCH = """\
Le conseil municipal a décidé mardi d'acheter l'ancien dépôt de tramways de la rue du Moulin pour 2,4 millions de \
couronnes, ce qui met fin à une dispute qui divisait les habitants depuis presque trois ans. La maire a déclaré que \
le bâtiment accueillerait une bibliothèque, un petit théâtre et des bureaux pour les associations. « Nous ne \
pouvions pas laisser la dernière grande salle du centre devenir un parc de stationnement », a-t-elle dit aux \
journalistes après la réunion. L'opposition a critiqué le prix. Selon une étude indépendante, les réparations \
coûteraient à elles seules 900 000 couronnes. Les travaux devraient commencer en automne, et la bibliothèque \
pourrait ouvrir au printemps prochain.
"""
SPANISH = """\
El ayuntamiento decidió el martes comprar la antigua cochera de tranvías de la calle del Molino por 2,4 millones de \
coronas, lo que pone fin a una disputa que había dividido a los vecinos durante casi tres años. La alcaldesa dijo \
que el edificio albergará una biblioteca, un pequeño teatro y oficinas para asociaciones. «No podíamos permitir que \
la última gran sala del centro se convirtiera en otro aparcamiento», dijo a los periodistas después de la reunión. \
La oposición criticó el precio. Un estudio independiente calculó que solo las reparaciones costarían 900.000 \
coronas. Las obras empezarán en otoño, y la biblioteca podría abrir en la primavera del próximo año.
"""
LYRICS = "\n".join(
    ["Oh baby, baby, hold me tight", "la la la, la la la, all through the night", "I never, never wanna let you go",
     "na na na, hey hey, na na na", "(hey!) and I told you so"] * 10
)  # fmt: skip


@cache
def scorer() -> Scorer:
    return Scorer(Reference.shipped())


def score(text: str, by: Scorer | None = None) -> Phrasing:
    (found,) = (by or scorer()).score([text.encode()])
    return checked(text, found)


def checked(text: str, found: Phrasing) -> Phrasing:
    """What holds of every verdict."""
    assert (found.score is None) == (found.reason is not None)
    assert found.score is None or 0 <= found.score <= 1
    assert not found.mangled or found.score is None or found.score >= scorer().threshold
    assert found.mangled or found.score is None or found.score < scorer().weights.always
    assert len(found.spans) <= MOST_SPANS
    end = 0
    for span in found.spans:
        assert end <= span.start < span.end <= len(text)
        assert text[span.start : span.end] == span.text and span.text.strip() == span.text
        assert span.suggestion is None or (span.suggestion and span.suggestion != span.text)
        assert span.suggestion is None or span.gain is None or span.gain > 0
        end = span.end
    return found


def spun(share: float = 1.0) -> str:
    return spin(FLOOD, VOCABULARY, share, "flood").text


MANGLED = spun() + texts.spun(texts.REPORT) * 3


@pytest.mark.parametrize("text", [FLOOD, texts.REPORT, texts.INDEPENDENT], ids=["flood", "report", "independent"])
def test_good_english_is_clean(text):
    found = score(text)
    assert not found.mangled and found.score < 0.3 and found.reason is None


def test_a_spun_text_is_the_worse_the_more_of_it_is_spun():
    clean, some, all_of_it, twice = map(score, (FLOOD, spun(0.5), spun(), MANGLED))
    assert clean.score < some.score < all_of_it.score < twice.score
    assert all_of_it.score > 10 * clean.score
    assert twice.mangled and not clean.spans and len(twice.spans) >= 6
    assert score(texts.spun(texts.REPORT)).score > score(texts.REPORT).score + 0.1


def test_the_places_that_are_shown_are_those_that_were_replaced():
    done = spin(FLOOD, VOCABULARY, 1.0, "flood")
    replaced = np.zeros(len(done.text), bool)
    for _, _, begin, end in done.substitutions:
        replaced[begin:end] = True
    worst = [span for _, span in scorer().ranked(done.text.encode())[:8]]
    assert np.mean([replaced[span.start : span.end].any() for span in worst]) >= 0.7


@pytest.mark.parametrize(
    "text",
    [
        "", "word", " \n\t ", "…", "\u200b\u00ad", "Rain fell.", "\U0001f600" * 300, ("a " * 59).strip(), "字", "1 2 3",
    ],
)  # fmt: skip
def test_too_little_text(text):
    assert score(text) == Phrasing(None, False, (), SHORT)


def names(count: int) -> str:
    known = ["Brandt", "Weir", "Roth", "Anneke", "Ilse", "Harrow", "Vale", "Easter", "Lock", "Mill", "Canal", "Denning"]
    return " ".join(random.Random(1).choices(known, k=count))


def table(rows: int) -> str:
    rng = random.Random(2)
    return "\n".join("\t".join(str(rng.randint(1, 9999)) for _ in range(8)) for _ in range(rows))


FOREIGN_TEXTS = {
    "German": GERMAN, "French": FRENCH, "Spanish": SPANISH, "names": names(300), "a table": table(60),
    "Chinese": "陆军帮助乌克兰总统说" * 40, "Russian": "Городской совет решил во вторник купить старое депо. " * 20,
    "Hindi": "नगर परिषद ने मंगलवार को पुराना डिपो खरीदने का फैसला किया। " * 20,
    "hashes": " ".join(f"{number * 7919:08x}f" for number in range(400)), "one word": "depot " * 500,
    "JSON": json.dumps([{"id": n, "name": f"depot {n}", "size": [n, n + 1]} for n in range(80)]),
}  # fmt: skip


@pytest.mark.parametrize("what", FOREIGN_TEXTS)
def test_what_the_reference_does_not_know_is_not_judged(what):
    assert score(FOREIGN_TEXTS[what]) == Phrasing(None, False, (), FOREIGN)


def test_odd_texts_are_judged_or_not_but_never_fail():
    odd = [
        LYRICS, texts.WEATHER, FLOOD + GERMAN, GERMAN + FLOOD + FRENCH, FLOOD.replace(" ", "\u00a0"),
        FLOOD.replace("e", "e\u0301"), FLOOD.replace("\n", "\r\n"), "\ufeff" + FLOOD, FLOOD.replace(" ", "\x00"),
        FLOOD[::-1], " ".join(FLOOD), FLOOD.replace(" ", "-"), FLOOD.replace(" ", ", "), "“" * 3000 + FLOOD,
        "x" * 100_000 + " " + FLOOD, "(" + " the of and to a in" * 200, FLOOD.translate({ord("o"): "о"}),
        Path(module.__file__).read_text(), "<p>" + FLOOD.replace("\n\n", "</p><p>") + "</p>", FLOOD.title(),
        FLOOD.lower(), FLOOD.swapcase(),
    ]  # fmt: skip
    for text, found in zip(odd, scorer().score([text.encode() for text in odd]), strict=True):
        checked(text, found)
    assert scorer().score([]) == []


def test_capitals_are_no_fault():
    assert score(FLOOD.upper()).score < 0.3
    shouted = score(MANGLED.upper())
    assert shouted.score > 0.5 and shouted.spans
    assert all(span.suggestion is None or span.suggestion.isupper() for span in shouted.spans)


def test_places_hold_beyond_the_basic_plane():
    """An emoji is four bytes, two code units elsewhere, and one character here."""
    text = MANGLED.replace(". ", ". \U0001f600\U0001f44d\U0001f3fd ").replace("river", "rivër 𝒳")
    found = score("\U0001f30a\ufeff " + text)
    assert found.mangled and len(found.spans) >= 6
    assert {span.text for span in found.spans} & {span.text for span in score(MANGLED).spans}


FUNCTION = "the of to thou and a thy in that he is for hath with as his unto on be at this"


def test_english_whose_function_words_stand_elsewhere_is_not_judged():
    """Verse, or another century: no spinner moves function words."""
    rng = np.random.default_rng(4)
    old = " ".join(f"{' '.join(rng.permutation(FUNCTION.split())[:5])} {word}" for word in FLOOD.split())
    assert score(old) == Phrasing(None, False, (), ANOTHER_AGE)
    strange = " ".join(word for word in old.split() if word not in {"thou", "thy", "hath", "unto"})
    assert score(strange).reason == STRANGE


@pytest.mark.parametrize("what", ["spun", "words at random"])
def test_five_megabytes_take_seconds(what):
    rng = np.random.default_rng(3)
    words = sorted(set(FLOOD.split()))
    text = (spun() + "\n") * (5_000_000 // len(spun())) if what == "spun" else " ".join(rng.choice(words, 800_000))
    score(FLOOD)
    with costs_at_most(500):
        found = score(text)
    assert len(found.spans) <= MOST_SPANS
    assert found.reason == (None if what == "spun" else STRANGE)


BATCH = [
    FLOOD,
    spun(),
    "",
    texts.REPORT,
    GERMAN,
    spun(0.5),
    texts.INDEPENDENT,
    "word",
    spun() * 9,
    LYRICS,
    FLOOD.upper(),
]


def test_the_same_alone_and_in_any_batch_with_a_pool_or_without(monkeypatch):
    encoded = [text.encode() for text in BATCH]
    alone = [scorer().score([text])[0] for text in encoded]
    assert scorer().score(encoded) == alone
    assert scorer().score(encoded[::-1])[::-1] == alone
    assert Scorer(Reference.shipped()).score(encoded) == alone
    for chunk in (1, 2000, 5000):
        monkeypatch.setattr(module, "CHUNK", chunk)
        with ThreadPoolExecutor(3) as pool:
            assert scorer().score(encoded * 3, pool) == alone * 3
            assert [found for part in pool.map(scorer().score, [encoded] * 4) for found in part] == alone * 4


def test_a_article_before_the_wrong_letter_is_a_fault():
    wrong = FLOOD.replace("a state of emergency", "an state of emergency").replace("a high school", "an high school")
    wrong = wrong.replace("a spokesman", "an spokesman")
    judged = [scorer().judge([text.encode()]) for text in (FLOOD, wrong)]
    words = [FLOOD.encode()[begin:end] for begin, end in judged[0].spans]
    for word, behind in ((b"a", b"state"), (b"a", b"high"), (b"a", b"spokesman")):
        at = next(n for n in range(len(words)) if words[n : n + 2] == [word, behind])
        assert judged[1].odds[at + 1] > judged[0].odds[at + 1]
    assert score(wrong).score > score(FLOOD).score


def test_semicolons_before_a_blank_are_counted_in_each_text():
    drawn = random.Random("semicolons")
    texts = [bytes(drawn.choices(b"; ab;\n", k=drawn.choice((0, 1, 2, 30, 90)))) for _ in range(60)]
    assert scorer().judge(texts).semicolons.tolist() == [text.count(b"; ") for text in texts]
    assert len(scorer().judge([]).semicolons) == 0


def test_ranked_places_are_shown_of_any_text_worst_first():
    found = scorer().ranked(spun(0.5).encode())
    chances = [chance for chance, _ in found]
    assert len(found) > 3 and chances == sorted(chances, reverse=True) and 0 < chances[-1] <= chances[0] <= 1
    checked(spun(0.5), Phrasing(0.0, False, tuple(sorted(span for _, span in found))))
    assert scorer().ranked(b"") == []


def test_known_phrases_are_shown_also_where_nothing_is_judged():
    known = Phrases([Record("substantial rainfall", "heavy rain", "here"), Record("aqua", "water", "here")])
    by = Scorer(Reference.shipped(), known)
    found = score(spun(), by)
    assert [span.suggestion for span in found.spans if span.text.lower() == "substantial rainfall"] == ["heavy rain"]
    assert {span.suggestion for span in found.spans if span.text == "aqua"} == {"water"}
    short = score("Some aqua.", by)
    assert (short.score, short.reason, [span.text for span in short.spans]) == (None, SHORT, ["aqua"])


def test_a_text_of_the_reference_is_judged_as_if_it_were_not():
    """A reference that was made of the text alone finds nothing wrong with it, until it forgets it."""
    others = [factories.sentence_soup(f"other {number}", 80) for number in range(12)]
    text = (spun() + " ") * 2
    by = Scorer(factories.made([FLOOD, texts.REPORT, *others, text, text]))
    kept, forgotten = (by.judge([text.encode()], np.array([left])) for left in (-1, 0))
    assert kept.chances.sum() > forgotten.chances.sum()
    assert (kept.spans == forgotten.spans).all()


@pytest.mark.parametrize(
    ("wording", "shown", "cased"),
    [
        (None, "Army", None), ("military aid", "army help", "military aid"), ("military aid", "Army help",
        "Military aid"), ("military aid", "ARMY HELP", "MILITARY AID"), ("air", "A", "Air"), ("über", "x", "über"),
        ("Air Force", "air drive", "Air Force"),
    ],
)  # fmt: skip
def test_a_wording_has_the_capitals_of_what_it_stands_for(wording, shown, cased):
    assert suggestion.cased(wording, shown) == cased


def test_bits_of_words_that_are_judged():
    judged = scorer().judge([b"The 3rd of May"])
    assert (judged.bits & CAPITAL > 0).tolist() == [True, False, False, True]
    assert (judged.bits & DIGIT > 0).tolist() == [False, True, False, False]


def test_the_worked_documents(shared):
    """A spun report, two clean ones, and a stilted one of another day."""
    clean, mangled, other, stilted = (
        path.read_text() for path in sorted((shared / "seeds").glob("00[0-3]_*.txt"))
    )  # fmt: skip
    found = score(mangled)
    assert found.mangled and found.spans
    for text in (clean, other, stilted):
        assert not score(text).mangled and 4 * score(text).score < found.score
        assert len(score(text).spans) <= 1


@pytest.mark.parametrize("text", [spun(), texts.spun(texts.REPORT)], ids=["flood", "report"])
def test_words_that_synonyms_mend_make_a_text_mangled(text):
    """Its means alone do not: most of its words are as they were."""
    judged = scorer().judge([text.encode()])
    first, second = scorer().weights.texts(judged.documents, judged.lengths[:, 0]), scorer().text_odds(judged)
    assert second > first + 1 and score(text).mangled
    assert 1 / (1 + np.exp(-first)) < scorer().bars(judged) <= score(text).score
    assert score(text).spans


def test_a_second_look_forgets_what_the_reference_is_to_forget(monkeypatch):
    """As the first one does: a text that the reference was made of looks like any other."""
    text, seen = spun().encode(), []
    by = Scorer(Reference.shipped())
    judged = by.judge([text] * 2, np.array([-1, 0]))
    assert judged.forgotten == (None, text)
    kept, _ = by.gains(judged, np.arange(2))
    assert (kept == by.gains(by.judge([text]), np.arange(1))[0]).all() and len(kept) == PLACES
    monkeypatch.setattr(by._rewordings, "gains", lambda *given: seen.append(given[-1]) or np.zeros((1, PLACES)))
    by.gains(judged, np.arange(2))
    codes = by.columns.codes[judged.streams[2 : judged.lengths[0, 1] - 2]]
    assert len(seen[0].keys) == 1 and set(codes.tolist()) < set(seen[1].keys.tolist())
    assert seen[1].counts.sum() == 4 * len(codes) - 5


def test_a_reference_of_another_language_takes_no_second_look():
    by = Scorer(factories.made(["der rat kauft das alte depot und die bahn. " * 40, GERMAN * 3]))
    assert not by.columns.english
    judged = by.judge([GERMAN.encode()])
    assert by.text_odds(judged) == by.weights.texts(judged.documents, judged.lengths[:, 0])


@pytest.mark.parametrize("blank", ["\n", " ", ""])
def test_the_beginning_of_a_long_text_is_judged(monkeypatch, blank):
    """What stands behind it is not looked at, and known phrases are found in all of it."""
    _, reference = factories.soup()
    monkeypatch.setattr(module, "LONGEST", 2000)
    begin = ("the cat sat on the mat and é" + blank) * 80
    judge = Scorer(reference)
    long, head = judge.review([(begin + "zyx " * 500).encode()]), module.head((begin + "zyx " * 500).encode())
    assert 1900 < len(head) <= 2000 and begin.encode().startswith(head.rstrip())
    assert long == judge.review([head])
    assert module.head(begin[:900].encode()) == begin[:900].encode()
