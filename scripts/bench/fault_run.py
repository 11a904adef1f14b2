"""The end-to-end run under faults: `make faults`, or with more or less of it `make faults ARGS="--orders 500"`.

It goes in rounds, each an empty account with a seed of its own, because moto copies a whole table for each action of a
transaction. Rounds run beside each other, in as many processes as there are processors.
"""

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from moto import mock_aws

from common.aws import forget_clients
from orderflow_cli import ROOT, console
from orderflow_cli.observe.invariants import check
from tests.harness.faults import Faults
from tests.harness.system import System

REPORT = ROOT / "reports" / "faults-run.json"
COUNTS = (
    "accepted",
    "settled",
    "in a dead-letter queue",
    "lost",
    "doubled or contradicting",
    "settled after redrive",
)
ROUND = 50
RATE, CURSED = 0.025, 0.005
ENOUGH_CHANCES = 1_000  # from here on the share that was injected must be at least LEAST_SHARE
LEAST_SHARE = 0.01
REDRIVES = 3
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    "POWERTOOLS_METRICS_NAMESPACE": "Orderflow",
}


@dataclass
class Totals:
    """Counts over all rounds. `refused` requests were never answered with 202; `lost` orders were accepted and are
    nowhere, or have stopped on their way; `contradictions` name the orders and what does not agree about them."""

    accepted: int = 0
    settled: int = 0
    dead_lettered: int = 0
    settled_after_redrive: int = 0
    refused: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)
    redriven: Counter[str] = field(default_factory=Counter)
    chances: Counter[str] = field(default_factory=Counter)
    injected: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, other: "Totals") -> None:
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def too_calm(self) -> list[str]:
        """Hops at which less failed than was promised."""
        often = [hop for hop, chances in self.chances.items() if chances >= ENOUGH_CHANCES]
        return [hop for hop in often if self.injected[hop] < LEAST_SHARE * self.chances[hop]]

    @property
    def problems(self) -> list[str]:
        return [*self.refused, *self.lost, *self.contradictions, *(f"{hop}: too few failures" for hop in self.too_calm)]

    @property
    def holds(self) -> bool:
        adds_up = self.accepted == self.settled + self.dead_lettered == self.settled_after_redrive
        return adds_up and not self.problems


@contextlib.contextmanager
def account() -> Iterator[None]:
    """An empty account in this process."""
    with mock.patch.dict(os.environ, CREDENTIALS):
        os.environ.pop("AWS_ENDPOINT_URL", None)
        forget_clients()
        with mock_aws(), contextlib.redirect_stdout(io.StringIO()):
            yield
        forget_clients()


def round_of(orders: int, seed: int) -> Totals:
    """One round: orders under faults until quiet, then repair, redrive, and quiet again."""
    started, totals = time.monotonic(), Totals()
    with account():
        system = System(Faults(seed, RATE, CURSED), seed)
        for number in range(orders):
            if not system.place_order(number):
                totals.refused.append(f"seed {seed}: request {number} was never accepted")
            if number % 5 == 0:
                system.step()
        system.run_until_quiet()
        system.end_waiting()
        _count(system, seed, totals)
        system.faults.on = False
        for _ in range(REDRIVES):
            totals.redriven += system.recovery.redrive()
            system.run_until_quiet()
            system.end_waiting()
        _count_again(system, seed, totals)
        for hop, (chances, injected) in system.faults.shares().items():
            totals.chances[hop] += chances
            totals.injected[hop] += injected
    totals.seconds = time.monotonic() - started
    return totals


def _count(system: System, seed: int, totals: Totals) -> None:
    report = check(system.snapshot())
    totals.accepted = len(system.accepted)
    totals.settled = report.settled
    totals.dead_lettered = len(set(report.dead_lettered) & system.accepted)
    totals.lost += [f"seed {seed}: {each} {why}" for why, waiting in report.waiting.items() for each in waiting]
    totals.contradictions += [f"seed {seed}, before redrive: {violation}" for violation in report.violations]


