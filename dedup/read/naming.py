"""Names that hold for longer than one run: what a document is called in an index."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Protocol

from dedup.model import Batch

_DIGEST_BYTES = 12
"""So many that two texts of one name cannot be found."""
_NAMELESS = re.compile(r":text-[0-9a-f]{24}(#\d+)?$")


class _Inputs(Protocol):
    """What a name needs to know of the reader."""

    @property
    def file_names(self) -> list[str]: ...
    @property
    def stream_names(self) -> set[str]: ...


def lasting(batches: Iterable[Batch], inputs: _Inputs) -> Iterator[Batch]:
    """The same batches, where what has no id of its own is called by its text and no longer by its line, and all say
    where they came from. Line 7 is another record tomorrow, and standard input another text: under one name the one
    would take the place of the other.
    """
    seen: Counter[str] = Counter()
    streams, last = inputs.stream_names, -1
    for batch in batches:
        for at, (name, file, line) in enumerate(zip(batch.ids, batch.files, batch.lines, strict=True)):
            source = inputs.file_names[file]
            if file != last:
                last = file
                seen.clear()
            if (nameless := _without_own(name, source, line, source in streams)) is not None:
                found = content_name(nameless, batch.texts[at])
                seen[found] += 1
                batch.ids[at] = f"{found}#{seen[found]}" if seen[found] > 1 else found
        # A stream is no place: what comes from there may be the new state of anything.
        names = ["" if name in streams else name for name in inputs.file_names]
        batch.origins = [names[file] for file in batch.files]
        yield batch


def _without_own(name: str, source: str, line: int, stream: bool) -> str | None:
    """What a record without a name of its own stands in: the input, or a file in that archive; None if it has one."""
    if not line:
        return source if stream and name == source else None
    for end in (f":{line}", f"#{line}"):  # a line or row, a message of a mailbox or archive
        inside = name[: -len(end)]
        if name.endswith(end) and (inside == source or inside.startswith(f"{source}/")):
            return inside
    return None


def content_name(source: str, text: str) -> str:
    """What a text without a name of its own is called, by the input that it came from."""
    return f"{source}:text-{blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()}"


def shown_name(name: str, line: int) -> str:
    """The same as a person finds it in the input: by its line."""
    return _NAMELESS.sub(f":{line}" if line else "", name)
