"""Bad files of every format: each is refused for a reason that is told, or read rightly; never a traceback."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable

import pytest
import zstandard
from reading import Put, read_all

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

UTF_8 = "; in another encoding? --encoding cp1252"
Case = tuple[bytes, list[str], str]
"""A file, the texts that must come out, and how the first reason begins (empty: nothing is refused)."""
EMPTY = "no header line: the file is empty"
CSV: list[Case] = [
    (b"", [], EMPTY), (b"\n\n", [], EMPTY), (b"1,x\n", [], "no header line? no text field"), (b"id,text\n", [], ""),
    (b"id,text\n1,a\n2\n3,c\n", ["a", "c"], "1 fields in a row, 2 in the header"),
    (b"id,text\n1,a\n2,b,c\n", ["a"], "3 fields in a row, 2 in the header"), (b"id,text\n1,\n", [], "empty text"),
    (b"id,text\n1,a\xff\n2,b\n", ["b"], "not valid UTF-8: byte 0xff at offset 3" + UTF_8),
    (b"id,text\n1,a\0b\n", [], "binary file (NUL byte at offset 11)"), (b"\xef\xbb\xbfid,text\n1,a\n", ["a"], ""),
    ("id,text\n1,abcdef\n".encode("utf-16-le"), [], "binary file (NUL byte at offset 1); UTF-16 without"),
    (b"id,text,text\n1,a,b\n", ["a"], ""), (b"id;text\n1;a, b\n", ["a, b"], ""), (b"id|text\n1|a\n", ["a"], ""),
    (b"sep=;\r\nid;text\r\n1;a\r\n", ["a"], ""),
    (b'id,text\n1,"a\n2,b\n3,c\n', ["b", "c"], "a quotation that begins here is never closed; 2 more lines"),
    (b'id,text\n1,"a\n2,b\n3,"c"\n4,d\n', ["b", "c", "d"], "a quotation that begins here goes on over 2"),
    (b'id,text\n1,"a\n2,b "c"\n3,d\n', ['b "c"', "d"], "a quotation that begins here"),
    (b'id,text\n1,"a\nb\nc\n', [], "a quotation that begins here is never closed; 2 more lines stand in it"),
    (b'id,text\n1,"a\nb, c"\n2,d\n', ["a\nb, c", "d"], ""),
]  # fmt: skip
TSV: list[Case] = [
    *((data.replace(b",", b"\t"), texts, reason) for data, texts, reason in CSV[:12]),
    (b'id\ttext\n1\t"a\n2\tb\n3\tc\n', ['"a', "b", "c"], ""),
    (b'id\ttext\n1\t"a\n2\tb"\n3\tc\n', ['"a', 'b"', "c"], ""),
    (b'id\ttext\n1\t"a" he said\n2\tb\n', ['"a" he said', "b"], ""),
    (b'id\ttext\n1\t"a ""b"""\n', ['a "b"'], ""), (b'id\ttext\n1\t"a\nb"\n2\tc\n', ["a\nb", "c"], ""),
    (b"id,text\n1,a\n", ["a"], ""),
]  # fmt: skip
JSONL: list[Case] = [
    (b"", [], ""), (b'{"text":"a"}\n{\n', ["a"], "bad JSON"), (b"[1]\n", [], "record is not an object"),
    (b'{"text":1}\n', [], "field 'text' is a number, not text"), (b'{"text":null}\n', [], "field 'text' is null"),
    (b'{"text":""}\n', [], "empty text"), (b"{}\n", [], "no text field"), (b'{"text":"\\ud800"}\n', ["\ufffd"], ""),
    (b'{"text":"a\xff"}\n', [], "not valid UTF-8: byte 0xff at offset 10" + UTF_8), (b'{"text":"a"} x', [], "bad JSON"),
]  # fmt: skip
JSON: list[Case] = [
    (b"", [], "empty file"), (b"[]", [], ""), (b"[", [], "item 1: the file ends inside the array"),
    (b"[{}]", [], "item 1: no"),
    (b'[{"text":"a"},{x}]', ["a"], "item 2: bad JSON"), (b'[{"text":"a"}] x', ["a"], "something stands behind"),
    (b'{"response":{"docs":[{"text":"a"}]}}', ["a"], ""), (b'{"docs":[]}', [], ""), (b"x", [], "neither a JSON array"),
    (b'{"a":{"b":{"c":[{"text":"a"}]}}}', ["a"], ""), (b"[1]", [], "item 1: record is not an object"),
]  # fmt: skip
TEXT: list[Case] = [
    (b"", [], "empty text"), (b"a\0", [], "binary file (NUL byte at offset 1)"), (b"\xff", [], "not valid UTF-8"),
    (b"---\ntitle: x\n---\na", ["a"], ""), (b"---\na", ["---\na"], ""), (b"---\n---\na", ["---\n---\na"], ""),
    ("abcdefgh".encode("utf-16-be"), [], "binary file (NUL byte at offset 0); UTF-16 without"),
]  # fmt: skip
HTML: list[Case] = [
    (b"", [], "empty text"), (b"<p>", [], "empty text"), (b"<!--", [], "empty text"), (b"<p>a", ["a"], ""),
    (b"<p>a\xff", [], "not valid UTF-8: byte 0xff at offset 4" + UTF_8), (b"<meta charset=latin1><p>\xe4", ["ä"], ""),
]  # fmt: skip
FORMATS = {"csv": CSV, "tsv": TSV, "jsonl": JSONL, "json": JSON, "txt": TEXT, "html": HTML}
CASES = [(suffix, at) for suffix, cases in FORMATS.items() for at in range(len(cases))]


