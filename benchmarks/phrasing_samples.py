"""Texts that teach the phrasing scorer: clean and spun ones of several domains, and clean ones of other kinds.

Domains are news of one month, newswire, rural and science news, pages that news was linked to (SemEval), and passages
of six kinds from people (the human side of `llm_rewrites`). Each domain is cut in two: one part may be in a reference,
the other is judged by it. Other kinds are what the evaluation data and the machine have: web pages, students' answers,
loose sentences, manual pages, licences, change logs, read-me files, sayings, the Bible of 1611. None of them is spun,
so that text is not called mangled for not being news; what Debian does not have installed is left out.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from zlib import crc32

import numpy as np

from benchmarks import english, phrasing_texts, vocabularies
from benchmarks.settings import note
from benchmarks.spinner import Noise, publish, spin
from dedup.phrasing.reference.model import Reference

DOMAINS = ("us11", "reu", "abc", "sem", "llm")
REFERENCES = ("us11", "reu", "abc")
"""Domains that are large enough to make references of."""
SEMEVAL, REWRITES = "semeval22_story_pairs.jsonl.gz", "llm_rewrites.jsonl.gz"
SHARES = (1.0, 0.5, 0.25)
CLEAN, SPUN = 2000, {"us11": 550, "reu": 400, "abc": 250, "sem": 372, "llm": 150}
"""Clean texts of a domain at most; how many of them are spun, once with each vocabulary."""
SELDOM = 5
"""Of so many texts one is spun with `everything`: that is told anyway, and teaches to look for what others have not."""
LEAST_WORDS, PIECE, MOST = 80, 300, 400
"""Words of a text that teaches; of a piece of a long one; texts of another kind at most."""
DOCUMENTS, MANUALS = Path("/usr/share/doc"), Path("/usr/share/man")
LICENCES, SAYINGS = Path("/usr/share/common-licenses"), Path("/usr/share/games/fortunes")
BOOKS = ("gen", "exo", "mat", "mar", "luk", "act", "isa", "job", "psa", "rom")
SEED = 7
_MACRO = re.compile(r"^[.'].*$", re.MULTILINE)
_TEXT_MACRO = re.compile(r"^\.(?:B|I|BR|IR|BI|TP|PP|P|IP) ?", re.MULTILINE)
_ESCAPE = re.compile(r"\\(f[BIRP]|f\(..|f\[[^]]*\]|\(..|[&%|^])")
_VERSE = re.compile(r"^\w+\d+:\d+ ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sample:
    """One text, and which of its bytes were replaced."""

    domain: str
    text: bytes
    vocabulary: str | None
    """It was spun with; None for a clean text."""
    replaced: tuple[tuple[int, int], ...]
    half: bool
    """In which half it teaches; what was made of one source is in one half."""


def texts(domain: str, data: Path) -> list[tuple[str, str]]:
    """Id and text of each document of a domain, long ones, each once (by their beginnings)."""
    found = {"sem": _pages, "llm": _passages}[domain](data) if domain in ("sem", "llm") else english.texts(domain, data)
    first = {text[:200]: (name, text) for name, text in reversed(found)}
    return [one for one in reversed(first.values()) if len(one[1].split()) >= LEAST_WORDS]


def _records(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _pages(data: Path) -> list[tuple[str, str]]:
    pairs = (row for row in _records(data / SEMEVAL) if row["lang1"] == "en" and row.get("lang2", "en") == "en")
    found = dict.fromkeys(row[side].strip() for row in pairs for side in ("text1", "text2") if row.get(side))
    return [(f"sem-{number}", text) for number, text in enumerate(found)]


def _passages(data: Path) -> list[tuple[str, str]]:
    """Passages of one kind, as many as make a text."""
    found: list[tuple[str, str]] = []
    held: dict[str, list[str]] = {}
    for row in _records(data / REWRITES):
        if row["by"] == "human":
            parts = held.setdefault(row["domain"], [])
            parts.append(row["text"])
            if sum(len(part.split()) for part in parts) > PIECE - 50:
                found.append((f"llm-{len(found)}", " ".join(parts)))
                parts.clear()
    return found


def situations(domains: Sequence[str], taught: Sequence[str], data: Path) -> Iterator[tuple[Reference, list[Sample]]]:
    """References and what is judged by them: by one of the first parts of all domains, and by one without the news of
    the outlets.
    """
    judged = [one for domain in domains for one in samples(domain, taught, data)]
    for without in ("", "us") if any(name.startswith("us") for name in domains) else ("",):
        known = [name for name in domains if name in REFERENCES and not (without and name.startswith(without))]
        if known:
            note(f"samples seen through {', '.join(known)}")
            reference = built([text for name in known for _, text in texts(name, data)[::2]])
            yield reference, judged if without else [*judged, *others(data)]


def built(clean: Sequence[str]) -> Reference:
    """A reference of some texts, in memory."""
    out = io.BytesIO()
    english.build(clean, out, most=english.MOST)
    return Reference(bytearray(out.getvalue()), "texts")


def samples(domain: str, taught: Sequence[str], data: Path) -> list[Sample]:
    """Clean and spun texts of the second part of a domain. A third of the clean ones have publishing noise: a byline or
    a dropped tail is not what is looked for.
    """
    found = texts(domain, data)
    found = found[1::2] if domain in REFERENCES else found
    chosen = Random(f"{SEED} {domain}").sample(found, min(CLEAN, len(found)))
    plain = vocabularies.load("words", data)
    made = []
    for number, (name, text) in enumerate(chosen):
        half = crc32(name.encode()) & 1 == 0
        clean = publish(spin(text, plain, 0.0, name), name, "", Noise()).text if number % 3 == 0 else text
        made.append(Sample(domain, clean.encode(), None, (), half))
        for vocabulary in vocabularies.NAMES if number < SPUN[domain] else ():
            seed = f"{SEED} {name} {vocabulary}"
            share = Random(seed).choice(SHARES)
            if vocabulary in taught and (vocabulary != "everything" or number % SELDOM == 0):
                spun = publish(spin(text, vocabularies.load(vocabulary, data), share, seed), name, "", Noise())
                places = replaced(spun.text, [(begin, end) for _, _, begin, end in spun.substitutions])
                if places:
                    made.append(Sample(domain, spun.text.encode(), vocabulary, places, half))
    return made


def replaced(text: str, spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Places in the UTF-8 of a text, from those in its characters."""
    places = np.concatenate(([0], np.cumsum([len(letter.encode()) for letter in text])))
    return tuple((int(places[begin]), int(places[end])) for begin, end in spans)


