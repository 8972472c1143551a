"""The note of a flagged item is seen, whatever the item leaves open, and stands there once."""

import html as stdlib
import json
import re
from html import escape

import pytest
from lxml import etree
from lxml import html as lxml_html

from dedup.feeds.format.notes import is_note, shows_end, without_note
from dedup.feeds.format.parse import parse
from dedup.feeds.format.rewrite import rewrite
from dedup.feeds.model import Action, ItemMark
from tests.cost import costs_at_most

URL = "https://e.example/feed"
FLAG = ItemMark(Action.FLAG, "spun", 0.93, "https://first.example/?a=1&b=2", "First & \u00e9 <!-- ]]>", "First [Co]")
OTHER = ItemMark(Action.FLAG, "exact", 1.0, "https://second.example/", "Second", "")
BEGIN = '<p class="dedup-note">'

OPEN = {
    "comment": "text <!-- more",
    "comment that ends oddly": "text <!-- more --!> and <!-- more",
    "comment of nothing": "text <!-->",
    "script": "text <script>var a = 1;",
    "script in capitals": "text <SCRIPT src=x>",
    "script of one tag": "text <script/>",
    "style": "text <style> p { color: red",
    "textarea": "text <textarea>write",
    "title": "text <title>Another",
    "half a tag": "text <a",
    "half an attribute": 'text <a href="https://e.example/',
    "half an attribute in single quotes": "text <img alt='",
    "half an end tag": "text </",
    "half a mark": "text <",
    "section in HTML": "text <![CDATA[ more",
    "declaration": "text <!DOCTYPE html [",
    "instruction": "text <?php echo",
    "template": "text <template><p>more",
    "select": "text <select><option>more",
    "iframe": "text <iframe src='https://e.example/'>",
    "noscript": "text <noscript><img>",
    "plaintext": "text <plaintext>",
    "hidden element": "text <div hidden>more",
    "hidden by style": '<div style="display:none"><p>text</p>',
    "hidden in a wrong order": '<p><b style="display:none">text</p>',
    "hidden in a table": "<div style='display:none'><table><tr><td>a</div>",
    "details": "text <details><summary>more</summary>",
    "link": "text <a href='https://e.example/'>more",
    "struck out": "text <del>more",
    "SVG": "text <svg><style><!--</style></svg>",
    "comment in a script": "text <script><!-- <script></script>",
    "too deep": "<i>" * 300,
}
CLOSED = {
    "nothing": "",
    "words": "text & more, 1 < 2, a <- b",
    "paragraphs": "<p>one<p>two</p>",
    "comment": "<!-- note --><p>text</p><!-- end -->",
    "script": "<p>text</p><script>if (a < b) { c = '<p>' }</script>",
    "attributes": "<p class='a > b' title=\"<!--\">text</p><img src=a.png alt='it is'>",
    "void": "one<br>two<hr/><input disabled>",
    "list": "<ul><li class=a>one<li class=b>two</ul>",
    "table": "<table border=1><tr><td>one<td>two</table>",
    "stray end": "text</div></p>",
    "open division": "<div><p>text",
    "textarea": "<textarea><p></textarea>",
    "capitals": "<DIV CLASS=x>text</DIV>",
}


def described(inner, name="description"):
    return f'<rss version="2.0"><channel><title>F</title><item><title>T</title><{name}>{inner}</{name}></item></channel></rss>'


def atom(inner, kind):
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><title>F</title><entry><id>i</id><title>T</title>'
        f'<content type="{kind}">{inner}</content></entry></feed>'
    )


def listed(name, text):
    item = {"id": "1", "title": "T", name: text}
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": [item]})


FORMS = {
    "escaped": lambda text: described(escape(text, quote=False)),
    "section": lambda text: described(f"<![CDATA[{text.replace(']]>', '')}]]>"),
    "spaces around a section": lambda text: described(f"\n <![CDATA[{text}]]>\n "),
    "two sections": lambda text: described(f"<![CDATA[<p>first</p>]]>, <![CDATA[{text}]]>"),
    "section and escaped": lambda text: described(f"<![CDATA[<p>first</p>]]>{escape(text)}"),
    "Atom": lambda text: atom(escape(text), "html"),
    "JSON": lambda text: listed("content_html", text),
}


def content(data):
    """The HTML of the first item, as any parser of XML or JSON gives it."""
    if data.startswith(b"{"):
        return json.loads(data)["items"][0]["content_html"]
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    return next(node.text for node in root.iter("{*}description", "{http://www.w3.org/2005/Atom}content"))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", OPEN)
def test_a_note_stands_in_front_of_what_leaves_something_open(form, case):
    data = FORMS[form](OPEN[case]).encode()
    marked = rewrite(data, {0: FLAG})
    html = content(marked)
    assert html.lstrip().startswith(BEGIN + "Reworded copy of")
    assert html.count(BEGIN) == 1
    assert html.replace(html[html.index(BEGIN) : html.index("</p>") + 4], "", 1) == content(data)
    seen = lxml_html.fromstring(f"<div>{html}</div>")
    assert "dedup-note" in {node.get("class") for node in seen.iter("p")}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", CLOSED)
def test_a_note_stands_behind_a_text_that_is_in_order(form, case):
    data = FORMS[form](CLOSED[case]).encode()
    html = content(rewrite(data, {0: FLAG}))
    assert html.rstrip().endswith("</a> (First [Co])</p>")
    assert html.count(BEGIN) == 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", [*OPEN.values(), *CLOSED.values()])
