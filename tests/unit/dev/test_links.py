"""Every link between pages of this repository leads to a file, and to a heading where it names one."""

import re
from pathlib import Path

import pytest

from orderflow_cli import ROOT

FOLDERS = ("docs", "examples", "terraform", "lambdas", "scripts", "tests")
PAGES = [*ROOT.glob("*.md"), *(page for name in FOLDERS for page in (ROOT / name).rglob("*.md"))]
_LINK = re.compile(r"\]\(((?!https?:|git::|mailto:)[^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def broken(page: Path) -> list[str]:
    """The links of the page that lead to nothing."""
    found = []
    for link in _LINK.findall(_CODE.sub("", page.read_text())):
        name, _, heading = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (heading and heading not in anchors(target)):
            found.append(link)
    return found


def anchors(page: Path) -> set[str]:
    """As GitHub names them: lower case, spaces as hyphens, punctuation left out."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if ".terraform" not in page.parts],
    ids=lambda page: page.relative_to(ROOT).as_posix(),
)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_link_is_broken_when_file_or_heading_is_missing(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("# One heading, here!\n")
    (tmp_path / "a.md").write_text("[1](b.md#one-heading-here) [2](b.md#two) [3](c.md) [4](https://d) `[5](e.md)`")

    assert broken(tmp_path / "a.md") == ["b.md#two", "c.md"]