# -- other kinds ------------------------------------------------------------------------------------------------------


def others(data: Path, part: int = 0) -> list[Sample]:
    """Clean texts of other kinds, every second one: those of `part` 0 teach, those of 1 are for judging."""
    return [
        Sample(kind, text.encode(), None, (), bool(number & 2))
        for kind in KINDS for number, text in enumerate(kind_of(kind, data)) if number % 2 == part
    ]  # fmt: skip


@cache
def kind_of(kind: str, data: Path) -> list[str]:
    """Texts of one of KINDS, chosen by lot; none where the machine has none."""
    found = [text for text in KINDS[kind](data) if len(text.split()) >= 60]
    return Random(f"{SEED} {kind}").sample(found, min(MOST * (3 if kind == "web pages" else 1), len(found)))


def _pieces(text: str, most: int = 1000) -> list[str]:
    """A long text in pieces of whole paragraphs."""
    found: list[str] = []
    held: list[str] = []
    words = 0
    for paragraph in text.split("\n\n"):
        held.append(paragraph)
        words += len(paragraph.split())
        if words >= PIECE:
            found.append("\n\n".join(held))
            held, words = [], 0
        if len(found) == most:
            break
    return found


def _content(path: Path) -> str:
    try:
        held = path.read_bytes()
        return (gzip.decompress(held) if path.suffix == ".gz" else held).decode(errors="replace")
    except OSError:
        return ""


def _found(folder: Path, *patterns: str) -> list[Path]:
    return [path for pattern in patterns for path in sorted(folder.glob(pattern)) if path.is_file()]


def _manuals(data: Path) -> list[str]:
    chosen = _found(MANUALS, "man[1-8]/*.gz")
    chosen = Random(SEED).sample(chosen, min(3 * MOST, len(chosen)))
    pages = (_MACRO.sub("", _TEXT_MACRO.sub("", _content(path))) for path in chosen)
    return [_ESCAPE.sub("", page).replace("\\-", "-").replace("\\", "") for page in pages]


def _licences(data: Path) -> list[str]:
    paths = _found(LICENCES, "*") + _found(DOCUMENTS, "*/copyright")[::7]
    return [piece for path in paths for piece in _pieces(_content(path), 10)]


def _documents(*patterns: str) -> Callable[[Path], list[str]]:
    return lambda data: [piece for path in _found(DOCUMENTS, *patterns) for piece in _pieces(_content(path), 3)]


def _sayings(data: Path) -> list[str]:
    paths = [path for path in _found(SAYINGS, "*") if not path.suffix]
    return [piece for path in paths for piece in _pieces(_content(path).replace("\n%\n", "\n\n"))]


def _bible(data: Path) -> list[str]:
    found = []
    for book in BOOKS:
        try:
            run = subprocess.run(["bible", "-f", f"{book}1:1-20:10"], capture_output=True, text=True, check=False)
        except OSError:
            return []
        words = _VERSE.sub("", run.stdout).split()
        found += [" ".join(words[at : at + PIECE]) for at in range(0, len(words), PIECE)]
    return found


KINDS: dict[str, Callable[[Path], list[str]]] = {
    "web pages": phrasing_texts.web_pages, "students' answers": phrasing_texts.answers,
    "loose sentences": phrasing_texts.loose_sentences, "manual pages": _manuals, "licences": _licences,
    "change logs": _documents("*/changelog*.gz"), "read-me files": _documents("*/README*", "*/NEWS*"),
    "sayings": _sayings, "Bible of 1611": _bible,
}  # fmt: skip
"""Kinds of clean text beside the domains."""
