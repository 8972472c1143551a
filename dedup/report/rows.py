"""A scan's result as rows of plain values: what JSON, JSONL and CSV are written from.

Field names and types are the contract `dedup.scan/1` (`scan.schema.json` beside this file).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from math import isnan
from typing import Any

import numpy as np

from dedup.decisions import digest_text
from dedup.model import (
    RELATIONS,
    UNKNOWN_DATE,
    Cluster,
    Comparison,
    Edge,
    Evidence,
    Flag,
    FlagKind,
    InputFile,
    Pair,
    Reject,
    ScanResult,
    Span,
    Strings,
)  # fmt: skip

SCHEMA = "dedup.scan/1"
Row = dict[str, Any]
SHORT, SHORT_TEXT = 10, 120
"""With short evidence: passages and substitutions shown, and characters of each."""


def iso_date(seconds: int) -> str | None:
    """ISO 8601 in UTC, None for a date out of the calendar."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return None


def documents(result: ScanResult) -> Iterator[Row]:
    """One row a document, in input order; of those that the others were compared with only what is tied to one."""
    from dedup.text.words import VERSION  # with it comes numba, which a result read from a file can do without

    corpus, flags, new, tied = result.corpus, result.flags, result.new, tied_rows(result)
    names = corpus.file_names
    representative = np.zeros(len(corpus), bool)
    representative[[cluster.representative for cluster in result.clusters]] = True
    story_of = {row: story.id for story in result.stories for row in story.members}
    scores = np.full(len(corpus), np.nan) if result.phrasing is None else result.phrasing
    digests = np.zeros(len(corpus), np.uint64) if corpus.digests is None else corpus.digests
    columns = (
        corpus.files, corpus.lines, corpus.dates, corpus.words, result.cluster_of, representative,
        result.kept_rows, scores, digests,
    )  # fmt: skip
    rows = zip(corpus.ids, corpus.sources, *(column.tolist() for column in columns), strict=True)
    for row, (name, source, file, line, date, words, cluster, best, kept, score, digest) in enumerate(rows):
        if row >= new and row not in tied:
            continue
        yield {
            "id": name,
            "source": source or names[file],
            "file": names[file],
            "line": line or None,
            "date": None if date == UNKNOWN_DATE else iso_date(date),
            "words": words,
            "digest": digest_text(digest, VERSION),
            "cluster": None if cluster < 0 else cluster,
            "representative": best,
            "kept": kept,
            "against": row >= new,
            **_dropped(row, result),
            "story": story_of.get(row),
            "phrasing": None if isnan(score) else round(score, 6),
            "flags": [flag_row(flag) for flag in flags[row]] if row in flags else (),
        }


def tied_rows(result: ScanResult) -> set[int]:
    """Rows that documents were compared with and that one of them is tied to."""
    if not result.against:
        return set()
    rows = {row for cluster in result.clusters for row in cluster.members}
    rows |= {row for story in result.stories for row in story.members}
    return {row for row in rows.union(result.edges.a.tolist(), result.edges.b.tolist()) if row >= result.new}


def _dropped(row: int, result: ScanResult) -> Row:
    """By which relation a document is dropped, and for which kept one; nulls where it is kept."""
    other = -1 if result.dropped_for is None else int(result.dropped_for[row])
    if other < 0 or result.dropped_by is None:
        return {"dropped_by": None, "duplicate_of": None, "duplicate_file": None}
    corpus = result.corpus
    return {
        "dropped_by": RELATIONS[result.dropped_by[row]].value,
        "duplicate_of": corpus.ids[other],
        "duplicate_file": corpus.file_names[corpus.files[other]],
    }


def edges(
    result: ScanResult, evidence: str = "full", begin: int = 0, end: int = sys.maxsize
) -> Iterator[Row]:  # fmt: skip
    """One row a verified pair, of those from `begin` to `end`; `evidence` none, short or full says how much of what
    proves it.
    """
    for edge in result.edges.part(begin, end).rows(full=evidence != "none"):
        yield edge_row(edge, result, evidence)


def edge_row(edge: Edge, result: ScanResult, evidence: str) -> Row:
    """One verified pair, and where a person decided on it, how."""
    row = pair_row(edge, result.corpus.ids, evidence)
    if (edge.a, edge.b) in result.decided:
        row["decided"] = result.decided[edge.a, edge.b]
    return row


def pair_row(edge: Edge, ids: Strings | Sequence[str], evidence: str) -> Row:
    """One verified pair of documents that have these `ids`, by row."""
    copy = edge.copy
    return pair_fields(
        (ids[edge.a], ids[edge.b]), edge.relation.value, (edge.jaccard, edge.containment, edge.similarity),
        [ids[row] for row in copy] if isinstance(copy, tuple) else None if copy is None else ids[copy],
        evidence_row(edge.evidence, SHORT if evidence == "short" else None),
    )  # fmt: skip


