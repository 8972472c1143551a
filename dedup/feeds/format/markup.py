"""Goes through the tags of a feed once and says where its items stand: byte ranges, for reading and for editing alike.

Not a parser of XML but of where elements begin and end, in the manner of `text/html.py`: whatever the feed is, the
time is linear in its size, nothing recurses, no entity is expanded and nothing outside is opened, as no code
could. A parser's tree would give no byte ranges (lxml), or none of broken feeds (expat), or other items than
those that are edited (feedparser); with one scanner an item has the same number wherever it is spoken of.

A feed is first read strictly. If its tags are not balanced it is read again, and then the tags that it names say where
elements end: an item ends where the next begins, a title where the link begins.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from dedup.feeds.format.elements import Element, MarkupNode, Outline
from dedup.feeds.format.namespaces import BY_PREFIX, prefix_of
from dedup.feeds.limits import Limits

ROOTS = frozenset(("rss", "rdf:rdf", "rdf", "feed", "channel"))
_ITEMS = frozenset(("item", "entry"))
_HOLDERS = ROOTS | {"items", "entries", "rss", "body"}
_PAGE = frozenset(("html", "head", "body", "script", "div", "p", "xhtml:html"))
_GROUPS = frozenset(("media:group", "author", "source", "image", "dc:creator"))
"""Elements of an item whose elements are looked at too."""
_LEAVES = frozenset((
    "title", "link", "guid", "pubdate", "description", "comments", "category", "id", "updated", "published", "issued",
    "modified", "created", "summary", "content", "content:encoded", "dc:creator", "dc:date", "dc:subject", "enclosure",
))  # fmt: skip
"""Of an unbalanced feed: elements that end where another of them begins."""

_NAME = rb"[A-Za-z_:\x80-\xff][\w.:\x80-\xff-]{0,200}"
_VALUES = rb"""[^<>"']*+(?:"[^"<]*+"[^<>"']*+|'[^'<]*+'[^<>"']*+)*+"""
# "<" in a value is no XML, and not allowing it bounds every search by the next "<".
_TAG = re.compile(rb"<(/?)(" + _NAME + rb")(?=[\s/>])(" + _VALUES + rb")>")
_LOOSE = re.compile(rb"<(/?)(" + _NAME + rb")([^<>]*+)>?")
_ATTRIBUTE = re.compile(rb"(?<![^\s\"'])(" + _NAME + rb")\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))")
_SUBSET = re.compile(rb"""[^\[\]<>"']*+(?:"[^"]*+"|'[^']*+'|<!--|[\[\]<>"'])""")
_SPACE = b" \t\r\n"
_TRACKED = 1_000
"""Open elements that are tracked by name; deeper ones are counted."""
_DECLARATIONS = 100_000
"""Brackets and quoted values of a document type, at some 0.5 µs each. The largest DTD of feeds (RSS 0.91 with all its
entities) has 600; one with more is passed over as one that is not in order.
"""
_PREFIXES, _BASES = 400, 16
"""Namespace prefixes and base addresses in force at one place: each declaration copies them."""


def outline(data: bytes, limits: Limits) -> Outline:
    """Where the items are, strictly if tags are balanced, else as the tags suggest. Never raises."""
    strict = _Scan(data, limits, recover=False).run()
    if strict.balanced or strict.cut:
        return strict
    found = _Scan(data, limits, recover=True).run()
    found.balanced = False
    return found


def attributes(tag: bytes, limit: int) -> dict[str, bytes]:
    """Attributes of a start tag by lower-case name as written, the first of each; at most `limit` are looked at."""
    found: dict[str, bytes] = {}
    for count, match in enumerate(_ATTRIBUTE.finditer(tag)):
        if count >= limit:
            break
        value = match[2] if match[2] is not None else match[3] if match[3] is not None else match[4]
        found.setdefault(match[1].decode("utf-8", "replace").lower(), value)
    return found


class _Open(NamedTuple):
    raw: bytes
    name: str
    start: int
    inner: int
    scopes: int
    """Declarations that were in force around it."""
    bases: int
    item: bool


class _Scan:
    """One way through the file, from "<" to "<"."""

    def __init__(self, data: bytes, limits: Limits, *, recover: bool) -> None:
        self._data, self._limits, self._recover = data, limits, recover
        self._out = Outline()
        self._open: list[_Open] = []
        self._count: Counter[bytes] = Counter()
        self._scopes: list[dict[bytes, str]] = [{}]
        self._names: dict[bytes, str] = {}
        self._bases: list[bytes] = []
        self._node: MarkupNode | None = None
        self._node_at = 0  # depth of the open item
        self._tags = 0
        self._over = 0  # open elements deeper than are tracked
        self._no_more: set[bytes] = set()  # ends that are not found any more: do not search for each again

    def run(self) -> Outline:
        data, out, at = self._data, self._out, 0
        first = True
        while (mark := data.find(b"<", at)) >= 0:
            if first and data[:mark].strip(_SPACE):
                out.junk = True
            first = False
            at = self._markup(mark)
            if out.page or out.cut or not (out.balanced or self._recover):
                break
        self._finish(at)
        return out

    def _finish(self, at: int) -> None:
        """What is still open ends here. Where reading was cut short the open item is left alone."""
        out = self._out
        if out.cut:
            out.nodes = [node for node in out.nodes if node is not self._node]
            return
        if self._open:
            out.balanced = False
            if self._recover:
                self._pop(0, len(self._data), len(self._data))
        elif out.root:
            out.closed = True

    def _markup(self, mark: int) -> int:
        """Handle what begins at the "<" at `mark`; returns where to go on."""
        data = self._data
        self._tags += 1
        if self._tags > self._limits.tags:
            self._out.cut = f"more than {self._limits.tags:,} tags"
            return len(data)
        match = _TAG.match(data, mark)
        if match is None:
            if data.startswith((b"<!", b"<?"), mark):
                return self._declaration(mark)
            match = _LOOSE.match(data, mark)
            self._out.balanced = False
            if match is None:
                return mark + 1  # a bare "<" in a text
            if not match[0].endswith(b">") and match.end() == len(data):
                return match.end()  # cut off within a tag
        if match[1]:
            self._end(match[2], mark, match.end())
        else:
            self._start(match[2], match[3], mark, match.end())
        return match.end()

    def _declaration(self, mark: int) -> int:
        data = self._data
        for begin, end in ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>")):
            if data.startswith(begin, mark) and end not in self._no_more:
                at = data.find(end, mark + len(begin))
                if at >= 0:
                    return at + len(end)
                self._out.balanced = False
                if end != b"?>":
                    return len(data)
                self._no_more.add(end)
        if data[mark + 2 : mark + 9].lower() == b"doctype" and not self._out.root:
            return self._doctype(mark + 9)
        at = data.find(b">", mark)
        return len(data) if at < 0 else at + 1

    def _doctype(self, at: int) -> int:
        """Skip a document type with what it declares; nothing of it is read."""
        data, depth, begin = self._data, 0, at
        if data[at : at + 20].strip().lower().startswith(b"html") and b"<rss" not in data[at : at + 4_096].lower():
            self._out.page = True
            return at
        for _ in range(_DECLARATIONS):
            match = _SUBSET.match(data, at)
            if match is None:
                break
            at = match.end()
            char = match[0][-1:]
            if match[0].endswith(b"<!--"):
                at = data.find(b"-->", at) + 3
                if at < 3:
                    break
            elif char == b"[":
                depth += 1
            elif char == b"]":
                depth -= 1
            elif char == b">" and depth <= 0:
                self._out.declares = b"<!ENTITY" in data[begin:at]
                return at
        # Quotes or brackets that are not in order: it ends where the tags of a feed begin.
        self._out.balanced = False
        found = re.compile(rb"<(?:rss|rdf:RDF|feed)[\s>]", re.IGNORECASE).search(data, begin)
        return found.start() if found else len(data)

    def _start(self, raw: bytes, rest: bytes, mark: int, inner: int) -> None:
        empty = rest.endswith(b"/")
        if len(self._open) >= _TRACKED and not (self._recover and self._resets(self._name(raw))):
            self._over += not empty
            if self._node is not None:
                self._node.deepest = max(self._node.deepest, len(self._open) + self._over)
            return
        scopes, bases = len(self._scopes), len(self._bases)
        if b"xmlns" in rest or b"xml:base" in rest:
            self._declare(rest)
        name = self._name(raw)
        if not self._out.root:
            if not self._begin(name, raw, mark, inner):
                del self._scopes[scopes:], self._bases[bases:]
                self._forget(scopes)
                return
        elif self._recover:
            self._make_room(name, mark)
        item = self._node is None and name in _ITEMS and (self._recover or self._holder())
        if self._node is not None:
            self._node.deepest = max(self._node.deepest, len(self._open) + 1 - self._node_at)
        self._open.append(_Open(raw, name, mark, inner, scopes, bases, item))
        self._count[self._key(raw)] += 1
        if item:
            self._open_item(name, mark, inner)
        if empty:
            self._pop(len(self._open) - 1, inner, inner)

    def _begin(self, name: str, raw: bytes, mark: int, inner: int) -> bool:
        """Whether this is the root element of a feed."""
        out = self._out
        if name.removeprefix("?:") in ROOTS:
            out.root, out.root_tag, out.bases = name.removeprefix("?:"), (mark, inner), tuple(self._bases)
            if name.startswith("?:"):  # whatever its namespace is, it is that of this feed
                self._scopes[-1] = self._scopes[-1] | {raw.rpartition(b":")[0].lower(): ""}
                self._names.clear()
            return True
        out.page = name.removeprefix("?:") in _PAGE
        return False

    def _holder(self) -> bool:
        """Whether items may stand here: not in a picture's description or somebody's extension."""
        return not self._open or self._open[-1].name.removeprefix("?:") in _HOLDERS

    def _open_item(self, name: str, mark: int, inner: int) -> None:
        self._node = MarkupNode(Element(name, mark, inner, inner, inner), bases=tuple(self._bases))
        self._node_at = len(self._open)
        if len(self._out.nodes) >= self._limits.items:
            self._out.cut = f"more than {self._limits.items:,} items"
            return
        self._out.nodes.append(self._node)

    def _end(self, raw: bytes, mark: int, after: int) -> None:
        key = self._key(raw)
        if self._over and not (self._recover and self._count[key] and self._resets(self._name(raw))):
            self._over -= 1
            return
        if self._open and self._key(self._open[-1].raw) == key:
            self._pop(len(self._open) - 1, mark, after)
        else:
            self._out.balanced = False
            if self._recover and self._count[key]:
                at = len(self._open) - 1
                while self._key(self._open[at].raw) != key:
                    at -= 1
                self._pop(at, mark, after)

    def _resets(self, name: str) -> bool:
        """Of an unbalanced feed: whether a tag of this name ends whatever is open in an item."""
        return self._node is not None and (name in _ITEMS or name in ROOTS)

    def _make_room(self, name: str, mark: int) -> None:
        """Of an unbalanced feed: end what cannot hold an element of this name."""
        if self._node is None:
            return
        if name in _ITEMS or name in ROOTS:
            self._pop(self._node_at - 1, mark, mark)
        elif len(self._open) == self._node_at + 1 and name in _LEAVES and self._open[-1].name in _LEAVES:
            self._pop(len(self._open) - 1, mark, mark)

    def _pop(self, to: int, close: int, after: int) -> None:
        """End the elements from depth `to`. What ends without an end tag of its own ends at `close`."""
        self._over = 0
        while len(self._open) > to:
            top = self._open.pop()
            self._count[self._key(top.raw)] -= 1
            end = after if len(self._open) == to else close
            self._record(top, Element(top.name, top.start, top.inner, close, end))
            if len(self._scopes) > top.scopes:
                del self._scopes[top.scopes :]
                self._forget(top.scopes)
            del self._bases[top.bases :]

    def _forget(self, scopes: int) -> None:
        if len(self._scopes) == scopes:
            self._names.clear()

    def _record(self, top: _Open, element: Element) -> None:
        depth, node = len(self._open), self._node
        if node is None:
            if (depth <= 2 or top.name == "rdf:li") and len(self._out.head) < self._limits.items * 2:
                self._out.head.append(element)
        elif top.item:
            node.element = element
            # Children are met in the order of their ends; readers of the list expect that of their beginnings.
            node.parts.sort(key=lambda part: part.start)
            self._node = None
        elif len(node.parts) <= self._limits.children:
            if depth == self._node_at:
                node.parts.append(element)
            elif depth == self._node_at + 1 and self._open[-1].name in _GROUPS:
                node.parts.append(element._replace(name=f"{self._open[-1].name}/{element.name}"))

    def _key(self, raw: bytes) -> bytes:
        return raw.lower() if self._recover else raw

    def _declare(self, rest: bytes) -> None:
        """Namespaces and base address that a start tag sets."""
        scope: dict[bytes, str] = {}
        for name, value in attributes(rest, self._limits.attributes).items():
            if name == "xml:base":
                if len(self._bases) < _BASES:
                    self._bases.append(value[:4_096])
            elif name == "xmlns" or name.startswith("xmlns:"):
                scope[name[6:].encode()] = prefix_of(value)
        if scope and len(self._scopes[-1]) < _PREFIXES:
            self._scopes.append(scope if len(self._scopes) == 1 else self._scopes[-1] | scope)
            self._names.clear()

    def _name(self, raw: bytes) -> str:
        name = self._names.get(raw)
        if name is None:
            prefix, colon, local = raw.rpartition(b":")
            known = self._scopes[-1].get(prefix.lower())
            if known is None:
                known = BY_PREFIX.get(prefix.lower().decode("utf-8", "replace"), "?") if colon else ""
            short = local.decode("utf-8", "replace").lower()
            name = f"{known}:{short}" if known else short
            if len(self._names) < 10_000:
                self._names[raw] = name
        return name


def open_tags(data: bytes) -> Iterator[tuple[bytes, bytes, bool, bool]]:
    """Name, attributes, whether it is an end tag, whether it is empty, of each tag; comments, CDATA sections and
    document types are passed over. For OPML, which is nothing but tags.
    """
    scan = _Scan(data, Limits(), recover=True)
    at = 0
    while (mark := data.find(b"<", at)) >= 0:
        match = _TAG.match(data, mark)
        if match is None and not data.startswith((b"<!", b"<?"), mark):
            match = _LOOSE.match(data, mark)
        if match is None:
            at = scan._declaration(mark) if data.startswith((b"<!", b"<?"), mark) else mark + 1
            continue
        yield match[2], match[3], bool(match[1]), match[3].endswith(b"/")
        at = match.end()
