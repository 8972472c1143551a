"""Helpers for the tests of reading."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dedup.config import ReadConfig
from dedup.read import Kept, Reader


@dataclass
class Got:
    """All that came out of a reader, in plain lists."""

    reader: Reader
    texts: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    dates: list[int] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    @property
    def reasons(self) -> list[str]:
        return [reject.reason for reject in self.reader.rejects]


def read_all(*paths: Path | str, stdin: bytes | None = None, replay: bool = False, **settings: Any) -> Got:
    stream = None if stdin is None else io.BytesIO(stdin)
    reader = Reader(
        [str(path) for path in paths] or ["-"], ReadConfig(**settings), stdin=stream, kept=Kept(replay=replay)
    )
    got = Got(reader)
    for batch in reader.batches():
        lengths = {len(batch.texts), len(batch.ids), len(batch.files), len(batch.lines), len(batch.dates)}
        assert lengths == {len(batch.sources)}
        got.texts += batch.texts
        got.ids += batch.ids
        got.files += [reader.file_names[number] for number in batch.files]
        got.lines += batch.lines
        got.dates += batch.dates
        got.sources += batch.sources
        got.sizes.append(len(batch))
    return got


Put = Callable[[str, bytes | str], Path]

ADVICE = "; in another encoding? --encoding cp1252"
"""What follows the first reject of a file for a byte that is not UTF-8."""
