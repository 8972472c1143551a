"""What is told of references."""

import io

from dedup.pipeline.reference import Built, ReferenceSummary
from dedup.report.reference import reference_row, write_built, write_reference
from tests.fakes import Header


def told(write, *arguments, **options):
    out = io.StringIO()
    write(*arguments, out, **options)
    return out.getvalue()


def test_one_fact_a_line():
    text = told(write_reference, ReferenceSummary(Header(note="ours"), "own.ref", 1_234_567))
    facts = dict(line.split(maxsplit=1) for line in text.splitlines() if line)
    assert facts["reference"] == "own.ref" and facts["note"] == "ours" and facts["size"] == "1.2 MB"
    assert facts["counted"] == "567,890 words of 1,234 documents"
    assert facts["kept"] == "1: 10, 2: 20, 3: 30"


def test_what_is_not_known_is_left_out():
    text = told(write_reference, ReferenceSummary(Header(made=""), None, None))
    assert "shipped with the package" in text
    assert not any(line.startswith(("made", "note", "size")) for line in text.splitlines())


def test_files_of_others_are_shown_harmlessly_and_long_lists_cut():
    header = Header(note="\x1b[2J[bold]x", sources=tuple(f"s{number}" for number in range(40)))
    text = told(write_reference, ReferenceSummary(header, "\x1b]own", 1))
    assert "\x1b" not in text and "[bold]x" in text and "… and 28 more" in text
    assert "s39" in told(write_reference, ReferenceSummary(header, "own", 1), everything=True)


def test_what_became_of_the_documents():
    shown = ReferenceSummary(Header(), "own.ref", 999)
    text = told(write_built, Built(shown, 10, 2, None, (), ()))
    assert "10 documents" in text and "2 documents that say" in text and "left out" not in text
    text = told(write_built, Built(shown, 10, 2, 0, (), ()))
    assert "left out     0 documents with mangled phrasing" in text and "999 bytes" in text


def test_json_has_what_the_header_has():
    row = reference_row(ReferenceSummary(Header(), None, None))
    assert row["shipped"] and row["sizes"] == {"1": 10, "2": 20, "3": 30} and row["vocabulary"] == 4321
