"""Fetching from a server that does all that servers should not."""

import asyncio
import gzip
import subprocess
import sys
import zlib
from email.utils import formatdate

import brotli
import pytest

from dedup import __version__
from dedup.errors import ConfigError
from dedup.feeds.http import content_coding, fetch, headers
from dedup.feeds.http.fetch import Fetcher, fetch_all
from dedup.feeds.http.request import Request, Settings
from dedup.feeds.http.ssrf_guard import Guard
from tests.feeds.server import (
    CLOSE,
    Server,
    conditional,
    endless,
    gzip_bomb,
    head,
    page,
    raw,
    redirect,
    slowly,
    status,
)

MIB = 1 << 20
BODY = b"<rss><channel><title>News</title></channel></rss>"


def run(server, *requests, guard=None, **settings):
    """Results in the order of the requests."""
    settings.setdefault("allow_private", server.allow)
    got = {}
    asyncio.run(fetch_all(requests, Settings(**settings), lambda one: got.__setitem__(one.url, one), guard=guard))
    return [got[request.url] for request in requests]


def one(route, request=None, **settings):
    """What comes of a single request to a route."""
    with Server({"/x": route}) as server:
        return run(server, request or Request(server.url("/x")), **settings)[0]


# What is sent --------------------------------------------------------------------------------------------------------


def test_a_plain_answer():
    got = one(page(BODY, Content_Type='Application/RSS+xml; Charset="UTF-8"', ETag='W/"a"', Last_Modified="yesterday"))
    assert (got.status, got.body, got.error) == (200, BODY, None)
    assert (got.media_type, got.charset) == ("application/rss+xml", "utf-8")
    assert (got.etag, got.last_modified) == ('W/"a"', "yesterday")
    assert (got.moved_to, got.gone, got.not_modified, got.retry_after, got.cache_seconds) == (
        None,
        False,
        False,
        None,
        None,
    )
    assert got.url == got.final_url


def test_who_we_say_we_are():
    with Server({}, default=page(BODY)) as server:
        run(server, Request(server.url("/a")))
        run(server, Request(server.url("/b")), agent="dedup/9 (+mailto:me@example.org)")
        first, second = (got.headers for got in server.log)
    assert first["user-agent"].startswith(f"dedup/{__version__} (+feed hygiene")
    assert second["user-agent"] == "dedup/9 (+mailto:me@example.org)"
    assert first["accept-encoding"] == "gzip, deflate, br"
    assert "xml" in first["accept"]
    assert set(first) == {"host", "user-agent", "accept", "accept-encoding"}


def test_cookies_are_not_kept():
    with Server({"/a": redirect("/b"), "/b": page(BODY)}, default=page(BODY, Set_Cookie="a=b; Path=/")) as server:
        server.routes["/a"] = status(302, Location="/b", Set_Cookie="id=1; Path=/")
        for got in run(server, Request(server.url("/c")), Request(server.url("/a")), Request(server.url("/d"))):
            assert got.error is None
        assert len(server.log) == 4
        assert not any("cookie" in got.headers for got in server.log)


@pytest.mark.parametrize("etag", ['"v1"', 'W/"x-y"', "unquoted", '"with \xe9"', '"a, b"'])
def test_validators_go_back_to_the_letter(etag):
    with Server({"/x": conditional(BODY, etag=etag, last_modified="Tue, 1 Jan 2030 00:00:00 gmt")}) as server:
        first = run(server, Request(server.url("/x")))[0]
        assert first.body == BODY
        again = Request(server.url("/x"), etag=first.etag, last_modified=first.last_modified)
        second = run(server, again)[0]
        assert server.log[1].headers["if-none-match"] == etag
        assert server.log[1].headers["if-modified-since"] == "Tue, 1 Jan 2030 00:00:00 gmt"
    assert (second.not_modified, second.status, second.body, second.error) == (True, 304, b"", None)


def test_a_date_alone_is_enough_for_a_304():
    with Server({"/x": conditional(BODY, last_modified="sometime")}) as server:
        assert run(server, Request(server.url("/x"), last_modified="sometime"))[0].not_modified
        assert not run(server, Request(server.url("/x"), last_modified="other"))[0].not_modified


