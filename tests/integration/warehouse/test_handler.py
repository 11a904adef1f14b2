"""The warehouse from the queue message to stock and bus."""

import sys
from typing import Any

import pytest

from contracts.ids import shipment_id
from tests.integration.warehouse.stockroom import Stockroom
from tests.support import events
from tests.support.bus import UNUSABLE, Bus, Mailbox
from tests.support.doubles import client_error
from tests.support.handlers import Handler
from tests.support.invocations import QUEUE_ARN, Context, message, queue_batch, to_be_retried
from tests.support.logs import Logs, counts


class Killed(BaseException):
    """The process ended here."""


def change(status: str, version: int, skus: int = 1) -> Any:
    """A change of an order of two pieces of PEN, or of one piece each of many SKUs."""
    lines = {}
    if skus > 1:
        lines = {"lines": [{"sku": name, "name": name, "quantity": 1, "unit_price": 1} for name in names(skus)]}
    before = events.order_image("placed" if version == 2 else "paid", version=version - 1, **lines)
    after = events.order_image(status, version=version, **lines)
    return events.order_changed(after, before if version > 1 else None, event_id=f"change-{version}")


def names(skus: int) -> list[str]:
    return [f"SKU-{number:03d}" for number in range(skus)]


def deliver(handler: Handler, *changes: Any) -> list[str]:
    bodies = [change if isinstance(change, str) else message(change) for change in changes]
    return to_be_retried(handler(queue_batch(*bodies), Context()))


def wiring() -> Any:
    return sys.modules["warehouse.handler"]


def test_goods_are_reserved_then_shipped_when_an_order_is_placed_then_paid(
    handler: Handler, bus: Bus, stockroom: Stockroom
) -> None:
    stockroom.put(PEN=10)

    assert deliver(handler, change("placed", 1)) == []
    assert stockroom.state(events.ORDER_ID) == "reserved"
    assert bus.published() == []
    assert deliver(handler, change("paid", 2)) == []

    assert stockroom.state(events.ORDER_ID) == "shipped"
    assert stockroom.available() == {"PEN": 8}
    (event,) = bus.published()
    assert event["metadata"]["event_type"] == "OrderShipped"
    assert event["metadata"]["causation_id"] == "change-2"
    assert event["data"]["shipment_id"] == shipment_id(events.ORDER_ID)
    assert event["data"]["order_version"] == 2


@pytest.mark.parametrize("stock", [{"PEN": 1}, {"INK": 5}])
def test_order_is_rejected_when_pieces_are_missing(
    stock: dict[str, int], handler: Handler, bus: Bus, stockroom: Stockroom
) -> None:
    stockroom.put(**stock)

    assert deliver(handler, change("placed", 1)) == []

    assert stockroom.state(events.ORDER_ID) == "rejected"
    assert stockroom.available() == stock
    (event,) = bus.published()
    assert event["data"]["missing"] == [{"sku": "PEN", "requested": 2, "available": stock.get("PEN", 0)}]


def test_rejection_is_told_again_and_nothing_ships_when_payment_arrives_later(
    handler: Handler, bus: Bus, stockroom: Stockroom
) -> None:
    deliver(handler, change("placed", 1))
    (first,) = bus.published()
    stockroom.put(PEN=10)

    assert deliver(handler, change("paid", 2)) == []

    assert bus.published() == [first]
    assert stockroom.available() == {"PEN": 10}


def test_goods_ship_once_when_paid_comes_first_and_everything_twice(
    handler: Handler, bus: Bus, stockroom: Stockroom
) -> None:
    stockroom.put(PEN=10)

    assert deliver(handler, change("paid", 2), change("placed", 1), change("paid", 2), change("placed", 1)) == []

    first, again = bus.published()
    assert first == again
    assert stockroom.available() == {"PEN": 8}


@pytest.mark.parametrize("status", ["cancelled", "refunding"])
def test_stock_comes_back_once_when_a_reserved_order_ends(
    status: str, handler: Handler, bus: Bus, stockroom: Stockroom
) -> None:
    stockroom.put(PEN=10)

    assert deliver(handler, change("placed", 1), change(status, 2), change(status, 2)) == []

    assert stockroom.state(events.ORDER_ID) == "released"
    assert stockroom.available() == {"PEN": 10}
    assert bus.published() == []


def test_nothing_is_reserved_when_cancelled_comes_before_placed(
    handler: Handler, bus: Bus, stockroom: Stockroom
) -> None:
    stockroom.put(PEN=10)

    assert deliver(handler, change("cancelled", 2), change("placed", 1)) == []

    assert stockroom.state(events.ORDER_ID) == "released"
    assert stockroom.available() == {"PEN": 10}


def test_order_of_a_hundred_skus_is_reserved_shipped_or_released_when_it_needs_two_transactions(
    handler: Handler, bus: Bus, stockroom: Stockroom
) -> None:
    stockroom.put(**dict.fromkeys(names(100), 3))

    assert deliver(handler, change("placed", 1, skus=100)) == []
    assert stockroom.available() == dict.fromkeys(names(100), 2)
    assert stockroom.reservation(events.ORDER_ID)["taken"] == 100
    assert deliver(handler, change("cancelled", 2, skus=100)) == []

    assert stockroom.state(events.ORDER_ID) == "released"
    assert stockroom.available() == dict.fromkeys(names(100), 3)


