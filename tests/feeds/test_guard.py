"""Where the network may be entered."""

import asyncio
import shutil
import ssl
import subprocess
import threading
from ipaddress import ip_address

import httpcore
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import FeedError
from dedup.feeds.http.fetch import Fetcher
from dedup.feeds.http.request import Request, Settings
from dedup.feeds.http.ssrf_guard import Guard, host_name, is_public, resolve_in_thread
from dedup.feeds.http.transport import Backend, Wire, get
from tests.feeds.server import Server, page, redirect


def answers(*rows):
    """A resolver that gives these answers, one a question, the last for ever; its questions are in `asked`."""
    left = list(rows)

    async def resolve(host, port):
        resolve.asked.append((host, port))
        return left.pop(0) if len(left) > 1 else left[0]

    resolve.asked = []
    return resolve


def addresses(guard, host, port=80):
    return [str(address) for address in asyncio.run(guard.addresses(host, port))]


class Recorder(httpcore.AsyncNetworkBackend):
    """Connects to nothing, and remembers where it was to connect and which name TLS was to check."""

    def __init__(self, dead=(), answer=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"):
        self.connected, self.names, self.sent = [], [], []
        self.dead, self.answer = dead, answer

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        self.connected.append((host, port))
        if host in self.dead:
            raise httpcore.ConnectError("nobody there")
        recorder = self

        class Stream(httpcore.AsyncMockStream):
            async def start_tls(self, ssl_context, server_hostname=None, timeout=None):
                recorder.names.append((server_hostname, ssl_context.check_hostname))
                return self

            async def write(self, buffer, timeout=None):
                recorder.sent.append(bytes(buffer))

        return Stream([self.answer])


# Notations -----------------------------------------------------------------------------------------------------------

ODD = [
    "2130706433", "0x7f000001", "0x7f.1", "0x7f.0.0.1", "017700000001", "0177.0.0.1", "127.1", "127.0.1", "0",
    "127.0.0.01", "127.0.0.256", "1.2.3.4.5", "256.256.256.256", "0X7F.1", "127.0.0.0x1", "example.0x", "a.1",
    "２１３０７０６４３３", "１２７.１", "127.1.",
]  # fmt: skip


@pytest.mark.parametrize("host", ODD)
def test_odd_notations_of_addresses_are_refused_before_any_resolver_sees_them(host):
    resolve = answers(["93.184.216.34"])
    with pytest.raises(FeedError, match="odd notation"):
        Guard(resolve=resolve).place(f"http://{host}/")
    assert resolve.asked == []


PRIVATE = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0", "192.0.0.8", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.88.99.1",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[fe80::1]", "[fc00::1]", "[fd00::1]",
    "[fec0::1]", "[ff02::1]", "[2001:db8::1]", "[3fff::1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::808:808]", "[2002:7f00:1::]", "[2002:808:808::1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "[100::1]", "[5f00::1]", "１２７.０.０.１", "127。0。0。1", "127.0.0.1.", "LOCALHOST.",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_what_is_not_public_is_refused(host):
    guard = Guard(resolve=answers(["127.0.0.1"]))
    with pytest.raises(FeedError, match="not a public address"):
        place = guard.place(f"http://{host}/")
        addresses(guard, place.host, place.port)


@pytest.mark.parametrize(
    "text",
    ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_what_is_public_is_not(text):
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.org/", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("gopher://example.org/", "only http and https"),
        ("data:text/plain,x", "only http and https"),
        ("//example.org/", "without a scheme"),
        ("example.org/feed", "without a scheme"),
        ("", "without a scheme"),
        ("http://", "no such host"),
        ("http:///x", "no such host"),
        ("http://.", "no such host"),
        ("http://a..b/", "no such host"),
        ("http://user@example.org/", "user name or password"),
        ("http://user:secret@example.org/", "user name or password"),
        ("http://example.org\\@127.0.0.1/", "user name or password"),
        ("http://example.org\\.evil/", "backslash"),
        ("http://exa mple.org/", "no host name has"),
        ("http://127%2e0%2e0%2e1/", "no host name has"),
        ("http://example.org\n/", "control character"),
        ("http://exam\tple.org/", "control character"),
        ("http://example.org/\x00", "control character"),
        ("http://[::1%25eth0]/", "zone"),
        ("http://[fe80::1%eth0]/", "zone"),
        ("http://[::1/", "not a URL"),
        ("http://[zz]/", "not a"),
        ("http://[v1.x]/", "not a"),
        ("http://example.org:99999/", "not a URL"),
        ("http://example.org:x/", "not a URL"),
        ("http://example.org:0/", "port 0"),
        ("http://example.org:22/", "port 22"),
        ("http://example.org:25/", "port 25"),
        ("https://example.org:6667/", "port 6667"),
        ("http://" + "a" * 64 + ".org/", "no such host"),
        ("http://" + "a." * 130 + "org/", "no such host"),
        ("http://example.org/" + "a" * 9000, "8192"),
        ("http://\u2488.example.org/", "no such host|no host name"),
        ("http://\ud800.org/", "no host name"),
    ],
)
def test_urls_that_are_refused(url, why):
    with pytest.raises(FeedError, match=why) as raised:
        Guard().place(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("http://example.org.:80/a?b=c#d", "http://example.org/a?b=c"),
        ("https://example.org:443/", "https://example.org/"),
        ("http://example.org:8080/x", "http://example.org:8080/x"),
        ("https://example.org:80/", "https://example.org:80/"),
        ("  http://example.org/ \n", "http://example.org/"),
        ("http://bücher.example/größe?ü=1", "http://xn--bcher-kva.example/gr%C3%B6%C3%9Fe?%C3%BC=1"),
        ("http://BÜCHER.example/", "http://xn--bcher-kva.example/"),
        ("http://аpple.example/", "http://xn--pple-43d.example/"),  # with a Cyrillic а: another name
        ("http://ex_ample.example/", "http://ex_ample.example/"),
        ("http://example.org/a b", "http://example.org/a%20b"),
        ("http://example.org/%41?q=%zz", "http://example.org/%41?q=%zz"),
        ("http://[2606:4700:4700:0::1111]:8080/", "http://[2606:4700:4700::1111]:8080/"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
    ],
)
def test_one_spelling(url, normal):
    assert Guard().place(url).url == normal
    assert Guard().place(normal).url == normal


