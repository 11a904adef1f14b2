"""What the functions that read or write an order's item in the orders table must agree on."""

from collections.abc import Mapping
from typing import Any, Final

FINAL_STATUSES: Final = frozenset({"delivered", "cancelled", "refunded"})
DUE_SHARDS: Final = tuple(str(number) for number in range(8))
"""Partitions of the index `payment_due`, over which the recorder spreads the orders."""
PRIVATE_FIELDS: Final = frozenset(
    {"applied", "buyer", "correlation_id", "due_shard", "expires_at", "last_event_id", "request_hash"}
)
"""What no event tells: it is there for the recorder's own use, or would make an event out of housekeeping."""
ERASED_CUSTOMER: Final = "erased"
_OUTLIVES_ERASURE: Final = frozenset(
    {"order_id", "status", "version", "channel", "lines", "total", "placed_at", "updated_at", "shipment", "store"}
    | {"payments", "refunds", "declined_payments", "payment_conflicts", "cancel_reason", "cancel_requested_at"}
    | {"applied", "last_event_id", "expires_at", "erased_at"}
)


def tombstone(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is left of an order once its customer is erased: enough to know every event of it again.

    What is not listed goes, so that a field which is new here is not forgotten."""
    kept = {name: value for name, value in item.items() if name in _OUTLIVES_ERASURE}
    return kept | {"customer_id": ERASED_CUSTOMER, "correlation_id": item["order_id"]}
