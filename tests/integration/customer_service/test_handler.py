"""customer_service with its queue, cases table and topic."""

import sys
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any
from unittest.mock import Mock

import pytest

from contracts import times
from customer_service.notices import TEXTS_BY_STATUS
from tests.support import events, tables
from tests.support.bus import Queue, create_queue
from tests.support.doubles import client_error
from tests.support.handlers import Handler, import_handler
from tests.support.invocations import Context, failed_ids, message, queue_batch
from tests.support.logs import Logs

STATUSES = ("placed", "paid", "refunding", "refunded")
PLACED, PAID, REFUNDING, REFUNDED = (
    events.order_changed(
        events.order_image(status, version=version),
        events.order_image(STATUSES[version - 2], version=version - 1) if version > 1 else None,
        event_id=f"change-{version}",
    )
    for version, status in enumerate(STATUSES, start=1)
)
CANCELLED = events.order_changed(events.order_image("cancelled", version=2), events.order_image())


def deliver(handler: Handler, *changes: Any) -> list[str]:
    bodies = [change if isinstance(change, str) else message(change) for change in changes]
    return failed_ids(handler(queue_batch(*bodies), Context()))


def handler_module() -> Any:
    return sys.modules["customer_service.handler"]


@pytest.fixture
def inbox(sqs: Any) -> Queue:
    """The queue that `notices_topic` has as its subscriber."""
    return create_queue(sqs, "inbox")


@pytest.fixture
def notices_topic(sns: Any, inbox: Queue) -> str:
    topic = sns.create_topic(Name="notices")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox.arn, Attributes={"RawMessageDelivery": "true"})
    return topic


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch, cases_table: str, notices_topic: str, dlq: Queue) -> Handler:
    monkeypatch.setenv("CASES_TABLE", cases_table)
    monkeypatch.setenv("NOTICES_TOPIC_ARN", notices_topic)
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", dlq.url)
    return import_handler("customer_service")


@pytest.fixture
def table(dynamodb: Any, cases_table: str) -> "Cases":
    return Cases(dynamodb, cases_table)


class Cases:
    """The cases table, with methods to read and to add items."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def items(self) -> list[Mapping[str, Any]]:
        return list(tables.scan(self._client, self._table))

    def cases(self) -> dict[str, str]:
        return {item["kind"]: item["state"] for item in self.items() if "state" in item}

    def notices(self) -> dict[str, Any]:
        """Return the item that records the order's notices."""
        (item,) = [item for item in self.items() if item["case_id"] == "notices"]
        return {name: item[name] for name in ("told", "sent", "skipped") if name in item}

    def put(self, **item: Any) -> None:
        tables.put(self._client, self._table, {"order_id": events.ORDER_ID, **item})


def test_notice_reaches_the_subscriber_once(handler: Handler, inbox: Queue, table: Cases, dlq: Queue) -> None:
    assert deliver(handler, PAID, "poison", PAID) == []

    (notice,) = inbox.receive_all()
    assert notice["Body"] == TEXTS_BY_STATUS["paid"].format(order_id=events.ORDER_ID)
    attributes = {name: value["StringValue"] for name, value in notice["MessageAttributes"].items()}
    assert attributes == {"kind": "paid", "order_id": events.ORDER_ID, "version": "2"}
    assert table.notices() == {"told": 2, "sent": {"2": "paid"}, "skipped": {}}
    assert table.cases() == {}
    assert [(body["function"], body["payload"]) for body in dlq.receive_bodies()] == [("customer_service", "poison")]


def test_late_notice_of_an_older_version_is_skipped(handler: Handler, inbox: Queue, table: Cases) -> None:
    assert deliver(handler, REFUNDING, PAID) == []

    assert len(inbox.receive_all()) == 1
    assert table.notices() == {"told": 3, "sent": {"3": "refunding"}, "skipped": {"2": "paid"}}