@pytest.mark.parametrize(("suffix", "number"), CASES)
def test_bad_file(put: Put, suffix: str, number: int) -> None:
    data, texts, reason = FORMATS[suffix][number]
    got = read_all(put(f"a.{suffix}", data))
    assert got.texts == texts
    assert (got.reasons or [""])[0].startswith(reason) and bool(got.reasons) == bool(reason)


@pytest.mark.parametrize("at", range(20))
def test_bad_parquet(put: Put, at: int) -> None:
    file = io.BytesIO()
    pq.write_table(pa.table({"text": [f"text {n}" for n in range(50)]}), file)
    got = read_all(put("a.parquet", file.getvalue()[: file.tell() * at // 20]), put("b.txt", "b"))
    assert got.texts == ["b"] and got.reasons[0].startswith("broken Parquet file")


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstandard.compress,
}  # fmt: skip


@pytest.mark.parametrize("kind", PACKERS)
def test_bomb_is_refused(put: Put, kind: str) -> None:
    got = read_all(put(f"a.txt.{kind}", PACKERS[kind](b"a " * 4_000_000)), put("b.txt", "b"), max_size="1M")
    assert got.texts == ["b"] and got.reasons == ["file too large (over 1,048,576 bytes)"]


def test_encodings_and_delimiters(put: Put) -> None:
    data = put("a.csv", b"id~text\n1~\x93a\x94\n")
    assert read_all(data, encoding="cp1252", delimiter="~").texts == ["\u201ca\u201d"]
    assert read_all(put("b.txt", "ä".encode("utf-16-le")), encoding="utf-16-le").texts == ["ä"]


def test_nested_fields_dates_and_html(put: Put) -> None:
    rows = '{"d":{"text":"<p>one</p><p>two</p>"},"day":"04/07/2025"}\n{"d.text":"a < b","d":{"text":"no"}}\n'
    got = read_all(put("a.jsonl", rows), text_field="d.text", date_field="day", date_format="%d/%m/%Y")
    assert got.texts == ["one\ntwo", "a < b"] and got.dates[0] == 1751587200
    assert read_all(put("c.jsonl", rows), text_field="x.y").reasons[0].endswith("the fields are: d.text, day")


def test_dates_of_pages_and_front_matter(put: Put) -> None:
    meta = '<meta property="article:published_time" content="2025-07-04"><p>a'
    assert read_all(put("a.html", meta)).dates == [1751587200]
    got = read_all(put("a.md", "---\ntitle: T\ndate: 2025-07-04\nsource: S\n---\na\n"))
    assert (got.texts, got.dates, got.sources) == (["a\n"], [1751587200], ["S"])
