"""Integration tests of the POS import with a bucket, the bus and the recorder."""

import json
from typing import Any

import pytest

from tests.support import tables
from tests.support.bus import BUS, Bus, Queue
from tests.support.handlers import Handler, import_handler
from tests.support.invocations import Context, envelope, queue_batch
from tests.unit.pos_import.doubles import BUCKET, KEY, SUMMARY_KEY, receipt, s3_event, till_file


@pytest.fixture
def bucket(s3: Any) -> Any:
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return s3


@pytest.fixture
def handler(bucket: Any, bus: Bus, dlq: Queue, monkeypatch: pytest.MonkeyPatch) -> Handler:
    monkeypatch.setenv("BUS_NAME", BUS)
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", dlq.url)
    monkeypatch.setenv("ORDER_RETENTION_DAYS", "36500")
    return import_handler("pos_import")


def put(s3: Any, content: bytes, key: str = KEY) -> None:
    s3.put_object(Bucket=BUCKET, Key=key, Body=content)


def text(s3: Any, key: str) -> str:
    return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()


def test_receipt_becomes_one_order(handler: Handler, recorder: Handler, bucket: Any, bus: Bus, dynamodb: Any) -> None:
    put(bucket, till_file([*receipt(1, 3), *receipt(2)]))

    for _ in range(2):
        handler(s3_event(), Context())
        batch = queue_batch(*map(envelope, bus.receive_events()))
        assert recorder(batch, Context()) == {"batchItemFailures": []}

    orders = list(tables.scan(dynamodb, tables.ORDERS))
    assert [(order["status"], order["version"]) for order in orders] == [("delivered", 1)] * 2
    assert sorted(payment for order in orders for payment in order["payments"]) == ["pay-1", "pay-2"]


def test_event_for_an_invalid_file_is_quarantined(handler: Handler, bucket: Any, bus: Bus, dlq: Queue) -> None:
    put(bucket, b"\x89PNG")

    result = handler(s3_event(), Context())

    (body,) = dlq.receive_bodies()
    assert result["status"] == "quarantined"
    assert (body["function"], body["reason"], json.loads(body["payload"])) == ("pos_import", "wrong_header", s3_event())
    assert json.loads(text(bucket, SUMMARY_KEY))["reason"] == "wrong_header"
    assert bus.receive_events() == []
