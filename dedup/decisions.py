"""What a person decided on pairs of documents: the file, and which documents it means.

One JSON object a line, schema `dedup.decision/1`:

    {"schema": "dedup.decision/1", "decision": "drop", "a": "wire/1.txt", "b": "blog/7.txt",
     "a_digest": "2:5f0c…", "b_digest": "2:91aa…", "relation": "spun", "similarity": 0.91}

`decision` is about `b` beside `a`: `drop` (a copy, and it goes), `keep` (a copy, and it stands for the others),
`not-a-copy`, `form` (one frame, other facts), or null, which takes an earlier line back. Of two lines on one pair the
later one counts. Digests say which words were decided on: an id may be given to another text the next day, and ids that
repeat get a suffix by their order. `relation` and what else stands in a line is for `dedup tune`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from dedup.errors import InputError
from dedup.model import RELATIONS, Relation

SCHEMA = "dedup.decision/1"
COPIES = (Relation.EXACT, Relation.NEAR_DUPLICATE, Relation.EXCERPT, Relation.SPUN, Relation.REWRITTEN)
"""Relations that a pair can have which was decided to be a copy."""
MEASURES = ("similarity", "jaccard", "containment", "kept", "whole")
"""What a line may say of a pair: `kept` words of the shorter text, `whole`: what is aligned of the longer one."""
SHOWN = 10
"""Documents that are not there and are named."""
_SUFFIX = re.compile(r"#\d+$")
_DIGEST = re.compile(r"\d+:[0-9a-f]{16}")
_RESULT = re.compile(rb'\s*\{\s*("type"\s*:\s*"scan"\s*,\s*)?"schema"\s*:\s*"dedup\.scan/')
"""How a result of `dedup scan --format json` (or jsonl) begins."""
_HEAD = 256
_LONGEST = 80
Pair = tuple[int, int]
"""Two rows, the smaller one first."""


class Verdict(StrEnum):
    """What a person says of a pair."""

    DROP = "drop"
    """The second one is a copy and goes."""
    KEEP = "keep"
    """One is a copy of the other, and the second one stands for both."""
    NOT_A_COPY = "not-a-copy"
    FORM = "form"
    """One frame filled in with other facts: no copy."""

    @property
    def is_copy(self) -> bool:
        """Whether one was said to be a copy of the other."""
        return self in (Verdict.DROP, Verdict.KEEP)


class Named(NamedTuple):
    """A document as a line names it."""

    id: str
    digest: str | None


class Decision(NamedTuple):
    """One line."""

    verdict: Verdict | None
    """None takes back what was said before."""
    a: Named
    b: Named
    relation: Relation | None
    """What the pair was taken for when it was decided."""
    measures: Mapping[str, float]
    """`MEASURES`, as far as they are known."""
    where: str
    """File and line."""

    @property
    def pair(self) -> frozenset[Named]:
        """The same for both orders."""
        return frozenset((self.a, self.b))


def digest_text(value: int, version: int) -> str:
    """A digest of a word sequence as it is written: the version of the tokeniser, and sixteen hex digits."""
    return f"{version}:{value & 0xFFFF_FFFF_FFFF_FFFF:016x}"


def read(paths: Iterable[str | Path]) -> list[Decision]:
    """The decisions in force in some files, later ones over earlier ones. Raises InputError with file and line."""
    found: dict[frozenset[Named], Decision] = {}
    for path in paths:
        try:
            with Path(path).open("rb") as file:
                if _RESULT.match(file.peek(_HEAD)):
                    raise InputError(f"{path}: is a result of a scan, and holds no decisions ({SCHEMA})")
                for number, line in enumerate(file, 1):
                    text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
                    if text.strip():
                        _put(found, parse(text, f"{path}:{number}"))
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    return list(found.values())


def merged(earlier: Iterable[Decision], later: Iterable[Decision]) -> list[Decision]:
    """The decisions in force when `later` ones come."""
    found: dict[frozenset[Named], Decision] = {}
    for decision in (*earlier, *later):
        _put(found, decision)
    return list(found.values())


def _put(found: dict[frozenset[Named], Decision], decision: Decision) -> None:
    found.pop(decision.pair, None)  # the latest one comes last: of two on one document it counts
    found[decision.pair] = decision


def parse(line: bytes, where: str) -> Decision:
    """One line. Raises InputError."""
    import orjson

    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InputError(f"{where}: is not JSON: {error}") from None
    if not isinstance(row, dict) or row.get("schema", SCHEMA) != SCHEMA:
        raise InputError(f"{where}: is no decision ({SCHEMA})")
    verdict = row.get("decision", "")
    if verdict is not None and not (isinstance(verdict, str) and verdict in set(Verdict)):
        known = ", ".join(Verdict)
        raise InputError(f"{where}: decision {_short(verdict)} is none of {known} (null takes one back)")
    a, b = (_named(row, side, where) for side in "ab")
    if a == b:
        raise InputError(f"{where}: 'a' and 'b' are the same document")
    relation = row.get("relation")
    if relation is not None and not (isinstance(relation, str) and relation in set(Relation)):
        raise InputError(f"{where}: {_short(relation)} is no relation")
    measures = {name: float(row[name]) for name in MEASURES if _is_share(row.get(name))}
    return Decision(
        None if verdict is None else Verdict(verdict), a, b, None if relation is None else Relation(relation), measures,
        where,
    )  # fmt: skip


def _named(row: Mapping[str, Any], side: str, where: str) -> Named:
    name, digest = row.get(side), row.get(f"{side}_digest")
    if not isinstance(name, str) or not name:
        raise InputError(f"{where}: '{side}' is no id of a document")
    if digest is not None and not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
        raise InputError(f"{where}: '{side}_digest' {_short(digest)} is no digest")
    return Named(name, digest)


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def row_of(decision: Decision) -> dict[str, Any]:
    """A decision as a line of the file has it."""
    row: dict[str, Any] = {"schema": SCHEMA, "decision": None if decision.verdict is None else decision.verdict.value}
    for side, named in (("a", decision.a), ("b", decision.b)):
        row[side] = named.id
        if named.digest is not None:
            row[f"{side}_digest"] = named.digest
    if decision.relation is not None:
        row["relation"] = decision.relation.value
    row.update(decision.measures)
    return row


@dataclass(slots=True)
class Resolved:
    """What decisions say of the rows of a corpus."""

    keep: set[int] = field(default_factory=set)
    drop: dict[int, int] = field(default_factory=dict)
    """Row that is to go -> the one beside which that was decided."""
    apart: set[Pair] = field(default_factory=set)
    """Pairs that are no copies, forms among them."""
    forms: set[Pair] = field(default_factory=set)
    same: dict[Pair, int] = field(default_factory=dict)
    """Pairs that are copies -> the relation that they had (index into `RELATIONS`)."""
    verdicts: dict[Pair, Verdict] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    """Of decisions whose documents are not there, or have other words: what and where, in words."""

    def notes(self) -> list[str]:
        """What to tell the user."""
        found = []
        if self.verdicts:
            apart, forms = len(self.apart) - len(self.forms), len(self.forms)
            parts = ((len(self.same), "copies"), (apart, "no copies"), (forms, "forms"))
            told = ", ".join(f"{count:,} to be {what}" for count, what in parts if count)
            found.append(f"pairs decided by hand: {told}")
        if self.missing:
            rest = len(self.missing) - SHOWN
            more = f" … and {rest:,} more" if rest > 0 else ""
            found.append(f"decisions not used: {'; '.join(self.missing[:SHOWN])}{more}")
        return found


def base_of(name: str) -> str:
    """An id without the suffix that repeated ids get."""
    return _SUFFIX.sub("", name)


class Rows:
    """Finds the rows that decisions name. `ids` and `digests` (unsigned) are those of all rows, `version` is that of
    the tokeniser which made the words.
    """

    def __init__(
        self, decisions: Iterable[Decision], ids: Iterable[str], digests: Sequence[int], version: int
    ) -> None:  # fmt: skip
        named = [side for decision in decisions for side in (decision.a, decision.b)]
        bases, self._version, self._digests = {base_of(side.id) for side in named}, str(version), digests
        self._by_id: dict[str, int] = {}
        self._by_base: dict[tuple[str, int], int] = {}
        """The first row of an id before suffixes, with a digest."""
        self._by_digest: dict[int, list[int]] = {}
        for row, name in enumerate(ids):
            if (base := base_of(name)) in bases:
                self._by_id[name] = row
                self._by_base.setdefault((base, digests[row]), row)
        wanted = {self._value(side.digest) for side in named} - {None}
        for row, digest in enumerate(digests if wanted else ()):
            if digest in wanted:
                self._by_digest.setdefault(digest, []).append(row)

    def _value(self, digest: str | None) -> int | None:
        """A digest as a number; None where it says nothing: words were cut otherwise then."""
        version, _, value = (digest or "").partition(":")
        return int(value, 16) if version == self._version else None

    def document(self, named: Named) -> int | None:
        """The very document: of this id, or of the id before suffixes, with these words."""
        digest, row = self._value(named.digest), self._by_id.get(named.id)
        if digest is None or (row is not None and self._digests[row] == digest):
            return row
        return self._by_base.get((base_of(named.id), digest))

    def text(self, named: Named) -> int | None:
        """The document, or another one with the same words."""
        row, digest = self.document(named), self._value(named.digest)
        return self._by_digest[digest][0] if row is None and digest in self._by_digest else row

    def why_not(self, named: Named) -> str:
        """Why a document is not found."""
        told = _short(named.id)
        return f"{told} has other words now" if named.id in self._by_id else f"there is no {told}"


def resolve(decisions: Sequence[Decision], rows: Rows) -> Resolved:
    """What decisions say of rows. Of two that speak of one document the later one counts."""
    found = Resolved()
    relations: dict[Pair, Relation | None] = {}
    for decision in decisions:
        if decision.verdict is None:
            continue
        a, b = rows.text(decision.a), rows.text(decision.b)
        if a is None or b is None or a == b:
            lost = decision.a if a is None else decision.b
            found.missing.append(f"{decision.where}: {rows.why_not(lost)}")
            continue
        pair = (min(a, b), max(a, b))
        found.verdicts[pair], relations[pair] = decision.verdict, decision.relation
        if decision.verdict.is_copy:
            _put_choice(found, decision, a, rows.document(decision.b))
    for pair, verdict in found.verdicts.items():
        if verdict.is_copy:
            relation = relations[pair]
            found.same[pair] = RELATIONS.index(relation if relation in COPIES else Relation.NEAR_DUPLICATE)
    found.apart = {pair for pair, verdict in found.verdicts.items() if not verdict.is_copy}
    found.forms = {pair for pair, verdict in found.verdicts.items() if verdict is Verdict.FORM}
    return found


def _put_choice(found: Resolved, decision: Decision, a: int, b: int | None) -> None:
    """Which document stays or goes: that very one, not another with the same words."""
    if b is None:
        return
    found.keep.discard(b)
    found.drop.pop(b, None)
    if decision.verdict is Verdict.KEEP:
        found.keep.add(b)
    else:
        found.drop[b] = a
