"""Inputs become numbered documents: files as `dedup scan` reads them, a task a file, or a DataFrame of the user's.

A document's row is its place in the input, as in a scan in memory; of keys that many documents hold the latest count,
so the order decides. Files have one. Rows of a DataFrame have none until they are sorted: by the columns that the user
names, else by their ids, and where these are equal by their texts; so partitions, retries and the order in which rows
come change nothing.
"""

from __future__ import annotations

import pickle
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from dedup.config import Config, ReadConfig
from dedup.engines.plan import Plan
from dedup.engines.spark.sketches import SKETCHED, MakeSketches
from dedup.errors import ConfigError, InputError
from dedup.model import Batch, Document
from dedup.read.fields import Fields
from dedup.read.values import ValueField, comparable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from dedup.engines.spark.work import Work
    from dedup.read.paths import PathEntry

TAKEN = (
    "part bigint, place bigint, id string, text string, date bigint, source string, value string, reject string, "
    "line bigint"
)
"""What came of each record: a document at a `place` of its part, or a `reject` with the reason."""
_NAMES = ("text", "id", "date", "source")
SPLIT_BYTES = 64 << 20
"""Bytes of few files from which they are shared out."""
SHARED_ROWS = 1_000
"""Documents that stay together then."""
FEW_PARTS = 5
"""Parts, and one for the end, whose first rows are written into the plan."""


def from_frame(frame: DataFrame, plan: Plan, order: Sequence[str]) -> DataFrame:
    """The rows of a DataFrame, sketched (`TAKEN`, `sketches.SKETCHED`). Raises TypeError for one without a column of
    texts, and ConfigError for an order by columns that it does not have.
    """
    from pyspark.sql import functions as f

    columns = _columns(frame, plan.config)
    keys = _order(frame, columns, order)
    names = [f.col(f"`{name}`").alias(what) for what, name in columns.items()]
    chosen = frame.select(*names, *(f.col(f"`{key}`").alias(f"order_{place}") for place, key in enumerate(keys)))
    by = [f.asc_nulls_last(f"order_{place}") for place in range(len(keys))]
    tie = f.xxhash64("text")
    rest = [f.asc_nulls_last(f.col(name).cast("string")) for name in sorted(columns, key=("text").__ne__)]
    count = int(frame.sparkSession.conf.get("spark.sql.shuffle.partitions", "200") or 200)
    ordered = chosen.repartitionByRange(count, *by, tie).sortWithinPartitions(*by, tie, *rest)
    reader = TakeRows(plan.config.read, plan.config.output.keep_field)
    return ordered.select(*columns).mapInArrow(MakeSketches(reader, plan), f"{TAKEN}, {SKETCHED}")


def _columns(frame: DataFrame, config: Config) -> dict[str, str]:
    """Names of the columns that are read, by what they hold. Raises TypeError."""
    from pyspark.sql.types import StringType

    header = list(frame.columns)
    fields = Fields(config.read)
    found = dict(zip(_NAMES, fields.columns(header), strict=True))
    if found["text"] is None:
        raise TypeError(f"the DataFrame has the columns {', '.join(header) or '(none)'}: {fields.missing}")
    found["value"] = ValueField(config.output.keep_field).column(header)
    columns = {what: header[at] for what, at in found.items() if at is not None}
    kind = frame.schema[columns["text"]].dataType
    if not isinstance(kind, StringType):
        raise TypeError(f"column '{columns['text']}' is {kind.simpleString()}, not text")
    return columns


def _order(frame: DataFrame, columns: dict[str, str], order: Sequence[str]) -> list[str]:
    """The columns by which rows are sorted. Raises ConfigError."""
    missing = [name for name in order if name not in frame.columns]
    if missing:
        raise ConfigError(f"order: the DataFrame has no column {', '.join(missing)}")
    return list(order) or ([columns["id"]] if "id" in columns else [])


