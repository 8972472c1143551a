"""One process of `benchmarks fuzz`: `python -m benchmarks.fuzz_worker KIND FIRST COUNT`, JSON on the last line."""

from __future__ import annotations

import bz2
import faulthandler
import gzip
import json
import lzma
import random
import re
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from dedup.errors import DedupError

TEXTS = (
    "The harbour office said on Monday that the ferry would sail again from 4 July, after “two long weeks” of repairs.",
    "Ein Sprecher sagte, die Fähre fahre ab Montag wieder; 1.250 Gäste warteten – „endlich“.",
    "港の事務所は月曜日、フェリーが七月四日から再び運航すると発表した。",
    "The harbour office said on Monday that the ferry would sail again from 4 July after two weeks of repairs, again.",
)
SPLICES = (
    b"\0", b"\xff\xfe", b"\xed\xa0\x80", b'"', b"\n", b"\r\n", b"<!--", b"]]>", b"<![CDATA[", b"&#x1F600;", b"&bogus;",
    b"{", b"[", b"]", b"\\", b"\\u0000", b"1e999", b"\xe2\x80\xae", b"</item>", b"<item>", b"\t", b",", b"\x1b[2J",
    b"NaN",
    "\U0010ffff".encode(), b"\xf4\x90\x80\x80",
)  # fmt: skip
Round = Callable[[random.Random, Path], str]
"""Makes one mutated input from the generator, in the folder, and names its outcome; raises AssertionError for what must
not be."""


def mutate(data: bytes, rng: random.Random) -> bytes:
    """A few edits: bits flipped, pieces cut out, doubled, moved, or put in."""
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        at = rng.randrange(len(made) + 1)
        size = rng.choice((1, 2, 8, 64))
        action = rng.randrange(5)
        if action == 0 and at < len(made):
            made[at] ^= 1 << rng.randrange(8)
        elif action == 1:
            del made[at : at + size]
        elif action == 2:
            made[at:at] = made[at : at + size] * rng.choice((1, 2, 50))
        elif action == 3:
            made[at:at] = rng.choice(SPLICES)
        else:
            del made[rng.randrange(len(made) + 1) if rng.random() < 0.1 else len(made) :]
    return bytes(made)


def _records() -> list[dict[str, Any]]:
    return [
        {"id": f"d{at}", "date": "2025-07-04", "source": "Harbour Post", "text": text} for at, text in enumerate(TEXTS)
    ]


def _files() -> dict[str, bytes]:
    """A good file of each format."""
    import io

    import orjson
    import pyarrow
    import pyarrow.parquet

    records = _records()
    lines = b"\n".join(orjson.dumps(record) for record in records) + b"\n"
    table = ["id,date,source,text"] + [f'{r["id"]},{r["date"]},{r["source"]},"{r["text"]}"' for r in records]
    parquet = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(records), parquet)
    paragraphs = "".join(f"<p>{text}</p>" for text in TEXTS)
    page = f"<!doctype html><html><head><title>Ferry</title></head><body>{paragraphs}</body></html>"
    csv = "\n".join(table).encode() + b"\n"
    return {
        "a.txt": "\n\n".join(TEXTS).encode(), "a.html": page.encode(), "a.jsonl": lines,
        "a.json": orjson.dumps({"response": {"docs": records}}), "b.json": orjson.dumps(records), "a.csv": csv,
        "a.tsv": "\n".join(line.replace(",", "\t", 3) for line in table).encode(), "a.parquet": parquet.getvalue(),
        "a.jsonl.gz": gzip.compress(lines, mtime=0), "a.csv.bz2": bz2.compress(csv), "a.jsonl.xz": lzma.compress(lines),
    }  # fmt: skip


def inputs() -> Round:
    """A file of any format: documents and rejects, and the second pass gives the same number."""
    from dedup.config import ReadConfig
    from dedup.read import Reader, write_selection

    files = _files()

    def once(rng: random.Random, folder: Path) -> str:
        name = rng.choice(sorted(files))
        (folder / name).write_bytes(mutate(files[name], rng))
        (folder / "good.txt").write_text(TEXTS[0])
        reader = Reader([folder / name, folder / "good.txt"], ReadConfig())
        texts = [text for batch in reader.batches() for text in batch.texts]
        assert TEXTS[0] in texts, "the good file beside it was lost"
        assert all(text.strip() and text.encode() for text in texts)
        assert all(reject.reason and reject.source for reject in reader.rejects)
        out = folder / "kept.jsonl"
        assert write_selection(reader, [True] * len(texts), out) == len(texts)
        out.unlink()
        (folder / name).unlink()
        return "read" if not reader.rejects else "rejects"

    return once


