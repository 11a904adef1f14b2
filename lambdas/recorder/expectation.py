"""What an order is expected to be when an event comes in its usual turn.

A write conditional on the expectation needs no read before it. The decision is taken for an order that holds nothing
but what is expected: as the table's guards fail on any attribute that is missing there, a decision can only rest on
what the condition checks.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, Literal

from contracts import Event
from recorder.guards import Data, Order
from recorder.transitions import PAID, PLACED, SHIPPED


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT

type Conditions = Mapping[tuple[str, ...], str | int | Literal[_Absent.ABSENT]]

NOT_THERE: Conditions = {("order_id",): ABSENT}


def expected(event: Event) -> Conditions | None:
    """Return what must hold for the usual case, or None where the decision needs the order itself."""
    event_type = event["metadata"]["event_type"]
    usual = _USUAL.get(event_type)
    if usual is None:
        return None
    conditions = usual(event["data"])
    return conditions if conditions is NOT_THERE else {**conditions, ("applied", event_type): ABSENT}


def order_of(conditions: Conditions) -> Order | None:
    """Return the order that has exactly what `conditions` say."""
    if conditions is NOT_THERE:
        return None
    order: dict[str, Any] = {}
    for path, value in conditions.items():
        parent = order
        for name in path[:-1]:
            parent = parent.setdefault(name, {})
        if value is not ABSENT:
            parent[path[-1]] = value
    return order


def _unpaid(data: Data) -> Conditions:
    return {
        ("status",): PLACED,
        ("total", "amount"): data["amount"],
        ("total", "currency"): data["currency"],
        ("payments", data["payment_id"]): ABSENT,
    }


def _sent(data: Data) -> Conditions:
    return {("status",): SHIPPED, ("shipment", "shipment_id"): data["shipment_id"]}


_USUAL: Mapping[str, Callable[[Data], Conditions]] = {
    "OrderPlaced": lambda _: NOT_THERE,
    "PaymentCaptured": _unpaid,
    "PaymentDeclined": lambda _: {("status",): PLACED},
    "StockRejected": lambda _: {("status",): PLACED},
    "OrderShipped": lambda _: {("status",): PAID},
    "OrderDelivered": _sent,
    "PaymentDeadlinePassed": lambda _: {("status",): PLACED},
}
