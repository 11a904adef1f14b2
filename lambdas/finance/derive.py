"""Pure functions that derive ledger entries and requests from a change to an order.

The id of an entry contains the id of the payment or refund, not the version that reports it: money moves once per
payment id and once per refund id, however many versions, duplicates and replays report it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from contracts import Event, new_event
from contracts.ids import derived_id

if TYPE_CHECKING:
    from contracts.generated.types import CapturedPayment, OrderChanged, OrderChangedData, Refund

type EntryKind = Literal["capture", "refund"]

PRODUCER = "finance"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A movement of money; `recorded_at` is when the order changed. `amount`: minor units, negative if refunded."""

    order_id: str
    entry_id: str
    kind: EntryKind
    amount: int
    currency: str
    payment_id: str
    order_version: int
    recorded_at: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The entries to append to the ledger, and the events to publish after that."""

    entries: tuple[LedgerEntry, ...]
    follow_ups: tuple[Event, ...]


def derive_outcome(change: "OrderChanged", now: str) -> Outcome:
    """Return the outcome of an OrderChanged event: captures and refunds for the ledger, requests for the provider.

    A payment request is omitted if its payment term has ended: from then on the provider is asked to void it."""
    data = change["data"]
    before, after = data["before"], data["after"]
    old_payments = before.get("payments", {}) if before else {}
    old_refunds = before.get("refunds", {}) if before else {}

    entries: list[LedgerEntry] = []
    for payment_id, payment in after.get("payments", {}).items():
        # If the money differs from that in the image before, the entry is derived again and the ledger rejects it.
        if _money(old_payments.get(payment_id)) != _money(payment):
            entries.append(_build_entry(change, "capture", payment_id, payment_id, payment))

    follow_ups = [_build_payment_request(change)] if _awaits_payment(data, now) else []
    for refund_id, refund in after.get("refunds", {}).items():
        old_refund = old_refunds.get(refund_id)
        if refund["state"] == "completed":
            if old_refund is None or old_refund["state"] == "due" or _money(old_refund) != _money(refund):
                entries.append(_build_entry(change, "refund", refund_id, refund["payment_id"], refund))
        elif old_refund is None:
            follow_ups.append(_build_refund_request(change, refund_id, refund))
    return Outcome(tuple(entries), tuple(follow_ups))


def _awaits_payment(data: "OrderChangedData", now: str) -> bool:
    """Return whether the change is a new order whose payment term has not ended."""
    return data["before"] is None and data["status"] == "placed" and now < data["after"].get("payment_due_at", "")


def _money(movement: "CapturedPayment | Refund | None") -> tuple[int, str] | None:
    return None if movement is None else (movement["amount"], movement["currency"])


def _build_entry(
    change: "OrderChanged", kind: EntryKind, movement_id: str, payment_id: str, movement: "CapturedPayment | Refund"
) -> LedgerEntry:
    data, occurred_at = change["data"], change["metadata"]["occurred_at"]
    order_id, version, currency = data["order_id"], data["version"], movement["currency"]
    amount = movement["amount"] if kind == "capture" else -movement["amount"]
    return LedgerEntry(order_id, f"{kind}#{movement_id}", kind, amount, currency, payment_id, version, occurred_at)


def _build_payment_request(change: "OrderChanged") -> Event:
    order_id, order = change["data"]["order_id"], change["data"]["after"]
    payload = {
        "order_id": order_id,
        "amount": order["total"]["amount"],
        "currency": order["total"]["currency"],
        "idempotency_key": order_id,
        "customer_id": order["customer_id"],
        "order_version": change["data"]["version"],
        "payment_due_at": order["payment_due_at"],
    }
    return _build_follow_up(change, "PaymentRequested", payload, order_id)


def _build_refund_request(change: "OrderChanged", refund_id: str, refund: "Refund") -> Event:
    order_id = change["data"]["order_id"]
    payload = {
        "order_id": order_id,
        "refund_id": refund_id,
        "payment_id": refund["payment_id"],
        "amount": refund["amount"],
        "currency": refund["currency"],
        "reason": refund["reason"],
        "idempotency_key": refund_id,
    }
    return _build_follow_up(change, "RefundRequested", payload, order_id, refund_id)


def _build_follow_up(change: "OrderChanged", event_type: str, payload: Mapping[str, Any], *id_parts: str) -> Event:
    # All values, including the time, come from the change, so that a repeated event is byte-identical.
    metadata = change["metadata"]
    return new_event(
        event_type,
        payload,
        producer=PRODUCER,
        correlation_id=metadata["correlation_id"],
        causation_id=metadata["event_id"],
        event_id=derived_id(*id_parts, event_type),
        occurred_at=metadata["occurred_at"],
    )
