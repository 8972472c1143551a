"""What Spark forks its Pythons from, in a session of ours (`spark.python.daemon.module`): pyspark's own, that has
loaded what every one of them would load.

Nothing that starts a thread may be called here: forks of a process with threads may hang.
"""

from __future__ import annotations

import gc
import sys
from contextlib import suppress
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path

PRELOADED = (
    "numpy", "pyarrow", "dedup.runtime.linker", "dedup.engines.spark.run", "dedup.engines.spark.identity",
    "dedup.runtime.machine_code", "pandas", "pyspark.worker",
)  # fmt: skip


def prepare() -> None:
    """Load it. A Python collects garbage after each task: of all this it would take longer (a tenth of a second, and a
    copy of the memory that it shares with the others) than most tasks do, so it is left out.
    """
    sys.path[:] = _unzipped(sys.path)
    for name in PRELOADED:
        with suppress(ImportError):  # what is missing is told by `workers.check_workers`
            import_module(name)
    gc.collect()
    gc.freeze()


def _unzipped(paths: list[str]) -> list[str]:
    """`paths` without pyspark's archives of itself, which are compiled whenever they are read, where the same pyspark
    is found without them.
    """
    others = [path for path in paths if not path.endswith(".zip")]
    found = PathFinder.find_spec("pyspark", others)
    if found is None or found.origin is None:
        return paths
    home = Path(found.origin).parent
    return [path for path in paths if path in others or home not in Path(path).parents]


def main() -> None:
    """Load, then serve as pyspark's own does."""
    prepare()
    from pyspark import daemon

    daemon.manager()


if __name__ == "__main__":
    main()
