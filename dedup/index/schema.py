"""The tables of an index, the same on SQLite and PostgreSQL, and the way from each version to the next."""

from __future__ import annotations

APPLICATION_ID = 0x64647570
"""`ddup`, in the header of the SQLite file: a file of another program is refused."""

_FIRST = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    # `founder`: the first of a group of exact copies, under whose number their keys stand; `head`: the one of them
    # that is compared with others. `marks`: bits MARKED and NORMALISED. `mangled`: null until somebody asks.
    "CREATE TABLE documents (number BIGINT PRIMARY KEY, id TEXT NOT NULL UNIQUE, founder BIGINT NOT NULL,"
    " head BIGINT NOT NULL, digest BIGINT NOT NULL, source TEXT NOT NULL, date BIGINT, added BIGINT NOT NULL,"
    " words INTEGER NOT NULL, size INTEGER NOT NULL, marks SMALLINT NOT NULL, mangled SMALLINT,"
    " phrasing DOUBLE PRECISION, cluster BIGINT, relation SMALLINT, similarity DOUBLE PRECISION)",
    "CREATE INDEX documents_digest ON documents (digest)",
    "CREATE INDEX documents_head ON documents (head)",
    "CREATE INDEX documents_cluster ON documents (cluster)",
    "CREATE INDEX documents_added ON documents (added)",
    # zstandard; the signature as little-endian uint32
    "CREATE TABLE bodies (number BIGINT PRIMARY KEY, text {blob} NOT NULL, signature {blob} NOT NULL)",
    # blocks of sorted postings, see `index.keys`
    "CREATE TABLE postings (id BIGINT PRIMARY KEY, entries {blob} NOT NULL)",
    "CREATE TABLE levels (id BIGINT PRIMARY KEY, entries BIGINT NOT NULL, starts {blob} NOT NULL,"
    " seen {blob} NOT NULL)",
    "CREATE TABLE held (chunk BIGINT PRIMARY KEY, counts {blob} NOT NULL)",
    # verified pairs, a < b; `kind` as in `plan.Kind`; `live`: it is an edge of the result
    "CREATE TABLE edges (a BIGINT NOT NULL, b BIGINT NOT NULL, kind SMALLINT NOT NULL, live SMALLINT NOT NULL,"
    " code SMALLINT NOT NULL, shared INTEGER NOT NULL, size_a INTEGER NOT NULL, size_b INTEGER NOT NULL,"
    " figures {blob} NOT NULL, side SMALLINT NOT NULL, confidence DOUBLE PRECISION NOT NULL, reasons SMALLINT NOT NULL,"
    " PRIMARY KEY (a, b)){without_rowid}",
    "CREATE INDEX edges_b ON edges (b)",
    "CREATE TABLE clusters (id BIGINT PRIMARY KEY, representative BIGINT NOT NULL, weakest DOUBLE PRECISION NOT NULL,"
    " source_missing SMALLINT NOT NULL)",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST,)
"""Statements that lead from version i to i + 1; each runs in one transaction with the number of the version."""
VERSION = len(MIGRATIONS)
TABLES = (
    "meta", "documents", "bodies", "postings", "levels", "held", "edges", "clusters",
)  # fmt: skip
DERIVED = ("postings", "levels", "held", "edges", "clusters")
"""What is made from documents and their texts, and made anew by a rebuild."""
