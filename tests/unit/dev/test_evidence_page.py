"""docs/coverage.md as committed: of every row, and of tests that are there. Whether they pass is for `make test`."""

import re
from pathlib import Path

import pytest

from dev.evidence import rows
from dev.evidence.page import PAGE

LINES = [line for line in PAGE.read_text().splitlines() if re.match(r"\| .* \| .* \| \[.*\]\(.*\) \| ", line)]


def test_page_has_a_line_for_every_row_when_it_is_committed() -> None:
    shown = [line.split(" | ")[0].removeprefix("| ") for line in LINES]

    assert shown == [row.what for row in rows.rows()]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.split(" | ")[0].removeprefix("| "))
def test_test_is_in_its_file_when_the_page_names_it(line: str) -> None:
    found = re.search(r"\| \[(\w+).*\]\((\S+)\) \|", line)
    assert found

    text = Path(PAGE.parent, found[2]).read_text()

    assert re.search(rf'^(def {found[1]}\(|run "{found[1]}" )', text, re.MULTILINE)
