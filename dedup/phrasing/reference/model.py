"""References: what clean text looks like, as a file that is read into memory, and what can be asked of it.

A file holds the words that stand in several texts (with their number, and how often they are capitalised), a table of
hashed pairs and triples of words with quantised counts, and for frequent words and two-word phrases those that stand
in the same contexts. Single words and common phrases can be read from it, but no text: n-grams that were seen once are
left out, and of the others 16 bits of a hash and a rough count are kept (`reference_kernels`).

Layout: MAGIC, format version, length of the header, digest of all that follows (BLAKE2b, 16 bytes), the header as JSON,
and the columns one after the other, each at a multiple of 64 bytes, little-endian. In files of format 2 some are
packed (`packing`).
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import struct
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from dedup.errors import ReferenceFileError
from dedup.phrasing.reference import kernels, packing
from dedup.phrasing.reference.kernels import WORDS
from dedup.phrasing.scoring import kinds
from dedup.text import words

SHIPPED = Path(__file__).with_name("english.ref")
MAGIC, FORMAT, PACKED = b"dedupref", 1, 2
"""What a file begins with, and its format: as it is in memory, or with packed columns."""
TOKENISER = f"dedup-words-{words.VERSION}"
"""How words were cut and hashed: tables of different ones cannot be put together."""
_PREFIX = struct.Struct("<8sII16s")
_ALIGN = 64
_NUMBERS, _NAMES = ("documents", "words", "vocabulary"), ("tokeniser", "made", "note")
"""What a header holds beside sources and sizes."""
EXACT, TOP = 16, 2.0**32
"""Counts up to EXACT are kept as they are, larger ones in steps of 8 % up to TOP."""
LEVELS = np.concatenate(
    [np.arange(EXACT + 1), EXACT * np.exp(np.arange(1, 256 - EXACT) * (np.log(TOP / EXACT) / (255 - EXACT)))]
)
"""(256,) count for each quantised value."""
LEAST_BITS = 14
"""Bits of a hash that say the bucket, at least: with a table whose n-grams are known to fewer bits none can be put
together (`merging`)."""
COLUMNS: Mapping[str, tuple[str, int]] = {
    "words": ("<u8", 1), "word_counts": ("<u4", 1), "word_texts": ("<u4", 1), "word_capitals": ("|u1", 1),
    "class_counts": ("<i8", 1), "letters": ("|u1", 1), "letter_ends": ("<u4", 1), "phrases": ("<u4", 2),
    "alike_of": ("<u4", 1), "alike": ("<u4", 2), "alike_closeness": ("|u1", 2),
    "offsets": ("<u4", 1), "remainders": ("<u2", 1), "counts": ("|u1", 1),
    "general_offsets": ("<u4", 1), "general_remainders": ("<u2", 1), "general_counts": ("|u1", 1),
}  # fmt: skip
"""Type and dimensions of each column; see `Reference`."""


def quantise(counts: NDArray[Any]) -> NDArray[np.uint8]:
    """(n,) the nearest value of LEVELS for each count."""
    middles = (LEVELS[1:] + LEVELS[:-1]) / 2
    return np.searchsorted(middles, counts, side="left").astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Check:
    """What came of trying a reference on text of its own, see `checking`."""

    pieces: int
    """Pieces of text that were tried."""
    threshold: float
    """Score that one in a hundred clean pieces reaches."""
    found: float
    """Share of the pieces with words replaced that are called mangled."""
    told: float
    """Share of the pairs of a piece and the same with words replaced of which the latter is taken for the worse."""
    net: str
    """Which weights judged."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a reference is made of."""

    version: int
    tokeniser: str
    documents: int
    words: int
    """Words that were counted."""
    made: str
    """ISO date, or empty."""
    sources: tuple[str, ...]
    note: str
    sizes: dict[str, int]
    """N-grams kept, by what they are."""
    vocabulary: int
    """Different words kept."""
    digest: str
    check: Check | None = None
    """None where it was never tried: in files of older versions, and in those that were not made of texts."""


