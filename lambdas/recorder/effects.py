"""What an applied event writes: attributes by path, worked out from the event, the order and the decision. No AWS."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final, Literal

from common.order_item import DUE_SHARDS, FINAL_STATUSES
from contracts import Event, ids, times
from recorder.guards import Order
from recorder.transitions import DELIVERED, PLACED, REFUNDING, Decision, Outcome


class _Removed(Enum):
    REMOVED = "removed"


REMOVED: Final = _Removed.REMOVED

type Path = tuple[str, ...]
type Changes = dict[Path, Any | Literal[_Removed.REMOVED]]


@dataclass(frozen=True, slots=True)
class Terms:
    """Seconds an online order may stay unpaid; days an order in a final state is kept."""

    payment_term_seconds: int
    order_retention_days: int


def changes_of(event: Event, order: Order, decision: Decision, terms: Terms, now: datetime) -> Changes:
    """Return what to write for a decision to apply or compensate; `order` is empty for a new one.

    The version is not in here, as only the table can count it up without having been read.
    """
    metadata = event["metadata"]
    changes: Changes = {
        ("status",): decision.status,
        ("updated_at",): times.to_text(now),
        ("last_event_id",): metadata["event_id"],
        ("applied", metadata["event_type"]): metadata["event_id"],
    }
    changes |= _EFFECTS[metadata["event_type"]](event, order, decision, terms)
    if not order:
        changes[("applied",)] = {metadata["event_type"]: changes.pop(("applied", metadata["event_type"]))}
    changes |= _leaving(order.get("status"), decision)
    if decision.status in FINAL_STATUSES and decision.status != order.get("status"):
        changes[("expires_at",)] = int((now + timedelta(days=terms.order_retention_days)).timestamp())
    return changes


def _leaving(status: str | None, decision: Decision) -> Changes:
    if status == PLACED and decision.status != PLACED:
        return {("due_shard",): REMOVED, ("payment_due_at",): REMOVED}
    if status in FINAL_STATUSES and decision.status not in FINAL_STATUSES:
        return {("expires_at",): REMOVED}
    return {}


def _placed(event: Event, order: Order, decision: Decision, terms: Terms) -> Changes:
    data = event["data"]
    # The payment of a till is kept among the order's payments.
    changes: Changes = {(name,): value for name, value in data.items() if name != "payment"}
    changes[("correlation_id",)] = event["metadata"]["correlation_id"]
    changes[("refunds",)] = {}
    changes[("payments",)] = {}
    if decision.status == DELIVERED:
        payment = data["payment"]
        captured = {name: payment[name] for name in ("amount", "currency", "method")}
        changes[("payments",)] = {payment["payment_id"]: {**captured, "captured_at": data["placed_at"]}}
    else:
        due_at = times.to_datetime(data["placed_at"]) + timedelta(seconds=terms.payment_term_seconds)
        changes[("payment_due_at",)] = times.to_text(due_at)
        changes[("due_shard",)] = due_shard(data["order_id"])
    return changes


def due_shard(order_id: str) -> str:
    """Return the partition of the due index that the order is in, so that no partition takes all orders of an hour."""
    return DUE_SHARDS[int.from_bytes(hashlib.sha256(order_id.encode()).digest()[:8]) % len(DUE_SHARDS)]


def _captured(event: Event, order: Order, decision: Decision, terms: Terms) -> Changes:
    data = event["data"]
    payment = {name: data[name] for name in ("amount", "currency", "captured_at")}
    changes: Changes = {("payments", data["payment_id"]): payment}
    if decision.outcome is Outcome.COMPENSATE:
        changes |= _refund_due(data["order_id"], data["payment_id"], payment, str(decision.reason))
    return changes


def _stock_rejected(event: Event, order: Order, decision: Decision, terms: Terms) -> Changes:
    changes = _cancelled(event, order, decision, terms)
    if decision.status == REFUNDING:
        given_back = {refund["payment_id"] for refund in order["refunds"].values()}
        for payment_id, payment in order["payments"].items():
            if payment_id not in given_back:
                changes |= _refund_due(event["data"]["order_id"], payment_id, payment, str(decision.reason))
    return changes


def _refund_due(order_id: str, payment_id: str, payment: Mapping[str, Any], reason: str) -> Changes:
    refund_id = ids.refund_id(order_id, payment_id, reason)
    money = {name: payment[name] for name in ("amount", "currency")}
    return {("refunds", refund_id): {"payment_id": payment_id, **money, "reason": reason, "state": "due"}}


def _cancelled(event: Event, order: Order, decision: Decision, terms: Terms) -> Changes:
    return {("cancel_reason",): decision.reason}


def _shipped(event: Event, order: Order, decision: Decision, terms: Terms) -> Changes:
    return {("shipment",): {name: event["data"][name] for name in ("shipment_id", "shipped_at")}}


def _delivered(event: Event, order: Order, decision: Decision, terms: Terms) -> Changes:
    return {("shipment", "delivered_at"): event["data"]["delivered_at"]}


def _refunded(event: Event, order: Order, decision: Decision, terms: Terms) -> Changes:
    refund: Path = ("refunds", event["data"]["refund_id"])
    return {(*refund, "state"): "completed", (*refund, "completed_at"): event["data"]["completed_at"]}


_EFFECTS: Mapping[str, Callable[[Event, Order, Decision, Terms], Changes]] = {
    "OrderPlaced": _placed,
    "PaymentCaptured": _captured,
    "PaymentDeclined": _cancelled,
    "StockRejected": _stock_rejected,
    "OrderShipped": _shipped,
    "OrderDelivered": _delivered,
    "PaymentDeadlinePassed": _cancelled,
    "RefundCompleted": _refunded,
}
