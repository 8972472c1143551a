"""Pages of items: robots.txt, fetching, and taking the text out."""

import asyncio
import io
import sys
from pathlib import Path

import pytest

from dedup.errors import FeedError, MissingExtraError
from dedup.feeds.http import extract_worker
from dedup.feeds.http import pages as page
from dedup.feeds.http.extract_worker import LENGTH
from dedup.feeds.http.fetch import Fetcher
from dedup.feeds.http.pages import Extractor, Pages
from dedup.feeds.http.request import Settings
from dedup.feeds.http.robots import Robots
from dedup.feeds.http.ssrf_guard import Guard
from tests.feeds import server as web
from tests.feeds.server import Server

STORY = "The harbour council voted on Tuesday to close the eastern quay for repairs that will take most of the winter. "
ARTICLE = (
    "<html><head><title>Quay</title></head><body><nav><a href='/'>Home</a> <a href='/x'>News</a></nav><article>"
    f"<h1>Quay closes</h1><p>{STORY}</p><p>{STORY.replace('Tuesday', 'Monday')}</p><p>{STORY * 2}</p>"
    "</article><footer>Join our newsletter</footer></body></html>"
).encode()
HTML = {"Content_Type": "text/html; charset=utf-8"}


class Instant:
    """An extractor that takes a page for its text."""

    def __init__(self):
        self.pages = []

    async def text(self, html):
        self.pages.append(html)
        return html.decode()

    async def aclose(self):
        pass


def with_robots(server, use, patience=30.0, agent=None, **settings):
    """What `use` makes of the robots of a server."""
    if agent:
        settings["agent"] = agent

    async def run():
        async with Fetcher(Settings(allow_private=server.allow, **settings)) as fetcher:
            robots = Robots(fetcher, patience)
            try:
                return await use(robots)
            finally:
                await robots.aclose()

    return asyncio.run(run())


def verdict(server, path, **options):
    async def use(robots):
        try:
            await robots.check(server.url(path))
        except FeedError as error:
            return str(error)
        return "allowed"

    return with_robots(server, use, **options)


def rules(text):
    return {"/robots.txt": web.page(text if isinstance(text, bytes) else text.encode(), Content_Type="text/plain")}


# robots.txt ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("User-agent: *\nDisallow: /private", "/news/1", "allowed"),
        ("User-agent: *\nDisallow: /private", "/private/1", "robots.txt forbids it"),
        ("User-agent: *\nDisallow: /\nAllow: /news", "/news/1", "allowed"),
        ("User-agent: dedup\nDisallow: /", "/x", "robots.txt forbids it"),
        ("User-agent: *\nDisallow: /\n\nUser-agent: DEDUP\nDisallow:", "/x", "allowed"),
        ("User-agent: feed\nDisallow: /", "/x", "allowed"),  # a word of our User-Agent that is not its name
        ("User-agent: other\nDisallow: /", "/x", "allowed"),
        ("\ufeffUser-agent: *\nDisallow: /", "/x", "robots.txt forbids it"),
        (b"\xff\xfe\x00 nonsense", "/x", "allowed"),
        ("<html>not found</html>", "/x", "allowed"),
    ],
)
def test_what_robots_say(text, path, expected):
    with Server(rules(text)) as server:
        assert verdict(server, path) == expected


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (web.status(404), "allowed"),
        (web.status(401), "allowed"),
        (web.status(410), "allowed"),
        (web.status(429), "HTTP 429"),
        (web.status(500), "HTTP 500"),
        (web.status(503), "HTTP 503"),
        (web.page(b""), "allowed"),
        (web.status(204), "allowed"),
        (web.page(b"User-agent: *", Content_Encoding="gzip"), "broken gzip data"),
        (web.raw(web.head(200, 100), b"User-agent: *"), "no proper HTTP"),
        (web.raw(b"nonsense"), "no proper HTTP"),
        (web.redirect("/elsewhere"), "allowed"),
        (web.redirect("http://10.0.0.1/robots.txt"), "not a public address"),
        (lambda _: [30.0], "took more than"),
    ],
)
def test_what_it_means_when_robots_cannot_be_had(route, expected):
    with Server({"/robots.txt": route}) as server:
        assert expected in verdict(server, "/x", total_timeout=0.5)


def test_only_the_beginning_of_a_huge_file_is_read():
    start = b"User-agent: *\nDisallow: /early\n"
    huge = start + b"# comment comment\n" * 40_000 + b"Disallow: /late\n"
    with Server(rules(huge)) as server:
        assert verdict(server, "/early/1") == "robots.txt forbids it"
        assert verdict(server, "/late/1") == "allowed"


def test_rules_that_would_keep_a_regular_expression_busy():
    with Server(rules("User-agent: *\nDisallow: /" + "a*" * 3000 + "b$\n")) as server:
        assert verdict(server, "/" + "a" * 3000) == "allowed"


