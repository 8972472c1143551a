"""The matching kernels against their twins."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.columns import pack
from dedup.fingerprint import kernels, pair_kernels
from dedup.fingerprint.minhash import Sketcher, permutations, shingle_keys
from dedup.text.arrays import as_arrays, tables
from tests.text import naive

U = np.uint64
LETTERS = "abcde"


def some_words(seed: int, count: int) -> str:
    generator = np.random.default_rng(seed)
    return " ".join(f"w{n}" for n in generator.integers(0, 40, count))


@pytest.mark.parametrize("count", [5, 6, 20, 21, 36, 37, 100])
def test_signature_and_bands_are_those_of_the_twin(count):
    text = some_words(count, count)
    sketch = Sketcher(5, 16, 3, bands=5, rows=3).sketch(pack([text]), keep_signatures=True)
    a, b = permutations(16, 3)
    shingles = naive.shingle_hashes(naive.words(text), 5, shingle_keys(5).tolist())
    expected = naive.signature(shingles, a.tolist(), b.tolist())
    assert sketch.signatures[0].tolist() == expected
    for band in range(5):
        state = band
        for value in expected[band * 3 : band * 3 + 3]:
            state = naive.mix(state, value)
        assert sketch.bands[band, 0] == state >> 32


@given(st.lists(st.integers(0, 30), min_size=0, max_size=120), st.sampled_from([2, 4, 8, 16]))
def test_anchors_are_the_minima_of_windows(values, window):
    hashes = np.array(values, np.uint32)
    scratch, out = np.full((2, len(values) + 2 * window), 7, np.uint32), np.zeros(len(values) + 1, np.uint32)
    count = kernels._anchors(hashes, U(len(values)), U(window), scratch[0], scratch[1], out)
    assert out[: int(count)].tolist() == naive.anchors(values, window)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30)), max_size=80), st.integers(2, 6), st.booleans())
def test_bucket_pairs_are_those_of_the_twin(keyed, limit, star):
    keys = np.array(sorted(key << 32 | row for key, row in keyed), np.uint64)
    room, large = np.zeros(10_000, np.uint64), np.zeros((100, 2), np.int64)
    found, buckets, crowded = pair_kernels.bucket_pairs(keys, U(limit), star, room, large)
    counted = pair_kernels.bucket_pairs(keys, U(limit), star, room[:0], large[:0])
    pairs = {(int(pair) >> 32, int(pair) & 0xFFFFFFFF) for pair in room[: int(found)]}
    assert pairs == naive.bucket_pairs(keyed, limit, star)
    assert tuple(map(int, counted)) == (int(found), int(buckets), int(crowded))
    sizes = [len([1 for key, _ in keyed if key == wanted]) for wanted in {key for key, _ in keyed}]
    assert int(buckets) == sum(size > limit for size in sizes)
    assert int(crowded) == sum(size for size in sizes if size > limit)


@given(st.lists(st.integers(0, 2**64 - 1), max_size=100), st.integers(1, 6))
def test_spread_keeps_every_key_in_its_range(values, bits):
    keys, out = np.array(values, np.uint64), np.zeros(len(values), np.uint64)
    cuts = np.zeros((1 << bits) + 1, np.int64)
    pair_kernels.spread(keys, U(bits), out, cuts)
    assert sorted(out.tolist()) == sorted(values)
    for part in range(1 << bits):
        assert all(value >> (64 - bits) == part for value in out[cuts[part] : cuts[part + 1]].tolist())


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(5, 9)), max_size=60), st.floats(0.1, 1.0))
def test_frequent_pairs_counts_against_the_row_with_fewer_keys(raw, share):
    held = np.array([1, 3, 5, 7, 9, 2, 4, 6, 8, 10], np.int32)
    pairs = np.array(sorted(a << 32 | b for a, b in raw), np.uint64)
    kept = pair_kernels.frequent_pairs(pairs, held, share, 0.0, 1)
    expected = {(a, b) for a, b in raw if raw.count((a, b)) >= share * min(held[a], held[b])}
    assert [(int(p) >> 32, int(p) & 0xFFFFFFFF) for p in pairs[: int(kept)]] == sorted(expected)


@given(st.lists(st.text(alphabet=LETTERS + " ", max_size=60), min_size=2, max_size=5), st.integers(1, 4))
def test_overlaps_are_those_of_sets(texts, ngram):
    sets = []
    for text in texts:
        tokens = naive.words(text)
        sets.append({tuple(tokens[at : at + ngram]) for at in range(len(tokens) - ngram + 1)})
    pairs = [(one, two) for one in range(len(texts)) for two in range(len(texts))]
    left, right = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    shared, one_size, two_size = (np.zeros(len(pairs), np.int32) for _ in range(3))
    buffer, starts, sizes = as_arrays(pack(texts))
    pair_kernels.overlaps(
        buffer, starts, sizes, *tables(), U(ngram), shingle_keys(ngram), left, right,
        shared, one_size, two_size,
    )  # fmt: skip
    for at, (one, two) in enumerate(pairs):
        assert (shared[at], one_size[at], two_size[at]) == (len(sets[one] & sets[two]), len(sets[one]), len(sets[two]))


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")
def test_kept_machine_code_is_bound_to_all_kernel_sources(tmp_path):
    """A change in a file whose code is compiled into another file's kernel must not leave the old code in use."""
    package = shutil.copytree(Path(kernels.__file__).parent.parent, tmp_path / "dedup")
    probe = (
        "from dedup.fingerprint.minhash import fingerprint; "
        "print(fingerprint(['one two three four five']).values[0, :4])"
    )
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}

    def values():
        command = [sys.executable, "-c", probe]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout

    before = values()
    assert values() == before
    words = package / "text" / "utf8.py"
    status = words.stat()
    words.write_text(words.read_text().replace("0x9E3779B97F4A7C15", "0x9E3779B97F4A7C17"))
    os.utime(words, ns=(status.st_atime_ns, status.st_mtime_ns))
    for stale in package.rglob("*.pyc"):
        stale.unlink()
    assert values() != before