def test_a_note_is_put_once_and_is_no_part_of_the_text(form, text):
    data = FORMS[form](text).encode()
    once = rewrite(data, {0: FLAG})
    assert rewrite(once, {0: FLAG}) == once
    assert rewrite(once, {0: OTHER}) == rewrite(data, {0: OTHER})
    before, after = (parse(one, URL, now=1).items[0] for one in (data, once))
    assert (after.key, after.text, after.title) == (before.key, before.text, before.title)


@pytest.mark.parametrize("text", ["plain words", "words <!-- open", "a <script> b", "half <a href='", "1 < 2"])
@pytest.mark.parametrize("make", [lambda text: atom(escape(text), "text"), lambda text: listed("content_text", text)])
def test_a_plain_note_too(make, text):
    data = make(text).encode()
    once = rewrite(data, {0: FLAG})
    if once.startswith(b"{"):
        shown = json.loads(once)["items"][0]["content_text"]
    else:
        shown = etree.fromstring(once).findtext(".//{*}entry/{*}content")
    note = next(part for part in shown.split("\n\n") if part.startswith("[dedup: "))
    assert shown in (f"{text}\n\n{note}", f"{note}\n\n{text}")
    assert shown.startswith("[dedup: ") is not shows_end(text)
    assert "<" not in note
    assert rewrite(once, {0: FLAG}) == once
    assert parse(once, URL, now=1).items[0].text == parse(data, URL, now=1).items[0].text


@pytest.mark.parametrize(
    ("inner", "front"),
    [
        ("<p>text</p>", False),
        ("<p>text</p><script/>", True),
        ("<textarea/>", True),
        ("<p style='display:none'/>text", True),
        ("text <br/>", False),
    ],
)
@pytest.mark.parametrize("prefix", ["", "h:"])
def test_xhtml_that_is_read_as_html(inner, front, prefix):
    declared = f'xmlns{":h" if prefix else ""}="http://www.w3.org/1999/xhtml"'
    within = re.sub(r"<(/?)(?=[a-z])", rf"<\1{prefix}", inner)
    data = atom(f"\n<{prefix}div {declared}>{within}</{prefix}div>\n", "xhtml").encode()
    once = rewrite(data, {0: FLAG})
    (note,) = etree.fromstring(once).iterfind(".//{http://www.w3.org/1999/xhtml}p[@class='dedup-note']")
    assert (note.getprevious() is None and not note.getparent().text) is front
    assert (note.getnext() is None and not note.tail) is not front
    assert rewrite(once, {0: FLAG}) == once
    assert parse(once, URL, now=1).items[0].text == parse(data, URL, now=1).items[0].text


def test_notes_that_other_programs_escaped_are_found():
    once = rewrite(described("&lt;p&gt;text").encode(), {0: FLAG})
    again = rewrite(once.replace(b'class="dedup-note"&gt;', b"class=&quot;dedup-note&quot;>"), {0: FLAG})
    assert again == once
    data = listed("content_html", "<p>text</p>").encode()
    once = rewrite(data, {0: FLAG})
    foreign = (
        once.replace(b"<p class", b"\\u003cp class").replace(b'note\\">', b'note\\"\\u003e').replace(b"</p>", b"<\\/p>")
    )
    assert foreign != once
    text = json.loads(rewrite(foreign, {0: FLAG}))["items"][0]["content_html"]
    assert text == json.loads(once)["items"][0]["content_html"]


def test_notes_at_both_ends_and_in_other_texts_become_one():
    note = content(rewrite(described("").encode(), {0: OTHER}))
    both = escape(f"{note}<p>text</p>{note}{note}", quote=False)
    data = described(both).replace("<title>T</title>", f"<title>T</title><x/><summary>{both}</summary>").encode()
    marked = rewrite(data, {0: FLAG})
    assert marked.count(b"dedup-note") == 1
    assert rewrite(marked, {0: FLAG}) == marked


@pytest.mark.parametrize(
    "text",
    [
        f"{BEGIN}Copy of a whole article: {'word ' * 200}</p>",
        f"{BEGIN}My own words</p>",
        f"{BEGIN}Copy of <b>this</b></p>",
        "[dedup: mine]",
        f"[dedup: Copy of {'word ' * 200}]",
    ],
)
def test_what_only_claims_to_be_a_note_stays(text):
    assert without_note(text) == text
    marked = rewrite(described(escape(text)).encode(), {0: FLAG})
    assert stdlib.unescape(content(rewrite(described(escape(text)).encode(), {}))) in content(marked)
    assert parse(marked, URL, now=1).items[0].text == parse(described(escape(text)).encode(), URL, now=1).items[0].text


def test_the_longest_note_is_known_again():
    longest = ItemMark(
        Action.FLAG, "near-duplicate", 0.5, "https://e.example/?" + "&" * 4_000, "\U0001f600&" * 400, "&" * 500
    )
    for form in FORMS.values():
        once = rewrite(form("text").encode(), {0: longest})
        assert is_note(content(once)[content(once).index(BEGIN) :].rstrip())
        assert rewrite(once, {0: longest}) == once


@pytest.mark.parametrize(
    "unit", ["<a>", "<!-- -->", "<", "<b></b>", "<script></script>", "</div>", "<a b='", "&lt;", "<p>"]
)
def test_long_texts_are_looked_through_in_time(unit):
    with costs_at_most(80):
        shows_end(unit * 200_000)
