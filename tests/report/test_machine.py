"""JSON, JSONL and CSV."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from dedup import Config, Document, scan
from dedup.config import OutputConfig
from dedup.model import Flag, FlagKind, Span
from dedup.report import machine, rows
from tests import texts
from tests.cli.test_scan import dedup
from tests.pipeline.test_forms import filled

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


def strict(schema):
    """The same schema for results that hold no key which it does not name."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: strict(part) for key, part in schema.items()}
    # spans: what stands beside them names the rest
    composed = set(schema.get("properties", ())) == {"start", "end", "text"}
    return found | ({"unevaluatedProperties": False} if "properties" in schema and not composed else {})


def kinds_of_results(rewritten, tmp_path):
    """Results of every kind, as they are written."""
    bodies = rewritten[1]
    yield from (
        written(lambda *args, e=e: machine.write_json(*args, e), rewritten[0]) for e in ("none", "short", "full")
    )
    yield written(machine.write_json, scan([]))
    yield written(machine.write_json, scan(list(bodies.values())[1:3], against=list(bodies.values())[:1]))
    days = filled("vacancy")[:3]
    path = tmp_path / "d.jsonl"
    path.write_text('{"decision": "form", "a": "1", "b": "2"}\n{"decision": "keep", "a": "3", "b": "4"}\n')
    records = [{"id": str(n), "text": text} for n, text in enumerate([*days, texts.REPORT, bodies["edited"]])]
    yield written(machine.write_json, scan(records, Config(output=OutputConfig(decisions=(str(path),)))))
    (tmp_path / "news").mkdir()
    for name, text in bodies.items():
        (tmp_path / "news" / f"{name}.txt").write_text(text)
    yield dedup("scan", "news", "--format", "json", "--exit-zero", cwd=tmp_path).stdout.decode()