def test_nothing_is_kept_when_the_last_of_a_hundred_skus_is_missing(
    handler: Handler, bus: Bus, stockroom: Stockroom
) -> None:
    stock = {**dict.fromkeys(names(100), 3), "SKU-099": 0}
    stockroom.put(**stock)

    assert deliver(handler, change("placed", 1, skus=100)) == []

    assert stockroom.state(events.ORDER_ID) == "rejected"
    assert stockroom.available() == stock
    (event,) = bus.published()
    assert event["data"]["missing"] == [{"sku": "SKU-099", "requested": 1, "available": 0}]


@pytest.mark.parametrize(("status", "left"), [("placed", 2), ("cancelled", 3)])
def test_order_is_finished_when_the_process_ended_between_its_two_transactions(
    status: str, left: int, handler: Handler, stockroom: Stockroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    stockroom.put(**dict.fromkeys(names(100), 3))
    client = wiring()._stock._client
    transact, calls = client.transact_write_items, iter(range(2))

    def end_at_the_second(**arguments: Any) -> Any:
        if next(calls) == 1:
            raise Killed
        return transact(**arguments)

    with monkeypatch.context() as ending:
        ending.setattr(client, "transact_write_items", end_at_the_second)
        with pytest.raises(Killed):
            deliver(handler, change("placed", 1, skus=100))
    assert stockroom.state(events.ORDER_ID) == "reserving"
    assert sum(stockroom.available().values()) == 300 - 99

    assert deliver(handler, change(status, 1 if status == "placed" else 2, skus=100)) == []

    assert stockroom.available() == dict.fromkeys(names(100), left)


@pytest.mark.parametrize(("stock", "event_type"), [(10, "OrderShipped"), (0, "StockRejected")])
def test_nothing_is_lost_when_the_process_ends_between_stock_and_bus(
    *, stock: int, event_type: str, handler: Handler, bus: Bus, stockroom: Stockroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    stockroom.put(PEN=stock)

    def end(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as ending:
        ending.setattr(wiring(), "publish_all_or_raise", end)
        with pytest.raises(Killed):
            deliver(handler, change("paid", 2))
    after_the_end = stockroom.available(), stockroom.reservations()
    assert bus.published() == []

    assert deliver(handler, change("paid", 2)) == []

    assert [event["metadata"]["event_type"] for event in bus.published()] == [event_type]
    assert (stockroom.available(), stockroom.reservations()) == after_the_end


def test_messages_go_to_quarantine_as_they_came_when_they_cannot_be_used(
    handler: Handler, dead_letters: Mailbox, stockroom: Stockroom
) -> None:
    stockroom.put(PEN=10)

    assert deliver(handler, *(body for body, _ in UNUSABLE.values()), change("placed", 1)) == []

    envelopes = dead_letters.bodies()
    assert sorted((kept["payload"], kept["reason"]) for kept in envelopes) == sorted(UNUSABLE.values())
    assert {(kept["function"], kept["origin"]) for kept in envelopes} == {("warehouse", QUEUE_ARN)}
    assert stockroom.available() == {"PEN": 8}


def test_only_that_message_comes_back_when_the_table_fails_once(
    handler: Handler, stockroom: Stockroom, dead_letters: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    stockroom.put(PEN=10)
    client = wiring()._stock._client
    transact, answers = client.transact_write_items, iter([client_error("ThrottlingException")])

    def fail_once(**arguments: Any) -> Any:
        if error := next(answers, None):
            raise error
        return transact(**arguments)

    monkeypatch.setattr(client, "transact_write_items", fail_once)

    assert deliver(handler, change("placed", 1), change("paid", 2)) == ["message-0"]
    assert deliver(handler, change("placed", 1)) == []

    assert stockroom.state(events.ORDER_ID) == "shipped"
    assert stockroom.available() == {"PEN": 8}
    assert dead_letters.take() == []


@pytest.mark.parametrize("status", ["shipped", "delivered", "refunded"])
def test_nothing_happens_when_the_status_is_not_about_stock(
    status: str, handler: Handler, bus: Bus, stockroom: Stockroom
) -> None:
    assert deliver(handler, change(status, 3)) == []

    assert stockroom.reservations() == []
    assert bus.published() == []


def test_states_are_logged_when_changes_are_handled(handler: Handler, stockroom: Stockroom, logs: Logs) -> None:
    stockroom.put(PEN=10)

    deliver(handler, change("placed", 1), change("paid", 2), change("paid", 2))

    lines = logs.with_message("Stock settled")
    assert [(line["version"], line["outcome"]) for line in lines] == [(1, "reserved"), (2, "shipped"), (2, "duplicate")]
    assert {(line["order_id"], line["correlation_id"]) for line in lines} == {(events.ORDER_ID, "corr-1")}
    assert "ada@example.org" not in logs.text
    assert counts() == {}
