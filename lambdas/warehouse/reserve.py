"""Makes the moves that one version of an order demands."""

from collections.abc import Callable
from typing import Protocol

from contracts import times
from warehouse.plan import Move, ReservationChanged, expected_reservation, is_in_sequence, next_move, reject
from warehouse.reservation import Demand, Missing, Reservation


class ReservationStore(Protocol):
    """The interface of `warehouse.stock.Stock`."""

    def read(self, order_id: str) -> Reservation | None: ...

    def make(self, move: Move, remaining_ms: Callable[[], int]) -> tuple[Missing, ...]: ...


def settle(
    demand: Demand, stock: ReservationStore, remaining_ms: Callable[[], int], now: Callable[[], str] = times.now
) -> tuple[Reservation, int]:
    """Make moves until `demand` is met; return the reservation and the number of moves made.

    The loop ends because every move, by any invocation, brings the reservation closer to a state without a next move
    for this demand. After an error of `stock` the moves made so far stay, and the next attempt continues from them."""
    current = expected_reservation(demand) if is_in_sequence(demand) else stock.read(demand.order_id)
    moves = 0
    while (move := next_move(current, demand, now())) is not None:
        try:
            if missing := stock.make(move, remaining_ms):
                move = reject(move, missing, demand, now())
                stock.make(move, remaining_ms)
        except ReservationChanged:
            current = stock.read(demand.order_id)
        else:
            current = move.after
            moves += 1
    if current is None:
        raise AssertionError("without a reservation there is always a next move")
    return current, moves
