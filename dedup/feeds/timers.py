"""A pass every so many minutes, by cron or systemd: the line and the units for the program that is asked.

Both look for programs in few places and set next to nothing of a user's environment. So what is written names all by
whole paths: the program, the folder that it works in, and what the environment says of its own places.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dedup.errors import FeedError

CARRIED = (
    "PYTHONPATH", "NUMBA_CACHE_DIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
)  # fmt: skip
"""Variables that say where the program and what it keeps are: without them a pass would use another index."""
SERVICE, TIMER = "dedup-feeds.service", "dedup-feeds.timer"
_TIMER_TEXT = """\
[Unit]
Description=Fetch feeds and clean them of copies

[Timer]
OnBootSec=2min
OnUnitActiveSec={minutes}min
RandomizedDelaySec=1min

[Install]
WantedBy=timers.target
"""
_SERVICE_TEXT = """\
# What went wrong is in `journalctl --user -u dedup-feeds` and `dedup feeds list`.
[Unit]
Description=Fetch feeds and clean them of copies
After=network-online.target

[Service]
Type=oneshot
{lines}
# The network is slow at times, never for so long. Killed at any moment, the next pass resumes.
TimeoutStartSec=30min
Nice=10
"""


@dataclass(frozen=True, slots=True)
class Job:
    """One command, as it runs here and now."""

    command: Sequence[str]
    """Program and arguments."""
    folder: Path
    """That it works in, absolute: names of files start there."""
    environment: Mapping[str, str]

    @property
    def carried(self) -> list[tuple[str, str]]:
        """The variables that go along."""
        return [(name, self.environment[name]) for name in CARRIED if self.environment.get(name)]


def cron_line(job: Job, minutes: int) -> str:
    """A line of a crontab. Raises FeedError where a name cannot stand in one."""
    variables = [f"{name}={value}" for name, value in job.carried]
    command = shlex.join([*(["/usr/bin/env", *variables] if variables else []), *job.command])
    line = f"cd {shlex.quote(str(job.folder))} && {command}"
    if "\n" in line or "\r" in line:
        raise FeedError("a line break in a name: no crontab can hold it")
    when = "0 * * * *" if minutes == 60 else f"*/{minutes} * * * *"
    return f"{when} {line}".replace("%", "\\%")  # a bare one ends the command


def units(job: Job, minutes: int) -> dict[str, str]:
    """The units for systemd, by the names of their files. Raises FeedError where a name cannot stand in one."""
    if any(break_ in text for text in (*job.command, str(job.folder)) for break_ in "\n\r"):
        raise FeedError("a line break in a name: no unit can hold it")
    lines = [f"WorkingDirectory={_specified(str(job.folder))}"]
    lines += [f"Environment={_quoted(f'{name}={value}', dollars=False)}" for name, value in job.carried]
    lines.append("ExecStart=" + " ".join(map(_quoted, job.command)))
    return {SERVICE: _SERVICE_TEXT.format(lines="\n".join(lines)), TIMER: _TIMER_TEXT.format(minutes=minutes)}


def _specified(text: str) -> str:
    """A text in which systemd replaces nothing."""
    return text.replace("%", "%%")


def _quoted(text: str, *, dollars: bool = True) -> str:
    """A word of a command line of systemd, or of a list of variables, which knows no dollars."""
    text = _specified(text.replace("\\", "\\\\").replace('"', '\\"'))
    text = text.replace("$", "$$") if dollars else text
    return f'"{text}"' if not text or any(char in text for char in " \t'\"\\;") else text
