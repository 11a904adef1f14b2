"""Shows an order to its customer: only public fields, whatever else the table stores."""

import re
from collections.abc import Mapping
from typing import Any

from common.http_api import Problem
from common.http_api.problem import NOT_FOUND
from contracts.generated.patterns import ORDER_ID
from contracts.generated.views import ORDER
from storefront_api.place import OrderReader


def show_order(order_id: str, *, customer_id: str, orders: OrderReader) -> dict[str, Any]:
    """Return the public view of the customer's own order; the errors are those of `find_own_order`."""
    return public_view(find_own_order(order_id, customer_id=customer_id, orders=orders))


def find_own_order(order_id: str, *, customer_id: str, orders: OrderReader) -> Mapping[str, Any]:
    """Return the item of the customer's own order.

    Raises:
        Problem: 404 for an order that does not exist, is not recorded yet, or belongs to another customer, so that a
            response never reveals another customer's order. Orders from tills are never shown.
        TransientError: the table is unavailable."""
    item = orders.find(order_id) if re.fullmatch(ORDER_ID, order_id) else None
    if item is None or item["customer_id"] != customer_id or item["channel"] == "pos":
        raise Problem(NOT_FOUND, "Order not found. An order that was just accepted appears within seconds.")
    return item


def public_view(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public fields of an order's item."""
    view: dict[str, Any] = {}
    for name, entry_fields in ORDER.items():
        if entry_fields is not None:
            entries = (entry for _, entry in sorted(item.get(name, {}).items()))
            view[name] = [{field: entry[field] for field in entry_fields if field in entry} for entry in entries]
        elif name in item:
            view[name] = item[name]
    return view
