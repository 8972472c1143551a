"""Makes the manual pages when a wheel is built: they come from the commands, and are no part of the sources."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManualPages(BuildHookInterface):
    """Adds `share/man/man1` to a wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the pages, and have them installed."""
        if version != "standard":  # an editable install has no place for them
            return
        sys.path.insert(0, self.root)
        try:
            from dedup.cli import manual
        finally:
            sys.path.remove(self.root)
        self._folder = tempfile.TemporaryDirectory()
        for page in manual.write(Path(self._folder.name)):
            build_data["shared_data"][str(page)] = f"share/man/man1/{page.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove them again."""
        if version == "standard":
            self._folder.cleanup()
