"""Vocabularies of different kinds, for teaching the scorer on some and judging it on one that was left out.

- `words`: WordNet, word by word (`thesaurus` calls it `tune`).
- `senses`: MyThes, word by word, without the pairs of `words` (there `heldout`).
- `phrases`: two to four words at once, as commercial spinners have them: frequent phrases of the news with their words
  replaced together ("military aid": "army help"), multi-word entries of both thesauri, what pairs of sentences in MSR's
  paraphrases have in each other's place, tortured phrases. Without the pairs of the others.
- `common`: the commonest words and turns of phrase by others as common, written by hand ("because": "as a result of").
- `everything`: Spinbot's manner: every content word has any synonym of any sense of any part of speech.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from random import Random

from benchmarks import english, thesaurus
from benchmarks.settings import DATA
from benchmarks.spinner import Vocabulary
from benchmarks.thesaurus import STOP

NAMES = ("words", "senses", "phrases", "common", "everything")
MSR = ("msr_paraphrase_train.txt", "msr_paraphrase_test.txt")
FREQUENT = 10
"""Occurrences in the news that a phrase has to have to be a head."""
KEPT = {"phrases": 0.15, "single": 0.45, "listed": 0.1}
"""Share of the frequent phrases, of single words, and of words with a phrase for a synonym that are heads. They set the
median Jaccard of spins to 0.25, as that of real ones."""
SINGLE = 2000
LONGEST = 4
TRIED, SEEN, UNSEEN = 8, 2, 0.15
"""Wordings that are tried for a phrase; the commonest in the news are taken, for what a spinner puts in is an English
phrase by itself. Share of phrases that are taken though none of their wordings was seen SEEN times."""
SEVERAL = 0.5
"""Share of phrases of which all words are replaced, not one."""
_RUN = re.compile(r"(?<![\w'’-])[a-z]+(?: [a-z]+){1,8}(?![\w'’-])")
_WORD = re.compile(r"[a-z]+")

_LOOSE = """
about: regarding | concerning
according to: based on | as per
across: throughout
after: following | subsequent to
against: in opposition to | towards
all the: the entire
also: additionally | likewise
although: despite the fact that
among: amongst | within
and also: in addition to
are going to: will likely
around the world: across the globe
as a result: in consequence
as much as: up to
as well as: in addition to
asked: requested
at least: a minimum of
at the time: on the time
away: out of the way
because: as a result of | since
because of: resulting from
before: previous to
began: started out
being: getting
between: amongst
but: however
by the end: through the tip
called: referred to as
came: got here
can: may well
close to: near to
could not: couldn't be able to
day: daytime
did not: failed to
died: passed on
down: decrease
due to: owing to
during: throughout the course of
each: every single
early: initial
end of: finish of
especially: notably
even: also
ever: at any time
every: each and every
few: handful of
find: discover
first: initially
for example: as an example
for years: for a few years
four: 4
found: discovered
from: out of
gave: supplied
get: acquire
go to: visit to
got: bought
had been: have been
has to: must
have been: had been
he said: he mentioned
help: assist
hours: several hours
however: nevertheless
if: in the event that
immediately: straight away
important: essential
in addition: on top of that
in front of: ahead of
in order to: with a purpose to
in recent: in latest
in terms of: with regards to
in the meantime: meanwhile
in the past: previously
including: together with
inside: within
instead of: as an alternative of
into: in to
is about: is roughly
it is: it's
kind of: sort of
know: understand
large: giant
last: final
later: afterwards
least: minimum
led to: resulted in
less than: lower than
like: similar to
likely: possible
live: dwell
long: lengthy
look at: take a look at
made: produced
make: create
many: a lot of | quite a few
may: might
meanwhile: in the meantime
might: may possibly
more: extra
more than: greater than
most: probably the most
must: should
need: require
never: by no means
new: brand new
next: subsequent
not only: not just
now: at present
number of: variety of
of course: naturally
often: frequently
old: outdated
on the other hand: then again
one of: considered one of
only: solely
other: different
out of: from
over: more than
part of: a part of
people: individuals
point: level
put: place
rather than: as opposed to
real: actual
really: actually
right: proper
same: identical
saw: noticed
say: say that
says: says that
second: 2nd
see: view
seen: noticed
several: a number of
should: ought to
show: present
simply: merely
since: because
small: little
so: thus
some: several
soon: quickly
still: nonetheless
such as: reminiscent of
take: consider
than: compared to
that is: that's
the fact that: the truth that
the most: essentially the most
the same: the identical
their own: their very own
then: after that
these: those
they are: they're
thing: factor
things: issues
think: assume
though: although
three: 3
through: by means of
times: instances
to be: to become
today: right now
told: instructed
too: as well
took: required
trying to: attempting to
two: 2
under: beneath
until: till
up: upwards
use: make use of
used: utilized
very: extremely
want: need
wants: desires
way: method
well: effectively
went: visited
were: have been
what: what exactly
when: whenever
where: exactly where
which: that
while: whilst
who: that
will: is going to
with: along with
within: inside of
without: with out
would: would certainly
year: yr
"""
"""Written for this: what spinners have for the commonest words and phrases."""


def _loose() -> dict[str, tuple[str, ...]]:
    rows = (line.partition(": ") for line in _LOOSE.strip().splitlines())
    return {head: tuple(words.split(" | ")) for head, _, words in rows}


@lru_cache(maxsize=1)
def _readings() -> tuple[dict[str, list[thesaurus.Reading]], thesaurus.Thesaurus]:
    """All readings of each word that a thesaurus has, and both thesauri as one."""
    both = thesaurus.wordnet()
    for key, senses in thesaurus.mythes().senses.items():
        both.senses.setdefault(key, []).extend(senses)
    found = defaultdict(list)
    for lemma, pos in both.senses:
        if re.fullmatch(r"[a-z]+(?: [a-z]+)*", lemma) and pos in thesaurus.FORMS:
            for form in thesaurus.FORMS[pos]:
                found[thesaurus.inflected(lemma, form)].append((both.weight[lemma, pos], lemma, pos, form))
    return {head: sorted(readings, reverse=True) for head, readings in found.items()}, both


def _synonyms(head: str, readings: int, barred: set[str], common: Counter[str]) -> list[str]:
    """Words that a thesaurus has for one, in the same form; of the likeliest readings alone."""
    known, both = _readings()
    words: list[str] = []
    for _, lemma, pos, form in known.get(head, ())[:readings]:
        lemmas = [word for sense in both.senses[lemma, pos] for word in sense]
        lemmas = [word for word in lemmas if re.fullmatch(r"[a-z]+(?: [a-z]+)?", word) and word != lemma]
        words += [thesaurus.inflected(word, form) for word in dict.fromkeys(lemmas)]
    return [
        word for word in dict.fromkeys(words)
        if word not in barred and word != head and all(common[part] >= thesaurus.COMMON for part in word.split())
    ]  # fmt: skip


@lru_cache(maxsize=1)
def _news(data: Path) -> tuple[Counter[str], Counter[str]]:
    """Occurrences in lower case of the words of the news, and of its phrases."""
    words: Counter[str] = Counter()
    phrases: Counter[str] = Counter()
    for _, text in english.texts("us", data):
        for run in _RUN.findall(text):
            parts = run.split(" ")
            words.update(parts)
            for size in range(2, LONGEST + 1):
                phrases.update(" ".join(parts[at : at + size]) for at in range(len(parts) - size + 1))
    return words, Counter({phrase: count for phrase, count in phrases.items() if count >= SEEN})


def _composed(data: Path, barred: dict[str, set[str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Frequent phrases of the news with one of their words replaced, or all; and single words."""
    words, phrases = _news(data)
    cached: dict[str, list[str]] = {}

    def alike(word: str) -> list[str]:
        if word not in cached:
            found = [] if word in STOP else _synonyms(word, 1, barred.get(word, set()), words)
            cached[word] = found[:4]
        return cached[word]

    for phrase in sorted(phrase for phrase, count in phrases.items() if count >= FREQUENT):
        parts = phrase.split(" ")
        usable = [at for at, part in enumerate(parts) if part not in STOP and alike(part)]
        rng = Random(f"phrases {phrase}")
        if not usable or (parts[0] in STOP and len(parts) == 2 and rng.random() < 0.7):
            continue
        if rng.random() >= KEPT["phrases"]:
            continue
        several = rng.random() < SEVERAL
        made = []
        for _ in range(TRIED):
            chosen = usable if several else [rng.choice(usable)]
            made.append(" ".join(rng.choice(alike(part)) if at in chosen else part for at, part in enumerate(parts)))
        made = sorted(dict.fromkeys(made), key=lambda one: -phrases[one])[:2]
        if phrases[made[0]] < SEEN and rng.random() >= UNSEEN:
            continue
        made = [one for one in made if phrases[one] >= SEEN or one == made[0]]
        yield phrase, tuple(dict.fromkeys(made))
    content = [word for word, _ in words.most_common(4 * SINGLE) if word not in STOP and alike(word)][:SINGLE]
    for word in content:
        if Random(f"single {word}").random() < KEPT["single"]:
            yield word, tuple(alike(word)[:2])