@dataclass(frozen=True, slots=True)
class TakeRows:
    """Rows of a sorted DataFrame in, what comes of them out; the part is the partition."""

    config: ReadConfig
    value_field: str

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Batches of the columns that were found (pyarrow)."""
        from pyspark import TaskContext

        context = TaskContext.get()
        part, first = context.partitionId() if context else 0, 0
        for batch in batches:
            yield from self._taken(batch.to_pydict(), batch.num_rows, part, first)
            first += batch.num_rows

    def _taken(self, columns: dict[str, list[Any]], count: int, part: int, first: int) -> Iterator[Any]:
        """One batch: its documents, and what was refused of it."""
        from dedup.read.library import from_documents

        nothing = [None] * count
        rows = zip(*(columns.get(name, nothing) for name in _NAMES), strict=True)
        given = [Document(*row) for row in rows]
        values = [comparable(value) for value in columns["value"]] if "value" in columns else nothing
        rejects: list[Any] = []
        found = _Taken()
        for batch in from_documents(given, self.config, rejects):
            own = [columns.get("id", nothing)[line - 1] for line in batch.lines]
            found.add(
                batch, part, [first + line - 1 for line in batch.lines], [values[line - 1] for line in batch.lines]
            )
            found.columns["id"][-len(own) :] = [
                name if _has_id(given) else None for name, given in zip(batch.ids, own, strict=True)
            ]
            yield found.batch()
        for reject in rejects:
            found.reject(part, first + reject.line - 1, reject.reason, first + reject.line)
        yield from found.rest()


def _has_id(value: Any) -> bool:
    from dedup.read.fields import is_id
    from dedup.read.library import is_missing

    return not is_missing(value) and is_id(value.item() if hasattr(value, "item") else value)


class _Taken:
    """Columns of `TAKEN` in the making."""

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {name.split()[0]: [] for name in TAKEN.split(", ")}

    def add(self, batch: Batch, part: int, places: list[int], values: Sequence[Any]) -> None:
        """The documents of a batch."""
        columns, count = self.columns, len(batch)
        texts = batch.texts
        if batch.packed is not None:
            from dedup.columns import unpack

            texts = [text.decode() for text in unpack(batch.packed)]
        columns["part"] += [part] * count
        columns["place"] += places
        columns["id"] += batch.ids
        columns["text"] += texts
        columns["date"] += batch.dates
        columns["source"] += batch.sources
        columns["value"] += [None if value is None else orjson.dumps(value).decode() for value in values]
        columns["reject"] += [None] * count
        columns["line"] += batch.lines

    def reject(self, part: int, place: int, reason: str, line: int | None) -> None:
        """A record that is no document."""
        for name, value in {"part": part, "place": place, "reject": reason, "line": line}.items():
            self.columns[name].append(value)
        for name in ("id", "text", "date", "source", "value"):
            self.columns[name].append(None)

    def batch(self) -> Any:
        """What there is, as a batch (pyarrow); then there is nothing."""
        import pyarrow as pa

        kinds = {"bigint": pa.int64(), "string": pa.string()}
        schema = pa.schema([(name, kinds[kind]) for name, kind in (column.split() for column in TAKEN.split(", "))])
        made = pa.RecordBatch.from_pydict(self.columns, schema=schema)
        self.columns = {name: [] for name in self.columns}
        return made

    def rest(self) -> Iterator[Any]:
        """The same, where there is anything."""
        if self.columns["part"]:
            yield self.batch()


def from_files(spark: SparkSession, entries: Sequence[PathEntry], plan: Plan, cores: int) -> DataFrame:
    """The records of files, sketched (`TAKEN`, `sketches.SKETCHED`); every worker must see the files at their place.
    A file is read by one task. Where there are fewer than `cores`, what is read is shared out before it is sketched.
    """
    from pyspark.sql import functions as f

    rows = [(number, pickle.dumps(entry)) for number, entry in enumerate(entries)]
    frame = spark.createDataFrame(rows, "file bigint, entry binary").repartition(max(len(rows), 1), "file")
    reader = ReadFiles(plan.config.read, plan.config.output.keep_field)
    if len(entries) >= cores or sum(entry.size for entry in entries) < SPLIT_BYTES:
        return frame.mapInArrow(MakeSketches(reader, plan), f"{TAKEN}, {SKETCHED}")
    read = frame.mapInArrow(reader, TAKEN)
    shared = read.repartition(4 * cores, "part", f.floor(f.col("place") / SHARED_ROWS))
    return shared.mapInArrow(MakeSketches(as_they_are, plan), f"{TAKEN}, {SKETCHED}")


def as_they_are(batches: Iterable[Any]) -> Iterator[Any]:
    """Batches that were read before."""
    yield from batches


@dataclass(frozen=True, slots=True)
class ReadFiles:
    """Numbers and entries of files in, what is in them out; the part is the number."""

    config: ReadConfig
    value_field: str

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Batches of file numbers and pickled entries (pyarrow)."""
        for batch in batches:
            for file, entry in zip(*(batch.column(name).to_pylist() for name in ("file", "entry")), strict=True):
                yield from self._read(file, pickle.loads(entry))  # noqa: S301 - our own, of `taken_from_files`

    def _read(self, file: int, entry: PathEntry) -> Iterator[Any]:
        """One file. Raises InputError where it is not here."""
        from dedup.read.kept import Kept
        from dedup.read.passes import Pass

        if not Path(entry.path or "").exists():
            raise InputError(f"{entry.path}: no such file on {platform.node()}: every worker has to see the inputs")
        reading = Pass([entry], self.config, stdin=None, on_bytes=None, kept=Kept(value_field=self.value_field))
        found, place = _Taken(), 0
        for batch in reading.chunks():
            values = batch.values or [None] * len(batch)
            found.add(batch, file, list(range(place, place + len(batch))), values)
            place += len(batch)
            yield found.batch()
        for reject in reading.intake.rejects:
            found.reject(file, -1, reject.reason, reject.line)
        yield from found.rest()


