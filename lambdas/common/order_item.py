"""Constants and rules shared by the functions that read or write the orders table."""

from collections.abc import Mapping
from typing import Any, Final

FINAL_STATUSES: Final = frozenset({"delivered", "cancelled", "refunded"})
DUE_SHARDS: Final = tuple(str(number) for number in range(8))
"""Partitions of the index `payment_due`, among which the recorder distributes the orders."""
PRIVATE_FIELDS: Final = frozenset(
    {"applied", "buyer", "correlation_id", "due_shard", "expires_at", "last_event_id", "request_hash"}
)
"""Attributes that no event contains: private to the recorder, or changed only by maintenance."""
ERASED_CUSTOMER: Final = "erased"
_KEPT_AFTER_ERASURE: Final = frozenset(
    {"order_id", "status", "version", "channel", "lines", "total", "placed_at", "updated_at", "shipment", "store"}
    | {"payments", "refunds", "declined_payments", "payment_conflicts", "cancel_reason", "cancel_requested_at"}
    | {"applied", "last_event_id", "expires_at", "erased_at"}
)


def tombstone(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an order without personal data, with the attributes needed to recognise all its events.

    Attributes that are not listed are removed, so that a new personal field is never kept."""
    kept = {name: value for name, value in item.items() if name in _KEPT_AFTER_ERASURE}
    return kept | {"customer_id": ERASED_CUSTOMER, "correlation_id": item["order_id"]}
