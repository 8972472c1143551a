"""The words of the program as data: what goes in, what comes out, and nothing that computes. May use nothing of ours.

A scan may hold millions of documents, so what scales with the input is kept in columns (`Corpus`, `EdgeTable`), and
the row types (`Document`, `Edge`) are made when somebody asks for one.
"""

from dedup.model.documents import UNKNOWN_DATE, Batch, Corpus, Document, InputFile, Packed, Reject, Strings, TextStore
from dedup.model.findings import Flag, FlagKind, Phrasing, ReferenceInfo, ScoredText, Span
from dedup.model.pairs import (
    BOTH,
    RELATIONS,
    UNDECIDED,
    Comparison,
    Direction,
    Edge,
    EdgeTable,
    Evidence,
    Pair,
    Relation,
)
from dedup.model.result import Cluster, Form, ScanResult, Story

__all__ = [
    "BOTH", "RELATIONS", "UNDECIDED", "UNKNOWN_DATE", "Batch", "Cluster", "Comparison", "Corpus", "Direction",
    "Document", "Edge", "EdgeTable", "Evidence", "Flag", "FlagKind", "Form", "InputFile", "Packed", "Pair", "Phrasing",
    "ReferenceInfo", "Reject", "Relation", "ScanResult", "ScoredText", "Span", "Story", "Strings", "TextStore",
]  # fmt: skip
