"""Nasty feeds: a name, how to make the bytes, and what must come of them. Written for these tests; none is real."""

import base64
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass

RSS = '<?xml version="1.0"?>\n<rss version="2.0"><channel><title>Feed</title><link>https://e.example/</link>%s</channel></rss>'
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>Feed</title><id>urn:f</id>%s</feed>'
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
    "<channel><title>Feed</title></channel>%s</rdf:RDF>"
)
NS = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "atom": "http://www.w3.org/2005/Atom",
}


@dataclass(frozen=True)
class Case:
    make: Callable[[], bytes]
    items: int = -1
    """How many must be read; -1 where an error must come."""
    error: str = ""
    """Words of the FeedError."""
    note: str = ""
    """Words of a note."""
    title: str | None = None
    """Of the first item."""
    text: str | None = None
    """Of the first item."""
    link: str | None = None
    """`Item.url` of the first item."""
    date: int | None = None
    key: str | None = None
    charset: str | None = None


CASES: dict[str, Case] = {}
UNKNOWN = (1 << 63) - 1
JULY = 1_751_623_200
"""2025-07-04 10:00 UTC"""


def item(title="T", more="", link="https://e.example/1"):
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def entry(more="", title="<title>T</title>"):
    return f'<entry><id>urn:1</id>{title}<link href="https://e.example/1"/>{more}</entry>'


def add(name, make, items=-1, **expected):
    assert name not in CASES, name
    data = make if callable(make) else None
    if data is None:
        fixed = make if isinstance(make, bytes) else make.encode("utf-8", "surrogatepass")
        CASES[name] = Case(lambda: fixed, items, **expected)
    else:
        CASES[name] = Case(data, items, **expected)


def rss(name, body, items=1, **expected):
    add(name, (lambda: (RSS % body()).encode()) if callable(body) else RSS % body, items, **expected)


def atom(name, body, items=1, **expected):
    add(name, (lambda: (ATOM % body()).encode()) if callable(body) else ATOM % body, items, **expected)


def js(name, items_text, items=1, **expected):
    head = '{"version":"https://jsonfeed.org/version/1.1","title":"Feed","items":['
    add(name, head + items_text + "]}", items, **expected)


def described(html):
    return item(more=f"<description>{html}</description>")


# ---- no feeds

add("nothing", b"", error="empty")
add("spaces", b" \n\t ", error="empty")
add("NULs", b"\0" * 1000, error="empty")
add(
    "web page", "<!DOCTYPE html><html><head><title>x</title></head><body><item>a</item></body></html>", error="web page"
)
add("web page without doctype", "<html><body><p>Not found</p></body></html>", error="web page")
add("XHTML page", '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', error="web page")
add("legacy doctype page", '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://x"><p>gone', error="web page")
add("gzip not unpacked", lambda: gzip.compress((RSS % item()).encode(), mtime=0), error="compressed")
add("zip", b"PK\x03\x04" + bytes(range(256)), error="compressed")
add("PDF", b"%PDF-1.7\n<rss>", error="binary")
add("PNG", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), error="no feed")
add("plain words", "Service unavailable", error="neither XML nor JSON")
add("other XML", "<urlset><url><loc>https://e.example</loc></url></urlset>", error="another kind")
add("SVG", '<svg xmlns="http://www.w3.org/2000/svg"><title>x</title></svg>', error="another kind")
add("JSON of another kind", '{"error": "gone"}', error="JSON of another kind")
add("JSON array", '[{"title": "x"}]', error="JSON array")
add("JSON cut off early", '{"version": "https://jsonfeed.org/version/1", "title": "x', error="broken")
add("JSON brackets only", lambda: b"[" * 200_000, error="JSON array")
add("JSON braces only", lambda: b'{"a":' * 200_000, error="broken")
add("cut off before items", RSS.split("%s")[0], error="no item in it")
add("cut off in the root tag", '<?xml version="1.0"?><rss versi', error="no feed")
add("only a declaration", '<?xml version="1.0"?>', error="another kind")
add("only a comment that never ends", "<!-- <rss><channel><item/></channel></rss>", error="another kind")
add("over 32 MiB", lambda: b" " * ((32 << 20) + 1), error="over the limit")
add("a million openings", lambda: b"<" * 1_000_000, error="no feed")
add("a million questions", lambda: b"<?" * 500_000, error="no feed")
add("doctype of comments", lambda: b"<!DOCTYPE x [" + b"<!--" * 300_000, error="no feed")
add("doctype of quotes", lambda: b"<!DOCTYPE x [" + b"\"'" * 300_000, error="no feed")

