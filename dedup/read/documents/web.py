"""Records of web archives by warcio: what was fetched, with the codings of its transport taken off."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import urlsplit

from dedup.read.documents.model import Converted, NotAPageError, UnreadableError
from dedup.text.html import charset_of, date_of, html_to_text

_PAGES = ("text/html", "application/xhtml+xml")
_BLOCK = 64 << 10


def read_record(data: bytes, limit: int) -> Converted:
    """One record, uncompressed. Raises NotAPageError, UnreadableError and what warcio raises."""
    from warcio.archiveiterator import ArchiveIterator

    record = next(iter(ArchiveIterator(BytesIO(data))), None)
    if record is None:
        raise UnreadableError("broken record of a web archive")
    kind = _kind(record)
    body = _body(record.content_stream(), limit)
    charset = charset_of(b"<meta charset=" + _charset(record).encode("ascii", "replace") + b">")
    charset = charset or (charset_of(body) if kind in _PAGES else None)
    text = body.decode(charset or "utf-8", "replace")
    date = ""
    if kind in _PAGES:
        date, text = date_of(text), html_to_text(text)
    url = record.rec_headers.get_header("WARC-Target-URI", "").strip("<>")
    if not text.strip():
        raise UnreadableError("no text in it")
    captured = record.rec_headers.get_header("WARC-Date", "")
    return Converted(text, date or captured, _host(url), url if len(url) < 2_000 else "")


def _kind(record: object) -> str:
    """Media type of what is text. Raises NotAPageError for everything else."""
    headers, http, kind = record.rec_headers, record.http_headers, record.rec_type  # type: ignore[attr-defined]
    if kind == "response" and http is not None:
        if not str(http.get_statuscode()).startswith("2"):
            raise NotAPageError
        found = http.get_header("Content-Type", "")
    elif kind in ("resource", "conversion"):
        found = headers.get_header("Content-Type", "")
    else:
        raise NotAPageError
    found = str(found).partition(";")[0].strip().lower()
    if found not in (*_PAGES, "text/plain"):
        raise NotAPageError
    return found


def _charset(record: object) -> str:
    headers = record.http_headers or record.rec_headers  # type: ignore[attr-defined]
    return str(headers.get_header("Content-Type", "")).lower().partition("charset=")[2].strip(" \"'")[:40]


def _body(stream: object, limit: int) -> bytes:
    """At most a little more than `limit` bytes. Raises UnreadableError."""
    data = bytearray()
    while block := stream.read(_BLOCK):  # type: ignore[attr-defined]
        data += block
        if len(data) > limit:
            raise UnreadableError(f"text too large (over {limit:,} bytes)")
    return bytes(data)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
