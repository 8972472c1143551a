"""Namespaces of feeds, and the prefixes that elements of theirs are called by here."""

from __future__ import annotations

ATOM = "http://www.w3.org/2005/atom"
DEDUP = "tag:dedup,2026:feed"
"""Namespace of our own elements."""
_OWN = frozenset((
    "", ATOM, "http://purl.org/atom/ns#", "http://purl.org/rss/1.0", "http://my.netscape.com/rdf/simple/0.9",
    "http://channel.netscape.com/rdf/simple/0.9", "http://my.netscape.com/publish/formats/rss-0.91.dtd",
    "http://backend.userland.com/rss", "http://backend.userland.com/rss2", "http://backend.userland.com/rss091",
    "http://blogs.law.harvard.edu/tech/rss", "http://cyber.law.harvard.edu/rss", "http://purl.org/rss/2.0",
    "http://purl.org/net/rss1.1#", "http://backend.userland.com/weblogmodule",
))  # fmt: skip
"""Namespaces of the feed formats themselves, in lower case and without a slash at the end, as all here."""
_KNOWN = {
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://purl.org/dc/elements/1.1": "dc",
    "http://purl.org/dc/elements/1.0": "dc",
    "http://purl.org/dc/terms": "dcterms",
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    DEDUP: "dedup",
}
BY_PREFIX = {prefix: prefix for prefix in _KNOWN.values() if prefix != "dedup"} | {"atom": "", "rss": "", "a10": ""}
"""What prefixes mean that a feed uses and forgot to declare."""


def prefix_of(uri: bytes) -> str:
    """Our prefix of a namespace: empty for those of feeds, "?" for one that is not known."""
    text = uri[:200].decode("utf-8", "replace").strip().lower().rstrip("/").replace("https://", "http://", 1)
    return "" if text in _OWN else _KNOWN.get(text, "?")
