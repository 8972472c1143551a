"""Bytes to text and JSON, with errors that say what is wrong and where."""

from __future__ import annotations

import json
from typing import Any

import orjson


class BadRecordError(ValueError):
    """A record that cannot be read; the message is the reason for its reject."""


def utf8(data: bytes | bytearray) -> str:
    """The text. Raises BadRecordError that names the first wrong byte."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        wrong = data[error.start]
        raise BadRecordError(f"not valid UTF-8: byte 0x{wrong:02x} at offset {error.start:,}") from error


def decoded(data: bytes | bytearray, encoding: str) -> str:
    """The text, in UTF-8 if `encoding` is empty. Raises BadRecordError."""
    if not encoding:
        return utf8(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadRecordError(
            f"not valid {encoding}: byte 0x{data[error.start]:02x} at offset {error.start:,}"
        ) from error


def no_nul(text: str) -> str:
    """The text. Raises BadRecordError if it holds a NUL."""
    if (at := text.find("\0")) >= 0:
        raise BadRecordError(f"binary file (NUL byte at offset {len(text[:at].encode()):,})")
    return text


def load_json(data: bytes | bytearray) -> Any:
    """The value. What orjson refuses the standard library may take (NaN, lone surrogates). Raises BadRecordError."""
    try:
        return orjson.loads(data)
    except ValueError as error:
        message = str(error)
    text = utf8(data)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadRecordError(f"bad JSON: {message}") from None
