"""Makes files of each format, good ones and bad ones."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"'
)
FIRST, SECOND = "The ferry sails again from Monday.", "Three swans were counted on the lake."
TEXT = f"{FIRST}\n{SECOND}"


def zipped(files: Mapping[str, str | bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, data in files.items():
            archive.writestr(
                zipfile.ZipInfo(name), data, compress_type=zipfile.ZIP_STORED if name == "mimetype" else how
            )
    return out.getvalue()


def encrypted_zip(data: bytes) -> bytes:
    """The same with the flag of encryption on each member."""
    out = bytearray(data)
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := out.find(magic, start + 1)) >= 0:
            out[start + at] |= 1
    return bytes(out)


def word(body: str, head: str = "") -> bytes:
    page = f"<?xml version='1.0'?>{head}<w:document {W}><w:body>{body}</w:body></w:document>"
    core = (
        '<cp:coreProperties xmlns:cp="urn:cp" xmlns:dcterms="http://purl.org/dc/terms/">'
        "<dcterms:created>2025-07-04T10:00:00Z</dcterms:created></cp:coreProperties>"
    )
    return zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": page, "docProps/core.xml": core})


def docx(*paragraphs: str) -> bytes:
    return word("".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs or (FIRST, SECOND)))


def opened(body: str, head: str = "") -> bytes:
    content = (
        f"<?xml version='1.0'?>{head}<office:document-content {ODF}><office:body><office:text>{body}</office:text>"
        "</office:body></office:document-content>"
    )
    meta = (
        f"<office:document-meta {ODF}><office:meta><meta:creation-date>2025-07-04T10:00:00</meta:creation-date>"
        "</office:meta></office:document-meta>"
    )
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content, "meta.xml": meta})


def odt(*paragraphs: str) -> bytes:
    return opened("".join(f"<text:p>{text}</text:p>" for text in paragraphs or (FIRST, SECOND)))


def epub(*chapters: str, more: Mapping[str, str] | None = None) -> bytes:
    chapters = chapters or (f"<p>{FIRST}</p>", f"<p>{SECOND}</p>")
    items = "".join(
        f'<item id="c{n}" href="c%20{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    files = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>',
        "OPS/book.opf": (
            f'<package xmlns:dc="urn:dc"><metadata><dc:date>2025-07-04</dc:date></metadata><manifest>{items}</manifest>'
            f"<spine>{spine}</spine></package>"
        ),
    }
    files |= {f"OPS/c {n}.xhtml": f"<html><body>{text}</body></html>" for n, text in enumerate(chapters)}
    return zipped(files | dict(more or {}))


def rtf(*paragraphs: str) -> bytes:
    body = "".join(f"{text}\\par\n" for text in paragraphs or (FIRST, SECOND))
    return f"{{\\rtf1\\ansi\\ansicpg1252{{\\info{{\\creatim\\yr2025\\mo7\\dy4\\hr10\\min0}}}}{body}}}".encode("latin-1")


def eml(body: str = TEXT, *, subject: str = "", more: str = "", ident: str = "") -> bytes:
    lines = ["From: The Paper <desk@paper.example>", "Date: Fri, 04 Jul 2025 10:00:00 +0000"]
    lines += [f"Subject: {subject}"] * bool(subject) + [f"Message-ID: <{ident}>"] * bool(ident)
    return "\r\n".join([*lines, *filter(None, [more]), "", body]).encode()


def mbox(*messages: bytes) -> bytes:
    parts = [message.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ") for message in messages]
    return b"".join(b"From desk@paper.example Fri Jul  4 10:00:00 2025\n" + part + b"\n\n" for part in parts)


def pdf(*pages: tuple[str, ...]) -> bytes:
    """Each page some lines of text, or none."""
    pages = pages or ((FIRST, SECOND),)
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    kids = []
    for lines in pages:
        stream = b"BT /F1 12 Tf 72 720 Td 14 TL " + b" ".join(f"({line}) Tj T*".encode() for line in lines) + b" ET"
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents %d 0 R/Resources<</Font<</F1<</Type/Font"
            b"/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>>>>>>>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    objects.append(b"<</CreationDate(D:20250704100000Z)>>")
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, data in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, data)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        len(objects),
        start,
    )
    return bytes(out)


def locked_pdf(password: str) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer, out = PdfWriter(PdfReader(io.BytesIO(pdf()))), io.BytesIO()
    writer.encrypt(password, "owner", algorithm="AES-256")
    writer.write(out)
    return out.getvalue()


def record(
    body: str | bytes, url: str = "http://paper.example/a", kind: str = "response", http: str | None = None
) -> bytes:
    data = body.encode() if isinstance(body, str) else body
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n" if http is None else http
    data = head.encode() + b"\r\n" + data
    about = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2025-07-04T10:00:00Z\r\n"
        f"WARC-Record-ID: <urn:uuid:1>\r\nContent-Type: application/http; msgtype=response\r\n"
    )
    return about.encode() + b"Content-Length: %d\r\n\r\n" % len(data) + data + b"\r\n\r\n"


def warc(*records: bytes) -> bytes:
    return b"".join(records or (record(f"<p>{FIRST}</p><p>{SECOND}</p>"),))


def tarred(files: Mapping[str, bytes], mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()
