"""Documents that a program hands over instead of files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from math import isnan
from typing import Any, NamedTuple

from dedup.config import ReadConfig
from dedup.model import Batch, Document, Reject
from dedup.read.collector import DocumentCollector, clean
from dedup.read.fields import Fields, is_id
from dedup.read.naming import content_name
from dedup.read.values import Value, ValueField, comparable

SOURCE = "-"
"""What stands for the file name."""
_TABLES = ("pandas", "polars", "pyarrow", "modin", "cudf", "duckdb", "dask", "ibis", "sqlframe", "pyspark")
"""Packages whose tables and columns narwhals reads."""
Item = str | Document | Mapping[str, Any]


class _Valued(NamedTuple):
    """A row of a table, and what its field is worth by which it is chosen who stands."""

    document: Document
    value: Value


class Items:
    """What a program hands over, one item after the other, and how many there were.

    Texts, `Document`s, mappings, and the rows of tables and columns of pandas, polars, pyarrow and others that
    narwhals reads. Raises TypeError for what is one text, or none of these.
    """

    def __init__(self, given: Any, config: ReadConfig | None = None, value_field: str = "") -> None:
        self.count = 0
        self.value_field = value_field
        self._items = _opened(given, config or ReadConfig(), value_field)

    def __iter__(self) -> Iterator[Any]:
        for item in self._items:
            self.count += 1
            yield item


def from_documents(
    items: Iterable[Any] | Items,
    config: ReadConfig | None = None,
    rejects: list[Reject] | None = None,
    *,
    name: str = SOURCE,
    by_text: bool = False,
) -> Iterator[Batch]:
    """Batches of texts, Documents or records with the fields that files have, or of the rows of a table.

    What has no id is called by its position ("0", "1", …), behind a `name` other than "-" ("name:0"), of which `files`
    is then 1 and else 0; with `by_text` it is called by a digest of its text, which holds for longer than one run.
    `lines` is the position from 1. As with files, empty and oversized texts, those that are None or NaN, and records
    without a text field are left out; `rejects` gets them. Raises TypeError for a text that is anything else, for one
    text instead of several, and for a table without a column of texts.
    """
    given = items if isinstance(items, Items) else Items(items, config)
    intake = DocumentCollector(config or ReadConfig(), value_field=given.value_field)
    if rejects is not None:
        intake.rejects = rejects
    if name != SOURCE:
        intake.begin(SOURCE)
    intake.begin(name)
    return _batches(given, intake, by_text)


def is_missing(value: Any) -> bool:
    """Whether something stands for "no value": None, NaN, and what pandas has for them."""
    if value is None:
        return True
    if type(value).__name__ in {"NAType", "NaTType"}:
        return True
    return isinstance(value, float) and isnan(value)


def text_or_type_error(value: Any, name: str) -> str:
    """The text. Raises TypeError, which says what was given instead of `name`."""
    if isinstance(value, str):
        return value
    hint = "; decode it first" if isinstance(value, bytes | bytearray | memoryview) else ""
    if is_missing(value):
        hint = ": there is no text to look at"
    raise TypeError(f"{name} must be a str, got {_kind(value)}{hint}")


def field_name(value: Any, what: str) -> str:
    """The name of a field or column. Raises TypeError for what is none, such as the column itself."""
    if not isinstance(value, str) or not value:
        got = repr(value) if isinstance(value, str | int) else _kind(value)
        raise TypeError(f"{what} is the name of a field or column, got {got}")
    return value


def _opened(given: Any, config: ReadConfig, value_field: str) -> Iterable[Any]:
    """What to go through. Raises TypeError."""
    if isinstance(given, str | bytes | bytearray | memoryview | Document):
        raise TypeError(f"expected several texts, got one {_kind(given)}; put it into a list")
    if isinstance(given, Mapping):
        raise TypeError(
            f"expected several texts, got one {_kind(given)}; a record belongs into a list, and of a dict of columns "
            "make a DataFrame"
        )
    if type(given).__module__.partition(".")[0] in _TABLES or hasattr(given, "__narwhals_dataframe__"):
        return _table(given, config, value_field)
    if not isinstance(given, Iterable):
        raise TypeError(f"expected an iterable of texts, got {_kind(given)}")
    return given


def _table(given: Any, config: ReadConfig, value_field: str) -> Iterable[Any]:
    """Rows of a table, or the values of a column. Raises TypeError for a table without a text column."""
    import narwhals as nw

    frame: Any = nw.from_native(_prepared(given, Fields(config)), allow_series=True, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, nw.Series):
        return list(frame.to_list())
    if not isinstance(frame, nw.DataFrame):
        if hasattr(given, "to_pylist"):  # an array of pyarrow
            return list(given.to_pylist())
        raise TypeError(f"expected an iterable of texts, got {_kind(given)}")
    columns = [str(name) for name in frame.columns]
    fields = Fields(config)
    found = fields.columns(columns)
    if found.text is None:
        raise TypeError(f"the table has the columns {', '.join(columns) or '(none)'}: {fields.missing}")
    wanted = {at: name for at, name in zip(found, ("text", "id", "date", "source"), strict=True) if at is not None}
    return _rows(frame, wanted, ValueField(value_field).column(columns))


def _prepared(given: Any, fields: Fields) -> Any:
    """A table as narwhals takes it: no batch, no stream, no index, and each column once. Raises TypeError where it is
    not plain which column is meant.
    """
    kind = type(given).__name__
    if kind == "RecordBatch":
        from pyarrow import Table

        given = Table.from_batches([given])
    elif kind == "RecordBatchReader":
        given = given.read_all()
    elif kind.endswith("Index") and hasattr(given, "to_series"):
        return given.to_series()
    # Only pandas and pyarrow let two columns have one name, and only these are asked: a lazy table would compute.
    held = getattr(given, "columns", ()) if hasattr(given, "iloc") else getattr(given, "column_names", ())
    names = list(map(str, held))
    if len(set(names)) == len(names):
        return given
    for at in fields.columns(names):
        if at is not None and names.count(names[at]) > 1:
            raise TypeError(f"the table has {names.count(names[at])} columns called '{names[at]}': rename all but one")
    first = [at for at, name in enumerate(names) if name not in names[:at]]
    return given.iloc[:, first] if hasattr(given, "iloc") else given.select(first)


def _rows(frame: Any, wanted: Mapping[int, str], value_at: int | None) -> Iterator[Document | _Valued]:
    """Documents of a table; `wanted` are the columns that are read, and what they hold."""
    from narwhals import nth  # by position: a column of pandas may be called 0

    values = [] if value_at is None else [comparable(row[0]) for row in frame.select(nth(value_at)).iter_rows()]
    for number, row in enumerate(frame.select(*map(nth, wanted)).iter_rows()):
        document = Document(**{"text": None, **dict(zip(wanted.values(), row, strict=True))})
        yield _Valued(document, values[number]) if values else document


def _batches(items: Items, intake: DocumentCollector, by_text: bool) -> Iterator[Batch]:
    for position, item in enumerate(items):
        document: Document | None
        if isinstance(item, _Valued):
            document, value = item
        elif isinstance(item, Mapping):
            document, value = _from_record(item, position, intake), intake.values.of(item)
        else:
            document, value = item if isinstance(item, Document) else Document(item), None
        if document is not None:
            _add(document, position, intake, value, by_text)
        if intake.full:
            yield intake.take()
    if len(intake.chunk):
        yield intake.take()


def _from_record(record: Mapping[str, Any], position: int, intake: DocumentCollector) -> Document | None:
    """The document in a record; None, and a reject, where it has no text field."""
    fields: Fields = intake.fields
    keys = fields.guess(record)
    if keys.text is None:
        intake.reject(position + 1, fields.missing)
        return None
    fields.settle(keys)
    ident, moment, source = (record.get(key) if key is not None else None for key in keys[1:])
    return Document(record[keys.text], ident, moment, source)


def _add(document: Document, position: int, intake: DocumentCollector, value: Value, by_text: bool) -> None:
    """Take in one document. Raises TypeError."""
    text = document.text
    if is_missing(text):
        intake.reject(position + 1, f"no text: it is {text}")
        return
    text = text_or_type_error(text, f"item {position}: the text")
    ident, moment, source = (_plain(value) for value in (document.id, document.date, document.source))
    if not is_id(ident):
        place = content_name("", clean(text))[1:] if by_text else str(position)
        ident = place if intake.name == SOURCE else f"{intake.name}:{place}"
    intake.add(text, ident, position + 1, date=moment, source=source, raw=text, value=value)


def _plain(value: Any) -> Any:
    """A value as files have it: a number of numpy as one of Python, a date as ISO 8601, nothing for NaN."""
    if is_missing(value):
        return None
    if isinstance(value, date):
        return value.isoformat()
    return value.item() if type(value).__module__ == "numpy" and hasattr(value, "item") else value


def _kind(value: Any) -> str:
    """The type of something, in words."""
    return "None" if value is None else "nan" if is_missing(value) else type(value).__name__
