"""What judging the wording costs: words a second of a core, and its share of a scan."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from types import ModuleType
from unittest.mock import patch

import numpy as np

from benchmarks.corpus import cached
from benchmarks.kernels import sketcher
from benchmarks.phrasing_judges import Judge
from benchmarks.process import Run, measure, middle, scan_command
from benchmarks.settings import Figures, Options, note
from benchmarks.spun_corpus import FILES
from dedup.columns import pack_bytes
from dedup.fingerprint import kernels as match_kernels
from dedup.phrasing.reference import counting
from dedup.phrasing.reference import kernels as reference_kernels
from dedup.phrasing.scoring import kernels as score_kernels

WITHOUT = "--no-phrasing"


KERNELS: dict[str, tuple[ModuleType, tuple[str, ...]]] = {
    "fingerprint": (match_kernels, ("sketch",)),
    "score": (score_kernels, ("judge",)),
    "count": (reference_kernels, ("add_words", "ngram_keys")),
}
"""The compiled part of each work."""


def kernels(judge: Judge, texts: Sequence[str], repeats: int) -> Figures:
    """CPU seconds of fingerprints, scoring and counting on the same bytes, in turn: of all of it, and of the kernels
    alone. Medians of `repeats`.
    """
    data = [text.encode() for text in texts]
    sizes, packed, maker = np.array([len(text) for text in data], np.int64), pack_bytes(data), sketcher(passages=True)
    with ThreadPoolExecutor(1) as pool:
        work: dict[str, Callable[[], object]] = {
            "fingerprint": lambda: maker.sketch(packed),
            "score": lambda: judge.scorer.score(data),
            "count": lambda: counting.count(data.__getitem__, np.arange(len(data)), sizes, pool),
        }
        took = _taken(work, repeats)
    words = int(maker.sketch(packed).words.sum())
    return {"texts": len(data), "bytes": int(sizes.sum()), "words": words, "repeats": repeats} | took


def _taken(work: dict[str, Callable[[], object]], repeats: int) -> Figures:
    """Median CPU seconds of each, after a run that is not counted."""
    whole: dict[str, list[float]] = {name: [] for name in work}
    compiled: dict[str, list[float]] = {name: [] for name in work}
    for number in range(repeats + 1):
        for name, call in work.items():
            begin = time.process_time()
            inside = _inside(call, *KERNELS[name])
            if number:
                whole[name].append(time.process_time() - begin)
                compiled[name].append(inside)
    return {"seconds": _medians(whole), "kernel_seconds": _medians(compiled)}


def _medians(seconds: dict[str, list[float]]) -> dict[str, float]:
    return {name: float(median(values)) for name, values in seconds.items()}


def _inside(call: Callable[[], object], module: ModuleType, names: Sequence[str]) -> float:
    """CPU seconds that a call spends in some functions of a module."""
    spent: list[float] = []

    def timed(function: Callable[..., object]) -> Callable[..., object]:
        def work(*arguments: object) -> object:
            begin = time.thread_time()
            try:
                return function(*arguments)
            finally:
                spent.append(time.thread_time() - begin)

        return work

    with ExitStack() as patched:
        for name in names:
            patched.enter_context(patch.object(module, name, timed(getattr(module, name))))
        call()
    return sum(spent)


def scans(options: Options) -> list[Figures]:
    """Whole processes of `dedup scan`, with and without judging, in turn."""
    files = [(f"generated, {size:,} documents", cached(size, options.data)) for size in options.sizes]
    if not options.quick:
        files.insert(0, ("news of two months", options.data / FILES["us"]))
    return [_scans(name, file, options.repeat(1)) for name, file in files]


def _scans(name: str, file: Path, repeats: int) -> Figures:
    note(f"scans of {name}")
    ways: dict[str, tuple[str, ...]] = {"with": (), "without": (WITHOUT,)}
    runs: dict[str, list[Run]] = {way: [] for way in ways}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "scan.json")
        for number in range(repeats + 1):
            for way, flags in ways.items():
                run = measure(scan_command(file, out, *flags))
                if number:
                    runs[way].append(run)
    both = {
        f"{figure}_{way}": middle(done, figure) for way, done in runs.items() for figure in ("seconds", "cpu", "rss_mb")
    }
    return {"corpus": name, "repeats": repeats, **both}