def _feeds() -> list[bytes]:
    items = "".join(
        f"<item><title>Ferry {at}</title><link>https://e.example/{at}</link><guid>g{at}</guid>"
        f"<description><![CDATA[<p>{text}</p>]]></description></item>"
        for at, text in enumerate(TEXTS)
    )
    entries = "".join(
        f'<entry><id>urn:{at}</id><title>Ferry</title><link href="https://e.example/{at}"/>'
        f'<content type="html">&lt;p&gt;{text}&lt;/p&gt;</content></entry>'
        for at, text in enumerate(TEXTS)
    )
    listed = [{"id": str(at), "url": f"https://e.example/{at}", "content_text": text} for at, text in enumerate(TEXTS)]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Harbour", "items": listed}
    return [
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour</title>{items}</channel></rss>'.encode(),
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour</title><id>urn:f</id>{entries}</feed>'.encode(),
        json.dumps(feed, ensure_ascii=False).encode(),
    ]


FEED_SPLICES = (
    *SPLICES, b"<!--", b"-->", b"<entry>", b"</entry>", b"<description>", b"</description>", b"<content>",
    b"<summary/>", b"&lt;!--", b"&lt;script&gt;", b"&lt;/", b"<content type='xhtml'><div>", b"<?", b"?>", b"<", b">",
    b"'", b"&", b"/>", b"</channel>", b"</rss>", b"<title", b"<a b='", b'<p class="dedup-note">', b"</p>", b"}",
    b'"tags":[', b'"_dedup":1,', b'"content_html":"x",', b"<category domain='tag:dedup,2026:relation'>", b"<dedup:x>",
    b"xmlns='u'", b"<guid>", b"<link>",
)  # fmt: skip
_TAG = re.compile(rb"<[^<>]*>")


def mutate_feed(data: bytes, rng: random.Random) -> bytes:
    """As `mutate`, and with tags taken out, doubled, or with something put behind them."""
    made = bytearray(mutate(data, rng) if rng.random() < 0.6 else data)
    for _ in range(rng.choice((0, 1, 2, 4))):
        tags = [match.span() for match in _TAG.finditer(made)]
        start, end = rng.choice(tags) if tags else (rng.randrange(len(made) + 1),) * 2
        action = rng.randrange(3)
        if action == 0:
            del made[start:end]
        elif action == 1:
            made[start:start] = made[start:end]
        else:
            made[end:end] = rng.choice(FEED_SPLICES)
    return bytes(made)


FEED_MARKS = (
    ("near-duplicate", "https://first.example/?a=1&b=2", "First <b>]]></b> <!--", "First & Co"),
    ("exact", "", "[\u202e]", ""),
)
"""Relation, link, title and source of the marks that feeds are flagged with."""


def feeds() -> Round:
    """A feed: read and marked, or refused. Nothing is lost by it: items that are not dropped are there, unmarked ones
    byte for byte, flagged ones with the text that they had, and marked twice a feed is as it was marked once.
    """
    from dedup.errors import FeedError
    from dedup.feeds.format.parse import parse
    from dedup.feeds.format.rewrite import extract, rewrite
    from dedup.feeds.model import Action, ItemMark

    url, models = "https://e.example/feed", _feeds()
    flags = [ItemMark(Action.FLAG, relation, 0.93, *first) for relation, *first in FEED_MARKS]

    def once(rng: random.Random, _: Path) -> str:
        data = mutate_feed(rng.choice(models), rng)
        try:
            items = parse(data, url, now=1).items
        except FeedError:
            return "refused"
        assert rewrite(data, {}) == data, "changed without a mark"
        if not items:
            return "empty"
        dropped = {item.place for item in items if rng.random() < 0.2}
        flagged = {item.place for item in items if rng.random() < 0.5} - dropped or {items[0].place} - dropped
        mark = rng.choice(flags)
        wanted = dict.fromkeys(dropped, ItemMark(Action.DROP)) | dict.fromkeys(flagged, mark)
        try:
            marked = rewrite(data, wanted)
        except FeedError as error:
            return f"not marked: {_kind_of(str(error))}"
        if len(dropped) == len(items):
            return "all dropped"
        left = parse(marked, url, now=1).items
        stayed = [item for item in items if item.place not in dropped]
        assert [_said(item) for item in left] == [_said(item) for item in stayed], "an item was lost or changed"
        for before, after in zip(stayed, left, strict=True):
            if before.place not in flagged:
                one, other = extract(data, before.place), extract(marked, after.place)
                assert one.rstrip() == other.rstrip(), "an unmarked item was changed"
        again = {after.place: mark for before, after in zip(stayed, left, strict=True) if before.place in flagged}
        assert rewrite(marked, again) == marked, "marking twice is not marking once"
        return "marked"

    return once


def _said(item: Any) -> tuple[str, ...]:
    """What an item says, wherever it stands. Items that share an id get a longer key, as long as there are two."""
    return item.key.partition(" ")[0], item.link, item.title, item.text


def _kind_of(reason: str) -> str:
    """A reason without numbers."""
    return re.sub(r"\d+", "N", reason)


