"""`orderflow-dev scan`: runs checkov on the Terraform source and on the plan of every environment."""

import argparse
from collections.abc import Sequence

from dev.scan import checkov
from dev.scan.checkov import Finding
from orderflow_cli import ROOT, console
from orderflow_cli.build import plans

HELP = "Scan the Terraform source and the plan of every environment with checkov; exit 1 if anything fails."


def configure(parser: argparse.ArgumentParser) -> None:
    names = ("source", *plans.environments())
    parser.add_argument("scans", nargs="*", metavar="scan", help=f"scans to run: {', '.join(names)} (default: all)")


def run(args: argparse.Namespace) -> int:
    names = ("source", *plans.environments())
    if unknown_scans := sorted(set(args.scans) - set(names)):
        console.warn(f"{', '.join(unknown_scans)} cannot be scanned; choose from {', '.join(names)}.")
        return 2
    scans = [name for name in names if name in (args.scans or names)]
    findings: list[Finding] = []
    if environments := [name for name in scans if name != "source"]:
        with console.step(f"plan of {', '.join(environments)}"):
            plan_files = plans.create_plans(environments)
        with console.step("checkov on the plans"):
            findings += checkov.scan_plans(plan_files)
    if "source" in scans:
        with console.step("checkov on the source"):
            findings += checkov.scan_source()
    _report(scans, findings)
    unused_policies = sorted(set(checkov.custom_policies()) - {finding.check_id for finding in findings})
    if unused_policies and not args.scans:
        console.warn(f"{', '.join(unused_policies)} checked no resource; fix or remove the policies.")
    return 1 if (unused_policies and not args.scans) or any(finding.state == "failed" for finding in findings) else 0


def _report(scans: Sequence[str], findings: Sequence[Finding]) -> None:
    rows = []
    for name in scans:
        scan_findings = [finding for finding in findings if finding.scan == name]
        counts = [str(sum(one.state == state for one in scan_findings)) for state in ("passed", "skipped", "failed")]
        rows.append((name, str(len({finding.address for finding in scan_findings})), *counts))
    console.say()
    columns = ("scan", "resources", "passed", "skipped, with a reason", "failed")
    console.table("Policies (checkov and terraform/policies)", columns, rows, right=(1, 2, 3, 4))
    for finding in findings:
        if finding.state == "failed":
            location = f"{checkov.relative_path(finding.file)}:{finding.line}"
            console.say(f"  ✗ {finding.check_id} {finding.title}\n    {finding.address} in {finding.scan}, {location}")
    reports = checkov.write_reports(findings, ROOT / "reports")
    console.say(f"  {', '.join(checkov.relative_path(file) for file in reports)}")
