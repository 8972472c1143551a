"""HTML to plain text, light and safe: any input gives some text, in time linear in its size.

The standard library's `html.parser` is not used: it needs quadratic time on hostile pages (measured on 3.11: 40 kB of
"<!--" take 0.7 s, 30 kB of "<a " 6.9 s), and a crawl holds such pages.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Set
from html import unescape
from itertools import islice

from dedup.text.html_styles import Paint, attributes_of, declarations, invisible, painted

_DROPPED = frozenset(("script", "style", "noscript", "template", "head", "svg", "iframe"))
_BOILERPLATE = frozenset(("nav", "footer", "aside", "form"))
_RAW = frozenset(("script", "style", "title", "textarea", "iframe"))
"""Elements whose content is no markup: it goes to their own end tag, whatever stands in between."""
_VOID = frozenset((
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    "frame", "command", "keygen",
))  # fmt: skip
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "dialog",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "head", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "option", "p", "pre",
    "section", "select", "summary", "table", "tbody", "tfoot", "thead", "title", "tr", "ul",
))  # fmt: skip
_CELLS = frozenset(("td", "th"))
_DEEPEST = 512
"""Open elements that are tracked; deeper ones are read as if they were closed at once."""
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,60})")
_TAG_MARK = re.compile(r"""[>"']""")
_NEVER_HIDDEN = frozenset(("html", "body", "main"))
"""Sites hide these until a script has run; a saved page keeps that."""
_ENDED_BY_NEXT = frozenset(("p", "li", "dd", "dt", "td", "th", "tr", "option"))
"""Elements whose end tag may be left out before another of the same kind."""
_ATTRIBUTES = 4096
"""Characters of a tag in which its attributes are looked for."""
_SHEET = re.compile(r"<link[^<>]{0,500}\bstylesheet\b|<style[^<>]{0,200}>", re.IGNORECASE)
_GROUND, _SHEETS = re.compile("background|@import", re.IGNORECASE), 50
"""What a style sheet in the page says of grounds; so many are looked at."""
_TITLE_PARTS = re.compile(r"\s[|\-–—·»:]\s")
_SPACES = re.compile(r"[^\S\n]+")
_LONG_REFERENCE = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")
_HEAD = 4096
"""Bytes in which a page may declare its encoding."""
_CHARSET = re.compile(rb"""<meta[^>]{0,500}?charset\s{0,20}=\s{0,20}["']?\s{0,20}([\w.:-]{1,40})""", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"""\s{0,100}<\?xml[^>]{0,200}?encoding\s{0,20}=\s{0,20}["']([\w.:-]{1,40})""")
_ALIASES = {"ascii": "cp1252", "iso8859-1": "cp1252", "utf-16": "utf-8", "utf-16-le": "utf-8", "utf-16-be": "utf-8"}
"""As browsers do: a page that can declare in ASCII that it is UTF-16 is not."""
_CODECS = re.compile(
    r"utf-8|cp125\d|cp874|cp86[56]|cp932|cp949|cp950|iso8859-\d+|koi8-[rut]|mac-(?:roman|cyrillic)|gb2312|gbk|gb18030|hz|"
    r"big5|big5hkscs|euc_jp|euc_kr|shift_jis|iso2022_jp|johab|tis-620"
)
"""Python knows more codecs, some of which run for minutes (punycode) or are no character sets (zip)."""


