"""Where the network may be entered: which URLs, hosts, ports and addresses, and no others.

A feed list is written by strangers, redirects and links inside feeds all the more so. Without a guard each of them
could make this machine talk to its own services, to the router, or to the cloud's metadata address (server-side
request forgery). Three rules keep that shut:

1. A URL is taken apart here, put together again in one spelling, and only that spelling is used further on
   (`Guard.place`). What has two readings is refused, not guessed at.
2. A name is resolved here, every address of it must be public, and the connection is made to one of the very
   addresses that were checked (`Guard.addresses`, `transport.Backend`): a name that answers differently the second time
   gains nothing.
3. Each redirect goes through both again (`fetch`).

`allow` opens private addresses for hosts that the operator names, and for nobody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import quote, urlsplit

from dedup.errors import FeedError
from dedup.feeds.urls import without_secrets

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Addresses of a host and port, as text. Errors: `OSError`."""

PORTS = {"http": 80, "https": 443}
LONGEST_URL = 8192
"""Characters. Servers refuse longer ones; a redirect may not make us carry megabytes about."""

_UNSAFE_PORTS = frozenset({1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6679, 6697, 10080,
                           *range(6665, 6670)})  # fmt: skip
"""Above 1023 and yet not for us: ports on which browsers speak no HTTP either (Fetch standard, "bad port")."""

_NOT_PUBLIC_4 = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments; older tables of Python call parts of it global
    IPv4Network("192.88.99.0/24"),  # relays of 6to4
)
_PUBLIC_6 = IPv6Network("2000::/3")
"""All that was ever given out as global unicast (IANA); ::/8, fc00::/7, fe80::/10, fec0::/10, ff00::/8 lie outside."""
_NOT_PUBLIC_6 = (
    IPv6Network("2001::/23"),  # protocol assignments, and Teredo, which carries an IPv4 address
    IPv6Network("2002::/16"),  # 6to4: carries an IPv4 address
    IPv6Network("2001:db8::/32"),  # documentation
    IPv6Network("3fff::/20"),  # documentation, unknown to older Python
)
_NAT64 = IPv6Network("64:ff9b::/96")
_FORBIDDEN_IN_HOST = re.compile(r"[^a-z0-9._-]")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class GuardedUrl:
    """A URL that may be asked for, as far as its text goes."""

    url: str
    """In one spelling: lower case, ASCII (names in punycode), no default port, no fragment."""
    scheme: str
    host: str
    """Lower case, ASCII, no trailing dot, IPv6 without brackets."""
    port: int


