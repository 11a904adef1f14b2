"""Any history of failures, retries, bisects, duplicates and disorder: nothing lost, nothing doubled.

The order is the recorder's own decisions on the orders table as a dictionary; finance and the warehouse are their own
pure parts on dictionaries. What happens between them is drawn: which message is next, whether its consumer crashes
before or behind its effect, whether it comes again, how much of a stream batch is reported as failed.
"""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from common.order_item import FINAL_STATUSES, PRIVATE_FIELDS
from contracts import Event
from finance.derive import derive
from recorder.effects import Terms, changes_of
from recorder.transitions import WRITING, Outcome, decide
from tests.support import events, patience
from tests.support.order_model import written
from warehouse.plan import Move, Overtaken
from warehouse.reservation import Missing, Reservation, State, demand_of
from warehouse.reserve import settle

TERMS = Terms(payment_term_seconds=3_600, order_retention_days=30)
NOW = datetime(2026, 3, 2, 8, 0, 0, tzinfo=UTC)
PIECES = 10
ways = st.sampled_from(["whole", "crash before", "crash behind", "twice"])


class Shelf:
    """The stock table: one reservation, pieces by SKU; a move that was overtaken is refused as there."""

    def __init__(self) -> None:
        self.reservation: Reservation | None = None
        self.available = {"PEN": PIECES}

    def read(self, order_id: str) -> Reservation | None:
        return self.reservation

    def make(self, move: Move, remaining_ms: Any) -> tuple[Missing, ...]:
        if move.before != self.reservation:
            raise Overtaken
        for line in move.takes:
            if self.available[line.sku] < line.quantity:
                return (Missing(line.sku, line.quantity, self.available[line.sku]),)
        for line, sign in [*((line, -1) for line in move.takes), *((line, 1) for line in move.returns)]:
            self.available[line.sku] += sign * line.quantity
        self.reservation = move.after
        return ()


