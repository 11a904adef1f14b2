"""The life of an order as the recorder and the relay make it, without AWS: bus events in, OrderChanged messages out.

Histories made up by hand would hold what the author thinks the system does; these hold what it does.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from contracts import Event, ids
from recorder.effects import Terms, changes_of
from recorder.transitions import WRITING, Outcome, decide
from relay.transform import to_event
from tests.support import events, invocations
from tests.support.order_model import written

TERMS = Terms(payment_term_seconds=3_600, order_retention_days=30)
START = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_record_numbers = itertools.count(1)

type Happening = Callable[["Life"], Event]


@dataclass
class Life:
    """An order: the item of the orders table as it stands, and all changes that were told so far."""

    placed: Event
    item: dict[str, Any] = field(default_factory=dict)
    changes: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.happen(self.placed)

    @property
    def order_id(self) -> str:
        return str(self.placed["data"]["order_id"])

    def happen(self, event: Event) -> Outcome:
        """Let the recorder have an event, and the relay the change it makes."""
        before = self.item or None
        decision = decide(event, before)
        if decision.outcome in WRITING:
            now = START + timedelta(seconds=len(self.changes))
            self.item = written(before, changes_of(event, self.item, decision, TERMS, now))
            change = to_event(invocations.stream_record(next(_record_numbers), before, self.item))
            assert change is not None
            self.changes.append(change)
        return decision.outcome


def order_number(number: int) -> str:
    return ids.order_id("online", "customer-1", f"key-{number}")


def captured(payment_id: str) -> Happening:
    return lambda life: events.payment_captured(
        order_id=life.order_id, payment_id=payment_id, event_id=f"captured-{payment_id}", **life.item["total"]
    )


def declined(life: Life) -> Event:
    return events.payment_declined(order_id=life.order_id)


def deadline(life: Life) -> Event:
    return events.payment_deadline_passed(order_id=life.order_id)


def rejected(life: Life) -> Event:
    return events.stock_rejected(order_id=life.order_id)


def shipped(life: Life) -> Event:
    return events.order_shipped(order_id=life.order_id)


def delivered(life: Life) -> Event:
    return events.order_delivered(order_id=life.order_id)


def refunded(life: Life) -> Event:
    """The provider has returned the money that has been due for longest, or once more what it returned before."""
    refunds: Mapping[str, Any] = life.item.get("refunds", {})
    by_urgency = sorted(refunds.items(), key=lambda refund: refund[1]["state"], reverse=True)
    refund_id, refund = by_urgency[0] if by_urgency else (events.refund_id(), events.refund())
    money = {name: refund[name] for name in ("payment_id", "amount", "currency")}
    return events.refund_completed(order_id=life.order_id, refund_id=refund_id, **money)


HAPPENINGS: tuple[Happening, ...] = (
    captured("pay-1"),
    captured("pay-2"),
    captured("pay-3"),
    declined,
    deadline,
    rejected,
    shipped,
    delivered,
    refunded,
)


@st.composite
def lives(draw: st.DrawFn, without: Happening | None = None) -> Life:
    """Any life of an online order, but one thing never happens; what the recorder refuses leaves no trace."""
    life = Life(events.order_placed(event_id="placed"))
    possible = [happening for happening in HAPPENINGS if happening is not without]
    for happening in draw(st.lists(st.sampled_from(possible), max_size=12)):
        life.happen(happening(life))
    return life


@st.composite
def deliveries(draw: st.DrawFn, messages: list[Event]) -> list[Event]:
    """The messages in any order, each at least once."""
    again = draw(st.lists(st.sampled_from(messages), max_size=6)) if messages else []
    return list(draw(st.permutations([*messages, *again])))