def test_a_parser_that_trips_ends_nothing(monkeypatch):
    def trip(*_):
        raise RecursionError

    with Server(rules("User-agent: *\nDisallow:")) as server:
        with monkeypatch.context() as patch:
            patch.setattr("protego.Protego.can_fetch", trip)
            assert verdict(server, "/x") == "robots.txt forbids it"
        monkeypatch.setattr("protego.Protego.parse", trip)
        assert "not understood" in verdict(server, "/x")


def test_robots_are_fetched_once_a_host():
    async def use(robots):
        await asyncio.gather(*(robots.check(server.url(f"/{number}")) for number in range(20)))

    with Server(rules("User-agent: *\nDisallow:")) as server:
        with_robots(server, use)
        assert dict(server.count) == {"/robots.txt": 1}
        assert "text/plain" in server.log[0].headers["accept"]


def test_who_gives_up_waiting_does_not_take_the_rules_from_others():
    async def use(robots):
        first = asyncio.create_task(robots.check(server.url("/a")))
        second = asyncio.create_task(robots.check(server.url("/b")))
        while not server.log:
            await asyncio.sleep(0.005)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await second

    with Server({"/robots.txt": lambda got: [0.1, *web.page(b"User-agent: *\nDisallow:")(got)]}) as server:
        with_robots(server, use)
        assert server.count["/robots.txt"] == 1


def test_crawl_delay_is_kept_and_patience_ends():
    async def use(robots):
        clock, results = asyncio.get_running_loop().time, []
        begun = clock()

        async def visit(number):
            try:
                await robots.check(server.url(f"/{number}"))
                results.append(clock() - begun)
            except FeedError as error:
                results.append(str(error))

        await asyncio.gather(*(visit(number) for number in range(5)))
        return results

    with Server(rules("User-agent: *\nCrawl-delay: 0.2")) as server:
        results = with_robots(server, use, patience=0.45)
    refused = [one for one in results if isinstance(one, str)]
    times = [one for one in results if not isinstance(one, str)]
    assert len(refused) == 2
    assert "0.2 s between pages" in refused[0]
    assert len(times) == 3
    assert times[2] - times[0] >= 0.35


@pytest.mark.parametrize("delay", ["-1", "nan", "inf", "x", "0"])
def test_a_crawl_delay_that_cannot_be(delay):
    async def use(robots):
        await asyncio.wait_for(asyncio.gather(*(robots.check(server.url(f"/{n}")) for n in range(10))), 10)

    with Server(rules(f"User-agent: *\nCrawl-delay: {delay}")) as server:
        with_robots(server, use)


# Pages ---------------------------------------------------------------------------------------------------------------


def pages(server, *paths, extractor=None, **settings):
    """What comes of these pages."""

    async def run():
        settings["allow_private"] = server.allow
        async with Fetcher(Settings(**settings)) as fetcher, Pages(fetcher, extractor=extractor or Instant()) as reader:
            return await asyncio.gather(*(reader.get(server.url(path)) for path in paths))

    return asyncio.run(run())


def test_the_text_of_a_page():
    with Server({"/story": web.page(ARTICLE, **HTML)}) as server:
        (got,) = pages(server, "/story", extractor=Extractor())
        assert "text/html" in server.log[-1].headers["accept"]
    assert got.reason is None
    assert got.text.count("harbour council") == 4
    assert "Join our newsletter" not in got.text


@pytest.mark.parametrize(
    ("route", "reason"),
    [
        (web.page(b"<p>Accept cookies?</p>", **HTML), "no article was found"),
        (web.page(b"%PDF-1.7", Content_Type="application/pdf"), "not a page but application/pdf"),
        (web.status(404), "HTTP 404 Not Found"),
        (web.redirect("/forbidden/x"), "robots.txt forbids it"),
        (web.redirect("http://169.254.169.254/"), "not a public address"),
        (web.endless(**HTML), "more than 4 MiB"),
        (web.page(web.gzip_bomb(64 << 20), Content_Encoding="gzip", **HTML), "more than 4 MiB"),
    ],
)
def test_pages_without_a_text(route, reason):
    with Server({**rules("User-agent: *\nDisallow: /forbidden"), "/story": route}) as server:
        (got,) = pages(server, "/story")
        assert "/forbidden/x" not in server.count
    assert got.text is None
    assert reason in got.reason


def test_a_forbidden_page_is_not_fetched():
    with Server(rules("User-agent: *\nDisallow: /")) as server:
        (got,) = pages(server, "/story")
        assert set(server.count) == {"/robots.txt"}
    assert (got.text, got.reason) == (None, "robots.txt forbids it")


def test_links_that_lead_nowhere():
    async def run():
        async with Fetcher(Settings()) as fetcher, Pages(fetcher, extractor=Instant()) as reader:
            return [await reader.get(url) for url in ("file:///etc/passwd", "http://127.0.0.1/", "", "http://[::1")]

    with Server({}):
        assert all(got.text is None and got.reason for got in asyncio.run(run()))


