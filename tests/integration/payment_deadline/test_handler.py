"""The deadline's handler on the due index and a bus, and the recorder behind it."""

from typing import TYPE_CHECKING, Any

import pytest

from common.errors import TransientError
from common.settings import SettingsError
from contracts import ids
from payment_deadline import find_due
from recorder.effects import due_shard
from tests.support import events, tables
from tests.support.bus import BUS, Bus, mailbox
from tests.support.handlers import Handler, fresh_handler
from tests.support.invocations import Context, envelope, queue_batch, time_left

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_sqs.client import SQSClient

LONG_AGO, FAR_AHEAD = "2026-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z"


@pytest.fixture
def bus(eventbridge: "EventBridgeClient", sqs: "SQSClient") -> Bus:
    return Bus(eventbridge, mailbox(sqs, "everything"))


@pytest.fixture
def handler(orders_table: str, bus: Bus, monkeypatch: pytest.MonkeyPatch) -> Handler:
    monkeypatch.setenv("ORDERS_TABLE", orders_table)
    monkeypatch.setenv("BUS_NAME", BUS)
    return fresh_handler("payment_deadline")


@pytest.fixture
def recorder(orders_table: str, sqs: "SQSClient", monkeypatch: pytest.MonkeyPatch) -> Handler:
    monkeypatch.setenv("ORDERS_TABLE", orders_table)
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", mailbox(sqs, "recorder-dead-letter").url)
    monkeypatch.setenv("PAYMENT_TERM_SECONDS", "3600")
    monkeypatch.setenv("ORDER_RETENTION_DAYS", "30")
    return fresh_handler("recorder")


def waiting(number: int, due_at: str = LONG_AGO) -> dict[str, Any]:
    order_id = ids.order_id("online", "customer-1", f"key-{number}")
    return events.order_item(order_id=order_id, due_shard=due_shard(order_id), payment_due_at=due_at)


def put_all(dynamodb: "DynamoDBClient", table: str, *orders: dict[str, Any]) -> None:
    for order in orders:
        tables.put(dynamodb, table, order)


def test_due_orders_of_every_shard_are_announced_when_schedule_calls(
    handler: Handler, bus: Bus, dynamodb: "DynamoDBClient", orders_table: str
) -> None:
    due = [waiting(number) for number in range(40)]
    assert len({order["due_shard"] for order in due}) == 8
    paid = events.order_item("paid", order_id=waiting(100)["order_id"])
    put_all(dynamodb, orders_table, *due, waiting(200, FAR_AHEAD), paid)

    outcome = handler({}, Context())

    assert outcome == {"published": 40, "unusable": 0, "complete": True}
    assert {event["data"]["order_id"] for event in bus.published()} == {order["order_id"] for order in due}


def test_pages_are_followed_when_a_shard_has_many(
    handler: Handler, bus: Bus, dynamodb: "DynamoDBClient", orders_table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find_due, "PAGE", 2)
    put_all(dynamodb, orders_table, *[waiting(number) for number in range(40)])

    assert handler({}, Context())["published"] == 40
    assert len({event["data"]["order_id"] for event in bus.published()}) == 40


def test_order_is_cancelled_once_when_two_runs_find_it(
    handler: Handler, recorder: Handler, bus: Bus, dynamodb: "DynamoDBClient", orders_table: str
) -> None:
    order = waiting(1)
    put_all(dynamodb, orders_table, order)

    handler({}, Context())
    handler({}, Context())
    published = bus.published()
    recorder(queue_batch(*map(envelope, published)), Context())

    recorded = tables.get(dynamodb, orders_table, order_id=order["order_id"])
    assert len(published) == 2
    assert recorded is not None
    assert (recorded["status"], recorded["version"]) == ("cancelled", 2)
    assert handler({}, Context())["published"] == 0


def test_next_run_takes_the_rest_when_time_ran_out(
    handler: Handler, recorder: Handler, bus: Bus, dynamodb: "DynamoDBClient", orders_table: str
) -> None:
    put_all(dynamodb, orders_table, *[waiting(number) for number in range(40)])
    announced: set[str] = set()

    for _ in range(8):
        handler({}, Context(remaining=time_left(5_000)))
        published = bus.published()
        announced.update(event["data"]["order_id"] for event in published)
        recorder(queue_batch(*map(envelope, published)), Context())

    assert len(announced) == 40
    assert handler({}, Context()) == {"published": 0, "unusable": 0, "complete": True}


def test_run_fails_when_table_is_gone(handler: Handler, dynamodb: "DynamoDBClient", orders_table: str) -> None:
    dynamodb.delete_table(TableName=orders_table)

    with pytest.raises(TransientError, match="orders_unavailable"):
        handler({}, Context())


@pytest.mark.parametrize("variable", ["ORDERS_TABLE", "BUS_NAME"])
def test_start_fails_naming_the_variable_when_it_is_missing(
    handler: Handler, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv(variable)

    with pytest.raises(SettingsError, match=variable):
        fresh_handler("payment_deadline")
