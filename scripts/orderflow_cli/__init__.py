"""The `orderflow` command: set-up, packaging, the local cloud and every check, behind one name.

Only the standard library is imported here and in `console`, `setup*` and what `down` needs: they run before the
project's packages are installed."""

import errno
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The clone."""

LOCAL = ROOT / ".local"
"""State, logs and caches of this clone; not tracked, `make clean` removes it."""

TOOLS = ROOT / ".tools"
"""Programs fetched for this clone; not tracked."""


class UserError(Exception):
    """Something the user can put right. The message is one sentence that names the cause and the way out."""


_UNWRITABLE = {
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "permission is missing",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
}


def unwritable(error: OSError) -> UserError | None:
    """The sentence for a file that could not be written; None for every other error."""
    if error.errno not in _UNWRITABLE:
        return None
    return UserError(
        f"{error.filename or 'A file'} cannot be written: {_UNWRITABLE[error.errno]}. All that is made goes under "
        f"{ROOT}; make that writable, with some space left."
    )
