"""The thesaurus that the package ships: `python -m benchmarks.wordnet [--folder DIR] [--out FILE]`.

Made from the WordNet 3.0 database (Debian package `wordnet-base`): words and phrases of up to three words in small
letters, the senses that they share, which senses are more general or similar, how usual a word is in a sense, and
irregular forms. No glosses and no names. Words that WordNet marks as slurs or obscene, or whose gloss says so, are left
out. Words that sort people (`_PEOPLE`: by origin, colour, faith, opinion, sexuality, health, or as bad or foolish) are
known, since spinners use them, but marked as unsaid: they are never suggested. The same input gives the same bytes. Its
licence stands beside it in `wordnet.md`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.settings import BenchmarkError
from dedup.phrasing.suggest.thesaurus import LONGEST
from dedup.phrasing.suggest.wordnet import FILE, GENERAL, GROUP, PARTS, SIMILAR
from dedup.runtime.atomic import atomic

FOLDER = Path("/usr/share/wordnet")
_PARTS = {"n": 0, "v": 1, "a": 2, "s": 2, "r": 3}
_RELATIONS = {"@": GENERAL, "&": SIMILAR, "$": GROUP}
_DERIVED = ("+", "\\")
_MARKED = frozenset(("disparagement", "ethnic slur", "obscenity", "vulgarism"))
"""Senses that mark others as such."""
_BAD = re.compile(
    r"\b(offensive (?:term|name|word|slang)s?|ethnic slur|slurs?\b|obscene|vulgar|derogatory|disparaging|"
    r"sexual|genital|copulat|masturbat|prostitut|whore|excrement|defecat|urinat|feces|buttocks|"
    r"homosexual|lesbian|transsexual|have sex|having sex|rectum|anus|penis|vagina|negro|retarded)",
    re.IGNORECASE,
)
"""What a gloss says of words that must not be suggested."""
_SLANG = """
arse ass bimbo bitch boob bum butt cracker cretin cripple cunt fanny fucker gypsy homeboy hooker hussy imbecile knocker
moron prat rape retard slag slut squaw strumpet tart tit titty tooshie trollop tush wench
"""
"""Words of whose taste the glosses say nothing."""
_PEOPLE = """
addict adulterer alcoholic anarchist bad_person bastard bigot conservative convict coward criminal deceiver
degenerate deviant drug_user drunkard eccentric egotist exile extremist failure fanatic fascist fool foreigner
handicapped_person hater heretic homosexual idler immigrant inferior killer lawbreaker leftist liberal libertine
loser lunatic madman migrant nationalist native neurotic nonbeliever nonreligious_person outcast partisan peasant
person_of_color pervert poor_person primitive psychotic racist radical reactionary rebel religious_person
revolutionist rightist simpleton slave supremacist terrorist traitor transsexual ugly_duckling unfortunate
unpleasant_person unwelcome_person villain weakling wretch wrongdoer
"""
"""Kinds of people (WordNet's nouns with all that is more special) that no suggestion may make anybody one of."""
_GROUPS = """
ethnic_group religion cult political_orientation sect
"""
"""The same of groups and of what they believe."""
_SORTING = re.compile(
    r"\b(gender|ethnic\w*|race|races|racial\w*|skin|Islam\w*|Muslims?|Jew(?:s|ish)?|Christian\w*|atheis\w*|religious|"
    r"mentally|insan\w+|obes\w+|immigrants?|foreigners?|slaves?|prejudice\w*|"
    r"political (?:left|right|party|philosophy))\b"
)
"""What a gloss says of words that sort people."""
_SORTED = """
alien alt black blind brown colored coloured crazy deaf democrat democrats dumb dwarf fat gay gays gypsy illegal
illegals indian insane labour lame mad native oriental pagan queer radical radicals red republican republicans
savage spastic straight tory trans transgender transgendered white whites
"""
"""Words that sort people besides their usual senses."""
_TERM = re.compile(r"[a-z]+(?:[-_'][a-z]+)*")

USUAL = 2
"""Senses of a word that come to a reader's mind."""
Key = tuple[int, str]


@dataclass(slots=True)
class _Sense:
    words: list[str]
    relations: list[tuple[int, Key]]
    marks: list[Key]
    """Senses that it says are of its kind of usage."""
    derived: list[Key]
    """Senses of words that its words are derived from, or they from them."""
    gloss: str
    ranks: dict[str, int] = field(default_factory=dict)
    """How many senses of each word are more usual."""


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as file:
            yield from (line for line in file if not line.startswith(" "))
    except OSError as error:
        raise BenchmarkError(f"{path}: {error.strerror} (apt-get install wordnet-base)") from None


def _senses(folder: Path) -> dict[Key, _Sense]:
    """All senses with their words as they stand there."""
    found: dict[Key, _Sense] = {}
    for number, part in enumerate(PARTS):
        for line in _lines(folder / f"data.{part}"):
            head, _, gloss = line.partition(" | ")
            cells = head.split()
            count = int(cells[3], 16)
            words = [re.sub(r"\(\w+\)$", "", word) for word in cells[4 : 4 + 2 * count : 2]]
            rest = cells[5 + 2 * count :]
            relations, marks, derived = [], [], []
            for at in range(0, 4 * int(cells[4 + 2 * count]), 4):
                kind, other = rest[at], (_PARTS[rest[at + 2]], rest[at + 1])
                if kind in _RELATIONS and other[0] == number:
                    relations.append((_RELATIONS[kind], other))
                elif kind == ";u":
                    marks.append(other)
                elif kind in _DERIVED:
                    derived.append(other)
            found[number, cells[0]] = _Sense(words, relations, marks, derived, gloss)
        for line in _lines(folder / f"index.{part}"):
            cells = line.split()
            for rank, offset in enumerate(cells[-int(cells[2]) :]):
                found[number, offset].ranks[cells[0]] = rank
    return found


def _barred(senses: dict[Key, _Sense]) -> tuple[set[Key], set[str]]:
    """Senses that are left out, and words that are left out of all: a marked sense is among their usual ones, or one of
    which the gloss says so is the most usual.
    """
    marks = {key for key, sense in senses.items() if not _MARKED.isdisjoint(map(_spaced, sense.words))}
    marked = {key for key, sense in senses.items() if not marks.isdisjoint(sense.marks)}
    told = {key for key, sense in senses.items() if _BAD.search(sense.gloss.partition('"')[0])}
    bad = marked | told
    ranks = ((word.lower(), senses[key].ranks[word.lower()], key) for key in bad for word in senses[key].words)
    words = {*_SLANG.split()} | {word for word, rank, key in ranks if rank < (USUAL if key in marked else 1)}
    return bad, words


def _unsaid(senses: dict[Key, _Sense]) -> set[str]:
    """Words that sort people: one of their usual senses does, or is derived from one that does."""
    special: dict[Key, list[Key]] = {}
    for key, sense in senses.items():
        for kind, other in sense.relations:
            if kind == GENERAL:
                special.setdefault(other, []).append(key)
    nouns = {key: {word.lower() for word in sense.words} for key, sense in senses.items() if key[0] == 0}
    people = _below({key for key, words in nouns.items() if {"person", "individual"} <= words}, special)
    roots = {key for key in people if not nouns[key].isdisjoint(_PEOPLE.split())}
    groups_named = frozenset(_GROUPS.split())
    groups = {key for key, words in nouns.items() for word in words & groups_named if senses[key].ranks[word] == 0}
    sorting = _below(roots | groups, special)
    told = {key for key, sense in senses.items() if _SORTING.search(sense.gloss.partition('"')[0])}
    sorting |= {key for key in told if key[0] == 2 or key in people}
    derived = {key for key, sense in senses.items() if key[0] > 1 and not sorting.isdisjoint(sense.derived)}
    ranks = [(word.lower(), key, key in sorting) for key in sorting | derived for word in senses[key].words]
    words = {_plain(word) for word, key, told in ranks if senses[key].ranks[word] < (USUAL if told else 1)}
    return words | {*_SORTED.split()}


def _below(roots: set[Key], special: dict[Key, list[Key]]) -> set[Key]:
    """Senses and all that are more special."""
    found, left = set(roots), list(roots)
    while left:
        fresh = [key for key in special.get(left.pop(), ()) if key not in found]
        found.update(fresh)
        left += fresh
    return found


def _spaced(word: str) -> str:
    return word.replace("_", " ")


def _plain(word: str) -> str:
    """A term as texts are read; "" for a name, and for what is longer than texts are read."""
    if not _TERM.fullmatch(word):
        return ""
    words = re.split(r"[-_']", word)
    return " ".join(words) if len(words) <= LONGEST else ""


def _irregular(folder: Path) -> list[str]:
    """Part of speech, form, and lemmas of irregular forms."""
    return [f"{part} {line.strip()}" for part in PARTS for line in _lines(folder / f"{part}.exc")]


def table(folder: Path) -> dict[str, Any]:
    """The columns of the table, see `dedup.phrasing.suggest.wordnet`."""
    senses = _senses(folder)
    bad, barred = _barred(senses)
    kept: dict[Key, list[tuple[str, int]]] = {}
    for key, sense in senses.items():
        told = [word for word in sense.words if key not in bad and word.lower() not in barred]
        words = [(_plain(word), sense.ranks[word.lower()]) for word in told]
        kept[key] = [(word, min(rank, 255)) for word, rank in dict(reversed(words)).items() if word]
    numbers = {key: number for number, key in enumerate(sorted(key for key, words in kept.items() if words))}
    terms = sorted({word for words in kept.values() for word, _ in words})
    places = {term: place for place, term in enumerate(terms)}
    members = [(places[word], rank) for key in numbers for word, rank in kept[key]]
    pairs = sorted({
        (kind, numbers[key], numbers[other])
        for key in numbers for kind, other in senses[key].relations
        if other in numbers and (kind == GENERAL or key < other)
    })  # fmt: skip
    unsaid = _unsaid(senses)
    return {
        "unsaid": np.array([place for place, term in enumerate(terms) if term in unsaid], np.uint32),
        "terms": np.frombuffer("\n".join(terms).encode(), np.uint8),
        "irregular": np.frombuffer("\n".join(_irregular(folder)).encode(), np.uint8),
        "parts": np.array([key[0] for key in numbers], np.uint8),
        "ends": np.cumsum([len(kept[key]) for key in numbers]).astype(np.uint32),
        "members": np.array([place for place, _ in members], np.uint32),
        "ranks": np.array([rank for _, rank in members], np.uint8),
        "kinds": np.array([kind for kind, _, _ in pairs], np.uint8),
        "one": np.array([one for _, one, _ in pairs], np.uint32),
        "two": np.array([two for _, _, two in pairs], np.uint32),
    }


def main(arguments: list[str] | None = None) -> int:
    """Write the table."""
    parser = argparse.ArgumentParser("python -m benchmarks.wordnet", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, metavar="DIR", help="WordNet database  [%(default)s]")
    parser.add_argument("--out", type=Path, default=FILE, metavar="FILE", help="the table  [the one in the package]")
    given = parser.parse_args(arguments)
    try:
        columns = table(given.folder)
    except BenchmarkError as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    with atomic(given.out) as out:
        np.savez_compressed(out, **columns)
    print(f"{given.out}: {given.out.stat().st_size:,} bytes, {len(columns['parts']):,} senses", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