def test_validators_go_only_to_who_sent_them():
    with Server({"/x": redirect("/y"), "/y": conditional(BODY, etag='"v1"')}) as server:
        assert run(server, Request(server.url("/x"), etag='"v1"'))[0].body == BODY
        assert "if-none-match" in server.log[0].headers
        assert "if-none-match" not in server.log[1].headers
        kept = Request(server.url("/x"), etag='"v1"', validators_of=server.url("/y"))
        assert run(server, kept)[0].not_modified
        assert "if-none-match" not in server.log[2].headers
        assert "if-none-match" in server.log[3].headers


def test_a_304_that_nobody_asked_for_is_an_error():
    assert one(lambda _: [head(304, None)]).error == "HTTP 304 Not Modified"


def test_a_validator_too_long_to_keep():
    assert one(page(BODY, ETag="x" * 2000)).etag is None


# Status --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "error"),
    [(404, "HTTP 404 Not Found"), (500, "HTTP 500 Internal Server Error"), (204, "HTTP 204 No Content"),
     (206, "HTTP 206 Partial Content"), (599, "HTTP 599"), (300, "HTTP 300 Multiple Choices")],
)  # fmt: skip
def test_other_answers_are_errors(code, error):
    got = one(lambda _: [head(code, None if code == 204 else 0)])
    assert (got.error, got.status, got.gone, got.body) == (error, code, False, b"")


def test_gone():
    assert one(status(410)).gone
    with Server({"/a": redirect("/c", 301), "/b": redirect("/c", 302), "/c": status(410)}) as server:
        moved, elsewhere = run(server, Request(server.url("/a")), Request(server.url("/b")))
    assert moved.gone
    assert not elsewhere.gone
    assert elsewhere.error == "HTTP 410 Gone"


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), ("0", 0), ("99999999", 86400), ("-5", None), ("soon", None), ("1.5", None), ("9" * 40, None),
     ("Tue, 01 Jan 2030 00:10:00 GMT", 600), ("Tue, 01 Jan 2019 00:00:00 GMT", 0),
     ("Tue, 01 Jan 2039 00:00:00 GMT", 86400), ("Tue, 99 Foo 2039 99:99:99 GMT", None)],
)  # fmt: skip
def test_retry_after(code, value, seconds):
    heads = {"retry-after": value, "date": "Tue, 01 Jan 2030 00:00:00 GMT"}
    assert headers.retry_after(heads, 0.0) == seconds
    if value == "120":
        got = one(status(code, Retry_After=value))
        assert (got.retry_after, got.status) == (120, code)


def test_retry_after_by_our_clock_where_the_server_has_none():
    assert headers.retry_after({"retry-after": formatdate(1_900_000_060, usegmt=True)}, 1_900_000_000.0) == 60


@pytest.mark.parametrize(
    ("heads", "seconds"),
    [
        ({"cache-control": "public, max-age=300"}, 300),
        ({"cache-control": "max-age=300", "age": "100"}, 200),
        ({"cache-control": "max-age=300", "age": "400"}, 0),
        ({"cache-control": 'Max-Age="60"'}, 60),
        ({"cache-control": "s-maxage=5, max-age=7"}, 7),
        ({"cache-control": "s-max-age=5"}, None),
        ({"cache-control": "no-cache, max-age=300"}, None),
        ({"cache-control": "max-age=99999999"}, 86400),
        ({"cache-control": "max-age=x"}, None),
        ({"expires": "Tue, 01 Jan 2030 01:00:00 GMT", "date": "Tue, 01 Jan 2030 00:00:00 GMT"}, 3600),
        ({"expires": "0"}, None),
        ({"expires": "-1"}, None),
        ({}, None),
    ],
)
def test_how_long_an_answer_stays_fresh(heads, seconds):
    assert headers.fresh_for(heads, 0.0) == seconds


def test_freshness_and_validators_of_a_304():
    with Server({"/x": conditional(BODY, etag='"v"', Cache_Control="max-age=77")}) as server:
        got = run(server, Request(server.url("/x"), etag='"v"'))[0]
    assert (got.not_modified, got.cache_seconds, got.etag) == (True, 77, '"v"')


