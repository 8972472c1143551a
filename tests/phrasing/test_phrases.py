"""Known phrases: where they are found, against a slow twin; the files they come from; what is wrong with those."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.errors import ConfigError, InputError
from dedup.model import Span
from dedup.phrasing.lists import folding, list_files, phrase_files
from dedup.phrasing.lists.phrase_files import Record
from dedup.phrasing.lists.phrases import Phrases
from dedup.text import unicode_table as table
from tests.text import naive


def phrases(*entries: str | tuple[str, str | None]) -> Phrases:
    pairs = [(entry, None) if isinstance(entry, str) else entry for entry in entries]
    return Phrases([Record(phrase.strip(), expected, "here") for phrase, expected in pairs])


def found(known: Phrases, text: str) -> list[tuple[str, str | None]]:
    spans = known.find(text)
    assert all(text[span.start : span.end] == span.text for span in spans)
    return [(span.text, span.suggestion) for span in spans]


def texts(known: Phrases, text: str) -> list[str]:
    return [text for text, _ in found(known, text)]


# --- the twin: tokens by plain loops, and every phrase tried at every token


HANGUL_FILLER = "\u3164"


def kind(char: str) -> int:
    """Marks belong to their letters here, also those that words are compared without."""
    is_mark = unicodedata.category(char)[0] == "M" and char not in table.INVISIBLES
    return table.MARK if is_mark else naive.kind(char)


def folded(char: str) -> str:
    if char == "\u0e33":  # Thai am, whose parts would belong to two words
        return char
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())


def characters(text: str) -> list[tuple[str, int, str]]:
    """Folded characters: what, where from, and w(ord), s(ingle), m(ark of a letter), p(unctuation) or blank."""
    out: list[tuple[str, int, str]] = []
    last = ""
    for at, char in enumerate(text):
        if unicodedata.category(char) == "Cf" or kind(char) == table.IGNORED or char == HANGUL_FILLER:
            continue
        if char in "-\u2010\u2011\u2013":
            out.append(("-", at, "p"))
        elif char in "'\u2019":
            out.append(("'", at, "p"))
        elif char.isspace():
            out.append((" ", at, " "))
        elif kind(char) == table.SEPARATOR or char == "²":
            out.append((char, at, "p"))
        else:
            for part in folded(char):
                if kind(part) != table.MARK:
                    out.append((part, at, "s" if kind(part) == table.SINGLE else "w"))
                elif out and out[-1][2] in "wsm" and not (part == "\u0307" and last == "i"):
                    out.append((part, at, "m"))
                last = part
    return out


def tokens(text: str) -> list[tuple[str, int, int]]:
    """Folded token, start and end in `text`."""
    chars = characters(text)

    def kind(at: int) -> str:
        return chars[at][2] if 0 <= at < len(chars) else " "

    def what(at: int) -> str:
        return chars[at][0] if 0 <= at < len(chars) else " "

    def joins(at: int) -> bool:
        if what(at) in ".,":
            return all(what(near) in "0123456789" for near in (at - 1, at + 1))
        return what(at) == "'" and what(at - 1) == "n" and what(at + 1) == "t" and kind(at + 2) not in "wsm"

    kinds = ["w" if kind(at) == "p" and joins(at) else kind(at) for at in range(len(chars))]
    out: list[list] = []
    inside = ""
    for at, (char, origin, _) in enumerate(chars):
        now = kinds[at]
        touches = any(0 <= near < len(chars) and kinds[near] in "wsm" for near in (at - 1, at + 1))
        if now == " " or (char == "-" and touches and "-" not in (what(at - 1), what(at + 1))):
            inside = ""
        elif now == "p":
            out.append([char, origin, origin + 1])
            inside = ""
        elif inside and (now == "m" or (now == "w" and inside == "w")):
            out[-1][0] += char
            out[-1][2] = origin + 1
        else:
            out.append([char, origin, origin + 1])
            inside = now
    return [(unicodedata.normalize("NFD", token), start, end) for token, start, end in out]


def words_of(text: str) -> tuple[str, ...]:
    return tuple(token for token, _, _ in tokens(text))


def naive_find(entries: list[tuple[str, str]], text: str) -> list[Span]:
    """For entries whose phrases differ as tokens, and do not stand in what is expected."""
    known = {words_of(phrase): expected for phrase, expected in reversed(entries)}
    have = tokens(text)
    out, at = [], 0
    while at < len(have):
        fits = [
            phrase for phrase in known if tuple(token for token, _, _ in have[at : at + len(phrase)]) == phrase
        ]  # fmt: skip
        if not fits:
            at += 1
            continue
        longest = max(fits, key=len)
        start, end = have[at][1], have[at + len(longest) - 1][2]
        out.append(Span(start, end, text[start:end], known[longest]))
        at += len(longest)
    return out


ALPHABET = [
    *"aAbsStTn   \n", "\u00a0", "\u2028", "-", "\u2011", "–", "—", "'", "’", ".", ",", "(", "0", "1", "😀",
    "ß", "ẞ", "İ", "ı", "i", "I", "ﬁ", "f", "é", "e\u0301", "ệ", "\u0301", "\u0323", "\u0307", "ǰ", "Å", "ﬀ", "ς", "Σ",
    "中", "が", "か", "ก", "ำ", HANGUL_FILLER, "\u200b", "\u00ad", "\u202e", "\u200d", "\ufe0f", "한", "ᄒ", "²", "™",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(ALPHABET), max_size=24).map("".join)
LETTERS = st.lists(st.sampled_from(ALPHABET), min_size=1, max_size=5).map("".join)
PHRASES = LETTERS.filter(lambda text: any(char.isalpha() and words_of(char) for char in text))


@given(st.lists(PHRASES, min_size=1, max_size=6, unique_by=words_of), TEXTS)
@example(["a b", "b s"], "A\u200b  B s a - b")
@example(["ss"], "ẞ sS ſs ßs")
@example(["n't", "n"], "n’t n't' n'ts")
def test_found_as_by_plain_loops(entries, text):
    pairs = [(phrase, f"expected wording {number}") for number, phrase in enumerate(entries)]
    text += f" {entries[0]} "
    assert list(phrases(*pairs).find(text)) == naive_find(pairs, text)


@given(st.text(max_size=40), st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=4))
def test_spans_of_any_text_hold_in_it(text, entries):
    entries = [entry for entry in entries if folding.START in folding.stream(entry).text and "\0" not in entry]
    entries = [entry for entry in entries if not list_files.UNWANTED.search(entry)]
    text = f"{text} {' '.join(entries)} {text}"
    behind = 0
    for span in phrases(*entries).find(text):
        assert behind <= span.start < span.end
        assert span.text == text[span.start : span.end]
        behind = span.end


# --- what counts as the phrase


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("alzheimer's illness", "of Alzheimer’s\r\n  Illness.", "Alzheimer’s\r\n  Illness"),
        ("detainee’s difficulty", "the detainee's difficulty", "detainee's difficulty"),
        ("army help", "(ARMY HELP)", "ARMY HELP"),
        ("army help", "_army help_", "army help"),
        ("army help", "the army help’s end", "army help"),
        ("switch gaining", "switch-gaining", "switch-gaining"),
        ("switch-gaining", "switch gaining", "switch gaining"),
        ("switch-gaining", "switch-\ngaining", "switch-\ngaining"),
        ("pre- and post-handling", "Pre-\nand post- handling", "Pre-\nand post- handling"),
        ("post-", "the post- was", "post"),
        ("rna–dna acknowledgement", "RNA-DNA acknowledgement", "RNA-DNA acknowledgement"),
        ("hazard ratio (rr)", "a hazard ratio(RR)", "hazard ratio(RR)"),
        ("exactness, review", "Exactness , review", "Exactness , review"),
        ("strasse", "die STRAẞE", "STRAẞE"),
        ("istanbul", "İSTANBUL!", "İSTANBUL"),
        ("field of work", "ﬁeld of work", "ﬁeld of work"),
        ("put up", "p\u200but\u00a0\u202eup\u200b", "p\u200but\u00a0\u202eup"),
        ("0.5 breed", "a 0.5 breed", "0.5 breed"),
        ("\u6df1\u5ea6 \u5b66\u4e60", "的\u6df1\u5ea6\n\u5b66\u4e60的", "\u6df1\u5ea6\n\u5b66\u4e60"),
        ("café noir", "Cafe\u0301 Noir", "Cafe\u0301 Noir"),
    ],
)  # fmt: skip
def test_found(phrase, text, expected):
    assert texts(phrases(phrase), text) == [expected]


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("army help", "army helper, barmy help, army, help, army. Help"),
        ("army help", "army—help, army--help, army - help, army\0help, army 😀 help"),
        ("5 breed", "0.5 breed"),
        ("000 feet", "10,000 feet"),
        ("don", "Don't, don’t"),
        ("cafe", "café, cafe\u0301, décafe"),
        ("put up", "putup, pu t up"),
        ("put up", ""),
    ],
)
def test_not_found(phrase, text):
    assert phrases(phrase).find(text) == ()


def test_leftmost_then_longest_and_no_overlap():
    known = phrases("a b", "a b c", "b c d e", "d")
    assert texts(known, "a b c d e") == ["a b c", "d"]
    assert texts(known, "x b c d e") == ["b c d e"]
    assert texts(known, "a b cc d") == ["a b", "d"], "a longer one that does not end at a word hides nothing"
    assert texts(phrases("a b", "c d"), "a b c d") == ["a b", "c d"], "side by side"


def test_suggestion_is_the_expected_wording_or_none():
    known = phrases(("profound learning", "deep learning (dl)"), ("huge information", None))
    assert found(known, "Profound learning, huge information") == [
        ("Profound learning", "deep learning (dl)"), ("huge information", None),
    ]  # fmt: skip


def test_first_entry_of_a_phrase_wins():
    assert found(phrases(("put up", "post"), ("PUT  UP", "erect")), "put up") == [("put up", "post")]


def test_of_two_writings_each_has_its_own_entry():
    known = phrases(("mel recurrence", "mel frequency"), ("mel-recurrence", "mel-frequency"))
    assert len(known) == 2
    assert found(known, "Mel Recurrence, MEL–RECURRENCE, mel\u00adrecurrence mel-\nrecurrence") == [
        ("Mel Recurrence", "mel frequency"), ("MEL–RECURRENCE", "mel-frequency"), ("mel-\nrecurrence", "mel-frequency"),
    ]  # fmt: skip


def test_what_the_entry_calls_right_is_not_found():
    known = phrases(("technology spillover", "reverse technology spillover"), ("income levels", "income-levels"))
    text = "Reverse technology  spillover, technology spillover, income-levels, Income levels, income-\nlevels"
    assert texts(known, text) == ["technology spillover", "Income levels"]


def test_a_phrase_that_is_its_expected_wording_is_passed_over_and_switches_off_a_later_entry():
    known = phrases(("Machine learning", "machine  learning"), ("machine learning", "ml"), ("put up", "post"))
    assert len(known) == 1
    assert texts(known, "machine learning put up") == ["put up"]
    mixed = phrases(("deep learning", "deep learning"), ("deep-learning", "profound"))
    assert found(mixed, "deep learning deep-learning") == [("deep-learning", "profound")]


def test_a_phrase_that_another_entry_expects_is_found_and_named():
    known = phrases(
        ("cloud computing", "cloud environment"), ("haze figuring", "Cloud Computing"),
        ("linear programming", "linear programming (lp)"), ("put up", "post"),
    )  # fmt: skip
    assert known.doubtful == ("cloud computing", "linear programming")
    assert texts(known, "cloud computing and linear programming") == ["cloud computing", "linear programming"]


def test_no_phrases():
    assert phrases().find("a text") == ()
    assert len(phrases(("a", "a"))) == 0
    assert phrases(("a", "a")).find("a") == ()


def test_many_hits_and_hostile_texts_are_linear():
    """Quadratic time would take hours for these."""
    known = phrases("put up", "e", "a a a a", "\u4e2d\u6587")
    assert len(known.find("put up " * 100_000)) == 100_000
    for text in ("e" + "\u0301\u0323" * 500_000, "\u200b" * 1_000_000, "\u202eput\u202d" * 200_000, "- " * 500_000):
        assert known.find(text) == ()
    assert len(known.find("a " * 400_000)) == 100_000
    assert len(known.find("put" + "\u200b" * 1_000_000 + " up")) == 1


def test_lone_surrogates_do_no_harm():
    assert texts(phrases("put up"), "\ud800 put up\udfff") == ["put up"]


# --- files


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


PAIR = [("army help", "military aid"), ("put up", None)]
FORMS = {
    "a.json": '{"n": 1, "phrases": [{"tortured": "army help", "correct": " military aid "}, {"tortured": "put up"}]}',
    "b.json": '[{"Phrase": "army help", "Expected_Wording": "military aid"}, "put up"]',
    "c.json": '{"army help": "military aid", "put up": null}',
    "d.json": '["army help", "put up"]',
    "e.json": '{"phrases": {"army help": "military aid", "put up": ""}}',
    "f": '\ufeff \n{"army help": "military aid", "put up": null}',
    "a.csv": "Correct,note,Tortured Phrase\nmilitary aid,,army help\n,x,put up\n",
    "b.csv": '"army help","military aid"\r\n\r\nput up\r\n',
    "c.csv": "army help;military aid\nput up;\n",
    "d.csv": "phrase\narmy help\nput up\n",
    "a.tsv": "tortured\tsuggestion\narmy help\tmilitary aid\nput up\n",
    "b.tsv": "army help\tmilitary aid\nput up\n",
    "c.unknown": "phrase,expected\narmy help,military aid\nput up,\n",
    "d.unknown": "expected\tphrase\nmilitary aid\tarmy help\n\tput up\n",
    "a.txt": "\ufeff# list\n\n  army help -> military aid  \r\nput up\r\n",
    "b.txt": "army help → military aid\nput up ->",
    "c.txt": "army help\tmilitary aid\n   # comment\nput up",
    "e.unknown": "# x\narmy help->military aid\nput up",
}


@pytest.mark.parametrize("name", FORMS)
def test_forms_of_lists(tmp_path, name):
    known = Phrases.load([written(tmp_path, name, FORMS[name])])
    alone = name in ("d.json", "d.csv")
    expected = [(phrase, None if alone else wording) for phrase, wording in PAIR]
    assert found(known, "army help, put up") == expected
    assert len(known) == 2


def test_lists_are_merged_and_the_first_wins(tmp_path):
    one = written(tmp_path, "one.txt", "put up -> post\nprofound learning -> profound learning\n")
    two = written(tmp_path, "two.csv", "put up,erect\nprofound learning,deep learning\narmy help,military aid\n")
    known = Phrases.load([one, two])
    assert found(known, "put up, profound learning, army help") == [("put up", "post"), ("army help", "military aid")]


def test_commas_quotes_and_arrows_in_a_csv(tmp_path):
    known = Phrases.load([written(tmp_path, "a.csv", '"exactness, ""review""","a -> b"\n')])
    assert found(known, 'exactness, "review"') == [('exactness, "review"', "a -> b")]


