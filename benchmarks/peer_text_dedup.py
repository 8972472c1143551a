"""text-dedup (Python, one process a core): `python -m benchmarks.peer_text_dedup FILE OUT`.

Its own `minhash` command on the local file, with this benchmark's shingle size, permutations and threshold, and its
faster hash. It reports clusters, unverified; their pairs are all pairs within them. Its caches are in a temporary
folder, so that each run begins cold, and the Hugging Face hub is switched off.
"""

# The peer may be installed nowhere, or only in another environment.
# mypy: disable-error-code="import-not-found, import-untyped"

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.peer import NGRAM, NUM_PERM, THRESHOLD, pairs_of, write


def main(source: str, target: str) -> None:
    with tempfile.TemporaryDirectory(dir=Path(target).parent) as folder:
        os.environ.update(HF_HUB_OFFLINE="1", HF_HOME=folder)  # read when `datasets` is imported
        from text_dedup import minhash

        minhash.main(
            [
                "--path", "json", "--data_files", source, "--split", "train", "--cache_dir", f"{folder}/cache",
                "--output", f"{folder}/out", "--column", "text", "--ngram", str(NGRAM), "--num_perm", str(NUM_PERM),
                "--threshold", str(THRESHOLD), "--hash_func", "xxh3",
            ],
            standalone_mode=False,
        )  # fmt: skip
        groups: dict[int, list[int]] = {}
        for row in list(minhash.uf.parent):
            groups.setdefault(minhash.uf.find(row), []).append(row)
    found = [rows for rows in groups.values() if len(rows) > 1]
    write(target, pairs_of(found), found, "its own optimiser")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
