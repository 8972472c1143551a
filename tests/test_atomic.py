"""Files appear whole or not at all."""

from pathlib import Path

import pytest

from dedup.atomic import atomic
from dedup.errors import OutputError


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
