"""A synonym spinner for test data, which behaves as the commercial ones do and records what it did.

Longest phrase first; one choice for an entry and article, used for all its occurrences, never the original; capitals
follow the entry; names, quotes and titles are not protected; inflection and a/an are not repaired. `publish` then does
to the text what copying sites do. Everything is drawn from the seed and the entry: the same arguments give the same
text, and a spin with a smaller share uses a subset of the entries that the larger one of the same seed may use.

The vocabularies are in `benchmarks.thesaurus`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

# "don't" is one word, but the head of "company's" is "company"
WORD = re.compile(r"\w+(?:['’](?![sS]\b)\w+)*")
_GAP = re.compile(r"[ \t\xa0]+")
"""What may stand between the words of a head; the end of a hard-wrapped line may too (`_wrapped`)."""
_BYLINE = re.compile(r"By [A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){1,3}[^.!?\n]{0,40}\n")
_NAMES = (
    ("Dana", "Marlon", "Priya", "Wes", "Ines", "Tobias", "Keiko", "Abel", "Lorna", "Idris"),
    ("Halloway", "Pruitt", "Sandoval", "Okafor", "Lindqvist", "Marsh", "Teague", "Varga", "Coyle", "Banerjee"),
)
MARKS = ("[ad_1]\n", "\n[ad_2]\nSource link")
TAIL = 0.25
"""At most this share of the paragraphs is dropped from the end."""
MERGED = 0.3
"""Share of paragraph ends that become spaces."""

Substitution = tuple[int, int, int, int]
"""`(src_start, src_end, out_start, out_end)`, characters."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Entries: head (lower case, words parted by one space) to its replacements."""

    name: str
    entries: dict[str, tuple[str, ...]]
    longest: int
    """Words of the longest head."""

    @classmethod
    def of(cls, name: str, entries: dict[str, tuple[str, ...]]) -> Vocabulary:
        """A vocabulary, less the replacements that are the head itself."""
        usable = {head: tuple(w for w in words if w.lower() != head) for head, words in entries.items()}
        usable = {head: words for head, words in usable.items() if words}
        return cls(name, usable, max((head.count(" ") + 1 for head in usable), default=0))


@dataclass(frozen=True, slots=True)
class Spin:
    """A spun text, and where it differs from its source, in order."""

    text: str
    substitutions: tuple[Substitution, ...]


@dataclass(frozen=True, slots=True)
class Noise:
    """How likely each piece of publishing noise is."""

    headline: float = 0.5
    byline: float = 0.5
    tail: float = 0.7
    merge: float = 0.5
    marks: float = 0.0
    """Scraper marks give the copy away; off unless asked for."""


def tokens(text: str) -> list[tuple[int, int]]:
    """Spans of the words as the spinner sees them."""
    return [match.span() for match in WORD.finditer(text)]


def heads(text: str, longest: int) -> Iterator[tuple[str, int, int]]:
    """Every run of at most `longest` words that could be a head: `(head, first token, tokens)`, longest first."""
    spans = tokens(text)
    words = [text[start:end].lower() for start, end in spans]
    runs = _runs(text, spans)
    for size in range(longest, 0, -1):
        for first in range(len(spans) - size + 1):
            if runs[first] >= size:
                yield (words[first] if size == 1 else " ".join(words[first : first + size])), first, size


def _runs(text: str, spans: Sequence[tuple[int, int]]) -> list[int]:
    """For each word, how many words from it on are parted by nothing but space."""
    runs = [1] * len(spans)
    for at in range(len(spans) - 2, -1, -1):
        if _GAP.fullmatch(text, spans[at][1], spans[at + 1][0]) or _wrapped(text, spans[at][1], spans[at + 1][0]):
            runs[at] = runs[at + 1] + 1
    return runs


def _wrapped(text: str, start: int, end: int) -> bool:
    """Whether the gap is the end of a line within a sentence."""
    return text[start:end].strip(" \t") == "\n" and text[end].islower()


def _choice(seed: str, head: str, replacements: Sequence[str], share: float) -> str | None:
    """The replacement of an entry in the article of this seed; None where the entry is not used in it."""
    rng = Random(f"{seed}\0{head}")
    used = rng.random() < share
    return replacements[rng.randrange(len(replacements))] if used else None


def _cased(original: str, replacement: str) -> str:
    """The replacement with the capitals of what it replaces."""
    words = original.split()
    if original.isupper() and len(original) > 1:
        return replacement.upper()
    if all(word[0].isupper() for word in words) and len(words) > 1:
        return " ".join(word[:1].upper() + word[1:] for word in replacement.split(" "))
    return replacement[:1].upper() + replacement[1:] if words[0][0].isupper() else replacement


