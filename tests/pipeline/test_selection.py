"""What goes and what stays, by relation; and what never may happen: a text that goes while nothing stays for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import Config, Document, Relation, scan
from dedup.errors import ConfigError, SettingError
from dedup.model import RELATIONS, Story
from dedup.pipeline import grouping, selection
from dedup.relations.cluster import Graph, groups
from tests import texts

QUIET = {"find": {"phrasing": False, "stories": False}, "run": {"threads": 1}}
NAMES = ("exact", "near-duplicate", "excerpt", "spun")
PARAGRAPHS = texts.REPORT.strip().split("\n\n")
WHOLE = texts.REPORT.strip()
NEAR = WHOLE.replace("Work is expected to begin in the autumn. ", "")
EXCERPT = "\n\n".join(PARAGRAPHS[1:4])
SPUN = texts.spun(WHOLE)
BATCH = {
    "whole": WHOLE, "whole-2": WHOLE.upper(), "near": NEAR, "excerpt": EXCERPT, "excerpt-2": EXCERPT + "\n",
    "spun": SPUN, "spun-2": SPUN.lower(), "other": texts.INDEPENDENT,
}  # fmt: skip


def scanned(batch, drop=NAMES, **stages):
    documents = [Document(text, name) for name, text in batch.items()]
    return scan(documents, Config().update(QUIET | {"output": {"drop": tuple(drop)}} | stages))


def went(result):
    """Name of each dropped document, and of what it went for."""
    names = list(result.corpus.ids)
    return {names[row]: names[other] for row, other in enumerate(result.dropped_for.tolist()) if other >= 0}


EXPECTED = {
    "exact": {"whole-2": "whole", "excerpt-2": "excerpt", "spun-2": "spun"},
    "exact,near-duplicate": {"whole-2": "whole", "near": "whole", "excerpt-2": "excerpt", "spun-2": "spun"},
    "near-duplicate": {"near": "whole"},
    "excerpt": {"excerpt": "whole", "excerpt-2": "whole"},
    "spun": {"spun": "whole", "spun-2": "whole"},
    "exact, spun": {"whole-2": "whole", "excerpt-2": "excerpt", "spun": "whole", "spun-2": "whole"},
    "EXACT": {"whole-2": "whole", "excerpt-2": "excerpt", "spun-2": "spun"},
}


@pytest.mark.parametrize(("drop", "expected"), EXPECTED.items(), ids=EXPECTED)
def test_only_copies_of_the_named_relations_go(drop, expected):
    result = scanned(BATCH, [drop])
    assert went(result) == expected
    assert result.kept.sum() == len(BATCH) - len(expected) == result.stats["kept"]
    assert result.stats["dropped"] == len(expected)
    assert len(result.clusters) == 1 and result.kept[result.clusters[0].representative]


def test_by_default_all_members_go_for_the_representative():
    result = scanned(BATCH)
    assert went(result) == dict.fromkeys(BATCH.keys() - {"whole", "other"}, "whole")
    by = {name: RELATIONS[code].value for name, code in zip(BATCH, result.dropped_by, strict=True) if code >= 0}
    assert by["whole-2"] == "exact" and by["near"] == "near-duplicate" and by["spun-2"] == "spun"


def test_nothing_goes_where_nothing_is_named():
    result = scanned(BATCH, [])
    assert result.kept.all() and not went(result) and len(result.clusters) == 1


def test_the_library_takes_relations_for_names():
    assert went(scanned(BATCH, [Relation.EXACT])) == EXPECTED["exact"]


def test_a_chain_of_an_exact_copy_and_a_spun_one():
    """A exact B, B spun C: with `spun` alone only C goes, with `exact` alone only B."""
    batch = {"a": WHOLE, "b": WHOLE.upper(), "c": SPUN}
    assert went(scanned(batch, ["spun"])) == {"c": "a"}
    assert went(scanned(batch, ["exact"])) == {"b": "a"}
    assert went(scanned(batch, ["exact", "spun"])) == {"b": "a", "c": "a"}


def test_the_whole_does_not_go_for_an_earlier_excerpt():
    documents = [Document(EXCERPT, "early", "2020-01-01"), Document(WHOLE, "late", "2021-01-01")]
    for drop in (NAMES, ["excerpt"]):
        result = scan(documents, Config().update(QUIET | {"output": {"drop": tuple(drop)}}))
        assert went(result) == {"early": "late"}


@pytest.mark.parametrize("name", ["foo", "exact,foo", "", "exact,", "near duplicate", "dup", "exact;spun"])
def test_a_name_that_is_no_relation(name):
    with pytest.raises(ConfigError, match=r"known: .*exact.*near-duplicate.*same-story.*spun"):
        scanned(BATCH, [name])


def test_every_relation_can_be_named():
    assert selection.relations([",".join(Relation)]) == set(Relation)
    assert selection.relations(["rewritten"]) <= set(Relation)
    with pytest.raises(SettingError) as error:
        selection.relations(["nothing"])
    assert (error.value.section, error.value.name) == ("output", "drop")


FIRE = (
    "A fire destroyed the grain terminal at Dunmarrow on Tuesday night, killing two dockers and sending smoke over the "
    "Tarl estuary. Fire chief Ansgar Veldt said 140 firefighters had fought the blaze since 23.40.\n\nThe owner, "
    "Corvane Grain, said 18,000 tons of barley were lost. Police closed Quay Road."
)
FIRE_TOO = (
    "Two people died when flames swept through a Corvane Grain store in Dunmarrow late on Tuesday. Some 18,000 tons of "
    "barley burned, the company said, and 140 firefighters were at the quay by morning, according to Ansgar Veldt, who "
    "leads the town's fire service. Quay Road stayed shut."
)


def test_what_tells_one_story_goes_only_where_that_is_named():
    batch = {"fire": FIRE, "fire-2": FIRE.upper(), "report": FIRE_TOO, "report-2": FIRE_TOO.upper(), "far": WHOLE}
    told = {"find": {"phrasing": False, "stories": True}}
    plain = scanned(batch, **told)
    assert len(plain.stories) == 1 and went(plain) == {"fire-2": "fire", "report-2": "report"}
    named = scanned(batch, (*NAMES, "same-story"), **told)
    kept = {name for name, stays in zip(batch, named.kept, strict=True) if stays}
    assert "far" in kept and len(kept) == 2
    assert_nothing_is_lost(named, {*NAMES, "same-story"})
    alone = scanned(batch, ["same-story"], **told)
    assert alone.kept.sum() == 3
    assert_nothing_is_lost(alone, {"same-story"})


def assert_nothing_is_lost(result, drop):
    """Each document that went is tied to one that stays, by a relation that was named; exact copies count as one."""
    names = {RELATIONS.index(Relation(name)) for name in drop}
    edges = result.edges
    tied = {
        (a, b): code for a, b, code in zip(edges.a.tolist(), edges.b.tolist(), edges.relation.tolist(), strict=True)
    }
    exact = RELATIONS.index(Relation.EXACT)
    same = {row: {row} for row in range(len(result.corpus))}
    for (a, b), code in tied.items():
        if code == exact:
            merged = same[a] | same[b]
            for row in merged:
                same[row] = merged
    story = {row: {s.id for s in result.stories if row in s.members} for row in same}
    for row, other in enumerate(result.dropped_for.tolist()):
        if other < 0:
            assert result.kept_rows[row] and result.dropped_by[row] == -1
            continue
        assert not result.kept_rows[row] and result.kept_rows[other]
        code = result.dropped_by[row]
        assert code in names
        if RELATIONS[code] is Relation.SAME_STORY:
            assert story[row] & story[other]
            continue
        pairs = [(min(a, b), max(a, b)) for a in same[row] for b in same[other]]
        assert (code == exact and same[row] == same[other]) or code in {tied.get(pair) for pair in pairs}
    if not names & {RELATIONS.index(Relation.SAME_STORY)}:
        assert all(result.kept_rows[cluster.representative] for cluster in result.clusters)


def variant(text, kind, seed):
    """A copy of some kind."""
    words = text.split()
    generator = np.random.default_rng(seed)
    if kind == "exact":
        return text.upper()
    if kind == "excerpt":
        begin = int(generator.integers(0, len(words) // 2))
        return " ".join(words[begin : begin + len(words) // 2])
    share = 0.03 if kind == "near" else 0.2
    for place in generator.choice(len(words), int(share * len(words)), replace=False):
        words[place] = f"new{place}x{seed}"
    return " ".join(words)


def prose(seed, count=120):
    generator = np.random.default_rng(seed)
    return ". ".join(" ".join(f"word{n}" for n in part) for part in generator.integers(0, 4_000, (count // 12, 12)))


@st.composite
def batches(draw):
    """Texts and copies of copies of them, with dates and without."""
    made = [prose(draw(st.integers(0, 10_000)))]
    for number in range(draw(st.integers(2, 8))):
        source = made[draw(st.integers(0, len(made) - 1))]
        made.append(variant(source, draw(st.sampled_from(["exact", "excerpt", "near", "far"])), number))
    days = [draw(st.sampled_from([None, "2020-01-01", "2021-05-05"])) for _ in made]
    return [Document(text, str(number), day) for number, (text, day) in enumerate(zip(made, days, strict=True))]


@given(batches(), st.sets(st.sampled_from(NAMES)), st.sampled_from(["oldest", "newest", "longest"]))
@settings(max_examples=40)
def test_nothing_is_lost(documents, drop, keep_by):
    result = scan(documents, Config().update(QUIET | {"output": {"drop": tuple(drop), "keep_by": keep_by}}))
    assert_nothing_is_lost(result, drop)


@given(batches(), batches(), st.sets(st.sampled_from(NAMES), min_size=1))
@settings(max_examples=30)
def test_nothing_is_lost_beside_old_documents(new, old, drop):
    old += new[: len(new) // 2]
    result = scan(new, Config().update(QUIET | {"output": {"drop": tuple(drop)}}), against=old)
    assert_nothing_is_lost(result, drop)
    assert result.kept_rows[result.new :].all() and len(result.kept) == len(new) == result.new
    assert all((np.array(cluster.members) < result.new).any() for cluster in result.clusters)
    assert all(sum(row >= result.new for row in cluster.members) <= 1 for cluster in result.clusters)
    assert (result.edges.a < result.new).all()


LINKS = st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from(NAMES), st.sampled_from([None, 0, 1]))


@given(st.lists(LINKS, max_size=25), st.sets(st.sampled_from(NAMES)), st.permutations(range(10)))
@settings(max_examples=200)
def test_any_graph(links, drop, order):
    """Of any pairs, in any order of preference: who goes, goes for one that stays, that is tied and is not less."""
    graph = Graph()
    for one, two, relation, less in links:
        a, b = min(one, two), max(one, two)
        if a < b and b not in graph.links[a] and relation != "exact":
            graph.add(
                a, b, (Relation(relation), 1.0), None if less is None or relation == "near-duplicate" else (a, b)[less]
            )
    rank = {row: place for place, row in enumerate(order)}
    heads = np.arange(12)
    heads[10], heads[11] = order[0], order[1]  # exact copies of two
    grouped = groups(graph, rank, lambda asked: [graph.links[a].get(b) for a, b in asked])
    clusters = grouping.clusters(grouped, heads, ())
    wanted = selection.relations([",".join(drop)]) if drop else frozenset()
    chosen = selection.dropped_for(wanted, clusters, heads, graph, lambda part: rank)
    for row, other in enumerate(chosen.rows.tolist()):
        if other < 0:
            continue
        a, b = int(heads[row]), int(heads[other])
        assert chosen.rows[other] < 0 and RELATIONS[chosen.codes[row]] in wanted
        assert a == b or (graph.links[a][b][0] in wanted and a not in graph.better.get(b, ()))
    assert all(chosen.rows[cluster.representative] < 0 for cluster in clusters)
    everything = selection.dropped_for(selection.COPIES, clusters, heads, graph, lambda part: rank)
    members = {row: cluster.representative for cluster in clusters for row in cluster.members[1:]}
    assert {row: other for row, other in enumerate(everything.rows.tolist()) if other >= 0} == members
    best = {cluster.representative for cluster in clusters}
    assert {row for row, _ in selection._settle(graph, rank, best)} == {row for row in members if row < 10}


def test_who_stands_for_a_copy_does_not_go_for_a_story():
    """0 stands for 1, its near-duplicate: 1 is not known to tell the story of 2, so 0 must stay."""
    graph, heads, old = Graph(), np.arange(5), np.zeros(5, bool)
    graph.add(0, 1, (Relation.NEAR_DUPLICATE, 0.9), None)
    rank = {row: -row for row in range(5)}
    drop = frozenset((*selection.COPIES, Relation.SAME_STORY))
    clusters = grouping.clusters(groups(graph, {0: 0, 1: 1}, lambda asked: []), heads, ())
    chosen = selection.dropped_for(drop, clusters, heads, graph, lambda part: rank)
    edges = scanned({"a": "one"}).edges
    found = selection.drop_untied(chosen, drop, edges, [Story(0, (0, 1, 2, 3))], heads, old, lambda part: rank)
    assert found.rows.tolist() == [-1, 0, 0, 0, -1]
    old[3] = True
    found = selection.drop_untied(chosen, drop, edges, [Story(0, (0, 1, 2, 3))], heads, old, lambda part: rank)
    assert found.rows[0] == found.rows[3] == -1 and found.rows[2] in (0, 3)


@pytest.mark.parametrize("name", sorted(relation.value for relation in selection.UNTIED))
def test_pairs_outside_clusters_go_only_for_one_that_stays(name):
    """0 with 1, 1 with 2, 3 an exact copy of 1: 1 goes for 0 and 3 with it; 2 stays, for it is not tied to 0."""
    code, drop = RELATIONS.index(Relation(name)), frozenset((*selection.COPIES, Relation(name)))
    heads, old, rank = np.array([0, 1, 2, 1]), np.zeros(4, bool), {row: row for row in range(4)}
    clusters = grouping.clusters([], heads, ())
    chosen = selection.dropped_for(drop, clusters, heads, Graph(), lambda part: rank)
    assert chosen.rows.tolist() == [-1, -1, -1, 1]
    pairs = {"a": np.array([0, 1]), "b": np.array([1, 2]), "relation": np.full(2, code, np.int8)}
    edges = replace(scanned({"a": "one"}).edges, **pairs)
    found = selection.drop_untied(chosen, drop, edges, [], heads, old, lambda part: rank)
    assert found.rows.tolist() == [-1, 0, -1, 0] and found.codes.tolist() == [-1, code, -1, code]
    assert chosen.rows.tolist() == [-1, -1, -1, 1]
    same = selection.drop_untied(chosen, selection.COPIES, edges, [], heads, old, lambda part: rank)
    assert same is chosen
