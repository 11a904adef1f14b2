"""The recorder's handler on a table and a dead-letter queue."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from contracts import Event, ids, times
from orderflow_cli import ROOT
from tests.support import events, tables
from tests.support.bus import Mailbox
from tests.support.handlers import Handler
from tests.support.invocations import QUEUE_ARN, Context, envelope, queue_batch, to_be_retried
from tests.support.logs import Logs
from tests.unit.contracts.examples import example

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


DUE = "2026-03-01T10:30:01.000Z"


@pytest.fixture
def record(recorder: Handler) -> Callable[..., list[str]]:
    def record_all(*batch: Event) -> list[str]:
        return to_be_retried(recorder(queue_batch(*[envelope(event) for event in batch]), Context()))

    return record_all


@pytest.fixture
def order(dynamodb: "DynamoDBClient", orders_table: str) -> Callable[[], dict[str, Any]]:
    def read() -> dict[str, Any]:
        item = tables.get(dynamodb, orders_table, order_id=events.ORDER_ID)
        assert item is not None
        return item

    return read


def test_order_goes_its_whole_way_when_events_come_in_turn(
    record: Callable[..., list[str]], order: Callable[[], dict[str, Any]]
) -> None:
    way = [events.order_placed(), events.payment_captured(), events.order_shipped(), events.order_delivered()]

    retried = record(*way)

    assert retried == []
    item = order()
    assert (item["status"], item["version"]) == ("delivered", 4)
    assert item["applied"] == {event["metadata"]["event_type"]: event["metadata"]["event_id"] for event in way}
    assert item["last_event_id"] == way[-1]["metadata"]["event_id"]
    assert "due_shard" not in item
    assert item["expires_at"] == int((times.utc_now() + timedelta(days=30)).timestamp())


def test_order_is_found_by_its_due_time_when_it_is_unpaid(
    record: Callable[..., list[str]], order: Callable[[], dict[str, Any]], dynamodb: "DynamoDBClient", orders_table: str
) -> None:
    record(events.order_placed())

    item = order()
    found = dynamodb.query(
        TableName=orders_table,
        IndexName="payment_due",
        KeyConditionExpression="due_shard = :shard AND payment_due_at <= :now",
        ExpressionAttributeValues={":shard": {"S": item["due_shard"]}, ":now": {"S": DUE}},
    )["Items"]
    assert [entry["order_id"]["S"] for entry in found] == [events.ORDER_ID]

    record(events.payment_captured())

    assert dynamodb.scan(TableName=orders_table, IndexName="payment_due")["Items"] == []


def test_nothing_is_written_when_the_same_events_come_again(
    record: Callable[..., list[str]], order: Callable[[], dict[str, Any]], dead_letters: Mailbox
) -> None:
    way = [events.order_placed(), events.payment_captured(), events.order_shipped()]
    record(*way)
    before = order()

    retried = record(*way, *reversed(way))

    assert retried == []
    assert order() == before
    assert dead_letters.bodies() == []


def test_only_the_early_event_comes_back_when_it_is_ahead_of_its_order(
    record: Callable[..., list[str]], order: Callable[[], dict[str, Any]], logs: Logs
) -> None:
    captured, placed = events.payment_captured(), events.order_placed()

    assert record(captured, placed) == ["message-0"]
    assert order()["status"] == "placed"

    assert record(captured) == []
    assert order()["status"] == "paid"
    assert [line["outcome"] for line in logs.with_message("Decided")] == ["early", "apply", "apply"]


def test_events_are_kept_whole_with_their_reason_when_they_are_illegal(
    record: Callable[..., list[str]], dead_letters: Mailbox, order: Callable[[], dict[str, Any]], logs: Logs
) -> None:
    illegal = [
        events.stock_rejected(),
        events.order_shipped(shipment_id="shp-2"),
        events.order_placed(request_hash="b" * 64),
    ]
    way = [events.order_placed(), events.payment_captured(), events.order_shipped()]

    retried = record(*way, *illegal)

    assert retried == []
    assert order()["version"] == 3
    kept = dead_letters.bodies()
    assert [(entry["function"], entry["reason"], entry["origin"]) for entry in kept] == [
        ("recorder", "illegal_transition", QUEUE_ARN),
        ("recorder", "other_shipment", QUEUE_ARN),
        ("recorder", "conflicting_request", QUEUE_ARN),
    ]
    assert [entry["payload"] for entry in kept] == [envelope(event) for event in illegal]
    assert [line["order_id"] for line in logs.with_message("Quarantined")] == [events.ORDER_ID] * 3
    assert [line["correlation_id"] for line in logs.with_message("Quarantined")] == ["corr-1"] * 3


def test_all_messages_come_back_when_the_table_is_gone(
    recorder: Handler, dynamodb: "DynamoDBClient", orders_table: str, dead_letters: Mailbox
) -> None:
    dynamodb.delete_table(TableName=orders_table)

    retried = to_be_retried(recorder(queue_batch(envelope(events.order_placed())), Context()))

    assert retried == ["message-0"]
    assert dead_letters.bodies() == []


def test_every_figure_of_ours_on_the_dashboard_is_printed(
    recorder: Handler, capsys: pytest.CaptureFixture[str]
) -> None:
    dashboard = (ROOT / "terraform" / "pipeline" / "81_dashboard.tf").read_text()
    named = set(re.findall(r'"((?:Orders|Money|EventAge|Quarantined)\w*)"', dashboard)) - {"Orderflow"}
    paid = [events.order_placed, events.payment_captured]
    lives = [
        [*paid, events.order_shipped, events.order_delivered],
        [events.order_placed, events.cancellation_requested],
        [*paid, events.stock_rejected, events.refund_completed],
        [partial(events.order_placed, channel="mobile")],
    ]
    for life, letter in zip(lives, "abcd", strict=True):
        order_id = f"ord_{letter * 26}"
        for make in life:
            more = {"refund_id": ids.refund_id(order_id, events.PAYMENT_ID)} if make is events.refund_completed else {}
            recorder(queue_batch(envelope(make(order_id=order_id, **more))), Context())
    recorder(queue_batch(envelope(events.till_order_placed())), Context())
    recorder(queue_batch(envelope(example("OrderPlaced.v1", "partner"))), Context())
    recorder(queue_batch("poison"), Context())

    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert len(named) > 10
    assert named - {name for line in printed for name in line} == set()
