"""What a program gets: masks as long as its input, short reprs, results that can be sent and copied."""

from __future__ import annotations

import copy
import inspect
import math
import pickle
import subprocess
import sys
from typing import Any

import pytest

import dedup
from dedup import Config, Document, ScanResult, compare, scan, score
from dedup.errors import ConfigError, InputError
from dedup.report.terminal import write_text
from tests import texts

STORY = texts.REPORT
PLAIN = Config().update({"find": {"phrasing": False}})


@pytest.mark.parametrize(
    ("items", "kept", "labels"),
    [
        ([STORY, None, STORY], [True, True, False], [0, -1, 0]),
        ([None, "", math.nan], [True] * 3, [-1] * 3),
        ([], [], []),
        ([STORY, "other words", STORY], [True, True, False], [0, -1, 0]),
        ([{"x": 1}, Document(STORY), {"text": STORY}], [True, True, False], [-1, 0, 0]),
        ((text for text in ("  ", STORY, STORY)), [True, True, False], [-1, 0, 0]),
    ],
)
def test_masks_are_as_long_as_the_input(items, kept, labels):
    result = scan(items, PLAIN)
    assert result.kept.tolist() == kept and result.labels.tolist() == labels
    assert len(result.corpus) + len(result.rejects) == len(kept)


def test_a_table_is_masked():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"text": [None, STORY, STORY, "else"], "id": [4, 3, 2, 1]})
    left = frame.filter(scan(frame, PLAIN).kept)
    assert left["id"].to_list() == [4, 2, 1]


def test_reports_of_a_result_with_rejects(tmp_path):
    result = scan([None, STORY, STORY], PLAIN)
    with (tmp_path / "out.txt").open("w+", encoding="utf-8") as out:
        write_text(result, out, color=False)
        out.seek(0)
        assert "1 rejected" in out.read()


def test_reprs_are_short():
    result = scan([STORY, STORY, "other"], PLAIN)
    assert repr(result) == "ScanResult(3 documents, 1 cluster, 1 copy)"
    assert repr(result.edges) == "EdgeTable(1 edge)" and repr(result.corpus) == "Corpus(3 documents)"
    assert repr(scan([], PLAIN)) == "ScanResult(0 documents, 0 clusters, 0 copies)"
    assert repr(compare(STORY, STORY)).startswith("Comparison(exact, copied, similarity 1, ")
    assert repr(compare(STORY, "other")).startswith("Comparison(no copy, not copied, similarity 0")
    assert repr(score("few words")) == "Phrasing(not judged: fewer than 60 words)"


def test_dir_shows_what_there_is():
    assert {*dedup.__all__, "__version__"} <= set(dir(dedup))
    assert all(hasattr(dedup, name) for name in dir(dedup))


def test_names_are_found_before_anything_is_loaded():
    code = "import dedup, sys; print(dir(dedup), 'numpy' in sys.modules); from dedup import *; print(scan, Index)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "'Index'" in done.stdout and "] False" in done.stdout and "<function scan" in done.stdout


def test_help_shows_settings():
    for called in (Config, scan, compare):
        assert inspect.signature(called).parameters["threshold"].default == 0.7
    assert "text" in inspect.signature(scan).parameters and "threshold=0.8" in scan.__doc__
    assert "threshold" in Config.names() and "Config(threshold=0.8" in Config.__doc__


def test_settings_are_given_to_calls():
    other = STORY.replace("Tuesday", "Sunday").replace("library", "gallery").replace("Weir", "Moor")
    calm = {"phrasing": False, "rewritten": False, "excerpts": False, "forms": False}
    assert len(scan([STORY, other], **calm, threshold=0.5).edges) == 1
    assert len(scan([STORY, other], PLAIN, **calm, threshold=0.999).edges) == 0
    assert compare(STORY, other, threshold=0.5).relation == "near-duplicate"
    for ask in (lambda: scan([], treshold=1), lambda: compare(STORY, STORY, treshold=1)):
        with pytest.raises(ConfigError, match="did you mean 'threshold'"):
            ask()


def test_an_index_takes_what_a_scan_takes(tmp_path):
    pa = pytest.importorskip("pyarrow")
    with dedup.Index.open(tmp_path / "i.sqlite", PLAIN) as index:
        assert index.add([STORY, {"text": texts.INDEPENDENT, "id": "other"}]).new == 2
        again = index.add(iter([STORY]), answer=True)
        assert again.known == 1 and again.seen[0].id.startswith("text-")
        assert index.add(()).new == index.add(iter(())).new == 0
        rejects: list[Any] = []
        seen = list(index.query(pa.table({"text": ["else", None, STORY.upper()]}), rejects=rejects))
        assert [len(answer.ties) for answer in seen] == [0, 1] and [reject.line for reject in rejects] == [2]
        for ask in (lambda: list(index.query([STORY, None])), lambda: index.add([STORY, None, 5 * "new "])):
            with pytest.raises(InputError, match="item 1: no text: it is None"):
                ask()
        for bad in (STORY, 5, [5], None):
            with pytest.raises(TypeError):
                index.add(bad)
        assert index.statistics().documents == 2


def said(result: ScanResult) -> list[Any]:
    return [
        list(result.edges.rows(full=True)), result.clusters, result.stories, result.flags, result.kept.tolist(),
        result.rejects, [result.corpus.text(row) for row in range(len(result.corpus))], list(result.corpus.ids),
    ]  # fmt: skip


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda result: pickle.loads(pickle.dumps(result))])
@pytest.mark.parametrize("memory", ["1G", "64K"])
def test_results_are_sent_and_copied(way, memory):
    items = [STORY, None, texts.spun(STORY), STORY.upper(), texts.INDEPENDENT, *(f"{n} " * 3000 for n in range(40))]
    result = scan(items, PLAIN.update({"run": {"memory": memory}}))
    assert (memory == "64K") == (result.stats["spilled_bytes"] > 0)
    assert said(way(result)) == said(result) and len(result.edges) > 1


@pytest.mark.parametrize("bad", [None, math.nan, b"bytes", 5, ["a"], Document(None)])  # type: ignore[arg-type]
def test_compare_takes_texts(bad):
    with pytest.raises(TypeError, match="compare takes two texts: the second must be a str, got"):
        compare(STORY, bad)
    with pytest.raises(TypeError, match="compare takes two texts: the first must be a str, got"):
        compare(bad, STORY)


@pytest.mark.parametrize(
    ("bad", "words"),
    [(None, "None: there is no text"), (math.nan, "nan: there is no text"), (b"x", "bytes; decode it first"),
     (5, "int"), (["a"], "list"), (Document("x"), "Document")],
)  # fmt: skip
def test_score_takes_a_text(bad, words):
    with pytest.raises(TypeError, match=f"score takes a text: it must be a str, got {words}"):
        score(bad)
