"""An index of documents: what was seen, what is a copy of what, kept on disk between runs.

Each document is compared when it arrives with those that share keys with it; what hangs together is clustered anew.
Pairs are judged by two texts and a fixed reference alone, so the edges and clusters are those of
`dedup scan --pairwise` over the same documents, whatever the order in which they came.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.config import Config
from dedup.errors import IndexFileError
from dedup.index import plan, schema
from dedup.index.clustering import Clustering, entries_of, save
from dedup.index.database import WAIT, Database, Sqlite
from dedup.index.keys import PostingStore
from dedup.index.matching import ANY_NUMBER, Found, Matcher
from dedup.index.model import Added, KnownCluster, Member, Seen, Side, Tie
from dedup.index.plan import Kind
from dedup.index.shelf import COLUMNS, NORMALISED, SUSPECT, Entry, Shelf, compress, decompress
from dedup.match import lsh
from dedup.match.fingerprint import HASH, SCHEME, Sketch
from dedup.match.verify import same_form
from dedup.model import BOTH, RELATIONS, UNKNOWN_DATE, Batch, Relation
from dedup.pipeline.edges import Decided
from dedup.text import words
from dedup.text.furniture import suspects
from dedup.text.packing import pack, pack_bytes, unpack

BATCH, BATCH_BYTES = 1000, 8 << 20
"""Documents, and bytes of text, that are added in one transaction."""
STATE = "index.sqlite"


@dataclass(slots=True)
class _Part:
    """Some documents that are added together."""

    ids: list[str]
    sources: list[str]
    dates: list[int]
    texts: list[bytes]

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, which: Sequence[int]) -> _Part:
        return _Part(*([column[at] for at in which] for column in (self.ids, self.sources, self.dates, self.texts)))


def default_place() -> Path:
    """Where the index of this user is, unless another one is named."""
    from platformdirs import user_state_path

    return user_state_path("dedup", appauthor=False) / STATE


def settings_of(config: Config, reference: str) -> dict[str, Any]:
    """What made the keys and edges of an index: with others its numbers mean nothing. `reference` is a digest."""
    marks, match = config.fingerprint, config.match
    bands, rows = lsh.bands_and_rows(match.threshold, marks.num_perm)
    return {
        "scheme": SCHEME, "hash": HASH, "tokeniser": words.VERSION, "ngram": marks.ngram, "num_perm": marks.num_perm,
        "seed": marks.seed, "bands": bands, "rows": rows, "threshold": match.threshold, "excerpts": match.excerpts,
        "containment": match.containment, "rewritten": match.rewritten, "reference": reference,
    }  # fmt: skip


class Index:
    """An open index; a context manager. All methods raise IndexFileError when the database fails."""

    def __init__(self, database: Database, config: Config, *, accept: bool = False) -> None:
        """`accept`: settings that differ from those of the index are no error (for a rebuild)."""
        self._database = database
        self._pool = ThreadPoolExecutor(config.run.thread_count, "dedup")
        try:
            self._matcher = Matcher(config, self._pool)
            self._keys = PostingStore(database)
            self._clustering = Clustering(database, self._matcher)
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
        IndexFileError, also for settings other than those of the index (unless `accept`), ReferenceError,
        MissingExtraError.
        """
        settings = config or Config()
        if str(place).startswith(("postgresql://", "postgres://")):
            from dedup.index.postgres import Postgres

            return cls(Postgres(str(place), create=create, wait=wait), settings, accept=accept)
        return cls(Sqlite(Path(place), create=create, wait=wait), settings, accept=accept)

    def _check_settings(self, accept: bool) -> None:
        """Keep the settings of a new index; refuse others than those of an old one."""
        own = settings_of(self._matcher.config, self._matcher.reference.header.digest)
        kept = self._database.meta("settings")
        if kept is None:
            with self._database.transaction(write=True):
                kept = self._database.meta("settings")
                if kept is None:
                    self._database.keep("settings", json.dumps(own))
                    return
        known = json.loads(kept)
        wrong = [f"{name} {known.get(name)!r} there, {value!r} here" for name, value in own.items()
                 if known.get(name) != value]  # fmt: skip
        if wrong and not accept:
            raise IndexFileError(
                f"{self.name}: made with other settings: {'; '.join(wrong)}. Use those, or make it anew with these: "
                "dedup index rebuild"
            )

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
        if self._database.inside:
            yield
            return
        try:
            with self._database.transaction(write=write):
                self._keys.refresh()
                yield
        except BaseException:
            if write:
                self._keys.forget()
            raise

    # -- adding ------------------------------------------------------------------------------------------------------

    def add(self, batches: Iterable[Batch], *, now: int | None = None, answer: bool = False) -> Added:
        """Add documents, some at a time, each time all of them or none; `now` are seconds since 1970. A known id with
        the same text is left alone, with another text it takes the place of the old one. With `answer` the ties of each
        document are told, as they are when the last of them is added.
        """
        moment = int(time.time()) if now is None else now
        total, numbers = Added(), []
        for part in _parts(batches):
            with self.transaction(write=True):
                added, places = self._add(part, moment)
            numbers += places
            total = Added(
                total.new + added.new, total.changed + added.changed, total.known + added.known, total.tied + added.tied
            )
        return replace(total, seen=tuple(self.seen(numbers))) if answer else total

    def _add(self, part: _Part, now: int) -> tuple[Added, list[int]]:
        """Add some documents of different ids; returns their numbers, too."""
        held = {entry.id: entry for entry in entries_of(self._database, "id", part.ids)}
        packed = pack_bytes(part.texts)
        sketch = self._matcher.sketch(packed)
        digests = sketch.digests.view(np.int64).tolist()
        old = {name: self._same_text(entry, part, digests) for name, entry in held.items()} if held else {}
        stale = [entry.number for name, entry in held.items() if not old[name]]
        if stale:
            self._remove(stale)
        fresh = np.array([at for at, name in enumerate(part.ids) if not old.get(name)], np.int64)
        first = int(self._database.meta("next_number") or 1)
        numbers = {part.ids[at]: first + place for place, at in enumerate(fresh.tolist())}
        everyone = [numbers[name] if name in numbers else held[name].number for name in part.ids]
        if not len(fresh):
            return Added(known=len(part)), everyone
        self._database.keep("next_number", str(first + len(fresh)))
        marked = suspects(packed)
        entries = [
            Entry(
                numbers[part.ids[at]], part.ids[at], 0, 0, digests[at], part.sources[at],
                None if part.dates[at] == UNKNOWN_DATE else part.dates[at], int(sketch.words[at]), len(part.texts[at]),
                SUSPECT * bool(marked[at]) | NORMALISED * bool(np.isin(at, sketch.normalised)), None, None,
            )
            for at in fresh.tolist()
        ]  # fmt: skip
        texts = {entry.number: part.texts[at] for entry, at in zip(entries, fresh.tolist(), strict=True)}
        tied = self._place(entries, texts, sketch, fresh, now)
        return Added(len(fresh) - len(stale), len(stale), len(part) - len(fresh), tied), everyone

    def _same_text(self, entry: Entry, part: _Part, digests: list[int]) -> bool:
        """Whether a known document comes again as it is."""
        at = part.ids.index(entry.id)
        return entry.digest == digests[at] and entry.size == len(part.texts[at]) and self.text(entry.number) == part.texts[at]

    def _place(
        self, entries: list[Entry], texts: dict[int, bytes], sketch: Sketch, rows: NDArray[np.int64], now: int
    ) -> int:
        """Put new documents (`rows` of the sketch) beside those that are there; returns how many have ties."""
        entries, changed, grown = self._group(entries, texts)
        self._insert(entries, texts, sketch, rows, now)
        keys = self._matcher.keys(sketch)
        own = np.array([entry.founder == entry.number for entry in entries], bool)
        numbers = np.array([entry.number for entry in entries], np.int64)
        founders = [key.take(rows[own]) for key in keys]
        counts = np.stack([key.held for key in founders], axis=1)
        self._keys.add([key.entries(numbers[own]) for key in founders], numbers[own], counts)
        asked = own | np.array([entry.founder in changed for entry in entries], bool)
        groups = np.array([entry.founder for entry in entries], np.int64)[asked]
        bounds = np.where(own[asked], groups, ANY_NUMBER)
        found = self._matcher.candidates([key.take(rows[asked]) for key in keys], self._keys, groups, bounds)
        touched = self._forget_pairs(changed) | grown
        touched |= self._connect(found, groups, texts)
        self._clustering.renew(touched, texts)
        tied = self._database.rows(
            "SELECT count(*) FROM documents WHERE {among} AND cluster IS NOT NULL", "number", numbers.tolist()
        )
        return int(tied[0][0])

    def _group(self, entries: list[Entry], texts: dict[int, bytes]) -> tuple[list[Entry], dict[int, int], set[int]]:
        """Founders and heads of new documents; also the known groups that get another head (founder -> the old one),
        and the heads of groups that have more than one document now.
        """
        groups: dict[int, list[list[Entry]]] = {}
        known = entries_of(self._database, "digest", list({entry.digest for entry in entries}))
        for entry in sorted(known, key=lambda entry: (entry.founder, entry.number)):
            here = groups.setdefault(entry.digest, [])
            if not here or here[-1][0].founder != entry.founder:
                here.append([])
            here[-1].append(entry)
        new = {entry.number for entry in entries}
        for entry in entries:
            here = groups.setdefault(entry.digest, [])
            group = next((group for group in here if self._same_words(group[0].number, entry.number, texts)), None)
            if group is None:
                here.append([entry])
            else:
                group.append(entry)
        found: dict[int, Entry] = {}
        changed: dict[int, int] = {}
        grown: set[int] = set()
        for group in (group for here in groups.values() for group in here):
            if group[-1].number not in new:
                continue
            founder, head = group[0].number if group[0].number in new else group[0].founder, plan.head(group)
            if group[0].number not in new and group[0].head != head:
                changed[founder] = group[0].head
                self._database.run("UPDATE documents SET head = ? WHERE founder = ?", (head, founder))
            if len(group) > 1:
                grown.add(head)
            found |= {
                entry.number: replace(entry, founder=founder, head=head) for entry in group if entry.number in new
            }
        return [found[entry.number] for entry in entries], changed, grown

    def _same_words(self, one: int, two: int, texts: dict[int, bytes]) -> bool:
        """Whether two documents of one digest are the same by their words."""
        a, b = (texts.get(number) or self.text(number) for number in (one, two))
        return a == b or same_form(a) == same_form(b)

    def _insert(
        self, entries: list[Entry], texts: dict[int, bytes], sketch: Sketch, rows: NDArray[np.int64], now: int
    ) -> None:
        names = "number, id, founder, head, digest, source, date, words, size, marks, mangled, cluster, added"
        self._database.many(
            f"INSERT INTO documents ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            ((*(getattr(entry, name) for name in COLUMNS.split(", ")), now) for entry in entries),
        )
        signatures = np.ascontiguousarray(sketch.signatures[rows], "<u4")
        bodies = self._pool.map(compress, (texts[entry.number] for entry in entries), chunksize=64)
        self._database.many(
            "INSERT INTO bodies (number, text, signature) VALUES (?, ?, ?)",
            (
                (entry.number, body, signature.tobytes())
                for entry, body, signature in zip(entries, bodies, signatures, strict=True)
            ),
        )

    def _forget_pairs(self, changed: dict[int, int]) -> set[int]:
        """Forget the pairs of heads that are heads no longer; returns their other sides."""
        old = list(changed.values())
        if not old:
            return set()
        rows = [
            pair
            for side in "ab"
            for pair in self._database.rows("SELECT a, b FROM edges WHERE {among}", side, old)
        ]
        for side in "ab":
            self._database.forget("edges", side, old)
        return {number for pair in rows for number in pair} - set(old)

    def _connect(self, found: Found, groups: NDArray[np.int64], texts: dict[int, bytes]) -> set[int]:
        """Judge candidates and keep those that are copies; returns the heads that have a new edge."""
        if not len(found.asked):
            return set()
        founders = np.stack((groups[found.asked], found.founder))
        shelf, heads = self._heads(founders, texts)
        decided, _ = self._matcher.judge(shelf, heads[0], heads[1], found.alike)
        save(self._database, shelf, decided, Kind.CANDIDATE)
        sides = decided.judged.pairs
        return set(shelf.numbers[np.concatenate((sides.left, sides.right))].tolist())

    def _heads(self, founders: NDArray[np.int64], texts: dict[int, bytes]) -> tuple[Shelf, NDArray[np.int64]]:
        """A shelf with the heads of groups, and the row of each."""
        entries = {entry.number: entry for entry in entries_of(self._database, "number", np.unique(founders).tolist())}
        head_of = {number: entry.head for number, entry in entries.items()}
        missing = sorted(set(head_of.values()) - entries.keys())
        entries |= {entry.number: entry for entry in entries_of(self._database, "number", missing)}
        shelf = Shelf(self._database, [entries[number] for number in set(head_of.values())], texts)
        numbers = np.array([head_of[number] for number in founders.ravel().tolist()], np.int64)
        return shelf, shelf.rows(numbers).reshape(founders.shape)

    # -- asking ------------------------------------------------------------------------------------------------------

    def query(self, batches: Iterable[Batch], *, evidence: bool = False) -> Iterator[Seen]:
        """What is known of each text, which is not added. With `evidence` ties say what proves them."""
        for part in _parts(batches, distinct=False):
            with self.transaction():
                yield from self._query(part, evidence)

    def _query(self, part: _Part, evidence: bool) -> list[Seen]:
        packed = pack_bytes(part.texts)
        sketch = self._matcher.sketch(packed)
        digests = sketch.digests.view(np.int64).tolist()
        count = len(part)
        found = self._matcher.candidates(
            self._matcher.keys(sketch), self._keys, np.full(count, -1), np.full(count, ANY_NUMBER)
        )
        same = self._exact(part, digests)
        marked = suspects(packed)
        ties: list[list[Tie]] = [[] for _ in range(count)]
        texts = {-1 - at: text for at, text in enumerate(part.texts)}
        guests = [
            Entry(
                -1 - at, part.ids[at], -1 - at, -1 - at, digests[at], part.sources[at],
                None if part.dates[at] == UNKNOWN_DATE else part.dates[at], int(sketch.words[at]), len(part.texts[at]),
                SUSPECT * bool(marked[at]) | NORMALISED * bool(np.isin(at, sketch.normalised)), None, None,
            )
            for at in range(count)
        ]  # fmt: skip
        self._tie(found, guests, texts, ties, evidence, {at: head for at, (head, _) in same.items()})
        answers = []
        for at, (name, those) in enumerate(zip(part.ids, ties, strict=True)):
            twin = same.get(at)
            if twin:
                those.insert(0, self._exact_tie(guests[at], twin[0]))
            own = next((entry for entry in twin[1] if entry.id == name), None) if twin else None
            answers.append(self._answer(name, own is not None, None if own is None else own.number, those))
        return answers

    def _exact(self, part: _Part, digests: list[int]) -> dict[int, tuple[Entry, list[Entry]]]:
        """For each text that is there, by its place: the head of its exact copies, and those of the same id."""
        by_digest: dict[int, list[Entry]] = {}
        for entry in entries_of(self._database, "digest", list(set(digests))):
            by_digest.setdefault(entry.digest, []).append(entry)
        found = {}
        for at, digest in enumerate(digests):
            here = by_digest.get(digest, ())
            heads = [entry for entry in here if entry.number == entry.head]
            texts = {-1: part.texts[at]}
            head = next((entry for entry in heads if self._same_words(entry.number, -1, texts)), None)
            if head:
                own = [e for e in here if e.id == part.ids[at] and self.text(e.number) == part.texts[at]]
                found[at] = head, own
        return found

    def _tie(
        self, found: Found, guests: list[Entry], texts: dict[int, bytes], ties: list[list[Tie]], evidence: bool,
        same: dict[int, Entry],
    ) -> None:  # fmt: skip
        """Judge candidates of texts that are not in the index. An exact copy is asked about by its head, which is in no
        pair with itself.
        """
        if not len(found.asked):
            return
        entries = {entry.number: entry for entry in entries_of(self._database, "number", np.unique(found.founder).tolist())}
        heads = {number: entry.head for number, entry in entries.items()}
        missing = sorted(set(heads.values()) - entries.keys())
        entries |= {entry.number: entry for entry in entries_of(self._database, "number", missing)}
        asked, founder = found.asked.tolist(), found.founder.tolist()
        kept = [place for place, (at, number) in enumerate(zip(asked, founder, strict=True))
                if at not in same or same[at].founder != number]  # fmt: skip
        shelf = Shelf(self._database, [*guests, *(entries[number] for number in set(heads.values()))], texts)
        left = shelf.rows(np.array([-1 - asked[place] for place in kept], np.int64))
        right = shelf.rows(np.array([heads[founder[place]] for place in kept], np.int64))
        decided, judge = self._matcher.judge(shelf, left, right, found.alike[kept])
        if not len(decided.judged.codes):
            return
        table = self._matcher.edges(shelf, judge, np.arange(len(shelf))).table([decided], self._matcher.config.fingerprint.ngram)
        confidence = decided.directions.confidence.tolist()
        for number, edge in enumerate(table.rows(full=evidence)):
            at, other = -1 - int(shelf.numbers[edge.a]), shelf.entries[edge.b]
            side = _side(edge.copy, edge.a)
            ties[at].append(
                Tie(
                    other.number, other.id, other.source, other.date, edge.relation, edge.similarity, edge.jaccard,
                    edge.containment, side, confidence[number], other.cluster, edge.evidence if evidence else None,
                )  # fmt: skip
            )

    def _exact_tie(self, guest: Entry, head: Entry) -> Tie:
        later = guest.known_date > head.known_date and guest.date is not None
        return Tie(
            head.number, head.id, head.source, head.date, Relation.EXACT, 1.0, 1.0, 1.0, "this" if later else None, 0.0,
            head.cluster,
        )  # fmt: skip

    def _answer(self, name: str, known: bool, number: int | None, ties: list[Tie]) -> Seen:
        ties.sort(key=lambda tie: (*plan.closeness(tie.relation, tie.similarity), tie.number))
        cluster = next((tie.cluster for tie in ties if tie.cluster is not None), None)
        best = None if cluster is None else self._representative(cluster)
        return Seen(name, known, tuple(ties), number, cluster, best or (ties[0].id if ties else None))

    def _representative(self, cluster: int) -> str | None:
        rows = self._database.query(
            "SELECT documents.id FROM clusters JOIN documents ON documents.number = clusters.representative"
            " WHERE clusters.id = ?",
            (cluster,),
        )
        return rows[0][0] if rows else None

    def seen(self, numbers: Sequence[int]) -> list[Seen]:
        """What documents of the index are tied to, in their order; edges as they were when they were judged."""
        with self.transaction():
            entries = {entry.number: entry for entry in entries_of(self._database, "number", list(numbers))}
            tied = {entry.head for entry in entries.values() if entry.cluster is not None}
            ties: dict[int, list[Tie]] = {}
            if tied:
                shelf, table = self._clustering.edges(tied)
                for number, edge in enumerate(table):
                    for own, other in ((edge.a, edge.b), (edge.b, edge.a)):
                        ties.setdefault(int(shelf.numbers[own]), []).append(_tie_of(table, number, edge, shelf, own, other))
            return [
                self._answer(entries[number].id, True, number, ties.get(number, [])) if number in entries
                else Seen(str(number), False, ())
                for number in numbers
            ]  # fmt: skip

    def text(self, number: int) -> bytes:
        """The text of a document as UTF-8. Raises IndexFileError when it is not there."""
        rows = self._database.query("SELECT text FROM bodies WHERE number = ?", (number,))
        if not rows:
            raise IndexFileError(f"{self.name}: no document {number}")
        return decompress(rows[0][0])

    def find(self, name: str) -> int | None:
        """Number of the document of this id."""
        rows = self._database.query("SELECT number FROM documents WHERE id = ?", (name,))
        return int(rows[0][0]) if rows else None

    def clusters(self, ids: Sequence[int] | None = None) -> list[KnownCluster]:
        """Clusters of these ids, or all, in order of their ids."""
        with self.transaction():
            rows = (
                self._database.query("SELECT id, representative, weakest, source_missing FROM clusters ORDER BY id")
                if ids is None
                else self._database.rows(
                    "SELECT id, representative, weakest, source_missing FROM clusters WHERE {among} ORDER BY id", "id",
                    list(ids),
                )
            )  # fmt: skip
            members: dict[int, list[Member]] = {}
            names = "cluster, number, id, source, date, words, relation, similarity"
            for cluster, number, name, source, date, count, code, similarity in self._database.rows(
                f"SELECT {names} FROM documents WHERE {{among}} ORDER BY number", "cluster", [row[0] for row in rows]  # noqa: S608
            ):
                relation = None if code is None else RELATIONS[code]
                members.setdefault(cluster, []).append(Member(number, name, source, date, count, relation, similarity))
        return [
            KnownCluster(
                number, weakest, bool(missing), tuple(sorted(members[number], key=lambda one: (one.number != best, one.number)))
            )
            for number, best, weakest, missing in rows
        ]

    # -- taking out --------------------------------------------------------------------------------------------------

    def remove(self, names: Iterable[str]) -> list[str]:
        """Take documents out; returns the ids that were there. Clusters that fall apart are split."""
        wanted = list(dict.fromkeys(names))
        gone = []
        for first in range(0, len(wanted), BATCH):
            with self.transaction(write=True):
                entries = entries_of(self._database, "id", wanted[first : first + BATCH])
                self._remove([entry.number for entry in entries])
                gone += [entry.id for entry in entries]
        return gone

    def gc(self, before: int, *, keep_representatives: bool = True) -> int:
        """Take out documents that were added before `before` (seconds since 1970), but not those that stand for a
        cluster unless asked; returns how many.
        """
        condition = "added < ?"
        if keep_representatives:
            condition += " AND number NOT IN (SELECT representative FROM clusters)"
        gone = 0
        with self.transaction():
            rows = self._database.query(f"SELECT number FROM documents WHERE {condition} ORDER BY number", (before,))  # noqa: S608
        numbers = [row[0] for row in rows]
        for first in range(0, len(numbers), BATCH):
            with self.transaction(write=True):
                part = numbers[first : first + BATCH]
                if keep_representatives:  # a cluster may have got another one meanwhile
                    kept = self._database.rows("SELECT representative FROM clusters WHERE {among}", "representative", part)
                    part = sorted(set(part) - {row[0] for row in kept})
                gone += self._remove(part)
        return gone

    def _remove(self, numbers: Sequence[int]) -> int:
        """Take out documents, their keys and pairs; groups of exact copies get another founder and head."""
        dead = set(numbers)
        entries = entries_of(self._database, "number", sorted(dead))
        if not entries:
            return 0
        touched = self._forget_pairs({entry.founder: entry.head for entry in entries if entry.number == entry.head})
        touched |= {entry.head for entry in entries if entry.number != entry.head}
        groups: dict[int, list[Entry]] = {}
        for entry in entries_of(self._database, "founder", sorted({entry.founder for entry in entries})):
            groups.setdefault(entry.founder, []).append(entry)
        touched |= self._near(entries)
        self._drop_keys([entry for entry in entries if entry.number == entry.founder])
        clusters = {entry.cluster for entry in entries if entry.cluster is not None}
        for table in ("documents", "bodies", "quotes"):
            self._database.forget(table, "number", sorted(dead))
        again = [self._regroup(founder, [e for e in group if e.number not in dead]) for founder, group in groups.items()]
        moved = [entry for entry in again if entry is not None]
        if moved:
            touched |= self._rejoin(moved)
        self._clustering.renew(touched - dead)
        self._orphaned(clusters)
        return len(entries)

    def _near(self, entries: list[Entry]) -> set[int]:
        """Heads of the other documents in the clusters of these: what hung together through one that goes."""
        clusters = sorted({entry.cluster for entry in entries if entry.cluster is not None})
        return {entry.head for entry in entries_of(self._database, "cluster", clusters)}

    def _orphaned(self, clusters: set[int]) -> None:
        """Delete clusters that nobody is in."""
        held = {row[0] for row in self._database.rows("SELECT cluster FROM documents WHERE {among}", "cluster", sorted(clusters))}
        self._database.forget("clusters", "id", sorted(clusters - held))

    def _regroup(self, founder: int, left: list[Entry]) -> Entry | None:
        """Founder and head of what is left of a group; returns the head where one of the two changed."""
        if not left:
            return None
        first, head = min(entry.number for entry in left), plan.head(left)
        if first == founder and head == left[0].head:
            return None
        self._database.run("UPDATE documents SET founder = ?, head = ? WHERE founder = ?", (first, head, founder))
        kept = next(entry for entry in left if entry.number == head)
        return replace(kept, founder=first, head=head)

    def _drop_keys(self, founders: list[Entry]) -> None:
        """Take the keys of documents out: they are made anew from the texts."""
        if not founders:
            return
        numbers = np.array([entry.number for entry in founders], np.int64)
        texts = [self.text(entry.number) for entry in founders]
        for kind, keys in enumerate(self._matcher.keys(self._matcher.sketch(pack_bytes(texts)))):
            self._keys.drop(kind, np.unique(keys.keys), numbers)

    def _rejoin(self, heads: list[Entry]) -> set[int]:
        """Compare the heads of groups again whose founder or head went; returns the heads that are touched."""
        texts = {entry.number: self.text(entry.number) for entry in heads}
        keys = self._matcher.keys(self._matcher.sketch(pack_bytes([texts[entry.number] for entry in heads])))
        founders = np.array([entry.founder for entry in heads], np.int64)
        missing = np.array([not self._keys.holds(number) for number in founders.tolist()], bool)
        if missing.any():
            part = [key.take(np.flatnonzero(missing)) for key in keys]
            order = founders[missing]
            self._keys.add([key.entries(order) for key in part], order, np.stack([key.held for key in part], axis=1))
        self._forget_pairs({entry.founder: entry.head for entry in heads})
        found = self._matcher.candidates(keys, self._keys, founders, np.full(len(heads), ANY_NUMBER))
        return self._connect(found, founders, texts) | {entry.head for entry in heads}


