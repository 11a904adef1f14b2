"""`orderflow-dev sbom`: writes a release's bill of materials, the commit of each function, and checksums."""

import argparse
import json
import subprocess
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from orderflow_cli import ROOT, UserError, console
from orderflow_cli.build import dependencies, package, zips

HELP = "Write dist/orderflow.cdx.json (CycloneDX), each function's commit, and dist/SHA256SUMS."


def run(args: argparse.Namespace) -> int:
    built = package.build()
    document = write_document(built)
    sums = write_checksums([document, *write_releases(built), *(one.path for one in built)])
    loaded = load(document)
    packages = sum(component["type"] == "library" for component in loaded["components"])
    console.say(f"  {document.relative_to(ROOT)}: {packages} packages in {len(built)} zips, commit {commit()}")
    console.say(f"  {sums.relative_to(ROOT)}")
    return 0


NAME = "orderflow.cdx.json"
SUMS = "SHA256SUMS"
_SPECIFICATION = "1.6"


def commit(root: Path = ROOT) -> str:
    """Return the checked-out commit, with `-dirty` if files differ from it; `unknown` outside a repository."""
    command = ["git", "-C", str(root), "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def last_commit(function: str, root: Path = ROOT) -> str:
    """Return the last commit that changed a source of the function's zip, with `-dirty` if files differ from it."""
    shared = [f"lambdas/{name}" for name in (function, *package.SHARED)]
    paths = [*shared, dependencies.LOCK.relative_to(ROOT).as_posix()]
    log = ["git", "-C", str(root), "log", "-1", "--format=%H", "--", *paths]
    changed = ["git", "-C", str(root), "status", "--porcelain", "--", *paths]
    done = [subprocess.run(command, check=False, capture_output=True, text=True) for command in (log, changed)]
    last, edits = (one.stdout.strip() for one in done)
    return f"{last}-dirty" if last and edits else last or "unknown"


def write_releases(built: Sequence[package.FunctionZip]) -> list[Path]:
    """Write each zip's commit, which later becomes a tag of its function, and checksum."""
    written = []
    for one in built:
        target = one.path.with_suffix(".release.json")
        target.write_text(json.dumps({"commit": last_commit(one.function), "sha256": one.sha256}, indent=2) + "\n")
        written.append(target)
    return written


def write_document(built: Sequence[package.FunctionZip], dist: Path = package.DIST) -> Path:
    """Write a reproducible bill of materials of the zips. Raises UserError if it is not valid."""
    document = _locked_packages()
    version = commit()
    root = document["metadata"]["component"]
    root["version"] = version
    parts = {dependency["ref"]: dependency for dependency in document["dependencies"]}
    shipped = [component["bom-ref"] for component in document["components"]]
    for one in built:
        reference = f"zip:{one.function}"
        hashes = [{"alg": "SHA-256", "content": one.sha256}]
        component = {"type": "application", "bom-ref": reference, "name": f"{one.function}.zip", "hashes": hashes}
        document["components"].append({**component, "version": version})
        parts[reference] = {"ref": reference, "dependsOn": shipped}
    parts[root["bom-ref"]] = {"ref": root["bom-ref"], "dependsOn": [f"zip:{one.function}" for one in built]}
    document["dependencies"] = [parts[reference] for reference in sorted(parts)]
    # Random by default, which would make the document differ every time.
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(document, sort_keys=True))}"
    text = json.dumps(document, indent=2, sort_keys=True) + "\n"
    if problem := schema_violation(text):
        raise UserError(f"The bill of materials is not valid CycloneDX {_SPECIFICATION}: {problem}")
    target = dist / NAME
    target.write_text(text)
    return target


def _locked_packages() -> dict[str, Any]:
    tool = Path(sys.executable).parent / "cyclonedx-py"
    arguments = ["requirements", str(dependencies.LOCK), "--pyproject", str(ROOT / "pyproject.toml")]
    arguments += ["--output-reproducible", "--short-PURLs", f"--spec-version={_SPECIFICATION}", "--of=JSON", "-o=-"]
    done = subprocess.run([str(tool), *arguments], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise UserError(f"requirements/lambda.txt could not be converted to a bill of materials: {done.stderr.strip()}")
    found: dict[str, Any] = json.loads(done.stdout)
    for component in found["components"]:
        # The position in the lock file and the index are not part of the package.
        component.pop("externalReferences", None)
        component.pop("description", None)
    return found


def schema_violation(text: str) -> str:
    """Return how the document violates the CycloneDX schema; empty if it is valid."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return "" if problem is None else str(problem)


def load(document: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(document.read_text())
    return loaded


def write_checksums(files: Sequence[Path], dist: Path = package.DIST) -> Path:
    """Write SHA256SUMS next to the files, in the format of `sha256sum --check`."""
    target = dist / SUMS
    target.write_text("".join([f"{zips.sha256(file)}  {file.name}\n" for file in sorted(files)]))
    return target
