from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from common.order_item import PAYMENT_DUE_SHARDS
from contracts import Event
from recorder.effects import RecordingSettings, derive_changes, due_shard
from recorder.transitions import decide
from tests.support import events
from tests.support.order_model import apply_changes

SETTINGS = RecordingSettings(payment_term_seconds=3_600, order_retention_days=30)
NOW = datetime(2026, 3, 2, 8, 0, 0, tzinfo=UTC)
NOW_TEXT = "2026-03-02T08:00:00.000Z"
IN_THIRTY_DAYS = 1_775_030_400
NEW_ORDER_ATTRIBUTES = {
    **{"version": 1, "updated_at": NOW_TEXT, "correlation_id": "corr-1", "refunds": {}},
    **{"last_event_id": "evt-1", "applied": {"OrderPlaced": "evt-1"}},
}
ALWAYS_CHANGED_ATTRIBUTES = {"version", "updated_at", "last_event_id", "applied"}


def apply(event: Event, order: dict[str, Any] | None) -> dict[str, Any]:
    return apply_changes(order, derive_changes(event, order or {}, decide(event, order), SETTINGS, NOW))


def test_new_online_order_has_a_payment_term() -> None:
    event = events.order_placed(event_id="evt-1")

    item = apply(event, None)

    assert item == {
        **event["data"],
        **NEW_ORDER_ATTRIBUTES,
        **{"buyer": event["data"]["customer_id"], "status": "placed", "payments": {}},
        # The payment term starts when the order is recorded, whatever delayed that.
        "payment_due_at": "2026-03-02T09:00:00.000Z",
        "due_shard": due_shard(events.ORDER_ID),
    }


def test_new_till_order_is_paid_and_delivered() -> None:
    event = events.till_order_placed(event_id="evt-1")
    data = {name: value for name, value in event["data"].items() if name != "payment"}

    item = apply(event, None)

    assert item == {
        **data,
        **NEW_ORDER_ATTRIBUTES,
        "status": "delivered",
        "payments": {"pay-1": {**events.TOTAL, "method": "cash", "captured_at": events.NOW}},
        "expires_at": IN_THIRTY_DAYS,
    }


def test_paid_order_has_no_payment_term() -> None:
    order = events.order_item("placed")

    item = apply(events.payment_captured(event_id="evt-2"), order)

    assert changed_attributes(order, item) == {
        **{"status": "paid", "version": 2, "updated_at": NOW_TEXT, "last_event_id": "evt-2"},
        "applied": {"OrderPlaced": "evt-placed", "PaymentCaptured": "evt-2"},
        "payments": {"pay-1": {**events.TOTAL, "captured_at": events.LATER_TIME}},
        **{"due_shard": None, "payment_due_at": None},
    }


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (events.payment_voided, "payment_deadline"),
        (events.stock_rejected, "out_of_stock"),
        (events.cancellation_requested, "customer_request"),
    ],
)
def test_cancelled_order_expires_and_has_no_payment_term(build: Callable[..., Event], reason: str) -> None:
    order, event = events.order_item("placed"), build(event_id="evt-2")

    item = apply(event, order)

    assert changed_attributes(order, item, excluded=ALWAYS_CHANGED_ATTRIBUTES) == {
        **{"status": "cancelled", "cancel_reason": reason, "expires_at": IN_THIRTY_DAYS},
        **{"due_shard": None, "payment_due_at": None},
    }


def test_second_payment_of_an_order_is_refunded() -> None:
    order = events.order_item("paid")

    item = apply(events.payment_captured(payment_id="pay-2", event_id="evt-3"), order)

    assert changed_attributes(order, item, excluded=ALWAYS_CHANGED_ATTRIBUTES) == {
        "payments": {name: {**events.TOTAL, "captured_at": events.LATER_TIME} for name in ("pay-1", "pay-2")},
        "refunds": {events.refund_id("pay-2"): events.refund(reason="double_charge", payment_id="pay-2")},
    }


@pytest.mark.parametrize("new_id", ["pay-1", "pay-2"])
def test_later_payment_is_refunded_whichever_arrives_first(new_id: str) -> None:
    capture_times = {"pay-1": events.NOW, "pay-2": events.LATER_TIME}
    known_id = next(payment_id for payment_id in capture_times if payment_id != new_id)
    payments = {known_id: {**events.TOTAL, "captured_at": capture_times[known_id]}}

    capture = events.payment_captured(payment_id=new_id, captured_at=capture_times[new_id])
    item = apply(capture, events.order_item("paid", payments=payments))

    assert [refund["payment_id"] for refund in item["refunds"].values()] == ["pay-2"]


def test_payment_at_the_till_is_never_refunded() -> None:
    payments = {"till-1": {**events.TOTAL, "captured_at": events.LATER_TIME, "method": "cash"}}

    item = apply(events.payment_captured(captured_at=events.NOW), events.order_item("delivered", payments=payments))

    assert [refund["payment_id"] for refund in item["refunds"].values()] == [events.PAYMENT_ID]


def test_order_stays_placed_after_a_payment_of_another_amount() -> None:
    order = events.order_item("placed")

    unpaid_order = apply(events.payment_captured(amount=5, event_id="evt-2"), order)
    paid_order = apply(events.payment_captured(payment_id="pay-2", event_id="evt-3"), unpaid_order)

    assert (unpaid_order["status"], unpaid_order["payment_due_at"]) == ("placed", order["payment_due_at"])
    assert [(each["amount"], each["reason"]) for each in unpaid_order["refunds"].values()] == [(5, "amount_mismatch")]
    assert (paid_order["status"], paid_order["refunds"]) == ("paid", unpaid_order["refunds"])