# ---- empty feeds

rss("no items", "", 0)
atom("Atom without entries", "", 0)
add("empty root tag", "<rss/>", 0)
add("empty Atom root tag", '<feed xmlns="http://www.w3.org/2005/Atom"/>', 0)
js("JSON Feed without items", "", 0)
add("JSON Feed with no list", '{"version":"https://jsonfeed.org/version/1"}', 0, note="no list of items")
add("JSON items null", '{"version":"https://jsonfeed.org/version/1","items":null}', 0, note="no list of items")

# ---- structure

add("no channel", "<rss>" + item() + "</rss>", 1, title="T")
add("channel as root", "<channel>" + item() + "</channel>", 1)
add("feed in a wrapper", "<response>" + RSS.split("\n")[1] % item() + "</response>", 1)
add("items beside the channel in RSS", "<rss><channel><title>F</title></channel>" + item() + "</rss>", 1)
add("items after the root", RSS % item("A") + item("B", link="https://e.example/2"), 2)
rss("items in items", "<item><title>A</title><item><title>B</title></item></item>", 1, title="A")
rss("Atom in RSS", '<entry xmlns="http://www.w3.org/2005/Atom"><id>i</id><title>T</title></entry>', 1, title="T")
rss("item of one tag", "<item/>", 1, note="no text")
add("upper case", "<RSS><CHANNEL><ITEM><TITLE>T</TITLE></ITEM></CHANNEL></RSS>", 1, title="T")
add("RDF 1.0", RDF % '<item rdf:about="https://e.example/1"><title>T</title></item>', 1, link="https://e.example/1")
add(
    "RDF 0.90", RDF.replace("http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/") % item(), 1, title="T"
)
add("RSS 0.91 with its DTD",
    '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/rss-0.91.dtd">'
    '<rss version="0.91"><channel>' + item() + "</channel></rss>", 1)  # fmt: skip
add("RSS 0.92", RSS.replace("2.0", "0.92") % "<item><description>only text</description></item>", 1, text="only text")
add("RSS in a namespace", '<rss xmlns="urn:unheard-of"><channel>' + item() + "</channel></rss>", 1, title="T")
add("Atom 0.3", '<feed version="0.3" xmlns="http://purl.org/atom/ns#">'
    '<entry><title>T</title><link rel="alternate" href="https://e.example/1"/><issued>2025-07-04T10:00:00Z</issued>'
    '<content type="text/html" mode="escaped">&lt;p&gt;x&lt;/p&gt;</content></entry></feed>', 1, text="x", date=JULY)  # fmt: skip
add("Atom under a prefix", '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:title>T</a:title></a:entry></a:feed>', 1,
    title="T")  # fmt: skip
add("RSS prefixed, Atom default", '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:x="http://purl.org/rss/1.0/" xmlns="http://www.w3.org/1999/xhtml"><x:item><x:title>T</x:title></x:item></r:RDF>', 1,
    title="T")  # fmt: skip
rss(
    "content under an odd prefix",
    f'<item xmlns:q="{NS["content"]}"><title>T</title><q:encoded>&lt;b&gt;full&lt;/b&gt;</q:encoded></item>',
    1,
    text="full",
)
rss("content prefix not declared", "<item><content:encoded>full</content:encoded></item>", 1, text="full")
rss(
    "content prefix of another namespace",
    '<item xmlns:content="urn:other"><content:encoded>other</content:encoded><description>d</description></item>',
    1,
    text="d",
)
rss(
    "title of a picture is not the item's", "<image><title>P</title></image><item><title>T</title></item>", 1, title="T"
)
atom("title of the source is not the entry's", entry("<source><title>S</title></source>", ""), 1, title="")
rss("elements of strangers", item(more='<x:a xmlns:x="urn:x"><x:item>no</x:item></x:a>'), 1)
rss("comments all over", "<!-- <item> -->" + item("<!-- a -->T<!-- b -->") + "<!-- </item> -->", 1, title="T")
rss("processing instructions", "<?php echo '<item>' ?>" + item("T<?x y?>"), 1, title="T")
rss("a comment that never ends", item() + "<!-- " + item(), 1, note="not closed")

