"""A scan on disk finds what a scan in memory finds, whatever fits into memory."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from dedup import Config
from dedup.align import neighbourhood
from dedup.engines.local import grouping, judging, reading, run, wording
from dedup.engines.plan import Plan
from dedup.read import Kept, Locator, Reader, collector
from tests.engines import corpora

TINY = (
    (reading, "PARTITION_ROWS", (3, 10, 40, 1 << 16)), (reading, "LEAST_BYTES", (1 << 10, 1 << 20)),
    (reading, "MOST_BYTES", (1 << 12, 1 << 26)), (run, "LEAST_BLOCK", (1, 7, 30, 1 << 11)),
    (run, "MOST_BLOCK", (1, 9, 50, 1 << 20)), (judging, "LEAST_TEXT", (1 << 10, 1 << 14, 1 << 20)),
    (wording, "PART_BYTES", (1 << 12, 1 << 25)), (grouping, "AT_ONCE", (1, 20, 200_000)),
    (grouping, "FOLDED_AT_ONCE", (1, 10, 100_000)), (collector, "CHUNK_DOCUMENTS", (1, 7, 4096)),
)  # fmt: skip
"""Sizes so small that everything is cut in many parts."""
SETTINGS: tuple[dict[str, Any], ...] = (
    {}, {}, {}, {"rewritten": False}, {"phrasing": False}, {"excerpts": False}, {"keep_by": "newest"},
    {"keep_by": "longest"}, {"keep_by": "score"}, {"keep_by": "-score"}, {"drop": ("exact",)}, {"forms": False},
    {"ngram": 3, "num_perm": 64, "threshold": 0.5},
)  # fmt: skip


def begin(paths: Sequence[Path], config: Config, work: Path, **told: Any) -> run.LocalScan:
    plan = Plan.of(config)
    kept = Kept(value_field=plan.config.output.keep_field, locate=True)
    reader = Reader(list(map(str, paths)), plan.config.read, kept=kept)
    return run.begin(plan, reader, work, reader.batches, Locator(reader.entries).read, **told)


def on_disk(paths: Sequence[Path], config: Config, work: Path, **told: Any) -> dict[str, Any]:
    scan = begin(paths, config, work, **told)
    try:
        found = scan.run().result
        return {
            "documents": corpora.plain(found.documents()), "edges": corpora.plain(found.edges()),
            "clusters": corpora.plain(found.cluster_rows()),
        }  # fmt: skip
    finally:
        scan.work.close()


@pytest.mark.parametrize("seed", range(60))
def test_like_a_scan_in_memory(tmp_path, monkeypatch, seed):
    rng = random.Random(seed)
    records = corpora.corpus(seed)
    half = rng.randint(0, len(records))
    paths = [corpora.write(tmp_path / "a.jsonl", records[:half]), corpora.write(tmp_path / "b.jsonl", records[half:])]
    if seed % 5 == 0:  # texts that cannot be read again from where they stand
        paths[0] = tmp_path / "a.json"
        paths[0].write_bytes(corpora.orjson.dumps(records[:half]))
    config = Config(memory="1M", threads=rng.choice([1, 3]), **SETTINGS[seed % len(SETTINGS)])
    monkeypatch.setattr(neighbourhood, "MOST", rng.choice([1, 2, 24, 24]))
    wanted = corpora.rows_of(corpora.in_memory(paths, config))
    for module, name, values in TINY:
        monkeypatch.setattr(module, name, rng.choice(values))
    found = on_disk(paths, config, tmp_path / "work")
    assert found["edges"] == wanted["edges"]
    assert found["clusters"] == wanted["clusters"]
    assert found["documents"] == wanted["documents"]
