"""The vocabularies of the spinner: `tune` from WordNet, `heldout` from MyThes less the pairs of `tune` both ways.

Needs the Debian packages `wordnet-base` and `mythes-en-us` and, to know which words are common, the news of `--data`.
Thesauri list lemmas; entries are made for the inflected forms too, by WordNet's exception lists and simple rules.
A replacement is a word (or phrase) that the news itself uses: real spinners have common words in the wrong place,
not rare ones. How many heads there are is set so that spins of news share as many shingles with their source as those
of a real spinner do (`HEADS`).
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path
from random import Random

import orjson

from benchmarks import phrases
from benchmarks.phrases import PHRASES
from benchmarks.settings import DATA, BenchmarkError, generated
from benchmarks.spinner import WORD, Vocabulary

WORDNET = Path("/usr/share/wordnet")
MYTHES = Path("/usr/share/mythes/th_en_US_v2.dat")
NEWS = "us_news_2016_11_12.jsonl.gz"
NAMES = ("tune", "heldout")
HEADS = 3000
"""The vocabulary cut: one-word heads are the words most frequent in the news ..."""
KEPT = {"tune": 0.85, "heldout": 0.71}
"""... less some drawn by lot: no spinner has them all, and without the lot stories on the beaten track would lose far
more shingles than others. The shares set the median Jaccard of spins to 0.25."""
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
    """Synonyms of each meaning as they are listed, then terms that are similar or more general.

    A part of speech weighs as many meanings as it has.
    """
    ranks = {"": 0, "(similar term)": 1, "(related term)": 2, "(generic term)": 3}
    thesaurus = Thesaurus()
    lines = _lines(MYTHES)
    next(lines)
    for line in lines:
        head, _, count = line.rstrip("\n").rpartition("|")
        for _ in range(int(count)):
            part, *words = next(lines).rstrip("\n").split("|")
            key = (head, part.strip("()"))
            senses = thesaurus.senses.setdefault(key, [[] for _ in ranks])
            ranked: list[Sense] = [[] for _ in ranks]
            for word in words:
                term, _, kind = word.partition(" (")
                rank = ranks.get(kind and f"({kind}")
                if rank is not None:
                    ranked[rank].append(term)
            senses.insert(thesaurus.weight[key], ranked[0])
            for rank in (1, 2, 3):
                senses[rank - len(ranks)] += ranked[rank]
            thesaurus.weight[key] += 1
    return thesaurus


# -- inflection -------------------------------------------------------------------------------------------------------

_SAME = "bet bid broadcast burst cast cost cut hit hurt let put quit read rid set shed shut spit split spread thrust"
"""Verbs whose past is the word itself; the exception lists leave them out."""
FORMS = {"noun": ("", "plural"), "verb": ("", "s", "past", "participle", "ing"), "adj": ("",), "adv": ("",)}


@lru_cache(maxsize=1)
def _irregular() -> dict[tuple[str, str], str]:
    """`(lemma, form)` to the word."""
    found: dict[tuple[str, str], str] = {}
    for line in _lines(WORDNET / "noun.exc"):
        word, lemma, *_ = line.split()
        found.setdefault((lemma, "plural"), word)
    pasts = {word: [word] for word in _SAME.split()}
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


def _plural(word: str) -> str:
    """A noun that looks like a plural stays as it is."""
    return word if re.search(r"[^siu]s$", word) else _added_s(word)


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
    "plural": _plural, "s": _added_s, "past": _added_ed, "participle": _added_ed, "ing": _added_ing
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


def _runs(text: str, wanted: frozenset[str]) -> Iterator[str]:
    """Runs of two to `LONGEST` words that are wanted (or begin so), as they stand in the text."""
    for stretch in re.split(r"[^\w'’ ]+", text):
        words = WORD.findall(stretch)
        for first in range(len(words) - 1):
            if f"{words[first]} {words[first + 1]}".lower() in wanted:
                ends = range(first + 2, min(first + LONGEST, len(words)) + 1)
                yield from (" ".join(words[first:end]) for end in ends)


def _counts(data: Path, phrases: Iterable[str]) -> Counter[str]:
    """Occurrences in lower case of words, and of those phrases that the news has at least five times.

    Names are no heads: a phrase must be in lower case in a quarter of all places.
    """
    path = data / NEWS
    if not path.is_file():
        raise BenchmarkError(f"the spinner's vocabularies need {NEWS} in {data}")
    wanted = frozenset(" ".join(phrase.split(" ")[:2]) for phrase in phrases)
    counts: Counter[str] = Counter()
    anyhow: Counter[str] = Counter()
    lower: Counter[str] = Counter()
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            text = json.loads(line)["text"]
            counts.update(re.findall(r"(?<![\w'’])[a-z]+(?![\w])", text))
            found = list(_runs(text, wanted))
            anyhow.update(map(str.lower, found))
            lower.update(filter(str.islower, found))
    counts.update({phrase: lower[phrase] for phrase, count in anyhow.items() if lower[phrase] >= max(5, count / 4)})
    return counts


Reading = tuple[int, str, str, str]
"""Weight, lemma, part of speech, form."""


@dataclass(frozen=True, slots=True)
class Built:
    """Entries, and the pairs of lemmas behind them."""

    entries: dict[str, tuple[str, ...]]
    pairs: dict[str, set[str]]


def _readings(thesaurus: Thesaurus) -> dict[str, Reading]:
    """The likeliest reading of each word or phrase."""
    best: dict[str, Reading] = {}
    for lemma, pos in thesaurus.senses:
        if not re.fullmatch(r"[A-Za-z]+(?: [A-Za-z]+)*", lemma) or pos not in FORMS:
            continue
        for form in FORMS[pos]:
            head = inflected(lemma.lower(), form)
            # a word that is itself a lemma ("meeting") is rather that than a form of another ("meet")
            weight = thesaurus.weight[lemma, pos] * (1 if form else 3)
            # phrases of function words are written by hand: thesauri have odd senses of them
            if not STOP.issuperset(head.split()) and (head not in best or weight > best[head][0]):
                best[head] = (weight, lemma, pos, form)
    return best


def _replacements(lemma: str, senses: Iterable[Sense], counts: Counter[str]) -> list[str]:
    """Lemmas that may stand for this one: sense by sense, the commonest first."""
    ranked: list[str] = []
    for sense in senses:
        usable = [
            word for word in sense
            if re.fullmatch(r"[a-z]+(?: [a-z]+)*", word) and word != lemma.lower() and word not in STOP
            and all(counts[part] >= COMMON or part in STOP for part in word.split())
        ]  # fmt: skip
        ranked += sorted(
            set(usable) - set(ranked), key=lambda word: (-min(counts[part] for part in word.split()), word)
        )
    return ranked


def _kept(heads: Iterable[str], name: str) -> Iterator[str]:
    """The vocabulary cut: all phrases, and the first words less those drawn."""
    left = HEADS
    for head in heads:
        if " " in head:
            yield head
        elif left > 0:
            left -= 1
            if Random(f"{name}\0{head}").random() < KEPT[name]:
                yield head


def _build(name: str, thesaurus: Thesaurus, data: Path, without: dict[str, set[str]]) -> Built:
    """The part of a vocabulary that comes from a thesaurus, less some pairs of lemmas."""
    readings = _readings(thesaurus)
    counts = _counts(data, (head for head in readings if " " in head))
    found: dict[str, tuple[Reading, list[str]]] = {}
    for head in sorted(filter(counts.get, readings), key=lambda head: (-counts[head], head)):
        _, lemma, pos, _ = readings[head]
        barred = without.get(lemma.lower(), set())
        lemmas = [word for word in _replacements(lemma, thesaurus.senses[lemma, pos], counts) if word not in barred]
        if lemmas:
            found[head] = (readings[head], lemmas[:CHOICES])
    built = Built({}, {})
    for head in _kept(found, name):
        (_, lemma, _, form), lemmas = found[head]
        built.pairs.setdefault(lemma.lower(), set()).update(lemmas)
        built.entries[head] = tuple(inflected(word, form) for word in lemmas)
    return built


@lru_cache(maxsize=2)
def _tune(data: Path) -> Built:
    return _build("tune", wordnet(), data, {})


def _either_way(pairs: dict[str, set[str]]) -> dict[str, set[str]]:
    """The pairs and their reverse."""
    both: dict[str, set[str]] = {}
    for one, others in pairs.items():
        for other in others:
            both.setdefault(one, set()).add(other)
            both.setdefault(other, set()).add(one)
    return both


def _heldout(data: Path) -> dict[str, tuple[str, ...]]:
    """Entries that have no pair of `tune`, neither as lemmas nor as they stand."""
    built = _build("heldout", mythes(), data, _either_way(_tune(data).pairs))
    tune = load("tune", data).entries
    entries = built.entries | PHRASES["heldout"]
    return {head: tuple(word for word in words if word not in tune.get(head, ())) for head, words in entries.items()}


@lru_cache(maxsize=4)
def load(name: str, data: Path = DATA) -> Vocabulary:
    """A vocabulary; its hand-written phrases go before what the thesaurus has for the same head."""
    if name not in NAMES:
        raise BenchmarkError(f"no such vocabulary: {name} ({', '.join(NAMES)})")
    file = generated(f"vocabulary-{name}-{_digest(data)}.json", lambda: [orjson.dumps(_entries(name, data))])
    return Vocabulary.of(name, {head: tuple(words) for head, words in orjson.loads(file.read_bytes()).items()})


def _entries(name: str, data: Path) -> dict[str, tuple[str, ...]]:
    return _tune(data).entries | PHRASES["tune"] if name == "tune" else _heldout(data)


def _digest(data: Path) -> str:
    """Of all that a vocabulary is made of: these modules, and the size and age of the thesauri and the news."""
    made = hashlib.blake2b(Path(__file__).read_bytes() + Path(phrases.__file__).read_bytes(), digest_size=8)
    for path in (WORDNET / "data.noun", MYTHES, data / NEWS):
        try:
            told = path.stat()
        except OSError as error:
            raise BenchmarkError(f"{path}: {error.strerror} (apt-get install wordnet-base mythes-en-us)") from None
        made.update(f"{told.st_size} {told.st_mtime_ns}\n".encode())
    return made.hexdigest()
