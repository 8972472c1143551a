"""Decisions by hand: the file, which documents it means, and that a scan honours them."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import numpy as np
import pytest

from dedup import Config, decisions, scan
from dedup.config import OutputConfig
from dedup.decisions import Rows, Verdict, read, resolve
from dedup.errors import InputError
from dedup.model import Relation
from dedup.pipeline.choices import Choices, honour
from dedup.pipeline.selection import Dropped
from dedup.relations.cluster import Graph
from dedup.report import rows as report_rows
from tests import texts
from tests.cost import costs_at_most

WHOLE = texts.REPORT.strip()
NEAR = WHOLE.replace("Work is expected to begin in the autumn. ", "")
NEARER = WHOLE.replace("autumn", "winter")
BATCH = {"whole": WHOLE, "near": NEAR, "nearer": NEARER, "other": texts.INDEPENDENT}


def line(decision, a, b, **more) -> bytes:
    return json.dumps({"schema": decisions.SCHEMA, "decision": decision, "a": a, "b": b} | more).encode()


def write(tmp_path, *lines):
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def scanned(batch, path=None, **output):
    records = [{"id": name, "text": text} for name, text in batch.items()] if isinstance(batch, dict) else batch
    found = OutputConfig(**output, decisions=(str(path),) if path else ())
    return scan(records, Config(output=found))


def kept(result):
    return {name for name, stays in zip(result.corpus.ids, result.kept_rows, strict=True) if stays}


def clusters(result):
    names = list(result.corpus.ids)
    return [[names[row] for row in cluster.members] for cluster in result.clusters]


def edges(result):
    names = list(result.corpus.ids)
    return {(names[edge.a], names[edge.b]): edge.relation.value for edge in result.edges}


def digests(result):
    return {row["id"]: row["digest"] for row in report_rows.documents(result)}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"{", "is not JSON"),
        (b"[1]", "is no decision"),
        (b'{"schema": "dedup.scan/1"}', "is no decision"),
        (line("maybe", "a", "b"), "'maybe' is none of drop, keep, not-a-copy, form"),
        (line("drop", "a", ""), "'b' is no id"),
        (line("drop", 1, "b"), "'a' is no id"),
        (line("drop", "a", "a"), "are the same document"),
        (line("drop", "a", "b", a_digest="xyz"), "'a_digest' 'xyz' is no digest"),
        (line("drop", "a", "b", relation="cousin"), "'cousin' is no relation"),
        (b'\xff{"a":1}', "is not JSON"),
        (line(["drop"], "a", "b"), "decision ['drop'] is none of"),
        (line({}, "a", "b"), "decision {} is none of"),
        (line("drop", "a", "b", relation=["spun"]), "is no relation"),
        (line("x" * 1_000_000, "a", "b"), "xxx… is none of"),
        (line("drop", "a", ["b"]), "'b' is no id"),
        (b'{"schema": [], "decision": "drop"}', "is no decision"),
        (b"[" * 100_000, "is not JSON"),
    ],
)
def test_a_bad_line_is_named(tmp_path, text, reason):
    path = write(tmp_path, line("drop", "a", "b"), b"", text)
    with pytest.raises(InputError) as raised:
        read([path])
    assert str(raised.value).startswith(f"{path}:3: ") and reason in str(raised.value)


def test_a_file_that_is_not_there():
    with pytest.raises(InputError, match=r"^none\.jsonl: cannot be read"):
        read(["none.jsonl"])


def test_the_later_line_counts_and_null_takes_back(tmp_path):
    path = write(tmp_path, b"\xef\xbb\xbf" + line("drop", "a", "b"), line("form", "b", "a"), line(None, "c", "d"))
    first, second = read([path])
    assert first.verdict is Verdict.FORM and first.where == f"{path}:2" and second.verdict is None
    assert [decision.verdict for decision in decisions.merged([first], [replace_verdict(first, None)])] == [None]
    again = [decisions.parse(json.dumps(decisions.row_of(one)).encode(), one.where) for one in (first, second)]
    assert again == [first, second]


def replace_verdict(decision, verdict):
    return decision._replace(verdict=verdict)


def test_rows_are_found_by_their_words_where_ids_repeat():
    ids, values = ["1", "1#2", "1#3", "x"], [10, 20, 30, 40]
    text = [decisions.digest_text(value, 2) for value in values]
    named = decisions.Named("1#2", text[2])  # yesterday the third one came second
    decision = decisions.parse(line("drop", "x", "1#2", b_digest=text[2]), "f:1")
    found = Rows([decision], ids, values, 2)
    assert found.document(named) == 2 and found.document(named._replace(digest=None)) == 1
    assert found.document(named._replace(digest=decisions.digest_text(99, 2))) is None
    assert found.document(named._replace(digest=decisions.digest_text(99, 1))) == 1  # words were cut otherwise then
    moved = decisions.Named("elsewhere/x", text[3])
    found = Rows([decision._replace(a=moved)], ids, values, 2)
    assert found.text(moved) == 3 and found.document(moved) is None
    assert resolve([decision], Rows([decision], ids, values, 2)).drop == {2: 3}


def test_ids_may_hold_anything_and_are_cut_where_they_are_shown(tmp_path):
    odd = ["../../x", "-rf", "a\nb", "a\0b", "\u202e", "x" * 1_000_000]
    path = write(tmp_path, *(line("drop", name, "b") for name in odd))
    found = resolve(read([path]), Rows(read([path]), ["b"], [1], 2))
    assert len(found.missing) == len(odd) and found.drop == {}
    assert all(len(told) < 300 for told in found.missing)


def test_ten_thousand_decisions_on_one_id(tmp_path):
    """Ids that repeat, and words that none of them has any more."""
    count = 10_000
    rows = [decisions.parse(line("drop", "x", "1", b_digest=f"2:{number:016x}"), "f:1") for number in range(count)]
    with costs_at_most(80):
        found = Rows(rows, ["x", *(f"1#{number}" for number in range(count))], [*range(count, 2 * count + 1)], 2)
        assert len(resolve(rows, found).missing) == count


@pytest.mark.parametrize("step", [1, -1, 7])
def test_a_circle_of_thousands_that_go_for_each_other(step):
    count = 5_000
    decided = decisions.Resolved(drop={row: (row + step) % count for row in range(count)})
    dropped = Dropped.nothing(count)
    with costs_at_most(80):
        notes = Choices(decided).settle(dropped, np.arange(count))
    assert (dropped.rows < 0).sum() == 1 and len(set(dropped.rows.tolist())) == 2
    assert notes == ["1 kept that were to be dropped: nothing else stands for them"]


def test_whatever_is_decided_nothing_goes_for_what_goes():
    rng = random.Random(3)
    for _ in range(500):
        count = rng.randint(2, 9)
        rows, dropped = range(count), Dropped.nothing(count)
        heads = np.array([min(row, rng.choice((row, row, rng.randrange(count)))) for row in rows])
        heads = heads[heads[heads]]
        kept = [row for row in rows if rng.random() < 0.5] or [0]
        for row in {row for row in rows if rng.random() < 0.7} - set(kept):
            dropped.drop(row, rng.choice(kept), Relation.NEAR_DUPLICATE)
        drop = {row: rng.choice([other for other in rows if other != row]) for row in rows if rng.random() < 0.6}
        stays = {row for row in rows if rng.random() < 0.1} - drop.keys()
        Choices(decisions.Resolved(keep=stays, drop=drop)).settle(dropped, heads)
        assert all(dropped.rows[row] < 0 or dropped.rows[dropped.rows[row]] < 0 for row in rows)
        assert (dropped.rows < 0).any() and all(dropped.rows[row] < 0 for row in stays)


def test_many_that_stand_and_go_in_one_graph():
    """Sets of all of them are not made anew for each."""
    count = 4_000
    graph = Graph()
    for row in range(count):
        graph.add(row, (row + 1) % count, None, None)
    with costs_at_most(80):
        honour(graph, range(0, count, 2), range(1, count, 2), range(1_000_000))


def test_nothing_decided_changes_nothing(tmp_path):
    result = scanned(BATCH)
    assert clusters(result) == [["whole", "near", "nearer"]] and kept(result) == {"whole", "other"}
    path = write(tmp_path, line("drop", "nobody", "nothing"), line("form", "whole", "gone"))
    other = scanned(BATCH, path)
    assert clusters(other) == clusters(result) and edges(other) == edges(result)
    (note,) = other.notes
    assert f"{path}:1: there is no 'nobody'; {path}:2: there is no 'gone'" in note


def test_what_is_not_a_copy_ties_nothing_and_a_third_may_stand_for_both(tmp_path):
    result = scanned(BATCH, write(tmp_path, line("not-a-copy", "whole", "near")))
    assert ("whole", "near") not in edges(result)
    assert clusters(result) == [["whole", "nearer"]] and kept(result) == {"whole", "near", "other"}
    result = scanned(BATCH, write(tmp_path, line("not-a-copy", "near", "nearer")))
    assert clusters(result) == [["whole", "near", "nearer"]] and ("near", "nearer") not in edges(result)
    result = scanned(BATCH, write(tmp_path, line("not-a-copy", "whole", "near"), line("not-a-copy", "nearer", "near")))
    assert clusters(result) == [["whole", "nearer"]] and kept(result) == {"whole", "near", "other"}


def test_a_form_is_told_as_one(tmp_path):
    result = scanned(BATCH, write(tmp_path, line("form", "near", "whole")))
    assert edges(result)["whole", "near"] == "form" and "near" in kept(result)
    assert [form.members for form in result.forms] == [(0, 1)]
    rows = {(row["a"], row["b"]): row.get("decided") for row in report_rows.edges(result)}
    assert rows["whole", "near"] == "form" and rows["whole", "nearer"] is None


def test_who_is_kept_and_who_goes(tmp_path):
    result = scanned(BATCH, write(tmp_path, line("keep", "whole", "nearer")))
    assert clusters(result) == [["nearer", "whole", "near"]] and kept(result) == {"nearer", "other"}
    result = scanned(BATCH, write(tmp_path, line("drop", "near", "whole")))
    assert clusters(result)[0][0] != "whole" and "whole" not in kept(result) and len(kept(result)) == 2
    result = scanned(BATCH, write(tmp_path, line("keep", "whole", "near"), line("keep", "whole", "nearer")))
    assert kept(result) == {"near", "nearer", "other"}
    result = scanned(BATCH, write(tmp_path, line("drop", "whole", "near"), line("keep", "whole", "near")))
    assert kept(result) == {"near", "other"}


def test_drop_goes_also_where_the_relation_does_not(tmp_path):
    result = scanned(BATCH, write(tmp_path, line("drop", "whole", "near")), drop=("exact",))
    assert kept(result) == {"whole", "nearer", "other"}
    row = next(row for row in report_rows.documents(result) if row["id"] == "near")
    assert (row["dropped_by"], row["duplicate_of"]) == ("near-duplicate", "whole")


def test_a_pair_that_the_rules_do_not_find_is_a_copy_where_that_was_decided(tmp_path):
    path = write(tmp_path, line("drop", "whole", "other", relation="rewritten", similarity=0.4))
    result = scanned(BATCH, path)
    assert edges(result)["whole", "other"] == "rewritten" and kept(result) == {"whole"}
    assert scanned(BATCH, path).decided == {(0, 3): "drop"}


def test_nothing_is_lost_when_all_are_to_go(tmp_path):
    path = write(
        tmp_path, line("drop", "whole", "near"), line("drop", "near", "nearer"), line("drop", "nearer", "whole")
    )
    for batch in (BATCH, {"whole": WHOLE, "other": texts.INDEPENDENT}, {"near": NEAR, "nearer": NEARER}):
        result = scanned(batch, path)
        assert len(kept(result) - {"other"}) == 1
        for row, other in enumerate(result.dropped_for.tolist()):
            assert other < 0 or result.dropped_for[other] < 0, list(result.corpus.ids)[row]


def test_exact_copies_that_were_decided_to_be_none(tmp_path):
    batch = BATCH | {"again": WHOLE, "third": WHOLE.upper()}
    result = scanned(batch, write(tmp_path, line("not-a-copy", "again", "whole")))
    assert {"whole", "again", "other"} <= kept(result) and "third" not in kept(result)
    assert ("whole", "again") not in edges(result)
    result = scanned(batch, write(tmp_path, line("keep", "whole", "third")))
    assert kept(result) == {"third", "other"}


def test_a_text_that_was_changed_since_is_judged(tmp_path):
    known = digests(scanned(BATCH))
    path = write(
        tmp_path, line("not-a-copy", "whole", "near", a_digest=known["whole"], b_digest=known["near"]),
    )  # fmt: skip
    assert "near" in kept(scanned(BATCH, path))
    changed = scanned(BATCH | {"near": NEAR + " More follows tonight."}, path)
    assert ("whole", "near") in edges(changed) and "'near' has other words now" in changed.notes[0]
    renamed = scanned({f"folder/{name}": text for name, text in BATCH.items()}, path)
    assert "folder/near" in kept(renamed)


def test_decided_pairwise_and_against(tmp_path):
    path = write(tmp_path, line("not-a-copy", "whole", "near"), line("keep", "whole", "nearer"))
    config = Config(output=OutputConfig(decisions=(str(path),)))
    pairwise = scan(
        [{"id": name, "text": text} for name, text in BATCH.items()], config.update({"match": {"pairwise": True}})
    )
    assert kept(pairwise) == {"nearer", "other"} and ("whole", "near") not in edges(pairwise)
    new = [{"id": name, "text": BATCH[name]} for name in ("near", "nearer", "other")]
    found = scan(new, config, against=[{"id": "whole", "text": WHOLE}])
    assert found.kept.tolist() == [True, True, True]
    assert replace(found, decided={}).against == 1
