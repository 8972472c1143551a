"""A rewrite that keeps so much that it aligns like a copy, and is none by its wording, is asked for all the same."""

from __future__ import annotations

import pytest

from dedup import Config, scan
from dedup.model import Relation
from tests.rewrites import REWRITE, SOURCE


@pytest.mark.parametrize("kept", [(0, 2, 5), (0, 2, 6), (0, 2, 7)])
def test_a_rewrite_with_some_sentences_kept_is_one(kept):
    ours = SOURCE.split("\n")
    theirs = REWRITE.replace("\n", " ").replace(". ", ".\n").split("\n")
    copy = "\n".join(ours[place] if place in kept else theirs[place] for place in range(len(ours)))
    settings = Config().update({"find": {"phrasing": False, "stories": False, "fact_limit": 0}})
    result = scan([{"id": "source", "text": SOURCE}, {"id": "copy", "text": copy}], settings)
    assert [edge.relation for edge in result.edges] == [Relation.REWRITTEN]
