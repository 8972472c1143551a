"""The stages as an engine calls them: Arrow batches in and out, put together by nothing but joins and groups."""

from __future__ import annotations

import pickle

import numpy as np
import orjson
import pyarrow as pa
import pytest

from dedup import Config
from dedup.align.neighbours import Neighbours
from dedup.engines import clusters, fingerprinting, folding, pairs, posting_slices, tables, wording
from dedup.engines.pairs import JudgedRows
from dedup.engines.plan import Plan
from dedup.errors import SettingError
from dedup.model import RELATIONS, UNKNOWN_DATE
from dedup.relations.relation import FORM, NONE, REWRITTEN
from tests.engines import corpora

BLOCK = 20


def table(records):
    """Documents as an engine has them, ids unique."""
    columns = {
        "row": np.arange(len(records)), "id": [f"n{row}" for row in range(len(records))],
        "text": [record["text"] for record in records],
        "date": [record.get("date", UNKNOWN_DATE) for record in records],
        "source": [record.get("source", "") for record in records], "value": [None] * len(records),
    }  # fmt: skip
    return tables.batch_of(columns, tables.schema_of(**tables.DOCUMENTS))


def joined(batches):
    return pa.Table.from_batches(batches).combine_chunks().to_batches()[0]


def run(records, plan, size):
    """All stages but clusters, some documents or pairs at a time."""
    documents = table(records)
    parts = [documents.slice(at, size) for at in range(0, len(records), size)]
    facts, keys = (
        joined(list(each)) for each in zip(*(fingerprinting.fingerprint(p, plan) for p in parts), strict=True)
    )
    known = {name: facts.column(name).to_numpy(zero_copy_only=False) for name in ("digest", "flags", "words")}
    rich = pa.RecordBatch.from_arrays(
        [*documents.columns, *(pa.array(known[name]) for name in known)], names=[*documents.schema.names, *known]
    )
    folds = []
    for digest in np.unique(known["digest"]).tolist():
        group = np.flatnonzero(known["digest"] == digest)
        if len(group) > 1:
            folds.append(folding.fold(rich.take(pa.array(group[::-1])), plan))
    folded = joined(folds) if folds else None
    rows = np.zeros(0, np.int64) if folded is None else folded.column("row").to_numpy()
    heads = np.zeros(0, np.int64) if folded is None else folded.column("head").to_numpy()
    order = np.argsort(rows)
    rows, heads = rows[order], heads[order]
    keys = keys.filter(pa.array(~np.isin(keys.column("row").to_numpy(), rows)))
    kinds = keys.column("kind").to_numpy()
    cuts = [
        posting_slices.slices(keys.filter(pa.array(kinds == kind)), BLOCK) for kind in range(3) if (kinds == kind).any()
    ]
    found = [
        posting_slices.candidates(
            [part.filter(pa.array(part.column("block").to_numpy() == block)) for part in cuts], BLOCK, len(records)
        )
        for block in range(-(-len(records) // BLOCK))
    ]
    looks = [
        pairs.look_alikes(batch.slice(at, size), rich, plan) for batch in found for at in range(0, len(batch), size)
    ]
    look = pairs.judged(joined(looks))
    worded = look.take(look.code != REWRITTEN)
    digests = known["digest"].view(np.uint64)
    around = Neighbours.of(worded.a, worded.b, worded.same, digests[worded.a], digests[worded.b])
    verdicts = []
    for batch in looks:
        if len(batch):
            others, bounds = around.others(batch.column("a").to_numpy(), batch.column("b").to_numpy())
            lists = pa.ListArray.from_arrays(pa.array(bounds.astype(np.int32)), pa.array(others))
            verdicts.append(pairs.verdicts(batch.append_column("others", lists), rich, plan))
    return rich, rows, heads, pairs.judged(joined(verdicts)) if verdicts else pairs.nothing()


@pytest.mark.parametrize("seed", [1, 3, 4])
@pytest.mark.parametrize("size", [7, 1000])
def test_stages_of_batches_give_the_edges_of_a_scan(tmp_path, seed, size):
    records = [{**record, "id": f"n{row}"} for row, record in enumerate(corpora.corpus(seed))]
    plan = pickle.loads(pickle.dumps(Plan.of(Config(phrasing=False))))
    rich, rows, heads, verdicts = run(records, plan, size)
    flags = rich.column("flags").to_numpy().copy()
    flags[rows] |= tables.FOLDED
    at = rich.schema.get_field_index("flags")
    rich = rich.set_column(at, "flags", pa.array(flags))
    verdicts = verdicts.take(verdicts.code != NONE)
    copies = verdicts.take(verdicts.code != FORM)
    whole = JudgedRows.joined([verdicts, pairs.twins(copies, rows, heads)])
    columns = pairs._columns(whole)
    batch = tables.batch_of(columns, tables.schema_of(**tables.LOOK_ALIKES))
    edges = [pairs.edges(batch.slice(at, size), rich, plan) for at in range(0, len(batch), size)]
    found = {(f"n{row['a']}", f"n{row['b']}"): row for part in edges for row in part.to_pylist()}
    wanted = {
        (row["a"], row["b"]): row
        for row in corpora.rows_of(
            corpora.in_memory([corpora.write(tmp_path / "a.jsonl", records)], Config(phrasing=False))
        )["edges"]
        if row["relation"] != "exact"
    }
    # what clustering asked for comes besides
    assert set(found) <= set(wanted)
    for pair, row in found.items():
        other = wanted[pair]
        assert RELATIONS[row["relation"]].value == other["relation"]
        assert orjson.loads(row["evidence"]) == other["evidence"]
        assert [round(row[name], 6) for name in ("jaccard", "containment", "similarity")] == [
            other[name] for name in ("jaccard", "containment", "similarity")
        ]
    assert len(found) >= 5


def test_the_worse_worded_and_their_copies():
    batch = table([{"text": "The army help was called off by the dialog of the two men. " * 8}, {"text": "Fine."}])
    found = wording.phrase(batch, Plan.of(Config())).to_pylist()
    assert [row["row"] for row in found] == [0, 1]
    assert all(row["mangled"] == (row["flag"] is not None) for row in found)
    assert all(row["mangled"] for row in wording.phrase(batch, Plan.of(Config()), flag_all=True).to_pylist())


def test_a_component_asks_until_it_is_answered():
    """Two copies of a third, one longer than both: it asks for the pair that was never compared."""
    count = 3
    members = clusters.Members(
        np.zeros(count, np.int64), np.array([4, 7, 9]), np.array([4, 7, 9]), ["a", "b", "c"], np.array([1, 2, 3]),
        np.full(count, 100, np.int32), np.zeros(count, np.int32), np.zeros(count, bool), np.zeros(count, bool),
        np.zeros(count, np.int32),
    )  # fmt: skip
    near = RELATIONS.index("near-duplicate")
    links = clusters.Links(
        np.zeros(2, np.int64), np.array([4, 7]), np.array([7, 9]), np.full(2, near, np.int8), np.full(2, 0.8),
        np.full(2, -1), np.zeros(2, np.int32),
    )  # fmt: skip
    plan = Plan.of(Config())
    first = clusters.cluster_components(members, links, plan)
    assert first.asked == [(0, 4, 9)]
    assert first.members == []
    members.rounds[:] = 1
    refused = clusters.cluster_components(members, links, plan)
    assert refused.members == [(4, 7)]
    more = clusters.Links(
        *(np.append(getattr(links, name), value) for name, value in zip(
            clusters.Links.__slots__, (0, 4, 9, near, 0.75, -1, 1), strict=True
        ))
    )  # fmt: skip
    answered = clusters.cluster_components(members, more, plan)
    assert answered.members == [(4, 7, 9)]
    assert answered.similarities == [(1.0, 0.8, 0.75)]
    assert answered.first == [4]


def test_what_no_engine_does_is_refused(tmp_path):
    for settings in ({"drop": ("form",)}, {"decisions": (str(tmp_path / "decisions.jsonl"),)}):
        with pytest.raises(SettingError, match="only a scan in memory"):
            Plan.of(Config(**settings))
