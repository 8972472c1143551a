"""What a run of feeds keeps for the next one, beside what it keeps of each feed."""

from __future__ import annotations

import json
from collections.abc import Mapping

from dedup.feeds.listing_table import stored
from dedup.feeds.policy import Scope
from dedup.storage.database import Database

_TOGETHER = "feeds_together_dirty"
_LISTS, _LATE, _SCOPE = "feeds_lists", "feeds_late_pages", "feeds_scope"
_FOLDER, _FORGOTTEN = "feeds_folder", "feeds_forgotten"


class RunMemory:
    """What holds of all feeds together, by name. Writing is for a transaction of the caller's."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @property
    def combined_dirty(self) -> bool:
        """Whether the feeds that are made of all are not written yet."""
        return self.database.meta(_TOGETHER) == "1"

    @combined_dirty.setter
    def combined_dirty(self, value: bool) -> None:
        self.database.set_meta(_TOGETHER, str(int(value)))

    @property
    def folder(self) -> str:
        """Where the last run wrote the cleaned feeds, absolute; empty before the first one."""
        return self.database.meta(_FOLDER) or ""

    @folder.setter
    def folder(self, value: str) -> None:
        if value != self.folder:
            self.database.set_meta(_FOLDER, stored(value))

    @property
    def forgotten(self) -> int:
        """When a run last forgot what is old, seconds since 1970; 0 before the first time."""
        return int(self.database.meta(_FORGOTTEN) or 0)

    @forgotten.setter
    def forgotten(self, value: int) -> None:
        self.database.set_meta(_FORGOTTEN, str(value))

    @property
    def scope(self) -> Scope:
        """Within what an article is shown once, as the last run was told."""
        return Scope.FOLDER if self.database.meta(_SCOPE) == Scope.FOLDER else Scope.ALL

    @scope.setter
    def scope(self, value: Scope) -> None:
        """Another one makes all cleaned feeds others."""
        if value is not self.scope:
            self.database.set_meta(_SCOPE, value.value)
            self.database.execute("UPDATE feeds SET dirty = 1 WHERE kind <> ''")

    @property
    def late_pages(self) -> dict[int, dict[str, int]]:
        """Items whose pages did not come in time: by feed and key, in how many runs."""
        try:
            found = json.loads(self.database.meta(_LATE) or "{}")
            return {int(feed): {str(key): int(runs) for key, runs in keys.items()} for feed, keys in found.items()}
        except (ValueError, AttributeError, TypeError):
            return {}

    @late_pages.setter
    def late_pages(self, value: Mapping[int, Mapping[str, int]]) -> None:
        self.database.set_meta(_LATE, json.dumps({feed: dict(keys) for feed, keys in value.items() if keys}))

    @property
    def keeps_lists(self) -> bool:
        """Whether the files that were written are listed in their folders: older versions did not."""
        return self.database.meta(_LISTS) == "1"

    @keeps_lists.setter
    def keeps_lists(self, value: bool) -> None:
        if value is not self.keeps_lists:
            self.database.set_meta(_LISTS, str(int(value)))