_BLOCK_NAMES = (
    "p|div|ul|ol|li|h[1-6]|table|tr|td|blockquote|article|section|body|html|pre|figure|figcaption|span|a|strong|em"
)
_ANY_BLOCK = re.compile(rf"<(?:{_BLOCK_NAMES}|br)(?:\s[^<>]{{0,2000}})?/?>", re.IGNORECASE)
_END_TAG = re.compile(rf"</(?:{_BLOCK_NAMES})>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s{0,5}/?>", re.IGNORECASE)
_WHOLE_BLOCK = re.compile(r"(?:^|\n)<(p|div|h[1-6]|li|blockquote)>[^<>\n]{20,10000}</\1>", re.IGNORECASE)
_DATED = 1 << 20
"""Characters of a page in which its date is looked for."""
_META = re.compile(r"<meta\s[^<>]{0,1000}>", re.IGNORECASE)
_DATED_ATTRIBUTE = re.compile(
    r"""([a-zA-Z:-]{1,20})\s{0,5}=\s{0,5}(?:"([^"]{0,500})"|'([^']{0,500})'|([^\s"'>]{1,500}))"""
)
_META_DATES = frozenset((
    "article:published_time", "og:published_time", "og:article:published_time", "datepublished", "date", "pubdate",
    "publishdate", "publish-date", "publish_date", "publication_date", "dc.date", "dc.date.issued", "dcterms.created",
    "dcterms.date", "parsely-pub-date", "sailthru.date", "article.published", "published_time",
))  # fmt: skip
_JSON_LD_DATE = re.compile(r'"datePublished"\s{0,20}:\s{0,20}"([^"\\<>]{4,64})"')
_TIME = re.compile(r"""<time\s[^<>]{0,500}?\bdatetime\s{0,5}=\s{0,5}["']?([^"'<>\s][^"'<>]{3,63})""", re.IGNORECASE)


def html_to_text(page: str) -> str:
    """The visible text of a page, a line a block, the title first. Navigation, forms and asides are left out unless
    there is nothing else (some sites wrap the whole page in a form). Never raises.
    """
    return _read(page, _DROPPED | _BOILERPLATE) or _read(page, _DROPPED)


def _read(page: str, dropped: frozenset[str]) -> str:
    """The text; an element that hides its content and has no end hides nothing, so that no page is lost to it."""
    reader = _Page(page, dropped)
    text = reader.text()
    if reader.unclosed:
        text = _Page(page, dropped, reader.unclosed).text()
    return text or _Page(page, dropped, None).text()


def looks_like_html(text: str) -> bool:
    """Whether a field of a record plainly is HTML: it begins with a tag and an end tag or line breaks follow, or it has
    several tags of blocks with their end tags. A text that speaks of tags is none.
    """
    if not (first := _ANY_BLOCK.search(text)):
        return False
    ends = sum(1 for _ in islice(_END_TAG.finditer(text, first.start()), 2))
    breaks = sum(1 for _ in islice(_BREAK.finditer(text), 2))
    if _TAG.match(text.lstrip()[:80]):
        return ends > 0 or breaks > 0
    return (
        ends > 1
        or breaks > 1
        or (ends > 0 and breaks > 0)
        or bool(_WHOLE_BLOCK.search(text, max(first.start() - 1, 0)))
    )


def date_of(page: str) -> str:
    """When a page says that it was published: in a meta element, in JSON-LD, in its first time element; else empty."""
    for tag in islice(_META.finditer(page, 0, _DATED), 200):
        attributes = {
            match[1].lower(): match[2] or match[3] or match[4] or "" for match in _DATED_ATTRIBUTE.finditer(tag[0])
        }
        names = (attributes.get(name, "").lower() for name in ("property", "name", "itemprop"))
        if (value := attributes.get("content", "").strip()) and any(name in _META_DATES for name in names):
            return unescape(value[:80])
    for pattern in (_JSON_LD_DATE, _TIME):
        if match := pattern.search(page, 0, _DATED):
            return match[1].strip()
    return ""


def charset_of(data: bytes) -> str | None:
    """The codec that the page declares, None if none or an unknown one."""
    match = _CHARSET.search(data, 0, _HEAD) or _XML_ENCODING.match(data, 0, _HEAD)
    if match is None:
        return None
    try:
        name = codecs.lookup(match[1].decode("ascii")).name
    except (LookupError, ValueError):
        return None
    name = _ALIASES.get(name, name)
    return name if _CODECS.fullmatch(name) else None


