"""Calculates the points that an order earns. Points that were awarded are never withdrawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

MINOR_UNITS_PER_POINT: Final = 100


@dataclass(frozen=True)
class Award:
    order_id: str
    customer_id: str
    points: int
    order_version: int


def calculate_award(data: Mapping[str, Any]) -> Award | None:
    """Return the award for the data of an OrderChanged, or None unless it reports the delivery of an online order.

    The subscription's filter makes the same check, but a filter can be changed without changing the code."""
    order = data["after"]
    if data["status"] != "delivered" or "status" not in data["changed_fields"] or data["channel"] == "pos":
        return None
    points = order["total"]["amount"] // MINOR_UNITS_PER_POINT
    return Award(data["order_id"], order["customer_id"], points, data["version"])
