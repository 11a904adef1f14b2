"""Reserves, ships or releases stock until the demand of one version of an order is met."""

from collections.abc import Callable
from typing import Protocol

from contracts import times
from warehouse.plan import ReservationChanged, Step, can_skip_read, expected_reservation, next_step, plan_rejection
from warehouse.reservation import Demand, Reservation, Shortage


class ReservationStore(Protocol):
    """The interface of `warehouse.stock.Stock`."""

    def read(self, order_id: str) -> Reservation | None: ...

    def apply_step(self, step: Step, remaining_ms: Callable[[], int]) -> tuple[Shortage, ...]: ...


def meet_demand(
    demand: Demand, stock: ReservationStore, remaining_ms: Callable[[], int], now: Callable[[], str] = times.now
) -> tuple[Reservation, int]:
    """Apply steps until `demand` is met; return the reservation and the number of steps.

    The loop ends because every step, by any invocation, brings the reservation closer to meeting the demand. If
    `stock` raises, the steps applied so far remain, and the next attempt continues from them."""
    current = expected_reservation(demand) if can_skip_read(demand) else stock.read(demand.order_id)
    step_count = 0
    while (step := next_step(current, demand, now())) is not None:
        try:
            if shortages := stock.apply_step(step, remaining_ms):
                step = plan_rejection(step, shortages, demand, now())
                stock.apply_step(step, remaining_ms)
        except ReservationChanged:
            current = stock.read(demand.order_id)
        else:
            current = step.after
            step_count += 1
    if current is None:
        raise AssertionError("next_step must return a step if there is no reservation")
    return current, step_count
