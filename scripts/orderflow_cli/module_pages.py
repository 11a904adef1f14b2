"""What a module's README repeats from its code: the examples, and the tables of inputs and outputs.

Each part stands between two comments, `<!-- interface:begin -->` or `<!-- example:begin <name> -->` and its end.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orderflow_cli import ROOT, Problem

MODULES = ROOT / "terraform" / "modules"
_PART = re.compile(
    r"(?P<begin><!-- (?P<kind>interface|example):begin ?(?P<name>[\w-]*) ?-->\n).*?(?=<!-- (?P=kind):end -->)",
    re.DOTALL,
)
_INPUTS = ("| Input | Type | Default | What it is |", "|---|---|---|---|")
_OUTPUTS = ("| Output | What it is |", "|---|---|")
_HEREDOC = re.compile(r"^<<-?(\w+)\n(?P<text>.*)\n\s*\1$", re.DOTALL)


def pages(modules: Path = MODULES) -> dict[Path, str]:
    """Every module's README as its code says it must be. Raises Problem for an example without a place in it."""
    return {folder / "README.md": page(folder) for folder in sorted(modules.iterdir()) if any(folder.glob("*.tf"))}


def page(folder: Path) -> str:
    """One module's README with its generated parts as the code says."""
    text = (folder / "README.md").read_text()
    parts = [(found["kind"], found["name"]) for found in _PART.finditer(text)]
    examples = {example.name for example in folder.glob("examples/*") if (example / "main.tf").exists()}
    wanted = [("interface", ""), *(("example", name) for name in examples)]
    if sorted(parts) != sorted(wanted):
        shown = ", ".join(sorted(" ".join(part).strip() for part in set(parts) ^ set(wanted))) or "one twice"
        raise Problem(
            f"{folder.name}/README.md must hold every example and the interface once, between "
            f"<!-- example:begin <name> --> or <!-- interface:begin --> and its end; look at: {shown}."
        )
    return _PART.sub(lambda found: found["begin"] + _part(folder, found["kind"], found["name"]), text)


def _part(folder: Path, kind: str, name: str) -> str:
    if kind == "example":
        return f"```hcl\n{(folder / 'examples' / name / 'main.tf').read_text()}```\n"
    return _interface(folder)


def _interface(folder: Path) -> str:
    inputs = [
        f"| `{name}` | `{_type(block['type'])}` | {_default(block)} | {_text(block['description'])} |"
        for name, block in _blocks(folder, "variable")
    ]
    outputs = [f"| `{name}` | {_text(block['description'])} |" for name, block in _blocks(folder, "output")]
    return "\n".join([*_INPUTS, *inputs, "", *_OUTPUTS, *outputs, ""])


def _blocks(folder: Path, kind: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Name and content of each block of a kind, in the order of the files. Raises Problem for one without a
    description."""
    import hcl2

    found = []
    for file in sorted(folder.glob("*.tf")):
        text = file.read_text()
        # Reading takes its time: most files have no such block.
        blocks = hcl2.loads(text).get(kind, []) if f'{kind} "' in text else []
        for block in blocks:
            ((name, content),) = block.items()
            if "description" not in content or (kind == "variable" and "type" not in content):
                raise Problem(f"{file.relative_to(ROOT)}: give {kind} {name} a type and a description.")
            found.append((name.strip('"'), content))
    return found


def _type(expression: str) -> str:
    """A type with the attributes of its objects left out."""
    bare = re.sub(r"^\$\{(.*)\}$", r"\1", expression, flags=re.DOTALL).strip('"')
    return re.sub(r"object\(\{.*\}\)", "object({...})", bare, flags=re.DOTALL)


def _default(block: Mapping[str, Any]) -> str:
    if "default" not in block:
        return "required"
    default = block["default"]
    if isinstance(default, bool) or default is None:
        return f"`{ {True: 'true', False: 'false', None: 'null'}[default] }`"
    return "`{}`" if default == {} else "`[]`" if default == [] else f"`{default}`"


def _text(expression: str) -> str:
    """A description on one line, as a table's cell takes it."""
    heredoc = _HEREDOC.match(expression.strip('"'))
    text = heredoc["text"] if heredoc else re.sub(r"\\(.)", r"\1", expression[1:-1])
    return " ".join(text.split()).replace("|", "\\|")
