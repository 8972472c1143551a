"""JSON lines: what is taken in, what is refused, how much is held."""

from __future__ import annotations

import io
import json
import tracemalloc

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import Put, read_all

from dedup.config import ReadConfig
from dedup.model import UNKNOWN_DATE
from dedup.read import Reader
from dedup.read.jsonl import OVERHEAD
from dedup.read.lines import TooLong, line_blocks
from dedup.read.sources import BLOCK


def lines(*records: object) -> bytes:
    return b"".join(orjson.dumps(record) + b"\n" for record in records)


def test_plain_records(put: Put) -> None:
    got = read_all(put("a.jsonl", lines({"id": "x", "text": "one"}, {"id": "y", "text": "two"})))
    assert (got.texts, got.ids, got.lines, got.files) == (["one", "two"], ["x", "y"], [1, 2], ["a.jsonl"] * 2)
    assert got.dates == [UNKNOWN_DATE] * 2 and got.sources == ["", ""] and not got.reader.notes


def test_date_and_source(put: Put) -> None:
    rows = [{"id": "x", "text": "t", "date": f"1970-01-01T00:0{n}:00Z", "site": f"S{n}"} for n in range(3)]
    got = read_all(put("a.jsonl", lines(*rows)))
    assert got.dates == [0, 60, 120] and got.sources == ["S0", "S1", "S2"]


def test_date_that_only_later_records_have(put: Put) -> None:
    got = read_all(put("a.jsonl", lines({"text": "a"}, {"text": "b"}, {"text": "c", "date": 7e9}, {"text": "d"})))
    assert got.dates == [UNKNOWN_DATE, UNKNOWN_DATE, 7_000_000_000, UNKNOWN_DATE]


def test_date_and_source_under_other_names(put: Put) -> None:
    rows = [{"id": "1", "text": "a", "date": 90002, "site": "S"}, {"id": "2", "text": "b", "time": 90000, "feed": "F"}]
    rows += [{"id": "3", "text": "c", "date": 90001, "outlet": "O"}, {"id": "4", "text": "d"}]
    got = read_all(put("a.jsonl", lines(*rows)))
    assert got.dates == [90002, 90000, 90001, UNKNOWN_DATE] and got.sources == ["S", "F", "O", ""]


def test_missing_id_is_file_and_line(put: Put) -> None:
    assert read_all(put("a.jsonl", lines({"text": "a"}, {"text": "b"}))).ids == ["a.jsonl:1", "a.jsonl:2"]


@pytest.mark.parametrize(("value", "expected"), [(7, "7"), (1.5, "1.5"), (None, "a.jsonl:1"), ("", "a.jsonl:1")])
def test_ids_of_other_types(put: Put, value: object, expected: str) -> None:
    assert read_all(put("a.jsonl", lines({"id": value, "text": "a"}))).ids == [expected]


def test_id_that_only_later_records_have(put: Put) -> None:
    got = read_all(put("a.jsonl", lines({"text": "a"}, {"text": "b"}, {"text": "c", "url": "u"}, {"text": "d"})))
    assert got.ids == ["a.jsonl:1", "a.jsonl:2", "u", "a.jsonl:4"]


def test_guessed_field_is_noted(put: Put) -> None:
    got = read_all(put("x.jsonl", lines({"body": "a"}, {"body": "b"})))
    assert got.texts == ["a", "b"] and got.reader.notes == ["guessed text field 'body' in x.jsonl"]


def test_guess_changes_with_the_record(put: Put) -> None:
    assert read_all(put("x.jsonl", lines({"text": "a"}, {"body": "b"}, {"text": "c"}))).texts == ["a", "b", "c"]


def test_guess_passes_over_fields_that_hold_no_text(put: Put) -> None:
    assert read_all(put("x.jsonl", lines({"content": {"html": 1}, "body": "b"}))).texts == ["b"]


