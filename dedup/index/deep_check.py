"""Everything that is stored of documents, held against their texts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dedup.candidates.postings import Entries
from dedup.index.documents import COLUMNS, DocumentRow
from dedup.index.postings.levels import QUOTES
from dedup.index.services import IndexServices
from dedup.storage import compression

PAGE = 1000
"""Documents that are looked at together."""
_ODD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(slots=True)
class _Findings:
    """Ids of documents, by what is wrong with them."""

    texts: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)


def check_texts(context: IndexServices) -> list[tuple[str, list[str]]]:
    """Read every text, and make anew what is kept of it: what is wrong, with the documents concerned."""
    found, after = _Findings(), -1
    sums = np.zeros((QUOTES + 1, 2), np.uint64)
    sql = f"SELECT {COLUMNS} FROM documents WHERE number > ? ORDER BY number LIMIT ?"
    while rows := context.database.query(sql, (after, PAGE)):
        entries = [DocumentRow(*row) for row in rows]
        after = entries[-1].number
        _check_page(context, entries, found, sums)
    told = [
        ("texts that are damaged", found.texts),
        ("texts without a checksum, which cannot be checked", found.unsure),
        ("documents whose size, words or digest are not those of their text", found.columns),
        ("documents whose signature is not that of their text", found.signatures),
    ]
    if not found.texts:  # the keys of a text that is lost cannot be known
        told += [
            (f"keys that are not those of the texts (kind {kind})", ["all"])
            for kind in range(QUOTES + 1)
            if not (_sums(context.keys.everything(kind)) == sums[kind]).all()
        ]
    return [(what, names) for what, names in told if names]


def _check_page(context: IndexServices, entries: list[DocumentRow], found: _Findings, sums: NDArray[np.uint64]) -> None:
    lost: list[int] = []
    texts = compression.read(context.database, [entry.number for entry in entries], lost)
    found.texts += [entry.id for entry in entries if entry.number not in texts]
    entries = [entry for entry in entries if entry.number in texts]
    if not entries:
        return
    stored = context.database.select_in(
        "SELECT number, signature, checksum FROM bodies WHERE {in_clause}",
        "number",
        [entry.number for entry in entries],
    )
    kept = {number: (signature, known) for number, signature, known in stored}
    sketch, _ = context.matcher.sketch([texts[entry.number] for entry in entries])
    signatures = np.ascontiguousarray(sketch.signatures, "<u4")
    digests = sketch.digests.view(np.int64).tolist()
    for at, entry in enumerate(entries):
        signature, known = kept[entry.number]
        if known is None:
            found.unsure.append(entry.id)
        if signature != signatures[at].tobytes():
            found.signatures.append(entry.id)
        is_now = (len(texts[entry.number]), int(sketch.words[at]), digests[at])
        if (entry.size, entry.words, entry.digest) != is_now:
            found.columns.append(entry.id)
    own = [entry for entry in entries if entry.number == entry.founder]
    numbers = np.array([entry.number for entry in own], np.int64)
    if own:
        for kind, keys in enumerate(context.keys_of([texts[entry.number] for entry in own])):
            sums[kind] += _sums([keys.entries(numbers)])


def _sums(parts: Iterable[Entries]) -> NDArray[np.uint64]:
    """(2,) how many postings, and a sum over them that tells whether they are the same in whatever order."""
    found = np.zeros(2, np.uint64)
    for entries in parts:
        mixed: Entries = entries * _ODD
        mixed ^= mixed >> np.uint64(29)
        mixed *= _ODD
        found += np.array([len(entries), mixed.sum(dtype=np.uint64)], np.uint64)
    return found
