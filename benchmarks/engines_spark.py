"""A scan on Spark beside the same scan on disk: processor time by size and by stage, and equal rows.

Varied texts (`varied.py`, whose wording recurs as in news; `--size 100000 1000000` for others) are scanned by `--engine
local` and by `--engine spark --master local[2]`, as whole processes, without phrasing and evidence; all rows of
documents, edges and clusters are compared. Core seconds are processor time of all processes, whatever else the machine
does. And what keys of 32 bits cost where there are so many documents that most keys are held by others by chance.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.corpus import cached
from benchmarks.engine_runs import LIGHT, beside, equal_table, times_table
from benchmarks.report import Table
from benchmarks.settings import NEWSWIRE, Figures, Options, kept_when_interrupted
from benchmarks.varied import varied_file

NEEDS = NEWSWIRE
SIZES = (10_000, 100_000)
QUICK_SIZES = (500,)
CHANCE_DOCUMENTS, QUICK_CHANCE_DOCUMENTS, CHANCE_BLOCK = 4_000, 500, 8
MANY = 1_000_000_000


def _by_chance(size: int, file: Path) -> Figures:
    """What keys of 32 bits cost where there are a billion documents, and most keys are held by others by chance: the
    stages between sketches and candidates, in this process, with the keys of the corpus as they are, and once more with
    as few different ones as make them as crowded.
    """
    from dedup.candidates.postings import KINDS
    from dedup.columns import pack
    from dedup.config import Config
    from dedup.engines.fingerprinting import fingerprint_packed
    from dedup.engines.plan import Plan
    from dedup.engines.spark.layout import Layout
    from dedup.engines.spark.sketches import packed_keys

    with file.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    found = fingerprint_packed(pack(texts), 0, Plan.of(Config(phrasing=False)))
    layout = Layout(size, 4, CHANCE_BLOCK, size, 4096, 1, 1)
    low = np.uint64(0xFFFFFFFF)
    cases: dict[str, Figures] = {}
    for name, space in (("as they are", 1 << 32), ("as of a billion", max(int((1 << 32) * size / MANY), 1))):
        keys = tuple((each >> np.uint64(32)) % np.uint64(space) << np.uint64(32) | (each & low) for each in found.keys)
        table = pa.table(
            {"row": pa.array(np.arange(size)), "keys": pa.array(packed_keys(keys, found.held), pa.binary())}
        )
        if not cases:
            _stages_of(table.slice(0, 2 * CHANCE_BLOCK), layout)  # what is compiled, is not measured
        cases[name] = _stages_of(table, layout)
    kinds = {kind: len(each) / size for kind, each in zip(("bands", "passages", "terms"), found.keys, strict=True)}
    assert len(kinds) == len(KINDS)
    return {"documents": size, "as_of": MANY, "keys": kinds, "bytes": float(found.sizes.mean()), "cases": cases}


def _stages_of(table: pa.Table, layout: Any) -> Figures:
    """Seconds of processor, and bytes that would be shuffled, from sketches to candidates."""
    from dedup.engines.spark.postings import CountPairs, Pack, Slice

    times, sizes = [], []
    batches = table.to_batches()
    for stage, key in ((Pack(layout), "place"), (Slice(layout), "block"), (CountPairs(layout), "part")):
        begin = time.process_time()
        made = pa.Table.from_batches(list(stage(batches)))
        times.append(time.process_time() - begin)
        sizes.append(made.nbytes)
        batches = made.sort_by(key).combine_chunks().to_batches()
    return {"seconds": times, "shuffled_bytes": sizes[:2], "pairs": made.num_rows}


def run(options: Options) -> Figures:
    """All of it, smallest corpus first. Interrupted (Ctrl-C) it keeps what was measured until then."""
    few = QUICK_CHANCE_DOCUMENTS if options.quick else CHANCE_DOCUMENTS
    found: Figures = {"by_chance": _by_chance(few, cached(few, options.data)), "beside": []}
    with kept_when_interrupted():
        for size in options.sizes:
            found["beside"].append(beside(varied_file(size, options.data), size, *LIGHT))
    return found


def _by_stage(figures: Figures) -> Table:
    largest = max(figures["beside"], key=lambda each: int(each["documents"]))
    documents = largest["documents"]
    rows = [
        (
            name, f"{each['cpu_seconds']:.1f}", f"{each['cpu_seconds'] / documents * 1e6:.0f}",
            f"{each['shuffled_bytes'] / documents:,.0f}", f"{each['kept_bytes'] / documents:,.0f}",
            f"{each['largest_task_seconds']:.1f}",
        )
        for name, each in largest["stages"].items()
    ]  # fmt: skip
    columns = (
        "stage", "core seconds", "µs/document", "bytes shuffled/document", "bytes kept/document", "longest task, s",
    )  # fmt: skip
    return Table(f"Where it goes, on Spark, {documents:,} documents", columns, rows)


def _chances(figures: Figures) -> Table:
    chance = figures["by_chance"]
    rows = []
    for name, each in chance["cases"].items():
        times = (f"{seconds / chance['documents'] * 1e6:.0f}" for seconds in each["seconds"])
        sizes = (f"{size / chance['documents']:,.0f}" for size in each["shuffled_bytes"])
        rows.append((f"keys {name}", *times, *sizes, f"{each['pairs']:,}"))
    columns = (
        "", "pack, µs/document", "slice, µs/document", "pair, µs/document", "postings, bytes/document",
        "slices, bytes/document", "pairs",
    )  # fmt: skip
    return Table("Keys of 32 bits that a billion documents hold by chance, in one process", columns, rows)


def tables(figures: Figures) -> list[Table]:
    """Equal rows, time beside the engine on disk and by stage, and keys by chance."""
    compared = figures["beside"]
    beside_disk = [equal_table(compared), times_table(compared), _by_stage(figures)] if compared else []
    return [*beside_disk, _chances(figures)]
