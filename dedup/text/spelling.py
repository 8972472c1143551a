"""Whether two spellings are of the same words: British and American, one word or two, figures or number words,
contracted, abbreviated or written out, as the style of a newsroom has it; with or without accents.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product

from dedup.text.numbers import find_numbers
from dedup.text.tokens import folded_words

_UMLAUT = re.compile(r"([aou])e")
_LETTERS = re.compile(r"[^\W_]+")
_RULES = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"ae(?=[a-z]{3})|oe(?=[dns][a-z]{2})", "e"),  # haemorrhage, oestrogen
        (r"our(?=(?:s|ed|ing|ite|able|ful|hood|er|ers|less|y)?$)", "or"),  # colour
        (r"is(?=(?:e|es|ed|ing|er|ers|ation|ations)$)", "iz"),  # organise
        (r"ys(?=(?:e|es|ed|ing)$)", "yz"),  # analyse
        (r"(?<=[a-z]{2}[tb])re(?=s?$)", "er"),  # centre
        (r"(?<=[aeiou])ll(?=(?:ed|ing|er|ers|or|ors)$)", "l"),  # travelled
        (r"(?<=[a-z]{2})ogue(?=s?$)", "og"),  # dialogue
        (r"(?<=[a-z]{2}[en])ce(?=s?$)", "se"),  # defence
        (r"amme(?=s?$)", "am"),  # programme
        (r"ement(?=s?$)", "ment"),  # judgement
        (r"^grey|(?<=[a-z])wards$", lambda match: "gray" if match.group() == "grey" else "ward"),
        (r"^(whil|among|amid)st$", r"\1"),  # amongst
        (r"^tyre", "tire"), (r"^cheque", "check"), (r"^plough", "plow"), (r"^mum", "mom"), (r"^whil$", "while"),
    )
)  # fmt: skip
_SHORTER = {
    "cannot": "can not", "ok": "okay", "yr": "year",
    "percent": "per cent", "pct": "per cent", "m": "am", "re": "are", "ve": "have", "ll": "will", "t": "not",
    "mr": "mister",
}  # fmt: skip

_FORMS = (
    "learned/learnt burned/burnt dreamed/dreamt leaned/leant leaped/leapt spelled/spelt spilled/spilt spoiled/spoilt "
    "smelled/smelt dwelled/dwelt kneeled/knelt government/govt versus/vs"
)
_NAMES = (
    "january/jan february/feb march/mar april/apr june/jun july/jul august/aug september/sep/sept october/oct "
    "november/nov december/dec monday/mon tuesday/tue/tues wednesday/wed/weds thursday/thu/thur/thurs friday/fri "
    "saturday/sat sunday/sun doctor/dr professor/prof saint/st governor/gov senator/sen general/gen sergeant/sgt "
    "lieutenant/lt captain/capt"
)


def _by_short(groups: str) -> dict[str, str]:
    """The long form of each short one."""
    rows = [group.split("/") for group in groups.split()]
    return {short: long for long, *all_short in rows for short in all_short}


_SHORTER |= _by_short(_FORMS)
_ABBREVIATED = _by_short(_NAMES)
"""Read as such only with a capital: "sat" and "sun" are words of their own."""
_AMBIGUOUS = {"d": ("would", "had"), "s": ("is", "has", "us", "s")}
"""What an apostrophe stands for before these letters; any of them is no other wording."""
_MOST_AMBIGUOUS = 4
"""Of a phrase, of which all readings are tried."""
_WRITTEN_OUT = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"(?i)\bwon['’ʼ‘]t\b", "will not"),
        (r"(?i)\bshan['’ʼ‘]t\b", "shall not"),
        (r"(?i)\bcan['’ʼ‘]t\b", "can not"),
        (r"(?i)n['’ʼ‘]t\b", " not"),
        (r"\bU\.?\s?S(?:\.?\s?A)?\b\.?", "United States"),
        (r"\bU\.?\s?K\b\.?", "United Kingdom"),
        (r"\bU\.?\s?N\b\.?", "United Nations"),
        (r"\bE\.?\s?U\b\.?", "European Union"),
        (r"\bO\.?\s?K\b\.?", "okay"),
        (r"\s?%", " per cent "),
        (r"&", " and "),
    )
)
_MAY_BE_SHORT = re.compile(r"['’ʼ‘%&]|[UEO]\.?\s?[SKNU]")
"""What a phrase has that one of these patterns changes: most have nothing of it."""


@lru_cache(maxsize=8192)
def plain(word: str) -> str:
    """A word in one spelling, lower case: American, contractions written out."""
    word = word.lower()
    for pattern, instead in _RULES:
        word = pattern.sub(instead, word)
    return _SHORTER.get(word, word)


@lru_cache(maxsize=8192)
def same_words(a: str, b: str) -> bool:
    """Whether two phrases are the same words: but for case, punctuation, spelling, spaces, and how numbers are
    written.
    """
    one, two = _LETTERS.findall(a), _LETTERS.findall(b)
    if "".join(one).lower() == "".join(two).lower() or _same_bare(a, b):
        return True
    return bool(_readings(a) & _readings(b)) or _same_numbers(a, b)


def _same_bare(a: str, b: str) -> bool:
    """Whether two phrases differ in accents, look-alikes and the writing of umlauts alone; not where both are ASCII."""
    if a.isascii() and b.isascii():
        return False
    one, two = (folded_words(text, bare=True).replace(" ", "") for text in (a, b))
    return one == two or _UMLAUT.sub(r"\1", one) == _UMLAUT.sub(r"\1", two)


@lru_cache(maxsize=8192)
def _readings(text: str) -> frozenset[str]:
    """The words of a phrase in one spelling and without spaces, in every way that they may be read."""
    if _MAY_BE_SHORT.search(text):
        for pattern, instead in _WRITTEN_OUT:
            text = pattern.sub(instead, text)
    words = [_ABBREVIATED.get(word.lower(), word) if word[0].isupper() else word for word in _LETTERS.findall(text)]
    unclear = [at for at, word in enumerate(words) if word in _AMBIGUOUS][:_MOST_AMBIGUOUS]
    readings = [[plain(word)] for word in words]
    for at in unclear:
        readings[at] = list(_AMBIGUOUS[words[at]])
    return frozenset("".join(reading).replace(" ", "") for reading in product(*readings))


def _same_numbers(a: str, b: str) -> bool:
    """Whether both phrases are the same words about the same numbers."""
    numbers_a = find_numbers(a)
    numbers_b = find_numbers(b) if numbers_a else []
    if not numbers_a or len(numbers_a) != len(numbers_b):
        return False
    if not all(x.agrees(y) for x, y in zip(numbers_a, numbers_b, strict=True)):
        return False
    rest_a, rest_b = a, b
    for number in reversed(numbers_a):
        rest_a = rest_a[: number.start] + " " + rest_a[number.end :]
    for number in reversed(numbers_b):
        rest_b = rest_b[: number.start] + " " + rest_b[number.end :]
    return bool(_readings(rest_a) & _readings(rest_b))
