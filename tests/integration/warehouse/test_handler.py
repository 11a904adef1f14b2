"""Integration tests of the warehouse with its queue, stock table and bus."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from contracts.ids import shipment_id
from tests.support import events, tables
from tests.support.bus import BUS, Bus, Queue
from tests.support.handlers import Handler, import_handler
from tests.support.invocations import Context, failed_ids, message, queue_batch


@dataclass(frozen=True)
class StockTable:
    """The stock table, with methods to add stock and to read quantities and the reservation."""

    client: Any
    table: str

    def put(self, **available: int) -> None:
        for sku, quantity in available.items():
            tables.put(self.client, self.table, {"pk": f"sku#{sku}", "available": quantity})

    def available(self) -> dict[str, int]:
        items = tables.scan(self.client, self.table)
        return {item["pk"].removeprefix("sku#"): item["available"] for item in items if "available" in item}

    def reservation(self) -> Mapping[str, Any]:
        return tables.get(self.client, self.table, pk=f"order#{events.ORDER_ID}") or {}


@pytest.fixture
def stock(dynamodb: Any, stock_table: str) -> StockTable:
    return StockTable(dynamodb, stock_table)


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch, stock_table: str, bus: Bus, dlq: Queue) -> Handler:
    monkeypatch.setenv("STOCK_TABLE", stock_table)
    monkeypatch.setenv("BUS_NAME", BUS)
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", dlq.url)
    return import_handler("warehouse")


def change(status: str, version: int, sku_count: int = 1) -> str:
    """Return the message about a changed order: two units of the SKU PEN, or one unit of each of `sku_count` SKUs."""
    lines = {}
    if sku_count > 1:
        lines = {"lines": [{"sku": sku, "name": sku, "quantity": 1, "unit_price": 1} for sku in skus(sku_count)]}
    before = events.order_image("placed" if version == 2 else "paid", version=version - 1, **lines)
    after = events.order_image(status, version=version, **lines)
    return message(events.order_changed(after, before if version > 1 else None, event_id=f"change-{version}"))


def skus(count: int) -> list[str]:
    return [f"SKU-{number:03d}" for number in range(count)]


def deliver(handler: Handler, *bodies: str) -> list[str]:
    return failed_ids(handler(queue_batch(*bodies), Context()))


def test_goods_are_reserved_then_shipped(handler: Handler, bus: Bus, stock: StockTable, dlq: Queue) -> None:
    stock.put(PEN=10)

    assert deliver(handler, "poison", change("placed", 1)) == []
    assert stock.reservation()["state"] == "reserved"
    assert bus.receive_events() == []
    assert deliver(handler, change("paid", 2)) == []

    assert stock.reservation()["state"] == "shipped"
    assert stock.available() == {"PEN": 8}
    (event,) = bus.receive_events()
    assert event["metadata"]["event_type"] == "OrderShipped"
    assert event["metadata"]["causation_id"] == "change-2"
    assert event["data"]["shipment_id"] == shipment_id(events.ORDER_ID)
    assert event["data"]["order_version"] == 2
    assert [(body["function"], body["payload"]) for body in dlq.receive_bodies()] == [("warehouse", "poison")]


def test_order_with_a_hundred_skus_takes_two_transactions(handler: Handler, bus: Bus, stock: StockTable) -> None:
    stock.put(**dict.fromkeys(skus(100), 3))

    assert deliver(handler, change("placed", 1, sku_count=100)) == []
    assert stock.available() == dict.fromkeys(skus(100), 2)
    assert (stock.reservation()["taken"], stock.reservation()["revision"]) == (100, 2)
    assert deliver(handler, change("cancelled", 2, sku_count=100)) == []

    assert stock.reservation()["state"] == "released"
    assert stock.available() == dict.fromkeys(skus(100), 3)
