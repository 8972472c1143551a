"""EPUB books: their chapters in reading order, each read as a web page is."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote

from dedup.read.documents.model import Converted, UnreadableError, not_a
from dedup.read.documents.package import Package, TextsOf
from dedup.text.html import charset_of, html_to_text

_CONTAINER, _ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_CHAPTER = 32 << 20
_CHAPTERS = 20_000


def read_epub(data: bytes, limit: int) -> Converted:
    """Raises UnreadableError and what broken packages and XML raise."""
    package = Package(data, "epub")
    if _CONTAINER not in package.names:
        raise UnreadableError(not_a("epub"))
    container, book = _Container(), _Book()
    package.parse(_CONTAINER, container)
    if container.path not in package.names:
        raise UnreadableError("broken EPUB book: its table of contents is missing")
    package.parse(container.path, book)
    folder = posixpath.dirname(container.path)
    chapters = [posixpath.normpath(posixpath.join(folder, unquote(href))) for href in book.chapters()]
    _check_open(package, chapters)
    texts: list[str] = []
    length = 0
    for chapter in chapters[:_CHAPTERS]:
        if chapter not in package.names:
            raise UnreadableError("broken EPUB book: a chapter is missing")
        texts.append(_page(package.read(chapter, _CHAPTER)))
        length += len(texts[-1])
        if length > limit:
            break
    return Converted("\n".join(filter(None, texts)), book.found.get("date", ""))


def _check_open(package: Package, chapters: list[str]) -> None:
    """Raises UnreadableError if chapters are encrypted. (Fonts often are, which does not matter.)"""
    if _ENCRYPTION in package.names:
        listed = _Encrypted()
        package.parse(_ENCRYPTION, listed)
        if listed.paths & set(chapters):
            raise UnreadableError("encrypted: a book with digital rights management")


def _page(data: bytes) -> str:
    return html_to_text(data.decode(charset_of(data) or "utf-8", "replace").removeprefix("\ufeff"))


class _Container(TextsOf):
    path = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "rootfile" and not self.path:
            self.path = attributes.get("full-path", "")


class _Encrypted(TextsOf):
    def __init__(self) -> None:
        super().__init__()
        self.paths: set[str] = set()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "CipherReference":
            self.paths.add(unquote(attributes.get("URI", "")))


class _Book(TextsOf):
    def __init__(self) -> None:
        super().__init__()
        self._files: dict[str, str] = {}
        self._order: list[str] = []

    def chapters(self) -> list[str]:
        """In reading order."""
        return [self._files[name] for name in dict.fromkeys(self._order) if name in self._files]

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        super().start(tag, attributes)
        if tag == "item" and attributes.get("media-type") in _PAGES:
            self._files[attributes.get("id", "")] = attributes.get("href", "")
        elif tag == "itemref":
            self._order.append(attributes.get("idref", ""))