def _claims(text: str, vocabulary: Vocabulary, share: float, seed: str) -> list[tuple[int, int, str]]:
    """Which words are replaced: `(first token, tokens, replacement)` in order of the text."""
    chosen: dict[str, str | None] = {}
    taken: set[int] = set()
    claims = []
    for head, first, size in heads(text, vocabulary.longest):
        replacements = vocabulary.entries.get(head)
        if replacements is None or not taken.isdisjoint(range(first, first + size)):
            continue
        if head not in chosen:
            chosen[head] = _choice(seed, head, replacements, share)
        replacement = chosen[head]
        if replacement is not None:
            taken.update(range(first, first + size))
            claims.append((first, size, replacement))
    return sorted(claims)


def spin(text: str, vocabulary: Vocabulary, share: float = 1.0, seed: int | str = 0) -> Spin:
    """Spin `text` with a share of the entries; the seed stands for the article and the run."""
    spans = tokens(text)
    parts: list[str] = []
    found: list[Substitution] = []
    at = length = 0
    for first, size, replacement in _claims(text, vocabulary, share, str(seed)):
        start, end = spans[first][0], spans[first + size - 1][1]
        cased = _cased(text[start:end], replacement)
        length += start - at
        found.append((start, end, length, length + len(cased)))
        parts += [text[at:start], cased]
        length += len(cased)
        at = end
    return Spin("".join([*parts, text[at:]]), tuple(found))


def shifted(spin: Spin, front: str) -> Spin:
    """The same with `front` before it."""
    by = len(front)
    return Spin(front + spin.text, tuple((a, b, c + by, d + by) for a, b, c, d in spin.substitutions))


def cut(spin: Spin, start: int, end: int) -> Spin:
    """What is left of it between two places; a substitution that is not whole there is dropped."""
    kept = tuple((a, b, c - start, d - start) for a, b, c, d in spin.substitutions if c >= start and d <= end)
    return Spin(spin.text[start:end], kept)


def _less_tail(spin: Spin, rng: Random) -> Spin:
    """Up to a quarter of the paragraphs gone from the end; the first always stays."""
    ends = [match.start() for match in re.finditer(r"\n+", spin.text)]
    drop = int(rng.random() * TAIL * (len(ends) + 1) + 0.5)
    return cut(spin, 0, ends[-drop]) if 0 < drop <= len(ends) else spin


def _merged(spin: Spin, rng: Random) -> Spin:
    """Some paragraphs run on: a single line end becomes a space, so nothing moves."""
    ends = [at for at, letter in enumerate(spin.text) if letter == "\n" and spin.text[at - 1 : at + 2].count("\n") == 1]
    letters = list(spin.text)
    for at in ends:
        if rng.random() < MERGED:
            letters[at] = " "
    return Spin("".join(letters), spin.substitutions)


def _swapped(spin: Spin, rng: Random) -> Spin:
    """Another author."""
    old = _BYLINE.match(spin.text)
    rest = cut(spin, old.end(), len(spin.text)) if old else spin
    return shifted(rest, f"By {' '.join(rng.choice(names) for names in _NAMES)}\n")


def headline(title: str, vocabulary: Vocabulary, rng: Random, share: float = 1.0) -> str:
    """Another headline: spun, or cut at its first colon or after some words."""
    if rng.random() < 0.5:
        return spin(title, vocabulary, share, rng.random().hex()).text
    words = re.split(r"[:|–—]", title)[0].split()
    return " ".join(words[: max(4, rng.randint(len(words) // 2, len(words)))])


def publish(spin: Spin, seed: int | str, title: str = "", noise: Noise | None = None) -> Spin:
    """What a copying site makes of a spun text; `title` is its new headline, put first. The record stays right."""
    noise = noise or Noise()
    rng = Random(f"{seed}\0publish")
    if rng.random() < noise.tail:
        spin = _less_tail(spin, rng)
    if rng.random() < noise.merge:
        spin = _merged(spin, rng)
    if rng.random() < noise.byline:
        spin = _swapped(spin, rng)
    if rng.random() < noise.headline and title:
        spin = shifted(spin, title + "\n")
    if rng.random() < noise.marks:
        spin = shifted(Spin(spin.text + MARKS[1], spin.substitutions), MARKS[0])
    return spin
