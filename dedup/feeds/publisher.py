"""Who published an item: the host of its link, unless that only leads elsewhere, gathers what others wrote, or lets
many write. Names are for comparing: `one.example`, `dev.to/alice`, `alice.substack.com`, `reddit.com/u/alice`.

Four things tell, the first that does: a rule of the reader for the host, the table of known hosts, what was learned
(feeds of one host that have an author each), and the shape of the address (`/@alice`, or a feed whose own page is the
folder that its items lie in).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dedup.errors import ConfigError
from dedup.feeds.urls import normalise, source_of


class Host(StrEnum):
    """What the host of a link says of who published."""

    ONE = "one"
    """One publisher, under whatever path."""
    PATH = "path"
    """The first part of the path is the publisher: example.org/alice."""
    AUTHOR = "author"
    """The author of the item is, since the path does not tell; where none is named, the feed's own page."""
    SUBDOMAIN = "subdomain"
    """What stands before the host is: alice.example.org."""
    AGGREGATOR = "aggregator"
    """Others wrote what it lists, or it leads to them: it is none."""


def _hosts(kind: Host, names: str) -> dict[str, Host]:
    return dict.fromkeys(names.split(), kind)


KNOWN: Mapping[str, Host] = {
    **_hosts(Host.SUBDOMAIN, """
        wordpress.com substack.com blogspot.com tumblr.com github.io gitlab.io livejournal.com typepad.com weebly.com
        wixsite.com ghost.io hashnode.dev bearblog.dev micro.blog neocities.org netlify.app vercel.app pages.dev web.app
        herokuapp.com over-blog.com canalblog.com hatenablog.com hatenablog.jp hateblo.jp fc2.com squarespace.com
        beehiiv.com posthaven.com svbtle.com bandcamp.com itch.io altervista.org medium.com buttondown.email
        blogger.com myblog.de blog.hu podbean.com libsyn.com mataroa.blog prose.sh"""),
    **_hosts(Host.PATH, """
        dev.to medium.com t.me telegram.me github.com gitlab.com codeberg.org hashnode.com ameblo.jp note.com qiita.com
        zenn.dev vk.com instagram.com twitter.com x.com nitter.net facebook.com tiktok.com patreon.com soundcloud.com
        ko-fi.com threads.net odysee.com write.as velog.io habr.com cnblogs.com csdn.net juejin.cn telegra.ph
        buttondown.com anchor.fm hackernoon.com"""),
    **_hosts(Host.AUTHOR, """
        reddit.com youtube.com youtu.be vimeo.com dailymotion.com rumble.com bilibili.com weibo.com zhihu.com quora.com
        linkedin.com bsky.app lemmy.world lemmy.ml beehaw.org kbin.social sh.itjust.works feddit.de lesswrong.com
        stackoverflow.com dzone.com"""),
    **_hosts(Host.AGGREGATOR, """
        feedproxy.google.com feeds.feedburner.com feedburner.com news.google.com google.com t.co bit.ly ift.tt
        tinyurl.com dlvr.it ow.ly buff.ly rss.app feeds.reuters.com rssfeeds.usatoday.com lnkd.in trib.al flip.it
        news.ycombinator.com hnrss.org lobste.rs digg.com techmeme.com memeorandum.com flipboard.com feedly.com
        getpocket.com msn.com news.yahoo.com smartnews.com upday.com alltop.com newsblur.com inoreader.com feedspot.com
        newsbreak.com ground.news allsides.com"""),
}  # fmt: skip
"""Hosts that many write on, or that lead elsewhere. A host below one of SUBDOMAIN is a publisher of its own."""
_BARE = frozenset(("google.com", "linkedin.com", "weibo.com"))
"""Those of which nothing follows for the hosts below them."""
_FACES = frozenset(
    ["old", "new", "mobile", "touch", "np", "music", "gaming", "web", "en", "i", "lite", "mbasic", "pay"]
)
"""What stands before a host that shows the same things otherwise."""
_NATIONAL = re.compile(r"blogspot\.(?:co\.|com\.)?[a-z]{2,3}")
_USER = re.compile(
    r"/(?:(@[^/?]+)|((?:u|user|users|profile|channel|c|people|member|members|author|~)/[^/?]+)|(~[^/?]+))(?:[/?]|$)",
    re.IGNORECASE,
)
"""Paths that name a person or a channel, on whatever host: Mastodon, Lemmy, old university pages."""
_SECTION_NAMES = (
    "news world politics business sport sports opinion culture science technology tech health entertainment local "
    "national international us uk europe asia africa money finance economy markets arts books film music travel food "
    "lifestyle life style education environment climate weather video videos podcasts blog blogs press media magazine "
    "features analysis latest top home index feed feeds rss category tag tags topics topic section sections archive en "
    "de fr es it pt nl pl ru zh ja nachrichten politik wirtschaft kultur wissen panorama ausland inland meinung "
    "actualites monde economie societe culture-loisirs noticias deportes economia mundo cultura opinione cronaca "
    "esteri politica articles article posts post story stories content pages public"
)
_SECTIONS = frozenset(_SECTION_NAMES.split())
"""Folders of one newsroom, not of one writer."""
_SPACES = re.compile(r"[\W_]+")
LEARN = 2
"""Items by one author that a feed must list, to be his."""


