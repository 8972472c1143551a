"""Stage 8 on disk: how the documents of each partition are worded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.engines.local.corpus import DiskCorpus
from dedup.engines.local.judging import Told
from dedup.engines.local.units import AGAIN, WORDING, WorkFolder, packed, unpacked, write_unit
from dedup.engines.plan import Plan
from dedup.engines.wording import judge_wording

PART_BYTES = 32 << 20
"""Text that is in memory at once."""


class WordingStage:
    """Judges the wording of all documents, where that is asked for."""

    def __init__(self, work: WorkFolder, corpus: DiskCorpus, plan: Plan, pool: ThreadPoolExecutor) -> None:
        self._work, self._corpus, self._plan, self._pool = work, corpus, plan, pool

    def run(self, told: Told) -> NDArray[np.bool_]:
        """Judge; returns which documents (n,) are badly worded. Exact copies of those are judged themselves: places in
        a text with other case and punctuation may differ.
        """
        corpus = self._corpus
        mangled = np.zeros(len(corpus), bool)
        if not self._plan.config.find.phrasing:
            return mangled
        stands = np.ones(len(corpus), bool)
        stands[corpus.folded] = False
        for number, (begin, end) in enumerate(pairwise(corpus.starts.tolist())):
            if not self._work.has(WORDING, number):
                rows = np.arange(begin, end)
                self._judge(WORDING, number, rows[stands[begin:end] & (corpus.words[begin:end] > 0)])
            with self._work.open(WORDING, number) as unit:
                mangled[unit.read("flagged")] = True
            told(number + 1, corpus.partitions)
        if not self._work.has(AGAIN):
            self._judge(AGAIN, 0, corpus.folded[mangled[corpus.heads]])
        with self._work.open(AGAIN) as unit:
            mangled[unit.read("flagged")] = True
        return mangled

    def _judge(self, stage: str, number: int, rows: NDArray[np.int64]) -> None:
        scores, flagged, flags = [np.zeros(0)], [np.zeros(0, np.int64)], list[bytes]()
        sizes = np.cumsum(self._corpus.size[rows], dtype=np.int64)
        for part in np.split(rows, np.flatnonzero(np.diff(sizes // PART_BYTES)) + 1):
            if not len(part):
                continue
            shelf = self._corpus.shelf(part)
            places, again = np.arange(len(part)), stage == AGAIN
            found = judge_wording(shelf.texts, places, self._plan, self._pool, flag_all=again)
            scores.append(found.score)
            flagged.append(part[sorted(found.flags)])
            flags += [found.flags[place] for place in sorted(found.flags)]
        data, ends = packed(flags)
        arrays: dict[str, NDArray[Any]] = {"rows": rows, "flags": data, "flags_ends": ends}
        arrays |= {"score": np.concatenate(scores), "flagged": np.concatenate(flagged)}
        write_unit(self._work.unit(stage, number), arrays)

    @cached_property
    def _scores_of_heads(self) -> NDArray[np.float64]:
        """(exact copies,) of the text that each is a copy of, nan where none was made. Every file is read once."""
        corpus = self._corpus
        found = np.full(len(corpus.heads), np.nan)
        files = np.searchsorted(corpus.starts, corpus.heads, "right") - 1
        for number in np.unique(files).tolist():
            with self._work.open(WORDING, number) as unit:
                known, values = unit.read("rows"), unit.read("score")
            ours = np.flatnonzero(files == number)
            ours = ours[np.isin(corpus.heads[ours], known)]
            found[ours] = values[np.searchsorted(known, corpus.heads[ours])]
        return found

    def of_partition(self, number: int) -> tuple[NDArray[np.float64], dict[int, bytes]]:
        """The scores of the documents of a partition, nan where none was made, and the flags of some rows."""
        corpus = self._corpus
        begin, end = int(corpus.starts[number]), int(corpus.starts[number + 1])
        scores, flags = np.full(end - begin, np.nan), dict[int, bytes]()
        if not self._plan.config.find.phrasing:
            return scores, flags
        copies = slice(*np.searchsorted(corpus.folded, (begin, end)).tolist())
        scores[corpus.folded[copies] - begin] = self._scores_of_heads[copies]
        for stage, which in ((WORDING, number), (AGAIN, 0)):
            with self._work.open(stage, which) as unit:
                known, values = unit.read("rows"), unit.read("score")
                here = (known >= begin) & (known < end)
                scores[known[here] - begin] = values[here]
                told = zip(
                    unit.read("flagged").tolist(), unpacked(unit.read("flags"), unit.read("flags_ends")), strict=True
                )
                flags |= {row: flag for row, flag in told if begin <= row < end}
        return scores, flags
