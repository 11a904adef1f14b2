"""The guards of the transition table: conditions on an event and its order. The docs show their docstrings."""

from collections.abc import Callable, Mapping
from typing import Any

from recorder.money import conflict_id

type EventData = Mapping[str, Any]
type Order = Mapping[str, Any]
type Guard = Callable[[EventData, Order], bool]

MAX_PAYMENTS = 100
"""Limit for an order's payments and for its conflicts: both images of a change must fit into one SNS message."""
MAX_DECLINES = 20


def is_same_request_or_erased(data: EventData, order: Order) -> bool:
    """the request is the same, or the data of the customer is erased"""
    return "erased_at" in order or bool(data["request_hash"] == order["request_hash"])


def is_same_payment(data: EventData, order: Order) -> bool:
    """the same payment is already known"""
    known_payment = order["payments"].get(data["payment_id"])
    return known_payment is not None and all(known_payment[name] == data[name] for name in ("amount", "currency"))


def pays_total(data: EventData, order: Order) -> bool:
    """the payment is new and equals the order's total"""
    return data["payment_id"] not in order["payments"] and not amount_differs(data, order)


def is_conflict(data: EventData, order: Order) -> bool:
    """the payment is known with another amount or currency, or the order has the maximum number of payments"""
    return data["payment_id"] in order["payments"] or len(order["payments"]) >= MAX_PAYMENTS


def is_known_conflict(data: EventData, order: Order) -> bool:
    """the conflict is already known"""
    return conflict_id(data) in order.get("payment_conflicts", {})


def has_max_conflicts(data: EventData, order: Order) -> bool:
    """the order has the maximum number of conflicts"""
    return len(order.get("payment_conflicts", {})) >= MAX_PAYMENTS


def amount_differs(data: EventData, order: Order) -> bool:
    """the amount or currency differs from the order's total"""
    return {"amount": data["amount"], "currency": data["currency"]} != dict(order["total"])


def is_known_decline(data: EventData, order: Order) -> bool:
    """the decline is already known"""
    return data["payment_id"] in order.get("declined_payments", {})


def has_max_declines(data: EventData, order: Order) -> bool:
    """the order has the maximum number of declines"""
    return len(order.get("declined_payments", {})) >= MAX_DECLINES


def has_decline(data: EventData, order: Order) -> bool:
    """a payment was declined"""
    return bool(order.get("declined_payments"))


def has_different_due_time(data: EventData, order: Order) -> bool:
    """the order has a different due time"""
    return bool(data["payment_due_at"] != order["payment_due_at"])


def customer_saw_paid_order(data: EventData, order: Order) -> bool:
    """the customer saw the order as paid"""
    return bool(data["seen_status"] == "paid")


def has_cancel_request(data: EventData, order: Order) -> bool:
    """the customer has already asked to cancel"""
    return "cancel_requested_at" in order


def is_same_shipment(data: EventData, order: Order) -> bool:
    """the shipment is the same"""
    return bool(data["shipment_id"] == order.get("shipment", {}).get("shipment_id"))


def is_different_shipment(data: EventData, order: Order) -> bool:
    """the order has a different shipment"""
    return not is_same_shipment(data, order)


def is_from_till(data: EventData, order: Order) -> bool:
    """the order was placed at a till"""
    return bool(data["channel"] == "pos")


def is_unknown_refund(data: EventData, order: Order) -> bool:
    """the order does not have the refund yet"""
    return data["refund_id"] not in order["refunds"]


def is_completed_refund(data: EventData, order: Order) -> bool:
    """the same refund is already completed"""
    return _has_refund(data, order, "completed")


def is_due_refund(data: EventData, order: Order) -> bool:
    """the same refund is due"""
    return _has_refund(data, order, "due")


def _has_refund(data: EventData, order: Order, state: str) -> bool:
    expected = {"state": state, **{name: data[name] for name in ("payment_id", "amount", "currency")}}
    return bool(expected.items() <= order["refunds"][data["refund_id"]].items())


def is_last_refund(data: EventData, order: Order) -> bool:
    """the same refund is due, and no other refund is"""
    other_refunds = (refund for refund_id, refund in order["refunds"].items() if refund_id != data["refund_id"])
    return _has_refund(data, order, "due") and all(refund["state"] != "due" for refund in other_refunds)
