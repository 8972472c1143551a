"""Word (.docx) and OpenDocument (.odt) files, by their XML: what a reader sees, without notes, comments, and what was
deleted while changes were tracked.

By the standard library, for the two formats need little: text, breaks and what is hidden. Libraries for them
(python-docx, odfpy) build whole trees of hundreds of bytes a word, and expand what they unpack without a bound.
"""

from __future__ import annotations

from dedup.read.documents.model import ENCRYPTED, Converted, UnreadableError, not_a
from dedup.read.documents.package import Handler, Package, TextsOf, lines, metadata

_RELATIONSHIPS = "_rels/.rels"


def read_docx(data: bytes, limit: int) -> Converted:
    """Raises UnreadableError and what broken packages and XML raise."""
    package = Package(data, "docx")
    main = _main_part(package)
    if main not in package.names:
        raise UnreadableError(not_a("docx"))
    page = _Word(limit)
    package.parse(main, page)
    values = metadata(package, "docProps/core.xml")
    return Converted(lines(page.out), values.get("created", "") or values.get("modified", ""))


def read_odt(data: bytes, limit: int) -> Converted:
    """Raises UnreadableError and what broken packages and XML raise."""
    package = Package(data, "odt")
    if "content.xml" not in package.names:
        raise UnreadableError(not_a("odt"))
    manifest = "META-INF/manifest.xml"
    if manifest in package.names and b"encryption-data" in package.read(manifest, 8 << 20):
        raise UnreadableError(ENCRYPTED)
    page = _OpenDocument(limit)
    package.parse("content.xml", page)
    if not page.is_text:
        raise UnreadableError(not_a("odt"))
    values = metadata(package, "meta.xml")
    return Converted(lines(page.out), values.get("creation-date", "") or values.get("date", ""))


def _main_part(package: Package) -> str:
    """Where the text of a Word document stands: where its relationships say, which is nearly always the same."""
    if "word/document.xml" in package.names:
        return "word/document.xml"
    found = _Relationships()
    if _RELATIONSHIPS in package.names:
        package.parse(_RELATIONSHIPS, found)
    return found.main if "word" in found.main else ""


class _Relationships(TextsOf):
    main = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if attributes.get("Type", "").endswith("/officeDocument"):
            self.main = attributes.get("Target", "").lstrip("/")


class _Text(Handler):
    """Collects text; elements named in `dropped` hide what is in them."""

    dropped: frozenset[str] = frozenset()

    def __init__(self, limit: int) -> None:
        self.out: list[str] = []
        self._limit, self._length, self._dropping = limit, 0, 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in self.dropped:
            self._dropping += 1
        elif not self._dropping:
            self.begin(tag, attributes)

    def end(self, tag: str) -> None:
        if tag in self.dropped:
            self._dropping -= 1
        elif not self._dropping:
            self.finish(tag)

    def enough(self) -> bool:
        return self._length > self._limit

    def add(self, text: str) -> None:
        if not self._dropping:
            self.out.append(text)
            self._length += len(text)

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """An element that is seen begins."""

    def finish(self, tag: str) -> None:
        """And ends."""


class _Word(_Text):
    # What tracked changes deleted or moved; a text box stands twice, the second time for old programs; pictures' names.
    dropped = frozenset(("del", "moveFrom", "Fallback", "instrText", "delText", "docPr"))

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self._in_text = self._hidden = self._in_run = False

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "t":
            self._in_text = True
        elif tag == "r":
            self._hidden, self._in_run = False, True
        elif tag == "vanish" and self._in_run:
            self._hidden = attributes.get("val", "true") not in ("0", "false", "off")
        elif tag in ("br", "cr", "p"):
            self.add("\n")
        elif tag in ("tab", "tc"):
            self.add(" ")
        elif tag in ("noBreakHyphen", "softHyphen"):
            self.add("-" if tag == "noBreakHyphen" else "")

    def finish(self, tag: str) -> None:
        if tag == "t":
            self._in_text = False
        elif tag == "r":
            self._hidden = self._in_run = False
        elif tag == "p":
            self.add("\n")

    def characters(self, data: str) -> None:
        if self._in_text and not self._hidden:
            self.add(data)


class _OpenDocument(_Text):
    dropped = frozenset(("tracked-changes", "annotation", "note", "forms", "sequence-decls", "bibliography-mark"))

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.is_text = False
        self._open = 0

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "text":
            self.is_text = True
        elif tag in ("p", "h"):
            self._open += 1
            self.add("\n")
        elif tag == "s":
            count = attributes.get("c", "1")
            self.add(" " * min(int(count), 100) if count.isdecimal() and len(count) < 5 else " ")
        elif tag == "tab":
            self.add(" ")
        elif tag == "line-break":
            self.add("\n")

    def finish(self, tag: str) -> None:
        if tag in ("p", "h"):
            self._open -= 1
            self.add("\n")

    def characters(self, data: str) -> None:
        if self._open:
            self.add(data.replace("\n", " "))