class Guard:
    """Decides where connections may go.

    `allow`: hosts that may have private addresses, `name` (at ports 80 and 443) or `name:port` (IPv6 with a port:
    `[::1]:8080`).
    `resolve`: for tests; else `getaddrinfo` in a thread. Errors: `FeedError` for a host in `allow` that is none.
    """

    def __init__(self, allow: frozenset[str] = frozenset(), resolve: Resolver | None = None) -> None:
        self._allow = frozenset(_allowed(entry) for entry in allow)
        self._resolve = resolve or resolve_in_thread

    def place(self, url: str, base: str = "") -> GuardedUrl:
        """Take a URL apart and check what can be seen without the network.

        Refused, with a `FeedError` that says why: other schemes than http and https; a user name or password;
        a host in an odd notation; a port that is not for HTTP.
        """
        scheme, host, port, rest = _split(url, base)
        if not self._port_is_fine(host, port):
            raise FeedError(f"port {port} is not one that feeds are served on")
        self._literal(host, port)
        shown = f"[{host}]" if ":" in host else host
        shown += "" if port == PORTS[scheme] else f":{port}"
        return GuardedUrl(f"{scheme}://{shown}{rest}", scheme, host, port)

    async def addresses(self, host: str, port: int) -> tuple[Address, ...]:
        """Addresses of a host, all of them checked, in the resolver's order. `host` is as in `GuardedUrl`.

        Errors: `FeedError` when there is none, or when even one of them may not be reached: a name that points at
        a public and at a private address is an attack or a mistake.
        """
        if not self._port_is_fine(host, port):
            raise FeedError(f"port {port} is not one that feeds are served on")
        literal = self._literal(host, port)
        if literal is not None:
            return (literal,)
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise FeedError(f"{host}: no address ({getattr(error, 'strerror', None) or error})") from error
        if not found:
            raise FeedError(f"{host}: no address")
        return tuple(dict.fromkeys(self._checked(text, host, port) for text in found))

    def allowed(self, host: str, port: int) -> bool:
        """Whether the operator named this host. Without a port the two of the web are meant: on others there may live
        a service that no redirect shall reach.
        """
        return (host, port) in self._allow or ((host, None) in self._allow and port in PORTS.values())

    def _port_is_fine(self, host: str, port: int) -> bool:
        """80 and 443; above 1023 (8080, 8443 and the like are common), less those of other protocols; and what the
        operator named. Below 1024 live mail, shells and databases, which can be made to misread an HTTP request.
        """
        if (host, port) in self._allow or port in (80, 443):
            return True
        return 1023 < port < 65536 and port not in _UNSAFE_PORTS

    def _literal(self, host: str, port: int) -> Address | None:
        """The address, checked, if the host is one; None for a name."""
        if ":" in host or _NUMBER.fullmatch(host.rpartition(".")[2]):
            return self._checked(host, host, port)
        return None

    def _checked(self, text: str, host: str, port: int) -> Address:
        try:
            address = unmapped(ip_address(text))
        except ValueError as error:
            raise FeedError(f"{text!r} is not an address") from error
        if not (is_public(address) or (self.allowed(host, port) and may_be_allowed(address))):
            where = "" if host == text else f"{host} is at "
            raise FeedError(f"{where}{address}, which is not a public address")
        return address


def is_public(address: Address) -> bool:
    """Whether an address is of the open internet. What carries an IPv4 address inside is judged by that one where it
    is in use (mapped, NAT64), and refused where it is a relic (6to4, Teredo, "compatible").
    """
    address = unmapped(address)
    if isinstance(address, IPv4Address):
        inner: Address = address
    elif address in _NAT64:
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
    elif address not in _PUBLIC_6 or any(address in network for network in _NOT_PUBLIC_6) or address.scope_id:
        return False
    else:
        inner = address
    if isinstance(inner, IPv4Address) and any(inner in network for network in _NOT_PUBLIC_4):
        return False
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


def may_be_allowed(address: Address) -> bool:
    """Whether naming a host can open this address: loopback, private networks, shared ones (100.64/10). Never
    link-local (169.254.169.254 is where clouds keep credentials), multicast, reserved, or 0.0.0.0.
    """
    if address.is_loopback:
        return True
    odd = address.is_link_local or address.is_multicast or address.is_reserved or address.is_unspecified
    return not odd and not (isinstance(address, IPv6Address) and (address.scope_id or address in _NOT_PUBLIC_6[1]))


def unmapped(address: Address) -> Address:
    """`::ffff:1.2.3.4` is 1.2.3.4, to the kernel as well."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def host_name(text: str) -> str:
    """A host in one spelling: lower case, punycode, no trailing dot, no brackets; addresses in their shortest form.

    Errors: `FeedError` for what is neither a name nor an address in its usual notation. Decimal (2130706433),
    hexadecimal (0x7f.1), octal (0177.0.0.1) and short (127.1) forms are refused: resolvers disagree about them.
    """
    if text.startswith("["):
        return _ipv6(text)
    host = text if text.isascii() else _punycode(text)
    host = host.lower().removesuffix(".")
    labels = host.split(".")
    if not host or len(host) > 253 or any(not 0 < len(label) < 64 for label in labels):
        raise FeedError(f"no such host can be: {_short(text)}")
    if _FORBIDDEN_IN_HOST.search(host):
        raise FeedError(f"a character that no host name has: {_short(text)}")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(host))
        except ValueError as error:
            raise FeedError(f"an address in an odd notation: {_short(text)}") from error
    return host


async def resolve_in_thread(host: str, port: int) -> list[str]:
    """Ask the system's resolver, without blocking the loop. Cancelling leaves the thread to end by itself.

    Each question has a thread of its own, a daemon: those of a pool are waited for when the interpreter ends, and
    one dead name server would hold the program up for half a minute. Errors: `OSError`.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def settle(found: list[str], error: Exception | None) -> None:
        if answer.done():
            return
        if error is None:
            answer.set_result(found)
        else:
            answer.set_exception(error)

    def ask() -> None:
        found: list[str] = []
        failed: Exception | None = None
        try:
            found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError) as error:
            failed = error
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, found, failed)

    threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    return await answer


