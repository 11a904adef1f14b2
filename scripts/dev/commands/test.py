"""`orderflow-dev test`: runs every check and tier with its make target, and prints one table of results.

The end-to-end tier takes longest and is often idle. Meanwhile the checks and other tiers run one after another at a
lower priority, and the fault tier runs at the lowest priority."""

import argparse
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from dev.evidence import page as evidence
from dev.permissions import ledger
from orderflow_cli import ROOT, console
from orderflow_cli.toolchain.processes import run_in_foreground

HELP = "Run lint, types, drift and all test tiers; exit 1 if anything fails or an evidence row is not proven."
CHECKS = ("lint", "types", "drift")
NICENESS_BY_CONCURRENT_TIER = {"e2e": 0, "faults": 15}  # these tiers run from the start


@dataclass
class Result:
    """The result of a check or tier; `skips` holds pairs of test and reason."""

    name: str
    passed: int = 0
    failed: int = 0
    skips: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0
    remark: str = ""


def run(args: argparse.Namespace) -> int:
    evidence.REPORTS.mkdir(exist_ok=True)
    log_paths = {name: evidence.REPORTS / f"{name}.log" for name in NICENESS_BY_CONCURRENT_TIER}
    with ThreadPoolExecutor(len(log_paths)) as pool:
        futures = [pool.submit(run_tier, name, log) for name, log in log_paths.items()]
        results = [*map(run_check, CHECKS), *(run_tier(name) for name in evidence.TIERS if name not in log_paths)]
        console.say(f"\nwaiting for {' and '.join(log_paths)}; output in {evidence.REPORTS.name}/*.log")
        results += [future.result() for future in futures]
    for log in log_paths.values():
        console.say(log.read_text(errors="replace"))
    results.append(check_proofs())
    print_summary(results)
    return 1 if any(result.failed for result in results) else 0


def run_check(name: str) -> Result:
    """Run the make target of a check, and count the check as one passed or failed test."""
    console.say(f"\n{name}")
    start_time = time.monotonic()
    failed = int(_run_make(name) != 0)
    return Result(name, 1 - failed, failed, seconds=time.monotonic() - start_time)


def run_tier(name: str, log: Path | None = None) -> Result:
    """Run a tier and read its JUnit report; the output goes to the terminal or into the file `log`."""
    report = evidence.REPORTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    start_time = time.monotonic()
    if log is None:
        console.say(f"\n{name}")
    code = _run_make(f"test-{name}", log)
    result = read_report(name, report) if report.exists() else Result(name)
    result.seconds = time.monotonic() - start_time
    if code != 0 and result.failed == 0:
        result.failed, result.remark = 1, f"`make test-{name}` exited with code {code}"
    return result


def _run_make(target: str, log: Path | None = None) -> int:
    niceness = NICENESS_BY_CONCURRENT_TIER.get(target.removeprefix("test-"), 8)
    command = ["nice", "-n", str(niceness), "make", "--no-print-directory", target]
    with log.open("wb") if log else nullcontext() as output:
        return run_in_foreground(command, cwd=ROOT, env=os.environ, output=output)


def read_report(name: str, report: Path) -> Result:
    """Read counts and skip reasons from a JUnit file. Failures of setup or teardown count as failed tests."""
    result = Result(name)
    for case in ElementTree.parse(report).getroot().iter("testcase"):  # noqa: S314 - written by pytest
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            result.failed += 1
        elif skip is not None:
            result.skips.append((f"{case.get('classname')}.{case.get('name')}", skip.get("message") or "no reason"))
        else:
            result.passed += 1
    return result


def check_proofs() -> Result:
    """Check that every evidence row is proven, that the page is up to date, and that no grant has a problem."""
    report = evidence.REPORTS / ledger.REPORT_NAME
    problems = evidence.problems() + (json.loads(report.read_text()) if report.exists() else [])
    for problem in problems:
        console.say(f"  ✗ {problem}")
    return Result("evidence", passed=sum(verdict.is_proven for verdict in evidence.verdicts()), failed=len(problems))


def print_summary(results: list[Result]) -> None:
    counts = [(result.passed, result.failed, len(result.skips)) for result in results]
    rows = [
        (result.name, *map(str, numbers), console.format_duration(result.seconds), result.remark)
        for result, numbers in zip(results, counts, strict=True)
    ]
    console.say()
    console.table("Tests by tier", ("tier", "passed", "failed", "skipped", "time", ""), rows, right=(1, 2, 3, 4))
    for result in results:
        for test, reason in result.skips:
            console.say(f"  skipped in {result.name}: {test}: {reason}")
    passed, failed, skipped = map(sum, zip(*counts, strict=True))
    console.say(f"{passed} passed, {failed} failed, {skipped} skipped")