@given(
    st.text(max_size=60)
    | st.text(alphabet="htps:/@[]%.\\\\?#0123456789abxX-\t。１ü", max_size=30).map("http://{}".format)
)
def test_any_text_is_refused_or_read_as_httpx_reads_it(text):
    try:
        place = Guard(frozenset({"127.0.0.1"})).place(text)
    except FeedError:
        return
    url = httpx.URL(place.url)
    assert (url.scheme, url.raw_host.decode(), url.port or {"http": 80, "https": 443}[url.scheme], url.userinfo) == (
        place.scheme, place.host, place.port, b"",
    )  # fmt: skip
    assert place.url.isascii()
    assert Guard(frozenset({"127.0.0.1"})).place(place.url) == place


def test_a_relative_redirect_is_read_from_its_base():
    guard = Guard()
    assert guard.place("../b?c", base="https://example.org/x/y/").url == "https://example.org/x/b?c"
    assert guard.place("//other.example/z", base="https://example.org/").url == "https://other.example/z"
    with pytest.raises(FeedError, match="only http"):
        guard.place("javascript:alert(1)", base="https://example.org/")


# Names ---------------------------------------------------------------------------------------------------------------


def test_all_addresses_of_a_name_are_given_in_order():
    guard = Guard(resolve=answers(["2606:4700::1", "8.8.8.8", "8.8.8.8"]))
    assert addresses(guard, "example.org") == ["2606:4700::1", "8.8.8.8"]


@pytest.mark.parametrize(
    "found", [["8.8.8.8", "127.0.0.1"], ["2606:4700::1", "::1"], ["::ffff:10.0.0.1"], ["fe80::1%2"]]
)
def test_one_private_address_spoils_the_name(found):
    with pytest.raises(FeedError, match=r"example.org is at .* not a public"):
        addresses(Guard(resolve=answers(found)), "example.org")


def test_a_name_without_an_address():
    with pytest.raises(FeedError, match="no address"):
        addresses(Guard(resolve=answers([])), "example.org")

    async def fails(host, port):
        raise OSError(-2, "Name or service not known")

    with pytest.raises(FeedError, match=r"no address .*not known"):
        addresses(Guard(resolve=fails), "example.org")


def test_ports_are_checked_where_the_connection_is_made_as_well():
    with pytest.raises(FeedError, match="port 25"):
        addresses(Guard(resolve=answers(["8.8.8.8"])), "example.org", 25)


