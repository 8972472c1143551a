"""Headline and first words of an item, held against those of earlier ones. Pure: nothing is read or written here.

An item of a few words says too little for a shingle, and much by how rare the words are: a headline and a sentence in
the same words are not written twice. How rare is counted over the items seen so far; before there are many of them, a
list of common words stands in. What a teaser proves is that the same headline stands above the same beginning. It never
shows that a text was reworded, and so it never lets one item take the place of another.
"""

from __future__ import annotations

import math
import re
import unicodedata
import zlib
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from dedup.model import UNKNOWN_DATE

LEAD = 40
"""Words of a text that count as its beginning: teasers are cut from the first sentence or two (15 to 35 words)."""
KEYS = 4
"""Keys of a beginning by which others of the like are found; the first words alone are asked, since teasers are cut."""
_KEYED = 14
_CHARACTERS = 480
"""Of a text, in which its first words are."""
_RUN = 3
"""Words in a row that are shared: single words are shared by all reports of one event."""
TITLE, BLURB = 0.8, 0.8
"""Share of the weight of the shorter headline, and of the shorter beginning, that must stand in the other one."""
BOTH, BLURB_LEAST, TITLE_ALONE, BLURB_ALONE = 30.0, 14.0, 34.0, 45.0
"""Least weight of what is shared, in nats: by headline and beginning together, of the beginning in that; by a headline
alone, where one of the two has no text; by a beginning under another headline, with another sign."""
SIGN = 8.0
"""What an image, an author or a date that two have in common counts in place of words."""
DAYS = 4
"""Days that both may lie apart: the same words a week later are a series, or the news of another week."""
_PRIOR = 500.0
"""Items that the counts begin with."""
_SLOTS = 1 << 15
_MARKS = str.maketrans({"'": None, **dict.fromkeys("\u2019\u2018\u00b4`", None),
                        **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb\u2013\u2014\u2026\u00a0", " ")})  # fmt: skip
"""Apostrophes go, quotation marks and dashes are spaces: that is what most texts have beside ASCII."""
_WORD = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]|"
    "[^\\W_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)
"""A word; in scripts without spaces a character."""
_TAIL = re.compile(
    r"(?:the post .{1,200} (?:first )?appeared (?:first )?on .{1,100}|(?:continue|keep) reading\b.{0,100}|"
    r"(?:click here to )?read more\b.{0,60}|(?:click here to )?read the (?:rest|full|whole)\b.{0,120}|"
    r"weiterlesen\b.{0,60}|lire la suite\b.{0,60}|seguir leyendo\b.{0,60}|leer más\b.{0,60}|"
    r"continua a leggere\b.{0,60})\Z",
    re.IGNORECASE | re.DOTALL,
)
"""What programs put behind a teaser; one at a time, since a row of them could be read in more ways than there is time
for."""
_TO_LAST_WORD = re.compile(r".*\w", re.DOTALL)
_SITE = re.compile(r"\s+(?:[-|\u2013\u2014\u00b7\u00bb:]|::)\s+")


@dataclass(frozen=True, slots=True)
class Teaser:
    """What an item shows of itself."""

    title: tuple[str, ...]
    """Words, folded; without the name of the site behind or before them."""
    lead: tuple[str, ...]
    """The first words of its text."""
    date: int = UNKNOWN_DATE
    image: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two teasers that say the same."""

    similarity: float
    same: bool
    """Word for word."""
    weight: float
    """Of what they share, in nats."""


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, folded: no case, no accents, no marks."""
    plain = text.translate(_MARKS)
    if not plain.isascii():
        plain = "".join(char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char))
    return tuple(_WORD.findall(plain.casefold()))


def title_of(text: str) -> tuple[str, ...]:
    """The words of a headline without the name of a site ("Headline - Site", "Site: Headline" stays)."""
    parts = _SITE.split(text.strip())
    while len(parts) > 1 and len(parts[-1].split()) <= 4 and len(" ".join(parts[:-1]).split()) >= 4:
        parts.pop()
    return words_of(" ".join(parts))


def teaser(title: str, text: str, date: int = UNKNOWN_DATE, image: str = "", author: str = "") -> Teaser:
    """Of an item, by its headline and the fullest text that is known of it. A text that begins with the headline, or
    is the headline, says nothing more by that.
    """
    head = title_of(title)
    begin = text[:_CHARACTERS].strip()
    if len(text) < _CHARACTERS:
        begin = _without_tails(begin)
    lead = words_of(begin)[: LEAD + len(head)]
    if head and lead[: len(head)] == head:
        lead = lead[len(head) :]
    return Teaser(head, lead[:LEAD], date, image, author)


def _without_tails(text: str) -> str:
    """A text without what programs put behind it, to its last word."""
    while found := _TO_LAST_WORD.match(text):
        tail = _TAIL.search(found[0])
        if tail is None:
            return found[0]
        text = found[0][: tail.start()]
    return ""


def keys(one: Teaser) -> list[int]:
    """Numbers that teasers of the same words have in common, at least one of them."""
    runs = {_number(" ".join(one.lead[at : at + _RUN])) for at in range(min(len(one.lead), _KEYED) - _RUN + 1)}
    found = sorted(runs)[:KEYS]
    if len(one.title) >= 2:
        found.append(_number("title " + " ".join(one.title)))
    return found


def _number(text: str) -> int:
    """A hash; two texts that share one are compared in vain, nothing worse."""
    return zlib.crc32(text.encode())


