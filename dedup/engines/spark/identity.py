"""By what two machines know that they would judge alike."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

from dedup import __version__

PACKAGE = Path(__file__).resolve().parents[2]


def compile_once(kind: str) -> None:
    """Make the machine code for a kind of run (see `runtime.machine_code`), if it is not there; of the processes of one
    machine that ask at once one makes it, and the others wait.
    """
    from dedup.runtime.machine_code import compile_all, missing

    with Path(tempfile.gettempdir(), f"dedup-{os.getuid()}-{sources()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = missing(kind)
        if wanted:
            compile_all(wanted, lambda kernel: None)


def identity(reference: str) -> dict[str, str]:
    """Version and digest of the package, versions of what computes, and digest of the reference in the file
    `reference` (empty: the one in the package). Raises ReferenceFileError.
    """
    from dedup.pipeline.score import open_reference

    held = open_reference(Path(reference) if reference else None)
    return {
        "package": f"{__version__} ({sources()})",
        "numbers": ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba")),
        "reference": held.header.digest,
    }


@cache
def sources() -> str:
    """Sixteen hex digits that change with any module of the package."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
