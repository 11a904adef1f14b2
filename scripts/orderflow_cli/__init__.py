"""The `orderflow` command: setup, packaging, the local cloud, operations and checks.

The help, the commands `clean` and `down`, and `toolchain.venvs` need only the standard library, as do all modules that
they import, because they also run before the project's packages are installed."""

import errno
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The root of this clone."""

LOCAL_FOLDER = ROOT / ".local"
"""State, receipts, logs and caches of this clone. Git ignores this folder; `make clean` removes it."""

TOOLS_FOLDER = ROOT / ".tools"
"""Programs downloaded for this clone. Git ignores this folder."""


class UserError(Exception):
    """An error that the user can fix. The message names the cause and what to do."""


_FILE_FAILURES = {
    errno.EROFS: "the file system is read-only. Make it writable.",
    errno.EACCES: "permission denied. Make it accessible.",
    errno.ENOSPC: "the disk is full. Free some space.",
    errno.EDQUOT: "the disk quota is used up. Free some space.",
}


def explain_file_error(error: OSError) -> UserError | None:
    """Return a user error if permissions or disk space caused the error; None for any other error."""
    if error.errno not in _FILE_FAILURES:
        return None
    return UserError(f"{error.filename or 'A file'} cannot be opened or written: {_FILE_FAILURES[error.errno]}")
