"""What the functions that read or write an order's item in the orders table must agree on."""

from typing import Final

FINAL_STATUSES: Final = frozenset({"delivered", "cancelled", "refunded"})
DUE_SHARDS: Final = tuple(str(number) for number in range(8))
"""Partitions of the index `payment_due`, over which the recorder spreads the orders."""
PRIVATE_FIELDS: Final = frozenset(
    {"applied", "buyer", "correlation_id", "due_shard", "expires_at", "last_event_id", "request_hash"}
)
"""What no event tells: it is there for the recorder's own use, or would make an event out of housekeeping."""
