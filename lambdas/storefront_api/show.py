"""Shows an order to its customer: only fields that are meant for them, whatever else the table keeps."""

from collections.abc import Mapping
from typing import Any

from storefront_api.place import OrderReader
from storefront_api.problem import NOT_FOUND, Problem

_FIELDS = (
    "order_id",
    "status",
    "version",
    "channel",
    "lines",
    "total",
    "placed_at",
    "updated_at",
    "payment_due_at",
    "shipment",
    "cancel_reason",
    "shipping_address",
    "contact_email",
)
_PAYMENT_FIELDS = ("amount", "currency", "captured_at")
_REFUND_FIELDS = ("amount", "currency", "reason", "state", "completed_at")


def show(order_id: str, *, customer_id: str, orders: OrderReader) -> dict[str, Any]:
    """Return the public view of the customer's own order.

    Raises:
        Problem: 404 for an order that does not exist, is not recorded yet, or is not the customer's: whether somebody
            else has it is none of their business. Till receipts have no customer and are never shown.
        TransientError: the table does not answer.
    """
    item = orders.find(order_id)
    if item is None or item["customer_id"] != customer_id or item["channel"] == "pos":
        raise Problem(NOT_FOUND, "There is no such order; one that was just accepted appears within moments.")
    view = _only(_FIELDS, item)
    view["payments"] = [_only(_PAYMENT_FIELDS, payment) for _, payment in sorted(item.get("payments", {}).items())]
    view["refunds"] = [_only(_REFUND_FIELDS, refund) for _, refund in sorted(item.get("refunds", {}).items())]
    return view


def _only(names: tuple[str, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}
