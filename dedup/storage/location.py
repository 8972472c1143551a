"""Where the index of a user is."""

from __future__ import annotations

from pathlib import Path

from dedup.errors import IndexFileError


def default_place() -> Path:
    """The file of this user's index, unless another one is named."""
    from platformdirs import user_state_path

    return user_state_path("dedup", appauthor=False) / "index.sqlite"


def make_folder(folder: Path) -> None:
    """Make the folder of an index. Raises IndexFileError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise IndexFileError(f"{folder}: the folder of the index cannot be made: {error.strerror}") from error