@pytest.mark.parametrize(
    "item",
    [
        {"told": 4, "attempted": 4, "stage": 2, "sent": {"3": "paid", "4": "shipped"}},
        # An invocation published the notice and was killed before it recorded that.
        {"attempted": 5, "attempted_stage": 3, "lease_until": "2026-03-01T09:30:00.000Z", "sent": {}},
    ],
)
def test_only_new_notices_are_sent_for_a_restored_order(
    handler: Handler, inbox: Queue, table: Cases, item: dict[str, Any]
) -> None:
    table.put(case_id="notices", **item, skipped={})
    statuses = ["placed", "paid", "shipped", "delivered"]
    images = [events.order_image(status, version=1_000 + number) for number, status in enumerate(statuses)]

    for before, after in pairwise(images):
        assert deliver(handler, events.order_changed(after, before)) == []

    assert [notice["MessageAttributes"]["kind"]["StringValue"] for notice in inbox.receive_all()] == ["delivered"]
    assert table.notices()["skipped"] == {"1001": "paid", "1002": "shipped"}


def test_message_is_retried_while_its_notice_is_being_sent(handler: Handler, inbox: Queue, table: Cases) -> None:
    table.put(case_id="notices", attempted=2, lease_until="2026-03-01T09:31:00.000Z", sent={}, skipped={})

    assert deliver(handler, PAID) == ["message-0"]

    assert inbox.receive_all() == []


def test_lease_of_a_killed_invocation_ends_after_its_timeout(
    handler: Handler, table: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler_module()._sent_notices, "record", Mock(side_effect=SystemExit))
    end = times.to_text(times.utc_now() + timedelta(minutes=10))

    with pytest.raises(SystemExit):
        handler(queue_batch(message(PAID)), Context(remaining=lambda: 600_000))

    assert end < table.items()[0]["lease_until"]


@pytest.mark.parametrize(("sent", "notices"), [(True, 0), (False, 1)])
def test_notice_sent_by_an_earlier_release_is_not_repeated(
    handler: Handler, inbox: Queue, table: Cases, *, sent: bool, notices: int
) -> None:
    table.put(case_id="notice#0000000002", version=2, kind="paid", sent=sent)

    assert deliver(handler, PAID) == []

    assert len(inbox.receive_all()) == notices


def test_case_is_opened_for_a_refund_and_closed_after_it(handler: Handler, inbox: Queue, table: Cases) -> None:
    assert deliver(handler, REFUNDING) == []
    assert table.cases() == {"cancelled_out_of_stock": "open", "refund_out_of_stock": "open"}
    assert deliver(handler, REFUNDED) == []

    assert table.cases() == {"cancelled_out_of_stock": "closed", "refund_out_of_stock": "closed"}


def test_case_of_a_due_refund_has_payment_and_amount(handler: Handler, inbox: Queue, table: Cases) -> None:
    deliver(handler, REFUNDING)

    (refund,) = [item for item in table.items() if item["case_id"].startswith("refund#")]
    assert refund == {
        **{"order_id": events.ORDER_ID, "case_id": f"refund#{events.refund_id()}", "kind": "refund_out_of_stock"},
        **{"state": "open", "opened_at": events.NOW, "refund_id": events.refund_id(), "payment_id": "pay-1"},
        **{"amount": 1_998, "currency": "EUR"},
    }


@pytest.mark.parametrize(
    ("name", "call"), [("_cases", "update_item"), ("_sent_notices", "update_item"), ("_publisher", "publish_batch")]
)
def test_only_the_message_of_a_failed_call_is_retried(
    *, name: str, call: str, handler: Handler, inbox: Queue, table: Cases, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = getattr(handler_module(), name)._client
    original_call, errors = getattr(client, call), iter([client_error("AccessDeniedException", 403)])

    def fail_once(**arguments: Any) -> Any:
        if error := next(errors, None):
            raise error
        return original_call(**arguments)

    monkeypatch.setattr(client, call, fail_once)

    assert deliver(handler, REFUNDED, PLACED) == ["message-0"]
    (line,) = logs.find_lines("Will be retried")
    assert "AccessDeniedException" in line["detail"]
    assert deliver(handler, REFUNDED) == []

    assert table.notices()["told"] == 4
    assert set(table.cases().values()) == {"closed"}
