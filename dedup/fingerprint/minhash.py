"""From texts to MinHash signatures, band keys and passage keys.

A signature is bit for bit what `datasketch.MinHash(num_perm, seed, scheme="affine32", hashfunc=hash_shingle)` gives
for the text's shingles (`shingles`), so it can be handed to datasketch's indexes and stores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dedup.columns import pack
from dedup.errors import MismatchError
from dedup.fingerprint import kernels, pair_kernels
from dedup.fingerprint.rare_terms import NO_CLASSES, STOP_RUN
from dedup.model import Packed
from dedup.text import words
from dedup.text.arrays import NO_SPANS, as_arrays, normal_form, tables
from dedup.text.words import WordTexts

if TYPE_CHECKING:
    from datasketch import MinHash

_LOW = np.uint64(0xFFFFFFFF)
SCHEME = "affine32"
HASH = f"dedup-words-{words.VERSION}"
"""Name of the shingle hash; changes with `words.VERSION`."""
WINDOW = 16
"""Shingles in a winnowing window (a power of two): any passage of 2 * WINDOW + ngram words in a row that two texts
share gives them a passage key in common; about 0.12 keys are kept a word. Of verbatim excerpts of 30 words 86 % are
found, of 40 and more all (`python -m benchmarks excerpts`); with keys of three anchors it was 48 and 86 %, and with a
window of 32, which halves the keys, 0 and 26 %."""
PART_BITS = 6
"""Passage keys are kept in 2**PART_BITS ranges, of which one a thread is sorted at a time."""


@cache
def shingle_keys(ngram: int) -> NDArray[np.uint64]:
    """(ngram,) odd multipliers of the shingle hash: splitmix64 from 1 (Steele et al. 2014), a constant of `HASH`."""
    keys, state, bits = [], 1, (1 << 64) - 1
    for _ in range(ngram):
        state = (state + 0x9E3779B97F4A7C15) & bits
        value = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & bits
        value = ((value ^ value >> 27) * 0x94D049BB133111EB) & bits
        keys.append((value ^ value >> 31) | 1)
    return np.array(keys, np.uint64)


@cache
def permutations(num_perm: int, seed: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The factors `a` (odd) and offsets `b` that datasketch draws for scheme affine32: two (num_perm,) arrays.

    They are what `numpy.random.RandomState(seed)` gives: its generator (MT19937) is Python's, seeded in another way.
    To load NumPy's would take a hundred times as long as to draw them. Raises ValueError for a seed that it refuses.
    """
    if not 0 <= seed < 1 << 32:
        raise ValueError("a seed is a number of 32 bits")
    key = [seed]
    for place in range(1, 624):
        key.append((1812433253 * (key[-1] ^ key[-1] >> 30) + place) & 0xFFFFFFFF)
    generator = Random()  # noqa: S311 - no secret
    generator.setstate((3, (*key, 624), None))
    drawn = np.array([generator.getrandbits(32) for _ in range(2 * num_perm)], np.uint32)
    return drawn[:num_perm] << np.uint32(1) | np.uint32(1), drawn[num_perm:]


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of n texts that share one meaning, each packed key << 32 | row, in 2**PART_BITS ranges."""

    values: NDArray[np.uint64]
    cuts: NDArray[np.int64]
    """(2**PART_BITS + 1,) where each range begins and the last ends."""
    held: NDArray[np.int32]
    """(n,) number of keys of each text."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """Fingerprints of n texts that follow each other."""

    packed: Packed
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    words: NDArray[np.int32]
    digests: NDArray[np.uint64]
    """(n,) hash of the word sequence: exact copies share it."""
    bands: NDArray[np.uint32]
    """(bands, n) band keys; without meaning for texts of fewer than `ngram` words."""
    passages: Keys
    """Of stretches of the text: short texts that stand in longer ones share them."""
    terms: Keys
    """Of rare words and of the skeleton of common ones: rewritten copies share them."""
    signatures: NDArray[np.uint32]
    """(n, num_perm), or (1, num_perm) scratch when they were not asked for."""
    normalised: NDArray[np.int64]
    """Texts that were brought to NFKC before hashing."""
    obfuscated: NDArray[np.int64]
    """Texts that may hold look-alike letters or hidden characters."""

    @staticmethod
    def joined(parts: Sequence[Sketch]) -> Sketch:
        """That of all texts of `parts`, which follow each other, without the texts and without ranges of keys."""
        firsts = np.cumsum([0, *(len(part.sizes) for part in parts)])

        def keys(those: Sequence[Keys]) -> Keys:
            columns = zip(*((each.values, each.held) for each in those), strict=True)
            values, held = map(np.concatenate, columns)
            return Keys(values, np.zeros(0, np.int64), held)

        def numbers(those: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
            return np.concatenate([each + first for each, first in zip(those, firsts, strict=False)])

        names = ("sizes", "words", "digests", "signatures")
        columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        return Sketch(
            packed=Packed(b"", []), starts=np.zeros(0, np.int64), **columns,
            bands=np.concatenate([part.bands for part in parts], axis=1),
            passages=keys([part.passages for part in parts]), terms=keys([part.terms for part in parts]),
            normalised=numbers([part.normalised for part in parts]),
            obfuscated=numbers([part.obfuscated for part in parts]),
        )  # fmt: skip

    def text(self, number: int) -> str:
        """One of the texts."""
        start = int(self.starts[number])
        return bytes(self.packed.buffer[start : start + int(self.sizes[number])]).decode()


@dataclass(frozen=True, slots=True)
class Sketcher:
    """Makes sketches for fixed settings; may be used by many threads at once."""

    ngram: int
    num_perm: int
    seed: int
    bands: int = 0
    rows: int = 0
    window: int = 0
    classes: NDArray[np.uint8] = field(default_factory=lambda: NO_CLASSES)
    """Of words, see `minhash.rare_terms`; empty where no term keys are wanted."""

    def sketch(self, texts: Packed, first_row: int = 0, keep_signatures: bool = False) -> Sketch:
        """Sketch `texts`, which are rows `first_row` and on of the corpus. Deterministic."""
        result = self._run(texts, first_row, keep_signatures)
        marked, odd = (np.flatnonzero(result.normalised & bit) for bit in (words.NEEDS_NFKC, words.OBFUSCATED))
        passages, terms = result.passages, result.terms
        if len(marked):
            passages, terms = self._mend(result, marked, first_row)
        return replace(result, passages=_ranges(passages), terms=_ranges(terms), normalised=marked, obfuscated=odd)

    def _run(self, texts: Packed, first_row: int, keep: bool) -> Sketch:
        buffer, starts, sizes = as_arrays(texts)
        count = len(sizes)
        counts, digests = np.zeros(count, np.int32), np.zeros(count, np.uint64)
        normalise, held = np.zeros(count, np.uint8), np.zeros((2, count), np.int32)
        signatures = np.full((count if keep else 1, self.num_perm), 0xFFFFFFFF, np.uint32)
        bands = np.zeros((self.bands, count), np.uint32)
        most = len(buffer) // 2  # no text has more words
        passages = np.empty(most if self.window else 0, np.uint64)
        terms = np.empty(2 * most if len(self.classes) else 0, np.uint64)
        filled, terms_filled = kernels.sketch(
            WordTexts(buffer, starts, sizes, *tables()), np.uint64(first_row), self._recipe(),
            kernels.Fingerprints(
                counts, digests, normalise, signatures, bands, passages, held[0], terms, held[1]
            ),
        )  # fmt: skip
        uncut = np.zeros(0, np.int64)
        return Sketch(
            texts, starts, sizes, counts, digests, bands, Keys(passages[: int(filled)], uncut, held[0]),
            Keys(terms[: int(terms_filled)], uncut, held[1]), signatures, normalise.astype(np.int64),
            uncut,
        )  # fmt: skip

    def _recipe(self) -> kernels.Recipe:
        a, b = permutations(self.num_perm, self.seed)
        return kernels.Recipe(
            np.uint64(self.ngram), shingle_keys(self.ngram), a, b, np.uint64(self.rows), np.uint64(self.window),
            self.classes, shingle_keys(STOP_RUN),
        )  # fmt: skip

    def _mend(self, result: Sketch, marked: NDArray[np.int64], first: int) -> tuple[Keys, Keys]:
        """Sketch the marked texts again in NFKC, in place; returns the keys of all texts."""
        keep = len(result.signatures) == len(result.sizes)
        again = self._run(pack([normal_form(result.text(row)) for row in marked.tolist()]), 0, keep)
        result.words[marked] = again.words
        result.digests[marked] = again.digests
        result.bands[:, marked] = again.bands
        if keep:
            result.signatures[marked] = again.signatures
        passages = _mended(result.passages, again.passages, marked, first)
        return passages, _mended(result.terms, again.terms, marked, first)


def _mended(keys: Keys, again: Keys, marked: NDArray[np.int64], first: int) -> Keys:
    """`keys` of rows from `first` on, those of the `marked` texts replaced by `again`."""
    keys.held[marked] = again.held
    stale = np.isin((keys.values & _LOW).astype(np.int64) - first, marked)
    moved = (marked[(again.values & _LOW).astype(np.int64)] + first).astype(np.uint64)
    return replace(keys, values=np.concatenate((keys.values[~stale], (again.values & ~_LOW) | moved)))


def _ranges(keys: Keys) -> Keys:
    """The same keys, put into their ranges."""
    cuts, values = np.zeros((1 << PART_BITS) + 1, np.int64), np.empty_like(keys.values)
    pair_kernels.spread(keys.values, np.uint64(PART_BITS), values, cuts)
    return Keys(values, cuts, keys.held)


def fold(text: str) -> str:
    """The words of `text` as the kernels see them, folded and joined by one space."""
    buffer, starts, sizes = as_arrays(pack([normal_form(text)]))
    out = np.empty(4 * int(sizes[0]) + 8, np.uint8)
    start = np.uint64(starts[0])
    filled = words.fold_words(buffer, start, start + np.uint64(sizes[0]), *tables(), out)
    return out[: int(filled)].tobytes().decode()


def shingles(text: str, ngram: int) -> list[str]:
    """The word n-grams of `text` in order, folded: what a signature is made of."""
    tokens = fold(text).split()
    return [" ".join(tokens[at : at + ngram]) for at in range(len(tokens) - ngram + 1)]


def hash_shingle(shingle: bytes | str) -> int:
    """32-bit hash of one shingle (folded words joined by a space): `hashfunc` for `datasketch.MinHash`."""
    buffer, starts, sizes = as_arrays(pack([shingle.decode() if isinstance(shingle, bytes) else shingle]))
    out = np.empty(int(sizes[0]) // 2 + 2, np.uint64)
    scratch = np.empty((2, int(sizes[0]) + 2), np.uint32)
    start = np.uint64(starts[0])
    end = start + np.uint64(sizes[0])
    count, _ = words.word_hashes(buffer, start, end, *tables(), scratch[0], scratch[1], out, NO_SPANS)
    total = int((out[: int(count)] * shingle_keys(int(count))).sum(dtype=np.uint64))
    return ((total ^ total >> 29) * 0xD6E8FEB86659FD93 & (1 << 64) - 1) >> 32


@dataclass(frozen=True, slots=True)
class Signatures:
    """MinHash signatures with the settings that made them, without which their values mean nothing."""

    values: NDArray[np.uint32]
    """(n, num_perm); all ones where a text has fewer than `ngram` words."""
    words: NDArray[np.int32]
    ngram: int
    seed: int
    scheme: str = SCHEME
    hash: str = HASH

    @property
    def settings(self) -> dict[str, Any]:
        """What must agree before two sets of signatures may be compared; store it beside them."""
        num_perm = self.values.shape[1]
        return {"scheme": self.scheme, "seed": self.seed, "hash": self.hash, "ngram": self.ngram, "num_perm": num_perm}

    def check(self, other: dict[str, Any]) -> None:
        """Raises MismatchError, naming each difference, unless `other` are these very settings."""
        wrong = [f"{k}: {v!r} here, {other.get(k)!r} there" for k, v in self.settings.items() if other.get(k) != v]
        if wrong:
            raise MismatchError("signatures do not compare: " + "; ".join(wrong))


def fingerprint(texts: Sequence[str], ngram: int = 5, num_perm: int = 128, seed: int = 1) -> Signatures:
    """Signatures of `texts`."""
    sketch = Sketcher(ngram, num_perm, seed).sketch(pack(texts), keep_signatures=True)
    values = sketch.signatures if len(texts) else sketch.signatures[:0]
    return Signatures(values, sketch.words, ngram, seed)


def to_datasketch(signatures: Signatures) -> list[MinHash]:
    """The signatures as datasketch objects, which share their permutations."""
    from datasketch import MinHash

    pair = np.array(permutations(signatures.values.shape[1], signatures.seed))
    return [
        MinHash(
            seed=signatures.seed, hashfunc=hash_shingle, hashvalues=row, permutations=pair, scheme=signatures.scheme
        )
        for row in signatures.values
    ]


def from_datasketch(sketches: Sequence[MinHash], ngram: int) -> Signatures:
    """Signatures from datasketch objects that were made with `hash_shingle`.

    Raises MismatchError when they were made otherwise, or not all alike.
    """
    if not sketches:
        raise MismatchError("no sketches given")
    kinds = {(s.scheme, s.seed, len(s.hashvalues), getattr(s.hashfunc, "__name__", "?")) for s in sketches}
    if len(kinds) > 1:
        raise MismatchError(f"sketches of different kinds: {sorted(kinds)}")
    scheme, seed, _, name = kinds.pop()
    if scheme != SCHEME or name != hash_shingle.__name__:
        raise MismatchError(f"sketches of scheme {scheme!r} and hash {name!r}; expected {SCHEME!r} and 'hash_shingle'")
    values = np.array([sketch.hashvalues for sketch in sketches], np.uint32)
    return Signatures(values, np.full(len(sketches), -1, np.int32), ngram, seed)
