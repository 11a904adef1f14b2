"""`orderflow-dev faults`: thousands of orders end to end with failures at every hop, and what became of them."""

import argparse
import json
import sys

from dev import tiers
from orderflow_cli import ROOT, console
from orderflow_cli.toolchain.processes import foreground

HELP = "Run orders end to end with failures at every hop, then redrive; exit 1 if one is lost or doubled."
REPORT = ROOT / "reports" / "faults-run.json"
COUNTS = (
    "accepted",
    "settled",
    "in a dead-letter place",
    "lost",
    "doubled or contradicting",
    "settled after redrive",
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--orders", type=int, default=5_000, help="how many orders (default: 5000)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed fails at the same places (default: 1)")
    parser.add_argument("--at-most-minutes", type=float, default=90.0, help="begin no round later (default: 90)")


def run(args: argparse.Namespace) -> int:
    REPORT.unlink(missing_ok=True)
    command = [
        *(sys.executable, "-m", "tests.harness.fault_run", "--report", str(REPORT)),
        *("--orders", str(args.orders), "--seed", str(args.seed), "--at-most-minutes", str(args.at_most_minutes)),
    ]
    path = ":".join(str(ROOT / folder) for folder in ("lambdas", "scripts", "."))
    code = foreground(command, cwd=ROOT, env={**tiers.environment(), "PYTHONPATH": path})
    if not REPORT.exists():
        return code or 1
    report = json.loads(REPORT.read_text(encoding="utf-8"))
    hops = [
        (hop, f"{chances:,}", f"{injected:,}", f"{injected / chances:.1%}" if chances else "")
        for hop, (chances, injected) in report["hops"].items()
    ]
    console.table("Injected failures", ("hop", "chances", "failures", "share"), hops, right=(1, 2, 3))
    places = [(place, f"{count:,}") for place, count in sorted(report["redriven by place"].items())]
    console.table("Redriven", ("from", "letters"), places, right=(1,))
    console.table("Orders", ("", "count"), [(name, f"{report[name]:,}") for name in COUNTS], right=(1,))
    for problem in report["problems"]:
        console.say(f"  {problem}")
    console.say(f"{console.duration(report['seconds'])}, report in {REPORT.relative_to(ROOT)}")
    return code
