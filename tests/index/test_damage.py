"""Stored texts that are no longer what was stored: noticed, named, and no reason to lose the others."""

from __future__ import annotations

import numpy as np
import pytest

from dedup.errors import DamagedTextError, IndexFileError
from dedup.index.index import Index
from dedup.storage import schema
from dedup.storage.compression import checksum, compress, whole
from tests.index.indexes import add, ask, assert_consistent, doc, ids, newsroom, prose

NOT_UTF8 = [
    b"\xf7\xbf\xbf\xbf" * 40, b"\xff\xfe\xfd" * 50, b"a\xed\xa0\x80b" * 30, b"\xc3", b"word \x80 word " * 20,
    b"\xf8\x88\x80\x80\x80 x" * 9, b"\xe2\x82",
]  # fmt: skip


def spoil(index: Index, name: str, blob: bytes, **columns: int | None) -> int:
    number = index.find(name)
    assert number is not None
    index.database.execute("UPDATE bodies SET text = ? WHERE number = ?", (blob, number))
    for column, value in columns.items():
        index.database.execute(f"UPDATE bodies SET {column} = ? WHERE number = ?", (value, number))
    return number


@pytest.mark.parametrize("text", NOT_UTF8)
@pytest.mark.parametrize("known", [True, False], ids=["checksum", "none"])
def test_what_is_no_text_reaches_no_kernel(index, text, known):
    add(index, *newsroom())
    number = index.find("report")
    spoil(index, "report", compress(text), checksum=checksum(number, text) if known else None)
    for _ in range(2):
        with pytest.raises(DamagedTextError, match="the text of 'report' is damaged"):
            ask(index, *newsroom(), evidence=True)
    with pytest.raises(DamagedTextError, match="'report'"):
        index.text(number)
    assert any("texts that are damaged: report" in line for line in index.check(deep=True))


def test_no_flipped_bit_makes_another_text():
    text = (prose(4) + " Ünïcödé “quoted”").encode()
    stored, kept = compress(text), checksum(7, text)
    generator = np.random.default_rng(11)
    for _ in range(400):
        data = bytearray(stored)
        data[int(generator.integers(len(data)))] ^= 1 << int(generator.integers(8))
        assert whole(7, bytes(data), kept) in (None, text)
    assert whole(7, stored, kept) == text
    assert whole(8, stored, kept) is None  # the text of another document
    assert whole(7, compress(text + b"."), kept) is None


def test_another_text_in_its_place_is_noticed(index):
    add(index, *newsroom())
    spoil(index, "lottery", compress(b"Quite another text, and a sound one by itself."))
    with pytest.raises(DamagedTextError, match="'lottery'"):
        list(index.documents())
    assert "texts that are damaged: lottery" in index.check(deep=True)
    assert index.check() == []


def test_export_and_rebuild_go_on_and_name_what_is_lost(index):
    everything = newsroom()
    add(index, *everything)
    for name in ("lottery", "report"):
        spoil(index, name, b"noise")
    lost: list[str] = []
    assert {found.id for found in index.documents(lost)} == ids(index) - {"lottery", "report"}
    assert sorted(lost) == ["lottery", "report"]
    with pytest.raises(DamagedTextError):
        index.rebuild()
    assert len(ids(index)) == len(everything)
    lost.clear()
    assert index.rebuild(lost) == len(everything) - 2
    assert sorted(lost) == ["lottery", "report"]
    assert_consistent(index)
    assert index.check(deep=True) == []


def test_all_texts_are_lost(index):
    add(index, *newsroom())
    index.database.execute("UPDATE bodies SET checksum = 3")
    lost: list[str] = []
    assert list(index.documents(lost)) == [] and len(lost) == len(newsroom())
    lost.clear()
    assert index.rebuild(lost) == 0 and len(lost) == len(newsroom())
    assert_consistent(index)


def test_what_is_damaged_can_be_removed(index):
    add(index, *newsroom())
    for name in ("report", "short", "exact"):
        spoil(index, name, b"noise")
    assert sorted(index.remove(["report", "short", "exact"])) == ["exact", "report", "short"]
    assert_consistent(index)
    assert index.check(deep=True) == []


