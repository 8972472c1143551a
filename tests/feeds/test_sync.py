"""Decisions put on the entries of a reader, through the interfaces as they are documented, served on loopback."""

import itertools
import json
import random
from contextlib import closing, suppress

import pytest

from dedup.cli.feeds.sync import _mark
from dedup.feeds import sync as sync_module
from dedup.feeds.items import restore
from dedup.feeds.policy import Cause, Policy, Treatment
from dedup.feeds.readers import google_reader, miniflux
from dedup.feeds.readers.connection import Connection, ReaderError
from dedup.feeds.readers.google_reader import GoogleReader
from dedup.feeds.readers.miniflux import Miniflux
from dedup.feeds.readers.secrets import secrets
from dedup.feeds.sync import sync
from dedup.model import Relation
from tests.feeds.accounts import LONG, PASSWORD, TOKEN, USER, Account, entry
from tests.feeds.feed_factory import REPORT, SPUN, START, item, rss, story
from tests.feeds.feed_harness import FeedHarness

A, B, C = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
KINDS = ("miniflux", "freshrss")
SOME = 60
READ = {Treatment.DROP: "read"}
ALL = {Treatment.DROP: "read", Treatment.FLAG: "star"}


def reader_of(kind, account):
    return Miniflux(account.url, TOKEN) if kind == "miniflux" else GoogleReader(account.url, USER, PASSWORD)


@pytest.fixture
def desk(tmp_path):
    """A spun copy is dropped in B, the same article in C, a repost in A flagged."""
    policy = Policy({Relation.SPUN: Treatment.DROP}, {Cause.SAME_LINK: Treatment.DROP})
    made = FeedHarness(tmp_path, policy)
    for url in (A, B, C):
        made.add(url)
    made.bodies[A] = rss("a.example", item("https://a.example/1", REPORT, key="1", title="Report"))
    made.run(START)
    again = item("https://a.example/2", REPORT, key="2", title="Report")
    made.bodies[A] = rss("a.example", item("https://a.example/1", REPORT, key="1", title="Report"), again)
    made.bodies[B] = rss("b.example", item("https://b.example/1", SPUN), item("https://b.example/2", story(1)))
    made.bodies[C] = rss("a.example", item("https://a.example/1?utm_source=x", REPORT, key="x"))
    made.run(START + 3600)
    return made


def entries():
    return [
        entry(1, "https://a.example/1", A), entry(2, "https://a.example/2", A, "Report"),
        entry(3, "https://b.example/1", B), entry(4, "https://b.example/2", B),
        entry(5, "http://www.a.example/1?utm_source=x", C), entry(6, "https://never.example/seen",
        "https://n.example/f"),
    ]  # fmt: skip


def synced(desk, kind, account, marks=ALL, **more):
    reader = reader_of(kind, account)
    try:
        with desk.open() as held:
            return sync(held, reader, marks, START + 9_999, **more)
    finally:
        reader.close()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_dropped_is_read_and_what_is_flagged_has_a_star(desk, kind):
    with Account(kind, entries()) as account:
        found = synced(desk, kind, account, dry_run=True)
        assert (found.unread, found.known, len(found.marked), account.writes) == (6, 5, 3, [])
        assert len(synced(desk, kind, account).marked) == 3
        assert account.state() == {
            1: (False, False, ()), 2: (False, True, ()), 3: (True, False, ()), 4: (False, False, ()),
            5: (True, False, ()), 6: (False, False, ()),
        }  # fmt: skip
        writes = len(account.writes)
        assert synced(desk, kind, account).marked == [] and len(account.writes) == writes


@pytest.mark.parametrize("kind", KINDS)
def test_what_its_owner_takes_off_stays_off_and_what_is_restored_is_unmarked(desk, kind):
    with Account(kind, entries()) as account:
        synced(desk, kind, account)
        account.entries[3]["read"] = account.entries[2]["starred"] = False
        synced(desk, kind, account)
        assert not account.entries[3]["read"] and not account.entries[2]["starred"]
        account.entries[3]["read"] = True
        with desk.open() as held:
            restore(held, held.state.named("https://b.example/1")[0], START)
        assert synced(desk, kind, account).taken == 1
        assert not account.entries[3]["read"] and account.entries[5]["read"]
        assert synced(desk, kind, account).taken == 0


def test_labels(desk):
    with Account("freshrss", entries()) as account:
        synced(desk, "freshrss", account, {Treatment.DROP: "label:copies"})
        assert [one["labels"] for one in account.entries.values()] == [[], [], ["copies"], [], ["copies"], []]


def many(desk, kind):
    """More entries than one request has, half of them copies."""
    with desk.open() as held, held.transaction(write=True):
        one = held.state.named("https://b.example/1")[0]
        held.database.executemany(
            "INSERT INTO articles SELECT ?, ?, feed, url, title, source, date, words, indexed, first_seen, decided,"
            " treatment, relation, original, similarity, reasons, settled, cause FROM articles WHERE number = ?",
            [(1000 + n, f"https://b.example/copy/{n}", one.number) for n in range(0, SOME, 2)],
        )
    return [entry(n + 1, f"https://b.example/copy/{n}", B) for n in range(SOME)]


