"""Findings as SARIF (code scanning) and JUnit (test reports)."""

import json
import os
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from dev.scan.checkov import Finding
from orderflow_cli import ROOT

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(findings: Sequence[Finding]) -> dict[str, Any]:
    """SARIF 2.1.0: what failed, and what is skipped as suppressed with its reason."""
    shown = [finding for finding in findings if finding.state != "passed"]
    titles = {finding.check_id: finding.title for finding in shown}
    rules = [{"id": check_id, "shortDescription": {"text": titles[check_id]}} for check_id in sorted(titles)]
    driver = {"name": "checkov", "informationUri": "https://www.checkov.io", "rules": rules}
    results = []
    for one in shown:
        place = {"artifactLocation": {"uri": relative(one.file)}, "region": {"startLine": one.line}}
        message = {"text": f"{one.address} ({one.scan}): {one.title}"}
        result: dict[str, Any] = {"ruleId": one.check_id, "level": "error", "message": message}
        result["locations"] = [{"physicalLocation": place}]
        if one.state == "skipped":
            result["suppressions"] = [{"kind": "inSource", "justification": one.reason}]
        results.append(result)
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def junit(findings: Sequence[Finding]) -> ET.Element:
    """One suite for each scan, one case for each policy on each resource."""
    suites = ET.Element("testsuites")
    ordered = sorted(findings, key=lambda one: (one.scan, one.check_id, one.address))
    for scan, group in groupby(ordered, key=lambda finding: finding.scan):
        cases = list(group)
        counts = {state: str(sum(one.state == state for one in cases)) for state in ("failed", "skipped")}
        suite = ET.SubElement(suites, "testsuite", name=f"checkov {scan}", tests=str(len(cases)))
        suite.attrib.update(failures=counts["failed"], skipped=counts["skipped"], errors="0")
        for one in cases:
            case = ET.SubElement(suite, "testcase", classname=f"{one.scan}.{one.check_id}", name=one.address)
            if one.state == "failed":
                ET.SubElement(case, "failure", message=one.title).text = f"{relative(one.file)}:{one.line}"
            elif one.state == "skipped":
                ET.SubElement(case, "skipped", message=one.reason)
    return suites


def write(findings: Sequence[Finding], folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / "checkov.sarif", folder / "checkov.xml"]
    files[0].write_text(json.dumps(sarif(findings), indent=2) + "\n")
    ET.ElementTree(junit(findings)).write(files[1], encoding="unicode", xml_declaration=True)
    return files


def relative(file: Path) -> str:
    return Path(os.path.relpath(file, ROOT)).as_posix()