# ---- broken tags

add("cut off within a tag", (RSS % (item("A") + item("B")))[:-40], 2, note="not closed")
add("cut off within a start tag", RSS.split("%s")[0] + item("A") + "<item><title>B</title><li", 2, note="not closed")
add("cut off within CDATA", RSS.split("%s")[0] + "<item><description><![CDATA[<p>some text", 1, text="some text")
add("cut off within UTF-8", (RSS.split("%s")[0] + "<item><title>caf\u00e9").encode()[:-1], 1, note="not closed")
rss(
    "items not closed",
    "<item><title>A</title><item><title>B</title><item><title>C</title>",
    3,
    title="A",
    note="not closed",
)
rss("titles not closed", "<item><title>A<link>https://e.example/1</link><description>d</description></item>", 1,
    title="A", link="https://e.example/1", text="d", note="not closed")  # fmt: skip
rss("description not closed", "<item><description>d<pubDate>2025-07-04T10:00:00Z</pubDate></item>" + item(), 2,
    text="d", date=JULY)  # fmt: skip
rss("HTML in the open", described("<p>one<br>two <b>three</p>"), 1, text="one\ntwo three", note="not closed")
rss("HTML in the open, balanced", described("<p>one</p><p>two</p>"), 1, text="one\ntwo")
rss("ends without starts", "</foo></bar>" + item() + "</p>", 1, note="not closed")
rss("tags crossed", "<item><b><i>x</b></i><title>T</title></item>", 1, title="T", note="not closed")
rss("less-than in text", described("1 < 2 and 3 > 2"), 1, text="1 < 2 and 3 > 2", note="not closed")
rss("attribute without quotes", '<item><title>T</title><enclosure url=https://e.example/a.mp3 length=1/></item>', 1,
    link="https://e.example/a.mp3")  # fmt: skip
rss("less-than in an attribute", '<item><title x="<b>">T</title></item>', 1, title='">T', note="not closed")
rss("greater-than in an attribute", '<item><title x="a>b">T</title></item>', 1, title="T")
rss("quote not closed", '<item><title x="a>T</title></item>' + item("U"), 2, title="T")
rss("root ends too soon", "</channel></rss>" + item(), 1)
rss("doctype inside", "<!DOCTYPE html>" + item(), 1)

# ---- encodings

E_ACUTE = item("caf\u00e9")
add("UTF-8 with mark", b"\xef\xbb\xbf" + (RSS % E_ACUTE).encode(), 1, title="caf\u00e9")
add("UTF-8 declared as Latin-1", (RSS.replace('"1.0"?', '"1.0" encoding="iso-8859-1"?') % E_ACUTE).encode(), 1,
    title="caf\u00e9", note="not as declared")  # fmt: skip
add("Windows-1252 declared as UTF-8", (RSS.replace('"1.0"?', '"1.0" encoding="utf-8"?') % item("\u201ccaf\u00e9\u201d")).encode(
    "cp1252"), 1, title="\u201ccaf\u00e9\u201d", note="not valid UTF-8")  # fmt: skip
add("Windows-1252 in one item of UTF-8", (RSS % (item("caf\u00e9") + "@@")).encode().replace(
    b"@@", item("na\u00efve").encode("cp1252")), 2, title="caf\u00e9", note="not valid UTF-8")  # fmt: skip
add(
    "Latin-1 declared",
    (RSS.replace('"1.0"?', '"1.0" encoding="iso-8859-1"?') % E_ACUTE).encode("latin-1"),
    1,
    title="caf\u00e9",
)
add(
    "KOI8-R by the header",
    (RSS % item("\u043c\u0438\u0440")).encode("koi8-r"),
    1,
    title="\u043c\u0438\u0440",
    charset="koi8-r",
)
add("header wrong, declared right", (RSS.replace('"1.0"?', '"1.0" encoding="windows-1251"?') % item("\u043c\u0438\u0440")).encode(
    "cp1251"), 1, title="\u043c\u0438\u0440", charset="utf-8")  # fmt: skip