@dataclass(frozen=True, slots=True)
class Table:
    """Hashed n-grams with quantised counts, as `kernels.look_up` takes them."""

    offsets: NDArray[np.uint32]
    """(2**k + 1,) where each bucket begins; the bucket is the upper k bits of the hash."""
    remainders: NDArray[np.uint16]
    """(n,) the next 16 bits, sorted in each bucket."""
    counts: NDArray[np.uint8]
    """(n,)"""

    @property
    def shift(self) -> np.uint64:
        """Bits below those that say the bucket."""
        return np.uint64(64 - self.bits)

    @property
    def bits(self) -> int:
        """Bits that say the bucket."""
        return (len(self.offsets) - 1).bit_length() - 1

    @property
    def keys(self) -> NDArray[np.uint64]:
        """(n,) hashes of the n-grams as far as they are known, sorted; 0 in the bits below."""
        sizes = self.offsets[1:] - self.offsets[:-1]
        buckets = np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes)
        return (buckets << kernels.REMAINDER | self.remainders) << (self.shift - kernels.REMAINDER)

    @staticmethod
    def of(keys: NDArray[np.uint64], counts: NDArray[Any], bits: int | None = None) -> Table:
        """A table of sorted, different `keys` (n,) with their counts; about twelve in a bucket."""
        if bits is None:
            bits = max(LEAST_BITS if len(keys) else 4, int(np.ceil(np.log2(max(len(keys), 1) / 12))))
        short = keys >> np.uint64(64 - bits - int(kernels.REMAINDER))
        first = np.flatnonzero(np.append(True, np.diff(short) > 0)) if len(short) else np.zeros(0, np.int64)
        quantised = quantise(counts)
        # two n-grams that fall together are taken for the more frequent
        kept = np.maximum.reduceat(quantised, first) if len(first) else quantised
        short = short[first]
        offsets = np.searchsorted(short >> kernels.REMAINDER, np.arange((1 << bits) + 1, dtype=np.uint64))
        return Table(offsets.astype(np.uint32), (short & np.uint64(0xFFFF)).astype(np.uint16), kept)


class Reference:
    """An open reference. Its columns are attributes; V words, P phrases, K alike ones.

    words (V,) hashes, sorted; word_counts (V,); word_texts (V,) texts that hold each; word_capitals (V,) share of its
    occurrences inside sentences that are capitalised, of 255; class_counts (8,) see `reference_kernels`; letters,
    letter_ends: the words; phrases (P, 2) ids of the words of each; alike_of (m,) sorted ids, of words or (from WORDS +
    V) phrases, and alike (m, K) the ids that stand in the same contexts, the closest first, 0 for none, with their
    closeness (cosine, of 255).
    """

    words: NDArray[np.uint64]
    word_counts: NDArray[np.uint32]
    word_texts: NDArray[np.uint32]
    word_capitals: NDArray[np.uint8]
    class_counts: NDArray[np.int64]
    letters: NDArray[np.uint8]
    letter_ends: NDArray[np.uint32]
    phrases: NDArray[np.uint32]
    alike_of: NDArray[np.uint32]
    alike: NDArray[np.uint32]
    alike_closeness: NDArray[np.uint8]
    ngrams: Table
    general: Table
    """Counts a milliard words of general English; empty in references that users make."""

    def __init__(self, buffer: Any, name: str) -> None:
        """Raises ReferenceFileError when `buffer` does not hold a whole reference of this version."""
        self.header, sections = _parse(buffer, name)
        for column, values in sections.items():
            setattr(self, column, values)
        self.ngrams = Table(sections["offsets"], sections["remainders"], sections["counts"])
        self.general = Table(*(sections[f"general_{part}"] for part in ("offsets", "remainders", "counts")))
        _check(self, name)

    @classmethod
    def open(cls, path: Path) -> Reference:
        """Read a file. Raises OSError, ReferenceFileError."""
        # Not mapped: whoever cuts or writes over the file meanwhile would end the process (SIGBUS), or change what was
        # checked. And writable, though nothing is written: the kernels know one kind of array alone.
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            buffer = np.empty(size, np.uint8)
            if file.readinto(buffer.data) != size:
                raise ReferenceFileError(f"{path}: damaged: cut short while it was read")
        if not size:
            raise ReferenceFileError(f"{path}: not a reference (empty)")
        return cls(buffer, str(path))

    @classmethod
    def shipped(cls) -> Reference:
        """The one in the package."""
        return _shipped()

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """All columns, as `write` takes them."""
        return {name: getattr(self, name) for name in COLUMNS}

    @cached_property
    def ids(self) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
        """Open-addressed table from hash to id, see `kernels.find_id`."""
        room = 1 << max(7, (2 * len(self.words)).bit_length())
        keys, ids = np.zeros(room, np.uint64), np.zeros(room, np.uint32)
        old = np.setdiff1d(kinds.old_hashes(), self.words) if len(self.words) else self.words
        numbers = np.arange(WORDS, WORDS + len(self.words), dtype=np.uint32)
        kernels.fill_ids(
            np.concatenate((self.words, old)), np.append(numbers, np.full(len(old), kinds.OLD, np.uint32)), keys, ids
        )
        return keys, ids

    @cached_property
    def phrase_ids(self) -> dict[tuple[int, int], int]:
        """Id of each phrase by the ids of its words."""
        first = WORDS + len(self.words)
        return {(one, two): first + number for number, (one, two) in enumerate(self.phrases.tolist())}

    @cached_property
    def codes(self) -> NDArray[np.uint64]:
        """(WORDS + V,) what n-grams are hashed over, by id."""
        return np.concatenate((np.arange(WORDS, dtype=np.uint64), self.words))

    @cached_property
    def frequencies(self) -> NDArray[np.float32]:
        """(WORDS + V,) occurrences by id, classes included."""
        return np.concatenate((self.class_counts, self.word_counts)).astype(np.float32)

    @cached_property
    def total(self) -> float:
        """All occurrences, marks included."""
        return float(self.frequencies.sum(dtype=np.float64))

    def word(self, number: int) -> str:
        """The letters of an id: of a word, or of a phrase."""
        if number >= WORDS + len(self.words):
            one, two = self.phrases[number - WORDS - len(self.words)].tolist()
            return f"{self.word(one)} {self.word(two)}"
        at = number - WORDS
        begin = int(self.letter_ends[at - 1]) if at else 0
        return self.letters[begin : int(self.letter_ends[at])].tobytes().decode("utf-8", "replace")

    def spelt(self) -> list[str]:
        """The letters of all words, each as `word` has it; phrases are left out."""
        parted = np.insert(self.letters, self.letter_ends.astype(np.int64), ord(" "))  # words hold none
        return parted.tobytes().decode("utf-8", "replace").split(" ")[: len(self.letter_ends)]