def test_what_is_damaged_is_whole_when_it_is_added_again(index):
    everything = newsroom()
    add(index, *everything)
    spoil(index, "independent", b"noise")
    added = add(index, *everything)
    assert (added.changed, added.known) == (1, len(everything) - 1)
    assert index.check(deep=True) == []
    assert_consistent(index)


def test_a_text_that_is_gone_is_named(index):
    add(index, *newsroom())
    index.database.execute("DELETE FROM bodies WHERE number = ?", (index.find("spun"),))
    with pytest.raises(DamagedTextError, match="'spun'"):
        list(index.documents())
    assert any("('spun')" in line for line in index.check())
    lost: list[str] = []
    index.rebuild(lost)
    assert lost == ["spun"]


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("UPDATE bodies SET signature = ? WHERE number = 2", "signature is not that of their text: spun"),
        ("UPDATE documents SET words = words + length(?) WHERE number = 2", "are not those of their text: spun"),
    ],
)
def test_what_is_kept_of_a_text_is_held_against_it(index, sql, told):
    add(index, *newsroom())
    assert index.check(deep=True) == []
    index.database.execute(sql, (b"1234",))
    assert any(told in line for line in index.check(deep=True))


def test_keys_that_were_changed(place):
    with Index.open(place) as index:
        add(index, *newsroom())
        number, blob = index.database.query("SELECT id, entries FROM postings ORDER BY id LIMIT 1")[0]
        entries = np.frombuffer(blob, "<u8").copy()
        entries[3] += np.uint64(1 << 32)
        index.database.execute("UPDATE postings SET entries = ? WHERE id = ?", (entries.tobytes(), number))
    with Index.open(place) as index:
        assert any("keys that are not those of the texts" in line for line in index.check(deep=True))
        index.rebuild()
        assert index.check(deep=True) == []


@pytest.mark.parametrize("kind", range(4))
def test_numbers_of_documents_that_there_are_not(place, kind):
    """They would be read out of bounds."""
    with Index.open(place) as index:
        add(index, *newsroom())
        for number, blob in index.database.query("SELECT id, entries FROM postings"):
            entries = np.frombuffer(blob, "<u8").copy()
            entries[kind::4] |= np.uint64(0xFFFF0000)
            index.database.execute("UPDATE postings SET entries = ? WHERE id = ?", (entries.tobytes(), number))
    with Index.open(place) as index, pytest.raises(IndexFileError, match="damaged"):
        ask(index, *newsroom())
    with Index.open(place) as index:
        assert index.rebuild() == len(newsroom())
        assert_consistent(index)


def test_an_older_index_gets_its_checksums(place, monkeypatch):
    monkeypatch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:2])
    monkeypatch.setattr(schema, "VERSION", 2)
    with Index.open(place) as index:
        index.database.execute(
            "INSERT INTO documents (number, id, founder, head, digest, source, added, words, size, marks)"
            " VALUES (1, 'old', 1, 1, 1, '', 1, 1, 1, 0), (2, 'bad', 2, 2, 2, '', 1, 1, 1, 0)"
        )
        for number, text in ((1, compress(b"word")), (2, compress(b"\xff\xff"))):
            index.database.execute("INSERT INTO bodies (number, text, signature) VALUES (?, ?, ?)", (number, text, b""))
    monkeypatch.undo()
    with Index.open(place) as index:
        rows = index.database.query("SELECT number, checksum FROM bodies ORDER BY number")
        assert rows == [(1, checksum(1, b"word")), (2, None)]
        assert index.text(1) == b"word"
        lost: list[str] = []
        assert [found.id for found in index.documents(lost)] == ["old"] and lost == ["bad"]


def test_a_text_without_a_checksum_is_told(index):
    add(index, doc("a", prose(1)), doc("b", prose(2)))
    index.database.execute("UPDATE bodies SET checksum = NULL WHERE number = 2")
    assert index.check(deep=True) == ["texts without a checksum, which cannot be checked: b"]
