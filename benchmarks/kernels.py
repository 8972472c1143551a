"""Nanoseconds a shingle of each kernel on one thread, between naive code and what C does on the same machine.

All rows are measured in one run over the same generated corpus, best of several passes, and divided by the number of
shingles (for candidates: of band keys). The parts of the fused kernel are timed by drivers below, which call dedup's
own functions once a document; `whole sketch` is the kernel as the pipeline calls it, band and passage keys included.

Beside it: a naive numba loop (a byte table cuts words, an inner loop over the permutations), datasketch's
`update_batch` fed with the very hash values dedup uses (and checked to give the very same signatures), and, where
there is a C compiler, `limit.c` compiled for this machine: the same work without Unicode, apostrophes or numbers.
"""

# numba gives its decorators no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import orjson
from numba import uint8, uint32
from numpy.typing import NDArray

from benchmarks.corpus import cached
from benchmarks.report import Table
from benchmarks.settings import NEWSWIRE, ROOT, Figures, Options, note
from dedup.candidates import lsh
from dedup.columns import pack
from dedup.config import Config
from dedup.fingerprint import kernels as ours
from dedup.fingerprint import minhash
from dedup.model import Packed
from dedup.runtime.jit import njit
from dedup.runtime.simd import LANES
from dedup.text import arrays
from dedup.text.words import word_hashes

NEEDS = NEWSWIRE
SIZES = (10_000,)
QUICK_SIZES = (1_000,)
PEER_DOCUMENTS = 500
"""Documents that datasketch is given: it is slow, and its time is the same for each."""
COMPILERS = ("cc", "gcc", "clang")
U = np.uint64


@dataclass(frozen=True, slots=True)
class Material:
    """The corpus as the kernels want it, and the shingle hashes of each document, made beforehand."""

    texts: list[str]
    packed: Packed
    buffer: NDArray[np.uint8]
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    keys: NDArray[np.uint64]
    a: NDArray[np.uint32]
    b: NDArray[np.uint32]
    shingles: NDArray[np.uint64]
    offsets: NDArray[np.int64]
    """(n + 1,) where the shingles of each document begin in `shingles`; LANES spare places between documents."""
    counts: NDArray[np.int64]


