"""Is there a Java that Spark runs on: asked before Spark is started, which answers with a stack trace."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from dedup.errors import ConfigError

OLDEST = 17
"""The first Java that Spark 4 runs on."""
INSTALL = "install one (Debian and Ubuntu: apt-get install default-jre-headless), or name it with JAVA_HOME"
_VERSION = re.compile(r'version "(?:1\.)?(\d+)')
_SECONDS = 60


def java() -> str:
    """The program that Spark will start: that of JAVA_HOME, else the one on the path. Raises ConfigError."""
    home = os.environ.get("JAVA_HOME")
    if home:
        found = Path(home, "bin", "java")
        if not os.access(found, os.X_OK):
            raise ConfigError(f"JAVA_HOME is {home}, and there is no bin/java that can be run")
        return str(found)
    on_path = shutil.which("java")
    if on_path is None:
        raise ConfigError(f"Spark needs Java {OLDEST} or later, and there is no java: {INSTALL}")
    return on_path


def check_java() -> int:
    """The version of the Java that Spark will start. Raises ConfigError where there is none, or one that is too old."""
    program = java()
    try:
        done = subprocess.run(  # noqa: S603 - the program that Spark is going to start
            [program, "-version"], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(f"Spark needs Java {OLDEST} or later, and {program} cannot be run: {error}") from error
    said = done.stderr + done.stdout
    found = _VERSION.search(said)
    if found is None:
        line = said.strip().partition("\n")[0] or f"exit code {done.returncode}"
        raise ConfigError(f"Spark needs Java {OLDEST} or later, and {program} does not tell its version: {line}")
    version = int(found.group(1))
    if version < OLDEST:
        raise ConfigError(f"Spark needs Java {OLDEST} or later, and {program} is Java {version}: {INSTALL}")
    return version
