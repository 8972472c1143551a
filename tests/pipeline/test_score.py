"""Texts judged in batches, and one at a time by programs."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import dedup
from dedup.columns import pack
from dedup.errors import DedupError, ReferenceFileError
from dedup.model import Batch, Phrasing
from dedup.phrasing.suggest.thesaurus import Thesaurus
from dedup.pipeline import score as scoring
from tests import fakes

MANGLED = "Kyiv asked for US army help; the Air Drive put up a sign."
CLEAN = "The harbour master said that two ferries would sail again."


@pytest.fixture(autouse=True)
def scorer(monkeypatch):
    fakes.installed(monkeypatch)
    monkeypatch.setattr(scoring, "_kept", {})
    monkeypatch.setattr(fakes.Reference, "opened", 0)


def batch(texts, first=0, packed=False, sources=None):
    count = len(texts)
    return Batch(
        [] if packed else texts, [f"d{first + number}" for number in range(count)], [0] * count,
        [first + number for number in range(count)], [0] * count, sources or [""] * count, [-1] * count,
        packed=pack(texts) if packed else None,
    )  # fmt: skip


def reviewed(batches, names=("in.jsonl",)):
    return list(scoring.Reviewer.of().review(batches, list(names), 2))


def test_verdicts_are_in_order_with_what_is_known_of_the_texts():
    found = reviewed([batch([CLEAN, "é " + MANGLED], sources=["The Paper", ""]), batch(["short"], 2)])
    assert [(text.id, text.source, text.line) for text in found] == [
        ("d0", "The Paper", None), ("d1", "in.jsonl", 1), ("d2", "in.jsonl", 2),
    ]  # fmt: skip
    assert [text.phrasing.mangled for text in found] == [False, True, False]
    assert found[2].phrasing.score is None and found[2].phrasing.reason
    text = found[1].text.decode()
    assert all(text[span.start : span.end] == span.text for span in found[1].phrasing.spans)


def test_packed_texts_are_judged_alike_and_given_back():
    texts = [CLEAN, "é " + MANGLED, "", "short"]
    released = []
    packed = batch(texts, packed=True)
    packed.release = lambda: released.append(True)
    assert reviewed([packed]) == reviewed([batch(texts)])
    assert released == [True]


def test_nothing_is_no_trouble():
    assert reviewed([]) == []
    assert reviewed([batch([])]) == []


def test_few_batches_are_held_at_a_time():
    """However slow the scorer is: the reader waits."""
    given, taken, held = 0, 0, []

    def batches():
        nonlocal given
        for number in range(30):
            held.append(given - taken)
            given += 1
            yield batch([CLEAN], number)

    for _text in scoring.Reviewer.of().review(batches(), ["in"], 1):
        taken += 1
    assert taken == 30 and max(held) <= scoring.IN_WORK + 1


def test_an_error_of_the_scorer_comes_out(monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(fakes.Scorer, "score", fail)
    with pytest.raises(MemoryError):
        reviewed([batch([CLEAN])] * 5)


def test_what_the_texts_are_judged_by():
    assert scoring.Reviewer.of().reference_info == fakes.YARDSTICK


def test_one_text_for_programs():
    found = dedup.score(MANGLED)
    assert isinstance(found, dedup.Phrasing) and isinstance(found, Phrasing)
    assert found.mangled and 0.5 <= found.score <= 1
    assert [span.suggestion for span in found.spans] == ["military aid", "Air Force", "post"]
    assert all(MANGLED[span.start : span.end] == span.text for span in found.spans)
    assert dedup.score(CLEAN).score == 0
    assert dedup.score("").score is None


def test_lone_surrogates_shift_nothing():
    text = "\ud800 x " + MANGLED
    assert all(text[span.start : span.end] == span.text for span in dedup.score(text).spans)


def test_the_shipped_reference_is_opened_once_whatever_the_number_of_threads():
    start = threading.Barrier(8)

    def one(_):
        start.wait()
        return dedup.score(MANGLED).score

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(one, range(8)))) == 1
    dedup.score(CLEAN, None)
    assert fakes.Reference.opened == 1


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "own.ref"
    with path.open("wb") as out:
        fakes._write(fakes.Header(), out)
    return path


def test_a_reference_as_path_text_or_object(file):
    for reference in (file, str(file), fakes.Reference.open(file)):
        assert dedup.score(MANGLED, reference).mangled
    opened = fakes.Reference.opened
    for _ in range(3):
        dedup.score(MANGLED, file)
    assert fakes.Reference.opened == opened, "a file is opened once"
    os.utime(file, ns=(1, 1))
    dedup.score(MANGLED, file)
    assert fakes.Reference.opened == opened + 1, "and again when it was written anew"


def test_phrases_as_path_paths_or_object(tmp_path):
    path = tmp_path / "phrases.tsv"
    path.write_text("harbour master\tport captain\n")
    for phrases in (path, str(path), [path], (str(path),), fakes.Phrases.load([path])):
        assert [span.suggestion for span in dedup.score(CLEAN, phrases=phrases).spans] == ["port captain"]
    assert dedup.score(CLEAN, phrases=[]).spans == dedup.score(CLEAN).spans == ()


def test_a_thesaurus_as_path_text_or_object(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("post: put up\n")
    for thesaurus in (path, str(path), Thesaurus.load(path)):
        dedup.score(CLEAN, thesaurus=thesaurus)
        scorer, _ = list(scoring._kept.values())[-1]
        assert scorer.thesaurus.alike("put up") == ("post", "posted")
    assert len(scoring._kept) == 2, "a file is read once"
    assert scoring.Reviewer.of(thesaurus=path).scorer.thesaurus.alike("post")
    assert scoring.Reviewer.of().scorer.thesaurus.ranked("post") == ()


def test_few_scorers_are_kept(file, tmp_path):
    for number in range(10):
        copy = tmp_path / f"{number}.ref"
        copy.write_bytes(file.read_bytes())
        dedup.score(CLEAN, copy)
    assert len(scoring._kept) == scoring.KEPT


@pytest.mark.parametrize("bad", [None, b"bytes", 3, ["a text"]])
def test_what_is_no_text_is_a_type_error(bad):
    with pytest.raises(TypeError, match="score takes a text"):
        dedup.score(bad)


@pytest.mark.parametrize(
    "options",
    [{"reference": 3}, {"reference": b"x"}, {"phrases": 3}, {"phrases": [3]}, {"thesaurus": 3}, {"thesaurus": ["x"]}],
)
def test_what_is_no_reference_or_list_is_a_type_error(options):
    with pytest.raises(TypeError, match="is a file, got"):
        dedup.score(CLEAN, **options)


def test_a_reference_that_cannot_be_used(tmp_path, file):
    (tmp_path / "bad.ref").write_bytes(b"\x00")
    for path in (tmp_path / "nothing.ref", tmp_path, tmp_path / "bad.ref"):
        with pytest.raises(ReferenceFileError, match=path.name) as caught:
            dedup.score(CLEAN, path)
        assert isinstance(caught.value, DedupError)