# Redirects -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "moved"),
    [((301,), True), ((308,), True), ((301, 308), True), ((302,), False), ((307,), False), ((303,), False),
     ((301, 302), False), ((302, 301), False)],
)  # fmt: skip
def test_only_a_wholly_permanent_way_is_a_move(codes, moved):
    routes = {f"/{number}": redirect(f"/{number + 1}", code) for number, code in enumerate(codes)}
    routes[f"/{len(codes)}"] = page(BODY)
    with Server(routes) as server:
        got = run(server, Request(server.url("/0")))[0]
        end = server.url(f"/{len(codes)}")
    assert (got.body, got.final_url, got.moved_to) == (BODY, end, end if moved else None)


def test_a_permanent_redirect_to_an_error_is_no_move():
    with Server({"/a": redirect("/b", 301)}) as server:
        got = run(server, Request(server.url("/a")))[0]
    assert (got.error, got.moved_to, got.status) == ("HTTP 404 Not Found", None, 404)


def test_redirects_in_a_circle_and_without_end():
    with Server({"/a": redirect("/b"), "/b": redirect("/a#again"), "/c": redirect("/c")}) as server:
        server.default = lambda got: redirect(f"{got.path}x")(got)
        circle, itself, endless_ones = run(server, *(Request(server.url(path)) for path in ("/a", "/c", "/0")))
        assert circle.error == itself.error == "redirected in a circle"
        assert endless_ones.error == "more than 5 redirects"
        assert sum(count for path, count in server.count.items() if path.startswith("/0")) == 6
        assert server.count["/c"] == 1


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("http://127.0.0.1:1/", "port 1 is not one"),
        ("http://127.0.0.1:8080/", "not a public address"),
        ("http://localhost/", "not a public address"),
        ("http://[::1]/", "not a public address"),
        ("http://169.254.169.254/latest/meta-data/", "not a public address"),
        ("http://10.0.0.1/", "not a public address"),
        ("http://2130706433/", "odd notation"),
        ("http://0x7f.1/", "odd notation"),
        ("file:///etc/passwd", "only http and https"),
        ("ftp://example.org/", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        ("//user:pw@example.org/", "user name or password"),
        ("http://[::1", "not a URL"),
        ("http://example.org/" + "a" * 9000, "8192 characters"),
        ("http://example.org:22/", "port 22"),
    ],
)
def test_redirects_to_where_nobody_may_go(target, error):
    assert error in one(redirect(target)).error


def test_a_redirect_in_other_letters():
    with Server({"/a": redirect("/gr\xc3\xb6\xc3\x9fe?x y"), "/gr%C3%B6%C3%9Fe?x%20y": page(BODY)}) as server:
        assert run(server, Request(server.url("/a")))[0].body == BODY


def test_a_redirect_without_a_target():
    assert one(status(302)).error == "HTTP 302 Found"


def test_from_https_to_http():
    """Decided on the texts of the two URLs, so no certificates are needed here."""

    async def target(**settings):
        async with Fetcher(Settings(**settings)) as fetcher:
            here = fetcher.guard.place("https://example.org/")
            try:
                return fetcher._target(here, "http://example.org/", set()).url
            except fetch.FeedError as error:
                return str(error)

    assert asyncio.run(target()) == "redirected from https to http"
    assert asyncio.run(target(downgrade=True)) == "http://example.org/"


# Sizes ---------------------------------------------------------------------------------------------------------------

PACKED = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=5),
}


@pytest.mark.parametrize("name", PACKED)
def test_packed_bodies(name):
    body = BODY * 10_000
    assert one(page(PACKED[name](body), Content_Encoding=name)).body == body


def test_deflate_without_its_header():
    packer = zlib.compressobj(wbits=-15)
    assert one(page(packer.compress(BODY) + packer.flush(), Content_Encoding="deflate")).body == BODY


def test_gzip_in_parts_and_with_rubbish_behind():
    assert one(page(gzip.compress(b"ab") + gzip.compress(b"cd"), Content_Encoding="gzip")).body == b"abcd"
    assert (
        one(raw(head(200, None, Content_Encoding="gzip"), gzip.compress(b"ab"), 0.05, gzip.compress(b"cd"))).body
        == b"abcd"
    )
    assert one(page(gzip.compress(b"ab") + bytes(20), Content_Encoding="gzip")).body == b"ab"
    assert one(page(gzip.compress(b"") * 200, Content_Encoding="gzip")).error == "gzip data of too many parts"