BAD = [
    ("a.json", '[\n"a",\n]', ":3: bad JSON"),
    ("a.json", "[" * 100_000, "bad JSON"),
    ("a.json", "[" + "9" * 10_000 + "]", "bad JSON"),
    ("a.json", "3", ":1: neither a list"),
    ("a.json", '[\n{"tortured": "a", "correct": "b"},\n\n{"tortured": 3}]', ":4: a phrase that is no text: 3"),
    ("a.json", '{"a": "b",\n "c": ["d"]}', ":2: the expected wording of 'c' is no text"),
    ("a.json", '{"n": 1, "phrases": [\n{"correct": "b"}]}', ":2: a record without a phrase"),
    ("a.json", '["a",\n"\\ud800b"]', ":2: a control character in the phrase (U+D800)"),
    ("a.json", "[]", ": no phrase in it"),
    ("a.json", '{"a": "b",\n "": "c"}', ":2: no phrase for 'c'"),
    ("a.csv", "a,b\nc,d,e\n", ":2: 3 columns where 2 are expected"),
    ("a.csv", 'a,b\n"c\n', ":2: bad CSV"),
    ("a.csv", "phrase,correct\n,b\n", ":2: no phrase for 'b'"),
    ("a.csv", "spun,correct\na,b\n", ":1: a header that names no column of phrases"),
    ("a.csv", "", ": no phrase in it"),
    ("a.txt", "# nothing\n\n", ": no phrase in it"),
    ("a.txt", "a -> b\n\n-> c", ":3: no phrase for 'c'"),
    ("a.txt", "a\n--- (!)\n", ":2: no letter or digit in '--- (!)'"),
    ("a.txt", "a\nb\x01c\n", ":2: a control character in the phrase (U+0001)"),
    ("a.txt", "a\nb -> \0\n", ":2: a control character in the expected wording (U+0000)"),
    ("a.txt", b"a\nb\n\xff\n", ":3: not valid UTF-8 (byte 0xff)"),
    ("a.txt", "a\n" + "b" * 501, ":2: phrase of 501 characters; the limit is 500"),
    ("a.txt", "a -> " + "b" * 501, ":1: expected wording of 501 characters; the limit is 500"),
]


