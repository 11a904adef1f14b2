"""Every kind of alarm has a page, every page an alarm, and its commands can be typed as they stand."""

import re
import shlex
from pathlib import Path

import pytest

from dev.__main__ import DEVELOPMENT
from orderflow_cli import ROOT
from orderflow_cli.__main__ import ORDERFLOW

RUNBOOKS = ROOT / "docs" / "runbooks"
WITHOUT_ALARM = {"README", "change-the-stream", "rotate-webhook-secrets"}
PAGES = sorted(page for page in RUNBOOKS.glob("*.md"))
ALARM = re.compile(
    r'^resource "aws_cloudwatch_metric_alarm" "(\w+)" \{$.*?alarm_name\s*=\s*"([^"]+)"', re.MULTILINE | re.DOTALL
)
KEY = re.compile(r"^    ([a-z][\w-]*) = \{$", re.MULTILINE)


def kinds() -> set[str]:
    """`<module>-<kind>` of each alarm: what its name ends in, the keys that it is made for, or else its label."""
    terraform = ROOT / "terraform"
    files = [*terraform.glob("modules/*/*.tf"), *terraform.glob("pipeline/*.tf")]
    return {f"{file.parent.name}-{kind}" for file in files for kind in _kinds(file.read_text())}


def _kinds(text: str) -> set[str]:
    found: set[str] = set()
    for label, name in ALARM.findall(text):
        ending = name.rpartition("}-")[2] if "}-" in name and not name.endswith("}") else ""
        if ending == "not-empty":
            found.add("dead-letter")
        elif ending:
            found.add(ending)
        else:
            before = text[: text.index(f'"aws_cloudwatch_metric_alarm" "{label}"')]
            found |= set(KEY.findall(before)) or {label}
    return found


def commands(page: Path) -> list[str]:
    text = page.read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines() if "scripts/orderflow" in line]


def test_every_alarm_has_a_page_when_terraform_makes_it() -> None:
    found = kinds()

    assert len(found) > 20
    assert found == {page.stem for page in PAGES} - WITHOUT_ALARM


@pytest.mark.parametrize("line", sorted({line for page in PAGES for line in commands(page)}))
def test_command_is_understood_when_it_is_typed_as_it_stands(line: str) -> None:
    tool, name, *arguments = shlex.split(line)
    command_line = {"scripts/orderflow": ORDERFLOW, "scripts/orderflow-dev": DEVELOPMENT}[tool]

    assert command_line.parser(name).parse_args([name, *arguments]).command == name


def test_commands_name_dead_letter_sources_that_are_published() -> None:
    published = (ROOT / "terraform" / "pipeline" / "91_dead_letters.tf").read_text()
    outputs = (ROOT / "terraform" / "pipeline" / "outputs_maps.tf").read_text()
    named = {
        argument
        for page in PAGES
        for line in commands(page)
        for argument in shlex.split(line)
        if re.fullmatch(r"[a-z]+/[a-z_]+", argument) and not argument.startswith("scripts/")
    }

    assert named
    for source in named:
        kind, _, owner = source.partition("/")
        assert re.search(rf"^    {kind}\s+= (\{{|merge)", published, re.MULTILINE), source
        assert re.search(rf"\b{owner}\b", published + outputs), source
