"""Streams of tokens: offsets, and what makes no difference. What phrases make of them is in `test_phrases`."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.phrasing.lists import folding


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", ""),
        (" \u200b\n", ""),
        ("Put\u00a0 UP, now", "<put><up>,<now>"),
        ("pre- and post-war; a--b - c", "<pre><and><post><war>;<a>--<b>-<c>"),
        ("10,000 of 0.5, 3. 4 a.b", "<10,000><of><0.5>,<3>.<4><a>.<b>"),
        ("don’t, Alzheimer’s, ‘x’", "<don't>,<alzheimer>'<s>,'<x>'"),
        ("Straße İ ﬁ ² \u0301", "<strasse><i><fi>\u00b2"),
        ("3D\u6253\u5370", "<3d><\u6253><\u5370>"),
        ("\ud800\0\x02", "\0\0\0"),
    ],
)
def test_tokens(text, tokens):
    assert folding.stream(text).text == tokens.replace("<", folding.START).replace(">", folding.END)


def test_spans_are_those_of_the_text_as_it_was_read():
    text = "  ẞ\u200bﬁ,  e\u0301\u200d!"
    stream = folding.stream(text)
    begins = [stream.text.index(folding.START), stream.text.rindex(folding.START)]
    ends = [stream.text.index(folding.END) + 1, stream.text.rindex(folding.END) + 1]
    assert [text[a:b] for a, b in stream.spans(begins, ends)] == ["ẞ\u200bﬁ", "e\u0301"]


@given(st.text(max_size=40))
def test_places_and_origins_are_in_order(text):
    stream = folding.stream(text)
    assert len(stream.places) == len(stream.origins)
    assert (stream.places[1:] > stream.places[:-1]).all()
    assert (stream.origins[1:] >= stream.origins[:-1]).all()
    assert stream.text.count(folding.START) == stream.text.count(folding.END)
    assert len(stream.text) == len(stream.places) + 2 * stream.text.count(folding.START)


@given(st.text(max_size=30))
def test_composed_or_not_is_the_same_stream(text):
    assert len({folding.stream(unicodedata.normalize(form, text)).text for form in ("NFC", "NFD")}) == 1


@given(st.text(max_size=30))
def test_case_is_no_difference(text):
    if "\u0345" not in unicodedata.normalize("NFD", text):  # a mark that becomes a letter, and then stands elsewhere
        assert folding.stream(text).text == folding.stream(text.casefold()).text
