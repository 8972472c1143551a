"""Standard input and pipes: what they hold is told by their first bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import zstandard
from reading import read_all


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (b'{"text": "a"}\n{"text": "b"}\n', ["a", "b"]),
        (b'{"text": "a"}', ["a"]),
        (b'\n\n  {"text": "a"}\n', ["a"]),
        (b'{\n  "text": "a",\n  "tags": [\n    "x"\n  ]\n}\n', ["a"]),
        (b'{"text": "a",\n "x": {}}\n', ["a"]),
        (b'{\n"text": "a"\n}\n{\n"text": "b"\n}\n', ["a", "b"]),
        (b'[{"text": "a"}, {"text": "b"}]', ["a", "b"]),
        (b'[\n  "a"\n]', ["a"]),
        (b"<!DOCTYPE html><p>a", ["a"]),
        (b"\n<HTML><p>a", ["a"]),
        (b"<?xml version='1.0'?><!DOCTYPE html><p>a", ["a"]),
        (b"<p> is a tag", ["<p> is a tag"]),
        (b"[ad_1] Some text", ["[ad_1] Some text"]),
        (b"{curly} text", ["{curly} text"]),
        (b"some text\nof two lines", ["some text\nof two lines"]),
        ('{"text": "ü"}\n'.encode("utf-16"), ["ü"]),
        ("\ufeff[\"ü\"]".encode(), ["ü"]),
    ],
)  # fmt: skip
def test_recognised(data: bytes, texts: list[str]) -> None:
    assert read_all(stdin=data).texts == texts


def test_bad_line_in_json_lines() -> None:
    got = read_all(stdin=b'{"text": \n{"text": "b"}\n{"text": "c"}\n')
    assert got.texts == ["b", "c"] and got.reader.rejects[0].line == 1


def test_long_first_line_is_json_lines() -> None:
    got = read_all(stdin=b'{"text": "' + b"x" * 200_000 + b'"}\n{"text": "b"}\n')
    assert got.texts[1] == "b"


def test_names() -> None:
    got = read_all(stdin=b'{"text": "a"}\n')
    assert got.ids == ["stdin:1"] and got.files == ["stdin"]
    assert read_all(stdin=b"text").ids == ["stdin"]


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_compressed(compress: object) -> None:
    assert read_all(stdin=compress(b'{"text": "a"}\n')).texts == ["a"]  # type: ignore[operator]


def test_empty() -> None:
    assert read_all(stdin=b"").reasons == ["empty text"]


def test_binary() -> None:
    assert read_all(stdin=b"\x7fELF\0").reasons == ["binary file (NUL byte at offset 4)"]


def test_format_setting() -> None:
    assert read_all(stdin=b"a\nb\n", input_format="lines").texts == ["a", "b"]


def test_named_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b'{"text": "a"}\n' * 20_000,))
    writer.start()
    got = read_all(path)
    writer.join()
    assert len(got.texts) == 20_000 and got.ids[0] == "pipe:1"


def test_importing_is_light() -> None:
    code = "import dedup.read, sys; print([m for m in ('pyarrow', 'zstandard', 'ijson') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
