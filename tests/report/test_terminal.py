"""The summary for people."""

import io
import re
from dataclasses import replace

import pytest

from dedup import Document, scan
from dedup.model import Flag, FlagKind, Span
from dedup.report.console import percent, plain
from dedup.report.terminal import write_text
from tests import texts

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


def test_copies_that_are_kept_are_counted():
    near = TEXT.replace("word30", "other")
    out = io.StringIO()
    write_text(scan([TEXT, TEXT, near], drop=("exact",)), out, color=False)
    assert "3 documents · 2 copies in 1 cluster, 1 of them kept · 2 to keep" in out.getvalue()


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


def test_mangled_phrasing_is_shown_with_the_closest_wording():
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
        "                   army help          perhaps military aid\n"
        "                   put up             perhaps post\n"
        "                   … and 1 more\n"
    )
    out = io.StringIO()
    write_text(result, out, color=False, everything=True)
    assert "a\ufffddialog" in out.getvalue() and "\x1b" not in out.getvalue()


STORY = texts.REPORT


@pytest.mark.parametrize(
    "other",
    [
        "Share on Facebook\nTweet\n" + STORY, STORY.replace(" the ", " a ", 1), STORY + " The end.",
        STORY[: len(STORY) * 3 // 4], texts.spun(STORY), STORY + "\n[ad_2]\nSource link",
    ],
)  # fmt: skip
def test_a_hundred_percent_are_said_of_exact_copies_alone(other):
    shown = summary([Document(STORY, "a"), Document(other, "b")], color=False)
    assert "1 copy in 1 cluster" in shown and "100 %" not in shown
    assert "99 %" in summary([Document(STORY, "a"), Document(STORY + "\nTweet", "b")], color=False)
    assert summary([Document(STORY, "a"), Document(STORY.upper(), "b")], color=False).count("100 %") == 2


@pytest.mark.parametrize(
    ("value", "exact", "said"),
    [(1.0, True, "100 %"), (1.0, False, "99 %"), (0.9999, False, "99 %"), (0.995, False, "99 %"), (0.7, False, "70 %"),
     (0.29, False, "29 %"), (0.0, False, "0 %"), (0.0, True, "100 %")],
)  # fmt: skip
def test_shares_are_rounded_down(value, exact, said):
    assert percent(value, exact=exact) == said


@pytest.mark.parametrize(
    ("kind", "label"),
    [("name", "mutated-name"), ("date", "mutated-date"), ("year", "mutated-date"), ("cardinal", "mutated-number"),
     ("money", "mutated-number"), (None, "mutated-number")],
)  # fmt: skip
def test_a_name_is_called_no_number(kind, label):
    other = {"text": "Crop"} | ({"kind": kind} if kind else {})
    result = replace(
        scan(["one text"]), flags={0: (Flag(FlagKind.MUTATED_NUMBER, None, (Span(0, 7, "Harvest", None, other),)),)}
    )
    out = io.StringIO()
    write_text(result, out, color=False)
    assert f"    {label:<15}Harvest  elsewhere: Crop\n" in out.getvalue()


def test_kinds_of_one_flag_are_named_once_each():
    kinds = enumerate(("name", "name", "date"))
    spans = [Span(n, n + 1, f"w{n}", None, {"text": "x", "kind": kind}) for n, kind in kinds]
    result = replace(scan(["one text"]), flags={0: (Flag(FlagKind.MUTATED_NUMBER, None, tuple(spans)),)})
    out = io.StringIO()
    write_text(result, out, color=False)
    assert out.getvalue().endswith(
        "    mutated-name   w0  elsewhere: x\n                   w1  elsewhere: x\n"
        "    mutated-date   w2  elsewhere: x\n"
    )


@pytest.mark.parametrize("first", ["2024-01-01", "2024-03-01", None])
def test_arrows_lead_from_the_source_to_the_copy(first):
    """Whichever of the two is kept."""
    shown = summary([Document(STORY, "source", first), Document(texts.spun(STORY), "spun", "2024-02-01")], color=False)
    words = dict(texts.SYNONYMS)
    arrows = re.findall(r"([\w ]+?) → ([\w ]+?)(?:,|\n)", shown)
    assert arrows and "leads from the source's words to the copy's" in shown
    known = [(a.strip(), b) for a, b in arrows if a.strip() in words or b in words]
    assert known and all(words.get(a) == b for a, b in known)


def test_no_legend_without_arrows():
    assert "→" not in summary([STORY, STORY], color=False)


def test_lines_are_not_broken_where_there_is_no_terminal():
    words = texts.REPORT.split(" ")
    for place in range(20, 81, 20):
        words[place] = "extraordinarily" * 2
    shown = summary([texts.REPORT, " ".join(words)], color=False)
    assert any(len(line) > 120 for line in shown.splitlines() if "↔" in line or "→" in line), shown
