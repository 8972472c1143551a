"""Where commands write: stdout, or a file that appears whole or not at all."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from dedup.model import Reject


def check_outputs(outputs: Iterable[Path | None]) -> None:
    """Raises OutputError for a file that cannot be written: better said before an hour's work than after."""
    from dedup.atomic import check_folder

    for path in outputs:
        if path:
            check_folder(path)


@contextmanager
def data_output(path: Path | None) -> Iterator[BinaryIO]:
    """Bytes to `path`, or to stdout. Raises OutputError."""
    from dedup.atomic import atomic

    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with atomic(path) as out:
            yield out


@contextmanager
def text_output(path: Path | None) -> Iterator[tuple[IO[str], bool | None]]:
    """Text to `path` or to stdout, and whether to colour it (None: if it is a terminal). Raises OutputError."""
    if path is None:
        yield sys.stdout, None
        return
    with data_output(path) as out:
        text = io.TextIOWrapper(out, encoding="utf-8", write_through=True)
        yield text, False
        text.detach()


def write_rejects(rejects: Sequence[Reject], path: Path) -> None:
    """The records that could not be read, as JSON lines."""
    import orjson

    from dedup.atomic import atomic
    from dedup.report.rows import reject_row

    with atomic(path) as out:
        for reject in rejects:
            row = reject_row(reject) | {"record": reject.record}
            out.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
