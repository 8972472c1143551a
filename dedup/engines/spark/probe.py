"""What a worker is asked first: has it this package, in this version, and the reference.

The function travels by value (see `workers`): a worker without the package could not load it by name, and would answer
with a stack trace. So it imports everything itself, and names nothing of this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any


def probe(names: tuple[str, ...], reference: str, kind: str) -> Callable[[Iterable[Any]], Iterator[Any]]:
    """What tells of the worker that runs it, in columns `names`; `reference` is the file by which wording is judged,
    empty for the one in the package. Machine code for a `kind` of run is made, where it is not there.
    """

    def tell(batches: Iterable[Any]) -> Iterator[Any]:
        import gc
        import importlib
        import platform
        import sys

        import pyarrow

        for _ in batches:
            pass
        row = dict.fromkeys(names, "")
        row |= {"host": platform.node(), "python": f"{sys.executable} ({platform.python_version()})"}
        try:
            from dedup.engines.spark.identity import compile_once, identity

            row |= identity(reference)
            compile_once(kind)
            importlib.import_module("dedup.engines.spark.run")
            gc.freeze()  # as `daemon` does, where it is ours: else all this is looked through after each task
        except Exception as error:
            row["error"] = f"{type(error).__name__}: {error}"
        yield pyarrow.RecordBatch.from_pylist([row], pyarrow.schema([(name, pyarrow.string()) for name in names]))

    return tell
