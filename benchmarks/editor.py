"""An editor for test data: cuts, adds, moves and rewords parts of a report, or corrects a few of its facts.

`edit` touches about `share` of the words: two fifths of them are cut by sentences, a fifth is added (sentences of other
stories), a fifth moved, and a fifth reworded one by one. `replace` puts a paragraph of another story in the place of
one. `correct` changes names or numbers and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

SENTENCE = re.compile(r'(?<=[.!?"])\s+(?=[A-Z"])')
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_NUMBER, _NAME = re.compile(r"\b\d+(?:[.,]\d+)?\b"), re.compile(r"(?<=[a-z] )[A-Z][a-z]{3,}\b")
_NAMES = ("Halloway", "Pruitt", "Sandoval", "Okafor", "Lindqvist", "Marsh", "Teague", "Varga")
CUT, ADDED, MOVED, REWORDED = 0.4, 0.2, 0.2, 0.2
SINGLE_WORDS = 0.35
"""Share of running words that a thesaurus has an entry for, roughly."""


def sentences(text: str) -> list[str]:
    """The sentences of a text, roughly."""
    return [sentence for sentence in SENTENCE.split(text) if sentence.strip()]


def edit(text: str, share: float, rng: Random, strangers: Sequence[str], synonyms: Mapping[str, Sequence[str]]) -> str:
    """The text as an editor would print it; `strangers` are sentences of other stories, `synonyms` of single words."""
    found = sentences(text)
    words = sum(len(sentence.split()) for sentence in found)
    _cut(found, CUT * share * words, rng)
    _add(found, ADDED * share * words, rng, strangers)
    _move(found, MOVED * share * words, rng)
    chance = REWORDED * share / SINGLE_WORDS

    def reworded(match: re.Match[str]) -> str:
        word = match.group()
        if word.islower() and word in synonyms and rng.random() < chance:
            return rng.choice(synonyms[word])
        return word

    return " ".join(_WORD.sub(reworded, sentence) for sentence in found)


def _cut(found: list[str], words: float, rng: Random) -> None:
    done = 0
    while len(found) > 2 and done < words:
        place = rng.randrange(len(found))
        size = len(found[place].split())
        if done + size > 1.5 * words + 8:
            return
        done += size
        del found[place]


def _add(found: list[str], words: float, rng: Random, strangers: Sequence[str]) -> None:
    done = 0
    while done < words:
        sentence = rng.choice(strangers)
        if done + len(sentence.split()) > 1.5 * words + 10:
            return
        done += len(sentence.split())
        found.insert(rng.randrange(len(found) + 1), sentence)


def _move(found: list[str], words: float, rng: Random) -> None:
    done = 0
    while len(found) > 3 and done < words:
        sentence = found.pop(rng.randrange(len(found)))
        found.insert(rng.randrange(len(found) + 1), sentence)
        done += len(sentence.split())


def replace(text: str, share: float, rng: Random, stranger: str) -> str:
    """The text with sentences of about `share` of its words, in one place, left out for as many of a stranger's."""
    found, wanted = sentences(text), share * len(text.split())
    begin = rng.randrange(max(1, len(found) - 1))
    end, new = begin, list[str]()
    while end < len(found) and sum(len(sentence.split()) for sentence in found[begin:end]) < wanted:
        end += 1
    for sentence in sentences(stranger):
        if sum(len(each.split()) for each in new) < wanted:
            new.append(sentence)
    return " ".join([*found[:begin], *new, *found[end:]])


def correct(text: str, count: int, rng: Random) -> str:
    """The text with `count` of its numbers or names changed."""
    for _ in range(count):
        places = [*_NUMBER.finditer(text), *_NAME.finditer(text)]
        if not places:
            return text
        match = rng.choice(places)
        new = str(rng.randrange(2, 99)) if match.group()[0].isdigit() else rng.choice(_NAMES)
        text = text[: match.start()] + new + text[match.end() :]
    return text
