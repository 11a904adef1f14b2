"""Reads a plan's Terraform source files: blocks by address, attribute values, and references in local values."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_BLOCK: Final = re.compile(
    r"^(resource|data|module|provider|locals|variable|output|terraform|moved|import|removed|check|ephemeral)\b"
    r'(?:[ \t]*"([\w-]+)")?(?:[ \t]*"([\w-]+)")?[ \t]*\{',
    re.MULTILINE,
)
_LOCAL_VALUE: Final = re.compile(r"^  (\w+) *= *(.*?)(?=^  \w+ *=|\Z)", re.M | re.S)
_HEREDOC: Final = re.compile(r"<<-?(\w+)\n(.*?)^\s*\1\b", re.MULTILINE | re.DOTALL)
_INDEX: Final = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]')


@dataclass(frozen=True)
class Block:
    """A block in a Terraform file; `text` is the content between its braces."""

    file: Path
    line: int
    text: str


class Source:
    """The source files of a plan; `root` is their folder, `configuration` the plan's description of the modules."""

    def __init__(self, root: Path, configuration: Mapping[str, Any]) -> None:
        self.root = root
        self._configuration = configuration
        self._blocks: dict[Path, dict[str, Block]] = {}
        self._locals: dict[Path, dict[str, str]] = {}

    def block(self, address: str) -> Block | None:
        """Return the block of a resource, data source, module call or provider (aws.default) by address."""
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
        """Return the folder of the module at the end of these module calls; None if it is not local."""
        folder, module = self.root, self._configuration
        for call in calls:
            module_call = module.get("module_calls", {}).get(call, {})
            folder, module = folder / module_call.get("source", "/nowhere"), module_call.get("module", {})
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
            local_values = self._locals[folder] = {}
            for file in sorted(folder.glob("*.tf")):
                for address, block in _blocks(file):
                    if address == "locals":
                        local_values.update(_LOCAL_VALUE.findall(block.text))
                    else:
                        blocks[address] = block
        return self._blocks[folder]


@dataclass(frozen=True)
class Expression:
    """An unevaluated value in the source: references, possibly within a string."""

    text: str


def parse_attribute(block: Block, name: str) -> Any:
    """Return the value of an attribute: lists, objects, strings and numbers as such, references as `Expression`.
    Raises ValueError if the attribute is not set, or is any other expression (a condition, a loop)."""
    match = re.search(rf"^[ \t]*{name}[ \t]*=[ \t]*", block.text, re.MULTILINE)
    if match is None:
        raise ValueError(f"{name} is not set")
    rest = block.text[match.end() :]
    heredoc = _HEREDOC.match(rest)
    return _wrap_references(json.loads(heredoc[2])) if heredoc else _Reader(rest).value()


def _wrap_references(value: Any) -> Any:
    """Replace each string that contains references with an `Expression`, at any depth."""
    if isinstance(value, dict):
        return {key: _wrap_references(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_wrap_references(one) for one in value]
    return Expression(json.dumps(value)) if isinstance(value, str) and "${" in value else value


class _Reader:
    """Reads one HCL value."""

    _TOKEN: Final = re.compile(
        r'(?:\s|#[^\n]*|//[^\n]*|/\*[\s\S]*?\*/)*("(?:\$\{[^}]*\}|[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|[A-Za-z_][\w-]*(?:\.[\w*-]+|\["?[\w-]+"?\])*|.)'
    )

    def __init__(self, text: str) -> None:
        self._text, self._position = text, 0

    def value(self) -> Any:
        word = self._next()
        if word == "{":
            return dict(self._read_items("}", self._read_pair))
        if word == "[":
            return list(self._read_items("]", self.value))
        if word.startswith('"'):
            return Expression(word) if "${" in word else json.loads(word)
        if word == "jsonencode" and self._peek() == "(":
            self._next()
            inner = self.value()
            self._expect(")")
            return inner
        if word in ("true", "false", "null") or word[0].isdigit() or word[0] == "-":
            return json.loads(word)
        if word[0].isalpha() and self._peek() not in ("(", "?", "=", "!", "&", "|", "+", "*", "/"):
            return Expression(word)
        raise ValueError(f"{word} is not a literal value")

    def _read_pair(self) -> tuple[str, Any]:
        key = self._next()
        if self._next() not in ("=", ":"):
            raise ValueError(f"{key} is not a literal key")
        return json.loads(key) if key.startswith('"') else key, self.value()

    def _read_items(self, end: str, parse: Callable[[], Any]) -> Iterator[Any]:
        while self._peek() != end:
            yield parse()
            if self._peek() == ",":
                self._next()
        self._next()

    def _expect(self, word: str) -> None:
        if (next_word := self._next()) != word:
            raise ValueError(f"expected {word}, got {next_word}")

    def _peek(self) -> str:
        match = self._TOKEN.match(self._text, self._position)
        return match[1] if match else ""

    def _next(self) -> str:
        match = self._TOKEN.match(self._text, self._position)
        if match is None:
            raise ValueError("the value is incomplete")
        self._position = match.end()
        return match[1]


def _blocks(file: Path) -> Iterator[tuple[str, Block]]:
    text = file.read_text("utf-8")
    matches = [*_BLOCK.finditer(text)]
    for match, end in zip(matches, [*(one.start() for one in matches[1:]), len(text)], strict=True):
        # A brace in the first column may end an inline policy; the last one before the next block ends this block.
        kind, first, second = match.groups()
        body = text[match.end() : end].rpartition("}")[0]
        name = {"resource": f"{first}.{second}", "locals": kind}.get(kind, f"{kind}.{first}")
        block = Block(file, text.count("\n", 0, match.start()) + 1, body)
        yield f"{name}.{second}" if kind == "data" else name, block