def pair_fields(
    ids: tuple[str, str], relation: str | None, figures: tuple[float, float, float], copy: Any, evidence: Any
) -> Row:
    """A pair of documents by what is known of it: `figures` are Jaccard, containment and similarity, `copy` the id of
    the copy, those of both, or None.
    """
    jaccard, containment, similarity = figures
    return {
        "a": ids[0],
        "b": ids[1],
        "relation": relation,
        "jaccard": round(jaccard, 6),
        "containment": round(containment, 6),
        "similarity": round(similarity, 6),
        "copy": copy,
        "evidence": evidence,
    }


def relation_name(code: int | None) -> str | None:
    """The relation with a number, as rows name it; None for none, and below 0."""
    return None if code is None or code < 0 else RELATIONS[code].value


def evidence_row(evidence: Evidence, limit: int | None = None) -> Row:
    """What proves a pair; no more than `limit` passages and substitutions, and of texts only the beginning."""
    proof: Row = {"shared": evidence.shared, "shingles": list(evidence.shingles)}
    if evidence.figures:
        proof["figures"] = evidence.figures
        proof["passages"] = [_both(pair, limit) for pair in evidence.passages[:limit]]
        proof["substitutions"] = [_both(pair, limit) for pair in evidence.substitutions[:limit]]
    if evidence.direction:
        proof["direction"] = {"reasons": list(evidence.direction.reasons)}
        if evidence.direction.confidence is not None:
            proof["direction"]["confidence"] = evidence.direction.confidence
    return proof


def comparison_row(comparison: Comparison) -> Row:
    """What two texts share, in the form of an edge's evidence."""
    return {
        "passages": [_both(pair, None) for pair in comparison.passages],
        "substitutions": [_both(pair, None) for pair in comparison.substitutions],
    }


def _both(pair: Pair, limit: int | None) -> Row:
    cut = None if limit is None else SHORT_TEXT
    a, b = pair.a, pair.b
    return {
        "a": {"start": a.start, "end": a.end, "text": a.text[:cut]},
        "b": {"start": b.start, "end": b.end, "text": b.text[:cut]},
    }


def clusters(result: ScanResult) -> Iterator[Row]:
    """One row a cluster, members with their relation to the representative."""
    for cluster in result.clusters:
        yield cluster_row(cluster, result)


def cluster_row(cluster: Cluster, result: ScanResult) -> Row:
    """One cluster."""
    ids = result.corpus.ids
    relations = [relation.value if relation else None for relation in cluster.relations]
    return cluster_fields(
        cluster.id, [ids[row] for row in cluster.members], relations, cluster.similarities, cluster.source_missing
    )


def cluster_fields(
    number: int, members: list[str], relations: list[str | None], similarities: Sequence[float], source_missing: bool
) -> Row:
    """A cluster by the ids of its members, the representative first, and what each is to it."""
    return {
        "id": number,
        "representative": members[0],
        "members": members,
        "relations": relations,
        "similarities": [round(value, 6) for value in similarities],
        "weakest": round(min(similarities), 6),
        "source_missing": source_missing,
    }


def forms(result: ScanResult) -> Iterator[Row]:
    """One row a group of documents that fill in one frame."""
    ids = result.corpus.ids
    for form in result.forms:
        yield {"id": form.id, "members": [ids[row] for row in form.members], "frame": form.frame}


def stories(result: ScanResult) -> Iterator[Row]:
    """One row a story."""
    ids = result.corpus.ids
    for story in result.stories:
        yield {"id": story.id, "members": [ids[row] for row in story.members]}


def files(result: ScanResult) -> Iterator[Row]:
    """One row a file that was read."""
    yield from file_rows(result.files)


def file_rows(files: Iterable[InputFile]) -> Iterator[Row]:
    """One row a file. A path that is no UTF-8 is told by its bytes, in hex digits."""
    for file in files:
        row: Row = {"name": file.name, "path": file.path, "size": file.size, "mtime_ns": file.mtime_ns}
        if not is_utf8(file.path):
            row |= {"path": None, "path_bytes": os.fsencode(file.path).hex()}
        yield row | {"inode": file.inode, "whole": file.whole, "against": file.against}


def is_utf8(text: str) -> bool:
    """Whether a name can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def reject_row(reject: Reject) -> Row:
    """One record that was not taken in."""
    return {"source": reject.source, "line": reject.line, "reason": reject.reason}


def flag_row(flag: Flag) -> Row:
    """One finding."""
    spans = [_span(span) for span in flag.spans]
    if flag.kind is FlagKind.MANGLED:
        for row, span in zip(spans, flag.spans, strict=True):
            row["gain"] = gain_value(span)
    return {"kind": flag.kind.value, "score": flag.score, "spans": spans}


def gain_value(span: Span) -> float | None:
    """How much likelier the suggestion is, in nats, as it is written out."""
    return None if span.gain is None else round(span.gain, 3)


def _span(span: Span) -> Row:
    return {
        "start": span.start,
        "end": span.end,
        "text": span.text,
        "suggestion": span.suggestion,
        "other": span.other,
    }
