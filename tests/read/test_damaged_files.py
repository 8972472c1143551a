"""Twenty bad files of every format: each is refused for a reason that names the place, the good file beside it is read,
and what the documentation says of them is what happens.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from damage import FORMATS, GOOD_ROW, LIMIT, ONE, PACKERS, Bad, packed_cases
from reading import Put, read_all

from dedup.read import passes
from dedup.read.collector import Chunk, DocumentCollector
from tests.conftest import ROOT

pytest.importorskip("pyarrow")

CASES = [(suffix, bad) for suffix, make in FORMATS.items() for bad in make()]
BEGIN, END = "<!-- bad files: made by tests/read/test_damaged_files.py -->\n", "<!-- end of bad files -->"
KINDS = (
    (r"binary file \(NUL byte at offset [\d,]+\).*", "binary file (NUL byte at offset N); UTF-16 …?"),
    (r"(item \d+: )?not valid UTF-8: .*", "not valid UTF-8: byte 0x.. at offset N; in another encoding? …"),
    (r"not valid UTF-(16|32): .*", "not valid UTF-16: truncated data"),
    (r"empty text", "empty text"), (r"empty file", "empty file"),
    (r"file too large .*", "file too large (over N bytes)"),
    (r"(text|line|record) too large .*", "text too large (over N bytes)"),
    (r"(item \d+: )?bad JSON: .*", "bad JSON: what, and where in the line"),
    (r"item \d+: the file ends inside the array", "item N: the file ends inside the array"),
    (r"something stands behind .*", "something stands behind the end of the array"),
    (r"neither a JSON array .*", "neither a JSON array nor an object"),
    (r"(item \d+: )?record is not an object", "record is not an object"),
    (r"(item \d+: )?field '\w+' is .*, not text", "field 'text' is a number, not text"),
    (r"(item \d+: )?no text field .*", "no text field (looked for …); the fields are: …"),
    (r"no header line: the file is empty", "no header line: the file is empty"),
    (r"no header line\? .*", "no header line? no text field (looked for …); the first row: …"),
    (r"the header line cannot be read.*", "the header line cannot be read, so the file is not"),
    (r"\d+ fields in a row, \d+ in the header", "N fields in a row, M in the header"),
    (r"a quotation that begins here .*", "a quotation that begins here is never closed; N more lines stand in it"),
    (r"broken Parquet file.*", "broken Parquet file: what Arrow says"),
    (r"column 'text' is .*, not text", "column 'text' is int64, not text"),
)  # fmt: skip
"""All that is said of a bad file, and how the documentation shows it."""


def kind(reason: str) -> str:
    (shown,) = {shown for pattern, shown in KINDS if re.fullmatch(pattern, reason, re.DOTALL)}
    return shown


def test_twenty_bad_files_a_format() -> None:
    for make in FORMATS.values():
        bad = make()
        assert len(bad) >= 20 and len({each.what for each in bad}) == len(bad)


@pytest.mark.parametrize(("suffix", "bad"), CASES, ids=[f"{suffix}: {bad.what}" for suffix, bad in CASES])
def test_bad_file(put: Put, suffix: str, bad: Bad) -> None:
    got = read_all(put(f"a.{suffix}", bad.data), put("b.txt", "good"), max_size=str(LIMIT))
    assert tuple(got.texts) == (*bad.texts, "good")
    assert bool(got.reasons) == bool(bad.reason)
    for reject in got.reader.rejects:
        assert reject.source == f"a.{suffix}" and kind(reject.reason) and "\n" not in reject.reason
    if bad.reason:
        first = got.reader.rejects[0]
        assert re.fullmatch(bad.reason, first.reason, re.DOTALL) and first.line == bad.line


PACKED = [(suffix, packer) for suffix in ("txt", "html", "md", "json", "jsonl", "csv", "tsv") for packer in PACKERS]


@pytest.mark.parametrize(("suffix", "packer"), PACKED)
def test_bad_packed_file(put: Put, suffix: str, packer: str) -> None:
    """Cut, changed, of another kind, empty, followed by rubbish, a bomb; and each bad file, packed."""
    for case in packed_cases(suffix, packer):
        name = f"a.{suffix}.{packer}"
        got = read_all(put(name, case.data), put("b.txt", "good"), max_size=str(LIMIT))
        assert got.texts[-1] == "good" and len(got.texts) <= 2, case.what
        assert [reject.source for reject in got.reader.rejects[:1]] == [name] * bool(case.reason), case.what
        assert re.fullmatch(case.reason, "".join(got.reasons[:1]), re.DOTALL), (case.what, got.reasons)
    for bad in FORMATS[suffix]():
        got = read_all(
            put(f"a.{suffix}.{packer}", PACKERS[packer](bad.data)), put("b.txt", "good"), max_size=str(LIMIT)
        )
        assert tuple(got.texts) == (*bad.texts, "good"), bad.what
        assert re.fullmatch(bad.reason, "".join(got.reasons[:1]), re.DOTALL), (bad.what, got.reasons)


def test_flipped_bits_are_refused_or_read(put: Put) -> None:
    """A changed bit costs a record, a file, or a character; never the file beside it."""
    good = {
        "json": b"[" + ONE + b"]",
        "jsonl": ONE,
        "csv": GOOD_ROW,
        "tsv": GOOD_ROW.replace(b",", b"\t"),
        "html": b"<p>one</p>",
    }
    for suffix, data in good.items():
        for bit in range(0, 8 * len(data), 7):
            flipped = bytearray(data)
            flipped[bit // 8] ^= 1 << bit % 8
            got = read_all(put(f"a.{suffix}", bytes(flipped)), put("b.txt", "good"))
            assert got.texts[-1] == "good" and all(kind(reason) for reason in got.reasons)


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_is_no_file(tmp_path: Path, suffix: str) -> None:
    """Folders, pipes, devices and links to nowhere that are called like files hold nothing up."""
    (tmp_path / f"a.{suffix}").mkdir()
    os.mkfifo(tmp_path / f"b.{suffix}")
    (tmp_path / f"c.{suffix}").symlink_to("/dev/zero")
    (tmp_path / f"d.{suffix}").symlink_to("nowhere")
    (tmp_path / f"e.{suffix}").symlink_to(f"e.{suffix}")
    (tmp_path / "z.txt").write_text("good")
    got = read_all(tmp_path)
    assert got.texts == ["good"]
    broken = {reject.source: reject.reason for reject in got.reader.rejects if reject.source[0] in "de"}
    assert broken[f"d.{suffix}"] == "cannot be read: No such file or directory"
    assert broken[f"e.{suffix}"].startswith("cannot be read: Too many")


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_file_that_may_not_be_read(put: Put, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    """Permissions do not stop root, so the system is asked in vain."""
    path, beside, opened = put(f"a.{suffix}", b"x"), put("b.txt", "good"), os.open

    def refuse(name: str, *arguments: int) -> int:
        if os.fspath(name) == str(path):
            raise PermissionError(13, "Permission denied")
        return opened(name, *arguments)

    monkeypatch.setattr(os, "open", refuse)
    got = read_all(path, beside)
    assert got.texts == ["good"] and got.reasons == ["cannot be read: Permission denied"]


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_takes_too_much_memory_costs_that_file(put: Put, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    readers = {"txt": "text", "md": "text", "tsv": "csv"}
    name = f"read_{readers.get(suffix, suffix)}"
    whole = getattr(passes, name)

    def refuse(source: object, intake: DocumentCollector, *more: object) -> Iterator[Chunk]:
        if intake.name.startswith("a."):
            raise MemoryError
        yield from whole(source, intake, *more)

    monkeypatch.setattr(passes, name, refuse)
    got = read_all(put(f"a.{suffix}", b"{x"), put("b.txt", "good"))
    assert got.texts == ["good"] and got.reasons == ["reading it takes more memory than there is"]


def dedup(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dedup", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_all_bad_files_in_one_scan(tmp_path: Path) -> None:
    """As a stranger sees it: no traceback, every file named with its line, the good ones read."""
    folder, refused = tmp_path / "in", set()
    for suffix, bad in CASES:
        path = folder / suffix / f"{bad.what.replace(' ', '_').replace('/', '_')}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bad.data)
        if bad.reason:
            refused.add((str(path.relative_to(folder)), bad.line))
    (folder / "good.txt").write_text("one fish two fish red fish blue fish")
    (folder / "too.txt").write_text("one fish two fish red fish blue fish")
    rejects = tmp_path / "rejects.jsonl"
    ran = dedup("scan", folder, "-v", "--max-size", LIMIT, "--rejects", rejects, "--format", "json")
    assert ran.returncode == 1 and "Traceback" not in ran.stderr
    told = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert refused <= {(reject["source"], reject.get("line")) for reject in told}
    for source, line in refused:
        assert f"dedup: rejected {source}{f':{line}' if line else ''}: " in ran.stderr
    pairs = {tuple(sorted((edge["a"], edge["b"]))) for edge in json.loads(ran.stdout)["edges"]}
    assert ("good.txt", "too.txt") in pairs


def test_bad_files_alone_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    (tmp_path / "b.parquet").write_bytes(b"PAR1")
    ran = dedup("scan", tmp_path)
    assert ran.returncode == 2 and "Traceback" not in ran.stderr
    assert "a.csv: no header line" in ran.stderr and "b.parquet: broken Parquet file" in ran.stderr


def table(put: Put) -> str:
    """What is done to a bad file of each format, as the documentation shows it."""
    lines = ["| format | what costs the file | what costs a record | read nevertheless |", "|---|---|---|---|"]
    for suffix, make in FORMATS.items():
        whole, part, read = {}, {}, []
        for bad in make():
            got = read_all(put(f"a.{suffix}", bad.data), max_size=str(LIMIT))
            if not bad.reason:
                read.append(bad.what)
            for reject in got.reader.rejects:
                (part if reject.line or reject.reason.startswith("item ") else whole)[kind(reject.reason)] = None
        cells = ["<br>".join(f"`{text}`" for text in texts) or "–" for texts in (whole, part)]
        lines.append(f"| {suffix} | {' | '.join(cells)} | {'; '.join(read) or '–'} |")
    return "\n".join(lines) + "\n"


def test_the_page_on_formats_says_so(put: Put) -> None:
    page, made = (ROOT / "docs/reference/formats.md").read_text(), table(put)
    if path := os.environ.get("DEDUP_BAD_FILES"):
        Path(path).write_text(BEGIN + made + END + "\n")
    assert made.count("\n") == 2 + len(FORMATS)
    assert BEGIN in page
    assert page.split(BEGIN)[1].split(END)[0] == made