@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_any_moment_the_end_is_the_same_and_nothing_else_is_marked(desk, kind, monkeypatch):
    monkeypatch.setattr(sync_module, "AT_ONCE", 10)
    rng = random.Random(f"kill {kind}")
    wanted = {n + 1 for n in range(0, SOME, 2)}
    for mark in ("read", "star"):
        with Account(kind, many(desk, kind)) as account:
            for _ in range(4):
                left = rng.randrange(6 if mark == "read" else 50)

                def fall(left=left, count=[0]):  # noqa: B006
                    count[0] += 1
                    if count[0] > left:
                        raise ConnectionResetError

                account.before_write, account.after_write = fall, fall
                with suppress(ReaderError):
                    synced(desk, kind, account, {Treatment.DROP: mark})
                at = 0 if mark == "read" else 1
                assert {number for number, state in account.state().items() if state[at]} <= wanted
            account.before_write = account.after_write = lambda: None
            synced(desk, kind, account, {Treatment.DROP: mark})
            assert {number for number, state in account.state().items() if state[at]} == wanted
        with desk.open() as held, held.transaction(write=True):
            held.database.execute("DELETE FROM reader_marks")
            held.database.execute("DELETE FROM articles WHERE number >= 1000")


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_token_is_told_and_shown_nowhere(desk, kind):
    wrong = "wrong-secret"
    with Account(kind, entries()) as account, desk.open() as held:
        with pytest.raises(ReaderError, match="not accepted") as told:
            if kind == "freshrss":
                GoogleReader(account.url, USER, wrong)
            with closing(Miniflux(account.url, wrong)) as reader:
                sync(held, reader, READ, START)
        assert wrong not in str(told.value) and account.writes == []


def test_answers_that_are_none(desk):
    from tests.feeds.server import Server, page, redirect

    for body in (b"", b"<html>", b"[]", b'{"entries": 5}', b'{"entries": [{"id": "x"}]}', b"[" * 100_000):
        with (
            Server({}, default=page(body)) as server, closing(Miniflux(server.url(""), TOKEN)) as reader,
            desk.open() as held, pytest.raises(ReaderError),
        ):  # fmt: skip
            sync(held, reader, READ, START)
    with (
        Server({}, default=redirect("https://elsewhere.example/")) as server, desk.open() as held,
        closing(Miniflux(server.url(""), TOKEN)) as reader, pytest.raises(ReaderError, match="elsewhere"),
    ):  # fmt: skip
        sync(held, reader, READ, START)


def test_secrets_are_of_the_environment_or_of_a_file_that_nobody_else_reads(tmp_path):
    path = tmp_path / "token"
    path.write_text("# mine\nuser=alice\npassword=a=b c\n")
    with pytest.raises(ReaderError, match="chmod 600"):
        secrets(path, {})
    path.chmod(0o600)
    assert secrets(path, {"DEDUP_READER_USER": "bob", "DEDUP_READER_TOKEN": "t"}) == {
        "user": "alice", "password": "a=b c", "token": "t",
    }  # fmt: skip
    path.write_text("just-a-token\n")
    assert secrets(path, {}) == {"token": "just-a-token"}
    path.write_text("user=alice\nnonsense-secret\n")
    with pytest.raises(ReaderError, match=":2: expected") as told:
        secrets(path, {})
    assert "nonsense" not in str(told.value)


@pytest.mark.parametrize(
    "base", ["http://reader.example.org", "ftp://x", "https://user:secret@reader.example/", "nothing"]
)
def test_a_token_goes_over_no_open_network(base):
    with pytest.raises(ReaderError) as told:
        Connection(base)
    assert "secret" not in str(told.value)


def test_marks():
    import click

    assert [_mark(text) for text in ("read", "star", "label:a b", "none")] == ["read", "star", "label:a b", ""]
    for text in ("label:", "unread", "drop"):
        with pytest.raises(click.UsageError):
            _mark(text)


@pytest.fixture
def lying(desk, monkeypatch):
    """What a run says to a server that answers so, by paths; all else is empty."""

    def run(kind, answers):
        def answered(_self, path, *_, **__):
            body = answers.get(path.partition("?")[0], {})
            return body if isinstance(body, bytes) else json.dumps(body).encode()

        for method in ("get", "post", "put"):
            monkeypatch.setattr(Connection, method, answered)
        base = "http://localhost"
        reader = Miniflux(base, TOKEN) if kind == "miniflux" else GoogleReader(base, USER, token=TOKEN)
        with closing(reader), desk.open() as held:
            return sync(held, reader, ALL, START)

    return run


API = "/reader/api/0"
LIES = [5, "x", {"a": 1}, [5], ["x"], [None], [[]]]