def _split(url: str, base: str) -> tuple[str, str, int, str]:
    """Scheme, host, port, and path with query, each in one spelling."""
    text = url.strip(" \t\r\n\f")
    if len(text) > LONGEST_URL:
        raise FeedError(f"a URL of more than {LONGEST_URL} characters")
    if _CONTROL.search(text):  # urlsplit would take line ends out silently
        raise FeedError("a control character in the URL")
    if base:
        text = _joined(base, text)
    try:
        parts = urlsplit(text)
        if "@" in parts.netloc:  # before anything that a message shows: a password is never printed
            raise FeedError("a user name or password in the URL")
        port = parts.port
    except ValueError as error:
        raise FeedError(f"not a URL: {_short(without_secrets(url))}") from error
    scheme = parts.scheme.lower()
    if scheme not in PORTS:
        raise FeedError(f"only http and https are fetched, not {_short(scheme) or 'a URL without a scheme'}")
    if "\\" in parts.netloc:  # browsers read it as a slash, others as part of the host
        raise FeedError("a backslash in the host")
    if port == 0:
        raise FeedError("port 0 is not one that feeds are served on")
    bracketed = parts.netloc.startswith("[")
    raw = parts.netloc.rpartition("]")[0] + "]" if bracketed else parts.netloc.partition(":")[0]
    rest = _quoted(parts.path or "/") + (f"?{_quoted(parts.query)}" if parts.query else "")
    return scheme, host_name(raw), port or PORTS[scheme], rest


def _joined(base: str, text: str) -> str:
    from urllib.parse import urljoin

    try:
        return urljoin(base, text)
    except ValueError as error:
        raise FeedError(f"not a URL: {_short(text)}") from error


def _quoted(text: str) -> str:
    """Percent-encode what may not stand in a URL, and touch nothing else."""
    return quote(text, safe="%/:?#[]@!$&'()*+,;=~-._|")


def _punycode(text: str) -> str:
    """A name in other letters as the resolver wants it (IDNA 2008, mapped by UTS 46 as browsers do). Full-width
    digits and dots become plain ones here, before anybody looks for addresses. Look-alikes stay what they are:
    another name, which is resolved and checked as any other.
    """
    import idna

    try:
        return idna.encode(text, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise FeedError(f"no host name: {_short(text)}") from error


def _ipv6(text: str) -> str:
    try:
        address = IPv6Address(text.removeprefix("[").removesuffix("]"))
    except ValueError as error:
        raise FeedError(f"not an address: {_short(text)}") from error
    if address.scope_id:
        raise FeedError("an address with a zone is of a local network")
    return str(address)


def _allowed(entry: str) -> tuple[str, int | None]:
    """An entry of `allow` as host and port (None: 80 and 443)."""
    text = entry.strip()
    if text.count(":") > 1 and not text.startswith("["):
        text = f"[{text}]"
    found = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]+)(?::([0-9]{1,5}))?", text)
    if found is None:
        raise FeedError(f"not a host or host:port: {_short(entry)}")
    return host_name(found[1]), int(found[2]) if found[2] else None


def _short(text: str) -> str:
    """For messages: what strangers wrote, cut."""
    return text if len(text) <= 80 else text[:79] + "…"
