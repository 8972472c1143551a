"""Which files the given paths mean: single files, folders walked in order of names, standard input."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from pathlib import Path, PurePath
from typing import BinaryIO

from dedup.config import ReadConfig
from dedup.errors import InputError
from dedup.model import Reject
from dedup.read.ignore_files import NAME as IGNORE_FILE
from dedup.read.ignore_files import patterns
from dedup.read.skipped import BY_IGNORE_FILE, Skipped, kind_not_read
from dedup.read.sources import SUFFIXES

FORMATS = {
    ".txt": "text", ".text": "text", ".md": "text", ".markdown": "text",
    ".html": "html", ".htm": "html", ".xhtml": "html",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
    ".csv": "csv", ".tsv": "tsv", ".parquet": "parquet",
    ".docx": "docx", ".docm": "docx", ".odt": "odt", ".rtf": "rtf", ".epub": "epub", ".pdf": "pdf",
    ".eml": "eml", ".mht": "eml", ".mhtml": "eml", ".mbox": "mbox", ".warc": "warc", ".zip": "zip", ".tar": "tar",
}  # fmt: skip
ARCHIVES = frozenset(("zip", "tar"))
"""Formats whose members are read as files of their own kinds."""
_TARS = {".tgz": "gz", ".tbz": "bz2", ".tbz2": "bz2", ".txz": "xz", ".tzst": "zst"}
_SEEKING = frozenset(("parquet", "zip"))
"""Formats that are not read compressed once more."""
STDIN_NAME = "stdin"


@dataclass(slots=True)
class PathEntry:
    """One input, and what the first pass found out about it."""

    path: str | None
    """None for standard input."""
    name: str
    format: str
    """A value of `ReadConfig.input_format`; "auto" only for streams."""
    compression: str = ""
    size: int = 0
    """Bytes on disk when it was found."""
    stream: bool = False
    """Standard input, a pipe: can be read only once."""
    stamp: tuple[int, int] | None = None
    """Size and mtime_ns when it was opened first."""
    accepted: int = 0
    """Documents that came from it."""
    text_key: str = ""
    """The field that holds the text of the documents whose places are known."""
    header: bytes = b""
    """The first record of a CSV file as it stands."""
    failed: bool = False
    """It could not be opened."""
    spool: BinaryIO | None = None
    """The copy of a stream for the second pass."""


@dataclass(slots=True)
class FoundFiles:
    """What the paths lead to."""

    entries: list[PathEntry] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skipped: Skipped = field(default_factory=Skipped)
    """Files of folders that are not read."""
    old_file: int | None = None
    """Number of the first entry that the ones before are compared with."""


class Globs:
    """Patterns as in an ignore file: on the name, or on the path where they hold a slash; `name/` means folders."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._rules: list[tuple[re.Pattern[str], bool, bool]] = []
        for pattern in patterns:
            bare = pattern.rstrip("/")
            if bare.strip("/"):
                anchored = "/" in bare
                self._rules.append((re.compile(translate(bare.lstrip("/"))), not anchored, pattern.endswith("/")))

    def matches(self, path: str, folder: bool = False) -> bool:
        """Whether `path` (with forward slashes) is left out."""
        name = path.rpartition("/")[2]
        for rule, on_name, only_folders in self._rules:
            if folder or not only_folders:
                if on_name and rule.match(name):
                    return True
                if rule.match(path):
                    return True
        return False


def find(paths: Sequence[str | os.PathLike[str]], config: ReadConfig, base: Path | None = None) -> FoundFiles:
    """The inputs, in order. Names tell them apart: what stands in the only folder is called by its path from there;
    of several paths each is called as it was given, so that `rm` could take the name (files among files by their bare
    name where no other has it); with `base` all are called by their path from there, however they were spelled. Raises
    InputError if a path does not exist.
    """
    found = FoundFiles()
    exclude = Globs(config.exclude)
    walk = _Walk(found, exclude, config.input_format)
    given = [os.fspath(path) for path in paths]
    if given.count("-") > 1:
        raise InputError("standard input ('-') can be given only once")
    names = Counter(Path(path).name for path in given)
    folders = any(path != "-" and Path(path).is_dir() for path in given if "\0" not in path)
    for path in given:
        if path == "-":
            found.entries.append(PathEntry(None, STDIN_NAME, config.input_format, stream=True))
            continue
        try:
            status = Path(path).stat() if path else os.stat(path)  # noqa: PTH116 - Path("") would be the current folder
        except (OSError, ValueError) as error:
            raise InputError(_why_missing(path, error)) from error
        if stat.S_ISDIR(status.st_mode):
            walk.run(Path(path), from_base(path, base) if base else path if len(given) > 1 else "")
        elif exclude.matches(_posix(path)):
            found.skipped.add(_shown(path), "left out by --exclude")
        else:
            name = Path(path).name
            shown = name if names[name] == 1 and not folders else path
            if base and stat.S_ISREG(status.st_mode):
                shown = from_base(path, base)
            found.entries.append(_single(path, shown, status, config.input_format))
    return found


