"""Integration tests of the payment deadline function with the due index and the bus."""

from typing import Any

import pytest

from contracts import ids
from payment_deadline import find_due
from recorder.effects import due_shard
from tests.support import events, tables
from tests.support.bus import BUS, Bus
from tests.support.handlers import Handler, import_handler
from tests.support.invocations import Context

LONG_AGO, FAR_FUTURE = "2026-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z"


@pytest.fixture
def handler(orders_table: str, bus: Bus, monkeypatch: pytest.MonkeyPatch) -> Handler:
    monkeypatch.setenv("ORDERS_TABLE", orders_table)
    monkeypatch.setenv("BUS_NAME", BUS)
    return import_handler("payment_deadline")


def unpaid_order(number: int, due_at: str = LONG_AGO) -> dict[str, Any]:
    order_id = ids.order_id("online", "customer-1", f"key-{number}")
    return events.order_item(order_id=order_id, due_shard=due_shard(order_id), payment_due_at=due_at)


def test_events_of_due_orders_in_every_shard_are_published(
    handler: Handler, bus: Bus, dynamodb: Any, orders_table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find_due, "PAGE_SIZE", 2)
    due_orders = [unpaid_order(number) for number in range(40)]
    assert len({order["due_shard"] for order in due_orders}) == 8
    paid_order = events.order_item("paid", order_id=unpaid_order(100)["order_id"])
    for order in (*due_orders, unpaid_order(200, FAR_FUTURE), paid_order):
        tables.put(dynamodb, orders_table, order)

    outcome = handler({}, Context())

    assert outcome == {"published_count": 40, "unusable_count": 0, "unanswered_count": 40, "is_complete": True}
    assert {event["data"]["order_id"] for event in bus.receive_events()} == {order["order_id"] for order in due_orders}
