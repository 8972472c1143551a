"""Forms: told with their frame, in no cluster, dropped by nobody who did not ask."""

from __future__ import annotations

import json
import random

import pytest

from benchmarks import frames
from dedup import Config, Document, Relation, scan
from tests import texts
from tests.cli.test_scan import dedup

COPIES = {Relation.EXACT, Relation.NEAR_DUPLICATE, Relation.EXCERPT, Relation.SPUN}


def filled(kind: str, seed: int = 1) -> list[str]:
    return [text for name, _, text in frames.filled(random.Random(seed)) if name == kind]


@pytest.mark.parametrize("kind", ["weather", "dividend", "vacancy", "medicine", "function"])
@pytest.mark.parametrize("count", [2, 4, 12])
def test_a_frame_filled_in_with_other_facts_has_no_copies(kind, count):
    result = scan([*filled(kind)[:count], texts.REPORT])
    assert result.clusters == () and result.kept.all()
    assert not [edge for edge in result.edges if edge.relation in COPIES]


def test_forms_are_told_with_their_frame():
    result = scan(filled("vacancy"))
    (form,) = result.forms
    assert form.members == tuple(range(12))
    assert "thirty days of leave" in form.frame and "…" in form.frame
    assert {edge.relation for edge in result.edges} == {Relation.FORM}
    assert {edge.copy for edge in result.edges} == {None}
    assert scan(filled("vacancy"), Config().update({"find": {"forms": False}})).forms == ()


def test_a_copy_among_forms_is_one():
    forms = filled("medicine")
    result = scan([*forms, forms[3].replace("Common side effects", "The usual side effects")])
    assert [cluster.members for cluster in result.clusters] == [(3, 12)]


def test_a_release_with_fifty_copies_is_no_frame():
    rng = random.Random(5)
    copies = []
    for number in range(50):
        sentences = texts.REPORT.strip().split("\n\n")
        sentences[rng.randrange(len(sentences))] += f" So the {rng.choice(('Mirror', 'Ledger', 'Post'))} has learnt."
        copies.append("\n\n".join(sentences) + f"\n\nTelephone {number}")
    result = scan(copies)
    assert [len(cluster.members) for cluster in result.clusters] == [50] and result.forms == ()


@pytest.mark.parametrize("count", [100, 1000])
def test_many_of_one_form_are_one_group_by_pairs_that_grow_with_them(count):
    rng = random.Random(2)
    names = [
        f"{a}{b}{c}" for a in ("Bran", "Lin", "Kes", "Dun", "Sel") for b in "aeiou" for c in ("mor", "wick", "ley")
    ]
    made = []
    for _ in range(count):
        text = filled("dividend")[0].replace("cents", f"{rng.randrange(1000)} cents")
        for word in ("Tolvane", "Kestrick", "Harrow", "Monday", "Tuesday", "Friday"):
            text = text.replace(word, rng.choice(names))
        made.append(f"{text} {rng.choice(names)} {rng.random():.4f}.")
    result = scan(made, Config().update({"find": {"phrasing": False, "stories": False}}))
    assert not [edge for edge in result.edges if edge.relation in COPIES and edge.jaccard < 0.9]
    assert max(len(form.members) for form in result.forms) > count / 2
    assert result.stats["candidates"] <= 50 * count


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.8, 0.9, 1.0])
def test_a_higher_threshold_never_finds_more_near_duplicates(threshold):
    rng = random.Random(4)
    words = texts.REPORT.split(" ")
    made = [texts.REPORT]
    for share in (0.02, 0.05, 0.1, 0.2, 0.3):
        made.append(" ".join("also" if rng.random() < share else word for word in words))

    def found(value: float) -> set[tuple[int, int]]:
        result = scan(made, Config().update({"match": {"threshold": value}}))
        return {(e.a, e.b) for e in result.edges if e.relation in (Relation.NEAR_DUPLICATE, Relation.EXCERPT)}

    assert found(min(1.0, threshold + 0.1)) <= found(threshold)
    assert found(1.0) == set()


def test_json_and_text_tell_forms(tmp_path):
    file = tmp_path / "vacancies.jsonl"
    file.write_text(
        "".join(json.dumps({"id": f"v{n}", "text": text}) + "\n" for n, text in enumerate(filled("vacancy")))
    )
    run = dedup("scan", file, "--format", "json", "-q")
    value = json.loads(run.stdout)
    assert run.returncode == 0 and len(value["forms"]) == 1 and len(value["forms"][0]["members"]) == 12
    text = dedup("scan", file, "-q").stdout.decode()
    assert "no copies found" in text and "1 form filled in 12 times" in text
    none = dedup("scan", file, "-q", "--no-forms").stdout.decode()
    assert "form" not in none


def test_a_dropped_form_was_asked_for():
    documents = [Document(text, f"v{number}") for number, text in enumerate(filled("vacancy"))]
    assert scan(documents).kept.all()
    asked = scan(documents, Config().update({"output": {"drop": ("form",)}}))
    assert asked.kept.sum() < len(documents)
