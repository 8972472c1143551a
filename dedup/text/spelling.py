"""Whether two spellings are of the same words: British and American, one word or two, figures or number words."""

from __future__ import annotations

import re
from functools import lru_cache

from dedup.text.numbers import find_numbers

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
    "percent": "per cent", "m": "am", "re": "are", "ve": "have", "ll": "will", "t": "not", "mr": "mister",
}  # fmt: skip


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
    if "".join(one).lower() == "".join(two).lower():
        return True
    if "".join(map(plain, one)).replace(" ", "") == "".join(map(plain, two)).replace(" ", ""):
        return True
    return _same_numbers(a, b)


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
    return "".join(map(plain, _LETTERS.findall(rest_a))) == "".join(map(plain, _LETTERS.findall(rest_b)))
