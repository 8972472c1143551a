"""References put together, against one that counted everything at once."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from dedup.errors import ReferenceFileError
from dedup.phrasing.reference.kernels import WORDS, look_up
from dedup.phrasing.reference.merging import merge
from dedup.phrasing.reference.model import COLUMNS, LEVELS, Reference, Table, write
from dedup.pipeline import reference as pipeline
from tests.phrasing import factories
from tests.phrasing import naive as slow
from tests.text import naive

TEXTS = [factories.sentence_soup(f"merged {number}", 60, 0.0) for number in range(24)]
SEVERAL = ("words", "word_counts", "word_texts", "word_capitals", "class_counts", "letters", "letter_ends", "phrases",
           "alike_of", "alike", "alike_closeness")  # fmt: skip


@cache
def counted(*rows: int, **more) -> Reference:
    return factories.made([TEXTS[row] for row in rows], **more)


def merged(*references: Reference) -> Reference:
    out = io.BytesIO()
    header = merge(references, out)
    held = Reference(bytearray(out.getvalue()), "merged")
    assert held.header == header
    return held


def columns(reference: Reference) -> dict[str, np.ndarray]:
    found = {name: getattr(reference, name) for name in SEVERAL}
    for prefix, table in (("", reference.ngrams), ("general_", reference.general)):
        found |= {prefix + part: getattr(table, part) for part in ("offsets", "remainders", "counts")}
    return found


def changed(reference: Reference, **other: object) -> Reference:
    """The same with other columns or fields of the header."""
    out = io.BytesIO()
    fields = {name: value for name, value in other.items() if name not in COLUMNS}
    held = columns(reference) | {name: np.array(value) for name, value in other.items() if name in COLUMNS}
    write(replace(reference.header, **fields), held, out)
    return Reference(bytearray(out.getvalue()), "changed")


def words(reference: Reference) -> dict[str, tuple[int, int]]:
    numbers = zip(reference.word_counts.tolist(), reference.word_texts.tolist(), strict=True)
    return {reference.word(WORDS + at): found for at, found in enumerate(numbers)}


def count(reference: Reference, ngram: slow.Ngram) -> float:
    table = reference.ngrams
    key = np.uint64(slow.key(ngram))
    return LEVELS[look_up(key, table.offsets, table.remainders, table.counts, table.shift)]


def test_one_alone_stays_as_it_is():
    one = counted(*range(24), sources=("x",), note="n", made="2026-01-01")
    alone = merged(one)
    for name, values in columns(one).items():
        assert (columns(alone)[name] == values).all(), name
    assert replace(alone.header, digest="") == replace(one.header, digest="")


def test_halves_are_nearly_what_counts_everything_at_once():
    halves = merged(counted(*range(12)), counted(*range(12, 24)))
    whole = counted(*range(24))
    assert (halves.header.documents, halves.header.words) == (whole.header.documents, whole.header.words)
    assert words(halves) == words(whole)  # all of them common enough in both
    assert np.abs(halves.word_capitals.astype(int) - whole.word_capitals).max() <= 12
    assert halves.class_counts.tolist() == whole.class_counts.tolist()
    known = factories.known(TEXTS, whole)
    exact = {ngram: number for ngram, number in known.ngrams.items() if number >= 4}
    found = np.array([count(halves, ngram) for ngram in exact])
    assert (found <= np.array([*exact.values()]) * 1.1).all()
    assert found.sum() > 0.93 * sum(exact.values())  # what one of the halves saw once alone is missing


def test_a_word_that_one_of_them_does_not_know_stays_unknown_there():
    one, two = factories.made(["the zebra ran"] * 5), factories.made(["the zebra", *["the horse ran"] * 4])
    both = merged(one, two)
    assert words(both) == {"the": (10, 10), "zebra": (5, 5), "ran": (9, 9), "horse": (4, 4)}
    assert both.class_counts[slow.OTHER] == 1
    assert count(both, ("pair", "the", "zebra")) == 5 and count(both, ("pair", "the", "horse")) == 4
    assert both.word(WORDS + words_at(both, "horse")) == "horse"


def words_at(reference: Reference, word: str) -> int:
    return int(np.searchsorted(reference.words, np.uint64(naive.word_hash(word))))


def test_order_and_grouping_make_little_difference():
    a, b, c = counted(*range(8)), counted(*range(8, 16)), counted(*range(16, 24))
    first, second, third = merged(merged(a, b), c), merged(a, merged(b, c)), merged(c, a, b)
    for other in (second, third):
        assert words(first) == words(other)
        assert first.class_counts.tolist() == other.class_counts.tolist()
        assert (first.ngrams.keys == other.ngrams.keys).all()
        here, there = LEVELS[first.ngrams.counts], LEVELS[other.ngrams.counts]
        assert (np.abs(here - there) <= 0.13 * here).all()
        assert (first.phrases == other.phrases).all() and (first.alike_of == other.alike_of).all()
        assert (first.alike_closeness == other.alike_closeness).all()
    assert first.header.words == second.header.words == third.header.words


def test_capitals_are_weighted_by_counts():
    one = factories.made(["so said Roth", "so Roth said", "so Roth said"])
    two = factories.made(["so said roth"] * 9)
    assert merged(one, two).word_capitals[words_at(one, "roth")] in (63, 64)


def test_tables_of_different_bits():
    """N-grams are known to as many bits as the table has that knows them by the fewest."""
    rng = np.random.default_rng(2)
    keys = np.unique(rng.integers(0, 1 << 64, 3000, np.uint64))
    small, large = Table.of(keys[::3], np.full(1000, 5), 8), Table.of(keys, np.full(3000, 9), 18)
    base = counted(*range(8))
    tables = [
        changed(base, offsets=table.offsets, remainders=table.remainders, counts=table.counts)
        for table in (large, small)
    ]
    for found in (merged(*tables), merged(*tables[::-1])):
        held = found.ngrams
        assert held.bits == 8
        values = LEVELS[[look_up(key, held.offsets, held.remainders, held.counts, held.shift) for key in keys]]
        assert (values[::3] == 14).mean() > 0.97 and (values[1::3] == 9).mean() > 0.95
    empty = factories.made([])
    assert empty.ngrams.bits < 8
    assert (merged(tables[0], empty).ngrams.keys == tables[0].ngrams.keys).all()


def test_counts_have_a_limit():
    most = (1 << 32) - 1
    one = changed(counted(*range(8)), word_counts=np.full(len(counted(*range(8)).words), most))
    both = merged(one, one)
    assert (both.word_counts == most).all() and (both.word_capitals == one.word_capitals).all()


def test_synonyms_are_those_closest_in_any_of_them():
    one, two = factories.made(["the car ran off"] * 6), factories.made(["the car ran off a bus"] * 6)
    wide = [WORDS + len(one.words), WORDS + len(two.words)]
    at = [{word: WORDS + words_at(held, word) for word in words(held)} for held in (one, two)]
    one = changed(
        one, phrases=[[at[0]["ran"], at[0]["off"]]], alike_of=[at[0]["car"], wide[0]],
        alike=[[at[0]["off"], wide[0], 0], [at[0]["car"], 3, 0]], alike_closeness=[[90, 80, 0], [70, 60, 0]],
    )  # fmt: skip
    two = changed(
        two, phrases=[[at[1]["a"], at[1]["bus"]], [at[1]["ran"], at[1]["off"]]],
        alike_of=sorted([at[1]["car"], wide[1] + 1]), alike=[[at[1]["bus"], wide[1] + 1], [wide[1], at[1]["car"]]],
        alike_closeness=[[95, 85], [50, 40]],
    )  # fmt: skip
    both = merged(one, two)
    names = {unit: [(both.word(other), near) for other, near in zip(others, nears, strict=True) if other]
             for unit, others, nears in zip(map(both.word, both.alike_of.tolist()), both.alike.tolist(),
                                            both.alike_closeness.tolist(), strict=True)}  # fmt: skip
    assert {both.word(unit) for unit in both.phrase_ids.values()} == {"ran off", "a bus"}
    assert names == {
        "car": [("bus", 95), ("off", 90), ("ran off", 85)],
        "ran off": [("car", 70), ("a bus", 50)],
    }
    assert both.header.sizes["phrases"] == 2 and both.header.sizes["synonyms"] == 2


def test_what_is_told_of_the_parts():
    one = counted(*range(8), sources=("a", "b"), note="one", made="2026-01-02")
    two = counted(*range(8, 16), sources=("b", "c"), note="two", made="2025-12-31")
    header = merged(one, two, counted(*range(16, 24))).header
    assert header.sources == ("a", "b", "c") and header.note == "one; two" and header.made == "2026-01-02"
    assert header.documents == 24


def test_general_english_is_that_of_the_first_which_has_it():
    one, two = counted(*range(8)), counted(*range(8, 16))
    table = Table.of(np.array([5 << 40], np.uint64), np.array([7]))
    parts = {f"general_{part}": getattr(table, part) for part in ("offsets", "remainders", "counts")}
    three = changed(counted(*range(16, 24)), **parts)
    both = merged(one, two, three)
    assert (both.general.keys == table.keys).all() and both.header.sizes["general"] == 1
    assert not len(merged(one, two).general.counts)


def test_other_words_are_refused():
    one = counted(*range(8))
    other = SimpleNamespace(header=replace(one.header, tokeniser="dedup-words-0"))
    with pytest.raises(ReferenceFileError, match="dedup-words-0, dedup-words-2"):
        merge([one, other], io.BytesIO())
    with pytest.raises(ReferenceFileError, match="none at all"):
        merge([], io.BytesIO())


def test_files(tmp_path):
    for name, rows in (("1.ref", range(12)), ("2.ref", range(12, 24))):
        (tmp_path / name).write_bytes(factories.made_bytes([TEXTS[row] for row in rows], sources=(name,)))
    shown = pipeline.merge([tmp_path / "1.ref", tmp_path / "2.ref"], tmp_path / "both.ref")
    assert shown.header.documents == 24 and shown.header.sources == ("1.ref", "2.ref")
    assert pipeline.show(tmp_path / "both.ref") == shown


def test_the_shipped_one_and_a_small_one():
    """A small table does not blur a large one."""
    shipped = Reference.shipped()
    both = merged(shipped, counted(*range(24)))
    assert both.ngrams.bits >= 14
    assert 0.99 * len(shipped.ngrams.counts) < len(both.ngrams.counts)
    assert (both.general.counts == shipped.general.counts).all()
    rng = np.random.default_rng(3)
    table = both.ngrams
    strange = rng.integers(0, 1 << 64, 2000, np.uint64)
    found = [look_up(key, table.offsets, table.remainders, table.counts, table.shift) for key in strange]
    assert np.count_nonzero(found) <= 8
