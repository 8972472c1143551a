"""What the n-grams of a reference say of each place of a text: rows of numbers, and a small net over them.

A row holds one number for each place of the stream of a text, marks included. What a word is judged by are the numbers
at its place and at those beside it, so that each is computed once, though it says something of several words. All steps
are loops over a row without branches: LLVM works on eight or sixteen places at once. Arrays and scalars, and
NamedTuples of them, only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.kernels import BEGIN, MARK, NAME, NUMBER, OTHER, WORDS
from dedup.runtime.jit import njit
from dedup.runtime.simd import LANES, UNITS, add_units

U = np.uint64
F = np.float32
ROWS = 26
(
    FREQUENCY, PAIR, PAIR_BOUND, TRIPLE, TRIPLE_BOUND, SKIP, SKIP_BOUND, FRAME_BOUND, CHANCE, GENERAL, SPECIAL,
    GENERAL_PAIR, GENERAL_BOUND, BURST, LOWERED, RAISED, ARTICLE, UNSEEN, IS_CAPITAL, IS_FIRST, IS_OTHER, IS_NAME,
    IS_NUMBER, IS_MARK, IS_CONTENT, IS_FUNCTION,
) = range(ROWS)  # fmt: skip
"""Of a place: how frequent its word is (log share); count and bound (how much more often than by chance, log) of the
pair, the triple, and the pair round one word that end there, and of that word in its frame; log probability after the
two before; share of general English, and how much more usual than there; count and bound of the pair there; how often
it comes in this text against the reference; a name in small letters, a common word in capitals; a/an before
the wrong letter; two words that the reference knows, and never saw together; what it is."""
EDGE = 2
"""Places before the first and behind the last word that a row has."""
ROOM = 2 * LANES
"""Places behind the last that rows have: the net works on LANES of them at once."""
CONTENT = F(-7.5)
"""Log share of all words below which a word is a content word: about the 150 commonest are above."""
MOST_BURST = F(4)
"""How much more often than in the reference a word may come: more tells no more (a text that repeats itself)."""
GENERAL_PRIOR, NO_GENERAL = F(3.0), F(1e-8)
"""Occurrences in a million that smooth a pair of general English; share of a word that is not in its list."""
PAIR_PRIOR, TRIPLE_PRIOR, WORD_PRIOR, KINDS = 16.0, 8.0, 0.1, 1e5
"""Dirichlet priors (MacKay & Peto 1995): occurrences of a context that weigh as much as the next shorter one;
occurrences that each of so many words has to begin with."""


class ReferenceCounts(NamedTuple):
    """What a reference knows of each id, and what counts mean."""

    words: NDArray[np.float32]
    """(ids, 6): occurrences, log share, share of general English and its log, how often it is capitalised, whether it
    begins with a vowel (2: do not know)."""
    articles: NDArray[np.uint32]
    """(2,) ids of "a" and "an"."""
    total: np.float32
    values: NDArray[np.float32]
    """(256,) count of each level."""
    logs: NDArray[np.float32]
    """(256,) log of one more."""
    general: NDArray[np.float32]
    """(256,) occurrences in a million of general English for each level."""
    general_logs: NDArray[np.float32]
    """(256,) log of one more."""


class Net(NamedTuple):
    """Weights of the net."""

    rows: NDArray[np.int64]
    """(taps,) the row that each number comes from."""
    shifts: NDArray[np.int64]
    """(taps,) and how many places on."""
    first: NDArray[np.float32]
    """(hidden, taps)"""
    offsets: NDArray[np.float32]
    """(hidden,) a multiple of `simd.UNITS`; those that are not used have weight 0."""
    second: NDArray[np.float32]
    """(hidden,)"""
    last: np.float32


@njit(nogil=True, error_model="numpy")
def quick_log(x: Any) -> Any:
    """Natural logarithm of a positive float32, to about 1e-6 (artanh series round the nearest power of two)."""
    bits = F(x).view(np.int32)
    power = np.int32((bits - np.int32(0x3F3504F3)) >> np.int32(23))
    part = np.int32(bits - (power << np.int32(23))).view(np.float32)
    s = (part - F(1)) / (part + F(1))
    q = s * s
    return F(2) * s * (F(1) + q * (F(1 / 3) + q * (F(0.2) + q * F(1 / 7)))) + F(power) * F(0.6931472)


@njit(nogil=True, error_model="numpy")
def quick_chance(odds: Any) -> Any:
    """Probability of log odds, to about 1e-4: 2**x by its power and a polynomial of the rest."""
    x = min(max(F(odds), F(-30)), F(30)) * F(-1.442695)
    power = np.floor(x)
    r = x - power
    near = F(0.05582631) + r * (F(0.00898934) + r * F(0.0018776))
    near = F(1) + r * (F(0.69314718) + r * (F(0.24015361) + r * near))
    scale = np.int32((np.int32(power) + np.int32(127)) << np.int32(23)).view(np.float32)
    return F(1) / (F(1) + near * scale)


@njit(nogil=True, error_model="numpy")
def fill_words(stream: Any, size: Any, capitals: Any, firsts: Any, known: Any, repeats: Any, counts: Any,
               shares: Any, rows: Any) -> None:  # fmt: skip
    """Rows of single words of a text of `size` places. `capitals`, `firsts` by place: 1 for a capital, 2 for one inside
    a sentence; whether it begins a sentence. `repeats` by id; `counts` gets the occurrences in the reference,
    `shares` those of general English.
    """
    words, articles = known.words, known.articles
    for at in range(size):
        word = stream[at]
        counts[at] = words[word, 0]
        log_share, share = words[word, 1], words[word, 4]
        shares[at] = words[word, 2]
        rows[FREQUENCY, at] = log_share
        rows[GENERAL, at] = words[word, 3]
        held, capital = word >= WORDS, capitals[at]
        rows[LOWERED, at] = share if held and capital == 0 else F(0)
        rows[RAISED, at] = F(1) - share if held and capital == 2 else F(0)
        vowel, before = words[word, 5], stream[max(at - 1, 0)]
        wrong = (before == articles[0] and vowel == F(1)) or (before == articles[1] and vowel == F(0))
        rows[ARTICLE, at] = F(1) if wrong else F(0)
        rows[UNSEEN, at] = F(1) if held and before >= WORDS and at > 0 else F(0)
        rows[IS_CAPITAL, at] = F(1) if capital == 2 else F(0)
        rows[IS_FIRST, at] = F(firsts[at])
        rows[IS_OTHER, at] = F(1) if word == OTHER else F(0)
        rows[IS_NAME, at] = F(1) if word == NAME else F(0)
        rows[IS_NUMBER, at] = F(1) if word == NUMBER else F(0)
        rows[IS_MARK, at] = F(1) if word in (MARK, BEGIN) else F(0)
        inside = held and capital != 2
        rows[IS_CONTENT, at] = F(1) if inside and log_share < CONTENT else F(0)
        rows[IS_FUNCTION, at] = F(1) if inside and log_share >= CONTENT else F(0)
        rows[BURST, at] = F(repeats[word]) if held else F(-1)


@njit(nogil=True, error_model="numpy")
def fill_bursts(size: Any, count: Any, total: Any, counts: Any, rows: Any) -> None:
    """How often each word comes in the text against the reference, from how often it comes."""
    expected = F(count) / total
    for at in range(size):
        many = rows[BURST, at]
        ratio = quick_log((max(many, F(0)) + F(0.5)) / (expected * counts[at] + F(0.5)))
        rows[BURST, at] = min(ratio, MOST_BURST) if many > F(0) else F(0)
        rows[SPECIAL, at] = rows[FREQUENCY, at] - rows[GENERAL, at] if many >= F(0) else F(0)


@njit(nogil=True, error_model="numpy")
def fill_counts(size: Any, levels: Any, known: Any, numbers: Any, rows: Any) -> None:
    """Counts of `levels` (4, n) of pairs, skips, triples and pairs of general English into the first rows of `numbers`,
    and their logs into their rows.
    """
    values, logs, general, general_logs = known.values, known.logs, known.general, known.general_logs
    for order, row in ((0, PAIR), (1, SKIP), (2, TRIPLE)):
        for at in range(EDGE, size):
            found = levels[order, at]
            numbers[order, at] = values[found]
            rows[row, at] = logs[found]
    for at in range(EDGE, size):
        found = levels[3, at]
        numbers[3, at] = general[found]
        rows[GENERAL_PAIR, at] = general_logs[found]


@njit(nogil=True, error_model="numpy")
def _bound(found: Any, one: Any, two: Any, scale: Any, prior: Any, out: Any) -> None:
    """Log of how much more often something was found than is expected by chance (the product of `one` and `two`)."""
    for k in range(len(out)):
        out[k] = quick_log((found[k] + prior) / (one[k] * two[k] * scale + prior))


@njit(nogil=True, error_model="numpy")
def _each(values: Any, counts: Any, out: Any) -> None:
    for k in range(len(out)):
        out[k] = values[k] / (counts[k] + F(1))


@njit(nogil=True, error_model="numpy")
def _chance(counts: Any, before: Any, pairs: Any, pairs_before: Any, triples: Any, total: Any, out: Any) -> None:
    """Log probability of words after the two before: triples, backed by pairs, backed by words."""
    for k in range(len(out)):
        one, pair, context = before[k], pairs[k], pairs_before[k]
        chance = (counts[k] + F(WORD_PRIOR)) / (total + F(KINDS * WORD_PRIOR))
        chance = (min(pair, one) + F(PAIR_PRIOR) * chance) / (one + F(PAIR_PRIOR))
        chance = (min(triples[k], context) + F(TRIPLE_PRIOR) * chance) / (context + F(TRIPLE_PRIOR))
        out[k] = quick_log(chance)


@njit(nogil=True, error_model="numpy")
def _unseen(pairs: Any, out: Any) -> None:
    for k in range(len(out)):
        out[k] = out[k] if pairs[k] == F(0) else F(0)


@njit(nogil=True, error_model="numpy")
def fill_bounds(size: Any, numbers: Any, counts: Any, total: Any, rows: Any) -> None:
    """Rows of pairs, skips and triples from their counts; the fifth and last row of `numbers` are scratch."""
    by_chance, third, one = F(1) / total, F(0.3), F(1)
    here, before, first = counts[EDGE:size], counts[EDGE - 1 : size - 1], counts[: size - EDGE]
    pairs, skips, triples = numbers[0, EDGE:size], numbers[1, EDGE:size], numbers[2, EDGE:size]
    pairs_before, spare = numbers[0, EDGE - 1 : size - 1], numbers[6, EDGE:size]
    _bound(pairs, before, here, by_chance, F(0.5), rows[PAIR_BOUND, EDGE:size])
    _bound(skips, first, here, by_chance, F(0.5), rows[SKIP_BOUND, EDGE:size])
    _bound(triples, skips, before, by_chance, third, rows[FRAME_BOUND, EDGE:size])
    _each(pairs, before, spare)
    _bound(triples, pairs_before, spare, one, third, rows[TRIPLE_BOUND, EDGE:size])
    _chance(here, before, pairs, pairs_before, triples, total, rows[CHANCE, EDGE:size])
    _unseen(pairs, rows[UNSEEN, EDGE:size])


@njit(nogil=True, error_model="numpy")
def fill_general(size: Any, numbers: Any, shares: Any, adjacent: Any, rows: Any) -> None:
    """Rows of general English; `shares` (n,) of its words; `adjacent` (n,): 1 where a word stands there and before."""
    out = rows[GENERAL_BOUND, EDGE:size]
    _bound(numbers[3, EDGE:size], shares[EDGE - 1 : size - 1], shares[EDGE:size], F(1e6), GENERAL_PRIOR, out)
    for k in range(len(out)):
        out[k] *= adjacent[EDGE + k]


@njit(nogil=True)
def run_net(size: Any, rows: Any, net: Any, places: Any, odds: Any) -> None:
    """Log odds of each place from EDGE on; `places` (taps,) int64 is scratch. The number of hidden units is a multiple
    of UNITS.
    """
    held, flat, wide = net.first.reshape(net.first.size), rows.reshape(rows.size), rows.shape[1]
    for tap in range(len(places)):
        places[tap] = net.rows[tap] * wide + net.shifts[tap]
    for begin in range(EDGE, size - EDGE, LANES):
        for at in range(begin, begin + LANES):
            odds[at] = net.last
        for unit in range(0, len(net.offsets), UNITS):
            add_units(flat, places, held, net.offsets, net.second, unit, begin, odds)
