"""Waits until every order of a run has settled, reports what is pending, and gives up when progress stops."""

import time
from collections import Counter
from collections.abc import Callable
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
    """The state of a run. ``due_times``: when the payment terms that orders await end (seconds since 1970);
    ``counts_by_wait_reason``: number of the other unsettled orders by reason; ``callback_count``: pending callbacks."""

    total_count: int
    settled_count: int
    due_times: tuple[float, ...] = ()
    counts_by_wait_reason: tuple[tuple[str, int], ...] = ()
    message_count: int = 0
    callback_count: int = 0

    @property
    def is_over(self) -> bool:
        return self.settled_count == self.total_count and not self.message_count and not self.callback_count

    def describe(self, now: float) -> str:
        """Describe the state: `71 of 73 orders settled; 2 waiting for the payment term to end, at 14:03:31 (12 s)`."""
        parts = [f"{self.settled_count} of {pluralize(self.total_count, 'order')} settled"]
        parts += [f"{number} {reason}" for reason, number in self.counts_by_wait_reason]
        if self.due_times:
            end = max(self.due_times)
            end_text = f"{datetime.fromtimestamp(end, UTC).astimezone():%H:%M:%S} ({end - now:.0f} s)"
            cause = f"the payment term to end, at {end_text}" if end > now else "the events after the payment term"
            parts.append(f"{len(self.due_times)} waiting for {cause}")
        if self.settled_count == self.total_count:
            parts += [f"{pluralize(self.message_count, 'message')} in queues"] if self.message_count else []
            parts += [f"{pluralize(self.callback_count, 'callback')} pending"] if self.callback_count else []
        return "; ".join(parts)


def compute_state(
    items: list[dict[str, Any]], ids: set[str], ids_awaiting_deadline: set[str], message_count: int, callback_count: int
) -> State:
    """Return the state of a run's orders ``ids``; those in ``ids_awaiting_deadline`` settle after their deadline."""
    recorded_orders = {item["order_id"]: item for item in items if item["order_id"] in ids}
    open_orders = [order for order in recorded_orders.values() if not invariants.is_settled(order)]
    due_times, reasons = [], Counter[str]()
    for order in open_orders:
        if order["order_id"] in ids_awaiting_deadline and order["status"] == "placed" and order.get("payment_due_at"):
            due_times.append(datetime.fromisoformat(order["payment_due_at"]).timestamp())
        else:
            reasons[invariants.describe_wait(order)] += 1
    if missing_count := len(ids) - len(recorded_orders):
        reasons["waiting for the recorder"] += missing_count
    settled_count, reason_counts = len(recorded_orders) - len(open_orders), tuple(sorted(reasons.items()))
    return State(len(ids), settled_count, tuple(sorted(due_times)), reason_counts, message_count, callback_count)


def wait_until_over(
    read: Callable[[], State],
    check_deadlines: Callable[[], object],
    on_progress: Callable[[str], object],
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], object] = time.sleep,
) -> bool:
    """Wait until the run is over; return False after STALLED_SECONDS without a change or a running payment term.

    Payment terms are checked by schedule once a minute; `check_deadlines` is called as soon as one has ended."""
    previous_state: State | None = None
    changed_at = checked_at = 0.0
    while not (state := read()).is_over:
        now = clock()
        on_progress(state.describe(now))
        if state != previous_state:
            previous_state, changed_at = state, now
        if now - checked_at >= DEADLINE_CHECK_SECONDS and any(due <= now for due in state.due_times):
            check_deadlines()
            checked_at = now
        if now - max(changed_at, *state.due_times, 0.0) > STALLED_SECONDS:
            return False
        sleep(POLL_SECONDS)
    on_progress(state.describe(clock()))
    return True
