"""The skips that stand in the source.

checkov applies skips to a plan by type and name alone, so that one module's `aws_sqs_queue.this` would suppress
another's. Here a skip counts for the very block that an address leads to.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orderflow_cli import ROOT
from orderflow_cli.toolchain.terraform_source import Block

_BLOCK = re.compile(r'^(?:resource|data) "(\w+)" "(\w+)" \{$(.*?)^\}$', re.MULTILINE | re.DOTALL)
_SKIP = re.compile(r"#\s*checkov:skip=([^:\s]*):?(.*)")


@dataclass(frozen=True)
class Skip:
    file: Path
    line: int
    check_id: str
    reason: str
    inside: bool
    """Whether it stands inside a resource, where a reader of that resource sees it."""


def every_skip(folder: Path = ROOT / "terraform") -> Iterator[Skip]:
    for file in sorted(folder.rglob("*.tf")):
        if ".terraform" in file.parts:
            continue
        text = file.read_text()
        spans = [block.span() for block in _BLOCK.finditer(text)]
        for found in _SKIP.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            inside = any(start < found.start() < end for start, end in spans)
            yield Skip(file, line, found[1], found[2].strip(), inside)


def of_block(block: Block) -> dict[str, str]:
    """The skips inside a resource's block: check id -> reason."""
    return {check: reason.strip() for check, reason in _SKIP.findall(block.text)}
