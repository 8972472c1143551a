"""Slow, obvious twins of the kernels, written without looking at how the kernels do it."""

from __future__ import annotations

import itertools
import math
import unicodedata
from collections import Counter, defaultdict
from functools import cache

from dedup.text import unicode_table as table
from dedup.text.arrays import normal_form

BITS = (1 << 64) - 1


def kind(char: str) -> int:
    """Class of a character, straight from unicodedata; letters in boxes are letters there alone."""
    return (table.entry(ord(char), set()) or shipped(char)) >> table.CLASS_SHIFT & 7


def folded(char: str) -> str:
    entry = table.entry(ord(char), set())
    if shipped(char) & table.FOLD_MASK < 128 <= entry & table.FOLD_MASK:  # a small capital, a letter in a box
        entry = shipped(char)
    return chr(entry & table.FOLD_MASK) + (chr(entry >> table.SECOND_SHIFT) if entry >> table.SECOND_SHIFT else "")


@cache
def _shipped():
    return table.load()


def shipped(char: str) -> int:
    """Entry of the shipped table: what looks like what is no knowledge of `unicodedata`."""
    stage1, stage2, _ = _shipped()
    return int(stage2[int(stage1[ord(char) >> 8]) * 256 + (ord(char) & 255)])


CYRILLIC = dict(zip("aceopxykijsABCEHIJKMOPSTXY", "асеорхукіјѕавсеніјкморѕтху", strict=True))
GREEK = dict(zip("ovaipukxyABEHIKMNOPTXYZ", "οναιρυκχγαβεηικμνορτχυζ", strict=True))


def cased(char: str) -> str:
    """The folded letter with its case."""
    return folded(char)[0].upper() if shipped(char) & table.UPPER else folded(char)[0]


def looks_like(word: str) -> str:
    """The folded word that a word, as it stands, looks like; see `text.lookalikes`."""
    chars = [char for char in word if kind(char) == table.WORD]
    scripts = [shipped(char) >> table.SCRIPT_SHIFT & 7 for char in chars]
    forms = [unicodedata.normalize("NFKC", char) for char in chars]
    foreign = [char for char, script in zip(chars, scripts, strict=True) if script > table.LATIN]
    latin = [cased(char) for char, script in zip(chars, scripts, strict=True) if script == table.LATIN]
    others = {script for script in scripts if script > table.LATIN}
    other = others.pop() if len(others) == 1 else table.OTHER if others else 0
    back = {table.CYRILLIC: CYRILLIC, table.GREEK: GREEK}.get(other, {})
    twin = {char: chr(shipped(char) >> table.TWIN_SHIFT & table.FOLD_MASK) for char in foreign}
    partial = [char for char in foreign if not shipped(char) & table.WHOLE]
    to_latin = foreign and all(twin[char] != "\0" for char in foreign)
    to_other = latin and back and all(form in back for form in latin)
    doubled = sum(len(folded(char)) > 1 for char, script in zip(chars, scripts, strict=True) if script == table.LATIN)
    target = 0
    if foreign and not latin:
        rare = any(shipped(char) & table.SELDOM for char in foreign)
        target = table.LATIN if not partial and (len(foreign) > 2 or rare) else 0
    elif foreign and not to_latin:
        target = other if to_other else 0
    elif foreign:
        capitals = all(shipped(char) & table.UPPER for char in partial)
        sure = not partial or not to_other or capitals or len(latin) + doubled > len(foreign)
        target = table.LATIN if sure else other
    letters, digits = len(latin) + doubled + len(foreign), [form for form in forms if form in ("0", "1")]
    figures = [c for c, script, form in zip(chars, scripts, forms, strict=True) if not script and form not in "01"]
    spelt = bool(digits) and not figures and letters >= max(2, len(digits))
    spelt = spelt and bool(latin or partial or target == table.LATIN)
    aim = target if target or latin else other
    there = {table.CYRILLIC: CYRILLIC, table.GREEK: GREEK}.get(aim, {})
    if spelt and word[0] <= "9":
        spelt = letters > 2 and len(digits) == 1
    found, before, small, place = "", "", False, 0
    for char in word:
        if kind(char) == table.IGNORED:
            continue
        meant, form, script = folded(char), unicodedata.normalize("NFKC", char), shipped(char) >> table.SCRIPT_SHIFT & 7
        is_small, replaced = bool(shipped(char) & table.LOWER), False
        if form == "I":
            lone = place == 1 and len(chars) > 3 and all(shipped(c) & table.LOWER for c in chars[2:])
            lone = lone and bool(shipped(chars[0]) & table.UPPER)
            scottish = place in (2, 3) and folded(chars[0]) == "m" and before == "c"
            linked = place == len(chars) - 2 and folded(chars[-1])[0] == "n"
            if (small and not scottish and not linked) or (lone and not small):
                meant, is_small, replaced = "l", True, True
        elif form in ("0", "1") and spelt:
            meant, is_small, replaced = "o" if form == "0" else "l", small, True
        if target == table.LATIN and script > table.LATIN:
            meant = twin[char]
        elif aim > table.LATIN and ((script == table.LATIN and target) or replaced):
            letter = meant if replaced else cased(char)
            meant = there.get(letter, folded(char))
        found += meant
        if kind(char) == table.WORD:
            before, small, place = folded(char)[0], is_small, place + 1
    return found


