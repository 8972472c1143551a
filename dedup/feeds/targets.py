"""Where cleaned feeds may be written: never over a file that is somebody's data, the index, or another output."""

from __future__ import annotations

from pathlib import Path

from dedup.errors import OutputError
from dedup.feeds.publish import QUARANTINE_FILE, Targets, is_one_of
from dedup.feeds.state import State

_OURS = (b"<generator>dedup</generator>", b'{"version": "https://jsonfeed.org/version/1.1", "title": "All feeds"')
"""What a feed of ours has at its beginning."""
_HEAD = 4_096
_OF_THE_INDEX = ("", "-wal", "-shm", "-journal", ".feeds.lock")
"""Ends of names of files that belong to an index."""


def check_targets(targets: Targets, index: str | Path, config_file: Path | None) -> None:
    """Raises OutputError for outputs that are an input, or that stand where a file of others is."""
    folder, merged = targets.folder, targets.merged
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: cleaned feeds go to a folder, and this is none")
    used = [Path(f"{index}{end}") for end in _OF_THE_INDEX]
    if config_file is not None:
        used.append(config_file)
    outputs = [folder / QUARANTINE_FILE] + ([merged] if merged is not None else [])
    for path in outputs:
        if is_one_of(path, used):
            raise OutputError(f"{path}: is used by this run (index or settings), and would be overwritten")
        if path.is_dir():
            raise OutputError(f"{path}: is a folder")
        if not _is_ours(path):
            raise OutputError(f"{path}: is there already and is no feed that dedup wrote; it is left alone")
    if merged is not None and is_one_of(merged, [folder / QUARANTINE_FILE]):
        raise OutputError(f"{merged}: the feed of what was dropped is written there")


def check_names(targets: Targets, state: State) -> None:
    """Raises OutputError if the merged feed would take the place of a cleaned one."""
    merged = targets.merged
    if merged is None:
        return
    for feed in state.feeds():
        if feed.file and is_one_of(merged, [targets.folder / feed.file]):
            raise OutputError(f"{merged}: the cleaned feed of {feed.shown} is written there")


def _is_ours(path: Path) -> bool:
    """Whether nothing is lost when a file is written anew."""
    try:
        if not path.exists() or not path.is_file():
            return True
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error
    return not head.strip() or any(mark in head for mark in _OURS)
