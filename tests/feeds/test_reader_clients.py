"""The servers of `accounts` held against programs by other people that speak with the real ones: these get from ours
what they expect of theirs, and ask in the way in which we ask.
"""

import json

import pytest

from dedup.feeds.readers.google_reader import GoogleReader
from dedup.feeds.readers.miniflux import Miniflux
from dedup.feeds.readers.model import READ, STAR
from tests.feeds.accounts import PASSWORD, TOKEN, USER, Account, entry

FEED = "https://b.example/feed"


@pytest.fixture
def made():
    return [entry(number, f"https://b.example/{number}", FEED, f"Item {number}") for number in range(1, 8)]


def shapes(asked):
    """Requests without what differs from client to client: who asks, and how JSON is spaced."""
    return [(method, path, names, json.loads(body) if body else None) for method, path, names, body in asked]


def test_miniflux_by_its_own_client(made):
    miniflux = pytest.importorskip("miniflux")
    with Account("miniflux", made) as account, miniflux.Client(account.url, api_key=TOKEN) as client:
        page = {"status": "unread", "order": "id", "direction": "asc", "limit": 250, "after_entry_id": 0}
        found = client.get_entries(**page)
        assert found["total"] == 7 and [row["id"] for row in found["entries"]] == list(range(1, 8))
        assert all(row["feed"]["feed_url"] == FEED and row["status"] == "unread" for row in found["entries"])
        assert client.update_entries([2, 3], "read") and client.get_entry(3)["status"] == "read"
        assert client.get_entry(4)["starred"] is False and client.toggle_bookmark(4)
        assert client.get_entry(4)["starred"] is True
        assert client.update_entries([2], "unread") and client.toggle_bookmark(4)
        with pytest.raises(miniflux.ClientError) as refused:
            client.update_entries([], "read")
        assert refused.value.get_error_reason() == "the list of entries is empty"
        theirs, state = shapes(account.asked), account.state()
    with pytest.raises(miniflux.AccessUnauthorized), Account("miniflux", []) as account:
        miniflux.Client(account.url, api_key="wrong").get_entries()

    with Account("miniflux", [{**one, "read": False, "starred": False} for one in made]) as account:
        ours = Miniflux(account.url, TOKEN)
        entries = {one.id: one for one in ours.unread()}
        ours.put([entries["2"], entries["3"]], READ)
        ours.put([entries["4"]], STAR)
        ours.take(["2"], READ)
        ours.take(["4"], STAR)
        ours.close()
        assert account.state() == state
        kinds = {(method, path, tuple(names)) for method, path, names, _ in theirs}
        assert {(method, path, tuple(names)) for method, path, names, _ in shapes(account.asked)} <= kinds
        bodies = [body for *_, body in shapes(account.asked) if body]
        assert bodies == [body for *_, body in theirs if body and body["entry_ids"]]


def test_google_reader_by_a_client_of_it(made, monkeypatch):
    """libgreader was written for Google's own server, which is gone; the addresses alone are changed."""
    pytest.importorskip("libgreader")
    from libgreader.auth import ClientAuthMethod
    from libgreader.googlereader import GoogleReader as Client
    from libgreader.url import ReaderUrl

    with Account("freshrss", made) as account:
        api = f"{account.url}/reader/api/0/"
        monkeypatch.setattr(ClientAuthMethod, "CLIENT_URL", f"{account.url}/accounts/ClientLogin")
        for name, path in (("API_URL", ""), ("ACTION_TOKEN_URL", "token"), ("EDIT_TAG_URL", "edit-tag"),
                           ("SUBSCRIPTION_LIST_URL", "subscription/list")):  # fmt: skip
            monkeypatch.setattr(ReaderUrl, name, api + path)
        client = Client(ClientAuthMethod(USER, PASSWORD))
        (feed,) = json.loads(client.httpGet(ReaderUrl.SUBSCRIPTION_LIST_URL, {"output": "json"}))["subscriptions"]
        assert feed["url"] == FEED
        for number, tag in ((2, "user/-/state/com.google/read"), (3, "user/-/state/com.google/starred")):
            name = f"tag:google.com,2005:reader/item/{number:016x}"
            assert client._modifyItemTag(name, "a", tag) == "OK"
        assert client._modifyItemTag(name, "r", "user/-/state/com.google/starred") == "OK"
        state, theirs = account.state(), [row for row in account.asked if row[1].endswith("edit-tag")]

    with Account("freshrss", [{**one, "read": False, "starred": False} for one in made]) as account:
        ours = GoogleReader(account.url, USER, PASSWORD)
        entries = {one.title: one for one in ours.unread()}
        ours.put([entries["Item 2"]], READ)
        ours.put([entries["Item 3"]], STAR)
        ours.take([entries["Item 3"].id], STAR)
        ours.close()
        assert account.state() == state
        mine = [row for row in account.asked if row[1].endswith("edit-tag")]
    fields = [
        [sorted(part for part in body.decode().split("&") if not part.startswith("ac=")) for *_, body in rows]
        for rows in (mine, theirs)
    ]  # fmt: skip
    assert fields[0] == fields[1]