def with_old(
    found: FoundFiles, old: FoundFiles, paths: Sequence[str | os.PathLike[str]], against: Sequence[str |
    os.PathLike[str]]
) -> FoundFiles:  # fmt: skip
    """The inputs of a scan, followed by those that they are compared with. What is in both is compared with and not
    scanned; but a file that was named itself and merely lies in a folder of the others is scanned and compared with the
    rest of that folder. An old file has its whole path for a name where a new one is called the same. Raises InputError
    where nothing is left to scan, and for standard input in both.
    """
    named = _named_files(paths) - _named_files(against)
    rest = [entry for entry in old.entries if entry.stream or _identity(entry) not in named]
    if old.entries and not rest:  # the only text of its folder: a hook may well be called for it
        found.notes.extend(old.notes)
        return found
    old.entries = rest
    known = {_identity(entry): entry for entry in old.entries}
    if None in known and any(entry.path is None for entry in found.entries):
        raise InputError("standard input ('-') can be given only once")
    new = [entry for entry in found.entries if _identity(entry) not in known]
    both = [entry for entry in found.entries if _identity(entry) in known]
    notes = [*found.notes, *old.notes]
    if both and not new:
        raise InputError(f"{both[0].path}: is among what is compared with (--against), too; nothing is left to scan")
    if both:
        more = f" and {_files(len(both) - 1)} more" if len(both) > 1 else ""
        notes.append(f"{both[0].name}{more}: given with --against, so compared with and not scanned")
    names = {entry.name for entry in new}
    folders = len(against) == 1 and Path(against[0]).is_dir()
    for entry in old.entries:
        if entry.name in names or folders:
            entry.name = _shown(entry.path) if entry.path else entry.name
        if entry.name in names:
            entry.name = _shown(os.path.realpath(entry.path or ""))
    found.skipped.extend(old.skipped)
    return FoundFiles([*new, *old.entries], [*found.rejects, *old.rejects], notes, found.skipped, len(new))


def _named_files(paths: Sequence[str | os.PathLike[str]]) -> set[tuple[int, int] | str | None]:
    """The files among what was given, not those in folders."""
    entries = (PathEntry(os.fspath(path), "", "") for path in paths if os.fspath(path) != "-")
    return {_identity(entry) for entry in entries if not Path(entry.path or "").is_dir()}


def _identity(entry: PathEntry) -> tuple[int, int] | str | None:
    """What two names of one file have in common; None for standard input."""
    if entry.path is None:
        return None
    try:
        status = Path(entry.path).stat()
    except OSError:  # gone by now: the reader will say so
        return entry.path
    return status.st_dev, status.st_ino


def from_base(path: str, base: Path) -> str:
    """The one name of a file, whatever it was called: its path from `base`, or the whole one where it is outside. Links
    are followed: where one leads elsewhere tomorrow, what it leads to is something else.
    """
    whole = Path(os.path.realpath(path))
    try:
        return str(whole.relative_to(os.path.realpath(base)))
    except ValueError:
        return str(whole)


def format_of(name: str) -> tuple[str, str]:
    """Format and compression ("", "gz", …) by file name; the format is empty if unknown."""
    path = PurePath(name.lower())
    suffix = path.suffix
    if suffix in _TARS:
        return "tar", _TARS[suffix]
    if suffix not in SUFFIXES:
        return FORMATS.get(suffix, ""), ""
    known = FORMATS.get(PurePath(path.stem).suffix, "")
    return ("" if known in _SEEKING else known), suffix[1:]


def chosen_format(known: str, wanted: str) -> str:
    """The format of a file: `wanted` is for all, unless it is "auto", and for the members of an archive."""
    return known if wanted == "auto" or known in ARCHIVES else wanted


def _single(path: str, name: str, status: os.stat_result, wanted: str) -> PathEntry:
    """A file that was named. A pipe is looked at like standard input."""
    if stat.S_ISREG(status.st_mode):
        known, compression = format_of(path)
        chosen = chosen_format(known or "text", wanted)
        return PathEntry(path, _shown(name), chosen, "" if chosen == "parquet" else compression, status.st_size)
    if stat.S_ISFIFO(status.st_mode) or stat.S_ISCHR(status.st_mode):
        return PathEntry(path, _shown(name), wanted, stream=True)
    raise InputError(f"{path}: neither a file nor a folder")


