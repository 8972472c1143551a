"""Mail messages (.eml, the messages of an .mbox, pages saved as .mhtml): subject and body, without attachments."""

from __future__ import annotations

import contextlib
import re
from email import policy
from email.message import Message
from email.parser import BytesParser
from email.utils import parseaddr
from typing import Any

from dedup.read.documents.model import TOO_DEEP, Converted, UnreadableError, not_a
from dedup.text.html import charset_of, html_to_text

_HEADER = re.compile(rb"(?:From |>From )?[^\r\n]*[\r\n]*[!-9;-~]{1,100}[ \t]*:|[!-9;-~]{1,100}[ \t]*:")
_FIELDS = ("From", "Date", "Subject", "To", "Message-ID", "Received", "MIME-Version", "Content-Type", "Sender")
_PARTS, _DEEPEST = 10_000, 100
_ID = re.compile(r"<([^<>\s]{1,200})>")
_ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
_ARMOUR = "-----BEGIN PGP MESSAGE-----"


def read_mail(data: bytes, limit: int) -> Converted:
    """Raises UnreadableError."""
    if not data.strip():
        raise UnreadableError("empty file")
    message = _parsed(data)
    if not any(message.get(name) for name in _FIELDS):
        raise UnreadableError(not_a("eml"))
    parts = _parts(message)
    plain = [part for part in parts if part.get_content_type() == "text/plain" and not _is_attached(part)]
    pages = [part for part in parts if part.get_content_type() == "text/html" and not _is_attached(part)]
    leaves = sum(1 for part in parts if not part.is_multipart())
    text = "\n".join(filter(None, (_text_of(part).strip() for part in plain)))
    if not text:
        plain, text = [], "\n".join(filter(None, (html_to_text(_text_of(part)) for part in pages)))
    used = len(plain) + len(pages)
    if not text or text.lstrip().startswith(_ARMOUR):
        kinds = {part.get_content_type() for part in parts}
        if kinds & set(_ENCRYPTED) or text:
            raise UnreadableError("encrypted: the key of its recipient is needed")
        raise UnreadableError("no text in it")
    subject = _header(message, "Subject")
    if subject and subject not in text[: 2 * len(subject) + 200]:
        text = f"{subject}\n{text}"
    name, address = parseaddr(_header(message, "From"))
    found = _ID.search(_header(message, "Message-ID"))
    return Converted(
        text[: limit + 1], _header(message, "Date"), name or address, found[1] if found else "", leaves - used
    )


def _parsed(data: bytes) -> Message:
    """Headers are left as they stand: the parser of addresses that the default policy brings is slow when attacked."""
    try:
        return BytesParser(policy=policy.compat32).parsebytes(data)
    except RecursionError:
        raise UnreadableError(TOO_DEEP) from None


def _parts(message: Message) -> list[Message]:
    """All parts of a message, without those of messages that are attached. Raises UnreadableError."""
    found, waiting = [], [(message, 0)]
    while waiting:
        part, depth = waiting.pop()
        found.append(part)
        if len(found) > _PARTS:
            raise UnreadableError(f"more than {_PARTS:,} parts")
        if depth > _DEEPEST:
            raise UnreadableError(TOO_DEEP)
        payload: Any = part.get_payload()
        if isinstance(payload, list) and part.get_content_maintype() == "multipart":
            waiting.extend((inner, depth + 1) for inner in reversed(payload))
    return found


def _is_attached(part: Message) -> bool:
    return part.is_multipart() or part.get_content_disposition() == "attachment"


def _text_of(part: Message) -> str:
    """By its charset, else by what an HTML part declares, else UTF-8, else what old programs wrote."""
    data: Any = part.get_payload(decode=True) or b""
    named = str(part.get_content_charset() or "").encode("ascii", "replace")
    charset = charset_of(b"<meta charset=" + named + b">") if named else None
    if charset is None and part.get_content_type() == "text/html":
        charset = charset_of(data)
    try:
        text = data.decode(charset or "utf-8", "replace" if charset else "strict")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    return str(text).replace("\r\n", "\n")


def _header(message: Message, name: str) -> str:
    """A header in one line, its encoded words decoded; empty if it is not there."""
    value = str(message.get(name, ""))[:2_000]
    if "=?" in value:
        from email.header import decode_header, make_header

        with contextlib.suppress(ValueError, LookupError, UnicodeError):
            value = str(make_header(decode_header(value)))
    return " ".join(value.split())
