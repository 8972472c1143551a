"""Stage 8: how documents are worded."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import orjson
from numpy.typing import NDArray

from dedup.engines.plan import Plan, scorer
from dedup.engines.tables import PHRASING, Slices, batch_of, numbers, schema_of, strings
from dedup.model import Flag, FlagKind, TextStore
from dedup.pipeline.phrasing import JUDGED_BYTES
from dedup.report.rows import flag_row
from dedup.runtime.serial import SerialExecutor

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class WordingVerdicts:
    """Of n documents."""

    score: NDArray[np.float64]
    """In [0, 1], nan where it was not judged."""
    flags: dict[int, bytes]
    """Those that are mangled or hold a known phrase (place), with the row of a report in JSON."""


def judge_wording(
    texts: TextStore, places: NDArray[np.int64], plan: Plan, pool: Executor | None = None, *, flag_all: bool = False
) -> WordingVerdicts:
    """How the texts at some places are worded; `flag_all`: exact copies of flagged ones, which are flagged as well."""
    judge = scorer(plan)
    cuts = np.flatnonzero(np.diff(np.cumsum(texts.sizes[places]) // JUDGED_BYTES)) + 1
    parts = [part for part in np.split(places, cuts) if len(part)]
    scores, flags = np.full(len(places), np.nan), dict[int, bytes]()
    at = 0
    for found in (pool or SerialExecutor()).map(
        lambda part: judge.review([texts.read(row) for row in part.tolist()], clean=False), parts
    ):
        for phrasing in found:
            if phrasing.score is not None:
                scores[at] = phrasing.score
            if flag_all or phrasing.mangled or phrasing.spans:
                flags[at] = orjson.dumps(flag_row(Flag(FlagKind.MANGLED, phrasing.score, phrasing.spans)))
            at += 1
    return WordingVerdicts(scores, flags)


def phrase(documents: pa.RecordBatch, plan: Plan, *, flag_all: bool = False) -> pa.RecordBatch:
    """The wording (`tables.PHRASING`) of documents (row, text); `flag_all` as `judge_wording` takes it."""
    rows = numbers(documents, "row", np.int64)
    texts = Slices(*strings(documents.column(documents.schema.get_field_index("text"))))
    found = judge_wording(texts, np.arange(len(rows)), plan, flag_all=flag_all)
    flags = [found.flags[place].decode() if place in found.flags else None for place in range(len(rows))]
    mangled = np.array([flag is not None for flag in flags], bool)
    columns = {"row": rows, "score": found.score, "mangled": mangled, "flag": flags}
    return batch_of(columns, schema_of(**PHRASING))
