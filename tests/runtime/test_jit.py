"""Kernels as Python sees them."""

import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dedup.runtime import jit, linker
from dedup.runtime.versions import DIRECT
from dedup.text import utf8, words

pytestmark = pytest.mark.skipif(not DIRECT, reason="nothing is compiled, or numba does it by itself")


@jit.njit(nogil=True)
def half(value):
    """Half."""
    return value // 2


@jit.kernel
def halves(values):
    """Sum of halves."""
    total = 0
    for value in values:
        total += half(value)
    if total < 0:
        raise ValueError("less than nothing")
    return total


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kept"))


def test_a_kernel_is_compiled_once_for_the_same_types():
    before = len(halves.compiled)
    for values in (np.array([4, 5]), np.array([6, 7, 8]), np.array([4, 5], np.int32)):
        assert halves(values) == sum(value // 2 for value in values.tolist())
    assert halves.compiled[before:] in ([], ["int64[1C]", "int32[1C]"])
    assert halves.__name__ == "halves" and halves.__doc__ == "Sum of halves."


def test_arrays_of_several_kinds_share_the_code_of_their_type():
    """One row is contiguous both ways, as NumPy sees it, and of the same type as many rows."""

    def total(values):
        return values[0, 0] + values.shape[0]

    made = jit.kernel(total)
    assert [made(np.ones((rows, 3), np.int64)) for rows in (1, 2)] == [2, 3]
    assert made.compiled == ["int64[2C]"]


def test_an_error_of_a_kernel_is_raised():
    with pytest.raises(ValueError, match="less than nothing"):
        halves(np.array([-9]))


def test_a_part_can_be_called_by_itself():
    assert half(9) == 4


def test_what_kernels_do_not_take_is_told():
    from numba.core.errors import TypingError

    with pytest.raises(TypingError):
        halves("text")
    with pytest.raises(TypeError, match="by name"):
        halves(values=np.array([1]))


def test_code_that_cannot_be_linked_is_compiled(monkeypatch):
    def double(value):
        return 2 * value

    assert jit.kernel(double)(2) == 4

    def refuse(function, code):
        raise ImportError("no such library")

    monkeypatch.setattr(linker, "linked", refuse)
    again = jit.kernel(double)
    assert again(2) == 4 and again.compiled == ["int64"]


def test_other_systems_load_numba_for_its_libraries(tmp_path):
    """As on Linux otherwise; what this cannot show is whether they have all that it needs."""
    code = (
        "import sys\nfrom dedup.text import sentences, words\nfrom dedup.text.tokens import word_list\n"
        "word_list(['one'])\nprint(words.word_hashes.compiled)"
    )
    env = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    other = "import sys\nfrom dedup.runtime import linker\nsys.platform = 'other'\n" + code
    told = [
        subprocess.run([sys.executable, "-c", run], env=env, capture_output=True, text=True, check=True).stdout
        for run in (code, other + "\nassert 'numba' in sys.modules")
    ]
    assert told[0].startswith("['") and told[1] == "[]\n"


def test_kernels_go_to_another_process_by_name():
    assert pickle.loads(pickle.dumps(words.fold_words)) is words.fold_words
    assert pickle.loads(pickle.dumps(utf8.mix)) is utf8.mix


def test_threads_that_call_at_once_compile_once(monkeypatch):
    def plus(values, more):
        return values[0] + more

    made = jit.kernel(plus)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda more: made(np.array([1]), more), range(16))) == list(range(1, 17))
    assert made.compiled == ["int64[1C] int64"]


@pytest.mark.parametrize("setting", ["NUMBA_DISABLE_JIT=1", "version"])
def test_numba_does_it_all_where_it_was_not_tried(setting):
    code = (
        "from dedup.runtime import versions\n"
        + ("versions.DIRECT = False\n" if setting == "version" else "assert not versions.DIRECT\n")
        + "from dedup.runtime.jit import kernel, njit\nimport numpy as np\n"
        "half = njit(nogil=True)(lambda value: value // 2)\n"
        "both = kernel(lambda value: half(value) + half(value))\nprint(both(4), type(both).__module__)"
    )
    env = os.environ | dict([setting.split("=")] if "=" in setting else [])
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    kind = "__main__" if "=" in setting else "numba.core.registry"
    assert done.stdout.split()[0] == "4"
    assert (kind in done.stdout) == ("=" not in setting)