@njit(nogil=True)
def _words_and_shingles(buffer: Any, starts: Any, sizes: Any, stage1: Any, stage2: Any, keys: Any, out: Any) -> Any:
    """Words and shingle hashes, as `kernels.sketch` makes them; returns the shingles."""
    longest = U(sizes.max())
    edges, specials = np.empty(longest + U(2), np.uint32), np.empty(longest + U(2), np.uint32)
    words = np.empty(longest // U(2) + U(2), np.uint64)
    no_spans = np.empty((0, 2), np.uint32)
    total = U(0)
    for text in range(len(starts)):
        start = U(starts[text])
        count, _ = word_hashes(buffer, start, start + U(sizes[text]), stage1, stage2, edges, specials, words, no_spans)
        total += ours.shingle_hashes(words, count, U(len(keys)), keys, out)
    return total


@njit(nogil=True)
def _all_shingles(
    buffer: Any, starts: Any, sizes: Any, stage1: Any, stage2: Any, keys: Any, out: Any, offsets: Any, counts: Any
) -> None:
    """The same, all of them kept."""
    longest = U(sizes.max())
    edges, specials = np.empty(longest + U(2), np.uint32), np.empty(longest + U(2), np.uint32)
    words = np.empty(longest // U(2) + U(2), np.uint64)
    no_spans = np.empty((0, 2), np.uint32)
    for text in range(len(starts)):
        start, at = U(starts[text]), offsets[text]
        count, _ = word_hashes(buffer, start, start + U(sizes[text]), stage1, stage2, edges, specials, words, no_spans)
        counts[text] = ours.shingle_hashes(words, count, U(len(keys)), keys, out[at:])
        offsets[text + 1] = at + counts[text] + LANES


@njit(nogil=True)
def _signatures(shingles: Any, offsets: Any, counts: Any, a: Any, b: Any, hashes: Any, out: Any) -> Any:
    """Premixed hashes and their signature, a document at a time; `out` may be one row for all."""
    for text in range(len(counts)):
        if counts[text]:
            ours._premix(shingles[offsets[text] :], U(counts[text]), hashes)
            ours._signature(hashes, U(counts[text]), a, b, out[text if len(out) > 1 else 0])
    return out[0, 0]


@njit(nogil=True)
def _passages(shingles: Any, offsets: Any, counts: Any, window: Any, hashes: Any, out: Any) -> Any:
    """Passage keys of documents whose hashes are at hand."""
    longest = U(counts.max())
    scratch = np.empty((2, longest + U(2) + U(2) * window), np.uint32)
    anchors = np.empty(longest + U(2), np.uint32)
    filled = U(0)
    for text in range(len(counts)):
        begin, end = offsets[text], offsets[text + 1]
        count = ours._anchors(hashes[begin:end], U(counts[text]), window, scratch[0], scratch[1], anchors)
        filled = ours._passage_keys(shingles[begin:end], anchors, count, U(text), out, filled)
    return filled


@njit(nogil=True)
def _premixed(shingles: Any, offsets: Any, counts: Any, out: Any) -> None:
    for text in range(len(counts)):
        ours._premix(shingles[offsets[text] :], U(counts[text]), out[offsets[text] :])


@njit(nogil=True)
def _naive(buffer: Any, starts: Any, sizes: Any, table: Any, ngram: Any, a: Any, b: Any, out: Any) -> Any:
    """What one writes first: a byte table, FNV hashes, a ring of words, and all permutations for each shingle."""
    total = 0
    ring = np.zeros(ngram, np.uint32)
    for text in range(len(starts)):
        out[:] = uint32(0xFFFFFFFF)
        count, state, inside = 0, uint32(2166136261), False
        for at in range(starts[text], starts[text] + sizes[text] + 1):
            char = table[buffer[at]] if at < starts[text] + sizes[text] else uint8(0)
            if char:
                state = uint32((state ^ char) * uint32(16777619))
                inside = True
                continue
            if not inside:
                continue
            ring[count % ngram] = state
            count, state, inside = count + 1, uint32(2166136261), False
            if count < ngram:
                continue
            shingle = uint32(2166136261)
            for step in range(ngram):
                shingle = uint32((shingle ^ ring[(count + step) % ngram]) * uint32(16777619))
            for place in range(len(a)):
                value = uint32(shingle * a[place] + b[place])
                out[place] = min(out[place], value)
            total += 1
    return total


def _byte_table() -> NDArray[np.uint8]:
    """Lower-case form of each byte of a word, 0 for the others; bytes of non-ASCII characters stay."""
    table = np.zeros(256, np.uint8)
    for code in range(256):
        if code >= 128 or chr(code).isalnum():
            table[code] = code if code >= 128 else ord(chr(code).lower())
    return table


def _material(path: Path) -> Material:
    with path.open("rb") as lines:
        texts = [orjson.loads(line)["text"] for line in lines]
    settings, packed = Config().fingerprint, pack(texts)
    buffer, starts, sizes = arrays.as_arrays(packed)
    keys = minhash.shingle_keys(settings.ngram)
    shingles = np.zeros(len(buffer) // 2 + (LANES + 2) * len(texts), np.uint64)
    offsets, counts = np.zeros(len(texts) + 1, np.int64), np.zeros(len(texts), np.int64)
    _all_shingles(buffer, starts, sizes, *arrays.tables(), keys, shingles, offsets, counts)
    a, b = minhash.permutations(settings.num_perm, settings.seed)
    return Material(texts, packed, buffer, starts, sizes, keys, a, b, shingles, offsets, counts)


def best(work: Callable[[], object], repeats: int) -> float:
    """Least nanoseconds of several calls, after one that is not counted (it may compile)."""
    work()
    least = float("inf")
    for _ in range(repeats):
        begin = time.perf_counter_ns()
        work()
        least = min(least, time.perf_counter_ns() - begin)
    return least


def _parts(given: Material, repeats: int) -> Figures:
    """Nanoseconds a shingle of the parts of dedup's kernel."""
    total, size = int(given.counts.sum()), int(given.counts.max()) + LANES
    scratch, hashes = np.empty(int(given.sizes.max()) // 2 + 2, np.uint64), np.empty(size, np.uint32)
    row = np.empty((1, len(given.a)), np.uint32)
    mixed = np.zeros(len(given.shingles), np.uint32)
    _premixed(given.shingles, given.offsets, given.counts, mixed)
    passages = np.empty(total, np.uint64)
    layout = (given.offsets, given.counts)
    work: dict[str, Callable[[], object]] = {
        "words and shingle hashes": lambda: _words_and_shingles(
            given.buffer, given.starts, given.sizes, *arrays.tables(), given.keys, scratch
        ),
        "signature": lambda: _signatures(given.shingles, *layout, given.a, given.b, hashes, row),
        "passage keys": lambda: _passages(given.shingles, *layout, U(minhash.WINDOW), mixed, passages),
        "whole sketch": _whole(given),
    }
    return {name: best(call, repeats) / total for name, call in work.items()}


def sketcher(passages: bool) -> minhash.Sketcher:
    """A sketcher with the pipeline's settings."""
    settings = Config()
    bands = lsh.bands_and_rows(settings.match.threshold, settings.fingerprint.num_perm)
    window = minhash.WINDOW if passages else 0
    return minhash.Sketcher(**asdict(settings.fingerprint), bands=bands[0], rows=bands[1], window=window)


def _whole(given: Material) -> Callable[[], object]:
    """`kernels.sketch`, with the very arguments that a `Sketcher` gives it."""
    with patch.object(ours, "sketch", wraps=ours.sketch) as seen:
        sketcher(passages=True).sketch(given.packed)
    arguments = max((call.args for call in seen.call_args_list), key=lambda found: len(found[0].buffer))
    return lambda: ours.sketch(*arguments)


def _candidates(given: Material, repeats: int) -> Figures:
    """Nanoseconds a band key of finding candidate pairs."""
    maker = sketcher(passages=False)
    sketch, bands = maker.sketch(given.packed), maker.bands
    alive = np.flatnonzero(sketch.words >= maker.ngram).astype(np.uint64)
    with ThreadPoolExecutor(1) as pool:
        took = best(lambda: lsh.band_candidates(lambda band: sketch.bands[band], bands, alive, pool), repeats)
    return {"ns": took / (bands * len(alive)), "keys": bands * len(alive)}


def _naive_ns(given: Material, repeats: int) -> float:
    table, out = _byte_table(), np.empty(len(given.a), np.uint32)
    arguments = (given.buffer, given.starts, given.sizes, table, len(given.keys), given.a, given.b, out)
    total = _naive(*arguments)
    return best(lambda: _naive(*arguments), repeats) / float(total)


def _datasketch(given: Material, repeats: int) -> Figures:
    """datasketch on the same 32-bit hashes, and whether its signatures are dedup's."""
    from datasketch import MinHash

    count = min(PEER_DOCUMENTS, len(given.texts))
    low = [
        (given.shingles[at : at + size] >> U(32)).tolist()
        for at, size in zip(given.offsets[:count].tolist(), given.counts[:count].tolist(), strict=True)
    ]
    seed, num_perm = Config().fingerprint.seed, len(given.a)

    def work() -> list[Any]:
        generator = MinHash.generator(low, num_perm=num_perm, seed=seed, hashfunc=int, scheme=minhash.SCHEME)
        return list(generator)

    took = best(work, repeats) / int(given.counts[:count].sum())
    mine = np.full((count, num_perm), 0xFFFFFFFF, np.uint32)
    hashes = np.empty(int(given.counts.max()) + LANES, np.uint32)
    _signatures(given.shingles, given.offsets[: count + 1], given.counts[:count], given.a, given.b, hashes, mine)
    same = all(np.array_equal(theirs.hashvalues, row) for theirs, row in zip(work(), mine, strict=True))
    return {"ns": took, "documents": count, "same_signatures": same}


def _limit(given: Material, repeats: int) -> Figures | None:
    """What `limit.c` takes; None without a compiler."""
    compiler = next((path for name in COMPILERS if (path := shutil.which(name))), None)
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        program, texts = f"{folder}/limit", Path(folder, "texts")
        source = ROOT / "benchmarks" / "limit.c"
        build = [compiler, "-O3", "-march=native", "-o", program, str(source)]
        if subprocess.run(build, capture_output=True, check=False).returncode:
            return None
        encoded = [text.encode() for text in given.texts]
        sizes = np.array([len(text) for text in encoded], np.int64)
        texts.write_bytes(np.int64(len(encoded)).tobytes() + sizes.tobytes() + b"".join(encoded))
        done = subprocess.run([program, str(texts), str(repeats + 1)], capture_output=True, check=True, text=True)
    shown = subprocess.run([compiler, "--version"], capture_output=True, check=False, text=True).stdout
    figures: Figures = json.loads(done.stdout)
    return figures | {"compiler": (shown.splitlines() or [compiler])[0]}


def run(options: Options) -> Figures:
    """All kernels over one corpus."""
    (size, *_) = options.sizes
    given = _material(cached(size, options.data))
    repeats = options.repeat(7, quick=3)
    note("dedup's kernels")
    figures: Figures = {
        "documents": size, "shingles": int(given.counts.sum()), "num_perm": len(given.a),
        "ngram": len(given.keys), "parts": _parts(given, repeats), "candidates": _candidates(given, repeats),
    }  # fmt: skip
    note("naive numba, datasketch, C")
    return figures | {
        "naive": _naive_ns(given, repeats),
        "datasketch": _datasketch(given, min(repeats, 3)),
        "limit": _limit(given, repeats),
    }


def _ns(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"


def tables(figures: Figures) -> list[Table]:
    """One row a step, one column an implementation."""
    parts, limit = figures["parts"], figures["limit"] or {}
    both = limit["words_ns"] + limit["signature_ns"] if limit else None
    together = parts["words and shingle hashes"] + parts["signature"]
    rows = [
        ("words and shingle hashes", _ns(parts["words and shingle hashes"]), _ns(limit.get("words_ns")), "–", "–"),
        (
            f"signature ({figures['num_perm']} permutations)", _ns(parts["signature"]), _ns(limit.get("signature_ns")),
            "–", _ns(figures["datasketch"]["ns"]),
        ),
        ("both", _ns(together), _ns(both), _ns(figures["naive"]), "–"),
        ("passage keys", _ns(parts["passage keys"]), "–", "–", "–"),
        ("whole sketch kernel", _ns(parts["whole sketch"]), "–", "–", "–"),
    ]  # fmt: skip
    columns = ("ns a shingle, one thread", "dedup", "C", "naive numba", "datasketch")
    notes = [f"Candidate pairs from bands: {figures['candidates']['ns']:.1f} ns a key."]
    notes.append(
        "datasketch's signatures of the same hashes are "
        + ("bit for bit the same." if figures["datasketch"]["same_signatures"] else "NOT the same.")
    )
    title = f"Kernels on {figures['documents']:,} documents, {figures['shingles'] / 1e6:.1f} million shingles"
    return [Table(title, columns, rows, tuple(notes))]
