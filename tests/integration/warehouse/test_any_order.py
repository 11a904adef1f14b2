"""The handler over a real stock table: versions in any order, twice, and with the process ending at any call."""

import sys
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import Event
from tests.integration.warehouse.stockroom import Stockroom
from tests.support import events, lives
from tests.support.bus import Bus
from tests.support.handlers import Handler
from tests.support.invocations import Context, message, queue_batch, to_be_retried

ENDED = {"cancelled", "refunding"}
FOLLOWED = {"placed", "paid", *ENDED}


class Killed(BaseException):
    """The process ended here."""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.sampled_from([1, 2, 5]), data=st.data())
def test_stock_and_events_are_the_same_when_deliveries_are_repeated_and_cut_short(
    handler: Handler, bus: Bus, stockroom: Stockroom, pieces: int, data: st.DataObject
) -> None:
    life = data.draw(lives.lives(without=lives.rejected if pieces >= 2 else lives.shipped))
    messages = [change for change in life.changes if change["data"]["status"] in FOLLOWED]
    stockroom.clear()
    stockroom.put(PEN=pieces)
    bus.published()

    for change in data.draw(lives.deliveries(messages)):
        batch = queue_batch(message(change))
        cut_short(handler, batch, data.draw(st.integers(0, 4)))
        assert to_be_retried(handler(batch, Context())) == []
        assert stockroom.available()["PEN"] in {pieces, pieces - 2}

    state, taken = expected_end(messages, pieces)
    assert stockroom.state(events.ORDER_ID) == state
    assert stockroom.available() == {"PEN": pieces - taken}
    told = {event["metadata"]["event_id"]: event for event in bus.published()}
    assert len(told) <= 1
    if state in {"shipped", "rejected"}:
        assert [event["metadata"]["event_type"] for event in told.values()] == [
            "OrderShipped" if state == "shipped" else "StockRejected"
        ]


def expected_end(messages: list[Event], pieces: int) -> tuple[str, int]:
    """The state of the reservation and the pieces that are gone, for an order of two."""
    seen = {change["data"]["status"] for change in messages}
    if seen & ENDED:
        return "released", 0
    if pieces < 2:
        return "rejected", 0
    return ("shipped" if "paid" in seen else "reserved"), 2


def cut_short(handler: Handler, batch: dict[str, Any], calls: int) -> None:
    """Deliver the batch to a process that ends at its AWS call with this number, should it get that far."""
    module = sys.modules["warehouse.handler"]
    left = iter(range(calls))

    def ending(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(**arguments: Any) -> Any:
            if next(left, None) is None:
                raise Killed
            return call(**arguments)

        return wrapper

    dynamodb, bus = module._stock._client, module._publisher._client
    real = dynamodb.get_item, dynamodb.transact_write_items, bus.put_events
    dynamodb.get_item, dynamodb.transact_write_items, bus.put_events = map(ending, real)
    try:
        handler(batch, Context())
    except Killed:
        pass
    finally:
        dynamodb.get_item, dynamodb.transact_write_items, bus.put_events = real
