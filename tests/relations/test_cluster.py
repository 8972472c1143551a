"""Components, splitting, representatives."""

from hypothesis import given
from hypothesis import strategies as st

from dedup.model import Relation
from dedup.relations.cluster import Graph, components, groups

NEAR = Relation.NEAR_DUPLICATE


def graph(edges, excerpts=()):
    made = Graph()
    for a, b, similarity in edges:
        made.add(a, b, (NEAR, similarity), None)
    for inner, outer in excerpts:
        made.add(inner, outer, (Relation.EXCERPT, 1.0), inner)
    return made


def nothing_more(pairs):
    return [None] * len(pairs)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=40))
def test_components_are_those_of_a_flood(edges):
    neighbours = {}
    for a, b in edges:
        neighbours.setdefault(a, set()).add(b)
        neighbours.setdefault(b, set()).add(a)
    expected, seen = [], set()
    for start in sorted(neighbours):
        if start in seen:
            continue
        reached, todo = set(), [start]
        while todo:
            row = todo.pop()
            if row not in reached:
                reached.add(row)
                todo += neighbours[row]
        seen |= reached
        expected.append(sorted(reached))
    assert components(edges) == expected


def test_a_chain_is_split_when_its_ends_are_no_copies():
    made = groups(graph([(0, 1, 0.8), (1, 2, 0.8)]), {0: 0, 1: 1, 2: 2}, nothing_more)
    assert [(group.representative, set(group.members)) for group in made] == [(0, {1})]


def test_a_chain_holds_together_when_its_ends_are_verified():
    asked = []

    def verify(pairs):
        asked.extend(pairs)
        return [(NEAR, 0.7)] * len(pairs)

    made = groups(graph([(0, 1, 0.8), (1, 2, 0.8)]), {0: 0, 1: 1, 2: 2}, verify)
    assert [(group.representative, set(group.members)) for group in made] == [(0, {1, 2})]
    assert asked == [(0, 2)]


def test_what_is_left_over_is_clustered_anew():
    edges = [(0, 1, 0.9), (1, 2, 0.9), (2, 3, 0.9), (3, 4, 0.9)]
    made = groups(graph(edges), {row: row for row in range(5)}, nothing_more)
    assert [(group.representative, set(group.members)) for group in made] == [(0, {1}), (2, {3})]


def test_the_best_rank_represents():
    made = groups(graph([(0, 1, 0.8), (0, 2, 0.9)]), {0: 2, 1: 1, 2: 0}, lambda pairs: [(NEAR, 0.75)] * len(pairs))
    assert made[0].representative == 2
    assert made[0].members == {0: (NEAR, 0.9), 1: (NEAR, 0.75)}


def test_an_excerpt_never_represents_what_it_was_cut_from():
    made = groups(graph([], excerpts=[(0, 1)]), {0: 0, 1: 1}, nothing_more)
    assert [(group.representative, set(group.members)) for group in made] == [(1, {0})]


def test_an_excerpt_of_two_texts_does_not_tie_them():
    made = groups(graph([], excerpts=[(0, 1), (0, 2)]), {0: 0, 1: 1, 2: 2}, nothing_more)
    assert [(group.representative, set(group.members)) for group in made] == [(1, {0})]


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=40))
def test_every_member_is_tied_to_its_representative_and_stands_in_one_group(raw):
    edges = {(min(a, b), max(a, b)) for a, b in raw if a != b}
    made = groups(graph([(a, b, 0.9) for a, b in edges]), {row: row for row in range(16)}, nothing_more)
    seen = [row for group in made for row in (group.representative, *group.members)]
    assert len(seen) == len(set(seen))
    for group in made:
        assert group.members
        for row in group.members:
            assert (min(row, group.representative), max(row, group.representative)) in edges


def test_a_long_chain_ends():
    count = 2_000
    edges = [(row, row + 1, 0.9) for row in range(count - 1)]
    made = groups(graph(edges), {row: row for row in range(count)}, nothing_more)
    assert len(made) == count // 2


