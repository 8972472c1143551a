"""Thesauri: the files they come from, what is wrong with those, inflection, and what the scorer makes of them."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import ConfigError, InputError
from dedup.phrasing.suggest import thesaurus as module
from dedup.phrasing.suggest import thesaurus_files
from dedup.phrasing.suggest.inflection import PARTS, Inflection
from dedup.phrasing.suggest.thesaurus import Thesaurus
from dedup.phrasing.suggest.thesaurus_files import ThesaurusEntry


def thesaurus(**entries: str) -> Thesaurus:
    """`word_or_phrase="other, other"`, of no part of speech."""
    return Thesaurus(ThesaurusEntry(word.replace("_", " "), others.split(", "), "") for word, others in entries.items())


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# --- files

MYTHES = """UTF-8
attack|2
(noun)|assault|operation (generic term)|defend (antonym)
(verb)|assault|assail|set on
big|1
(adj)|large|great (similar term)|size (related term)|little (antonym)
put up|1
(verb)|post
ME|1
(noun)|Maine
café|1
(noun)|coffeehouse
a long old talk|1
(noun)|talk
"""
FORMS = {
    "a.txt": "\ufeff# mine\nattack: assault, assail\r\n\n  put up : post,\nbig: large\n",
    "a": "attack: assault, assail\nput up: post\nbig: large",
    "a.csv": "word,synonyms\nattack,assault,assail\nput up,post,\n\nbig,large\n",
    "b.csv": "attack;assault;assail\nput up;post\nbig;large\n",
    "a.tsv": "attack\tassault\tassail\nput up\tpost\nbig\tlarge\n",
    "a.json": '{"attack": ["assault", "assail"], "put up": "post",\n "big": ["large"]}',
    "b": '\n {"attack": ["assault", "assail"], "put up": ["post"], "big": ["large"]}',
    "a.dat": MYTHES,
    "c": MYTHES,
    "b.dat": MYTHES.replace("UTF-8", "ISO8859-1").replace("\n", "\r\n").encode("latin-1"),
}


@pytest.mark.parametrize("name", FORMS)
def test_forms_of_files(tmp_path, name):
    known = Thesaurus.load(written(tmp_path, name, FORMS[name]))
    assert known.alike("attack")[:2] == ("assault", "assail")
    assert known.alike("assault") == ("attack",)
    assert known.alike("post") == ("put up",) and "post" in known.alike("put up")
    assert known.alike("large") == ("big",)


def test_what_mythes_says_of_terms(tmp_path):
    known = Thesaurus.load(written(tmp_path, "a.dat", MYTHES))
    assert known.alike("big") == ("large", "great")
    assert known.alike("operation") == known.alike("defend") == known.alike("size") == ()
    assert known.alike("attack") == ("assault", "assail", "set on")
    assert known.alike("me") == known.alike("maine") == (), "an abbreviation in capitals is no pronoun"
    assert known.alike("café") == ("coffeehouse",)
    assert known.alike("talk") == (), "phrases of four words and more are left out"


def test_codecs_of_mythes(tmp_path):
    path = written(tmp_path, "a.dat", "microsoft-cp1251\nдом|1\n-|здание\n".encode("cp1251"))
    assert Thesaurus.load(path).alike("дом") == ("здание",)


LICENCE = "  1 This is the licence.  \n"
WORDNET = {
    "data.noun": LICENCE
    + "00000001 04 n 02 attack 0 assault 0 001 @ 00000009 n 0000 | (military) an offensive; \"a | b\"  \n"
    + "00000009 04 n 01 operation 0 000 | an act  \n"
    + "00000002 04 n 02 ox 0 bullock 0 000 | cattle  \n",
    "data.verb": "00000001 30 v 03 prefer 0 favor 0 put_up 0 000 02 + 02 00 + 08 00 | like better  \n",
    "data.adj": "00000001 00 a 02 big 0 large(p) 0 002 & 00000002 a 0000 ! 00000003 a 0101 | of size  \n"
    "00000002 00 s 01 great 0 001 & 00000001 a 0000 | large  \n00000003 00 a 01 small 0 000 | not large  \n",
    "noun.exc": "oxen ox\nbrethren brother\n",
    "verb.exc": "preferred prefer\npreferring prefer\n",
}  # fmt: skip


def wordnet(folder: Path, **changed: str) -> Path:
    for name, text in (WORDNET | {name.replace("_", "."): text for name, text in changed.items()}).items():
        written(folder, name, text)
    return folder


def test_a_wordnet_folder(tmp_path):
    (tmp_path / "dict").mkdir()
    wordnet(tmp_path / "dict")
    for folder in (tmp_path, tmp_path / "dict"):
        known = Thesaurus.load(folder)
        assert known.alike("attack") == ("assault",) and known.alike("assaults") == ("attacks",)
        assert known.alike("operation") == known.alike("small") == ()
        assert known.alike("big") == ("large", "great") and known.alike("great") == ("big", "large")
        assert known.alike("oxen") == ("bullocks",) and known.alike("bullocks") == ("oxen",)
        assert known.alike("favored") == ("prefered", "preferred", "put up")
        assert known.alike("preferring") == ("favoring", "favorring", "putting up")


BAD = [
    ("a.txt", "a: b\n\nput up -> post\n", ":3: no ':' between a word and its alternatives: put up -> post"),
    ("a.txt", "a: b\n: c\n", ":2: alternatives without a word"),
    ("a.txt", "a: b\nc: , \n", ":2: no alternative for 'c'"),
    ("a.txt", "a: --\n", ":1: no letter in '--'"),
    ("a.txt", "a: b\x01\n", ":1: a control character (U+0001)"),
    ("a.txt", "a: " + "b" * 501, ":1: a word or phrase of 501 characters; the limit is 500"),
    ("a.txt", b"a: b\n\xff: c\n", ":2: not valid UTF-8 (byte 0xff)"),
    ("a.txt", "# nothing\n", ": no word with an alternative in it"),
    ("a.txt", "a: a\n", ": no word with an alternative in it"),
    ("a.txt", "", ": no word with an alternative in it"),
    ("a.csv", "a,b\nc\n", ":2: no alternative for 'c'"),
    ("a.csv", 'a,b\n"c\n', ":2: bad CSV"),
    ("a.json", '["a"]', ":1: not an object of words and their alternatives"),
    ("a.json", '{"a": ["b"],\n "c": 3}', ":2: the alternatives of 'c' are no texts: 3"),
    ("a.json", '{"a": ["b"],\n "c": ["d", null]}', ":2: the alternatives of 'c' are no texts"),
    ("a.json", '{"a": []}', ":1: no alternative for 'a'"),
    ("a.json", '{"a": ["\\ud800"]}', ":1: a control character (U+D800)"),
    ("a.json", '{"a": ', ":1: bad JSON"),
    ("a.json", '{"a": ' * 100_000, "bad JSON"),
    ("a.dat", "", ":1: not a MyThes thesaurus: the first line names no known encoding: "),
    ("a.dat", "hex\na|1\n(noun)|b\n", ":1: not a MyThes thesaurus: the first line names no known encoding: hex"),
    ("a.dat", "\0\na|1\n(noun)|b\n", ":1: not a MyThes thesaurus"),
    ("a.dat", b"\xfe\xff\xff\n", ":1: not a MyThes thesaurus"),
    ("a.dat", "UTF-8\na|1\n(noun)|b\nb\n", ":4: not a word with the number of its meanings: b"),
    ("a.dat", "UTF-8\na|1\n(noun)|b\nb|x\n", ":4: not a word with the number of its meanings: b|x"),
    ("a.dat", "UTF-8\na|1\n(noun)\n", ":3: no line of meanings: (noun)"),
    ("a.dat", "UTF-8\na|3\n(noun)|b\n", ":2: 'a' has fewer meanings than the 3 it promises"),
    ("a.dat", "UTF-8\na|99999999999\n(noun)|b\n", ":2: not a word with the number of its meanings"),
    ("a.dat", b"UTF-8\na|1\n(noun)|\xff\n", ":3: not valid UTF-8 (byte 0xff)"),
    ("a", "UTF-8\na|3\n(noun)|b\n", ":2: 'a' has fewer meanings than the 3 it promises"),
]


@pytest.mark.parametrize(("name", "text", "message"), BAD)
def test_bad_files_name_file_line_and_reason(tmp_path, name, text, message):
    path = written(tmp_path, name, text)
    with pytest.raises(ConfigError) as caught:
        Thesaurus.load(path)
    assert str(caught.value).startswith(f"{path}")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < len(str(path)) + 200


@pytest.mark.parametrize(
    "line",
    [
        "no line", "00000001 04 n zz a 0 000 | b", "00000001 04 n 02 a 0 000 | b", "00000001 04 n 01 a 0 | b",
        "00000001 04 n 01 a 0 002 @ 00000009 n 0000 | b", "00000001 04 n 00 000 | b", "00000001 04 n 01 a 0 x | b",
    ],
)  # fmt: skip
def test_a_bad_wordnet_line(tmp_path, line):
    wordnet(tmp_path, data_noun=LICENCE + line + "\n")
    with pytest.raises(ConfigError, match=r"data\.noun:2: no line of a WordNet dictionary: .+"):
        Thesaurus.load(tmp_path)


def test_other_bad_folders(tmp_path):
    with pytest.raises(InputError, match="a folder, but no WordNet dictionary"):
        Thesaurus.load(tmp_path)
    wordnet(tmp_path, noun_exc="oxen ox\n\nbrethren\n")
    with pytest.raises(ConfigError, match=r"noun\.exc:3: an irregular form without its word: brethren"):
        Thesaurus.load(tmp_path)
    wordnet(tmp_path, data_noun=f"00000001 04 n ff {'a 0 ' * 255}000 | b\n")
    with pytest.raises(ConfigError, match=r"data\.noun:1: 255 words of one sense; the limit is 200"):
        Thesaurus.load(tmp_path)


def test_a_missing_file_is_an_input_error(tmp_path):
    for path in (tmp_path / "none.txt", tmp_path / "\0", tmp_path / ("x" * 5000)):
        with pytest.raises(InputError, match=r".+: .+"):
            Thesaurus.load(path)


def test_files_are_bounded(tmp_path, monkeypatch):
    path = written(tmp_path, "a.txt", "a: b\nc: d, e\n")
    monkeypatch.setattr(thesaurus_files, "MOST_PAIRS", 2)
    with pytest.raises(ConfigError, match=r"a\.txt: too many alternatives; the limit is 2"):
        Thesaurus.load(path)
    monkeypatch.setattr(thesaurus_files, "MOST_BYTES", 5)
    with pytest.raises(ConfigError, match="too large for a thesaurus"):
        Thesaurus.load(path)
    with pytest.raises(ConfigError, match=r"noun\.exc: too large for a thesaurus"):
        Thesaurus.load(wordnet(tmp_path))


# --- alternatives


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("assault", "attack"), ("assaults", "attacks"), ("assaulted", "attacked"), ("assaulting", "attacking"),
        ("mentioned", "said"), ("says", "mentions"), ("saying", "mentioning"), ("said", "mentioned"),
        ("halted", "stopped"), ("stopping", "halting"), ("stops", "halts"),
        ("puts up", "posts"), ("putting up", "posting"), ("posted", "put up"), ("post", "put up"),
        ("agencies", "bureaus"), ("bureaus", "agencies"), ("watches", "guards"), ("guards", "watches"),
        ("bigger", "larger"), ("largest", "biggest"), ("children", "kids"), ("kid", "child"),
        ("chiefs of staff", "heads"), ("heads", "chiefs of staff"), ("spokesmen", "speakers"), ("tying", "binding"),
        ("bound", "tied"), ("took part", "participated"), ("participating", "taking part"), ("tried", "attempted"),
        ("attempts", "tries"), ("carried", "bore"), ("carried", "borne"), ("permitting", "letting"),
        ("let", "permitted"), ("dialogue", "talk"),
    ],
)  # fmt: skip
def test_an_alternative_has_the_form_of_the_word(words, expected):
    known = thesaurus(
        attack="assault", say="mention", stop="halt", put_up="post", agency="bureau", watch="guard", big="large",
        child="kid", chief_of_staff="head", spokesman="speaker", tie="bind", take_part="participate", attempt="try",
        bear="carry", let="permit", dialogue="talk",
    )  # fmt: skip
    assert expected in known.alike(words)


def test_lookups_are_symmetric():
    known = thesaurus(attack="assault, raid", raid="swoop")
    assert known.alike("attack") == ("assault", "raid")
    assert known.alike("raid") == ("attack", "swoop")
    assert known.alike("swoop") == ("raid",), "what a word's alternative has is none of the word's own"


def test_parts_of_speech_have_their_own_forms():
    known = Thesaurus(
        [
            ThesaurusEntry("aid", ["help"], "noun"),
            ThesaurusEntry("build", ["erect"], "verb"),
            ThesaurusEntry("big", ["vast"], "adj"),
        ]
    )
    assert known.alike("aids") == ("helps",) and known.alike("aided") == ()
    assert known.alike("built") == ("erected",) and known.alike("bigger") == ("vaster",)


def test_the_word_itself_is_no_alternative():
    known = thesaurus(put="set", set="put, place")
    assert "put" not in known.alike("put") and "set" in known.alike("put")


@pytest.mark.parametrize("words", ["", " ", "  ", "a b c d", "s", "es", "ing", "'", "x" * 1_000_000, "a " * 1_000_000])
def test_strange_words_have_no_alternatives(words):
    assert thesaurus(attack="assault").alike(words) == ()


def test_alternatives_are_bounded():
    known = thesaurus(attack=", ".join(f"word{'x' * number}" for number in range(5_000)))
    assert len(known.alike("attack")) == module.MOST
    assert len(known.alike("attacked")) == module.MOST


WORDS = st.text(st.sampled_from("abeinrsty"), min_size=1, max_size=8)
NAMED = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)


@given(NAMED, st.sampled_from(sorted({form for forms in PARTS.values() for form in forms})))
def test_every_form_is_read_as_one_of_its_word(lemma, form):
    forms = Inflection()
    for word in forms.inflected(lemma, form):
        assert (lemma, form) in list(forms.readings(word))


@given(st.text(), st.text())
def test_any_text_can_be_looked_up(one, other):
    known = Thesaurus([ThesaurusEntry(one, [other], "")])
    known.alike(one)
    known.alike(one.lower())


@given(st.dictionaries(NAMED, st.lists(NAMED, min_size=1, max_size=3), min_size=1))
def test_json_and_lines_hold_the_same(tmp_path_factory, entries):
    folder = tmp_path_factory.mktemp("lists")
    text = "".join(f"{word}: {', '.join(others)}\n" for word, others in entries.items())
    found = []
    for name, content in (("a.json", json.dumps(entries)), ("a.txt", text)):
        try:
            known = Thesaurus.load(written(folder, name, content))
        except ConfigError as error:
            found.append(str(error).partition(": ")[2])
        else:
            found.append([known.alike(word) for word in entries])
    assert found[0] == found[1]


# --- what the scorer makes of it

SPUN = """
KYIV, 4 July. The president mentioned on Friday that he had spoken by phone with his American counterpart about army
help and about the newest assaults on the capital. Officers in the city mentioned that rescue crews were nonetheless
working on the websites that had been hit in a single day, and that not less than two individuals had been killed. In a
put up on social media he mentioned that the 2 leaders had agreed to strengthen the safety of the nation and to proceed
talks between their groups in the coming weeks. The assaults broken residential buildings, faculties and a hospital.
""".replace("\n", " ")


def test_listed_wordings_are_suggested():
    from dedup.phrasing.reference.model import Reference
    from dedup.phrasing.scoring.scorer import Scorer

    listed = thesaurus(say="mention", attack="assault", military_aid="army help", post="put up")
    found = {}
    for known in (None, listed):
        scorer = Scorer(Reference.shipped(), thesaurus=known)
        spans = [span for _, span in scorer.ranked(SPUN.encode())]
        assert all(SPUN[span.start : span.end] == span.text for span in spans)
        ordered = sorted(spans, key=lambda span: span.start)
        assert all(one.end <= other.start for one, other in pairwise(ordered)), "no overlap"
        found = {span.text: span.suggestion for span in spans}
    assert found["army help"] == "military aid"
    assert [said.split()[0] for text, said in found.items() if text.startswith("assaults")] == ["attacks"]
    assert found["mentioned"] == "said"
    assert found["put up"] == "post", "the phrase reaches out of the place, which was its first word alone"


def test_an_entry_without_a_word_is_passed_over(tmp_path):
    """Debian's mythes-de begins with one."""
    path = tmp_path / "th_de_DE_v2.dat"
    path.write_text("UTF-8\n|2\n-|(Jahreszahl)|anno (...)\n-|im Jahr\nauto|1\n-|wagen|kraftwagen\n", "utf-8")
    assert Thesaurus.load(path).alike("auto") == ("wagen", "kraftwagen")
