"""Kernels never look outside their arrays, whatever bytes they are given: run with numba's checks on."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")

CODE = """
import random
import numpy as np
from dedup.text import words
from dedup.text.arrays import as_arrays, tables
from dedup.columns import pack_bytes

kinds = [
    b"\\xf8\\x88\\x80\\x80\\x80", b"\\xff" * 90, b"\\xf4\\x90\\x80\\x80", b"\\xf7\\xbf\\xbf\\xbf",
    b"\\xed\\xa0\\x80", b"\\xc0\\xaf",
    b"\\xe2\\x82", b"\\xf0\\x9f\\x98", b"a\\xf5b", b"\\x80" * 70, b"word \\xf0", b"\\xfe\\xfe\\xff\\xff",
]
rng = random.Random(1)
kinds += [bytes(rng.choices(range(256), k=rng.randrange(1, 200))) for _ in range(60)]
kinds += [bytes(rng.choices((0xF8, 0xFF, 0xF4, 0xE0, 0x80, 0xBF, 65, 32), k=rng.randrange(1, 200))) for _ in range(60)]
for text in kinds:
    buffer, starts, sizes = as_arrays(pack_bytes([text]))
    size = int(sizes[0])
    hashes, spans = np.empty(size // 2 + 2, np.uint64), np.empty((size // 2 + 2, 2), np.uint32)
    scratch = np.empty((2, size + 2), np.uint32)
    begin = np.uint64(starts[0])
    end = begin + np.uint64(size)
    count, _ = words.word_hashes(buffer, begin, end, *tables(), scratch[0], scratch[1], hashes, spans)
    assert 0 <= count <= size // 2 + 2
    assert (spans[: int(count)] <= size + 3).all()  # a character that is cut ends in the padding
print("checked", len(kinds))
"""


def test_bytes_that_are_not_utf_8(tmp_path):
    """An index that was damaged on its disk gave such texts to a kernel, which read behind the end of its table."""
    environment = os.environ | {
        "NUMBA_BOUNDSCHECK": "1", "NUMBA_OPT": "1", "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.returncode, done.stdout) == (0, "checked 132\n"), done.stderr[-2000:]
