"""What Spark forks its Pythons from, in a session of ours (`spark.python.daemon.module`): pyspark's own, that has
loaded what every one of them would load.

Nothing that starts a thread may be called here: forks of a process with threads may hang.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

PRELOADED = ("numpy", "pyarrow", "numba", "dedup.engines.spark.run")


def main() -> None:
    """Load, then serve as pyspark's own does."""
    for name in PRELOADED:
        with suppress(ImportError):  # what is missing is told by `workers.check_workers`
            import_module(name)
    from pyspark import daemon

    daemon.manager()


if __name__ == "__main__":
    main()