@pytest.mark.parametrize("cut", range(0, 60, 7))
@pytest.mark.parametrize("name", PACKED)
def test_any_cut_into_pieces_unpacks_the_same(name, cut):
    data = PACKED[name](bytes(range(256)) * 40)
    unpack = content_coding.decoder(name)
    parts = [data[:cut], data[cut : cut + 1], data[cut + 1 :]]
    assert b"".join(piece for part in parts for piece in unpack.feed(part)) == bytes(range(256)) * 40
    unpack.finish()


@pytest.mark.parametrize("name", PACKED)
def test_a_bomb_is_never_unpacked_further_than_asked(name):
    data = PACKED[name](bytes(24 * MIB))
    assert len(data) < 100_000
    pieces = content_coding.decoder(name).feed(data)
    assert all(len(next(pieces)) <= 2 * content_coding.PIECE for _ in range(20))


@pytest.mark.parametrize("name", PACKED)
def test_a_bomb_from_a_server(name):
    got = one(page(PACKED[name](bytes(24 * MIB)), Content_Encoding=name), max_bytes=MIB)
    assert got.error == "more than 1 MiB"
    assert got.body == b""


def test_a_bomb_costs_bounded_memory():
    """Two bodies that unpack to a gigabyte each: the process grows by less than 150 MB."""
    code = """if True:
        import asyncio, resource, sys
        from dedup.feeds.http.fetch import Request, Settings, fetch_all
        async def warm():
            await fetch_all([Request(sys.argv[2])], settings, lambda got: None)
        settings = Settings(allow_private=frozenset({sys.argv[2].split("/")[2]}))
        asyncio.run(warm())
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        got = []
        asyncio.run(fetch_all([Request(url) for url in sys.argv[3:]], settings, got.append))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print([one.error for one in got], grown < 150_000)
    """
    bomb = gzip_bomb(1 << 30)
    packer = brotli.Compressor(quality=1)
    zeros = bytes(16 * MIB)
    brotli_bomb = b"".join(packer.process(zeros) for _ in range(64)) + packer.finish()
    routes = {
        "/warm": page(BODY),
        "/gzip": page(bomb, Content_Encoding="gzip"),
        "/br": page(brotli_bomb, Content_Encoding="br"),
    }
    with Server(routes) as server:
        urls = [server.url(path) for path in ("/warm", "/gzip", "/br")]
        command = [sys.executable, "-c", code, "", *urls]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "['more than 32 MiB', 'more than 32 MiB'] True", done.stderr


def test_a_body_without_end():
    got = one(endless(), max_bytes=MIB)
    assert got.error == "more than 1 MiB"


def test_packed_data_without_end():
    """Empty blocks: nothing ever comes out of them."""
    packer = zlib.compressobj(wbits=31)
    start = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.flush(zlib.Z_FULL_FLUSH) or b"\x00\x00\x00\xff\xff"

    def route(_):
        yield head(200, None, Content_Encoding="gzip")
        yield start
        while True:
            yield block * 10_000

    assert one(route, max_packed=MIB).error == "more than 1 MiB packed"


def test_a_longer_body_can_be_cut():
    with Server({"/x": page(b"0123456789"), "/y": endless()}) as server:
        wanted = [Request(server.url(path), max_bytes=4, cut=True) for path in ("/x", "/y")]
        assert [got.body for got in run(server, *wanted)] == [b"0123", b"xxxx"]
        assert run(server, Request(server.url("/x"), max_bytes=10))[0].body == b"0123456789"
        assert run(server, Request(server.url("/x"), max_bytes=9))[0].error == "more than 9 bytes"


@pytest.mark.parametrize(
    ("coding", "data", "error"),
    [
        ("gzip", b"<rss/>", "broken gzip data"),
        ("gzip", gzip.compress(BODY, mtime=0)[:-9], "ends in the middle of its gzip data"),
        ("gzip", gzip.compress(BODY, mtime=0)[:-5] + b"xxxxx", "broken gzip data"),
        ("deflate", b"\xff\xff<rss/>", "broken deflate data"),
        ("deflate", zlib.compress(BODY)[:-5], "ends in the middle of its deflate data"),
        ("br", b"<rss/>", "br data"),
        ("br", brotli.compress(BODY)[:-2], "ends in the middle of its br data"),
        ("zstd", b"x", "'zstd', which was not asked for"),
        ("gzip, gzip", b"x", "'gzip, gzip', which was not asked for"),
    ],
)
def test_broken_packing(coding, data, error):
    assert error in one(page(data, Content_Encoding=coding)).error


