"""datasketch 2 (Python and NumPy): `python -m benchmarks.peer_datasketch FILE OUT`.

xxhash in place of the default SHA-1, its generator for many sketches, its insertion session; what the index returns
is taken as it is, as its docs do.
"""

# The peer may be installed nowhere, or only in another environment.
# mypy: disable-error-code="import-not-found, import-untyped"

from __future__ import annotations

import sys

from benchmarks.peer import NUM_PERM, THRESHOLD, clusters, read, shingles, write


def main(source: str, target: str) -> None:
    import xxhash
    from datasketch import MinHash, MinHashLSH

    texts = read(source)
    encoded = ([shingle.encode() for shingle in shingles(text)] for text in texts)
    # the generator calls update_batch for each
    sketches = list(MinHash.generator(encoded, num_perm=NUM_PERM, hashfunc=xxhash.xxh32_intdigest))
    index = MinHashLSH(threshold=THRESHOLD, num_perm=NUM_PERM)
    with index.insertion_session() as session:
        for row, sketch in enumerate(sketches):
            session.insert(row, sketch)
    pairs = [(row, other) for row, sketch in enumerate(sketches) for other in index.query(sketch) if other > row]
    write(target, pairs, clusters(pairs), f"{index.b} bands of {index.r}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
