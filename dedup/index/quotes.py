"""Direct quotes of documents: the keys that they are looked up by, and who else quotes the same."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

import numpy as np

from dedup.candidates.postings import DocumentKeys
from dedup.columns import pack
from dedup.fingerprint.minhash import Sketcher
from dedup.index.postings.levels import QUOTES
from dedup.index.postings.store import PostingStore
from dedup.text.quotes import find_quotes

LEAST_WORDS = 8
"""Words of a quote from which it is kept: shorter ones are said by many."""
MOST = 100
"""Quotes of a document that are kept, the first ones."""
LONGEST = 2_000
"""Characters of a quote up to which it is kept: a longer one was not closed."""
SPEAKERS = 5
"""Documents that are told for a quote, the earliest that are known."""
_SKETCHER = Sketcher(ngram=1, num_perm=16, seed=1)


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quote of a text: its place in characters, end exclusive, and a hash of its words, as they are folded."""

    start: int
    end: int
    digest: int


def quotations(texts: Sequence[bytes]) -> list[list[Quotation]]:
    """The quotes of each UTF-8 text that are long enough to be known again."""
    owners, spans, said = [], [], []
    for owner, text in enumerate(texts):
        string = text.decode()
        long = (q for q in find_quotes(string) if not (q.short or q.level) and q.end - q.start <= LONGEST)
        for quote, _ in zip(long, range(MOST), strict=False):
            owners.append(owner)
            spans.append((quote.start, quote.end))
            said.append(string[quote.start : quote.end])
    found: list[list[Quotation]] = [[] for _ in texts]
    if said:
        sketch = _SKETCHER.sketch(pack(said))
        columns = (owners, spans, sketch.digests.tolist(), sketch.words.tolist())
        for owner, span, digest, words in zip(*columns, strict=True):
            if words >= LEAST_WORDS:
                found[owner].append(Quotation(*span, digest))
    return found


def quote_keys(texts: Sequence[bytes]) -> DocumentKeys:
    """The keys of their quotes."""
    quotes = quotations(texts)
    entries = [quote.digest >> 32 << 32 | owner for owner, those in enumerate(quotes) for quote in those]
    return DocumentKeys.of(np.array(entries, np.uint64), np.array([len(those) for those in quotes], np.int32))


def speakers(
    store: PostingStore, read: Callable[[int], bytes], text: bytes, own: Container[int]
) -> dict[Quotation, list[int]]:
    """Numbers of the documents that quote what a text quotes, for each quote of it that has some: founders other than
    `own`, verified on the texts that `read` gives.
    """
    found: dict[Quotation, list[int]] = {quote: [] for quote in quotations([text])[0]}
    runs = store.runs(QUOTES, np.unique(np.array([quote.digest >> 32 for quote in found], np.uint32)))
    told: dict[int, set[int]] = {}
    for quote, known in found.items():
        at = int(np.searchsorted(runs.keys, quote.digest >> 32))
        for number in runs.numbers[runs.ends[at] : runs.ends[at + 1]].tolist():
            if number in own or len(known) == SPEAKERS:
                continue
            if number not in told:
                told[number] = {other.digest for other in quotations([read(number)])[0]}
            if quote.digest in told[number]:
                known.append(number)
    return {quote: known for quote, known in found.items() if known}
