"""A stock table in memory, which applies a step completely or not at all, like a transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field

from warehouse.plan import ReservationChanged, Step
from warehouse.reservation import Reservation, Shortage


class Crash(Exception):  # noqa: N818 - simulates a crash, not an error of the code
    """Simulates a crash of the process."""


@dataclass
class StockDouble:
    """The stock table; `interrupt` is called before every step, and can raise Crash or apply another step first."""

    levels: dict[str, int]
    reservations: dict[str, Reservation] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    interrupt: Callable[[], None] = lambda: None

    def read(self, order_id: str) -> Reservation | None:
        return self.reservations.get(order_id)

    def apply_step(self, step: Step, remaining_ms: Callable[[], int]) -> tuple[Shortage, ...]:
        self.interrupt()
        current = self.reservations.get(step.after.order_id)
        expected = step.before
        if (current and (current.revision, current.state)) != (expected and (expected.revision, expected.state)):
            raise ReservationChanged
        shortages = tuple(
            Shortage(line.sku, line.quantity, self.levels.get(line.sku, 0))
            for line in step.lines_to_take
            if self.levels.get(line.sku, 0) < line.quantity
        )
        if shortages:
            return shortages
        for line in step.lines_to_take:
            self.levels[line.sku] -= line.quantity
        for line in step.lines_to_return:
            self.levels[line.sku] = self.levels.get(line.sku, 0) + line.quantity
        self.reservations[step.after.order_id] = step.after
        self.steps.append(step)
        return ()


def crash_before_step(*numbers: int) -> Callable[[], None]:
    """Return an interrupt that raises Crash before the steps with the given numbers, counted from 0."""
    count = iter(range(1_000_000))

    def interrupt() -> None:
        if next(count) in numbers:
            raise Crash

    return interrupt
