"""`dedup feeds` as one runs it."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from dedup.feeds.records import KnownFeed
from dedup.feeds.schedule import Schedule
from dedup.feeds.session import Session
from tests.feeds.feed_factory import REPORT, SPUN, item, rss, story
from tests.feeds.server import Server, conditional, page, status

FEED = rss("a.example", item("https://a.example/1", REPORT), item("https://a.example/2", story(1)))
COPY = rss("b.example", item("https://b.example/1", SPUN), item("https://b.example/2", story(2)))


@pytest.fixture
def feeds(tmp_path):
    """Runs a command on an index of its own; checks its exit code, and that nothing came on stderr unless it may."""

    def call(name, *arguments, given=b"", code=0, loud=False):
        command = [sys.executable, "-m", "dedup", "feeds", name, *arguments, "--index", str(tmp_path / "new/i.sqlite")]
        done = subprocess.run(command, input=given, capture_output=True, timeout=120, check=False, cwd=tmp_path)
        assert done.returncode == code, done.stderr.decode()
        assert loud or not done.stderr, done.stderr.decode()
        return done

    return call


def test_a_clean_feed_goes_through_the_filter_byte_for_byte(feeds):
    assert feeds("filter", given=FEED).stdout == FEED
    assert feeds("filter", given=FEED).stdout == FEED


def test_a_copy_is_marked_in_the_filter_and_explained(feeds):
    feeds("filter", "--url", "https://a.example/feed", given=FEED)
    for _ in range(2):
        out = feeds("filter", "--url", "https://b.example/feed", given=COPY).stdout.decode()
        assert "https://a.example/1" in out and out.count("<item>") == 2
    told = feeds("explain", "https://b.example/1").stdout.decode()
    assert "spun" in told and "copy of" in told and "https://a.example/1" in told and "“purchase” for “buy”" in told
    row = json.loads(feeds("explain", "--json", "https://b.example/1").stdout)[0]
    assert (row["relation"], row["copy_of"]["link"]) == ("spun", "https://a.example/1")
    assert row["evidence"]["substitutions_total"] > 20


def test_the_filter_drops_and_the_item_can_be_had_back(feeds):
    feeds("filter", given=FEED)
    out = feeds("filter", "--policy", "all=drop", given=COPY).stdout
    assert out.count(b"<item>") == 1
    assert feeds("explain", "--raw", "https://b.example/1").stdout.decode() == item("https://b.example/1", SPUN)
    feeds("restore", "https://b.example/1")
    assert feeds("filter", "--policy", "all=drop", given=COPY).stdout == COPY


@pytest.mark.parametrize("given", [b"", b"no feed at all", b"<html><body/></html>", FEED[:40], b"\xff\xfe\x00<"])
def test_what_is_no_feed_goes_through_the_filter_unchanged(feeds, given):
    done = feeds("filter", given=given, loud=True)
    assert done.stdout == given
    assert done.stderr.count(b"\n") == 1 and b"Traceback" not in done.stderr


def test_a_feed_goes_through_the_filter_when_the_index_cannot_be_used(feeds, tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "i.sqlite").write_bytes(b"no database" * 1000)
    done = feeds("filter", given=FEED, loud=True)
    assert done.stdout == FEED and b"not an index" in done.stderr
    assert feeds("filter", "--policy", "nonsense", given=FEED, loud=True).stdout == FEED


def test_filters_that_run_at_the_same_time(feeds):
    """As newsboat's threads start them: each feed comes out, and of the copies all but one are marked."""
    bodies = [rss(f"s{n}.example", item(f"https://s{n}.example/1", REPORT)) for n in range(5)]
    with ThreadPoolExecutor(5) as pool:
        outs = list(pool.map(lambda body: feeds("filter", given=body).stdout, bodies))
    assert sum(out == body for out, body in zip(outs, bodies, strict=True)) == 1
    assert all(b"<item>" in out for out in outs)


