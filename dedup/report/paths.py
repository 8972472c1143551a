"""Paths of the files of a result, for `rm` and `xargs`."""

from __future__ import annotations

import os
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from dedup.errors import OutputError
from dedup.model import ScanResult


def write_paths(result: ScanResult, out: BinaryIO, which: str, *, null: bool) -> None:
    """The paths of documents that are dropped, kept, or copies, as they were opened: from the folder of the command.
    Each ends with a line feed, or NUL. Raises OutputError where a document is no file, or a path has lines.
    """
    corpus, files = result.corpus, {file.name: file for file in result.files}
    found = []
    for row in np.flatnonzero(_chosen(result, which)).tolist():
        name = corpus.file_names[corpus.files[row]]
        file = files.get(name)
        if file is None or not file.whole:
            raise OutputError(
                f"{name}: holds several documents, or was no file: --list names files (--write-kept and "
                "--write-dropped write records)"
            )
        if "\n" in file.path and not null:
            raise OutputError(f"{file.path!r}: has a line feed in its name: -0 ends paths with NUL")
        found.append(os.fsencode(file.path))
    out.write(b"".join(path + (b"\0" if null else b"\n") for path in found))


def _chosen(result: ScanResult, which: str) -> NDArray[np.bool_]:
    """(new,) the documents that were asked for."""
    kept = result.kept_rows[: result.new]
    if which != "copies":
        return kept if which == "kept" else ~kept
    copies = np.zeros(len(result.corpus), bool)
    for cluster in result.clusters:
        copies[list(cluster.members[1:])] = True
    return copies[: result.new]
