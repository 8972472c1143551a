"""Documents that a program hands over."""

from __future__ import annotations

from typing import Any

import pytest

from dedup.config import ReadConfig
from dedup.model import UNKNOWN_DATE, Document, Reject
from dedup.read import from_documents


def test_texts_documents_and_mappings() -> None:
    items = [
        "one",
        Document("two", id="b", date="1970-01-01T00:01Z", source="S"),
        {"body": "three", "doc_id": 7, "published": 60.0, "publisher": {"name": "P"}},
    ]
    (batch,) = from_documents(items)
    assert batch.texts == ["one", "two", "three"] and batch.ids == ["0", "b", "7"]
    assert batch.dates == [UNKNOWN_DATE, 60, 60]
    assert batch.sources == ["", "S", "P"] and batch.lines == [1, 2, 3] and batch.files == [0, 0, 0]


def test_configured_field() -> None:
    (batch,) = from_documents([{"text": "no", "T": "yes"}], ReadConfig(text_field="T"))
    assert batch.texts == ["yes"]


@pytest.mark.parametrize("item", [None, 3, b"bytes", ["x"], Document(None), {"text": None}])  # type: ignore[arg-type]
def test_text_that_is_none(item: Any) -> None:
    with pytest.raises(TypeError, match="item 1: the text is"):
        list(from_documents(["good", item]))


@pytest.mark.parametrize("items", ["text", b"text", Document("text"), {"text": "x"}])
def test_one_text_instead_of_several(items: Any) -> None:
    with pytest.raises(TypeError, match="expected several texts"):
        from_documents(items)


def test_unfit_texts_are_rejects() -> None:
    rejects: list[Reject] = []
    (batch,) = from_documents(["a", " ", {"x": 1}, "b" * 2000, "c"], ReadConfig(max_size="1K"), rejects)
    assert batch.ids == ["0", "4"] and batch.lines == [1, 5]
    assert [(reject.source, reject.line) for reject in rejects] == [("-", 2), ("-", 3), ("-", 4)]


def test_batches() -> None:
    assert [len(batch) for batch in from_documents(str(number) for number in range(5000))] == [4096, 904]


def test_nothing() -> None:
    assert list(from_documents([])) == []


def test_lone_surrogate() -> None:
    (batch,) = from_documents(["a\ud800"])
    assert batch.texts == ["a\ufffd"]