def test_brotli_that_cannot_be_bounded_is_not_asked_for(monkeypatch):
    class Old:
        def process(self, data):
            return data

    monkeypatch.setattr("brotli.Decompressor", Old)
    content_coding._bounded_brotli.cache_clear()
    try:
        assert content_coding.accepted() == "gzip, deflate"
        assert "was not asked for" in one(page(brotli.compress(BODY), Content_Encoding="br")).error
    finally:
        content_coding._bounded_brotli.cache_clear()


# Broken servers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ([b"<rss/>\n\n"], "no proper HTTP"),  # HTTP/0.9: a body and nothing else
        ([b"\x16\x03\x01\x02\x00" * 20], "no proper HTTP"),  # TLS on a plain port
        ([b"SSH-2.0-OpenSSH_9\r\n"], "no proper HTTP"),
        ([b""], "no proper HTTP"),
        ([b"HTTP/1.1 200 OK\r\nContent-Len"], "no proper HTTP"),
        ([b"HTTP/1.1 999999 OK\r\n\r\n"], "no proper HTTP"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"], "no proper HTTP"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"], "no proper HTTP"),
        ([head(200, 100), BODY[:20]], "no proper HTTP: peer closed connection"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"], "no proper HTTP"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"], "no proper HTTP"),
        ([b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000 + b"\r\n"], "no proper HTTP"),
        ([b"HTTP/1.1 200 OK\r\nX: " + b"y" * 500_000 + b"\r\n\r\n"], "no proper HTTP"),
        ([head(200, 0)], "an empty answer"),
        ([head(200, 0, Content_Encoding="gzip")], "an empty answer"),
        ([b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"], "HTTP 101|no proper HTTP"),
    ],
    ids=range(16),
)
def test_broken_answers(parts, error):
    got = one(raw(*parts))
    assert any(got.error.startswith(wanted) for wanted in error.split("|")), got.error
    assert got.body == b""
    assert len(got.error) <= 300
    assert got.error.isprintable()


def test_errors_are_one_clean_line():
    text = fetch._in_words(fetch.FeedError("a\x1b[31mb\r\nc\u202ed\ud800" + "x" * 5000), Settings())
    assert text.startswith("a [31mb  c d x")
    assert text.isprintable()
    assert len(text) == 300


def test_a_body_that_ends_with_the_connection_is_whole():
    assert one(raw(head(200, None), BODY)).body == BODY


def test_a_length_that_is_too_small_harms_nobody_else():
    """What follows the announced length would be read as the next answer on that connection."""
    with Server({"/a": lambda _: [head(200, 4), b"<a/>rubbish, not HTTP"]}, default=page(BODY)) as server:
        requests = [Request(server.url(path)) for path in ("/a", "/b", "/c")]
        first, *others = run(server, *requests, per_host=1)
        assert first.body == b"<a/>"
        assert [got.body for got in others] == [BODY, BODY]


def test_a_kept_connection_that_died_is_replaced():
    def dies_on_second_use(got):
        used.append(got.connection)
        return [CLOSE] if used.count(got.connection) > 1 else [head(200, len(BODY)), BODY]

    used = []
    with Server({}, default=dies_on_second_use) as server:
        results = run(server, *(Request(server.url(f"/{number}")) for number in range(4)), per_host=1)
        assert [got.body for got in results] == [BODY] * 4
        assert len(server.log) == 7


def test_a_server_that_always_fails_is_asked_once():
    with Server({"/x": raw()}) as server:
        assert run(server, Request(server.url("/x")))[0].error
        assert server.count["/x"] == 1


def test_nobody_there():
    with Server({}) as server:
        url = server.url("/")
        allow = server.allow
    got = []
    asyncio.run(fetch_all([Request(url)], Settings(allow_private=allow), got.append))
    assert got[0].error
    assert (got[0].status, got[0].final_url) == (0, url)


@pytest.mark.parametrize(
    "route",
    [
        slowly(b"x" * 1000, 0.05),
        lambda _: [30.0],
        lambda _: [b"HTTP/1.1 200 OK\r\n", 30.0],
        lambda _: iter([b"HTTP/1.1 200 OK\r\n", *(part for _ in range(1000) for part in (0.05, b"X: y\r\n"))]),
        lambda _: iter([part for _ in range(1000) for part in (0.05, b"HTTP/1.1 100 Continue\r\n\r\n")]),
    ],
    ids=["body", "silent", "half a head", "heads", "hundreds"],
)
def test_what_takes_too_long_is_cut_off(route):
    assert one(route, total_timeout=0.4).error == "took more than 0.4 s in all"


