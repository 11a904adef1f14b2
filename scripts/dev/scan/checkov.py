"""Runs checkov with the policies of this repository and parses its findings."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree as ET

from orderflow_cli import LOCAL_FOLDER, ROOT, UserError
from orderflow_cli.build import plans
from orderflow_cli.toolchain import venvs
from orderflow_cli.toolchain.terraform_source import Block, Source

POLICIES_FOLDER = ROOT / "terraform" / "policies"
CHECKS_FOLDER = POLICIES_FOLDER / "checks"
# The environments' root modules contain values and one module call; their plans are scanned instead.
SOURCE_FOLDERS = tuple(ROOT / "terraform" / name for name in ("bootstrap", "modules", "pipeline"))
State = Literal["passed", "failed", "skipped"]
_STATES: dict[str, State] = {"passed_checks": "passed", "failed_checks": "failed", "skipped_checks": "skipped"}
_POLICY_NUMBER = re.compile(r"^    number = (\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Finding:
    """The result of one policy for one resource. `scan` is `source` or the name of an environment."""

    scan: str
    state: State
    check_id: str
    title: str
    address: str
    file: Path
    line: int
    reason: str = ""


def scan_source() -> list[Finding]:
    """Scan the Terraform source; checkov itself applies the skip comments."""
    # One run per folder: given several folders, checkov reports the first one repeatedly.
    # Examples are excluded because their modules are scanned, and `terraform test` files as they have no resources.
    options = ["--framework", "terraform", "--skip-path", "examples/", "--skip-path", "tests/"]
    return [
        finding
        for folder in SOURCE_FOLDERS
        for finding in findings("source", run_checkov([*options, "--directory", str(folder)]))
    ]


def scan_plans(documents: Mapping[str, Path]) -> list[Finding]:
    """Scan the plan of each environment, and apply the skip comments in the blocks of the planned resources."""
    files = [str(document) for document in documents.values()]
    folder = next(iter(documents.values())).parent
    reports = run_checkov(["--framework", "terraform_plan", "--file", *files], plans_folder=folder)
    sources = {
        name: Source(plans.ENVIRONMENTS_FOLDER / name, plans.load(document)["configuration"]["root_module"])
        for name, document in documents.items()
    }
    located_findings = []
    for finding in findings("", reports):
        name = finding.file.stem
        block = sources[name].block(finding.address)
        if block is None:
            raise UserError(f"{finding.address}, planned in {name}, must be declared in the source; found no block.")
        located_finding = replace(finding, scan=name, file=block.file, line=block.line)
        skips = skips_in_block(block)
        if located_finding.state == "failed" and located_finding.check_id in skips:
            located_finding = replace(located_finding, state="skipped", reason=skips[located_finding.check_id])
        located_findings.append(located_finding)
    return located_findings


def run_checkov(arguments: Sequence[str], *, plans_folder: Path | None = None) -> list[dict[str, Any]]:
    """Run checkov and return its reports. Raises UserError if it fails, or cannot read a file or load a policy."""
    python = venvs.ensure("checkov")
    home = LOCAL_FOLDER / "scan" / "home"
    home.mkdir(parents=True, exist_ok=True)
    command = [str(python), "-m", "checkov.main", *arguments, "--external-checks-dir", str(CHECKS_FOLDER)]
    command += ["--output", "json", "--skip-download", "--soft-fail"]
    env = {**os.environ, "HOME": str(home), "LOG_LEVEL": "ERROR", "EVAL_TF_PLAN_AFTER_UNKNOWN": "true"}
    env |= {"ORDERFLOW_PLANS": str(plans_folder)} if plans_folder else {}
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    result = subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True, text=True)
    reports = list(_documents(result.stdout))
    if result.returncode != 0 or not reports or "Cannot load external check" in result.stderr:
        raise UserError(f"checkov failed ({result.returncode}): {(result.stderr or result.stdout).strip()[-2000:]}")
    if unparsed_files := [file for report in reports for file in report["results"].get("parsing_errors") or []]:
        raise UserError(f"checkov cannot parse {', '.join(unparsed_files)}. Fix the syntax.")
    return reports


def _documents(text: str) -> Iterator[dict[str, Any]]:
    """Parse the reports: checkov prints one document per folder, and a list if there are several frameworks."""
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        if text[0] not in "[{":
            text = text.partition("\n")[2]
            continue
        document, end = decoder.raw_decode(text)
        # For a folder without resources, checkov prints a summary only.
        yield from (one for one in (document if isinstance(document, list) else [document]) if "results" in one)
        text = text[end:]


def findings(scan: str, reports: Sequence[dict[str, Any]]) -> Iterator[Finding]:
    for report in reports:
        for key, state in _STATES.items():
            for record in report["results"][key]:
                file, line = Path(record["file_abs_path"]), record["file_line_range"][0] or 1
                identity = (record["check_id"], record["check_name"], record["resource"], file, line)
                yield Finding(scan, state, *identity, (record["check_result"].get("suppress_comment") or "").strip())


def custom_policies() -> dict[str, str]:
    """Return the names of this repository's policies by id. A policy's file and fixtures folder have its name."""
    policies = {}
    for file in sorted(CHECKS_FOLDER.glob("*.py")):
        for number in _POLICY_NUMBER.findall(file.read_text()):
            policies[f"CKV_ORDERFLOW_{number}"] = file.stem
    return policies


_BLOCK = re.compile(r'^(?:resource|data) "(\w+)" "(\w+)" \{$(.*?)^\}$', re.MULTILINE | re.DOTALL)
_SKIP_COMMENT = re.compile(r"#\s*checkov:skip=([^:\s]*):?(.*)")


@dataclass(frozen=True)
class Suppression:
    file: Path
    line: int
    check_id: str
    reason: str
    is_in_block: bool
    """Whether the comment is inside the block of a resource or data source."""


def find_suppressions(folder: Path = ROOT / "terraform") -> Iterator[Suppression]:
    for file in sorted(folder.rglob("*.tf")):
        if ".terraform" in file.parts:
            continue
        text = file.read_text()
        spans = [block.span() for block in _BLOCK.finditer(text)]
        for match in _SKIP_COMMENT.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            is_in_block = any(start < match.start() < end for start, end in spans)
            yield Suppression(file, line, match[1], match[2].strip(), is_in_block)


def skips_in_block(block: Block) -> dict[str, str]:
    """Return the reason of each skip comment in a resource's block, by check id."""
    return {check: reason.strip() for check, reason in _SKIP_COMMENT.findall(block.text)}


