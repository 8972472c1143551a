"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.text import naive

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

settings.register_profile("dedup", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("dedup")

if os.environ.get("NUMBA_DISABLE_JIT") == "1":
    # Kernels run as Python then; their seven LLVM steps have twins here.
    from dedup.runtime import simd

    for step in ("load8", "trailing_zeros", "classify", "hints", "same_places", "min_affine", "add_units", "table_key"):
        setattr(simd, step, getattr(naive, step))


def pytest_configure(config: pytest.Config) -> None:
    # Nobody's own settings file has a say in a test.
    os.environ["XDG_CONFIG_HOME"] = str(ROOT / "tests" / "none")
    if os.environ.get("NUMBA_DISABLE_JIT") == "1":
        # numpy warns of the overflow that hashing lives by (numpy.seterr would hold for one thread alone)
        config.addinivalue_line("filterwarnings", "ignore:overflow encountered:RuntimeWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes comes first: a process that begins it last would go on alone."""
    items.sort(key=lambda item: (item.path.name != "test_benchmarks.py", "spark" not in item.path.parts))


@pytest.fixture
def shared() -> Path:
    """The folder with other people's texts, which is not part of the project."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not here (other people's text, not part of the project)")
    return SHARED


@pytest.fixture
def seeds() -> Path:
    return ROOT / "seeds"
