"""Reference files: written and read again, damaged, foreign, and crafted so that their columns do not fit."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import subprocess
import sys
from dataclasses import asdict, replace
from functools import cache

import numpy as np
import pytest

from dedup.errors import ReferenceFileError
from dedup.phrasing.reference import model as module
from dedup.phrasing.reference import packing
from dedup.phrasing.reference.kernels import WORDS
from dedup.phrasing.reference.model import COLUMNS, Header, Reference, Table, write
from tests.conftest import ROOT
from tests.phrasing import factories

PREFIX = 32
V = 10
"""Words of the file below."""
WORDING = ["a car drove to the old depot", "a bus drove to the old depot", "a car came to the new depot"] * 12


@cache
def good() -> bytes:
    return factories.made_bytes(WORDING, sources=("tests", "ünï"), note="of words", made="2026-01-02")


def columns() -> dict[str, np.ndarray]:
    held = Reference(bytearray(good()), "good")
    found = {name: getattr(held, name) for name in COLUMNS if hasattr(held, name)}
    for prefix, table in (("", held.ngrams), ("general_", held.general)):
        found |= {prefix + part: getattr(table, part) for part in ("offsets", "remainders", "counts")}
    return {name: values.copy() for name, values in found.items()}


def refused(data: bytes) -> str:
    """Why a file is refused."""
    with pytest.raises(ReferenceFileError) as caught:
        Reference(bytearray(data), "some.ref")
    message = str(caught.value)
    assert message.startswith("some.ref: ") and "\n" not in message
    return message


def signed(head: bytes, body: bytes, version: int = 1) -> bytes:
    """A file whose digest is right."""
    digest = hashlib.blake2b(head + body, digest_size=16).digest()
    return struct.pack("<8sII16s", b"dedupref", version, len(head), digest) + head + body


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "own.ref"
    path.write_bytes(good())
    held, header = Reference.open(path), Reference(bytearray(good()), "x").header
    assert held.header == header
    assert header.documents == 36 and header.words == 252 and header.vocabulary == len(held.words) == V
    assert (header.sources, header.note, header.made) == (("tests", "ünï"), "of words", "2026-01-02")
    assert header.sizes == {"ngrams": len(held.ngrams.counts), "general": 0, "phrases": len(held.phrases),
                            "synonyms": len(held.alike_of)}  # fmt: skip
    out = io.BytesIO()
    assert write(header, columns(), out) == header
    assert out.getvalue() == good()
    assert sorted(held.word(WORDS + number) for number in range(V)) == sorted(set(" ".join(WORDING).split()))


def test_a_packed_file_holds_the_same(monkeypatch):
    monkeypatch.setattr(packing, "WORTH", 100.0)
    held, out = columns(), io.BytesIO()
    header = write(Reference(bytearray(good()), "good").header, held, out, packed=True)
    again = Reference(bytearray(out.getbuffer()), "packed")
    assert header.version == again.header.version == 2 and again.header == header
    for name, values in held.items():
        found = getattr(again, name)
        assert found.dtype == values.dtype and found.shape == values.shape and (found == values).all()
        assert found.flags.writeable and found.flags.c_contiguous
    assert sum(name in packing.ASCENDING for name in held) == 3


@pytest.mark.parametrize("name", ["counts", "offsets", "word_counts"])
def test_what_is_packed_is_as_long_as_it_says(name):
    kind = np.dtype(COLUMNS[name][0])
    values = (np.arange(300) // 60 * 3).astype(kind)
    data = packing.pack(name, values)
    assert data and (packing.unpack(name, memoryview(data), kind, 300) == values).all()
    for wrong, count in ((data, 299), (data, 301), (data[:-1], 300), (data + b"x", 0), (b"no", 3), (data, 1 << 40)):
        with pytest.raises(ValueError, match=name):
            packing.unpack(name, memoryview(wrong), kind, count)


def test_what_does_not_become_smaller_is_left_as_it_is():
    noise = np.random.default_rng(1).integers(0, 1 << 63, 1000).astype(np.uint64)
    assert packing.pack("words", noise) is None
    assert packing.pack("word_counts", np.zeros(100_000, np.uint32)) is None, "so small that it would be refused"


def test_columns_are_aligned_and_in_their_types(tmp_path):
    path = tmp_path / "own.ref"
    path.write_bytes(good())
    held = Reference.open(path)
    for name, (kind, dimensions) in COLUMNS.items():
        if hasattr(held, name):
            values = getattr(held, name)
            assert values.dtype == np.dtype(kind) and values.ndim == dimensions and values.flags.aligned


def test_a_long_header_has_room(tmp_path):
    for length in range(0, 1100, 37):
        data = factories.made_bytes(WORDING[:4], sources=("s" * length, "\u0416" * 40), note="n" * 13)
        assert Reference(bytearray(data), "x").header.sources == ("s" * length, "\u0416" * 40)


def test_words_and_phrases_by_number():
    wide = columns() | {"phrases": np.array([[WORDS, WORDS + 1]], np.uint32)}
    out = io.BytesIO()
    write(Reference(bytearray(good()), "x").header, wide, out)
    held = Reference(bytearray(out.getvalue()), "x")
    assert held.word(WORDS + len(held.words)) == f"{held.word(WORDS)} {held.word(WORDS + 1)}"
    assert held.phrase_ids == {(WORDS, WORDS + 1): WORDS + len(held.words)}


@pytest.mark.parametrize("kept", [0, 1, 7, 8, 15, 16, 31, 32, 33, 200, 1000, 1024, 1056, 5000, -5000, -100, -1])
def test_cut_short(tmp_path, kept):
    path = tmp_path / "cut.ref"
    path.write_bytes(good()[:kept])
    with pytest.raises(ReferenceFileError, match=r"cut\.ref: "):
        Reference.open(path)


@pytest.mark.parametrize("bit", [0, 3, 7])
def test_one_bit_changed_anywhere(bit):
    data = bytearray(good())
    places = [*range(PREFIX + 40), *range(PREFIX + 40, len(data), len(data) // 150), len(data) - 1]
    for place in places:
        data[place] ^= 1 << bit
        refused(data)
        data[place] ^= 1 << bit
    assert Reference(data, "x").header.documents == 36


def test_something_after_the_end():
    assert "damaged" in refused(good() + b"\0")


def test_foreign_files():
    assert refused(b"") == refused(b"PK\3\4 some other file of some length or other") == "some.ref: not a reference"
    assert refused(b"x" + good()[1:]) == "some.ref: not a reference"


def test_a_newer_format():
    newer = bytearray(good())
    newer[8] = 3
    assert refused(newer) == "some.ref: a reference of format 3; this program reads formats up to 2"


def test_another_tokeniser():
    data, _ = altered(tokeniser="dedup-words-9\n\x1b[2J")
    assert "by 'dedup-words-9\\n\\x1b[2J', this program cuts by 'dedup-words-2'" in refused(data)


def test_an_empty_file_and_one_that_is_not_there(tmp_path):
    (tmp_path / "empty.ref").touch()
    with pytest.raises(ReferenceFileError, match=r"empty\.ref: not a reference \(empty\)"):
        Reference.open(tmp_path / "empty.ref")
    with pytest.raises(FileNotFoundError):
        Reference.open(tmp_path / "nothing.ref")


def altered(**fields: object) -> tuple[bytes, dict[str, object]]:
    """The good file with other fields in its header (None: without them), and that header."""
    length = struct.unpack_from("<I", good(), 12)[0]
    head = json.loads(good()[PREFIX : PREFIX + length]) | fields
    head = {key: value for key, value in head.items() if value is not None}
    text = json.dumps(head).encode()
    assert len(text) <= length
    return signed(text.ljust(length), good()[PREFIX + length :]), head


@pytest.mark.parametrize(
    "fields",
    [
        {"documents": None}, {"documents": "many"}, {"documents": -1}, {"documents": 1.5}, {"documents": True},
        {"words": [1]}, {"words": 1 << 70}, {"vocabulary": {}}, {"tokeniser": 7}, {"made": 2026}, {"note": ["x"]},
        {"note": "\ud800"}, {"sources": "tests"}, {"sources": [1]}, {"sources": None}, {"sizes": [1]},
        {"sizes": {"x": "many"}}, {"sizes": None}, {"columns": None}, {"columns": []}, {"columns": {}}, {"columns": 7},
    ]
    + [
        {"columns": dict.fromkeys(COLUMNS, place)}
        for place in (7, None, [0], [float("inf"), [1]], ["0", ["1"]], [0, 7], [64.0, [1]], {})
    ],
)  # fmt: skip
def test_headers_of_wrong_types(fields):
    assert "not a whole reference" in refused(altered(**fields)[0])


@pytest.mark.parametrize("name", ["words", "phrases", "general_counts"])
@pytest.mark.parametrize(
    "place",
    [[-64, [1]], [64, [-1]], [1, [1]], [64, [1 << 62]], [64, [1 << 70]], [1 << 60, [1]], [64, []], [64, [1, 1, 1]],
     [64, [1 << 40, 1 << 40]], [64, [-1, -1]], [64, [float("nan"), 2]]],
)  # fmt: skip
def test_columns_that_stand_elsewhere(name, place):
    _, head = altered()
    assert "not a whole reference" in refused(altered(columns=head["columns"] | {name: place})[0])


@pytest.mark.parametrize("head", [b"", b"{", b"[]", b"7", b'"x"', b"null", b"\xff\xfe", b"[" * 100_000, b"9" * 5000])
def test_headers_that_are_no_object(head):
    assert "not a whole reference" in refused(signed(head, b""))


def with_alike(of: list[int], others: list[list[int]], near: object = None) -> dict[str, np.ndarray]:
    return {
        "alike_of": np.array(of), "alike": np.array(others),
        "alike_closeness": np.full_like(others, 9) if near is None else np.array(near),
    }  # fmt: skip


CRAFTED = {
    "a phrase of a word that is not there": {"phrases": np.array([[WORDS, WORDS + V]])},
    "a phrase of a class": {"phrases": np.array([[WORDS, 3]])},
    "phrases of three words": {"phrases": np.full((1, 3), WORDS)},
    "a unit that is not there": with_alike([WORDS + V + 9], [[WORDS]]),
    "alike to what is not there": with_alike([WORDS], [[WORDS + 99]]),
    "units out of order": with_alike([WORDS + 1, WORDS], [[WORDS], [WORDS]]),
    "a unit twice": with_alike([WORDS, WORDS], [[WORDS], [WORDS]]),
    "more units than others": with_alike([WORDS, WORDS + 1], [[WORDS]]),
    "no closeness": with_alike([WORDS], [[WORDS]], np.zeros((0, 1))),
    "too few counts": {"word_counts": np.ones(V - 1)},
    "too few capitals": {"word_capitals": np.ones(V + 1)},
    "words out of order": {"words": np.arange(V, 0, -1)},
    "a word twice": {"words": np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 9])},
    "classes missing": {"class_counts": np.zeros(7)},
    "less than none": {"class_counts": np.full(8, -5)},
    "letters beyond the end": {"letter_ends": np.arange(1000, 1000 + V)},
    "letters that end before they begin": {"letter_ends": np.arange(V, 0, -1)},
    "no buckets": {"offsets": np.zeros(0)},
    "one bucket": {"offsets": np.zeros(1)},
    "buckets of no power of two": {"offsets": np.zeros(18)},
    "buckets beyond the end": {"offsets": np.append(np.zeros(16), 1 << 20)},
    "buckets that go back": {"offsets": np.array([0, 1 << 20] + [0] * 15)},
    "buckets that do not begin": {"general_offsets": np.ones(17)},
    "general counts missing": {"general_remainders": np.zeros(3)},
    "counts of other n-grams": {"counts": np.zeros(1)},
}


@pytest.mark.parametrize("what", CRAFTED)
def test_columns_that_do_not_fit(what):
    out = io.BytesIO()
    changed = {name: values.astype(COLUMNS[name][0]) for name, values in CRAFTED[what].items()}
    write(Reference(bytearray(good()), "x").header, columns() | changed, out)
    assert refused(out.getvalue()) == "some.ref: its columns do not fit together"


def test_letters_that_are_no_text_are_shown_somehow():
    out = io.BytesIO()
    write(Reference(bytearray(good()), "x").header, columns() | {"letters": columns()["letters"] | 0x80}, out)
    assert "\ufffd" in Reference(bytearray(out.getvalue()), "x").word(WORDS)


def test_the_shipped_one_is_whole():
    held = Reference.shipped()
    assert held is Reference.shipped()
    header = held.header
    assert header.documents > 10_000 and header.vocabulary > 30_000 and header.sizes["general"] > 200_000
    assert "wordfreq" in header.note and "CC BY-SA 4.0" in header.note and len(header.sources) == 3
    assert module.SHIPPED.with_suffix(".md").is_file()
    assert asdict(header) | {"sources": header.sources} == asdict(replace(header))


def test_tables_say_how_many_bits_they_know():
    many = Table.of(np.arange(1, 400_000, dtype=np.uint64) << np.uint64(44), np.ones(399_999, np.uint32))
    assert many.bits == 16 and Table.of(np.array([1], np.uint64), np.ones(1)).bits == module.LEAST_BITS


def test_commands_say_it_in_one_line(tmp_path):
    files = {
        "cut.ref": good()[:-9], "empty.ref": b"", "text.ref": b"some words\n" * 99,
        "types.ref": altered(documents="many")[0], "newer.ref": good()[:8] + b"\3" + good()[9:],
    }  # fmt: skip
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        done = subprocess.run(
            [sys.executable, "-m", "dedup", "reference", "show", str(tmp_path / name)], capture_output=True, cwd=ROOT,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 2 and done.stdout == b""
        assert done.stderr.count(b"\n") == 1 and name.encode() in done.stderr


def test_a_header_is_one_of_this_program():
    assert isinstance(Reference(bytearray(good()), "x").header, Header)


@pytest.mark.parametrize("kept", [0, 1, 100, 5000])
def test_a_file_that_is_cut_while_it_is_open_ends_nothing(tmp_path, kept):
    path = tmp_path / "a.ref"
    path.write_bytes(good())
    held = Reference.open(path)
    words = held.words.copy()
    with path.open("r+b") as file:
        file.truncate(kept)
    assert (held.words == words).all() and held.word(WORDS)
    path.write_bytes(b"\xff" * len(good()))
    assert (held.words == words).all() and held.ids[0].any()
