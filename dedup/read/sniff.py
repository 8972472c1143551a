"""What a stream without a file name holds, by its first bytes."""

from __future__ import annotations

import re

import orjson

from dedup.read.sources import MAGIC

HEAD = 64 << 10
"""Bytes that are looked at."""
_ENVELOPE = re.compile(rb"From [^\r\n]{1,200}\d\d:\d\d[^\r\n]{0,100}\r?\n[!-9;-~]{1,100}:")
_ARRAY = re.compile(rb'\s*\[\s*[{"\]]')
_OBJECT = re.compile(rb'\s*\{\s*(?:["}]|$)')
_HTML = re.compile(rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html\b)", re.I | re.S)


def compression_of(head: bytes) -> str:
    """Kind of the stream ("gz", "zst", "bz2", "xz"); empty if it is not compressed."""
    return next((kind for magic, kind in MAGIC if head.startswith(magic)), "")


def format_of_head(head: bytes) -> str:
    """A format by content. "[ad_1] Text" is text, not an array."""
    if head.startswith(b"PAR1"):
        return "parquet"
    if _OBJECT.match(head):
        return "json" if is_spread_out(head) else "jsonl"
    if _ARRAY.match(head):
        return "json"
    return "html" if _HTML.match(head) else "text"


def binary_format_of_head(head: bytes) -> str:
    """The same for formats that are no text, or not in one encoding; empty for all others."""
    if head.startswith(b"PK\x03\x04"):
        start = head[30:130]
        if b"application/epub+zip" in start:
            return "epub"
        if b"application/vnd.oasis.opendocument.text" in start:
            return "odt"
        return "docx" if b"[Content_Types].xml" in head or start.startswith((b"word/", b"_rels/")) else "zip"
    if head[257:262] == b"ustar":
        return "tar"
    if b"%PDF-" in head[:1024] and head.lstrip()[:5] == b"%PDF-":
        return "pdf"
    if _ENVELOPE.match(head):
        return "mbox"
    return next((name for magic, name in ((b"{\\rtf", "rtf"), (b"WARC/", "warc")) if head.startswith(magic)), "")


def is_spread_out(head: bytes) -> bool:
    """Whether an object goes over several lines: the first is no object by itself, the second does not begin one."""
    lines = [line for line in head.split(b"\n") if line.strip()]
    return len(lines) > 1 and not _is_object(lines[0]) and not lines[1].lstrip().startswith(b"{")


def is_lines(head: bytes) -> bool:
    """Whether a .json file is JSON lines in truth: two lines, each an object of its own."""
    lines = [line for line in head.split(b"\n") if line.strip()]
    return len(lines) > 1 and _is_object(lines[0]) and lines[1].lstrip().startswith(b"{")


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except ValueError:
        return False
