"""Demands and stock levels for the tests of the warehouse."""

from warehouse.reservation import Demand, Intent, Line

CHANGE_TIME = "2026-03-01T09:30:00.000Z"
ORDER_ID = "ord_" + "a" * 26


def demand(intent: Intent, sku_count: int = 1, *, quantity: int = 1, version: int = 1) -> Demand:
    lines = tuple(Line(f"SKU-{number:03d}", quantity) for number in range(sku_count))
    return Demand(
        ORDER_ID, version, intent, lines, event_id=f"change-{version}", correlation_id="corr-1", occurred_at=CHANGE_TIME
    )


def stock_levels(sku_count: int, quantity: int = 10) -> dict[str, int]:
    return {f"SKU-{number:03d}": quantity for number in range(sku_count)}
