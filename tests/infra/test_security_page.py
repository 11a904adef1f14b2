"""What the threat model names as proof exists."""

import re

from dev.scan import checkov
from orderflow_cli import ROOT
from tests.infra.support.tests_there_are import names

PAGE = (ROOT / "docs" / "security.md").read_text()


def test_every_test_on_the_page_exists_when_looked_up() -> None:
    table = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| threat")]
    last = [line.rstrip("| ").rpartition("|")[2] for line in table]

    named = {name for cell in last for name in re.findall(r"`([a-z0-9_]+)`", cell)}

    assert len(named) >= 30
    assert named - names() == set()


def test_every_threat_names_its_proof_when_read() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| threat")]

    assert len(rows) >= 20
    assert [
        row for row in rows if not re.search(r"`\w+`|polic(y|ies) \d|zizmor", row.rstrip("| ").rpartition("|")[2])
    ] == []


def test_every_kind_of_abuse_has_a_row_when_read() -> None:
    assert re.findall(r"^\| API(\d+) ", PAGE, re.MULTILINE) == [str(number) for number in range(1, 11)]


def test_the_page_counts_the_policies_that_there_are_when_one_is_added() -> None:
    numbers = sorted(int(check_id.rpartition("_")[2]) for check_id in checkov.own_policies())

    assert numbers == list(range(1, 12))
    assert "the eleven policies" in PAGE
