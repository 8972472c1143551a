"""The second pass: the chosen records, as they stood."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import json
import lzma
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from reading import Put, read_all

from dedup.errors import InputError, OutputError
from dedup.read import write_selection


def select(got: Any, wanted: list[bool], out: Path) -> bytes:
    assert write_selection(got.reader, wanted, out) == sum(wanted)
    return out.read_bytes()


def test_json_lines_byte_for_byte(put: Put, tmp_path: Path) -> None:
    rows = [b'{"text": "a",  "x": 1.0}\r\n', b'{"text":"\\u00e9"}\n', b"bad\n", b"\n", b' {"text": "c"}']
    got = read_all(put("a.jsonl", b"".join(rows)))
    assert select(got, [True] * 3, tmp_path / "out") == rows[0] + rows[1] + rows[4] + b"\n"
    assert select(got, [False, True, False], tmp_path / "out") == rows[1]


def test_round_trip_of_a_clean_file(put: Put, tmp_path: Path) -> None:
    data = b'{"text": "a"}\r\n{"text": "b", "n": 1e5}\r\n'
    assert select(read_all(put("a.jsonl", data)), [True, True], tmp_path / "out.jsonl") == data


def test_several_files_and_compression(put: Put, tmp_path: Path) -> None:
    a = put("a.jsonl", b'{"text": "a"}')
    b = put("b.jsonl.gz", gzip.compress(b'{"text": "b"}\n{"text": "c"}\n'))
    c = put("c.ndjson", b'{"text": "d"}\n')
    expected = b'{"text": "a"}\n{"text": "c"}\n{"text": "d"}\n'
    assert select(read_all(a, b, c), [True, False, True, True], tmp_path / "out.jsonl") == expected


@pytest.mark.parametrize(
    ("suffix", "opened"),
    [
        (".gz", gzip.decompress),
        (".bz2", bz2.decompress),
        (".xz", lzma.decompress),
        (".zst", lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data)),
    ],
)
def test_compressed_output(put: Put, tmp_path: Path, suffix: str, opened: Any) -> None:
    got = read_all(put("a.jsonl", b'{"text": "a"}\n' * 9))
    assert opened(select(got, [True] * 9, tmp_path / f"out.jsonl{suffix}")) == b'{"text": "a"}\n' * 9


def test_numpy_choice_over_many_batches(put: Put, tmp_path: Path) -> None:
    rows = [b'{"text": "%d"}\n' % number for number in range(10_000)]
    got = read_all(put("a.jsonl", b"".join(rows)))
    wanted = np.arange(10_000) % 3 == 0
    assert write_selection(got.reader, wanted, tmp_path / "out") == 3334
    assert (tmp_path / "out").read_bytes() == b"".join(rows[::3])


def test_csv_byte_for_byte(put: Put, tmp_path: Path) -> None:
    a = put("a.csv", b'\xef\xbb\xbfid,text\r\n1,"x\r\ny"\r\n2\r\n"3",z\r\n')
    b = put("b.csv", b"id,text\n4,last")
    got = read_all(a, b)
    expected = b'id,text\r\n1,"x\r\ny"\r\n4,last\n'
    assert select(got, [True, False, True], tmp_path / "out.csv") == expected


def test_tsv(put: Put, tmp_path: Path) -> None:
    got = read_all(put("a.tsv", b"text\tx\na\t1\nb\t2\n"))
    assert select(got, [False, True], tmp_path / "out.tsv") == b"text\tx\nb\t2\n"


def test_csv_with_other_headers_becomes_records(put: Put, tmp_path: Path) -> None:
    got = read_all(put("a.csv", b"text\na\n"), put("b.csv", b"id,text\nx,b\n"))
    rows = [json.loads(line) for line in select(got, [True, True], tmp_path / "out.jsonl").splitlines()]
    assert rows == [{"id": "a.csv:2", "source": "", "text": "a"}, {"id": "x", "source": "", "text": "b"}]


def test_csv_to_json_lines(put: Put, tmp_path: Path) -> None:
    got = read_all(put("a.csv", b"text\na\n"))
    assert json.loads(select(got, [True], tmp_path / "out.jsonl"))["text"] == "a"


def test_mixed_inputs_become_records(put: Put, tmp_path: Path) -> None:
    put("in/a.txt", "one\ntwo")
    put("in/b.jsonl", '{"id": "i", "text": "ü", "date": "2025-07-04T12:00:00+02:00", "site": "S"}\n')
    rows = select(read_all(tmp_path / "in"), [True, True], tmp_path / "out.jsonl").splitlines()
    assert [json.loads(row) for row in rows] == [
        {"id": "a.txt", "source": "", "text": "one\ntwo"},
        {"id": "i", "source": "S", "date": "2025-07-04T10:00:00Z", "text": "ü"},
    ]


def test_file_that_gave_nothing_does_not_count(put: Put, tmp_path: Path) -> None:
    put("in/a.txt", "")
    put("in/b.jsonl", '{"text":  "x"}\n')
    assert select(read_all(tmp_path / "in"), [True], tmp_path / "out.jsonl") == b'{"text":  "x"}\n'


@pytest.mark.parametrize("name", ["out.csv", "out.tsv.gz", "out.parquet"])
def test_table_that_cannot_be(put: Put, tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match=r"choose \.jsonl"):
        write_selection(read_all(put("a.jsonl", '{"text": "x"}\n')).reader, [True], tmp_path / name)


def test_parquet(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    columns = {"text": [f"t{n}" if n % 7 else None for n in range(9000)], "more": [[n] for n in range(9000)]}
    table = pa.table(columns).replace_schema_metadata({"key": "value"})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=1000)
    got = read_all(tmp_path / "a.parquet")
    wanted = [line % 2 == 0 for line in got.lines]
    assert write_selection(got.reader, wanted, tmp_path / "out.parquet") == sum(wanted)
    written = pq.read_table(tmp_path / "out.parquet")
    assert written.schema.equals(pq.read_schema(tmp_path / "a.parquet"), check_metadata=True)
    expected = [n for n in range(9000) if n % 7 and n % 2]
    assert written.column("more").to_pylist() == [[n] for n in expected]


def test_parquet_of_stdin_and_none_wanted(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"text": ["a", "b"]}), tmp_path / "a.parquet")
    got = read_all(stdin=(tmp_path / "a.parquet").read_bytes(), replay=True)
    select(got, [False, False], tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 0
    select(got, [False, True], tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == [{"text": "b"}]


def test_parquet_of_other_columns(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"body": ["b"]}), tmp_path / "b.parquet")
    got = read_all(tmp_path / "a.parquet", tmp_path / "b.parquet")
    with pytest.raises(OutputError, match=r"columns of b\.parquet"):
        write_selection(got.reader, [True, True], tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()
    assert len(select(got, [True, True], tmp_path / "out.jsonl").splitlines()) == 2


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_stdin_is_replayed(tmp_path: Path, pack: Any) -> None:
    got = read_all(stdin=pack(b'{"text": "a"}\nbad\n{"text": "b"}'), replay=True)
    assert select(got, [False, True], tmp_path / "out") == b'{"text": "b"}\n'


def test_stdin_without_replay(tmp_path: Path) -> None:
    got = read_all(stdin=b'{"text": "a"}\n')
    with pytest.raises(InputError, match="second time"):
        write_selection(got.reader, [True], tmp_path / "out")
    assert not list(tmp_path.iterdir())


def change_size(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b'{"text": "new"}\n')


def change_time(path: Path) -> None:
    os.utime(path, ns=(0, 0))


@pytest.mark.parametrize("change", [change_size, change_time, Path.unlink])
def test_changed_input(put: Put, tmp_path: Path, change: Any) -> None:
    put("in/a.jsonl", b'{"text": "a"}\n')
    path = put("in/b.jsonl", b'{"text": "b"}\n')
    got = read_all(tmp_path / "in")
    (tmp_path / "out").mkdir()
    change(path)
    with pytest.raises(InputError, match=r"b\.jsonl: has changed"):
        write_selection(got.reader, [True, True], tmp_path / "out/x")
    assert not list((tmp_path / "out").iterdir())


def test_file_that_could_not_be_opened_stays_out(put: Put, tmp_path: Path) -> None:
    put("in/a.jsonl", b'{"text": "a"}\n')
    hidden = put("in/b.jsonl", b'{"text": "b"}\n')
    from dedup.config import ReadConfig
    from dedup.read import Reader

    reader = Reader([tmp_path / "in"], ReadConfig())
    hidden.rename(tmp_path / "away")
    assert sum(map(len, reader.batches())) == 1
    (tmp_path / "away").rename(hidden)
    write_selection(reader, [True], tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b'{"text": "a"}\n'


def test_missing_folder(put: Put, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no such folder"):
        write_selection(read_all(put("a.jsonl", '{"text": "x"}\n')).reader, [True], tmp_path / "no/out")


def test_folder_as_output(put: Put, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder"):
        write_selection(read_all(put("a.jsonl", '{"text": "x"}\n')).reader, [True], tmp_path)


def test_full_disk_leaves_what_was(put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    got = read_all(put("in/a.jsonl", '{"text": "x"}\n'))
    out = put("out/o.jsonl", "old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("dedup.runtime.atomic.os.fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        write_selection(got.reader, [True], out)
    assert out.read_text() == "old" and len(list(out.parent.iterdir())) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_full_device(put: Put) -> None:
    got = read_all(put("in/a.jsonl", '{"text": "x"}\n' * 10_000))
    with pytest.raises(OutputError, match="No space left"):
        write_selection(got.reader, [True] * 10_000, Path("/dev/full"))


def test_device_is_written_to_and_stays(put: Put) -> None:
    write_selection(read_all(put("in/a.jsonl", '{"text": "x"}\n')).reader, [True], Path("/dev/null"))
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_input_may_be_the_output(put: Put) -> None:
    path = put("a.jsonl", '{"text": "a"}\n{"text": "b"}\n')
    assert select(read_all(path), [False, True], path) == b'{"text": "b"}\n'


def test_link_as_output_stays_a_link(put: Put, tmp_path: Path) -> None:
    target = put("target", "old")
    (tmp_path / "link").symlink_to(target)
    select(read_all(put("a.jsonl", '{"text": "a"}\n')), [True], tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and target.read_bytes() == b'{"text": "a"}\n'


def test_mode_of_the_output(put: Put, tmp_path: Path) -> None:
    select(read_all(put("a.jsonl", '{"text": "a"}\n')), [True], tmp_path / "out")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_wrong_number_of_choices(put: Put, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2 choices for 1"):
        write_selection(read_all(put("a.jsonl", '{"text": "a"}\n')).reader, [True, True], tmp_path / "out")


def test_nothing_read(put: Put, tmp_path: Path) -> None:
    assert select(read_all(put("a.jsonl", "")), [], tmp_path / "out.jsonl") == b""


@given(st.lists(st.sampled_from([
    b'{"text": "a"}', b'{"id": 1, "text": "b"}\r', b"", b"bad", b'{"text": ""}', b'{"text": "\\ud800"}', b"\xff",
    b'{"body": "c", "date": 5}', b' {"text":"\xc3\xa9"} ',
])), st.randoms(use_true_random=False))  # fmt: skip
def test_selection_is_what_was_accepted(rows: list[bytes], random: Any) -> None:
    got = read_all(stdin=b"\n".join(rows), replay=True, input_format="jsonl")
    wanted = [random.random() < 0.5 for _ in got.texts]
    lines = [line for line, want in zip(got.lines, wanted, strict=True) if want]
    out = io.BytesIO()
    out_path = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path("/tmp")
    path = out_path / f"dedup-test-{os.getpid()}"
    try:
        out.write(select(got, wanted, path))
    finally:
        path.unlink(missing_ok=True)
    assert out.getvalue() == b"".join(rows[line - 1] + b"\n" for line in lines)


ROWS = [b"1;caf\xe9;x\r\n", b'2;"na\xefve;\r\n\x93quoted\x94";y\r\n', b"3;plain;z\r\n"]


@pytest.mark.parametrize("sep", [b"sep=;\r\n", b'"sep=;"\n', b"SEP=;\n", b""])
def test_rows_in_cp1252_behind_a_line_that_names_the_delimiter(put: Put, tmp_path: Path, sep: bytes) -> None:
    """What is written is what stood there, to the byte: a program that could read the one can read the other."""
    head = sep + b"id;text;note\r\n"
    got = read_all(put("a.csv", head + b"".join(ROWS)), encoding="cp1252", delimiter="" if sep else ";")
    assert (
        got.texts == ["café", "naïve;\r\n\u201cquoted\u201d", "plain"]
        or got.texts[1].replace("\r", "") == "naïve;\n“quoted”"
    )
    out = tmp_path / "out.csv"
    assert select(got, [True] * 3, out) == head + b"".join(ROWS)
    assert select(got, [False, True, False], out) == head + ROWS[1]
    assert select(got, [True, False, True], out) == head + ROWS[0] + ROWS[2]
    assert select(got, [False] * 3, out) == head
    again = read_all(out, encoding="cp1252", delimiter="" if sep else ";")
    assert not again.texts and not again.reasons


@pytest.mark.parametrize(("count", "size"), [(40, 1 << 20), (3, 1 << 22), (9000, 4)])
def test_rows_of_parquet_are_taken_few_at_a_time(tmp_path: Path, count: int, size: int) -> None:
    """By the sizes in the footer, and where a long text is stored once and stands in each row, rightly too."""
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), pa.array(["a " * (size // 2)]))
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": list(range(count)), "text": texts}), path, compression="zstd")
    got = read_all(path)
    wanted = [row % 3 == 0 for row in range(count)]
    out = tmp_path / "out.parquet"
    select(got, wanted, out)
    assert pq.read_table(out).column("id").to_pylist() == [row for row in range(count) if row % 3 == 0]


@pytest.mark.parametrize("kind", ["string", "large_string", "binary", "large_binary", "dictionary", "string_view"])
@pytest.mark.parametrize("folded", [True, False])
def test_columns_of_text_are_written_as_they_were(tmp_path: Path, kind: str, folded: bool) -> None:
    """Types, nulls and what programs say of their tables stay, whether a column is stored as a dictionary or not."""
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    if kind == "string_view" and not hasattr(pa, "string_view"):
        pytest.skip("this pyarrow has no views")
    arrow = pa.dictionary(pa.int32(), pa.string()) if kind == "dictionary" else getattr(pa, kind)()
    notes = pa.array(["x", None, "é"] * 40).cast(arrow)
    schema = pa.schema([("text", pa.string()), ("note", arrow), ("n", pa.int64())], metadata={"pandas": "kept"})
    made = pa.Table.from_arrays([pa.array(["one", "two", "three"] * 40), notes, pa.array(range(120))], schema=schema)
    path, out = tmp_path / "a.parquet", tmp_path / "out.parquet"
    try:
        pq.write_table(made, path, use_dictionary=folded, row_group_size=50)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        pytest.skip("this pyarrow cannot write it")
    wanted = [row % 7 != 3 for row in range(120)]
    select(read_all(path), wanted, out)
    expected = pq.read_table(path).filter(pa.array(wanted)) if kind != "string_view" else None
    written = pq.read_table(out)
    assert written.schema.equals(pq.read_schema(path), check_metadata=True)
    if expected is not None:
        assert written.to_pylist() == expected.to_pylist()