@pytest.mark.parametrize("lie", LIES)
def test_answers_of_other_types(lying, lie):
    with pytest.raises(ReaderError):
        lying("miniflux", {"/v1/entries": {"entries": lie}})
    refs = {f"{API}/stream/items/ids": {"itemRefs": [{"id": 1}]}}
    for answers in (
        {f"{API}/subscription/list": {"subscriptions": lie}}, {f"{API}/stream/items/ids": {"itemRefs": lie}},
        refs | {f"{API}/stream/items/contents": {"items": lie}},
    ):  # fmt: skip
        with pytest.raises(ReaderError):
            lying("freshrss", answers)


@pytest.mark.parametrize("number", [True, -1, 0, 1 << 70, 1.5, None])
def test_numbers_that_no_entry_has(lying, number):
    with pytest.raises(ReaderError):
        lying("miniflux", {"/v1/entries": {"entries": [{"id": number, "url": "https://b.example/1"}]}})


def test_texts_that_no_table_takes_and_entries_told_twice(lying):
    row = {"id": 7, "url": "https://a.example/1", "title": "\ud800\0", "feed": {"feed_url": A}}
    odd = {"id": 8, "url": "https://\udfff/\0", "title": 5, "feed": 5, "starred": "x"}
    found = lying("miniflux", {"/v1/entries": {"entries": [row, row, odd]}})
    assert found.unread == 2 and found.marked == []


def test_what_was_not_asked_for_is_not_marked(lying):
    items = [{"id": f"{LONG}{number:016x}", "alternate": [{"href": "https://b.example/1"}], "origin": {"streamId": f"feed/{B}"}}
             for number in (1, 2)]  # fmt: skip
    found = lying("freshrss", {
        f"{API}/stream/items/ids": {"itemRefs": [{"id": "1"}, {"id": ["x"]}, {"id": "9" * 500}]},
        f"{API}/stream/items/contents": {"items": [*items, {"id": None}, {"id": [5]}]},
        f"{API}/token": b"t", f"{API}/edit-tag": b"OK",
    })  # fmt: skip
    assert [one.entry.id for one in found.marked] == [f"{LONG}{1:016x}"]


def test_pages_without_end(desk, monkeypatch):
    for module in (google_reader, miniflux):
        monkeypatch.setattr(module, "MOST_ENTRIES", 1_000)
    count = itertools.count(1)

    def endless(_self, path, *_):
        if path.endswith("list"):
            return b"{}"
        numbers = [next(count) for _ in range(250)]
        refs = {"itemRefs": [{"id": str(number)} for number in numbers], "continuation": "x"}
        return json.dumps(refs | {"entries": [{"id": number} for number in numbers]}).encode()

    monkeypatch.setattr(Connection, "get", endless)
    for reader in (Miniflux("http://localhost", TOKEN), GoogleReader("http://localhost", USER, token=TOKEN)):
        with pytest.raises(ReaderError, match="more than 1,000 unread"):
            list(reader.unread())
        reader.close()


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, br", "x"])
def test_packings_that_were_not_asked_for(coding):
    from tests.feeds.server import Server, page

    with (
        Server({}, default=page(b"x" * 50, Content_Encoding=coding)) as server,
        closing(Miniflux(server.url(""), TOKEN)) as reader, pytest.raises(ReaderError, match="not asked for"),
    ):  # fmt: skip
        list(reader.unread())
    assert "br" not in server.log[0].headers["accept-encoding"]


def test_an_answer_that_drips(monkeypatch):
    from dedup.feeds.readers import connection

    now = itertools.count(0, 100)
    monkeypatch.setattr(connection.time, "monotonic", lambda: next(now))

    class Dripping:
        def iter_bytes(self):
            return itertools.repeat(b"x")

    with pytest.raises(ReaderError, match="did not end"):
        connection._body(Dripping(), "here")


@pytest.mark.parametrize("secret", ["pass\nX-Other: secret", "secret\u00e9", "secret\ud800", "secret\0"])
def test_a_token_that_no_header_takes_is_not_shown(secret, tmp_path):
    for make in (
        lambda: Miniflux("http://localhost", secret),
        lambda: GoogleReader("http://localhost", USER, "", secret),
    ):
        with pytest.raises(ReaderError, match="characters that no token has") as told:
            make()
        assert "secret" not in str(told.value) and told.value.__cause__ is None


@pytest.mark.parametrize(
    "base", ["https://reader.example/?key=secret", "https://reader.example/#secret", "https://reader.example:99999/secret",
             "https://reader.example:x/", "https://me:pa/secret@reader.example/", "https://[::1/",
             "https://reader.example/\r\nsecret"],
)  # fmt: skip
def test_addresses_that_hold_secrets_or_are_none(base):
    with pytest.raises(ReaderError) as told:
        Connection(base)
    assert "key" not in str(told.value) and "pa/" not in str(told.value)
