"""The skips that stand in the source, and where the resource of a planned address stands.

checkov applies skips to a plan by type and name alone, so that one module's `aws_sqs_queue.this` would excuse
another's. Here the address is followed through the module calls to the very block.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orderflow_cli import ROOT

_BLOCK = re.compile(r'^(?:resource|data) "(\w+)" "(\w+)" \{$(.*?)^\}$', re.MULTILINE | re.DOTALL)
_SKIP = re.compile(r"#\s*checkov:skip=([^:\s]*):?(.*)")
_INDEX = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True)
class Skip:
    file: Path
    line: int
    check_id: str
    reason: str
    inside: bool
    """Whether it stands inside a resource, where a reader of that resource sees it."""


@dataclass(frozen=True)
class Block:
    file: Path
    line: int
    skips: dict[str, str]
    """Check id -> reason."""


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


class Source:
    """Finds the block behind a planned address; reads each folder once."""

    def __init__(self, root: Path, plan: dict[str, Any]) -> None:
        self.root = root
        self.calls = plan["configuration"]["root_module"]
        self._blocks: dict[Path, dict[str, Block]] = {}

    def block(self, address: str) -> Block | None:
        folder, module = self.root, self.calls
        parts = _INDEX.sub("", address).split(".")
        while parts[0] == "module":
            call = module["module_calls"][parts[1]]
            folder, module, parts = (folder / call["source"]).resolve(), call["module"], parts[2:]
        if "_" not in parts[-2]:
            # No resource: a provider, which the root configures.
            return Block(folder / "providers.tf", 1, {})
        return self._read(folder).get(".".join(parts[-2:]))

    def _read(self, folder: Path) -> dict[str, Block]:
        if folder not in self._blocks:
            self._blocks[folder] = {
                f"{kind}.{name}": block for file in folder.glob("*.tf") for kind, name, block in _read(file)
            }
        return self._blocks[folder]


def _read(file: Path) -> Iterator[tuple[str, str, Block]]:
    text = file.read_text()
    for found in _BLOCK.finditer(text):
        skips = {check: reason.strip() for check, reason in _SKIP.findall(found[3])}
        yield found[1], found[2], Block(file, text.count("\n", 0, found.start()) + 1, skips)