add("Shift JIS", (RSS.replace('"1.0"?', '"1.0" encoding="Shift_JIS"?') % item("\u8868\u793a")).encode("shift_jis"), 1,
    title="\u8868\u793a")  # fmt: skip
add("ISO-2022-JP", (RSS.replace('"1.0"?', '"1.0" encoding="iso-2022-jp"?') % item("\u8868\u793a")).encode("iso2022_jp"), 1,
    title="\u8868\u793a")  # fmt: skip
add(
    "GB18030",
    (RSS.replace('"1.0"?', '"1.0" encoding="gb18030"?') % item("\u65b0\u95fb")).encode("gb18030"),
    1,
    title="\u65b0\u95fb",
)
add("unknown encoding", (RSS.replace('"1.0"?', '"1.0" encoding="klingon"?') % E_ACUTE).encode(), 1, title="caf\u00e9",
    note="unknown encoding")  # fmt: skip
add(
    "an encoding that is a codec of another kind",
    (RSS % E_ACUTE).encode(),
    1,
    charset="punycode",
    note="unknown encoding",
)
add("UTF-7", (RSS.replace('"1.0"?', '"1.0" encoding="utf-7"?') % item("+ADw-script+AD4-")), 1, title="+ADw-script+AD4-",
    note="unknown encoding")  # fmt: skip
for codec, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"), ("utf-32-le", b"\xff\xfe\0\0"),
                    ("utf-32-be", b"\0\0\xfe\xff")):  # fmt: skip
    add(f"{codec} with mark", mark + (RSS % E_ACUTE).encode(codec), 1, title="caf\u00e9")
    add(f"{codec} without mark", (RSS % E_ACUTE).encode(codec), 1, title="caf\u00e9", note="without a byte order mark")
add("UTF-16 cut in a character", b"\xff\xfe" + (RSS % E_ACUTE).encode("utf-16-le") + b"\x0a", 1, title="caf\u00e9")
add(
    "UTF-16 with half a pair",
    b"\xff\xfe" + (RSS % item("a@")).encode("utf-16-le").replace(b"@\0", b"\0\xd8"),
    1,
    title="a",
)
add("says UTF-16, is ASCII", RSS.replace('"1.0"?', '"1.0" encoding="utf-16"?') % item(), 1, note="unknown encoding")
add("JSON in UTF-16", b"\xff\xfe" + '{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","content_text":"caf\u00e9"}]}'.encode(
    "utf-16-le"), 1, text="caf\u00e9")  # fmt: skip
add("spaces before the declaration", "\n\n  " + RSS % item(), 1)
add("junk before the declaration", "Warning: mysql_connect()\n" + RSS % item(), 1, note="before the feed")
add("no declaration", (RSS % E_ACUTE).split("\n")[1], 1, title="caf\u00e9")
add("two declarations", '<?xml version="1.0"?>' + RSS % item(), 1)
rss("NULs in a title", item("a\0b"), 1, title="ab")
rss("control characters", item("a\x01\x08\x1fb"), 1, title="ab")
rss("NULs in tags", "<item><ti\0tle>x</ti\0tle><description>d</description></item>", 1, text="d")

# ---- entities

rss("ampersands in the open", item("Q&A", "<description>AT&T & Co</description>"), 1, title="Q&A", text="AT&T & Co",
    note="ampersands")  # fmt: skip
rss("HTML entities", described("a&nbsp;b &eacute;"), 1, text="a b \u00e9", note="entities that XML does not know")
rss("entities twice escaped", item("Q&amp;amp;A"), 1, title="Q&A")
rss("numbers that are no characters", item("a&#0;&#xD800;&#99999999999;b&#x1F600;"), 1)
rss("a number of a megabyte", lambda: item("a&#" + "9" * 1_000_000 + ";"), 1)
LAUGHS = '<!DOCTYPE rss [<!ENTITY a0 "ha">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)) + "]>"  # fmt: skip
add("billion laughs", LAUGHS + RSS.split("\n")[1] % item("&a11;"), 1, title="&a11;", note="declares entities")
add("quadratic blowup", lambda: (f'<!DOCTYPE rss [<!ENTITY a "{"a" * 500_000}">]>' + RSS.split("\n")[1] % item("&a;" * 50_000)).encode(), 1,
    note="declares entities")  # fmt: skip
