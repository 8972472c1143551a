"""Texts for the benchmark `phrasing`: those that are judged, and those that references are made of; never both.

Judged are stories of December: as they are, published by another site without a word replaced, and spun. What the
references of the same outlets are made of are those of November that do not overlap with one of December.
"""

from __future__ import annotations

import csv
import json
import re
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks import english, thesaurus
from benchmarks.settings import BenchmarkError
from benchmarks.spinner import Substitution, Vocabulary, headline, publish, spin
from benchmarks.spun_corpus import FILES, LEAST_WORDS, Record, read_stories, split_months

MONTH = "2016-12"
OVERLAP = "us_news_2016_11_12_overlap_pairs.tsv"
TWIN = 0.3
"""3-shingle containment from which a story of November is left out."""
PAN, CLOUGH = "pan13_text_alignment_01_03.tar.gz", "clough_stevenson.tar.gz"
TORTURED = "tortured_phrases.json"
MSR = ("msr_paraphrase_train.txt", "msr_paraphrase_test.txt")
FILES_NEEDED = (*FILES.values(), OVERLAP, english.ABC, PAN, CLOUGH, TORTURED, *MSR)
SHARES = (1.0, 0.5, 0.25)
VOCABULARY = "heldout"
SENTENCES = 10
"""Of a text made of sentences that have nothing to do with one another."""
_GLOSS = re.compile(r"[(\[][^()\[\]]*[)\]]")


@dataclass(frozen=True, slots=True)
class Spun:
    """A spun copy; offsets of the substitutions are those of the source and of `text`."""

    source: int
    """Place of its source among the clean texts."""
    text: str
    substitutions: tuple[Substitution, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """The stories that are judged, and what was made of them."""

    ids: list[str]
    clean: list[str]
    published: list[str]
    """The same with the noise of the spun copies, but no word replaced: noise must not give a copy away."""
    spun: dict[float, list[Spun]]
    """By share of the vocabulary's entries; the sources are the same."""


def _published(story: Record, vocabulary: Vocabulary, share: float) -> tuple[str, tuple[Substitution, ...]]:
    """A copy on another site; the seed does not know the share, so copies of one story have the same noise."""
    seed = f"phrasing {story['id']}"
    title = headline(story.get("title") or "", vocabulary, Random(f"{seed}\0title"), share)
    copy = publish(spin(story["text"], vocabulary, share, seed), seed, title)
    return copy.text, copy.substitutions


def judged(data: Path, most: int | None, spun: int) -> Judged:
    """Stories of December (at most so many), and spins of some of them chosen by lot."""
    stories = split_months(read_stories(data / FILES["us"]))[MONTH]
    stories = [story for story in stories if len(story["text"].split()) >= LEAST_WORDS][:most]
    vocabulary = thesaurus.load(VOCABULARY, data)
    chosen = sorted(Random("phrasing").sample(range(len(stories)), spun))
    made = {share: [Spun(row, *_published(stories[row], vocabulary, share)) for row in chosen] for share in SHARES}
    return Judged(
        [story["id"] for story in stories],
        [story["text"] for story in stories],
        [_published(story, vocabulary, 0.0)[0] for story in stories],
        {share: [copy for copy in copies if copy.substitutions] for share, copies in made.items()},
    )


def november(data: Path) -> list[str]:
    """US news of November, less what overlaps with a story of December."""
    barred: set[str] = set()
    judged = {name for name, _ in english.texts("us12", data)}
    with (data / OVERLAP).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            pair = {row["id_a"], row["id_b"]}
            if float(row["containment3"]) >= TWIN and not pair.isdisjoint(judged):
                barred |= pair
    return english.unique([(name, text) for name, text in english.texts("us11", data) if name not in barred])


def parts(names: Sequence[str], data: Path) -> list[str]:
    """What the shipped reference is made of, or parts of it (us, reu, abc), each text once."""
    return english.unique([one for name in names for one in english.texts(name, data)])


def web_pages(data: Path) -> list[str]:
    """Sources of PAN 2013."""
    return _archived(data / PAN, re.compile(r".*/src/.*"))


def answers(data: Path) -> list[str]:
    """Clough & Stevenson: written by students, copied, revised or neither."""
    return _archived(data / CLOUGH, re.compile(r".*/g\w+_task[a-e]\.txt"))


def loose_sentences(data: Path) -> list[str]:
    """The first sentences of MSR's pairs, so many to a text."""
    found: dict[str, None] = {}
    for name in MSR:
        lines = (data / name).read_text(encoding="utf-8-sig").splitlines()
        found |= dict.fromkeys(line.split("\t")[3].strip() for line in lines[1:])
    sentences = list(found)
    return [" ".join(sentences[at : at + SENTENCES]) for at in range(0, len(sentences), SENTENCES)]


def tortured(data: Path) -> list[tuple[str, str]]:
    """Tortured phrases and what was meant, less glosses in brackets, where that leaves another phrase: a few entries
    have question marks or a comment instead.
    """
    entries = json.loads((data / TORTURED).read_text(encoding="utf-8"))["phrases"]
    pairs = [(" ".join(one["tortured"].split()), _less_gloss(one["correct"])) for one in entries]
    return [
        (wrong, right) for wrong, right in pairs
        if wrong.casefold() != right.casefold() and "://" not in right and any(map(str.isalpha, right))
    ]  # fmt: skip


def _less_gloss(phrase: str) -> str:
    return " ".join(_GLOSS.sub(" ", phrase).rstrip(" ?").split())


def _archived(path: Path, wanted: re.Pattern[str]) -> list[str]:
    """Files of an archive, in order of their names; some are Latin-1."""
    with tarfile.open(path) as archive:
        members = sorted((m for m in archive if m.isfile() and wanted.fullmatch(m.name)), key=lambda m: m.name)
        contents = [file.read() for member in members if (file := archive.extractfile(member))]
    if not contents:
        raise BenchmarkError(f"{path.name}: no texts")
    return [_decoded(content) for content in contents]


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")
