"""Build a wheel that brings machine code for a common processor, and try it: `python -m benchmarks.wheel FOLDER`.

All kernels of `dedup/runtime/kernels.tsv` are compiled for x86-64-v3 (processors since 2013 to 2015: AVX2, BMI, FMA),
or for what is given with --processor and --features, and put beside the sources. The wheel is for one version of
Python; with another, another numba, changed sources or an older processor the kernels are compiled as without it.

With --try the wheel is installed in an empty environment, and seeds/ scanned twice there.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from benchmarks.settings import ROOT, note

PROCESSOR = "x86-64-v3"
FEATURES = (
    "+64bit,+avx,+avx2,+bmi,+bmi2,+cmov,+cx16,+cx8,+f16c,+fma,+fxsr,+lzcnt,+mmx,+movbe,+popcnt,+sahf,+sse,+sse2,"
    "+sse3,+sse4.1,+sse4.2,+ssse3,+xsave"
)
_COMPILE = """
from dedup.runtime.machine_code import compile_all, every
compile_all(every(), lambda kernel: print(f"{kernel.module} {kernel.name}", flush=True))
"""
_TARGET = """
import json
from dedup.runtime.code_cache import host_target
print(json.dumps(host_target()))
"""


def build(out: Path, processor: str, features: str) -> Path:
    """Compile, and build the wheel into `out`."""
    with tempfile.TemporaryDirectory() as name:
        tree, kept = Path(name) / "tree", Path(name) / "kept"
        ignore = shutil.ignore_patterns("__pycache__", "machine_code")
        shutil.copytree(ROOT / "dedup", tree / "dedup", ignore=ignore)
        for file in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
            shutil.copy(ROOT / file, tree / file)
        env = os.environ | {
            "NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": features, "NUMBA_CACHE_DIR": str(kept),
            "PYTHONPATH": str(tree),
        }  # fmt: skip
        subprocess.run([sys.executable, "-c", _COMPILE], cwd=tree, env=env, check=True)
        target = subprocess.run([sys.executable, "-c", _TARGET], cwd=tree, env=env, check=True, stdout=subprocess.PIPE)
        code = tree / "dedup" / "machine_code"
        code.mkdir()
        for kernel in kept.rglob("*.code"):
            shutil.copy(kernel, code)
        (code / "target.json").write_bytes(target.stdout)
        size = sum(part.stat().st_size for part in code.glob("*.code"))
        note(f"{len(list(code.glob('*.code')))} kernels, {size / 1e6:.1f} MB of machine code")
        subprocess.run(
            [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "-w", str(out), str(tree)], check=True
        )
        return _tagged(max(out.glob("*-py3-none-any.whl"), key=lambda file: file.stat().st_mtime))


def _tagged(wheel: Path) -> Path:
    """The wheel for this version of Python and this kind of machine alone: others have no use for the code."""
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    tag = f"{python}-none-{platform.system().lower()}_{platform.machine()}"
    with tempfile.TemporaryDirectory() as name:
        shutil.unpack_archive(wheel, name, "zip")
        (info,) = Path(name).glob("*.dist-info")
        lines = (info / "WHEEL").read_text().replace("Tag: py3-none-any", f"Tag: {tag}")
        (info / "WHEEL").write_text(lines.replace("Root-Is-Purelib: true", "Root-Is-Purelib: false"))
        record = [row for row in (info / "RECORD").read_text().splitlines() if not row.startswith(f"{info.name}/WHEEL")]
        (info / "RECORD").write_text("\n".join([*record, f"{info.name}/WHEEL,,"]) + "\n")
        new = wheel.with_name(wheel.name.replace("py3-none-any", tag))
        shutil.make_archive(str(new.with_suffix("")), "zip", name)
    new.with_suffix(".zip").rename(new)
    wheel.unlink()
    return new


def attempt(wheel: Path) -> list[float]:
    """Seconds of the first and the second scan of seeds/ in an empty environment that the wheel was installed in."""
    seconds = []
    with tempfile.TemporaryDirectory() as name:
        venv.create(name, with_pip=True)
        python = str(Path(name) / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", str(wheel)], check=True)
        env = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "NUMBA_CACHE_DIR")}
        for _ in range(2):
            begin = time.perf_counter()
            command = [python, "-m", "dedup", "scan", str(ROOT / "seeds"), "--exit-zero", "-q"]
            subprocess.run(command, cwd=name, env=env, stdout=subprocess.DEVNULL, check=True)
            seconds.append(time.perf_counter() - begin)
    return seconds


def main() -> None:
    """Build, and try."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--processor", default=PROCESSOR)
    parser.add_argument("--features", default=FEATURES)
    parser.add_argument("--try", dest="attempt", action="store_true")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    wheel = build(given.out.resolve(), given.processor, given.features)
    found = {"wheel": wheel.name, "mb": wheel.stat().st_size / 1e6}
    if given.attempt:
        found["first"], found["second"] = attempt(wheel)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
