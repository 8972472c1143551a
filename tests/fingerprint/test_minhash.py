"""Signatures are datasketch's own, bit for bit."""

import gzip
import json

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from dedup.columns import pack
from dedup.errors import MismatchError
from dedup.fingerprint.kernels import CLASS_BITS, COMMON, RARE, STOP
from dedup.fingerprint.minhash import (
    Signatures,
    Sketch,
    Sketcher,
    fingerprint,
    from_datasketch,
    hash_shingle,
    permutations,
    shingles,
    to_datasketch,
)


def by_datasketch(text: str, ngram: int, num_perm: int, seed: int) -> np.ndarray:
    sketch = MinHash(num_perm, seed=seed, scheme="affine32", hashfunc=hash_shingle)
    for shingle in shingles(text, ngram):
        sketch.update(shingle.encode())
    return sketch.hashvalues


@pytest.mark.parametrize(("ngram", "num_perm", "seed"), [(5, 128, 1), (3, 64, 42), (1, 256, 7), (8, 20, 2**32 - 1)])
def test_bit_identical_on_random_texts(ngram, num_perm, seed):
    generator = np.random.default_rng(seed)
    texts = [" ".join(f"wörd{n}" for n in generator.integers(0, 500, size)) for size in (1, 4, 5, 8, 30, 500)]
    values = fingerprint(texts, ngram, num_perm, seed).values
    for text, row in zip(texts, values, strict=True):
        assert np.array_equal(row, by_datasketch(text, ngram, num_perm, seed))


@given(st.lists(st.text(max_size=120), min_size=1, max_size=4))
def test_bit_identical_on_any_text(texts):
    values = fingerprint(texts, 2, 16, 5).values
    for text, row in zip(texts, values, strict=True):
        assert np.array_equal(row, by_datasketch(text, 2, 16, 5))


def test_bit_identical_on_real_texts(shared):
    with gzip.open(shared / "data" / "us_news_2016_11_12.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line, _ in zip(lines, range(60), strict=False)]
    values = fingerprint(texts).values
    for text, row in zip(texts, values, strict=True):
        assert np.array_equal(row, by_datasketch(text, 5, 128, 1))


@pytest.mark.parametrize("seed", [0, 1, 2, 12345, 2**31, 2**32 - 1])
@pytest.mark.parametrize("count", [1, 3, 128, 700])
def test_permutations_are_those_that_numpy_draws(seed, count):
    drawn = np.random.RandomState(seed)
    a, b = permutations(count, seed)
    assert a.dtype == b.dtype == np.uint32
    assert np.array_equal(a, drawn.randint(0, 1 << 31, count, dtype=np.uint32) * np.uint32(2) + np.uint32(1))
    assert np.array_equal(b, drawn.randint(0, 1 << 32, count, dtype=np.uint32))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_of_more_bits_is_refused(seed):
    with pytest.raises(ValueError, match="32 bits"):
        permutations(8, seed)


def test_permutations_are_those_that_datasketch_draws():
    a, b = permutations(128, 9)
    assert np.array_equal(np.array([a, b]), MinHash(128, seed=9).permutations)


def test_round_trip_through_datasketch():
    made = fingerprint(["one two three four five six seven", "a b c d e f g h"])
    sketches = to_datasketch(made)
    back = from_datasketch(sketches, made.ngram)
    assert np.array_equal(back.values, made.values)
    assert back.settings == made.settings
    assert sketches[0].jaccard(sketches[0].copy()) == 1.0


def test_estimate_is_close_to_the_jaccard_of_the_shingles():
    words = [f"w{n}" for n in range(400)]
    one, two = " ".join(words), " ".join(words[:300] + [f"x{n}" for n in range(100)])
    left, right = (set(shingles(text, 5)) for text in (one, two))
    true = len(left & right) / len(left | right)
    sketches = to_datasketch(fingerprint([one, two], num_perm=512))
    assert abs(sketches[0].jaccard(sketches[1]) - true) < 4 * (true * (1 - true) / 512) ** 0.5


def test_sketches_made_otherwise_are_refused():
    with pytest.raises(MismatchError, match="scheme 'legacy'"):
        from_datasketch([MinHash(16, scheme="legacy", hashfunc=hash_shingle)], 5)
    with pytest.raises(MismatchError, match="sha1"):
        from_datasketch([MinHash(16)], 5)
    mixed = [MinHash(16, seed=1, hashfunc=hash_shingle), MinHash(16, seed=2, hashfunc=hash_shingle)]
    with pytest.raises(MismatchError, match="different kinds"):
        from_datasketch(mixed, 5)


def test_settings_that_differ_are_named():
    made = fingerprint(["one two three four five"])
    made.check(dict(made.settings))
    with pytest.raises(MismatchError, match="seed: 1 here, 2 there"):
        made.check({**made.settings, "seed": 2})
    assert isinstance(made, Signatures)


def test_short_texts_have_no_signature():
    values = fingerprint(["one two three four", ""]).values
    assert (values == 0xFFFFFFFF).all()


def test_a_shingle_hash_is_spread_over_32_bits():
    values = np.array([hash_shingle(f"word{n} a b c d") for n in range(4000)], np.uint64)
    assert len(set(values.tolist())) >= 3998
    ones = [(values >> np.uint64(bit) & np.uint64(1)).mean() for bit in range(32)]
    assert min(ones) > 0.45 and max(ones) < 0.55


def test_texts_in_parts_have_the_fingerprints_that_they_have_together():
    """Also those that are brought to NFKC, and those with look-alike letters, wherever they stand."""
    generator = np.random.default_rng(3)
    texts = [" ".join(f"wörd{n}" for n in generator.integers(0, 90, size)) for size in (1, 40, 200, 9, 60, 120, 0)]
    texts[3] += " ﬁne ﬂoor"
    texts[5] += " the оrder of the dаy"
    classes = generator.choice(np.array([RARE, COMMON, STOP], np.uint8), 1 << CLASS_BITS)
    sketcher = Sketcher(5, 16, 1, bands=4, rows=2, window=16, classes=classes)
    whole = sketcher.sketch(pack(texts), 0, keep_signatures=True)
    parts = [sketcher.sketch(pack(texts[at : at + 2]), at, keep_signatures=True) for at in range(0, len(texts), 2)]
    joined = Sketch.joined(parts)
    for name in ("sizes", "words", "digests", "bands", "signatures", "normalised", "obfuscated"):
        assert getattr(joined, name).tolist() == getattr(whole, name).tolist(), name
    assert len(whole.normalised) and len(whole.obfuscated)
    for name in ("passages", "terms"):
        one, other = getattr(joined, name), getattr(whole, name)
        assert sorted(one.values.tolist()) == sorted(other.values.tolist()) and len(other.values)
        assert one.held.tolist() == other.held.tolist()
