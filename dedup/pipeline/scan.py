"""One scan: read, fingerprint, fold exact copies, find candidates, judge, cluster, edges.

Batches are read while a pool of threads fingerprints what was read before (the
kernels release the GIL); results are taken in input order, so the number of threads never changes a result.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.align import overlap
from dedup.candidates import lsh
from dedup.config import Config, shows_settings
from dedup.decisions import Resolved, Rows, read, resolve
from dedup.errors import InputError, SettingError
from dedup.model import Batch, Cluster, Corpus, Document, EdgeTable, Flag, Form, Reject, ScanResult, Story
from dedup.pipeline import forms, grouping, pairwise, ranking, selection
from dedup.pipeline.candidates import CandidateFinder
from dedup.pipeline.choices import Choices
from dedup.pipeline.documents import Clock, CorpusStore, Locate, peak_mb
from dedup.pipeline.edges import Decided, Edges, RowFacts
from dedup.pipeline.findings import Findings, Flags
from dedup.pipeline.judge import Judge, JudgedPairs
from dedup.pipeline.obfuscated import obfuscated
from dedup.pipeline.phrasing import Phrasings, joined
from dedup.read import Items, field_name, from_documents
from dedup.relations import relation
from dedup.relations.cluster import Bad, Graph, Group, Link, groups
from dedup.text.words import VERSION

FAINT_WORDS = 500
"""Words of the shorter text up to which pairs that are far by TF-IDF may be rewrites: longer ones are nearer."""
AGAINST = "against"
"""What stands for the file name of documents that a program hands over to be compared with."""


@dataclass(frozen=True, slots=True)
class StageResults:
    """What the stages found."""

    edges: EdgeTable
    clusters: list[Cluster]
    stories: list[Story]
    heads: NDArray[np.int64]
    """(n,) of each row."""
    flags: dict[int, tuple[Flag, ...]]
    phrasing: NDArray[np.float64]
    dropped: selection.Dropped
    forms: list[Form]


def _nowhere(file: int, place: int, size: int) -> bytes:
    raise InputError("a text was neither stored nor can it be read again")


@dataclass(frozen=True, slots=True)
class InputFacts:
    """What a scan asks of whoever reads its inputs. All callables but `locate` are asked when all was read."""

    file_names: Callable[[], list[str]] = lambda: []
    file_times: Callable[[], Mapping[str, int]] = dict
    """When files were changed last, by name."""
    rejects: Callable[[], list[Reject]] = lambda: []
    notes: Callable[[], list[str]] = lambda: []
    locate: Locate = _nowhere
    """Reads texts again whose places the batches give."""
    old_file: int | None = None
    """The files from this number on are those that the ones before are compared with."""


NO_FACTS = InputFacts()


class Scan:
    """One scan: settings, the store and what the stages need in common."""

    def __init__(
        self,
        config: Config,
        pool: ThreadPoolExecutor,
        inputs: InputFacts,
        on_stage: Callable[[str], None] | None = None,
    ) -> None:
        self.config, self.pool = config, pool
        self.drop = selection.relations(config.output.drop)
        self._decisions = read(config.output.decisions)
        self._inputs, self._keep_by = inputs, config.output
        sketcher = pairwise.sketcher(config)
        self.bands, self.rows = sketcher.bands, sketcher.rows
        self.store = CorpusStore(config, sketcher, inputs.locate)
        self.clock = Clock(on_stage=on_stage)
        self.notes: list[str] = []
        self.counts: dict[str, Any] = {}

    def run(self, batches: Iterable[Batch]) -> StageResults:
        """All stages."""
        store, clock = self.store, self.clock
        store.read(batches, self.pool, self.config.run.thread_count + 1, clock)
        with clock.stage("fold"):
            heads = self._fold()
        old = self.old
        order = np.concatenate(store.digests) if self.config.match.pairwise and store.rows else None
        documents = np.flatnonzero(heads == np.arange(len(heads))) if order is None else None
        judge = Judge(self.config, store, self.words, self.normalised, self.pool, clock, order, documents)
        candidates = self._candidates(heads)
        store.forget_keys()
        copies = judge.copies(*candidates)
        copies = self._decided(judge, judge.with_rewrites(copies, *self._faint))
        with clock.stage("marks"):
            marks = judge.boilerplate.marks() if self.config.match.rewritten else {}
        marked = np.zeros(len(heads), bool)
        marked[list(marks)] = True
        phrasings = Phrasings(self.config.find, store, heads, self.words, self.pool, clock, fixed=order is not None)
        phrasings.group(copies.pairs.left, copies.pairs.right)
        phrasing, mangled = phrasings.judge()
        heads = np.where(old, np.arange(len(heads)), heads)  # copies among old ones are nobody's question
        facts = RowFacts(heads, self.words, self.dates, marked)
        edges = Edges(store, judge.boilerplate, facts, phrasings, self.pool, clock, order)
        edges.obfuscated[list(self.obfuscated)] = True
        decided = edges.decide(copies)
        with clock.stage("cluster"):
            self.own = ranking.OwnWords(judge.boilerplate, self.words)
            graph, grouped, more = self._group(judge, edges, copies, decided, mangled)
        judge.forget()
        parts, told = [decided, *more], list[Form]()
        alike = forms.distinct(judge.forms, graph.links) if self.config.find.forms else None
        if alike is not None:
            parts.append(edges.forms(alike))
            told = forms.groups(parts[-1], heads, judge.boilerplate.read)
        table = edges.table(parts, self.config.fingerprint.ngram)
        clusters = grouping.clusters(grouped, heads, grouping.orphans(table.a, table.b, table.copy))
        self.notes += phrasings.notes
        flags: Flags = {row: (flag,) for row, flag in marks.items()}
        flags |= {row: (*flags.get(row, ()), flag) for row, flag in self.obfuscated.items()}
        stories: list[Story] = []
        if self.config.match.rewritten:
            findings = Findings(self.config.find, store, judge.boilerplate, heads, self.words, self.pool, clock)
            stories = findings.stories(clusters, self.dates, forms.recurring(judge.forms))
            flags = findings.flags(clusters, stories, table, store.ids, flags)
            self.notes += findings.notes
        dropped = self._select(clusters, graph, heads, table, stories)
        return StageResults(table, clusters, stories, heads, joined(flags, mangled), phrasing, dropped, told)

    def _decided(self, judge: Judge, copies: JudgedPairs) -> JudgedPairs:
        """`copies` with those that a person decided on: what he called a copy or a form is one."""
        same, forms = self.choices.same, self.choices.forms
        if same:
            held = set(zip(copies.pairs.left.tolist(), copies.pairs.right.tolist(), strict=True))
            wanted = sorted(same.keys() - held)
            more = judge.decided(*_sides(wanted), np.array([same[pair] for pair in wanted], np.int8))
            copies = JudgedPairs.joined([copies, more])
            copies = copies.take(copies.order)
        if forms:
            judge.forms.append(judge.decided(*_sides(sorted(forms)), np.full(len(forms), relation.FORM, np.int8)))
        return copies

    def _group(
        self, judge: Judge, edges: Edges, copies: JudgedPairs, decided: Decided, mangled: Mapping[int, Flag]
    ) -> tuple[Graph, list[Group], list[Decided]]:
        """The graph of all copies, their groups, and the pairs that were judged on the way."""
        graph, more, old = Graph(), list[Decided](), set(np.flatnonzero(self.old).tolist())

        def extend(judged: JudgedPairs, found: Decided) -> None:
            grouping.extend(graph, judged, found, self.own)
            if old:
                grouping.unlink(graph, judged, old, self.own)
            self.choices.honour(graph, old)

        def overlap(asked: list[tuple[int, int]]) -> list[Link | None]:
            wanted = sorted((a, b) for a, b in asked if a not in old or b not in old)
            wanted = [pair for pair in wanted if pair not in self.choices.apart]
            pairs = np.array(wanted, np.int64).reshape(-1, 2)
            judged = judge.copies(pairs[:, 0], pairs[:, 1])
            more.append(edges.decide(judged))
            extend(judged, more[-1])
            return [graph.links[a].get(b) for a, b in asked]

        extend(copies, decided)
        stand = old | self.choices.rows.keep
        bad: Bad = lambda rows: {row for row in rows if row in mangled and row not in stand}  # noqa: E731
        return graph, groups(graph, self._ranks(graph), overlap, bad), more

    def _select(
        self, clusters: list[Cluster], graph: Graph, heads: NDArray[np.int64], table: EdgeTable, stories: list[Story]
    ) -> selection.Dropped:
        """What goes, by the relations that the settings name."""
        chosen = selection.dropped_for(self.drop, clusters, heads, graph, self._ranks)
        chosen = selection.drop_untied(chosen, self.drop, table, stories, heads, self.old, self._ranks)
        self.notes += self.choices.settle(chosen, heads)
        return chosen

    def _ranks(self, graph: Graph) -> dict[int, int]:
        """Place of each row of a graph in the order of representatives, old ones first."""
        ranks = ranking.rank(
            graph, self.store.ids.__getitem__, self.dates, self.own, self._time, self.preference, self.obfuscated
        )
        return self._moved(ranks)

    def _moved(self, ranks: dict[int, int]) -> dict[int, int]:
        """`ranks` with old rows and those that are to be kept first, and those that are to go last."""
        size = len(self.old)
        return {
            row: rank + size * (self.choices.shift(row) - 2 * int(self.old[row])) for row, rank in ranks.items()
        }  # fmt: skip

    def _fold(self) -> NDArray[np.int64]:
        """The head of each row; what all rows are known by is made here, too."""
        store = self.store
        self.words = np.concatenate(store.words) if store.rows else np.zeros(0, np.int32)
        self.dates = store.column("dates")
        if self._keep_by.keep_field and store.rows and all(value is None for value in store.values):
            reason = f"no record has a field '{self._keep_by.keep_field}' with a number or a text in it"
            raise SettingError("output", "keep_by", reason)
        self.preference = ranking.Preference(
            self._keep_by.keep_by, self.dates, store.values if self._keep_by.keep_field else []
        )
        old_file = self._inputs.old_file
        self.old = np.zeros(store.rows, bool) if old_file is None else store.column("files") >= old_file
        renamed = store.unique_ids()
        if renamed:
            self.notes.append(f"{renamed:,} repeated id{_s(renamed)} got a suffix (#2, #3, …)")
        digests = np.concatenate(store.digests) if store.rows else np.zeros(0, np.uint64)
        self.normalised = frozenset(np.concatenate(store.normalised).tolist()) if store.rows else frozenset()
        self.obfuscated = obfuscated(store)
        self.digests = digests
        self.choices = Choices.of(self._resolved(), self.old)
        self.notes += self.choices.rows.notes()
        heads = overlap.fold_exact(digests, self._rank, store.texts.read)
        self.choices.separate(heads)
        return heads

    def _resolved(self) -> Resolved:
        """What was decided by hand, by rows."""
        if not self._decisions:
            return Resolved()
        rows = Rows(self._decisions, self.store.ids, self.digests.tolist(), VERSION)
        return resolve(self._decisions, rows)

    def _rank(self, rows: NDArray[np.int64]) -> dict[int, int]:
        names = [self.store.ids[row] for row in rows.tolist()]
        return self._moved(
            ranking.rank_exact(rows, names, self.dates, self._time, self.preference, self.obfuscated)
        )  # fmt: skip

    @cached_property
    def _time(self) -> Callable[[int], int]:
        """When the file was changed that a row is the whole of; not asked where an index has to say the same."""
        times, names = self._inputs.file_times(), self._inputs.file_names()
        if self.config.match.pairwise or not times:
            return ranking.no_time
        files, lines = self.store.column("files"), self.store.column("lines")
        return lambda row: ranking.NO_TIME if lines[row] else times.get(names[int(files[row])], ranking.NO_TIME)

    def _candidates(
        self, heads: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
        """Pairs of heads that may be copies, sorted, which of them are alike by their shingles, and which are faint."""
        ngram = self.config.fingerprint.ngram
        alive = (heads == np.arange(len(heads))) & (self.words >= ngram)
        short = int(((self.words < ngram) & (self.words > 0)).sum())
        wordless = int((self.words == 0).sum())
        if short:
            self.notes.append(f"{short:,} text{_s(short)} of fewer than {ngram} words: compared for exact copies only")
        if wordless:
            self.notes.append(f"{wordless:,} text{_s(wordless)} without words: compared for exact copies only")
        search = CandidateFinder(self.store, self.config.match, self.bands, alive, self.pool, self.clock)
        if self.config.match.pairwise:
            with self.clock.stage("postings"):
                near, far, faint = pairwise.candidates(self.store, self.config, alive)
        else:
            faint = np.zeros(0, np.uint64)
            near = search.by_shingles()
            far = search.rewritten(near) if self.config.match.rewritten else near[:0]
        self.notes += search.notes
        pairs = np.concatenate((near, far, faint))
        order = np.argsort(pairs)
        left, right = lsh.unpack(pairs[order])
        asked = ~(self.old[left] & self.old[right]) & self.choices.undecided(left, right)
        self.counts |= search.counts | {"candidates": int(asked.sum())}
        left, right, order = left[asked], right[asked], order[asked]
        one, two = lsh.unpack(np.setdiff1d(search.faint, pairs))
        asked = ~(self.old[one] & self.old[two]) & self.choices.undecided(one, two)
        asked &= np.minimum(self.words[one], self.words[two]) <= FAINT_WORDS
        self._faint = one[asked], two[asked]
        return left, right, order < len(near), order >= len(near) + len(far)


def _sides(pairs: list[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows of pairs, in two columns."""
    both = np.array(pairs, np.int64).reshape(-1, 2)
    return both[:, 0].copy(), both[:, 1].copy()


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def run(
    batches: Iterable[Batch],
    config: Config,
    inputs: InputFacts = NO_FACTS,
    *,
    on_stage: Callable[[str], None] | None = None,
) -> ScanResult:
    """Scan the batches of a reader. `on_stage` is told the name of each stage that begins."""
    begin = time.perf_counter()
    with ThreadPoolExecutor(config.run.thread_count, "dedup") as pool:
        scan = Scan(config, pool, inputs, on_stage)
        found = scan.run(batches)
    store, edges, heads, clusters = scan.store, found.edges, found.heads, found.clusters
    cluster_of = np.full(len(heads), -1, np.int64)
    for cluster in clusters:
        cluster_of[list(cluster.members)] = cluster.id
    kept, new, old = found.dropped.rows < 0, int((~scan.old).sum()), int(scan.old.sum())
    dropped = int((~kept).sum())
    flags = {row: flags for row, flags in found.flags.items() if row < new}
    stories = tuple(story for story in found.stories if story.members[0] < new)
    corpus = Corpus(
        store.ids, store.sources, tuple(inputs.file_names()), store.column("files"), store.column("lines"), scan.dates,
        scan.words, store.texts, scan.digests,
    )  # fmt: skip
    against = {"against": old, "dropped_against": int((found.dropped.rows >= new).sum())}
    stats = {
        "documents": new, "kept": new - dropped, "dropped": dropped, "clusters": len(clusters),
        "edges": len(edges), "forms": len(found.forms), "stories": len(stories), "flags": sum(map(len, flags.values())),
        "rejects": len(inputs.rejects()), "words": int(scan.words.sum()), "text_bytes": int(store.texts.sizes.sum()),
        "spilled_bytes": store.spilled, "bands": scan.bands, "rows": scan.rows, **scan.counts,
        **({} if inputs.old_file is None else against),
        "seconds": time.perf_counter() - begin, "peak_mb": peak_mb(), "stages": scan.clock.stages,
    }  # fmt: skip
    return ScanResult(
        corpus, edges, tuple(clusters), stories, flags, tuple(inputs.rejects()), (*inputs.notes(), *scan.notes), stats,
        cluster_of, kept, found.phrasing if config.find.phrasing else None, against=old,
        dropped_for=found.dropped.rows, dropped_by=found.dropped.codes, forms=tuple(found.forms),
        settings={name: values for name, values in config.as_dict().items() if name != "run"},
        decided={pair: verdict.value for pair, verdict in scan.choices.rows.verdicts.items()},
    )  # fmt: skip


