"""Waits until every order of a run has settled, reports what is pending, and gives up when progress stops."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orderflow_cli.console import pluralize
from orderflow_cli.observe import invariants

STALLED_SECONDS = 60.0
POLL_SECONDS = 0.5
DEADLINE_CHECK_SECONDS = 5.0


@dataclass(frozen=True)
class State:
    """The state of a run. ``due``: when the payment terms of unsettled orders end (seconds since 1970); ``waiting``:
    number of the other unsettled orders by reason; ``callbacks``: number of the partners' pending callbacks."""

    total: int
    settled: int
    due: tuple[float, ...] = ()
    waiting: tuple[tuple[str, int], ...] = ()
    messages: int = 0
    callbacks: int = 0

    @property
    def is_over(self) -> bool:
        return self.settled == self.total and not self.messages and not self.callbacks

    def describe(self, now: float) -> str:
        """Describe the state: `71 of 73 orders settled; 2 wait for their payment term, until 14:03:31 (12 s)`."""
        parts = [f"{self.settled} of {pluralize(self.total, 'order')} settled"]
        parts += [f"{number} {reason.replace('waits', 'wait' if number > 1 else 'waits')}"
                  for reason, number in self.waiting]  # fmt: skip
        if self.due:
            end = max(self.due)
            wait = f"{len(self.due)} wait for their" if len(self.due) > 1 else "1 waits for its"
            note = f"({end - now:.0f} s)" if end > now else "and then for the follow-up events"
            parts.append(f"{wait} payment term, until {datetime.fromtimestamp(end, UTC).astimezone():%H:%M:%S} {note}")
        if self.settled == self.total:
            parts += [f"{pluralize(self.messages, 'message')} in queues"] if self.messages else []
            parts += [f"{pluralize(self.callbacks, 'callback')} pending"] if self.callbacks else []
        return "; ".join(parts)


def compute_state(
    orders: Iterable[Mapping[str, Any]], ids: Collection[str], terms: Collection[str], messages: int, callbacks: int
) -> State:
    """Return the state of a run. ``ids``: its orders; ``terms``: those that end only after their payment term."""
    recorded = {order["order_id"]: order for order in orders if order["order_id"] in ids}
    open_orders = [order for order in recorded.values() if not invariants.is_settled(order)]
    due, reasons = [], Counter[str]()
    for order in open_orders:
        if order["order_id"] in terms and order["status"] == "placed" and order.get("payment_due_at"):
            due.append(datetime.fromisoformat(order["payment_due_at"]).timestamp())
        else:
            reasons[invariants.describe_wait(order)] += 1
    if missing := len(ids) - len(recorded):
        reasons["waits for the recorder"] += missing
    waiting = tuple(sorted(reasons.items()))
    return State(len(ids), len(recorded) - len(open_orders), tuple(sorted(due)), waiting, messages, callbacks)


def settle(
    read: Callable[[], State],
    check_deadlines: Callable[[], object],
    on_progress: Callable[[str], object],
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], object] = time.sleep,
) -> bool:
    """Wait until the run is over; return False after STALLED_SECONDS without a change or a running payment term.

    The schedule checks for ended payment terms once a minute; `check_deadlines` is called as soon as one has ended."""
    previous: State | None = None
    changed_at = checked_at = 0.0
    while not (state := read()).is_over:
        now = clock()
        on_progress(state.describe(now))
        if state != previous:
            previous, changed_at = state, now
        passed = [due for due in state.due if due <= now]
        if passed and now - checked_at >= DEADLINE_CHECK_SECONDS:
            check_deadlines()
            checked_at = now
        if now - max(changed_at, *state.due, 0.0) > STALLED_SECONDS:
            return False
        sleep(POLL_SECONDS)
    on_progress(state.describe(clock()))
    return True
