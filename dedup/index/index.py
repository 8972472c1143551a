"""An index of documents: what was seen, what is a copy of what, kept on disk between runs.

Each document is compared when it arrives with those that share keys with it; what hangs together is clustered anew.
Pairs are judged by two texts, a fixed reference, and the documents that look like copies of either
(`align.neighbourhood`); where a new one changes what is known of these, they are judged again. So the edges and
clusters are those of `dedup scan --pairwise` over the same documents, whatever the order in which they came.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from dedup.config import Config
from dedup.decisions import Decision
from dedup.errors import NoIndexError
from dedup.index import maintenance
from dedup.index.clustering import Clustering
from dedup.index.deciding import Deciding
from dedup.index.deep_check import check_texts
from dedup.index.documents import STANDS, entries_of
from dedup.index.given import Given, batches_of
from dedup.index.incoming import BATCH, part_of, parts, storable
from dedup.index.maintenance import Statistics
from dedup.index.matching import Matcher
from dedup.index.postings.store import PostingStore
from dedup.index.query import Query
from dedup.index.recent import recent_rewrites
from dedup.index.remover import Remover
from dedup.index.results import Added, DocumentRef, IndexedCluster, IndexedDocument, Match, QueryResult
from dedup.index.services import IndexServices
from dedup.index.settings import check_settings, settings_of, stages_of
from dedup.index.verdicts import Verdicts
from dedup.index.writer import Writer
from dedup.model import EdgeTable, Reject
from dedup.storage.database import WAIT, Database
from dedup.storage.opening import open_database


class Index:
    """An open index; a context manager. All methods raise IndexFileError when the database fails."""

    def __init__(self, database: Database, config: Config, *, accept: bool = False) -> None:
        """`accept`: settings that differ from those of the index are no error (for a rebuild)."""
        self._database = database
        self._pool = ThreadPoolExecutor(config.run.thread_count, "dedup")
        try:
            self._matcher = Matcher(config, self._pool)
            self._keys = PostingStore(database)
            verdicts = Verdicts(database, self._matcher)
            self._clustering = Clustering(database, self._matcher, verdicts)
            context = IndexServices(database, self._matcher, self._keys, self._clustering, verdicts)
            self._adding, self._removing, self._asking = Writer(context), Remover(context), Query(context)
            self._context = context
            self._deciding = Deciding(context, self._adding, self._removing)
            self._check_settings(accept)
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(
        cls, place: str | Path, config: Config | None = None, *, create: bool = True, accept: bool = False,
        wait: float = WAIT,
    ) -> Index:  # fmt: skip
        """Open a file, or the address of a PostgreSQL database; `wait` are seconds for another writer. Raises
        IndexFileError, also for settings other than those of the index (unless `accept`), ReferenceFileError,
        MissingExtraError.
        """
        return cls(open_database(place, create=create, wait=wait), config or Config(), accept=accept)

    @classmethod
    def settings(cls, place: str | Path) -> dict[str, dict[str, Any]]:
        """The settings that an index was made with, as `Config.update` takes them; nothing where there is none."""
        try:
            database = open_database(place, create=False)
        except NoIndexError:
            return {}
        try:
            known = dict(json.loads(database.meta("settings") or "{}"))
            reference = database.meta("reference") or ""
        except ValueError:  # who opens the index is told
            return {}
        finally:
            database.close()
        return stages_of(known, reference)

    @classmethod
    def base(cls, place: str | Path) -> Path | None:
        """The folder that names of files in an index start from; None where that is not settled."""
        try:
            database = open_database(place, create=False)
        except NoIndexError:
            return None
        try:
            kept = database.meta("base")
        finally:
            database.close()
        return Path(kept) if kept else None

    def keep_base(self, base: Path) -> None:
        """Settle the folder that names of files start from, unless that is done. Raises IndexFileError."""
        if self._database.meta("base") is None:
            with self._database.transaction(write=True):
                self._database.set_meta("base", str(base))

    def _check_settings(self, accept: bool) -> None:
        """Keep the settings of a new index; refuse others than those of an old one."""
        own = settings_of(self._matcher.config, self._matcher.reference.header.digest)
        kept = self._database.meta("settings")
        if kept is None:
            with self._database.transaction(write=True):
                kept = self._database.meta("settings")
                if kept is None:
                    self._keep_settings(own)
                    return
        if accept:
            return
        check_settings(self.name, kept, own)

    def _keep_settings(self, own: dict[str, Any]) -> None:
        file = self._matcher.config.find.reference
        self._database.set_meta("settings", json.dumps(own))
        self._database.set_meta("reference", str(Path(file).resolve()) if file else "")

    @property
    def name(self) -> str:
        """File or address, without a password."""
        return self._database.name

    @property
    def database(self) -> Database:
        """The connection: what else is kept beside the documents goes through it."""
        return self._database

    def close(self) -> None:
        """End the connection and the threads."""
        self._pool.shutdown()
        self._database.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[None]:
        """All of the body or nothing; with the state of the index as it is now."""
        inside = self._database.in_transaction
        try:
            with self._database.transaction(write=write):
                if not inside:
                    self._keys.refresh()
                yield
        except BaseException:
            if write and not inside:
                self._keys.forget()
            raise

    # -- adding ------------------------------------------------------------------------------------------------------

    def add(
        self, documents: Given, *, now: int | None = None, answer: bool = False, rejects: list[Reject] | None = None
    ) -> Added:
        """Add documents, the batches of a reader or whatever `dedup.scan` takes, some at a time, each time all of them
        or none; what has no id is called by its text. What cannot be taken in goes to `rejects`, or raises InputError.
        `now` are seconds since 1970. A known id with
        the same text is left alone, with another text it takes the place of the old one. With `answer` the ties of each
        document are told, as they are when the last of them is added; once for each id.
        """
        moment = int(time.time()) if now is None else now
        total, names = Added(), dict[str, None]()
        for part in parts(batches_of(documents, rejects)):
            with self.transaction(write=True):
                added = self._adding.add(part, [moment] * len(part))
            names |= dict.fromkeys(part.ids)
            total = total.plus(added)
        return replace(total, seen=tuple(self._seen_by_id(list(names)))) if answer else total

    def _seen_by_id(self, names: list[str]) -> list[QueryResult]:
        with self.transaction():
            numbers = {entry.id: entry.number for entry in entries_of(self._database, "id", names)}
            return self._asking.seen([numbers[name] for name in names if name in numbers])

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Keep what a person decided, for good: what is there is judged anew by it, and so is what comes. All or
        nothing.
        """
        if decisions:
            with self.transaction(write=True):
                self._deciding.decide(decisions)

    def consider(self, decisions: Sequence[Decision]) -> None:
        """Have decisions count for what this object is asked; they are not kept."""
        self._context.verdicts.choices.consider(decisions)

    def undecided(self, decisions: Sequence[Decision]) -> list[str]:
        """What to tell the user of decisions whose documents are not here, or have other words."""
        with self.transaction():
            return self._deciding.missing(decisions)

    def decisions(self) -> list[Decision]:
        """What was decided by hand, and is kept."""
        with self.transaction():
            return self._context.verdicts.choices.kept()

    # -- asking ------------------------------------------------------------------------------------------------------

    def query(
        self, documents: Given, *, evidence: bool = False, rejects: list[Reject] | None = None
    ) -> Iterator[QueryResult]:  # fmt: skip
        """What is known of each text, which is not added, in their order. With `evidence` ties say what proves them.
        What cannot be taken in has no answer and goes to `rejects`, or raises InputError.
        """
        for part in parts(batches_of(documents, rejects), distinct=False):
            with self.transaction():
                answers = self._asking.query(part, evidence)
            yield from answers

    def seen(self, numbers: Sequence[int]) -> list[QueryResult]:
        """What documents of the index are tied to, in their order."""
        with self.transaction():
            return self._asking.seen(numbers)

    def show(self, numbers: Sequence[int]) -> list[QueryResult]:
        """The same, and who quotes what they quote, and who reports the same event."""
        with self.transaction():
            return self._asking.show(numbers)

    def rewrites(self, names: Sequence[str], *, since: int, most: int) -> dict[str, list[Match]]:
        """For documents of some ids those that say the same in other words among the `most` latest ones that were added
        from `since` on (seconds since 1970): more than the index keeps edges of, see `index.recent`.
        """
        with self.transaction():
            return recent_rewrites(self._context, [storable(name) for name in names], since, most)

    def stories(self) -> list[tuple[DocumentRef, ...]]:
        """All stories, each by arrival, in the order of their first documents."""
        with self.transaction():
            return self._asking.stories()

    def clusters(self, ids: Sequence[int] | None = None) -> list[IndexedCluster]:
        """Clusters of these ids, or all, in order of their ids."""
        with self.transaction():
            return self._asking.clusters(ids)

    def text(self, number: int) -> bytes:
        """The text of a document as UTF-8. Raises IndexFileError when it is not there."""
        return self._context.text(number)

    def find(self, name: str) -> int | None:
        """Number of the document of this id."""
        rows = self._database.query("SELECT number FROM documents WHERE id = ?", (storable(name),))
        return int(rows[0][0]) if rows else None

    # -- looking after it --------------------------------------------------------------------------------------------

    def statistics(self) -> Statistics:
        """The index in numbers."""
        with self.transaction():
            return maintenance.statistics(self._database)

    def check(self, *, deep: bool = False) -> list[str]:
        """What does not hold together, in words; empty for a sound index. With `deep` all texts are read, and what is
        kept of them is held against them.
        """
        with self.transaction():
            found = maintenance.check(self._database, self._keys)
            if deep:
                found += [maintenance.listed(what, names) for what, names in check_texts(self._context)]
            return found

    def rebuild(self, lost: list[str] | None = None) -> int:
        """Make keys, pairs and clusters anew from the texts, with the settings that this index was opened with; returns
        the number of documents. All or nothing: until it is done others see the old state. Documents whose text is
        damaged are left out, and their ids go to `lost`; without such a list they are a DamagedTextError.
        """
        count = 0
        try:
            with self._database.transaction(write=True):
                own = settings_of(self._matcher.config, self._matcher.reference.header.digest)
                self._keep_settings(own)
                self._keys.reset()
                for batch, added in maintenance.taken_apart(self._database, lost):
                    count += len(batch)
                    self._adding.add(part_of(batch), added)
        except BaseException:
            self._keys.forget()
            raise
        self._database.optimize()
        return count

    def documents(self, lost: list[str] | None = None) -> Iterator[IndexedDocument]:
        """All documents with their texts, in the order of arrival. Those whose text is damaged are left out, and their
        ids go to `lost`; without such a list they are a DamagedTextError.
        """
        after = 0
        while True:
            with self.transaction():
                rows, last = maintenance.documents(self._database, after, lost=lost)
            yield from rows
            if last == after:
                return
            after = last

    def documents_of(self, *, sources: Sequence[str] = (), names: Sequence[str] = ()) -> Iterator[IndexedDocument]:
        """Documents of some publishers, and those of some ids, in the order of arrival."""
        sql = "SELECT number FROM documents WHERE {in_clause}"
        with self.transaction():
            wanted = (*self._database.select_in(sql, "source", sources), *self._database.select_in(sql, "id", names))
        numbers = sorted({row[0] for row in wanted})
        for first in range(0, len(numbers), BATCH):
            with self.transaction():
                part = maintenance.chosen(self._database, numbers[first : first + BATCH])
            yield from part

    def edges(self) -> Iterator[tuple[list[str], EdgeTable]]:
        """All edges, exact copies included, some clusters at a time: ids of documents, and a table of their rows."""
        with self.transaction():
            heads = [row[0] for row in self._database.query(
                "SELECT head FROM documents WHERE cluster IS NOT NULL UNION SELECT a FROM edges WHERE live = 1"
                " ORDER BY head"  # edges may lead out of a cluster, to a document that is in none
            )]  # fmt: skip
            done: set[int] = set()
            for first in range(0, len(heads), BATCH):
                part = set(heads[first : first + BATCH]) - done
                if part:
                    shelf, table = self._clustering.edges(part)
                    done |= {entry.head for entry in shelf.entries}
                    yield shelf.ids, table

    # -- taking out --------------------------------------------------------------------------------------------------

    def remove(self, names: Iterable[str]) -> list[str]:
        """Take documents out; returns the ids that were there. Clusters that fall apart are split."""
        wanted = list(dict.fromkeys(map(storable, names)))
        gone = []
        for first in range(0, len(wanted), BATCH):
            with self.transaction(write=True):
                entries = entries_of(self._database, "id", wanted[first : first + BATCH])
                self._removing.remove([entry.number for entry in entries])
                gone += [entry.id for entry in entries]
        return gone

    def gc(self, before: int, *, keep_representatives: bool = True) -> int:
        """Take out the documents that are `expired`; returns how many."""
        return self.take_out(self.expired(before, keep_representatives=keep_representatives))

    def expired(
        self, before: int, *, keep_representatives: bool = True, held: Collection[str] = frozenset()
    ) -> list[int]:  # fmt: skip
        """Numbers of the documents that were added before `before` (seconds since 1970), but for those of the ids
        `held`. Those that stand for a cluster stay, also when nothing is left of it, so that later copies are known for
        copies; unless told not to keep them.
        """
        condition = "added < ?"
        if keep_representatives:
            condition += f" AND marks & {STANDS} = 0"
        with self.transaction(write=True):
            if keep_representatives:
                self._database.execute(
                    f"UPDATE documents SET marks = marks | {STANDS} WHERE added < ? AND marks & {STANDS} = 0"
                    " AND number IN (SELECT representative FROM clusters)",
                    (before,),
                )
            rows = self._database.query(
                f"SELECT number, id FROM documents WHERE {condition} ORDER BY number", (before,)
            )
        return [row[0] for row in rows if row[1] not in held]

    def take_out(self, numbers: Sequence[int]) -> int:
        """Take out documents by their numbers, some at a time; returns how many were there."""
        gone = 0
        for first in range(0, len(numbers), BATCH):
            with self.transaction(write=True):
                gone += self._removing.remove(numbers[first : first + BATCH])
        return gone