def word_places(text: str) -> list[tuple[str, int, int]]:
    """Words of `text` as it stands, folded, with the characters from the first letter to what ends the word."""
    found: list[tuple[str, int, int]] = []
    word, single, begin = "", False, 0
    for at, char in enumerate(text):
        what = kind(char)
        if what == table.IGNORED or (what == table.MARK and not word):
            continue
        cut = what == table.SEPARATOR or (what != table.MARK and (single or what == table.SINGLE))
        if cut and word:
            found, word, single = [*found, (looks_like(word), begin, at)], "", False
        if what == table.SEPARATOR:
            continue
        begin = at if not word else begin
        word += char
        single = single or what == table.SINGLE
    return [*found, (looks_like(word), begin, len(text))] if word else found


def words(text: str) -> list[str]:
    """Words of `text` as `text.words` defines them."""
    return [word for word, _, _ in word_places(normal_form(text))]


def wrapped(text: str) -> bool:
    """Whether the lines of `text` are of one width, see `text.sentences`."""
    lines = [len(line.encode()) for line in text.split("\n")[:-1]]
    filled = [size for size in lines if size]
    return len(filled) >= 6 and max(lines) <= 100 and sum(filled) >= 40 * len(filled)


def sentence_ends(before: str, gap: str, word: str, abbreviations: set[str]) -> bool:
    """Whether a sentence ends in the `gap` between two words of one line, as they stand."""
    ends = any(mark in gap for mark in ".!?…")
    space = [at for at, char in enumerate(gap) if char in " \t\r\n\u00a0"]
    if not ends or not space:
        return False
    opens = any(mark in gap[space[0] :] for mark in "\"'([«„“‘")
    capital = word[0] != folded(word[0])
    caseless = kind(word[0]) == table.SINGLE or 0x590 <= ord(word[0]) < 0x1E00
    digit = word[0] in "0123456789" or word[-1] in "0123456789"
    if not (opens or capital or caseless or digit):
        return False
    initial = len(before) == 1 and "A" <= before <= "Z"
    known = "".join(map(folded, before)) in abbreviations
    return not (gap[0] == "." and (initial or known))


def sentences(text: str, abbreviations: set[str], longest: int) -> list[int]:
    """Number of the sentence of each word."""
    numbers: list[int] = []
    length, one_width = 0, wrapped(text)
    places = word_places(text)
    for at, (_, begin, end) in enumerate(places):
        length += 1
        if at == 0:
            numbers.append(0)
            continue
        _, start, stop = places[at - 1]
        gap = text[stop:begin]
        new = length > longest or gap.count("\n") > 1 or any(mark in gap for mark in "。！？")
        new = new or ("\n" in gap and not one_width)
        new = new or sentence_ends(text[start:stop], gap, text[begin:end], abbreviations)
        numbers.append(numbers[-1] + new)
        length = 1 if new else length
    return numbers


def mix(state: int, block: int) -> int:
    product = (state ^ block) * 0x9E3779B97F4A7C15 & BITS
    return product ^ product >> 32


def word_hash(word: str) -> int:
    data, state = word.encode(), 0xD6E8FEB86659FD93
    for at in range(0, len(data), 8):
        state = mix(state, int.from_bytes(data[at : at + 8], "little"))
    return state


def shingle_hashes(tokens: list[str], ngram: int, keys: list[int]) -> list[int]:
    hashes = [word_hash(word) for word in tokens]
    found = []
    for at in range(len(hashes) - ngram + 1):
        total = sum(h * k for h, k in zip(hashes[at : at + ngram], keys, strict=True)) & BITS
        found.append((total ^ total >> 29) * 0xD6E8FEB86659FD93 & BITS)
    return found


def fmix32(value: int) -> int:
    value ^= value >> 16
    value = value * 0x85EBCA6B & 0xFFFFFFFF
    value ^= value >> 13
    value = value * 0xC2B2AE35 & 0xFFFFFFFF
    return value ^ value >> 16