def _listed(data: Path, barred: dict[str, set[str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Entries of the thesauri of which one side has several words."""
    words, _ = _news(data)
    known, _ = _readings()
    for head in sorted(known):
        found = _synonyms(head, 1, barred.get(head, set()), words)
        if " " not in head:
            chosen = Random(f"listed {head}").random() < KEPT["listed"]
            found = [word for word in found if " " in word and chosen]
        if found and head not in STOP:
            yield head, tuple(found[:3])


def _aligned(data: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What stands in the same place in two sentences that say the same."""
    for name in MSR:
        for line in (data / name).read_text(encoding="utf-8-sig").splitlines()[1:]:
            same, _, _, one, two = line.split("\t")
            if same == "1":
                left, right = ([word.strip(".,;:") for word in side.split()] for side in (one, two))
                for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
                    sides = " ".join(left[a:b]), " ".join(right[c:d])
                    right_size = kind == "replace" and 1 < b - a <= LONGEST and d - c <= LONGEST
                    words = all(re.fullmatch(r"[a-z]+(?: [a-z]+)*", side) for side in sides)
                    if right_size and words and _akin(*sides):
                        yield sides[0], (sides[1],)


def _akin(one: str, two: str) -> bool:
    """Whether two phrases share a content word, in whatever form: the others mostly say something else."""
    stems = [{word[:4] for word in side.split(" ") if word not in STOP} for side in (one, two)]
    return not stems[0].isdisjoint(stems[1])


def _tortured(data: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    from benchmarks.phrasing_texts import tortured

    for wrong, right in tortured(data):
        if re.fullmatch(r"[a-z]+(?: [a-z]+){1,5}", right.lower()):
            yield right.lower(), (wrong.lower(),)


def _without(data: Path) -> dict[str, set[str]]:
    """Pairs of the other vocabularies, as they stand."""
    barred: dict[str, set[str]] = defaultdict(set)
    for name in thesaurus.NAMES:
        for head, words in thesaurus.load(name, data).entries.items():
            for word in words:
                barred[head].add(word)
                barred[word].add(head)
    return barred


def _phrases(data: Path) -> dict[str, tuple[str, ...]]:
    barred = _without(data)
    entries: dict[str, tuple[str, ...]] = {}
    for part in (_composed(data, barred), _aligned(data), _listed(data, barred), _tortured(data)):
        entries.update(part)
    return {
        head: kept for head, words in entries.items()
        if (kept := tuple(word for word in words if word not in barred.get(head, ())))
    }  # fmt: skip


def _everything(data: Path) -> dict[str, tuple[str, ...]]:
    words, _ = _news(data)
    known, _ = _readings()
    usable = Counter(dict.fromkeys(words, thesaurus.COMMON))
    entries = {}
    for head in sorted(known):
        if head not in STOP and " " not in head:
            found = _synonyms(head, 4, set(), usable)
            if found:
                entries[head] = tuple(Random(f"everything {head}").sample(found, min(4, len(found))))
    return entries


@lru_cache(maxsize=8)
def load(name: str, data: Path = DATA) -> Vocabulary:
    """A vocabulary by one of NAMES."""
    if name in ("words", "senses"):
        return thesaurus.load({"words": "tune", "senses": "heldout"}[name], data)
    made = {"phrases": _phrases, "common": lambda _: _loose(), "everything": _everything}
    return Vocabulary.of(name, made[name](data))


def names_without(held_out: Iterable[str]) -> tuple[str, ...]:
    """All the others."""
    return tuple(name for name in NAMES if name not in set(held_out))
