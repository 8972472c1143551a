"""The server of `benchmarks.feeds`: `python -m benchmarks.feeds_server FEEDS ITEMS DATA`. Prints its port, serves.

Feeds are numbered from 0 and look alike, but one in twelve answers late, one in twenty-five not at all or with what is
no feed, one in ten is packed; all others, too, have an ETag and answer 304. Texts are those of the generated corpus, so
that one item in ten is an edited copy of an earlier one, in whatever feed that stands.
"""

# What the tests are served by is not typed.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import gzip
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.corpus import Corpus
from tests.feeds.feed_factory import item, rss
from tests.feeds.server import Server, conditional, head, status

LATE, LATE_EVERY, BROKEN_EVERY, PACKED_EVERY = 1.5, 12, 25, 10
WORDS = 200
"""Of an item: what feeds carry."""


def kind(feed: int) -> str:
    """How a feed behaves."""
    if feed % BROKEN_EVERY == 1:
        return "broken"
    if feed % LATE_EVERY == 2:
        return "late"
    return "packed" if feed % PACKED_EVERY == 3 else "plain"


def route(feed: int, body: bytes) -> Any:
    """What a feed answers."""
    behaves = kind(feed)
    if behaves == "broken":
        return status(500) if feed % 2 else conditional(b"<html><body>Not here</body></html>")
    if behaves == "packed":
        return conditional(gzip.compress(body, 5), f'"{feed}"', Content_Encoding="gzip")
    answer = conditional(body, f'"{feed}"')
    if behaves == "plain":
        return answer

    def late(got: Any) -> Any:
        yield LATE
        yield from answer(got)

    return late


def main(feeds: int, items: int, data: Path) -> None:
    """Make the feeds and serve them until killed."""
    texts = Corpus(feeds * items, data).texts()
    routes = {}
    for feed in range(feeds):
        site = f"s{feed}.example"
        rows = [item(f"https://{site}/{number}", " ".join(next(texts).split()[:WORDS])) for number in range(items)]
        routes[f"/{feed}"] = route(feed, rss(site, *rows))
    with Server(routes, default=lambda _: [head(404, 0)], host="0.0.0.0") as server:
        print(server.port, flush=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