# What the operator allows --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("allow", "host", "port"),
    [
        ("127.0.0.1", "127.0.0.1", 443), ("127.0.0.1:8080", "127.0.0.1", 8080), ("LocalHost.", "localhost", 80),
        ("intranet:81", "intranet", 81), ("::1", "::1", 80), ("[::1]:8080", "::1", 8080), ("[0:0::1]", "::1", 80),
        ("wiki.bücher.example", "wiki.xn--bcher-kva.example", 80),
    ],
)  # fmt: skip
def test_private_addresses_of_named_hosts(allow, host, port):
    guard = Guard(frozenset({allow}), resolve=answers(["10.1.2.3", "127.0.0.1", "fd00::1"]))
    assert addresses(guard, host, port)


@pytest.mark.parametrize(
    ("allow", "host", "port"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8081),
        ("127.0.0.1", "127.0.0.2", 80),
        ("wiki", "www.wiki", 80),
        ("wiki", "b", 80),
        ("127.0.0.1", "127.0.0.1", 8080),
        ("wiki", "wiki", 5432),
        ("::1", "::1", 8443),
    ],
)
def test_and_of_no_others(allow, host, port):
    with pytest.raises(FeedError, match="not a public"):
        addresses(Guard(frozenset({allow}), resolve=answers(["127.0.0.1"])), host, port)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1", "::", "ff02::1", "240.0.0.1"]
)
def test_naming_a_host_does_not_open_the_addresses_of_the_cloud(address):
    with pytest.raises(FeedError, match="not a public"):
        addresses(Guard(frozenset({"wiki"}), resolve=answers([address])), "wiki")


@pytest.mark.parametrize("entry", ["", "127.1", "a:b:c", "http://wiki/", "wiki:port", "wiki:", "a b"])
def test_an_allowance_that_is_no_host(entry):
    with pytest.raises(FeedError):
        Guard(frozenset({entry}))


def test_a_host_in_one_spelling():
    assert host_name("WWW.Example.ORG.") == "www.example.org"
    assert host_name("[::FFFF:1.2.3.4]") == "::ffff:102:304"


# The connection ------------------------------------------------------------------------------------------------------


def through(recorder, resolve, url, allow=frozenset()):
    """Fetch `url` over a recorder in place of the network."""

    async def run():
        async with Fetcher(Settings(), guard=Guard(allow, resolve=resolve)) as fetcher:
            fetcher._wire = Wire(fetcher.guard, 4)
            fetcher._wire._backend = Backend(fetcher.guard, recorder)
            return await fetcher.fetch(Request(url))

    return asyncio.run(run())


def test_the_connection_goes_to_the_address_that_was_checked_and_the_name_stays():
    recorder = Recorder()
    resolve = answers(["93.184.216.34"], ["127.0.0.1"])
    got = through(recorder, resolve, "https://bücher.example:8443/feed")
    assert got.body == b"ok"
    assert recorder.connected == [("93.184.216.34", 8443)]
    assert recorder.names == [("xn--bcher-kva.example", True)]
    assert b"host: xn--bcher-kva.example:8443\r\n" in recorder.sent[0].lower()
    assert resolve.asked == [("xn--bcher-kva.example", 8443)]


