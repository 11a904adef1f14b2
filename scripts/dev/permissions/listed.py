"""docs/permissions.md: every grant with what fails when it is taken away, and why some are never seen in use."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dev.permissions.grants import Grant
from orderflow_cli import ROOT, UserError

PAGE = ROOT / "docs" / "permissions.md"
EVERY = "every function"
_FUNCTION = "<function>"
_COLUMNS = 5
_NAME = re.compile(r"`(\w+)`")


@dataclass(frozen=True)
class Entry:
    """One line of the page: `fails` is a test's name, `unseen` why no call is recorded ("" where one must be)."""

    grant: Grant
    fails: str
    unseen: str


def read(functions: list[str], text: str | None = None) -> list[Entry]:
    """The entries; what stands under `every function` once for each of them. Raises UserError for a broken line."""
    return list(_entries(functions, PAGE.read_text() if text is None else text))


def _entries(functions: list[str], text: str) -> Iterator[Entry]:
    role = ""
    for line in text.splitlines():
        if line.startswith("## "):
            role = line.removeprefix("## ")
        if not line.startswith("| `"):
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != _COLUMNS or not (fails := _NAME.fullmatch(cells[3])):
            raise UserError(f"docs/permissions.md: five cells with the name of a test in the fourth, not {line}")
        action, resource, condition = (cell.strip("`") for cell in cells[:3])
        for name in functions if role == EVERY else [role]:
            parts = (part.replace(_FUNCTION, name) for part in (resource, condition))
            yield Entry(Grant(name, action, *parts), fails[1], cells[4])
