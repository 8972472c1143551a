"""Direct quotes of an index: who else quotes the same."""

from __future__ import annotations

import pytest

from dedup.index import quotes
from dedup.index.quotes import quotations, quote_keys
from tests.index.indexes import add, ask, assert_consistent, doc, prose, shouted

SAID = "We shall rebuild the harbour wall before the first storms of the winter"
OTHER = "Nobody in this house has ever seen a bill of such a size"


def article(seed: int, *said: str) -> str:
    """Prose with quotes in it."""
    return "\n\n".join([prose(seed, 120), *(f'"{each}," she said on Monday.' for each in said), prose(seed + 1, 60)])


def names(quoted):
    return [(quote.text, [other.id for other in quote.others]) for quote in quoted]


def test_quotes_of_texts():
    text = article(1, SAID, "Too short a quote", OTHER)
    first, second = quotations([text.encode(), b"none here"])
    assert [text[quote.start : quote.end].rstrip(",") for quote in first] == [SAID, OTHER] and second == []
    keys = quote_keys([text.encode(), b"none here", f"“{SAID.upper()}!”".encode()])
    assert keys.held.tolist() == [2, 0, 1]
    assert set(keys.keys[2:].tolist()) < set(keys.keys[:2].tolist())  # by its words, as they are folded


def test_quotes_are_bounded(monkeypatch):
    monkeypatch.setattr(quotes, "MOST", 3)
    many = "\n\n".join(f'"{SAID} number {n}," he said.' for n in range(9))
    endless = '"' + "word " * 1000
    assert [len(found) for found in quotations([many.encode(), endless.encode(), b""])] == [3, 0, 0]


def test_who_else_quotes_the_same(index):
    add(index, doc("first", article(1, SAID), 1, "Post"), doc("second", article(3, OTHER)), doc("third", article(5)))
    (seen,) = ask(index, doc("new", article(7, SAID.lower(), OTHER)), evidence=True)
    assert names(seen.quoted) == [(SAID.lower() + ",", ["first"]), (OTHER + ",", ["second"])]
    assert seen.quoted[0].others[0].source == "Post" and not seen.ties
    assert article(7, SAID.lower(), OTHER)[seen.quoted[0].start : seen.quoted[0].end] == SAID.lower() + ","
    assert ask(index, doc("new", article(7, SAID)))[0].quoted == ()  # only with evidence
    assert_consistent(index)


def test_copies_are_ties_and_are_not_told_again(index):
    add(index, doc("first", article(1, SAID)), doc("second", article(3, SAID)))
    (seen,) = ask(index, doc("copy", shouted(article(1, SAID)).replace('"', "”")), evidence=True)
    assert [tie.id for tie in seen.ties] == ["first"]
    (seen,) = ask(index, doc("copy", article(1, SAID)), evidence=True)
    assert [tie.id for tie in seen.ties] == ["first"] and names(seen.quoted) == [(SAID + ",", ["second"])]


def test_a_document_that_is_there(index):
    add(index, doc("first", article(1, SAID)), doc("second", article(3, SAID)), doc("third", article(5, SAID)))
    (shown,) = index.show([index.find("second")])
    assert names(shown.quoted) == [(SAID + ",", ["first", "third"])]
    index.remove(["first"])
    assert names(index.show([index.find("second")])[0].quoted) == [(SAID + ",", ["third"])]
    add(index, doc("third", article(5, OTHER)))
    assert index.show([index.find("second")])[0].quoted == ()
    assert_consistent(index)


def test_the_earliest_are_told(index, monkeypatch):
    monkeypatch.setattr(quotes, "SPEAKERS", 2)
    for number in range(4):
        add(index, doc(f"d{number}", article(10 * number, SAID)))
    (seen,) = ask(index, doc("new", article(77, SAID)), evidence=True)
    assert names(seen.quoted) == [(SAID + ",", ["d0", "d1"])]


def test_a_key_alone_proves_nothing(index, monkeypatch):
    """Two quotes of one key are told apart by their texts."""
    add(index, doc("first", article(1, SAID)), doc("second", article(3, OTHER)))
    real = quotes.quotations

    def colliding(texts):
        return [[quotes.Quotation(q.start, q.end, q.digest & 0xFFFFFFFF) for q in found] for found in real(texts)]

    monkeypatch.setattr(quotes, "quotations", colliding)
    index.rebuild()
    (seen,) = ask(index, doc("new", article(7, SAID)), evidence=True)
    assert names(seen.quoted) == [(SAID + ",", ["first"])]


@pytest.mark.parametrize("text", ["", '"', '""""""', "“" * 500, "'\"" * 300])
def test_marks_without_quotes(index, text):
    add(index, doc("first", text + " " + prose(1, 60)))
    assert ask(index, doc("new", text + " " + prose(1, 60)), evidence=True)[0].quoted == ()
    assert_consistent(index)
