"""Texts with look-alike letters or hidden characters: their flags."""

from __future__ import annotations

import numpy as np

from dedup.model import Flag, FlagKind, Span
from dedup.pipeline.documents import Documents
from dedup.text.obfuscation import obfuscation


def obfuscated(store: Documents) -> dict[int, Flag]:
    """The flags of all rows that are obfuscated."""
    found = ((row, flag_of(store.texts.read(row).decode())) for row in np.flatnonzero(store.odd).tolist())
    return {row: flag for row, flag in found if flag}


def flag_of(text: str) -> Flag | None:
    """What `text.obfuscation` finds, with the words that are meant."""
    found = obfuscation(text)
    if found is None:
        return None
    return Flag(FlagKind.OBFUSCATED, spans=tuple(Span(a, b, text[a:b], clean) for a, b, clean in found.places))
