"""The `orderflow` command: set-up, packaging, the local cloud and every check, behind one name.

Only the standard library is imported here and in `console`, `setup*` and what `down` needs: they run before the
project's packages are installed.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The clone."""

LOCAL = ROOT / ".local"
"""State, logs and caches of this clone; not tracked, `make clean` removes it."""

TOOLS = ROOT / ".tools"
"""Programs fetched for this clone; not tracked."""


class UserError(Exception):
    """Something the user can put right. The message is one sentence that names the cause and the way out."""