@pytest.mark.parametrize(("name", "text", "message"), BAD)
def test_bad_lists_name_file_line_and_reason(tmp_path, name, text, message):
    path = written(tmp_path, name, text)
    with pytest.raises(ConfigError) as caught:
        Phrases.load([path])
    assert str(caught.value).startswith(f"{path}")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_list_is_an_input_error(tmp_path):
    for path in (tmp_path / "none.txt", tmp_path, tmp_path / "\0"):
        with pytest.raises(InputError, match=r".+: .+"):
            Phrases.load([path])


def test_lists_are_bounded(tmp_path, monkeypatch):
    path = written(tmp_path, "a.txt", "a\nb\nc\n")
    monkeypatch.setattr(phrase_files, "MOST_PHRASES", 5)
    with pytest.raises(ConfigError, match=r"a\.txt:3: too many phrases; the limit is 5"):
        Phrases.load([path, path])
    monkeypatch.setattr(phrase_files, "MOST_BYTES", 5)
    with pytest.raises(ConfigError, match="too large for a list of phrases"):
        Phrases.load([path])


@given(st.dictionaries(st.text(min_size=1), st.text() | st.none(), min_size=1), st.integers(0, 3))
def test_json_members_are_those_of_the_parser(mapping, indent):
    text = json.dumps(mapping, indent=indent or None, ensure_ascii=bool(indent % 2))
    members = [(key, value) for _, key, value in list_files.members(text, 0)]
    assert members == list(mapping.items())
    values = json.dumps(list(mapping.values()), indent=indent or None)
    assert [value for _, _, value in list_files.members(values, 0)] == list(mapping.values())


