"""The commands in the runbooks are valid."""

import re
import shlex
from pathlib import Path

import pytest

from dev.__main__ import ORDERFLOW_DEV
from orderflow_cli import ROOT
from orderflow_cli.__main__ import ORDERFLOW

RUNBOOKS_FOLDER = ROOT / "docs" / "runbooks"
RUNBOOK_PAGES = sorted(page for page in RUNBOOKS_FOLDER.glob("*.md"))


def commands(page: Path) -> list[str]:
    text = page.read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines() if "scripts/orderflow" in line]


@pytest.mark.parametrize("line", sorted({line for page in RUNBOOK_PAGES for line in commands(page)}))
def test_runbook_command_is_valid(line: str) -> None:
    tool, name, *arguments = shlex.split(line)
    command_line = {"scripts/orderflow": ORDERFLOW, "scripts/orderflow-dev": ORDERFLOW_DEV}[tool]

    assert command_line.build_parser(name).parse_args([name, *arguments]).command == name


def test_dead_letter_sources_in_commands_exist() -> None:
    pipeline = ROOT / "terraform" / "pipeline"
    sources_code = (pipeline / "91_dead_letters.tf").read_text()
    pipeline_code = sources_code + "".join((pipeline / name).read_text() for name in ("01_functions.tf", "03_rules.tf"))
    sources = {
        argument
        for page in RUNBOOK_PAGES
        for line in commands(page)
        for argument in shlex.split(line)
        if re.fullmatch(r"[a-z]+/[a-z_]+", argument) and not argument.startswith("scripts/")
    }

    assert sources
    for source in sources:
        kind, _, owner = source.partition("/")
        assert re.search(rf"^    {kind}\s+= (\{{|merge)", sources_code, re.MULTILINE), source
        assert re.search(rf"\b{owner}\b", pipeline_code), source
