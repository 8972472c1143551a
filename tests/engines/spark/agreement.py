"""One random corpus scanned three times: in memory, on disk and on Spark, there cut and shuffled as it happens."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from dedup import Config, Document
from dedup import scan as scan_in_memory
from dedup.engines.plan import Plan
from dedup.engines.spark import Limits, SparkResult, inputs, scan, scan_files
from dedup.read.paths import find
from tests.engines import corpora

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

TABLES = ("documents", "edges", "clusters")
SCHEMA = "place bigint, id string, text string, date bigint, source string, score double"
MOST_PARTS = 4
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a corpus was, and what of it the engines tell otherwise than a scan in memory."""

    seed: int
    documents: int
    way: str
    """How Spark got it."""
    settings: dict[str, Any]
    rows: int
    """In memory, of all tables."""
    relations: dict[str, int]
    on_disk: dict[str, int]
    """By table: rows that one of the two has, and the other has not."""
    on_spark: dict[str, int]

    @property
    def different(self) -> int:
        return sum(self.on_disk.values()) + sum(self.on_spark.values())


def limits(chance: random.Random) -> Limits:
    """Such as cut small corpora in many parts; components are found by the driver, or by stars."""
    block = chance.choice((8, 16, 64))
    return Limits(
        block_rows=block, place_postings=chance.choice((2_000, 4_000_000)), part_pairs=chance.choice((7, 50)),
        bin_rows=chance.choice((20, 40)), salt_rows=block * chance.choice((1, 2, 100)),
        driver_edges=0 if chance.random() < 1 / 8 else 1_000_000,
    )  # fmt: skip


def frame_of(spark: SparkSession, records: Sequence[Mapping[str, Any]], chance: random.Random) -> DataFrame:
    """Records as rows, in no order and as many partitions as it happens."""
    names = ("id", "text", "date", "source")
    rows = [
        (place, *(record.get(name) for name in names), float(record["score"])) for place, record in enumerate(records)
    ]
    return spark.createDataFrame(chance.sample(rows, len(rows)), SCHEMA).repartition(chance.randint(1, MOST_PARTS))


def given(records: Sequence[Mapping[str, Any]]) -> list[Document]:
    """Records as a program hands them over."""
    return [Document(each["text"], each["id"], each.get("date"), each.get("source")) for each in records]


def rows_of(found: SparkResult) -> dict[str, list[dict[str, Any]]]:
    """The tables as rows of a report have them."""
    told = {name: [row.asDict() for row in getattr(found, name).collect()] for name in TABLES}
    for row in told["documents"]:
        row |= {"flags": json.loads(row["flags"]), "against": False, "story": None}
    for row in told["edges"]:
        copy = row["copy"]
        row |= {"evidence": json.loads(row["evidence"]), "copy": copy if len(copy) > 1 else copy[0] if copy else None}
    return told


def differences(found: Rows, wanted: Rows) -> dict[str, int]:
    """By table: rows that one has, and the other has not."""
    counts = {}
    for name in TABLES:
        ours, theirs = (Counter(json.dumps(row, sort_keys=True) for row in side[name]) for side in (found, wanted))
        counts[name] = (ours - theirs).total() + (theirs - ours).total()
    return counts


@contextmanager
def shuffled_into(spark: SparkSession, parts: int) -> Iterator[None]:
    """Have Spark shuffle into so many partitions, where nobody says."""
    name = "spark.sql.shuffle.partitions"
    before = spark.conf.get(name)
    spark.conf.set(name, str(parts))
    try:
        yield
    finally:
        spark.conf.set(name, before or "200")


def compare(spark: SparkSession, seed: int, folder: Path) -> Agreement:
    """Scan the corpus of a seed three times. Of two seeds one is given to Spark as files, one as a DataFrame: where a
    field of the records decides who stays it is files, for a program cannot hand such fields over.
    """
    chance, records = random.Random(seed), corpora.corpus(seed)
    settings = corpora.SETTINGS[seed % len(corpora.SETTINGS)]
    config, paths = Config(**settings), _files(records, folder, chance)
    wanted = corpora.rows_of(corpora.in_memory(paths, config))
    disk = differences(corpora.on_disk(paths, config, folder / "disk"), wanted)
    with shuffled_into(spark, chance.randint(1, MOST_PARTS)):
        if seed % 2 or config.output.keep_field:
            way, found = _by_files(spark, paths, config, chance)
        else:
            way, found = _by_frame(spark, records, config, chance)
            wanted = corpora.rows_of(scan_in_memory(given(records), Plan.of(config).config))
    relations = Counter(row["relation"] for row in wanted["edges"])
    return Agreement(
        seed, len(records), way, settings, sum(len(wanted[name]) for name in TABLES), dict(relations), disk,
        differences(found, wanted),
    )  # fmt: skip


def _files(records: Sequence[dict[str, Any]], folder: Path, chance: random.Random) -> list[Path]:
    """Records in one file or some."""
    cuts = sorted(chance.randint(0, len(records)) for _ in range(chance.randint(0, 3)))
    bounds = zip([0, *cuts], [*cuts, len(records)], strict=True)
    return [corpora.write(folder / f"{at}.jsonl", records[begin:end]) for at, (begin, end) in enumerate(bounds)]


def _by_files(spark: SparkSession, paths: Sequence[Path], config: Config, chance: random.Random) -> tuple[str, Rows]:
    entries = find([str(path) for path in paths], Plan.of(config).config.read).entries
    shared = chance.random() < 0.5  # what is in few files that are large is shared out
    with mock.patch.multiple(inputs, SHARED_ROWS=7, SPLIT_BYTES=0 if shared else inputs.SPLIT_BYTES):
        found = scan_files(spark, entries, config, evidence="full", limits=limits(chance))
        return f"{len(paths)} files{', shared out' if shared else ''}", rows_of(found)


def _by_frame(
    spark: SparkSession, records: Sequence[Mapping[str, Any]], config: Config, chance: random.Random
) -> tuple[str, Rows]:
    frame = frame_of(spark, records, chance)
    found = scan(frame, config, evidence="full", limits=limits(chance), order=["place"])
    return f"{frame.rdd.getNumPartitions()} partitions", rows_of(found)