# --- the list that everybody uses


def test_every_phrase_of_the_real_list_is_found_with_its_expected_wording(shared):
    path = shared / "data" / "tortured_phrases.json"
    if not path.is_file():
        pytest.skip(f"{path} is not here (other people's list, not part of the project)")
    entries = json.loads(path.read_text(encoding="utf-8"))["phrases"]
    known = Phrases.load([path])
    assert len(known) == len(entries)
    assert "machine learning" in known.doubtful
    for entry in entries:
        phrase = entry["tortured"].upper().replace(" ", "\n ").replace("'", "’")
        assert (phrase, entry["correct"].strip()) in found(known, f"We chose “{phrase}”, of course.")
    clean = "The president spoke with his counterpart on the phone, and the ministers met on Friday."
    assert known.find(clean) == ()


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("bosom peril and colossal data", 90, True), ("bosom peril and colossal data", 900, False),
        ("bosom peril, colossal data, haze figuring", 9000, True),
        ("bosom peril, Bosom  Peril, bosom peril", 90, False),
        ("awful aqua everywhere, bosom peril", 90, False), ("linear coding and bosom peril", 90, False),
    ],
)  # fmt: skip
def test_different_phrases_make_a_text_a_mangled_one(text, words, expected):
    """Not one that is repeated, nor single words, nor what a list also names as right."""
    pairs = {"bosom peril": "breast cancer", "colossal data": "big data", "haze figuring": "fog computing",
             "awful": "bad", "aqua": "water", "linear coding": "linear programming",
             "straight coding": "linear coding"}  # fmt: skip
    known = Phrases([Record(wrong, right, "here") for wrong, right in pairs.items()])
    assert known.condemn(known.find(text), words) is expected
