from dedup.engines.folding import id_hashes
from dedup.pipeline.ids import repeated, unique_ids


def test_repeated_ids_get_a_suffix_that_nobody_has():
    ids = ["a", "b", "a", "a#2", "a", "b"]
    rows = repeated(id_hashes(ids))
    assert rows.tolist() == [0, 1, 2, 4, 5]
    names = unique_ids(rows.tolist(), [ids[row] for row in rows], set(ids).__contains__)
    assert names == {2: "a#3", 4: "a#4", 5: "b#2"}
