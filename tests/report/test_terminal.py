"""The summary for people."""

import io
from dataclasses import replace

import pytest

from dedup import Document, scan
from dedup.model import Flag, FlagKind, Span
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


def test_mangled_phrasing_is_shown_with_what_was_meant():
    spans = (
        Span(0, 6, "put up", "post", None, 3.0), Span(9, 18, "army help", "military aid", None, 7.4),
        Span(20, 30, "[b]colossal data", None, None, None), Span(40, 46, "a\x1bdialog", "conversation", None, 1.0),
    )  # fmt: skip
    result = replace(scan(["one text"]), flags={0: (Flag(FlagKind.MANGLED, 0.912, spans),)})
    out = io.StringIO()
    write_text(result, out, color=False)
    assert out.getvalue().split("flagged\n")[1] == (
        "  0\n"
        "    mangled        score 0.91\n"
        "                   [b]colossal data\n"
        "                   army help        → military aid   far likelier\n"
        "                   put up           → post           20× likelier\n"
        "                   … and 1 more\n"
    )
    out = io.StringIO()
    write_text(result, out, color=False, everything=True)
    assert "a\ufffddialog" in out.getvalue() and "\x1b" not in out.getvalue()
