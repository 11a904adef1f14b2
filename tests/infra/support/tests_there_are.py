"""The names of all tests, of Python and of Terraform, for pages that name them as proof."""

import re
from pathlib import Path

from orderflow_cli import ROOT


def names() -> set[str]:
    python = [name for file in (ROOT / "tests").rglob("test_*.py") for name in _matches(file, r"def (test_\w+)")]
    runs = [name for file in (ROOT / "terraform").rglob("*.tftest.hcl") for name in _matches(file, r'^run "(\w+)"')]
    return {*python, *runs}


def _matches(file: Path, pattern: str) -> list[str]:
    return re.findall(pattern, file.read_text(), re.MULTILINE)
