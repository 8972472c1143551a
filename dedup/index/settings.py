"""What an index is made with: it is kept, and an index is opened with nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dedup.align.figures import FIGURES
from dedup.candidates import lsh
from dedup.config import Config
from dedup.errors import IndexFileError
from dedup.fingerprint.minhash import HASH, SCHEME
from dedup.storage.database import damaged
from dedup.text import words


def settings_of(config: Config, reference: str) -> dict[str, Any]:
    """What made the keys and edges of an index: with others its numbers mean nothing. `reference` is a digest."""
    marks, match = config.fingerprint, config.match
    bands, rows = lsh.bands_and_rows(match.threshold, marks.num_perm)
    return {
        "scheme": SCHEME, "hash": HASH, "tokeniser": words.VERSION, "ngram": marks.ngram, "num_perm": marks.num_perm,
        "seed": marks.seed, "bands": bands, "rows": rows, "threshold": match.threshold, "excerpts": match.excerpts,
        "containment": match.containment, "rewritten": match.rewritten, "stories": config.find.stories,
        "reference": reference, "figures": FIGURES,
    }  # fmt: skip


KEPT = {
    "fingerprint": ("ngram", "num_perm", "seed"),
    "match": ("threshold", "excerpts", "containment", "rewritten"),
    "find": ("stories",),
}
"""Those that an index keeps, by stage of the configuration."""


def stages_of(known: Mapping[str, Any], reference: str) -> dict[str, dict[str, Any]]:
    """Settings as an index keeps them and the file of its reference, as `Config.update` takes them."""
    stages: dict[str, dict[str, Any]] = {"find": {"reference": reference}}
    for stage, names in KEPT.items():
        stages.setdefault(stage, {}).update({name: known[name] for name in names if name in known})
    return stages


def check_settings(name: str, kept: str, own: Mapping[str, Any]) -> None:
    """Refuse other settings than those that an index of this name was made with. Raises IndexFileError."""
    try:
        known = dict(json.loads(kept))
    except ValueError:
        raise damaged("what it was made with") from None
    wrong = [f"{setting} {known.get(setting)!r} there, {value!r} here" for setting, value in own.items()
             if known.get(setting) != value]  # fmt: skip
    if known.get("tokeniser") != own["tokeniser"]:
        raise IndexFileError(
            f"{name}: made by another version of this program, which cuts texts into words in another way "
            f"(tokeniser {known.get('tokeniser')!r} there, {own['tokeniser']!r} here): what it keeps cannot be "
            "compared with texts of today. Make it anew from the texts that it holds: dedup index rebuild"
        )
    if wrong:
        raise IndexFileError(
            f"{name}: made with other settings: {'; '.join(wrong)}. Use those, or make it anew with these: "
            "dedup index rebuild"
        )