def signature(shingles: list[int], a: list[int], b: list[int]) -> list[int]:
    hashes = [fmix32(value >> 32) for value in shingles]
    return [min((h * x + y) & 0xFFFFFFFF for h in hashes) for x, y in zip(a, b, strict=True)]


def anchors(hashes: list[int], window: int) -> list[int]:
    """Places that hold the minimum of at least one window; of equal ones close together the first."""
    found = set()
    for begin in range(len(hashes) - window + 1):
        part = hashes[begin : begin + window]
        found |= {begin + at for at, value in enumerate(part) if value == min(part)}
    kept: list[int] = []
    for place in sorted(found):
        if not kept or hashes[place] != hashes[kept[-1]] or place - kept[-1] >= window:
            kept.append(place)
    return kept


def winnow(hashes: list[int], window: int) -> list[int]:
    """The smallest of every `window` hashes in a row, of equal ones the last; each place once, in order."""
    places = []
    for begin in range(len(hashes) - window + 1):
        part = hashes[begin : begin + window]
        places.append(begin + max(at for at, value in enumerate(part) if value == min(part)))
    return [hashes[place] for place in sorted(set(places))]


def term_keys(tokens: list[str], classes: list[int], stop_keys: list[int]) -> list[int]:
    """Upper halves of the keys of `fingerprint.rare_terms`: pairs of rare words in a row, runs of the commonest
    ones.
    """
    hashes = [(word, word_hash(word)) for word in tokens]
    rare = [value for _, value in hashes if classes[value >> 48] == 0]
    stops = [word for word, value in hashes if classes[value >> 48] == 2]
    pairs = [mix(mix(0, one), two) for one, two in itertools.pairwise(rare)]
    found = winnow(pairs, 3 if len(rare) > 64 else 1)
    found += winnow(shingle_hashes(stops, len(stop_keys), stop_keys), 8)
    return [value >> 32 for value in found]


def document_frequencies(texts: list[list[str]]) -> dict[int, int]:
    """How many lists of words hold a word of each slot (the upper 16 bits of its hash)."""
    counts: dict[int, int] = defaultdict(int)
    for tokens in texts:
        for slot in {word_hash(word) >> 48 for word in tokens}:
            counts[slot] += 1
    return counts


def bucket_pairs(keyed: list[tuple[int, int]], limit: int, star: bool) -> set[tuple[int, int]]:
    """Pairs of rows of one key: all of them up to `limit` rows, else each with the one before (and the first)."""
    buckets: dict[int, list[int]] = defaultdict(list)
    for key, row in sorted(keyed):
        buckets[key].append(row)
    found = set()
    for rows in buckets.values():
        for at, row in enumerate(rows):
            partners = rows[:at] if len(rows) <= limit else [rows[at - 1]] * (at > 0) + [rows[0]] * star
            found |= {(other, row) for other in partners if other != row}
    return found


# The eight LLVM steps of `runtime.simd` in Python: what the kernels run on under NUMBA_DISABLE_JIT=1.


def load8(array, position):
    import numpy as np

    return np.uint64(int.from_bytes(array[int(position) : int(position) + 8].tobytes(), "little"))


def trailing_zeros(value):
    import numpy as np

    bits = int(value)
    return np.uint64((bits & -bits).bit_length() - 1 if bits else 64)


def classify(array, position):
    import numpy as np

    masks = [0] * 6
    for bit in range(64):
        here = int(array[int(position) + bit])
        char = chr(here) if here < 128 else ""
        kinds = (
            here >= 128 or char.isalnum(),
            here >= 128,
            char.isalpha(),
            char.islower(),
            char in ("0", "1"),
            char == "I",
        )
        for number, kind in enumerate(kinds):
            masks[number] |= kind << bit
    return tuple(np.uint64(mask) for mask in masks)


def hints(array, position):
    import numpy as np

    brackets, *needles = ("[{\\|", "urc", "ppe", "igi", "epu", "zue", "ggr", "sby", "pr?m", "pr?v")
    found = 0
    for bit in range(64):
        here = array[int(position) + bit : int(position) + bit + 4].tobytes().decode("latin-1")
        small = "".join(chr(ord(char) | 0x20) for char in here)
        if here[0] in brackets or any(
            all(char in ("?", other) for char, other in zip(needle, small, strict=False)) for needle in needles
        ):
            found |= 1 << bit
    return np.uint64(found)


def same_places(array, position, wanted):
    import numpy as np

    here = array[int(position) : int(position) + 16].tolist()
    return np.uint64(sum(1 << lane for lane, number in enumerate(here) if number == wanted))


def table_key():
    import numpy as np

    from dedup.runtime.table_key import TABLE_KEY

    return tuple(np.uint64(number) for number in TABLE_KEY)