class TeaserCounts:
    """In how many items words stand, as far as that is remembered: by hashes, so that it never grows. Words that fall
    together count as more common than they are, and prove less.
    """

    def __init__(self, packed: str = "") -> None:
        self.items, self._slots = 0, array("L", bytes(array("L").itemsize * _SLOTS))
        try:
            items, _, data = packed.partition(" ")
            raw = array("I", zlib.decompress(b64decode(data))) if data else array("I")
            if len(raw) == _SLOTS:
                self.items, self._slots = int(items), array("L", raw)
        except (ValueError, zlib.error):
            pass  # counted anew: rarer than it is, for some days

    def add(self, one: Teaser) -> None:
        """One more item."""
        self.items += 1
        for word in {*one.title, *one.lead, *([one.image] if one.image else [])}:
            self._slots[zlib.crc32(word.encode()) % _SLOTS] += 1

    def count(self, word: str) -> int:
        """Items with a word, or more."""
        return self._slots[zlib.crc32(word.encode()) % _SLOTS]

    def weight(self, word: str) -> float:
        """What a word says, in nats: how rare it is among the items; little for words of grammar."""
        rare = math.log((self.items + _PRIOR) / (self.count(word) + 1.0))
        common = _common()
        return rare * common[word] if word in common else rare

    def packed(self) -> str:
        """As a text."""
        most = (1 << 32) - 1
        raw = array("I", (min(count, most) for count in self._slots))
        return f"{self.items} {b64encode(zlib.compress(raw.tobytes(), 1)).decode('ascii')}"


@cache
def _common() -> dict[str, float]:
    from dedup.text.common_words import COMMON_WORDS, FUNCTION_WORDS

    found = dict.fromkeys(COMMON_WORDS.split(), 0.5)
    return found | dict.fromkeys([*FUNCTION_WORDS.split(), *_GRAMMAR.split()], 0.1)


_GRAMMAR = (
    "a al als am an ao as au auch auf aus aux avec bei ce che com con da dans das dass dat de del della dem den der "
    "des di die do dos du e een ein eine einem einer el elle em en er es est et fur für gli hat het i il im in ist la "
    "las le les lo los mas met mit na nach nas ne nicht niet no noch non nos o op os par pas per plus por pour que "
    "qui se si sich sie sind sono sont su sur te uber um uma un una und une van von voor werden wie wird y zijn zu "
)


def alike(one: Teaser, other: Teaser, counts: TeaserCounts) -> Likeness | None:
    """Whether two items show the same headline and the same beginning, by words so rare that this is no chance; None
    where they do not.

    | headline and beginning are shared                          | BOTH, of it BLURB_LEAST in the beginning |
    | the headline is, one has no text                           | TITLE_ALONE                              |
    | the beginning is, under another headline, and a sign agrees | BLURB_ALONE                             |
    """
    if _apart(one, other) or _other_numbers(one, other):
        return None
    title_share, title_weight = _shared(one.title, other.title, counts)
    lead_share, lead_weight = _shared(one.lead, other.lead, counts)
    signs = _signs(one, other, counts)
    same_title = one.title == other.title or title_share >= TITLE
    told = 0.0
    if not one.lead or not other.lead:
        told = title_weight + signs - TITLE_ALONE if one.title == other.title else -1.0
        share = title_share
    elif same_title and lead_share >= BLURB:
        told = min(title_weight + lead_weight + signs - BOTH, lead_weight - BLURB_LEAST)
        share = min(title_share, lead_share)
    elif lead_share >= 0.95 and signs:
        told, share = lead_weight - BLURB_ALONE, lead_share
    else:
        return None
    if told < 0:
        return None
    same = one.title == other.title and one.lead == other.lead
    return Likeness(1.0 if same else min(share, 0.999), same, title_weight + lead_weight)


def _apart(one: Teaser, other: Teaser) -> bool:
    return UNKNOWN_DATE not in (one.date, other.date) and abs(one.date - other.date) > DAYS * 86_400


def _other_numbers(one: Teaser, other: Teaser) -> bool:
    """Whether the shorter one states a number that the other does not: a daily report, with other figures."""
    short, long = sorted((one, other), key=lambda each: len(each.lead))
    if not short.lead:
        return {word for word in one.title if word.isdecimal()} != {word for word in other.title if word.isdecimal()}
    stated = {word for word in (*long.title, *long.lead) if word.isdecimal()}
    return any(word.isdecimal() and word not in stated for word in (*short.title, *short.lead))


def _signs(one: Teaser, other: Teaser, counts: TeaserCounts) -> float:
    """What else the two have in common: a picture that hardly any item has, an author, the second of publication."""
    found = 0.0
    if one.image and one.image == other.image and counts.count(one.image) <= 3 + counts.items // 1000:
        found += SIGN
    if one.author and one.author == other.author:
        found += SIGN / 2
    if one.date == other.date != UNKNOWN_DATE and one.date % 60:
        found += SIGN / 2
    return found


def _shared(one: Sequence[str], other: Sequence[str], counts: TeaserCounts) -> tuple[float, float]:
    """Share of the weight of the shorter that stands in the other in runs of words, and that weight."""
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if not short:
        return 0.0, 0.0
    if short == long[: len(short)]:
        return 1.0, sum(map(counts.weight, short))
    size = min(_RUN, len(short))
    runs = {tuple(long[at : at + size]) for at in range(len(long) - size + 1)}
    covered = [False] * len(short)
    for at in range(len(short) - size + 1):
        if tuple(short[at : at + size]) in runs:
            covered[at : at + size] = [True] * size
    weights = [counts.weight(word) for word in short]
    whole = sum(weights)
    shared = sum(weight for weight, inside in zip(weights, covered, strict=True) if inside)
    return (shared / whole if whole else 0.0), shared


def joined(words: Iterable[str]) -> str:
    """Words as they are kept."""
    return " ".join(words)
