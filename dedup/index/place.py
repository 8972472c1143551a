"""Where the index of a user is."""

from __future__ import annotations

from pathlib import Path


def default_place() -> Path:
    """The file of this user's index, unless another one is named."""
    from platformdirs import user_state_path

    return user_state_path("dedup", appauthor=False) / "index.sqlite"
