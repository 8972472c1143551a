"""What two aligned texts say: which of their words are facts, and whether the facts agree.

A copy carries the facts of its source; a form carries others. A fact is a number, in digits or in words, or a name: a
word with a capital inside a sentence that is not mostly written without one; or, in a text most of whose words are
known, a word that is not (a function of a library, a medicine), which counts half. Facts weigh what they tell
(`frequencies.fact_weights`): a place that stands in every tenth report says little. Where nouns are written with
capitals (German), or the language is not known, a name is two such words in a row; a text in capitals has no names.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.runtime.hash_tables import fill
from dedup.runtime.jit import njit
from dedup.text.sentences import CAPITAL, DIGIT, FIRST
from dedup.text.term_kernels import fold_term

U = np.uint64
WEIGHT_BITS = 20
"""Words share 2**WEIGHT_BITS slots of the table of weights, by the upper bits of their term."""
WORD_OF_NUMBER = 0x80
"""Bit of a weight: the word writes a number."""
PLAIN = 0x40
"""Bit of a weight: the word is mostly written with a small letter."""
WEIGHT = PLAIN - 1
RULE_WORD = WEIGHT
"""Weight of a word that lays down a rule ("shall", "provided"): no fact."""
UNKNOWN_WEIGHT = 36
"""Weight of a word that is not known: 4 ln 2**13."""
NOUNS, HEADLINE = 0.22, 0.6
"""Share of the words inside sentences that have a capital: from the first on capitals mark nouns and not names (English
news .08 to .2, German .25 to .4), from the second on they mark nothing."""
SUBJECT_WEIGHT = 11
"""Weight of words that may be what a text is about: no more than one in sixteen of news texts has them."""
KNOWN = 0.76
"""Share of known words from which unknown ones tell something (English news .91 and more, manual pages .80; German and
Spanish news .75 at most): elsewhere the language is not known."""
CLAUSE = 8
"""Words in a row that one text has to itself, one of them laying down a rule, before they are a clause."""
TAIL, TAIL_RUN = 5, 4
"""Words that each of two such texts has to itself behind the last so many in a row that both have, from which another
text follows under the same terms: files of a program. A signature is shorter.
"""
NUMBER_SLOT = 3
"""Words of a slot in which a number stands against none."""
HOLE = 6
"""Words that both texts have to themselves at the same place before it counts as content of their own."""
PARAGRAPH = 20
"""The same before it is a paragraph that was replaced, …"""
HEAD, HEAD_KEPT = 40, 30
"""… if both texts have so many of the first words of one."""


@njit(nogil=True)
def is_character(buffer: Any, begin: Any, end: Any) -> Any:
    """Whether a word is one character of a script without spaces (Thai, Lao, Burmese, Khmer, with the marks on it;
    Japanese, Chinese).
    """
    first, second = buffer[begin], buffer[begin + 1] if begin + 1 < end else 0
    if end - begin == 4:
        return first == 0xF0
    southern = (first == 0xE0 and second >= 0xB8) or (first == 0xE1 and (second <= 0x82 or 0x9E <= second <= 0x9F))
    return southern or (end - begin == 3 and 0xE3 <= first <= 0xE9)


@njit(nogil=True)
def mark_facts(hashes: Any, bits: Any, weights: Any, out: Any) -> Any:
    """Into `out` (n,) uint8: what each word weighs if it is a fact, with WORD_OF_NUMBER where it writes one; else 0.
    Returns whether the language is known.
    """
    inside, capitals, known = 1, 0, 0
    for place in range(len(bits)):
        known += weights[fold_term(hashes[place]) >> U(32 - WEIGHT_BITS)] != UNKNOWN_WEIGHT
        if bits[place] & FIRST == 0:
            inside += 1
            capitals += bits[place] & CAPITAL > 0
    told = known >= KNOWN * len(bits)
    names = capitals < HEADLINE * inside
    nouns = capitals >= NOUNS * inside or not told  # "Gobierno" is no name, and nobody here knows
    for place in range(len(bits)):
        weight = weights[fold_term(hashes[place]) >> U(32 - WEIGHT_BITS)]
        named = names and bits[place] & (CAPITAL | FIRST) == CAPITAL
        if named and nouns:
            before = place > 0 and bits[place - 1] & (CAPITAL | FIRST) == CAPITAL
            after = place + 1 < len(bits) and bits[place + 1] & (CAPITAL | FIRST) == CAPITAL
            named = before or after
        if bits[place] & DIGIT or weight & WORD_OF_NUMBER or (named and not weight & PLAIN):
            out[place] = weight & ~np.uint8(PLAIN)
        elif told and weight == UNKNOWN_WEIGHT:
            out[place] = weight // 2
        else:
            out[place] = 0
    return told


@njit(nogil=True)
def _caseless(buffer: Any, begin: Any) -> Any:
    """Whether a word is in a script without capitals (Hebrew to Ethiopic, Japanese, Chinese, Korean), by its first
    letter.
    """
    first = buffer[begin]
    return 0xD6 <= first <= 0xE0 or (first == 0xE1 and buffer[begin + 1] < 0xB8) or 0xE3 <= first <= 0xED


@njit(nogil=True)
def _katakana(buffer: Any, begin: Any) -> Any:
    """Whether a character is katakana (U+30A0 to U+30FF)."""
    if buffer[begin] != 0xE3:
        return False
    return buffer[begin + 1] == 0x83 or (buffer[begin + 1] == 0x82 and buffer[begin + 2] >= 0xA0)


@njit(nogil=True)
def _latin(buffer: Any, begin: Any, end: Any) -> Any:
    """Whether a word of two letters or more is in a script with capitals, full-width letters among them."""
    first = buffer[begin]
    if first == 0xEF:
        second = buffer[begin + 1]
        wide = second == 0xBC or (second == 0xBD and buffer[begin + 2] <= 0x9A)
        return wide and end - begin > 3
    return end - begin > 1 and (65 <= first <= 90 or 97 <= first <= 122 or 0xC3 <= first <= 0xD5)


@njit(nogil=True)
def _in_capitals(buffer: Any, begin: Any, end: Any) -> Any:
    """Whether a word is two capitals of ASCII or more."""
    for place in range(begin, end):
        if not 65 <= buffer[place] <= 90:
            return False
    return end - begin > 1


@njit(nogil=True)
def mark_names(buffer: Any, start: Any, spans: Any, hashes: Any, bits: Any, weights: Any, out: Any) -> Any:
    """Add to the facts in `out` those that only letters tell (the text begins at `start` of `buffer`, its words stand
    at `spans`): words of other scripts in a text whose own has no capitals, and there runs of katakana, which write
    what is foreign and count half; elsewhere a word in capitals at the start of a sentence that is not all in capitals.
    Returns whether the text's own script has no capitals.
    """
    own = 0
    for place in range(len(out)):
        own += _caseless(buffer, start + np.int64(spans[place, 0]))
    foreign = own > 0 and 2 * own >= len(out)
    run = False
    for place in range(len(out)):
        if not foreign and bits[place] & FIRST == 0:
            continue
        begin, end = start + np.int64(spans[place, 0]), start + np.int64(spans[place, 1])
        weight = weights[fold_term(hashes[place]) >> U(32 - WEIGHT_BITS)]
        if foreign:
            within = run
            run = _katakana(buffer, begin)
            if out[place] == 0 and run and not within:
                out[place] = UNKNOWN_WEIGHT // 2
            elif out[place] == 0 and _latin(buffer, begin, end):
                # half: "setuid" is no spelling of "setgid" (see `figure_kernels`)
                out[place] = UNKNOWN_WEIGHT // 2 if weight == UNKNOWN_WEIGHT else weight & ~np.uint8(PLAIN)
        elif not weight & PLAIN and _in_capitals(buffer, begin, end) and place + 1 < len(out):
            following, stop = start + np.int64(spans[place + 1, 0]), start + np.int64(spans[place + 1, 1])
            if not _in_capitals(buffer, following, stop):
                out[place] = max(out[place], weight & WEIGHT)
    return foreign


@njit(nogil=True)
def rare_subject(one: Any, two: Any, weights: Any) -> Any:
    """Whether two words are both rare enough in news to be what a text is about."""
    first = weights[fold_term(one) >> U(32 - WEIGHT_BITS)] & WEIGHT
    second = weights[fold_term(two) >> U(32 - WEIGHT_BITS)] & WEIGHT
    return min(first, second) >= SUBJECT_WEIGHT and max(first, second) < RULE_WORD


@njit(nogil=True)
def kept_facts(facts_a: Any, a0: Any, a1: Any, facts_b: Any, b0: Any) -> Any:
    """Weight of the facts among words that both sides have: a name may begin a sentence on one of them."""
    total = 0
    for place in range(a1 - a0):
        total += int(max(facts_a[a0 + place] & WEIGHT, facts_b[b0 + place] & WEIGHT))
    return total


@njit(nogil=True)
def _weigh(facts: Any, begin: Any, end: Any) -> Any:
    """Weight of the facts in a stretch, how many there are, and whether a number is written in words among them."""
    total, count, written = 0, 0, False
    for place in range(begin, end):
        total += int(facts[place] & WEIGHT)
        count += facts[place] > 0
        written |= facts[place] >= WORD_OF_NUMBER
    return total, count, written


@njit(nogil=True)
def changed_facts(facts_a: Any, a0: Any, a1: Any, facts_b: Any, b0: Any, b1: Any) -> Any:
    """Weight of the facts that stand in the same slot and differ. "Three" and "3" are not known to."""
    one, count_one, written_one = _weigh(facts_a, a0, a1)
    two, count_two, written_two = _weigh(facts_b, b0, b1)
    if one == 0 or two == 0 or (written_one != written_two and count_one == 1 and count_two == 1):
        return 0
    return (one + two) // 2


@njit(nogil=True)
def digits(bits: Any, begin: Any, end: Any) -> Any:
    """Words with digits in a stretch."""
    count = 0
    for place in range(begin, end):
        count += bits[place] & DIGIT > 0
    return count


@njit(nogil=True)
def changed_numbers(
    bits_a: Any, facts_a: Any, a0: Any, a1: Any, bits_b: Any, facts_b: Any, b0: Any, b1: Any, alike: Any
) -> Any:  # fmt: skip
    """Words with digits that stand in a slot with other digits; or in a small one with as many words that write no
    number ("7.0 millimetres", "nil"), where a number cannot just have been put in and the two are not spelt `alike`
    ("0f", "of").
    """
    one, two = digits(bits_a, a0, a1), digits(bits_b, b0, b1)
    if one and two:
        return one
    long_a, long_b = a1 - a0 - max(one - 1, 0), b1 - b0 - max(two - 1, 0)  # "7.0" is two words, and one number
    if alike or max(long_a, long_b) > NUMBER_SLOT or abs(long_a - long_b) > 1:
        return 0
    if one:
        return 0 if _weigh(facts_b, b0, b1)[2] else one
    return 0 if _weigh(facts_a, a0, a1)[2] else two


@njit(nogil=True)
def found_facts(ids_a: Any, facts_a: Any, ids_b: Any, facts_b: Any, words: Any, out: Any) -> None:
    """Into `out` (4,): weight of the distinct facts of each text, and of those of them that the other has anywhere.

    `ids_a` and `ids_b` number the `words` of both texts.
    """
    weight_a, weight_b = np.zeros(words, np.uint8), np.zeros(words, np.uint8)
    has_a, has_b = np.zeros(words, np.uint8), np.zeros(words, np.uint8)
    for place in range(len(ids_a)):
        word = ids_a[place]
        has_a[word] = 1
        weight_a[word] = max(weight_a[word], facts_a[place] & WEIGHT)
    for place in range(len(ids_b)):
        word = ids_b[place]
        has_b[word] = 1
        weight_b[word] = max(weight_b[word], facts_b[place] & WEIGHT)
    fill(out, 0)
    for word in range(words):
        out[0] += weight_a[word]
        out[1] += weight_b[word]
        out[2] += weight_a[word] * has_b[word]
        out[3] += weight_b[word] * has_a[word]


@njit(nogil=True)
def own_words(partner_a: Any, partner_b: Any) -> Any:
    """Words that each text has to itself where the other has its own: the smaller side of each such place, together.
    And those of them that are whole paragraphs behind a head that both texts have: what stands there was put in the
    place of another paragraph. A frame that is filled in anew has its own words at its head, or few at a time.
    """
    total, replaced, kept, last_b, run = 0, 0, 0, -1, 0
    for place in range(len(partner_a) + 1):
        if place < len(partner_a) and partner_a[place] < 0:
            run += 1
            continue
        following = int(partner_a[place]) if place < len(partner_a) else len(partner_b)
        if run >= HOLE and following > last_b:
            alone = 0
            for other in range(last_b + 1, following):
                alone += partner_b[other] < 0
            own = min(run, alone)
            if own >= HOLE:
                total += own
            if own >= PARAGRAPH and kept >= HEAD_KEPT:
                replaced += own
        kept += place < HEAD
        run, last_b = 0, following
    return total, replaced


@njit(nogil=True)
def rule_words(hashes: Any, weights: Any) -> Any:
    """Words of a text that lay down a rule."""
    count = 0
    for place in range(len(hashes)):
        count += weights[fold_term(hashes[place]) >> U(32 - WEIGHT_BITS)] & WEIGHT == RULE_WORD
    return count


@njit(nogil=True)
def own_tail(partner: Any) -> Any:
    """Words that a text has to itself behind the last run of words that both have; 0 if they are few."""
    own, run = 0, 0
    for place in range(len(partner)):
        run = run + 1 if partner[place] >= 0 else 0
        own = 0 if run >= TAIL_RUN else own + (partner[place] < 0)
    return own if TAIL <= own < len(partner) else 0


@njit(nogil=True)
def clause_words(hashes: Any, partner: Any, weights: Any) -> Any:
    """Words of the longest clause that one text has to itself, between words that both have; 0 for none."""
    longest, run, rules, begun = 0, 0, 0, False
    for place in range(len(partner)):
        if partner[place] < 0:
            run += 1
            rules += weights[fold_term(hashes[place]) >> U(32 - WEIGHT_BITS)] & WEIGHT == RULE_WORD
            continue
        if begun and run >= CLAUSE and rules:
            longest = max(longest, run)
        run, rules, begun = 0, 0, True
    return longest
