"""Web addresses for identity: two spellings of one page become one string.

The result is a name, not a thing to fetch: it says https and leaves out "www." whatever the site does.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from dedup.errors import FeedError
from dedup.feeds.wrappers import wrapped

LONGEST = 4_096
"""Characters of an address, before and after; what is longer is none (browsers and servers stop at 2,000 to 8,000)."""

_TRACKING_PREFIXES = (
    "utm_",  # Google Analytics and everybody after it
    "mtm_", "matomo_", "pk_", "piwik_",  # Matomo, once Piwik
    "hsa_", "_hs",  # HubSpot
    "guce_",  # Yahoo's consent pages
    "ns_",  # comScore: BBC and others
    "at_",  # AT Internet, once XiTi
    "amp_",  # what AMP viewers add: amp_js_v, amp_gsa
)  # fmt: skip
_TRACKING = frozenset((
    "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid", "li_fat_id",
    "igshid", "igsh", "scid", "epik",  # ids of a click, by network
    "mc_cid", "mc_eid", "mkt_tok", "vero_id", "vero_conv", "oly_enc_id", "oly_anon_id", "ck_subscriber_id",  # mail
    "ref", "ref_src", "ref_url", "referer", "referrer", "refsrc", "ref_",  # where the reader came from
    "__twitter_impression", "smid", "smtyp", "sr_share", "share", "ftag", "ito", "ncid", "cmp", "cmpid", "cid_source",
    "icid", "s_cid", "xtor", "spm", "guccounter", "taid", "_openstat", "wickedid", "feedtype", "feedname",  # newsrooms
    "usqp",  # AMP viewers
    "ocid", "_ga", "_gl", "sfnsn", "mibextid", "s_kwcid", "trk", "trkcampaign", "wt_mc", "wt.mc_id", "wt.rss_f",
    "intcmp", "emc", "campaign_id", "__source", "smprod", "leadsource",  # newsrooms and networks, later ones
))  # fmt: skip
"""Parameters that say how a reader came, never what is read. Matched without regard to case."""
_ORIGINS = frozenset(("source", "src", "via", "from", "medium", "f", "partner", "campaign", "ns"))
_FEEDS = frozenset(("rss", "rss2", "rss1.0", "rss2.0", "rss1", "atom", "feed", "feeds", "xml"))
"""`source=rss` says how a reader came, `source=42` may say what is read."""
_AMP_SWITCHES = frozenset(("amp", "outputtype=amp", "output=amp", "output_type=amp", "amp=1", "amp=true", "mode=amp"))

_SCHEME = re.compile(r"[Hh][Tt][Tt][Pp][Ss]?://")
_SITE = re.compile(r"[^/?#]*//[^/?#]*")
"""Scheme and host of an address: capitals do not count there."""
_OPENED_WITH = re.compile(r"(?:feed|pcast|podcast|itpc|itms-pcast|rss|zpod)(?::(?=https?://)|:(?=//))", re.IGNORECASE)
"""Schemes that readers and podcast players gave to web addresses, so that a click opens them."""
_BARE = re.compile(
    r"(?:(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}\.?|\d{1,3}(?:\.\d{1,3}){3}|localhost)"
    r"(?::\d{1,5})?(?:[/?#]|$)"
)
"""How an address without a scheme begins: a host with a dot, and maybe a port."""
_FILE = re.compile(r"[^/?#]*\.(?:xml|rss|atom|rdf|json|opml|html?|php|aspx?|txt)", re.IGNORECASE)
"""A name of a file, not of a host: an address within the site that the list was made for."""
_PASSWORD = re.compile(r"https?://[^/@:]+:(?!\d{0,5}(?:[/?#]|$))[^@]*@", re.IGNORECASE)
"""A password with a slash, a hash or a question mark in it: for a parser it ends the host."""
_SECRETS = re.compile(r"^(\s*(?:[\w.+-]+:)*/{0,2}).*@", re.DOTALL)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://\S+")
_BROWSER_DROPS = re.compile(r"[\t\r\n]")
_PORT = re.compile(r":([0-9]{0,5})$")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?")
_IPV6 = re.compile(r"\[[0-9a-f:.]{2,45}\]")
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_UNSAFE = re.compile(r"[^A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]|%(?![0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_AMP_TAIL = re.compile(r"(?:/amp)+/*$|(?<=[^/])\.amp(?=(?:\.html?)?$)", re.IGNORECASE)
_AMP_CACHE = re.compile(r"(?:[a-z0-9-]+\.)?(?:cdn\.ampproject\.org|bing-amp\.com)|amp\.cloudflare\.com")
_CACHED = re.compile(r"/(?:c|v)/(?:s/)?([^/].*)", re.DOTALL)
_GOOGLE = re.compile(r"(?:www\.)?google\.(?:com?\.)?[a-z]{2,3}")
_GOOGLE_AMP = re.compile(r"/amp/(?:s/)?([^/].*)", re.DOTALL)
_SPARE_LABELS = ("www.", "amp.")
_WRAPPED = 4
"""Addresses inside addresses that are taken out; nobody wraps twice, but it must end."""


@lru_cache(2048)  # of one item it is asked eight times
def normalise(url: str) -> str:
    """The address by which a page is known; empty for what is not http or https. Idempotent; never raises.

    - http is https, and the default port of either is left out: sites that answer differently are gone.
    - "www." goes, if a dot is left: nobody publishes another article under the bare name.  "m." and others stay, since
      paths on them often differ and a wrong tie is worse than a missed one (the text still tells).
    - Fragment, credentials, parameters that track and AMP forms go; other parameters stay, in their order.
    - The address of a page that only leads to another one (Google Alerts, `wrappers`) is that of the other one.
    - A slash at the end goes; the case of the path stays.
    """
    try:
        for _ in range(_WRAPPED):
            parts = _parts(url)
            if parts is None:
                return ""
            inner = _unwrapped(*parts)
            if inner is None:
                return _joined(*parts)
            url = inner
    except ValueError:  # of urlsplit and the idna codec, for what no browser would open either
        pass
    return ""


def absolute(link: str, base: str = "") -> str:
    """`link` as one may follow it, relative to `base`; empty for what is then not http or https. Never raises."""
    link = _BROWSER_DROPS.sub("", link.strip())
    if not link or len(link) > LONGEST:
        return ""
    try:
        joined = urljoin(base, link) if base else link
        if _SCHEME.match(joined) is None or not urlsplit(joined).hostname or len(joined) > LONGEST:
            return ""
    except ValueError:
        return ""
    return _UNSAFE.sub(_escaped, joined)


def feed_address(text: str) -> str:
    """The address of a feed as people and lists write it, to be fetched: also "feed://" and others that only name the
    program it is opened with, and without a scheme. Raises FeedError, which says why it is none.
    """
    link = _BROWSER_DROPS.sub("", text.strip())
    if not link:
        raise FeedError("no address")
    while named := _OPENED_WITH.match(link):
        link = link[named.end() :]
        if _SCHEME.match(link) is None:  # as the draft of the feed scheme has it
            link = "http://" + link.removeprefix("//")
    if link.startswith("//") or (_SCHEME.match(link) is None and _BARE.match(link) and not _FILE.fullmatch(link)):
        link = ("http://" if link.lower().startswith("localhost") else "https://") + link.removeprefix("//")
    if "@" in re.split(r"[/?#\\]", link.partition("://")[2], maxsplit=1)[0] or _PASSWORD.match(link):
        raise FeedError("a user name or password in the address: it would not be fetched")
    found = absolute(_with_ascii_host(link))
    if not found or "%" in urlsplit(found).netloc:
        raise FeedError("not a web address (http or https)")
    try:
        port = urlsplit(found).port
    except ValueError:
        port = 0
    if port == 0:
        raise FeedError("not a web address: a port that cannot be")
    return _SITE.sub(lambda site: site[0].lower(), found)  # "HTTPS://One.example/a" is no second feed


def _with_ascii_host(link: str) -> str:
    """With a host in other letters as the resolver wants it; unchanged where it cannot be."""
    scheme, mark, rest = link.partition("://")
    host = re.split(r"[/?#:]", rest, maxsplit=1)[0]
    if host.isascii() or len(host) > 253:
        return link
    import idna

    try:
        return scheme + mark + idna.encode(host, uts46=True).decode("ascii") + rest[len(host) :]
    except (idna.IDNAError, UnicodeError):
        return link


def without_secrets(url: str) -> str:
    """An address as it may be shown: without user name and password, wherever they may end."""
    return _SECRETS.sub(r"\1…@", url)


def without_login(url: str) -> str:
    """A web address without user name and password, as it can be fetched; others as they are. Lists of older versions
    have such addresses.
    """
    begin, there, end = _login(url)
    return begin + end if there else url


def redacted(text: str) -> str:
    """A text as it may be shown: of the web addresses in it user names and passwords are left out."""
    return _ADDRESS.sub(lambda match: "…@".join(_login(match[0])[::2]) if _login(match[0])[1] else match[0], text)


def _login(url: str) -> tuple[str, bool, str]:
    """What is before user name and password, whether there are any, and what is behind them."""
    scheme, mark, rest = url.partition("://")
    odd = _PASSWORD.match(url) is not None  # one with a slash in it goes on to the last "@"
    inner = rest if odd else re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    end = inner.rfind("@") if mark else -1
    return scheme + mark, end >= 0, rest[end + 1 :]


def source_of(url: str) -> str:
    """The publisher's name: the host without "www.", "amp." and "m."; empty where there is none."""
    name = normalise(url).removeprefix("https://").partition("/")[0].partition("?")[0]
    if not name.startswith("["):
        name = name.partition(":")[0]
    while name.startswith(("m.", *_SPARE_LABELS)) and "." in name.partition(".")[2]:
        name = name.partition(".")[2]
    return name


