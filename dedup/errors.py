"""Everything that dedup raises on purpose.

    DedupError                  a known failure: one line on the screen, exit code 2
    ├── ConfigError             a setting that cannot be (also a bad TOML file)
    │   └── SettingError        one setting, by section and name
    ├── InputError              an input that does not exist or cannot be read at all
    ├── OutputError             an output that cannot be written (folder missing, disk full)
    ├── StorageError            temporary storage failed (disk full, no such folder)
    ├── MismatchError           signatures of different settings put together
    ├── ReferenceFileError          a reference file that cannot be used
    ├── IndexFileError          an index that cannot be used: no index, of other settings, damaged, in use
    │   ├── NoIndexError        there is none at that place
    │   └── DamagedTextError    a text in it that is not what was stored
    ├── FeedError               a feed that cannot be fetched or read
    └── MissingExtraError       an optional package that this input or format needs

A single bad record is not an error: it becomes a `model.Reject` and the rest goes on.
"""

from __future__ import annotations


class DedupError(Exception):
    """Base of all errors that a caller can expect."""


class ConfigError(DedupError):
    """A setting that cannot be."""


class SettingError(ConfigError):
    """One setting that cannot be. Who knows where it was written says so with `at`."""

    def __init__(self, section: str, name: str, reason: str) -> None:
        super().__init__(f"{section}.{name}: {reason}")
        self.section, self.name, self.reason = section, name, reason

    def at(self, where: str) -> ConfigError:
        """The same, named as it was written: an option, or a line of a file."""
        return ConfigError(f"{where}: {self.reason}")


class InputError(DedupError):
    """An input that does not exist or cannot be read at all."""


class OutputError(DedupError):
    """An output that cannot be written."""


class StorageError(DedupError):
    """Temporary storage failed."""


class MismatchError(DedupError):
    """Signatures made with different settings do not compare."""


class ReferenceFileError(DedupError):
    """A reference file that cannot be used."""


class IndexFileError(DedupError):
    """An index that cannot be used."""


class NoIndexError(IndexFileError):
    """There is no index at that place."""


class DamagedTextError(IndexFileError):
    """A text in an index is not what was stored."""


class FeedError(DedupError):
    """A feed that cannot be fetched or read."""


class MissingExtraError(DedupError):
    """An optional package is missing; the message names the extra to install."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional package: pip install 'dedup-text[{extra}]'")
