"""JSON arrays and objects."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import Put, read_all

from dedup.read.json_file import JsonItems
from dedup.read.lines import TooLong


def test_array_of_objects(put: Put) -> None:
    got = read_all(put("a.json", '\n [ {"id": "x", "text": "a"},\n{"text": "b"} ]\n'))
    assert (got.texts, got.ids, got.lines) == (["a", "b"], ["x", "a.json:2"], [1, 2]) and not got.reasons


def test_array_of_strings(put: Put) -> None:
    got = read_all(put("a.json", '["one", "two, [three]", "a\\"b"]'))
    assert got.texts == ["one", "two, [three]", 'a"b'] and got.ids == ["a.json:1", "a.json:2", "a.json:3"]


def test_one_object_is_a_record(put: Put) -> None:
    got = read_all(put("a.json", '{\n "id": "x", "text": "a", "authors": [{"name": "n"}]\n}\n'))
    assert (got.texts, got.ids) == (["a"], ["x"])


def test_object_with_an_array(put: Put) -> None:
    got = read_all(put("a.json", '{"status": "ok", "tags": [{"x": 1}], "articles": [{"text": "a"}, {"body": "b"}]}'))
    assert got.texts == ["a", "b"]


def test_objects_one_after_the_other(put: Put) -> None:
    got = read_all(put("a.json", '{\n"text": "a"\n}\n{\n"text": "b"\n}'))
    assert got.texts == ["a", "b"] and got.ids == ["a.json:1", "a.json:2"]


def test_json_lines_by_another_name(put: Put) -> None:
    got = read_all(put("a.json", '{"text": "a"}\n{bad\n{"text": "b"}\n'))
    assert got.lines == [1, 3] and got.reader.rejects[0].line == 2


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("7", "item 2: record is not an object"),
        ("null", "item 2: record is not an object"),
        ('["x"]', "item 2: record is not an object"),
        ('{"a": 1}', "item 2: no text field (looked for"),
        ('{"text": 1}', "item 2: field 'text' is a number"),
        ('{"text": nul}', "item 2: bad JSON: "),
        ('" "', "item 2: empty text"),
    ],
)
def test_rejected_items(put: Put, item: str, reason: str) -> None:
    got = read_all(put("a.json", f'[{{"text": "a"}}, {item}, {{"text": "c"}}]'))
    assert got.texts == ["a", "c"] and got.ids == ["a.json:1", "a.json:3"]
    (reject,) = got.reader.rejects
    assert reject.line is None and reject.reason.startswith(reason) and reject.record == item


def test_rejected_item_of_an_inner_array(put: Put) -> None:
    got = read_all(put("a.json", '{"articles": [{"text": "a"}, {"text": ""}]}'))
    assert got.reasons == ["item 2: empty text"] and got.reader.rejects[0].record == '{"text":""}'


@pytest.mark.parametrize("end", ["", ",", ', {"text": "b', ', {"text": "b"', ', {"te\\'])
def test_broken_off_array(put: Put, end: str) -> None:
    got = read_all(put("a.json", '[{"text": "a"}' + end))
    assert got.texts == ["a"] and got.reasons == ["item 2: the file ends inside the array"]


def test_data_behind_the_array(put: Put) -> None:
    got = read_all(put("a.json", '[{"text": "a"}] [{"text": "b"}]'))
    assert got.texts == ["a"] and got.reasons == ["something stands behind the end of the array; it was not read"]


@pytest.mark.parametrize("data", ["17", '"text"', "null", "", "  \n", '{"text": ', "{]", "}", "]"])
def test_no_array_nor_object(put: Put, data: str) -> None:
    got = read_all(put("a.json", data))
    assert not got.texts and len(got.reasons) == 1


def test_oversized_item_costs_itself(put: Put) -> None:
    items = ['"a"', json.dumps({"text": "x" * 3_000_000}), json.dumps({"y": [1] * 900_000}), '{"text": "b"}']
    got = read_all(put("a.json", f"[{','.join(items)}]"), max_size="10K")
    assert got.texts == ["a", "b"] and got.ids == ["a.json:1", "a.json:4"]
    assert [reason[:24] for reason in got.reasons] == ["item 2: record too large", "item 3: record too large"]


def test_large_container_is_streamed(put: Put) -> None:
    rows = [{"text": f"{number} " + "x" * 10_000} for number in range(300)]
    path = put("a.json", json.dumps({"meta": {"a": ["[", '"']}, "tags": ["x"], "articles": rows, "end": 1}))
    tracemalloc.start()
    got = read_all(path, max_size="20K")
    tracemalloc.stop()
    assert len(got.texts) == 300 and not got.reasons


def test_oversized_object_without_an_array(put: Put) -> None:
    got = read_all(put("a.json", json.dumps({"text": "x" * 3_000_000})), max_size="10K")
    assert not got.texts and got.reasons[0].startswith("item 1: record too large")


def test_nan_in_an_item(put: Put) -> None:
    assert read_all(put("a.json", '[{"text": "a", "x": NaN}]')).texts == ["a"]


def test_deep_nesting(put: Put) -> None:
    got = read_all(put("a.json", '[{"text": "a"}, ' + "[" * 200_000 + "]" * 200_000 + ', {"text": "b"}]'))
    assert got.texts == ["a", "b"] and len(got.reasons) == 1


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from('ab"\\[]{},é '), max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


def cut(data: bytes, places: list[int]) -> Iterator[bytes]:
    edges = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return (data[a:b] for a, b in pairwise(edges) if a < b)


@given(st.lists(values, max_size=6), st.lists(st.integers(0, 500)), st.sampled_from([None, 1]))
def test_items_are_those_of_the_array(expected: list[object], places: list[int], indent: int | None) -> None:
    data = json.dumps(expected, indent=indent).encode()
    items = JsonItems(cut(data[1:] + b" rest", places), 10_000)
    got = [json.loads(item) for item in items if not isinstance(item, TooLong)]
    assert got == expected and items.closed


@given(st.text(st.sampled_from('[]{}",:\\a1 \n'), max_size=60), st.lists(st.integers(0, 60)))
def test_items_never_raise(text: str, places: list[int]) -> None:
    list(JsonItems(cut(text.encode(), places), 10))