class _Page:
    """Goes through a page once, from tag to tag."""

    def __init__(self, page: str, dropped: frozenset[str], shown: Set[int] | None = frozenset()) -> None:
        self._page = page
        self._dropped_tags = dropped
        self._out: list[str] = []
        self._shown = shown  # where tags begin that hide nothing; None: all
        self.unclosed: set[int] = set()  # where tags begin that hide and were not closed by their own end tags
        self._title = ""
        self._open: list[str] = []
        self._hiding: list[int] = []  # for each open element where its tag begins if it hides, else -1
        self._paint = [Paint(white=not _styled(page))]  # the letters of the page, and of each open element
        self._open_count: Counter[str] = Counter()
        self._dropping = 0  # open elements that are dropped
        self._quotes_broken = False
        self._comments_broken = False

    def text(self) -> str:
        page, at = self._page, 0
        while (mark := page.find("<", at)) >= 0:
            self._text(at, mark)
            at = self._markup(mark)
        self._text(at, len(page))
        self.unclosed.update(start for start in self._hiding if start >= 0)
        self.unclosed.update(paint.pale for paint in self._paint if paint.pale >= 0)
        lines = [line for line in map(_one_line, "".join(self._out).split("\n")) if line]
        title = _one_line(self._title)
        if title and not _repeated(title, lines):
            lines.insert(0, title)
        return "\n".join(lines)

    def _text(self, start: int, end: int) -> None:
        if end > start and not self._dropping:
            if self._paint[-1].hidden:
                self._out.append(" ")  # letters that nobody sees take up their room
                return
            self._out.append(_unescaped(self._page[start:end]).replace("\n", " "))

    def _markup(self, mark: int) -> int:
        """Handle what begins at the "<" at `mark`; returns where to go on."""
        match = _TAG.match(self._page, mark)
        if match is None:
            if self._page.startswith(("<!", "<?", "</"), mark):
                return self._declaration(mark)
            self._text(mark, mark + 1)
            return mark + 1
        end = self._tag_end(match.end())
        tag = match[2].lower()
        if match[1]:
            self._close(tag)
        else:
            self._end_before(tag)
            hides, paint = self._looks(tag, mark, match.end(), end)
            self._start(tag, self._page[end - 2] == "/", mark if hides else -1, paint)
            if tag in _RAW:
                return self._raw(tag, end)
        return end

    def _declaration(self, mark: int) -> int:
        """A comment, doctype or processing instruction. A comment without an end is closed by the next ">"."""
        if self._page.startswith("<!--", mark) and not self._comments_broken:
            if (end := self._page.find("-->", mark + 2)) >= 0:
                return end + 3
            self._comments_broken = True  # do not search to the end of the page again for every one
        return self._after(">", mark)

    def _tag_end(self, at: int) -> int:
        """After the ">" of a tag; one in quotes does not count, unless the quotes are not in order."""
        start, page = at, self._page
        while not self._quotes_broken:
            mark = _TAG_MARK.search(page, at)
            if mark is None:
                break
            if mark[0] == ">":
                return mark.end()
            at = page.find(mark[0], mark.end()) + 1
            if not at:
                break
        self._quotes_broken = True  # such a search goes to the end of the page: only once
        return self._after(">", start)

    def _after(self, mark: str, at: int) -> int:
        end = self._page.find(mark, at)
        return len(self._page) if end < 0 else end + 1

    def _raw(self, tag: str, at: int) -> int:
        """Skip or keep the content of an element without markup; returns where its end tag begins."""
        end = re.compile(f"</{tag}", re.IGNORECASE).search(self._page, at)
        stop = end.start() if end else len(self._page)
        if tag == "title" and self._in_head_only():
            self._title = self._title or _unescaped(self._page[at:stop]).replace("\n", " ")
        elif tag not in self._dropped_tags:  # also where nesting is too deep to be tracked
            self._text(at, stop)
        return stop

    def _in_head_only(self) -> bool:
        return self._dropping == 1 and self._open_count["head"] == 1

    def _looks(self, tag: str, mark: int, start: int, end: int) -> tuple[bool, Paint]:
        """Whether no reader of the page sees what is in the element, and what its letters look like."""
        above, stop = self._paint[-1], min(end - 1, start + _ATTRIBUTES)
        if self._shown is None or stop - start < 4 or tag in _VOID:
            return False, above
        low = self._page[start:stop].lower()
        if not ("style" in low or "hidden" in low or "color" in low or "text" in low):
            # what most tags have: it can give the element a ground, and do nothing else
            ground = above.white and ("class" in low or " id" in low or "background" in low)
            return False, above._replace(white=False) if ground else above
        attributes = attributes_of(self._page[start:stop])
        style = declarations(_unescaped(attributes.get("style", "")))
        paint = painted(above, attributes, style, mark)
        if tag in _NEVER_HIDDEN:
            return False, paint if paint.pale < 0 else Paint(white=False)  # all letters are white: the page is dark
        return invisible(style, attributes.get("hidden")), paint._replace(
            pale=-1
        ) if paint.pale in self._shown else paint

    def _end_before(self, tag: str) -> None:
        """Close an element whose end tag may be left out before `tag`: one that hides something must not go on."""
        if self._open and (self._hiding[-1] >= 0 or self._paint[-1].pale >= 0):
            last = self._open[-1]
            if (last == "p" and tag in _BLOCKS and tag != "br") or (last == tag and tag in _ENDED_BY_NEXT):
                self._close(last)

    def _start(self, tag: str, empty: bool, hides: int, paint: Paint) -> None:
        if tag == "body" and self._open_count["head"]:
            self._close("head")
        if tag in _BLOCKS and not self._dropping:
            self._out.append("\n")
        elif tag in _CELLS and not self._dropping:
            self._out.append(" ")
        if tag in _VOID or (empty and tag not in _RAW) or len(self._open) >= _DEEPEST:
            return
        self._open.append(tag)
        self._open_count[tag] += 1
        self._paint.append(paint)
        if self._shown and hides in self._shown:
            hides = -1
        self._hiding.append(hides)
        self._dropping += tag in self._dropped_tags or hides >= 0

    def _close(self, tag: str) -> None:
        """Close the innermost open `tag` and what is open in it. An end tag without a start is passed over."""
        if tag in _BLOCKS and not self._dropping:
            self._out.append("\n")
        if not self._open_count[tag]:
            return
        while self._open:
            inner = self._open.pop()
            self._open_count[inner] -= 1
            hides, pale = self._hiding.pop(), self._paint.pop().pale
            self._dropping -= inner in self._dropped_tags or hides >= 0
            if inner != tag and hides >= 0:
                self.unclosed.add(hides)
            if inner != tag and pale >= 0 and pale != self._paint[-1].pale:
                self.unclosed.add(pale)
            if inner == tag:
                return


def _styled(page: str) -> bool:
    """Whether a style sheet may give the page or its elements a ground."""
    for number, sheet in enumerate(_SHEET.finditer(page)):
        end = page.find("</style", sheet.end())
        if number == _SHEETS or sheet[0][1] in "lL" or end < 0 or _GROUND.search(page, sheet.end(), end):
            return True
    return False


def _one_line(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _repeated(title: str, lines: list[str]) -> bool:
    """Whether a line says what the title says, with or without the name of the site."""
    said = {title.casefold(), _TITLE_PARTS.split(title)[0].casefold()}
    return any(line.casefold() in said for line in lines)


def _unescaped(text: str) -> str:
    """With entities as characters. Numbers too long for any character would make `unescape` raise."""
    if "&" not in text:
        return text
    return unescape(_LONG_REFERENCE.sub("\ufffd", text))