def _parts(url: str) -> tuple[str, str, str] | None:
    """Host with port, path and query, each normalised; None for what is no web address. Raises ValueError."""
    url = _BROWSER_DROPS.sub("", url.strip())
    if len(url) > LONGEST or _SCHEME.match(url) is None:
        return None
    split = urlsplit(url)
    host = _host(split.netloc.rpartition("@")[2])
    if not host:
        return None
    return host, _path(split.path), _query(split.query)


def _joined(host: str, path: str, query: str) -> str:
    url = f"https://{host}{path}" + (f"?{query}" if query else "")
    return url if len(url) <= LONGEST else ""


def _host(netloc: str) -> str:
    port = ""
    if match := _PORT.search(netloc):
        netloc, port = netloc[: match.start()], match[1].lstrip("0")
    host = _name(netloc)
    if host and port and port not in {"80", "443"}:
        return f"{host}:{port}" if int(port) < 1 << 16 else ""
    return host


def _name(name: str) -> str:
    """A host in ASCII; empty if it cannot be one. Raises ValueError."""
    if len(name) > 253:  # before the idna codec, which is slow on long names
        return ""
    if not name.isascii():
        # IDNA 2003, as the standard library has it: for a name to compare by, ß and ss may be one.
        name = name.encode("idna").decode("ascii")
    name = name.lower()
    if _IPV6.fullmatch(name):
        return name
    name = name.rstrip(".")
    if _HOST.fullmatch(name) is None:
        return ""
    while name.startswith(_SPARE_LABELS) and "." in name[4:]:
        name = name[4:]
    return name if _HOST.fullmatch(name) else ""


