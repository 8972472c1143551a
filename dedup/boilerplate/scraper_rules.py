r"""The rules of `marks` for scraper marks: what a machine leaves when it takes a text from elsewhere.

| mark | example | why it is a scraper's |
|---|---|---|
| shortcode | `[ad_1]` `[caption id="a"]` `[/embed]` | of a content system, shown because another one printed it |
| merge tag | `{{title}}` `{% ad %}` `*\|FNAME\|*` `${name}` | a template that nobody filled in |
| cut | `[+1234 chars]` | a news API's way to end a text |
| source link | `Source link` | what autoblog plug-ins put under each text |
| first on | `The post X appeared first on Y.` | a feed's footer, printed by who copied the feed |
| originally | `This article was originally published on Y.` | the same by hand; not when a date follows |
| original | `Read the original article here`, `Go to Source` | a plug-in's footer |
| aggregated | `auto-aggregated by a computer program`, `adsbygoogle` | says so; a script's rest |

"… is auto-generated from a syndicated feed" and "published from an agency feed without modifications" are
boilerplate: honest notes of outlets that have a licence, and not to be held against them.

`suspect_kernels.suspects` must know of every mark here: it looks for HINTS. Letter case is ignored for ASCII alone
(re.ASCII), as it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dedup.text.calendar import ENGLISH_MONTHS, ENGLISH_WEEKDAYS

_FLAGS = re.IGNORECASE | re.ASCII
_GAP = r"[ \t\u00a0]{1,3}"


def _words(pattern: str) -> str:
    """A pattern in which each `~` stands for what may separate two words."""
    return pattern.replace("~", _GAP)


_SHORTCODE = re.compile(r"\[(/?)([a-z][a-z0-9_-]{0,40})((?:[ \t\u00a0][^\[\]\n]{0,300})?)/?\]", _FLAGS)
_EMBED = re.compile(r"\[(embed|youtube|video|audio)\b[^\[\]\n]{0,100}\][^\[\]\n]{0,300}\[/\1\]", _FLAGS)
_CUT = re.compile(_words(r"\[\+\d{1,7}~chars\]"), _FLAGS)
KNOWN = (
    "caption gallery embed audio video playlist embedyt youtube vimeo tweet twitter instagram facebook soundcloud "
    "contact-form-7 contact-form wpforms gravityform mailpoet newsletter adsense adrotate ads ad sidebar button row "
    "column one-half toc shortcode pullquote blockquote quote dropcap divider spacer tabs tab accordion toggle "
    "recent-posts related-posts related post-views rss feed feedzy-rss wp-rss-aggregator wpematico the-ad "
    "the-ad-group quads amp adinserter vc iframe img image sc slideshow slider"
)
"""Shortcodes that count without underscore or attribute, when they stand alone on a line."""
_KNOWN = frozenset(KNOWN.split())
_MERGE = re.compile(r"\{\{[^{}\n]{1,60}\}\}|\{%[^{}%\n]{1,60}%\}|\$\{[a-z_][\w.]{0,40}\}|\*\|[a-z_:]{2,40}\|\*", _FLAGS)
_SOURCE_LINK = re.compile(
    _words(r"\bsource~links?\b(?!~[a-z]|-)[ \t\u00a0]?(?:[:–-]?[ \t]?https?://\S{1,300})?[.:]?"), _FLAGS
)
_FOOTER_ENDS = r"(?: (?:here|at|on)\b)?[.:]?(?=\s*$|[ \t]*https?:)"
_ORIGINAL = re.compile(
    _words(
        r"\b(?:read|view|see|visit|go~to|link~to)~(?:the~)?original~(?:article|source|post|story|content|web~?page|page)"
    )
    + _FOOTER_ENDS,
    _FLAGS | re.MULTILINE,
)
_ORIGINAL_LINE = re.compile(
    _words(
        r"^[ \t\"'(\[*–—-]{0,4}original~(?:article|source|post|story)\b[ \t)\].:]{0,6}"
        r"(?:(?:https?:|www\.)\S{0,300})?$"
    ),
    _FLAGS | re.MULTILINE,
)
_GO_TO_SOURCE = re.compile(r"\bgo to (?:the )?source" + _FOOTER_ENDS, _FLAGS | re.MULTILINE)
_AGGREGATED = re.compile(r"\bauto[- ]?aggregated\b[^\n]{0,160}|\(?adsbygoogle[^\n]{0,120}", _FLAGS)
_NO_DATE = _words(
    rf"(?!~(?:\d|(?:the~)?(?:{'|'.join(ENGLISH_WEEKDAYS)})|{'|'.join(ENGLISH_MONTHS)}|"
    r"(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b))"
)
_FIRST_ON = re.compile(
    _words(
        r"\b(?:appeared~first~(?:on|in|at)|first~appeared~(?:on|in|at)|(?:erschien|erscheint)~zuerst~(?:auf|bei|in)|"
        r"(?:public[óo]|aparece|apareci[óo]|publicad[ao])~primero~en|apareceu~primeiro~em|"
        r"(?:est~apparue?|apparu)~en~premier~sur|proviene~da)\b"
        # a list, not an outlet: "… appeared first on the list of"
        + _NO_DATE + r"(?!~(?-i:[a-z]{1,20}~[a-z]{1,20}[ \t\u00a0]))"
    ),
    _FLAGS,
)  # fmt: skip
_SENTENCE_BEGINS = r"(?:^|(?<=[\s.!?\])”\"’*(\[]))(?=(?-i:[A-ZÉ]))"
_POST = re.compile(
    _SENTENCE_BEGINS + r"(?:the|this|der|die|dieser|la|el|l['’]|o|il|cet|cette|este|esta)[ \t\u00a0]{0,3}"
    r"(?:post|article|story|content|entry|piece|beitrag|artikel|entrada|art[íi]culo|publicaci[óo]n|noticia|articolo|"
    r"artigo)\b(?![ \t]offices?\b)",
    _FLAGS,
)
_ORIGINALLY = re.compile(
    _words(r"\b(?:originally~(?:published|appeared|posted|reported)|republished)~(?:on|in|at|by|here|from|with)\b")
    + _NO_DATE,
    _FLAGS,
)
_THIS = re.compile(
    _SENTENCE_BEGINS + _words(
        r"(?:(?:this|the)~(?:[a-z]{2,12}~)?(?:article|story|post|content|piece|report|essay|column|op-ed|interview|"
        r"excerpt|commentary|news|blog|analysis)\b|originally|republished)"
    ),
    _FLAGS,
)  # fmt: skip
_TITLE = 300
"""Characters between "The post" and "appeared first on": a headline."""
_REACH = 120
"""Characters that may stand before "originally published" in its sentence, and after it."""
_SENTENCE_ENDS = re.compile(r"[.!?…][”\"’)]?(?=\s+[A-Z“\"‘]|\s*$)|(?=\n)")

# What must stand in the lower-cased text for a pattern to be tried: to look for a word costs a fiftieth of it.
_ANYWHERE: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    (("link",), _SOURCE_LINK),
    (("original",), _ORIGINAL),
    (("original",), _ORIGINAL_LINE),
    (("go to ",), _GO_TO_SOURCE),
    (("aggregated", "adsbygoogle"), _AGGREGATED),
)
_SENTENCES: tuple[tuple[tuple[str, ...], re.Pattern[str], re.Pattern[str], int], ...] = (
    (("appeared", "zuerst", "primero", "primeiro", "premier", "proviene"), _FIRST_ON, _POST, _TITLE),
    (("originally", "republished"), _ORIGINALLY, _THIS, _REACH),
)


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Places of scraper marks, in no order; some may overlap."""
    if "[" in text:
        yield from (match.span() for match in _EMBED.finditer(text))
        yield from (match.span() for match in _CUT.finditer(text))
        yield from (match.span() for match in _SHORTCODE.finditer(text) if _is_shortcode(text, match))
    if "{" in text or "*|" in text:
        yield from (match.span() for match in _MERGE.finditer(text))
    low = text.lower()  # it may be longer or shorter than the text: for asking what the text holds, not where
    for words, pattern in _ANYWHERE:
        if any(word in low for word in words):
            yield from (match.span() for match in pattern.finditer(text))
    for words, core, head, reach in _SENTENCES:
        if any(word in low for word in words):
            for match in core.finditer(text):
                yield from _sentence_back_to(head, text, match, reach)


def _is_shortcode(text: str, match: re.Match[str]) -> bool:
    """`[ad_1]`, `[/caption]`, `[caption id="x"]`, `[gallery]` alone; not `[sic]`, `[the ad]`, `[video shows a man]`."""
    closing, name, rest = match.groups()
    if "=" in rest:
        return True
    if rest.strip():
        return False
    if closing or "_" in name:
        return True
    return name.lower() in _KNOWN and not (_on_line(text, match.start() - 1) or _on_line(text, match.end()))


def _on_line(text: str, at: int) -> bool:
    """Whether something stands at this place of the same line."""
    return 0 <= at < len(text) and text[at] != "\n"


def _sentence_back_to(head: re.Pattern[str], text: str, core: re.Match[str], reach: int) -> Iterator[tuple[int, int]]:
    """The sentence round `core`, if it begins with a `head` within `reach` characters before it."""
    begin = max(text.rfind("\n", 0, core.start()) + 1, core.start() - reach)
    starts = [match.start() for match in head.finditer(text, begin, core.end())]
    if starts:
        limit = min(core.end() + _REACH, len(text))
        end = _SENTENCE_ENDS.search(text, core.end(), limit)
        yield starts[-1], end.end() if end else limit