@dataclass(frozen=True, slots=True)
class Link:
    """What an item and its feed say of who published it. Addresses as they were published."""

    url: str
    author: str = ""
    origin: str = ""
    """Where the item says that it is from (`<source url>`)."""
    feed_link: str = ""
    feed_url: str = ""
    feed_title: str = ""


@dataclass(frozen=True, slots=True)
class Hosts:
    """What is known of hosts: by the reader's rules, by the table, and learned."""

    rules: Mapping[str, Host] = field(default_factory=dict)
    learned: Mapping[str, Host] = field(default_factory=dict)

    def known(self, host: str) -> tuple[str, Host | None]:
        """The host that counts for this one (reddit.com for old.reddit.com), and what it says; None where nothing is
        known.
        """
        for table in (self.rules, KNOWN, self.learned):
            if host in table:
                # the bare host of blogs is the company's own
                return host, table[host] if table[host] is not Host.SUBDOMAIN else Host.ONE
        label, _, parent = host.partition(".")
        while parent:
            kind = self.rules.get(parent) or (KNOWN.get(parent) if parent not in _BARE else None)
            if kind in (Host.PATH, Host.AUTHOR):
                return (parent, kind) if label in _FACES else (host, Host.ONE)
            if kind is not None:
                return host, Host.ONE if kind is Host.SUBDOMAIN else kind
            parent = parent.partition(".")[2]
        return host, None

    def shares(self, host: str) -> bool:
        """Whether hosts below this one are other publishers."""
        kind = self.rules.get(host) or KNOWN.get(host)
        return kind in (Host.SUBDOMAIN, Host.AGGREGATOR, Host.PATH, Host.AUTHOR) or bool(_NATIONAL.fullmatch(host))


def rules_of(texts: Iterable[str]) -> dict[str, Host]:
    """Rules as a reader writes them, `example.org=author`. Raises ConfigError."""
    found = {}
    for text in texts:
        name, _, kind = text.partition("=")
        host = source_of(f"https://{name.strip().removeprefix('https://').removeprefix('http://')}")
        if not host or kind.strip() not in set(Host):
            raise ConfigError(f"publisher '{text[:80]}': expected HOST=KIND, with one of {', '.join(Host)}")
        found[host] = Host(kind.strip())
    return found


