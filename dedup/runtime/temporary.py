"""What to tell when a temporary file cannot be made or written. Loads no numpy: reading alone uses it, too."""

from __future__ import annotations

import errno
import tempfile


def trouble(error: OSError) -> str:
    """Where temporary files are made, why one cannot be, and what to do; goes on after "temporary storage"."""
    try:
        where, room = f" in {tempfile.gettempdir()}", "with more room"
    except OSError:  # no folder can be written to, which Python says with all that it tried
        return ": no folder for it can be written to; set TMPDIR to one that can"
    if error.errno in (errno.ENOENT, errno.EACCES, errno.EROFS, errno.ENOTDIR):
        room = "that is there and can be written to"
    return f"{where}: {error.strerror or error}; set TMPDIR to a folder {room}"
