"""The tiers of tests: which there are, how each is run, and what came out of it."""

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from orderflow_cli import ROOT
from orderflow_cli.toolchain.processes import foreground

REPORTS = ROOT / "reports"
NOTHING_COLLECTED = 5
"""pytest's exit code: https://docs.pytest.org/en/stable/reference/exit-codes.html"""


@dataclass(frozen=True)
class Tier:
    name: str
    what: str
    spread: str | None = None
    """How its tests may run beside each other (pytest-xdist's --dist); None for those that share a machine."""
    beside: bool = False
    """Whether it mostly waits, and so runs beside the other tiers."""

    @property
    def folder(self) -> Path:
        return ROOT / "tests" / self.name

    @property
    def output(self) -> Path:
        """What it said, when it ran beside others."""
        return REPORTS / f"{self.name}.log"


TIERS = (
    Tier("unit", "logic, no network", spread="loadfile"),
    Tier("integration", "handlers on moto", spread="loadfile"),
    Tier("infra", "terraform test, plans, policies", spread="loadgroup"),
    Tier("e2e", "real zips on the local cloud", beside=True),
    Tier("faults", "promises under failure, on moto", spread="loadfile"),
)


@dataclass
class Result:
    """What a tier came to. `skips` are (test, reason)."""

    name: str
    passed: int = 0
    failed: int = 0
    skips: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0
    remark: str = ""


def run(tier: Tier, arguments: Sequence[str] = (), output: IO[bytes] | None = None) -> Result:
    """Run a tier with pytest's own output on the terminal or in `output`; its JUnit report stays in reports/."""
    report = REPORTS / f"{tier.name}.xml"
    report.unlink(missing_ok=True)
    REPORTS.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "pytest", str(tier.folder), "-q", f"--junitxml={report}"]
    command += ["-n", "auto", "--maxprocesses", "4", "--dist", tier.spread] if tier.spread else []
    started = time.monotonic()
    code = foreground([*command, *arguments], cwd=ROOT, env=environment(), output=output)
    result = read_report(tier.name, report) if report.exists() else Result(tier.name)
    result.seconds = time.monotonic() - started
    if code == NOTHING_COLLECTED and not arguments:
        result.failed, result.remark = 1, "the folder has no test"
    elif code not in (0, 1, NOTHING_COLLECTED) or (code == 1 and result.failed == 0):
        result.failed, result.remark = result.failed + 1, f"pytest ended with code {code}"
    return result


def environment() -> dict[str, str]:
    """This environment without the user's AWS: no test may reach a real account by it."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return {**own, "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}


def read_report(name: str, report: Path) -> Result:
    """Counts and reasons from a JUnit file. A test that failed in its set-up or tear-down failed."""
    result = Result(name)
    for case in ElementTree.parse(report).getroot().iter("testcase"):  # noqa: S314 - written by pytest a moment ago
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            result.failed += 1
        elif skipped is not None:
            result.skips.append((f"{case.get('classname')}.{case.get('name')}", skipped.get("message") or "no reason"))
        else:
            result.passed += 1
    return result
