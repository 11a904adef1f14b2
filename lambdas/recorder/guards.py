"""The guards of the transition table: conditions on an event and its order. Pure functions of both."""

from collections.abc import Callable, Mapping
from typing import Any

from recorder.money import conflict_id

type Data = Mapping[str, Any]
type Order = Mapping[str, Any]
type Guard = Callable[[Data, Order], bool]

MOST_PAYMENTS = 100
"""Maximum number of entries: both images of a change have to fit one message of the topic."""
MOST_DECLINES = 20


def same_request(data: Data, order: Order) -> bool:
    """the same request, or the customer is erased"""
    return "erased_at" in order or bool(data["request_hash"] == order["request_hash"])


def payment_known(data: Data, order: Order) -> bool:
    """the payment is already known"""
    known = order["payments"].get(data["payment_id"])
    return known is not None and all(known[name] == data[name] for name in ("amount", "currency"))


def pays_total(data: Data, order: Order) -> bool:
    """a new payment of the order's total"""
    return data["payment_id"] not in order["payments"] and not amount_differs(data, order)


def cannot_list(data: Data, order: Order) -> bool:
    """the payment is known with other money, or the order can list no more"""
    return data["payment_id"] in order["payments"] or len(order["payments"]) >= MOST_PAYMENTS


def conflict_known(data: Data, order: Order) -> bool:
    """the conflict is already known"""
    return conflict_id(data) in order.get("payment_conflicts", {})


def conflicts_full(data: Data, order: Order) -> bool:
    """the order can list no more conflicts"""
    return len(order.get("payment_conflicts", {})) >= MOST_PAYMENTS


def amount_differs(data: Data, order: Order) -> bool:
    """amount or currency is not the order's total"""
    return {"amount": data["amount"], "currency": data["currency"]} != dict(order["total"])


def decline_known(data: Data, order: Order) -> bool:
    """the decline is already known"""
    return data["payment_id"] in order.get("declined_payments", {})


def declines_full(data: Data, order: Order) -> bool:
    """the order has as many declines as it can list"""
    return len(order.get("declined_payments", {})) >= MOST_DECLINES


def any_decline(data: Data, order: Order) -> bool:
    """a payment was declined"""
    return bool(order.get("declined_payments"))


def other_term(data: Data, order: Order) -> bool:
    """about another payment term"""
    return bool(data["payment_due_at"] != order["payment_due_at"])


def seen_paid(data: Data, order: Order) -> bool:
    """the customer saw it paid"""
    return bool(data["seen_status"] == "paid")


def cancel_requested(data: Data, order: Order) -> bool:
    """the customer asked before"""
    return "cancel_requested_at" in order


def same_shipment(data: Data, order: Order) -> bool:
    """the same shipment"""
    return bool(data["shipment_id"] == order.get("shipment", {}).get("shipment_id"))


def other_shipment(data: Data, order: Order) -> bool:
    """another shipment"""
    return not same_shipment(data, order)


def from_till(data: Data, order: Order) -> bool:
    """bought at a till"""
    return bool(data["channel"] == "pos")


def refund_unknown(data: Data, order: Order) -> bool:
    """the refund is not due yet"""
    return data["refund_id"] not in order["refunds"]


def refund_completed(data: Data, order: Order) -> bool:
    """the refund is already completed"""
    return _refund_is(data, order) and bool(order["refunds"][data["refund_id"]]["state"] == "completed")


def refund_is_due(data: Data, order: Order) -> bool:
    """the refund is due"""
    return _refund_is(data, order)


def _refund_is(data: Data, order: Order) -> bool:
    refund = order["refunds"][data["refund_id"]]
    return all(data[name] == refund[name] for name in ("payment_id", "amount", "currency"))


def last_refund(data: Data, order: Order) -> bool:
    """the refund is due, and no other is"""
    others = (refund for refund_id, refund in order["refunds"].items() if refund_id != data["refund_id"])
    return _refund_is(data, order) and all(refund["state"] != "due" for refund in others)
