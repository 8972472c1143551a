"""The process that makes text of documents: a worker (see `dedup.runtime.worker`).

A request is a line of JSON (`kind`, `limit`: characters of text, `seconds`) and the bytes of the file; the answer is
JSON: the fields of `Converted`, or `error`, the reason why there is no text, or `missing`, a package that is not there,
or `passed` for what need not have any. After `ended` this process is not to be relied on.
"""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import Callable
from dataclasses import asdict
from xml.parsers import expat
from zipfile import BadZipFile

from dedup.read.documents import epub, mail, office, pdf, rtf, web
from dedup.read.documents.model import KINDS, NO_TEXT, TOO_DEEP, Converted, NotAPageError, UnreadableError
from dedup.runtime import worker

MEMORY = 1 << 30
"""Bytes of address space."""
_READERS: dict[str, Callable[[bytes, int], Converted]] = {
    "docx": office.read_docx, "odt": office.read_odt, "rtf": rtf.read_rtf, "epub": epub.read_epub,
    "eml": mail.read_mail, "pdf": pdf.read_pdf, "warc": web.read_record,
}  # fmt: skip
_LONGEST_REASON = 200
_SAID = (BadZipFile, zlib.error, expat.ExpatError)


def answer(request: bytes) -> bytes:
    """The text of one file, or why there is none."""
    head, _, data = request.partition(b"\n")
    asked = json.loads(head)
    worker.end_after(asked["seconds"])
    found = _converted(asked["kind"], data, asked["limit"])
    worker.end_after(0)
    return json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")


def _converted(kind: str, data: bytes, limit: int) -> dict[str, object]:
    try:
        found = _READERS[kind](data, limit)
        found.text = found.text.strip()
        if not found.text:
            raise UnreadableError(NO_TEXT)
        return asdict(found)
    except UnreadableError as error:
        return {"error": str(error)}
    except NotAPageError:
        return {"passed": True}
    except MemoryError:
        return {"error": "reading it takes too much memory", "ended": True}
    except RecursionError:
        return {"error": TOO_DEEP}
    except ImportError as error:
        return {"missing": str(error.name)}
    except Exception as error:  # whatever a hostile file makes of a library
        return {"error": f"broken {KINDS[kind]}{_details(error)}"}


def _details(error: Exception) -> str:
    """What an error says, where it is meant for people."""
    if not isinstance(error, _SAID) and not type(error).__module__.startswith("pypdf"):
        return ""
    said = " ".join(str(error).split())[:_LONGEST_REASON].replace("File is not a zip file", "it ends too early")
    return f": {said}" if said else ""


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    worker.run(answer, MEMORY)