add("XXE of a file", '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + RSS.split("\n")[1] % item("&x;"), 1, title="&x;",
    note="declares entities")  # fmt: skip
add(
    "XXE over http",
    '<!DOCTYPE rss [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>' + RSS.split("\n")[1] % item("&x;"),
    1,
    title="&x;",
)
add("parameter entities", '<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p; <!ENTITY q "]>">]>'
    + RSS.split("\n")[1] % item(), 1)  # fmt: skip
add("external DTD", '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/evil.dtd">' + RSS.split("\n")[1] % item(), 1)
add(
    "doctype with a root in it",
    '<!DOCTYPE rss [<!-- ]> <rss><item/> --><!ENTITY a "<item/>">]>' + RSS.split("\n")[1] % item(),
    1,
)
add("doctype not closed", '<!DOCTYPE rss [<!ENTITY a "' + RSS.split("\n")[1] % item(), 1)
add("XInclude", RSS % item(more='<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'), 1)
add(
    "style sheet",
    '<?xml version="1.0"?><?xml-stylesheet href="file:///etc/passwd" type="text/xsl"?>' + RSS.split("\n")[1] % item(),
    1,
)

# ---- size

rss("item of 10 MB", lambda: item("big", f"<description>{'word ' * 2_000_000}</description>") + item("B"), 1, title="B",
    note="item 0 has")  # fmt: skip
js(
    "JSON item of 5 MB",
    '{"id":"1","content_text":"' + "x" * 5_000_000 + '"},{"id":"2","title":"B"}',
    1,
    title="B",
    note="item 0 has",
)
rss("nested 200,000 deep", lambda: "<item>" + "<a>" * 200_000 + "</a>" * 200_000 + "</item>" + item("B"), 1, title="B",
    note="nested")  # fmt: skip
rss(
    "nested 200,000 deep, not closed",
    lambda: "<item>" + "<a>" * 200_000 + "</item>" + item("B"),
    1,
    title="B",
    note="nested",
)
rss("200,000 ends", lambda: item() + "</a>" * 200_000, 1)
add("channel nested 200,000 deep", lambda: b"<rss><channel>" + b"<a>" * 200_000, error="no item in it")
rss("HTML nested 200,000 deep", lambda: described("<![CDATA[" + "<div>" * 200_000 + "x]]>"), 1, text="x")
js(
    "JSON nested 200,000 deep",
    '{"id":"1","a":' + "[" * 200_000 + "]" * 200_000 + '},{"id":"2"}',
    1,
    key="2",
    note="nested",
)
rss("an attribute of megabytes", lambda: f'<item x="{"a" * 3_000_000}"><title>T</title></item>', 1, title="T")
rss("a million attributes", lambda: "<item><title>T</title><a " + " ".join(f'a{n}="1"' for n in range(300_000)) + "/></item>", 1,
    title="T")  # fmt: skip
add(
    "a million attributes on the root",
    lambda: b"<rss " + b"a='b' " * 1_000_000 + b"><item><title>T</title></item></rss>",
    1,
)
add("100,000 namespaces", lambda: ("<rss " + " ".join(f'xmlns:n{n}="urn:{n}"' for n in range(100_000))
    + "><channel><item><title>T</title></item></channel></rss>").encode(), 1, title="T")  # fmt: skip
rss("namespaces declared at every level", lambda: "<item>" + "".join(f'<a xmlns:n{n}="u">' for n in range(200)) + "</a>" * 200
    + "<title>T</title></item>", 1, title="T")  # fmt: skip
