"""Integration tests of the relay with the stream of the orders table and with subscribers to the topic."""

import itertools
import json
from typing import Any

import pytest

from contracts import Event, times
from recorder.effects import RecordingSettings
from recorder.record import Recorder
from tests.support import events
from tests.support.bus import Queue, create_queue
from tests.support.handlers import Handler, import_handler
from tests.support.invocations import STREAM_ARN, Context, failed_ids, stream_batch, stream_record
from tests.support.streams import read_stream_records

BUCKET = "orderflow-test-failures"


@pytest.fixture
def topic(sns: Any) -> str:
    return sns.create_topic(Name="orders")["TopicArn"]


@pytest.fixture
def subscriber(sns: Any, sqs: Any, topic: str) -> Queue:
    queue = create_queue(sqs, "subscriber")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "true"})
    return queue


@pytest.fixture
def handler(topic: str, s3: Any, monkeypatch: pytest.MonkeyPatch) -> Handler:
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    monkeypatch.setenv("TOPIC_ARN", topic)
    monkeypatch.setenv("FAILURE_BUCKET", BUCKET)
    return import_handler("relay")


def test_subscribers_get_every_version(dynamodb: Any, orders_table: str, handler: Handler, subscriber: Queue) -> None:
    recorder = Recorder(dynamodb, orders_table, RecordingSettings(3_600, 30), times.utc_now)
    steps = [
        events.order_placed(),
        events.payment_captured(),
        events.payment_captured(payment_id="pay-2"),
        events.order_shipped(),
        events.order_delivered(),
    ]
    for event in steps:
        recorder.record(event)
    dynamodb.delete_item(TableName=orders_table, Key={"order_id": {"S": events.ORDER_ID}})
    records = read_stream_records(dynamodb, orders_table)

    retried_ids = failed_ids(handler(stream_batch(records), Context()))

    assert retried_ids == []
    received_events: list[Event] = subscriber.receive_bodies()
    changes = [event for event in received_events if event["metadata"]["event_type"] == "OrderChanged"]
    assert [(event["data"]["version"], event["data"]["status"]) for event in changes] == [
        (1, "placed"),
        (2, "paid"),
        (3, "paid"),
        (4, "shipped"),
        (5, "delivered"),
    ]
    assert [event["metadata"]["causation_id"] for event in changes] == [step["metadata"]["event_id"] for step in steps]
    assert [event["metadata"]["event_id"] for event in received_events] == [record["eventID"] for record in records]
    for earlier_event, later_event in itertools.pairwise(changes):
        assert later_event["data"]["before"] == earlier_event["data"]["after"]
    (deletion,) = [event for event in received_events if event["metadata"]["event_type"] == "OrderDeleted"]
    assert (deletion["data"]["cause"], deletion["data"]["before"]) == ("deleted", changes[-1]["data"]["after"])


def test_poison_record_is_quarantined_and_the_others_are_published(
    handler: Handler, subscriber: Queue, s3: Any
) -> None:
    poison_record = stream_record(99, None, {**events.order_item(), "updated_at": "soon"})
    valid_records = [stream_record(number, None, events.order_item()) for number in (1, 2)]

    retried_ids = failed_ids(handler(stream_batch([poison_record, *valid_records]), Context()))

    assert retried_ids == []
    published_ids = {event["metadata"]["event_id"] for event in subscriber.receive_bodies()}
    assert published_ids == {record["eventID"] for record in valid_records}
    (entry,) = s3.list_objects_v2(Bucket=BUCKET, Prefix="quarantine/relay/")["Contents"]
    body = json.loads(s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read())
    assert (body["function"], body["reason"], body["origin"]) == ("relay", "cannot_be_published", STREAM_ARN)
    assert json.loads(body["payload"]) == poison_record
