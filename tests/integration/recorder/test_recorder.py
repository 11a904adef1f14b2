"""Integration tests of the recorder with the orders table and its dead-letter queue."""

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from contracts import Event, ids
from orderflow_cli import ROOT
from tests.support import events, tables
from tests.support.bus import Queue
from tests.support.handlers import Handler
from tests.support.invocations import QUEUE_ARN, Context, envelope, failed_ids, queue_batch
from tests.support.logs import Logs
from tests.unit.contracts.examples import example

AFTER_DEADLINE = "2026-03-01T10:30:01.000Z"


@pytest.fixture
def record(recorder: Handler) -> Callable[..., list[str]]:
    def record_all(*batch: Event) -> list[str]:
        return failed_ids(recorder(queue_batch(*[envelope(event) for event in batch]), Context()))

    return record_all


@pytest.fixture
def order(dynamodb: Any, orders_table: str) -> Callable[[], dict[str, Any]]:
    def read() -> dict[str, Any]:
        item = tables.get(dynamodb, orders_table, order_id=events.ORDER_ID)
        assert item is not None
        return item

    return read


def test_unpaid_order_is_found_by_its_due_time(record: Any, order: Any, dynamodb: Any, orders_table: str) -> None:
    record(events.order_placed())

    item = order()
    due_items = dynamodb.query(
        TableName=orders_table,
        IndexName="payment_due",
        KeyConditionExpression="due_shard = :shard AND payment_due_at <= :now",
        ExpressionAttributeValues={":shard": {"S": item["due_shard"]}, ":now": {"S": AFTER_DEADLINE}},
    )["Items"]
    assert [entry["order_id"]["S"] for entry in due_items] == [events.ORDER_ID]

    record(events.payment_captured())

    assert dynamodb.scan(TableName=orders_table, IndexName="payment_due")["Items"] == []


def test_illegal_event_is_quarantined_with_its_reason(record: Any, dlq: Queue, order: Any, logs: Logs) -> None:
    illegal_event = events.order_shipped(shipment_id="shp-2")

    assert record(events.order_placed(), events.payment_captured(), events.order_shipped(), illegal_event) == []

    assert order()["version"] == 3
    (body,) = dlq.receive_bodies()
    assert (body["function"], body["reason"], body["origin"]) == ("recorder", "other_shipment", QUEUE_ARN)
    assert body["payload"] == envelope(illegal_event)
    (line,) = logs.find_lines("Quarantined")
    assert (line["order_id"], line["correlation_id"]) == (events.ORDER_ID, "corr-1")


def test_order_metrics_of_the_dashboard_are_written(recorder: Handler, capsys: pytest.CaptureFixture[str]) -> None:
    dashboard = (ROOT / "terraform" / "pipeline" / "81_dashboard.tf").read_text()
    shown_metrics = set(re.findall(r'"((?:Orders|Money|EventAge|Quarantined)\w*)"', dashboard)) - {"Orderflow"}
    payment_steps = [events.order_placed, events.payment_captured]
    lifecycles = [
        [*payment_steps, events.order_shipped, events.order_delivered],
        [events.order_placed, events.cancellation_requested],
        [*payment_steps, events.stock_rejected, events.refund_completed],
        [partial(events.order_placed, channel="mobile")],
    ]
    for lifecycle, letter in zip(lifecycles, "abcd", strict=True):
        order_id = f"ord_{letter * 26}"
        for build in lifecycle:
            data = {"refund_id": ids.refund_id(order_id, events.PAYMENT_ID)} if build is events.refund_completed else {}
            recorder(queue_batch(envelope(build(order_id=order_id, **data))), Context())
    recorder(queue_batch(envelope(events.till_order_placed())), Context())
    recorder(queue_batch(envelope(example("OrderPlaced.v1", "partner"))), Context())
    recorder(queue_batch("poison"), Context())

    metric_lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert len(shown_metrics) > 10
    assert shown_metrics - {name for line in metric_lines for name in line} == set()
