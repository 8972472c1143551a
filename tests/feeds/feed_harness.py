"""A whole set of feeds on a desk: bodies that a stub hands out in place of the network, and a clock that is set."""

from contextlib import contextmanager
from dataclasses import replace

from dedup.feeds.format.parse import parse
from dedup.feeds.http.request import Fetched
from dedup.feeds.lock import one_run
from dedup.feeds.policy import Policy, Treatment
from dedup.feeds.publish import Targets
from dedup.feeds.records import KnownFeed
from dedup.feeds.run import Options, run
from dedup.feeds.schedule import Schedule
from dedup.feeds.session import Session
from dedup.model import Relation
from tests.feeds.feed_factory import START

DROP_ALL = Policy(
    dict.fromkeys((Relation.EXACT, Relation.NEAR_DUPLICATE, Relation.EXCERPT, Relation.SPUN), Treatment.DROP)
)
MERGE_ALL = Policy(dict.fromkeys(DROP_ALL.treatments, Treatment.MERGE))


class FeedHarness:
    def __init__(self, folder, policy=None, place=None, **options):
        self.place = place or folder / "index.sqlite"
        self.folder = folder / "out"
        self.merged = folder / "all.xml"
        self.bodies = {}
        """Address to body, or to the error that fetching it ends with."""
        self.asked = []
        self.options = Options(Targets(self.folder, self.merged), policy or Policy(), **options)

    def add(self, url, flags=0, **more):
        with self.open() as held, held.transaction(write=True):
            held.state.add_feed(KnownFeed(0, url, flags=flags, added=START, schedule=Schedule(url), **more))

    @contextmanager
    def open(self):
        with Session(self.place) as held:
            yield held

    async def fetch_all(self, requests, on_result):
        for request in requests:
            self.asked.append(request)
            body = self.bodies.get(request.url, "no answer")
            if isinstance(body, str):
                await on_result(Fetched(request.url, request.url, error=body))
            else:
                await on_result(Fetched(request.url, request.url, 200, body, etag=f'"{len(body)}"'))

    def run(self, now=START, **changes):
        with self.open() as held, one_run(held.place, held.database):
            return run(held, replace(self.options, **changes), now, fetch_all=self.fetch_all)

    def file(self, url):
        with self.open() as held:
            return self.folder / held.state.feed(url).file

    def output(self, url):
        return self.file(url).read_bytes()

    def links(self, url):
        """Addresses of the items of a cleaned feed."""
        return [item.url for item in parse(self.output(url), url).items]

    def article(self, link):
        with self.open() as held:
            return held.state.named(link)[0]

    def dump(self):
        """All that is stored, but for the time of fetches."""
        with self.open() as held:
            query = held.database.query
            return {
                table: query(f"SELECT * FROM {table} ORDER BY 1, 2")
                for table in ("documents", "articles", "items", "fragments", "feed_log", "feed_bodies", "edges")
            } | {"feeds": query("SELECT number, url, etag, digest, file, next_at FROM feeds ORDER BY number")}