def _count_again(system: System, seed: int, totals: Totals) -> None:
    report = check(system.snapshot())
    totals.settled_after_redrive = report.settled
    totals.lost += [f"seed {seed}: {each} still in {place}" for each, place in report.dead_lettered.items()]
    totals.contradictions += [f"seed {seed}, after redrive: {violation}" for violation in report.violations]


def run(orders: int, seed: int, at_most_seconds: float, processes: int = 1) -> Totals:
    """Rounds until so many orders were accepted; begins none when the time is over. A process has one AWS at a time."""
    totals, started = Totals(), time.monotonic()
    rounds = [(min(ROUND, orders - first), seed + number) for number, first in enumerate(range(0, orders, ROUND))]
    deadline = time.time() + at_most_seconds
    with contextlib.ExitStack() as stack:
        if processes > 1:
            context = multiprocessing.get_context("spawn")
            pool = stack.enter_context(ProcessPoolExecutor(processes, mp_context=context))
            results = pool.map(_round_in_time, rounds, [deadline] * len(rounds))
        else:
            results = map(_round_in_time, rounds, [deadline] * len(rounds))
        for number, done in enumerate(results, 1):
            totals.add(done)
            if number % 10 == 0 or number == len(rounds):
                took = console.duration(time.monotonic() - started)
                console.say(f"  {number} of {len(rounds)} rounds: {totals.accepted} orders accepted, {took}")
    totals.seconds = time.monotonic() - started
    return totals


def _round_in_time(wanted: tuple[int, int], deadline: float) -> Totals:
    orders, seed = wanted
    if time.time() < deadline:
        return round_of(orders, seed)
    return Totals(refused=[f"seed {seed}: no time for {orders} orders"])


def as_report(totals: Totals) -> dict[str, Any]:
    return {
        "accepted": totals.accepted,
        "settled": totals.settled,
        "in a dead-letter queue": totals.dead_lettered,
        "lost": totals.accepted - totals.settled - totals.dead_lettered,
        "doubled or contradicting": len(totals.contradictions),
        "settled after redrive": totals.settled_after_redrive,
        "problems": totals.problems,
        "redriven by place": dict(totals.redriven),
        "hops": {hop: [totals.chances[hop], totals.injected[hop]] for hop in sorted(totals.chances)},
        "seconds": round(totals.seconds, 1),
        "holds": totals.holds,
    }


def show(report: dict[str, Any]) -> None:
    hops = [
        (hop, f"{chances:,}", f"{injected:,}", f"{injected / chances:.1%}" if chances else "")
        for hop, (chances, injected) in report["hops"].items()
    ]
    console.table("Injected failures", ("hop", "chances", "failures", "share"), hops, right=(1, 2, 3))
    redriven = [(place, f"{count:,}") for place, count in sorted(report["redriven by place"].items())]
    console.table("Redriven", ("from", "messages"), redriven, right=(1,))
    console.table("Orders", ("", "count"), [(name, f"{report[name]:,}") for name in COUNTS], right=(1,))
    for problem in report["problems"]:
        console.say(f"  {problem}")
    console.say(f"{console.duration(report['seconds'])}, report in {REPORT.relative_to(ROOT)}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description="Orders under faults, from a seed.")
    parser.add_argument("--orders", type=int, default=5_000, help="how many orders (default: 5000)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed fails at the same places (default: 1)")
    parser.add_argument("--at-most-minutes", type=float, default=90.0, help="begin no round later (default: 90)")
    parser.add_argument("--processes", type=int, default=os.process_cpu_count() or 1)
    arguments = parser.parse_args()
    totals = run(arguments.orders, arguments.seed, arguments.at_most_minutes * 60, arguments.processes)
    report = as_report(totals)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    show(report)
    return 0 if totals.holds else 1


if __name__ == "__main__":
    sys.exit(main())
