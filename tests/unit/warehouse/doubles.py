"""A stock table in memory, which makes a move completely or not at all, like a transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field

from warehouse.plan import Move, ReservationChanged
from warehouse.reservation import Reservation, Shortage


class Crash(Exception):  # noqa: N818 - simulates a crash, not an error of the code
    """Simulates a crash of the process."""


@dataclass
class StockDouble:
    """The stock table; `interrupt` is called before every move, and can raise Crash or make another move first."""

    available: dict[str, int]
    reservations: dict[str, Reservation] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    interrupt: Callable[[], None] = lambda: None

    def read(self, order_id: str) -> Reservation | None:
        return self.reservations.get(order_id)

    def make_move(self, move: Move, remaining_ms: Callable[[], int]) -> tuple[Shortage, ...]:
        self.interrupt()
        current = self.reservations.get(move.after.order_id)
        expected = move.before
        if (current and (current.revision, current.state)) != (expected and (expected.revision, expected.state)):
            raise ReservationChanged
        missing = tuple(
            Shortage(line.sku, line.quantity, self.available.get(line.sku, 0))
            for line in move.lines_to_take
            if self.available.get(line.sku, 0) < line.quantity
        )
        if missing:
            return missing
        for line in move.lines_to_take:
            self.available[line.sku] -= line.quantity
        for line in move.lines_to_return:
            self.available[line.sku] = self.available.get(line.sku, 0) + line.quantity
        self.reservations[move.after.order_id] = move.after
        self.moves.append(move)
        return ()


def crash_before_move(*numbers: int) -> Callable[[], None]:
    """Return an interrupt that raises Crash before the moves with the given numbers, counted from 0."""
    count = iter(range(1_000_000))

    def interrupt() -> None:
        if next(count) in numbers:
            raise Crash

    return interrupt
