"""Stand-ins for what would take a trained model: a scorer that knows a handful of phrases, and its reference files.

`installed()` puts them in the place of the real modules, `dedup()` does so in a process of its own, so that commands
and reports are tested on verdicts that never change.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from importlib import import_module
from types import ModuleType, SimpleNamespace

from dedup.errors import ReferenceFileError
from dedup.model import Phrasing, ReferenceInfo, Span
from tests.conftest import ROOT

YARDSTICK = ReferenceInfo(None, 1234, 567_890, "0123456789abcdef", 0.5, 0.005)
COMMAND = "import tests.fakes; tests.fakes.install(); from dedup.cli import main; main()"
"""For `python -c`: the command line with fakes in it."""
PHRASES = {
    "army help": ("military aid", 7.4), "put up": ("post", 4.2), "air drive": ("Air Force", 9.1),
    "a minimum of": ("at least", 3.3), "crucial dialog": ("crucial conversation", 2.5), "colossal data": (None, None),
    "陆军帮助": ("军事援助", 5.0),
}  # fmt: skip
"""Phrase -> what was meant, and how many nats likelier that is."""
LEAST_WORDS = 5
LEAVE = SimpleNamespace(texts=None, directions=None, threshold=0.0)
MAGIC = "fake reference"


@dataclass(frozen=True)
class Header:
    version: int = 1
    tokeniser: str = "words-1"
    documents: int = 1234
    words: int = 567_890
    made: str = "2026-01-02"
    sources: tuple[str, ...] = ("invented news",)
    note: str = ""
    sizes: dict[str, int] = field(default_factory=lambda: {"1": 10, "2": 20, "3": 30})
    vocabulary: int = 4321
    digest: str = "0123456789abcdef"


class Reference:
    opened = 0

    def __init__(self, header):
        self.header = header
        type(self).opened += 1

    @classmethod
    def open(cls, path):
        try:
            held = json.loads(path.read_bytes())
            assert held.pop("magic") == MAGIC
        except (ValueError, KeyError, AssertionError, TypeError) as error:
            raise ReferenceFileError(f"{path}: not a reference of dedup") from error
        return cls(Header(**held | {"sources": tuple(held["sources"])}))

    @classmethod
    def shipped(cls):
        return cls(Header())


def _write(header, out):
    out.write(json.dumps({"magic": MAGIC} | asdict(header)).encode())
    return header


def build(read, rows, sizes, out, pool, *, about):
    texts = [read(row).decode() for row in rows.tolist()]
    assert [len(text.encode()) for text in texts] == sizes[rows].tolist()
    words = [word for text in texts for word in text.split()]
    counted = {"documents": len(texts), "words": len(words), "vocabulary": len(set(words)), "digest": "f" * 16}
    return _write(
        Header(made=about.made, sources=tuple(about.sources), note=about.note, sizes={"1": len(set(words))}, **counted),
        out,
    )


def merge(references, out):
    headers = [reference.header for reference in references]
    sources = tuple(source for header in headers for source in header.sources)
    documents, words = (sum(getattr(header, name) for header in headers) for name in ("documents", "words"))
    return _write(Header(documents=documents, words=words, sources=sources), out)


class Phrases:
    """A list of phrases, one a line: `phrase<TAB>what was meant`."""

    def __init__(self, known):
        self.known = known

    @classmethod
    def load(cls, paths):
        lines = [line.split("\t") for path in paths for line in path.read_text().splitlines()]
        return cls(dict(lines))

    def find(self, text):
        return tuple(
            Span(found.start(), found.end(), found.group(), meant)
            for phrase, meant in self.known.items()
            for found in re.finditer(re.escape(phrase), text, re.IGNORECASE)
        )


class Scorer:
    threshold = 0.5
    false_positives = 0.005

    def __init__(self, reference, phrases=None, thesaurus=None):
        self.reference, self.phrases, self.thesaurus = reference, phrases, thesaurus
        self.calls = []

    def score(self, texts, pool=None):
        self.calls.append(len(texts))
        return [self._one(text.decode()) for text in texts]

    def _one(self, text):
        words = len(text.split())
        if words < LEAST_WORDS:
            return Phrasing(None, False, (), f"too short ({words} words)")
        spans = [
            Span(found.start(), found.end(), found.group(), meant or self._listed(phrase), None, gain)
            for phrase, (meant, gain) in PHRASES.items()
            for found in re.finditer(phrase, text, re.IGNORECASE)
        ]
        spans += self.phrases.find(text) if self.phrases else ()
        score = 1 - 0.6 ** len(spans)
        return Phrasing(score, score >= self.threshold, tuple(sorted(spans)))

    def _listed(self, phrase):
        return next((word for word, _ in self.thesaurus.ranked(phrase)), None) if self.thesaurus else None


def modules() -> dict[str, ModuleType]:
    """The fakes under the names of the real modules."""
    contents = {
        "reference.model": {"Reference": Reference, "Header": Header},
        "reference.counting": {"LEAST_REFERENCE": 1},
        "scoring.checking": {"build": build, "english": lambda _: False, "leave": lambda _: LEAVE},
        "reference.merging": {"merge": merge},
        "scoring.scorer": {"Scorer": Scorer},
        "lists.phrases": {"Phrases": Phrases},
    }
    found = {}
    for name, members in contents.items():
        module = ModuleType(f"dedup.phrasing.{name}")
        vars(module).update(members)
        found[module.__name__] = module
    return found


def install() -> None:
    """Have this process use the fakes."""
    for name, module in modules().items():
        sys.modules[name] = module
        package, _, last = name.rpartition(".")
        setattr(import_module(package), last, module)


def installed(monkeypatch) -> None:
    """The same for one test."""
    for name, module in modules().items():
        monkeypatch.setitem(sys.modules, name, module)
        package, _, last = name.rpartition(".")
        monkeypatch.setattr(import_module(package), last, module, raising=False)


def dedup(*arguments, stdin=None, cwd=None, env=None):
    """The command line with fakes in it, as a stranger runs it: a process, its exit code, its two streams."""
    plain = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *map(str, arguments)], input=stdin, capture_output=True, cwd=cwd, timeout=120,
        env=plain | {"PYTHONPATH": str(ROOT)} | (env or {}), check=False,
    )  # fmt: skip