def _path(path: str) -> str:
    path = _encoded(path)
    if "/." in path:
        path = _without_dots(path)
    while (shorter := _AMP_TAIL.sub("", path)) != path:
        path = shorter
    return path.rstrip("/")


def _without_dots(path: str) -> str:
    out: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del out[-1:]
        elif segment != ".":
            out.append(segment)
    return "/" + "/".join(out)


def _query(query: str) -> str:
    return "&".join(part for part in _encoded(query).split("&") if part and not _tracks(part.lower()))


def _tracks(part: str) -> bool:
    name, _, value = part.partition("=")
    return (
        name in _TRACKING
        or name.startswith(_TRACKING_PREFIXES)
        or part in _AMP_SWITCHES
        or (name in _ORIGINS and value in _FEEDS)
    )


def _unwrapped(host: str, path: str, query: str) -> str | None:
    """The address that an AMP cache or viewer shows, or that a page leads to; None if this is none of these."""
    if (inner := wrapped(host, path, query)) is not None:
        return inner
    form = _CACHED if _AMP_CACHE.fullmatch(host) else _GOOGLE_AMP if _GOOGLE.fullmatch(host) else None
    match = form.match(path) if form else None
    if match is None:
        return None
    return f"https://{match[1]}" + (f"?{query}" if query else "")


def _encoded(text: str) -> str:
    """With every escape that is needed, in capitals, and none that is not."""
    return _ESCAPE.sub(_plain, _UNSAFE.sub(_escaped, text))


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace"))


def _plain(match: re.Match[str]) -> str:
    char = chr(int(match[1], 16))
    return char if char in _UNRESERVED else match[0].upper()
