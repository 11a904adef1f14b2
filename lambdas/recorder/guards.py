"""The questions that the transition table asks about an event and the order it meets. Pure functions of both."""

from collections.abc import Callable, Mapping
from typing import Any

type Data = Mapping[str, Any]
type Order = Mapping[str, Any]
type Guard = Callable[[Data, Order], bool]


def same_request(data: Data, order: Order) -> bool:
    """the same request"""
    return bool(data["request_hash"] == order["request_hash"])


def payment_known(data: Data, order: Order) -> bool:
    """the payment is already known"""
    return data["payment_id"] in order["payments"]


def amount_differs(data: Data, order: Order) -> bool:
    """amount or currency is not the order's total"""
    return {"amount": data["amount"], "currency": data["currency"]} != dict(order["total"])


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
    """the refund is unknown"""
    return data["refund_id"] not in order["refunds"]


def refund_completed(data: Data, order: Order) -> bool:
    """the refund is already completed"""
    return bool(order["refunds"].get(data["refund_id"], {}).get("state") == "completed")


def refund_differs(data: Data, order: Order) -> bool:
    """payment, amount or currency is not the refund's"""
    refund = order["refunds"][data["refund_id"]]
    return any(data[name] != refund[name] for name in ("payment_id", "amount", "currency"))


def last_refund_due(data: Data, order: Order) -> bool:
    """no other refund is due"""
    return not any(
        refund["state"] == "due" for refund_id, refund in order["refunds"].items() if refund_id != data["refund_id"]
    )
