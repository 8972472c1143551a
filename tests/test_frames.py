"""Tables that programs hand over, and results as tables: pandas, polars, pyarrow, hostile ones too."""

from __future__ import annotations

import numpy as np
import pytest

from dedup import Config, scan
from tests import texts

STORY, SPUN = texts.REPORT, texts.spun(texts.REPORT)
PLAIN = Config(phrasing=False)
BARE = Config(phrasing=False, stories=False, rewritten=False)


def check(given, kept, rejects=(), **settings) -> None:
    result = scan(given, BARE, **settings)
    assert result.kept.tolist() == kept and len(result.labels) == len(kept)
    assert [reject.line for reject in result.rejects] == list(rejects)


def test_tables_of_pandas():
    pd = pytest.importorskip("pandas")
    missing = pd.Series([STORY, None, np.nan, pd.NA, STORY], dtype=object)
    check(pd.DataFrame({"text": missing}), [True, True, True, True, False], [2, 3, 4])
    for kind in ("string", "category", object):
        check(pd.DataFrame({"text": pd.Series([STORY, None, STORY], dtype=kind)}), [True, True, False], [2])
    check(pd.Index([STORY, STORY]), [True, False])
    check(pd.Series([STORY, STORY], index=["same", "same"]), [True, False])
    check(pd.DataFrame({"text": []}), [])
    check(pd.DataFrame([[STORY, 1], [STORY, 2]], columns=[0, 1]), [True, False], text="0")


def test_tables_of_arrow():
    pa = pytest.importorskip("pyarrow")
    pieces = pa.chunked_array([[STORY, None], [STORY], []], type=pa.string())
    for column in (
        pieces, pa.array([STORY, None, STORY], pa.large_string()), pa.array([STORY, None, STORY], pa.string_view()),
        pa.array([STORY, None, STORY]).dictionary_encode(),
    ):  # fmt: skip
        check(pa.table({"text": column}), [True, True, False], [2])
        check(column, [True, True, False], [2])
    batch = pa.record_batch({"text": [STORY, STORY]})
    check(batch, [True, False])
    check(pa.RecordBatchReader.from_batches(batch.schema, [batch, batch]), [True, False, False, False])


def test_tables_of_polars():
    pl = pytest.importorskip("polars")
    for kind in (pl.String, pl.Categorical):
        check(pl.DataFrame({"text": pl.Series([STORY, None, STORY], dtype=kind)}), [True, True, False], [2])
    check(pl.LazyFrame({"text": [STORY, None, STORY]}), [True, True, False], [2])
    with pytest.raises(TypeError, match="item 0: the text must be a str, got int"):
        scan(pl.DataFrame({"text": [1, 2]}), PLAIN)


def test_columns_that_stand_twice():
    pd = pytest.importorskip("pandas")
    pa = pytest.importorskip("pyarrow")
    rows = [[STORY, 1, 2], [STORY, 1, 2]]
    check(pd.DataFrame(rows, columns=["text", "x", "x"]), [True, False])
    check(pa.Table.from_arrays([pa.array([STORY]), pa.array([1]), pa.array([1])], names=["text", "x", "x"]), [True])
    for given in (
        pd.DataFrame(rows, columns=["text", "text", "x"]),
        pa.Table.from_arrays([pa.array([STORY]), pa.array([STORY])], names=["text", "text"]),
    ):
        with pytest.raises(TypeError, match="2 columns called 'text': rename all but one"):
            scan(given, PLAIN)


def test_what_is_no_text_is_named():
    pd = pytest.importorskip("pandas")
    with pytest.raises(TypeError, match="item 1: the text must be a str, got int"):
        scan(pd.DataFrame({"text": [STORY, 5]}), PLAIN)
    for frame in (pd.DataFrame(), pd.DataFrame({"x": [STORY]})):
        with pytest.raises(TypeError, match="the table has the columns"):
            scan(frame, PLAIN)
    with pytest.raises(TypeError, match="missing field 'body'"):
        scan(pd.DataFrame({"text": [STORY]}), PLAIN, text="body")
    for bad in (pd.Series([STORY]), "", 5):
        with pytest.raises(TypeError, match="text is the name of a field or column, got"):
            scan(pd.DataFrame({"text": [STORY]}), PLAIN, text=bad)


