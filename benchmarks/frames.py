"""Frames, written for this project, and facts to fill them in with: documents that are alike and no copies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

TIMES = 12
"""How often each frame is filled in."""


def filled(rng: Random) -> Iterator[tuple[str, int, str]]:
    """(frame, number, text) of each frame of `frames.json` filled in TIMES times."""
    given = json.loads(Path(__file__).with_name("frames.json").read_text(encoding="utf-8"))
    for kind, frame in given["frames"].items():
        drawn = {name: rng.sample(words, len(words)) for name, words in given["facts"].items()}
        for number in range(TIMES):
            facts = {name: words[number % len(words)] for name, words in drawn.items()}
            yield kind, number, frame.format(**facts, **{name: rng.randrange(3, 97) for name in "abcde"})
