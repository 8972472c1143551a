"""The spinner's two vocabularies: `tune` from WordNet, `heldout` from MyThes, which has no pair of `tune`.

Needs the Debian packages `wordnet-base` and `mythes-en-us` and, to know which words are common, the news of `--data`.
Thesauri list lemmas; entries are made for the inflected forms too, by WordNet's exception lists and simple rules.
A replacement is a word (or phrase) that the news itself uses: real spinners have common words in the wrong place,
not rare ones. How many heads there are is set so that spins of news share as many shingles with their source as those
of a real spinner do (`HEADS`).
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path

from benchmarks.phrases import PHRASES
from benchmarks.settings import DATA, BenchmarkError
from benchmarks.spinner import Vocabulary, heads

WORDNET = Path("/usr/share/wordnet")
MYTHES = Path("/usr/share/mythes/th_en_US_v2.dat")
NEWS = "us_news_2016_11_12.jsonl.gz"
NAMES = ("tune", "heldout")
HEADS = {"tune": 1700, "heldout": 1050}
"""The vocabulary cut: one-word heads, the most frequent in the news."""
CHOICES = 3
"""Replacements of a head at most."""
COMMON = 20
"""Occurrences in the news that each word of a replacement has at least."""
SENSES = 3
LONGEST = 7

_FUNCTION = """
a about above across after again against ago ah all almost along already also although always am among an and
another any anybody anyone anything are around as at away b back be became because become been before began behind
being below between beyond both but by c can cannot co could d day days did do does doing don done down during e
each eight either else enough etc even ever every everyone everything except f far few first five for four from g
get gets getting go goes going gone got h had has have having he her here hers herself him himself his how however
hundred i if in inc including instead into is it its itself j just k l last least less like ll lot m made make makes
making many may me might million billion mine more most mr mrs ms much must my myself n near neither never new next
nine no nobody none nor not nothing now o of off often oh on once one ones only onto or other others our ours out
over own p per perhaps q quite r rather re s same second seven several shall she should since six so some somebody
someone something somewhat such t ten than that the their theirs them themselves then there these they thing things
third this those though thousand three through thus till time times to together too toward towards twice two u under
unless until up upon us v ve very via w was we well went were what whatever when whenever where whether which while
who whoever whole whom whose why will with within without would x y year years yes yet you your yours yourself z
monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
october november december st vs
"""
STOP = frozenset(_FUNCTION.split())
"""Words that are no heads of their own; phrases may have them."""

Sense = list[str]


@dataclass(slots=True)
class Thesaurus:
    """Senses of each `(lemma, part of speech)`, best first, and how much a reading weighs against the others."""

    senses: dict[tuple[str, str], list[Sense]] = field(default_factory=dict)
    weight: Counter[tuple[str, str]] = field(default_factory=Counter)


def _lines(path: Path, encoding: str = "utf-8") -> Iterator[str]:
    try:
        with path.open(encoding=encoding) as file:
            yield from file
    except OSError as error:
        raise BenchmarkError(f"{path}: {error.strerror} (apt-get install wordnet-base mythes-en-us)") from None


# -- WordNet ----------------------------------------------------------------------------------------------------------


def _synsets(pos: str) -> dict[str, tuple[Sense, list[str]]]:
    """Offset to lemmas and the offsets of similar synsets."""
    found = {}
    for line in _lines(WORDNET / f"data.{pos}"):
        if line.startswith(" "):
            continue
        cells = line.split(" | ")[0].split()
        count = int(cells[3], 16)
        lemmas = [re.sub(r"\(\w+\)$", "", word).replace("_", " ") for word in cells[4 : 4 + 2 * count : 2]]
        pointers = cells[5 + 2 * count :]
        similar = [pointers[at + 1] for at, cell in enumerate(pointers) if cell == "&"]
        found[cells[0]] = (lemmas, similar)
    return found


def wordnet() -> Thesaurus:
    """Lemmas of each sense, most frequent sense first; adjectives also have the similar ones, after their own."""
    thesaurus = Thesaurus()
    for pos in ("noun", "verb", "adj", "adv"):
        synsets = _synsets(pos)
        for line in _lines(WORDNET / f"index.{pos}"):
            if line.startswith(" "):
                continue
            cells = line.split()
            offsets = cells[-int(cells[2]) :]
            own = [synsets[offset][0] for offset in offsets]
            near = [list(chain.from_iterable(synsets[other][0] for other in synsets[offset][1])) for offset in offsets]
            key = (cells[0].replace("_", " "), pos)
            thesaurus.senses[key] = own[:SENSES] + near[:1]
    for line in _lines(WORDNET / "cntlist.rev"):
        sense, _, count = line.split()
        lemma, _, rest = sense.partition("%")
        pos = ("noun", "verb", "adj", "adv", "adj")[int(rest[0]) - 1]
        thesaurus.weight[lemma.replace("_", " "), pos] += int(count)
    return thesaurus


# -- MyThes -----------------------------------------------------------------------------------------------------------


def mythes() -> Thesaurus:
    """Meanings as they are listed; a part of speech weighs as many meanings as it has."""
    thesaurus = Thesaurus()
    lines = _lines(MYTHES)
    next(lines)
    for line in lines:
        head, _, count = line.rstrip("\n").rpartition("|")
        for _ in range(int(count)):
            part, *words = next(lines).rstrip("\n").split("|")
            key = (head, part.strip("()"))
            sense = [re.sub(r" \([^)]*\)$", "", word) for word in words if not word.endswith("(antonym)")]
            thesaurus.senses.setdefault(key, []).append(sense)
            thesaurus.weight[key] += 1
    return thesaurus


# -- inflection -------------------------------------------------------------------------------------------------------

FORMS = {"noun": ("", "plural"), "verb": ("", "s", "past", "participle", "ing"), "adj": ("",), "adv": ("",)}


@lru_cache(maxsize=1)
def _irregular() -> dict[tuple[str, str], str]:
    """`(lemma, form)` to the word."""
    found: dict[tuple[str, str], str] = {}
    for line in _lines(WORDNET / "noun.exc"):
        word, lemma, *_ = line.split()
        found.setdefault((lemma, "plural"), word)
    pasts: dict[str, list[str]] = {}
    for line in _lines(WORDNET / "verb.exc"):
        word, lemma, *_ = line.split()
        if word.endswith("ing") and word != lemma:
            found.setdefault((lemma, "ing"), word)
        elif not word.endswith("s"):
            pasts.setdefault(lemma, []).append(word)
    for lemma, words in pasts.items():
        participles = [word for word in words if re.search(r"(n|ne|u[nm][gk]?)$", word)] or words
        others = [word for word in words if word not in participles] or words
        found[lemma, "past"], found[lemma, "participle"] = others[0], participles[0]
    return found


def _added_s(word: str) -> str:
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search(r"(s|x|z|ch|sh|[^aeiou]o)$", word) else "s")


def _added_ed(word: str) -> str:
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ied"
    return word + ("d" if word.endswith("e") else "ed")


def _added_ing(word: str) -> str:
    if word.endswith("ie"):
        return word[:-2] + "ying"
    return (word[:-1] if re.search(r"[^eoy]e$", word) else word) + "ing"


_RULES: dict[str, Callable[[str], str]] = {
    "plural": _added_s, "s": _added_s, "past": _added_ed, "participle": _added_ed, "ing": _added_ing
}  # fmt: skip


def inflected(lemma: str, form: str) -> str:
    """A lemma in a form: of a phrase, the last word of a noun and the first of a verb changes."""
    if not form:
        return lemma
    words = lemma.split(" ")
    at = -1 if form == "plural" else 0
    words[at] = _irregular().get((words[at], form)) or _RULES[form](words[at])
    return " ".join(words)


# -- vocabularies -----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _counts(data: Path) -> tuple[Counter[str], Counter[str]]:
    """Occurrences of words in lower case, and of all runs of two to four words seen at least five times."""
    path = data / NEWS
    if not path.is_file():
        raise BenchmarkError(f"the spinner's vocabularies need {NEWS} in {data}")
    singles: Counter[str] = Counter()
    phrases: Counter[str] = Counter()
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            text = json.loads(line)["text"]
            singles.update(re.findall(r"(?<![\w'’])[a-z]+(?![\w])", text))
            phrases.update(head for head, _, size in heads(text, 4) if size > 1)
    return singles, Counter({phrase: count for phrase, count in phrases.items() if count >= 5})


Reading = tuple[int, str, str, str]
"""Weight, lemma, part of speech, form."""


def _readings(thesaurus: Thesaurus, common: Callable[[str], int]) -> dict[str, Reading]:
    """The likeliest reading of each word or phrase that the news has."""
    best: dict[str, Reading] = {}
    for lemma, pos in thesaurus.senses:
        if not re.fullmatch(r"[A-Za-z]+(?: [A-Za-z]+)*", lemma) or pos not in FORMS:
            continue
        for form in FORMS[pos]:
            head = inflected(lemma.lower(), form)
            # a word that is itself a lemma ("meeting") is rather that than a form of another ("meet")
            weight = thesaurus.weight[lemma, pos] * (1 if form else 3)
            # phrases of function words are written by hand: thesauri have odd senses of them
            if not STOP.issuperset(head.split()) and common(head) and weight >= best.get(head, (0,))[0]:
                best.setdefault(head, (weight, lemma, pos, form))
                if weight > best[head][0]:
                    best[head] = (weight, lemma, pos, form)
    return best


def _replacements(senses: Iterable[Sense], reading: Reading, common: Callable[[str], int]) -> list[str]:
    """Lemmas that may stand for this one: of its first sense that has any, then the commonest of the others."""
    _, lemma, _, _ = reading
    ranked: list[str] = []
    for sense in senses:
        usable = [
            word for word in sense
            if re.fullmatch(r"[a-z]+(?: [a-z]+)*", word) and word != lemma.lower() and word not in STOP
            and all(common(part) >= COMMON or part in STOP for part in word.split())
        ]  # fmt: skip
        ranked += sorted(set(usable) - set(ranked), key=lambda word: (-min(map(common, word.split())), word))
    return ranked


def _build(
    name: str, thesaurus: Thesaurus, data: Path, without: dict[str, set[str]]
) -> dict[str, dict[str, list[str]]]:
    """Entries and the lemma pairs behind them: {"entries": head to words, "pairs": lemma to lemmas}."""
    singles, phrases = _counts(data)

    def common(head: str) -> int:
        return phrases[head] if " " in head else singles[head]

    entries: dict[str, list[str]] = {}
    pairs: dict[str, list[str]] = {}
    readings = _readings(thesaurus, common)
    left = HEADS[name]
    for head in sorted(readings, key=lambda head: (-common(head), head)):
        reading = readings[head]
        _, lemma, pos, form = reading
        barred = without.get(lemma.lower(), set())
        lemmas = [word for word in _replacements(thesaurus.senses[lemma, pos], reading, common) if word not in barred]
        chosen = lemmas[:CHOICES]
        if not chosen or (" " not in head and left <= 0):
            continue
        left -= " " not in head
        pairs[lemma.lower()] = sorted({*pairs.get(lemma.lower(), []), *chosen})
        entries[head] = [inflected(word, form) for word in chosen]
    return {"entries": entries, "pairs": pairs}


@lru_cache(maxsize=2)
def _tune(data: Path) -> dict[str, dict[str, list[str]]]:
    return _build("tune", wordnet(), data, {})


@lru_cache(maxsize=4)
def load(name: str, data: Path = DATA) -> Vocabulary:
    """A vocabulary, hand-written phrases included (they go before what the thesaurus has)."""
    if name == "tune":
        built = _tune(data)["entries"]
        barred: dict[str, tuple[str, ...]] = {}
    else:
        tune = load("tune", data)
        known = {head: set(words) for head, words in _tune(data)["pairs"].items()}
        built = _build(name, mythes(), data, known)["entries"]
        barred = tune.entries
    entries = {head: tuple(words) for head, words in built.items()} | PHRASES[name]
    entries = {head: tuple(w for w in words if w not in barred.get(head, ())) for head, words in entries.items()}
    return Vocabulary.of(name, entries)