def test_a_name_that_turns_private_is_refused_at_the_next_connection():
    recorder = Recorder(answer=b"HTTP/1.1 302 Found\r\nLocation: /b\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    resolve = answers(["93.184.216.34"], ["127.0.0.1"])
    got = through(recorder, resolve, "http://rebind.example/a")
    assert got.error == "rebind.example is at 127.0.0.1, which is not a public address"
    assert recorder.connected == [("93.184.216.34", 80)]


def test_the_next_address_is_tried_where_one_is_dead():
    recorder = Recorder(dead={"2606:4700::1"})
    assert through(recorder, answers(["2606:4700::1", "8.8.8.8"]), "http://example.org/").body == b"ok"
    assert [host for host, _ in recorder.connected] == ["2606:4700::1", "8.8.8.8"]
    dead = Recorder(dead={"8.8.8.8"})
    assert through(dead, answers(["8.8.8.8"]), "http://example.org/").error == "nobody there"


def test_the_transport_itself_refuses():
    """Whoever goes round `fetch` still meets the guard."""

    async def run():
        wire = Wire(Guard(resolve=answers(["10.0.0.1"])), 4)
        with pytest.raises(FeedError, match="not a public"):
            await wire.handle_async_request(get("http://example.org/", [], {}))
        with pytest.raises(httpx.ConnectError):
            await _never(wire)
        await wire.aclose()

    async def _never(wire):
        try:
            await wire._backend.connect_unix_socket("/run/docker.sock")
        except httpcore.ConnectError as error:
            raise httpx.ConnectError(str(error)) from error

    asyncio.run(run())


def test_a_name_server_that_does_not_answer_is_given_up():
    async def never(host, port):
        await asyncio.sleep(3600)

    async def run():
        async with Fetcher(Settings(connect_timeout=0.05), guard=Guard(resolve=never)) as fetcher:
            return await fetcher.fetch(Request("http://example.org/"))

    assert asyncio.run(run()).error == "no connection within 0.05 s"


def test_the_resolver_does_not_hold_up_the_loop(monkeypatch):
    asked = threading.Event()
    released = threading.Event()

    def slow(host, port, **_):
        asked.set()
        released.wait(10)
        return [(2, 1, 6, "", ("8.8.8.8", port))]

    monkeypatch.setattr("socket.getaddrinfo", slow)

    async def run():
        question = asyncio.create_task(resolve_in_thread("example.org", 80))
        while not asked.is_set():
            await asyncio.sleep(0.001)
        ticks = 0
        for _ in range(5):
            await asyncio.sleep(0.001)
            ticks += 1
        assert not question.done()
        released.set()
        assert await question == ["8.8.8.8"]
        return ticks

    assert asyncio.run(run()) == 5


def test_an_answer_that_comes_after_the_loop_is_closed_harms_nobody(monkeypatch):
    released = threading.Event()
    ended = threading.Event()

    def slow(host, port, **_):
        released.wait(10)
        ended.set()
        raise OSError("too late")

    monkeypatch.setattr("socket.getaddrinfo", slow)

    async def run():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await resolve_in_thread("example.org", 80)

    asyncio.run(run())
    released.set()
    assert ended.wait(10)
    for thread in threading.enumerate():
        if thread.name.startswith("resolve "):
            thread.join(10)


def test_localhost_by_the_real_resolver():
    with Server({"/": page(b"<rss/>")}) as server:

        async def run(settings):
            async with Fetcher(settings) as fetcher:
                return await fetcher.fetch(Request(server.url(host="localhost")))

        assert "not a public address" in asyncio.run(run(Settings())).error
        assert server.log == []
        allowed = Settings(allow_private=frozenset({f"localhost:{server.port}"}))
        assert asyncio.run(run(allowed)).body == b"<rss/>"
        assert server.log[0].headers["host"] == f"localhost:{server.port}"


def test_proxies_of_the_environment_are_not_asked(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Server({"/": page(b"<rss/>")}) as server:

        async def run():
            async with Fetcher(Settings(allow_private=server.allow)) as fetcher:
                return await fetcher.fetch(Request(server.url()))

        assert asyncio.run(run()).body == b"<rss/>"


# TLS -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for feed.test that signs itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = [
        openssl,
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    command += ["-subj", "/CN=feed.test", "-addext", "subjectAltName=DNS:feed.test", "-keyout", key, "-out", cert]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return cert, key


def over_tls(certificate, name, trusted=True, routes=None, **settings):
    cert, key = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    asked = []
    context.sni_callback = lambda _, host, __: asked.append(host)
    trust = ssl.create_default_context(cafile=cert) if trusted else None

    async def run():
        guard = Guard(frozenset({f"{name}:{server.port}"}), resolve=answers(["127.0.0.1"]))
        async with Fetcher(Settings(**settings), guard=guard, context=trust) as fetcher:
            return await fetcher.fetch(Request(server.url("/x", host=name)))

    with Server(routes or {"/x": page(b"<rss/>")}, tls=context) as server:
        return asyncio.run(run()), asked


def test_the_certificate_must_be_that_of_the_name_though_the_address_is_connected_to(certificate):
    got, asked = over_tls(certificate, "feed.test")
    assert (got.body, got.error) == (b"<rss/>", None)
    assert asked == ["feed.test"]
    got, asked = over_tls(certificate, "other.test")
    assert "CERTIFICATE_VERIFY_FAILED" in got.error
    assert asked == ["other.test"]


def test_a_certificate_that_nobody_vouches_for(certificate):
    got, _ = over_tls(certificate, "feed.test", trusted=False)
    assert "CERTIFICATE_VERIFY_FAILED" in got.error


def test_a_redirect_from_https_to_http(certificate):
    routes = {"/x": redirect("http://feed.test:8080/")}
    assert over_tls(certificate, "feed.test", routes=routes)[0].error == "redirected from https to http"
