"""Obfuscated copies in a scan and an index: found, flagged, and never kept in place of the clean text."""

import sqlite3

import pytest

from dedup import scan
from dedup.errors import IndexFileError
from dedup.index.index import Index
from dedup.model import FlagKind
from tests.text.test_folding import TEXT, TWINS

OTHER = "A small museum in the hill town returned a collection of flutes to the villages. "
COPIES = {
    "cyrillic": TEXT.translate(TWINS),
    "some": TEXT.replace("o", "о"),
    "greek": TEXT.replace("o", "ο"),
    "invisible": TEXT.replace("er", "e\u2063r"),
    "capital-i": TEXT.replace("l", "I"),
}


def documents(copy):
    return [{"id": "a_copy", "text": copy}, {"id": "b_orig", "text": TEXT}, {"id": "c", "text": OTHER * 5}]


@pytest.mark.parametrize("name", COPIES)
def test_clean_text_is_kept_and_the_other_flagged(name):
    result = scan(documents(COPIES[name]))
    ((_, flags),) = result.flags.items()
    assert [flag.kind for flag in flags] == [FlagKind.OBFUSCATED] and 0 in result.flags
    assert flags[0].spans[0].suggestion and flags[0].spans[0].text != flags[0].spans[0].suggestion
    (edge,) = result.edges
    assert edge.relation in ("exact", "near-duplicate") and edge.copy == 0
    assert [bool(kept) for kept in result.kept] == [False, True, True]


def test_an_old_index_is_refused_with_what_to_do(tmp_path):
    place = tmp_path / "index.sqlite"
    Index.open(place).close()
    with sqlite3.connect(place) as database:
        database.execute("UPDATE meta SET value = replace(value, '\"tokeniser\": 2', '\"tokeniser\": 1')")
    database.close()
    with pytest.raises(IndexFileError, match=r"another version .*tokeniser 1 there, 2 here.*dedup index rebuild"):
        Index.open(place)
    Index.open(place, accept=True).close()
