"""Parquet."""

from __future__ import annotations

import builtins
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from reading import Put, read_all

from dedup.errors import MissingExtraError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def table(path: Path, columns: dict[str, Any], **options: Any) -> Path:
    pq.write_table(pa.table(columns), path, **options)
    return path


def test_rows(tmp_path: Path) -> None:
    columns = {"ID": [1, 2], "Text": ["a", "b"], "other": [[1], []], "site": ["S", None]}
    got = read_all(table(tmp_path / "a.parquet", columns))
    assert (got.texts, got.ids, got.lines, got.sources) == (["a", "b"], ["1", "2"], [1, 2], ["S", ""])


def test_rows_without_ids_over_row_groups(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", {"text": [f"t{n}" for n in range(10_000)]}, row_group_size=999)
    got = read_all(path)
    assert got.texts[9_999] == "t9999" and got.ids[9_999] == "a.parquet:10000" and max(got.sizes) == 4096


@pytest.mark.parametrize(
    "values",
    [
        pa.array([datetime(2025, 7, 4)], pa.timestamp("ns")),
        pa.array([datetime(2025, 7, 4, tzinfo=UTC)], pa.timestamp("us", tz="America/New_York")),
        pa.array([date(2025, 7, 4)], pa.date32()),
        pa.array(["2025-07-04"]),
        pa.array([1751587200]),
        pa.array([1751587200000.0]),
    ],
)
def test_dates(tmp_path: Path, values: Any) -> None:
    got = read_all(table(tmp_path / "a.parquet", {"text": ["a"], "date": values}))
    assert got.dates == [1751587200]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary(), pa.dictionary(pa.int32(), pa.string())])
def test_kinds_of_text(tmp_path: Path, kind: Any) -> None:
    values = pa.array(["a", "ü"], pa.string()).cast(kind)
    assert read_all(table(tmp_path / "a.parquet", {"text": values})).texts == ["a", "ü"]


def test_text_of_another_kind(tmp_path: Path) -> None:
    got = read_all(table(tmp_path / "a.parquet", {"text": [["a"], ["b"]]}))
    assert len(got.reasons) == 1 and got.reasons[0].startswith("column 'text' is list<") and not got.texts


def test_rejected_rows(tmp_path: Path) -> None:
    got = read_all(table(tmp_path / "a.parquet", {"text": ["a", None, "", "b"]}))
    assert got.lines == [1, 4] and [(reject.line, reject.reason) for reject in got.reader.rejects] == [
        (2, "field 'text' is null, not text"),
        (3, "empty text"),
    ]


def test_undecodable_text(tmp_path: Path) -> None:
    got = read_all(table(tmp_path / "a.parquet", {"text": pa.array([b"a", b"b\xff"], pa.binary())}))
    assert got.texts == ["a"] and got.reasons == ["not valid UTF-8: byte 0xff at offset 1"]


def test_no_text_column(tmp_path: Path) -> None:
    got = read_all(table(tmp_path / "a.parquet", {"x": ["a"]}))
    assert got.reasons[0].startswith("no text field (looked for") and got.reasons[0].endswith("the columns are: x")


def test_broken_file(put: Put) -> None:
    assert read_all(put("a.parquet", b"PAR1 is not enough")).reasons[0].startswith("broken Parquet file")


def test_broken_off_file(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", {"text": ["a"] * 1000})
    path.write_bytes(path.read_bytes()[:-20])
    assert read_all(path).reasons[0].startswith("broken Parquet file")


def test_damaged_pages_keep_what_came_before(tmp_path: Path) -> None:
    path = table(
        tmp_path / "a.parquet",
        {"text": [f"text {n}" for n in range(20_000)]},
        row_group_size=5_000,
        use_dictionary=False,
    )
    data = bytearray(path.read_bytes())
    at = len(data) * 3 // 4
    data[at : at + 2000] = b"\xff" * 2000
    path.write_bytes(data)
    got = read_all(path)
    assert len(got.texts) >= 4096 and got.reasons[0].startswith("broken Parquet file after row")


def test_stdin(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", {"text": ["a", "b"]})
    assert read_all(stdin=path.read_bytes()).texts == ["a", "b"]


def test_progress(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", {"text": ["a", "b"]})
    assert read_all(path).reader.total_bytes == path.stat().st_size


def test_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = table(tmp_path / "a.parquet", {"text": ["a"]})
    real = builtins.__import__

    def refuse(name: str, *more: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingExtraError, match=r"dedup-text\[parquet\]"):
        read_all(path)


def write(path: Path, made: Any) -> Path:
    pq.write_table(made, path)
    return path


@pytest.mark.parametrize("name", ["binary_view", "string_view"])
def test_views(tmp_path: Path, name: str) -> None:
    """Columns that another program has written as views, which Arrow's own schema in the file says."""
    kind = getattr(pa, name, None)
    if kind is None:
        pytest.skip(f"this pyarrow has no {name}")
    plain = pa.array([b"a", "ü, and longer than a view holds in itself".encode(), None])
    values = (plain if name == "binary_view" else plain.cast(pa.string())).cast(kind())
    try:
        path = write(tmp_path / "a.parquet", pa.table({"text": values}))
    except pa.ArrowNotImplementedError:
        pytest.skip("this pyarrow cannot write views")
    got = read_all(path)
    assert got.texts == ["a", "ü, and longer than a view holds in itself"]
    assert [(reject.line, reject.reason) for reject in got.reader.rejects] == [(3, "field 'text' is null, not text")]


NESTED = [
    {"text": {"body": "one", "meta": {"id": "x", "day": "2025-07-04", "site": "S"}}},
    {"text": {"body": None, "meta": None}},
    {"text": None},
    {"text": {"body": "two", "meta": {"id": "y", "day": None, "site": None}}},
]


def test_nested_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", pa.Table.from_pylist(NESTED))
    fields = {"id_field": "text.meta.id", "date_field": "text.meta.day", "source_field": "text.meta.site"}
    got = read_all(path, text_field="text.body", **fields)
    assert (got.texts, got.ids, got.sources) == (["one", "two"], ["x", "y"], ["S", ""])
    assert got.dates[0] == 1751587200 and [reject.line for reject in got.reader.rejects] == [2, 3]


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("text", "column 'text' is struct<"),
        ("text.meta", "column 'text.meta' is struct<"),
        ("text.nothing", "missing field 'text.nothing'"),
        ("text.body.more", "missing field 'text.body.more'"),
        ("nothing.body", "missing field 'nothing.body'"),
    ],
)
def test_nested_columns_that_are_no_text(tmp_path: Path, field: str, reason: str) -> None:
    got = read_all(write(tmp_path / "a.parquet", pa.Table.from_pylist(NESTED)), text_field=field)
    assert not got.texts and got.reasons[0].startswith(reason)


@pytest.mark.parametrize("kind", ["large_binary", "large_string", "binary"])
def test_nested_text_of_other_kinds(tmp_path: Path, kind: str) -> None:
    values = pa.StructArray.from_arrays([pa.array([b"a", b"b"]).cast(getattr(pa, kind)())], ["body"])
    path = write(tmp_path / "a.parquet", pa.table({"data": values}))
    assert read_all(path, text_field="data.body").texts == [
        "a",
        "b",
    ]