def test_no_key_is_written_that_the_schema_does_not_name(rewritten, tmp_path):
    found = [json.loads(text) for text in kinds_of_results(rewritten, tmp_path)]
    for value in found:
        jsonschema.validate(value, strict(SCHEMA))
    assert found[-1]["files"] and found[-2]["forms"] and any(edge.get("decided") for edge in found[-2]["edges"])
    assert any(row["against"] for row in found[-3]["documents"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found[0] | {"more": 1}, strict(SCHEMA))


def holds(ours, agreed) -> bool:
    """Whether all of a schema that was agreed on stands in ours, which may say more of documents."""
    if isinstance(agreed, dict):
        return isinstance(ours, dict) and all(name in ours and holds(ours[name], part) for name, part in agreed.items())
    return bool(ours == agreed)


def test_the_schema_holds_what_was_agreed_on(shared):
    assert holds(SCHEMA, json.loads((shared / "scan.schema.json").read_text()))


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
    assert lines[0] == {"type": "scan", "schema": "dedup.scan/1", "settings": whole["settings"]}
    assert lines[-1]["type"] == "stats"


def test_phrasing_is_a_score_or_null_and_gains_are_told_of_mangled_spans_alone(result):
    assert result.phrasing is None or len(result.phrasing) == 5
    span, other = Span(0, 5, "word0", "word", None, 2.34567), Span(0, 5, "word0")
    flags = {0: (Flag(FlagKind.MANGLED, 0.91, (span,)), Flag(FlagKind.SCRAPER_MARK, spans=(other,)))}
    judged = replace(result, flags=flags, phrasing=np.array([0.91234567, 0, np.nan, 1, np.nan]))
    value = json.loads(written(machine.write_json, judged))
    jsonschema.validate(value, SCHEMA)
    assert [row["phrasing"] for row in value["documents"]] == [0.912346, 0, None, 1, None]
    mangled, mark = value["documents"][0]["flags"]
    assert mangled["score"] == 0.91
    assert (mangled["spans"][0]["suggestion"], mangled["spans"][0]["gain"]) == ("word", 2.346)
    assert "gain" not in mark["spans"][0]
    unasked = json.loads(written(machine.write_json, replace(result, phrasing=None)))
    assert {row["phrasing"] for row in unasked["documents"]} == {None}


def test_many_rows_join_into_one_list():
    texts = [Document(f"{TEXT} {n}", f"d{n}") for n in range(5_000)]
    value = json.loads(written(machine.write_json, scan(texts)))
    assert len(value["documents"]) == 5_000


def test_csv_has_a_line_a_document_and_no_formulas(result):
    rows = list(csv.DictReader(io.StringIO(written(machine.write_csv, result))))
    assert [row["id"] for row in rows] == ["a", "b", "'" + HOSTILE, "part", "alone"]
    assert rows[1]["relation"] == "exact" and rows[4]["relation"] == ""
    assert rows[3]["relation"] == "excerpt" and float(rows[3]["similarity"]) == 1.0


# With rewritten copies: passages, substitutions, directions, stories and flags.

ACCENTS = str.maketrans({"e": "é", "o": "漢", "s": "😀s"})


@pytest.fixture(scope="module")
def rewritten():
    """A report, its spun copy with a scraper's marks, an edited and an exact one; and all of it in other characters."""
    spun = "[ad_1]\n" + texts.spun(texts.REPORT) + "\nSource link"
    edited = texts.swapped(texts.REPORT, texts.BRITISH)
    bodies = {
        "source": texts.REPORT, "spun": spun, "edited": edited, "same": texts.REPORT.upper(),
        "part": "\n\n".join(texts.REPORT.split("\n\n")[:3]), "other": texts.INDEPENDENT,
        "wide": texts.REPORT.translate(ACCENTS), "wide-spun": spun.replace("[ad_1]", "", 1).translate(ACCENTS),
    }  # fmt: skip
    return scan([Document(text, name) for name, text in bodies.items()]), bodies


@pytest.mark.parametrize("evidence", ["none", "short", "full"])
def test_json_with_evidence_follows_both_schemas(rewritten, evidence, request):
    result, _ = rewritten
    out = io.BytesIO()
    machine.write_json(result, out, evidence)
    value = json.loads(out.getvalue())
    jsonschema.validate(value, SCHEMA)
    lines = io.BytesIO()
    machine.write_jsonl(result, lines, evidence)
    typed = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [{k: v for k, v in row.items() if k != "type"} for row in typed if row["type"] == "edge"] == value["edges"]
    # the schema that was agreed on is not part of the project
    jsonschema.validate(value, json.loads((request.getfixturevalue("shared") / "scan.schema.json").read_text()))


@pytest.mark.parametrize("evidence", ["none", "short", "full"])
def test_evidence_is_as_long_as_asked_for_and_slices_the_texts(rewritten, evidence):
    result, bodies = rewritten
    found = {(row["a"], row["b"]): row for row in rows.edges(result, evidence)}
    assert found["source", "spun"]["relation"] == "spun" and found["source", "spun"]["copy"] == "spun"
    assert found["wide", "wide-spun"]["relation"] == "spun"
    assert found["source", "same"]["relation"] == "exact"
    counts = []
    for (a, b), row in found.items():
        proof = row["evidence"]
        if row["relation"] == "exact":
            assert "figures" not in proof and "substitutions" not in proof
            continue
        figures = proof["figures"]
        assert figures["kept"] + figures["substituted"][0] <= figures["words"][0]
        assert figures["kept"] + figures["substituted"][1] <= figures["words"][1]
        assert all(0 <= share <= 1 for share in (*figures["coverage"], figures["order"], figures["spread"]))
        counts.append(len(proof["substitutions"]))
        if evidence == "none":
            assert proof["passages"] == proof["substitutions"] == []
        for pair in (*proof["passages"], *proof["substitutions"]):
            for side, name in (("a", a), ("b", b)):
                span, cut = pair[side], rows.SHORT_TEXT if evidence == "short" else None
                assert bodies[name][span["start"] : span["end"]][:cut] == span["text"]
    assert max(counts) == {"none": 0, "short": rows.SHORT}[evidence] if evidence != "full" else max(counts) > 40
    for document in rows.documents(result):
        for flag in document["flags"]:
            for span in flag["spans"]:
                assert bodies[document["id"]][span["start"] : span["end"]] == span["text"]
    marked = {row["id"] for row in rows.documents(result) if any(f["kind"] == "scraper-mark" for f in row["flags"])}
    assert marked == {"spun"}


def test_terms_of_the_program_are_in_the_schema():
    """The schema, which is agreed on with those who read the JSON, may have room for more."""
    from dedup.model import FlagKind, Relation

    properties = {name: part.get("properties", {}) for name, part in SCHEMA["$defs"].items()}
    for terms, agreed in (
        ([relation.value for relation in Relation], properties["edge"]["relation"]["enum"]),
        ([kind.value for kind in FlagKind], properties["flag"]["kind"]["enum"]),
    ):
        assert set(terms) <= set(agreed)


MARKS = "=+-@\uff1d\uff0b\uff0d\uff20"
BEFORE = ["", "\n", "\t", "\r", "\r\n", " ", "\u00a0", "\ufeff", "\u200b", "'", '"', "\n\n\t ", "\x00", "\u3000"]


def test_ids_that_spreadsheets_would_run_are_text():
    """Whatever stands before the mark; and a carriage return makes no second row, for readers that end rows with it."""
    hostile = [f"{before}{mark}cmd|'/c calc'!A1" for before in BEFORE for mark in MARKS]
    documents = [Document(TEXT, name, name) for name in hostile] + [Document(TEXT, f"x\r{name}") for name in hostile]
    out = io.BytesIO()
    machine.write_csv(scan(documents), out)
    table = list(csv.DictReader(io.StringIO(out.getvalue().decode(), newline="")))
    assert len(table) == len(documents) and b"\r" not in out.getvalue()
    for row in table[: len(hostile)]:
        assert row["id"][:1] == row["source"][:1] == "'"
    assert not [row for row in table if row["id"][:1] in ("\n", "\t", *MARKS)]


@pytest.mark.parametrize("name", ["a-b", "a=b", "user@example.com", "2025-07-04", "https://example.com/?a=1", "", "é"])
def test_other_ids_stand_as_they_are(name):
    assert machine._inert(name) == name
