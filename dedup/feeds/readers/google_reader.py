"""The interface of Google Reader, as FreshRSS, Miniflux, The Old Reader, Inoreader and others have it.

FreshRSS: https://freshrss.github.io/FreshRSS/en/developers/06_GoogleReader_API.html (address: …/api/greader.php).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dedup.feeds.readers.connection import (
    MOST_ENTRIES,
    Connection,
    ReaderError,
    loaded,
    plain_secret,
    rows_of,
    text_of,
)
from dedup.feeds.readers.model import LABEL, READ, STAR, Entry

PAGE, CONTENTS = 1_000, 100
"""Numbers of entries in one answer, and entries whose contents are asked for at a time."""
_LONGEST_NAME = 200
_API = "/reader/api/0"
_STATE = "user/-/state/com.google/"
_PREFIX = "tag:google.com,2005:reader/item/"


class GoogleReader:
    """An account, by name and password, or by the token that these were given for."""

    labels = True

    def __init__(self, base: str, user: str, password: str = "", token: str = "") -> None:
        self.account = f"google-reader {base.rstrip('/')} {user}"
        self._connection = Connection(base)
        try:
            auth = plain_secret(token or self._login(user, password))
        except BaseException:
            self._connection.close()
            raise
        self._connection.headers["Authorization"] = f"GoogleLogin auth={auth}"
        self._token = ""

    def _login(self, user: str, password: str) -> str:
        answer = self._connection.post("/accounts/ClientLogin", [("Email", user), ("Passwd", password)])
        for line in answer.decode("utf-8", "replace").splitlines():
            name, _, value = line.partition("=")
            if name == "Auth" and value:
                return value.strip()
        raise ReaderError(f"{self._connection.base}: no token came for this user and password")

    def unread(self) -> Iterator[Entry]:
        """All unread entries, the oldest first."""
        feeds = self._feeds()
        numbers = list(self._numbers())
        for at in range(0, len(numbers), CONTENTS):
            fields = [("i", number) for number in numbers[at : at + CONTENTS]]
            asked = {_tail(name) for _, number in fields for name in (number, _number(number))}
            found = _loaded(self._connection.post(f"{_API}/stream/items/contents?output=json", fields))
            for item in rows_of(found, "items"):
                if _tail(_number(_name(item.get("id")))) in asked:  # nothing else is known to be unread
                    yield _entry(item, feeds)

    def _numbers(self) -> Iterator[str]:
        """Of the unread entries; nothing is marked before they are all there."""
        more, seen = "", set()
        while True:
            fields = [
                ("output", "json"), ("s", _STATE + "reading-list"), ("xt", _STATE + "read"), ("n", str(PAGE)),
                ("r", "o"),
            ]  # fmt: skip
            found = _loaded(self._connection.get(f"{_API}/stream/items/ids", fields + ([("c", more)] if more else [])))
            refs = [name for ref in rows_of(found, "itemRefs") if (name := _name(ref.get("id")))]
            fresh = [name for name in refs if name not in seen]
            seen.update(fresh)
            if len(seen) > MOST_ENTRIES:
                raise ReaderError(f"more than {MOST_ENTRIES:,} unread entries")
            yield from fresh
            more = text_of(str(found.get("continuation") or ""))
            if not more or not fresh:
                return

    def _feeds(self) -> dict[str, str]:
        """Addresses of feeds by the names that entries have for them."""
        found = _loaded(self._connection.get(f"{_API}/subscription/list", [("output", "json")]))
        return {
            str(row.get("id")): text_of(row.get("url")) for row in rows_of(found, "subscriptions")
        }  # fmt: skip

    def put(self, entries: Sequence[Entry], mark: str) -> None:
        """Put a mark on entries, in one request."""
        self._edit([one.id for one in entries], "a", mark)

    def take(self, ids: Sequence[str], mark: str) -> None:
        """Take a mark off."""
        self._edit(ids, "r", mark)

    def _edit(self, ids: Sequence[str], what: str, mark: str) -> None:
        if not self._token:
            self._token = self._connection.get(f"{_API}/token").decode("ascii", "replace").strip()
        fields = [*(("i", name) for name in ids), (what, _tag(mark)), ("T", self._token)]
        if self._connection.post(f"{_API}/edit-tag", fields).strip() != b"OK":
            raise ReaderError(f"{self._connection.base}: the server did not say OK to what was marked")

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def _tag(mark: str) -> str:
    if mark.startswith(LABEL):
        return f"user/-/label/{mark.removeprefix(LABEL)}"
    return _STATE + {READ: "read", STAR: "starred"}[mark]


def _loaded(body: bytes) -> dict[str, Any]:
    return loaded(body, "its Google Reader interface")


def _entry(item: dict[str, Any], feeds: dict[str, str]) -> Entry:
    links = [*_list(item.get("canonical")), *_list(item.get("alternate"))]
    url = next((href for link in links if isinstance(link, dict) and (href := text_of(link.get("href")))), "")
    origin = item.get("origin")
    stream = text_of(origin.get("streamId")) if isinstance(origin, dict) else ""
    tags = {str(tag) for tag in _list(item.get("categories"))}
    marks = {STAR} if any(tag.endswith("/state/com.google/starred") for tag in tags) else set()
    marks |= {LABEL + tag.partition("/label/")[2] for tag in tags if "/label/" in tag}
    return Entry(
        _number(_name(item["id"])), url, feeds.get(stream) or stream.removeprefix("feed/"),
        text_of(item.get("title")), frozenset(marks),
    )  # fmt: skip


def _name(value: Any) -> str:
    """An entry's name that can be sent and kept; empty for what is none."""
    name = text_of(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return name if len(name) <= _LONGEST_NAME else ""


def _tail(name: str) -> str:
    """What long and short names of an entry have in common."""
    return name.removeprefix(_PREFIX)


def _number(name: str) -> str:
    """An entry's name in the form that all servers take: the long one, with sixteen digits."""
    if name.startswith(_PREFIX):
        return name
    try:
        number = int(name)
    except ValueError:
        return name  # of servers with other names
    return f"{_PREFIX}{number & (1 << 64) - 1:016x}"


def _list(value: Any) -> list[Any]:
    return value[:1_000] if isinstance(value, list) else []
