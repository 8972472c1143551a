"""What all stages of a run have in common: settings that travel to other processes, and what is made of them there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dedup.config import Config
from dedup.errors import SettingError
from dedup.fingerprint.minhash import HASH, SCHEME, Sketcher
from dedup.model import Relation
from dedup.pipeline import pairwise, selection
from dedup.pipeline.score import scorer_of
from dedup.text.words import VERSION

if TYPE_CHECKING:
    from dedup.phrasing.scoring.scorer import Scorer

STAGES_VERSION = 1
"""Counts up when what a stage leaves on disk changes."""
LARGE = {"find": {"stories": False, "fact_limit": 0}}
"""Stories and facts of groups look at more than a pair, and at 5,000 documents at most: no engine looks for them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings of a run. Can be pickled and hashed; what is heavy is made of it once in each process."""

    config: Config

    @staticmethod
    def of(config: Config) -> Plan:
        """The plan for some settings, which are taken as pairwise. Raises SettingError for what no engine can do."""
        untied = selection.relations(config.output.drop) & {Relation.FORM, Relation.SAME_STORY}
        if untied:
            names = ", ".join(sorted(relation.value for relation in untied))
            raise SettingError("output", "drop", f"{names}: only a scan in memory drops these (--engine memory)")
        if config.output.decisions:
            raise SettingError("output", "decisions", "only a scan in memory honours decisions (--engine memory)")
        return Plan(config.update({"match": {"pairwise": True}, **LARGE}))

    def identity(self) -> dict[str, str]:
        """What must be the same when a run is gone on with, by the names that people know it by."""
        sections = {name: values for name, values in self.config.as_dict().items() if name != "run"}
        found = {f"{name}.{key}": repr(value) for name, values in sections.items() for key, value in values.items()}
        found["the version of dedup"] = f"words {VERSION}, {SCHEME}, {HASH}, stages {STAGES_VERSION}"
        found["the reference"] = pairwise.reference_of(self.config).header.digest
        for name in self.config.find.phrases:
            found[f"the list {name}"] = sha256(Path(name).read_bytes()).hexdigest()
        return found


@lru_cache(maxsize=2)
def sketcher(plan: Plan) -> Sketcher:
    """What fingerprints documents."""
    return pairwise.sketcher(plan.config)


@lru_cache(maxsize=2)
def scorer(plan: Plan) -> Scorer:
    """What judges wording. Raises ReferenceFileError."""
    phrases: Any = None
    if plan.config.find.phrases:
        from dedup.phrasing.lists.phrases import Phrases

        phrases = Phrases.load([Path(name) for name in plan.config.find.phrases])
    return scorer_of(pairwise.reference_of(plan.config), phrases)
