"""JSON, JSONL and CSV."""

import csv
import io
import json
from pathlib import Path

import jsonschema
import pytest

from dedup import Document, scan
from dedup.report import machine

SCHEMA = json.loads((Path(machine.__file__).parent / "scan.schema.json").read_text())
TEXT = " ".join(f"word{n}" for n in range(60))
HOSTILE = '=HYPERLINK("http://evil"),"\n\u2028</script>'


@pytest.fixture(scope="module")
def result():
    documents = [
        Document(TEXT, "a", "2024-01-01", "The Paper"),
        Document(TEXT.upper(), "b", "2024-01-02"),
        Document(TEXT + " and more", HOSTILE),
        Document(" ".join(TEXT.split()[5:45]), "part"),
        Document("something else entirely", "alone"),
        Document("", "empty"),
    ]
    return scan(documents)


def written(write, result):
    out = io.BytesIO()
    write(result, out)
    return out.getvalue().decode()


def test_json_follows_the_schema(result):
    value = json.loads(written(machine.write_json, result))
    jsonschema.validate(value, SCHEMA)
    assert value["schema"] == "dedup.scan/1"
    assert [row["id"] for row in value["documents"]] == ["a", "b", HOSTILE, "part", "alone"]
    assert {row["relation"] for row in value["edges"]} == {"exact", "near-duplicate", "excerpt"}
    assert [row["reason"] for row in value["rejects"]]
    assert value["stats"]["documents"] == 5


def test_the_schema_is_the_one_agreed_on(shared):
    assert json.loads((shared / "scan.schema.json").read_text()) == SCHEMA


def test_json_of_nothing_follows_the_schema():
    jsonschema.validate(json.loads(written(machine.write_json, scan([]))), SCHEMA)


def test_json_says_which_is_kept_and_why_the_others_are_not(result):
    value = json.loads(written(machine.write_json, result))
    rows = {row["id"]: row for row in value["documents"]}
    cluster = value["clusters"][0]
    assert cluster["representative"] == "a"
    assert rows["a"]["representative"] and rows["a"]["kept"] and not rows["b"]["kept"]
    assert rows["alone"]["kept"] and not rows["alone"]["representative"] and rows["alone"]["cluster"] is None
    assert rows["a"]["source"] == "The Paper" and rows["a"]["date"] == "2024-01-01T00:00:00Z"
    assert cluster["members"][0] == "a" and cluster["relations"][0] is None
    assert cluster["weakest"] == min(cluster["similarities"])
    exact = next(row for row in value["edges"] if row["relation"] == "exact")
    assert exact["copy"] == "b" and exact["jaccard"] == exact["similarity"] == 1.0


def test_jsonl_has_the_same_rows(result):
    lines = [json.loads(line) for line in written(machine.write_jsonl, result).split("\n") if line]
    whole = json.loads(written(machine.write_json, result))
    kinds = {"document": "documents", "edge": "edges", "cluster": "clusters", "reject": "rejects"}
    for kind, section in kinds.items():
        found = [{k: v for k, v in line.items() if k != "type"} for line in lines if line["type"] == kind]
        assert found == whole[section]
    assert lines[0] == {"type": "scan", "schema": "dedup.scan/1"}
    assert lines[-1]["type"] == "stats"


def test_many_rows_join_into_one_list():
    texts = [Document(f"{TEXT} {n}", f"d{n}") for n in range(5_000)]
    value = json.loads(written(machine.write_json, scan(texts)))
    assert len(value["documents"]) == 5_000


def test_csv_has_a_line_a_document_and_no_formulas(result):
    rows = list(csv.DictReader(io.StringIO(written(machine.write_csv, result))))
    assert [row["id"] for row in rows] == ["a", "b", "'" + HOSTILE, "part", "alone"]
    assert rows[1]["relation"] == "exact" and rows[4]["relation"] == ""
    assert rows[3]["relation"] == "excerpt" and float(rows[3]["similarity"]) == 1.0