def test_silence_has_a_limit_of_its_own():
    assert one(lambda _: [head(200, 10), 30.0], read_timeout=0.2).error == "silent for 0.2 s"


def test_redirects_share_one_limit_of_time():
    def route(got):
        yield 0.15
        yield from redirect(f"{got.path}x")(got)

    with Server({}, default=route) as server:
        got = run(server, Request(server.url("/x")), total_timeout=0.4)[0]
    assert got.error == "took more than 0.4 s in all"
    assert got.status == 0


# Many at once --------------------------------------------------------------------------------------------------------


def test_one_bad_feed_harms_no_other():
    routes = {
        "/loris": slowly(b"x" * 100_000, 0.05),
        "/bomb": page(gzip_bomb(64 * MIB), Content_Encoding="gzip"),
        "/endless": endless(),
        "/circle": redirect("/circle"),
        "/nonsense": raw(b"\x00\xff" * 100),
        "/cut": raw(head(200, 50), b"x"),
        "/private": redirect("http://10.0.0.1/"),
        "/gone": status(410),
    }
    with Server(routes, default=page(BODY)) as server:
        bad = [Request(server.url(path)) for path in routes]
        bad += [Request("http://127.0.0.1:1/"), Request("not a URL"), Request("http://[::1/"), Request("\x00")]
        good = [Request(server.url(f"/good/{number}")) for number in range(40)]
        mixed = [request for pair in zip(good, bad * 4, strict=False) for request in pair]
        got = []
        settings = Settings(allow_private=server.allow, total_timeout=1.0, max_bytes=MIB, per_host=8)
        asyncio.run(fetch_all(mixed, settings, got.append))
    assert len(got) == len(mixed)
    wrong = {request.url for request in bad}
    assert all((one.error is not None) == (one.url in wrong) for one in got)
    assert all(one.body == BODY for one in got if one.url not in wrong)


def test_limits_at_the_same_time():
    async def resolve(host, port):
        return ["127.0.0.1"]

    def route(_):
        return [0.02, head(200, len(BODY)), BODY]

    def most(hosts, **settings):
        with Server({}, default=route) as server:
            allow = frozenset(f"{host}:{server.port}" for host in hosts)
            requests = [Request(server.url(f"/{n}", host=host)) for n in range(8) for host in hosts]
            run(server, *requests, guard=Guard(allow, resolve=resolve), allow_private=allow, **settings)
            assert len(server.log) == len(requests)
            return server.most_open

    assert most(["a.test"], per_host=2) == 2
    assert most(["a.test"], per_host=1) == 1
    assert most(["a.test", "b.test", "c.test"], per_host=2) <= 6
    assert most(["a.test", "b.test", "c.test"], per_host=5, concurrency=3) <= 3


def test_redirects_count_for_the_host_they_lead_to():
    async def resolve(host, port):
        return ["127.0.0.1"]

    open_now, most = [0], [0]

    def busy(_):
        open_now[0] += 1
        most[0] = max(most[0], open_now[0])
        yield 0.02
        open_now[0] -= 1
        yield from page(BODY)(_)

    hosts = [f"h{number}.test" for number in range(12)]
    with Server({}, default=busy) as server:
        allow = frozenset(f"{host}:{server.port}" for host in [*hosts, "hub.test"])
        server.routes["/go"] = redirect(server.url("/feed", host="hub.test"))
        requests = [Request(server.url("/go", host=host)) for host in hosts]
        got = run(server, *requests, guard=Guard(allow, resolve=resolve), allow_private=allow)
        assert [one.body for one in got] == [BODY] * 12
    assert most[0] <= 2


def test_connections_are_used_again():
    with Server({}, default=conditional(BODY, etag='"v"')) as server:
        requests = [Request(server.url(f"/{number}"), etag='"v"') for number in range(20)]
        assert all(got.not_modified for got in run(server, *requests))
        assert max(got.connection for got in server.log) <= 2


