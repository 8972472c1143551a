"""Text, lines, HTML; encodings and compression."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable

import pytest
import zstandard
from reading import ADVICE, Put, read_all

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}
every_compression = pytest.mark.parametrize("suffix", list(COMPRESS))


def test_text_is_kept_as_it_is(put: Put) -> None:
    text = "  Ünï\r\ncode\n\n 😀 "
    assert read_all(put("a.txt", text)).texts == [text]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks(put: Put, encoding: str) -> None:
    assert read_all(put("a.txt", "Grüße 😀".encode(encoding))).texts == ["Grüße 😀"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-7", "hz", "cp932", "iso2022_jp"])
@pytest.mark.parametrize("data", [b"plain letters", bytes(range(256)), b"+\xff-~{", b"\x1b$B\x7f"])
def test_text_in_another_encoding_than_was_said_is_read_or_rejected(put: Put, encoding: str, data: bytes) -> None:
    for name in ("a.txt", "a.csv", "a.jsonl", "a.json", "a.html"):
        got = read_all(put(name, data), encoding=encoding)
        assert bool(got.texts) != bool(got.reasons), (name, got.texts, got.reasons)


def test_a_byte_order_mark_that_has_to_be_there(put: Put) -> None:
    assert read_all(put("a.txt", "text".encode("utf-16-be")), encoding="utf-16").reasons != []


def test_undecodable(put: Put) -> None:
    assert read_all(put("a.txt", b"x" * 17 + b"\xff")).reasons == ["not valid UTF-8: byte 0xff at offset 17" + ADVICE]


@pytest.mark.parametrize("at", [3, 300_000])
def test_binary(put: Put, at: int) -> None:
    reason = f"binary file (NUL byte at offset {at:,})"
    assert read_all(put("a.txt", b"x" * at + b"\0" + b"y" * 10)).reasons == [reason]


@pytest.mark.parametrize("data", ["", " \n\t", "\ufeff"])
def test_empty(put: Put, data: str) -> None:
    got = read_all(put("a.txt", data))
    assert got.reasons == ["empty text"] and got.reader.rejects[0].line is None


def test_too_large(put: Put) -> None:
    got = read_all(put("a.txt", "x" * 1024), put("b.txt", "x" * 1025), max_size="1K")
    assert got.ids == ["a.txt"] and got.reasons == ["file too large (over 1,024 bytes)"]


@every_compression
def test_too_large_after_decompression(put: Put, suffix: str) -> None:
    got = read_all(put(f"a.txt{suffix}", COMPRESS[suffix](b"x" * (50 << 20))), max_size="1M")
    assert got.reasons == ["file too large (over 1,048,576 bytes)"]


def test_lines(put: Put) -> None:
    got = read_all(put("a.txt", b"one\r\n\n  two \nthree\xff\nfo\0ur\nfive"), input_format="lines")
    assert got.reasons == ["binary file (NUL byte at offset 22)"]
    got = read_all(
        put("a.txt", b"one\r\n\n  two \nthree\xff\n" + b"x" * 5000 + b"\nfo\0ur\nfive"), input_format="lines"
    )
    assert [text[:5] for text in got.texts] == ["one", "  two", "xxxxx", "five"]
    assert got.lines == [1, 3, 5, 7] and got.ids[0] == "a.txt:1"
    assert [reject.line for reject in got.reader.rejects] == [4, 6]


@every_compression
def test_compressed(put: Put, suffix: str) -> None:
    data = b'{"text": "a"}\n' * 50_000
    assert len(read_all(put(f"a.jsonl{suffix}", COMPRESS[suffix](data))).texts) == 50_000


@every_compression
def test_compressed_streams_one_after_the_other(put: Put, suffix: str) -> None:
    data = COMPRESS[suffix](b'{"text": "a"}\n') + COMPRESS[suffix](b'{"text": "b"}\n')
    assert read_all(put(f"a.jsonl{suffix}", data)).texts == ["a", "b"]


@every_compression
def test_truncated_stream_keeps_what_came_before(put: Put, suffix: str) -> None:
    data = COMPRESS[suffix](b'{"text": "a"}\n') + COMPRESS[suffix](b'{"text": "b"}\n' * 9)[:-6]
    got = read_all(put(f"a.jsonl{suffix}", data))
    assert got.texts[0] == "a" and got.reasons == [f"broken {suffix[1:]} stream: it ends too early"]


@every_compression
def test_garbage_behind_a_stream_keeps_what_came_before(put: Put, suffix: str) -> None:
    got = read_all(put(f"a.jsonl{suffix}", COMPRESS[suffix](b'{"text": "a"}\n') + b"garbage of some length"))
    assert got.texts == ["a"] and got.reasons[0].startswith(f"broken {suffix[1:]} stream: ")


def test_wrong_checksum_keeps_the_documents(put: Put) -> None:
    data = bytearray(gzip.compress(b"".join(b'{"text": "a%d"}\n' % number for number in range(100))))
    data[-6] ^= 1
    got = read_all(put("a.jsonl.gz", bytes(data)))
    assert len(got.texts) >= 95 and got.reasons[0].startswith("broken gz stream: ")


@every_compression
def test_no_stream_at_all(put: Put, suffix: str) -> None:
    assert read_all(put(f"a.txt{suffix}", b"plain text")).reasons[0].startswith(f"broken {suffix[1:]} stream: ")


@every_compression
def test_empty_compressed_file(put: Put, suffix: str) -> None:
    assert read_all(put(f"a.txt{suffix}", b"")).reasons == [f"broken {suffix[1:]} stream: it ends too early"]


def test_rest_of_the_folder_goes_on(put: Put) -> None:
    put("in/a.txt.gz", b"broken")
    assert read_all(put("in/b.txt", "good").parent).texts == ["good"]


def test_gzip_padding(put: Put) -> None:
    got = read_all(put("a.txt.gz", gzip.compress(b"text") + b"\0" * 100))
    assert got.texts == ["text"] and not got.reasons


@pytest.mark.parametrize(
    "page",
    [
        '<meta charset="windows-1251"><p>Привет'.encode("cp1251"),
        b'<meta http-equiv="Content-Type" content="text/html; charset=koi8-r"><p>' + "Привет".encode("koi8-r"),
        b'<?xml version="1.0" encoding="iso-8859-5"?><html>' + "Привет".encode("iso8859-5"),
        "<p>Привет".encode(),
        "<p>Привет".encode("utf-16"),
        '<meta charset="utf-16"><p>Привет'.encode(),
    ],
)
def test_html_charsets(put: Put, page: bytes) -> None:
    assert read_all(put("a.html", page)).texts == ["Привет"]


def test_html_undecodable_without_a_charset(put: Put) -> None:
    assert read_all(put("a.html", b"<p>\xe9t\xe9")).reasons == ["not valid UTF-8: byte 0xe9 at offset 3" + ADVICE]


def test_html_undecodable_with_a_charset(put: Put) -> None:
    assert read_all(put("a.html", b"<meta charset=utf-8><p>a\xe9b")).texts == ["a\ufffdb"]


def test_html_without_text(put: Put) -> None:
    assert read_all(put("a.html", "<p></p>")).reasons == ["empty text"]
