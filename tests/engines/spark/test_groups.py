"""Groups come whole, however the batches are cut."""

from itertools import chain, pairwise

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from dedup.engines.spark.groups import one_batch, whole_groups

VALUES = st.lists(st.integers(0, 5), max_size=30).map(sorted)
CUTS = st.lists(st.integers(0, 30), max_size=6)


def batches(values, cuts):
    table = pa.table({"group": pa.array(values, pa.int64()), "place": pa.array(range(len(values)), pa.int64())})
    borders = [0, *sorted(min(cut, len(values)) for cut in cuts), len(values)]
    for first, end in pairwise(borders):
        yield one_batch(table.slice(first, end - first))


@given(VALUES, CUTS)
def test_one_at_a_time_however_batches_are_cut(values, cuts):
    found = list(whole_groups(batches(values, cuts), "group"))
    wanted = [[value] * values.count(value) for value in sorted(set(values))]
    assert [group["group"].to_pylist() for group in found] == wanted
    assert [place for group in found for place in group["place"].to_pylist()] == list(range(len(values)))


@given(VALUES, CUTS, st.integers(1, 12))
def test_several_that_are_few(values, cuts, least):
    found = [group["group"].to_pylist() for group in whole_groups(batches(values, cuts), "group", least)]
    assert list(chain(*found)) == values
    for group, after in pairwise(found):
        assert group[-1] != after[0]
        assert len(group) >= least
        assert len(group) - group.count(group[-1]) < least
