"""Boilerplate that is a part of a line: the credit of a caption, an announcement in capitals, dots of a cut feed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dedup.boilerplate.patterns import HOUSE, SHOWN

# A caption is text, its credit is not: only the credit is marked, from what divides the two.
LATE_WORDS = (
    "photo photos photograph photographs photography picture pictures image images credit credits getty reuters afp "
    "via shutterstock courtesy foto fotos bild bilder epa alamy handout pti ap unsplash pexels istock istockphoto "
    "imago dpa xinhua pixabay wikimedia more"
)
"""Words of which one stands among the last LATE of each line that ends in a picture credit (or in "(more…)")."""
LATE = 24
_LATE_WORD = re.compile(r"(?<![^\W_])(?:" + LATE_WORDS.replace(" ", "|") + r")(?![^\W_])", re.IGNORECASE)
_CREDIT = re.compile(
    r"\s*(?:[|©•·]|\s[-–—/]\s|[(\[]|(?<=[.!?”\"’])\s)\s*"
    r"(?:(?:file\s+)?" + SHOWN + r"(?:\s+(?:credit|courtesy|source|by))?\s*(?::|\bby\b|©)\s*[^\n|()\[\]]{1,80}"
    r"|(?:[\w.'’-]{1,24}\s){0,4}?[\w.'’-]{0,24}\s?/?\s?(?:for\s+|via\s+)?" + HOUSE + r"(?:\s*/\s*[\w .'’-]{1,40}|"
    r"\s+via\s+[\w .'’-]{1,40}|\s+(?:photo|images?|file))?"
    r"|(?:file\s+|handout\s+)(?:photo|image|picture|pic)"
    r"|(?:photo|image|picture|pic|foto)s?\s+(?:courtesy|credit)s?\s+[^\n|()\[\]]{1,60})\s*[)\].]{0,2}\s*$",
    re.IGNORECASE,
)  # fmt: skip
_CREDIT_WIDTH = 110
_LAST_SENTENCE = re.compile(r"[.!?”\"’]\s")
_PROSE_ENDS = ".!?…”\"’'"
"""How nine lines of prose in ten end, and few captions do."""
_INLINE = re.compile(r"\b(?:ALSO READ|READ ALSO|MUST READ|READ MORE)\b\s{0,2}(?:[:|–—-]\s?)?")
_INLINE_WIDTH = 200
_TRUNCATED = re.compile(r"\s*(?:\[\s?(?:…|\.{3}|&hellip;|&#8230;)\s?\]|…?\s*\(?more…\)?)\s*$")
_SENTENCE = re.compile(r"[.!?…][”\"’)]?(?=\s+[A-Z“\"‘]|\s*$)|(?=\n)")


def credit(line: str) -> int | None:
    """Where the picture credit at the end of a line begins, if there is one."""
    begin = max(len(line) - _CREDIT_WIDTH, 0)
    tail = line[begin:]
    if line[-1] in _PROSE_ENDS and not ("hoto" in tail or "etty" in tail or "redit" in tail):
        return None
    if not ("(" in tail or "|" in tail or "/" in tail or "[" in tail or "©" in tail or "•" in tail or "·" in tail
            or " - " in tail or " – " in tail or " — " in tail or _LAST_SENTENCE.search(tail)):  # fmt: skip
        return None
    if not _LATE_WORD.search(tail):
        return None
    found = _CREDIT.search(tail)
    return begin + found.start() if found and _LATE_WORD.search(found.group()) else None


def announcements(line: str) -> Iterator[tuple[int, int]]:
    """Announcements in capitals inside a line: "… said. ALSO READ: …"."""
    for match in _INLINE.finditer(line):
        limit = min(match.end() + _INLINE_WIDTH, len(line))
        last = _SENTENCE.search(line, match.end(), limit)
        yield match.start(), last.end() if last else limit


def truncated(line: str) -> int | None:
    """Where the dots of a cut feed ("[…]") begin at the end of a text, if they do."""
    found = _TRUNCATED.search(line, max(len(line) - 20, 0)) if line[-1:] in ("]", ")", "…") else None
    return found.start() if found and found.start() > 0 else None
