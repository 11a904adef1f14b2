"""The changes that an applied event writes: attributes by path, derived from event, order and decision. No AWS."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final, Literal

from common.order_item import DUE_SHARDS, FINAL_STATUSES
from contracts import Event, ids, times
from recorder.guards import Order
from recorder.money import conflict_id, to_refund
from recorder.transitions import CANCELLED, DELIVERED, PLACED, REFUNDING, Decision, Outcome


class _Removed(Enum):
    REMOVED = "removed"


REMOVED: Final = _Removed.REMOVED

type Path = tuple[str, ...]
type Changes = dict[Path, Any | Literal[_Removed.REMOVED]]


@dataclass(frozen=True, slots=True)
class Terms:
    """Seconds an online order may stay unpaid; days an order in a final state is kept.

    `restored` names a table that was made from another one's recovery; `rebuilding` holds until the archive is replayed
    over it."""

    payment_term_seconds: int
    order_retention_days: int
    restored: str | None = None
    rebuilding: bool = False


def changes_of(event: Event, order: Order, decision: Decision, terms: Terms, now: datetime) -> Changes:
    """Return the changes for a decision to apply or compensate; `order` is empty for a new one.

    The version is not in here, as only the table can increment it without having been read."""
    metadata = event["metadata"]
    at = times.to_text(now)
    changes: Changes = {
        ("status",): decision.status,
        ("updated_at",): at,
        ("last_event_id",): metadata["event_id"],
        ("applied", metadata["event_type"]): metadata["event_id"],
    }
    if decision.reason == "payment_conflict":
        changes |= _conflict(event, order)
    else:
        changes |= _EFFECTS[metadata["event_type"]](event, order, decision, at)
    if not order:
        changes[("applied",)] = {metadata["event_type"]: changes.pop(("applied", metadata["event_type"]))}
    if decision.status == PLACED and not order:
        changes[("payment_due_at",)] = times.to_text(now + timedelta(seconds=terms.payment_term_seconds))
        changes[("due_shard",)] = due_shard(event["data"]["order_id"])
    elif order.get("status") == PLACED and decision.status != PLACED:
        changes |= {("due_shard",): REMOVED, ("payment_due_at",): REMOVED}
    return changes | _expiry(order, decision, changes, now + timedelta(days=terms.order_retention_days))


def _expiry(order: Order, decision: Decision, changes: Changes, at: datetime) -> Changes:
    """Set the expiry of an ended order, but not while a refund is due."""
    if decision.status not in FINAL_STATUSES or _is_due(order, changes):
        return {("expires_at",): REMOVED} if "expires_at" in order else {}
    if "expires_at" in order and order["status"] == decision.status:
        return {}
    return {("expires_at",): int(at.timestamp())}


def _is_due(order: Order, changes: Changes) -> bool:
    states = {refund_id: refund["state"] for refund_id, refund in order.get("refunds", {}).items()}
    for path, value in changes.items():
        match path, value:
            case ("refunds", refund_id), {"state": state}:
                states[refund_id] = state
            case ("refunds", refund_id, "state"), str(state):
                states[refund_id] = state
    return "due" in states.values()


def _placed(event: Event, order: Order, decision: Decision, at: str) -> Changes:
    data = event["data"]
    # A till's payment is stored in the order's payments.
    changes: Changes = {(name,): value for name, value in data.items() if name not in {"payment", "partner"}}
    changes[("correlation_id",)] = event["metadata"]["correlation_id"]
    changes[("refunds",)] = {}
    changes[("payments",)] = {}
    if decision.status == DELIVERED:
        payment = data["payment"]
        captured = {name: payment[name] for name in ("amount", "currency", "method")}
        changes[("payments",)] = {payment["payment_id"]: {**captured, "captured_at": data["placed_at"]}}
    else:
        changes[("buyer",)] = data["customer_id"]
    return changes


def due_shard(order_id: str) -> str:
    """Return the order's partition of the due index; orders are spread to avoid a hot partition."""
    return DUE_SHARDS[int.from_bytes(hashlib.sha256(order_id.encode()).digest()[:8]) % len(DUE_SHARDS)]


