"""rensa (Rust): `python -m benchmarks.peer_rensa FILE OUT`.

R-MinHash over shingle lists made in Python, which is the input it takes; LSH in its bulk calls, candidates checked
with its own `is_similar`, as its examples do. It wants a number of bands that divides the permutations; 32 bands
of 4 are what gaoya's optimiser picks for this threshold too.
"""

# The peer may be installed nowhere, or only in another environment.
# mypy: disable-error-code="import-not-found, import-untyped"

from __future__ import annotations

import sys

from benchmarks.peer import NUM_PERM, THRESHOLD, clusters, read, shingles, write

BANDS = 32
SEED = 42


def main(source: str, target: str) -> None:
    from rensa import RMinHash, RMinHashLSH

    texts = read(source)
    sketches = RMinHash.from_token_sets(map(shingles, texts), num_perm=NUM_PERM, seed=SEED)
    index = RMinHashLSH(threshold=THRESHOLD, num_perm=NUM_PERM, num_bands=BANDS)
    index.insert_many(sketches)
    candidates = ((row, other) for row, found in enumerate(index.query_all(sketches)) for other in found if other > row)
    pairs = [(a, b) for a, b in candidates if index.is_similar(sketches[a], sketches[b])]
    write(target, pairs, clusters(pairs), f"{BANDS} bands of {NUM_PERM // BANDS}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
