"""Requests the cancellation of an order: an unpaid one is cancelled, a paid one if the warehouse can stop it."""

from collections.abc import Callable
from typing import Final

from common.http_api import Problem
from common.publisher import Publisher, publish_all_or_raise
from contracts import new_event
from contracts.ids import derived_id
from storefront_api.place import PRODUCER, OrderReader
from storefront_api.problem import TOO_LATE
from storefront_api.show import find_own_order

_CANCELLABLE_STATUSES: Final = frozenset({"placed", "paid"})
_SHIPPED_STATUSES: Final = frozenset({"shipped", "delivered"})


def cancel_order(
    order_id: str,
    *,
    customer_id: str,
    correlation_id: str,
    orders: OrderReader,
    publisher: Publisher,
    remaining_ms: Callable[[], int],
) -> bool:
    """Publish the cancellation request; return False if one is recorded or the order has ended without shipment.

    Raises:
        Problem: 404 for the same reasons as `show_order`; 409 if the order has been shipped.
        TransientError: the table or the bus is unavailable; the request can be repeated."""
    item = find_own_order(order_id, customer_id=customer_id, orders=orders)
    status = item["status"]
    if status in _SHIPPED_STATUSES:
        raise Problem(TOO_LATE, f"An order that is {status} can no longer be cancelled.")
    if status not in _CANCELLABLE_STATUSES or "cancel_requested_at" in item:
        return False
    event = new_event(
        "OrderCancellationRequested",
        {"order_id": order_id, "seen_status": status},
        producer=PRODUCER,
        correlation_id=correlation_id,
        event_id=derived_id("OrderCancellationRequested", order_id, status),
    )
    publish_all_or_raise(publisher, [event], remaining_ms)
    return True
