"""Simulates orders while one hop after another is down: `make faults`, or `make faults ARGS="--orders 500"` for fewer.

There is one round per hop, in which calls and deliveries fail at random and the hop is down for two hours. When the
system is idle, the orders are counted; the dead-letter messages are redriven every three simulated days, at most
four times, and the orders are counted again. The report is written to reports/faults-run.json."""

import json
import multiprocessing
import random
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from explore.functions import Handler, load
from orderflow_cli import ROOT
from orderflow_cli.arguments import Parser, whole_number
from orderflow_cli.build import plans
from orderflow_cli.cli import run_command

REPORT_FILE = ROOT / "reports" / "faults-run.json"
FAULT_SHARE, DUPLICATE_SHARE = 0.025, 0.05
OUTAGE_SECONDS = 2 * 3_600.0
REDRIVE_INTERVAL_DAYS = 3
ORDER_WINDOW_SECONDS = 3 * 3_600.0
STOCK_PER_SKU = 100_000
REPORT_KEYS = {
    **{"accepted_count": "accepted", "settled_count": "settled", "unsettled_count": "unsettled"},
    **{"settled_after_redrive_count": "settled_after_redrive", "redrive_counts": "redriven", "lost_count": "lost"},
    **{"wrong_cancellation_count": "cancelled_by_us", "missing_request_count": "cancelled_unasked"},
    **{"fault_count": "failures", "notice_count": "notices", "repeated_notice_count": "repeated"},
}


@dataclass
class Totals:
    """Counts of one round, or of all rounds. `violations` lists violated invariants, each with its hop;
    `wrong_cancellation_count` counts orders cancelled although their payment request reached the provider in time, and
    `missing_request_count` counts orders cancelled because their payment request never arrived."""

    accepted_count: int = 0
    settled_count: int = 0
    unsettled_count: int = 0
    settled_after_redrive_count: int = 0
    lost_count: int = 0
    wrong_cancellation_count: int = 0
    missing_request_count: int = 0
    redrive_counts: Counter[str] = field(default_factory=Counter)
    fault_count: int = 0
    notice_count: int = 0
    repeated_notice_count: int = 0
    violations: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, other: "Totals") -> None:
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def passed(self) -> bool:
        all_settled = self.accepted_count == self.settled_after_redrive_count
        return all_settled and not self.violations and self.fault_count > 0


@cache
def _handlers() -> dict[str, Handler]:
    return load()


def run_round(hop: str, order_count: int, seed: int, terraform_plan_path: Path) -> Totals:
    """Send orders while `hop` is down, redrive the dead-letter messages, and return the counts."""
    handlers = _handlers()
    from explore import histories, invariants, routing
    from explore.services import FaultPlan
    from explore.world import World

    start = time.monotonic()
    rng = random.Random(f"{seed}/{hop}")  # noqa: S311 - a simulation
    fault_plan = FaultPlan(FAULT_SHARE, DUPLICATE_SHARE, [(hop, 600.0, 600.0 + OUTAGE_SECONDS)])
    stock = dict.fromkeys(histories.SKUS, STOCK_PER_SKU)
    world = World(f"{seed}/{hop}", handlers, fault_plan, routing.read(terraform_plan_path), stock)
    world.max_events = order_count * 100_000
    for number in range(order_count):
        place_order = partial(world.place_order, f"key-{number}", histories.order_body(rng), f"customer-{number}")
        world.call_later(rng.uniform(0, ORDER_WINDOW_SECONDS), place_order)
    histories.run_until_idle(world)
    totals = Totals(len(world.accepted_orders), sum(map(partial(invariants.is_settled, world), world.accepted_orders)))
    totals.unsettled_count = totals.accepted_count - totals.settled_count
    totals.redrive_counts.update(message.source for message in world.dead_letter_messages)
    histories.redrive(world, REDRIVE_INTERVAL_DAYS)
    totals.settled_after_redrive_count = sum(map(partial(invariants.is_settled, world), world.accepted_orders))
    violations = invariants.violations(world)
    totals.violations = [f"{hop}: {violation}" for violation in violations]
    totals.lost_count = sum("lost" in violation for violation in violations)
    totals.wrong_cancellation_count = sum("every payment requested in time" in violation for violation in violations)
    cancel_reasons = [item.get("cancel_reason", {}).get("S") for item in world.tables["orders"].items.values()]
    totals.missing_request_count = cancel_reasons.count("payment_unknown")
    totals.fault_count = world.metrics["failures"]
    totals.notice_count = len(world.notices)
    totals.repeated_notice_count = len(world.notices) - len({notice[:2] for notice in world.notices})
    totals.seconds = time.monotonic() - start
    return totals


def run(order_count: int, seed: int, process_count: int) -> Totals:
    terraform_plan_path = plans.create_plans(["local"])["local"]
    _handlers()
    from explore.histories import HOPS

    totals, orders_per_hop = Totals(), max(1, round(order_count / len(HOPS)))
    with ProcessPoolExecutor(process_count, mp_context=multiprocessing.get_context("spawn")) as pool:
        for future in [pool.submit(run_round, hop, orders_per_hop, seed, terraform_plan_path) for hop in HOPS]:
            totals.add(future.result())
    return totals


def create_report(totals: Totals) -> dict[str, Any]:
    report = {REPORT_KEYS.get(name, name): value for name, value in asdict(totals).items()}
    return {**report, "redriven": dict(totals.redrive_counts), "holds": totals.passed}


def main() -> int:
    parser = Parser(prog="make faults", description="Simulate orders while one hop after another is down.")
    parser.add_argument("--orders", type=whole_number(), default=5_000, help="number of orders, divided among the hops")
    parser.add_argument("--seed", type=int, default=1, help="seed of all rounds")
    parser.add_argument("--processes", type=whole_number(), default=2, help="number of processes")
    arguments = parser.parse_args()
    report = create_report(run(arguments.orders, arguments.seed, arguments.processes))
    REPORT_FILE.parent.mkdir(parents=True, exist_ok=True)
    REPORT_FILE.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    for name, value in report.items():
        print(f"{name.replace('_', ' '):24} {value if name != 'violations' else len(value)}")
    for violation in report["violations"][:20]:
        print(f"  {violation}")
    return 0 if report["holds"] else 1


if __name__ == "__main__":
    sys.exit(run_command(main))
