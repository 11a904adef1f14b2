"""Orders end to end with failures at every hop, checked by the invariants; and the invariants checked themselves."""

import os
from dataclasses import replace

from orderflow_cli.invariants import Snapshot, check
from tests.harness import fault_run
from tests.harness.faults import Faults
from tests.harness.system import System

ORDERS = int(os.environ.get("ORDERFLOW_FAULTS_ORDERS", "60"))


def test_every_order_is_settled_or_kept_and_settled_after_redrive_when_every_hop_fails_at_times() -> None:
    totals = fault_run.run(ORDERS, seed=int(os.environ.get("ORDERFLOW_FAULTS_SEED", "7")), at_most_seconds=3_600)

    assert totals.problems == []
    assert totals.accepted == ORDERS == totals.settled + totals.dead_lettered
    assert totals.settled_after_redrive == ORDERS
    assert totals.dead_lettered > 0
    assert all(totals.injected[hop] for hop, chances in totals.chances.items() if chances > 600)


def test_checker_objects_when_the_story_is_changed() -> None:
    with fault_run.account():
        system = System(Faults(1, rate=0.0))
        system.partners.scenario = "capture"
        system.place_order(1)
        system.run_until_quiet()
        told = system.snapshot()
    assert check(told).violations == []
    (order_id,) = told.accepted
    entry = next(iter(told.ledger))

    changed: dict[str, Snapshot] = {
        "order lost": replace(told, orders={}),
        "capture booked twice": replace(told, ledger=[*told.ledger, entry]),
        "capture not booked": replace(told, ledger=[]),
        "stock taken twice": replace(told, available={sku: left - 1 for sku, left in told.available.items()}),
        "reservation lost": replace(told, reservations={}),
        "never left the shelf": replace(
            told, reservations={key: {**item, "state": "reserved"} for key, item in told.reservations.items()}
        ),
        "paid twice": replace(told, book=[*told.book, *told.book]),
        "never told": replace(told, notices=[]),
        "told twice": replace(told, notices=[*told.notices, *told.notices]),
        "not sent": replace(told, notices=[{**notice, "sent": False} for notice in told.notices]),
    }
    assert [name for name, snapshot in changed.items() if not check(snapshot).violations] == []
    assert check(replace(told, orders={}, dead_letters={order_id: "rule/intake"})).violations == [
        violation for violation in check(replace(told, orders={})).violations if "neither" not in violation
    ]