def test_the_list(feeds):
    feeds("add", "https://a.example/feed", "--title", "Mine", "--folder", "x/y", "--never-touch")
    feeds("add", "https://b.example/feed", "https://c.example/feed", "--interval", "3600")
    feeds("add", "https://b.example/feed", "--trusted")
    rows = {row["url"]: row for row in json.loads(feeds("list", "--json").stdout)}
    assert len(rows) == 3
    assert rows["https://a.example/feed"]["never_touch"] and rows["https://a.example/feed"]["folder"] == "x/y"
    assert rows["https://b.example/feed"]["trusted"] and rows["https://b.example/feed"]["interval"] == 3600
    feeds("remove", "https://c.example/feed")
    assert b"no such feed" in feeds("remove", "https://c.example/feed", code=2, loud=True).stderr
    assert b"not fetched yet" in feeds("list").stdout


def test_what_is_no_web_address_is_not_added(feeds):
    assert b"not a web address" in feeds("add", "file:///etc/passwd", code=2, loud=True).stderr


def test_lists_come_and_go_as_opml(feeds, tmp_path):
    feeds("add", "https://a.example/feed", "--title", "A & <B>", "--folder", "news/local")
    feeds("add", "https://b.example/feed")
    first = feeds("export").stdout
    path = tmp_path / "list.opml"
    path.write_bytes(first)
    assert b"0 feeds added, 2 known" in feeds("import", str(path), loud=True).stderr
    (tmp_path / "new" / "i.sqlite").unlink()
    feeds("import", "-", given=first, loud=True)
    assert feeds("export").stdout == first


def test_a_hostile_title_does_not_reach_the_terminal(feeds):
    title = "Evil\x1b[31m\u202e title"
    feeds("add", "https://a.example/feed", "--title", title)
    assert "\x1b" not in (out := feeds("list").stdout.decode()) and "\u202e" not in out
    hostile = rss("a.example", item("https://a.example/1", REPORT, title="Hidden \u202e"))
    feeds("filter", given=hostile)
    assert "\u202e" not in feeds("explain", "https://a.example/1").stdout.decode()


def test_a_run_from_end_to_end(feeds, tmp_path):
    routes = {"/a": conditional(FEED, etag='"1"'), "/b": page(COPY), "/c": status(500)}
    with Server(routes) as server:
        allow = ["--allow-private", f"127.0.0.1:{server.port}", "--interval", "60"]
        feeds("add", server.url("/a"))
        assert feeds("run", *allow).stdout == b""
        feeds("add", server.url("/b"), server.url("/c"))
        told = feeds("run", *allow, "--dry-run", loud=True).stdout.decode()
        assert "flag spun" in told and "would be: 2 feeds due" in told
        done = feeds("run", *allow, "--summary", "json", "--merged", str(tmp_path / "all.xml"))
        found = json.loads(done.stdout)
        assert (found["feeds"], found["flagged"], found["failed"], found["new_items"]) == (2, 1, 1, 2)
        assert {path.suffix for path in (tmp_path / "new" / "feeds").iterdir()} == {".xml"}
        assert (tmp_path / "all.xml").exists()
        rows = {row["url"]: row for row in json.loads(feeds("list", "--json").stdout)}
        assert "500" in rows[server.url("/c")]["last_error"]
        assert not rows[server.url("/a")]["last_error"]


def test_settings_come_from_the_file(feeds, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.dedup.feeds]\nspun = "drop"\n[tool.dedup.match]\nexcerpts = true\n')
    feeds("filter", given=FEED)
    assert feeds("filter", given=COPY).stdout.count(b"<item>") == 1
    (tmp_path / "pyproject.toml").write_text('[tool.dedup.feeds]\nspun = "burn"\n')
    done = feeds("run", code=2, loud=True)
    assert b"pyproject.toml: [feeds] spun: 'burn' is none of flag, drop, merge, keep" in done.stderr


def test_nobody_is_explained_who_is_not_known(feeds):
    feeds("add", "https://a.example/feed")
    assert b"no item is known" in feeds("explain", "https://a.example/9", code=2, loud=True).stderr


