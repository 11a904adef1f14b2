"""The Terraform source of a plan, where it is on disk: blocks by address, and what a local refers to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_BLOCK: Final = re.compile(
    r'^(resource|data|module|provider|locals)\b(?: "([\w-]+)")?(?: "([\w-]+)")? *\{(?:([^\n]*)\} *$|(.*?)^\})',
    re.MULTILINE | re.DOTALL,
)
_LOCAL: Final = re.compile(r"^  (\w+) *= *(.*?)(?=^  \w+ *=|\Z)", re.M | re.S)
_INDEX: Final = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]')


@dataclass(frozen=True)
class Block:
    """A block of a file; `text` is what stands between its braces."""

    file: Path
    line: int
    text: str


class Source:
    """`root` is the folder of the planned configuration, `configuration` the plan's own account of its modules."""

    def __init__(self, root: Path, configuration: Mapping[str, Any]) -> None:
        self.root = root
        self._configuration = configuration
        self._blocks: dict[Path, dict[str, Block]] = {}
        self._locals: dict[Path, dict[str, str]] = {}

    def block(self, address: str) -> Block | None:
        """The resource, data source or module call with this address, or the provider of one such as aws.default."""
        parts = _INDEX.sub("", address).split(".")
        if parts[1:] == ["default"]:
            parts = ["provider", parts[0]]
        calls = []
        while parts[0] == "module" and len(parts) > 2:
            calls.append(parts[1])
            parts = parts[2:]
        folder = self.folder(tuple(calls))
        return self._read(folder).get(".".join(parts)) if folder else None

    def folder(self, calls: tuple[str, ...]) -> Path | None:
        """Where the module behind these calls stands; None for one that came from elsewhere than the disk."""
        folder, module = self.root, self._configuration
        for call in calls:
            called = module.get("module_calls", {}).get(call, {})
            folder, module = folder / called.get("source", "/nowhere"), called.get("module", {})
        return folder.resolve() if folder.is_dir() else None

    def local_references(self, calls: tuple[str, ...], name: str, pattern: re.Pattern[str]) -> list[str]:
        folder = self.folder(calls)
        if folder is None:
            return []
        self._read(folder)
        return pattern.findall(self._locals[folder].get(name, ""))

    def _read(self, folder: Path) -> dict[str, Block]:
        if folder not in self._blocks:
            blocks = self._blocks[folder] = {}
            named = self._locals[folder] = {}
            for file in sorted(folder.glob("*.tf")):
                for kind, block in _blocks(file):
                    if kind == "locals":
                        named.update(_LOCAL.findall(block.text))
                    else:
                        blocks[kind] = block
        return self._blocks[folder]


def _blocks(file: Path) -> Iterator[tuple[str, Block]]:
    text = file.read_text("utf-8")
    for found in _BLOCK.finditer(text):
        kind, first, second, short, body = found.groups()
        name = {"resource": f"{first}.{second}", "locals": kind}.get(kind, f"{kind}.{first}")
        yield (
            f"{name}.{second}" if kind == "data" else name,
            Block(file, text.count("\n", 0, found.start()) + 1, short or body or ""),
        )
