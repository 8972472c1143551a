"""Documents that people have: what is read of good ones, and what becomes of twenty bad ones of each format."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from pathlib import Path

import made
import pytest
from made import FIRST, SECOND, TEXT
from reading import Put, read_all

from dedup.read.documents import converter
from dedup.read.documents.model import KINDS

for package in converter.NEEDS.values():
    pytest.importorskip(package)

GOOD: dict[str, Callable[[], bytes]] = {
    "docx": made.docx, "odt": made.odt, "epub": made.epub, "rtf": made.rtf, "eml": made.eml, "pdf": made.pdf,
    "warc": made.warc,
}  # fmt: skip
FOURTH_OF_JULY = 1751587200
PASSED = 4
"""Web archives whose record became one that holds no page; a note says so."""
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(40)
LAUGHS = '<!DOCTYPE a [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
ENTITIES = "declares entities, which no such document needs"
LOCKED = "encrypted: a password is needed"
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)
DEEP = "nested too deeply"
BIG = "too large when unpacked (over 536,870,912 bytes)"
Bad = tuple[bytes, str]


def cut(data: bytes, parts: int = 12) -> list[bytes]:
    return [data[: len(data) * part // parts] for part in range(1, parts)]


def flipped(data: bytes, count: int = 10, seed: int = 7) -> list[bytes]:
    """The same with one bit changed, somewhere."""
    generator, out = random.Random(seed), []
    for _ in range(count):
        copy = bytearray(data)
        copy[generator.randrange(len(copy))] ^= 1 << generator.randrange(8)
        out.append(bytes(copy))
    return out


def foreign(kind: str) -> list[bytes]:
    """Files that are something else."""
    return [
        PNG,
        b"plain text, and no more",
        b"<html><p>a page",
        *(GOOD[other]() for other in GOOD if other not in (kind, "warc")),
    ]


def packages(kind: str, locked: bytes) -> list[Bad]:
    """Bad files of the kinds that are ZIP files."""
    name, good = KINDS[kind], GOOD[kind]()
    return [
        *((data, f"broken {name}: it ends too early") for data in cut(good)),
        *((data, f"not a{'n' * (kind != 'docx')} {name}") for data in foreign(kind)),
        (b"", "empty file"), (b"PK\x03\x04", f"broken {name}: it ends too early"), (locked, LOCKED),
        (OLD, "an old Word file: save it as .docx"), (OLD + "EncryptedPackage".encode("utf-16-le"), LOCKED),
        (made.zipped({}), f"not a{'n' * (kind != 'docx')} {name}"),
    ]  # fmt: skip


def check(put: Put, tmp_path: Path, kind: str, cases: list[Bad], least: int = 20) -> None:
    """Each of these files costs one reject of that reason, and what stands beside them is read."""
    assert len(cases) >= least
    put("in/0.txt", "before")
    put("in/zz.txt", "after")
    put(f"in/good.{kind}", GOOD[kind]())
    for number, (data, _) in enumerate(cases):
        put(f"in/{number:03}.{kind}", data)
    got = read_all(tmp_path / "in")
    told = {reject.source: reject.reason for reject in got.reader.rejects}
    assert got.texts == ["before", TEXT, "after"]
    for number, (data, reason) in enumerate(cases):
        assert told.get(f"{number:03}.{kind}", "(nothing)").startswith(reason), (number, data[:80], told)
    assert len(told) == len(got.reader.rejects) == len(cases)


def test_bad_word_documents(put: Put, tmp_path: Path) -> None:
    paragraph = f"<w:p><w:r><w:t>{FIRST}</w:t></w:r></w:p>"
    no_rights = made.encrypted_zip(made.docx())
    cases = packages("docx", no_rights)
    cases += [
        (made.word(paragraph, LAUGHS), ENTITIES), (made.word(paragraph, OUTSIDE), ENTITIES),
        (made.word("<w:p>" * 20_000), DEEP), (made.word("<w:p><w:r>"), "broken Word document: mismatched tag"),
        (made.word(""), "no text in it"), (made.word("<w:p/>" * 50), "no text in it"),
        (made.word(f"<w:del>{paragraph}</w:del>"), "no text in it"),
        (made.zipped({"word/document.xml": b"\0\1\2"}), "broken Word document: not well-formed"),
        (made.zipped({"word/document.xml": ""}), "broken Word document: no element found"),
        (made.zipped({"word/document.xml": "x" * 5_000}, how=12), "broken Word document: an unusual compression"),
    ]  # fmt: skip
    check(put, tmp_path, "docx", cases, 35)


def test_bad_open_documents(put: Put, tmp_path: Path) -> None:
    manifest = "<m><encryption-data/></m>"
    cases = packages("odt", made.encrypted_zip(made.odt()))
    cases += [
        (made.opened("<text:p>a</text:p>", LAUGHS), ENTITIES), (made.opened("<text:p>a</text:p>", OUTSIDE), ENTITIES),
        (made.opened("<text:p>" * 20_000), DEEP), (made.opened("<text:p>"), "broken OpenDocument text: mismatched tag"),
        (made.opened(""), "no text in it"), (made.zipped({"content.xml": "<a/>"}), "not an OpenDocument text"),
        (made.zipped({"content.xml": b"\xff\xfe\0", "META-INF/manifest.xml": manifest}), LOCKED),
        (made.opened(f"<text:tracked-changes><text:p>{FIRST}</text:p></text:tracked-changes>"), "no text in it"),
    ]  # fmt: skip
    check(put, tmp_path, "odt", cases, 30)


def test_bad_books(put: Put, tmp_path: Path) -> None:
    locked = '<e><CipherReference URI="OPS/c%200.xhtml"/></e>'
    container = '<container><rootfiles><rootfile full-path="{}"/></rootfiles></container>'
    opf = (
        '<package><manifest><item id="a" href="../../a" media-type="text/html"/></manifest><spine><itemref idref="a"/>'
    )
    cases = packages("epub", made.encrypted_zip(made.epub()))
    cases += [
        (made.epub(more={"META-INF/encryption.xml": locked}), "encrypted: a book with digital rights management"),
        (made.epub("<p></p>"), "no text in it"), (made.epub("<script>x</script>"), "no text in it"),
        (made.zipped({"META-INF/container.xml": "<container/>"}), "broken EPUB book: its table of contents"),
        (made.zipped({"META-INF/container.xml": container.format("x.opf")}), "broken EPUB book: its table of contents"),
        (made.zipped({"META-INF/container.xml": LAUGHS + "<a/>"}), ENTITIES),
        (
            made.zipped({"META-INF/container.xml": container.format("x.opf"), "x.opf": opf + "</spine></package>"}),
            "broken EPUB book: a chapter is missing",
        ),
        (
            made.zipped({"META-INF/container.xml": container.format("x.opf"), "x.opf": opf}),
            "broken EPUB book: no element",
        ),
    ]  # fmt: skip
    check(put, tmp_path, "epub", cases, 30)


def test_bad_rich_text(put: Put, tmp_path: Path) -> None:
    cases: list[Bad] = [
        *((data, "broken RTF file: it ends too early") for data in cut(made.rtf())),
        *((data, "not an RTF file") for data in foreign("rtf")), (b"", "empty file"), (b" \n", "empty file"),
        (b"{\\rtf1}", "no text in it"), (b"{\\rtf1 " + b"{" * 5_000 + b"}" * 5_001, DEEP),
        (b"{\\rtf1 {\\pict 00ff}}", "no text in it"), (b"{\\rtf1\\par\\par}", "no text in it"),
        (b"{\\rtf1 a\\}", "broken RTF file: it ends too early"),
    ]  # fmt: skip
    check(put, tmp_path, "rtf", cases, 25)


def mime(depth: int) -> bytes:
    """Parts in parts."""
    lines = ["From: a@b.example"]
    for level in range(depth):
        lines += [f'Content-Type: multipart/mixed; boundary="b{level}"', "", f"--b{level}"]
    return "\r\n".join([*lines, "", TEXT]).encode()


def test_bad_mail(put: Put, tmp_path: Path) -> None:
    pgp = 'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="b"'
    smime, image = "Content-Type: application/pkcs7-mime; name=smime.p7m", "Content-Type: image/png"
    mixed = 'Content-Type: multipart/mixed; boundary="b"'
    attached = "Content-Type: text/plain\r\nContent-Disposition: attachment"
    key = "encrypted: the key of its recipient is needed"
    cases: list[Bad] = [
        *((made.eml()[:end], "no text in it") for end in range(12, 38, 2)),
        *((data, "not a mail message") for data in foreign("eml")),
        (b"", "empty file"), (b"\r\n\r\n", "empty file"), (made.eml("x", more=smime), key),
        (made.eml("--b\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n--b--", more=pgp), key),
        (made.eml("-----BEGIN PGP MESSAGE-----\r\nx"), key), (made.eml("x", more=image), "no text in it"),
        (made.eml("x", more=attached), "no text in it"),
        (made.eml("<script>x", more="Content-Type: text/html"), "no text in it"),
        (mime(150), DEEP), (mime(3_000), DEEP), (b"a: b\r\n\r\nx", "not a mail message"),
        (made.eml("--b\r\n\r\n" * 12_000, more=mixed), "more than 10,000 parts"),
    ]  # fmt: skip
    check(put, tmp_path, "eml", cases, 25)


def test_bad_pdf(put: Put, tmp_path: Path) -> None:
    good = made.pdf()
    cases: list[Bad] = [
        *((data, "broken PDF file: it ends too early") for data in cut(good)),
        *((data, "not a PDF file") for data in foreign("pdf")), (b"", "empty file"),
        (made.locked_pdf("secret"), LOCKED),
        (made.pdf(()), "no text in it: 1 page, scanned perhaps"), (made.pdf((), ()), "no text in it: 2 pages, scanned"),
        (b"%PDF-1.4\n%%EOF", "broken PDF file"),
        (good.replace(b"/Type/Catalog", b"/Type/Catalod").replace(b"/Root", b"/Toor"), "broken"),
        (good.replace(b"/Pages 2 0 R", b"/Pages 1 0 R"), "no text in it: 0 pages"),
    ]  # fmt: skip
    check(put, tmp_path, "pdf", cases, 25)


def test_bad_web_archives(put: Put, tmp_path: Path) -> None:
    good, head = made.warc(), b"WARC/1.0\r\nWARC-Type: response\r\n"
    broken = "broken web archive: "
    cases: list[Bad] = [
        *((data, "not a web archive") for data in cut(good)[:6]),
        *((data, "not a web archive") for data in foreign("warc")),
        *((data, broken + "it ends too early") for data in cut(good)[7:]), (b"", "empty file"), (b"\r\n", "empty file"),
        (head + b"\r\n", "not a web archive"), (head + b"Content-Length: -1\r\n\r\n", "not a web archive"),
        (head + b"Content-Length: 99\r\n\r\nx", broken + "it ends"),
        (b"WARC/1.0" + b"a" * 200_000, "not a web archive"),
        (made.record("<script>x"), "no text in it"),
        (made.record(b"x" * 50, http="HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"), ""),
    ]  # fmt: skip
    assert len(cases) >= 20
    put("in/0.txt", "before")
    for number, (data, _) in enumerate(cases):
        put(f"in/{number:03}.warc", data)
    put("in/zz.warc", made.warc(made.record("<p>a"), b"garbage"))
    got = read_all(tmp_path / "in")
    told = {reject.source: reject.reason for reject in got.reader.rejects}
    for at, (_, reason) in enumerate(cases):
        assert told.get(f"{at:03}.warc", "").startswith(reason), (at, told)
    assert told["zz.warc"] == "broken web archive: a record without a proper head" and "a" in got.texts


@pytest.mark.parametrize("kind", GOOD)
def test_changed_bits_cost_no_other_file(put: Put, tmp_path: Path, kind: str) -> None:
    for number, data in enumerate(flipped(GOOD[kind](), 25)):
        put(f"in/{number:03}.{kind}", data)
    put("in/zz.txt", "after")
    got = read_all(tmp_path / "in")
    assert got.texts[-1] == "after" and len(got.texts) + len(got.reasons) == 26 - (kind == "warc") * PASSED
    if kind in ("docx", "odt", "epub"):  # these have checksums
        assert set(got.texts[:-1]) <= {TEXT}
    words = ("broken", "not a", "no text", "encrypted", "empty")
    assert all(reason.startswith(words) for reason in got.reasons)


def test_dates_and_sources(put: Put, tmp_path: Path) -> None:
    for kind, make in GOOD.items():
        put(f"in/a.{kind}", make())
    got = read_all(tmp_path / "in")
    assert got.texts == [TEXT] * 7 and not got.reasons
    assert got.dates == [FOURTH_OF_JULY if name == "a.epub" else FOURTH_OF_JULY + 36_000 for name in got.ids]
    assert dict(zip(got.ids, got.sources, strict=True)) | {"a.eml": "The Paper"} == {
        "a.docx": "", "a.odt": "", "a.epub": "", "a.rtf": "", "a.pdf": "", "a.eml": "The Paper",
        "http://paper.example/a": "paper.example",
    }  # fmt: skip


def test_what_a_reader_sees_of_a_word_document(put: Put) -> None:
    body = (
        "<w:p><w:r><w:t>One</w:t></w:r><w:r><w:tab/><w:t>two</w:t><w:br/><w:t>three</w:t></w:r></w:p>"
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:t>shown</w:t></w:r></w:p>"
        "<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>"
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>cell</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    )
    assert read_all(put("a.docx", made.word(body))).texts == ["One two\nthree\nshown\nnew\ncell"]


def test_what_a_reader_sees_of_an_open_document(put: Put) -> None:
    body = (
        '<text:h>Head</text:h><text:p>a<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d<text:note><text:p>foot'
        "</text:p></text:note></text:p><text:list><text:list-item><text:p>item</text:p></text:list-item></text:list>"
    )
    assert read_all(put("a.odt", made.opened(body))).texts == ["Head\na   b c\nd\nitem"]


def test_mail_bodies(put: Put) -> None:
    parts = (
        "--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        "caf=E9\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>page\r\n--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b--"
    )
    more = 'Content-Type: multipart/mixed; boundary="b"'
    got = read_all(put("a.eml", made.eml(parts, more=more, subject="=?utf-8?q?Caf=C3=A9?=")))
    assert got.texts == ["Café\ncafé"] and got.reader.notes == ["attachments were not read in a.eml"]
    page = made.eml("<p>one<p>two<script>x</script>", more="Content-Type: text/html")
    assert read_all(put("b.mht", page)).texts == ["one\ntwo"]


def test_lines_of_pdf_are_put_together() -> None:
    from dedup.read.documents.pdf import unwrapped

    page = "Head\nThe ferry sails again from Mon-\nday after two weeks of repairs in the har-\nbour, the office\nsaid."
    page = f"12\n{page}\nNext.\n13"
    assert unwrapped(page).split("\n")[-1] == "Next." and unwrapped(page).startswith("Head")
    assert "from Monday after two weeks of repairs in the harbour, the office said." in unwrapped(page)


def test_mailboxes(put: Put, tmp_path: Path) -> None:
    quoted = made.eml(f"{FIRST}\nFrom here on it is another sentence.\n\nFrom us all.")
    box = made.mbox(made.eml(ident="a@b"), quoted, b"From: a@b.example\n\n", made.eml(SECOND))
    got = read_all(put("a.mbox", box), put("b.mbox", box.replace(b"\n", b"\r\n")))
    assert got.ids == ["a@b", "a.mbox#2", "a.mbox#4", "a@b", "b.mbox#2", "b.mbox#4"] and got.lines[:3] == [1, 2, 4]
    assert got.texts[1] == f"{FIRST}\nFrom here on it is another sentence.\n\nFrom us all."
    assert [(reject.source, reject.line, reject.reason) for reject in got.reader.rejects] == [
        ("a.mbox", 3, "no text in it"), ("b.mbox", 3, "no text in it"),
    ]  # fmt: skip
    assert got.dates[0] == FOURTH_OF_JULY + 36_000 and got.sources[0] == "The Paper"


def test_bad_mailboxes(put: Put, tmp_path: Path) -> None:
    cases = [*foreign("mbox"), b"", b"From", made.eml(), *cut(made.mbox(made.eml("")), 12)]
    for number, data in enumerate(cases):
        put(f"in/{number:03}.mbox", data)
    put("in/zz.mbox", made.mbox(made.eml("x" * 9_000_000), made.eml(SECOND)))
    got = read_all(tmp_path / "in", max_size="1M")
    told = {reject.source: reject.reason for reject in got.reader.rejects}
    assert len(cases) >= 20 and len(told) == len(cases) + 1 and got.texts == [SECOND]
    assert told["zz.mbox"] == "message too large (over 4,194,304 bytes)"
    reasons = (
        "not a mailbox: it does not begin with a line 'From …'",
        "empty file",
        "not a mail message",
        "no text in it",
    )
    assert {reason for name, reason in told.items() if name != "zz.mbox"} == set(reasons)


def test_web_archives(put: Put) -> None:
    import gzip

    pages = [made.record(f"<title>{at}</title><p>{FIRST}", f"http://paper.example/{at}") for at in range(3)]
    packed = zlib.compressobj(wbits=31)
    body = packed.compress(f"<p>{SECOND}".encode()) + packed.flush()
    html = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    others = [
        made.record("x", kind="request"), made.record(PNG, http="HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"),
        made.record("<p>gone", http="HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n"),
        made.record(body, "http://z.example/", http=html + "Content-Encoding: gzip\r\n"),
        made.record(b"5\r\n<p>on\r\n1\r\ne\r\n0\r\n\r\n", http=html + "Transfer-Encoding: chunked\r\n"),
    ]  # fmt: skip
    data = b"".join(map(gzip.compress, [*pages, *others]))
    got = read_all(put("a.warc.gz", data), put("b.warc", made.warc(*pages, *others)))
    assert got.texts[:5] == [f"{at}\n{FIRST}" for at in range(3)] + [SECOND, "one"] and got.texts[5:] == got.texts[:5]
    assert got.ids[:4] == [*(f"http://paper.example/{at}" for at in range(3)), "http://z.example/"]
    assert got.sources[3] == "z.example" and got.dates[0] == FOURTH_OF_JULY + 36_000 and not got.reasons
    assert got.reader.notes == ["passed over 3 records that are no pages or texts in b.warc and 1 more file"]


@pytest.mark.parametrize("kind", GOOD)
def test_documents_on_standard_input(kind: str) -> None:
    """By their content, but for mail, which may be any text with a colon."""
    settings = {"input_format": "eml"} if kind == "eml" else {}
    assert read_all(stdin=GOOD[kind](), **settings).texts == [TEXT]


def test_mailbox_and_compressed_document(put: Put) -> None:
    import gzip

    assert read_all(stdin=made.mbox(made.eml())).ids == ["stdin#1"]
    assert read_all(put("a.docx.gz", gzip.compress(made.docx()))).texts == [TEXT]


def test_large_ones(put: Put, tmp_path: Path) -> None:
    put("in/a.docx", made.docx("word " * 400_000))
    put("in/b.pdf", made.pdf() + b"%" + b"x" * 5_000_000)
    put("in/c.odt", made.odt())
    got = read_all(tmp_path / "in", max_size="1M")
    assert got.texts == [TEXT]
    assert got.reasons == ["text too large (over 1,048,576 bytes)", "file too large (over 4,194,304 bytes)"]


def test_what_unpacks_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    from dedup.read.documents import office, package
    from dedup.read.documents.model import UnreadableError

    monkeypatch.setattr(package, "MOST_UNPACKED", 1_000_000)
    with pytest.raises(UnreadableError, match="too large when unpacked"):
        office.read_docx(made.word("<w:p>" + " " * 2_000_000 + "</w:p>"), 1_000)


def test_missing_extra(put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converter, "find_spec", lambda name: None)
    for kind, make in GOOD.items():
        put(f"in/a.{kind}", make())
    got = read_all(tmp_path / "in")
    assert sorted(got.ids) == ["a.docx", "a.eml", "a.epub", "a.odt"]
    advice = " needs an optional package: pip install 'dedup-text[documents]'"
    assert got.reasons == [f"reading {what}{advice}" for what in ("PDF files", "RTF files", "web archives")]


def test_encrypted_without_a_password_is_read(put: Put) -> None:
    assert read_all(put("a.pdf", made.locked_pdf(""))).texts == [TEXT]


SLOW = """
import os, sys, time
from dedup.runtime import worker
from dedup.read.documents import convert
def answer(request):
    if b"SLEEP" in request:
        time.sleep(60)
    if b"DIE" in request:
        os.kill(os.getpid(), 11)
    if b"EAT" in request:
        convert._READERS["rtf"] = lambda data, limit: bytearray(1 << 40)
    return convert.answer(request)
