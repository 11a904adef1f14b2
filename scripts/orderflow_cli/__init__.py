"""The `orderflow` command: set-up, packaging, the local cloud and every check.

Only the standard library is imported here, in `console`, in `setup*` and by `down`: they run before the
project's packages are installed."""

import errno
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The clone."""

LOCAL = ROOT / ".local"
"""State, logs and caches of this clone; not tracked, `make clean` removes it."""

TOOLS = ROOT / ".tools"
"""Programs downloaded for this clone; not tracked."""


class UserError(Exception):
    """An error that the user can fix. The message is one sentence that names the cause and what to do."""


_UNWRITABLE = {
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "permission is missing",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
}


def unwritable(error: OSError) -> UserError | None:
    """Return the message for a file that could not be written; None for every other error."""
    if error.errno not in _UNWRITABLE:
        return None
    return UserError(
        f"{error.filename or 'A file'} cannot be written: {_UNWRITABLE[error.errno]}. Every file is created under "
        f"{ROOT}; make it writable and free some disk space."
    )