@cache
def _shipped() -> Reference:
    return Reference.open(SHIPPED)


def _parse(buffer: Any, name: str) -> tuple[Header, dict[str, NDArray[Any]]]:
    """Header and columns of a file, checked."""
    view = memoryview(buffer)
    if len(view) < _PREFIX.size or bytes(view[:8]) != MAGIC:
        raise ReferenceFileError(f"{name}: not a reference")
    _, version, length, digest = _PREFIX.unpack(view[: _PREFIX.size])
    if version not in (FORMAT, PACKED):
        raise ReferenceFileError(f"{name}: a reference of format {version}; this program reads formats up to {PACKED}")
    if hashlib.blake2b(view[_PREFIX.size :], digest_size=16).digest() != digest:
        raise ReferenceFileError(f"{name}: damaged: cut short or changed after it was written")
    try:
        head = json.loads(bytes(view[_PREFIX.size : _PREFIX.size + length]))
        header = _header(head, version, digest)
        sections = {column: _column(view, column, head["columns"][column]) for column in COLUMNS}
        if head["columns"][next(iter(COLUMNS))][0] != _PREFIX.size + length:
            raise ValueError("the length of its header")
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ReferenceFileError(f"{name}: not a whole reference ({error})") from error
    if header.tokeniser != TOKENISER:
        raise ReferenceFileError(
            f"{name}: its words were cut by {header.tokeniser!r}, this program cuts by {TOKENISER!r}: build it again"
        )
    return header, sections


def _header(head: Any, version: int, digest: bytes) -> Header:
    """The header of JSON, checked; raises ValueError."""
    if not isinstance(head, dict):
        raise ValueError("its header is no object")
    sources, sizes = head.get("sources"), head.get("sizes")
    right = {key: _number(head.get(key)) for key in _NUMBERS} | {key: _name(head.get(key)) for key in _NAMES}
    right["sources"] = isinstance(sources, list) and all(map(_name, sources))
    right["sizes"] = isinstance(sizes, dict) and all(map(_name, sizes)) and all(map(_number, sizes.values()))
    wrong = [key for key, fits in right.items() if not fits]
    if wrong:
        raise ValueError(f"its header says nothing of {', '.join(wrong)}")
    held = {key: head[key] for key in right} | {"sources": tuple(head["sources"]), "check": _checked(head.get("check"))}
    return Header(version=version, digest=digest.hex(), **held)


