"""Small corpora in which everything happens, and what a scan in memory finds in them."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from dedup import Config, Document, pipeline
from dedup.engines.local import run
from dedup.engines.plan import Plan
from dedup.model import ScanResult
from dedup.read import Kept, Locator, Reader
from dedup.report import rows
from tests.index.indexes import minutes, prose
from tests.index.test_equivalence import BASES, CHANGES

CROWD = 90
"""Documents that fill in one frame: more than are looked at by one key."""

SETTINGS: tuple[dict[str, Any], ...] = (
    {}, {}, {}, {"rewritten": False}, {"phrasing": False}, {"excerpts": False}, {"keep_by": "newest"},
    {"keep_by": "longest"}, {"keep_by": "score"}, {"keep_by": "-score"}, {"drop": ("exact",)}, {"forms": False},
    {"ngram": 3, "num_perm": 64, "threshold": 0.5},
)  # fmt: skip
"""Of the scans of random corpora: corpus after corpus."""


def corpus(seed: int) -> list[dict[str, Any]]:
    """Records of copies of all kinds, forms, crowds, short and empty texts, and ids that repeat."""
    rng = random.Random(seed)
    texts: list[str] = []
    own = [prose(1000 * seed + number, rng.randint(30, 200)) for number in range(rng.randint(1, 6))]
    for _ in range(rng.randint(10, 60)):
        base = rng.choice([BASES[0], rng.choice(BASES), rng.choice(own)])
        texts.append(CHANGES[rng.randrange(len(CHANGES))](base, rng.randint(0, 5)))
    if seed % 3 == 0:
        texts += [minutes(rng) for _ in range(rng.randint(3, CROWD))]
    if seed % 4 == 0:  # a sentence that so many have that its keys are crowded
        shared = " ".join(prose(7, 60).split())
        texts += [f"{shared} {prose(10_000 + 100 * seed + number, 25)}" for number in range(rng.randint(70, 110))]
    texts += rng.choices(["Short notice", "!?!", "--", "two words", "?"], k=rng.randint(0, 6))
    rng.shuffle(texts)
    records = []
    for number, text in enumerate(texts):
        record: dict[str, Any] = {"id": rng.choice([f"n{number}", f"{'ba'[number % 2]}{number // 3}"]), "text": text}
        if rng.random() < 0.5:
            record["date"] = 1_700_000_000 + rng.randint(0, 4) * 3600
        if rng.random() < 0.3:
            record["source"] = rng.choice(["post", "mirror"])
        record["score"] = rng.choice([1, 2.5, 3])
        records.append(record)
    return records


def write(path: Path, records: Sequence[dict[str, Any]]) -> Path:
    """As JSON lines."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def in_memory(paths: Sequence[Path], config: Config) -> ScanResult:
    """What `dedup scan --pairwise` finds."""
    config = Plan.of(config).config
    reader = Reader(list(map(str, paths)), config.read, kept=Kept(value_field=config.output.keep_field, locate=True))
    locator = Locator(reader.entries)
    facts = pipeline.InputFacts(
        file_names=lambda: reader.file_names, rejects=lambda: reader.rejects, notes=lambda: reader.notes,
        locate=locator.read,
    )  # fmt: skip
    return pipeline.run(reader.batches(), config, facts)


def begin(paths: Sequence[Path], config: Config, work: Path, **told: Any) -> run.LocalScan:
    """A scan on disk, which has read nothing yet."""
    plan = Plan.of(config)
    kept = Kept(value_field=plan.config.output.keep_field, locate=True)
    reader = Reader(list(map(str, paths)), plan.config.read, kept=kept)
    return run.begin(plan, reader, work, reader.batches, Locator(reader.entries).read, **told)


def on_disk(paths: Sequence[Path], config: Config, work: Path, **told: Any) -> dict[str, Any]:
    """All rows of a scan on disk."""
    scan = begin(paths, config, work, **told)
    try:
        found = scan.run().result
        return {
            "documents": plain(found.documents()), "edges": plain(found.edges()),
            "clusters": plain(found.cluster_rows()),
        }  # fmt: skip
    finally:
        scan.work.close()


def plain(values: Any) -> list[dict[str, Any]]:
    """Rows as they are read from JSON."""
    found: list[dict[str, Any]] = orjson.loads(orjson.dumps(list(values)))
    return found


def rows_of(result: ScanResult) -> dict[str, list[dict[str, Any]]]:
    """All rows of a result."""
    return {
        "documents": plain(rows.documents(result)), "edges": plain(rows.edges(result)),
        "clusters": plain(rows.clusters(result)),
    }  # fmt: skip


def documents(records: Sequence[dict[str, Any]]) -> list[Document]:
    """Records as a program hands them over."""
    return [Document(each["text"], id=each["id"], date=each.get("date")) for each in records]
