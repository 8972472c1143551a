"""Documents that a program hands over."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
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


@pytest.mark.parametrize("item", [3, b"bytes", ["x"], Document(b"x"), {"text": 1}, True, (), object(), 1.5])  # type: ignore[arg-type]
def test_text_that_is_none(item: Any) -> None:
    with pytest.raises(TypeError, match="item 1: the text must be a str, got"):
        list(from_documents(["good", item]))


@pytest.mark.parametrize(
    "item",
    [None, math.nan, np.float64("nan"), Document(None), {"text": None}, {"text": math.nan}, Document(math.nan)],  # type: ignore[arg-type]
)
def test_a_text_that_is_missing_is_a_reject(item: Any) -> None:
    rejects: list[Reject] = []
    (batch,) = from_documents(["good", item, "better"], rejects=rejects)
    assert batch.texts == ["good", "better"] and batch.lines == [1, 3]
    ((source, line, reason, _),) = ((r.source, r.line, r.reason, r.record) for r in rejects)
    assert (source, line) == ("-", 2) and reason.startswith("no text: it is ")


def test_missing_ids_and_dates_and_values_of_numpy() -> None:
    items = [
        {"text": "a", "id": np.int64(7), "date": datetime(1970, 1, 1, 0, 1)},
        {"text": "b", "id": math.nan, "date": math.nan}, {"text": "c", "id": None, "date": date(1970, 1, 2)},
        Document("d", id=np.str_("x"), date=np.float64(60)),
    ]  # fmt: skip
    (batch,) = from_documents(items)
    assert batch.ids == ["7", "1", "2", "x"] and batch.dates == [60, UNKNOWN_DATE, 86_400, 60]


@pytest.mark.parametrize("items", ["text", b"text", bytearray(b"x"), Document("text"), {"text": "x"}, {"text": ["a"]}])
def test_one_text_instead_of_several(items: Any) -> None:
    with pytest.raises(TypeError, match="expected several texts"):
        from_documents(items)


@pytest.mark.parametrize("items", [None, 5, 1.5, object(), len])
def test_what_cannot_be_gone_through(items: Any) -> None:
    with pytest.raises(TypeError, match="expected an iterable of texts, got"):
        from_documents(items)


def test_generators_and_sets_and_arrays() -> None:
    for items in (iter(["a", "b"]), (text for text in "ab"), {"a": 1, "b": 2}.keys(), np.array(["a", "b"], object)):
        (batch,) = from_documents(items)
        assert batch.texts == ["a", "b"]


TABLE: dict[str, list[Any]] = {
    "n": [1, 2, 3], "Text": ["one", None, "three"], "url": ["u", "v", None], "published": ["1970-01-02", None, None],
    "site": ["S", None, "T"],
}  # fmt: skip


def tables() -> Iterator[Any]:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    yield from (pandas.DataFrame(TABLE), polars.DataFrame(TABLE), polars.DataFrame(TABLE).lazy(), pa.table(TABLE))


def test_tables() -> None:
    for table in tables():
        rejects: list[Reject] = []
        (batch,) = from_documents(table, rejects=rejects)
        assert batch.texts == ["one", "three"] and batch.lines == [1, 3] and batch.ids == ["u", "2"]
        assert batch.dates == [86_400, UNKNOWN_DATE] and batch.sources == ["S", "T"]
        assert [reject.line for reject in rejects] == [2]


def test_the_column_that_is_named() -> None:
    for table in tables():
        (batch,) = from_documents(table, ReadConfig(text_field="url", id_field="n"))
        assert batch.texts == ["u", "v"] and batch.ids == ["1", "2"]
        with pytest.raises(TypeError, match=r"the table has the columns n, Text, .*: missing field 'no'"):
            from_documents(table, ReadConfig(text_field="no"))


def test_columns_of_texts() -> None:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    values = TABLE["Text"]
    for column in (pandas.Series(values), polars.Series(values), pa.array(values), pa.chunked_array([values])):
        rejects: list[Reject] = []
        (batch,) = from_documents(column, rejects=rejects)
        assert batch.texts == ["one", "three"] and batch.lines == [1, 3] and len(rejects) == 1


def test_a_record_batch_and_an_empty_table() -> None:
    (batch,) = from_documents(pa.RecordBatch.from_pydict(TABLE))
    assert batch.ids == ["u", "2"] and batch.lines == [1, 3]
    assert list(from_documents(pa.table({"text": pa.array([], pa.string())}))) == []


@pytest.mark.parametrize("columns", [{}, {"a": [1]}, {"title": ["x"], "n": [1]}])
def test_a_table_without_texts(columns: dict[str, list[Any]]) -> None:
    with pytest.raises(TypeError, match=r"the table has the columns .*: no text field \(looked for text, content"):
        from_documents(pa.table(columns))
    with pytest.raises(TypeError, match="item 0: the text must be a str, got int"):
        list(from_documents(pa.table({"text": [1]})))


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
