"""References made of documents of which each is told once."""

import json

import pytest

from dedup.config import Config
from dedup.errors import InputError, OutputError, ReferenceFileError
from dedup.model import Phrasing
from dedup.pipeline import InputFacts, reference
from dedup.read import from_documents
from tests import fakes, texts


@pytest.fixture(autouse=True)
def counting(monkeypatch):
    fakes.installed(monkeypatch)


class Picky:
    """Finds texts with a certain word mangled; remembers how many it was given at a time."""

    threshold, false_positives = 0.5, 0.0

    def __init__(self, word):
        self.word, self.calls = word, []

    def score(self, texts, pool=None):
        self.calls.append(len(texts))
        return [Phrasing(float(self.word in text), self.word in text, ()) for text in texts]


def build(documents, path, config=None, **plan):
    rejects = []
    return reference.build(
        from_documents(documents, None, rejects), config or Config(), reference.BuildPlan(path, **plan),
        InputFacts(file_names=lambda: ["-"], rejects=lambda: rejects, locate=lambda *_: b""),
    )  # fmt: skip


def reviewer(scorer):
    return reference.Reviewer(scorer, fakes.YARDSTICK)


@pytest.mark.parametrize("output", [{"drop": ()}, {"drop": ("spun",)}, {"keep_by": "rank"}])
def test_what_a_user_drops_of_a_scan_has_no_say(tmp_path, output):
    """Copies are told once, whatever the settings of outputs are."""
    config = Config().update({"output": output})
    built = build([texts.REPORT, texts.REPORT, texts.INDEPENDENT] * 3, tmp_path / "r", config)
    assert built.folded == 7


def test_copies_are_folded_but_rewritten_ones_are_not_looked_for(tmp_path):
    """Exact and near copies count once; what an editor or a spinner reworded is text of its own."""
    documents = [
        texts.REPORT,
        texts.REPORT.upper(),
        texts.REPORT + " More.",
        texts.spun(texts.REPORT),
        texts.INDEPENDENT,
    ]
    built = build(documents, tmp_path / "own.ref", sources=("tests",), note="x")
    assert (built.read, built.folded, built.mangled) == (5, 2, None)
    header = json.loads((tmp_path / "own.ref").read_bytes())
    assert header["documents"] == 3 and header["sources"] == ["tests"] and header["note"] == "x"
    assert built.shown.header.documents == 3 and built.shown.size == (tmp_path / "own.ref").stat().st_size


def test_mangled_documents_are_found_a_part_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(reference, "REVIEWED_BYTES", 2_000)
    documents = [f"{' '.join(f'{n * 7919 % 6007}x{place}' for place in range(40))}" for n in range(60)]
    documents[7] += " awful"
    scorer = Picky(b"awful")
    built = build(documents, tmp_path / "own.ref", skip=reviewer(scorer))
    assert (built.read, built.folded, built.mangled) == (60, 0, 1)
    assert sum(scorer.calls) == 60 and len(scorer.calls) > 5 and max(scorer.calls) <= 12


def test_what_cannot_be_judged_stays(tmp_path):
    built = build(["too short", texts.REPORT], tmp_path / "own.ref", skip=reviewer(fakes.Scorer(None)))
    assert built.mangled == 0 and built.shown.header.documents == 2


@pytest.mark.parametrize(("documents", "why"), [([], "no documents"), ([""], "rejected -: empty text")])
def test_nothing_to_count(tmp_path, documents, why):
    with pytest.raises(InputError, match=why):
        build(documents, tmp_path / "own.ref")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    with pytest.raises(OutputError):
        build([texts.REPORT], tmp_path / "no" / "own.ref")
    (tmp_path / "own.ref").write_bytes(b"as it was")

    def half(*_, out=None, **__):
        raise ReferenceFileError("the middle of it")

    monkeypatch.setattr("dedup.phrasing.scoring.checking.build", half)
    with pytest.raises(ReferenceFileError):
        build([texts.REPORT], tmp_path / "own.ref")
    assert [path.name for path in tmp_path.iterdir()] == ["own.ref"]
    assert (tmp_path / "own.ref").read_bytes() == b"as it was"


def test_references_are_put_together(tmp_path):
    paths = [tmp_path / name for name in ("1.ref", "2.ref")]
    for path, text in zip(paths, (texts.REPORT, texts.INDEPENDENT), strict=True):
        build([text], path, sources=(path.name,))
    shown = reference.merge(paths, tmp_path / "both.ref")
    assert shown.header.documents == 2 and shown.header.sources == ("1.ref", "2.ref")
    assert reference.show(tmp_path / "both.ref").header == shown.header
    with pytest.raises(ReferenceFileError):
        reference.merge([paths[0], tmp_path / "nothing.ref"], tmp_path / "more.ref")
    assert not (tmp_path / "more.ref").exists()


def test_the_shipped_one():
    shown = reference.show(None)
    assert shown.file is None and shown.size is None and shown.header.documents == 1234


@pytest.mark.parametrize("least", [0, 1])
def test_too_few_words_are_refused(tmp_path, monkeypatch, least):
    """Judged by a small reference clean texts are mangled: better none."""
    from dedup.phrasing.reference import counting

    documents = [texts.REPORT, texts.REPORT.upper(), texts.INDEPENDENT]
    words = sum(len(text.split()) for text in (texts.REPORT, texts.INDEPENDENT))
    monkeypatch.setattr(counting, "LEAST_REFERENCE", 20 * words * least)
    path = tmp_path / "own.ref"
    path.write_bytes(b"before")
    if least:
        with pytest.raises(
            InputError, match=r"^\d{3} words are too few for a reference: judged by fewer than [\d,]+, "
        ):
            build(documents, path)
        assert path.read_bytes() == b"before"
    else:
        build(documents, path)
        assert path.read_bytes() != b"before"
