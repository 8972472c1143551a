"""Whether a reference can judge: tried on its own text, which it forgets meanwhile, as it is and with words replaced.

The net of the scorer was trained on English. Whether what it learned holds for another language, or a small archive,
nobody knows before it was tried: so it is, when a reference is made. Pieces of its texts are judged, each forgotten
while it is: what clean text scores sets the threshold. Then content words are replaced, all occurrences of one by the
same other word that stands in the same contexts (`synonyms`): harder to tell than what spinners do, who take the words
of a dictionary, and to be had in any language. A reference that does not find these is refused for verdicts on texts,
and one that cannot tell a piece from its copy with words replaced is refused for directions.
"""

from __future__ import annotations

import io
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from dedup.columns import ReadText
from dedup.phrasing.reference import counting
from dedup.phrasing.reference.kernels import WORDS
from dedup.phrasing.reference.model import Check, Header, Reference, write
from dedup.phrasing.scoring import weights
from dedup.phrasing.scoring.feature_kernels import CONTENT
from dedup.phrasing.scoring.wording import AlignedPairs, compare
from dedup.text.sentences import CAPITAL

if TYPE_CHECKING:
    from dedup.phrasing.scoring.scorer import Scorer, WordScores

PIECES, PIECE = 600, 2400
"""Pieces of text that are tried at most, and their bytes."""
PART = 50
"""Pieces that are judged at once."""
FALSE_ALARMS = 0.01
"""Share of clean pieces that may reach the threshold."""
LEAST_FOUND, LEAST_TOLD, LEAST_PIECES = 0.5, 0.85, 100
"""Share of the pieces with words replaced that must reach it; of the pairs in which the replaced side must be the worse
one; pieces that must be there to say so."""
ENOUGH = 2_000_000
"""Words of text of one kind by which English references pass with a margin."""


def net() -> str:
    """What tells the weights of one version of the program from those of another."""
    return blake2b(weights.FILE.read_bytes(), digest_size=8).hexdigest()


Place = tuple[int, int, int, int]
"""Where a word was replaced: its bytes in a text, and those in the text with words replaced."""


@dataclass(frozen=True, slots=True)
class Leave:
    """What a reference may judge."""

    texts: str | None = None
    """Why it may not judge texts; None where it may."""
    directions: str | None = None
    """Why it may not tell which of two wordings is the worse."""
    threshold: float = 0.0
    """Score from which a text may be called mangled, if that of the net is not higher."""


def leave(reference: Reference) -> Leave:
    """What a reference may judge by its check. Without one of this version: all, where it is English and large."""
    words, held = reference.header.words, reference.header.check
    if reference.header.digest == Reference.shipped().header.digest:
        return Leave()  # its threshold was set with the weights
    size = f"it is made of {words:,} words; {ENOUGH:,} of one kind may do"
    if held is None or held.net != net():
        if words >= ENOUGH // 4 and english(reference):
            return Leave()
        why = "the reference was not checked by this version of the program: build it again"
        return Leave(why, why)
    if held.pieces < LEAST_PIECES:
        why = f"the reference has too little text to be checked: {size}"
        return Leave(why, why)
    texts = directions = None
    if held.found < LEAST_FOUND:
        texts = f"the reference finds but {held.found:.0%} of its own texts when their words are replaced: {size}"
    if held.told < LEAST_TOLD:
        directions = f"the reference tells its texts from the same with words replaced in {held.told:.0%}: {size}"
    return Leave(texts, directions, held.threshold)


def english(reference: Reference) -> bool:
    """Whether the commonest word of a reference is that of English."""
    return len(reference.words) > 0 and reference.word(WORDS + int(reference.word_counts.argmax())) == "the"


def build(
    read: ReadText, rows: NDArray[np.int64], sizes: NDArray[np.int64], out: BinaryIO, pool: Executor, **settings: Any
) -> Header:
    """`counting.build` a reference and try it; what came of that stands in its header."""
    held = io.BytesIO()
    counting.build(read, rows, sizes, held, pool, **settings)
    reference = Reference(bytearray(held.getbuffer()), "the reference")
    found = check(reference, read, rows, sizes, pool)
    return write(replace(reference.header, check=found), reference.columns, out)


def check(
    reference: Reference, read: ReadText, rows: NDArray[np.int64], sizes: NDArray[np.int64], pool: Executor
) -> Check:
    """Try a reference on the texts `rows` that it was made of; `sizes` are the bytes of all texts."""
    from dedup.phrasing.scoring.scorer import Scorer

    scorer, pieces = Scorer(reference), _pieces(read, rows, sizes)
    parts = [pieces[begin : begin + PART] for begin in range(0, len(pieces), PART)]
    tried = [one for part in pool.map(lambda part: _try(scorer, part), parts) for one in part]
    tried = [one for one in tried if one.places]
    if not tried:
        return Check(0, 1.0, 0.0, 0.0, net())
    clean, replaced = (np.array([getattr(one, name) for one in tried]) for name in ("before", "after"))
    threshold = round(float(np.quantile(clean, 1 - FALSE_ALARMS, method="higher")) + 1e-4, 4)
    bars = np.array([one.bar for one in tried])
    found = float((replaced >= np.maximum(bars, threshold)).mean())
    return Check(len(tried), threshold, round(found, 4), round(_told(scorer, tried, pool), 4), net())


