"""What could stand in a word's place by a thesaurus, in the form that the word has.

A thesaurus lists words as dictionaries do; texts inflect them. A word of a text is read as every form of every listed
word that it can be, and the alternatives are put into the same form. Both ways: where a thesaurus lists b for a, a is
an alternative of b as well, for a spinner went from one to the other and this is the way back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from dedup.errors import ConfigError
from dedup.phrasing.suggest import thesaurus_files
from dedup.phrasing.suggest.inflection import PARTS, Inflection
from dedup.phrasing.suggest.thesaurus_files import ThesaurusEntry

LONGEST = 3
"""Words of a phrase; longer ones are left out."""
MOST = 100
"""Alternatives of one word."""
LISTED = -2.0
"""Nats of an alternative: between a word of the same sense and a similar one (`wordnet`), for a list may have both."""
_PLAIN = re.compile(r"[a-z]+")
_WORDS = re.compile(r"[^\W_]+")


class Thesaurus:
    """Alternatives of words and phrases."""

    names = True

    def __init__(self, entries: Iterable[ThesaurusEntry], exceptions: Iterable[tuple[str, str, str]] = ()) -> None:
        self._inflection = Inflection(exceptions)
        found: dict[str, dict[str, list[str]]] = {part: {} for part in PARTS}
        folded = _Folded()
        for entry in entries:
            known, word = found[entry.part], folded[entry.word]
            for other in map(folded.__getitem__, entry.others):
                if word and other and other != word:
                    known.setdefault(word, []).append(other)
                    known.setdefault(other, []).append(word)
        self._longest = 1 + max((word.count(" ") for known in found.values() for word in known), default=0)
        self._others = {
            part: {word: tuple(dict.fromkeys(others)) for word, others in known.items()}
            for part, known in found.items()
        }

    @classmethod
    def load(cls, path: Path) -> Thesaurus:
        """From a MyThes file (`th_en_US_v2.dat`), a folder of WordNet, or a list as plain lines (`word: other, other`),
        CSV (`word,other,other`) or JSON (`{"word": ["other"]}`). Raises InputError, ConfigError.
        """
        source = thesaurus_files.read(path)
        found = cls(source.entries, source.exceptions)
        if not any(found._others.values()):
            raise ConfigError(f"{path}: no word with an alternative in it")
        return found

    def may_list(self, words: str) -> bool:
        """False for what is longer than its phrases."""
        return words.count(" ") < self._longest

    def ranked(self, words: str) -> tuple[tuple[str, float], ...]:
        """The same with what each is worth in nats, see `suggestion`: a list ranks nothing."""
        return tuple((other, LISTED) for other in self.alike(words))

    def alike(self, words: str) -> tuple[str, ...]:
        """Alternatives of a word or phrase of up to three words, in lower case, in the form that it has."""
        if words.count(" ") >= LONGEST:
            return ()
        found: dict[str, None] = {}
        for lemma, form in self._inflection.readings(words):
            for part, forms in PARTS.items():
                if form in forms:
                    for other in self._others[part].get(lemma, ())[:MOST]:
                        found.update(dict.fromkeys(self._inflection.inflected(other, form)))
        found.pop(words, None)
        return tuple(found)[:MOST]


class _Folded(dict[str, str]):
    """Terms as texts are read: words in lower case with one blank between them; "" for what is of no use."""

    def __missing__(self, term: str) -> str:
        found = self[term] = _folded(term)
        return found


def _folded(term: str) -> str:
    if _PLAIN.fullmatch(term):
        return term
    words = _WORDS.findall(unicodedata.normalize("NFC", term.lower()))
    if not 1 <= len(words) <= LONGEST or not any(word.isalpha() for word in words):
        return ""
    # abbreviations: "ME" is Maine, "me" is not
    return "" if len(term) <= 4 and term.isupper() else " ".join(words)