worker.run(answer, convert.MEMORY)
"""


def test_a_file_that_takes_too_long_or_too_much_or_kills(
    put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setattr(converter, "command", lambda module: [sys.executable, "-c", SLOW])
    monkeypatch.setattr(converter, "SECONDS", 0.5)
    for number, word in enumerate(("fine", "SLEEP", "fine", "DIE", "fine", "EAT", "fine")):
        put(f"in/{number}.rtf", made.rtf(word))
    got = read_all(tmp_path / "in")
    assert got.texts == ["fine"] * 4
    assert [(reject.source, reject.reason) for reject in got.reader.rejects] == [
        ("1.rtf", "reading it takes longer than 0.5 seconds"),
        ("3.rtf", "broken RTF file: the process that read it has died of it"),
        ("5.rtf", "reading it takes too much memory"),
    ]


def test_kept_documents_are_written_as_records(put: Put, tmp_path: Path) -> None:
    import orjson

    from dedup.config import ReadConfig
    from dedup.read import Reader, write_selection

    for kind, make in GOOD.items():
        put(f"in/a.{kind}", make())
    put("in/b.mbox", made.mbox(made.eml(), made.eml(SECOND)))
    put("in/bad.pdf", PNG)
    reader = Reader([tmp_path / "in"], ReadConfig())
    count = sum(len(batch) for batch in reader.batches())
    wanted = [number % 2 == 0 for number in range(count)]
    assert write_selection(reader, wanted, tmp_path / "out.jsonl") == sum(wanted) == 5
    rows = [orjson.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    assert [row["id"] for row in rows] == ["a.docx", "a.epub", "a.pdf", "http://paper.example/a", "b.mbox#2"]
    assert rows[0]["date"] == "2025-07-04T10:00:00Z" and rows[0]["text"] == TEXT
