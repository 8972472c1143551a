"""The tables of an index, the same on SQLite and PostgreSQL, and the way from each version to the next."""

from __future__ import annotations

APPLICATION_ID = 0x64647570
"""`ddup`, in the header of the SQLite file: a file of another program is refused."""

_FIRST = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    # `founder`: the first of a group of exact copies, under whose number their keys stand; `head`: the one of them
    # that is compared with others. `marks`: bits MARKED and NORMALISED. `mangled`: null until somebody asks.
    # `story`: number of its first document.
    "CREATE TABLE documents (number BIGINT PRIMARY KEY, id TEXT NOT NULL UNIQUE, founder BIGINT NOT NULL,"
    " head BIGINT NOT NULL, digest BIGINT NOT NULL, source TEXT NOT NULL, date BIGINT, added BIGINT NOT NULL,"
    " words INTEGER NOT NULL, size INTEGER NOT NULL, marks SMALLINT NOT NULL, mangled SMALLINT,"
    " phrasing DOUBLE PRECISION, cluster BIGINT, relation SMALLINT, similarity DOUBLE PRECISION, story BIGINT)",
    "CREATE INDEX documents_digest ON documents (digest)",
    "CREATE INDEX documents_head ON documents (head)",
    "CREATE INDEX documents_cluster ON documents (cluster)",
    "CREATE INDEX documents_story ON documents (story) WHERE story IS NOT NULL",
    "CREATE INDEX documents_added ON documents (added)",
    # zstandard; the signature as little-endian uint32
    "CREATE TABLE bodies (number BIGINT PRIMARY KEY, text {blob} NOT NULL, signature {blob} NOT NULL)",
    # blocks of sorted postings, see `index.postings.store`
    "CREATE TABLE postings (id BIGINT PRIMARY KEY, entries {blob} NOT NULL)",
    "CREATE TABLE levels (id BIGINT PRIMARY KEY, entries BIGINT NOT NULL, starts {blob} NOT NULL,"
    " seen {blob} NOT NULL)",
    "CREATE TABLE held (chunk BIGINT PRIMARY KEY, counts {blob} NOT NULL)",
    # verified pairs, a < b; `kind` as in `index.rules.PairKind`; `live`: it is an edge of the result
    "CREATE TABLE edges (a BIGINT NOT NULL, b BIGINT NOT NULL, kind SMALLINT NOT NULL, live SMALLINT NOT NULL,"
    " code SMALLINT NOT NULL, shared INTEGER NOT NULL, size_a INTEGER NOT NULL, size_b INTEGER NOT NULL,"
    " figures {blob} NOT NULL, side SMALLINT NOT NULL, confidence DOUBLE PRECISION NOT NULL, reasons SMALLINT NOT NULL,"
    " PRIMARY KEY (a, b)){without_rowid}",
    "CREATE INDEX edges_b ON edges (b)",
    "CREATE TABLE clusters (id BIGINT PRIMARY KEY, representative BIGINT NOT NULL, weakest DOUBLE PRECISION NOT NULL,"
    " source_missing SMALLINT NOT NULL)",
)

_FEEDS = (
    # `flags`: bits of feeds.records; `pause`: seconds between two fetches, 0: usual; `name`: the feed's own title;
    # `base`: where the body came from; `digest`: of the body; `file`: of the cleaned feed; `dirty`: that one is not
    # written yet. The middle is `feeds.schedule.Schedule`.
    "CREATE TABLE feeds (number BIGINT PRIMARY KEY, url TEXT NOT NULL UNIQUE, title TEXT NOT NULL,"
    " folder TEXT NOT NULL, flags INTEGER NOT NULL, added BIGINT NOT NULL, pause INTEGER NOT NULL, moved TEXT,"
    " etag TEXT, last_modified TEXT,"
    " validators_of TEXT, next_at BIGINT NOT NULL, checked_at BIGINT NOT NULL, failures INTEGER NOT NULL,"
    " last_error TEXT, gone SMALLINT NOT NULL, moving_to TEXT, moving_since BIGINT NOT NULL, name TEXT NOT NULL,"
    " link TEXT NOT NULL, base TEXT NOT NULL, charset TEXT, kind TEXT NOT NULL, digest TEXT NOT NULL,"
    " file TEXT NOT NULL, dirty SMALLINT NOT NULL)",
    "CREATE INDEX feeds_dirty ON feeds (dirty)",
    # as last fetched, zstandard; apart, so that a list of feeds does not read them
    "CREATE TABLE feed_bodies (feed BIGINT PRIMARY KEY, body {blob} NOT NULL)",
    # what an item of any feed is about, and the decision on it. `document`: id in `documents`, where `indexed`;
    # `original`: the article that it is a copy of; `settled`: nothing takes over from it any more
    "CREATE TABLE articles (number BIGINT PRIMARY KEY, document TEXT NOT NULL UNIQUE, feed BIGINT NOT NULL,"
    " url TEXT NOT NULL, title TEXT NOT NULL, source TEXT NOT NULL, date BIGINT NOT NULL, words INTEGER NOT NULL,"
    " indexed SMALLINT NOT NULL, first_seen BIGINT NOT NULL, decided BIGINT NOT NULL, treatment TEXT NOT NULL,"
    " relation TEXT NOT NULL, original BIGINT, similarity DOUBLE PRECISION NOT NULL, reasons TEXT NOT NULL,"
    " settled SMALLINT NOT NULL)",
    "CREATE INDEX articles_original ON articles (original)",
    "CREATE INDEX articles_date ON articles (date)",
    "CREATE INDEX articles_treatment ON articles (treatment, decided)",
    # items of feeds, by their key; `place`: in the last body, where `listed`; `digest`: of title and text
    "CREATE TABLE items (feed BIGINT NOT NULL, name TEXT NOT NULL, article BIGINT NOT NULL, digest TEXT NOT NULL,"
    " listed SMALLINT NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (feed, name)){without_rowid}",
    "CREATE INDEX items_article ON items (article)",
    # dropped items as they stood in their feed, zstandard
    "CREATE TABLE fragments (article BIGINT PRIMARY KEY, feed BIGINT NOT NULL, item {blob} NOT NULL,"
    " kind TEXT NOT NULL, charset TEXT NOT NULL, base TEXT NOT NULL)",
    "CREATE TABLE feed_log (number BIGINT PRIMARY KEY, moment BIGINT NOT NULL, feed BIGINT, message TEXT NOT NULL)",
)

