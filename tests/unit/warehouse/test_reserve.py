"""The reservation and the event after each version of an order."""

import pytest

from contracts import Event, validate
from tests.support.invocations import one_minute_ms
from tests.unit.warehouse.demands import ORDER_ID, demand, stock_levels
from tests.unit.warehouse.doubles import Crash, StockDouble, crash_before_step
from warehouse.plan import follow_up_event
from warehouse.reservation import Demand, Intent, Reservation, State
from warehouse.reserve import meet_demand

RESERVE, SHIP, RELEASE = Intent.RESERVE, Intent.SHIP, Intent.RELEASE
NOW = "2026-03-01T09:30:00.000Z"
LATER_TIME = "2026-03-01T10:00:00.000Z"


def deliver(change: Demand, stock: StockDouble, now: str = NOW) -> tuple[Reservation, Event | None]:
    reservation, _ = meet_demand(change, stock, one_minute_ms, lambda: now)
    return reservation, follow_up_event(reservation, change)


def test_all_lines_in_stock_are_reserved_in_one_step() -> None:
    stock = StockDouble(stock_levels(3))

    reservation, event = deliver(demand(RESERVE, 3, quantity=4), stock)

    assert reservation.state is State.RESERVED
    assert stock.levels == stock_levels(3, 6)
    assert len(stock.steps) == 1
    assert event is None


def test_no_line_is_reserved_when_stock_for_one_is_missing() -> None:
    stock = StockDouble({**stock_levels(3), "SKU-001": 3})

    reservation, event = deliver(demand(RESERVE, 3, quantity=4), stock)

    assert reservation.state is State.REJECTED
    assert stock.levels == {**stock_levels(3), "SKU-001": 3}
    validate(event, "StockRejected")
    assert event["data"] == {
        "order_id": ORDER_ID,
        "order_version": 1,
        "missing": [{"sku": "SKU-001", "requested": 4, "available": 3}],
    }
    assert event["metadata"]["causation_id"] == "change-1"
    assert event["metadata"]["occurred_at"] == NOW


def test_rejected_order_is_not_shipped_after_its_payment() -> None:
    stock = StockDouble({})
    _, first_event = deliver(demand(RESERVE), stock)
    stock.levels["SKU-000"] = 10

    reservation, repeated_event = deliver(demand(SHIP, version=2), stock, LATER_TIME)

    assert reservation.state is State.REJECTED
    assert repeated_event == first_event
    assert stock.levels == stock_levels(1)


@pytest.mark.parametrize("intent", [RESERVE, SHIP])
def test_repeated_version_gives_the_same_event(intent: Intent) -> None:
    stock = StockDouble(stock_levels(1) if intent is SHIP else {})
    _, first_event = deliver(demand(intent), stock)
    steps = len(stock.steps)

    _, repeated_event = deliver(demand(intent), stock, LATER_TIME)

    assert first_event is not None
    assert repeated_event == first_event
    assert len(stock.steps) == steps


def test_first_step_is_undone_when_stock_for_the_second_is_missing() -> None:
    stock = StockDouble({**stock_levels(100), "SKU-099": 0})

    reservation, event = deliver(demand(RESERVE, 100), stock)

    assert reservation.state is State.REJECTED
    assert stock.levels == {**stock_levels(100), "SKU-099": 0}
    assert [shortage["sku"] for shortage in event["data"]["missing"]] == ["SKU-099"]


@pytest.mark.parametrize("crash_step", [0, 1, 2])
@pytest.mark.parametrize("next_intent", [RESERVE, SHIP, RELEASE])
def test_next_version_completes_or_releases_an_interrupted_reservation(crash_step: int, next_intent: Intent) -> None:
    stock = StockDouble(stock_levels(100), interrupt=crash_before_step(crash_step))
    with pytest.raises(Crash):
        deliver(demand(SHIP, 100), stock)
    stock.interrupt = lambda: None

    reservation, _ = deliver(demand(next_intent, 100, version=2), stock)

    expected = {RESERVE: State.RESERVED, SHIP: State.SHIPPED, RELEASE: State.RELEASED}[next_intent]
    assert reservation.state is expected
    assert stock.levels == stock_levels(100, 10 if next_intent is RELEASE else 9)


@pytest.mark.parametrize("crash_step", [0, 1])
@pytest.mark.parametrize("next_intent", [RESERVE, SHIP])
def test_rejection_event_is_returned_after_a_crash_while_releasing(crash_step: int, next_intent: Intent) -> None:
    stock = StockDouble({**stock_levels(200), "SKU-199": 0}, interrupt=crash_before_step(3 + crash_step))
    with pytest.raises(Crash):
        deliver(demand(RESERVE, 200), stock)
    stock.interrupt = lambda: None

    reservation, event = deliver(demand(next_intent, 200, version=2), stock)

    assert reservation.state is State.REJECTED
    assert stock.levels == {**stock_levels(200), "SKU-199": 0}
    assert event["metadata"]["event_type"] == "StockRejected"


def test_large_order_cancelled_between_its_two_steps_is_released() -> None:
    stock = StockDouble(stock_levels(100))
    step_numbers = iter(range(100))

    def cancel_before_second_step() -> None:
        if next(step_numbers) == 1:
            stock.interrupt = lambda: None
            deliver(demand(RELEASE, 100, version=2), stock)

    stock.interrupt = cancel_before_second_step
    reservation, event = deliver(demand(RESERVE, 100), stock)

    assert reservation.state is State.RELEASED
    assert stock.levels == stock_levels(100)
    assert event is None


def test_versions_in_sequence_need_no_read() -> None:
    class UnreadableStock(StockDouble):
        def read(self, order_id: str) -> Reservation | None:
            raise AssertionError("the reservation was read")

    stock = UnreadableStock(stock_levels(3))

    deliver(demand(RESERVE, 3), stock)
    reservation, event = deliver(demand(SHIP, 3, version=2), stock)

    assert reservation.state is State.SHIPPED
    assert event["metadata"]["event_type"] == "OrderShipped"
    assert stock.levels == stock_levels(3, 9)
