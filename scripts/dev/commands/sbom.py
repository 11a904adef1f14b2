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

HELP = "Write dist/orderflow.cdx.json (CycloneDX), each function's commit to dist/*.release.json, and dist/SHA256SUMS."


def run(args: argparse.Namespace) -> int:
    built_zips = package.build()
    document = write_document(built_zips)
    checksums_file = write_checksums([document, *write_releases(built_zips), *(one.path for one in built_zips)])
    package_count = sum(component["type"] == "library" for component in load(document)["components"])
    summary = f"{package_count} packages in {len(built_zips)} zips, commit {head_commit()}"
    console.say(f"  {document.relative_to(ROOT)}: {summary}")
    console.say(f"  {checksums_file.relative_to(ROOT)}")
    return 0


DOCUMENT_NAME = "orderflow.cdx.json"
CHECKSUMS_NAME = "SHA256SUMS"
_SPEC_VERSION = "1.6"


def head_commit(root: Path = ROOT) -> str:
    """Return the checked-out commit, with `-dirty` if files differ from it; `unknown` outside a repository."""
    command = ["git", "-C", str(root), "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    return result.stdout.strip() or "unknown"


def last_commit(function: str, root: Path = ROOT) -> str:
    """Return the last commit that changed an input of the function's zip, with `-dirty` if inputs differ from it."""
    folders = [f"lambdas/{name}" for name in (function, *package.SHARED_PACKAGES)]
    paths = [*folders, dependencies.LOCK_FILE.relative_to(ROOT).as_posix()]
    commands = (["log", "-1", "--format=%H"], ["status", "--porcelain"])
    git_commands = [["git", "-C", str(root), *command, "--", *paths] for command in commands]
    processes = [subprocess.run(command, check=False, capture_output=True, text=True) for command in git_commands]
    commit_id, uncommitted_changes = (process.stdout.strip() for process in processes)
    return f"{commit_id}-dirty" if commit_id and uncommitted_changes else commit_id or "unknown"


def write_releases(built_zips: Sequence[package.FunctionZip]) -> list[Path]:
    """Write a file with the checksum and the commit next to each zip; the commit becomes a tag of the function."""
    files = []
    for built_zip in built_zips:
        release = {"commit": last_commit(built_zip.function), "sha256": built_zip.sha256}
        file = built_zip.path.with_suffix(".release.json")
        file.write_text(json.dumps(release, indent=2) + "\n")
        files.append(file)
    return files


def write_document(built_zips: Sequence[package.FunctionZip], dist: Path = package.DIST_FOLDER) -> Path:
    """Write a reproducible bill of materials of the zips. Raises UserError if the document is not valid."""
    document = _describe_locked_packages()
    version = head_commit()
    root = document["metadata"]["component"]
    root["version"] = version
    dependencies_by_ref = {dependency["ref"]: dependency for dependency in document["dependencies"]}
    package_refs = [component["bom-ref"] for component in document["components"]]
    for built_zip in built_zips:
        reference, name = f"zip:{built_zip.function}", f"{built_zip.function}.zip"
        component = {"type": "application", "bom-ref": reference, "name": name, "version": version}
        document["components"].append({**component, "hashes": [{"alg": "SHA-256", "content": built_zip.sha256}]})
        dependencies_by_ref[reference] = {"ref": reference, "dependsOn": package_refs}
    zip_refs = [f"zip:{built_zip.function}" for built_zip in built_zips]
    dependencies_by_ref[root["bom-ref"]] = {"ref": root["bom-ref"], "dependsOn": zip_refs}
    document["dependencies"] = [dependency for _, dependency in sorted(dependencies_by_ref.items())]
    # The serial number is random by default, so the document would differ every time.
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(document, sort_keys=True))}"
    text = json.dumps(document, indent=2, sort_keys=True) + "\n"
    if problem := schema_violation(text):
        raise UserError(f"The bill of materials is not valid CycloneDX {_SPEC_VERSION}: {problem}")
    target = dist / DOCUMENT_NAME
    target.write_text(text)
    return target


def _describe_locked_packages() -> dict[str, Any]:
    tool = Path(sys.executable).parent / "cyclonedx-py"
    arguments = ["requirements", str(dependencies.LOCK_FILE), "--pyproject", str(ROOT / "pyproject.toml")]
    arguments += ["--output-reproducible", "--short-PURLs", f"--spec-version={_SPEC_VERSION}", "--of=JSON", "-o=-"]
    result = subprocess.run([str(tool), *arguments], check=False, capture_output=True, text=True)
    if result.returncode != 0:
        raise UserError(f"cyclonedx-py cannot read requirements/lambda.txt: {result.stderr.strip()}")
    sbom: dict[str, Any] = json.loads(result.stdout)
    for component in sbom["components"]:
        # The position in the lock file and the index are not part of the package.
        component.pop("externalReferences", None)
        component.pop("description", None)
    return sbom


def schema_violation(text: str) -> str:
    """Return how the document violates the CycloneDX schema, or an empty string if it is valid."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return "" if problem is None else str(problem)


def load(document: Path) -> dict[str, Any]:
    return dict(json.loads(document.read_text()))


def write_checksums(files: Sequence[Path], dist: Path = package.DIST_FOLDER) -> Path:
    """Write the files' checksums to SHA256SUMS in `dist`, in the format of `sha256sum --check`."""
    target = dist / CHECKSUMS_NAME
    target.write_text("".join([f"{zips.sha256(file)}  {file.name}\n" for file in sorted(files)]))
    return target
