"""The deadline's handler on the due index and a bus."""

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
from tests.support.invocations import Context, time_left

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

    assert outcome == {"published": 40, "unusable": 0, "unanswered": 40, "complete": True}
    assert {event["data"]["order_id"] for event in bus.published()} == {order["order_id"] for order in due}


def test_pages_are_followed_when_a_shard_has_many(
    handler: Handler, bus: Bus, dynamodb: "DynamoDBClient", orders_table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find_due, "PAGE", 2)
    put_all(dynamodb, orders_table, *[waiting(number) for number in range(40)])

    assert handler({}, Context())["published"] == 40
    assert len({event["data"]["order_id"] for event in bus.published()}) == 40


def test_same_event_is_published_again_until_there_is_an_answer(
    handler: Handler, bus: Bus, dynamodb: "DynamoDBClient", orders_table: str
) -> None:
    put_all(dynamodb, orders_table, waiting(1))

    handler({}, Context())
    handler({}, Context())

    first, second = (event["metadata"]["event_id"] for event in bus.published())
    assert first == second


def test_run_that_is_cut_short_leaves_the_rest_to_the_next(
    handler: Handler, bus: Bus, dynamodb: "DynamoDBClient", orders_table: str
) -> None:
    put_all(dynamodb, orders_table, *[waiting(number) for number in range(40)])

    outcome = handler({}, Context(remaining=time_left(5_000)))

    assert outcome["complete"] is False
    assert 0 < len(bus.published()) < 40


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