rss("a title of megabytes", lambda: item("word " * 500_000), 1)
rss("an id of megabytes", lambda: item(more=f"<guid>{'x' * 1_000_000}</guid>"), 1)
rss("a link of megabytes", lambda: item(link="https://e.example/" + "x" * 1_000_000), 1, link="")
rss(
    "thousands of items",
    lambda: "".join(item(str(n), link=f"https://e.example/{n}") for n in range(5_000)),
    5_000,
    title="0",
)
rss(
    "12,000 items",
    lambda: "".join(f"<item><title>{n}</title></item>" for n in range(12_000)),
    10_000,
    note="more than 10,000 items",
)
add("3 million tags", lambda: b"<rss><item><title>A</title></item><item>" + b"<a/>" * 2_500_000 + b"</item></rss>", 1,
    note="more than 1,000,000 tags")  # fmt: skip
rss("5,000 elements in an item", lambda: "<item>" + "<category>a</category>" * 5_000 + "</item>" + item("B"), 1, title="B",
    note="more than 2,000 elements")  # fmt: skip
rss("a megabyte of comments", lambda: "<!---->" * 150_000 + item(), 1)
rss("a megabyte of brackets", lambda: described("<![CDATA[" + "]]" * 500_000 + "]]>"), 1)
rss("a megabyte of half comments", lambda: described("<![CDATA[" + "<!--" * 250_000 + "]]>"), 1)
rss("a megabyte of ampersands", lambda: described("&" * 1_000_000), 1)
rss("a megabyte of less-than", lambda: described("<![CDATA[" + "<a " * 300_000 + "]]>"), 1)

# ---- ids and links

rss(
    "no id",
    "<item><title>T</title><link>http://www.e.example/1/?utm_source=x</link></item>",
    1,
    key="https://e.example/1",
)
rss("neither id nor link", "<item><title>T</title></item><item><title>U</title></item>", 2)
rss("one id for different items", item("A", "<guid>1</guid>", "https://e.example/a") + item("B", "<guid>1</guid>",
    "https://e.example/b"), 2, key="1 https://e.example/a", note="several items share")  # fmt: skip
rss("one id for the same item", item("A", "<guid>1</guid>") * 2, 2, key="1")
rss("id that is the link", "<item><guid>https://e.example/p</guid></item>", 1, link="https://e.example/p")
rss("id that is not the link", '<item><guid isPermaLink="false">https://e.example/p</guid></item>', 1, link="",
    key="https://e.example/p")  # fmt: skip
rss("relative link", item(link="/a/b"), 1, link="https://e.example/a/b")
add("xml:base", '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://b.example/x/"><entry xml:base="y/">'
    '<link href="z"/></entry></feed>', 1, link="https://b.example/x/y/z")  # fmt: skip
add("xml:base of the link", '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link xml:base="https://b.example/q/" href="z"/>'
    "</entry></feed>", 1, link="https://b.example/q/z")  # fmt: skip
rss("javascript: link", item(link="javascript:alert(1)"), 1, link="", note="links that are none")
rss("data: link", item(link="data:text/html,x"), 1, link="")
rss("file: link", item(link="file:///etc/passwd"), 1, link="")
rss("link with line breaks", item(link="\n   https://e.example/1\n  "), 1, link="https://e.example/1")
atom("links of many kinds", '<entry><id>i</id><link rel="self" href="https://e.example/self"/><link rel="edit" href="https://e.example/e"/>'
     '<link rel="replies" href="https://e.example/r"/><link rel="alternate" type="application/pdf" href="https://e.example/pdf"/>'
     '<link rel="alternate" type="text/html" href="https://e.example/html"/></entry>', 1, link="https://e.example/html")  # fmt: skip
rss("Atom link in RSS", f'<item xmlns:atom="{NS["atom"]}"><atom:link rel="self" href="https://e.example/s"/>'
    "<link>https://e.example/1</link></item>", 1, link="https://e.example/1")  # fmt: skip
rss("FeedBurner", '<item xmlns:f="http://rssnamespace.org/feedburner/ext/1.0"><link>https://f.example/~r/1</link>'
    "<f:origLink>https://e.example/o</f:origLink></item>", 1, link="https://e.example/o")  # fmt: skip
rss("enclosure only", '<item><enclosure url="https://e.example/a.mp3" length="1" type="audio/mpeg"/></item>', 1,
    link="https://e.example/a.mp3", note="no text")  # fmt: skip

# ---- text

rss("the fullest text", item(more=f'<description>short</description><content:encoded xmlns:content="{NS["content"]}">'
    "<![CDATA[<p>the whole long text</p>]]></content:encoded>"), 1, text="the whole long text")  # fmt: skip