def test_what_an_opml_file_has_and_cannot_be_added_is_told(feeds, tmp_path):
    path = tmp_path / "list.opml"
    path.write_text(
        '<opml version="1.0"><body><outline text="A" xmlUrl="feed://a.example/f"/>'
        '<outline text="Bad\u202e one" xmlUrl="gopher://b.example"/></body></opml>'
    )
    told = feeds("import", str(path), loud=True).stderr.decode()
    assert "left out: Bad\ufffd one gopher://b.example: not a web address" in told
    assert "1 feeds added, 0 known, 1 left out" in told
    assert "0 feeds added, 1 known, 1 left out" in feeds("import", str(path), loud=True).stderr.decode()
    bad = "".join(f'<outline text="{n}" xmlUrl="x:{n}"/>' for n in range(30))
    told = feeds("import", "-", given=f"<opml>{bad}</opml>".encode(), code=2, loud=True).stderr.decode()
    assert told.count("left out: ") == 21 and "10 more" in told and "no feed in it, 30 left out" in told
    assert [row["url"] for row in json.loads(feeds("list", "--json").stdout)] == ["http://a.example/f"]


@pytest.mark.parametrize("url", ["feed://me:S3cret@a.example", "http://me:S3c/ret@a.example", "me:S3cret@a.example"])
def test_a_password_is_refused_and_not_printed(feeds, url):
    told = feeds("add", url, code=2, loud=True).stderr.decode()
    assert "S3c" not in told and "ret" not in told.replace("S3c", "") and "a.example" in told


def test_feeds_are_added_and_removed_as_readers_write_them(feeds):
    feeds("add", "feed://a.example/f", "b.example/f")
    assert {row["url"] for row in json.loads(feeds("list", "--json").stdout)} == {
        "http://a.example/f", "https://b.example/f",
    }  # fmt: skip
    feeds("remove", "feed://a.example/f", "https://b.example/f")
    assert json.loads(feeds("list", "--json").stdout) == []


@pytest.mark.parametrize("error", ["MemoryError", "RecursionError", "SystemExit(3)", "KeyError('x')", "GeneratorExit"])
def test_whatever_goes_wrong_in_the_filter_the_feed_comes_out(tmp_path, error):
    code = (
        "import sys\nfrom dedup.feeds import filter as pipe\nfrom dedup.cli import main\n"
        f"def fail(*_): raise {error}\npipe.clean = fail\n"
        f"sys.argv = ['dedup', 'feeds', 'filter', '--index', {str(tmp_path / 'i.sqlite')!r}]\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=FEED, capture_output=True, timeout=60, check=False, cwd=tmp_path
    )  # fmt: skip
    assert done.stdout == FEED and done.returncode == 0
    assert (
        b"passed on as it came: " + error.partition("(")[0].encode() in done.stderr and b"Traceback" not in done.stderr
    )


