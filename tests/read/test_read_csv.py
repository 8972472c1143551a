"""CSV and TSV."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st
from reading import ADVICE, Put, read_all


def test_rows(put: Put) -> None:
    got = read_all(put("a.csv", 'id,text,date,site\nx,"a, b",1970-01-02,S\ny,c,,\n'))
    assert (got.texts, got.ids, got.sources) == (["a, b", "c"], ["x", "y"], ["S", ""])
    assert got.dates[0] == 86400 and got.lines == [2, 3] and not got.reader.notes


def test_tsv(put: Put) -> None:
    assert read_all(put("a.tsv", "id\ttext\nx\ta, b\n")).texts == ["a, b"]


def test_header_in_any_case(put: Put) -> None:
    got = read_all(put("a.csv", "\ufeffID, Text \nx,a\n"))
    assert (got.texts, got.ids) == (["a"], ["x"])


def test_guessed_column_is_noted(put: Put) -> None:
    assert read_all(put("a.csv", "Body\na\n")).reader.notes == ["guessed text field 'Body' in a.csv"]


def test_configured_column(put: Put) -> None:
    assert read_all(put("a.csv", "text,T\nno,a\n"), text_field="T").texts == ["a"]
    assert "missing field 'U'" in read_all(put("a.csv", "text,T\nno,a\n"), text_field="U").reasons[0]


def test_newlines_in_quotes(put: Put) -> None:
    got = read_all(put("a.csv", 'text\n"one\ntwo"\n\n"three\r\n""four"""\n'))
    assert got.texts == ["one\ntwo", 'three\r\n"four"'] and got.lines == [2, 5] and got.ids[1] == "a.csv:5"


def test_crlf(put: Put) -> None:
    assert read_all(put("a.csv", "id,text\r\nx,a\r\ny,b\r\n")).texts == ["a", "b"]


def test_no_header(put: Put) -> None:
    got = read_all(put("a.csv", "1,some words\n2,more words\n"))
    assert not got.texts and len(got.reasons) == 1 and got.reasons[0].startswith("no header line? no text field")


def test_empty_file(put: Put) -> None:
    assert read_all(put("a.csv", "\n\n")).reasons == ["no header line: the file is empty"]


def test_rows_of_wrong_width(put: Put) -> None:
    got = read_all(put("a.csv", "id,text,x\na\nb,ok\nc,one,2,3\nd,ok,,,\n"))
    assert got.ids == ["b", "d"]
    assert got.reasons == ["1 fields in a row, 3 in the header", "4 fields in a row, 3 in the header"]
    assert [reject.record for reject in got.reader.rejects] == ["a", "c,one,2,3"]


def test_undecodable_row(put: Put) -> None:
    got = read_all(put("a.csv", b'text\na\n"x\nb\xff"\nc\n'))
    assert got.texts == ["a", "c"] and got.reasons == ["not valid UTF-8: byte 0xff at offset 1" + ADVICE]
    assert got.reader.rejects[0].line == 3 and got.reader.rejects[0].record == '"x\nb\\xff"'


def test_empty_cell_is_empty_text(put: Put) -> None:
    assert read_all(put("a.csv", "id,text\nx,\n")).reasons == ["empty text"]


def test_nul_in_a_cell(put: Put) -> None:
    assert read_all(put("a.csv", b"text\n" + b"x\n" * 5000 + b"a\0b\n")).texts[-1] == "a\ufffdb"


def test_binary(put: Put) -> None:
    assert read_all(put("a.csv", b"text\n\0")).reasons == ["binary file (NUL byte at offset 5)"]


def test_open_quote_is_bounded(put: Put) -> None:
    rows = 'text\na\n"open\n' + "x" * 100_000 + "\n"
    got = read_all(put("a.csv", rows + ("y" * 1000 + "\n") * 2000 + "end\n"), max_size="10K")
    assert got.texts[0] == "a" and got.texts[-1] == "end"
    assert got.reader.rejects[0].line == 3 and got.reasons[0].startswith("record too large (an open quote?)")


def test_long_line_is_bounded(put: Put) -> None:
    got = read_all(put("a.csv", "text\na\n" + "x" * 3_000_000 + "\nb\n"), max_size="10K")
    assert got.texts == ["a", "b"] and got.lines == [2, 4] and got.reader.rejects[0].line == 3


def test_field_over_the_limit_of_the_csv_module(put: Put) -> None:
    assert len(read_all(put("a.csv", "text\n" + "x" * 200_000 + "\n")).texts[0]) == 200_000


cells = st.text(st.sampled_from('ab",\n\r é'), min_size=1, max_size=8).filter(lambda text: bool(text.strip()))


@given(st.lists(st.tuples(cells, cells), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_what_csv_writes_is_read(rows: list[tuple[str, str]], end: str) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([("id", "text"), *rows])
    got = read_all(stdin=file.getvalue().encode(), input_format="csv")
    assert list(zip(got.ids, got.texts, strict=True)) == rows
