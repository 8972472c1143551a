"""The thesaurus in the package, and how its table is made."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest

from benchmarks import wordnet as script
from dedup.phrasing.reference.model import Reference
from dedup.phrasing.scoring.scorer import Scorer
from dedup.phrasing.suggest.thesaurus_index import NAME, ONLY_NAME, ThesaurusIndex
from dedup.phrasing.suggest.wordnet import ENGLISH, FILE, NOTHING, SAID, Wordnet

ZEROS = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [("help", "aid"), ("assaults", "attacks"), ("dialog", "dialogue"), ("bought", "purchased"), ("in truth", "really")],
)
def test_alternatives_have_the_form_of_the_word(words, expected):
    assert expected in [other for other, _ in Wordnet.shipped().ranked(words)]


def test_the_likeliest_are_first_and_the_word_itself_is_none_of_them():
    found = Wordnet.shipped().ranked("army")
    assert [worth for _, worth in found] == sorted((worth for _, worth in found), reverse=True)
    assert "army" not in dict(found)


@pytest.mark.parametrize("words", ["", "xyzzy", "Straße", "a b c d", "\n", "Obama", "the the the the"])
def test_what_it_does_not_know_has_none(words):
    assert ENGLISH.ranked(words) == () == NOTHING.ranked(words)


def test_nothing_that_would_embarrass_is_in_it():
    terms = set(Wordnet.shipped()._terms)
    assert terms.isdisjoint({"nigger", "fuck", "cunt", "whore", "kike", "faggot", "tit", "ass", "bimbo", "rape"})
    assert not any(term != term.lower() for term in terms)


def test_the_licence_stands_beside_the_table():
    text = FILE.with_suffix(".md").read_text()
    assert "Copyright 2006 by Princeton University" in text and FILE.stat().st_size < 4 << 20


def folder(path: Path) -> Path:
    """A small dictionary: two senses of "aid", a slur, a name, a more general word."""
    data = {
        "noun": [
            "00000001 04 n 02 aid 0 help 0 001 @ 00000002 n 0000 | work that supports",
            "00000002 04 n 01 work 0 000 | doing",
            "00000003 18 n 02 knave 0 churl 0 000 | (ethnic slur) offensive term for a person",
            "00000004 15 n 02 London 0 big_smoke 0 000 | a city",
        ],
        "verb": ["00000005 41 v 02 help 0 aid 0 000 | support"], "adj": [], "adv": [],
    }  # fmt: skip
    index = {
        "noun": [
            "aid n 1 0 1 0 00000001", "help n 1 0 1 0 00000001", "work n 1 0 1 0 00000002", "knave n 1 0 1 0 00000003",
            "churl n 1 0 1 0 00000003", "london n 1 0 1 0 00000004", "big_smoke n 1 0 1 0 00000004",
        ],
        "verb": ["aid v 1 0 1 0 00000005", "help v 1 0 1 0 00000005"], "adj": [], "adv": [],
    }  # fmt: skip
    for part in ZEROS:
        (path / f"data.{part}").write_text("".join(f"{line}\n" for line in data[part]))
        (path / f"index.{part}").write_text("".join(f"{line}\n" for line in index[part]))
        (path / f"{part}.exc").write_text("holpen help\n" if part == "verb" else "")
    return path


def test_a_table_of_a_folder(tmp_path):
    out = tmp_path / "table.npz"
    assert script.main(["--folder", str(folder(tmp_path)), "--out", str(out)]) == 0
    known = Wordnet(out)
    assert known._terms == ["aid", "big smoke", "help", "work"]
    assert [other for other, _ in known.ranked("helps")] == ["aids", "works"]
    assert known.ranked("helps")[0][1] > known.ranked("helps")[1][1]
    assert [other for other, _ in known.ranked("holpen")] == ["aided"]
    first = out.read_bytes()
    script.main(["--folder", str(tmp_path), "--out", str(out)])
    with np.load(out) as held:
        assert held["parts"].tolist() == [0, 0, 0, 1] and out.read_bytes()[-100:] == first[-100:]


def listed_words(reference: Reference, words: str) -> list[str]:
    """What is listed for words of a text."""
    (number,), lists = ThesaurusIndex(reference, SAID).lists([words.lower()])
    units = lists.units[lists.ends[number] : lists.ends[number + 1]].tolist()
    said = [unit for unit in units if words[0].isupper() or not lists.names[unit]]
    return [" ".join(map(reference.word, lists.words[unit, : lists.sizes[unit]].tolist())) for unit in said]


def test_a_word_that_is_mostly_a_name_is_meant_only_by_one_with_a_capital():
    reference = Reference.shipped()
    capitals = dict(zip(reference.spelt(), reference.word_capitals.tolist(), strict=True))
    assert NAME < capitals["county"] <= ONLY_NAME < capitals["trump"]
    assert "county" in listed_words(reference, "Administrative district")
    assert "county" not in listed_words(reference, "administrative district")
    for word in ("Outdo", "outdo", "Card", "Beat", "Best"):
        assert "trump" not in listed_words(reference, word)
    names = {word for word, share in capitals.items() if share > ONLY_NAME}
    assert names.isdisjoint(ThesaurusIndex(reference, SAID).ids)


SORTING = """
transgender transsexual gay lesbian homosexual queer straight muslim christian jewish jew catholic protestant hindu
atheist heathen infidel pagan black white colored coloured negro whites native natives aborigine alien foreigner
immigrant migrant refugee republican democrat liberal conservative leftist rightist communist socialist fascist
nazi extremist terrorist radical anarchist supremacist nationalist racist bigot illegal slave idiot fool moron
cripple deaf blind insane lunatic madman psychotic addict drunkard whore pervert criminal killer murderer thief
gypsy savage primitive bastard loser
"""


@pytest.mark.parametrize("word", SORTING.split())
def test_no_suggestion_sorts_people(word):
    """By origin, colour, faith, opinion, sexuality, health, or as bad or foolish: "older → transgender"."""
    asked = ["older", "strangers", "person", "people", "man", "worker", "bad", "odd", "other", "free"]
    asked += [other for other, _ in ENGLISH.ranked(word)]
    said = {other for one in asked for other, _ in SAID.ranked(one)}
    assert said.isdisjoint({word, f"{word}s"})


def test_what_is_not_said_is_known_all_the_same():
    """Spinners use such words, so the second look has to know them."""
    assert "terrorist" in dict(ENGLISH.ranked("radical")) and "terrorist" not in dict(SAID.ranked("radical"))


def test_without_a_listed_alternative_nothing_is_said():
    text = "The colossal plugh of the municipality was purchased by a xyzzy individual in the afternoon. " * 6
    by = Scorer(Reference.shipped(), thesaurus=NOTHING)
    assert [span.suggestion for _, span in by.ranked(text.encode()) if span.suggestion] == []


def test_phrases_that_are_not_looked_up_are_not_listed(monkeypatch):
    known = Wordnet.shipped()
    rng = Random("phrases")
    phrases = [term for term in known._terms if " " in term]
    words = [term for term in known._terms if " " not in term]
    asked = [" ".join(rng.choices(words, k=2)) for _ in range(400)]
    for phrase in rng.sample(phrases, 400):
        first, *rest = phrase.split(" ")
        asked += [phrase, phrase + "s", " ".join([first + "ed", *rest]), " ".join([first + "ing", *rest])]
    found = [known.ranked(one) for one in asked]
    assert sum(not known.may_list(one) for one in asked) > 100
    monkeypatch.setattr(Wordnet, "may_list", lambda self, words: True)
    assert found == [known.ranked(one) for one in asked]
