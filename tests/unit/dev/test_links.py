"""Every link between pages of the repository points to an existing file and heading; every command that
a page names exists, with its options."""

import argparse
import re
from functools import cache
from pathlib import Path

import pytest

from dev.__main__ import ORDERFLOW_DEV
from orderflow_cli import ROOT
from orderflow_cli.__main__ import ORDERFLOW

FOLDERS = ("docs", "examples", "terraform", "lambdas", "scripts", "tests")
PAGES = [*ROOT.glob("*.md"), *(page for name in FOLDERS for page in (ROOT / name).rglob("*.md"))]
_LINK_PATTERN = re.compile(r"\]\(((?!https?:|git::|mailto:)[^)\s]+)\)")
_COMMAND_PATTERN = re.compile(r"(?:^|[\s`(])(?:scripts/)?(orderflow(?:-dev)?) ([a-z]+)((?: [^\n`|#]*)?)")
_MAKE_PATTERN = re.compile(r"(?:^|`)make ([a-z0-9-]+(?: [a-z0-9-]+)*)", re.MULTILINE)
_CODE_PATTERN = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def find_broken_links(page: Path) -> list[str]:
    """Return the broken links of a page."""
    broken_links = []
    for link in _LINK_PATTERN.findall(_CODE_PATTERN.sub("", page.read_text())):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken_links.append(link)
    return broken_links


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings as GitHub does: lower case, hyphens for spaces, no punctuation."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def find_unknown_commands(text: str) -> list[str]:
    """Return the unknown make targets, commands and options in a page's code."""
    code = "\n".join(_CODE_PATTERN.findall(text))
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    target_names = " ".join(_MAKE_PATTERN.findall(code)).split()
    unknown_names = [f"make {name}" for name in target_names if name not in targets]
    for program, name, tail in _COMMAND_PATTERN.findall(code):
        tool = {"orderflow": ORDERFLOW, "orderflow-dev": ORDERFLOW_DEV}[program]
        if name not in tool.names():
            unknown_names.append(f"{program} {name}")
            continue
        help_text = _help(program, name)
        options = re.findall(r"(?<= )--[a-z][a-z-]*", tail.partition(" -- ")[0])
        unknown_names += [f"{program} {name} {option}" for option in options if option not in help_text]
    return unknown_names


@cache
def _help(program: str, name: str) -> str:
    """Return the help text of a command and its subcommands."""
    parser = {"orderflow": ORDERFLOW, "orderflow-dev": ORDERFLOW_DEV}[program].build_parser(name)
    (commands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    texts, queue = [], [commands.choices[name]]
    while queue:
        command = queue.pop()
        texts.append(command.format_help())
        queue += [p for a in command._actions if isinstance(a, argparse._SubParsersAction) for p in a.choices.values()]
    return "\n".join(texts)


EVERY_PAGE = pytest.mark.parametrize(
    "page",
    [page for page in PAGES if ".terraform" not in page.parts],
    ids=lambda page: page.relative_to(ROOT).as_posix(),
)


@EVERY_PAGE
def test_commands_in_a_page_exist(page: Path) -> None:
    assert find_unknown_commands(page.read_text()) == []


def test_nonexistent_target_command_or_option_is_reported() -> None:
    page = "`make demo nonsense`, `orderflow trace --loud`\n```\norderflow juggle\norderflow down -- --any\n```\n"

    assert find_unknown_commands(page) == ["make nonsense", "orderflow trace --loud", "orderflow juggle"]


@EVERY_PAGE
def test_links_in_a_page_have_targets(page: Path) -> None:
    assert find_broken_links(page) == []


def test_link_to_a_missing_file_or_heading_is_broken(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("# One heading, here!\n")
    (tmp_path / "a.md").write_text("[1](b.md#one-heading-here) [2](b.md#two) [3](c.md) [4](https://d) `[5](e.md)`")

    assert find_broken_links(tmp_path / "a.md") == ["b.md#two", "c.md"]