@pytest.mark.parametrize("package", ["pandas", "polars", "pyarrow", ""])
def test_columns_by_name(package):
    columns = {"body": [STORY, STORY], "url": ["x/1", "x/2"], "when": ["2020-05-04", None], "who": ["Wire", None]}
    given = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if package:
        nw = pytest.importorskip("narwhals")
        pytest.importorskip(package)
        given = nw.from_dict(columns, backend=package).to_native()
    result = scan(given, PLAIN, text="body", id="url", date="when", source="who")
    assert list(result.corpus.ids) == ["x/1", "x/2"] and list(result.corpus.sources) == ["Wire", ""]
    assert result.corpus.dates[0] == 1588550400 and result.corpus.dates[1] > 1 << 62


@pytest.fixture(scope="module")
def result():
    items = [STORY, None, SPUN, {"text": STORY.upper(), "date": "2020-05-04", "source": "Wire"}, "", texts.INDEPENDENT]
    return scan([*items, {"text": "else", "date": -1e15}], PLAIN)


@pytest.mark.parametrize("package", ["pandas", "polars", "arrow"])
def test_results_as_tables(package, result):
    nw = pytest.importorskip("narwhals")
    pytest.importorskip({"arrow": "pyarrow"}.get(package, package))
    made = [getattr(result, f"to_{package}")(what) for what in ("documents", "edges", "flags")]
    documents, edges, flags = (nw.from_native(frame).to_dict(as_series=False) for frame in made)
    assert documents["kept"] == result.kept.tolist() and documents["cluster"] == result.labels.tolist()
    assert documents["words"][0] == result.corpus.words[0] and documents["words"][1] == 0
    assert [at for at, reason in enumerate(documents["reject"]) if isinstance(reason, str)] == [1, 4]
    assert documents["dropped_by"][2] == "spun" and documents["duplicate_of"][2] in ("0", "3")
    assert str(documents["date"][3])[:10] == "2020-05-04" and documents["source"][3] == "Wire"
    assert sum(documents["representative"]) == len(result.clusters) == 1
    pairs = set(zip(edges["position_a"], edges["position_b"], edges["relation"], edges["copy"], strict=True))
    assert (0, 2, "spun", "b") in pairs and not any(edges["against"])
    assert set(flags["kind"]) == {"mutated-quote"} and set(flags["position"]) == {2}
    start, end = flags["start"][0], flags["end"][0]
    assert SPUN[start:end] == flags["text"][0]


def test_results_as_plain_values(result):
    whole = result.to_dict("none")
    assert whole["schema"] == "dedup.scan/1" and len(whole["documents"]) == 5 and len(whole["rejects"]) == 2
    assert "passages" in result.to_dict()["edges"][0]["evidence"] or len(whole["edges"]) > 1
    for ask in (lambda: result.to_dict("all"), lambda: result.to_arrow("clusters")):
        with pytest.raises(ValueError, match=r"none, short or full|known: documents, edges, flags"):
            ask()


def test_nothing_as_a_table():
    pa = pytest.importorskip("pyarrow")
    nothing = scan([], PLAIN)
    for what in ("documents", "edges", "flags"):
        table = nothing.to_arrow(what)
        assert table.num_rows == 0 and pa.null() not in table.schema.types


def test_a_table_of_files_names_them(tmp_path):
    pytest.importorskip("pyarrow")
    from dedup import pipeline
    from dedup.read import Reader

    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(STORY)
    reader = Reader([str(tmp_path)], PLAIN.read)
    found = pipeline.run(reader.batches(), PLAIN, pipeline.InputFacts(file_names=lambda: reader.file_names))
    assert found.to_arrow()["source"].to_pylist() == ["a.txt", "b.txt"]


def test_against_stands_in_the_edges_alone():
    pytest.importorskip("pyarrow")
    found = scan(["else", STORY], BARE, against=[STORY, "more"])
    assert found.to_arrow().num_rows == 2
    assert [tuple(row.values())[2:4] for row in found.to_arrow("edges").to_pylist()] == [(1, 0)]
    assert found.to_arrow("edges")["against"].to_pylist() == [True]


def test_many_rows_make_no_object_a_token():
    """What stays in Python's memory is a few objects a row, whatever the number of words."""
    pa = pytest.importorskip("pyarrow")
    import sys

    words = np.random.default_rng(1).integers(0, 50_000, (4_000, 60))
    table = pa.table({"text": pa.chunked_array([[" ".join(f"w{word}" for word in row) for row in words]] * 5)})
    alone = BARE.replace(excerpts=False, forms=False)
    scan(table.slice(0, 10), alone)
    before = sys.getallocatedblocks()
    result = scan(table, alone)
    assert len(result.kept) == 20_000 and 3_990 <= result.kept.sum() <= 4_000
    assert sys.getallocatedblocks() - before < 20_000 * 5
