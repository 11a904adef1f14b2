"""Shows an order to its customer: only fields that are meant for them, whatever else the table keeps."""

import re
from collections.abc import Mapping
from typing import Any

from common.http_api import Problem
from common.http_api.problem import NOT_FOUND
from contracts.generated.patterns import ORDER_ID
from contracts.generated.views import ORDER
from storefront_api.place import OrderReader


def show(order_id: str, *, customer_id: str, orders: OrderReader) -> dict[str, Any]:
    """Return the public view of the customer's own order; raises as `find_own` does."""
    return view(find_own(order_id, customer_id=customer_id, orders=orders))


def find_own(order_id: str, *, customer_id: str, orders: OrderReader) -> Mapping[str, Any]:
    """Return the item of the customer's own order.

    Raises:
        Problem: 404 for an order that does not exist, is not recorded yet, or is not the customer's: whether somebody
            else has it is none of their business. Till receipts have no customer and are never shown.
        TransientError: the table does not answer."""
    item = orders.find(order_id) if re.fullmatch(ORDER_ID, order_id) else None
    if item is None or item["customer_id"] != customer_id or item["channel"] == "pos":
        raise Problem(NOT_FOUND, "Order not found; an order that was just accepted appears within seconds.")
    return item


def view(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public view of an order's item."""
    shown: dict[str, Any] = {}
    for name, entry_fields in ORDER.items():
        if entry_fields is not None:
            entries = (entry for _, entry in sorted(item.get(name, {}).items()))
            shown[name] = [{field: entry[field] for field in entry_fields if field in entry} for entry in entries]
        elif name in item:
            shown[name] = item[name]
    return shown
