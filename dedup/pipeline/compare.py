"""Two texts laid side by side: what they share, without a batch round them."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.config import Config, shows_settings
from dedup.facts import agreement
from dedup.model import RELATIONS, Comparison, Document
from dedup.pipeline.pair import EXACT, ONE, TWO, judge_texts
from dedup.read import text_or_type_error
from dedup.relations import relation, text_reuse
from dedup.relations.evidence import explain
from dedup.rewriting import condensed, detection
from dedup.text.tokens import tokenise


@shows_settings
def compare(
    a: str | Document, b: str | Document, config: Config | None = None, **changes: Any
) -> Comparison:  # fmt: skip
    """What two texts are to each other, by `config` and the settings laid over it: `compare(a, b, ngram=3)`.

    `relation` follows the rule of a scan, where one pair in a million is a copy; `copied` answers for two texts that
    somebody has reason to compare, and sees heavy revision that no relation is named for. Which side is the copy is
    not asked: that takes a batch to judge wording by. Raises TypeError for a text that is no string, ConfigError.
    """
    strings = [
        text_or_type_error(text.text if isinstance(text, Document) else text, f"compare takes two texts: the {name}")
        for name, text in (("first", a), ("second", b))
    ]
    settings = (config or Config()).replace(**changes)
    texts = [text.encode("utf-8", "replace") for text in strings]
    found = judge_texts(texts, settings)
    words, odds, _, stretch, summary = found.rewriting
    shown = detection.align(ONE, TWO, texts.__getitem__) if found.code == relation.REWRITTEN else None
    blocks = condensed.with_summary(words, stretch, found.aligned.of(0), shown.of(0) if shown else None)
    figures, exact = (shown or found.aligned).figures, found.code == EXACT
    copied = exact or found.code == relation.REWRITTEN
    # most numbers differ in their places: a frame filled in twice is no revision, whatever else the two share
    form = found.code in (relation.NONE, relation.FORM) and bool(agreement.is_form(found.aligned.figures)[0])
    if not copied and not form:
        revised = summary.stretch or odds >= detection.COMPARED
        copied = revised or text_reuse.is_reused(*map(tokenise, strings))
    passages, substitutions = explain(blocks, *texts)
    code = np.array([found.code], np.int8)
    return Comparison(
        None if found.code == relation.NONE else RELATIONS[found.code], copied,
        1.0 if exact else float(relation.similarity(figures, code)[0]),
        1.0 if exact else float(relation.closeness(figures)[0]),
        1.0 if exact else float(found.pairs.jaccard[0]), 1.0 if exact else float(found.pairs.containment[0]),
        passages, substitutions,
    )  # fmt: skip