def min_affine(hashes, count, a, b, out, first):
    import numpy as np

    for k in range(int(first), int(first) + 4):
        out[k] = (hashes[: int(count)] * a[k] + b[k]).astype(np.uint32).min()


def add_units(values, places, weights, offsets, second, unit, at, out):
    import numpy as np

    taps, lanes = len(places), int(at) + np.arange(16)
    numbers = values[places[:, None] + lanes]
    for number in range(int(unit), int(unit) + 4):
        total = offsets[number] + weights[number * taps : (number + 1) * taps] @ numbers
        out[lanes] += second[number] * np.maximum(total, 0)


def tfidf_cosines(documents: list[list[str]]) -> list[list[float]]:
    """Cosine of each two lists of terms: scikit-learn's weights (sublinear tf, smooth idf, length one)."""
    total = len(documents)
    df: dict[str, int] = defaultdict(int)
    for terms in documents:
        for term in set(terms):
            df[term] += 1
    vectors = []
    for terms in documents:
        weights = {
            term: (1 + math.log(terms.count(term))) * (math.log((1 + total) / (1 + df[term])) + 1)
            for term in set(terms)
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        vectors.append({term: weight / length for term, weight in weights.items()})
    return [[sum(weight * two.get(term, 0.0) for term, weight in one.items()) for two in vectors] for one in vectors]


def local_alignment(one, two, one_weights, two_weights):
    """Score of `facts.alignment_kernels.local_alignment`, cell by cell; a negative word of `two` is a wall."""
    best: float = 0.0
    score = [[0.0] * (len(two) + 1) for _ in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(two) + 1):
            if two[j - 1] < 0:
                continue
            if one[i - 1] == two[j - 1]:
                run = 0.3 if i > 1 and j > 1 and one[i - 2] == two[j - 2] else 0.0
                diagonal = score[i - 1][j - 1] + float(min(one_weights[i - 1], two_weights[j - 1])) + run
            else:
                diagonal = score[i - 1][j - 1] - 0.2
            score[i][j] = max(0.0, diagonal, score[i - 1][j] - 0.15, score[i][j - 1] - 0.15)
            best = max(best, score[i][j])
    return best


def in_runs(words: list[int], others: list[int], size: int) -> list[bool]:
    """Which words stand in a run of `size` words that `others` have too."""
    known = {tuple(others[at : at + size]) for at in range(len(others) - size + 1)}
    found = {at for at in range(len(words) - size + 1) if tuple(words[at : at + size]) in known}
    return [any(at - back in found for back in range(size)) for at in range(len(words))]


def posting_runs(sources: list[list[tuple[int, int]]], keys: list[int], limit: int) -> dict[int, list[int]]:
    """Documents of each key, list after list; of each list the `limit` last ones. Lists are sorted (key, document)."""
    return {key: [n for source in sources for n in [d for k, d in source if k == key][-limit:]] for key in keys}


def touching(
    asked: list[set[int]], runs: dict[int, list[int]], bounds: list[int], limit: int, pairs: list[tuple[int, int]]
) -> list[bool]:
    """Which pairs (place asked about, document found) share any key, see `candidates.posting_kernels`."""
    return [
        any(found in [number for number in runs[key] if number < bounds[place]][-limit:] for key in asked[place])
        for place, found in pairs
    ]


def sharing(
    asked: list[set[int]], runs: dict[int, list[int]], own: list[int], bounds: list[int], held: list[int],
    held_there: list[int], limit: int, share: float, slack: float, least: int, most: int,
    faint: tuple[float, int], of_more: float,
) -> list[tuple[int, int, int, bool]]:  # fmt: skip
    """(place asked about, document found, keys shared, faint), see `candidates.posting_kernels`."""
    found = []
    for place, keys in enumerate(asked):
        latest = {key: [number for number in runs[key] if number < bounds[place]][-limit:] for key in keys}
        crowded = [key for key in keys if len(latest[key]) == limit]
        counts = Counter(number for key in keys for number in latest[key] if number != own[place])
        rare = Counter(number for key in set(keys) - set(crowded) for number in latest[key])
        enough = []
        for number, count in counts.items():
            fewer = min(held[place], held_there[number])
            passed = []
            for part in (faint[0], share):
                alone = max(part * (fewer - len(crowded)) - slack, least, 2)
                every = count >= least and count >= part * fewer - slack
                passed.append(every or (bool(crowded) and rare[number] >= alone))
            part = count >= min(of_more * max(held[place], held_there[number]), fewer / 3)
            strong = passed[1] and (part or count >= 4)
            if strong or (passed[0] and part and rare[number] >= faint[1]):
                enough.append((number, count, not strong))
        best = sorted(enough, key=lambda pair: (-pair[1], -pair[0]))[:most]
        found += [(place, *pair) for pair in sorted(best)]
    return found
