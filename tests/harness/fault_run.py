"""The end-to-end run under faults: `python -m tests.harness.fault_run --orders 5000`, which is what `make faults` does.

It goes in rounds, each an empty account with a seed of its own, because moto copies a whole table for each transaction.
"""

import argparse
import contextlib
import io
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from moto import mock_aws

from common.aws import forget_clients
from orderflow_cli import console
from orderflow_cli.invariants import check
from tests.harness.faults import Faults
from tests.harness.system import System

ROUND = 100
RATE, CURSED = 0.025, 0.01
ENOUGH_CHANCES = 2_000  # from here on the share that was injected must be at least LEAST_SHARE
LEAST_SHARE = 0.01
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
    """Counts over all rounds; `problems` name the orders and what is wrong with them."""

    accepted: int = 0
    settled: int = 0
    dead_lettered: int = 0
    settled_after_redrive: int = 0
    redriven: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    chances: Counter[str] = field(default_factory=Counter)
    injected: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        adds_up = self.accepted == self.settled + self.dead_lettered
        return adds_up and self.settled_after_redrive == self.accepted and not self.problems and not self.too_calm

    @property
    def too_calm(self) -> list[str]:
        """Hops at which less failed than was promised."""
        often = [hop for hop, chances in self.chances.items() if chances >= ENOUGH_CHANCES]
        return [hop for hop in often if self.injected[hop] < LEAST_SHARE * self.chances[hop]]


@contextlib.contextmanager
def account() -> Iterator[None]:
    """An empty account in this process."""
    with mock.patch.dict(os.environ, CREDENTIALS):
        os.environ.pop("AWS_ENDPOINT_URL", None)
        forget_clients()
        with mock_aws(), contextlib.redirect_stdout(io.StringIO()):
            yield
        forget_clients()


def round_of(orders: int, seed: int, totals: Totals) -> None:
    """One round: orders under faults until quiet, then repair, redrive, and quiet again."""
    with account():
        system = System(Faults(seed, RATE, CURSED), seed)
        for number in range(orders):
            if not system.place_order(number):
                totals.problems.append(f"seed {seed}: request {number} was never accepted")
            if number % 5 == 0:
                system.step()
        system.run_until_quiet()
        system.end_waiting()
        before = check(system.snapshot())
        totals.accepted += len(system.accepted)
        totals.settled += before.settled
        totals.dead_lettered += len(set(before.dead_lettered) & system.accepted)
        totals.problems += [f"seed {seed}, before redrive: {violation}" for violation in before.violations]
        totals.problems += [f"seed {seed}: {each} {why}" for why, waiting in before.waiting.items() for each in waiting]

        system.faults.on = False
        for _ in range(3):
            totals.redriven += system.redrive()
            system.run_until_quiet()
            system.end_waiting()
        after = check(system.snapshot())
        totals.settled_after_redrive += after.settled
        totals.problems += [f"seed {seed}, after redrive: {violation}" for violation in after.violations]
        totals.problems += [f"seed {seed}: {order} still in {place}" for order, place in after.dead_lettered.items()]
        for hop, (chances, injected) in system.faults.shares().items():
            totals.chances[hop] += chances
            totals.injected[hop] += injected


def run(orders: int, seed: int, at_most_seconds: float) -> Totals:
    """Rounds until so many orders were accepted; stops beginning new ones when the time is over."""
    totals, started = Totals(), time.monotonic()
    for number in range(-(-orders // ROUND)):
        if time.monotonic() - started > at_most_seconds:
            totals.problems.append(f"only {totals.accepted} of {orders} orders in {at_most_seconds:.0f} s")
            break
        round_of(min(ROUND, orders - number * ROUND), seed + number, totals)
        console.say(f"  round {number + 1}: {totals.accepted} orders, {console.duration(time.monotonic() - started)}")
    totals.seconds = time.monotonic() - started
    return totals


def as_report(totals: Totals) -> dict[str, Any]:
    return {
        "accepted": totals.accepted,
        "settled": totals.settled,
        "in a dead-letter place": totals.dead_lettered,
        "lost": totals.accepted - totals.settled - totals.dead_lettered,
        "doubled or contradicting": len(totals.problems),
        "problems": [*totals.problems, *(f"{hop}: too few failures" for hop in totals.too_calm)],
        "redriven by place": dict(totals.redriven),
        "settled after redrive": totals.settled_after_redrive,
        "hops": {hop: [totals.chances[hop], totals.injected[hop]] for hop in sorted(totals.chances)},
        "seconds": round(totals.seconds, 1),
        "holds": totals.holds,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="Orders under faults, from a seed.")
    parser.add_argument("--orders", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-most-minutes", type=float, default=60)
    parser.add_argument("--report", type=Path, required=True)
    arguments = parser.parse_args()
    totals = run(arguments.orders, arguments.seed, arguments.at_most_minutes * 60)
    arguments.report.parent.mkdir(parents=True, exist_ok=True)
    arguments.report.write_text(json.dumps(as_report(totals), indent=2) + "\n", encoding="utf-8")
    return 0 if totals.holds else 1


if __name__ == "__main__":
    sys.exit(main())