def test_many_servers_do_not_keep_their_connections_for_ever():
    async def resolve(host, port):
        return ["127.0.0.1"]

    hosts = [f"h{number}.test" for number in range(30)]
    with Server({}, default=page(BODY)) as server:

        async def go():
            guard = Guard(frozenset(f"{host}:{server.port}" for host in hosts), resolve=resolve)
            async with Fetcher(Settings(concurrency=4), guard=guard) as fetcher:
                await fetcher.fetch_all([Request(server.url(host=host)) for host in hosts], lambda got: None)
                kept = len(fetcher._wire._pools)
            assert fetcher._wire is None
            return kept

        assert asyncio.run(go()) <= 4
        assert len(server.log) == 30


def test_results_may_be_taken_by_a_coroutine():
    got = []

    async def take(one):
        await asyncio.sleep(0)
        got.append(one.body)

    with Server({}, default=page(BODY)) as server:
        requests = [Request(server.url(f"/{number}")) for number in range(5)]
        asyncio.run(fetch_all(requests, Settings(allow_private=server.allow), take))
    assert got == [BODY] * 5


def test_what_the_taker_raises_ends_the_run():
    def take(one):
        raise KeyError("full")

    with Server({}, default=page(BODY)) as server:
        requests = [Request(server.url(f"/{number}")) for number in range(50)]
        with pytest.raises(KeyError, match="full"):
            asyncio.run(fetch_all(requests, Settings(allow_private=server.allow), take))
        assert len(server.log) < 50


def test_nothing_to_fetch():
    asyncio.run(fetch_all([], Settings(), lambda got: None))


def test_the_same_url_twice_is_two_results():
    with Server({}, default=page(BODY)) as server:
        got = []
        twice = [Request(server.url("/x"))] * 2
        asyncio.run(fetch_all(twice, Settings(allow_private=server.allow), got.append))
        assert len(got) == server.count["/x"] == 2


def test_cancelling_ends_everything_and_leaves_the_fetcher_usable():
    with Server({"/slow": lambda _: [30.0]}, default=page(BODY)) as server:

        async def go():
            async with Fetcher(Settings(allow_private=server.allow, concurrency=2)) as fetcher:
                slow = [asyncio.create_task(fetcher.fetch(Request(server.url("/slow")))) for _ in range(4)]
                while server.count["/slow"] < 2:
                    await asyncio.sleep(0.005)
                for task in slow:
                    task.cancel()
                ended = await asyncio.gather(*slow, return_exceptions=True)
                assert all(isinstance(one, asyncio.CancelledError) for one in ended)
                return (await fetcher.fetch(Request(server.url("/x")))).body

        assert asyncio.run(go()) == BODY


def test_a_bug_of_ours_is_the_error_of_one_feed(monkeypatch):
    real = fetch.content_type

    def buggy(value):
        if "buggy" in value:
            raise ZeroDivisionError("oops")
        return real(value)

    monkeypatch.setattr(fetch, "content_type", buggy)
    with Server({"/bug": page(BODY, Content_Type="buggy")}, default=page(BODY)) as server:
        bug, fine = run(server, Request(server.url("/bug")), Request(server.url("/fine")))
    assert bug.error == "ZeroDivisionError: oops"
    assert fine.body == BODY


@pytest.mark.parametrize(
    "settings",
    [
        {"concurrency": 0}, {"per_host": 0}, {"max_bytes": 0}, {"max_packed": -1}, {"connect_timeout": 0},
        {"read_timeout": -1}, {"total_timeout": float("inf")}, {"total_timeout": float("nan")}, {"redirects": -1},
        {"agent": ""}, {"agent": "a\r\nX: y"}, {"agent": "größe"},
    ],
)  # fmt: skip
def test_settings_that_cannot_be(settings):
    with pytest.raises(ConfigError, match=next(iter(settings))):
        Settings(**settings)


def test_certificates_and_httpx_are_loaded_only_when_needed():
    code = "import sys, dedup.feeds.http.fetch, dedup.feeds.schedule; print([m for m in ('httpx', 'httpcore', 'anyio', 'brotli') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
    with Server({}, default=page(BODY)) as server:

        async def go():
            async with Fetcher(Settings(allow_private=server.allow)) as fetcher:
                await fetcher.fetch(Request(server.url()))
                return fetcher._wire._context

        assert asyncio.run(go()) is None
