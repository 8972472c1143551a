"""dedup: finds copies among texts, proves them on the texts, and reports them as clusters with their evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "Cluster", "Comparison", "Config", "Document", "Edge", "Index", "Phrasing", "Relation", "ScanResult", "compare",
    "scan", "score",
]  # fmt: skip

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.index.index import Index
    from dedup.model import Cluster, Comparison, Document, Edge, Phrasing, Relation, ScanResult
    from dedup.pipeline import compare, scan
    from dedup.pipeline.score import score

_HOMES = {
    "Config": "dedup.config", "Index": "dedup.index.index", "compare": "dedup.pipeline", "scan": "dedup.pipeline",
    "score": "dedup.pipeline.score",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load on first use: `import dedup` alone must not cost what numba costs."""
    if name not in __all__:
        raise AttributeError(f"module 'dedup' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES.get(name, "dedup.model")), name)


def __dir__() -> list[str]:
    """What there is, loaded or not."""
    return sorted([*__all__, "__version__", "__doc__", "__name__"])
