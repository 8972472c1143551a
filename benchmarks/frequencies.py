"""Make `dedup/align/frequencies.npz`: `python -m benchmarks.frequencies [--data DIR] [--check]`.

The share of a word is the median of its shares in three collections (US news of 2016, newswire of 1987, Australian
news of 2006), so that a word of one time or trade ("mln", a president) counts as rare. Words below a share of 2 ** -10
are left out. For other languages only function words are given, by hand, with one share for all. Beside them stand the
words of the shipped reference that mostly begin with a small letter: a capital makes no name of them; and, from
wordfreq (extra `table`), other words of general English.
"""

from __future__ import annotations

import argparse
import gzip
import sys
from pathlib import Path

import numpy as np
import orjson

from benchmarks.settings import DATA
from dedup.align.frequencies import FILE, STEPS, word_terms
from dedup.candidates.tfidf import Terms, terms
from dedup.columns import pack
from dedup.phrasing.reference.kernels import WORDS
from dedup.phrasing.reference.model import Reference
from dedup.text.arrays import normal_form
from dedup.text.term_kernels import DATES
from dedup.text.tokens import tokenise

LEAST = 2.0**-10
BATCH = 1000
KNOWN = 60_000
"""Words of general English that are no unknown words, be they ever so rare in news."""
_FUNCTION_WORDS = (
    "der die das den dem des ein eine einen einem einer und oder aber nicht auch ist sind war waren wird werden wurde "
    "wurden hat haben hatte hatten sich mit von vom zu zum zur im in am an auf aus bei beim für nach über unter vor "
    "durch gegen um als wie dass wenn noch nur schon so es er sie wir ich man sein seine ihre ihr kann soll mehr bis",
    "el la los las un una unos unas y o pero no que de del al a en con por para se su sus lo le les es son era fue "
    "fueron ha han había ser está están como más este esta estos también sobre entre desde hasta cuando ya sin muy",
    "le la les un une des du de et ou mais ne pas que qui dans en au aux avec pour par sur se son sa ses ce cette ces "
    "il elle ils nous on est sont était a ont avait être été plus comme aussi entre leur leurs après dont",
    "il lo la i gli le un uno una e o ma non che di del della dei delle da dal in nel nella con per su sul si è sono "
    "era ha hanno essere stato come più anche questo questa tra dopo suo sua",
    "o a os as um uma e ou mas não que de do da dos das em no na nos nas com por para se é são foi era ser mais como "
    "também sobre entre até seu sua ao pelo pela",
    "de het een en of maar niet dat die van in op met voor aan door bij uit over als is zijn was waren wordt worden "
    "heeft hebben had ook nog naar om te zich er hij zij ze meer",
)
_FUNCTION_SHARE = 2.0**-2


def _collections(data: Path) -> list[list[str]]:
    """Texts of the three collections."""
    found = []
    for name in ("us_news_2016_11_12.jsonl.gz", "reuters21578.jsonl.gz"):
        with gzip.open(data / name, "rb") as lines:
            found.append([str(orjson.loads(line)["text"]) for line in lines])
    with gzip.open(data / "abc_2006.txt.gz", "rt", encoding="utf-8") as file:
        found.append([text for text in file.read().split("\n\n") if len(text) > 100])
    return found


def _texts_with(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Terms, stems and whole words, and the share of `texts` that hold each; no dates."""
    found = []
    for at in range(0, len(texts), BATCH):
        part: Terms = terms(pack(texts[at : at + BATCH]))
        found.append(part.ids[part.ids < DATES])
    stems, counts = np.unique(np.concatenate(found), return_counts=True)
    tokens = [tokenise(normal_form(text)) for text in texts]
    whole = [np.unique(word_terms(held.hashes)) for held in tokens]
    words, times = np.unique(np.concatenate(whole), return_counts=True)
    new = ~np.isin(words, stems)  # a short word is its own stem
    known = np.concatenate((stems, words[new]))
    order = np.argsort(known)
    return known[order], np.concatenate((counts, times[new]))[order] / len(texts)


def _function_words() -> np.ndarray:
    """Terms of the words given by hand, whole and cut to stems."""
    whole = [word_terms(tokenise(line).hashes) for line in _FUNCTION_WORDS]
    return np.unique(np.concatenate((terms(pack(list(_FUNCTION_WORDS))).ids, *whole)))


def build(data: Path) -> tuple[np.ndarray, np.ndarray]:
    """Sorted terms (uint32) and their classes (uint8)."""
    parts = [_texts_with(texts) for texts in _collections(data)]
    known = np.unique(np.concatenate([ids for ids, _ in parts]))
    columns = np.zeros((len(parts), len(known)))
    for column, (ids, shares) in zip(columns, parts, strict=True):
        column[np.searchsorted(known, ids)] = shares
    share = np.median(columns, axis=0)
    hand = _function_words()
    new = np.setdiff1d(hand, known)
    share[np.isin(known, hand) & (share < LEAST)] = _FUNCTION_SHARE  # "war" and "die" are English words too
    known, share = np.concatenate((known, new)), np.concatenate((share, np.full(len(new), _FUNCTION_SHARE)))
    order = np.argsort(known)
    order = order[share[order] >= LEAST]
    return known[order].astype(np.uint32), np.rint(-STEPS * np.log2(share[order])).astype(np.uint8)


def plain_words() -> np.ndarray:
    """Sorted terms of the words that news writes with a small letter at least every other time."""
    reference = Reference.shipped()
    small = np.flatnonzero(reference.word_capitals < 128)
    letters = [row for row in small.tolist() if not any(map(str.isdigit, reference.word(WORDS + row)))]
    return np.unique(word_terms(reference.words[letters]))


def known_words(known: np.ndarray) -> np.ndarray:
    """Sorted terms of the KNOWN commonest words of general English that are not among the `known` ones."""
    from wordfreq import top_n_list

    words = [word for word in top_n_list("en", KNOWN, wordlist="large") if word.isalpha()]
    hashes = np.concatenate([tokenise(" ".join(words[at : at + BATCH])).hashes for at in range(0, len(words), BATCH)])
    return np.setdiff1d(word_terms(hashes), known)


def main() -> int:
    """Write the table, or with --check say whether it would come out the same."""
    parser = argparse.ArgumentParser("python -m benchmarks.frequencies", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    known, classes = build(arguments.data)
    fresh = FILE.with_suffix(".new.npz")
    plain = plain_words()
    common = known_words(np.union1d(known, plain))
    np.savez_compressed(fresh, terms=known, classes=classes, plain=plain, known=common)
    same = FILE.exists() and fresh.read_bytes() == FILE.read_bytes()
    print(f"{FILE.name}: {len(known):,} terms, {fresh.stat().st_size:,} bytes, {'the same' if same else 'changed'}")
    if arguments.check:
        fresh.unlink()
        return int(not same)
    fresh.replace(FILE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
