"""Which field of a record holds the text, the id, the date and the publisher."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from dedup.config import ReadConfig

TEXT_NAMES = (
    "text", "content", "body", "article", "raw_content", "article_text", "full_text", "document", "maintext",
    "description",
)  # fmt: skip
ID_NAMES = ("id", "_id", "doc_id", "docid", "document_id", "uuid", "guid", "url", "link")
DATE_NAMES = (
    "date", "published", "date_published", "published_at", "publish_date", "pubDate", "pubdate", "timestamp",
    "created_at", "datetime", "time",
)  # fmt: skip
SOURCE_NAMES = ("source", "site", "outlet", "publisher", "domain", "feed", "source_name")

_SHOWN_FIELDS, _SHOWN_CHARACTERS = 20, 200
"""Names of a record that are told, and their length."""
_NOTHING = object()

LOOKED_FOR = f"no text field (looked for {', '.join(TEXT_NAMES)})"


class FieldNames(NamedTuple):
    """The keys of one record; None where it has none."""

    text: str | None
    id: str | None
    date: str | None
    source: str | None


class FieldColumns(NamedTuple):
    """Positions in a table's header; None where it has no such column."""

    text: int | None
    id: int | None
    date: int | None
    source: int | None


class Fields:
    """The keys in use for one file: configured, or guessed from the first good record.

    A record that lacks a known key is guessed anew, and what that finds holds for the records after it.
    """

    __slots__ = ("_config", "_names", "_paths", "keys", "settled", "unsuspected")

    def __init__(self, config: ReadConfig) -> None:
        self._config = config
        self._names = (
            _candidates(config.text_field, TEXT_NAMES),
            _candidates(config.id_field, ID_NAMES),
            _candidates(config.date_field, DATE_NAMES),
            _candidates(config.source_field, SOURCE_NAMES),
        )
        self._paths = [name for names in self._names for name in names if "." in name]
        self.settled = False
        self._use(FieldNames(None, None, None, None))

    @property
    def missing(self) -> str:
        """Why a record without a text field is refused."""
        return f"missing field '{self._config.text_field}'" if self._config.text_field else LOOKED_FOR

    @property
    def configured(self) -> tuple[str, str, str, str]:
        """The names that were given for text, id, date and publisher; empty where none was."""
        config = self._config
        return config.text_field, config.id_field, config.date_field, config.source_field

    def missing_from(self, record: Mapping[str, Any]) -> str:
        """The same, with the fields that the record has."""
        return f"{self.missing}; the fields are: {_listed(record)}"

    def with_nested(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """The record with what the configured paths (data.text, authors.0.name) lead to, under the whole path as name.
        A key that is called so itself goes first.
        """
        nested = {
            path: value for path in self._paths if path not in record and (value := _at(record, path)) is not _NOTHING
        }
        return {**record, **nested} if nested else record

    @property
    def guesses_text(self) -> bool:
        """Whether the name of the text field is a guess."""
        return not self._config.text_field

    def guess(self, record: Mapping[str, Any]) -> FieldNames:
        """The keys for this record: those in use where it has them, else the first of each list that fits."""
        text, ident, day, source = self._names
        now = self.keys
        return FieldNames(
            _pick(record, now.text, text, _is_text),
            _pick(record, now.id, ident, is_id),
            _pick(record, now.date, day, _is_something),
            _pick(record, now.source, source, _is_something),
        )

    def other_date(self, record: Mapping[str, Any]) -> Any:
        """The date of a record that lacks the key in use; None if it has none."""
        key = _pick(record, None, self._names[2], _is_something)
        return None if key is None else record[key]

    def other_source(self, record: Mapping[str, Any]) -> Any:
        """The publisher of a record that lacks the key in use; None if it has none."""
        key = _pick(record, None, self._names[3], _is_something)
        return None if key is None else record[key]

    def settle(self, keys: FieldNames) -> None:
        """Use `keys` for the records to come; a key that this record lacked but an earlier one had stays."""
        self.settled = not self._paths  # else every record has to be looked into
        self._use(FieldNames(*(new if new is not None else old for new, old in zip(keys, self.keys, strict=True))))

    def _use(self, keys: FieldNames) -> None:
        self.keys = keys
        unused = (names for key, names in zip(keys, self._names, strict=True) if key is None)
        # Asked once a record: "has it none of the names that would change the guess?"
        self.unsuspected: Callable[[Iterable[Any]], bool] = frozenset[str]().union(*unused).isdisjoint

    def columns(self, header: Sequence[str]) -> FieldColumns:
        """Positions of the columns of a table, by exact name first, then whatever the case."""
        exact = {name: at for at, name in reversed(list(enumerate(header)))}
        folded = {name.strip().casefold(): at for at, name in reversed(list(enumerate(header)))}

        def find(names: Sequence[str]) -> int | None:
            for name in names:
                if (at := exact.get(name, folded.get(name.casefold()))) is not None:
                    return at
            return None

        return FieldColumns(*(find(names) for names in self._names))


def _at(record: Any, path: str) -> Any:
    """What a path leads to, `_NOTHING` if there is no such thing."""
    value = record
    for step in path.split("."):
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and len(step) < 8 and int(step) < len(value):
            value = value[int(step)]
        else:
            return _NOTHING
    return value


def value_at(record: Mapping[str, Any], path: str) -> Any:
    """What a path (meta.score, authors.0.name) leads to; None if there is no such thing."""
    value = _at(record, path)
    return None if value is _NOTHING else value


def _listed(record: Mapping[str, Any]) -> str:
    """Names of the fields of a record, those of an object in it as paths; not more than fit into a message."""
    names: list[str] = []
    for name, value in islice(record.items(), _SHOWN_FIELDS):
        inner = islice(value, _SHOWN_FIELDS) if isinstance(value, Mapping) else ()
        names.extend([f"{name}.{key}" for key in inner] or [str(name)])
    text = ", ".join(names) if names else "none"
    text = "".join(char if char.isprintable() else "\ufffd" for char in text[: _SHOWN_CHARACTERS + 1])
    if len(text) <= _SHOWN_CHARACTERS and len(record) <= _SHOWN_FIELDS:
        return text
    return text[:_SHOWN_CHARACTERS] + " …"


def _candidates(configured: str, guesses: tuple[str, ...]) -> tuple[str, ...]:
    return (configured,) if configured else guesses


def _pick(
    record: Mapping[str, Any], now: str | None, names: tuple[str, ...], fits: Callable[[Any], bool]
) -> str | None:
    """`now` if the record has it, else its first name whose value fits, else its first name."""
    if now is not None and now in record:
        return now
    present = [name for name in names if name in record]
    return next((name for name in present if fits(record[name])), present[0] if present else None)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_something(value: Any) -> bool:
    return value is not None


def is_id(value: Any) -> bool:
    """A string that is not empty, or a number."""
    return bool(value) if isinstance(value, str) else isinstance(value, int | float) and not isinstance(value, bool)


def source_name(value: Any) -> str:
    """The publisher in a source field: a string, a number, or the name or title in an object (or the first of a
    list); empty for everything else.
    """
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = next((value[key] for key in ("name", "title") if isinstance(value.get(key), str)), None)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
