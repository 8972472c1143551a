"""What all peers share: read the file, join pairs to clusters, write both. Imports only what a peer has anyway."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import combinations

NGRAM = 5
NUM_PERM = 128
THRESHOLD = 0.7
_WORD = re.compile(r"\w+")
_LARGEST = 100
"""Members up to which a cluster without pairs is taken apart into all its pairs; a larger one gives a star."""


def read(path: str) -> list[str]:
    """The texts of a JSONL file, parsed as dedup parses it: by orjson, line by line."""
    import orjson

    with open(path, "rb") as lines:  # noqa: PTH123
        return [orjson.loads(line)["text"] for line in lines]


def shingles(text: str) -> list[str]:
    """Lower-cased word 5-grams, by the fastest pure-Python way known to us."""
    words = _WORD.findall(text.lower())
    return list(map(" ".join, zip(*(words[at:] for at in range(NGRAM)), strict=False)))


def clusters(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Connected components, by union-find."""
    parent: dict[int, int] = {}

    def find(row: int) -> int:
        while (above := parent.setdefault(row, row)) != row:
            parent[row] = row = parent.setdefault(above, above)
        return row

    for one, two in pairs:
        parent[find(one)] = find(two)
    found: dict[int, list[int]] = {}
    for row in parent:
        found.setdefault(find(row), []).append(row)
    return list(found.values())


def pairs_of(groups: Iterable[list[int]]) -> list[tuple[int, int]]:
    """All pairs within each cluster, for a tool that reports no pairs."""
    result: list[tuple[int, int]] = []
    for rows in groups:
        rows.sort()
        result += combinations(rows, 2) if len(rows) <= _LARGEST else ((rows[0], row) for row in rows[1:])
    return result


def write(path: str, pairs: list[tuple[int, int]], groups: list[list[int]], about: str) -> None:
    """The peer's result: pairs, clusters and the settings it chose for itself."""
    with open(path, "w", encoding="utf-8") as out:  # noqa: PTH123
        json.dump({"pairs": pairs, "clusters": groups, "about": about}, out)
