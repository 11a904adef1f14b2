"""Makes the moves that one version of an order demands."""

from collections.abc import Callable
from typing import Protocol

from contracts import times
from warehouse.plan import Move, ReservationChanged, is_in_sequence, next_move, presumed_reservation, reject
from warehouse.reservation import Demand, Missing, Reservation


class Moves(Protocol):
    """The stock interface; see `warehouse.stock.Stock`."""

    def read(self, order_id: str) -> Reservation | None: ...

    def make(self, move: Move, remaining_ms: Callable[[], int]) -> tuple[Missing, ...]: ...


def settle(
    demand: Demand, stock: Moves, remaining_ms: Callable[[], int], now: Callable[[], str] = times.now
) -> tuple[Reservation, int]:
    """Make moves until `demand` is met; return the reservation and the number of moves made.

    Ends because every move brings the reservation nearer to a state that has no next one for this demand, whoever
    makes it. What `stock` raises goes through: the moves made so far stay, and the next attempt goes on from them."""
    current = presumed_reservation(demand) if is_in_sequence(demand) else stock.read(demand.order_id)
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
        raise AssertionError("a reservation that does not exist always has a next move")
    return current, moves
