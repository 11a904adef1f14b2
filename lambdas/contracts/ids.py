"""Identifiers. Derived ones are computed from their content, so that a repeated action gets the same id."""

import hashlib
import uuid
from base64 import b32encode
from typing import Final

_NAMESPACE: Final = uuid.UUID("6f1a1c1e-5f0b-5c0e-9d3b-0b6f4a3f7c52")
_SEPARATOR: Final = "\x1f"
_CHARACTERS: Final = 26


def new_id() -> str:
    """Return a random id (UUID version 4)."""
    return str(uuid.uuid4())


def derived_id(*parts: str) -> str:
    """Return the id (UUID version 5) derived from these parts, for an event that follows from known data."""
    return str(uuid.uuid5(_NAMESPACE, _joined(parts)))


def order_id(*parts: str) -> str:
    """``ord_`` and 26 characters.

    Parts of an online order: "online", customer_id, idempotency_key. Of a till receipt: "pos", store_id, till_id,
    receipt_number, business_date. Of a partner's order: "partner", partner, the partner's order number."""
    return "ord_" + _digest(parts)


def refund_id(order_id: str, payment_id: str) -> str:
    """``rfd_`` and 26 characters: one payment of an order is refunded once, whatever the reason."""
    return "rfd_" + _digest((order_id, payment_id))


def shipment_id(order_id: str) -> str:
    """``shp_`` and 26 characters: an order ships once."""
    return "shp_" + _digest((order_id,))


def _digest(parts: tuple[str, ...]) -> str:
    return b32encode(hashlib.sha256(_joined(parts).encode()).digest()).decode("ascii")[:_CHARACTERS].lower()


def _joined(parts: tuple[str, ...]) -> str:
    """Join the parts; refuse any that would let two different lists share an id."""
    if not parts or any(not part or _SEPARATOR in part for part in parts):
        raise ValueError("an id needs parts that are neither empty nor contain the unit separator")
    return _SEPARATOR.join(parts)