def test_configured_fields(put: Put) -> None:
    rows = lines({"T": "a", "text": "no", "I": "i", "id": "no", "D": 86400 * 365, "S": "s"}, {"text": "no"})
    got = read_all(put("a.jsonl", rows), text_field="T", id_field="I", date_field="D", source_field="S")
    assert (got.texts, got.ids, got.dates, got.sources) == (["a"], ["i"], [86400 * 365], ["s"])
    assert got.reasons == ["missing field 'T'; the fields are: text"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [({"name": "N"}, "N"), ({"title": "T"}, "T"), ({"x": 1}, ""), ([{"name": "N"}], "N"), ([], ""), (5, "5")],
)
def test_source_objects(put: Put, value: object, expected: str) -> None:
    assert read_all(put("a.jsonl", lines({"text": "a", "source": value}))).sources == [expected]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": ', "bad JSON: "),
        (b"[1, 2]", "record is not an object"),
        (b'"text"', "record is not an object"),
        (b"17", "record is not an object"),
        (b'{"title": "x"}', "no text field (looked for text, content, "),
        (b'{"text": null}', "field 'text' is null, not text"),
        (b'{"text": 3}', "field 'text' is a number, not text"),
        (b'{"text": ["x"]}', "field 'text' is a list, not text"),
        (b'{"text": ""}', "empty text"),
        (b'{"text": " \\n\\t"}', "empty text"),
        (b'{"text": "a\xff"}', "not valid UTF-8: byte 0xff at offset 11; in another encoding? --encoding cp1252"),
        (b'{"text": "a\0"}', "bad JSON: "),
    ],
)
def test_rejects(put: Put, line: bytes, reason: str) -> None:
    good = b'{"id": "1", "text": "good"}\n'
    got = read_all(put("a.jsonl", good + line + b"\n" + good))
    assert got.texts == ["good", "good"] and got.lines == [1, 3]
    (reject,) = got.reader.rejects
    assert (reject.source, reject.line) == ("a.jsonl", 2) and reject.reason.startswith(reason)
    assert reject.record == line.decode("utf-8", "backslashreplace")


def test_reject_comes_alike_as_first_record(put: Put) -> None:
    got = read_all(put("a.jsonl", b'{"text": null}\n{"text": "a", "id": "i"}\n'))
    assert got.ids == ["i"] and got.reader.rejects[0].line == 1


def test_rejected_record_is_cut(put: Put) -> None:
    got = read_all(put("a.jsonl", "[" + "é" * 50_000 + "\n"))
    assert got.reader.rejects[0].record == "[" + "é" * 9_999


def test_text_over_the_limit(put: Put) -> None:
    data = lines(*({"id": str(n), "text": "x" * n} for n in (999, 1023, 1024, 1025)))
    got = read_all(put("a.jsonl", data), max_size="1K")
    assert got.ids == ["999", "1023", "1024"] and got.reasons == ["text too large (over 1,024 bytes)"]


def test_limit_counts_bytes(put: Put) -> None:
    got = read_all(put("a.jsonl", lines({"text": "€" * 341}, {"text": "€" * 342})), max_size="1K")
    assert len(got.texts) == len(got.reasons) == 1


def test_blank_lines_keep_the_numbers(put: Put) -> None:
    got = read_all(put("a.jsonl", b'\n{"text": "a"}\n\n  \r\n{"text": "b"}'))
    assert got.lines == [2, 5] and not got.reasons


