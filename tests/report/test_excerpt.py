"""Places of a text as people read them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from dedup.model import Span
from dedup.report.excerpt import AROUND, excerpts, phrase_lines, severity, worst


def spans_of(text, **found):
    """Spans of phrases in `text`: phrase (_ for a space) -> (suggestion, gain)."""
    return tuple(
        Span(match.start(), match.end(), match.group(), meant, None, gain)
        for phrase, (meant, gain) in found.items()
        for match in re.finditer(phrase.replace("_", " "), text)
    )


def test_the_worst_come_first_and_known_phrases_before_all():
    spans = [Span(0, 1, "a", "x", None, 2.0), Span(2, 3, "b", "y", None, 8.0), Span(4, 5, "c", "z")]
    assert [span.text for span in worst(spans)] == ["c", "b", "a"]
    assert [severity(span) for span in worst(spans)] == ["bold red", "bold red", "yellow"]


def test_phrases_are_listed_once_with_how_often():
    text = "army help and Army help and put up and colossal data"
    aid = {"army_help": ("military aid", 7.4), "Army_help": ("military aid", 7.0)}
    spans = spans_of(text, **aid, put_up=("post", 3.0), colossal_data=(None, None))
    assert [line.plain for line in phrase_lines(spans)] == [
        "colossal data",
        "army help       perhaps military aid   2 places",
        "put up          perhaps post",
    ]
    assert [line.plain for line in phrase_lines(spans, 1)] == ["colossal data", "… and 2 more"]
    assert phrase_lines(()) == []


def test_a_place_stands_in_its_sentence():
    before, after = "many words before it " * 9, " many words behind it" * 9
    text = f"A paragraph.\n\n{before}army help{after}.\nAnother."
    (shown,) = excerpts(text, spans_of(text, army_help=("military aid", 7.0)))
    assert shown.plain.startswith("… ") and shown.plain.endswith(" …")
    assert " army help [military aid] " in shown.plain
    assert len(shown.plain) < 2 * AROUND + 40
    assert set(shown.plain.replace("[military aid]", "").split()) <= set(text.split()) | {"…"}


def test_paragraphs_are_not_mixed_and_ends_are_not_marked():
    text = "The army help came.\nThey put up a sign.\n"
    spans = spans_of(text, army_help=("military aid", 7.0), put_up=("post", 4.0))
    assert [shown.plain for shown in excerpts(text, spans)] == [
        "The army help [military aid] came.", "They put up [post] a sign.",
    ]  # fmt: skip


def test_what_is_near_is_one_excerpt_and_the_worst_are_chosen():
    near = "The army help was put up for colossal data today."
    spans = spans_of(near, army_help=("military aid", 7.0), put_up=("post", 4.0), colossal_data=(None, None))
    assert [shown.plain for shown in excerpts(near, spans, 1)] == [
        "The army help [military aid] was put up [post] for colossal data [?] today."
    ]
    text = "\n".join([*["Somebody put up this."] * 5, "The army help came.", *["Somebody put up that."] * 5])
    spans = spans_of(text, army_help=("military aid", 7.0), put_up=("post", 4.0))
    shown = [line.plain for line in excerpts(text, spans, 3)]
    assert len(shown) == 3 and shown[2] == "The army help [military aid] came."


def test_writing_without_spaces_is_cut_anywhere():
    text = "汉" * 300 + "陆军帮助" + "字" * 300
    (shown,) = excerpts(text, spans_of(text, 陆军帮助=("军事援助", 5.0)))
    assert "陆军帮助 [军事援助]" in shown.plain and len(shown.plain) < 2 * AROUND + 30


def test_hostile_characters_are_shown_harmlessly():
    text = "an \x1b[31marmy\u202ehelp\x1b[0m [bold]here[/bold]"
    start = text.index("army")
    span = Span(start, start + 9, text[start : start + 9], "military\x07 aid", None, 7.0)
    shown = [*excerpts(text, [span]), *phrase_lines([span])]
    assert not any(set(line.plain) & {"\x1b", "\u202e", "\x07"} for line in shown)
    assert "[bold]here[/bold]" in shown[0].plain


@given(st.text("ab \n.", max_size=400), st.data())
def test_every_place_is_shown_whatever_the_text(text, data):
    places = data.draw(st.lists(st.tuples(st.integers(0, len(text)), st.integers(1, 12)), max_size=6))
    spans = [
        Span(a, a + n, text[a : a + n], "x", None, float(n)) for a, n in places if a + n <= len(text)
    ]  # fmt: skip
    shown = excerpts(text, spans)
    assert bool(shown) == bool(spans)
    assert sum(line.plain.count("[x]") for line in shown) <= len(spans)
    apart = sorted(spans)[:1]
    for span in sorted(spans):
        if span.start >= apart[-1].end:
            apart.append(span)
    assert sum(line.plain.count("[x]") for line in shown) >= len(apart)
    assert all("\n" not in line.plain for line in shown)
    assert len(excerpts(text, spans, 2)) <= 2
