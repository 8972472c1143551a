"""Text that no reader of a page sees, and titles that a page repeats."""

import pytest

from dedup.read.html import html_to_text


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
