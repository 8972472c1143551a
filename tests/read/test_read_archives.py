"""Archives: their members are read as files of their own kinds; bad ones and traps cost no other file."""

from __future__ import annotations

import gzip
import io
import lzma
import random
import tarfile
import zipfile
from pathlib import Path

import made
import pytest
from made import TEXT, tarred, zipped
from reading import Got, Put, read_all

from dedup.config import ReadConfig
from dedup.read import Reader, write_selection

MEMBERS = {
    "a.txt": b"text a", "sub/r.jsonl": b'{"text":"one","id":"1"}\n{"text":"two"}\n{"no":1}\n',
    "sub/t.csv": b"id,text\n7,row\n",
    "w.docx": made.docx(), "p.html": b"<p>page", "g.txt.gz": gzip.compress(b"packed"), "i.png": b"x", ".DS_Store": b"x",
    "__MACOSX/a.txt": b"x", "in.zip": b"x", "in.tar.gz": b"x", "bad.txt": b"a\0", "m.mbox": made.mbox(made.eml()),
}  # fmt: skip


def told(got: Got) -> dict[str, str]:
    return {reject.source: reject.reason for reject in got.reader.rejects}


def skipped(got: Got) -> dict[str, str]:
    return {file.source: file.reason.removeprefix("skipped: ") for file in got.reader.skipped.files}


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz", "x.tgz", "x.tar.xz", "x.tbz2"])
def test_members_are_read_as_files_of_their_kinds(put: Put, tmp_path: Path, name: str) -> None:
    mode = {"x.tar": "w", "x.tar.xz": "w:xz", "x.tbz2": "w:bz2"}.get(name, "w:gz")
    put(f"in/{name}", zipped(MEMBERS) if name == "x.zip" else tarred(MEMBERS, mode))
    put("in/z.txt", "after")
    for got in (read_all(tmp_path / "in"), read_all(tmp_path / "in" / name, tmp_path / "in/z.txt")):
        assert list(zip(got.ids, got.texts, strict=True)) == [
            (f"{name}/a.txt", "text a"), ("1", "one"), (f"{name}/sub/r.jsonl:2", "two"), ("7", "row"),
            (f"{name}/w.docx", TEXT), (f"{name}/p.html", "page"), (f"{name}/g.txt.gz", "packed"),
            (f"{name}/m.mbox#1", TEXT), ("z.txt", "after"),
        ]  # fmt: skip
        assert got.files == [name] * 8 + ["z.txt"]
        reasons = told(got)
        assert reasons.keys() == {f"{name}/sub/r.jsonl", f"{name}/bad.txt"} and len(got.reasons) == 2
        assert reasons[f"{name}/bad.txt"].startswith("binary file (NUL byte at offset 1)")
        assert skipped(got) == {
            f"{name}/i.png": "not a kind of file that is read", f"{name}/.DS_Store": "hidden",
            f"{name}/__MACOSX/a.txt": "hidden", f"{name}/in.zip": "an archive in an archive",
            f"{name}/in.tar.gz": "an archive in an archive",
        }  # fmt: skip
        assert f"skipped 3 files of other kinds in {name}" in got.reader.notes


@pytest.mark.parametrize("data", [zipped(MEMBERS), tarred(MEMBERS), tarred(MEMBERS, "w:gz")], ids=["zip", "tar", "tgz"])
def test_archives_on_standard_input(data: bytes) -> None:
    got = read_all(stdin=data)
    assert got.ids[:3] == ["stdin/a.txt", "1", "stdin/sub/r.jsonl:2"] and len(got.texts) == 8


def test_paths_that_lead_out(put: Put, tmp_path: Path) -> None:
    names = ["../a.txt", "/etc/a.txt", "x/../../a.txt", "C:/a.txt", "..\\a.txt", "C:\\a.txt", "./ok.txt", "x/./ok.txt"]
    for name, data in (("a.zip", zipped(dict.fromkeys(names, b"x"))), ("b.tar", tarred(dict.fromkeys(names, b"x")))):
        got = read_all(put(name, data))
        assert got.ids == [f"{name}/ok.txt", f"{name}/x/ok.txt"]
        assert set(told(got).values()) == {"its path leads out of the archive"} and len(told(got)) == 6
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.zip", "b.tar"]


