"""Pure functions that derive the changes to an order from an event, as attribute values by path."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final, Literal

from common.order_item import FINAL_STATUSES, PAYMENT_DUE_SHARDS
from contracts import Event, ids, times
from recorder.guards import Order
from recorder.money import conflict_id, find_payment_to_refund
from recorder.transitions import CANCELLED, DELIVERED, PLACED, REFUNDING, Decision, Outcome


class _RemovalMarker(Enum):
    REMOVED = "removed"


REMOVED: Final = _RemovalMarker.REMOVED

type AttributePath = tuple[str, ...]
type Changes = dict[AttributePath, Any | Literal[_RemovalMarker.REMOVED]]


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """The payment term of an online order, and the retention period of an order in a final state.

    `restored_suffix` is the name suffix of a table restored from a backup; `is_rebuilding` is True until the archive
    has been replayed over that table."""

    payment_term_seconds: int
    order_retention_days: int
    restored_suffix: str | None = None
    is_rebuilding: bool = False


def derive_changes(
    event: Event, order: Order, decision: Decision, settings: RecordingSettings, now: datetime
) -> Changes:
    """Return the changes for a decision to apply or compensate; `order` is empty if it does not exist yet.

    The version is not among them, because only DynamoDB can increment it without a prior read."""
    metadata = event["metadata"]
    at = times.to_text(now)
    changes: Changes = {
        ("status",): decision.status,
        ("updated_at",): at,
        ("last_event_id",): metadata["event_id"],
        ("applied", metadata["event_type"]): metadata["event_id"],
    }
    if decision.reason == "payment_conflict":
        changes |= _conflict_changes(event, order)
    else:
        changes |= _EFFECTS[metadata["event_type"]](event, order, decision, at)
    if not order:
        changes[("applied",)] = {metadata["event_type"]: changes.pop(("applied", metadata["event_type"]))}
    if decision.status == PLACED and not order:
        changes[("payment_due_at",)] = times.to_text(now + timedelta(seconds=settings.payment_term_seconds))
        changes[("due_shard",)] = due_shard(event["data"]["order_id"])
    elif order.get("status") == PLACED and decision.status != PLACED:
        changes |= {("due_shard",): REMOVED, ("payment_due_at",): REMOVED}
    return changes | _expiry(order, decision, changes, now + timedelta(days=settings.order_retention_days))


def _expiry(order: Order, decision: Decision, changes: Changes, expires_at: datetime) -> Changes:
    """Return the change to the expiry time: an order in a final state expires, unless a refund is due."""
    if decision.status not in FINAL_STATUSES or _has_due_refund(order, changes):
        return {("expires_at",): REMOVED} if "expires_at" in order else {}
    if "expires_at" in order and order["status"] == decision.status:
        return {}
    return {("expires_at",): int(expires_at.timestamp())}


def _has_due_refund(order: Order, changes: Changes) -> bool:
    states = {refund_id: refund["state"] for refund_id, refund in order.get("refunds", {}).items()}
    for path, value in changes.items():
        match path, value:
            case ("refunds", refund_id), {"state": state}:
                states[refund_id] = state
            case ("refunds", refund_id, "state"), str(state):
                states[refund_id] = state
    return "due" in states.values()


def _on_order_placed(event: Event, order: Order, decision: Decision, at: str) -> Changes:
    data = event["data"]
    # A till's payment is stored in the order's payments.
    changes: Changes = {(name,): value for name, value in data.items() if name not in {"payment", "partner"}}
    changes[("correlation_id",)] = event["metadata"]["correlation_id"]
    changes[("refunds",)] = {}
    changes[("payments",)] = {}
    if decision.status == DELIVERED:
        payment = data["payment"]
        payment_fields = {name: payment[name] for name in ("amount", "currency", "method")}
        changes[("payments",)] = {payment["payment_id"]: {**payment_fields, "captured_at": data["placed_at"]}}
    else:
        changes[("buyer",)] = data["customer_id"]
    return changes


def due_shard(order_id: str) -> str:
    """Return an order's partition key in the index `payment_due`; several keys avoid a hot partition."""
    return PAYMENT_DUE_SHARDS[int.from_bytes(hashlib.sha256(order_id.encode()).digest()[:8]) % len(PAYMENT_DUE_SHARDS)]


