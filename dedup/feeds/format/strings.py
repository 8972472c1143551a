"""Strings and HTML out of what stands in a feed: sections, entities, and tags that were not escaped."""

from __future__ import annotations

import re
from html import unescape

from dedup.text.html import html_to_text

_SECTION = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)", re.DOTALL)
_PREFIX = re.compile(r"(</?)[\w.-]{1,60}:(?=[A-Za-z])")
ANY_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_NUMBER = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")
_BARE = re.compile(r"&(?!#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{0,30};)")
_XML_NAMES = frozenset(("&amp;", "&lt;", "&gt;", "&quot;", "&apos;"))
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
SPACES = re.compile(r"\s+")


def shown(text: str) -> str:
    """Without control characters, spaces as one, in one line."""
    return SPACES.sub(" ", CONTROL.sub("", text)).strip()


def plain(text: str) -> str:
    """A title as plain text: it may be HTML. What only looks a little like it ("a <b", "AT&T") stays."""
    if ANY_TAG.search(text) or _ENTITY.search(text):
        # Twice, for titles that were escaped once too often ("Q&amp;amp;A").
        text = html_to_text(text)
        if _ENTITY.search(text):
            text = html_to_text(text)
    return shown(text)


def unescaped(text: str, notes: set[str] | None = None) -> str:
    """Entities as characters, one level; those that are no HTML stay as they are."""
    if "&" not in text:
        return text
    if notes is not None:
        if _BARE.search(text):
            notes.add("ampersands that are not escaped")
        if any(found not in _XML_NAMES and found[1] != "#" for found in set(_ENTITY.findall(text))):
            notes.add("entities that XML does not know")
    return unescape(_NUMBER.sub("\ufffd", text))


def xhtml_of(inner: str) -> str:
    """Content that is markup itself -> HTML."""
    return _PREFIX.sub(r"\1", _SECTION.sub(_escaped_section, inner))


def html_of(inner: str, notes: set[str]) -> str:
    """Escaped content -> HTML: CDATA sections as they are, entities resolved once, tags that were not escaped kept."""
    if "<!--" in inner or "<?" in inner:
        inner = "".join(
            part if index % 2 else _COMMENT.sub("", part) for index, part in enumerate(_split_sections(inner))
        )
    out = []
    at = 0
    for match in _SECTION.finditer(inner):
        out.append(unescaped(inner[at : match.start()], notes))
        out.append(match[1])
        at = match.end()
    out.append(unescaped(inner[at:], notes))
    return "".join(out).strip()


def _split_sections(inner: str) -> list[str]:
    """Text, section, text, section ...; joined it is `inner`."""
    out, at = [], 0
    for match in _SECTION.finditer(inner):
        out += [inner[at : match.start()], match[0]]
        at = match.end()
    return [*out, inner[at:]]


def _escaped_section(match: re.Match[str]) -> str:
    return as_html(match[1])


def as_html(text: str) -> str:
    """Text as HTML: nothing in it is markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
