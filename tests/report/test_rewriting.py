"""Sentences of a rewritten pair in the summary that a person reads."""

from __future__ import annotations

import io
import re

import pytest

from dedup import Document, scan
from dedup.report.terminal import write_text
from tests.rewrites import REWRITE, SOURCE


@pytest.fixture(scope="module")
def result():
    return scan([Document(id="first", text=SOURCE), Document(id="second", text=REWRITE)])


def written(result) -> str:
    out = io.StringIO()
    write_text(result, out, color=False)
    return out.getvalue()


def test_sentences_that_say_the_same_stand_beside_each_other(result):
    (relation,) = [edge.relation.value for edge in result.edges]
    assert relation == "rewritten"
    lines = written(result).splitlines()
    places = [place for place, line in enumerate(lines) if re.search(" [→↔] ", line) and "leads from" not in line]
    assert 1 <= len(places) <= 2
    for place in places:
        assert lines[place + 1].strip().startswith("both: ")
        words = re.split("[,;:] ", lines[place + 1].partition(";")[0].strip())[1:]
        assert all(word in SOURCE and word in REWRITE for word in words)


def test_the_legend_says_what_an_arrow_means(result):
    assert "where nothing tells which is the copy" in written(result)
