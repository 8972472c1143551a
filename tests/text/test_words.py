"""The word kernels against their twin, and the rules of what a word is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.columns import PAD, pack, unpack
from dedup.fingerprint.minhash import fold
from dedup.text import unicode_table, words
from dedup.text.arrays import NO_SPANS, as_arrays, normal_form, tables
from tests.text import naive

U = np.uint64
SCRIPTS = "aZ0 .,'’“”-_\n\u00ad\u200b\ufeffßéÉ\u0301İıſΣςЖж漢字かなカナกิไทยहिन्दीمُحَمَّدעברית한국ﬁ²½Ａ１😀👍🏽🇩🇪\U0001d400оТсѕоeaICкиαΟνş\u2800ᴛ"  # noqa: E501


def hashes(text: str) -> tuple[list[int], int]:
    """Word hashes of `text` by the kernel, and whether it wants normalising."""
    array, starts, sizes = as_arrays(pack([text]))
    size = int(sizes[0])
    scratch = np.empty((2, size + 2), np.uint32)
    out = np.zeros(size // 2 + 2, np.uint64)
    end = U(starts[0] + size)
    count, flag = words.word_hashes(array, U(starts[0]), end, *tables(), scratch[0], scratch[1], out, NO_SPANS)
    return out[: int(count)].tolist(), int(flag)


@given(st.text(alphabet=SCRIPTS, max_size=80))
def test_kernel_gives_the_words_of_its_twin(text):
    assert hashes(normal_form(text))[0] == [naive.word_hash(word) for word in naive.words(text)]


@given(st.text(max_size=200))
def test_any_text_folds_to_the_words_of_its_twin(text):
    clean = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert fold(text) == " ".join(naive.words(clean))


@given(st.text(alphabet=SCRIPTS, max_size=200))
def test_a_text_that_is_not_marked_hashes_like_its_normal_form(text):
    own, flags = hashes(text)
    if not flags & words.NEEDS_NFKC:
        assert own == hashes(normal_form(text))[0]


@given(st.text(alphabet="abcIXYZ019.,' ", min_size=0, max_size=400))
def test_fast_path_agrees_at_every_block_border(text):
    assert hashes(text)[0] == [naive.word_hash(word) for word in naive.words(text)]


@pytest.mark.parametrize("size", [1, 7, 8, 9, 15, 16, 17, 31, 63, 64, 65, 127, 128, 129, 1000])
def test_words_of_every_length(size):
    assert hashes("x" * size)[0] == [naive.word_hash("x" * size)]
    assert hashes("a " * size)[0] == [naive.word_hash("a")] * size


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't DON’T dont", "don t don t dont"),
        ("the dogs' bones, 'quoted'", "the dogs bones quoted"),
        ("1,000.5 and 3.14, 2.", "1 000 5 and 3 14 2"),
        ("well-known snake_case a.b", "well known snake case a b"),
        ("ar\u200bmy so\u00adft", "army soft"),
        ("Straße ΣΊΣΥΦΟΣ Привет", "strasse σισυφοσ привет"),
        ("हिन्दी में नमस्ते", "हिन्दी में नमस्ते"),
        ("مرحبا بالعالم", "مرحبا بالعالم"),
        ("한국어 단어", "한국어 단어"),
        ("北京天气", "北 京 天 气"),
        ("カナ", "カ ナ"),
        ("ภาษา", "ภ า ษ า"),
        ("ﬁne x² Ｆｕｌｌ", "fine x2 full"),
        ("🎉 — …", ""),
        ("", ""),
    ],
)
def test_what_a_word_is(text, expected):
    import unicodedata

    assert fold(text) == unicodedata.normalize("NFKC", expected)


def test_composed_and_decomposed_text_fold_alike():
    assert fold("e\u0301te\u0301 Å") == fold("été \u212b") == "été å"


@given(st.lists(st.text(max_size=30), max_size=6))
def test_buffer_holds_every_text_where_it_says(texts):
    packed = pack(texts)
    buffer, (_, starts, sizes) = packed.buffer, as_arrays(packed)
    clean = [text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in texts]
    found = [buffer[start : start + size].decode() for start, size in zip(starts, sizes, strict=True)]
    assert found == clean
    assert buffer[:PAD].strip() == buffer[-PAD:].strip() == b""


def test_shipped_table_is_what_its_builder_makes_of_the_basics():
    stage1, stage2, _ = unicode_table.load()
    lower = ((1 << 32) - 1) | 127 << unicode_table.SECOND_SHIFT  # what looks like what is another package's knowledge
    seconds = unicode_table._second_in_composition()
    for char in "aZé漢ก'’.\u0301\u200b😀ßﬁıİşیك٣\u2800ΆæI0":
        code = ord(char)
        shipped = int(stage2[int(stage1[code >> 8]) * 256 + (code & 255)]) & lower
        built = unicode_table.entry(code, seconds)
        if built >> unicode_table.CLASS_SHIFT & 7 == unicode_table.SEPARATOR and not built & unicode_table.NORMALISE:
            built = 0
        assert shipped == built, char


@pytest.mark.parametrize("texts", [[], [""], ["a"], ["a b", "", "é漢\n", "\n"], ["x" * 200] * 3])
def test_packed_texts_come_out_as_they_went_in(texts):
    assert unpack(pack(texts)) == [text.encode() for text in texts]
