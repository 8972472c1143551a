"""Files of arrays: what was written is read, whole or in part, and damage is told."""

import numpy as np
import pytest

from dedup.engines.local.units import Unit, WorkFolder, packed, unpacked, write_unit
from dedup.errors import StorageError

ARRAYS = {
    "numbers": np.arange(1_000, dtype=np.uint32), "figures": np.arange(60, dtype=np.int32).reshape(20, 3),
    "nothing": np.zeros(0), "truth": np.array([True, False]), "flat": np.zeros((4, 0), np.int32),
    "turned": np.arange(6, dtype=np.int64).reshape(2, 3).T,
}  # fmt: skip


def test_arrays_come_back_whole_and_in_part(tmp_path):
    path = tmp_path / "stage" / "000001"
    write_unit(path, ARRAYS)
    with Unit(path) as unit:
        for name, array in ARRAYS.items():
            found = unit.read(name)
            assert found.dtype == array.dtype and found.tolist() == array.tolist()
        assert unit.part("numbers", 10, 13).tolist() == [10, 11, 12]
        assert unit.part("figures", 1, 3).tolist() == [[3, 4, 5], [6, 7, 8]]
        assert unit.size("flat") == 4
    assert [each.name for each in path.parent.iterdir()] == ["000001"]


def test_bytes_of_any_length():
    values = [b"", b"a", b"", "öß".encode(), b"x" * 1_000]
    assert unpacked(*packed(values)) == values
    assert unpacked(*packed([])) == []


def test_what_is_no_unit_or_is_cut_off_is_told(tmp_path):
    path = tmp_path / "unit"
    write_unit(path, ARRAYS)
    whole = path.read_bytes()
    path.write_bytes(whole[:900])
    with Unit(path) as unit:
        with pytest.raises(StorageError, match="shorter than it was"):
            unit.read("figures")
        with pytest.raises(StorageError, match="shorter than it was"):
            unit.bytes("figures", 0, unit.size("figures"))
    for damaged in (b"", b"{}" * 40, b"dedup-u1" + b"\xff" * 90):
        path.write_bytes(damaged)
        with pytest.raises(StorageError, match="cannot be read"):
            Unit(path)
    with pytest.raises(StorageError, match="cannot be read"):
        Unit(tmp_path / "missing")


def test_a_folder_that_it_made_is_removed_and_another_is_emptied(tmp_path):
    work = WorkFolder(tmp_path / "new", {"a": "1"})
    write_unit(work.unit("keys", 3), ARRAYS)
    assert work.has("keys", 3) and not work.resumed
    assert work.size > 4_000
    work.drop("keys")
    assert not work.has("keys", 3)
    work.remove()
    assert not (tmp_path / "new").exists()
    (tmp_path / "there").mkdir()
    WorkFolder(tmp_path / "there", {}).remove()
    assert (tmp_path / "there").is_dir() and not list((tmp_path / "there").iterdir())


def test_what_the_run_has_not_made_stays(tmp_path):
    work = WorkFolder(tmp_path / "work", {})
    write_unit(work.unit("documents"), ARRAYS)
    (tmp_path / "work" / "mine.txt").write_text("mine")
    (tmp_path / "work" / "mine").mkdir()
    work.remove()
    assert sorted(each.name for each in (tmp_path / "work").iterdir()) == ["mine", "mine.txt"]


def test_a_stage_may_stand_on_another_disk(tmp_path):
    work = WorkFolder(tmp_path / "work", {})
    (tmp_path / "disk").mkdir()
    (tmp_path / "work" / "runs").symlink_to(tmp_path / "disk", target_is_directory=True)
    write_unit(work.unit("runs", 1), ARRAYS)
    assert (tmp_path / "disk" / "000001").exists()
    work.remove()
    assert not (tmp_path / "work").exists() and not list(tmp_path.glob("disk/*"))


def test_a_folder_knows_its_run(tmp_path):
    WorkFolder(tmp_path / "work", {"a": "1", "b": "2"}).close()
    again = WorkFolder(tmp_path / "work", {"a": "1", "b": "2"})
    assert again.resumed
    again.close()
    with pytest.raises(StorageError, match=r"a was 1, is 3 now; b is no longer there; c is new"):
        WorkFolder(tmp_path / "work", {"a": "3", "c": "2"})
    for damaged in ("{", "[]", "{}", '{"identity": [], "made": true}'):
        (tmp_path / "work" / "manifest.json").write_text(damaged)
        with pytest.raises(StorageError, match="cannot be read"):
            WorkFolder(tmp_path / "work", {})


def test_a_damaged_note_is_named(tmp_path):
    work = WorkFolder(tmp_path / "work", {})
    assert work.noted("read.json") is None
    work.note("read.json", {"documents": 7})
    assert work.noted("read.json") == {"documents": 7}
    (tmp_path / "work" / "read.json").write_text("{")
    with pytest.raises(StorageError, match=r"read\.json: cannot be read"):
        work.noted("read.json")
