"""The demo reports what it waits for, checks deadlines when payment terms end, and gives up when nothing changes."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from orderflow_cli.demo.settle import STALLED_SECONDS, State, compute_state, wait_until_over

NOW = 1_772_357_400.0  # 2026-03-01T09:30:00Z
PAYMENT_DUE_AT = "2026-03-01T09:30:10.000Z"


class Simulation:
    """A simulation whose time passes only while the demo waits; `states` gives the states of orders over time."""

    def __init__(self, states: Callable[["Simulation"], State]) -> None:
        self._states = states
        self.now = NOW
        self.check_times: list[float] = []
        self.progress: list[str] = []

    def wait_until_over(self) -> bool:
        def sleep(seconds: float) -> None:
            self.now += seconds

        check, clock = lambda: self.check_times.append(self.now), lambda: self.now
        return wait_until_over(lambda: self._states(self), check, self.progress.append, clock=clock, sleep=sleep)


def order(order_id: str, status: str, **more: Any) -> dict[str, Any]:
    return {"order_id": order_id, "status": status, **more}


def test_state_distinguishes_orders_that_wait_for_their_payment_term() -> None:
    orders = [
        order("silent", "placed", payment_due_at=PAYMENT_DUE_AT),
        order("slow", "placed", payment_due_at=PAYMENT_DUE_AT),
        order("done", "delivered"),
        order("of another run", "placed"),
    ]

    state = compute_state(orders, {"silent", "slow", "done", "unseen"}, {"silent"}, message_count=3, callback_count=1)

    assert (state.total_count, state.settled_count, state.due_times) == (4, 1, (NOW + 10,))
    assert dict(state.counts_by_wait_reason) == {"waiting for the payment provider": 1, "waiting for the recorder": 1}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (
            State(73, 70, (NOW + 10, NOW + 12), (("waiting for the warehouse", 1),)),
            r"70 of 73 orders settled; 1 waiting for the warehouse; "
            r"2 waiting for the payment term to end, at \d\d:\d\d:12 \(12 s\)",
        ),
        (State(2, 1, (NOW - 1,)), r"1 of 2 orders settled; 1 waiting for the events after the payment term"),
        (State(1, 0, (), (("waiting for the carrier", 1),), 5), r"0 of 1 order settled; 1 waiting for the carrier.*"),
        (State(9, 9, (), (), 1, 2), r"9 of 9 orders settled; 1 message in queues; 2 callbacks pending"),
    ],
)
def test_state_describes_pending_orders_and_deadlines(state: State, expected: str) -> None:
    assert re.fullmatch(expected, state.describe(NOW))


def test_deadline_is_checked_only_after_it_has_passed() -> None:
    waiting_state = State(2, 1, (NOW + 10,))
    simulation = Simulation(lambda simulation: State(2, 2) if simulation.check_times else waiting_state)

    assert simulation.wait_until_over()

    assert simulation.check_times == [NOW + 10]
    assert simulation.progress[-1] == "2 of 2 orders settled"


def test_demo_waits_while_a_payment_term_runs() -> None:
    due_time = NOW + 3 * STALLED_SECONDS
    simulation = Simulation(lambda simulation: State(1, int(simulation.now > due_time), (due_time,)))

    assert simulation.wait_until_over()


def test_demo_waits_while_orders_change() -> None:
    def states(simulation: Simulation) -> State:
        intervals = (simulation.now - NOW) // (STALLED_SECONDS - 1)
        return State(5, int(min(intervals, 5)))

    simulation = Simulation(states)

    assert simulation.wait_until_over()
    assert simulation.now > NOW + 4 * (STALLED_SECONDS - 1)


def test_demo_gives_up_when_no_order_changes() -> None:
    stuck_state = State(2, 1, counts_by_wait_reason=(("waiting for the warehouse", 1),))
    simulation = Simulation(lambda _: replace(stuck_state))

    assert not simulation.wait_until_over()
    assert STALLED_SECONDS < simulation.now - NOW < STALLED_SECONDS + 2