_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif_report(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return a SARIF 2.1.0 report of the failed checks and the skipped checks, which are suppressed with a reason."""
    reported_findings = [finding for finding in findings if finding.state != "passed"]
    titles = {finding.check_id: finding.title for finding in reported_findings}
    rules = [{"id": check_id, "shortDescription": {"text": titles[check_id]}} for check_id in sorted(titles)]
    driver = {"name": "checkov", "informationUri": "https://www.checkov.io", "rules": rules}
    results = []
    for finding in reported_findings:
        location = {"artifactLocation": {"uri": relative_path(finding.file)}, "region": {"startLine": finding.line}}
        message = {"text": f"{finding.address} ({finding.scan}): {finding.title}"}
        result: dict[str, Any] = {"ruleId": finding.check_id, "level": "error", "message": message}
        result["locations"] = [{"physicalLocation": location}]
        if finding.state == "skipped":
            result["suppressions"] = [{"kind": "inSource", "justification": finding.reason}]
        results.append(result)
    return {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def junit_report(findings: Sequence[Finding]) -> ET.Element:
    """Return a JUnit XML report: one suite per scan, one case per policy and resource."""
    suites = ET.Element("testsuites")
    ordered_findings = sorted(findings, key=lambda one: (one.scan, one.check_id, one.address))
    for scan, group in groupby(ordered_findings, key=lambda one: one.scan):
        cases = list(group)
        counts = {state: str(sum(one.state == state for one in cases)) for state in ("failed", "skipped")}
        suite = ET.SubElement(suites, "testsuite", name=f"checkov {scan}", tests=str(len(cases)))
        suite.attrib.update(failures=counts["failed"], skipped=counts["skipped"], errors="0")
        for one in cases:
            case = ET.SubElement(suite, "testcase", classname=f"{one.scan}.{one.check_id}", name=one.address)
            if one.state == "failed":
                ET.SubElement(case, "failure", message=one.title).text = f"{relative_path(one.file)}:{one.line}"
            elif one.state == "skipped":
                ET.SubElement(case, "skipped", message=one.reason)
    return suites


def write_reports(findings: Sequence[Finding], folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / "checkov.sarif", folder / "checkov.xml"]
    files[0].write_text(json.dumps(sarif_report(findings), indent=2) + "\n")
    ET.ElementTree(junit_report(findings)).write(files[1], encoding="unicode", xml_declaration=True)
    return files


def relative_path(file: Path) -> str:
    return Path(os.path.relpath(file, ROOT)).as_posix()
