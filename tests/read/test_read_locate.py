"""Documents read again from where they stand."""

import json
import os

import pytest

from dedup.config import Config
from dedup.errors import InputError
from dedup.read import Kept, Locator, Reader
from dedup.read.jsonl import SIZE_BITS


def located(path, **settings):
    """(reader, batches) of a reader that keeps places."""
    reader = Reader([path], Config().update({"read": settings}).read, kept=Kept(locate=True))
    return reader, list(reader.batches())


def lines(path, records, prefix=b""):
    path.write_bytes(prefix + b"".join(json.dumps(record).encode() + b"\n" for record in records))
    return path


RECORDS = [{"id": str(n), "text": f"text {n} é\n" + "x" * n} for n in range(50)]


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf", b"\n\n", b"not json\n\n"])
def test_a_text_is_found_again(tmp_path, prefix):
    path = lines(tmp_path / "a.jsonl", RECORDS, prefix)
    reader, batches = located(path)
    locator = Locator(reader.entries)
    places = [place for batch in batches for place in batch.places]
    texts = [text.encode() for batch in batches for text in batch.texts]
    assert places[0] == -1, "the first record of a file is read the slow way: it tells which fields there are"
    assert -1 not in places[1:]
    assert [locator.read(0, p, len(t)) for p, t in zip(places[1:], texts[1:], strict=True)] == texts[1:]
    locator.close()


def test_lines_over_many_blocks_are_found_again(tmp_path):
    records = [{"id": str(n), "text": f"{n} " * 50_000} for n in range(12)]
    reader, batches = located(lines(tmp_path / "a.jsonl", records))
    locator = Locator(reader.entries)
    places = [place for batch in batches for place in batch.places]
    texts = [text for batch in batches for text in batch.texts]
    assert len(places) == 12
    pairs = list(zip(places, texts, strict=True))[1:]
    assert [locator.read(0, p, len(t)).decode() for p, t in pairs] == texts[1:]


def test_a_line_that_is_too_large_shifts_nothing(tmp_path):
    records = [{"text": "first"}, {"text": "y" * 3_000_000}, {"text": "after"}]
    reader, batches = located(lines(tmp_path / "a.jsonl", records), max_size="1M")
    assert [reject.line for reject in reader.rejects] == [2]
    locator = Locator(reader.entries)
    assert locator.read(0, batches[0].places[1], 5) == b"after"


def test_records_that_were_repaired_have_no_place(tmp_path):
    path = tmp_path / "a.jsonl"
    texts = (b'"first"}', b'"plain one"}', b'"nan","x":NaN}', b'"lone \\ud800"}', b'"plain two"}')
    path.write_bytes(b"".join(b'{"text":' + text + b"\n" for text in texts))
    _, batches = located(path)
    assert [place >= 0 for place in batches[0].places] == [False, True, False, False, True]


def test_another_text_field_has_no_place(tmp_path):
    _, batches = located(
        lines(tmp_path / "a.jsonl", [{"text": "zero"}, {"text": "one"}, {"body": "two"}, {"text": "three"}])
    )
    assert batches[0].places[2] == -1
    assert batches[0].places[1] >= 0


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv", "a.txt"])
def test_other_formats_have_no_places(tmp_path, name):
    import gzip

    path = tmp_path / name
    data = b"text\nsome words\n" if name != "a.jsonl.gz" else gzip.compress(b'{"text":"some words"}\n')
    path.write_bytes(data)
    _, batches = located(path)
    assert batches[0].places == [-1]


def test_places_are_kept_only_when_asked_for(tmp_path):
    reader = Reader([lines(tmp_path / "a.jsonl", RECORDS)], Config().read)
    assert {place for batch in reader.batches() for place in batch.places} == {-1}


def test_a_file_that_was_rewritten_is_an_error(tmp_path):
    path = lines(tmp_path / "a.jsonl", RECORDS)
    reader, batches = located(path)
    os.utime(path, ns=(1, 1))
    with pytest.raises(InputError, match=r"a\.jsonl.*changed"):
        Locator(reader.entries).read(0, batches[0].places[1], 8)


def test_a_file_that_only_grew_is_none(tmp_path):
    path = lines(tmp_path / "a.jsonl", RECORDS)
    reader, batches = located(path)
    with path.open("ab") as out:
        out.write(b'{"text":"more"}\n')
    text = batches[0].texts[3].encode()
    assert Locator(reader.entries).read(0, batches[0].places[3], len(text)) == text


def test_a_file_that_vanished_is_still_read(tmp_path):
    path = lines(tmp_path / "a.jsonl", RECORDS)
    reader = Reader([path], Config().read, kept=Kept(locate=True))
    locator = Locator(reader.entries)
    batches = list(reader.batches())
    path.unlink()
    text = batches[0].texts[3].encode()
    assert locator.read(0, batches[0].places[3], len(text)) == text


def test_more_files_than_are_held_open(tmp_path, monkeypatch):
    monkeypatch.setattr("dedup.read.locate.HELD", 1)
    for number in range(3):
        lines(tmp_path / f"{number}.jsonl", [{"text": f"text {n} of {number}"} for n in range(3)])
    reader, batches = located(tmp_path)
    locator = Locator(reader.entries)
    rows = [(f, p, t) for b in batches for f, p, t in zip(b.files, b.places, b.texts, strict=True) if p >= 0]
    assert len(rows) == 6
    assert [locator.read(file, place, len(text)).decode() for file, place, text in rows] == [t for _, _, t in rows]


def test_a_place_that_holds_something_else_is_an_error(tmp_path):
    reader, batches = located(lines(tmp_path / "a.jsonl", RECORDS))
    with pytest.raises(InputError, match="changed"):
        Locator(reader.entries).read(0, batches[0].places[1] + (1 << SIZE_BITS), 8)
