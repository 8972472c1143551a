"""datasketch 2's MinHashLSH on Redis: `python -m benchmarks.peer_redis FILE QUERIES PORT HOW`. Prints JSON.

The persistent path that its documentation describes: `storage_config` of type redis, an insertion session. HOW is
`documented` (the default hash, SHA-1, one `update` a shingle, as in its guides) or `fast` (xxhash, many sketches by its
generator). What a query returns is not verified, and no text is kept.
"""

# The peer may be installed nowhere, or only in another environment.
# mypy: disable-error-code="import-not-found, import-untyped"

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.peer import NUM_PERM, THRESHOLD, read, shingles


def main(source: str, queries: str, port: int, how: str) -> None:
    import xxhash
    from datasketch import MinHash, MinHashLSH

    def one(text: str) -> MinHash:
        sketch = MinHash(num_perm=NUM_PERM)
        for shingle in shingles(text):
            sketch.update(shingle.encode())
        return sketch

    def sketched(texts: list[str]) -> list[MinHash]:
        if how == "documented":
            return [one(text) for text in texts]
        encoded = ([shingle.encode() for shingle in shingles(text)] for text in texts)
        return list(MinHash.generator(encoded, num_perm=NUM_PERM, hashfunc=xxhash.xxh32_intdigest))

    texts, asked = read(source), json.loads(Path(queries).read_text())
    storage = {"type": "redis", "basename": how.encode(), "redis": {"host": "127.0.0.1", "port": port}}
    index = MinHashLSH(threshold=THRESHOLD, num_perm=NUM_PERM, storage_config=storage)
    begin = time.perf_counter()
    with index.insertion_session() as session:
        for row, sketch in enumerate(sketched(texts)):
            session.insert(f"d{row}", sketch)
    inserting = time.perf_counter() - begin
    took, found = [], 0
    for those in asked.values():
        for text in those:
            begin = time.perf_counter()
            found += len(index.query(sketched([text])[0])) > 0
            took.append((time.perf_counter() - begin) * 1e3)
    print(json.dumps({"documents": len(texts), "seconds": inserting, "ms": took, "found": found}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
