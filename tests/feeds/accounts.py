"""Accounts of readers on this machine: the public interfaces of Miniflux and of Google Reader (as FreshRSS has it), as
far as they are documented, with a list of entries behind them.

    with Account("miniflux", entries) as account:
        account.url, account.entries[3]["read"]
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlsplit

TOKEN, USER, PASSWORD = "t0ken-that-nobody-sees", "alice", "passw0rd-that-nobody-sees"
LONG = "tag:google.com,2005:reader/item/"


def entry(number: int, url: str, feed: str, title: str = "") -> dict[str, Any]:
    return {"id": number, "url": url, "feed": feed, "title": title, "read": False, "starred": False, "labels": []}


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_):
        """A client that was killed."""


class Account:
    def __init__(self, kind: str, entries: list[dict[str, Any]], port: int = 0) -> None:
        self.entries = {one["id"]: one for one in entries}
        self.writes = []
        """Requests that change something: (mark, numbers)."""
        self.asked = []
        """All requests: (method, path, names of what is asked for, body)."""
        self.before_write = self.after_write = lambda: None
        """Called around each change; what they raise closes the connection without an answer."""
        self.lock = threading.Lock()
        handler = type("Handler", (_MINIFLUX if kind == "miniflux" else _GREADER,), {"account": self})
        self.server = _Server(("127.0.0.1", port), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}" + ("" if kind == "miniflux" else "/api/greader.php")

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def write(self, mark, numbers, value=True):
        self.before_write()
        with self.lock:
            self.writes.append((mark if value else f"-{mark}", sorted(numbers)))
            for number in numbers:
                one = self.entries.get(number)
                if one is None:
                    continue
                if mark == "toggle":
                    one["starred"] = not one["starred"]
                elif mark in ("read", "starred"):
                    one[mark] = value
                elif value:
                    one["labels"] = sorted({*one["labels"], mark})
                else:
                    one["labels"] = [label for label in one["labels"] if label != mark]
        self.after_write()

    def state(self):
        return {number: (one["read"], one["starred"], tuple(one["labels"])) for number, one in self.entries.items()}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    account = None

    def log_message(self, *_):
        pass

    def say(self, body, code=200, kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def body(self):
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        self.account.asked.append((self.command, parts.path, sorted(dict(parse_qsl(parts.query))), data))
        return data

    def answer(self):
        raise NotImplementedError

    def handle_any(self):
        try:
            self.answer()
        except ConnectionError:
            self.close_connection = True
            self.connection.close()

    do_GET = do_PUT = do_POST = handle_any


class _MINIFLUX(_Handler):
    def answer(self):
        parts, data = urlsplit(self.path), self.body()
        if self.headers.get("X-Auth-Token") != TOKEN:
            return self.say({"error_message": "access unauthorized"}, 401)
        if self.command == "GET" and parts.path == "/v1/entries":
            return self.say(self.listed({name: values[0] for name, values in parse_qs(parts.query).items()}))
        if self.command == "PUT" and parts.path == "/v1/entries":
            asked = json.loads(data)
            if not asked["entry_ids"]:
                return self.say({"error_message": "the list of entries is empty"}, 400)
            self.account.write("read", asked["entry_ids"], asked["status"] == "read")
            return self.say(b"", 204)
        number = int(parts.path.split("/")[3])
        if self.command == "PUT" and parts.path.endswith("/bookmark"):
            self.account.write("toggle", [number])
            return self.say(b"", 204)
        return self.say(self.row(self.account.entries[number]))

    def listed(self, asked):
        rows = [one for one in self.account.entries.values() if not one["read"]]
        rows = sorted((one for one in rows if one["id"] > int(asked["after_entry_id"])), key=lambda one: one["id"])
        return {"total": len(rows), "entries": [self.row(one) for one in rows[: int(asked["limit"])]]}

    def row(self, one):
        return {
            "id": one["id"], "status": "read" if one["read"] else "unread", "title": one["title"], "url": one["url"],
            "starred": one["starred"], "feed": {"id": 1, "feed_url": one["feed"]}, "hash": "x",
        }  # fmt: skip


class _GREADER(_Handler):
    def answer(self):
        parts, fields = urlsplit(self.path), parse_qsl(self.body().decode())
        path = parts.path.removeprefix("/api/greader.php")
        if path == "/accounts/ClientLogin":
            good = {"Email": USER, "Passwd": PASSWORD}.items() <= dict(fields).items()  # older clients name a service
            return self.say(
                f"SID={USER}/1\nLSID=null\nAuth={USER}/{TOKEN}\n".encode(), 200 if good else 401, "text/plain"
            )
        if self.headers.get("Authorization") != f"GoogleLogin auth={USER}/{TOKEN}":
            return self.say(b"Unauthorized!", 401, "text/plain")
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        found = {
            "/reader/api/0/token": lambda: b"57-characters", "/reader/api/0/subscription/list": self.subscriptions,
            "/reader/api/0/stream/items/ids": lambda: self.numbers(asked),
            "/reader/api/0/stream/items/contents": lambda: self.contents(fields),
            "/reader/api/0/edit-tag": lambda: self.edit(fields),
        }[path]()  # fmt: skip
        return self.say(found, 200, "text/plain" if isinstance(found, bytes) else "application/json")

    def feeds(self):
        return sorted({one["feed"] for one in self.account.entries.values()})

    def subscriptions(self):
        return {"subscriptions": [{"id": f"feed/{at}", "url": url} for at, url in enumerate(self.feeds(), 1)]}

    def numbers(self, asked):
        rows = sorted(number for number, one in self.account.entries.items() if not one["read"])
        at, count = int(asked.get("c", 0)), int(asked["n"])
        rows = [number for number in rows if number > at]
        more = {"continuation": str(rows[count - 1])} if len(rows) > count else {}
        return {"itemRefs": [{"id": str(number)} for number in rows[:count]], **more}

    def contents(self, fields):
        feeds = self.feeds()
        rows = [self.account.entries[self.number(value)] for name, value in fields if name == "i"]
        return {"items": [{
            "id": f"{LONG}{one['id']:016x}", "title": one["title"], "alternate": [{"href": one["url"]}],
            "origin": {"streamId": f"feed/{feeds.index(one['feed']) + 1}"},
            "categories": ["user/-/state/com.google/reading-list", *(f"user/-/label/{name}" for name in one["labels"]),
                           *(["user/-/state/com.google/starred"] if one["starred"] else [])],
        } for one in rows]}  # fmt: skip

    def edit(self, fields):
        assert ("T", "57-characters") in fields
        numbers = [self.number(value) for name, value in fields if name == "i"]
        for name, value in fields:
            if name in "ar":
                self.account.write(value.rpartition("/")[2], numbers, name == "a")
        return b"OK"

    def number(self, name):
        return int(name.removeprefix(LONG), 16) if name.startswith(LONG) else int(name)