def _on_payment_captured(event: Event, order: Order, decision: Decision, at: str) -> Changes:
    data = event["data"]
    payment_id, payment = data["payment_id"], {name: data[name] for name in ("amount", "currency", "captured_at")}
    changes: Changes = {("payments", payment_id): payment}
    if decision.outcome is Outcome.COMPENSATE:
        payments = {**order["payments"], payment_id: payment}
        payment_id_to_refund = payment_id
        if decision.reason == "double_charge":
            payment_id_to_refund = find_payment_to_refund(order["payments"], order["refunds"], payment_id, payment)
        changes |= _due_refund(data["order_id"], payment_id_to_refund, payments[payment_id_to_refund], decision)
    return changes


def _conflict_changes(event: Event, order: Order) -> Changes:
    data = event["data"]
    kind = "capture" if event["metadata"]["event_type"] == "PaymentCaptured" else "refund"
    report = {"kind": kind, **{name: data[name] for name in ("payment_id", "amount", "currency")}}
    return _add_to_map(order, "payment_conflicts", conflict_id(data), report)


def _on_payment_declined(event: Event, order: Order, decision: Decision, at: str) -> Changes:
    return _add_to_map(order, "declined_payments", event["data"]["payment_id"], {"reason": event["data"]["reason"]})


def _add_to_map(order: Order, attribute: str, name: str, value: Any) -> Changes:
    """Return the change that adds an entry to a map attribute, and creates the map if the order has none."""
    return {(attribute, name): value} if attribute in order else {(attribute,): {name: value}}


def _on_order_stopped(event: Event, order: Order, decision: Decision, at: str) -> Changes:
    """Return the changes that end the order; a paid order gets a refund for every payment that has none."""
    changes = _cancellation(event, order, decision, at)
    if decision.status == REFUNDING:
        refunded_payment_ids = {refund["payment_id"] for refund in order["refunds"].values()}
        for payment_id, payment in order["payments"].items():
            if payment_id not in refunded_payment_ids:
                changes |= _due_refund(event["data"]["order_id"], payment_id, payment, decision)
    return changes


def _due_refund(order_id: str, payment_id: str, payment: Mapping[str, Any], decision: Decision) -> Changes:
    refund_id = ids.refund_id(order_id, payment_id)
    money = {name: payment[name] for name in ("amount", "currency")}
    return {("refunds", refund_id): {"payment_id": payment_id, **money, "reason": str(decision.reason), "state": "due"}}


def _cancellation(event: Event, order: Order, decision: Decision, at: str) -> Changes:
    return {("cancel_reason",): decision.reason}


def _on_cancellation_requested(event: Event, order: Order, decision: Decision, at: str) -> Changes:
    return _cancellation(event, order, decision, at) if decision.status == CANCELLED else {("cancel_requested_at",): at}


def _on_order_shipped(event: Event, order: Order, decision: Decision, at: str) -> Changes:
    return {("shipment",): {name: event["data"][name] for name in ("shipment_id", "shipped_at")}}


def _on_order_delivered(event: Event, order: Order, decision: Decision, at: str) -> Changes:
    return {("shipment", "delivered_at"): event["data"]["delivered_at"]}


def _on_refund_completed(event: Event, order: Order, decision: Decision, at: str) -> Changes:
    refund_path: AttributePath = ("refunds", event["data"]["refund_id"])
    return {(*refund_path, "state"): "completed", (*refund_path, "completed_at"): event["data"]["completed_at"]}


_EFFECTS: Mapping[str, Callable[[Event, Order, Decision, str], Changes]] = {
    "OrderPlaced": _on_order_placed,
    "PaymentCaptured": _on_payment_captured,
    "PaymentDeclined": _on_payment_declined,
    "PaymentVoided": _cancellation,
    "PaymentUnknown": _cancellation,
    "OrderCancellationRequested": _on_cancellation_requested,
    "StockRejected": _on_order_stopped,
    "ShipmentStopped": _on_order_stopped,
    "OrderShipped": _on_order_shipped,
    "OrderDelivered": _on_order_delivered,
    "RefundCompleted": _on_refund_completed,
}
