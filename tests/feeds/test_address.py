import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.feeds.urls import LONGEST, absolute, normalise, redacted, source_of, without_login

SAME = "https://example.com/news/story"


@pytest.mark.parametrize(
    "url",
    [
        SAME,
        "http://example.com/news/story",
        "HTTPS://EXAMPLE.COM/news/story",
        "https://www.example.com/news/story/",
        "https://example.com:443/news/story",
        "http://example.com:80/news/story",
        "https://example.com./news/story",
        "https://user:secret@example.com/news/story",
        "https://example.com/news/story#comments",
        "https://example.com/news/story?utm_source=rss&utm_medium=feed",
        "https://example.com/news/story?fbclid=abc&gclid=1&mc_cid=2&igshid=3",
        "https://example.com/news/story?ref=home&ref_src=twsrc",
        "https://example.com/news/story?source=rss",
        "https://example.com/news/story?",
        "https://example.com/news/story?&&",
        "https://example.com/news/./x/../story",
        "https://example.com/ne%77s/story",
        "https://example.com/news/story/amp",
        "https://example.com/news/story/amp/",
        "https://example.com/news/story.amp",
        "https://example.com/news/story?amp=1",
        "https://example.com/news/story?amp",
        "https://example.com/news/story?outputType=amp",
        "https://amp.example.com/news/story",
        "https://www.amp.example.com/news/story",
        "https://example-com.cdn.ampproject.org/c/s/example.com/news/story",
        "https://example-com.cdn.ampproject.org/v/s/www.example.com/news/story/amp?usqp=mq331AQ&amp_js_v=0.1",
        "https://cdn.ampproject.org/c/example.com/news/story",
        "https://www.google.com/amp/s/www.example.com/news/story/amp/",
        "https://www.google.co.uk/amp/s/example-com.cdn.ampproject.org/c/s/example.com/news/story",
        "  https://example.com/news/sto\nry \t",
    ],
)
def test_spellings_of_one_page_are_one(url):
    assert normalise(url) == SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/a", "https://example.com/A"),
        ("https://example.com/a?id=1", "https://example.com/a?id=2"),
        ("https://example.com/a?x=1&y=2", "https://example.com/a?y=2&x=1"),
        ("https://example.com/a", "https://m.example.com/a"),
        ("https://example.com/a", "https://example.com:8443/a"),
        ("https://example.com/camp", "https://example.com/c"),
        ("https://example.com/a?source=42", "https://example.com/a"),
        ("https://example.com/a%2Fb", "https://example.com/a/b"),
        ("https://www.com/", "https://com/"),
    ],
)
def test_different_pages_stay_different(one, other):
    assert normalise(one) != normalise(other)
    assert normalise(one)


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "ftp://e.com/", "mailto:a@b.c",
        "//e.com/a",
        "http://", "http:///a", "https://[bad", "https://[::1", "http://e.com:99999999/", "http://e.com:70000/",
        "http://a b/",
        "http://e.com\0/", "http://-e.com/", "http://" + "a." * 200 + "com/", "http://e.com/" + "x" * 5_000,
        "http://\u2100.com/",
        "https://e.com:x/", "http://..", "https://e\u0301\ud800.com/",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_empty(url):
    assert normalise(url) == ""
    assert source_of(url) == ""


def test_names_and_escapes():
    assert (
        normalise("http://b\u00fccher.example/\u00fc?q=\u00fc x") == "https://xn--bcher-kva.example/%C3%BC?q=%C3%BC%20x"
    )
    assert normalise("http://example.com/%7euser/%c3%bc/%") == "https://example.com/~user/%C3%BC/%25"
    assert normalise("http://[2001:DB8::1]:80/a") == "https://[2001:db8::1]/a"
    assert normalise("https://example.com") == normalise("https://example.com/") == "https://example.com"


def test_absolute_links_are_kept_as_published():
    assert absolute("http://www.E.com/a?utm_source=x#f") == "http://www.E.com/a?utm_source=x#f"
    assert absolute("../b c", "https://e.com/x/y/z") == "https://e.com/x/b%20c"
    assert absolute('https://e.com/"><script>') == "https://e.com/%22%3E%3Cscript%3E"
    assert absolute("javascript:x", "https://e.com/") == absolute("", "https://e.com/") == absolute("a") == ""
    assert absolute("https://[x", "https://e.com/") == ""


def test_sources():
    assert source_of("https://www.example.com/a") == source_of("http://amp.example.com:8080/") == "example.com"
    assert source_of("https://m.example.co.uk/x?y") == "example.co.uk"
    assert source_of("https://news.example.com/") == "news.example.com"


PIECES = st.sampled_from(
    [
        "/",
        "amp",
        ".amp",
        "amp.",
        "www.",
        "m.",
        "?",
        "&",
        "=",
        "%",
        "%2e",
        "%41",
        "..",
        ".",
        "#",
        ":80",
        "@",
        "utm_a=1",
        "amp=1",
        "\u00fc",
        "cdn.ampproject.org",
        "/c/s/",
        "google.com/amp/s/",
        "example.com",
        "http://",
        "https://",
        "[",
        "]",
        " ",
        "\0",
        "a",
        "html",
        ";",
        "\\",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=12).map(lambda parts: "https://" + "".join(parts)) | st.text())
def test_normalising_is_idempotent_and_never_raises(url):
    once = normalise(url)
    assert normalise(once) == once
    assert len(once) <= LONGEST
    assert once.isascii()
    assert once == "" or once.startswith("https://")
    link = absolute(url, "https://base.example/x")
    assert absolute(link, "https://base.example/x") == link
    assert "<" not in link + source_of(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pass@e.example/feed", "https://…@e.example/feed"),
        ("https://user@e.example:8080/feed?x=1", "https://…@e.example:8080/feed?x=1"),
        ("http://user:pa/ss#w?o@rd@e.example/feed", "http://…@e.example/feed"),
        ("https://us'er:p<a\"ss@e.example/", "https://…@e.example/"),
        ("https://:pass@e.example", "https://…@e.example"),
        ("feed://user:pass@e.example/", "feed://…@e.example/"),
        ("https://medium.example/@writer/feed", "https://medium.example/@writer/feed"),
        ("https://e.example:443/@writer", "https://e.example:443/@writer"),
        ("https://e.example/feed?mail=a@b.example", "https://e.example/feed?mail=a@b.example"),
        ("not an address: a@b", "not an address: a@b"),
    ],
)
def test_names_and_passwords_are_not_shown(url, shown):
    assert redacted(url) == shown
    assert redacted(f"HTTP 401: {url} (twice: {url})") == f"HTTP 401: {shown} (twice: {shown})"
    assert without_login(url) == shown.replace("…@", "")
    assert redacted(shown) == shown
