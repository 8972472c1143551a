"""Texts are hashed as they stand where their normal form has the same words: the table says for which code points."""

import os
import unicodedata

import numpy as np
import pytest

from dedup import compare
from dedup.columns import pack
from dedup.text import words
from dedup.text.arrays import NO_SPANS, as_arrays, normal_form, tables

COMPILED = os.environ.get("NUMBA_DISABLE_JIT") != "1"
ASSIGNED = [c for c in range(0x110000) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]
FRAMES = ("{}", "a{}b", "か{}た", "\u1100{}\u1161", "가{}나", "क{}ग", "ｶ{}ﾀ")


def hashed(texts: list[str]) -> list[tuple[list[int], bool]]:
    """Words of each text as it stands, and whether it should be brought to its normal form first."""
    buffer, starts, sizes = as_arrays(pack(texts))
    scratch, out, found = np.empty((2, 400), np.uint32), np.empty(400, np.uint64), []
    for start, size in zip(starts.astype(np.uint64), sizes.astype(np.uint64), strict=True):
        count, marked = words.word_hashes(buffer, start, start + size, *tables(), *scratch, out, NO_SPANS)
        found.append((out[: int(count)].tolist(), bool(int(marked) & words.NEEDS_NFKC)))
    return found


@pytest.mark.parametrize("frame", FRAMES)
def test_each_code_point_is_the_same_in_both_ways(frame):
    """A scan hashes the text unless it is marked, `compare` always the normal form."""
    chars = ASSIGNED if COMPILED else ASSIGNED[::997]
    texts = [frame.format(chr(code)) for code in chars]
    as_they_stand = hashed(texts)
    changed = [at for at, text in enumerate(texts) if normal_form(text) != text and not as_they_stand[at][1]]
    normal = hashed([normal_form(texts[at]) for at in changed])
    wrong = [hex(chars[at]) for at, (said, _) in zip(changed, normal, strict=True) if said != as_they_stand[at][0]]
    assert wrong == []


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("ﾊﾟﾝﾀﾞ ﾋﾞｰﾙ", "パンダ ビール"),
        ("ｶﾞｷﾞｸﾞｹﾞｺﾞ", "ガギグゲゴ"),
        ("ㄱㅏㄴㅏ", "\u1100\u1161\u1102\u1161"),
        ("か\uff9eた", "がた"),
        ("ﬁne ﬂower", "fine flower"),
        ("cafe\u0301", "café"),
    ],
)  # fmt: skip
def test_two_forms_of_one_text_have_the_same_words(one, two):
    (as_it_stands, marked), (other, _) = hashed([one, normal_form(two)])
    if marked:
        ((as_it_stands, _),) = hashed([normal_form(one)])
    assert as_it_stands == other
    if COMPILED:
        assert compare(one, two).relation == "exact"
