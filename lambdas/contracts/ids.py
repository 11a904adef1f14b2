"""Random ids, and derived ids, which stay the same when an action is repeated."""

import hashlib
import uuid
from base64 import b32encode
from typing import Final

_NAMESPACE: Final = uuid.UUID("6f1a1c1e-5f0b-5c0e-9d3b-0b6f4a3f7c52")
_SEPARATOR: Final = "\x1f"
_DIGEST_LENGTH: Final = 26


def new_id() -> str:
    """Return a random id (UUID version 4)."""
    return str(uuid.uuid4())


def derived_id(*parts: str) -> str:
    """Return the id (UUID version 5) derived from `parts`: the same parts always give the same id."""
    return str(uuid.uuid5(_NAMESPACE, _join(parts)))


def order_id(*parts: str) -> str:
    """Return an order id: ``ord_`` and 26 characters.

    The parts of an online order are "online", customer_id, idempotency_key; of a till receipt "pos", store_id, till_id,
    receipt_number, business_date; of a partner's order "partner", the partner's id, the partner's order number."""
    return "ord_" + _digest(parts)


def refund_id(order_id: str, payment_id: str) -> str:
    """Return a refund id, ``rfd_`` and 26 characters: each payment is refunded once, whatever the reason."""
    return "rfd_" + _digest((order_id, payment_id))


def shipment_id(order_id: str) -> str:
    """Return a shipment id, ``shp_`` and 26 characters: each order is shipped once."""
    return "shp_" + _digest((order_id,))


def _digest(parts: tuple[str, ...]) -> str:
    return b32encode(hashlib.sha256(_join(parts).encode()).digest()).decode("ascii")[:_DIGEST_LENGTH].lower()


def _join(parts: tuple[str, ...]) -> str:
    """Join the parts; raise ValueError if there is none, or one is empty or contains the separator."""
    if not parts or any(not part or _SEPARATOR in part for part in parts):
        raise ValueError("the parts of an id must not be empty or contain the unit separator")
    return _SEPARATOR.join(parts)
