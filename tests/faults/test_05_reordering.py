"""The versions of an order in any order, some twice: every consumer ends the same."""

import random
from typing import Any

import pytest

from contracts import ids
from tests.harness.faults import Killed, Scripted
from tests.harness.system import System
from tests.support import events, tables
from tests.support.invocations import Context, envelope, message, queue_batch, to_be_retried

WAYS = {
    "delivered": ("placed", "paid", "shipped", "delivered"),
    "refunded": ("placed", "paid", "refunding", "refunded"),
    "cancelled": ("placed", "cancelled"),
}


def changes(way: tuple[str, ...], order_id: str) -> list[str]:
    lines = [{"sku": "ACRYLIC-12", "name": "Paint", "quantity": 2, "unit_price": 999}]
    images = [
        events.order_image(status, version=number, order_id=order_id, lines=lines)
        for number, status in enumerate(way, start=1)
    ]
    return [message(events.order_changed(new, old)) for new, old in zip(images, [None, *images], strict=False)]


def outcome(system: System, order_id: str) -> dict[str, Any]:
    dynamodb = system.aws("dynamodb")
    reservation = tables.get(dynamodb, tables.STOCK, pk=f"order#{order_id}") or {}
    return {
        "ledger": sorted(
            (entry["entry_id"], entry["amount"])
            for entry in tables.scan(dynamodb, tables.LEDGER)
            if entry["order_id"] == order_id
        ),
        "reservation": (reservation.get("state"), reservation.get("taken")),
        "cases": sorted(
            (case["case_id"], case.get("state"), case.get("sent"))
            for case in tables.scan(dynamodb, tables.CASES)
            if case["order_id"] == order_id
        ),
    }


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_consumers_end_the_same_when_versions_come_in_any_order(system: System, way: tuple[str, ...]) -> None:
    outcomes = []
    for seed in range(5):
        order_id = ids.order_id("online", "customer-1", f"{way[-1]}-{seed}")
        bodies = changes(way, order_id)
        if seed:
            bodies = bodies + bodies[:2]
            random.Random(seed).shuffle(bodies)
        for function in ("finance", "warehouse", "customer_service"):
            for body in bodies:
                assert to_be_retried(system.handlers[function](queue_batch(body), Context())) == []
        outcomes.append(outcome(system, order_id))

    expected = outcomes[0]
    if "refunding" in way:  # shipped before the news of its end came, or never: both are an end for the warehouse
        assert {each.pop("reservation")[0] for each in outcomes} <= {"shipped", "released"}
    assert outcomes == [expected] * len(outcomes)


def test_no_piece_is_taken_even_for_a_moment_when_the_end_of_an_order_comes_before_its_beginning(
    system: System,
) -> None:
    assert isinstance(system.faults, Scripted)
    placed, cancelled = changes(WAYS["cancelled"], ids.order_id("online", "customer-1", "ended first"))
    before = pieces(system)
    system.faults.script = {"warehouse -> dynamodb": [None, "killed after"]}  # it has read, and written once

    with pytest.raises(Killed):
        system.handlers["warehouse"](queue_batch(cancelled), Context())
    at_the_crash = pieces(system)
    for body in (cancelled, placed):
        assert to_be_retried(system.handlers["warehouse"](queue_batch(body), Context())) == []

    assert at_the_crash == pieces(system) == before
    assert before["ACRYLIC-12"] > 0


def pieces(system: System) -> dict[str, int]:
    stock = tables.scan(system.aws("dynamodb"), tables.STOCK)
    return {item["pk"].removeprefix("sku#"): item["available"] for item in stock if "available" in item}


def test_order_is_delivered_when_each_event_comes_before_the_one_it_needs(system: System) -> None:
    """As far as that can be: the warehouse ships what it has seen paid in the table, so no OrderShipped is earlier."""
    pairs = [
        (events.payment_captured(), events.order_placed()),
        (events.order_delivered(), events.order_shipped()),
    ]

    for pair in pairs:
        for event in pair:
            system.targets["bus/intake"].deliver(envelope(event))
            assert system.queue_mappings["intake"].step()
        assert system.queue_mappings["intake"].drain() == 1

    order = tables.get(system.aws("dynamodb"), tables.ORDERS, order_id=events.ORDER_ID)
    assert order is not None
    assert (order["status"], order["version"]) == ("delivered", 4)
    assert system.dead_letters() == {}
