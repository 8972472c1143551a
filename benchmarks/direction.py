"""Which side is the copy, where the reference does not know: other languages, very rare and very common replacements.

Spins are made by the spinner of `benchmarks.spinner`; nothing is tuned on these texts or vocabularies (the odds of
`relations.direction` were set on US news of another month, spun with WordNet).

- *Other languages*: German and Spanish news (SemEval 2022), French manual pages, each with a spin of it from the
  MyThes thesaurus of the language (Debian: `mythes-de`, `mythes-es`, `mythes-fr`, `manpages-fr`; what is not installed
  is skipped). *Wrong* edges name the original; in the dated batch the original is a day older; in feeds it was fetched
  first, too, and is counted where it does not come through.
- *English*: a batch so small that the reference in the package judges it, a quarter of the words replaced by synonyms
  that the reference has seen seldom (< 20 times) or very often (> 1,000 times).
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from benchmarks import spun_corpus, thesaurus
from benchmarks.process import scan
from benchmarks.report import Table
from benchmarks.settings import ROOT, BenchmarkError, Figures, Options, note
from benchmarks.spinner import Vocabulary, spin
from benchmarks.spun_corpus import Record

SEMEVAL = "semeval22_story_pairs.jsonl.gz"
NEEDS = (SEMEVAL, thesaurus.NEWS)
SIZES: tuple[int, ...] = ()
QUICK_SIZES: tuple[int, ...] = ()
FOLDER = Path("/usr/share/mythes")
MANUALS = Path("/usr/share/man/fr")
LANGUAGES = {"German": ("de", "th_de_DE_v2.dat"), "Spanish": ("es", "th_es_ES_v2.dat"), "French": ("fr", "thes_fr.dat")}
SHARE, ENGLISH_SHARE = 0.6, 0.25
MOST, QUICK_MOST, FEED = 200, 40, 60
LEAST_WORDS, MANUAL_WORDS = 80, 250
ENGLISH_PAIRS, ENGLISH_MONTH = 60, "2016-12"
RARE, FREQUENT = 20, 1000
FIRST = datetime(2022, 3, 1, 8, tzinfo=UTC)
COPY_KINDS = ("near-duplicate", "excerpt", "spun")
_WORDS = re.compile(r"\w+")
_MACRO = re.compile(r"^[.'].*$", re.MULTILINE)
_ESCAPE = re.compile(r"\\(f[BIRP]|f\(..|f\[[^]]*\]|\(..|[&%|^])")


@dataclass(frozen=True, slots=True)
class Batch:
    """Originals and their spins."""

    records: list[Record]
    copies: dict[str, str]
    """Id of each copy to that of its source."""


# -- vocabularies and texts ---------------------------------------------------------------------------------------


def synonyms(path: Path) -> dict[str, tuple[str, ...]]:
    """Single words of a MyThes file and those listed for them, as a simple spinner uses them."""
    blob = path.read_bytes()
    encoding = blob.partition(b"\n")[0].decode("ascii").strip()
    found: dict[str, list[str]] = {}
    head = ""
    for line in blob.decode(encoding).split("\n")[1:]:
        first, *cells = line.split("|")
        if not cells:
            continue
        if len(cells) == 1 and cells[0].strip().isdigit():
            head = first.lower()
        elif head.isalpha() and len(head) > 2:
            words = (re.sub(r"\s*\([^)]*\)", "", cell).strip() for cell in cells)
            found.setdefault(head, []).extend(word for word in words if word.isalpha() and word.lower() != head)
    return {head: tuple(dict.fromkeys(words))[:5] for head, words in found.items() if words}


def _news(data: Path, language: str) -> list[str]:
    """Texts of one language of the story pairs, each once."""
    with gzip.open(data / SEMEVAL, "rt", encoding="utf-8") as lines:
        pairs = [json.loads(line) for line in lines]
    texts = (pair[side].strip() for pair in pairs if pair["lang1"] == language for side in ("text1", "text2"))
    return list({text[:200]: text for text in texts}.values())


def _manuals() -> list[str]:
    """Running text of French manual pages."""
    texts = []
    for path in sorted(MANUALS.glob("man[1-8]/*.gz")):
        text = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
        lines = (line for line in _ESCAPE.sub("", _MACRO.sub("", text)).split("\n") if line.count(" ") > 6)
        texts.append(" ".join(" ".join(lines).split()[:MANUAL_WORDS]))
    return list({text[:200]: text for text in texts}.values())


def _texts(data: Path, code: str) -> list[str]:
    texts = _manuals() if code == "fr" else _news(data, code)
    return [text for text in texts if len(_WORDS.findall(text)) >= LEAST_WORDS]


def _banded(band: Callable[[int], bool]) -> Vocabulary:
    """English synonyms (MyThes) whose number in the reference in the package lies in a band."""
    from dedup.phrasing.reference.model import Reference
    from dedup.text.tokens import word_list

    reference = Reference.shipped()
    entries = synonyms(thesaurus.MYTHES)
    words = sorted({word for replacements in entries.values() for word in replacements if word.islower()})
    hashes = word_list(words)
    places = np.searchsorted(reference.words, hashes).clip(0, len(reference.words) - 1)
    known = np.where(reference.words[places] == hashes, reference.word_counts[places], 0)
    usable = {word for word, count in zip(words, known.tolist(), strict=True) if band(count)}
    kept = {
        head: tuple(word for word in replacements if word in usable)
        for head, replacements in entries.items() if head not in thesaurus.STOP
    }  # fmt: skip
    return Vocabulary.of("banded", kept)


# -- scans --------------------------------------------------------------------------------------------------------


def make(texts: Iterable[str], vocabulary: Vocabulary, share: float, seed: str) -> Batch:
    """Each text and its spin, shuffled; nothing but the wording tells them apart."""
    rng, records, copies = Random(seed), [], {}
    for number, text in enumerate(texts):
        spun = spin(text, vocabulary, share, f"{seed} {number}").text
        if spun == text:
            continue
        ids = [f"{rng.getrandbits(48):012x}" for _ in range(2)]
        records += [{"id": ids[0], "text": text}, {"id": ids[1], "text": spun}]
        copies[ids[1]] = ids[0]
    rng.shuffle(records)
    return Batch(records, copies)


def _scanned(records: list[Record], *flags: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "batch.jsonl")
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        _, result = scan(path, "--no-stories", "--fact-limit", "0", *flags)
    return result


def edges(batch: Batch) -> Counter[str]:
    """What edges between sources and copies say: right, wrong, both, open; those called spun of each, too."""
    counts: Counter[str] = Counter()
    for edge in _scanned(batch.records)["edges"]:
        a, b = edge["a"], edge["b"]
        copy = a if batch.copies.get(a) == b else b if batch.copies.get(b) == a else None
        if copy is None or edge["relation"] not in COPY_KINDS:
            continue
        said = edge["copy"]
        verdict = "both" if isinstance(said, list) else "open" if said is None else "right" if said == copy else "wrong"
        counts.update(("found", verdict))
        counts["spun"] += edge["relation"] == "spun"
    return counts


def kept(batch: Batch) -> int:
    """Of copies a day younger than their source: how many are kept while the source goes."""
    sources = set(batch.copies.values())
    dated = [
        record | {"date": (FIRST + timedelta(days=record["id"] not in sources)).isoformat()}
        for record in batch.records
    ]  # fmt: skip
    best = {
        member: cluster["representative"] for cluster in _scanned(dated)["clusters"] for member in cluster["members"]
    }  # fmt: skip
    return sum(best.get(source) == copy for copy, source in batch.copies.items())


# -- feeds --------------------------------------------------------------------------------------------------------


def _feed(site: str, texts: dict[str, str], day: int) -> bytes:
    items = [
        f"<item><title>{name}</title><link>https://{site}/{name}</link><guid isPermaLink=\"false\">{name}</guid>"
        f"<pubDate>{format_datetime(FIRST + timedelta(days=day, minutes=number))}</pubDate>"
        f"<description>{escape(escape(text))}</description></item>"
        for number, (name, text) in enumerate(texts.items())
    ]  # fmt: skip
    head = f"<title>{site}</title><link>https://{site}/</link><description>d</description>"
    return f'<rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'.encode()


def feeds(batch: Batch) -> Figures:
    """Originals fetched first and dated a day earlier, then their copies, then the originals again."""
    texts = {record["id"]: record["text"] for record in batch.records}
    pairs = list(batch.copies.items())[:FEED]
    ours = _feed("paper.example", {source: texts[source] for _, source in pairs}, 0)
    theirs = _feed("copies.example", {copy: texts[copy] for copy, _ in pairs}, 1)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "dedup", "feeds", "filter", "--index", str(Path(folder, "index.sqlite"))]
        command += ["--policy", "all=drop", "--url"]
        outs = []
        for site, feed in (("paper", ours), ("copies", theirs), ("paper", ours)):
            run = subprocess.run(
                [*command, f"https://{site}.example/rss"], cwd=ROOT, input=feed, capture_output=True, check=False
            )
            if run.returncode or run.stderr:
                raise BenchmarkError(f"dedup feeds filter: {run.stderr.decode(errors='replace').strip()[-200:]}")
            outs.append(run.stdout.decode())
    return {
        "items": len(pairs),
        "originals_dropped": sum(any(source not in outs[at] for at in (0, 2)) for _, source in pairs),
        "copies_dropped": sum(copy not in outs[1] for copy, _ in pairs),
    }


# -- the benchmark ------------------------------------------------------------------------------------------------


def _language(name: str, options: Options) -> Figures | None:
    code, file = LANGUAGES[name]
    texts = _texts(options.data, code) if (FOLDER / file).is_file() else []
    if not texts:
        note(f"{name}: skipped (apt-get install {file}'s package: mythes-{code}{', manpages-fr' * (code == 'fr')})")
        return None
    Random(name).shuffle(texts)
    batch = make(texts[: QUICK_MOST if options.quick else MOST], _vocabulary(FOLDER / file), SHARE, name)
    note(f"{name}: {len(batch.copies)} texts and their spins")
    return {"language": name, "pairs": len(batch.copies), **edges(batch), "spun_kept": kept(batch), **feeds(batch)}


def _vocabulary(path: Path) -> Vocabulary:
    return Vocabulary.of(path.name, synonyms(path))


def _english(options: Options) -> list[Figures]:
    """Replacements in bands of what the reference knows."""
    stories = spun_corpus.split_months(spun_corpus.read_stories(options.data / thesaurus.NEWS))[ENGLISH_MONTH]
    texts = [story["text"] for story in stories if len(story["text"].split()) >= LEAST_WORDS]
    Random("English").shuffle(texts)
    found = []
    for name, band in (("rare", lambda n: n < RARE), ("frequent", lambda n: n > FREQUENT)):
        batch = make(texts[:ENGLISH_PAIRS], _banded(band), ENGLISH_SHARE, f"English {name}")
        found.append({"replacements": name, "pairs": len(batch.copies), **edges(batch)})
    return found


def run(options: Options) -> Figures:
    """All languages that can be made."""
    languages = [figures for name in LANGUAGES if (figures := _language(name, options))]
    return {"languages": languages, "english": _english(options)}


def tables(figures: Figures) -> list[Table]:
    """Other languages; English."""
    said = ("right", "wrong", "both", "open")
    foreign = [
        (f["language"], str(f["pairs"]), str(f.get("found", 0)), *(str(f.get(word, 0)) for word in said),
         str(f["spun_kept"]), f"{f['originals_dropped']} of {f['items']}", f"{f['copies_dropped']} of {f['items']}")
        for f in figures["languages"]
    ]  # fmt: skip
    english = [
        (f["replacements"], str(f["pairs"]), str(f.get("found", 0)), *(str(f.get(word, 0)) for word in said))
        for f in figures["english"]
    ]
    return [
        Table(
            "Direction in languages that the reference does not know",
            ("language", "spun pairs", "found", *said, "dated: spun one kept", "feeds: originals dropped",
             "feeds: copies dropped"), foreign,
        ),
        Table("Direction, English, replacements by how often the reference has seen them",
              ("replacements", "spun pairs", "found", *said), english),
    ]  # fmt: skip
