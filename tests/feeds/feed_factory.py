"""A small press for tests of feeds: stories, copies of them, and feeds that hold them."""

import random
from email.utils import formatdate
from html import escape

from tests import texts

START = 1_750_000_000
"""When the tests begin, seconds since 1970."""
DAY = 86_400
REPORT = texts.REPORT
SPUN = texts.spun(texts.REPORT)
SPUN_TWICE = texts.swapped(texts.REPORT, texts.SYNONYMS | {"library": "bookery", "leads": "steers", "old": "aged"})
EDITED = texts.REPORT.replace("2.4 million", "2.5 million") + "\nMore follows.\n"
EXCERPT = "\n\n".join(texts.REPORT.split("\n\n")[:3])
_SYLLABLES = [first + second for first in "bdfgklmnprstv" for second in "aeio"]


def story(seed, words=150):
    """A story of words that no other has: no two are copies."""
    rng = random.Random(f"story {seed}")
    made = ["".join(rng.choices(_SYLLABLES, k=rng.randrange(2, 5))) for _ in range(words)]
    lines = [" ".join(made[at : at + 14]).capitalize() + "." for at in range(0, words, 14)]
    return "\n".join(lines)


def item(link, text, *, title=None, key=None, date=START):
    """An RSS item."""
    guid = f'<guid isPermaLink="false">{escape(key)}</guid>' if key else ""
    body = "".join(f"<p>{escape(line)}</p>" for line in text.split("\n") if line)
    return (
        f"<item><title>{escape(title or text[:60])}</title><link>{escape(link)}</link>{guid}"
        f"<pubDate>{formatdate(date, usegmt=True)}</pubDate><description><![CDATA[{body}]]></description></item>"
    )


def rss(site, *items, title=None):
    """An RSS feed of a site."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
        f"<title>{title or site}</title><link>https://{site}/</link><description>News</description>\n"
        + "\n".join(items)
        + "\n</channel></rss>\n"
    ).encode()


def atom(site, *entries):
    """An Atom feed of (link, text) pairs."""
    rows = "\n".join(
        f'<entry><id>{escape(link)}</id><title>{escape(text[:40])}</title><link href="{escape(link)}"/>'
        f'<updated>2025-06-15T15:06:40Z</updated><content type="html">{escape(f"<p>{text}</p>")}</content></entry>'
        for link, text in entries
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><title>{site}</title>'
        f'<id>https://{site}/</id><link href="https://{site}/"/><updated>2025-06-15T15:06:40Z</updated>\n{rows}\n</feed>\n'
    ).encode()