_CHECKSUMS = (
    # `origin`: the input that it came from, empty where not known; `checksum`: see `index.documents.checksum`, null
    # where the text could not be read when it was to be made
    "ALTER TABLE documents ADD COLUMN origin TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE bodies ADD COLUMN checksum BIGINT",
)

_ALIKE = (
    # whether the two say the same: one of them counts for both where others are judged
    "ALTER TABLE edges ADD COLUMN same SMALLINT NOT NULL DEFAULT 1",
)

_LISTINGS = (
    # `since`: when it was first listed, 0 where that is not known (older states)
    "ALTER TABLE items ADD COLUMN since BIGINT NOT NULL DEFAULT 0",
    "CREATE INDEX items_digest ON items (digest)",
    # `cause`: what is treated by a policy of its own though it has a relation, see `feeds.policy.Cause`
    "ALTER TABLE articles ADD COLUMN cause TEXT NOT NULL DEFAULT ''",
    # `author`: the one who wrote all its items, empty where there are several or none is named
    "ALTER TABLE feeds ADD COLUMN author TEXT NOT NULL DEFAULT ''",
    # items whose article another item listed first; `item`: as it stood in its feed where it is left out, zstandard
    "CREATE TABLE listings (feed BIGINT NOT NULL, name TEXT NOT NULL, article BIGINT NOT NULL, cause TEXT NOT NULL,"
    " treatment TEXT NOT NULL, first_feed BIGINT NOT NULL, decided BIGINT NOT NULL, item {blob}, kind TEXT NOT NULL,"
    " charset TEXT NOT NULL, base TEXT NOT NULL, PRIMARY KEY (feed, name)){without_rowid}",
    "CREATE INDEX listings_article ON listings (article)",
    "CREATE INDEX listings_first ON listings (first_feed)",
    # headline and first words of an article, folded; and keys by which others of the like are found
    "CREATE TABLE teasers (article BIGINT PRIMARY KEY, title TEXT NOT NULL, lead TEXT NOT NULL, image TEXT NOT NULL,"
    " author TEXT NOT NULL)",
    "CREATE TABLE teaser_keys (code BIGINT NOT NULL, article BIGINT NOT NULL,"
    " PRIMARY KEY (code, article)){without_rowid}",
    "CREATE INDEX teaser_keys_article ON teaser_keys (article)",
    # every decision there was, the last one also in `articles` or `listings`; `name`: of an item, empty for its article
    "CREATE TABLE feed_decisions (number BIGINT PRIMARY KEY, moment BIGINT NOT NULL, article BIGINT NOT NULL,"
    " feed BIGINT NOT NULL, name TEXT NOT NULL, treatment TEXT NOT NULL, relation TEXT NOT NULL, cause TEXT NOT NULL,"
    " original BIGINT, reasons TEXT NOT NULL)",
    "CREATE INDEX feed_decisions_article ON feed_decisions (article)",
    # what was asked of a reader's account; `done`: it has answered
    "CREATE TABLE reader_marks (account TEXT NOT NULL, entry TEXT NOT NULL, mark TEXT NOT NULL,"
    " article BIGINT NOT NULL, done SMALLINT NOT NULL, moment BIGINT NOT NULL,"
    " PRIMARY KEY (account, entry, mark)){without_rowid}",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _FEEDS, _CHECKSUMS, _ALIKE, _LISTINGS)
"""Statements that lead from version i to i + 1; each runs in one transaction with the number of the version."""
WITHOUT_CHECKSUMS = 2
"""The version whose texts have none."""
VERSION = len(MIGRATIONS)
TABLES = (
    "meta", "documents", "bodies", "postings", "levels", "held", "edges", "clusters",
    "feeds", "feed_bodies", "articles", "items", "fragments", "feed_log", "listings", "teasers",
    "teaser_keys", "feed_decisions", "reader_marks",
)  # fmt: skip
DERIVED = ("postings", "levels", "held", "edges", "clusters")
"""What is made from documents and their texts, and made anew by a rebuild."""
