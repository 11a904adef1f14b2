"""Generates `generated/interface.md`, the page of a module's inputs and outputs, from the module's code."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orderflow_cli import UserError

MODULES_FOLDER = Path("terraform", "modules")
PAGE = Path("generated", "interface.md")
_INPUTS_HEADER = ("", "| Input | Type | Default | Description |", "|---|---|---|---|")
_OUTPUTS_HEADER = ("", "| Output | Description |", "|---|---|")
_HEREDOC = re.compile(r"^<<-?(\w+)\n(?P<text>.*)\n\s*\1$", re.DOTALL)


def pages(root: Path) -> dict[Path, str]:
    """Return the page of every module by path. Raises UserError if a type or description is missing."""
    folders = sorted({file.parent for file in (root / MODULES_FOLDER).glob("*/*.tf")})
    return {folder.relative_to(root) / PAGE: page(folder) for folder in folders}


def page(folder: Path) -> str:
    """Return a page with one module's inputs and outputs as two tables."""
    input_rows = [
        f"| `{name}` | `{_short_type(block['type'])}` | {_default_cell(block)} | {_description_cell(block)} |"
        for name, block in _blocks(folder, "variable")
    ]
    output_rows = [f"| `{name}` | {_description_cell(block)} |" for name, block in _blocks(folder, "output")]
    tables = [*_INPUTS_HEADER, *input_rows, *_OUTPUTS_HEADER, *output_rows]
    return "\n".join([f"# {folder.name}: inputs and outputs", *tables, ""])


def _blocks(folder: Path, kind: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the name and content of each `kind` block, in file order. Raises UserError if a block is incomplete."""
    import hcl2

    named_blocks = []
    for file in sorted(folder.glob("*.tf")):
        text = file.read_text()
        # Parsing is slow, and most files have no such block.
        blocks = hcl2.loads(text).get(kind, []) if f'{kind} "' in text else []
        for block in blocks:
            ((name, content),) = block.items()
            required_attributes = {"description", "type"} if kind == "variable" else {"description"}
            if missing := sorted(required_attributes - content.keys()):
                raise UserError(f"{folder.name}/{file.name}: {kind} {name} must have a {' and a '.join(missing)}.")
            named_blocks.append((name.strip('"'), content))
    return named_blocks


def _short_type(expression: str) -> str:
    """Return a variable's type without the attributes of its objects."""
    type_text = re.sub(r"^\$\{(.*)\}$", r"\1", expression, flags=re.DOTALL).strip('"')
    return re.sub(r"object\(\{.*\}\)", "object({...})", type_text, flags=re.DOTALL)


def _default_cell(block: Mapping[str, Any]) -> str:
    if "default" not in block:
        return "required"
    default = block["default"]
    if isinstance(default, bool) or default is None:
        return f"`{ {True: 'true', False: 'false', None: 'null'}[default] }`"
    return "`{}`" if default == {} else "`[]`" if default == [] else f"`{default}`"


def _description_cell(block: Mapping[str, Any]) -> str:
    expression = block["description"]
    heredoc = _HEREDOC.match(expression.strip('"'))
    text = heredoc["text"] if heredoc else re.sub(r"\\(.)", r"\1", expression[1:-1])
    return " ".join(text.split()).replace("|", "\\|")
