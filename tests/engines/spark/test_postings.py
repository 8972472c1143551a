"""Candidate pairs by places and blocks are those of a scan in memory, whatever is cut where. No Spark runs here."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pytest

from dedup import Config
from dedup.config import Config as Settings
from dedup.engines.plan import Plan, sketcher
from dedup.engines.spark.inputs import ReadFiles
from dedup.engines.spark.layout import Layout, Limits
from dedup.engines.spark.postings import CountPairs, Pack, Sampled, Slice
from dedup.engines.spark.sketches import MakeSketches
from dedup.model import Batch
from dedup.pipeline import pairwise
from dedup.pipeline.documents import Clock, CorpusStore
from dedup.read import Reader
from dedup.read.paths import find
from dedup.runtime.serial import SerialExecutor
from tests.engines import corpora


def shuffled(batches: Iterable[pa.RecordBatch], name: str, chance: random.Random) -> Iterator[pa.RecordBatch]:
    """What a shuffle gives one task that takes everything: rows in any order but for the sort, cut anywhere."""
    batches = [batch for batch in batches if batch.num_rows]
    if not batches:
        return
    table = pa.Table.from_batches(batches)
    table = table.take(chance.sample(range(table.num_rows), table.num_rows)).sort_by(name)
    first = 0
    while first < table.num_rows:
        size = chance.randint(1, 7)
        yield from table.slice(first, size).combine_chunks().to_batches()
        first += size


def sketched(path, plan):
    """Sketches of all documents, with their rows."""
    entry = find([str(path)], plan.config.read).entries[0]
    import pickle

    batch = pa.RecordBatch.from_pydict({"file": [0], "entry": [pickle.dumps(entry)]})
    table = pa.Table.from_batches(list(MakeSketches(ReadFiles(plan.config.read, ""), plan)([batch])))
    return table.filter(pa.compute.is_null(table["reject"])).rename_columns(
        ["row" if name == "place" else name for name in table.column_names]
    )


def in_memory(path, plan: Plan):
    """Pairs of the same documents, of which none is folded."""
    config: Settings = plan.config
    store = CorpusStore(config, sketcher(plan), lambda file, place, size: b"")
    batches: Iterable[Batch] = Reader([str(path)], config.read).batches()
    store.read(batches, SerialExecutor(), 1, Clock())
    alive = np.concatenate(store.words) >= config.fingerprint.ngram
    near, far, faint = (set(part.tolist()) for part in pairwise.candidates(store, config, alive))
    return {(pair >> 32, pair & 0xFFFFFFFF): (pair in near, pair in faint) for pair in near | far | faint}


@pytest.mark.parametrize("seed", range(12))
def test_like_those_of_a_scan_in_memory(tmp_path, seed):
    chance = random.Random(seed)
    plan = Plan.of(Config(phrasing=False, **({} if seed % 3 else {"excerpts": False})))
    path = corpora.write(tmp_path / "a.jsonl", corpora.corpus(4 * seed if seed % 2 else 3 * seed))
    sketches = sketched(path, plan).select(["row", "keys"])
    wanted = in_memory(path, plan)
    block, salt = chance.choice([1, 3, 16]), chance.choice([1, 2, 5, 100])
    layout = Layout(sketches.num_rows, chance.choice([1, 3, 50]), block, block * salt, chance.choice([1, 5]), 1, 1)
    codes = np.concatenate(
        [batch["code"].to_numpy() for batch in Sampled()(shuffled(sketches.to_batches(), "row", chance))]
    )
    keys, counts = np.unique(codes, return_counts=True)
    hot = tuple(keys[counts >= 40].tolist())
    layout = Layout(*(getattr(layout, name) for name in Layout.__slots__[:-1]), hot)
    parts = shuffled(sketches.to_batches(), "row", chance)
    packed = [batch for part in parts for batch in Pack(layout)([part])]
    slices = list(Slice(layout)(shuffled(packed, "place", chance)))
    pairs = pa.Table.from_batches(list(CountPairs(layout)(shuffled(slices, "block", chance)))).to_pylist()
    found = {(row["a"], row["b"]): (row["alike"], row["faint"]) for row in pairs}
    assert len(found) == len(pairs)
    assert found == wanted
    assert wanted
    assert all(row["part"] >> 32 == row["b"] // block for row in pairs)


def test_a_layout_that_cannot_be():
    from dedup.errors import ConfigError

    with pytest.raises(ConfigError, match="salt_rows"):
        Limits(block_rows=7, salt_rows=8)
    with pytest.raises(ConfigError, match="part_pairs is 0"):
        Limits(part_pairs=0)
