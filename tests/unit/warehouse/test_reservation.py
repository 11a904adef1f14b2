"""The demand that the warehouse derives from a change to an order."""

from typing import cast

import pytest

from contracts.generated.types import OrderChanged
from tests.support import events
from warehouse.reservation import Intent, Line, derive_demand, merge_lines


@pytest.mark.parametrize(
    ("status", "intent"),
    [("placed", Intent.RESERVE), ("paid", Intent.SHIP), ("cancelled", Intent.RELEASE), ("refunding", Intent.RELEASE)],
)
def test_order_status_determines_the_demand(status: str, intent: Intent) -> None:
    change = cast(OrderChanged, events.order_changed(events.order_image(status, version=3), events.order_image()))

    demand = derive_demand(change)

    assert (demand.intent, demand.version, demand.lines) == (intent, 3, (Line("PEN", 2),))
    assert (demand.event_id, demand.correlation_id) == (change["metadata"]["event_id"], "corr-1")


@pytest.mark.parametrize("status", ["shipped", "delivered", "refunded"])
def test_order_in_any_other_status_has_no_demand(status: str) -> None:
    change = cast(OrderChanged, events.order_changed(events.order_image(status, version=3), events.order_image()))

    assert derive_demand(change) is None


def test_lines_with_the_same_sku_are_summed() -> None:
    lines = merge_lines(
        [
            {"sku": "PEN", "name": "Pen", "quantity": 2, "unit_price": 1},
            {"sku": "INK", "name": "Ink", "quantity": 1, "unit_price": 1},
            {"sku": "PEN", "name": "Pen, blue", "quantity": 3, "unit_price": 2},
        ]
    )

    assert lines == (Line("PEN", 5), Line("INK", 1))
