"""Many orders want the same SKU at the same moment."""

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from common.errors import TransientError
from common.publisher import RetryPolicy
from tests.integration.warehouse.stockroom import OneTransactionAtATime, Stockroom
from tests.support import events
from tests.support.bus import Bus
from tests.support.handlers import Handler
from tests.support.invocations import Context, enough_time, message, queue_batch, to_be_retried
from tests.support.lives import order_number
from warehouse.plan import Overtaken, next_move
from warehouse.reservation import Demand, Intent, Line, State
from warehouse.reserve import settle
from warehouse.stock import Stock

WORKERS = 8
ORDERS = 40
PIECES = 30


def shared_stock(client: OneTransactionAtATime, table: str, attempts: int = 5) -> Stock:
    return Stock(cast(Any, client), table, RetryPolicy(attempts=attempts, base_ms=5, cap_ms=40))


def settled(order: Demand, stock: Stock) -> State:
    """Handle a demand until it is settled, like the queue that delivers its message again."""
    for _ in range(100):
        try:
            return settle(order, stock, enough_time)[0].state
        except TransientError:
            continue
    raise AssertionError("never settled")


def test_every_piece_is_given_out_once_when_workers_want_it_at_the_same_time(stockroom: Stockroom) -> None:
    stockroom.put(PEN=PIECES)
    client = OneTransactionAtATime(stockroom.client)
    stock = shared_stock(client, stockroom.table)

    def reserve(number: int) -> State:
        lines = (Line("PEN", 1),)
        return settled(Demand(order_number(number), 1, Intent.RESERVE, lines, f"change-{number}", "corr-1"), stock)

    with ThreadPoolExecutor(WORKERS) as pool:
        states = list(pool.map(reserve, range(ORDERS)))

    assert client.conflicts > 0
    assert (states.count(State.RESERVED), states.count(State.REJECTED)) == (PIECES, ORDERS - PIECES)
    assert stockroom.available() == {"PEN": 0}


def test_order_is_taken_once_when_its_versions_are_handled_at_the_same_time(stockroom: Stockroom) -> None:
    stockroom.put(PEN=50, INK=50)
    client = OneTransactionAtATime(stockroom.client)
    stock = shared_stock(client, stockroom.table, attempts=100)
    lines = (Line("PEN", 1), Line("INK", 2))

    def handle(version: int) -> State:
        intent = Intent.SHIP if version % 2 else Intent.RESERVE
        return settled(Demand(order_number(1), version, intent, lines, f"change-{version}", "corr-1"), stock)

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(handle, range(1, 2 * WORKERS)))

    assert stockroom.state(order_number(1)) == "shipped"
    assert stockroom.available() == {"PEN": 49, "INK": 48}


@pytest.mark.parametrize("intents", [(Intent.SHIP,), (Intent.RESERVE, Intent.RELEASE), (Intent.RELEASE,)])
def test_move_is_made_once_when_two_workers_planned_it_from_the_same_state(
    intents: tuple[Intent, ...], stockroom: Stockroom
) -> None:
    skus = [f"SKU-{number:03d}" for number in range(100)]
    stockroom.put(**dict.fromkeys(skus, 5))
    stock = Stock(stockroom.client, stockroom.table)
    lines = tuple(Line(sku, 1) for sku in skus)

    for version, intent in enumerate(intents, start=1):
        demand = Demand(order_number(1), version, intent, lines, f"change-{version}", "corr-1")
        while move := next_move(stock.read(demand.order_id), demand, events.AT):
            assert stock.make(move, enough_time) == ()
            after = stockroom.available(), stockroom.reservations()
            with pytest.raises(Overtaken):
                stock.make(move, enough_time)
            assert (stockroom.available(), stockroom.reservations()) == after

    taken = 1 if intents == (Intent.SHIP,) else 0
    assert stockroom.available() == dict.fromkeys(skus, 5 - taken)


def test_message_comes_back_and_is_settled_later_when_the_sku_stays_busy(
    handler: Handler, bus: Bus, stockroom: Stockroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    stockroom.put(PEN=10)
    client = OneTransactionAtATime(stockroom.client)
    batch = queue_batch(message(events.order_changed(events.order_image())))

    with monkeypatch.context() as busy, client.occupied():
        busy.setattr(sys.modules["warehouse.handler"], "_stock", shared_stock(client, stockroom.table))
        assert to_be_retried(handler(batch, Context())) == ["message-0"]
        assert stockroom.reservations() == []

    assert to_be_retried(handler(batch, Context())) == []
    assert stockroom.available() == {"PEN": 8}
