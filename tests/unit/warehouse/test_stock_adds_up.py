"""The warehouse and the recorder in a loop: whatever is delivered when, no piece is lost, sold twice or left behind.

Messages of several orders that want the same few pieces lie in one bag; any of them is delivered next, some stay in
the bag to be delivered again, and some deliveries end in a crash before a move. What the warehouse publishes goes to
the recorder, whose changes go into the bag. In between, payments arrive, are declined or do not arrive in time.
"""

from collections.abc import Callable
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import Event
from contracts.generated.types import OrderChanged
from recorder.transitions import Outcome
from tests.support import events, lives
from tests.support.invocations import enough_time
from tests.unit.warehouse.shelves import Crash, Shelves, crash_before
from warehouse.plan import follow_up
from warehouse.reservation import State, demand_of
from warehouse.reserve import settle

SKUS = ("INK", "PEN", "PAPER")
STATUSES = {"placed", "paid", "cancelled", "refunding"}
WORLD = (lives.captured("pay-1"), lives.captured("pay-2"), lives.declined, lives.deadline, lives.refunded)
EXPECTED_STATES = {
    "placed": {State.RESERVED},
    "shipped": {State.SHIPPED},
    "cancelled": {State.RELEASED},
    "refunding": {State.RELEASED},
    "refunded": {State.RELEASED},
}


class System:
    """Orders, the shelves, and the bag of messages between them."""

    def __init__(self, available: dict[str, int], orders: list[lives.Life]) -> None:
        self.initial = dict(available)
        self.shelves = Shelves(available)
        self.orders = {order.order_id: order for order in orders}
        self.bag: list[Event] = []
        self.told: dict[str, Event] = {}
        for order in orders:
            self.collect(order, 0)

    def collect(self, order: lives.Life, known: int) -> None:
        self.bag += [change for change in order.changes[known:] if change["data"]["status"] in STATUSES]

    def record(self, event: Event) -> Outcome:
        order = self.orders[event["data"]["order_id"]]
        known = len(order.changes)
        outcome = order.happen(event)
        self.collect(order, known)
        return outcome

    def deliver(self, change: Event, interrupt: Callable[[], None] = lambda: None) -> None:
        demand = demand_of(cast(OrderChanged, change))
        assert demand is not None
        self.shelves.interrupt = interrupt
        reservation, _ = settle(demand, self.shelves, enough_time, lambda: events.LATER)
        event = follow_up(reservation, demand)
        if event is not None:
            assert self.told.setdefault(event["metadata"]["event_id"], event) == event
            assert self.record(event) in {Outcome.APPLY, Outcome.COMPENSATE, Outcome.DUPLICATE, Outcome.OBSOLETE}

    def require_sound(self) -> None:
        for sku, initial in self.initial.items():
            assert self.shelves.available[sku] >= 0
            assert self.shelves.available[sku] + self.shelves.taken(sku) == initial


@st.composite
def systems(draw: st.DrawFn) -> System:
    available = {sku: draw(st.integers(0, 6)) for sku in SKUS}
    return System(available, [order(number, draw(quantities)) for number in range(draw(st.integers(1, 4)))])


quantities = st.dictionaries(st.sampled_from([*SKUS, "UNKNOWN"]), st.integers(1, 3), min_size=1)


def order(number: int, wanted: dict[str, int]) -> lives.Life:
    lines = [{"sku": sku, "name": sku, "quantity": pieces, "unit_price": 100} for sku, pieces in wanted.items()]
    total = {"amount": 100 * sum(wanted.values()), "currency": "EUR"}
    return lives.Life(events.order_placed(order_id=lives.order_number(number), lines=lines, total=total))


@settings(max_examples=300, deadline=None)
@given(systems(), st.data())
def test_stock_adds_up_when_versions_come_in_any_order_twice_and_with_crashes(
    system: System, data: st.DataObject
) -> None:
    for _ in range(data.draw(st.integers(0, 25))):
        if data.draw(st.booleans()):
            life = data.draw(st.sampled_from(list(system.orders.values())))
            system.record(data.draw(st.sampled_from(WORLD))(life))
        elif system.bag:
            change = data.draw(st.sampled_from(system.bag))
            try:
                system.deliver(change, crash_before(*data.draw(st.sets(st.integers(0, 2), max_size=1))))
            except Crash:
                continue
            if data.draw(st.booleans()):
                system.bag.remove(change)
        system.require_sound()

    while system.bag:
        system.deliver(system.bag.pop())
        system.require_sound()
    for life in system.orders.values():
        assert system.shelves.state(life.order_id) in EXPECTED_STATES[life.item["status"]]


@st.composite
def single_lives(draw: st.DrawFn) -> tuple[lives.Life, int]:
    """A life of the usual order, two pieces of one SKU, and the pieces in stock that make it possible."""
    pieces = draw(st.sampled_from([1, 2]))
    impossible = lives.rejected if pieces == 2 else lives.shipped
    return draw(lives.lives(without=impossible)), pieces


@settings(max_examples=200, deadline=None)
@given(single_lives(), st.data())
def test_end_is_the_same_when_the_versions_of_an_order_come_in_any_order(
    case: tuple[lives.Life, int], data: st.DataObject
) -> None:
    life, pieces = case
    messages = [change for change in life.changes if demand_of(cast(OrderChanged, change))]

    ends = [end_of(arrival, pieces) for arrival in (messages, data.draw(lives.deliveries(messages)))]

    assert ends[0] == ends[1]
    seen = {change["data"]["status"] for change in messages}
    if {"cancelled", "refunding"} & seen:
        assert ends[0] == (pieces, State.RELEASED)
    elif pieces == 1:
        assert ends[0] == (1, State.REJECTED)
    else:
        assert ends[0] == (0, State.SHIPPED if "paid" in seen else State.RESERVED)


def end_of(arrival: list[Event], pieces: int) -> tuple[int, State | None]:
    shelves = Shelves({"PEN": pieces})
    for change in arrival:
        demand = demand_of(cast(OrderChanged, change))
        assert demand is not None
        settle(demand, shelves, enough_time, lambda: events.LATER)
    return shelves.available["PEN"], shelves.state(events.ORDER_ID)