def extent(taken: DataFrame, *, by_position: bool) -> dict[str, Any]:
    """`parts`: each with the row at which it begins, at last -1 with the number of rows, where with `by_position` what
    was refused has one, too; `keys` and `texts`: their bytes. Raises ConfigError for more documents than an engine can
    number.
    """
    from pyspark.sql import functions as f

    place = f.col("place") if by_position else f.when(f.col("reject").isNull(), f.col("place"))
    counted = taken.groupBy("part").agg(
        f.coalesce(f.max(place) + 1, f.lit(0)).alias("count"), f.sum(f.length("keys")).alias("keys"),
        f.sum("size").alias("size"),
    )  # fmt: skip
    first, parts, keys, texts = 0, list[tuple[int, int]](), 0, 0
    for row in sorted(counted.collect()):
        parts.append((row["part"], first))
        first, keys, texts = first + row["count"], keys + (row["keys"] or 0), texts + (row["size"] or 0)
    if first >> 32:
        raise ConfigError(f"{first:,} documents: an engine numbers {1 << 32:,} at most")
    return {"parts": [*parts, (-1, first)], "keys": keys, "texts": texts}


def numbered(taken: DataFrame, offsets: Sequence[tuple[int, int]], *, by_position: bool) -> DataFrame:
    """`taken` with `row`s instead of places, and the part as `file`; what was refused is still in it. Where there is
    none, the id is the row. With `by_position` the line is the row, from 1, in a file without a name.
    """
    from pyspark.sql import functions as f

    if len(offsets) <= FEW_PARTS:  # saves a job of every stage that reads documents
        each = [f.when(f.col("part") == part, f.lit(offset).cast("bigint")) for part, offset in offsets]
        placed = taken.withColumn("offset", f.coalesce(*each))
    else:
        table = taken.sparkSession.createDataFrame(list(offsets), "part bigint, offset bigint")
        placed = taken.join(f.broadcast(table), "part")
    row = f.col("place") + f.col("offset")
    found = placed.withColumns({"row": row, "id": f.coalesce("id", row.cast("string"))})
    found = found.withColumnRenamed("part", "file").drop("place", "offset")
    return found.withColumns({"file": f.lit(0).cast("bigint"), "line": f.col("row") + 1}) if by_position else found


def with_unique_ids(documents: DataFrame, work: Work) -> DataFrame:
    """`documents` (row, id, …), where ids that come again have a suffix (#2, #3, …), in order of their rows."""
    from pyspark.sql import functions as f

    ids = documents.select("row", "id")
    counted = ids.groupBy("id").agg(f.count("*").alias("count"))
    again = work.stage("repeated-ids", lambda: counted.where("count > 1").select(f.col("id").alias("base")))
    if not work.stats["repeated-ids"].rows:
        return documents

    def renamed() -> DataFrame:
        rows = ids.withColumnRenamed("id", "base").join(again, "base").withColumn("taken", f.lit(None).cast("string"))
        base = f.regexp_extract("id", r"(?s)^(.*)#\d+$", 1)
        taken = ids.where(r"id rlike '#\\d+$'").select(base.alias("base"), f.col("id").alias("taken")).distinct()
        taken = taken.join(again, "base").select(f.lit(-1).cast("bigint").alias("row"), "base", "taken")
        both = rows.select("row", "base", "taken").unionByName(taken)
        return both.groupBy("base").applyInArrow(rename, "row bigint, renamed string")

    names = work.stage("names", renamed)
    return documents.join(names, "row", "left").withColumn("id", f.coalesce("renamed", "id")).drop("renamed")


def rename(group: Any) -> Any:
    """New names for the rows that have one id (`base`); where `row` is -1, `taken` is a name that some other has."""
    import pyarrow as pa

    from dedup.pipeline.ids import unique_ids

    columns = group.to_pydict()
    taken = {name for name in columns["taken"] if name is not None}
    rows = sorted(row for row in columns["row"] if row >= 0)
    found = unique_ids(rows, [columns["base"][0]] * len(rows), taken.__contains__)
    schema = pa.schema([("row", pa.int64()), ("renamed", pa.string())])
    return pa.table({"row": list(found), "renamed": list(found.values())}, schema=schema)