def references() -> Round:
    """A reference file: refused, or it judges."""
    from dedup.errors import ReferenceFileError
    from dedup.phrasing.reference.model import Reference

    whole = (
        Path(sys.modules["dedup.errors"].__file__ or "")
        .parent.joinpath("phrasing", "reference", "english.ref")
        .read_bytes()
    )

    def once(rng: random.Random, folder: Path) -> str:
        made = bytearray(whole)
        if rng.random() < 0.2:
            del made[rng.randrange(len(made)) :]
        elif rng.random() < 0.5:
            made[: 1 << 12] = mutate(bytes(made[: 1 << 12]), rng)
        else:
            made[rng.randrange(len(made))] ^= 1 << rng.randrange(8)
        path = folder / "a.ref"
        path.write_bytes(made)
        try:
            reference = Reference.open(path)
        except ReferenceFileError:
            return "refused"
        assert reference.total >= 0
        return "opened"

    return once


def settings() -> Round:
    """TOML: ConfigError, or settings that are valid."""
    from dedup.config import Config, FeedsConfig
    from dedup.errors import ConfigError
    from dedup.settings_files import find

    values = (
        "1",
        "-1",
        "0.5",
        "nan",
        "inf",
        '"1G"',
        '"x"',
        "true",
        "[1]",
        '["a"]',
        "[[1]]",
        "{a=1}",
        "9" * 400,
        '""',
        "1979-05-27",
    )

    def once(rng: random.Random, folder: Path) -> str:
        stages = {name: list(section) for name, section in Config().as_dict().items()}
        lines = []
        for name in rng.sample(sorted(stages), 2):
            lines.append(f"[{name}]")
            for key in rng.sample(stages[name], min(2, len(stages[name]))):
                usual = json.dumps(Config().as_dict()[name][key])
                lines.append(f"{key} = {rng.choice(values) if rng.random() < 0.3 else usual}")
        data = "\n".join(lines).encode()
        path = folder / "a.toml"
        path.write_bytes(mutate(data, rng) if rng.random() < 0.5 else data)
        try:
            layers = find(folder, named=path, user=folder / "none.toml")
            layers.over(Config())
            layers.over(FeedsConfig())
        except ConfigError as error:
            assert str(error).isprintable(), f"raw control characters: {error!r}"
            return "refused"
        return "valid"

    return once


def indexes() -> Round:
    """An index with flipped bits: refused, noticed, or answering."""
    from dedup.config import Config, ReadConfig
    from dedup.index.index import Index
    from dedup.read import from_documents

    folder = Path(tempfile.mkdtemp(prefix="dedup-fuzz-"))
    path = folder / "whole.sqlite"
    config = Config().update({"find": {"phrasing": False}})
    records = _records()
    with Index.open(path, config) as index:
        index.add(from_documents(records, ReadConfig()))
    whole = path.read_bytes()
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()

    def once(rng: random.Random, folder: Path) -> str:
        made = bytearray(whole)
        for _ in range(rng.choice((1, 3, 10))):
            made[rng.randrange(len(made))] ^= 1 << rng.randrange(8)
        path = folder / f"{rng.random()}.sqlite"
        path.write_bytes(made)
        try:
            with Index.open(path, config, create=False) as index:
                problems = index.check()
                answers = list(index.query(from_documents(records, ReadConfig())))
                assert len(answers) == len(records)
        except DedupError:
            return "refused"
        return "noticed" if problems else "answered"

    return once


def kernels() -> Round:
    """Any bytes through words, signatures and alignment."""
    import numpy as np

    from dedup.align.alignment import align
    from dedup.fingerprint.minhash import fingerprint

    def once(rng: random.Random, folder: Path) -> str:
        texts: list[bytes] = []
        while len(texts) < 2:
            data = (
                rng.randbytes(rng.randrange(400)) if rng.random() < 0.3 else mutate(rng.choice(TEXTS).encode() * 3, rng)
            )
            texts.append(data if rng.random() < 0.5 else data.decode("utf-8", "replace").encode())
        sizes = np.array([len(text) for text in texts], np.int64)
        with ThreadPoolExecutor(1) as pool:
            figures = align(np.zeros(1, np.int64), np.ones(1, np.int64), sizes, texts.__getitem__, pool).figures
        assert len(figures) == 1
        signed = fingerprint([text.decode("utf-8", "replace") for text in texts])
        assert len(signed.values) == 2
        return "run"

    return once


def main(kind: str, first: int, count: int) -> None:
    """Seeds `first` to `first + count`; prints outcomes, violations and the slowest round."""
    faulthandler.enable()
    once = {
        "inputs": inputs, "feeds": feeds, "references": references, "settings": settings, "indexes": indexes,
        "kernels": kernels,
    }[kind]()  # fmt: skip
    outcomes: Counter[str] = Counter()
    violations: list[str] = []
    slowest = 0.0
    with tempfile.TemporaryDirectory(prefix="dedup-fuzz-") as place:
        folder = Path(place)
        for seed in range(first, first + count):
            began = time.perf_counter()
            try:
                outcomes[once(random.Random(f"{kind} {seed}"), folder)] += 1
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                violations.append(
                    f"seed {seed}: {type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
                )
                for left in folder.iterdir():
                    left.unlink()
            slowest = max(slowest, time.perf_counter() - began)
    print(json.dumps({"outcomes": outcomes, "violations": violations, "slowest": round(slowest, 3)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
