"""The head that Markdown files of site generators begin with: title, date and the like between two lines of marks.

Read line by line, and only what is plainly one: a text that merely begins with a rule of dashes stays whole. (YAML can
do far more; none of it is needed for a date, and a parser for it would be one more that strangers' files reach.)
"""

from __future__ import annotations

import re

_MARKS = {"---": (("---", "..."), ":"), "+++": (("+++",), "=")}
"""First line -> last line, and what stands between a name and its value: YAML, TOML."""
_LINES, _CHARACTERS = 200, 32 << 10
_NAME = re.compile(r"([A-Za-z_][\w .-]{0,60}?)\s{0,20}$")


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The names and values of the head, and the text after it; without a head nothing and the whole text."""
    first = text[:8].partition("\n")[0].rstrip()
    if first not in _MARKS:
        return {}, text
    last, between = _MARKS[first]
    values: dict[str, str] = {}
    at = text.index("\n") + 1 if "\n" in text else len(text)
    for _ in range(_LINES):
        end = text.find("\n", at, _CHARACTERS)
        line = text[at : end if end >= 0 else min(len(text), _CHARACTERS)].rstrip()
        if line in last:
            return (values, text[end + 1 :] if end >= 0 else "") if values else ({}, text)
        if end < 0 or not _take(line, between, values):
            break
        at = end + 1
    return {}, text


def _take(line: str, between: str, values: dict[str, str]) -> bool:
    """Take in a line of the head; False if it can be none."""
    if not line.strip() or line.lstrip().startswith("#"):
        return True
    if line[0] in " \t-]}":  # what belongs to the name above
        return bool(values)
    name, sign, value = line.partition(between)
    if not sign or not (match := _NAME.match(name)) or (between == ":" and value and not value[0].isspace()):
        return line.startswith("[") and between == "="
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    values.setdefault(match[1].strip(), value)
    return True