def _side(copy: int | tuple[int, int] | None, row: int) -> Side | None:
    if copy is None:
        return None
    if isinstance(copy, tuple):
        return "both"
    return "this" if copy == row else "other"


def _tie_of(table: Any, number: int, edge: Any, shelf: Shelf, own: int, other: int) -> Tie:
    there = shelf.entries[other]
    direction = edge.evidence.direction
    return Tie(
        there.number, there.id, there.source, there.date, edge.relation, edge.similarity, edge.jaccard,
        edge.containment, _side(edge.copy, own), 0.0 if direction is None else direction.confidence or 0.0, there.cluster,
    )  # fmt: skip


def _parts(batches: Iterable[Batch], *, distinct: bool = True) -> Iterator[_Part]:
    """Documents in parts of a bounded size, with `distinct` of different ids each."""
    part, size, names = _Part([], [], [], []), 0, set()
    for batch in batches:
        texts = unpack(batch.packed or pack(batch.texts))
        if batch.release:
            batch.release()
        for row in zip(batch.ids, batch.sources, batch.dates, texts, strict=True):
            full = len(part) >= BATCH or size + len(row[3]) > BATCH_BYTES or (distinct and row[0] in names)
            if full and len(part):
                yield part
                part, size, names = _Part([], [], [], []), 0, set()
            for column, value in zip((part.ids, part.sources, part.dates, part.texts), row, strict=True):
                column.append(value)
            size += len(row[3])
            names.add(row[0])
    if len(part):
        yield part