@pytest.mark.parametrize(
    ("crash", "told"),
    [
        ("os.abort()", b"SIGABRT"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", b"SIGSEGV"),
        ("os.kill(os.getpid(), signal.SIGKILL)", b"SIGKILL"),
        ("os._exit(9)", b"exit code 9"),
        ("os.close(1)\n raise MemoryError", b"MemoryError"),
        ("sys.stdout.write('stray words')\n sys.stdout.flush()\n raise ValueError('x')", b"ValueError x"),
        ("[bytearray(1 << 28) for _ in range(99)]", b"MemoryError"),
    ],
)
def test_a_crash_in_the_filter_lets_the_feed_through(tmp_path, crash, told):
    code = (
        "import os, resource, signal, sys\nfrom dedup.feeds import filter as pipe\nfrom dedup.cli import main\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        f"def fail(*_):\n resource.setrlimit(resource.RLIMIT_AS, (1 << 32, 1 << 32))\n {crash}\npipe.clean = fail\n"
        f"sys.argv = ['dedup', 'feeds', 'filter', '--index', {str(tmp_path / 'i.sqlite')!r}]\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=FEED, capture_output=True, timeout=60, check=False, cwd=tmp_path
    )  # fmt: skip
    assert done.stdout == FEED and done.returncode == 0
    assert b"passed on as it came: " in done.stderr and told in done.stderr


def test_a_feed_over_the_limit_goes_through_the_filter_whole(feeds):
    given = FEED + b" " * (33 << 20)
    done = feeds("filter", given=given, loud=True)
    assert done.stdout == given and b"it has more than" in done.stderr


def test_an_output_that_is_an_input_is_refused(feeds, tmp_path):
    feeds("add", "https://a.example/feed")
    index, config = tmp_path / "new" / "i.sqlite", tmp_path / "own.toml"
    config.write_text("[feeds]\ninterval = 60\n")
    subscriptions = tmp_path / "list.opml"
    subscriptions.write_bytes(feeds("export").stdout)
    (tmp_path / "link").symlink_to(index)
    (tmp_path / "hard").hardlink_to(subscriptions)
    before = {path: path.read_bytes() for path in (config, subscriptions)}
    for merged in (index, tmp_path / "new" / ".." / "new" / "i.sqlite", "link", config, subscriptions, "hard"):
        done = feeds("run", "--config", str(config), "--merged", str(merged), code=2, loud=True)
        assert b"overwritten" in done.stderr or b"left alone" in done.stderr
    done = feeds("run", "--merged", "out/dropped.xml", "--output", "out", code=2, loud=True)
    assert b"what was dropped is written there" in done.stderr
    assert b"this is none" in feeds("run", "--output", str(config), code=2, loud=True).stderr
    assert b"is a folder" in feeds("run", "--merged", str(tmp_path), code=2, loud=True).stderr
    assert {path: path.read_bytes() for path in before} == before
    assert len(json.loads(feeds("list", "--json").stdout)) == 1


def test_a_merged_feed_does_not_take_the_place_of_a_cleaned_one(feeds, tmp_path):
    with Server({"/a": page(FEED)}) as server:
        feeds("add", server.url("/a"))
        allow = ["--allow-private", f"127.0.0.1:{server.port}", "--output", "out"]
        feeds("run", *allow, "--merged", "all.xml")
        feeds("run", *allow, "--merged", "all.xml")
        name = json.loads(feeds("list", "--json").stdout)[0]["file"]
        before = (tmp_path / "out" / name).read_bytes()
        feeds("run", *allow, "--merged", f"out/{name}", code=2, loud=True)
        assert (tmp_path / "out" / name).read_bytes() == before and len(name.rpartition("-")[2]) == 20


def test_folders_that_cannot_be_made_are_named(feeds, tmp_path):
    (tmp_path / "file").write_text("x")
    command = [sys.executable, "-m", "dedup", "feeds", "add", "https://a.example/", "--index", "file/sub/i.sqlite"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False, cwd=tmp_path)
    assert done.returncode == 2 and b"cannot be made" in done.stderr and b"Traceback" not in done.stderr
    with Server({"/a": page(FEED)}) as server:
        feeds("add", server.url("/a"))
        allow = ["--allow-private", f"127.0.0.1:{server.port}"]
        done = feeds("run", *allow, "--output", "file/out", code=2, loud=True)
        assert b"file/out" in done.stderr and b"Traceback" not in done.stderr


def test_passwords_of_older_lists_are_shown_nowhere(feeds, tmp_path):
    secret, shown = "https://user:s3cret@127.0.0.1:1/feed", "https://\u2026@127.0.0.1:1/feed"
    feeds("add", "https://a.example/feed")
    with Session(tmp_path / "new/i.sqlite") as held, held.transaction(write=True):
        held.state.add_feed(KnownFeed(0, secret, added=1, schedule=Schedule(secret, last_error=f"HTTP 401: {secret}")))
    outputs = [
        feeds("list"), feeds("list", "--json"), feeds("export", loud=True), feeds("run", "-v", loud=True),
        feeds("explain", secret, code=2, loud=True), feeds("remove", secret + "2", code=2, loud=True),
        feeds("filter", "--url", secret.replace("feed", "other"), given=FEED), feeds("list"),
    ]  # fmt: skip
    for done in outputs:
        assert b"s3cret" not in done.stdout + done.stderr
    assert shown in outputs[0].stdout.decode() and shown in json.loads(outputs[1].stdout)[1].values()
    assert b'xmlUrl="https://127.0.0.1:1/feed"' in outputs[2].stdout and shown in outputs[2].stderr.decode()
    assert shown in outputs[3].stderr.decode()
    assert "https://127.0.0.1:1/other" in outputs[-1].stdout.decode()
    feeds("remove", shown)
    assert shown not in feeds("list").stdout.decode()
