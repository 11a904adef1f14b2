"""Every run publishes one event per due order, with the same id in each run."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import EndpointConnectionError

from common.errors import TransientError
from common.order_item import PAYMENT_DUE_SHARDS
from contracts import ids, validate
from payment_deadline.find_due import DueOrder, DueOrders
from payment_deadline.publish_due import RESERVE_MS, Outcome, publish_passed_deadlines
from tests.support.doubles import PublisherDouble, client_error
from tests.support.invocations import one_minute_ms, time_left
from tests.support.logs import Logs, counts, reset_metrics

NOW = "2026-03-01T12:00:00.000Z"
DUE_AT = "2026-03-01T11:00:00.000Z"


class DueOrdersDouble:
    """A test double of the index of due orders that returns `pages_by_shard` and records the pages that were read."""

    def __init__(self, **pages: list[list[DueOrder]]) -> None:
        self.pages_by_shard = {name.removeprefix("shard_"): content for name, content in pages.items()}
        self.reads: list[tuple[str, str]] = []

    def pages(self, shard: str, now: str) -> Iterator[list[DueOrder]]:
        for page in self.pages_by_shard.get(shard, [[]]):
            self.reads.append((shard, now))
            yield page


def due_order(number: int, due_at: str = DUE_AT) -> DueOrder:
    return DueOrder(ids.order_id("online", "customer", str(number)), due_at)


def due_orders(first: int, count: int) -> list[DueOrder]:
    return [due_order(number) for number in range(first, first + count)]


def publish_due_orders(index: DueOrdersDouble, publisher: PublisherDouble, **options: Any) -> Outcome:
    defaults = {"shards": PAYMENT_DUE_SHARDS, "now": NOW, "correlation_id": "corr-1", "remaining_ms": one_minute_ms}
    return publish_passed_deadlines(index, publisher, **{**defaults, **options})


@pytest.fixture
def publisher() -> PublisherDouble:
    return PublisherDouble()


def test_every_shard_of_the_index_is_read(publisher: PublisherDouble) -> None:
    index = DueOrdersDouble()

    outcome = publish_due_orders(index, publisher)

    assert outcome == Outcome(published_count=0, unusable_count=0, is_complete=True)
    assert index.reads == [(shard, NOW) for shard in PAYMENT_DUE_SHARDS]
    assert publisher.calls == []


def test_event_is_published_for_a_due_order(publisher: PublisherDouble) -> None:
    order = due_order(1)

    outcome = publish_due_orders(DueOrdersDouble(shard_3=[[order]]), publisher)

    (event,) = publisher.published
    validate(event, "PaymentDeadlinePassed")
    assert event["data"] == {"order_id": order.order_id, "payment_due_at": DUE_AT}
    assert event["metadata"]["producer"] == "payment_deadline"
    assert event["metadata"]["correlation_id"] == "corr-1"
    assert outcome == Outcome(published_count=1)
    assert counts()["DeadlinesPassed"] == 1


def test_payments_unanswered_for_more_than_an_hour_are_counted(publisher: PublisherDouble) -> None:
    over_an_hour_ago = "2026-03-01T10:59:59.999Z"
    index = DueOrdersDouble(shard_0=[[due_order(1, over_an_hour_ago), due_order(2)], [due_order(3, over_an_hour_ago)]])

    outcome = publish_due_orders(index, publisher)

    assert (outcome.published_count, outcome.unanswered_count) == (3, 2)
    assert counts()["PaymentsUnanswered"] == 2


def test_event_ids_depend_on_order_and_deadline(publisher: PublisherDouble) -> None:
    index = DueOrdersDouble(shard_0=[[due_order(1), due_order(2), due_order(1, "2026-03-01T11:30:00.000Z")]])

    for correlation_id in ("corr-1", "corr-2"):
        publish_due_orders(index, publisher, correlation_id=correlation_id)

    assert len(publisher.published) == 6
    assert len({event["metadata"]["event_id"] for event in publisher.published}) == 3


@pytest.mark.parametrize(("remaining_times", "published_count"), [([RESERVE_MS, RESERVE_MS - 1], 20), ([0], 10)])
def test_run_stops_between_pages_when_time_runs_out(
    publisher: PublisherDouble, logs: Logs, remaining_times: list[int], published_count: int
) -> None:
    index = DueOrdersDouble(shard_0=[due_orders(0, 10), due_orders(10, 10)], shard_1=[due_orders(20, 10)])

    outcome = publish_due_orders(index, publisher, remaining_ms=time_left(*remaining_times))

    assert outcome == Outcome(published_count=published_count, is_complete=False)
    assert logs.find_lines("Out of time")[0]["count"] == published_count


UNUSABLE_ORDERS = [
    DueOrder("not an order id", DUE_AT),
    DueOrder("", DUE_AT),
    DueOrder(due_order(9).order_id, ""),
    DueOrder(due_order(9).order_id, "yesterday"),
    DueOrder(due_order(9).order_id, "2026-03-01T11:00:00\x1fZ"),
]


def test_unusable_orders_do_not_stop_the_others(publisher: PublisherDouble, logs: Logs) -> None:
    index = DueOrdersDouble(shard_0=[[*UNUSABLE_ORDERS, due_order(1)]], shard_1=[[due_order(2)]])

    outcome = publish_due_orders(index, publisher)

    assert outcome == Outcome(published_count=2, unusable_count=len(UNUSABLE_ORDERS))
    lines = logs.find_lines("The event for an overdue order is invalid and was not published")
    assert counts()["UnusableDueOrders"] == len(lines) == len(UNUSABLE_ORDERS)


def test_unpublishable_event_does_not_stop_the_others(publisher: PublisherDouble) -> None:
    order = due_order(1)
    publish_due_orders(DueOrdersDouble(shard_0=[[order]]), publisher)
    publisher.failure_kinds_by_id[publisher.published[0]["metadata"]["event_id"]] = "invalid"

    outcome = publish_due_orders(DueOrdersDouble(shard_0=[[order, due_order(2)]], shard_1=[[due_order(3)]]), publisher)

    assert outcome == Outcome(published_count=2, unusable_count=1)


@pytest.mark.parametrize("kind", ["throttled", "unavailable", "rejected"])
def test_run_fails_when_the_bus_does_not_accept_an_event(publisher: PublisherDouble, kind: Any) -> None:
    index = DueOrdersDouble(shard_0=[[due_order(1)]], shard_1=[[due_order(2)]], shard_2=[[due_order(3)]])
    publish_due_orders(DueOrdersDouble(shard_0=[[due_order(2)]]), publisher)
    publisher.failure_kinds_by_id[publisher.published[0]["metadata"]["event_id"]] = kind
    reset_metrics()

    with pytest.raises(TransientError, match=f"publishing_{kind}"):
        publish_due_orders(index, publisher)

    assert counts()["DeadlinesPassed"] == 1
    assert ("2", NOW) not in index.reads


@pytest.mark.parametrize(
    "error", [client_error("ThrottlingException"), EndpointConnectionError(endpoint_url="https://x")]
)
def test_run_fails_when_the_index_is_unavailable(publisher: PublisherDouble, error: Exception) -> None:
    table: Any = SimpleNamespace(query=Mock(side_effect=error))

    with pytest.raises(TransientError, match="orders_unavailable"):
        publish_due_orders(DueOrders(table, "orders"), publisher)  # type: ignore[arg-type]
