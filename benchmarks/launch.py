"""Run one command and write what it took as JSON: `python -I -S launch.py REPORT COMMAND...`.

Linux counts the memory of the process that starts a command to the command's own peak, so a benchmark that holds a
corpus must not start what it measures. This script holds 9 MB, which is the least that it can report. Standard
library only.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main(report: str, command: list[str]) -> None:
    begin = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - begin
    unit = 1 if sys.platform == "darwin" else 1024
    figures = {
        "seconds": seconds,
        "user": usage.ru_utime,
        "system": usage.ru_stime,
        "rss_mb": usage.ru_maxrss * unit / 1e6,
        "code": os.waitstatus_to_exitcode(status),
    }
    with open(report, "w", encoding="utf-8") as out:  # noqa: PTH123  # importing pathlib would cost memory
        json.dump(figures, out)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
