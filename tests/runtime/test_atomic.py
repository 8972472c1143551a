"""Files appear whole or not at all."""

from pathlib import Path

import pytest

from dedup.errors import OutputError
from dedup.runtime.atomic import OutputSet, atomic


def test_the_file_is_there_when_the_body_ended_well(tmp_path):
    path = tmp_path / "out.json"
    with atomic(path) as out:
        out.write(b"data")
        assert not path.exists()
    assert path.read_bytes() == b"data"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_changes_when_the_body_fails(tmp_path):
    path = tmp_path / "out.json"
    path.write_bytes(b"before")
    with pytest.raises(KeyboardInterrupt), atomic(path) as out:
        out.write(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_are_those_of_the_file_it_replaces(tmp_path):
    path = tmp_path / "out"
    path.write_bytes(b"")
    path.chmod(0o640)
    with atomic(path) as out:
        out.write(b"x")
    assert path.stat().st_mode & 0o777 == 0o640


def test_folders_that_are_not_there_or_in_the_way(tmp_path):
    with pytest.raises(OutputError, match="no such folder"), atomic(tmp_path / "no" / "out"):
        pass
    with pytest.raises(OutputError, match="is a folder"), atomic(tmp_path):
        pass


def test_a_full_disk_is_a_clear_error_and_leaves_nothing(tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(OutputError, match="No space left"), atomic(tmp_path / "link") as out:
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "full").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left"), atomic(tmp_path / "full") as out:
        out.write(b"x")


def test_files_of_a_set_appear_together(tmp_path):
    (tmp_path / "b").write_bytes(b"before")
    with OutputSet() as outputs:
        for name in ("a", "b"):
            with outputs.open(tmp_path / name) as out:
                out.write(b"data")
        assert not (tmp_path / "a").exists() and (tmp_path / "b").read_bytes() == b"before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    assert (tmp_path / "b").read_bytes() == b"data"


@pytest.mark.parametrize("error", [OSError(1, "not permitted"), KeyboardInterrupt()])
def test_one_that_cannot_be_put_in_its_place_takes_the_others_back(tmp_path, monkeypatch, error):
    (tmp_path / "b").write_bytes(b"before")
    replace, calls = Path.replace, []

    def failing(self, target):
        calls.append(target)
        if len(calls) == 3:
            raise error
        return replace(self, target)

    with pytest.raises((OutputError, KeyboardInterrupt)), OutputSet() as outputs:
        for name in ("a", "b", "c"):
            with outputs.open(tmp_path / name) as out:
                out.write(b"data")
        monkeypatch.setattr(Path, "replace", failing)
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    assert (tmp_path / "b").read_bytes() == b"before"


def test_trouble_with_another_file_is_not_the_outputs(tmp_path):
    with pytest.raises(FileNotFoundError), atomic(tmp_path / "out"):
        (tmp_path / "input").read_bytes()
    assert list(tmp_path.iterdir()) == []


def test_a_long_name_of_wide_characters(tmp_path):
    with atomic(tmp_path / ("\U0001f600" * 60)) as out:
        out.write(b"x")
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("there", [False, True])
def test_a_folder_is_taken_back_with_the_others(tmp_path, there):
    if there:
        (tmp_path / "new").mkdir()
    (tmp_path / "old").write_bytes(b"before")
    outputs = OutputSet()
    with pytest.raises(OutputError), outputs:
        with outputs.folder(tmp_path / "new") as place:
            (place / "a").write_bytes(b"x")
        with outputs.open(tmp_path / "old") as file:
            file.write(b"after")
        with outputs.folder(tmp_path / "second"):
            pass
        (tmp_path / "second").write_bytes(b"somebody was faster")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "old", "second"][not there :]
    assert (tmp_path / "old").read_bytes() == b"before"
    assert not there or list((tmp_path / "new").iterdir()) == []


def test_a_folder_appears_whole(tmp_path):
    with OutputSet() as outputs, outputs.folder(tmp_path / "new") as place:
        (place / "a").write_bytes(b"x")
        assert not (tmp_path / "new").exists()
    assert (tmp_path / "new" / "a").read_bytes() == b"x" and len(list(tmp_path.iterdir())) == 1
    with pytest.raises(OutputError, match="not empty"), OutputSet() as outputs, outputs.folder(tmp_path / "new"):
        pass
