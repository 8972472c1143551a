"""States of the version before listings and teasers: nothing of them is lost, and the next run goes on from them."""

from dedup.feeds.policy import Cause, Policy, Treatment
from dedup.storage import schema
from dedup.storage.opening import open_database
from tests.feeds.feed_factory import REPORT, SPUN, START, item, rss, story
from tests.feeds.feed_harness import FeedHarness

BEFORE = 4
"""The version of the tables."""
A, B, C = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
HOUR = 3600


def columns(database, table):
    return [row[1] for row in database.query(f"PRAGMA table_info({table})")]


def as_before(path, monkeypatch):
    """The state at `path` as the version before would have written it; returns all its rows."""
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:BEFORE])
        patched.setattr(schema, "VERSION", BEFORE)
        old = open_database(path.with_name("old.sqlite"), create=True)
        new_rows = {}
        patched.undo()
        now = open_database(path, create=False)
        with old.transaction(write=True):
            for table in [row[0] for row in old.query("SELECT name FROM sqlite_master WHERE type = 'table'")]:
                names = columns(old, table)
                rows = now.query(f"SELECT {', '.join(names)} FROM {table}")
                old.execute(f"DELETE FROM {table}")
                old.executemany(
                    f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", rows
                )
                new_rows[table] = names, sorted(rows, key=repr)
        now.close()
        old.close()
    for name in (path, *path.parent.glob(path.name + "-*")):
        name.unlink(missing_ok=True)
    path.with_name("old.sqlite").rename(path)
    return new_rows


def test_a_state_of_the_version_before(tmp_path, monkeypatch):
    desk = FeedHarness(tmp_path)
    for url in (A, B, C):
        desk.add(url)
    first = item("https://a.example/1", REPORT, key="1", title="Report")
    desk.bodies[A] = rss("a.example", first, item("https://a.example/2", story(1)))
    desk.run()
    desk.bodies[B] = rss("b.example", item("https://b.example/9", SPUN, date=START + HOUR))
    desk.bodies[C] = rss("a.example", item("https://a.example/2?utm_source=x", story(1), key="again"))
    desk.run(START + HOUR, policy=Policy(causes={Cause.SAME_LINK: Treatment.KEEP}))
    outputs = {url: desk.output(url) for url in (A, B, C)}
    rows = as_before(desk.place, monkeypatch)
    database = open_database(desk.place, create=False)
    assert database.query("PRAGMA user_version")[0][0] == schema.VERSION > BEFORE
    for table, (names, known) in rows.items():
        assert sorted(database.query(f"SELECT {', '.join(names)} FROM {table}"), key=repr) == known
    database.close()
    desk.run(START + 2 * HOUR)  # what was shown before stays as it is shown, by a stricter policy too
    assert outputs == {url: desk.output(url) for url in (A, B, C)}
    desk.bodies[C] = rss("a.example", item("https://a.example/1?utm_source=x", REPORT, key="x"))
    desk.bodies[A] = rss("a.example", item("https://a.example/1", REPORT, key="new id", title="Report"), first)
    summary = desk.run(START + 3 * HOUR)
    assert summary.problems == []
    assert b"Listed before:" in desk.output(C) and desk.output(A).count(b"Posted before:") == 1
