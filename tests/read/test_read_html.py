"""Text that no reader of a page sees, and titles that a page repeats."""

import json

import pytest
from reading import Put, read_all

from dedup.text.html import html_to_text


@pytest.mark.parametrize(
    "attribute",
    [
        "hidden",
        "HIDDEN=''",
        'hidden="hidden"',
        'style="display:none"',
        "style='color: red; DISPLAY : none !important'",
        "style=visibility:hidden",
        'style="font-size:0"',
        'style="font-size: 0px;"',
        'style="opacity:0"',
        'style="opacity: 0.0"',
    ],
)
@pytest.mark.parametrize("tag", ["div", "p", "span"])
def test_hidden_text_is_left_out(attribute, tag):
    assert html_to_text(f"<body>Seen <{tag} {attribute}>not <b>seen</b></{tag}> again</body>").split() == [
        "Seen",
        "again",
    ]


@pytest.mark.parametrize(
    "attribute",
    [
        'aria-hidden="true"',
        'class="hidden"',
        'data-hidden="1"',
        'title="display:none"',
        'style="opacity:0.5"',
        'style="font-size:0.9em"',
        'style="font-size:10px"',
        'style="display:block"',
        'hidden="until-found"',
    ],
)
def test_what_only_looks_hidden_is_read(attribute):
    assert html_to_text(f"<p {attribute}>Seen</p>") == "Seen"


@pytest.mark.parametrize(
    "page",
    [
        "<div hidden>spam <p>The article</p>",
        "<section><div style='display:none'>spam</section><p>The article</p>",
        "<p hidden>spam<p>The article</p></p>",
        "<input hidden><p>The article</p>",
        "<br hidden>The article",
        "<ul><li hidden>spam<li>The article</ul>",
        "<body style='visibility:hidden'>The article</body>",
        "<div hidden>The article</div>",
        "<div hidden/>The article",
    ],
)
def test_a_hidden_element_does_not_hide_the_rest(page):
    assert "The article" in html_to_text(page)


@pytest.mark.parametrize(
    "title", ["Ferry sinks", "FERRY SINKS", "Ferry  sinks", "Ferry sinks | The Post", "Ferry sinks - The Post"]
)
def test_a_title_that_the_page_repeats_stands_once(title):
    page = f"<head><title>{title}</title></head><body><h1>Ferry sinks</h1><p>All were saved.</p></body>"
    assert html_to_text(page) == "Ferry sinks\nAll were saved."


def test_a_title_that_stands_nowhere_else_is_kept():
    page = "<head><title>Ferry sinks</title></head><body><p>All were saved.</p></body>"
    assert html_to_text(page) == "Ferry sinks\nAll were saved."


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


WHITE = {
    "a colour": '<span style="color:#fff">spam</span>',
    "a name": "<span style='color: White !important'>spam</span>",
    "nearly white": '<span style="color:#fdfdfe">spam</span>',
    "channels": '<span style="color: rgb(255, 255, 255)">spam</span>',
    "channels with spaces": '<span style="color: rgb(255 255 255 / 1)">spam</span>',
    "transparent": '<span style="color:transparent">spam</span>',
    "clear": '<span style="color:rgba(0,0,0,0)">spam</span>',
    "a font": "<font color=#FFFFFF>spam</font>",
    "on white": '<div class="x" style="background:#fff;color:#fff">spam</div>',
    "in white": '<table bgcolor="white"><tr><td><b style="color:white">spam</b></td></tr></table>',
    "inherited": '<div style="color:white"><p>spam</p></div>',
    "off the screen": '<div style="position:absolute; left:-9999px">spam</div>',
    "indented away": '<p style="text-indent:-9999px">spam</p>',
    "clipped": '<span style="position:absolute;clip:rect(0 0 0 0)">spam</span>',
    "one pixel": '<span style="font-size:1px">spam</span>',
}


@pytest.mark.parametrize("kind", WHITE)
def test_letters_that_nobody_sees_are_left_out(kind):
    assert html_to_text(f"<p>one</p>{WHITE[kind]}<p>two</p>").split() == ["one", "two"]


def test_white_letters_take_up_their_room():
    assert html_to_text('<p>one<span style="color:#fff">x</span>two</p>') == "one two"


DARK = {
    "its own ground": '<b style="color:#fff;background:#c00">seen</b>',
    "a picture": '<td style="color:white" background="sky.gif">seen</td>',
    "the ground of another": '<div style="background-color:navy"><p style="color:#fff">seen</p></div>',
    "the ground of a table": "<table bgcolor=#000080><tr><td><font color=white>seen</font></table>",
    "a class": '<div class="hero"><h1 style="color:#fff">seen</h1></div>',
    "a name": '<b id="x" style="color:#fff">seen</b>',
    "a style sheet": '<style>body {background: black}</style><b style="color:#fff">seen</b>',
    "a style sheet elsewhere": '<link rel="stylesheet" href="x.css"><b style="color:#fff">seen</b>',
    "a dark page": '<body style="color:#fff"><p>seen</p></body>',
    "another colour within": '<div style="color:#fff"><b style="color:red">seen</b></div>',
    "a shadow": '<b style="color:#fff; text-shadow: 0 0 3px black">seen</b>',
    "letters of a gradient": '<b style="color:transparent; background: linear-gradient(red, blue)">seen</b>',
    "grey": '<b style="color:#ccc">seen</b>',
    "a little to the left": '<b style="position:absolute; left:-20px">seen</b>',
    "never closed": '<b style="color:#fff">seen',
    "closed by another": '<div><b style="color:#fff">seen</div><p>seen</p>',
    "a paragraph that the next ends": '<p style="color:#fff">spam<p>seen',
}


@pytest.mark.parametrize("kind", DARK)
def test_letters_that_may_be_seen_are_kept(kind):
    assert "seen" in html_to_text(f"<p>one</p>{DARK[kind]}<p>two</p>")
