"""Types of arguments as text: the same from values and from numba's types, and back."""

from __future__ import annotations

import os

import numpy as np
import pytest

from dedup.phrasing.scoring.feature_kernels import Net
from dedup.runtime.signatures import UnknownTypeError, decoded, encoded, kinds_of, signature_of

pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")


def readonly(values):
    values.flags.writeable = False
    return values


VALUES = {
    "int64": 5, "uint64": 1 << 63, "bool": True, "float64": 0.5, "float32": np.float32(1), "uint8": np.uint8(3),
    "uint8[1Cr]": readonly(np.zeros(3, np.uint8)), "float32[2C]": np.zeros((2, 3), np.float32),
    "float64[1A]": np.zeros(9)[::2], "int64[2F]": np.asfortranarray(np.zeros((3, 2), np.int64)),
    "bool[1C]": np.zeros(2, np.bool_), "uint16[1C]": np.zeros(0, np.uint16), "(int64,uint8)": (1, np.uint8(1)),
    "(int64,(int64,int64))": (1, (2, 3)), "int32[3C]": np.zeros((1, 1, 1), np.int32),
}  # fmt: skip


@pytest.mark.parametrize("text", VALUES)
def test_values_have_the_types_that_numba_gives_them(text):
    from numba import typeof

    kind = typeof(VALUES[text])
    assert signature_of(kinds_of([VALUES[text]])) == text == encoded([kind])
    assert decoded(text) == (kind,)


def test_a_tuple_with_names_keeps_its_class():
    from numba import types

    kind = types.BaseTuple.from_types((types.int64, types.Array(types.float32, 1, "C")), Net)
    assert encoded([kind]) == "dedup.phrasing.scoring.feature_kernels:Net(int64,float32[1C])"
    assert decoded(encoded([kind])) == (kind,)
    arrays = {name: np.zeros(1, np.int64) for name in Net._fields}
    named = Net(**arrays)
    assert signature_of(kinds_of([named])).startswith("dedup.phrasing.scoring.feature_kernels:Net(int64[1C],")


def test_a_mapped_file_is_an_array(tmp_path):
    np.zeros(3).tofile(tmp_path / "a")
    assert signature_of(kinds_of([np.memmap(tmp_path / "a", mode="r")])) == "uint8[1Cr]"


@pytest.mark.parametrize("value", ["text", None, b"", [1], 1 << 64, np.zeros(2, ">i4"), np.zeros(2, "M8[s]")])
def test_other_values_are_told(value):
    with pytest.raises(UnknownTypeError):
        signature_of(kinds_of([value]))


def test_what_differs_in_type_differs_in_kind():
    kinds = [kinds_of([value]) for value in VALUES.values()]
    assert len(set(kinds)) == len(VALUES)
