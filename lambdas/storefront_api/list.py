"""Lists a customer's orders, newest first, a page at a time."""

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
SUMMARY: Final = ("order_id", "status", "version", "channel", "total", "placed_at", "updated_at", "cancel_reason")
# Maximum number of orders read for one page, as few may match a status.
_MOST_READS = 5
_CURSOR = re.compile(rf"({TIMESTAMP})({ORDER_ID})([0-9a-f]{{32}})")


class OrderPages(Protocol):
    def page(
        self, buyer: str, *, limit: int, status: str | None = None, start: Mapping[str, str] | None = None
    ) -> tuple[list[dict[str, Any]], Mapping[str, str] | None]: ...


def list_orders(query: Mapping[str, str], buyer: str, orders: OrderPages) -> dict[str, Any]:
    """Return one page; `next_cursor` is there while more may follow.

    Raises:
        Problem: 400 naming every parameter that is wrong, a cursor of another list included.
        TransientError: the table does not answer."""
    wrong = [FieldError(name, "is not a known parameter") for name in query.keys() - {"limit", "status", "cursor"}]
    limit, status, cursor = query.get("limit", str(DEFAULT_LIMIT)), query.get("status"), query.get("cursor")
    if not re.fullmatch(r"[1-9][0-9]{0,2}", limit) or int(limit) > MAX_LIMIT:
        wrong.append(FieldError("limit", f"must be a whole number from 1 to {MAX_LIMIT}"))
    if status is not None and status not in STATUSES:
        wrong.append(FieldError("status", f"must be one of {', '.join(STATUSES)}"))
    start: Mapping[str, str] | None = None if cursor is None else _position(cursor, buyer, status)
    if cursor is not None and start is None:
        wrong.append(FieldError("cursor", "must be the next_cursor of this list, of this customer and status"))
    if wrong:
        raise Problem(MALFORMED_REQUEST, "See errors for the parameters and their rules.", wrong)
    found: list[dict[str, Any]] = []
    for _ in range(_MOST_READS):
        page, start = orders.page(buyer, limit=int(limit) - len(found), status=status, start=start)
        found += page
        if start is None or len(found) == int(limit):
            break
    shown = [{name: item[name] for name in SUMMARY if name in item} for item in found]
    return {"orders": shown} | ({"next_cursor": _cursor(start, buyer, status)} if start else {})


def customer_in(query: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the customer that support asks for, and the other parameters; raise a 400 Problem if it is missing."""
    buyer = query.get("customer_id", "")
    if not re.fullmatch(CUSTOMER_ID, buyer):
        errors = [FieldError("customer_id", "is required: 1 to 255 visible ASCII characters")]
        raise Problem(MALFORMED_REQUEST, "See errors for the parameters and their rules.", errors)
    return buyer, {name: value for name, value in query.items() if name != "customer_id"}


def _cursor(position: Mapping[str, str], buyer: str, status: str | None) -> str:
    content = f"{position['placed_at']}{position['order_id']}"
    return base64.urlsafe_b64encode(f"{content}{_bound(content, buyer, status)}".encode()).decode().rstrip("=")


def _position(cursor: str, buyer: str, status: str | None) -> dict[str, str] | None:
    """Decode a cursor: it is a position only, and never selects whose orders are read."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    match = _CURSOR.fullmatch(text)
    if match is None or not text.endswith(_bound(text[:-32], buyer, status)):
        return None
    return {"placed_at": match[1], "order_id": text[len(match[1]) : -32]}


def _bound(content: str, buyer: str, status: str | None) -> str:
    return hashlib.sha256("\x1f".join((content, buyer, status or "")).encode()).hexdigest()[:32]
