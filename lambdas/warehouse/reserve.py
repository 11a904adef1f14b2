"""Makes the moves that meet the demand of one version of an order."""

from collections.abc import Callable
from typing import Protocol

from contracts import times
from warehouse.plan import Move, ReservationChanged, can_skip_read, expected_reservation, next_move, plan_rejection
from warehouse.reservation import Demand, Reservation, Shortage


class ReservationStore(Protocol):
    """The interface of `warehouse.stock.Stock`."""

    def read(self, order_id: str) -> Reservation | None: ...

    def make_move(self, move: Move, remaining_ms: Callable[[], int]) -> tuple[Shortage, ...]: ...


def settle(
    demand: Demand, stock: ReservationStore, remaining_ms: Callable[[], int], now: Callable[[], str] = times.now
) -> tuple[Reservation, int]:
    """Make moves until `demand` is met; return the reservation and the number of moves made.

    The loop ends because every move, by any invocation, brings the reservation closer to a state in which the demand
    needs no more moves. If `stock` raises, the moves made so far remain, and the next attempt continues from them."""
    current = expected_reservation(demand) if can_skip_read(demand) else stock.read(demand.order_id)
    move_count = 0
    while (move := next_move(current, demand, now())) is not None:
        try:
            if missing := stock.make_move(move, remaining_ms):
                move = plan_rejection(move, missing, demand, now())
                stock.make_move(move, remaining_ms)
        except ReservationChanged:
            current = stock.read(demand.order_id)
        else:
            current = move.after
            move_count += 1
    if current is None:
        raise AssertionError("next_move must return a move if there is no reservation")
    return current, move_count
