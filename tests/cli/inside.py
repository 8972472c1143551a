"""Commands run inside of the process of the tests: what they cost is their own work, and not that of starting."""

from __future__ import annotations

import contextlib
import io
import subprocess

from dedup.cli import cli, process


def dedup(*arguments, cwd=None) -> subprocess.CompletedProcess[bytes]:
    """A command, as `tests.cli.test_scan.dedup` runs it in a process of its own."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace")
    with contextlib.chdir(cwd or "."), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = cli.main(list(map(str, arguments)), "dedup", standalone_mode=False)
            code = code if isinstance(code, int) else 0
        except Exception as error:
            code = process._told(error)
        out.flush()
        err.flush()
    return subprocess.CompletedProcess(arguments, code, out.buffer.getvalue(), err.buffer.getvalue())
