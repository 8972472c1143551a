"""Bytes in memory and in the temporary file."""

import errno
import os
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import StorageError
from dedup.read import passes
from dedup.runtime.spool import Column, Spool, Texts


@given(st.lists(st.binary(max_size=50), max_size=20), st.integers(0, 300))
def test_what_was_appended_is_read_back(parts, limit):
    spool = Spool(limit)
    offsets = [spool.append(part) for part in parts]
    for offset, part in zip(offsets, parts, strict=True):
        assert spool.read(offset, len(part)) == part
        assert spool.read(offset + len(part) // 2, len(part) - len(part) // 2) == part[len(part) // 2 :]
    assert len(spool) == sum(map(len, parts))
    assert spool.spilled <= max(0, len(spool))
    spool.close()


def test_beyond_the_limit_goes_to_a_file_without_a_name(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spool = Spool(10)
    spool.append(b"12345")
    offset = spool.append(b"678901234")
    assert spool.spilled == 9
    assert spool.read(offset, 9) == b"678901234"
    assert list(tmp_path.iterdir()) == []
    spool.close()
    spool.close()


def test_a_folder_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/nowhere/at/all")
    with pytest.raises(StorageError, match=r"/nowhere/at/all.*TMPDIR"):
        Spool(0).append(b"x")


def test_a_full_disk_is_a_clear_error(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dedup.runtime.spool.os", SimpleNamespace(write=full, close=os.close))
    with pytest.raises(StorageError, match="No space left on device"):
        Spool(0).append(b"x")


NOWHERE = OSError(errno.ENOENT, "No usable temporary directory found in ['/tmp', '/var/tmp']")


def refusing(error):
    def refuse(*_, **__):
        raise error

    return refuse


@pytest.mark.parametrize("use", [lambda: Spool(0).append(b"x"), passes.temporary])
def test_without_any_temporary_folder_it_is_said_what_to_do(monkeypatch, use):
    monkeypatch.setattr("tempfile.gettempdir", refusing(NOWHERE))
    monkeypatch.setattr("tempfile.mkstemp", refusing(NOWHERE))
    monkeypatch.setattr("tempfile.TemporaryFile", refusing(NOWHERE))
    with pytest.raises(StorageError, match=r"^temporary storage: no folder for it can be written to; set TMPDIR"):
        use()


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.ENOSPC, errno.EFBIG])
@pytest.mark.parametrize("use", [lambda: Spool(0).append(b"x"), passes.temporary])
def test_the_temporary_folder_is_named(monkeypatch, use, number):
    monkeypatch.setattr("tempfile.tempdir", "/some/folder")
    monkeypatch.setattr("tempfile.mkstemp", refusing(OSError(number, os.strerror(number))))
    monkeypatch.setattr("tempfile.TemporaryFile", refusing(OSError(number, os.strerror(number))))
    wanted = "with more room" if number in (errno.ENOSPC, errno.EFBIG) else "that is there and can be written to"
    with pytest.raises(StorageError) as caught:
        use()
    assert str(caught.value).startswith(
        f"temporary storage in /some/folder: {os.strerror(number)}; set TMPDIR to a folder {wanted}"
    )


@pytest.mark.parametrize("limit", [0, 1 << 20])
def test_column_slices(limit):
    column = Column(limit, np.uint32)
    column.append(np.arange(10, dtype=np.uint32))
    column.append(np.arange(10, 30, dtype=np.uint32).reshape(4, 5))
    assert column.slice(1, 5, 10).tolist() == [15, 16, 17, 18, 19]
    assert column.slice(0, 0, 10).tolist() == list(range(10))
    assert len(column) == 2


@pytest.mark.parametrize("limit", [0, 1 << 20])
def test_texts_by_row(limit):
    texts = Texts(limit, lambda row: b"again %d" % row)
    texts.extend(b"..abc.de..", np.array([2, 6]), np.array([3, 2]))
    texts.extend(b"xyz", np.array([0]), np.array([3]))
    texts.extend(b"12", np.array([-1, 0]), np.array([7, 2]))
    texts.extend(b"", np.array([-1]), np.array([7]))
    texts.freeze()
    assert [texts.read(row) for row in range(6)] == [b"abc", b"de", b"xyz", b"again 3", b"12", b"again 5"]
    assert texts.sizes.tolist() == [3, 2, 3, 7, 2, 7]


def test_texts_that_were_read_again_are_kept_as_long_as_there_is_room():
    asked = []

    def again(row):
        asked.append(row)
        return b"again %d" % row

    texts = Texts(15, again)
    texts.extend(b"", np.array([-1, -1, -1]), np.array([7, 7, 7]))
    texts.freeze()
    for _ in range(2):
        assert [texts.read(row) for row in range(3)] == [b"again 0", b"again 1", b"again 2"]
    assert asked == [0, 1, 2, 2]