class _Walk:
    """Goes through folders. Each folder and file is visited once, by whatever links it is reached."""

    def __init__(self, found: FoundFiles, exclude: Globs, wanted: str) -> None:
        self._found, self._exclude, self._wanted = found, exclude, wanted
        self._folders: set[tuple[int, int]] = set()
        self._files: set[tuple[int, int]] = set()
        self._others = self._again = self._left_out = 0
        self._prefix = ""

    def run(self, root: Path, called: str = "") -> None:
        """Add the files below `root`, by their path from there, behind what `root` itself is `called`."""
        self._others = self._again = self._left_out = 0
        self._prefix = "" if called in ("", ".") else str(Path(called) / "_")[:-1]
        stack = [self._folder(root, "", ())]
        while stack:  # a stack of our own: a folder may be nested deeper than Python's
            step = next(stack[-1], None)
            if step is None:
                stack.pop()
            else:
                stack.append(self._folder(*step))
        shown = _shown(str(root)).rstrip("/") + "/"
        if self._others:
            self._found.notes.append(f"skipped {_files(self._others)} of other kinds in {shown} (-v names them)")
        if self._again:
            self._found.notes.append(f"skipped {_files(self._again)} in {shown} that links lead to a second time")
        if self._left_out:
            what = "1 path" if self._left_out == 1 else f"{self._left_out:,} paths"
            self._found.notes.append(f"left out {what} in {shown} by {IGNORE_FILE} (-v names them)")

    def _folder(
        self, path: Path, relative: str, rules: tuple[tuple[int, Globs], ...]
    ) -> Iterator[tuple[Path, str, tuple[tuple[int, Globs], ...]]]:
        """Add the files of one folder; yields its folders where their turn comes."""
        try:
            status = path.stat()
            if (status.st_dev, status.st_ino) in self._folders:
                return
            self._folders.add((status.st_dev, status.st_ino))
            with os.scandir(path) as entries:
                names = sorted(entry.name for entry in entries)
        except OSError as error:
            shown = _shown(self._prefix + relative if relative else str(path))
            self._found.rejects.append(Reject(shown, None, f"cannot be read: {error.strerror}"))
            return
        if IGNORE_FILE in names:
            # A rule sees the path from its own folder on, so the length of what stands before it is kept.
            rules = (*rules, (len(relative) + 1 if relative else 0, self._ignored(path, relative)))
        for name in names:
            if name.startswith("."):
                self._skip(f"{relative}/{name}" if relative else name, "hidden")
                continue
            inner, below = path / name, f"{relative}/{name}" if relative else name
            try:
                status = inner.stat()
            except OSError as error:
                if reason := self._why_ignored(inner, below, rules, False):
                    self._skip(below, reason)
                elif not format_of(name)[0]:
                    self._skip(below, f"{kind_not_read(name)}, and cannot be read: {error.strerror}")
                else:
                    shown = _shown(self._prefix + below)
                    self._found.rejects.append(Reject(shown, None, f"cannot be read: {error.strerror}"))
                continue
            folder = stat.S_ISDIR(status.st_mode)
            if reason := self._why_ignored(inner, below, rules, folder):
                self._skip(below + "/" * folder, reason)
                continue
            if folder:
                yield inner, below, rules
            else:
                self._file(inner, below, name, status)

    def _file(self, path: Path, relative: str, name: str, status: os.stat_result) -> None:
        regular = stat.S_ISREG(status.st_mode)
        if not regular or not format_of(name)[0]:
            self._others += 1
            self._skip(relative, kind_not_read(name) if regular else "neither a file nor a folder")
            return
        key = (status.st_dev, status.st_ino)
        if key in self._files:
            self._again += 1
            self._skip(relative, "a link leads to a file that is read under another name")
            return
        self._files.add(key)
        known, compression = format_of(name)
        chosen = chosen_format(known, self._wanted)
        compression = "" if chosen == "parquet" else compression
        shown = _shown(self._prefix + relative)
        self._found.entries.append(PathEntry(str(path), shown, chosen, compression, status.st_size))

    def _ignored(self, path: Path, relative: str) -> Globs:
        """What the ignore file of a folder leaves out. Raises InputError."""
        name = f"{relative}/{IGNORE_FILE}" if relative else IGNORE_FILE
        return Globs(patterns(path / IGNORE_FILE, _shown(self._prefix + name)))

    def _skip(self, relative: str, reason: str) -> None:
        self._left_out += reason == BY_IGNORE_FILE
        self._found.skipped.add(_shown(self._prefix + relative), reason)

    def _why_ignored(self, path: Path, relative: str, rules: tuple[tuple[int, Globs], ...], folder: bool) -> str:
        """Which rule leaves it out; empty if none does."""
        if self._exclude.matches(_posix(relative), folder) or self._exclude.matches(_posix(str(path)), folder):
            return "left out by --exclude"
        if any(globs.matches(_posix(relative[start:]), folder) for start, globs in rules):
            return BY_IGNORE_FILE
        return ""


def _why_missing(path: str, error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and not isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"{_shown(path)}: {error.strerror}"
    return f"{_shown(path)}: no such file or folder"


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _posix(path: str) -> str:
    return path.replace(os.sep, "/") if os.sep != "/" else path


def _shown(path: str) -> str:
    """A path that can be written out: bytes that are no UTF-8 become escapes."""
    return _posix(path) if path.isascii() else _posix(os.fsencode(path).decode("utf-8", "backslashreplace"))
