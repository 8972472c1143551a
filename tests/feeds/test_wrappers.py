"""Addresses that only lead to another one."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.feeds.urls import normalise
from dedup.feeds.wrappers import wrapped

PAGE = "https://one.example/a/1"
LONG = "https://one.example/" + "a-long-name-of-a-story/" * 8 + "1"


def google_news(url, more=b"\xd2\x01\x00"):
    """A name as Google News made them until 2024: a message that holds the address."""
    data, size = url.encode(), len(url)
    length = bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
    name = base64.urlsafe_b64encode(b"\x08\x13\x22" + length + data + more).decode().rstrip("=")
    return f"https://news.google.com/rss/articles/{name}?oc=5"


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://www.google.com/url?rct=j&sa=t&url=https://www.one.example/a/1%3Futm_source%3Dx&ct=ga&usg=A", PAGE),
        ("https://www.google.co.uk/url?q=http%3A%2F%2Fone.example%2Fa%2F1&sa=U", PAGE),
        ("https://news.google.com/news/url?sa=t&fd=R&url=http://one.example/a/1", PAGE),
        (google_news(PAGE), PAGE), (google_news(LONG), LONG), (google_news(LONG, b"\xd2\x01\x05https"), LONG),
        ("https://news.google.com/rss/articles/" + "CBMiAU_yqL" * 9, ""),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fone.example%2Fa%2F1&h=x", PAGE),
        ("https://www.google.com/amp/s/www.one.example/a/1/amp", PAGE),
        ("https://www-one-example.cdn.ampproject.org/c/s/www.one.example/a/1?amp=1", PAGE),
        ("https://www.bing.com/news/apiclick.aspx?ref=x&url=https%3a%2f%2fone.example%2fa%2f1&c=1", PAGE),
        ("https://r.search.yahoo.com/_ylt=A/RV=2/RO=10/RU=https%3a%2f%2fone.example%2fa%2f1/RK=0/RS=x", PAGE),
        ("https://web.archive.org/web/20200101000000/http://one.example/a/1", PAGE),
        ("https://www.youtube.com/redirect?q=https%3A%2F%2Fone.example%2Fa%2F1", PAGE),
        ("https://www.google.com/url?url=https://www.google.com/url?url=https://one.example/a/1", PAGE),
        ("https://one.example/a/1?ocid=x&_ga=1&partner=rss&wt_mc=1&emc=rss", PAGE),
    ],
)  # fmt: skip
def test_the_page_inside(url, page):
    found = normalise(url)
    assert (found == page) if page else found.startswith("https://news.google.com/")
    assert normalise(found) == found


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/?url=https://one.example/a/1", "https://google.com/url?q=javascript:alert(1)",
        "https://google.com/search?q=https://one.example/", "https://vk.com/away.php?to=ftp://one.example/",
    ],
)  # fmt: skip
def test_other_addresses_stay(url):
    assert normalise(url) == url.replace("/?", "?")


@settings(max_examples=50)
@given(st.sampled_from(["google.com", "news.google.com", "r.search.yahoo.com"]), st.text(max_size=60), st.text())
def test_it_never_raises(host, path, query):
    wrapped(host, "/" + path, query)
    wrapped(host, "/articles/" + path, "&".join([query] * 300))
    first = normalise(f"https://{host}/url?url={query}")
    assert normalise(first) == first
