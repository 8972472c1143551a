"""The note in the text of a flagged item: how it looks, where an earlier one stands, and where a new one would be seen.

It stands behind the text, unless the text leaves something open there (a comment, a tag, a script, an element that may
be hidden): what follows would be part of that, so it then stands in front.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import unescape

WORDING = {
    "exact": "Copy of",
    "near-duplicate": "Near-duplicate of",
    "excerpt": "Shares a passage with",
    "spun": "Reworded copy of",
    "rewritten": "Rewritten from",
    "same-story": "Same story as",
    "same-link": "Listed before:",
    "repost": "Posted before:",
    "teaser": "Same headline and teaser as",
    "form": "Filled in like",
}
OTHER = "Duplicate of"
"""The same for relations that have no words of their own."""
OPEN, CLOSE = '<p class="dedup-note">', "</p>"
PLAIN_OPEN, PLAIN_CLOSE = "[dedup: ", "]"
GAP = "\n\n"
"""Between a text and its plain note."""
LONGEST = 100_000
"""Bytes of a note in any form: a link of 4,096 characters, each of them escaped twice."""

_SHOWN = 600
"""Characters that are read in a note: 300 of a title, 100 of a source, and our own. What claims to be a note and is
longer is none, or a text could be kept from being compared by calling it one."""
_BEGIN = "(?:" + "|".join([*WORDING.values(), OTHER, "Also at:"]) + ") "
_HTML = re.compile(
    '<p class="dedup-note">'
    + _BEGIN
    + r'(?:[^<>]++|<(?:[\w.-]{1,60}:)?a href="[^"<>]*+">|</(?:[\w.-]{1,60}:)?a>)*+</p>'
)
_PLAIN = re.compile(r"\[dedup: " + _BEGIN + r"[^\[\]]*+\]")
_PLAIN_LINK = re.compile(r" https?://\S+(?=\]\Z)")
_TAGS = re.compile(r"<[^<>]*+>")
_BODY = re.compile(r"\s*+(?:<(?:div|body)(?:\s[^<>]*+)?+>\s*+)?+")
_BODY_END = re.compile(r"\s*+</(?:div|body)\s*+>\s*+\Z")
_REPEATS = 10
"""Notes that are taken off one text: one, unless two programs that know nothing of each other both put theirs."""


def is_note(text: str) -> bool:
    """Whether this, from its first character to its last, is a note that we wrote (without a namespace's prefix)."""
    if text.startswith(OPEN):
        return _HTML.fullmatch(text) is not None and len(unescape(_TAGS.sub("", text))) <= _SHOWN
    text = text.strip()
    return _PLAIN.fullmatch(text) is not None and len(_PLAIN_LINK.sub("", text)) <= _SHOWN


def without_note(text: str) -> str:
    """HTML or plain text without our notes at its end and at its beginning. They are no part of what the item says, or
    the items of a cleaned feed would be other texts than they were.
    """
    if OPEN not in text and PLAIN_OPEN not in text:
        return text
    for _ in range(_REPEATS):
        shorter = _less(text)
        if shorter == text:
            break
        text = shorter
    return text


def _less(text: str) -> str:
    """Without one note at the end, or else at the beginning."""
    match = _BODY_END.search(text, max(0, len(text.rstrip()) - 100))
    body, tail = (text[: match.start()], match[0]) if match else (text.rstrip(), "")
    first = _BODY.match(text)
    front = first.end() if first else 0
    for opener, closer in ((OPEN, CLOSE), (PLAIN_OPEN, PLAIN_CLOSE)):
        at = body.rfind(opener, max(0, len(body) - LONGEST))
        if at >= 0 and is_note(body[at:]):
            return body[:at].rstrip() + tail
        for begin in (front, len(text) - len(text.lstrip())):
            if text.startswith(opener, begin):
                end = text.find(closer, begin, begin + LONGEST) + len(closer)
                if end > begin and is_note(text[begin:end]):
                    return text[:begin] + text[end:].lstrip()
    return text


# ---- where a note is put

Edit = tuple[int, int, bytes]
"""Start and end of what is replaced, and by what."""


@dataclass(frozen=True, slots=True)
class NoteForm:
    """A note as it is written in some place of a feed."""

    openers: tuple[bytes, ...]
    """How it may begin: other programs that passed it on may have escaped it in another way."""
    closers: tuple[bytes, ...]
    read: Callable[[bytes], str]
    """Bytes of a note -> as `is_note` takes it. May raise ValueError."""

    def behind(self, data: bytes, start: int, end: int) -> tuple[int, int] | None:
        """The note that ends at `end`, but for spaces."""
        end = start + len(data[start:end].rstrip())
        for opener in self.openers:
            at = data.rfind(opener, max(start, end - LONGEST), end)
            if at >= 0 and data.endswith(self.closers, at, end) and self._is_note(data[at:end]):
                return at, end
        return None

    def before(self, data: bytes, start: int, end: int) -> tuple[int, int] | None:
        """The note that begins at `start`, but for spaces."""
        start = end - len(data[start:end].lstrip())
        if not data.startswith(self.openers, start, end):
            return None
        ends = [data.find(closer, start, min(end, start + LONGEST)) + len(closer) for closer in self.closers]
        found = min((at for at in ends if at > start), default=-1)
        return (start, found) if found >= 0 and self._is_note(data[start:found]) else None

    def _is_note(self, raw: bytes) -> bool:
        try:
            return is_note(self.read(raw))
        except ValueError:
            return False


def ascii_text(raw: bytes) -> str:
    """A note as it stands. What other programs made of it need not be ASCII."""
    return raw.decode("utf-8", "replace")


def escaped_text(raw: bytes) -> str:
    """A note that is escaped once."""
    return unescape(ascii_text(raw))


def json_text(raw: bytes) -> str:
    """A note within a string of JSON. Raises ValueError."""
    return str(json.loads(b'"' + raw + b'"'))


_P = ("&lt;p class={0}dedup-note{0}&gt;", "&lt;p class={0}dedup-note{0}>")
RAW = NoteForm((OPEN.encode(),), (CLOSE.encode(),), ascii_text)
ESCAPED = NoteForm(
    tuple(form.format(quote).encode() for quote in ('"', "&quot;", "&#34;") for form in _P),
    (b"&lt;/p&gt;", b"&lt;/p>"), escaped_text,
)  # fmt: skip
JSON = NoteForm(
    (rb'<p class=\"dedup-note\">', rb'\u003cp class=\"dedup-note\"\u003e', rb'\u003Cp class=\"dedup-note\"\u003E'),
    (b"</p>", rb"<\/p>", rb"\u003c/p\u003e", rb"\u003C/p\u003E"), json_text,
)  # fmt: skip
PLAIN = (NoteForm((b"\n\n[dedup: ",), (b"]",), escaped_text), NoteForm((b"[dedup: ",), (b"]\n\n",), escaped_text))
"""Behind a text, and in front of one."""
JSON_PLAIN = (NoteForm((rb"\n\n[dedup: ",), (b"]",), json_text), NoteForm((b"[dedup: ",), (rb"]\n\n",), json_text))


@dataclass(frozen=True, slots=True)
class NotePlace:
    """A text that a note is put into: its bytes, and the note in the form that it has there."""

    start: int
    end: int
    front: tuple[NoteForm, bytes]
    """The form, and the new note, in front of the text."""
    back: tuple[NoteForm, bytes]
    """The same behind it."""
    html: Callable[[Sequence[tuple[int, int]]], str]
    """What readers are given of these pieces of the feed, joined."""
    ends: bool = True
    """Whether it is known where the text ends: else nothing is put there."""

    def edits(self, data: bytes, *, removed: bool = False) -> list[Edit]:
        """The note put in once, earlier ones taken out; `removed`: those alone."""
        before, behind = self._earlier(data)
        gone: list[Edit] = [(start, end, b"") for start, end in before + behind]
        if removed:
            return gone
        at_end = self.ends and shows_end(self.html(_pieces(self.start, self.end, sorted(before + behind))))
        spans, place = (behind, self.end) if at_end else (before, self.start)
        start, end = spans[-1] if spans else (place, place)  # where the innermost stood, or the text would move
        return [edit for edit in gone if edit[:2] != (start, end)] + [
            (start, end, (self.back if at_end else self.front)[1])
        ]

    def _earlier(self, data: bytes) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Notes in front of the text and behind it, the outermost first."""
        before: list[tuple[int, int]] = []
        behind: list[tuple[int, int]] = []
        start, end = self.start, self.end
        while self.ends and len(behind) < _REPEATS and (found := self.back[0].behind(data, start, end)):
            behind.append(found)
            end = found[0]
        while len(before) < _REPEATS and (found := self.front[0].before(data, start, end)):
            before.append(found)
            start = found[1]
        return before, behind


def _pieces(start: int, end: int, left_out: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What stands between these."""
    edges = [start, *(edge for span in left_out for edge in span), end]
    return list(zip(edges[::2], edges[1::2], strict=True))


# ---- what a text leaves open

_MARKUP = re.compile(
    r"<(?:(?P<comment>!--)|(?P<odd>[!?]|/(?![A-Za-z])|\Z)|(?P<end>/?)(?P<name>[A-Za-z][^\s/>]*+)"
    r"(?P<rest>(?:[\s/]++|[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\s\"'>][^\s>]*+)?+)?+)*+)"
    r"(?P<close>>?))"
)
"""A tag as HTML has it; without `close` it goes on to the end of the text."""
_VOID = frozenset((
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link",
    "meta", "param", "source", "track", "wbr",
))  # fmt: skip
_RAW = frozenset((
    "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript",
))  # fmt: skip
"""Elements that only their own end tag ends."""
_STRANGE = frozenset((
    "svg", "math", "plaintext", "select", "frameset", "html", "head", "body",
))  # fmt: skip
"""Elements within or behind which other rules hold."""
_IMPLIED = frozenset((
    "p", "li", "dt", "dd", "option", "tr", "td", "th", "tbody", "thead", "tfoot",
))  # fmt: skip
"""Elements that end without an end tag: where the next of them begins, or where that ends which they are in."""
_HARMLESS = frozenset((
    "p", "li", "ul", "ol", "dl", "dt", "dd", "div", "span", "b", "i", "em", "strong", "u", "small", "center",
    "blockquote", "section", "article",
))  # fmt: skip
"""Elements that, without attributes, may be left open around a note."""
_MOST_TAGS, _DEEPEST = 100_000, 200
"""Of a text that is looked through; what has more is not trusted with a note at its end."""


def shows_end(html: str) -> bool:
    """Whether a paragraph behind `html` is shown as one. False also where that is not sure: no browser is asked, and
    what is closed in a wrong order is closed in one way by one program and in another way by the next.
    """
    inside = _Inside()
    at = tags = 0
    while (at := html.find("<", at)) >= 0:
        tags += 1
        match = _MARKUP.match(html, at)
        if tags > _MOST_TAGS:
            return False
        if match is None:  # a "<" in a text
            at += 1
            continue
        at = _comment_end(html, at) if match["comment"] else _after_tag(html, match, inside)
        if at < 0:
            return False
    return all(element in _HARMLESS for element in inside.open)


def _comment_end(html: str, at: int) -> int:
    """Where a comment ends for every reader; -1 where it does not, or not for all of them."""
    end = html.find("-->", at + 4)
    if end < 0 or html.startswith((">", "->"), at + 4) or html.find("--!>", at, end) >= 0:
        return -1
    return end + 3


def _after_tag(html: str, match: re.Match[str], inside: _Inside) -> int:
    """Where to go on behind a tag; -1 where it stays unclear what is open."""
    if match["odd"] is not None or not match["close"]:
        return -1
    name, at = match["name"].lower(), match.end()
    if name in _STRANGE:
        return -1
    if name in _VOID:
        return at
    if match["end"]:
        return at if inside.ends(name) else -1
    if name not in _RAW:
        return at if inside.begins(name, plain=not match["rest"].strip(" \t\r\n\f")) else -1
    end = re.compile(rf"</{name}(?=[\s/>])[^<>]*+>", re.IGNORECASE).search(html, at)
    if end is None or "<!--" in html[at : end.start()]:  # a script in a comment in a script ends elsewhere
        return -1
    return end.end()


class _Inside:
    """The elements that are open, in HTML that is in order."""

    def __init__(self) -> None:
        self.open: list[str] = []
        """By name; those that have attributes with a space behind it."""

    def begins(self, name: str, *, plain: bool) -> bool:
        if name in _IMPLIED and self.open and self.open[-1].rstrip() == name:
            self.open.pop()
        self.open.append(name if plain else name + " ")
        return len(self.open) <= _DEEPEST

    def ends(self, name: str) -> bool:
        """Whether an end tag is in its place, or ends nothing at all."""
        names = (name, name + " ")
        if names[0] not in self.open and names[1] not in self.open:
            return True
        while self.open[-1] not in names:
            if self.open[-1].rstrip() not in _IMPLIED:
                return False
            self.open.pop()
        self.open.pop()
        return True