@dataclass(frozen=True, slots=True)
class _TriedPair:
    """A piece as it is and with words replaced."""

    text: bytes
    other: bytes
    before: float
    after: float
    """Scores."""
    bar: float
    """Score from which the other is mangled, by the weights alone."""
    places: list[Place]
    """Where words were replaced: bytes in `text` and in `other`."""


def _pieces(read: ReadText, rows: NDArray[np.int64], sizes: NDArray[np.int64]) -> list[bytes]:
    """Pieces from all over the texts, of long ones several."""
    counts = np.maximum(1, sizes[rows] // PIECE)
    chosen = np.unique(np.linspace(0, int(counts.sum()) - 1, PIECES).astype(np.int64)) if len(rows) else rows
    found = []
    for number in chosen.tolist():
        place = int(np.searchsorted(np.cumsum(counts), number, side="right"))
        text, begin = read(int(rows[place])), PIECE * (number - int(counts[:place].sum()))
        begin = text.find(b" ", begin) + 1 if begin else 0
        end = text.rfind(b" ", begin, begin + PIECE) if len(text) > begin + PIECE else len(text)
        found.append(text[begin : max(end, begin)].decode(errors="ignore").encode())
    return found


def _try(scorer: Scorer, pieces: list[bytes]) -> list[_TriedPair]:
    """Judge some pieces, each forgotten meanwhile, and the same with words replaced; those that can be judged."""
    own = np.arange(len(pieces))
    judged = scorer.judge(pieces, own)
    changed = _replaced(scorer.reference, pieces, judged)
    others = scorer.judge([*(other for other, _ in changed), *pieces], own + len(pieces))
    scores, bars = [scorer.verdicts(one)[0] for one in (judged, others)], scorer.bars(others).tolist()
    both = np.isfinite(scores[0]) & np.isfinite(scores[1])
    return [
        _TriedPair(pieces[at], changed[at][0], float(scores[0][at]), float(scores[1][at]), bars[at], changed[at][1])
        for at in np.flatnonzero(both).tolist()
    ]


def _replaced(reference: Reference, pieces: list[bytes], judged: WordScores) -> list[tuple[bytes, list[Place]]]:
    """The pieces with content words replaced, and where."""
    rare = reference.frequencies <= np.exp(CONTENT) * reference.total
    row_of = dict(zip(reference.alike_of.tolist(), range(len(reference.alike_of)), strict=True))
    word, ident, found = 0, 0, []
    for number, text in enumerate(pieces):
        words, ids = judged.lengths[number].tolist()
        part = slice(word, word + words)
        units = judged.streams[ident : ident + ids][judged.places[part]]
        wanted = (
            (units >= WORDS) & (judged.bits[part] & CAPITAL == 0) & rare[units] & np.isin(units, reference.alike_of)
        )
        others = {}
        for unit in np.unique(units[wanted]).tolist():
            alike = [other for other in reference.alike[row_of[unit]].tolist() if other >= WORDS] or [unit]
            others[unit] = reference.word(alike[(7919 * number + unit) % len(alike)]).encode()
        found.append(_put(text, judged.spans[part][wanted].tolist(), [others[unit] for unit in units[wanted].tolist()]))
        word, ident = word + words, ident + ids
    return found


def _put(text: bytes, spans: list[list[int]], words: list[bytes]) -> tuple[bytes, list[Place]]:
    """A text with other words in some places, and where: in the one and the other."""
    made, places, at, length = list[bytes](), list[Place](), 0, 0
    for (begin, end), word in zip(spans, words, strict=True):
        made += [text[at:begin], word]
        length += begin - at
        places.append((begin, end, length, length + len(word)))
        at, length = end, length + len(word)
    return b"".join([*made, text[at:]]), places


def _told(scorer: Scorer, tried: list[_TriedPair], pool: Executor) -> float:
    """Share of the pairs in which the side with words replaced is the worse one."""
    texts = [text for one in tried for text in (one.text, one.other)]
    left, replaced = np.arange(0, len(texts), 2), 1
    blocks = np.array([(replaced, *place) for one in tried for place in one.places], np.int32)
    kept = np.cumsum([0, *(len(one.places) for one in tried)])
    left_out = np.repeat(left, 2)
    pairs = AlignedPairs(left, left + 1, blocks, kept, replaced)
    return float((compare(pairs, texts.__getitem__, left_out, scorer, pool).odds > 0).mean())
