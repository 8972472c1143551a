"""The summary for people."""

import io

import pytest

from dedup import Document, scan
from dedup.report.terminal import plain, write_text

TEXT = " ".join(f"word{n}" for n in range(60))


def summary(documents, **options):
    out = io.StringIO()
    write_text(scan(documents), out, **options)
    return out.getvalue()


def test_counts_and_members():
    shown = summary([Document(TEXT, "a"), Document(TEXT, "b"), Document("other", "c")], color=False)
    assert "3 documents · 1 copy in 1 cluster · 2 to keep" in shown
    assert "keep" in shown and "exact" in shown and "the same 60 words" in shown
    assert "\x1b" not in shown


def test_nothing_found():
    assert "1 document · no copies found" in summary(["only one"], color=False)


def test_color_when_asked_for():
    assert "\x1b[" in summary([TEXT, TEXT], color=True)


def test_no_color_in_the_environment(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in summary([TEXT, TEXT], color=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x1b[31mred\x07", "a\ufffd[31mred\ufffd"),
        ("abc\u202efdp.exe", "abc\ufffdfdp.exe"),
        ("two\nlines\tand tab", "two lines and tab"),
        ("[bold]no markup[/bold]", "[bold]no markup[/bold]"),
    ],
)
def test_hostile_text_is_shown_harmlessly(text, expected):
    assert plain(text) == expected


def test_markup_in_ids_and_texts_is_not_read():
    shown = summary(
        [Document("[red]x[/red] " + TEXT, "[link=http://evil]a"), Document("[red]x[/red] " + TEXT, "b")], color=False
    )
    assert "[link=http://evil]a" in shown and "[red]x[/red]" in shown


def test_long_lists_are_cut_and_say_so():
    documents = [Document(f"{TEXT} {n // 2}", f"d{n}") for n in range(2)] + [Document(TEXT, f"e{n}") for n in range(30)]
    assert "more" in summary(documents, color=False)
    assert "more (" not in summary(documents, color=False, everything=True)
    assert "e29" in summary(documents, color=False, everything=True)
