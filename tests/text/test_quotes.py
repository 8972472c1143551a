import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.text.quotes import DEEPEST, find_quotes
from tests.cost import costs_at_most


def insides(text):
    return [text[quote.start : quote.end] for quote in find_quotes(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“Hello there, friend,” he said.", ["Hello there, friend,"]),
        ('"Hello there, friend," he said.', ["Hello there, friend,"]),
        ("„Das ist gut so“, sagte er.", ["Das ist gut so"]),
        ("„To jest dobre”, powiedział.", ["To jest dobre"]),
        ("»Ja, so ist es«, sagte er.", ["Ja, so ist es"]),
        ("Il dit : « Oui, je le sais. »", ["Oui, je le sais."]),
        ("”Det är bra så”, sade han.", ["Det är bra så"]),
        ("‘We cannot go,’ he said.", ["We cannot go,"]),
        ("'We can't go,' he said.", ["We can't go,"]),
        ("``We cannot go,'' he said.", ["We cannot go,"]),
        ("「行きましょう」と言った。", ["行きましょう"]),
        ('“Curly and straight," he said.', ["Curly and straight,"]),
        ("Nothing is said here.", []),
        ("", []),
    ],
)
def test_marks_of_many_kinds(text, expected):
    assert insides(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "They don’t, the workers’ rights don't, ’90s, ‘90s, '90s, 'tis, ’twas, rock 'n' roll",
        "the bosses' pay and the workers' rights",
        "He is 6'2\" tall and weighs 90 kg.",
        'a 12" pizza',
        '<a href="">',
    ],
)
def test_apostrophes_and_inches_are_no_quotes(text):
    assert insides(text) == []


def test_inches_within_a_quote():
    assert insides('He said: "I sold a 12" pizza today."') == ['I sold a 12" pizza today.']


def test_possessives_within_single_quotes():
    text = "‘We like the workers’ rights and don’t care,’ he said, and ‘never will’."
    assert insides(text) == ["We like the workers’ rights and don’t care,", "never will"]


def test_nested_quotes_know_their_level():
    text = "“He said ‘they shouted “no” to us’ and left,” she said. “Yes.”"
    assert [(text[q.start : q.end], q.level) for q in find_quotes(text)] == [
        ("He said ‘they shouted “no” to us’ and left,", 0),
        ("they shouted “no” to us", 1),
        ("no", 2),
        ("Yes.", 0),
    ]


@pytest.mark.parametrize("breaks", ["\n", "\n\n", "\r\n\r\n", "\n  \n"])
@pytest.mark.parametrize(("opening", "closing"), [("“", "”"), ('"', '"'), ("«", "»"), ("‘", "’")])
def test_a_quote_over_paragraphs_repeats_its_mark(breaks, opening, closing):
    text = f"{opening}First we go.{breaks}{opening}Then we stay.{closing} He left.{breaks}Nothing more."
    (quote,) = find_quotes(text)
    assert (quote.paragraphs, quote.closed) == (2, True)
    assert text[quote.start : quote.end] == f"First we go.{breaks}{opening}Then we stay."


def test_an_unclosed_quote_ends_with_its_paragraph():
    text = "He said: “We will never go.\nNothing is open here. “This is another one,” he said."
    first, second = find_quotes(text)
    assert (text[first.start : first.end], first.closed) == ("We will never go.", False)
    assert (text[second.start : second.end], second.closed) == ("This is another one,", True)


def test_an_unclosed_quote_ends_where_the_next_one_begins():
    text = "“We will go, he said. “We will stay,” she said."
    assert insides(text) == ["We will go, he said.", "We will stay,"]
    assert [quote.closed for quote in find_quotes(text)] == [False, True]


def test_a_straight_quote_that_opens_twice():
    assert insides('"We go now. John said "No, never" to him.') == ["We go now. John said", "No, never"]


def test_wrapped_lines_are_one_paragraph():
    line = "the circumstances at that time will determine what we are going to do"
    text = f'He said "{line}\n' + f"{line}\n" * 6 + f'{line}" and left.\n'
    (quote,) = find_quotes(text)
    assert quote.closed and quote.end - quote.start > 7 * len(line)


def test_scare_quotes_are_marked_short():
    text = "a “good” and “very good” and “not so very good” deal"
    assert [quote.short for quote in find_quotes(text)] == [True, True, False]


HOSTILE = [
    '"' * 100_000, "“" * 100_000, "”" * 100_000, "'" * 100_000, "‘" * 100_000, "“‘" * 50_000, "„‚" * 50_000,
    "«" * 100_000, "»" * 100_000, ' "a' * 100_000, " ‘a" * 100_000, "“a\n" * 100_000, "\n“" * 100_000,
    "‘a’ " * 50_000, "“a” " * 50_000, "s’ a" * 50_000, "``''" * 50_000, "“" + "a " * 200_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_cost_linear_time(text):
    with costs_at_most(150):
        quotes = find_quotes(text)
    assert all(quote.level <= DEEPEST for quote in quotes)


ALPHABET = st.sampled_from(list("ab S1.,\n\r…-—“”\"„«»‹›‘’‚'`「」é中"))


@given(st.text(ALPHABET, max_size=80))
def test_offsets_are_those_of_the_insides(text):
    quotes = find_quotes(text)
    assert quotes == sorted(quotes, key=lambda quote: (quote.start, -quote.end))
    for quote in quotes:
        inside = text[quote.start : quote.end]
        assert 0 < quote.start < quote.end <= len(text)
        assert inside == inside.strip() != ""
        before = text[: quote.start].rstrip()
        assert before[-1] in "“”\"„«»‹›‘‚'`「"
        if quote.closed:
            assert text[quote.end :].lstrip()[0] in "“”\"«»‹›‘’'」"


@given(st.lists(st.text(st.sampled_from("ab c,.é中"), min_size=1, max_size=20), max_size=6))
def test_planted_quotes_are_found(parts):
    said = [part.strip() for part in parts if part.strip()]
    text = " x ".join(f"“{part}”" for part in said)
    assert insides(text) == said
