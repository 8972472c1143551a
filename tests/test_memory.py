"""Peak memory of a process that reads what was made to exhaust it: bounded by limits, not by what a file claims."""

from __future__ import annotations

import bz2
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1" or sys.platform != "linux",
    reason="memory of compiled code, as Linux counts",
)
HEAD = """
import resource, sys
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
"""


def growth(code: str, *arguments: object) -> float:
    """MB by which the peak grows from the `before = peak()` in `code` to its end."""
    ran = subprocess.run(
        [sys.executable, "-c", f"{HEAD}{code}\nprint(peak() - before)", *map(str, arguments)],
        capture_output=True, text=True, timeout=120, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return float(ran.stdout.splitlines()[-1])


COUNT = """
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from dedup.phrasing.reference import counting
pool = ThreadPoolExecutor(2)
def count(text):
    counting.count([text].__getitem__, np.arange(1), np.array([len(text)]), pool)
count(b"a b c. d e\\n" * 9)
before = peak()
count(sys.argv[1].encode().decode("unicode_escape").encode() * int(sys.argv[2]))
"""


@pytest.mark.parametrize("unit", [r"a\n", '"a" b '])
def test_counting_of_one_long_text(unit: str) -> None:
    """A piece of it takes 250 MB; all of it at once took 1,500 MB and more."""
    assert growth(COUNT, unit, (16 << 20) // len(unit.replace(r"\n", "\n"))) < 700


SCORE = """
from dedup.phrasing.reference.model import Reference
from dedup.phrasing.scoring.scorer import Scorer
judge = Scorer(Reference.shipped())
judge.review([b"the army help was seen. " * 99])
before = peak()
judge.review([sys.argv[1].encode().decode("unicode_escape").encode() * int(sys.argv[2])])
"""


@pytest.mark.parametrize("unit", [r"the\n", "The man. "])
def test_phrasing_of_one_long_text(unit: str) -> None:
    assert growth(SCORE, unit, (16 << 20) // len(unit)) < 500


DIRECTION = """
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from dedup.align.figures import REPLACE
from dedup.phrasing.scoring import wording
from dedup.phrasing.reference.model import Reference
from dedup.phrasing.scoring.scorer import Scorer
judge, pool, one = Scorer(Reference.shipped()), ThreadPoolExecutor(2), np.zeros(1, np.int64)
def compare(texts):
    blocks = np.array([[REPLACE, 4, 8, 4, 8, 0], [REPLACE, len(texts[0]) - 9, len(texts[0]) - 5, 4, 8, 0]], np.int32)
    none, whole = np.full(2, -1, np.int64), np.ones(1, bool)
    pairs = wording.AlignedPairs(one, one + 1, blocks, np.array([0, 2]), REPLACE)
    return wording.compare(pairs, texts.__getitem__, none, judge, pool, whole)
compare([b"the army help was seen. " * 99] * 2)
before = peak()
said = compare([b"the army help was seen. " * (8 << 20 >> 5), b"the military aid was seen. " * (8 << 20 >> 5)])
assert np.isfinite(said.odds).all()
"""


def test_direction_of_two_long_texts() -> None:
    """Their beginnings are judged, in 215 MB; of all of them it took 1,300 MB."""
    assert growth(DIRECTION) < 400


SCAN = """
from dedup import scan
scan(["the army help was seen there by men. " * 99, "the\\narmy\\nhelp was seen there by men. " * 99])
before = peak()
scan(["\\n".join(map(str, range(900_000))), "a text of some words beside it"])
"""


def test_scan_of_one_long_text_of_one_word_a_line() -> None:
    """6 MB take 270 MB; when twice as much of it was judged, 480."""
    assert growth(SCAN) < 400


READ = """
from dedup.config import ReadConfig
from dedup.read import Reader
import orjson, bz2, lzma, gzip, zstandard
if sys.argv[2] == "parquet":
    import pyarrow.parquet
before = peak()
reader = Reader(sys.argv[1:2], ReadConfig(max_size="1M"))
texts = sum(len(batch) for batch in reader.batches())
print(texts, [reject.reason for reject in reader.rejects], file=sys.stderr)
"""


@pytest.mark.parametrize("suffix", ["txt", "jsonl", "csv", "json"])
def test_a_bomb_of_bzip2(tmp_path: Path, suffix: str) -> None:
    """64 MB in 3 KB."""
    one = bz2.compress(b"a " * (2 << 20))
    path = tmp_path / f"a.{suffix}.bz2"
    heads = {"jsonl": b'{"text": "', "csv": b"id,text\n1,", "json": b'[{"text": "', "html": b"<p>"}
    path.write_bytes(bz2.compress(heads.get(suffix, b"")) + one * 16)
    assert path.stat().st_size < 5_000
    assert growth(READ, path, suffix) < 30


def repeated(count: int, size: int) -> bytes:
    """One text of `size` bytes, `count` times, which are stored once."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    dictionary = pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), pa.array(["a " * (size // 2)]))
    pq.write_table(pa.table({"text": dictionary}), file, compression="zstd")
    return file.getvalue()


def test_a_text_that_is_repeated_in_parquet(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    path = tmp_path / "a.parquet"
    path.write_bytes(repeated(200, 1 << 20))
    assert path.stat().st_size < 5_000
    assert growth(READ, path, "parquet") < 250


WRITE = """
from pathlib import Path
from dedup.config import ReadConfig
from dedup.read import Reader, write_selection
import pyarrow.parquet
reader = Reader(sys.argv[1:2], ReadConfig())
count = sum(len(batch) for batch in reader.batches())
before = peak()
assert write_selection(reader, [True] * count, Path(sys.argv[1] + ".kept.parquet")) == count == 60
"""


def test_a_text_that_is_repeated_in_parquet_is_written(tmp_path: Path) -> None:
    """Its column is of strings, not of a dictionary, so that all of a row group would be unfolded at once."""
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"text": ["a " * (1 << 19)] * 60}), tmp_path / "a.parquet", compression="zstd")
    assert growth(WRITE, tmp_path / "a.parquet") < 40
    assert pq.read_schema(tmp_path / "a.parquet.kept.parquet").field("text").type == pa.string()


def test_the_footer_of_parquet_is_not_believed(tmp_path: Path) -> None:
    """Sizes in it, changed one by one to billions, allocate nothing."""
    pytest.importorskip("pyarrow")
    good = repeated(3, 2000)
    size = int.from_bytes(good[-8:-4], "little")
    begin = len(good) - 8 - size
    for number in range(24):
        changed = bytearray(good)
        at = begin + number * size // 24
        changed[at : at + 4] = b"\xfe\xff\xff\xff"
        (tmp_path / f"{number}.parquet").write_bytes(changed)
    assert growth(READ, tmp_path, "parquet") < 200


def test_one_file_of_too_much_memory_leaves_the_others(tmp_path: Path) -> None:
    """With 1 GB of address space and not more than the reader has, a file that needs it costs that file alone."""
    code = """
from dedup.config import ReadConfig
from dedup.read import Reader
reader = Reader(sys.argv[1:], ReadConfig(max_size="900M"))
space = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (space + (64 << 20),) * 2)
before = peak()
texts = [text for batch in reader.batches() for text in batch.texts]
assert texts == ["good"], len(texts)
assert [reject.reason for reject in reader.rejects] == ["reading it takes more memory than there is"], reader.rejects
"""
    (tmp_path / "a.txt").write_bytes(b"a " * (100 << 20))
    (tmp_path / "b.txt").write_text("good")
    assert growth(code, tmp_path) < 250
