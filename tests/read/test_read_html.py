"""Fields and files of HTML."""

import json

import pytest
from reading import Put, read_all

FIELDS = {
    "plainly": ("<p>one</p><p>two</p>", "one\ntwo", "one\ntwo"),
    "a tag in it": ("one <b>two</b>", "one <b>two</b>", "one two"),
    "an entity": ("one &amp; <i>two", "one &amp; <i>two", "one & two"),
    "speaks of tags": ("use <p> for paragraphs", None, "use\nfor paragraphs"),
    "no markup": ("a < b and b > c", "a < b and b > c", "a < b and b > c"),
}


@pytest.mark.parametrize("kind", FIELDS)
@pytest.mark.parametrize("suffix", ["jsonl", "json", "csv"])
def test_fields_are_read_as_html_on_request(put: Put, kind: str, suffix: str) -> None:
    raw, auto, yes = FIELDS[kind]
    record = json.dumps({"text": raw})
    data = {"jsonl": record, "json": f"[{record}]", "csv": f'text,x\n"{raw}",1\n'}[suffix]
    path = put(f"a.{suffix}", data)
    assert read_all(path, html="no").texts == [raw]
    assert read_all(path, html="auto").texts == [raw if auto is None else auto]
    assert read_all(path, html="yes").texts == [yes]


@pytest.mark.parametrize("html", ["yes", "no", "auto"])
def test_files_are_what_they_are_called(put: Put, html: str) -> None:
    assert read_all(put("a.html", "<p>one"), html=html).texts == ["one"]
    assert read_all(put("a.txt", "<p>one</p>"), html=html).texts == ["<p>one</p>"]


def test_a_field_of_markup_alone_is_rejected_on_request(put: Put) -> None:
    path = put("a.jsonl", '{"text": "<p></p><br>"}\n{"text": "one"}')
    assert read_all(path, html="yes").reasons == ["no text in the HTML"]
    assert read_all(path, html="no").texts == ["<p></p><br>", "one"]