def test_what_turns_out_to_be_more_than_the_representative_is_not_dropped_for_it():
    """0 like 1 like 2, and 0 is an excerpt of 2, which is only seen when the pair is asked for."""
    graph = Graph()
    graph.add(0, 1, (Relation.NEAR_DUPLICATE, 0.9), None)
    graph.add(1, 2, (Relation.NEAR_DUPLICATE, 0.9), None)

    def verify(asked):
        assert asked == [(0, 2)]
        graph.add(0, 2, (Relation.EXCERPT, 0.9), lesser)
        return [(Relation.EXCERPT, 0.9)]

    lesser = 0
    (group,) = groups(graph, {0: 0, 1: 1, 2: 2}, verify)
    assert (group.representative, set(group.members)) == (0, {1})
    lesser = 2
    graph.links[0].pop(2), graph.links[2].pop(0), graph.better.clear()
    (group,) = groups(graph, {0: 0, 1: 1, 2: 2}, verify)
    assert (group.representative, set(group.members)) == (0, {1, 2})


def rewritten(edges, lesser=()):
    """A graph of rewritten texts; `lesser` are the edges of which the first is said to be the copy."""
    made = Graph()
    for a, b in edges:
        copies = {frozenset(pair): pair[0] for pair in lesser}
        made.add(a, b, (Relation.REWRITTEN, 0.5), copies.get(frozenset((a, b))))
    return made


def test_a_source_stands_for_its_rewrites_where_one_of_them_ranks_before_it():
    source, rewrites = 3, (0, 1, 2)
    made = groups(rewritten([(source, row) for row in rewrites]), {row: row for row in range(4)}, nothing_more)
    assert [(group.representative, set(group.members)) for group in made] == [(source, set(rewrites))]


def test_one_direction_that_is_wrong_does_not_part_a_source_from_its_rewrites():
    made = groups(rewritten([(0, 1), (0, 2), (0, 3)], lesser=[(0, 2)]), {row: row for row in range(4)}, nothing_more)
    assert [(group.representative, set(group.members)) for group in made] == [(0, {1, 2, 3})]


def test_of_two_the_one_that_was_rewritten_stands_for_the_other():
    made = groups(rewritten([(0, 1)], lesser=[(0, 1)]), {0: 0, 1: 1}, nothing_more)
    assert [(group.representative, set(group.members)) for group in made] == [(1, {0})]


def test_an_excerpt_of_a_rewritten_text_never_stands_for_it():
    made = rewritten([(0, 1), (0, 2)])
    made.add(0, 3, (Relation.EXCERPT, 1.0), 0)
    found = groups(made, {row: row for row in range(4)}, nothing_more)
    assert found[0].representative != 0


@given(st.sets(st.integers(0, 3)))
def test_a_badly_worded_document_stands_for_none_that_is_not(bad):
    """Four copies of one text, the first of which is the best: the first that is not bad stands for all."""
    rows, asked = range(4), []

    def judge(some):
        asked.append(list(some))
        return bad & set(some)

    edges = [(a, b, 0.9) for a in rows for b in rows if a < b]
    (group,) = groups(graph(edges), dict(enumerate(rows)), nothing_more, judge)
    good = [row for row in rows if row not in bad]
    assert group.representative == (good or [0])[0], "where all are bad, the best of them"
    assert set(group.members) == set(rows) - {group.representative}
    assert asked == [[row] for row in rows[: len(rows) if not good else good[0] + 1]], "no more than needed"


def test_two_components_are_judged_side_by_side():
    asked = []

    def judge(some):
        asked.append(list(some))
        return {0, 2} & set(some)

    made = groups(graph([(0, 1, 0.9), (2, 3, 0.9), (4, 5, 0.9)]), {row: row for row in range(6)}, nothing_more, judge)
    assert [(group.representative, set(group.members)) for group in made] == [(1, {0}), (3, {2}), (4, {5})]
    assert asked == [[0, 2, 4], [1, 3]]


def test_the_whole_stands_for_its_excerpt_though_it_is_ranked_behind():
    made = groups(graph([], [(0, 1)]), {0: 0, 1: 1}, nothing_more)
    assert [(group.representative, set(group.members)) for group in made] == [(1, {0})]


def test_near_duplicates_each_worse_worded_than_another_are_one_group():
    made = Graph()
    for a, b, worse in ((0, 1, 0), (1, 2, 1), (0, 2, 2)):
        made.add(a, b, (NEAR, 0.95), worse, leaning=True)
    found = groups(made, {0: 0, 1: 1, 2: 2}, nothing_more)
    assert [(group.representative, set(group.members)) for group in found] == [(0, {1, 2})]


def test_of_two_near_duplicates_the_better_worded_represents():
    made = Graph()
    made.add(0, 1, (NEAR, 0.95), 0, leaning=True)
    found = groups(made, {0: 0, 1: 1}, nothing_more)
    assert [(group.representative, set(group.members)) for group in found] == [(1, {0})]
