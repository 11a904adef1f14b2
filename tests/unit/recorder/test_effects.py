from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from common.order_item import DUE_SHARDS
from contracts import Event
from recorder.effects import Terms, changes_of, due_shard
from recorder.transitions import decide
from tests.support import events
from tests.support.order_model import written

TERMS = Terms(payment_term_seconds=3_600, order_retention_days=30)
NOW = datetime(2026, 3, 2, 8, 0, 0, tzinfo=UTC)
NOW_TEXT = "2026-03-02T08:00:00.000Z"
IN_THIRTY_DAYS = 1_775_030_400


def after(event: Event, order: dict[str, Any] | None) -> dict[str, Any]:
    return written(order, changes_of(event, order or {}, decide(event, order), TERMS, NOW))


def test_online_order_is_due_when_it_is_placed() -> None:
    event = events.order_placed(event_id="evt-1")

    item = after(event, None)

    assert item == {
        **event["data"],
        "status": "placed",
        "version": 1,
        "updated_at": NOW_TEXT,
        "correlation_id": "corr-1",
        "last_event_id": "evt-1",
        "applied": {"OrderPlaced": "evt-1"},
        "payments": {},
        "refunds": {},
        "payment_due_at": "2026-03-01T10:30:00.000Z",
        "due_shard": due_shard(events.ORDER_ID),
    }


def test_till_order_is_delivered_and_paid_when_it_is_placed() -> None:
    event = events.till_order_placed(event_id="evt-1")
    data = {name: value for name, value in event["data"].items() if name != "payment"}

    item = after(event, None)

    assert item == {
        **data,
        "status": "delivered",
        "version": 1,
        "updated_at": NOW_TEXT,
        "correlation_id": "corr-1",
        "last_event_id": "evt-1",
        "applied": {"OrderPlaced": "evt-1"},
        "payments": {"pay-1": {**events.TOTAL, "method": "cash", "captured_at": events.AT}},
        "refunds": {},
        "expires_at": IN_THIRTY_DAYS,
    }


def test_order_is_no_longer_due_when_it_is_paid() -> None:
    order = events.order_item("placed")

    item = after(events.payment_captured(event_id="evt-2"), order)

    assert changed(order, item) == {
        "status": "paid",
        "version": 2,
        "updated_at": NOW_TEXT,
        "last_event_id": "evt-2",
        "applied": {"OrderPlaced": "evt-placed", "PaymentCaptured": "evt-2"},
        "payments": {"pay-1": {**events.TOTAL, "captured_at": events.LATER}},
        "due_shard": None,
        "payment_due_at": None,
    }


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (events.payment_declined, "payment_declined"),
        (events.stock_rejected, "out_of_stock"),
        (events.payment_deadline_passed, "payment_deadline"),
    ],
)
def test_order_expires_and_is_not_due_when_it_is_cancelled(build: Callable[..., Event], reason: str) -> None:
    order, event = events.order_item("placed"), build(event_id="evt-2")

    item = after(event, order)

    assert changed(order, item) == {
        "status": "cancelled",
        "cancel_reason": reason,
        "version": 2,
        "updated_at": NOW_TEXT,
        "last_event_id": "evt-2",
        "applied": {"OrderPlaced": "evt-placed", event["metadata"]["event_type"]: "evt-2"},
        "expires_at": IN_THIRTY_DAYS,
        "due_shard": None,
        "payment_due_at": None,
    }


def test_second_payment_is_owed_back_when_the_order_is_paid_already() -> None:
    order = events.order_item("paid")

    item = after(events.payment_captured(payment_id="pay-2", event_id="evt-3"), order)

    assert changed(order, item, without={"version", "updated_at", "last_event_id", "applied"}) == {
        "payments": {
            "pay-1": {**events.TOTAL, "captured_at": events.LATER},
            "pay-2": {**events.TOTAL, "captured_at": events.LATER},
        },
        "refunds": {
            events.refund_id("pay-2", "double_charge"): events.refund(reason="double_charge", payment_id="pay-2")
        },
    }


def test_whole_capture_is_owed_back_and_expiry_lifted_when_it_is_late() -> None:
    order = events.order_item("cancelled")

    item = after(events.payment_captured(amount=5), order)

    assert changed(order, item, without={"version", "updated_at", "last_event_id", "applied"}) == {
        "status": "refunding",
        "payments": {"pay-1": {"amount": 5, "currency": "EUR", "captured_at": events.LATER}},
        "refunds": {
            events.refund_id(reason="late_capture"): {
                "payment_id": "pay-1",
                "amount": 5,
                "currency": "EUR",
                "reason": "late_capture",
                "state": "due",
            }
        },
        "expires_at": None,
    }


def test_only_what_is_not_owed_back_yet_is_added_when_stock_is_rejected_after_payment() -> None:
    double_charge = {events.refund_id("pay-2", "double_charge"): events.refund(payment_id="pay-2", state="completed")}
    order = events.order_item(
        "paid",
        payments={
            "pay-1": {**events.TOTAL, "captured_at": events.LATER},
            "pay-2": {**events.TOTAL, "captured_at": events.LATER},
        },
        refunds=double_charge,
    )

    item = after(events.stock_rejected(), order)

    assert (item["status"], item["cancel_reason"]) == ("refunding", "out_of_stock")
    assert item["refunds"] == {**double_charge, events.refund_id(): events.refund()}


def test_parcel_is_noted_when_the_order_ships_and_arrives() -> None:
    shipped = after(events.order_shipped(), events.order_item("paid"))

    delivered = after(events.order_delivered(), shipped)

    assert shipped["shipment"] == {"shipment_id": "shp-1", "shipped_at": events.LATER}
    assert "expires_at" not in shipped
    assert delivered["shipment"] == {**shipped["shipment"], "delivered_at": events.LATER}
    assert delivered["expires_at"] == IN_THIRTY_DAYS


def test_order_expires_when_its_last_refund_is_completed() -> None:
    order = events.order_item("refunding")

    item = after(events.refund_completed(), order)

    assert item["status"] == "refunded"
    assert item["expires_at"] == IN_THIRTY_DAYS
    assert item["refunds"] == {
        events.refund_id(): {**events.refund(state="completed"), "completed_at": events.LATER},
    }


def test_expiry_stays_when_a_refund_of_a_delivered_order_is_completed() -> None:
    order = events.order_item("delivered", refunds={events.refund_id(): events.refund()})

    item = after(events.refund_completed(), order)

    assert item["expires_at"] == order["expires_at"]


def test_orders_spread_over_all_shards_when_there_are_many() -> None:
    shards = {due_shard(f"ord_{number}") for number in range(200)}

    assert shards == set(DUE_SHARDS)


def changed(
    before: dict[str, Any], after: dict[str, Any], without: frozenset[str] | set[str] = frozenset()
) -> dict[str, Any]:
    """What differs, None for what is gone."""
    names = (before.keys() | after.keys()) - without
    return {name: after.get(name) for name in names if before.get(name) != after.get(name)}
