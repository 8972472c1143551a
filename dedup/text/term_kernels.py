"""Term kernels: the distinct terms of each text with their counts and kinds, postings, and nearest texts by cosine.

A term is the first STEM letters of a folded word, by their 32-bit hash, which takes inflected forms together
("Ukraine", "Ukrainian"); figures that a point or a comma ties together ("1,200", "5.93") are one term. Dates that the
text mentions stand as terms of their own at the end of each text's list, from `DATES` on: a month with a day, a month
alone, a weekday. Arrays and scalars only; buffers are as `text.words` wants them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import uint8, uint16, uint32

from dedup.runtime.compiler import njit
from dedup.runtime.simd import kernel, load8
from dedup.text.sentences import CAPITAL, DIGIT, FIRST, sentence_numbers
from dedup.text.unicode_table import CLASS_SHIFT, IGNORED, SECOND_SHIFT
from dedup.text.words import CASE, NEEDS_NFKC, START, decode, mix, slow_word, word_hashes

U = np.uint64
NAME, NUMBER, LEAD, DATE = 1, 2, 4, 8
"""Kinds of a term in a text (bits): always written with a capital, and not only where a sentence begins; holds a digit;
stands among the first words; is a mentioned date."""
DATES = 0xFFFF0000
"""Terms from here on are dates: DATES | month << 5 | day, month 1 to 12, day 0 for the month alone; month WEEKDAY for a
weekday, day 1 (Monday) to 7."""
WEEKDAY = 13
ONLY_WITH_DAY = 1 << 10
"""Flag of a date word that is a month only where a day stands beside it: "Mar", "Dec"."""
STEM = 6
"""Letters of a word that count. Correlation of the cosine's logarithm with the similarity that people gave to 472 pairs
of news stories: 4 letters .75 en, .62 de, .73 es; 5 .75 .62 .70; 6 .76 .60 .69; 7 .76 .60 .68; whole words .75 .57
.67. Six keep names apart."""
LEAD_WORDS = 80
"""Words from the first that are LEAD: a headline and about two sentences."""
COMMON = np.float32(3)
"""idf up to which a figure says nothing: "10", "2016"."""
SOFT, FEW, CHANCE, TINY = np.float32(0.03), np.float32(10), np.float32(0.4), np.float32(1e-9)
"""Added to a cosine before its logarithm; idf added to names and figures, so that a few do not make a whole; overlap of
the weekdays of two unrelated texts."""
_STEM_MASK = (U(1) << U(8 * STEM)) - U(1)
_HIGH_BITS = U(0x8080808080808080) & _STEM_MASK
FOLD = U(0xD6E8FEB86659FD93)
_LOWER, _INSIDE = 1 << 4, 1 << 5
"""Bits while counting: seen without a capital; seen with one inside a sentence that is no headline."""


@njit(nogil=True)
def fold_term(word: Any) -> Any:
    """32-bit term of a 64-bit word hash; never a date."""
    term = (word ^ word >> U(29)) * FOLD >> U(32)
    return term & U(0x7FFFFFFF) if term >= U(DATES) else term


@njit(nogil=True)
def _stem(buffer: Any, at: Any, end: Any, word: Any, stage1: Any, stage2: Any, nothing: Any) -> Any:
    """Hash of the first STEM letters of the word `buffer[at:end]`, whose own hash is `word`."""
    if end - at <= STEM:
        return word
    raw = load8(buffer, U(at))
    if not raw & _HIGH_BITS:
        return mix(START, (raw | CASE) & _STEM_MASK)
    stop, letters = at, 0
    while stop < end and letters < STEM:
        code, step = decode(load8(buffer, U(stop)))
        entry = U(stage2[U(stage1[code >> U(8)]) * U(256) + (code & U(255))])
        letters += entry >> U(CLASS_SHIFT) & U(7) != U(IGNORED)
        letters += entry >> U(SECOND_SHIFT) != U(0)
        stop += np.int64(step)
    return slow_word(buffer, U(at), U(min(stop, end)), stage1, stage2, nothing, U(0))[0]


@njit(nogil=True)
def _small_number(buffer: Any, begin: Any, end: Any) -> Any:
    """Value of a day of the month, "4" or "4th"; 0 for anything else."""
    value = 0
    at = begin
    while at < end and 48 <= buffer[at] <= 57 and at - begin < 3:
        value = value * 10 + np.int64(buffer[at]) - 48
        at += 1
    return value if at > begin and value <= 31 and end - at in (0, 2) else 0


@njit(nogil=True)
def _lookup(values: Any, value: Any) -> Any:
    """Place in a sorted array, -1 where it is not."""
    place = np.searchsorted(values, value)
    return place if place < len(values) and values[place] == value else -1


@njit(nogil=True)
def _day_beside(buffer: Any, start: Any, spans: Any, bits: Any, index: Any, count: Any) -> Any:
    """Day of the month that stands before or after a month: "October 12", "Oct. 12", "12 October", "12. Oktober",
    "12 de octubre"; 0 where none does.
    """
    for step in (1, -1, -2):
        other = index + step
        if not 0 <= other < count or not bits[other] & DIGIT:
            continue
        begin, end = start + np.int64(spans[other, 0]), start + np.int64(spans[other, 1])
        gap = (begin - start - np.int64(spans[index, 1])) if step > 0 else np.int64(spans[index, 0]) - (end - start)
        day = _small_number(buffer, begin, end)
        if day and gap <= (2 if step > -2 else 4):
            return day
    return 0


@njit(nogil=True)
def _headlines(numbers: Any, bits: Any, count: Any, sentences: Any, out: Any) -> None:
    """Marks in `out` the sentences of which more than half the words have a capital: there it says nothing."""
    capitals = np.zeros((sentences, 2), np.int32)
    for index in range(count):
        capitals[numbers[index], 0] += 1
        capitals[numbers[index], 1] += bits[index] & CAPITAL > 0
    for sentence in range(sentences):
        out[sentence] = 2 * capitals[sentence, 1] > capitals[sentence, 0]


@njit(nogil=True)
def _entries(
    buffer: Any, start: Any, stage1: Any, stage2: Any, hashes: Any, spans: Any, numbers: Any, bits: Any,
    count: Any, headlines: Any, date_words: Any, date_codes: Any, marks: Any, out: Any, filled: Any,
) -> Any:  # fmt: skip
    """One uint64 an occurrence, term << 32 | kinds, into `out` from `filled` on; returns the next place."""
    nothing = np.empty(0, np.uint8)
    for index in range(count):
        word, seen = hashes[index], np.int64(bits[index])
        kind = LEAD if index < LEAD_WORDS else 0
        if seen & DIGIT:
            kind |= NUMBER
            if index and bits[index - 1] & DIGIT and np.int64(spans[index, 0]) - np.int64(spans[index - 1, 1]) == 1:
                byte = buffer[start + np.int64(spans[index, 0]) - 1]
                if byte == 44 or byte == 46:  # , .
                    filled -= 1  # the figure goes on: its parts become one
                    word = mix(hashes[index - 1], word)
                    hashes[index] = word
        else:
            begin, end = start + np.int64(spans[index, 0]), start + np.int64(spans[index, 1])
            word = _stem(buffer, begin, end, word, stage1, stage2, nothing)
            if not seen & CAPITAL:
                kind |= _LOWER
            elif not seen & FIRST and not headlines[numbers[index]]:
                kind |= _INSIDE
        out[filled] = fold_term(word) << U(32) | U(kind)
        filled += 1
    for index in range(count):
        if not marks[hashes[index] & U(len(marks) - 1)] or bits[index] & DIGIT:
            continue
        place = _lookup(date_words, hashes[index])
        if place < 0:
            continue
        code = np.int64(date_codes[place])
        if code & 1023 < WEEKDAY << 5:
            code |= _day_beside(buffer, start, spans, bits, index, count)
        if code & 31 or (bits[index] & CAPITAL and not code & ONLY_WITH_DAY):
            out[filled] = U(DATES | code & 1023) << U(32) | U(DATE | (LEAD if index < LEAD_WORDS else 0))
            filled += 1
    return filled


@kernel
def text_terms(
    buffer: Any, starts: Any, sizes: Any, stage1: Any, stage2: Any, abbreviations: Any, date_words: Any,
    date_codes: Any, entries: Any, ends: Any, words: Any, normalise: Any,
) -> Any:  # fmt: skip
    """All terms of each text as they come, term << 32 | bits, into `entries` (uint64, (size + 4) a text); returns their
    number.

    `abbreviations` and `date_words` are sorted word hashes, `date_codes` (as long as those, uint16) month << 5 | day,
    with ONLY_WITH_DAY. `ends` (texts,) int64 gets where each text's entries end, `words` (texts,) int32 the number of
    words, `normalise` (texts,) uint8 1 where a text needs NFKC. `count_terms` goes on when each text's are sorted.
    """
    longest = 2
    for text in range(len(sizes)):
        longest = max(longest, sizes[text] + 2)
    edges, specials = np.empty(longest, np.uint32), np.empty(longest, np.uint32)
    hashes, spans = np.empty(longest // 2 + 2, np.uint64), np.empty((longest // 2 + 2, 2), np.uint32)
    numbers, bits = np.empty(longest // 2 + 2, np.int32), np.empty(longest // 2 + 2, np.uint8)
    headlines, marks = np.empty(longest // 2 + 2, np.bool_), np.zeros(4096, np.bool_)
    for place in range(len(date_words)):  # few words have such low bits: a quick look before the search
        marks[date_words[place] & U(4095)] = True
    at = 0
    for text in range(len(sizes)):
        start, end = starts[text], starts[text] + sizes[text]
        found, marked = word_hashes(buffer, U(start), U(end), stage1, stage2, edges, specials, hashes, spans)
        count = np.int64(found)
        sentences = sentence_numbers(
            buffer, start, end, hashes, spans, count, stage1, stage2, abbreviations, numbers, bits
        )
        _headlines(numbers, bits, count, sentences, headlines)
        at = _entries(
            buffer,
            start,
            stage1,
            stage2,
            hashes,
            spans,
            numbers,
            bits,
            count,
            headlines,
            date_words,
            date_codes,
            marks,
            entries,
            at,
        )
        ends[text], words[text], normalise[text] = at, count, uint8(marked & U(NEEDS_NFKC))
    return at


@kernel
def count_terms(entries: Any, ends: Any, ids: Any, counts: Any, kinds: Any) -> Any:
    """Distinct terms of each text, ascending, text after text; returns how many there are in all.

    `entries` are those of `text_terms`, each text's sorted; `ends` becomes where each text's terms end in `ids`
    (uint32), `counts` (uint16) and `kinds` (uint8), which are as long as `entries`.
    """
    at, place = 0, 0
    for text in range(len(ends)):
        end = ends[text]
        while place < end:
            term, times, seen = entries[place] >> U(32), 0, 0
            while place < end and entries[place] >> U(32) == term:
                seen |= np.int64(entries[place] & U(255))
                times += 1
                place += 1
            kind = seen & (NUMBER | LEAD | DATE)
            if seen & _INSIDE and not seen & _LOWER:
                kind |= NAME
            ids[at], counts[at], kinds[at] = uint32(term), uint16(min(times, 65535)), uint8(kind)
            at += 1
        ends[text] = at
    return at


@kernel
def document_frequencies(keys: Any, firsts: Any) -> Any:
    """Where each run of equal terms begins in sorted `keys` (term << 32 | place), into `firsts` (int64, one longer than
    the runs); returns the number of runs.
    """
    runs = 0
    for place in range(len(keys)):
        if place == 0 or keys[place] >> U(32) != keys[place - 1] >> U(32):
            firsts[runs] = place
            runs += 1
    firsts[runs] = len(keys)
    return runs


@kernel
def row_terms(
    keys: Any, firsts: Any, columns: Any, places: Any, owners: Any, starts: Any, weights: Any, cols: Any, values: Any
) -> None:
    """Each row's terms in order of `columns`, the rarest first.

    `columns` are runs of `firsts` in the order wanted, `owners` (int32) the row and `weights` (float32) the weight of
    each place, `starts` (rows + 1,) where the rows begin in `cols` (int32: index into `columns`) and `values`;
    `places` (rows,) int64 is scratch and ends as the end of each row.
    """
    for row in range(len(places)):
        places[row] = starts[row]
    for column in range(len(columns)):
        run = columns[column]
        for key in range(firsts[run], firsts[run + 1]):
            place = np.int64(keys[key] & U(0xFFFFFFFF))
            row = owners[place]
            cols[places[row]] = column
            values[places[row]] = weights[place]
            places[row] += 1


@njit(nogil=True)
def _cosine(cols: Any, values: Any, one: Any, one_end: Any, two: Any, two_end: Any) -> Any:
    """Sum of products over shared columns; both rows ascending."""
    total = np.float32(0)
    while one < one_end and two < two_end:
        a, b = cols[one], cols[two]
        if a == b:
            total += values[one] * values[two]
        one += a <= b
        two += b <= a
    return total


@njit(nogil=True)
def _largest(scores: Any, row: Any, least: Any, rows: Any, best: Any) -> Any:
    """The rows of the largest `scores` but `row` itself, at least `least`, the best first, ties by row; clears
    `scores`. Fills `rows` and `best` and returns how many.
    """
    size, filled = len(rows), 0
    floor = least
    scores[row] = 0
    for other in range(len(scores)):
        score = scores[other]
        scores[other] = 0
        if score < floor or score <= 0 or (filled == size and score <= best[size - 1]):
            continue
        place = filled if filled < size else size - 1
        while place and best[place - 1] < score:
            best[place], rows[place] = best[place - 1], rows[place - 1]
            place -= 1
        best[place], rows[place] = score, other
        filled = min(filled + 1, size)
        if filled == size:
            floor = best[size - 1]
    return filled


@njit(nogil=True)
def _order(near: Any, best: Any, found: Any) -> None:
    """The largest of `best` first, of equal ones the first; there are few. numba's sorting of places takes a second to
    compile.
    """
    for number in range(1, found):
        place, other, score = number, near[number], best[number]
        while place and best[place - 1] < score:
            near[place], best[place] = near[place - 1], best[place - 1]
            place -= 1
        near[place], best[place] = other, score


@kernel
def nearest(
    first: Any, last: Any, starts: Any, ends: Any, cols: Any, values: Any, posting_starts: Any, posting_rows: Any,
    posting_values: Any, budget: Any, pool: Any, least: Any, rows: Any, cosines: Any,
) -> None:  # fmt: skip
    """The nearest texts of rows `first` to `last`, into `rows` (int64) and `cosines` (float32), both
    (last - first, k); -1 where there are fewer.

    A row's terms are looked up rarest first until they have `budget` postings. Where terms are left over, the `pool`
    best by what was added so far are scored again over all terms.
    """
    count, k = len(starts), rows.shape[1]
    scores = np.zeros(count, np.float32)
    near, best = np.empty(max(pool, k), np.int64), np.empty(max(pool, k), np.float32)
    for row in range(first, last):
        spent, at = 0, starts[row]
        while at < ends[row]:
            begin, stop = posting_starts[cols[at]], posting_starts[cols[at] + 1]
            if spent and spent + stop - begin > budget:
                break
            spent += stop - begin
            value = values[at]
            for place in range(begin, stop):
                scores[posting_rows[place]] += value * posting_values[place]
            at += 1
        whole = at == ends[row]
        found = _largest(scores, row, least if whole else np.float32(0), near, best)
        if not whole:
            for place in range(found):
                other = near[place]
                best[place] = _cosine(cols, values, starts[row], ends[row], starts[other], ends[other])
            _order(near, best, found)
        for place in range(k):
            good = place < found and best[place] >= least
            rows[row - first, place] = near[place] if good else -1
            cosines[row - first, place] = best[place] if good else 0


@kernel
def story_totals(starts: Any, ids: Any, kinds: Any, idf: Any, weights: Any, totals: Any) -> None:
    """What `pair_features` needs of each text alone, into `totals` (texts, 6) float32: length of its weights, of those
    of its lead; idf of its names, of its figures; number of weekdays and of days that it mentions.
    """
    for text in range(len(starts) - 1):
        whole, lead, names, numbers = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
        weekdays, days = 0, 0
        for place in range(starts[text], starts[text + 1]):
            kind, square = kinds[place], weights[place] * weights[place]
            if kind & DATE:
                weekday = ids[place] >> 5 & 31 == WEEKDAY
                weekdays += weekday
                days += not weekday and ids[place] & 31 > 0
                continue
            whole += square
            if kind & LEAD:
                lead += square
            if kind & NAME:
                names += idf[place]
            elif kind & NUMBER:
                numbers += max(idf[place] - COMMON, np.float32(0))
        totals[text, 0], totals[text, 1], totals[text, 2] = np.sqrt(whole), np.sqrt(lead), names
        totals[text, 3], totals[text, 4], totals[text, 5] = numbers, weekdays, days


@njit(nogil=True)
def _features(starts: Any, ids: Any, kinds: Any, idf: Any, weights: Any, totals: Any, a: Any, b: Any, out: Any) -> None:
    """The six features of `pair_features` for texts `a` and `b`, into `out`."""
    whole, lead, names, numbers = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
    weekdays, days = 0, 0
    one, one_end, two, two_end = starts[a], starts[a + 1], starts[b], starts[b + 1]
    while one < one_end and two < two_end:
        x, y = ids[one], ids[two]
        if x == y:
            both, either = kinds[one] & kinds[two], kinds[one] | kinds[two]
            if either & DATE:
                weekday = x >> 5 & 31 == WEEKDAY
                weekdays += weekday
                days += not weekday and x & 31 > 0
            else:
                product = weights[one] * weights[two]
                whole += product
                if both & LEAD:
                    lead += product
                if either & NAME:
                    names += idf[one]
                elif either & NUMBER:
                    numbers += max(idf[one] - COMMON, np.float32(0))
        one += x <= y
        two += y <= x
    out[0] = np.log(whole / max(totals[a, 0] * totals[b, 0], TINY) + SOFT)
    out[1] = np.log(lead / max(totals[a, 1] * totals[b, 1], TINY) + SOFT)
    out[2] = min(names / (min(totals[a, 2], totals[b, 2]) + FEW), np.float32(1))
    out[3] = numbers / (min(totals[a, 3], totals[b, 3]) + FEW)
    out[4], out[5] = 0, 0
    if totals[a, 4] and totals[b, 4]:
        out[4] = weekdays / (totals[a, 4] + totals[b, 4] - weekdays) - CHANCE
    if totals[a, 5] and totals[b, 5]:
        out[5] = 1 if days else -1


@kernel
def pair_features(
    starts: Any, ids: Any, kinds: Any, idf: Any, weights: Any, totals: Any, left: Any, right: Any, out: Any
) -> None:
    """How alike the texts of each pair are, into `out` (pairs, 6) float32.

    In order: logarithm of the cosine (plus SOFT), of the cosine of the leads; names shared of the fewer, figures
    shared of the fewer, by idf; weekdays shared of all (0: no better than chance, or not known); a day of the year
    shared (1), none shared though both name one (-1). `totals` are those of `story_totals`.
    """
    for pair in range(len(left)):
        _features(starts, ids, kinds, idf, weights, totals, left[pair], right[pair], out[pair])


@njit(nogil=True)
def _between(value: Any, places: Any, heights: Any) -> Any:
    """Height at `value` of the line through some points, `places` ascending; beyond them that of the first or last."""
    if value <= places[0]:
        return heights[0]
    for number in range(len(places) - 1):
        if value < places[number + 1]:
            slope = (heights[number + 1] - heights[number]) / (places[number + 1] - places[number])
            return slope * (value - places[number]) + heights[number]
    return heights[len(heights) - 1]


@njit(nogil=True)
def _score(features: Any, coefficients: Any, days: Any, time_days: Any, time_odds: Any, limit: Any) -> Any:
    """Log-odds of one pair: of the texts, between -limit and limit, and of the `days` between the two dates, negative
    where not known.
    """
    total = coefficients[len(features)]
    for number in range(len(features)):
        total += coefficients[number] * features[number]
    total = min(max(total, -limit), limit)
    if days >= 0:
        total += _between(days, time_days, time_odds)
    return total


@njit(nogil=True)
def _days_apart(dates: Any, unknown: Any, a: Any, b: Any) -> Any:
    """Days between two dates in seconds, -1 where one is not known."""
    if dates[a] == unknown or dates[b] == unknown:
        return -1.0
    return abs(dates[a] - dates[b]) / 86400.0


@kernel
def story_scores(
    features: Any, left: Any, right: Any, dates: Any, unknown: Any, coefficients: Any, time_days: Any, time_odds: Any,
    limit: Any, out: Any,
) -> None:  # fmt: skip
    """Score of each pair, into `out` (pairs,) float64.

    `coefficients` are one for each feature and the constant last, `time_days` and `time_odds` what the days between
    the `dates` (seconds, int64, `unknown` where not known) add, by linear interpolation.
    """
    for pair in range(len(left)):
        days = _days_apart(dates, unknown, left[pair], right[pair])
        out[pair] = _score(features[pair], coefficients, days, time_days, time_odds, limit)


@kernel
def link_stories(
    starts: Any, ids: Any, kinds: Any, idf: Any, weights: Any, totals: Any, left: Any, right: Any, dates: Any,
    unknown: Any, coefficients: Any, time_days: Any, time_odds: Any, limit: Any, threshold: Any, sample: Any,
    group: Any,
) -> None:  # fmt: skip
    """Join texts to groups along the pairs, which come best first; `group` (texts,) int64 gets the first text of each
    one's group.

    Two groups become one when the mean score of the pairs between them reaches `threshold` (average linkage). Of a
    group larger than `sample` that many members speak for it; when groups join, theirs do in proportion to the sizes.
    """
    count = len(group)
    size, held = np.ones(count, np.int64), np.ones(count, np.int64)
    speakers = np.zeros((count, sample), np.int32)
    features = np.zeros(len(coefficients) - 1, np.float32)
    for text in range(count):
        group[text], speakers[text, 0] = text, text
    for pair in range(len(left)):
        one, two = _root(group, left[pair]), _root(group, right[pair])
        if one == two:
            continue
        total = 0.0
        for a in speakers[one, : held[one]]:
            for b in speakers[two, : held[two]]:
                _features(starts, ids, kinds, idf, weights, totals, a, b, features)
                days = _days_apart(dates, unknown, a, b)
                total += _score(features, coefficients, days, time_days, time_odds, limit)
        if total < threshold * (held[one] * held[two]):
            continue
        first, other = min(one, two), max(one, two)
        held[first] = _join_speakers(speakers, first, held[first], size[first], other, held[other], size[other])
        size[first] += size[other]
        group[other] = first
    for text in range(count):
        group[text] = _root(group, text)


@njit(nogil=True)
def _root(group: Any, text: Any) -> Any:
    """First text of the group, by path halving."""
    while group[text] != text:
        group[text] = group[group[text]]
        text = group[text]
    return text


@njit(nogil=True)
def _join_speakers(
    speakers: Any, first: Any, first_held: Any, first_size: Any, other: Any, other_held: Any, other_size: Any
) -> Any:
    """Puts the speakers of both groups into the row of `first`, evenly thinned where they are too many; returns how
    many there are now.
    """
    room = speakers.shape[1]
    keep_first, keep_other = first_held, other_held
    if first_held + other_held > room:
        keep_other = min(max(room * other_size // (first_size + other_size), 1), other_held)
        keep_first = min(room - keep_other, first_held)
    for place in range(keep_first):
        speakers[first, place] = speakers[first, place * first_held // keep_first]
    for place in range(keep_other):
        speakers[first, keep_first + place] = speakers[other, place * other_held // keep_other]
    return keep_first + keep_other
