"""Stage 1: what is known of each document by its own text, and the keys by which others are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import orjson
from numpy.typing import NDArray

from dedup.boilerplate.marks import scraper_marks, suspects
from dedup.candidates.postings import BANDS, ENOUGH, KINDS, PASSAGES, TERMS
from dedup.columns import pack_bytes
from dedup.engines.plan import Plan, sketcher
from dedup.engines.tables import FACTS, KEYS, MARKED, NORMALISED, ODD, SUSPECT, batch_of, numbers, schema_of, strings
from dedup.fingerprint.minhash import Sketch
from dedup.model import Flag, FlagKind, Packed, Span
from dedup.pipeline.obfuscated import flag_of
from dedup.report.rows import flag_row

if TYPE_CHECKING:
    import pyarrow as pa

LOW = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class TextPrints:
    """Of n documents that follow each other."""

    words: NDArray[np.int32]
    digest: NDArray[np.uint64]
    sizes: NDArray[np.int64]
    flags: NDArray[np.uint8]
    """(n,) see `tables`."""
    held: NDArray[np.int32]
    """(3, n) keys of each kind, repeats included; of bands 0 where a document is found by its passages."""
    keys: tuple[NDArray[np.uint64], ...]
    """Of each kind, packed key << 32 | row, in no order; repeats included."""
    marks: dict[int, list[dict[str, object]]]
    """Scraper marks and look-alike letters of some documents (place here), as rows of a report."""


def fingerprint_packed(texts: Packed, first: int, plan: Plan) -> TextPrints:
    """TextPrints of documents that are rows `first` and on; scraper marks are looked for where texts are aligned."""
    sketch = sketcher(plan).sketch(texts, first)
    aligned = plan.config.match.rewritten
    suspect = suspects(texts) if aligned else np.zeros(len(sketch.words), bool)
    flags = suspect.astype(np.uint8) * np.uint8(SUSPECT)
    flags[sketch.normalised] |= NORMALISED
    told: dict[int, list[dict[str, object]]] = {}
    for place in np.flatnonzero(suspect).tolist():
        text = sketch.text(place)
        spans = tuple(Span(mark.start, mark.end, text[mark.start : mark.end]) for mark in scraper_marks(text))
        if spans:
            flags[place] |= MARKED
            told[place] = [flag_row(Flag(FlagKind.SCRAPER_MARK, spans=spans))]
    for place in sketch.obfuscated.tolist():
        flag = flag_of(sketch.text(place))
        if flag:
            flags[place] |= ODD
            told.setdefault(place, []).append(flag_row(flag))
    keys, held = _keys(sketch, first, plan)
    return TextPrints(sketch.words, sketch.digests, sketch.sizes, flags, held, keys, told)


def _keys(sketch: Sketch, first: int, plan: Plan) -> tuple[tuple[NDArray[np.uint64], ...], NDArray[np.int32]]:
    """The keys of each kind of documents that have a shingle at all, and how many each holds."""
    count, ngram = len(sketch.words), plan.config.fingerprint.ngram
    alive = sketch.words >= ngram
    found = sketch.passages.held >= ENOUGH
    by_bands = np.flatnonzero(alive & ~found)
    rows = (by_bands + first).astype(np.uint64)
    bands = (sketch.bands[:, by_bands].astype(np.uint64) << np.uint64(32) | rows).ravel()
    others = []
    for keys in (sketch.passages, sketch.terms):
        which = alive[(keys.values & LOW).astype(np.int64) - first] if count else np.zeros(0, bool)
        others.append(keys.values if which.all() else keys.values[which])
    held = np.stack((np.where(found, 0, len(sketch.bands)), sketch.passages.held, sketch.terms.held)).astype(np.int32)
    return (bands, *others), held


def fingerprint(documents: pa.RecordBatch, plan: Plan) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """Facts (`tables.FACTS`) and keys (`tables.KEYS`) of documents (row, text), whose rows may be any."""
    rows = numbers(documents, "row", np.int64)
    buffer, starts, sizes = strings(documents.column(documents.schema.get_field_index("text")))
    view = memoryview(buffer)
    texts = [bytes(view[a : a + b]) for a, b in zip(starts.tolist(), sizes.tolist(), strict=True)]
    found = fingerprint_packed(pack_bytes(texts), 0, plan)
    marks = [orjson.dumps(found.marks[place]).decode() if place in found.marks else None for place in range(len(rows))]
    facts = {
        "row": rows, "digest": found.digest, "words": found.words, "size": found.sizes, "flags": found.flags,
        "passages": found.held[KINDS.index(PASSAGES)], "terms": found.held[KINDS.index(TERMS)], "marks": marks,
    }  # fmt: skip
    parts = []
    for kind in (KINDS.index(BANDS), KINDS.index(PASSAGES), KINDS.index(TERMS)):
        places = (found.keys[kind] & LOW).astype(np.int64)
        key = (found.keys[kind] >> np.uint64(32)).astype(np.int64)
        parts.append((np.full(len(key), kind, np.int8), key, rows[places], found.held[kind][places]))
    columns = dict(zip(KEYS, (np.concatenate(part) for part in zip(*parts, strict=True)), strict=True))
    return batch_of(facts, schema_of(**FACTS)), batch_of(columns, schema_of(**KEYS))