def test_contradictory_capture_is_a_conflict_without_a_refund() -> None:
    order = events.order_item("paid")

    item = apply(events.payment_captured(amount=5, event_id="evt-3"), order)
    updated_item = apply(events.payment_captured(amount=6, event_id="evt-4"), item)

    assert (item["payments"], item["refunds"], item["status"]) == (order["payments"], {}, "paid")
    assert [conflict["amount"] for conflict in updated_item["payment_conflicts"].values()] == [5, 6]


def test_order_stays_placed_after_declined_payments() -> None:
    order = apply(events.payment_declined(), events.order_item("placed"))

    updated_order = apply(events.payment_declined(payment_id="pay-2", reason="expired_card"), order)

    assert updated_order["status"] == "placed"
    reasons = {payment_id: decline["reason"] for payment_id, decline in updated_order["declined_payments"].items()}
    assert reasons == {"pay-1": "insufficient_funds", "pay-2": "expired_card"}


def test_cancellation_of_a_paid_order_waits_for_the_warehouse() -> None:
    order = events.order_item("paid")

    pending_order = apply(events.cancellation_requested(event_id="evt-3"), order)
    stopped_order = apply(events.shipment_stopped(), pending_order)

    assert (pending_order["status"], pending_order["cancel_requested_at"]) == ("paid", NOW_TEXT)
    assert (stopped_order["status"], stopped_order["cancel_reason"]) == ("refunding", "customer_request")
    assert [refund["reason"] for refund in stopped_order["refunds"].values()] == ["customer_request"]


def test_late_capture_is_refunded_and_removes_the_expiry() -> None:
    order = events.order_item("cancelled")

    item = apply(events.payment_captured(amount=5), order)

    assert changed_attributes(order, item, excluded=ALWAYS_CHANGED_ATTRIBUTES) == {
        "status": "refunding",
        "payments": {"pay-1": {"amount": 5, "currency": "EUR", "captured_at": events.LATER_TIME}},
        "refunds": {events.refund_id(): {**events.refund(reason="late_capture"), "amount": 5}},
        "expires_at": None,
    }


def test_rejected_stock_refunds_only_payments_without_a_refund() -> None:
    completed_refunds = {events.refund_id("pay-2"): events.refund(payment_id="pay-2", state="completed")}
    payment = {**events.TOTAL, "captured_at": events.LATER_TIME}
    order = events.order_item("paid", payments=dict.fromkeys(("pay-1", "pay-2"), payment), refunds=completed_refunds)

    item = apply(events.stock_rejected(), order)

    assert (item["status"], item["cancel_reason"]) == ("refunding", "out_of_stock")
    assert item["refunds"] == {**completed_refunds, events.refund_id(): events.refund()}


def test_shipment_has_the_times_of_shipping_and_delivery() -> None:
    shipped_order = apply(events.order_shipped(), events.order_item("paid"))

    delivered_order = apply(events.order_delivered(), shipped_order)

    assert shipped_order["shipment"] == {"shipment_id": "shp-1", "shipped_at": events.LATER_TIME}
    assert "expires_at" not in shipped_order
    assert delivered_order["shipment"] == {**shipped_order["shipment"], "delivered_at": events.LATER_TIME}
    assert delivered_order["expires_at"] == IN_THIRTY_DAYS


def test_order_expires_after_its_last_refund() -> None:
    order = events.order_item("refunding")

    item = apply(events.refund_completed(), order)

    assert item["status"] == "refunded"
    assert item["expires_at"] == IN_THIRTY_DAYS
    completed_refund = {**events.refund(state="completed"), "completed_at": events.LATER_TIME}
    assert item["refunds"] == {events.refund_id(): completed_refund}


@pytest.mark.parametrize("state", ["due", "completed"])
def test_order_does_not_expire_while_a_refund_is_due(state: str) -> None:
    refunds = {events.refund_id("pay-2"): events.refund(payment_id="pay-2", state=state)}
    order = events.order_item("shipped", refunds=refunds)

    item = apply(events.order_delivered(), order)

    assert item.get("expires_at") == (None if state == "due" else IN_THIRTY_DAYS)


@pytest.mark.parametrize(("expires_at", "expected"), [(None, IN_THIRTY_DAYS), (1_900_000_000, 1_900_000_000)])
def test_delivered_order_expires_after_its_refund(expires_at: int | None, expected: int) -> None:
    order = events.order_item("delivered", expires_at=expires_at, refunds={events.refund_id(): events.refund()})

    assert apply(events.refund_completed(), order)["expires_at"] == expected


def test_orders_are_distributed_among_all_shards() -> None:
    shards = {due_shard(f"ord_{number}") for number in range(200)}

    assert shards == set(PAYMENT_DUE_SHARDS)


def changed_attributes(before: dict[str, Any], after: dict[str, Any], excluded: Iterable[str] = ()) -> dict[str, Any]:
    """Return the attributes that differ, with None for removed ones."""
    names = (before.keys() | after.keys()).difference(excluded)
    return {name: after.get(name) for name in names if before.get(name) != after.get(name)}
