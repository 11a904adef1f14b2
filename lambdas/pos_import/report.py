"""Writes the report of rejected rows for the shop's staff: one line per row."""

import csv
import io
import tempfile
from collections import Counter
from types import TracebackType
from typing import IO, Self

from pos_import.rows import RefusedLine

HEADER = ("line", "reason", "row")


# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  # full-width forms are formulas too


def _escape_formula(text: str) -> str:
    """Escape a row that a spreadsheet would evaluate as a formula."""
    return f"'{text}" if text.lstrip(" \u00a0\u3000").startswith(_FORMULA_PREFIXES) else text


class Report:
    """A CSV file of rejected rows. It is kept on disk, because every row of a large file may be invalid."""

    def __init__(self) -> None:
        self.reasons: Counter[str] = Counter()
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by __exit__
        self._text = io.TextIOWrapper(self._file, encoding="utf-8", newline="", write_through=True)
        self._writer = csv.writer(self._text)
        self._writer.writerow(HEADER)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._text.close()

    def add(self, refused_line: RefusedLine) -> None:
        self.reasons[refused_line.reason] += 1
        self._writer.writerow((refused_line.line, refused_line.reason, _escape_formula(refused_line.text)))

    def content(self) -> IO[bytes]:
        """Return the report as a file, positioned at its beginning."""
        self._text.flush()
        self._file.seek(0)
        return self._file
