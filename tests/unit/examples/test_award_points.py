"""The changes to an order for which the standalone consumer awards points."""

from typing import Any

import pytest

from award_points.award import calculate_award
from tests.support import events


def change(status: str, changed_fields: list[str], **changes: Any) -> dict[str, Any]:
    image = events.order_image(status, **changes)
    copied_fields = {name: image[name] for name in ("order_id", "version", "status", "channel")}
    return {**copied_fields, "changed_fields": changed_fields, "after": image}


@pytest.mark.parametrize(("amount", "points"), [(1, 0), (99, 0), (100, 1), (1_998, 19), (100_000_000_000_000, 10**12)])
def test_delivered_order_earns_one_point_per_full_euro(amount: int, points: int) -> None:
    award = calculate_award(change("delivered", ["shipment", "status"], total={"amount": amount, "currency": "EUR"}))

    assert (award.points, award.order_id, award.customer_id) == (points, events.ORDER_ID, "customer-1")


@pytest.mark.parametrize(
    "order_change",
    [
        *(change(status, ["status"]) for status in ("placed", "paid", "shipped", "cancelled", "refunding", "refunded")),
        change("delivered", ["payments", "refunds"]),
        change("delivered", ["status"], channel="pos"),
    ],
)
def test_only_the_delivery_of_an_online_order_earns_points(order_change: dict[str, Any]) -> None:
    assert calculate_award(order_change) is None