def publisher(link: Link, hosts: Hosts | None = None) -> str:
    """Who published an item; empty where nothing tells."""
    hosts = hosts or Hosts()
    url = _telling(link, hosts)
    host, kind = hosts.known(source_of(url))
    if kind in (Host.ONE, Host.AGGREGATOR) or not host:
        return host
    path = normalise(url).removeprefix("https://").partition("/")[2]
    person = _person(f"/{path}")
    if person:
        return f"{host}/{person}"
    if kind is Host.AUTHOR or (kind is None and _is_channel(host, link)):
        return _by_author(host, link)
    if kind is Host.PATH:
        first = path.partition("/")[0].partition("?")[0]
        return f"{host}/{first.lower()}" if first else _by_author(host, link)
    folder = _own_folder(host, path, link)
    return f"{host}/{folder}" if folder else host


def same_publisher(one: str, other: str, hosts: Hosts | None = None) -> bool:
    """Whether two names are one publisher's: the same, one host below the other (edition.example.com, example.com), or
    a host and one who writes there, since the host alone may mean him.
    """
    if not one or not other:
        return False
    if one == other:
        return True
    (host, _, person), (other_host, _, other_person) = one.partition("/"), other.partition("/")
    if person and other_person:
        return False
    if host == other_host:
        return True
    longer, shorter = sorted((host, other_host), key=len, reverse=True)
    return longer.endswith("." + shorter) and not (hosts or Hosts()).shares(shorter)


def _telling(link: Link, hosts: Hosts) -> str:
    """The address that tells: that of the item, unless it leads elsewhere or gathers."""
    for url in (link.url, link.origin, link.feed_link):
        host = source_of(url)
        if host and hosts.known(host)[1] is not Host.AGGREGATOR:
            return url
    return link.feed_url


def _person(path: str) -> str:
    """The part of a path that names a person or a channel; empty where none does."""
    match = _USER.match(path)
    return (match[1] or match[2] or match[3]).lower() if match else ""


def _is_channel(host: str, link: Link) -> bool:
    """Whether the feed's own page is that of a person or a channel on the host (a Lemmy community)."""
    return source_of(link.feed_link) == host and bool(
        _person("/" + normalise(link.feed_link).removeprefix("https://").partition("/")[2])
    )


def folded(name: str) -> str:
    """A name for comparing."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return _SPACES.sub("-", "".join(char for char in plain if not unicodedata.combining(char))).strip("-")[:100]


def _by_author(host: str, link: Link) -> str:
    """By the author of an item, else by the page of its feed on the host, else the host."""
    if name := folded(link.author):
        return f"{host}/{name}"
    for url in (link.feed_link, link.feed_url):
        if source_of(url) == host:
            path = normalise(url).removeprefix("https://").partition("/")[2]
            if path:
                return f"{host}/{_person('/' + path) or path.lower()[:100]}"
    return host


def _own_folder(host: str, path: str, link: Link) -> str:
    """The folder of one writer on a host that nothing is known of: the feed's own page, which its items lie below, and
    which is called as the feed is (in its title or address), and not as a section of a newsroom.
    """
    if source_of(link.feed_link) != host:
        return ""
    own = normalise(link.feed_link).removeprefix("https://").partition("/")[2]
    if not own or "/" in own or "?" in own or not path.startswith(own + "/") or own.lower() in _SECTIONS:
        return ""
    feed = normalise(link.feed_url).removeprefix("https://").lower().split("/")[1:]
    named = folded(own) == folded(link.feed_title) or (own.lower() in feed and feed.index(own.lower()) > 0)
    return own.lower() if named else ""


def author_of(authors: Iterable[str]) -> str:
    """The one author of a feed's items; empty where there are several, too few items, or items without one."""
    names = [folded(author) for author in authors]
    return names[0] if len(names) >= LEARN and names[0] and len(set(names)) == 1 else ""


def learn(authors: Iterable[tuple[str, str]]) -> set[str]:
    """Hosts that many write on, by (host, author) of feeds that have one author each: two such feeds with others."""
    found: dict[str, set[str]] = {}
    for host, author in authors:
        if host and author:
            found.setdefault(host, set()).add(author)
    return {host for host, names in found.items() if len(names) > 1}
