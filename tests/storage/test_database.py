"""What is refused, what is migrated, and what damage looks like."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import sqlite3
import stat
import tempfile
import threading
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

from dedup import Config
from dedup.errors import DedupError, IndexFileError
from dedup.index.index import Index
from dedup.storage import schema
from tests.index import indexes
from tests.index.indexes import add, ask, assert_consistent, doc, ids, newsroom, prose
from tests.index.servers import PASSWORD, Server, free_port

OTHER = Config().update({"fingerprint": {"ngram": 4, "seed": 9}, "match": {"threshold": 0.6}})


def is_open_to_all(path: Path) -> None:
    for each in (path, *path.rglob("*")):
        each.chmod(0o777 if each.is_dir() else 0o666)


@pytest.fixture
def ordinary():
    """A folder, and somebody who is not root: permissions mean nothing to root."""
    folder = Path(tempfile.mkdtemp(prefix="dedup-"))
    folder.chmod(0o755)

    @contextlib.contextmanager
    def user():
        if os.getuid():
            yield
            return
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)

    yield folder, user
    shutil.rmtree(folder)


# -- what is refused -----------------------------------------------------------------------------------------------


def test_a_database_of_another_program(file):
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE bookmarks (url)")
    before = file.read_bytes()
    with pytest.raises(IndexFileError, match="another program"):
        Index.open(file)
    assert file.read_bytes() == before


def test_an_empty_database_of_another_program(file):
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA application_id = 7")
        other.execute("VACUUM")
    with pytest.raises(IndexFileError, match="another program"):
        Index.open(file)


@pytest.mark.parametrize(
    "content", [b"just some text\n" * 100, b"x", b"\x93\x01" * 2500], ids=["text", "byte", "noise"]
)
def test_a_file_that_is_no_database(file, content):
    file.write_bytes(content)
    with pytest.raises(IndexFileError, match="not an index of dedup"):
        Index.open(file)
    assert file.read_bytes() == content


def test_an_empty_file_is_no_index_but_may_become_one(file):
    file.touch()
    with pytest.raises(IndexFileError, match="holds no index"):
        Index.open(file, create=False)
    assert file.read_bytes() == b""
    with Index.open(file) as index:
        assert add(index, doc("a", prose(1))).new == 1
    with Index.open(file, create=False) as index:
        assert ids(index) == {"a"}


@pytest.mark.parametrize("create", [True, False])
def test_a_folder(tmp_path, create):
    with pytest.raises(IndexFileError, match="is a folder"):
        Index.open(tmp_path, create=create)


def test_nothing_there(tmp_path):
    with pytest.raises(IndexFileError, match="no such index"):
        Index.open(tmp_path / "a.sqlite", create=False)
    with pytest.raises(IndexFileError, match="no such folder"):
        Index.open(tmp_path / "b" / "a.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_a_newer_index(file):
    Index.open(file).close()
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    before = file.read_bytes()
    with pytest.raises(IndexFileError, match="newer dedup"):
        Index.open(file)
    assert file.read_bytes() == before


def test_a_newer_index_on_a_server(server: Server):
    place = server.place()
    with Index.open(place) as index:
        index.database.set_meta("version", str(schema.VERSION + 1))
    with pytest.raises(IndexFileError, match="newer dedup"):
        Index.open(place)


def test_a_file_that_may_not_be_written(ordinary):
    folder, user = ordinary
    file = folder / "index.sqlite"
    with Index.open(file) as index:
        add(index, doc("a", prose(1)))
    file.chmod(0o444)
    folder.chmod(0o777)
    with user(), pytest.raises(IndexFileError, match="cannot be written"), Index.open(file) as index:
        add(index, doc("b", prose(2)))
    is_open_to_all(folder)
    with Index.open(file) as index:
        assert ids(index) == {"a"}


def test_a_folder_that_may_not_be_written(ordinary):
    folder, user = ordinary
    with user(), pytest.raises(IndexFileError, match=r"cannot be opened|cannot be written"):
        Index.open(folder / "index.sqlite")
    assert list(folder.iterdir()) == []


def test_a_file_that_may_not_be_read(ordinary):
    folder, user = ordinary
    file = folder / "index.sqlite"
    Index.open(file).close()
    file.chmod(0)
    with user(), pytest.raises(IndexFileError, match="cannot be opened"):
        Index.open(file)


# -- settings --------------------------------------------------------------------------------------------------------


def test_other_settings_are_refused_by_name(place):
    with Index.open(place) as index:
        add(index, doc("a", prose(1)))
    with pytest.raises(IndexFileError) as error:
        Index.open(place, OTHER)
    said = str(error.value)
    for part in ("ngram 5 there, 4 here", "seed 1 there, 9 here", "threshold 0.7 there, 0.6 here", "index rebuild"):
        assert part in said
    assert "excerpts" not in said and "scheme" not in said and PASSWORD not in said
    with Index.open(place, OTHER, accept=True) as index:
        assert index.rebuild() == 1
        assert_consistent(index)
    with Index.open(place, OTHER):
        pass
    with pytest.raises(IndexFileError, match="ngram 4 there, 5 here"):
        Index.open(place)


def test_the_settings_that_an_index_was_made_with(place):
    assert Index.settings(place) == {}
    with Index.open(place, OTHER):
        pass
    found = Index.settings(place)
    assert found["fingerprint"] == {"ngram": 4, "num_perm": 128, "seed": 9} and found["match"]["threshold"] == 0.6
    with Index.open(place, Config().update(found)) as index:
        index.database.set_meta("settings", "{half")
    assert Index.settings(place) == {}


def test_settings_that_change_nothing_are_not_compared(place):
    Index.open(place).close()
    Index.open(place, Config().update({"run": {"threads": 1}})).close()


# -- migrations ------------------------------------------------------------------------------------------------------

LATER = ("CREATE TABLE added_later (name TEXT)", "INSERT INTO added_later VALUES ('it')")


def set_migrations(monkeypatch, *more):
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, *more))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + len(more))


@pytest.mark.parametrize("create", [True, False])
def test_an_old_index_is_brought_up_to_date(place, monkeypatch, create):
    with Index.open(place) as index:
        add(index, *newsroom())
    set_migrations(monkeypatch, LATER)
    for _ in range(2):
        with Index.open(place, create=create) as index:
            assert index.database.query("SELECT name FROM added_later") == [("it",)]
            assert len(ids(index)) == len(newsroom())
            assert_consistent(index)


def test_a_file_of_version_0_becomes_an_index(file):
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        other.execute("VACUUM")
    with Index.open(file) as index:
        assert add(index, doc("a", prose(1))).new == 1
        assert index.database.query("PRAGMA user_version") == [(schema.VERSION,)]


def test_a_migration_that_fails_changes_nothing(place, monkeypatch):
    with Index.open(place) as index:
        add(index, *newsroom())
    set_migrations(monkeypatch, LATER, ("ALTER TABLE documents ADD COLUMN fine TEXT", "SELECT * FROM nowhere"))
    with pytest.raises(IndexFileError, match="nowhere"):
        Index.open(place)
    monkeypatch.undo()
    with Index.open(place, create=False) as index:
        for sql in ("SELECT * FROM added_later", "SELECT fine FROM documents"):
            with pytest.raises(IndexFileError):
                index.database.query(sql)
        assert_consistent(index)


def test_a_first_migration_that_fails_leaves_no_tables(place, monkeypatch):
    monkeypatch.setattr(schema, "MIGRATIONS", ((*schema.MIGRATIONS[0], "SELECT * FROM nowhere"),))
    with pytest.raises(IndexFileError, match="nowhere"):
        Index.open(place)
    monkeypatch.undo()
    with pytest.raises(IndexFileError, match="holds no index"):
        Index.open(place, create=False)
    Index.open(place).close()


# -- damage ----------------------------------------------------------------------------------------------------------


def use(path: Path) -> None:
    """Everything that an index is for."""
    with Index.open(path) as index:
        numbers = [row[0] for row in index.database.query("SELECT number FROM documents")]
        index.seen(numbers)
        ask(index, *newsroom(), evidence=True)
        list(index.edges())
        list(index.documents())
        index.clusters()
        index.statistics()
        add(index, doc("new", prose(77)), *(doc(f"n{d.id}", d.text + " And more.") for d in newsroom()))
        index.remove(["report", "exact", "new"])
        index.check()


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_file_is_an_error_or_nothing_at_all(file, tmp_path, seed):
    """SQLite does not notice every flipped byte, but none of them may be anything else than a clear error."""
    with Index.open(file) as index:
        add(index, *newsroom(), *(doc(f"p{n}", prose(n)) for n in range(20)))
    generator = np.random.default_rng(seed)
    content = bytearray(file.read_bytes())
    if seed % 3 == 0:
        at = int(generator.integers(100, len(content)))
        content[at : at + 4096] = generator.bytes(min(4096, len(content) - at))
    elif seed % 3 == 1:
        for at in generator.integers(100, len(content), 200).tolist():
            content[at] ^= 1 << int(generator.integers(8))
    else:
        del content[int(generator.integers(len(content) // 4, len(content))) :]
    file.write_bytes(content)
    with contextlib.suppress(DedupError):
        use(file)


def damage(index: Index, sql: str, *values: object) -> None:
    assert index.database.execute(sql, values) > 0


@pytest.mark.parametrize(
    "blob",
    [b"", b"\x00" * 50, b"\x37" * 90, b"\x28\xb5\x2f\xfd" + b"\x91\x17" * 20],
    ids=["empty", "zeros", "noise", "half"],
)
def test_a_text_that_cannot_be_read(index, blob):
    add(index, *newsroom())
    damage(index, "UPDATE bodies SET text = ?", blob)
    with pytest.raises(IndexFileError, match="damaged"):
        index.text(1)
    with pytest.raises(IndexFileError, match="damaged"):
        ask(index, *newsroom())
    with pytest.raises(IndexFileError, match="damaged"):
        list(index.documents())


@pytest.mark.parametrize("size", [7, 8000])
def test_postings_that_are_noise(place, size):
    with Index.open(place) as index:
        add(index, *newsroom())
        damage(index, "UPDATE postings SET entries = ?", np.random.default_rng(1).bytes(size))
    with Index.open(place) as index:
        with contextlib.suppress(IndexFileError):
            ask(index, *newsroom())
        with contextlib.suppress(IndexFileError):
            add(index, *(doc("new-" + each.id, each.text + " New.") for each in newsroom()))
        with contextlib.suppress(IndexFileError):
            assert index.check()
        # it is all made anew from the texts
        assert index.rebuild() == len(ids(index))
        assert_consistent(index)


@pytest.mark.parametrize("table", ["held", "levels", "edges"])
def test_other_numbers_that_are_noise(place, table, monkeypatch):
    for name, value in indexes.TINY.items():
        monkeypatch.setattr(f"dedup.index.postings.store.{name}", value)
    for module in ("store", "blocks"):
        monkeypatch.setattr(f"dedup.index.postings.{module}.BLOCK", indexes.TINY_BLOCK)
    column = {"held": "counts", "levels": "starts", "edges": "figures"}[table]
    with Index.open(place) as index:
        add(index, *newsroom())
        damage(index, f"UPDATE {table} SET {column} = ?", b"odd")
    with pytest.raises(IndexFileError, match="damaged"), Index.open(place) as index:
        list(index.edges())
        add(index, doc("again", newsroom()[0].text + " Again."))


def test_settings_that_cannot_be_read(place):
    with Index.open(place) as index:
        index.database.set_meta("settings", "{half")
    with pytest.raises(IndexFileError, match="damaged"):
        Index.open(place)
    with Index.open(place, accept=True) as index:
        index.rebuild()
    Index.open(place).close()


# -- servers ---------------------------------------------------------------------------------------------------------


def test_a_server_that_is_not_there():
    with pytest.raises(IndexFileError) as error:
        Index.open(f"postgresql://me:{PASSWORD}@127.0.0.1:{free_port()}/news")
    assert "refused" in str(error.value) and PASSWORD not in str(error.value)


@pytest.mark.parametrize(
    "secret", ["se%40cret", "se%2Fcret", "se%3Fcret%23x", "se#cret", "se%3Acret", "se?cret", "se:cret", "s%25ecret"]
)
def test_a_password_of_all_characters_is_not_shown(secret):
    port = free_port()
    plain = unquote(secret)
    for address in (
        f"postgresql://me:{secret}@127.0.0.1:{port}/news", f"postgresql://127.0.0.1:{port}/news?user=me&password={secret}",
        f"host=127.0.0.1 port={port} dbname=news user=me password='{plain}'",
    ):  # fmt: skip
        for ask_it in (Index.open, Index.settings):
            with pytest.raises(IndexFileError) as error:
                ask_it(address)
            said = str(error.value)
            assert secret not in said and plain not in said and "cret" not in said
            assert "refused" in said or "not the address" in said


def test_nothing_is_kept_in_memory():
    with pytest.raises(IndexFileError, match="keeps nothing"):
        Index.open(":memory:")


def test_a_server_that_does_not_answer():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        with pytest.raises(IndexFileError) as error:
            Index.open(f"postgresql://me:{PASSWORD}@127.0.0.1:{port}/news?connect_timeout=2")
    assert "time" in str(error.value) and PASSWORD not in str(error.value)


def test_a_wrong_password_is_not_shown(server: Server):
    wrong = server.address.replace(PASSWORD, "not-the-password")
    with pytest.raises(IndexFileError, match="authentication failed") as error:
        Index.open(wrong)
    assert "not-the-password" not in str(error.value) and PASSWORD not in str(error.value)
    with pytest.raises(IndexFileError) as error:
        Index.open(f"postgresql://dedup@127.0.0.1:{server.port}/postgres?password=not-the-password")
    assert "not-the-password" not in str(error.value)


@pytest.mark.parametrize(
    "address",
    ["postgresql://me:secret%zz@host/db", "postgresql://me:secret@[host/db", "postgresql://me:secret@host:port/db",
     "postgresql://me:secret@host/db?nonsense=1", "postgresql://me:S3/secret@host/db", "postgres://me:1/secret@host/db",
     "postgresql://me:a@secret@host/db", "postgresql://me:a?secret/b@host/db", "postgresql://me:secret/x?y@host/db",
     "postgresql+psycopg://me:secret@host/db", "POSTGRESQL:/me:secret@host/db", "mysql://me:secret@host/db",
     "postgresql://me:a/b#secret@host/db", "host=h password=my secret dbname=d", "password='secret host=h",
     "postgresql://me:1@2/secret:3@host/db"],
)  # fmt: skip
def test_addresses_that_make_no_sense(address):
    with pytest.raises(IndexFileError) as error:
        Index.open(address)
    assert "secret" not in str(error.value)


def test_a_database_without_an_index(server: Server):
    with pytest.raises(IndexFileError, match="holds no index"):
        Index.open(server.place(), create=False)


def test_the_name_of_an_index_tells_no_password(server: Server):
    with Index.open(server.place()) as index:
        assert index.name == "postgresql://127.0.0.1/postgres"
        assert index.statistics().place == index.name


def test_without_a_schema_in_the_address_tables_have_their_own(server: Server):
    server.run("CREATE DATABASE apart")
    address = server.address.replace("/postgres", "/apart")
    with pytest.raises(IndexFileError, match="holds no index"):
        Index.open(address, create=False)
    with Index.open(address) as index:
        add(index, doc("a", prose(1)))
        tables = index.database.query("SELECT tablename::text FROM pg_tables WHERE schemaname = 'dedup'")
        assert {name for (name,) in tables} == set(schema.TABLES)
    with Index.open(address, create=False) as index:
        assert ids(index) == {"a"}


def test_tables_of_another_program_are_left_alone(server: Server):
    place = server.place()
    name = place.rpartition("%3D")[2]
    server.run(f"CREATE TABLE {name}.meta (key TEXT, content TEXT)")
    with pytest.raises(IndexFileError, match="another program"):
        Index.open(place)


def test_two_indexes_of_one_server_do_not_wait_for_each_other(server: Server):
    done = threading.Event()
    with Index.open(server.place()) as one, Index.open(server.place(), wait=2) as two, one.transaction(write=True):
        assert add(two, doc("a", prose(1))).new == 1
        done.set()
    assert done.is_set()


def test_the_server_goes_away(server: Server):
    with Index.open(server.place()) as index:
        add(index, doc("a", prose(1)))
        server.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        with pytest.raises(IndexFileError):
            add(index, doc("b", prose(2)))
        with pytest.raises(IndexFileError):
            ask(index, doc("b", prose(2)))


def test_a_new_file_is_for_its_owner_by_the_umask(file):
    Index.open(file).close()
    assert stat.S_ISREG(file.stat().st_mode) and not file.stat().st_mode & stat.S_IWOTH
