"""Verdicts as JSON, JSON lines and text."""

import io
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from dedup.model import Phrasing, Reject, ScoredText, Span
from dedup.report import score, score_text
from tests.fakes import YARDSTICK

SCHEMA = json.loads((Path(score.__file__).parent / "score.schema.json").read_text())
HOSTILE = '=HYPERLINK("http://evil"),"\n\u2028</script>\x1b[2J'
TEXT = "The army help is on its way."
SPAN = Span(4, 13, "army help", "military aid", None, 7.4)


def scored(name, value, *spans, text=TEXT, **options):
    mangled = value is not None and value >= 0.5
    return ScoredText(name, "in.jsonl", 3, text.encode(), Phrasing(value, mangled, spans, **options))


TEXTS = [
    scored("clean", 0.02),
    scored(HOSTILE, 0.9, SPAN),
    scored("short", None, reason="too short (2 words)"),
    scored("typed", np.float64(0.6), Span(0, 3, "The", None, None, None)),
    scored("no phrase", 0.7),
]
REJECTS = [Reject("b.txt", None, "binary file")]


def written(write, texts=TEXTS):
    out = io.BytesIO()
    write(iter(texts), YARDSTICK, REJECTS, out)
    return out.getvalue()


def shown(texts=TEXTS, reference_info=YARDSTICK, **options):
    out = io.StringIO()
    score_text.write_text(iter(texts), reference_info, REJECTS, out, **options)
    return out.getvalue()


def test_json_follows_the_schema():
    value = json.loads(written(score.write_json))
    jsonschema.validate(value, SCHEMA)
    assert [row["id"] for row in value["texts"]] == [text.id for text in TEXTS]
    assert [row["judged"] for row in value["texts"]] == [True, True, False, True, True]
    assert [row["mangled"] for row in value["texts"]] == [False, True, False, True, True]
    assert value["texts"][1]["spans"] == [
        {"start": 4, "end": 13, "text": "army help", "suggestion": "military aid", "gain": 7.4}
    ]
    assert value["texts"][3]["score"] == 0.6
    assert value["reference"]["false_positives"] == 0.005


@pytest.mark.parametrize("field", ["judged", "score", "mangled", "spans", "id"])
def test_the_schema_asks_for_every_field(field):
    value = json.loads(written(score.write_json))
    del value["texts"][0][field]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, SCHEMA)


def test_the_schema_has_no_score_without_judgement():
    value = json.loads(written(score.write_json))
    value["texts"][2]["score"] = 0.5
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, SCHEMA)


def test_json_of_nothing_and_of_much():
    jsonschema.validate(json.loads(written(score.write_json, [])), SCHEMA)
    many = [scored(f"d{number}", 0.1) for number in range(5_000)]
    assert len(json.loads(written(score.write_json, many))["texts"]) == 5_000


def test_jsonl_has_the_same_rows():
    lines = [json.loads(line) for line in written(score.write_jsonl).split(b"\n") if line]
    whole = json.loads(written(score.write_json))
    assert [{k: v for k, v in row.items() if k != "type"} for row in lines if row["type"] == "text"] == whole["texts"]
    assert lines[-1] == {"type": "stats", "texts": 5, "mangled": 3, "not_judged": 1, "rejects": 1}


def test_texts_are_written_as_they_come():
    """What was judged is out before the last text has come: a million texts are not held."""
    out, seen = io.BytesIO(), []

    def coming():
        for number in range(10_000):
            seen.append(len(out.getvalue()))
            yield scored(f"d{number}", 0.1)

    score.write_json(coming(), YARDSTICK, [], out)
    assert seen[-1] > 0.7 * len(out.getvalue())


def test_counts_first_then_mangled_texts_the_worst_first_then_the_others():
    text = shown(color=False)
    assert text.startswith("5 texts · 3 mangled · 1 not judged · 1 rejected\njudged by the shipped reference")
    order = [
        "0.90  mangled",
        "0.70  mangled     no phrase",
        "0.60  mangled     typed",
        "0.02  clean",
        "–  not judged  short",
    ]
    places = [text.index(line) for line in order]
    assert places == sorted(places)
    assert "no single phrase stands out" in text
    assert "The army help [military aid] is on its way." in text
    assert (
        "more where it knows less of a kind of text" in text
        and "the closest wording that was found, often not the one" in text
    )


def test_the_share_of_clean_texts_is_told_of_the_reference_that_it_was_measured_with():
    own = shown(reference_info=replace(YARDSTICK, file="own.ref"), color=False)
    assert "judged by own.ref" in own and "mangled from 0.50\n" in own and " % of clean" not in own


def test_hostile_ids_are_shown_harmlessly():
    text = shown(color=False)
    assert "\x1b" not in text and "\u2028" not in text and "HYPERLINK" in text


def test_none_mangled():
    assert shown([scored("a", 0.1)], color=False).startswith("1 text · none mangled · 1 rejected\n")
    assert shown([scored("a", None, reason="too short")], color=False).startswith("1 text · 1 not judged")


def test_clean_texts_show_their_phrases_only_where_there_are_few():
    few = shown([scored("a", 0.3, SPAN)] * 3, color=False)
    assert few.count("military aid]") == 3
    assert "military aid]" not in shown([scored("a", 0.3, SPAN)] * 4, color=False)


def test_long_lists_are_cut_and_say_so():
    texts = [scored(f"d{number:03}", number / 100, SPAN) for number in range(100)]
    text = shown(texts, color=False)
    assert "… and 30 mangled (-v shows all" in text and "… and 30 that are not" in text
    named = [line.split()[2] for line in text.splitlines() if "  mangled  " in line or "  clean  " in line]
    assert named == [f"d{number:03}" for number in (*range(99, 79, -1), *range(49, 29, -1))]
    whole = shown(texts, color=False, everything=True)
    assert "… and" not in whole and whole.index("d000") < whole.index("d099") < whole.index("100 texts")


def test_color_when_asked_for_and_not_with_no_color(monkeypatch):
    assert "\x1b[1;31marmy help" in shown(color=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;3" not in shown(color=True) and "[military aid]" in shown(color=True)
