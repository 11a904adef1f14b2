"""The recorder's handler on a table and a dead-letter queue."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from common.settings import SettingsError
from contracts import Event, ids, times
from orderflow_cli import ROOT
from tests.support import events, tables
from tests.support.handlers import Handler, fresh_handler
from tests.support.invocations import QUEUE_ARN, Context, envelope, queue_batch, time_left, to_be_retried
from tests.support.logs import Logs
from tests.unit.contracts.examples import example

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_sqs.client import SQSClient


DUE = "2026-03-01T10:30:01.000Z"


@pytest.fixture
def dead_letters(sqs: "SQSClient") -> str:
    return sqs.create_queue(QueueName="recorder-dead-letter")["QueueUrl"]


@pytest.fixture
def handler(orders_table: str, dead_letters: str, monkeypatch: pytest.MonkeyPatch) -> Handler:
    monkeypatch.setenv("ORDERS_TABLE", orders_table)
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", dead_letters)
    monkeypatch.setenv("PAYMENT_TERM_SECONDS", "3600")
    monkeypatch.setenv("ORDER_RETENTION_DAYS", "30")
    return fresh_handler("recorder")


@pytest.fixture
def record(handler: Handler) -> Callable[..., list[str]]:
    def record_all(*batch: Event) -> list[str]:
        return to_be_retried(handler(queue_batch(*[envelope(event) for event in batch]), Context()))

    return record_all


@pytest.fixture
def order(dynamodb: "DynamoDBClient", orders_table: str) -> Callable[[], dict[str, Any]]:
    def read() -> dict[str, Any]:
        item = tables.get(dynamodb, orders_table, order_id=events.ORDER_ID)
        assert item is not None
        return item

    return read


@pytest.fixture
def quarantined(sqs: "SQSClient", dead_letters: str) -> Callable[[], list[dict[str, Any]]]:
    def receive() -> Iterator[dict[str, Any]]:
        while messages := sqs.receive_message(QueueUrl=dead_letters, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                yield json.loads(message["Body"])

    return lambda: list(receive())


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
    record: Callable[..., list[str]],
    order: Callable[[], dict[str, Any]],
    dynamodb: "DynamoDBClient",
    orders_table: str,
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
    record: Callable[..., list[str]], order: Callable[[], dict[str, Any]], quarantined: Callable[[], list[Any]]
) -> None:
    way = [events.order_placed(), events.payment_captured(), events.order_shipped()]
    record(*way)
    before = order()

    retried = record(*way, *reversed(way))

    assert retried == []
    assert order() == before
    assert quarantined() == []


def test_only_the_early_event_comes_back_when_it_is_ahead_of_its_order(
    record: Callable[..., list[str]], order: Callable[[], dict[str, Any]], logs: Logs
) -> None:
    captured, placed = events.payment_captured(), events.order_placed()

    assert record(captured, placed) == ["message-0"]
    assert order()["status"] == "placed"

    assert record(captured) == []
    assert order()["status"] == "paid"
    assert [line["outcome"] for line in logs.with_message("Decided")] == ["early", "apply", "apply"]


def test_order_ends_the_same_when_early_events_are_retried_until_they_fit(
    record: Callable[..., list[str]], order: Callable[[], dict[str, Any]]
) -> None:
    captured, delivered = events.payment_captured(), events.order_delivered()

    assert record(captured, events.order_placed()) == ["message-0"]
    assert record(captured) == []
    assert record(delivered, events.order_shipped()) == ["message-0"]
    assert record(delivered) == []

    assert (order()["status"], order()["version"]) == ("delivered", 4)


def test_money_is_owed_back_once_when_it_comes_after_the_deadline(
    record: Callable[..., list[str]], order: Callable[[], dict[str, Any]]
) -> None:
    late = events.payment_captured()

    record(events.order_placed(), events.payment_voided(payment_due_at=DUE), late, late, events.payment_captured())

    item = order()
    assert (item["status"], item["version"], item["cancel_reason"]) == ("refunding", 3, "payment_deadline")
    assert item["refunds"] == {
        events.refund_id(): {
            "payment_id": "pay-1",
            **events.TOTAL,
            "reason": "late_capture",
            "state": "due",
        }
    }
    assert "expires_at" not in item


def test_order_is_refunded_when_every_refund_is_completed(
    record: Callable[..., list[str]], order: Callable[[], dict[str, Any]]
) -> None:
    record(events.order_placed(), events.payment_captured(), events.payment_captured(payment_id="pay-2"))
    record(events.stock_rejected())
    double_charge = events.refund_id("pay-2")

    record(events.refund_completed(refund_id=double_charge, payment_id="pay-2"))
    assert order()["status"] == "refunding"
    record(events.refund_completed())

    assert order()["status"] == "refunded"
    assert {refund["state"] for refund in order()["refunds"].values()} == {"completed"}


def test_events_are_kept_whole_with_their_reason_when_they_are_illegal(
    record: Callable[..., list[str]],
    quarantined: Callable[[], list[dict[str, Any]]],
    order: Callable[[], dict[str, Any]],
    logs: Logs,
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
    kept = quarantined()
    assert [(entry["function"], entry["reason"], entry["origin"]) for entry in kept] == [
        ("recorder", "illegal_transition", QUEUE_ARN),
        ("recorder", "other_shipment", QUEUE_ARN),
        ("recorder", "conflicting_request", QUEUE_ARN),
    ]
    assert [entry["payload"] for entry in kept] == [envelope(event) for event in illegal]
    assert [line["order_id"] for line in logs.with_message("Quarantined")] == [events.ORDER_ID] * 3
    assert [line["correlation_id"] for line in logs.with_message("Quarantined")] == ["corr-1"] * 3


@pytest.mark.parametrize("position", [0, 1, 2])
def test_the_others_are_recorded_when_one_message_is_poison(
    handler: Handler,
    quarantined: Callable[[], list[dict[str, Any]]],
    order: Callable[[], dict[str, Any]],
    position: int,
) -> None:
    bodies = [envelope(events.order_placed()), envelope(events.payment_captured())]
    bodies.insert(position, '{"detail": {"a": 1, "a": 2}} \u2603')

    retried = to_be_retried(handler(queue_batch(*bodies), Context()))

    assert retried == []
    assert order()["status"] == "paid"
    assert [(entry["reason"], entry["payload"]) for entry in quarantined()] == [
        ("malformed_json", '{"detail": {"a": 1, "a": 2}} \u2603')
    ]


def test_poison_comes_back_when_the_quarantine_cannot_be_written(
    handler: Handler, sqs: "SQSClient", dead_letters: str, order: Callable[[], dict[str, Any]]
) -> None:
    sqs.delete_queue(QueueUrl=dead_letters)

    retried = to_be_retried(handler(queue_batch("poison", envelope(events.order_placed())), Context()))

    assert retried == ["message-0"]
    assert order()["status"] == "placed"


def test_messages_not_begun_come_back_when_time_runs_out(handler: Handler, order: Callable[[], dict[str, Any]]) -> None:
    bodies = [envelope(event) for event in (events.order_placed(), events.payment_captured(), events.order_shipped())]

    retried = to_be_retried(handler(queue_batch(*bodies), Context(remaining=time_left(30_000, 1_000))))

    assert retried == ["message-2"]
    assert order()["status"] == "paid"


def test_all_messages_come_back_when_the_table_is_gone(
    handler: Handler, dynamodb: "DynamoDBClient", orders_table: str, quarantined: Callable[[], list[Any]]
) -> None:
    dynamodb.delete_table(TableName=orders_table)

    retried = to_be_retried(handler(queue_batch(envelope(events.order_placed())), Context()))

    assert retried == ["message-0"]
    assert quarantined() == []


def test_no_customer_data_is_logged_when_events_pass_and_fail(handler: Handler, logs: Logs) -> None:
    broken = envelope(events.order_placed()).replace("22765", "22\\u0000765")

    handler(queue_batch(envelope(events.order_placed()), broken, "Elbchaussee"), Context())

    assert len(logs.lines) == 3
    for secret in ("Elbchaussee", "Ada", "ada@example.org", "22765", "customer-1"):
        assert secret not in logs.text


def test_outcomes_are_counted_when_a_batch_is_done(handler: Handler, capsys: pytest.CaptureFixture[str]) -> None:
    placed = envelope(events.order_placed())
    early = envelope(events.order_shipped(order_id="ord_" + "a" * 26))

    illegal = envelope(events.order_placed(request_hash="b" * 64))

    handler(queue_batch(placed, placed, early, illegal, "poison"), Context())

    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Orderflow"
    totals = {name: sum(value) for name, value in line.items() if isinstance(value, list)}
    assert len(line.pop("EventAge")) == 4
    totals.pop("EventAge")
    assert totals == {
        **{"Applied": 1, "Duplicate": 1, "Early": 1, "Retried": 1, "Illegal": 1, "Quarantined": 2},
        **{"OrdersPlaced": 1, "OrdersFromWeb": 1},
    }


def test_every_figure_of_ours_on_the_dashboard_is_printed(handler: Handler, capsys: pytest.CaptureFixture[str]) -> None:
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
            handler(queue_batch(envelope(make(order_id=order_id, **more))), Context())
    handler(queue_batch(envelope(events.till_order_placed())), Context())
    handler(queue_batch(envelope(example("OrderPlaced.v1", "partner"))), Context())
    handler(queue_batch("poison"), Context())

    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert len(named) > 10
    assert named - {name for line in printed for name in line} == set()


def test_function_does_not_start_when_variables_are_missing(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ORDERS_TABLE", "DEAD_LETTER_QUEUE_URL", "ORDER_RETENTION_DAYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PAYMENT_TERM_SECONDS", "soon")

    with pytest.raises(SettingsError) as caught:
        fresh_handler("recorder")

    assert set(caught.value.problems) == {
        "ORDERS_TABLE",
        "DEAD_LETTER_QUEUE_URL",
        "ORDER_RETENTION_DAYS",
        "PAYMENT_TERM_SECONDS",
    }