class AnyHistory(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.order: dict[str, Any] | None = None
        self.bus: list[Event] = [events.order_placed(event_id="evt-placed")]
        self.stream: list[tuple[dict[str, Any] | None, dict[str, Any]]] = []
        self.relayed = 0  # how far into the stream the relay was acknowledged
        self.queues: dict[str, list[Event]] = {"finance": [], "warehouse": []}
        self.ledger: dict[str, int] = {}
        self.asked_for: dict[str, Event] = {}
        self.shelf = Shelf()
        self.versions: list[int] = []
        self.taken_in: set[str] = set()  # payments that the provider has the money of

    @rule(payment=st.sampled_from(["pay-1", "pay-2", "pay-3"]))
    def provider_captures(self, payment: str) -> None:
        self.bus.append(events.payment_captured(payment_id=payment, event_id=f"evt-{payment}"))
        self.taken_in.add(payment)

    @rule(other=st.sampled_from([events.payment_declined, events.stock_rejected, events.payment_deadline_passed]))
    def order_is_to_end(self, other: Any) -> None:
        self.bus.append(other(event_id=f"evt-{other.__name__}"))

    @rule(draw=st.data())
    def provider_refunds(self, draw: st.DataObject) -> None:
        if self.asked_for:
            data = self.asked_for[draw.draw(st.sampled_from(sorted(self.asked_for)))]["data"]
            names = ("refund_id", "payment_id", "amount", "currency")
            refund = {name: data[name] for name in names}
            self.bus.append(events.refund_completed(event_id=f"evt-{data['refund_id']}", **refund))

    @rule(draw=st.data(), way=ways)
    def recorder_takes(self, draw: st.DataObject, way: str) -> None:
        if self.bus:
            self._record(draw.draw(st.integers(0, len(self.bus) - 1)), way)

    @rule(size=st.integers(1, 5), failed_at=st.integers(0, 5), again=st.booleans())
    def relay_takes(self, size: int, failed_at: int, again: bool) -> None:
        """A batch of which the records from `failed_at` on come back; `again`: the whole of it does, though sent."""
        batch = self.stream[self.relayed : self.relayed + size]
        sent = batch[:failed_at]
        for position, (before, after) in enumerate(sent, start=self.relayed):
            change = events.order_changed(_image(after), _image(before) if before else None, event_id=f"chg-{position}")
            for queue in self.queues.values():
                queue.append(change)
        self.relayed += 0 if again else len(sent)

    @rule(draw=st.data(), consumer=st.sampled_from(["finance", "warehouse"]), way=ways)
    def consumer_takes(self, draw: st.DataObject, consumer: str, way: str) -> None:
        queue = self.queues[consumer]
        if queue:
            self._consume(consumer, draw.draw(st.integers(0, len(queue) - 1)), way)

    @rule()
    def all_is_quiet_for_a_while(self) -> None:
        """So that what comes next also meets orders that have ended."""
        self._calm_down()

    @invariant()
    def versions_count_up_by_one(self) -> None:
        assert self.versions == list(range(1, len(self.versions) + 1))

    @invariant()
    def pieces_are_on_the_shelf_or_reserved(self) -> None:
        held = self.shelf.reservation
        taken = sum(line.quantity for line in held.lines[: held.taken]) if held else 0
        assert self.shelf.available["PEN"] + taken == PIECES

    def teardown(self) -> None:
        """Everything that is left is delivered, and then the books agree."""
        self._calm_down()
        self._assert_books_agree()

    def _calm_down(self) -> None:
        for _ in range(200):
            for _ in range(len(self.bus)):
                self._record(0, "whole")
            self.relay_takes(len(self.stream), len(self.stream), False)
            for consumer, queue in self.queues.items():
                while queue:
                    self._consume(consumer, 0, "whole")
            for asked in self.asked_for.values():  # the provider gives back all that it was asked for
                refund = {name: asked["data"][name] for name in ("refund_id", "payment_id", "amount", "currency")}
                self.bus.append(events.refund_completed(event_id=f"evt-{refund['refund_id']}", **refund))
            if self.relayed == len(self.stream) and not self._record_again_is_needed():
                return
        raise AssertionError("it never became quiet")

    def _assert_books_agree(self) -> None:
        assert self.order is not None
        assert set(self.order["payments"]) == self.taken_in
        captured = sum(payment["amount"] for payment in self.order["payments"].values())
        refunds = self.order["refunds"]
        returned = sum(each["amount"] for each in refunds.values() if each["state"] == "completed")
        assert sum(self.ledger.values()) == captured - returned
        assert set(self.asked_for) == set(refunds)
        kept = captured - sum(each["amount"] for each in refunds.values())
        assert kept == (self.order["total"]["amount"] if self.order["status"] in {"paid", "shipped"} else 0)
        assert self.shelf.reservation is not None
        if self.order["status"] in FINAL_STATUSES | {"refunding"}:
            assert self.shelf.reservation.state in {State.RELEASED, State.SHIPPED}

    def _record_again_is_needed(self) -> bool:
        return any(decide(event, self.order).outcome in WRITING for event in self.bus)

    def _record(self, at: int, way: str) -> None:
        event = self.bus.pop(at)
        if way == "crash before":
            self.bus.append(event)
            return
        for _ in range(2 if way == "twice" else 1):
            decision = decide(event, self.order)
            if decision.outcome in WRITING:
                before = self.order
                self.order = written(before, changes_of(event, before or {}, decision, TERMS, NOW))
                self.stream.append((before, self.order))
                self.versions.append(self.order["version"])
        if way == "crash behind" or decision.outcome is Outcome.EARLY:
            self.bus.append(event)

    def _consume(self, consumer: str, at: int, way: str) -> None:
        message = self.queues[consumer].pop(at)
        if way == "crash before":
            self.queues[consumer].append(message)
            return
        for _ in range(2 if way == "twice" else 1):
            self._finance(message) if consumer == "finance" else self._warehouse(message)
        if way == "crash behind":
            self.queues[consumer].append(message)

    def _finance(self, change: Event) -> None:
        outcome = derive(change)  # type: ignore[arg-type]
        for entry in outcome.entries:
            assert self.ledger.setdefault(entry.entry_id, entry.amount) == entry.amount
        for follow_up in outcome.follow_ups:
            if follow_up["metadata"]["event_type"] == "RefundRequested":
                known = self.asked_for.setdefault(follow_up["data"]["refund_id"], follow_up)
                assert known["metadata"]["event_id"] == follow_up["metadata"]["event_id"]

    def _warehouse(self, change: Event) -> None:
        demand = demand_of(change)  # type: ignore[arg-type]
        if demand is not None:
            settle(demand, self.shelf, lambda: 60_000, lambda: events.LATER)


def _image(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in PRIVATE_FIELDS}


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = patience.settings(max_examples=200, stateful_step_count=30)
