"""Text that no reader of a page sees, and titles that a page repeats."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.text import html_styles
from dedup.text.html import charset_of, date_of, html_to_text, looks_like_html
from tests.cost import costs_at_most


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


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>One &amp; two</p><p>Three", "One & two\nThree"),
        ("<html><head><title>T &lt;</title><style>x{}</style><meta x></head><body>B</body>", "T <\nB"),
        ("a<script>if (a < b) '</p>'</script>b", "ab"),
        ("a<script>never closed <p>x", "a"),
        ("<nav>menu</nav><p>text</p><footer>f</footer><aside>a</aside><form>s</form>", "text"),
        ("<div><nav>unclosed</div><p>text", "text"),
        ("<form><p>whole page in a form</p></form>", "whole page in a form"),
        ("a<br>b<br/>c<hr>d", "a\nb\nc\nd"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ("<td>a</td><td>b</td>", "a b"),
        ("a <b>bold</b>, <i>it</i>alic", "a bold, italic"),
        ("x<!-- <p>no</p> -->y<!doctype html>z<?php ?>!", "xyz!"),
        ("x <!-- never closed > y", "x y"),
        ("1 < 2 and 3 > 2 <", "1 < 2 and 3 > 2 <"),
        ("<a title=\"a > b\" href='>'>link</a>", "link"),
        ('<a title="open>text</a> more', "text more"),
        ("<svg><title>icon</title><path d='x'/></svg>text", "text"),
        ("a&nbsp;b&#8217;s &#x41; &bogus; &#0; &#99999999999;", "a b’s A &bogus; \ufffd \ufffd"),
        ("&#" + "9" * 5000 + ";x", "\ufffdx"),
        ("<p>  much \n\n\t space  </p>\n\n\n<p></p>", "much space"),
        ("</p></div>text</html>", "text"),
        ("", ""),
        ("<" * 3, "<<<"),
    ],
)
def test_html(page: str, text: str) -> None:
    assert html_to_text(page) == text


@pytest.mark.parametrize(
    "part",
    ["<!--", "<a ", "<a '", '<a "', "<", "</", "<![CDATA[", "&", "<?", "<script>", "<!", "<div>", "<nav>", "</x>", "&#",
     "<a b='c' ", "<title>", "<p><b></p>", "<a '\">", "-->", "<a \"'>'"],
)  # fmt: skip
def test_html_in_linear_time(part: str) -> None:
    with costs_at_most(200):
        html_to_text(part * 100_000)


@given(
    st.lists(st.sampled_from(["<", ">", "/", "p", "nav", "'", '"', "<!--", "-->", "<script>", "</", "&#x", " ", "="]))
)
def test_html_never_raises(parts: list[str]) -> None:
    html_to_text("".join(parts))


def test_scripts_in_deep_nesting_are_dropped() -> None:
    assert html_to_text("<div>" * 2000 + "a<script>b</script>c") == "ac"


@pytest.mark.parametrize("name", [b"zip", b"punycode", b"unicode_escape", b"idna", b"utf-7", b"nonsense", b"rot13"])
def test_html_charsets_that_are_none(name: bytes) -> None:
    assert charset_of(b'<meta charset="' + name + b'">') is None


PLAINLY = {
    "<p>one</p>": True, "<div class='x'>one<br>two": True, "one<br>two<br/>three": True, "<p>one": False,
    "one <p>two</p> <b>x</b>": False, "one <p>two</p> and <p>three</p>": True, "one <br> two</p>": True,
    "<p>a whole block of text</p>": True, "see\n<p>a whole block of text</p> here": True, "see <p>short</p>": False,
    "a < b and b > c": False, "": False, "use <p> for paragraphs": False, "  <p>one</p>": True, "<x>one</x>": False,
}  # fmt: skip


@pytest.mark.parametrize("text", PLAINLY)
def test_what_plainly_is_html(text):
    assert looks_like_html(text) is PLAINLY[text]


DATED = {
    '<meta name="date" content="2025-07-04">': "2025-07-04",
    "<META CONTENT='4 July' PROPERTY=og:published_time>": "4 July",
    '<meta name="author" content="2025-07-04">': "", '<meta name="date" content=" ">': "",
    '<meta name=x content=1><meta itemprop="datePublished" content="a&amp;b">': "a&b",
    '{"datePublished" : "2025-07-04T01:00"}': "2025-07-04T01:00", '{"datePublished": "x"}': "",
    '<time datetime="2025-07-04">': "2025-07-04", "<time class=x datetime=2025-07-04>": "2025-07-04",
    "<time>2025</time>": "",
    '<time datetime="2024-01-01">"datePublished": "2025-07-04"': "2025-07-04",
    f'<meta name="date" content="{"9" * 90}">': "9" * 80,
}  # fmt: skip


@pytest.mark.parametrize("page", DATED)
def test_when_a_page_says_that_it_was_published(page):
    assert date_of(page) == DATED[page]
    assert date_of(" " * (1 << 20) + page) == "", "only the beginning is looked at"


CHARSETS = {
    b'<meta charset="utf-8">': "utf-8", b"<meta charset=ISO-8859-1>": "cp1252", b'<meta charset="utf-16">': "utf-8",
    b'<?xml version="1.0" encoding="koi8-r"?>': "koi8-r", b"<meta name=x><meta charset=gb2312>": "gb2312", b"<p>": None,
    b' <?xml encoding="shift_jis"?><meta charset="big5">': "big5", b"<meta charset='none such'>": None,
    b" " * 4096 + b"<meta charset=utf-8>": None, b'x<?xml encoding="koi8-r"?>': None,
}  # fmt: skip


@pytest.mark.parametrize("data", CHARSETS, ids=range(len(CHARSETS)))
def test_which_encoding_a_page_declares(data):
    assert charset_of(data) == CHARSETS[data]


COLOURS = {
    "white": True, "#fff": True, "#f0f0f0": True, "#efefef": False, "#fff0ff": True, "#ffefff": False, "fff": True,
    "rgb(240,240,240)": True, "rgb(240,239,240)": False, "rgba(100%,100%,100%,0.5)": True, "rgb(94%,94%,94%)": False,
    "white!important": True, "snow": True, "red": False, "": False, "#ffff": False,
}  # fmt: skip


@pytest.mark.parametrize("colour", COLOURS)
def test_which_colours_are_as_good_as_white(colour):
    assert html_styles._is_pale(colour) is COLOURS[colour]


CLEAR = {"transparent": True, "rgba(0,0,0,0)": True, "rgba(0,0,0,0%)": True, "rgba(0,0,0,.1)": False,
"rgb(0,0,0)": False,
         "rgb(1,2,3/0)": True, "transparent!important": True, "black": False}  # fmt: skip


@pytest.mark.parametrize("colour", CLEAR)
def test_which_colours_are_not_drawn(colour):
    assert html_styles._is_clear(colour) is CLEAR[colour]


def test_attributes_and_declarations():
    found = html_styles.attributes_of("a STYLE=\"x: 1\" b='2' style=y c = d e")
    assert found == {"a": "", "style": "x: 1", "b": "2", "c": "d", "e": ""}
    assert html_styles.declarations("Color : RGB(1 2 3) ; Left:\n-9px") == "color:rgb(1,2,3);left:-9px"


HIDING = {
    "display:none": True, "color:red;display:none!important": True, "display:block": False, "xdisplay:none": False,
    "visibility:hidden": True, "visibility:collapse": True, "visibility:visible": False, "font-size:0": True,
    "font-size:1px": True, "font-size:1.5px": True, "font-size:2px": False, "font-size:0.1em": False, "opacity:0": True,
    "opacity:0.5": False, "text-indent:-9999px": True, "text-indent:-50px": False, "text-indent:-100em": True,
    "clip:rect(0,0,0,0)": True, "clip-path:inset(50%)": True, "clip-path:inset(10%)": False, "transform:scale(0)": True,
    "position:absolute;left:-9999px": True, "left:-9999px": False, "position:fixed;top:-100vh": True,
    "position:absolute;left:-20px": False, "position:relative;left:-9999px": False, "": False,
}  # fmt: skip


@pytest.mark.parametrize("style", HIDING)
def test_which_styles_hide(style):
    assert html_styles.invisible(style, None) is HIDING[style]
    assert html_styles.invisible(style, "") and html_styles.invisible(style, "until-found") is HIDING[style]


def test_the_ground_of_letters():
    white = html_styles.Paint()
    cases = [
        ({}, "color:#fff", 7, True), ({}, "color:#000", -1, True), ({"class": "x"}, "color:#fff", 7, False),
        ({"bgcolor": "#000"}, "color:#fff", 7, False), ({"bgcolor": "white"}, "color:#fff", 7, True),
        ({"class": "x"}, "background:none;color:#fff", 7, False),
        ({"class": "x"}, "background:#fff;color:#fff", 7, True),
        ({"color": "white"}, "", 7, True), ({"text": "white"}, "", 7, True), ({}, "color:inherit", -1, True),
        ({}, "color:#fff;text-shadow:1px", 7, False), ({"background": "x.gif"}, "", -1, False),
        ({"id": "x"}, "", -1, False),
    ]  # fmt: skip
    for attributes, style, pale, ground in cases:
        found = html_styles.painted(white, attributes, style, 7)
        assert found == (pale, ground), (attributes, style)
        assert found.hidden is (pale >= 0 and ground)
    inside = html_styles.painted(html_styles.Paint(3, False), {}, "color:currentcolor", 9)
    assert inside == (3, False), "as the element around it"