def test_a_server_full_of_pages_is_not_a_deadlock():
    """Robots' rules are fetched while pages hold all slots."""

    async def resolve(host, port):
        return ["127.0.0.1"]

    hosts = [f"h{number}.test" for number in range(10)]

    async def run():
        names = [*hosts, *(f"to-{host}" for host in hosts)]
        guard = Guard(frozenset(f"{name}:{server.port}" for name in names), resolve=resolve)
        few = Settings(concurrency=2, total_timeout=5)
        async with Fetcher(few, guard=guard) as fetcher, Pages(fetcher, extractor=Instant()) as reader:
            urls = [server.url("/go", host=host) for host in hosts]
            return await asyncio.wait_for(asyncio.gather(*map(reader.get, urls)), 30)

    def go(got):
        return web.redirect(f"http://to-{got.headers['host']}/story")(got)

    with Server({"/go": go, "/story": web.page(ARTICLE, **HTML)}) as server:
        assert all(got.text for got in asyncio.run(run()))


# Taking text out -----------------------------------------------------------------------------------------------------


def worker(code):
    return [sys.executable, "-c", code]


ECHO = """
import struct, sys, time
while True:
    size = struct.unpack(">I", sys.stdin.buffer.read(4))[0]
    page = sys.stdin.buffer.read(size)
    if page == b"hang":
        time.sleep(60)
    if page == b"crash":
        sys.exit(3)
    if page == b"half":
        sys.stdout.buffer.write(struct.pack(">I", 100) + b"half")
        sys.stdout.buffer.flush()
        time.sleep(60)
    sys.stdout.buffer.write(struct.pack(">I", len(page)) + page)
    sys.stdout.buffer.flush()
"""


@pytest.mark.parametrize("hostile", [b"hang", b"crash", b"half"])
def test_a_page_that_hangs_or_crashes_costs_only_itself(hostile, monkeypatch):
    async def run():
        extractor = Extractor(0.3, worker(ECHO))
        assert await extractor.text(b"one") == "one"
        first = extractor._process
        assert await extractor.text(b"two") == "two"
        assert extractor._process is first
        assert await extractor.text(hostile) is None
        assert extractor._process is None
        assert first.returncode is not None
        assert await extractor.text(b"three") == "three"
        assert await extractor.text(b"") is None
        await extractor.aclose()
        await extractor.aclose()

    asyncio.run(run())


def test_cancelling_leaves_no_answer_for_the_next_page():
    async def run():
        extractor = Extractor(30, worker(ECHO))
        assert await extractor.text(b"one") == "one"
        waiting = asyncio.create_task(extractor.text(b"half"))
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert await extractor.text(b"two") == "two"
        await extractor.aclose()

    asyncio.run(run())


def test_pages_take_turns():
    async def run():
        extractor = Extractor(30, worker(ECHO))
        texts = await asyncio.gather(*(extractor.text(b"%d" % number * 100_000) for number in range(1, 9)))
        assert texts == [f"{number}" * 100_000 for number in range(1, 9)]
        await extractor.aclose()

    asyncio.run(run())


def test_a_process_that_cannot_be_started():
    async def run():
        extractor = Extractor(5, ["/no/such/program"])
        assert await extractor.text(b"one") is None
        await extractor.aclose()

    asyncio.run(run())


def test_hostile_markup():
    """The real process survives, or is replaced, and finds the next article."""

    async def run():
        extractor = Extractor()
        for html in (b"", b"\x00\xff" * 1000, b"<div>" * 20_000, b"<!DOCTYPE x [<!ENTITY a 'b'>]>&a;", b"<a b=" * 9999):
            found = await extractor.text(html)
            assert found is None or isinstance(found, str)
        assert "harbour council" in await extractor.text(ARTICLE)
        await extractor.aclose()

    asyncio.run(run())


def test_serving_until_the_input_ends():
    texts = io.BytesIO()
    extract_worker.serve(io.BytesIO(LENGTH.pack(len(ARTICLE)) + ARTICLE + LENGTH.pack(0) + b"\x00"), texts)
    size = LENGTH.unpack(texts.getvalue()[:4])[0]
    assert "harbour council" in texts.getvalue()[4 : 4 + size].decode()
    assert texts.getvalue()[4 + size :] == LENGTH.pack(0)


def test_without_trafilatura(monkeypatch):
    monkeypatch.setattr(page, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"--full-text.*\[html\]"):
        Extractor()


def test_the_process_loads_this_package(tmp_path, monkeypatch):
    """Also where the working directory has another one of that name."""
    (tmp_path / "dedup").mkdir()
    (tmp_path / "dedup" / "__init__.py").write_text("raise SystemExit(9)")
    monkeypatch.syspath_prepend(str(Path(page.__file__).parents[2]))
    monkeypatch.chdir(tmp_path)

    async def run():
        extractor = Extractor()
        text = await extractor.text(ARTICLE)
        await extractor.aclose()
        return text

    assert "harbour council" in asyncio.run(run())