def _captured(event: Event, order: Order, decision: Decision, at: str) -> Changes:
    data = event["data"]
    payment_id, payment = data["payment_id"], {name: data[name] for name in ("amount", "currency", "captured_at")}
    changes: Changes = {("payments", payment_id): payment}
    if decision.outcome is Outcome.COMPENSATE:
        payments = {**order["payments"], payment_id: payment}
        returned = payment_id
        if decision.reason == "double_charge":
            returned = to_refund(order["payments"], order["refunds"], payment_id, payment)
        changes |= _refund_due(data["order_id"], returned, payments[returned], str(decision.reason))
    return changes


def _conflict(event: Event, order: Order) -> Changes:
    data = event["data"]
    kind = "capture" if event["metadata"]["event_type"] == "PaymentCaptured" else "refund"
    report = {"kind": kind, **{name: data[name] for name in ("payment_id", "amount", "currency")}}
    return _add_to_map(order, "payment_conflicts", conflict_id(data), report)


def _declined(event: Event, order: Order, decision: Decision, at: str) -> Changes:
    return _add_to_map(order, "declined_payments", event["data"]["payment_id"], {"reason": event["data"]["reason"]})


def _add_to_map(order: Order, attribute: str, name: str, value: Any) -> Changes:
    """Add an entry to a map that most orders do not have."""
    return {(attribute, name): value} if attribute in order else {(attribute,): {name: value}}


def _refund_all(event: Event, order: Order, decision: Decision, at: str) -> Changes:
    """End the order: request a refund of every payment without one."""
    changes = _cancelled(event, order, decision, at)
    if decision.status == REFUNDING:
        given_back = {refund["payment_id"] for refund in order["refunds"].values()}
        for payment_id, payment in order["payments"].items():
            if payment_id not in given_back:
                changes |= _refund_due(event["data"]["order_id"], payment_id, payment, str(decision.reason))
    return changes


def _refund_due(order_id: str, payment_id: str, payment: Mapping[str, Any], reason: str) -> Changes:
    refund_id = ids.refund_id(order_id, payment_id)
    money = {name: payment[name] for name in ("amount", "currency")}
    return {("refunds", refund_id): {"payment_id": payment_id, **money, "reason": reason, "state": "due"}}


def _cancelled(event: Event, order: Order, decision: Decision, at: str) -> Changes:
    return {("cancel_reason",): decision.reason}


def _cancel_requested(event: Event, order: Order, decision: Decision, at: str) -> Changes:
    return _cancelled(event, order, decision, at) if decision.status == CANCELLED else {("cancel_requested_at",): at}


def _shipped(event: Event, order: Order, decision: Decision, at: str) -> Changes:
    return {("shipment",): {name: event["data"][name] for name in ("shipment_id", "shipped_at")}}


def _delivered(event: Event, order: Order, decision: Decision, at: str) -> Changes:
    return {("shipment", "delivered_at"): event["data"]["delivered_at"]}


def _refunded(event: Event, order: Order, decision: Decision, at: str) -> Changes:
    refund: Path = ("refunds", event["data"]["refund_id"])
    return {(*refund, "state"): "completed", (*refund, "completed_at"): event["data"]["completed_at"]}


_EFFECTS: Mapping[str, Callable[[Event, Order, Decision, str], Changes]] = {
    "OrderPlaced": _placed,
    "PaymentCaptured": _captured,
    "PaymentDeclined": _declined,
    "PaymentVoided": _cancelled,
    "PaymentUnknown": _cancelled,
    "OrderCancellationRequested": _cancel_requested,
    "StockRejected": _refund_all,
    "ShipmentStopped": _refund_all,
    "OrderShipped": _shipped,
    "OrderDelivered": _delivered,
    "RefundCompleted": _refunded,
}
