"""gaoya (Rust, all cores): `python -m benchmarks.peer_gaoya FILE OUT`.

Its own analyzer, band optimiser and check of candidates on the signatures, its bulk calls, as its docs have it; the
`vec` container, which they call faster than the default `set` where nothing is removed.
"""

# The peer may be installed nowhere, or only in another environment.
# mypy: disable-error-code="import-not-found, import-untyped"

from __future__ import annotations

import sys

from benchmarks.peer import NGRAM, NUM_PERM, THRESHOLD, clusters, read, write


def main(source: str, target: str) -> None:
    from gaoya.minhash import MinHashStringIndex

    texts = read(source)
    index = MinHashStringIndex(
        hash_size=32, jaccard_threshold=THRESHOLD, num_bands=None, band_size=None, num_hashes=NUM_PERM,
        analyzer="word", lowercase=True, ngram_range=(NGRAM, NGRAM), id_container="vec",
    )  # fmt: skip
    index.par_bulk_insert_docs(list(range(len(texts))), texts)
    pairs = [(row, other) for row, found in enumerate(index.par_bulk_query(texts)) for other in found if other > row]
    write(target, pairs, clusters(pairs), str(index))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
