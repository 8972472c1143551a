"""Who stands in a cluster, where the user says so."""

from __future__ import annotations

import csv
import json
import random
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import Config, scan
from dedup.errors import ConfigError
from dedup.model import UNKNOWN_DATE
from dedup.pipeline import InputFacts, run
from dedup.pipeline.ranking import Preference
from dedup.read import Kept, Reader
from dedup.read.values import ValueField, comparable
from tests import texts

WHOLE = texts.REPORT.strip()
LONGER = WHOLE + "\n\nThe vote was eleven to eight. Two members of the council were away."
CUT = WHOLE.replace("Work is expected to begin in the autumn. ", "")
EXCERPT = "\n\n".join(WHOLE.split("\n\n")[1:4])


def stands(records, keep_by, **stages):
    """Id of the one that stands, whatever the order of the records; all are copies."""
    config = Config().update({"find": {"phrasing": False, "stories": False}, "output": {"keep_by": keep_by}} | stages)
    found = set()
    for seed in range(3):
        shuffled = random.Random(seed).sample(records, len(records))
        result = scan(shuffled, config)
        (cluster,) = result.clusters
        assert len(cluster.members) == len(records)
        assert result.kept.sum() == 1 and result.kept_rows[cluster.representative]
        found.add(result.corpus.ids[cluster.representative])
    (name,) = found
    return name


DATED = [
    {"id": "middle", "text": LONGER, "date": "2020-05-05"},
    {"id": "first", "text": CUT, "date": "2020-01-01"},
    {"id": "last", "text": WHOLE, "date": "2021-01-01"},
    {"id": "undated", "text": WHOLE + "\nBy our own reporter."},
]


@pytest.mark.parametrize(("keep_by", "name"), [("oldest", "first"), ("newest", "last"), ("longest", "middle")])
def test_by_date_and_length(keep_by, name):
    assert stands(DATED, keep_by) == name


def test_the_default_is_the_oldest():
    assert Config().output.keep_by == "oldest"


def test_exact_copies_by_date():
    records = [{"id": day, "text": WHOLE, "date": f"2020-01-{day}"} for day in ("02", "01", "03")]
    assert (stands(records, "oldest"), stands(records, "newest"), stands(records, "longest")) == ("01", "03", "01")


COPIES = (WHOLE, LONGER, CUT, WHOLE.upper())


def scored(*values, text=COPIES):
    return [
        {"id": str(number), "text": text[number % len(text)], **({} if value is ... else {"score": value})}
        for number, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("values", "largest", "smallest"),
    [
        ((1, 3, 2), "1", "0"),
        ((1, 30, 4, 5), "1", "0"),
        (("1", "30", "4"), "1", "0"),
        ((0.5, 0.25, ...), "0", "1"),
        ((None, 2, ""), "1", "1"),
        ((-1, -2, 0), "2", "1"),
        (("b", "c", "a"), "1", "2"),
        (("zzz", 1, 2), "2", "1"),
        ((True, False, None), "0", "1"),
        ((1e3, "2000", 12), "1", "2"),
        ((float("nan"), 1, ...), "1", "1"),
        ((2**70, 2**70 + 1, 5), "1", "2"),
        (([1], {"a": 2}, 0), "2", "2"),
    ],
)
def test_by_a_field(values, largest, smallest):
    assert stands(scored(*values), "score") == largest
    assert stands(scored(*values), "-score") == smallest


def test_exact_copies_by_a_field():
    assert stands(scored(1, 3, 2, text=(WHOLE,)), "score") == "1"
    assert stands(scored(1, 3, 2, text=(WHOLE,)), "-score") == "0"


def test_equals_are_decided_as_ever():
    records = [record | {"score": 1} for record in DATED]
    assert stands(records, "score") == stands(DATED, "oldest")


def test_neither_a_field_nor_a_length_has_an_excerpt_stand_for_the_whole():
    records = [{"id": "whole", "text": WHOLE, "score": 1}, {"id": "part", "text": EXCERPT, "score": 9}]
    assert stands(records, "score") == "whole"
    dated = [{"id": "whole", "text": WHOLE, "date": "2020"}, {"id": "part", "text": EXCERPT, "date": "2021"}]
    assert stands(dated, "newest") == "whole"


def test_a_shortened_text_never_stands_for_what_it_left_out():
    words = random.Random(5).sample([f"word{number}" for number in range(3000)], 170)
    short = " ".join(words[:104])
    documents = [{"text": " ".join(words)}, {"text": short, "date": "2020-01-01"}]
    for order in (documents, documents[::-1]):
        result = scan(order, phrasing=False, excerpts=False, threshold=0.5)
        assert len(result.clusters) == 1 and result.kept.tolist() == [len(one["text"]) > len(short) for one in order]


def test_nested_fields_and_tables():
    records = [{"id": str(n), "text": WHOLE, "meta": {"score": n}} for n in (3, 7, 5)]
    assert stands(records, "meta.score") == "7"
    pyarrow = pytest.importorskip("pyarrow")
    frame = pyarrow.table({"text": [WHOLE, LONGER, CUT], "Score": [2.0, 1.0, float("nan")]})
    config = Config().update({"output": {"keep_by": "score"}})
    assert scan(frame, config).kept.tolist() == [True, False, False]
    assert scan(frame, config.update({"output": {"keep_by": "-score"}})).kept.tolist() == [False, True, False]


