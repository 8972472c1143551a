"""Two texts laid side by side: what they share, without a batch round them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from dedup.align import overlap
from dedup.align.alignment import align
from dedup.align.rarity import Background
from dedup.config import Config, shows_settings
from dedup.facts import agreement
from dedup.fingerprint.minhash import fold
from dedup.model import RELATIONS, Comparison, Document, Relation
from dedup.read import text_or_type_error
from dedup.relations import relation, text_reuse
from dedup.relations.evidence import explain
from dedup.rewriting import condensed, detection
from dedup.text.arrays import normal_form
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
    match, ngram = settings.match, settings.fingerprint.ngram
    texts = [text.encode("utf-8", "replace") for text in strings]
    one, two = np.zeros(1, np.int64), np.ones(1, np.int64)
    sizes = np.array([len(text) for text in texts], np.int64)
    normalised = frozenset(row for row, text in enumerate(strings) if normal_form(text) != text)
    with ThreadPoolExecutor(1) as pool:
        pairs = overlap.overlaps(one, two, sizes, texts.__getitem__, normalised, ngram, pool)
        aligned = align(one, two, sizes, texts.__getitem__, pool, blocks=True)
        rarity = Background.none().weigh(one, two, np.arange(2), sizes, texts.__getitem__, pool)
    rule = relation.RelationRule(match.threshold, match.containment, match.excerpts)
    alike = rule.by_alignment(pairs, aligned.figures)
    code = int(rule.verdict(pairs, aligned.figures, rarity, alike)[0])
    least = detection.THRESHOLD if alike[0] == relation.NONE else detection.LOOK_ALIKE
    # most numbers differ in their places: a frame filled in twice is no revision, whatever else the two share
    form = code in (relation.NONE, relation.FORM) and bool(agreement.is_form(aligned.figures)[0])
    same = fold(strings[0]) == fold(strings[1]) != ""
    summary, odds, shown = condensed.condensed(*texts), detection.odds_of(*texts), None
    other = code in (relation.NONE, relation.FORM)
    if not same and other and (summary.whole or odds >= least):
        code, shown = relation.REWRITTEN, detection.align(one, two, texts.__getitem__)
    aligned = condensed.with_summaries(aligned, one, two, texts.__getitem__, shown)
    kind = Relation.EXACT if same else None if code < 0 else RELATIONS[code]
    revised = summary.stretch or odds >= detection.COMPARED
    passages, substitutions = explain(aligned.of(0), *texts)
    return Comparison(
        kind, same or code == relation.REWRITTEN or (not form and (revised or text_reuse.is_reused(*map(tokenise,
        strings)))), 1.0 if same else float(relation.similarity(aligned.figures, np.array([code], np.int8))[0]),
        1.0 if same else float(relation.closeness(aligned.figures)[0]),
        1.0 if same else float(pairs.jaccard[0]), 1.0 if same else float(pairs.containment[0]), passages,
        substitutions,
    )  # fmt: skip