rss("end of CDATA inside", described("<![CDATA[a ]]]]><![CDATA[> b]]>"), 1, text="a ]]> b")
rss("CDATA beside text", described("x &lt;b&gt;y&lt;/b&gt; <![CDATA[<i>z</i> &amp; ]]>w"), 1, text="x y z & w")
rss("CDATA with an item in it", described("<![CDATA[</description></item><item><title>no</title></item>]]>"), 1)
rss("CDATA in a title", item("<![CDATA[A &amp; <b>B</b>]]>"), 1, title="A & B")
rss("script in a title", item("&lt;script&gt;alert(1)&lt;/script&gt;News"), 1, title="News")
rss("onerror in a title", item("<![CDATA[<img src=x onerror=alert(1)>News]]>"), 1, title="News")
rss("turned writing", item("abc\u202edef\u200b\ufeff"), 1)
rss("emoji", item("\U0001f469\u200d\U0001f4bb &#x1F600;"), 1, title="\U0001f469\u200d\U0001f4bb \U0001f600")
rss(
    "text only in iTunes",
    f'<item xmlns:i="{NS["itunes"]}"><i:summary>talk</i:summary><i:subtitle>s</i:subtitle></item>',
    1,
    text="talk",
)
rss("text only in media:group", f'<item xmlns:m="{NS["media"]}"><m:group><m:title>MT</m:title><m:description>md</m:description>'
    '<m:content url="https://e.example/v.mp4"/></m:group></item>', 1, title="MT", text="md")  # fmt: skip
rss(
    "Dublin Core",
    f'<item xmlns:d="{NS["dc"]}"><d:title>T</d:title><d:date>2025-07-04T10:00Z</d:date></item>',
    1,
    title="T",
    date=JULY,
)
atom(
    "XHTML",
    entry('<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>a &lt; b</p></div></content>'),
    1,
    text="a < b",
)
atom("XHTML under a prefix", entry('<content type="xhtml"><h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p>a</h:p><h:p>b</h:p></h:div>'
     "</content>"), 1, text="a\nb")  # fmt: skip
atom("Atom plain text", entry('<content type="text">a &lt; b &amp;amp; c</content>'), 1, text="a < b &amp; c")
atom("Atom HTML", entry('<content type="html">&lt;p&gt;a &amp;amp; b</content>'), 1, text="a & b")
atom("Atom HTML that says nothing of it", entry("<summary>&lt;p&gt;a&lt;/p&gt;</summary>"), 1, text="a")
atom(
    "Atom picture in base64", entry('<content type="image/png">iVBORw0KGgo=</content><summary>s</summary>'), 1, text="s"
)
atom("text in base64", entry(f'<content mode="base64" type="text/plain">{base64.b64encode(b"hello <there>").decode()}</content>'), 1,
     text="hello <there>")  # fmt: skip
atom("bad base64", entry('<content mode="base64" type="text/plain">@@@</content>'), 1, text="", note="bad base64")
atom(
    "content elsewhere", entry('<content type="text/html" src="https://e.example/c"/><summary>s</summary>'), 1, text="s"
)

# ---- dates