Documents = Iterable[str | Document | Mapping[str, Any]] | Any


@shows_settings
def scan(
    documents: Documents, config: Config | None = None, *, against: Documents = None, text: str | None = None,
    id: str | None = None, date: str | None = None, source: str | None = None, **settings: Any,
) -> ScanResult:  # fmt: skip
    """Find copies among `documents`, given as texts, `Document`s, mappings with the fields that files have, or a table
    (a DataFrame of pandas or polars, a table of pyarrow) or column of texts.

    `text`, `id`, `date` and `source` name the fields or columns that hold these, where they are not called so.
    `settings` are those of `Config`, laid over `config`: `scan(texts, threshold=0.8)`.

    `result.kept` and `result.labels` are as long as the input. What could not be taken in (None, NaN, empty or
    oversized texts) is in `result.rejects`, is kept and has the label -1. Everything else in the result counts rows of
    `result.corpus`, the documents that were taken in; `result.corpus.lines` are their positions in the input, from 1.
    Documents are compared with those in `against` as well, if there are any: these are the last `result.against` rows
    of the corpus, are never dropped, and come in neither `result.kept` nor `result.labels`.
    The result is the same as that of `dedup scan` on the same texts in the same order. Raises ConfigError for settings
    that cannot be, TypeError for a text that is no string, for one text instead of several, and for a table without a
    column of texts.
    """
    named = {"text_field": text, "id_field": id, "date_field": date, "source_field": source}
    given = {name: field_name(value, name[:-6]) for name, value in named.items() if value is not None}
    chosen = (config or Config()).replace(**given, **settings)
    rejects: list[Reject] = []
    items = Items(documents, chosen.read, chosen.output.keep_field)
    batches = from_documents(items, chosen.read, rejects)
    names, old_file = ["-"], None
    if against is not None:
        names, old_file = ["-", AGAINST], 1
        old = Items(against, chosen.read, chosen.output.keep_field)
        batches = chain(batches, from_documents(old, chosen.read, rejects, name=AGAINST))
    facts = InputFacts(file_names=lambda: names, rejects=lambda: rejects, old_file=old_file)
    found = run(batches, chosen, facts)
    return replace(found, inputs=items.count)
