"""Publishes a PaymentDeadlinePassed event for every overdue order; a run stops when it is out of time.

An order stays in the index until the recorder removes it, usually after the provider's response. Until then every
run publishes the order's event again, with the same id. For the same reason an entry from which no event can be
created is not quarantined: every run skips, logs and counts this entry until it is repaired."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from common.aws import CALL_TIMEOUT_MS
from common.errors import TransientError
from common.observability import count, log_fields, logger
from common.publisher import Publisher
from contracts import ContractError, Event, new_event, times
from contracts.ids import derived_id
from payment_deadline.find_due import DueOrder

PRODUCER = "payment_deadline"
# After this time the provider has left a dozen requests to void an order's payment unanswered.
ANSWER_TIMEOUT = timedelta(hours=1)
# Another page is published only if there is time for four slow calls.
RESERVE_MS = 4 * CALL_TIMEOUT_MS


class DueOrderReader(Protocol):
    def pages(self, shard: str, now: str) -> Iterator[list[DueOrder]]: ...


@dataclass(slots=True)
class Outcome:
    """The result of a run. `unanswered_count` is the number of orders that the provider has not answered for over an
    hour; `is_complete` is False if time ran out."""

    published_count: int = 0
    unusable_count: int = 0
    unanswered_count: int = 0
    is_complete: bool = True


def publish_passed_deadlines(
    due_orders: DueOrderReader,
    publisher: Publisher,
    *,
    shards: Sequence[str],
    now: str,
    correlation_id: str,
    remaining_ms: Callable[[], int],
) -> Outcome:
    """Publish the events of all orders in `shards` that are due at `now` (RFC 3339 with milliseconds, as in the index).

    Raises:
        TransientError: the index or the bus is unavailable."""
    outcome = Outcome()
    unanswered_cutoff = times.to_text(times.to_datetime(now) - ANSWER_TIMEOUT)
    try:
        for page in _pages(due_orders, shards, now):
            if outcome.published_count and remaining_ms() < RESERVE_MS:
                outcome.is_complete = False
                logger.warning("Out of time", extra=log_fields(count=outcome.published_count))
                count("OutOfTime")
                break
            events = list(_events(page, correlation_id))
            outcome.unanswered_count += sum(event["data"]["payment_due_at"] < unanswered_cutoff for event in events)
            unpublishable_count = _publish(publisher, events, remaining_ms)
            outcome.published_count += len(events) - unpublishable_count
            outcome.unusable_count += len(page) - len(events) + unpublishable_count
    finally:
        count("DeadlinesPassed", outcome.published_count)
        count("UnusableDueOrders", outcome.unusable_count)
        count("PaymentsUnanswered", outcome.unanswered_count)
    return outcome


def _publish(publisher: Publisher, events: Sequence[Event], remaining_ms: Callable[[], int]) -> int:
    """Publish events; return the number of those that can never be published."""
    failures = publisher.publish(events, remaining_ms)
    for failure in failures:
        if failure.kind != "invalid":
            raise TransientError(f"publishing_{failure.kind}", failure.detail)
        details = log_fields(order_id=failure.event["data"]["order_id"], detail=failure.detail)
        logger.error("The event for an overdue order is invalid and was not published", extra=details)
    return len(failures)


def _pages(due_orders: DueOrderReader, shards: Iterable[str], now: str) -> Iterator[list[DueOrder]]:
    for shard in shards:
        for page in due_orders.pages(shard, now):
            if page:
                yield page


def _events(page: Iterable[DueOrder], correlation_id: str) -> Iterator[Event]:
    for order in page:
        try:
            event = new_event(
                "PaymentDeadlinePassed",
                {"order_id": order.order_id, "payment_due_at": order.payment_due_at},
                producer=PRODUCER,
                correlation_id=correlation_id,
            )
        except ContractError as error:
            details = log_fields(order_id=order.order_id, field=error.field, reason="unusable_due_order")
            logger.error("The event for an overdue order is invalid and was not published", extra=details)
            continue
        # The event's validation has shown that both are valid parts of a derived id.
        event["metadata"]["event_id"] = derived_id("PaymentDeadlinePassed", order.order_id, order.payment_due_at)
        details = log_fields(
            event_type="PaymentDeadlinePassed", order_id=order.order_id, event_id=event["metadata"]["event_id"]
        )
        logger.info("Payment is overdue", extra=details)
        yield event