def test_a_field_that_no_record_has():
    for records, field in ((scored(1, 2), "rank"), ([WHOLE, LONGER], "rank"), (scored(None, ""), "score")):
        with pytest.raises(ConfigError, match=f"keep_by: no record has a field '{field}'"):
            scan(records, Config().update({"output": {"keep_by": field}}))
    assert len(scan([], Config().update({"output": {"keep_by": "rank"}})).corpus) == 0


def kept_of(path, keep_by):
    """Id of the one that stands among the copies in a file."""
    config = Config().update({"find": {"phrasing": False}, "output": {"keep_by": keep_by}})
    reader = Reader([path], config.read, kept=Kept(value_field=config.output.keep_field))
    result = run(reader.batches(), config, InputFacts(file_names=lambda: reader.file_names))
    (name,) = (result.corpus.ids[row] for row in np.flatnonzero(result.kept))
    return name


ROWS = [{"id": str(n), "text": text, "Rank": n, "m": {"r": n}} for n, text in enumerate((WHOLE, LONGER, CUT))]


def test_fields_of_files_of_each_kind(tmp_path):
    lines, array, rows = tmp_path / "a.jsonl", tmp_path / "a.json", tmp_path / "a.tsv"
    lines.write_text("\n".join(map(json.dumps, ROWS)))
    array.write_text(json.dumps(ROWS))
    with rows.open("w", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(["id", "Rank", "text"])
        writer.writerows([row["id"], row["Rank"], row["text"].replace("\n", " ").replace('"', "")] for row in ROWS)
    for path, field in ((lines, "Rank"), (lines, "m.r"), (array, "Rank"), (array, "m.r"), (rows, "rank")):
        assert (kept_of(path, field), kept_of(path, "-" + field)) == ("2", "0"), (path, field)


def test_fields_of_parquet(tmp_path):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path, day = tmp_path / "a.parquet", [datetime(2020, 1, n + 1, tzinfo=UTC) for n in range(3)]
    columns = {name: [row[name] for row in ROWS] for name in ROWS[0]} | {"day": day, "word": ["b", "a", None]}
    parquet.write_table(pyarrow.table(columns), path)
    for field, most, least in (("rank", "2", "0"), ("m.r", "2", "0"), ("day", "2", "0"), ("word", "0", "1")):
        assert (kept_of(path, field), kept_of(path, "-" + field)) == (most, least), field


def test_fields_of_front_matter(tmp_path):
    for name, weight in (("a", 1), ("b", 5), ("c", 2)):
        (tmp_path / f"{name}.md").write_text(f"---\ntitle: Depot\nweight: {weight}\n---\n{WHOLE}")
    assert (kept_of(tmp_path, "weight"), kept_of(tmp_path, "-weight")) == ("b.md", "a.md")


@pytest.mark.parametrize("name", ["", "-"])
def test_no_name_of_a_field(name):
    with pytest.raises(ConfigError, match="oldest, longest, newest"):
        Config().update({"output": {"keep_by": name}})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1), ("1", 1), (" 2.5 ", 2.5), ("-3e2", -300.0), (".5", 0.5), ("1_000", "1_000"), ("inf", "inf"),
        ("nan", "nan"), ("", None), ("  ", None), (None, None), (float("nan"), None), ([], None), ({}, None),
        (True, 1), (Decimal("1.5"), 1.5), (date(2020, 1, 2), "2020-01-02"), (np.float64(2.5), 2.5),
        (np.int64(7), 7), (datetime(2020, 1, 2, tzinfo=UTC), "2020-01-02T00:00:00+00:00"), ("٣", 3), (b"x", None),
        (float("inf"), float("inf")), (10**400, 10**400), ("x" * 1000, "x" * 200),
    ],
)  # fmt: skip
def test_what_a_value_is_worth(value, expected):
    assert comparable(value) == expected and type(comparable(value)) is type(expected)


def test_columns_are_found_by_name_whatever_the_case():
    assert ValueField("score").column(["id", "Score", "score"]) == 2
    assert ValueField("score").column(["id", " SCORE "]) == 1
    assert ValueField("score").column(["id"]) is None and ValueField("").column(["", "x"]) is None


@given(st.lists(st.one_of(st.none(), st.integers(), st.floats(allow_nan=False), st.text(min_size=1)), min_size=1))
def test_places_are_an_order(values):
    dates = np.full(len(values), UNKNOWN_DATE)
    for name, smallest in (("score", False), ("-score", True)):
        preference = Preference(name, dates, values)
        order = sorted(range(len(values)), key=preference.exact)
        kinds = [2 if values[row] is None else int(isinstance(values[row], str)) for row in order]
        assert kinds == sorted(kinds)
        for kind in (0, 1):
            part = [values[row] for row, own in zip(order, kinds, strict=True) if own == kind]
            assert part == sorted(part, reverse=not smallest)