def test_crlf(put: Put) -> None:
    assert read_all(put("a.jsonl", b'{"text": "a"}\r\n{"text": "b"}\r\n')).texts == ["a", "b"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-be"])
def test_byte_order_marks(put: Put, encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    data = (mark + '{"text": "ü€😀"}\n{"text": "b"}\n').encode(encoding)
    got = read_all(put("a.jsonl", data))
    assert got.texts == ["ü€😀", "b"] and not got.reasons


def test_broken_utf16_is_a_reject(put: Put) -> None:
    got = read_all(put("a.jsonl", '{"text": "b"}\n'.encode("utf-16") + b"\x00"))
    assert got.reasons[-1].startswith("not valid UTF-16")


def test_nan_is_accepted(put: Put) -> None:
    assert read_all(put("a.jsonl", b'{"text": "a", "score": NaN, "x": Infinity}\n')).texts == ["a"]


def test_lone_surrogates_are_replaced(put: Put) -> None:
    got = read_all(put("a.jsonl", b'{"id": "\\udfff", "text": "a\\ud800b \\ud83d\\ude00"}\n'))
    assert got.texts == ["a\ufffdb 😀"] and got.ids == ["\ufffd"]
    assert got.reader.notes == ["replaced NUL characters or lone surrogates in 1 text"]


def test_nul_in_a_string_is_replaced(put: Put) -> None:
    got = read_all(put("a.jsonl", b'{"text": "a"}\n{"text": "a\\u0000b"}\n{"text": "\xe2\x82\xac\\u0000"}\n'))
    assert got.texts == ["a", "a\ufffdb", "€\ufffd"]


def test_deep_nesting_is_a_reject(put: Put) -> None:
    got = read_all(put("a.jsonl", b'{"text": ' + b"[" * 100_000 + b"\n" + b'{"text": "b"}\n'))
    assert got.texts == ["b"] and got.reasons[0].startswith("bad JSON")


def test_huge_integer(put: Put) -> None:
    got = read_all(put("a.jsonl", b'{"text": "a", "n": ' + b"9" * 5000 + b"}\n" + b'{"text": "b"}\n'))
    assert got.texts[-1] == "b"


def test_binary_file(put: Put) -> None:
    got = read_all(put("a.jsonl", b"\x7fELF\0\0\0" * 1000))
    assert got.reasons == ["binary file (NUL byte at offset 4)"]


def test_batches_are_bounded_in_documents(put: Put) -> None:
    got = read_all(put("a.jsonl", lines(*({"text": f"t{n}"} for n in range(10_000)))))
    assert len(got.texts) == 10_000 and got.sizes == [4096, 4096, 1808] and got.lines == list(range(1, 10_001))


def test_batches_are_bounded_in_text(put: Put) -> None:
    got = read_all(put("a.jsonl", lines(*({"text": "x" * 100_000} for n in range(100)))))
    assert len(got.texts) == 100 and 40 <= got.sizes[0] <= 46


def test_batches_go_over_files(put: Put) -> None:
    for name in "abc":
        put(f"in/{name}.jsonl", lines({"text": name, "date": 1e9}, {"text": name}))
    got = read_all(put("in/d.jsonl", lines({"text": "d"})).parent)
    assert got.sizes == [7] and got.files == ["a.jsonl"] * 2 + ["b.jsonl"] * 2 + ["c.jsonl"] * 2 + ["d.jsonl"]


class Lines(io.RawIOBase):
    """A stream of one endless line and two good ones; nothing of it is in memory."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.end = io.BytesIO(b'"}\n{"text": "b"}\n')

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self.left:
            return self.end.read(size)
        count = min(size, self.left)
        self.left -= count
        return b"a" * count


def test_line_of_200_mb_costs_bounded_memory() -> None:
    size = 200 << 20
    stream = Lines(size)
    reader = Reader(["-"], ReadConfig(input_format="jsonl", max_size="8M"), stdin=stream)  # type: ignore[arg-type]
    tracemalloc.start()
    try:
        texts = [text for batch in reader.batches() for text in batch.texts]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert texts == ["b"]
    (reject,) = reader.rejects
    assert reject.line == 1 and reject.reason.startswith("record too large (209,715,202 bytes")
    assert reject.record == "a" * 10_000
    assert peak < (8 << 20) * 1.25 + OVERHEAD + 4 * BLOCK


def test_reject_texts_are_bounded_together(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.read.collector._REJECTED_CHARACTERS", 20)
    got = read_all(put("a.jsonl", b"[123456789]\n" * 4))
    assert [reject.record is None for reject in got.reader.rejects] == [False, False, True, True]


def test_number_of_rejects_is_bounded(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.read.collector._REJECTS", 3)
    got = read_all(put("a.jsonl", b"1\n" * 5))
    assert len(got.reasons) == 3 and got.reader.notes == ["2 more records were rejected than are listed"]


class Trickle:
    """A source that gives what it has in pieces of given sizes."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self.data, self.sizes = data, sizes

    def read(self, size: int) -> bytes:
        count = self.sizes.pop() if self.sizes else size
        part, self.data = self.data[:count], self.data[count:]
        return part


@given(st.binary(max_size=200), st.lists(st.integers(1, 9), max_size=80), st.integers(1, 60))
def test_lines_are_those_of_split(data: bytes, sizes: list[int], limit: int) -> None:
    got: list[object] = []
    for item in line_blocks(Trickle(data, sizes), limit):
        got += [item.size] if isinstance(item, TooLong) else [bytes(line) for line in item]
    expected: list[object] = data.split(b"\n")
    if not expected[-1]:
        expected.pop()
    # A line is too long only if it lies over several blocks; one within a block is held anyway.
    for mine, theirs in zip(got, expected, strict=True):
        assert mine == theirs or (isinstance(theirs, bytes) and mine == len(theirs) > limit)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
records = st.dictionaries(
    st.sampled_from(["text", "body", "id", "url", "date", "published", "source", "site", "x"]), values, max_size=6
)


@given(st.lists(records | values, max_size=30), st.booleans())
def test_any_json_is_taken_in_or_refused(rows: list[object], ascii_only: bool) -> None:
    data = "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in rows)
    got = read_all(stdin=data.encode("utf-8", "surrogatepass"), input_format="jsonl")
    if not got.reasons or not got.reasons[0].startswith("binary"):
        assert sorted(got.lines + [reject.line or 0 for reject in got.reader.rejects]) == list(range(1, len(rows) + 1))
    assert all(text.strip() and "\0" not in text for text in got.texts)
    "".join(got.texts + got.ids + got.sources).encode()