def _checked(held: Any) -> Check | None:
    """The check of a header, None where it has none that this version understands."""
    if not isinstance(held, dict) or {*held} != {field.name for field in fields(Check)}:
        return None
    shares = [held[name] for name in ("threshold", "found", "told")]
    right = all(isinstance(share, float | int) and 0 <= share <= 1.001 for share in shares)
    return Check(**held) if right and _number(held["pieces"]) and _name(held["net"]) else None


def _number(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 63


def _name(value: Any) -> bool:
    """Whether it is text that can be written again."""
    return isinstance(value, str) and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _column(view: memoryview, name: str, place: Any) -> NDArray[Any]:
    kind, dimensions = COLUMNS[name]
    offset, shape, *packed = place
    known = isinstance(shape, list) and len(shape) == dimensions and all(map(_number, [offset, *shape, *packed]))
    if not known or offset % _ALIGN or len(packed) > 1:
        raise ValueError(f"column {name}")
    if packed:
        part = view[offset : offset + packed[0]]
        values = packing.unpack(name, part, np.dtype(kind), math.prod(shape)).reshape(shape)
    else:
        values = np.frombuffer(view, np.dtype(kind), math.prod(shape), offset).reshape(shape)
    return values if sys.byteorder == "little" else values.astype(values.dtype.newbyteorder("="))


def _check(reference: Reference, name: str) -> None:
    """What the kernels trust: no index points outside. Raises ReferenceFileError."""
    words, phrases = len(reference.words), len(reference.phrases)
    units = WORDS + words + phrases
    lengths = {len(reference.word_counts), len(reference.word_texts), len(reference.word_capitals),
               len(reference.letter_ends)}  # fmt: skip
    right = (
        lengths == {words}
        and len(reference.class_counts) == WORDS
        and int(reference.class_counts.min()) >= 0
        and bool((reference.words[1:] > reference.words[:-1]).all())
        and reference.phrases.shape[1] == 2
        and reference.alike.shape == reference.alike_closeness.shape
        and len(reference.alike) == len(reference.alike_of)
        and _below(reference.phrases, WORDS + words, WORDS) and _below(reference.alike, units)
        and _below(reference.alike_of, units) and bool((np.diff(reference.alike_of.astype(np.int64)) > 0).all())
        and bool((np.diff(reference.letter_ends.astype(np.int64)) > 0).all())
        and (not words or int(reference.letter_ends[-1]) == len(reference.letters))
        and all(_sound(table) for table in (reference.ngrams, reference.general))
    )  # fmt: skip
    if not right:
        raise ReferenceFileError(f"{name}: its columns do not fit together")


def _below(values: NDArray[np.uint32], end: int, first: int = 0) -> bool:
    return not values.size or (int(values.max()) < end and int(values.min()) >= first)


def _sound(table: Table) -> bool:
    buckets = len(table.offsets) - 1
    return (
        buckets >= 16
        and buckets & (buckets - 1) == 0
        and int(table.offsets[0]) == 0
        and int(table.offsets[-1]) == len(table.remainders) == len(table.counts)
        and bool((np.diff(table.offsets.astype(np.int64)) >= 0).all())
    )


def write(header: Header, columns: Mapping[str, NDArray[Any]], out: BinaryIO, *, packed: bool = False) -> Header:
    """Write a reference, `packed` or as it is in memory; returns its header with the digest."""
    head = {key: value for key, value in asdict(header).items() if key not in ("version", "digest")}
    # the header holds where the columns stand, which depends on its length: it is padded to a multiple of 1 KB
    widest = [1 << 40, [1 << 40, 1 << 40], *([1 << 40] if packed else [])]
    plain = json.dumps(head | {"columns": dict.fromkeys(COLUMNS, widest)})
    length = -(-len(plain.encode()) // 1024) * 1024 - _PREFIX.size % _ALIGN
    places, body, at = {}, [], _PREFIX.size + length
    for name, (kind, _) in COLUMNS.items():
        values = np.ascontiguousarray(columns[name], np.dtype(kind))
        small = packing.pack(name, values) if packed else None
        data, gap = small or values.tobytes(), -at % _ALIGN
        places[name] = [at + gap, list(values.shape), *([len(data)] if small else [])]
        body += [b"\0" * gap, data]
        at += gap + len(data)
    encoded = json.dumps(head | {"columns": places}).encode().ljust(length)
    version, digest = PACKED if packed else FORMAT, hashlib.blake2b(b"".join([encoded, *body]), digest_size=16)
    out.write(_PREFIX.pack(MAGIC, version, length, digest.digest()))
    for part in (encoded, *body):
        out.write(part)
    return replace(header, version=version, digest=digest.hexdigest())
