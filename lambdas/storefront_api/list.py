"""Lists the orders of a customer, newest first, in pages."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final, Protocol

from common.http_api import FieldError, Problem
from contracts.generated.patterns import CUSTOMER_ID, ORDER_ID, TIMESTAMP
from storefront_api.problem import MALFORMED_REQUEST

STATUSES: Final = ("placed", "paid", "shipped", "delivered", "cancelled", "refunding", "refunded")
DEFAULT_LIMIT, MAX_LIMIT = 20, 100
SUMMARY_FIELDS = ("order_id", "status", "version", "channel", "total", "placed_at", "updated_at", "cancel_reason")
# Maximum number of reads for one page: with a status, a read may return few matching orders.
_MAX_READS = 5
_CURSOR = re.compile(rf"({TIMESTAMP})({ORDER_ID})([0-9a-f]{{32}})")


class OrderPages(Protocol):
    def page(
        self, buyer: str, *, limit: int, status: str | None = None, start: Mapping[str, str] | None = None
    ) -> tuple[list[dict[str, Any]], Mapping[str, str] | None]: ...


def list_orders(query: Mapping[str, str], buyer: str, orders: OrderPages) -> dict[str, Any]:
    """Return one page of orders, with a `next_cursor` if more may follow.

    Raises:
        Problem: 400 that lists every invalid parameter, such as the cursor of another list.
        TransientError: the table is unavailable."""
    errors = [FieldError(name, "is not a known parameter") for name in query.keys() - {"limit", "status", "cursor"}]
    limit, status, cursor = query.get("limit", str(DEFAULT_LIMIT)), query.get("status"), query.get("cursor")
    if not re.fullmatch(r"[1-9][0-9]{0,2}", limit) or int(limit) > MAX_LIMIT:
        errors.append(FieldError("limit", f"must be a whole number from 1 to {MAX_LIMIT}"))
    if status is not None and status not in STATUSES:
        errors.append(FieldError("status", f"must be one of {', '.join(STATUSES)}"))
    start: Mapping[str, str] | None = None if cursor is None else _decode_cursor(cursor, buyer, status)
    if cursor is not None and start is None:
        errors.append(FieldError("cursor", "must be the next_cursor of a response for the same customer and status"))
    if errors:
        raise Problem(MALFORMED_REQUEST, "Some query parameters are invalid; `errors` lists them.", errors)
    items: list[dict[str, Any]] = []
    for _ in range(_MAX_READS):
        page, start = orders.page(buyer, limit=int(limit) - len(items), status=status, start=start)
        items += page
        if start is None or len(items) == int(limit):
            break
    summaries = [{name: item[name] for name in SUMMARY_FIELDS if name in item} for item in items]
    return {"orders": summaries} | ({"next_cursor": _encode_cursor(start, buyer, status)} if start else {})


def extract_customer_id(query: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return `customer_id` and the other query parameters; raise a 400 Problem if `customer_id` is invalid."""
    buyer = query.get("customer_id", "")
    if not re.fullmatch(CUSTOMER_ID, buyer):
        errors = [FieldError("customer_id", "must be 1 to 255 visible ASCII characters")]
        raise Problem(MALFORMED_REQUEST, "Some query parameters are invalid; `errors` lists them.", errors)
    return buyer, {name: value for name, value in query.items() if name != "customer_id"}


def _encode_cursor(position: Mapping[str, str], buyer: str, status: str | None) -> str:
    content = f"{position['placed_at']}{position['order_id']}"
    return base64.urlsafe_b64encode(f"{content}{_checksum(content, buyer, status)}".encode()).decode().rstrip("=")


def _decode_cursor(cursor: str, buyer: str, status: str | None) -> dict[str, str] | None:
    """Return the position that a cursor encodes, or None if the cursor is invalid or from another list.
    The cursor never determines whose orders are read."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    match = _CURSOR.fullmatch(text)
    if match is None or not text.endswith(_checksum(text[:-32], buyer, status)):
        return None
    return {"placed_at": match[1], "order_id": text[len(match[1]) : -32]}


def _checksum(content: str, buyer: str, status: str | None) -> str:
    return hashlib.sha256("\x1f".join((content, buyer, status or "")).encode()).hexdigest()[:32]
