"""Constants and rules shared by the functions that read or write the orders table."""

from collections.abc import Mapping
from typing import Any, Final

FINAL_STATUSES: Final = frozenset({"delivered", "cancelled", "refunded"})
PAYMENT_DUE_SHARDS: Final = tuple(str(number) for number in range(8))
"""Partition key values of the index `payment_due`; the recorder spreads orders across them."""
PRIVATE_FIELDS: Final = frozenset(
    {"applied", "buyer", "correlation_id", "due_shard", "expires_at", "last_event_id", "request_hash"}
)
"""Attributes that are left out of the order image in events."""
ERASED_CUSTOMER: Final = "erased"
_FIELDS_KEPT_AFTER_ERASURE: Final = frozenset(
    {"order_id", "status", "version", "channel", "lines", "total", "placed_at", "updated_at", "shipment", "store"}
    | {"payments", "refunds", "declined_payments", "payment_conflicts", "cancel_reason", "cancel_requested_at"}
    | {"applied", "last_event_id", "expires_at", "erased_at"}
)


def redact_order(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an order without personal data, to be stored in place of the erased one.

    Only listed attributes are kept, so that a new attribute with personal data is removed by default."""
    fields = {name: value for name, value in item.items() if name in _FIELDS_KEPT_AFTER_ERASURE}
    return fields | {"customer_id": ERASED_CUSTOMER, "correlation_id": item["order_id"]}
