"""Preconditions with which the recorder applies an event that arrives in sequence before it has read the order.

The recorder decides on an order built from the preconditions alone, and the conditional write checks that the stored
order meets them. They must include every attribute that the guards of the event and status read."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, Literal

from contracts import Event
from recorder.guards import EventData, Order
from recorder.transitions import PAID, PLACED, SHIPPED


class _AbsenceMarker(Enum):
    ABSENT = "absent"


ABSENT: Final = _AbsenceMarker.ABSENT

type Conditions = Mapping[tuple[str, ...], str | int | Mapping[str, Any] | Literal[_AbsenceMarker.ABSENT]]

NEW_ORDER: Conditions = {("order_id",): ABSENT}


def derive_preconditions(event: Event) -> Conditions | None:
    """Return the preconditions for applying the event without a read; None if the order must be read first."""
    event_type = event["metadata"]["event_type"]
    build_conditions = _BUILDERS.get(event_type)
    if build_conditions is None:
        return None
    conditions = build_conditions(event["data"])
    return conditions if conditions is NEW_ORDER else {**conditions, ("applied", event_type): ABSENT}


def build_order(conditions: Conditions) -> Order | None:
    """Return an order with exactly the attributes that `conditions` require; None for a new order."""
    if conditions is NEW_ORDER:
        return None
    order: dict[str, Any] = {}
    for path, value in conditions.items():
        parent = order
        for name in path[:-1]:
            parent = parent.setdefault(name, {})
        if value is not ABSENT:
            parent[path[-1]] = value
    return order


def _payment_captured_conditions(data: EventData) -> Conditions:
    return {
        ("status",): PLACED,
        ("total", "amount"): data["amount"],
        ("total", "currency"): data["currency"],
        ("payments", data["payment_id"]): ABSENT,
    }


def _order_delivered_conditions(data: EventData) -> Conditions:
    # Without refunds: otherwise the order's expiry depends on whether one is still due.
    return {("status",): SHIPPED, ("shipment", "shipment_id"): data["shipment_id"], ("refunds",): {}}


_BUILDERS: Mapping[str, Callable[[EventData], Conditions]] = {
    "OrderPlaced": lambda _: NEW_ORDER,
    "PaymentCaptured": _payment_captured_conditions,
    "StockRejected": lambda _: {("status",): PLACED, ("refunds",): {}},
    "OrderShipped": lambda _: {("status",): PAID},
    "OrderDelivered": _order_delivered_conditions,
}
