"""The checks fail on what they are for, and find what they should look at."""

from pathlib import Path

import pytest

from dev import checks
from dev.checks import Check

UNPINNED = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4\n"


def test_scripts_are_found_when_they_have_an_ending_or_a_first_line(tmp_path: Path) -> None:
    for name, text in {
        "scripts/launch": "#!/usr/bin/env bash\n",
        "scripts/tool.py": "#!/usr/bin/env python\n",
        "scripts/other": "#!/usr/bin/env python\n",
        ".ci/run": "#!/bin/sh\n",
        "examples/a/deploy.sh": "echo\n",
        "scripts/notes": "words\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    found = [path.relative_to(tmp_path).as_posix() for path in checks.shell_scripts(tmp_path)]

    assert found == [".ci/run", "examples/a/deploy.sh", "scripts/launch"]


def test_launcher_is_checked_when_shell_scripts_are_collected() -> None:
    assert "orderflow" in [path.name for path in checks.shell_scripts()]


@pytest.mark.parametrize(("code", "passed"), [(0, True), (1, False), (2, False)])
def test_outcome_is_the_exit_code_when_a_check_ran(code: int, passed: bool) -> None:
    outcome = checks.run(Check("made up", lambda: ["sh", "-c", f"echo out; echo err >&2; exit {code}"], "way out"))

    assert outcome.passed is passed
    assert outcome.output == "out\nerr"


@pytest.mark.parametrize(
    ("name", "file", "text"),
    [
        ("ruff", "bad.py", "import os\n"),
        ("ruff format", "bad.py", "x = {  'a':1 }\n"),
        ("shellcheck", "bad.sh", "#!/bin/sh\necho $1\n"),
        (
            "zizmor",
            "bad.yml",
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4\n",
        ),
        ("terraform fmt", "bad.tf", 'output   "x"   {\nvalue=1\n}\n'),
    ],
)
def test_check_fails_when_a_file_is_what_it_is_for(tmp_path: Path, name: str, file: str, text: str) -> None:
    (tmp_path / file).write_text(text)
    check = next(check for check in checks.LINT if check.name == name)
    command = [part for part in check.command() if not (isinstance(part, Path) and part.is_relative_to(checks.ROOT) and
               ".venv" not in part.parts and ".tools" not in part.parts)]  # fmt: skip

    outcome = checks.run(Check(name, lambda: [*command, tmp_path / file], check.way_out))

    assert not outcome.passed
    assert file in outcome.output
