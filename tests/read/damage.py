"""Bad files of every format, made here: what each is, its bytes, and what dedup must say of it."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import zstandard


class Bad(NamedTuple):
    """A bad file."""

    what: str
    data: bytes
    reason: str = ""
    """A regular expression that the first reject matches whole; empty: nothing is rejected."""
    line: int | None = None
    """Line, row or item that the first reject names; None: the file."""
    texts: tuple[str, ...] = ()
    """What is read of it nevertheless."""


NUL, UTF_16 = (
    r"binary file \(NUL byte at offset [\d,]+\)",
    r"; UTF-16 without a byte order mark\? --encoding utf-16-[lb]e",
)
ADVICE = "; in another encoding\\? --encoding cp1252"
UTF_8 = r"not valid UTF-8: byte 0x[0-9a-f]{2} at offset [\d,]+"
HEADER, EMPTY = "no header line: the file is empty", "empty text"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01"
GZIPPED = gzip.compress(b"id,text\n1,one\n" * 9, mtime=0)
LIMIT = 100_000
"""--max-size of the tests."""

TEXT = [
    Bad("empty", b"", EMPTY),
    Bad("blanks", b" \n\t\r\n \xc2\xa0", EMPTY),
    Bad("byte order mark alone", b"\xef\xbb\xbf", EMPTY),
    Bad("NUL", b"one\0two", NUL),
    Bad("NUL far behind", b"a" * 9000 + b"\0", NUL),
    Bad("zeros", bytes(500), NUL),
    Bad("UTF-16 without a mark", "one two three".encode("utf-16-le"), NUL + UTF_16),
    Bad("UTF-16 without a mark, big end first", "one two three".encode("utf-16-be"), NUL + UTF_16),
    Bad("UTF-16 cut in a character", "one".encode("utf-16") + b"x", "not valid UTF-16: truncated data"),
    Bad("UTF-16, half a surrogate pair", b"\xff\xfea\0\x00\xd8b\0", "not valid UTF-16: illegal UTF-16 surrogate"),
    Bad("UTF-32, no character", b"\xff\xfe\0\0\xff\xff\xff\x7f", "not valid UTF-32: .*"),
    Bad("Latin-1", "déjà vu".encode("latin-1"), UTF_8 + ADVICE),
    Bad("cut in a character", "one é".encode()[:-1], UTF_8 + ADVICE),
    Bad("overlong", b"one \xc0\xaf", UTF_8 + ADVICE),
    Bad("surrogate as UTF-8", b"one \xed\xa0\x80", UTF_8 + ADVICE),
    Bad("beyond Unicode", b"one \xf4\x90\x80\x80", UTF_8 + ADVICE),
    Bad("mark, then Latin-1", b"\xef\xbb\xbfd\xe9j", UTF_8 + ADVICE),
    Bad("PNG", PNG, NUL),
    Bad("gzip under this name", GZIPPED, NUL),
    Bad("too large", b"a " * LIMIT, r"file too large \(over 100,000 bytes\)"),
]
MD = [
    *TEXT[:10],
    Bad("front matter alone", b"---\ntitle: T\n---\n", EMPTY),
    Bad("front matter never closed", b"---\ntitle: T\none", "", None, ("---\ntitle: T\none",)),
    Bad("front matter with NUL", b"---\ntitle: \0\n---\none", NUL),
    Bad("front matter in Latin-1", b"---\ntitle: \xe9\n---\none", UTF_8 + ADVICE),
    Bad("front matter, no date", b"---\ndate: 31.31.9999\n---\none", "", None, ("one",)),
    Bad("front matter, a date of 4,000 digits", b"---\ndate: " + b"9" * 4000 + b"\n---\none", "", None, ("one",)),
    Bad("front matter, keys twice", b"---\ndate: 2025-07-04\ndate: 2024-07-04\n---\none", "", None, ("one",)),
    *TEXT[17:],
]
HTML = [
    *TEXT[:9],
    Bad("too large", TEXT[19].data, TEXT[19].reason),
    Bad("Latin-1, not declared", b"<p>d\xe9j\xe0", UTF_8 + ADVICE),
    Bad("comment never closed", b"<!-- <p>one</p>", "", None, ("one",)),
    Bad("script never closed", b"<script>one()", EMPTY),
    Bad("tags alone", b"<html><body><p></p>", EMPTY),
    Bad("nested 20,000 deep", b"<div>" * 15_000 + b"one", "", None, ("one",)),
    Bad("unknown character set", b'<meta charset="x-klingon"><p>one', "", None, ("one",)),
    Bad("a character set that is none", b'<meta charset="base64"><p>one', "", None, ("one",)),
    Bad("wrong character set", '<meta charset="ascii"><p>é'.encode(), "", None, ("Ã©",)),
    Bad("attribute never closed", b'<p>one</p><a href="x', "", None, ("one",)),
    Bad(
        "number of a character, huge",
        b"<p>one &#99999999999999999999; &#xD800; &#0;",
        "",
        None,
        ("one \ufffd \ufffd \ufffd",),
    ),
]


def _json(*records: object) -> bytes:
    return json.dumps(list(records)).encode()


ONE = b'{"text": "one"}'
BAD_JSON = "bad JSON: .*"
NO_TEXT = "no text field.*"
JSON = [
    Bad("empty", b"", "empty file"),
    Bad("blanks", b" \n", "empty file"),
    Bad("NUL", b'[{"text":"a\0b"}]', NUL),
    Bad("UTF-16 without a mark", '[{"text":"one"}]'.encode("utf-16-le"), NUL + UTF_16),
    Bad(
        "UTF-16 cut in a character",
        '[{"text":"one"}]'.encode("utf-16") + b"x",
        "not valid UTF-16: truncated data",
        None,
        ("one",),
    ),
    Bad("Latin-1", b"[" + ONE + b',{"text":"d\xe9"}]', f"item 2: {UTF_8}{ADVICE}", None, ("one",)),
    Bad("cut in the array", b"[" + ONE + b",", "item 2: the file ends inside the array", None, ("one",)),
    Bad("cut in an item", b"[" + ONE + b',{"text":"tw', "item 2: the file ends inside the array", None, ("one",)),
    Bad("behind the end", b"[" + ONE + b"] x", "something stands behind.*", None, ("one",)),
    Bad("no JSON", b"one two", "neither a JSON array.*"),
    Bad("nested 100,000 deep", b"[" * 100_000, "item 1: the file ends inside the array"),
    Bad(
        "an item nested 50,000 deep",
        b'[{"text":' + b"[" * 45_000 + b"]" * 45_000 + b"}," + ONE + b"]",
        f"item 1: {BAD_JSON}",
        None,
        ("one",),
    ),
    Bad("a number of 10,000 digits", b'[{"text":"one","id":' + b"9" * 10_000 + b"}]", f"item 1: {BAD_JSON}"),
    Bad("lone surrogates", rb'[{"text":"\ud800 one"}]', "", None, ("\ufffd one",)),
    Bad("keys twice", b'[{"text":"one","text":"two"}]', "", None, ("two",)),
    Bad("NaN", b'[{"text":"one","date":NaN}]', "", None, ("one",)),
    Bad("a comma too much", b"[" + ONE + b",]", "", None, ("one",)),
    Bad(
        "text is no text",
        _json({"text": 1}, {"text": "one"}),
        "item 1: field 'text' is a number, not text",
        None,
        ("one",),
    ),
    Bad("no record", b"[1," + ONE + b"]", "item 1: record is not an object", None, ("one",)),
    Bad("PNG", PNG, NUL),
    Bad("gzip under this name", GZIPPED, NUL),
]
JSONL = [
    Bad("NUL", b'{"text":"a\0b"}\n' + ONE, BAD_JSON, 1, ("one",)),
    Bad("PNG", PNG, NUL),
    Bad("gzip under this name", GZIPPED, NUL),
    Bad("UTF-16 without a mark", ONE.decode().encode("utf-16-le"), NUL + UTF_16),
    Bad(
        "UTF-16 cut in a character", ONE.decode().encode("utf-16") + b"x", "not valid UTF-16: truncated data", None, ()
    ),
    Bad("Latin-1", ONE + b'\n{"text":"d\xe9"}', UTF_8 + ADVICE, 2, ("one",)),
    Bad("cut", ONE + b'\n{"text":"tw', BAD_JSON, 2, ("one",)),
    Bad("no JSON", b"one two\n" + ONE, BAD_JSON, 1, ("one",)),
    Bad("behind the end", ONE + b" x\n" + ONE, BAD_JSON, 1, ("one",)),
    Bad("nested 50,000 deep", b'{"text":' + b"[" * 45_000 + b"]" * 45_000 + b"}\n" + ONE, BAD_JSON, 1, ("one",)),
    Bad("a number of 10,000 digits", b'{"text":"one","id":' + b"9" * 10_000 + b"}", BAD_JSON, 1),
    Bad("lone surrogates", rb'{"text":"\ud800 one"}', "", None, ("\ufffd one",)),
    Bad("NaN", b'{"text":"one","date":NaN}', "", None, ("one",)),
    Bad("keys twice", b'{"text":"one","text":"two"}', "", None, ("two",)),
    Bad("no object", b"[1]\n" + ONE, "record is not an object", 1, ("one",)),
    Bad("no text", b'{"a":1}\n' + ONE, NO_TEXT, 1, ("one",)),
    Bad("text is no text", b'{"text":["a"]}\n' + ONE, "field 'text' is a list, not text", 1, ("one",)),
    Bad("text is empty", b'{"text":" "}\n' + ONE, EMPTY, 1, ("one",)),
    Bad("an array over lines", b"[\n" + ONE + b",\n" + ONE + b"\n]", BAD_JSON, 1, ("one",)),
    Bad("too large", b'{"text":"' + b"a " * LIMIT + b'"}\n' + ONE, ".*too large.*", 1, ("one",)),
]
NO_HEADER = "no header line\\? no text field .*; the first row: .*"
GOOD_ROW = b"id,text\n1,one\n"
CSV = [
    Bad("empty", b"", HEADER),
    Bad("blank lines", b"\n\r\n", HEADER),
    Bad("byte order mark alone", b"\xef\xbb\xbf", HEADER),
    Bad("NUL", GOOD_ROW + b"2,a\0b\n", NUL),
    Bad("PNG", PNG, NUL),
    Bad("gzip under this name", GZIPPED, NUL),
    Bad("UTF-16 without a mark", GOOD_ROW.decode().encode("utf-16-le"), NUL + UTF_16),
    Bad(
        "UTF-16 cut in a character",
        GOOD_ROW.decode().encode("utf-16") + b"x",
        "not valid UTF-16: truncated data",
        None,
        ("one",),
    ),
    Bad("Latin-1", GOOD_ROW + b"2,d\xe9\n3,two\n", UTF_8 + ADVICE, 3, ("one", "two")),
    Bad("Latin-1 in the header", b"id,text,caf\xe9\n1,one,x\n", UTF_8 + ADVICE, 1),
    Bad("too few fields", GOOD_ROW + b"2\n3,two\n", "1 fields in a row, 2 in the header", 3, ("one", "two")),
    Bad("too many fields", GOOD_ROW + b"2,a,b\n3,two\n", "3 fields in a row, 2 in the header", 3, ("one", "two")),
    Bad("no text column", b"id,x\n1,one\n", NO_HEADER, 1),
    Bad("no header", b"1,one\n2,two\n", NO_HEADER, 1),
    Bad("text is empty", GOOD_ROW + b"2,\n", EMPTY, 3, ("one",)),
    Bad(
        "quotation never closed",
        GOOD_ROW + b'2,"a\n3,two\n',
        "a quotation that begins here is never closed.*",
        3,
        ("one", "two"),
    ),
    Bad(
        "stray quotation mark",
        GOOD_ROW + b'2,"a\n3,b\n4,"c"\n5,two\n',
        "a quotation that begins here goes on.*",
        3,
        ("one", "b", "c", "two"),
    ),
    Bad("cut in a quotation", GOOD_ROW + b'2,"a', "a quotation that begins here is never closed.*", 3, ("one",)),
    Bad("a column twice", b"id,text,text\n1,one,b\n", "", None, ("one",)),
    Bad("too large", GOOD_ROW + b"2," + b"a " * LIMIT + b"\n3,two\n", ".*too large.*", 3, ("one", "two")),
]
TSV = [
    *(
        bad._replace(data=bad.data if bad.what == "gzip under this name" else bad.data.replace(b",", b"\t"))
        for bad in CSV[:15]
    ),
    Bad("quotation never closed", b'id\ttext\n1\t"a\n2\tone\n', "", None, ('"a', "one")),
    Bad("stray quotation mark", b'id\ttext\n1\t"a\n2\tb\n3\t"c"\n4\tone\n', "", None, ('"a', "b", "c", "one")),
    Bad("a quotation, then more", b'id\ttext\n1\t"a" b\n2\tone\n', "", None, ('"a" b', "one")),
    Bad("a column twice", b"id\ttext\ttext\n1\tone\tb\n", "", None, ("one",)),
    Bad("too large", b"id\ttext\n1\t" + b"a " * LIMIT + b"\n2\tone\n", ".*too large.*", 2, ("one",)),
]


@cache
def parquet() -> list[Bad]:
    """Bad Parquet files: cut, changed, lying, and of columns that hold no text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def made(table: object, **settings: object) -> bytes:
        file = io.BytesIO()
        pq.write_table(table, file, **settings)
        return file.getvalue()

    good = made(pa.table({"id": range(50), "text": [f"text {n}" for n in range(50)]}))
    size, footer = len(good), int.from_bytes(good[-8:-4], "little")
    broken = "broken Parquet file.*"

    def footer_of(length: int) -> bytes:
        return good[:-8] + (length & 0xFFFFFFFF).to_bytes(4, "little") + good[-4:]

    middle = size - 8 - footer // 2
    return [
        Bad("empty", b"", broken),
        Bad("magic alone", b"PAR1", broken),
        Bad("magic twice", b"PAR1PAR1", broken),
        Bad("cut in the data", good[: size // 4], broken),
        Bad("cut in the footer", good[:-20], broken),
        Bad("cut by a byte", good[:-1], broken),
        Bad("without its beginning", good[20:], broken),
        Bad("wrong magic", good[:-4] + b"XXXX", broken),
        Bad("magic of encrypted files", good[:-4] + b"PARE", broken),
        Bad("a footer of 0 bytes", footer_of(0), broken),
        Bad("a footer of 4 GB", footer_of(-1), broken),
        Bad("a footer larger than the file", footer_of(size), broken),
        Bad("a footer that is too short", footer_of(footer // 2), broken),
        Bad("zeros in the footer", good[:middle] + bytes(40) + good[middle + 40 :], broken),
        Bad("zeros in the data", good[:4] + bytes(400) + good[404:], broken),
        Bad("CSV under this name", GOOD_ROW, broken),
        Bad("gzip", gzip.compress(good, mtime=0), broken),
        Bad("text is numbers", made(pa.table({"text": [1, 2]})), "column 'text' is int64, not text"),
        Bad("text is a list", made(pa.table({"text": [["a"], ["b"]]})), r"column 'text' is list<.*>, not text"),
        Bad("no text column", made(pa.table({"x": ["a"]})), "no text field.*; the columns are: x"),
        Bad("nulls", made(pa.table({"text": ["one", None]})), "field 'text' is null, not text", 2, ("one",)),
        Bad("bytes that are not UTF-8", made(pa.table({"text": [b"one", b"\xff"]})), UTF_8, 2, ("one",)),
    ]


FORMATS: dict[str, Callable[[], list[Bad]]] = {
    "txt": lambda: TEXT,
    "md": lambda: MD,
    "html": lambda: HTML,
    "json": lambda: JSON,
    "jsonl": lambda: JSONL,
    "csv": lambda: CSV,
    "tsv": lambda: TSV,
    "parquet": parquet,
}
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda data: gzip.compress(data, mtime=0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.compress,
}


class PackedBad(NamedTuple):
    """A bad packed file."""

    what: str
    data: bytes
    reason: str
    """A regular expression that the first reject matches, or nothing if none is made."""


def packed_cases(suffix: str, packer: str) -> list[PackedBad]:
    """Bad files of one format and packer."""
    text = {"json": b"[" + ONE + b"]", "jsonl": ONE + b"\n", "csv": GOOD_ROW, "tsv": GOOD_ROW.replace(b",", b"\t")}
    plain = text.get(suffix, b"one")
    pack = PACKERS[packer]
    good, other = pack(plain), PACKERS["xz" if packer == "gz" else "gz"](plain)
    broken = rf"broken {packer} stream: .*"
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 16
    bomb = plain[: plain.find(b"one")] + b"a " * (10 * LIMIT) + plain[plain.find(b"one") :]
    return [
        PackedBad("empty", b"", broken),
        PackedBad("cut", good[: len(good) // 2], broken),
        PackedBad("cut by a byte", good[:-1], broken),
        PackedBad("magic alone", good[:4], broken),
        PackedBad("not packed", plain, broken),
        PackedBad("another packer's", other, broken),
        PackedBad("a bit flipped", bytes(flipped), rf"(broken {packer} stream: .*|.*)"),
        PackedBad("rubbish behind it", good + b"rubbish", broken),
        PackedBad("zeros", bytes(100), broken),
        PackedBad("two files", good + pack(b""), ""),
        PackedBad("a bomb", pack(bomb), ".*too large.*"),
        PackedBad("packed twice", pack(good), "(binary file|not valid UTF-8).*"),
    ]
