"""A scan on Spark: the stages of `engines`, between shuffles. Its result is that of `dedup scan --pairwise`, pair by
pair, however the input is partitioned, in what order it comes, and whatever is computed twice.

    documents   read, numbered, fingerprinted and scored in one pass; texts are kept once
    digests     documents that may be exact copies                      shuffle: hashes
    heads       exact copies                                            shuffle: texts of these
    pairs       candidates                                              shuffles: keys by place, slices by block
    look-alikes pairs that would be copies if they said the same        shuffle: texts to pairs
    labels      their components                                        driver: two rows of each pair go by
    judged      what they are before their neighbours, and the evidence shuffle: texts to pairs
    clusters    component by component; what it asks for is judged, and it is begun anew
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from dedup.config import Config, shows_settings
from dedup.engines.plan import Plan
from dedup.engines.spark import clustering, judging, labels, tables
from dedup.engines.spark.folding import heads, same_digests
from dedup.engines.spark.identity import identity
from dedup.engines.spark.inputs import extent, from_files, from_frame, numbered, with_unique_ids
from dedup.engines.spark.layout import Layout, Limits
from dedup.engines.spark.postings import candidate_pairs, hot_keys
from dedup.engines.spark.session import import_pyspark, settings_for_scan
from dedup.engines.spark.texts import by_part
from dedup.engines.spark.work import StageStats, Work
from dedup.engines.spark.workers import check_workers, cores_of
from dedup.engines.tables import FOLDED
from dedup.errors import ConfigError
from dedup.relations.relation import FORM, NONE
from dedup.runtime.machine_code import kind_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from dedup.read.paths import PathEntry

EVIDENCE = ("none", "short", "full")
MOST_ROUNDS = 64
"""Questions of one component; each places one document of it at least, and few ask more than three."""


@dataclass(frozen=True, slots=True)
class SparkResult:
    """What a scan found, as DataFrames that read what the stages have kept."""

    documents: DataFrame
    """A row a document (`rows.DOCUMENTS`)."""
    edges: DataFrame
    """A row a verified pair (`rows.EDGES`)."""
    clusters: DataFrame
    """A row a cluster (`rows.CLUSTERS`)."""
    rejects: DataFrame
    """A row a record that could not be taken in: `file`, `line`, `reject`."""
    stages: dict[str, StageStats]


@shows_settings
def scan(
    frame: DataFrame, config: Config | None = None, *, order: Sequence[str] = (), work: str | None = None,
    evidence: str = "none", limits: Limits | None = None, on_stage: Callable[[str], None] | None = None,
    **settings: Any,
) -> SparkResult:  # fmt: skip
    """Find copies among the rows of a DataFrame, in its session.

    Columns are found by name, as those of other tables: `text_field`, `id_field`, `date_field` and `source_field` say
    otherwise. Rows are numbered in the `order` of some columns, by default of their ids: the same as a scan in memory
    of the sorted rows. `settings` are those of `Config`, laid over `config`; pairs are always judged pairwise.
    `work` is a folder that all workers can write to; stages that it holds are not done again. It is needed on a
    cluster; on one machine a temporary folder serves, which goes with this process. `evidence` is none, short or full;
    `on_stage` is told each stage that begins. Raises TypeError for a DataFrame without a column of texts, ConfigError
    for settings that cannot be and for workers that cannot do the work, MismatchError for workers of another version.
    """
    import_pyspark()
    chosen = (config or Config()).replace(**settings)
    plan = Plan.of(chosen)
    run = _Run.of(frame.sparkSession, plan, work, evidence, limits, on_stage)
    read: Callable[[], DataFrame] = lambda: from_frame(frame, plan, order)  # noqa: E731
    with settings_for_scan(frame.sparkSession):
        read()  # what the DataFrame lacks is told before anything runs
    return run.result(read, lambda: tables.digest_of_frame(frame, (*order, *frame.columns)), by_position=True)


def scan_files(
    spark: SparkSession, entries: Sequence[PathEntry], config: Config, *, work: str | None = None,
    evidence: str = "none", limits: Limits | None = None, on_stage: Callable[[str], None] | None = None,
) -> SparkResult:  # fmt: skip
    """The same for files, which all workers see at the same place; rows are those of the input."""
    plan = Plan.of(config)
    run = _Run.of(spark, plan, work, evidence, limits, on_stage)
    run.names = tuple(entry.name for entry in entries)
    stamps = [(entry.name, entry.size) for entry in entries]
    return run.result(
        lambda: from_files(spark, entries, plan, run.cores), lambda: tables.digest(stamps), by_position=False
    )


@dataclass(slots=True)
class _Run:
    """One scan."""

    spark: SparkSession
    plan: Plan
    work: Work
    evidence: str
    limits: Limits
    cores: int
    names: tuple[str, ...] = ()
    layout: Layout = field(init=False)

    @staticmethod
    def of(
        spark: SparkSession, plan: Plan, work: str | None, evidence: str, limits: Limits | None,
        on_stage: Callable[[str], None] | None,
    ) -> _Run:  # fmt: skip
        """Raises what `scan` raises of workers and settings."""
        if evidence not in EVIDENCE:
            raise ConfigError(f"evidence is {', '.join(EVIDENCE[:-1])} or {EVIDENCE[-1]}, got {evidence!r}")
        folder = work or _temporary(spark)
        return _Run(
            spark, plan, Work(spark, folder, on_stage or (lambda name: None)), evidence, limits or Limits(),
            cores_of(spark),
        )  # fmt: skip

    def result(self, read: Callable[[], DataFrame], inputs: Callable[[], str], *, by_position: bool) -> SparkResult:
        """All stages."""
        with settings_for_scan(self.spark):
            config = self.plan.config
            kind = kind_of(rewritten=config.match.rewritten, phrasing=config.find.phrasing)
            check_workers(self.spark, config.find.reference, kind)
            self._begin(inputs)
            taken = self.work.stage("documents", read)
            found = self.work.note("extent", lambda: extent(taken, by_position=by_position))
            every = numbered(taken, [tuple(start) for start in found["parts"]], by_position=by_position)
            documents = every.where("reject is null")
            self.layout = Layout.of(
                int(found["parts"][-1][1]), int(found["keys"]) // 4, int(found["texts"]), self.cores, self.limits
            )
            named = with_unique_ids(documents, self.work)
            several = self.work.stage("digests", lambda: same_digests(documents))
            folded = self.work.stage("heads", lambda: heads(named, several, self.plan, self.layout.tasks))
            looks, components = self._looks(documents, folded)
            edges = self._judged(documents, folded, looks, components)
            clusters = self._clusters(documents, named, folded, looks, components, edges)
            return self._tables(every, named, folded, edges, clusters)

    def _begin(self, inputs: Callable[[], str]) -> None:
        config = replace(self.plan.config, run=Config().run)
        own = identity(config.find.reference)
        settings = tables.digest([self.plan.identity(), asdict(self.limits), self.evidence])
        self.work.begin({"settings": settings, "inputs": inputs(), "package": f"{own['package']}, {own['numbers']}"})

    def _looks(self, documents: DataFrame, folded: DataFrame) -> tuple[DataFrame, DataFrame]:
        """Pairs that look like copies, and the components of them and of exact copies."""
        sketches = documents.join(folded, "row", "left_anti").where(f"words >= {self.plan.config.fingerprint.ngram}")
        layout = self.layout
        hot = self.work.note("hot", lambda: {"keys": hot_keys(sketches, layout.documents, layout.salt_rows)})
        self.layout = layout = replace(layout, hot=tuple(hot["keys"]))
        pairs = self.work.stage("pairs", lambda: candidate_pairs(sketches, layout))
        looks = self.work.stage(
            "look-alikes", lambda: judging.look_alike_pairs(pairs, documents, self.plan, layout.tasks)
        )
        both = looks.select("a", "b").unionByName(folded.selectExpr("row as a", "head as b"))
        count = self.work.stats["look-alikes"].rows + self.work.stats["heads"].rows
        return looks, labels.label(both, count, layout.documents, self.work, self.limits.driver_edges)

    def _judged(
        self, documents: DataFrame, folded: DataFrame, looks: DataFrame, components: DataFrame
    ) -> list[DataFrame]:
        """What all look-alikes are, with the edges of copies and forms; and the edges of their exact copies."""
        placed = self.work.stage("placed", lambda: judging.placed_pairs(looks, components, self.layout))
        judged = self.work.stage(
            "judged", lambda: judging.judged_pairs(placed, documents, self.plan, self.layout.tasks, self.evidence)
        )
        return [judged, *self._twins("twins", judged, documents, folded, components)]

    def _twins(
        self, name: str, judged: DataFrame, documents: DataFrame, folded: DataFrame, components: DataFrame
    ) -> list[DataFrame]:
        """The edges of exact copies in the place of either side of copies, where there are any."""
        from pyspark.sql import functions as f

        if not self.work.stats["heads"].rows:
            return []

        def pairs_of_copies() -> DataFrame:
            copies = judged.where(f"code <> {NONE} and code <> {FORM}").select(*judging.NAMES)
            pairs = copies.join(components.withColumnRenamed("row", "a"), "a")
            rows = folded.join(components, "row").select("label", f.col("row").alias("a"), "head")
            both = judging.with_bins(pairs.unionByName(rows, allowMissingColumns=True), self.layout)
            return both.mapInArrow(clustering.FindTwins(self.layout.part_pairs), clustering.TWINS)

        found = self.work.stage(f"{name}-pairs", pairs_of_copies)

        def made() -> DataFrame:
            marked = documents.join(folded.select("row", f.lit(FOLDED).alias("folded")), "row", "left").withColumn(
                "flags", (f.col("flags") + f.coalesce("folded", f.lit(0))).cast("tinyint")
            )
            stream = by_part(found, marked, self.layout.tasks)
            return stream.mapInArrow(judging.TwinEdges(self.plan, self.evidence), judging.EDGES)

        return [self.work.stage(name, made)] if self.work.stats[f"{name}-pairs"].rows else []

    def _clusters(
        self, documents: DataFrame, named: DataFrame, folded: DataFrame, looks: DataFrame, components: DataFrame,
        edges: list[DataFrame],
    ) -> list[DataFrame]:  # fmt: skip
        """What comes of components, round by round; the edges of what they ask for are added to `edges`."""
        from pyspark.sql import functions as f

        members = self._members(named, folded, components, edges[0])
        links = tables.links(edges[0], 0, components)
        found: list[DataFrame] = []
        asking: DataFrame | None = None
        for number in range(MOST_ROUNDS):
            round_links, chosen = links, asking

            def cluster(
                number: int = number, links: DataFrame = round_links, chosen: DataFrame | None = chosen
            ) -> DataFrame:
                here = members.withColumn("round", f.lit(number))
                if chosen is not None:
                    here, links = (side.join(chosen, "label", "left_semi") for side in (here, links))
                both = here.unionByName(links, allowMissingColumns=True)
                return judging.with_bins(both, self.layout).mapInArrow(
                    clustering.FindClusters(self.plan), clustering.FOUND
                )

            found.append(self.work.stage(f"clusters-{number}", cluster))
            asked = found[-1].where(f"kind = {clustering.ASKED}")
            if not self.work.stats[f"clusters-{number}"].rows or asked.isEmpty():
                return found
            asking = asked.select(f.col("component").alias("label")).distinct()
            more = self._answers(number + 1, asked, documents, folded, looks, components)
            edges += more
            for judged in more[:1]:
                links = links.unionByName(tables.links(judged, number + 1, components))
        raise RuntimeError(f"a component asked {MOST_ROUNDS} times")

    def _answers(
        self, number: int, asked: DataFrame, documents: DataFrame, folded: DataFrame, looks: DataFrame,
        components: DataFrame,
    ) -> list[DataFrame]:  # fmt: skip
        """The pairs that were asked for, judged as those before, and the edges of their exact copies; nothing where
        none of them looks alike.
        """
        from pyspark.sql import functions as f

        layout = self.layout
        part = f.pmod(f.xxhash64("component"), f.lit(layout.tasks * 4))
        pairs = asked.select("a", "b", f.lit(True).alias("alike"), f.lit(False).alias("faint"), part.alias("part"))
        alike = self.work.stage(
            f"asked-{number}", lambda: judging.look_alike_pairs(pairs, documents, self.plan, layout.tasks)
        )
        if not self.work.stats[f"asked-{number}"].rows:
            return []
        placed = self.work.stage(f"placed-{number}", lambda: judging.placed_pairs(looks, components, layout, alike))
        judged = self.work.stage(
            f"answers-{number}",
            lambda: judging.judged_pairs(placed, documents, self.plan, layout.tasks, self.evidence),
        )
        return [judged, *self._twins(f"answers-{number}-twins", judged, documents, folded, components)]

    def _members(self, named: DataFrame, folded: DataFrame, components: DataFrame, judged: DataFrame) -> DataFrame:
        """What the clustering wants of each document of a component."""
        from pyspark.sql import functions as f

        copies = judged.where(f"code <> {NONE} and code <> {FORM}")
        around = copies.selectExpr("a as row", "around_a as around").unionByName(
            copies.selectExpr("b as row", "around_b as around")
        )
        around = around.groupBy("row").agg(f.max("around").alias("around"))
        facts = named.select("row", "id", "date", "words", "flags", "mangled", "value").join(components, "row")
        joined = facts.join(folded, "row", "left").join(around, "row", "left")
        return joined.select(
            "label", f.col("row").alias("a"), f.coalesce("head", "row").alias("head"), "id", "date", "words", "flags",
            "mangled", "value", f.coalesce("around", f.lit(0)).alias("around"),
        )  # fmt: skip

    def _tables(
        self, every: DataFrame, named: DataFrame, folded: DataFrame, edges: list[DataFrame], found: list[DataFrame]
    ) -> SparkResult:
        """The result as DataFrames."""
        stars = tables.stars(named, folded, self.plan, self.layout.tasks, self.evidence)
        parts = [*edges, stars] if self.work.stats["heads"].rows else edges
        all_edges = self.work.stage("edges", lambda: tables.all_edges(parts, named, several=len(found) > 1))
        clusters = tables.numbered_clusters(found, self.work, self.layout.tasks)
        members = self.work.stage("members", lambda: tables.members_of(clusters, named))
        self.work.on_stage("tables")
        self.work.describe("tables")
        dropped = tables.dropped(members, found)
        return SparkResult(
            tables.document_rows(named, folded, members, dropped, self.names),
            tables.edge_rows(all_edges),
            tables.cluster_rows(members, all_edges, self.layout.tasks),
            every.where("reject is not null").select("file", "line", "reject"),
            self.work.stats,
        )


def _temporary(spark: SparkSession) -> str:
    """A folder for a session on this machine alone. Raises ConfigError on a cluster."""
    master = spark.conf.get("spark.master", "") or ""
    if not master.startswith("local"):
        raise ConfigError(
            f"on a cluster ({master or 'Spark Connect'}) name a folder that all workers write to: --work DIR"
        )
    folder = tempfile.mkdtemp(prefix="dedup-spark-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
