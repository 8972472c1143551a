"""Which of some copies is kept: the earliest, the longest by its own words, the cleanest, the best named."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest
from click.testing import CliRunner

from dedup import Config, Document, scan
from dedup.cli import cli
from dedup.index.index import Index
from dedup.pipeline.ranking import by_name, title_again
from tests import texts
from tests.index.indexes import add, assert_like_scan

STORY = texts.REPORT.strip()
TITLE = "Ferry runs aground on a sandbank"
BUTTONS = "Share on Facebook\nTweet\nShare on WhatsApp\nEmail\n"


def kept(*documents: Document) -> str:
    """The one that is kept, whatever the order; all must be copies of it."""
    before: list[str] = []
    for seed in range(3):
        shuffled = list(documents)
        random.Random(seed).shuffle(shuffled)
        result = scan(shuffled, Config().update({"find": {"phrasing": False}}))
        (cluster,) = result.clusters
        assert len(cluster.members) == len(documents)
        names = [result.corpus.ids[row] for row in range(len(documents)) if result.kept[row]]
        assert names == (before or names)
        before = names
    (name,) = before
    return name


@pytest.mark.parametrize(
    "copy",
    ["ferry (1).txt", "Copy of ferry.txt", "ferry - Copy.txt", "ferry_old.txt", "ferry.txt.bak", "ferry copy 2.txt",
     "ferry.txt~", "copy (2) of ferry.txt", "a/much/longer/way/ferry.txt"],
)  # fmt: skip
def test_a_file_over_its_copy(copy):
    assert kept(Document(STORY, copy), Document(STORY, "ferry.txt")) == "ferry.txt"
    assert kept(Document(STORY, copy), Document(STORY + "\nThe end.", "ferry.txt")) == "ferry.txt"


@pytest.mark.parametrize("copy", ["ferry (1).txt", "ferry-copy.txt", "ferry_old.txt", "ferry.bak"])
def test_a_name_that_says_copy_comes_after_a_longer_one(copy):
    assert kept(Document(STORY, copy), Document(STORY, "archive/2024/ferry.txt")) == "archive/2024/ferry.txt"


@pytest.mark.parametrize("name", ["photocopy.txt", "The old man.txt", "report (2024).txt", "copyright.md", "bold.txt"])
def test_names_that_are_no_copies(name):
    assert by_name(name)[0] is (name == "copy")


@pytest.mark.parametrize(
    "dirty",
    [
        BUTTONS + STORY, STORY + "\n" + BUTTONS, STORY + "\nSubscribe to our newsletter for daily news",
        STORY + "\nAdvertisement\nRead more: Another ferry runs aground", STORY + "\n[ad_2]\nSource link",
        STORY + "\nWe use cookies to improve your experience.\nAccept all cookies\nAll rights reserved.",
        STORY.replace("\n", "\nAdvertisement\n", 2) + "\nLeave a comment\nLike Loading...",
    ],
)  # fmt: skip
def test_boilerplate_makes_no_text_longer(dirty):
    assert kept(Document(dirty, "a"), Document(STORY, "z")) == "z"


@pytest.mark.parametrize(
    "head", [TITLE, f"{TITLE} | The Post\n\n{TITLE}", f"{TITLE}\n\n{TITLE} - The Post", f"# {TITLE}\n\n{TITLE.upper()}"]
)
def test_a_title_counts_once(head):
    saved, plain = f"{head}\n\n{TITLE}\n\n{STORY}", f"# {TITLE}\n\n{STORY}"
    assert kept(Document(saved, "a.html"), Document(plain, "z.md")) == "z.md"


def test_a_repeated_line_that_is_no_title_counts():
    assert title_again(b"One\n\nrow, row, row your boat\nTwo\nrow, row, row your boat") == []
    assert title_again(b"") == title_again(b"\n\n") == title_again(b"one line") == []
    assert title_again("Über Nacht – Die Post\n\nÜber Nacht\nText".encode()) == [(26, 37)]


def test_more_text_of_its_own_is_kept():
    longer = STORY + "\n" + " ".join(STORY.split()[:12][::-1]) + "."
    assert kept(Document(longer, "zzzz (1)"), Document(BUTTONS + STORY, "a")) == "zzzz (1)"


def test_the_earlier_is_kept_however_dirty():
    earlier, later = Document(BUTTONS + STORY, "zzz (1)", "2024-01-01"), Document(STORY, "a", "2024-01-02")
    assert kept(earlier, later) == "zzz (1)"


def test_a_page_with_buttons_is_no_whole_that_holds_a_text():
    """The shorter text of the two is the page, without what stands round it."""
    words = STORY.split(" ")
    page = BUTTONS * 4 + " ".join(words[:-20])
    assert len(page.split()) > len(STORY.split())
    assert kept(Document(page, "a"), Document(STORY, "z")) == "z"


def test_within_a_little_the_length_does_not_count():
    words = STORY.split(" ")
    a_word_more = " ".join([*words[:40], "also", *words[40:]])
    assert len(words) > 60
    assert kept(Document(a_word_more, "longer-name"), Document(STORY, "name")) == "name"


def test_an_index_keeps_the_same(tmp_path):
    documents = [
        Document(BUTTONS + STORY, "a"), Document(STORY, "z (1)"), Document(STORY.upper(), "z"),
        Document(f"{TITLE} | The Post\n{TITLE}\n{TITLE}\n{STORY}", "b.html"), Document(f"{TITLE}\n{STORY}", "b.md"),
    ]  # fmt: skip
    for seed in range(3):
        random.Random(seed).shuffle(documents)
        with Index.open(tmp_path / f"{seed}.sqlite") as index:
            for document in documents:
                add(index, document)
            assert_like_scan(index, documents)
            (cluster,) = index.clusters()
            assert cluster.members[0].id == "b.md"


def kept_of(folder: Path, *options: str) -> list[str]:
    done = CliRunner().invoke(cli, ["scan", str(folder), "--no-phrasing", "--format", "json", *options])
    return [document["id"] for document in json.loads(done.stdout)["documents"] if document["kept"]]


def files(folder: Path, **times: int) -> Path:
    """Copies, with the years in which they were changed."""
    for name, year in times.items():
        path = folder / f"{name}.txt"
        path.write_text(STORY)
        os.utime(path, (0, (year - 1970) * 31_557_600))
    return folder


@pytest.mark.parametrize("times", [{"a": 2024, "b": 2020}, {"b": 2020, "a": 2021}, {"c": 2022, "b": 1999, "a": 2023}])
def test_of_files_the_older_is_kept(tmp_path, times):
    assert kept_of(files(tmp_path, **times)) == ["b.txt"]
    (tmp_path / "a.txt").write_text(STORY.upper() + "\nThe end.")  # no exact copy: newer still
    assert kept_of(tmp_path) == ["b.txt"]


def test_the_age_of_a_file_comes_after_all_else(tmp_path):
    files(tmp_path, aa=1990, b=2024)
    assert kept_of(tmp_path) == ["b.txt"]
    (tmp_path / "a.txt").write_text(STORY + "\n" + " ".join(STORY.split()[:30]))
    assert kept_of(tmp_path) == ["a.txt"]
    dated = tmp_path / "a-long-name-for-a-page.html"
    dated.write_text(f'<meta name="date" content="2020-01-01"><p>{STORY}')
    assert kept_of(tmp_path) == [dated.name]


def test_files_of_one_time_and_an_index_go_by_name(tmp_path):
    assert kept_of(files(tmp_path, a=2020, b=2020)) == ["a.txt"]
    files(tmp_path, b=2010)
    assert kept_of(tmp_path) == ["b.txt"]
    assert kept_of(tmp_path, "--pairwise") == ["a.txt"]


def test_records_do_not_go_by_the_age_of_their_files(tmp_path):
    """Files of records are made when they are made: what they hold is no older for it."""
    for name, year in (("a", 2024), ("b", 2000)):
        path = tmp_path / f"{name}.jsonl"
        path.write_text(json.dumps({"id": name, "text": STORY}) + "\n")
        os.utime(path, (0, (year - 1970) * 31_557_600))
    assert kept_of(tmp_path) == ["a"]