DATES = {
    "Fri, 04 Jul 2025 10:00:00 GMT": JULY, "Fri, 04 Jul 2025 10:00:00 +0000": JULY, "04 Jul 2025 10:00:00 Z": JULY,
    "Fri, 4 July 2025 12:00:00 +0200": JULY, "Fri, 04 Jul 25 10:00:00 GMT": JULY, "Fri, 04 Jul 2025 06:00:00 EDT": JULY,
    "Fri, 04 Jul 2025 12:00:00 CEST": JULY, "2025-07-04T10:00:00Z": JULY, "2025-07-04T12:00:00+02:00": JULY,
    "2025-07-04T10:00:00.123Z": JULY, "2025-07-04T10:00Z": JULY, "2025-07-04 10:00:00": JULY, "2025-07-04 10:00:00 UTC": JULY,
    "2025-07-04": JULY - 36_000, "2025-07": JULY - 36_000 - 3 * 86_400, "20250704": JULY - 36_000, "2025/07/04 10:00": JULY,
    "July 4, 2025 10:00 AM": JULY, "July 4, 2025": JULY - 36_000, "4 juillet 2025 10:00": JULY, "04.07.2025 10:00": JULY,
    "Fri Jul  4 10:00:00 2025": JULY, "Fri Jul  4 10:00:00 UTC 2025": JULY, "1751623200": JULY, "1751623200000": JULY,
    "Friday, July 4th, 2025 10:00:00 pm": JULY + 43_200, "4 de julio de 2025": JULY - 36_000, "yesterday": UNKNOWN, "": UNKNOWN,
    "2025-13-45T10:00:00Z": UNKNOWN, "0000-00-00 00:00:00": UNKNOWN, "2999-01-01T00:00:00Z": UNKNOWN, "9" * 500: UNKNOWN,
    "1970-01-01T00:00:00Z": UNKNOWN, "0001-01-01T00:00:00Z": UNKNOWN, "2025": UNKNOWN, "04/07/2025": UNKNOWN,
}  # fmt: skip
for number, (written, seconds) in enumerate(DATES.items()):
    rss(f"date {number}: {written[:30]}", item(more=f"<pubDate>{written}</pubDate>"), 1, date=seconds)
rss("no date", item(), 1, date=UNKNOWN)
rss(
    "future date",
    item(more="<pubDate>Fri, 04 Jul 2980 10:00:00 GMT</pubDate>"),
    1,
    date=UNKNOWN,
    note="date in the future",
)
atom(
    "published before updated",
    entry("<updated>2025-08-04T10:00:00Z</updated><published>2025-07-04T10:00:00Z</published>"),
    1,
    date=JULY,
)

# ---- JSON Feed

js("JSON Feed", '{"id":"1","url":"https://e.example/1","title":"T","content_html":"<p>x</p>","date_published":"2025-07-04T10:00:00Z"}',
   title="T", text="x", date=JULY, link="https://e.example/1")  # fmt: skip
js("JSON duplicate keys", '{"id":"1","title":"A","title":"B"}', title="B")
add(
    "JSON two lists of items",
    '{"items":[{"id":"0"}],"items":[{"id":"1"},{"id":"2"}]}',
    2,
    key="1",
    note="which version",
)
js("JSON NaN", '{"id":"1","title":"T","x":NaN}', title="T")
js(
    "JSON infinity",
    '{"id":"1","title":"T","x":1e999999,"attachments":[{"url":"https://e.example/a","size_in_bytes":1e999}]}',
    title="T",
)
js("JSON number of a megabyte", '{"id":' + "9" * 100_000 + '},{"id":"2"}', 1, key="2", note="item 0 cannot be read")
js("JSON lone surrogates", r'{"id":"1","title":"a\ud800b","content_text":"\udfff x"}', title="ab", text="x")
js("JSON wrong types", '{"id":{"a":1},"title":["x"],"content_html":5,"tags":"x","authors":{"a":1},"attachments":[1,null]},1,null,"x",[]', 1,
   title="", note="is no object")  # fmt: skip
js("JSON id is a number", '{"id":42}', key="42")
js("JSON raw line breaks", '{"id":"1","title":"a\nb"},{"id":"2"}', 1, key="2", note="item 0 cannot be read")
js("JSON comma at the end", '{"id":"1"},', 1, key="1")
js("JSON external link only", '{"id":"1","external_url":"https://o.example/x"}', link="https://o.example/x")
js("JSON relative link", '{"id":"1","url":"b"}', link="https://e.example/b")
js("JSON text and script", '{"id":"1","content_html":"<script>x</script><p>a","title":"<b>T</b>"}', text="a", title="T")
add("JSON cut off", '{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","title":"A"},{"id":"2","title":"B', 1, title="A",
    note="cut off")  # fmt: skip
add("JSON with mark", b"\xef\xbb\xbf" + b'{"version":"https://jsonfeed.org/version/1","items":[{"id":"1"}]}', 1)
add(
    "JSON bad bytes",
    b'{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","title":"caf\xe9"}]}',
    1,
    title="caf\u00e9",
)
add("JSON says nothing of its version", json.dumps({"items": [{"id": "1"}]}), 1, note="which version")
