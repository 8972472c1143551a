"""Judges single texts by a reference: how likely they are mangled, where, and what probably stood there.

Every word is judged by its n-grams (`score_kernels`), the text by its words (`weights`), and where that makes it
suspect by what synonyms would win in the place of its worst ones (`rewording`). For the words that are shown, other
words and phrases that stand in the same contexts (`synonyms`), or that a `thesaurus` lists, are tried in their place;
the suggestion is the one with the best log probability in its context, its gain in nats.

What a reference does not know it cannot judge: a text is left alone if it is short, or if the commonest words of the
reference are rare in it (another language, a table, code).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.columns import pack_bytes
from dedup.model import Phrasing, Span
from dedup.phrasing.lists.phrases import Phrases
from dedup.phrasing.reference.model import Reference
from dedup.phrasing.scoring import feature_kernels, kernels, kinds, level_kernels, phrase_odds
from dedup.phrasing.scoring.document_kernels import DOCUMENT
from dedup.phrasing.scoring.reference_columns import ReferenceColumns, general_table
from dedup.phrasing.scoring.weights import Weights, shipped
from dedup.phrasing.suggest import rewording, suggestion
from dedup.phrasing.suggest.rewording import Rewordings
from dedup.phrasing.suggest.thesaurus_index import Ranked, ThesaurusIndex
from dedup.text.arrays import as_arrays, tables
from dedup.text.tokens import abbreviations, characters

MOST_SPANS = 200
SHOWN = suggestion.Bounds(0.5, MOST_SPANS)
"""Places that are shown of any text: those that were rather replaced than not."""
RANKED = suggestion.Bounds(0.05, MOST_SPANS)
"""The same where the worst places are asked for."""
LEAST_SHOWN = 10
"""Places that are shown of a mangled text, if it has so many that may have been replaced."""
LIKELY = suggestion.Bounds(0.15, 2 * LEAST_SHOWN, suggestion.LOOSE)
"""From which they are chosen."""
CHUNK = 1 << 20
"""Bytes of text that are judged at once."""
LONGEST = 1 << 20
"""Bytes of a text that are judged, 175,000 words: more tells no more, and the kernels take 150 bytes for each."""


class Stretches(NamedTuple):
    """Places in n texts."""

    bytes: NDArray[np.int64]
    """(k, 2) begin and end, text after text, by their beginnings."""
    ends: NDArray[np.int64]
    """(n,) where those of each text end."""
    after: int
    """Words behind each that belong to it."""


EVERYTHING = Stretches(np.zeros((0, 2), np.int64), np.zeros(0, np.int64), 0)


@dataclass(frozen=True, slots=True)
class WordScores:
    """What the kernels say of n texts of w words."""

    odds: NDArray[np.float32]
    """(w,) of each word, that it was put in by a rewriter."""
    chances: NDArray[np.float32]
    """(w,) log probability of each after the two before it."""
    spans: NDArray[np.uint32]
    """(w, 2) bytes in its text."""
    bits: NDArray[np.uint8]
    streams: NDArray[np.uint32]
    """Ids with marks of all texts, one after the other."""
    places: NDArray[np.int64]
    """(w,) of each word in the stream of its text."""
    documents: NDArray[np.float32]
    """(n, DOCUMENT)"""
    lengths: NDArray[np.int64]
    """(n, 2) words and ids."""
    usual: NDArray[np.int64]
    """(n,) words that are among the commonest of the reference."""
    semicolons: NDArray[np.int64]
    """(n,) how many stand before a blank."""
    rows: NDArray[np.float32]
    """(ROWS, ids) by place, where they were asked for; else (ROWS, 0)."""
    forgotten: tuple[bytes | None, ...] = ()
    """The texts that the reference forgot meanwhile, one for each; none where it forgot nothing."""


class Scorer:
    """Judges texts by one reference. Any number of threads may use one."""

    def __init__(
        self, reference: Reference, phrases: Phrases | None = None, weights: Weights | None = None,
        thesaurus: Ranked | None = None,
    ) -> None:  # fmt: skip
        self.reference, self.phrases = reference, phrases
        self.weights = weights or shipped()
        self.columns = ReferenceColumns(reference)
        listed = ThesaurusIndex(reference, thesaurus) if thesaurus is not None else None
        self.suggestions = suggestion.Suggestions(self.columns, listed)
        self._rewordings = Rewordings(self.columns)
        self.threshold, self.false_positives = self.weights.threshold, self.weights.false_positives
        self.refused: str | None = None
        """Why no text is judged, see `checking`."""

    def score(self, texts: Sequence[bytes], pool: Executor | None = None) -> list[Phrasing]:
        """The verdict on each text (UTF-8). With a pool, several at once."""
        parts = list(_parts(texts))
        found = (pool.map if pool else map)(self.review, parts)
        return [phrasing for part in found for phrasing in part]

    def ranked(self, text: bytes) -> list[tuple[float, Span]]:
        """The badly worded places of one text whatever its score, with how likely each was replaced; worst first."""
        judged = self.judge([text])
        odds = self.text_odds(judged)
        spans = self._spans(text, judged, 0, 0, 0, float(odds[0]), RANKED)
        return sorted(spans, key=lambda found: -found[0])

    @staticmethod
    def phrase_odds(one: str, two: str) -> float:
        """Log odds that the first of two phrases is the natural one (English), whatever the reference."""
        general = general_table()
        return phrase_odds.weight(one, general) - phrase_odds.weight(two, general)

    def judge(
        self, texts: Sequence[bytes], left_out: NDArray[np.int64] | None = None, *, features: bool = False,
        wanted: Stretches | None = None,
    ) -> WordScores:  # fmt: skip
        """Run the kernels on some texts. `left_out` (n,) makes the reference forget, while it judges each of the first
        n texts, the text of that number, of which it was made among others; -1 for none. Further texts are not judged.
        With `wanted` only the words there are; the others have 0, and nothing is said of whole texts.
        """
        buffer, starts, sizes = as_arrays(pack_bytes(list(texts)))
        count = len(texts) if left_out is None else len(left_out)
        forgotten = () if left_out is None else tuple(texts[at] if at >= 0 else None for at in left_out.tolist())
        room = int((sizes[:count] // 2 + 2).sum())
        if left_out is None:
            left_out = np.full(count, -1, np.int64)
        ids = 2 * room + 5 * count
        out = kernels.Out(
            np.empty((room, 2), np.uint32), np.empty(room, np.float32), np.empty(room, np.float32),
            np.empty(ids, np.uint32), np.empty(room, np.int64), np.empty(room, np.uint8),
            np.zeros((count, DOCUMENT), np.float32), np.zeros((count, 2), np.int64), np.zeros(count, np.int64),
            np.zeros((feature_kernels.ROWS, ids if features else 0), np.float32),
        )  # fmt: skip
        columns = self.columns
        kernels.judge(
            kernels.TextArrays(buffer, starts, sizes, *tables(), abbreviations()), columns.lexicon, columns.known,
            columns.grams, columns.general, self.weights.net, left_out, kernels.Wanted(*(wanted or EVERYTHING)), out,
        )  # fmt: skip
        words, ids = out.lengths.sum(axis=0).tolist()
        semicolons = _semicolons(buffer, starts, sizes)[:count]
        return WordScores(
            out.odds[:words], out.chances[:words], out.spans[:words], out.bits[:words], out.streams[:ids],
            out.places[:words], out.documents, out.lengths, out.usual, semicolons, out.rows[:, :ids], forgotten,
        )  # fmt: skip

    def why_not(self, judged: WordScores) -> list[str | None]:
        """For each text why it cannot be judged, None where it can."""
        reasons = kinds.reasons(judged, self.columns, self.weights.low)
        return [reason or self.refused for reason in reasons]

    def knows(self, judged: WordScores) -> NDArray[np.bool_]:
        """(n,) whether each text is in the language of the reference, as far as that can be told."""
        return kinds.knows(judged, self.columns)

    def text_odds(self, judged: WordScores, reasons: Sequence[str | None] | None = None) -> NDArray[np.float64]:
        """(n,) log odds that each text is mangled; of suspect ones that can be judged after a second look. `reasons` as
        in `why_not`, where they are known.
        """
        odds, words = self.weights.texts(judged.documents, judged.lengths[:, 0]), judged.lengths[:, 0]
        suspect = odds >= self.weights.suspect
        if self.columns.english and suspect.any():
            reasons = self.why_not(judged) if reasons is None else reasons
            looked = np.flatnonzero(suspect & np.array([reason is None for reason in reasons]))
            odds[looked] = self.weights.again(odds[looked], words[looked], self.gains(judged, looked))
        return odds

    def gains(self, judged: WordScores, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """(k, PLACES) what synonyms would win in the place of the worst words of some texts, see `rewording`."""
        if not judged.forgotten:
            return self._rewordings.gains(judged, numbers)
        found = np.zeros((len(numbers), rewording.PLACES))
        for row, number in zip(found, numbers.tolist(), strict=True):
            other = judged.forgotten[number]
            own = level_kernels.NOTHING if other is None else self._own(other)
            row[:] = self._rewordings.gains(judged, np.array([number]), own)[0]
        return found

    def _own(self, text: bytes) -> level_kernels.Own:
        """The n-grams of a text."""
        stream = self.judge([text]).streams[feature_kernels.EDGE : -feature_kernels.EDGE]
        room = 64 << max(len(stream) // 8, 1).bit_length()
        own = level_kernels.Own(np.zeros(room, np.uint64), np.zeros(room, np.int32))
        kernels.add_own(stream, self.columns.codes, own.keys, own.counts)
        return own

    def mangled_odds(self, judged: WordScores) -> NDArray[np.float64]:
        """(n,) log odds that each text is mangled by a first look, which knows no thesaurus; nan where it cannot be
        judged.
        """
        odds = self.weights.texts(judged.documents, judged.lengths[:, 0])
        odds[[reason is not None for reason in self.why_not(judged)]] = np.nan
        return odds

    def verdicts(self, judged: WordScores) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """(n,) score of each text, nan where it cannot be judged, and whether it is mangled: as `review` says."""
        reasons = self.why_not(judged)
        odds = self.text_odds(judged, reasons)
        odds[[reason is not None for reason in reasons]] = np.nan
        return self._decided(judged, odds)

    def _decided(self, judged: WordScores, odds: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        scores = np.array([round(score, 4) for score in (1 / (1 + np.exp(-odds))).tolist()], np.float64)
        return scores, scores >= self.bars(judged)

    def bars(self, judged: WordScores) -> NDArray[np.float64]:
        """(n,) score from which each text is called mangled."""
        odds = self.weights.bars(judged.documents, judged.lengths[:, 0])
        return np.minimum(1 / (1 + np.exp(-odds)), self.weights.always).clip(self.threshold)

    def review(
        self, texts: Sequence[bytes], left_out: NDArray[np.int64] | None = None, *, clean: bool = True
    ) -> list[Phrasing]:
        """The verdict on each text, one thread (see `judge`); without `clean`, mangled ones alone show their places."""
        heads = [head(text) for text in texts]
        judged = self.judge(heads, left_out)
        reasons = self.why_not(judged)
        odds = self.text_odds(judged, reasons)
        scores, flagged = (one.tolist() for one in self._decided(judged, odds))
        found, word, ident = [], 0, 0
        for number, reason in enumerate(reasons):
            text = heads[number]
            known = self.phrases.find(texts[number].decode()) if self.phrases else ()
            score = None if reason else scores[number]
            mangled = bool(self.phrases and self.phrases.condemn(known, int(judged.lengths[number, 0])))
            spans: list[Span] = []
            if score is not None:
                mangled = mangled or flagged[number]
                if mangled or clean:
                    spans = [span for _, span in self._spans(text, judged, number, word, ident, float(odds[number]))]
                if flagged[number] and len(spans) < LEAST_SHOWN:
                    spans = self._more(spans, text, judged, number, word, ident, float(odds[number]))
            found.append(Phrasing(score, mangled, _joined(spans, known), reason))
            word, ident = word + int(judged.lengths[number, 0]), ident + int(judged.lengths[number, 1])
        return found

    def _more(
        self, spans: list[Span], text: bytes, judged: WordScores, number: int, word: int, ident: int, odds: float
    ) -> list[Span]:  # fmt: skip
        """The severe places of a mangled text and, where they are few, the worst of the others: together they gave it
        away.
        """
        others = sorted(self._spans(text, judged, number, word, ident, odds, LIKELY), key=lambda one: -one[0])
        apart = [
            one for _, one in others if not any(one.start < other.end and other.start < one.end for other in spans)
        ]
        return sorted([*spans, *apart[: LEAST_SHOWN - len(spans)]], key=lambda span: span.start)

    def _spans(
        self, text: bytes, judged: WordScores, number: int, word: int, ident: int, odds: float,
        within: suggestion.Bounds = SHOWN,
    ) -> list[tuple[float, Span]]:  # fmt: skip
        """The bad places of text `number`, whose words and ids begin at `word` and `ident`, in order, with how bad."""
        words, ids = judged.lengths[number].tolist()
        part = slice(word, word + words)
        offset, slope, by_text = self.weights.word.tolist()
        own = judged.odds[part].astype(np.float64)
        chances = 1 / (1 + np.exp(-(offset + slope * own + by_text * min(max(odds, -6.0), 6.0))))
        if not words or chances.max() < within.severe:
            return []
        places, bounds = judged.places[part], judged.spans[part]

        def letters(at: int) -> str:
            return text[bounds[at, 0] : bounds[at, 1]].decode()

        words_of = suggestion.TextWords(judged.streams[ident : ident + ids], places, chances, letters)
        found = self.suggestions.find(words_of, within)
        where = characters(np.frombuffer(text, np.uint8), judged.spans[part])
        whole = text.decode()
        result = []
        for one in found:
            begin, end = int(where[one.first, 0]), int(where[one.last, 1])
            shown = whole[begin:end]
            wording = suggestion.cased(one.wording, shown)
            result.append((one.severity, Span(begin, end, shown, wording, gain=one.gain)))
        return result


def _semicolons(
    buffer: NDArray[np.uint8], starts: NDArray[np.int64], sizes: NDArray[np.int64]
) -> NDArray[np.int64]:  # fmt: skip
    """(n,) how many semicolons stand before a blank in each of n texts, which lie one behind the other."""
    found = np.flatnonzero(buffer == ord(";"))
    found = found[buffer[np.minimum(found + 1, len(buffer) - 1)] == ord(" ")]
    texts = np.searchsorted(starts, found, side="right") - 1
    inside = (texts >= 0) & (found + 1 < (starts + sizes)[texts])
    return np.bincount(texts[inside], minlength=len(starts))


def head(text: bytes) -> bytes:
    """What is judged of a text: all of it, unless it is longer than a book."""
    if len(text) <= LONGEST:
        return text
    blank = max(text.rfind(b"\n", LONGEST // 2, LONGEST), text.rfind(b" ", LONGEST // 2, LONGEST))
    return text[: blank if blank > 0 else LONGEST].decode(errors="ignore").encode()


def _joined(spans: list[Span], known: tuple[Span, ...]) -> tuple[Span, ...]:
    """Both in order of the text; what is known to be wrong hides what was found in the same place."""
    kept = [span for span in spans if not any(span.start < one.end and one.start < span.end for one in known)]
    return tuple(sorted([*kept, *known], key=lambda span: span.start))


def _parts(texts: Sequence[bytes]) -> list[list[bytes]]:
    """Texts in groups of about CHUNK bytes."""
    parts: list[list[bytes]] = [[]]
    size = 0
    for text in texts:
        if size > CHUNK:
            parts.append([])
            size = 0
        parts[-1].append(text)
        size += len(text)
    return [part for part in parts if part]