def test_exclude_and_format_hold_for_members(put: Put) -> None:
    path = put("a.zip", zipped({"x/a.txt": b"one\ntwo", "y/b.txt": b"x", "c.txt": b"x"}))
    got = read_all(path, exclude=("y/*", "c.*"), input_format="lines")
    assert got.texts == ["one", "two"]
    assert skipped(got) == dict.fromkeys(("a.zip/y/b.txt", "a.zip/c.txt"), "left out by --exclude")


def test_links_and_devices_in_tar(put: Put) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (("l.txt", tarfile.SYMTYPE), ("h.txt", tarfile.LNKTYPE), ("d.txt", tarfile.CHRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        archive.addfile(tarfile.TarInfo("folder.txt"))
    got = read_all(put("a.tar", out.getvalue()))
    assert skipped(got) == {"a.tar/l.txt": "a link", "a.tar/h.txt": "a link", "a.tar/d.txt": "not a file"}
    assert told(got) == {"a.tar/folder.txt": "empty text"}


def broken_member() -> bytes:
    """A ZIP archive whose second member has a wrong checksum."""
    data = bytearray(zipped({"a.txt": b"aaaa", "b.txt": b"bbbb", "c.txt": b"cccc"}, zipfile.ZIP_STORED))
    data[data.index(b"bbbb")] ^= 1
    return bytes(data)


def test_bad_zips(put: Put, tmp_path: Path) -> None:
    good = zipped({"a.txt": b"text a", "b.txt": b"text b"})
    missing = "broken ZIP archive: no ZIP archive, or its end is missing"
    listed = bytearray(good)
    listed[-10:-6] = (1 << 30).to_bytes(4, "little")  # bytes of the list
    cases = [
        *((good[: len(good) * part // 14], missing) for part in range(1, 14)), (b"", "empty file"), (b"PK", missing),
        (b"plain text", missing), (made.pdf(), missing), (b"\x89PNG", missing), (tarred({"a.txt": b"x"}), missing),
        (bytes(listed), "broken ZIP archive"), (good.replace(b"PK\x01\x02", b"PK\x01\x03"), "broken ZIP archive"),
    ]  # fmt: skip
    assert len(cases) >= 20
    for number, (data, _) in enumerate(cases):
        put(f"in/{number:02}.zip", data)
    put("in/y.zip", broken_member())
    put("in/z.zip", made.encrypted_zip(good))
    got = read_all(tmp_path / "in")
    reasons = told(got)
    assert got.ids == ["y.zip/a.txt", "y.zip/c.txt"]
    assert reasons.pop("y.zip/b.txt") == "broken in the archive: Bad CRC-32 for file 'b.txt'"
    assert reasons.pop("z.zip/a.txt") == reasons.pop("z.zip/b.txt") == "encrypted: a password is needed"
    for number, (_, reason) in enumerate(cases):
        assert reasons[f"{number:02}.zip"].startswith(reason), (number, reasons)
    assert len(got.reasons) == len(cases) + 3


def test_bad_tars(put: Put, tmp_path: Path) -> None:
    good = tarred({"a.txt": b"a" * 700, "b.txt": b"b" * 700})
    short = "broken tar archive: a damaged header, or it ends too early"
    cases = [
        *((good[:end], "broken tar archive: ") for end in (100, 300, 511, 1600, 2040)), (b"", "empty file"),
        (good[:1536] + b"x" * 512 + good[2048:], short), (good[:1536] + b"\xff" * 512, short),
        *((data, "broken tar archive: ") for data in (b"plain text", made.pdf(), b"\x89PNG", zipped({"a": b"b"}))),
        *((gzip.compress(good)[:end], "") for end in (5, 10, 15, 20, 30, 40, 50, 60)),
    ]  # fmt: skip
    assert len(cases) >= 20
    for number, (data, reason) in enumerate(cases):
        put(f"in/{number:02}.tar{'' if reason else '.gz'}", data)
    put("in/99.tar", good)
    got = read_all(tmp_path / "in")
    assert got.ids[-2:] == ["99.tar/a.txt", "99.tar/b.txt"] and set(got.texts) <= {"a" * 700, "b" * 700}
    reasons = told(got)
    for number, (_, reason) in enumerate(cases):
        mine = [why for name, why in reasons.items() if name.startswith(f"{number:02}.tar")]
        assert len(mine) == 1 and mine[0].startswith(reason or "broken gz stream"), (number, mine)


def test_truncated_member_of_a_tar(put: Put) -> None:
    good = tarred({"a.txt": b"text a", "b.txt": b"b" * 5_000})
    got = read_all(put("a.tar", good[:2_000]), put("z.txt", "after"))
    assert got.texts == ["text a", "after"] and len(got.reasons) == 1
    assert told(got) == {"a.tar/b.txt": "broken in the archive: unexpected end of data"}


def test_changed_bits(put: Put, tmp_path: Path) -> None:
    generator = random.Random(3)
    for suffix, data in (("zip", zipped(MEMBERS)), ("tar", tarred(MEMBERS)), ("tar.gz", tarred(MEMBERS, "w:gz"))):
        for number in range(25):
            copy = bytearray(data)
            copy[generator.randrange(len(copy))] ^= 1 << generator.randrange(8)
            put(f"in/{number:02}.{suffix}", bytes(copy))
    put("in/zz.txt", "after")
    assert read_all(tmp_path / "in").texts[-1] == "after"


def test_bombs(put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.read.archives.LEAST", 3_000_000)
    zeros = {f"{number}.jsonl": b"\n" * 1_000_000 for number in range(9)}
    put("in/a.zip", zipped(zeros))
    put("in/b.tar.gz", tarred(zeros, "w:gz"))
    put("in/c.tar.xz", lzma.compress(tarred(zeros)))
    put("in/d.zip", zipped({"large.txt": b" " * 2_000_000, "small.txt": b"small"}))
    put("in/z.txt", "after")
    got = read_all(tmp_path / "in", max_size="1M")
    assert got.texts == ["small", "after"]
    much = "unpacks to more than 200 times its size; the rest of it was not read"
    assert sorted(got.reasons) == ["file too large (over 1,048,576 bytes)", much, much, much]


def test_headers_that_claim_much(put: Put) -> None:
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 1 << 32
    got = read_all(put("a.tar", info.tobuf() + bytes(10_000)))
    assert got.reasons == ["broken tar archive: a header that is too long"]


def test_many_members(put: Put) -> None:
    got = read_all(put("a.zip", zipped({f"{number}.txt": b"x" for number in range(3_000)})))
    assert len(got.texts) == 3_000 and got.ids[-1] == "a.zip/2999.txt"


def test_kept_members_are_written_as_records(put: Put, tmp_path: Path) -> None:
    reader = Reader([put("a.zip", zipped(MEMBERS)), put("b.tgz", tarred(MEMBERS, "w:gz"))], ReadConfig())
    count = sum(len(batch) for batch in reader.batches())
    assert write_selection(reader, [True] * count, tmp_path / "out.jsonl") == count == 16
    assert (tmp_path / "out.jsonl").read_bytes().count(b"\n") == 16


def test_names_that_last(put: Put, tmp_path: Path) -> None:
    """What has no name of its own is called by its text in an index: its line is another one tomorrow."""
    put("a.zip", zipped({"r.jsonl": b'{"text":"one"}\n', "t.txt": b"two"}))
    put("m.mbox", made.mbox(made.eml(), made.eml("x", ident="a@b")))
    reader = Reader([tmp_path], ReadConfig(), base=tmp_path)
    ids = [ident for batch in reader.batches() for ident in batch.ids]
    assert ids[1:] == ["a.zip/t.txt", ids[2], "a@b"]
    assert ids[0].startswith("a.zip/r.jsonl:text-") and ids[2].startswith("m.mbox:text-")
