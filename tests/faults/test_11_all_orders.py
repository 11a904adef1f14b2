"""Orders end to end with failures at every hop, checked by the invariants; and the invariants checked themselves."""

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from bench import fault_run
from orderflow_cli.observe.invariants import Snapshot, check
from tests.harness.faults import CursedAt, Faults
from tests.harness.system import System

# What fails every time, and where that leads to.
PLACES = {
    "bus -> intake": "rule/intake",
    "bus -> payment_request": "rule/payment_request",
    "bus -> refund_request": "rule/refund_request",
    "bus -> shipment_notice": "rule/shipment_notice",
    "topic -> finance": "subscription/finance",
    "topic -> warehouse": "subscription/warehouse",
    "topic -> customer_service": "subscription/customer_service",
    "queue -> recorder": "queue/intake",
    "queue -> finance": "queue/finance",
    "queue -> warehouse": "queue/warehouse",
    "queue -> customer_service": "queue/customer_service",
    "recorder quarantines": "function/recorder",
    "stream -> relay": "bucket/relay",
    "relay quarantines": "bucket/relay",
}
ORDERS = int(os.environ.get("ORDERFLOW_FAULTS_ORDERS", "60"))


def test_every_order_is_settled_or_kept_and_settled_after_redrive_when_every_hop_fails_at_times() -> None:
    totals = fault_run.run(ORDERS, seed=int(os.environ.get("ORDERFLOW_FAULTS_SEED", "7")), at_most_seconds=3_600)

    assert totals.problems == []
    assert totals.accepted == ORDERS == totals.settled + totals.dead_lettered
    assert totals.settled_after_redrive == ORDERS
    assert totals.dead_lettered > 0
    assert all(totals.injected[hop] for hop, chances in totals.chances.items() if chances > 600)


@pytest.mark.parametrize(("hop", "place"), PLACES.items(), ids=list(PLACES))
def test_order_settles_when_its_dead_letters_go_back_to_the_target_that_failed(
    build: Callable[[Faults], System], settled: Callable[[System, int], None], hop: str, place: str
) -> None:
    system = build(CursedAt(hop))
    system.partners.scenario = "double"  # so that a refund is asked for, too
    system.place_order(1)
    system.run_until_quiet()
    lying = set(system.dead_letters().values())

    system.faults.on = False
    sent = system.recovery.redrive()
    system.run_until_quiet()

    assert lying == set(sent) == {place}
    settled(system, 1)


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
