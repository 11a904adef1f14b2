"""From the orders table through its stream and the relay to queues on the topic."""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from contracts import Event, parse, times
from recorder.effects import Terms
from recorder.record import Recorder
from tests.support import events
from tests.support.handlers import Handler, fresh_handler
from tests.support.invocations import STREAM_ARN, Context, stream_batch, stream_record, to_be_retried
from tests.support.logs import Logs
from tests.support.streams import records_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_sqs.client import SQSClient

BUCKET = "orderflow-test-failures"


@pytest.fixture
def topic(sns: "SNSClient") -> str:
    return sns.create_topic(Name="orders")["TopicArn"]


@pytest.fixture
def bucket(s3: "S3Client") -> str:
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return BUCKET


@pytest.fixture
def handler(topic: str, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Handler:
    monkeypatch.setenv("TOPIC_ARN", topic)
    monkeypatch.setenv("FAILURE_BUCKET", bucket)
    return fresh_handler("relay")


@dataclass
class Subscriber:
    """A queue on the topic."""

    sqs: "SQSClient"
    url: str

    def received(self) -> list[Event]:
        return [parse(body) for body in self._bodies()]

    def _bodies(self) -> Iterator[str]:
        while messages := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                yield message["Body"]
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])


@pytest.fixture
def subscribe(sqs: "SQSClient", sns: "SNSClient", topic: str) -> Callable[..., Subscriber]:
    def subscribed(name: str, filter_policy: Any = None, scope: str = "MessageBody") -> Subscriber:
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        attributes = {"RawMessageDelivery": "true"}
        if filter_policy is not None:
            attributes |= {"FilterPolicy": json.dumps(filter_policy), "FilterPolicyScope": scope}
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
        return Subscriber(sqs, url)

    return subscribed


@pytest.fixture
def quarantined(s3: "S3Client", bucket: str) -> Callable[[], list[dict[str, Any]]]:
    def read() -> list[dict[str, Any]]:
        keys = [
            entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, Prefix="quarantine/relay/").get("Contents", [])
        ]
        return [json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]

    return read


def changes(count: int) -> list[dict[str, Any]]:
    return [
        stream_record(number, events.order_item(version=number), events.order_item("paid", version=number + 1))
        for number in range(1, count + 1)
    ]


def versions(received: Sequence[Event]) -> list[int]:
    return sorted(event["data"]["version"] for event in received)


def test_subscribers_see_every_version_when_the_recorder_writes(
    dynamodb: "DynamoDBClient", orders_table: str, handler: Handler, subscribe: Callable[..., Subscriber]
) -> None:
    queue = subscribe("all")
    recorder = Recorder(dynamodb, orders_table, Terms(3_600, 30), times.utc_now)
    way = [
        events.order_placed(),
        events.payment_captured(),
        events.payment_captured(payment_id="pay-2"),
        events.order_shipped(),
        events.order_delivered(),
    ]
    for event in way:
        recorder.record(event)
    dynamodb.delete_item(TableName=orders_table, Key={"order_id": {"S": events.ORDER_ID}})
    records = records_of(dynamodb, orders_table)

    retried = to_be_retried(handler(stream_batch(records), Context()))

    assert retried == []
    received = queue.received()
    changed = [event for event in received if event["metadata"]["event_type"] == "OrderChanged"]
    assert [(event["data"]["version"], event["data"]["status"]) for event in changed] == [
        (1, "placed"),
        (2, "paid"),
        (3, "paid"),
        (4, "shipped"),
        (5, "delivered"),
    ]
    assert [event["metadata"]["causation_id"] for event in changed] == [event["metadata"]["event_id"] for event in way]
    assert [event["metadata"]["event_id"] for event in received] == [record["eventID"] for record in records]
    for earlier, later in itertools.pairwise(changed):
        assert later["data"]["before"] == earlier["data"]["after"]
    (deleted,) = [event for event in received if event["metadata"]["event_type"] == "OrderDeleted"]
    assert (deleted["data"]["cause"], deleted["data"]["before"]) == ("deleted", changed[-1]["data"]["after"])


def test_consumers_get_what_their_filters_name_when_an_order_is_paid(
    handler: Handler, subscribe: Callable[..., Subscriber]
) -> None:
    changed = {"metadata": {"event_type": ["OrderChanged"]}}
    finance = subscribe("finance", {**changed, "data": {"changed_fields": ["total", "payments", "refunds"]}})
    customer_service = subscribe(
        "customer_service", {**changed, "data": {"channel": [{"anything-but": ["pos"]}], "changed_fields": ["status"]}}
    )
    by_attribute = subscribe("by_attribute", {"status": ["shipped"], "channel": ["web"]}, "MessageAttributes")
    paid = events.order_item("paid", version=2)
    shipped = events.order_item("shipped", version=3)
    records = [
        stream_record(1, events.order_item(), paid),
        stream_record(2, paid, shipped),
        stream_record(3, events.order_item("delivered", version=4), None),
    ]

    handler(stream_batch(records), Context())

    assert versions(finance.received()) == [2]
    assert versions(customer_service.received()) == [2, 3]
    assert versions(by_attribute.received()) == [3]


@pytest.mark.parametrize("position", [0, 2, 4])
def test_record_is_kept_whole_and_delays_nobody_when_it_is_poison(
    handler: Handler,
    subscribe: Callable[..., Subscriber],
    quarantined: Callable[[], list[dict[str, Any]]],
    position: int,
) -> None:
    queue = subscribe("all")
    records = changes(4)
    poison = stream_record(99, events.order_item("paid", version=7), events.order_item("shipped", version=7))
    records.insert(position, poison)

    retried = to_be_retried(handler(stream_batch(records), Context()))

    assert retried == []
    assert versions(queue.received()) == [2, 3, 4, 5]
    (kept,) = quarantined()
    assert (kept["function"], kept["reason"], kept["origin"]) == ("relay", "version_not_increased", STREAM_ARN)
    assert json.loads(kept["payload"]) == poison


def test_order_is_kept_whole_when_its_message_would_not_fit_the_topic(
    handler: Handler, subscribe: Callable[..., Subscriber], quarantined: Callable[[], list[dict[str, Any]]]
) -> None:
    queue = subscribe("all")
    refund = {**events.refund(), "payment_id": "p" * 128, "reason": "r" * 64}
    large = {
        "lines": [{"sku": "PEN", "name": "😀" * 200, "quantity": 1, "unit_price": 0}] * 100,
        "refunds": {f"rfd_{'a' * 24}{first}{second}": refund for first in "abcdefghij" for second in "abcdefghij"},
        "payments": {
            f"{number:03}".ljust(128, "p"): {**events.TOTAL, "captured_at": events.AT, "method": "m" * 64}
            for number in range(100)
        },
    }
    record = stream_record(9, events.order_item(**large), events.order_item("paid", version=2) | large)

    retried = to_be_retried(handler(stream_batch([record, *changes(1)]), Context()))

    assert retried == []
    assert versions(queue.received()) == [2]
    (kept,) = quarantined()
    assert kept["reason"] == "cannot_be_published"
    assert "262144" in kept["detail"]
    assert json.loads(kept["payload"]) == record


def test_everything_comes_back_when_the_topic_is_gone(
    handler: Handler, sns: "SNSClient", topic: str, quarantined: Callable[[], list[Any]]
) -> None:
    sns.delete_topic(TopicArn=topic)
    records = changes(3)

    retried = to_be_retried(handler(stream_batch(records), Context()))

    assert retried == [records[0]["dynamodb"]["SequenceNumber"]]
    assert quarantined() == []


def test_poison_comes_back_when_the_bucket_is_gone(
    handler: Handler, s3: "S3Client", bucket: str, subscribe: Callable[..., Subscriber]
) -> None:
    queue = subscribe("all")
    s3.delete_bucket(Bucket=bucket)
    good = changes(2)
    poison = stream_record(50, None, {"order_id": "by hand"})

    retried = to_be_retried(handler(stream_batch([*good, poison]), Context()))

    assert retried == [poison["dynamodb"]["SequenceNumber"]]
    assert versions(queue.received()) == [2, 3]


def test_message_is_the_same_when_a_record_is_delivered_twice(
    handler: Handler, subscribe: Callable[..., Subscriber]
) -> None:
    queue = subscribe("all")

    for _ in range(2):
        handler(stream_batch(changes(1)), Context())

    first, second = queue.received()
    assert first == second


def test_no_customer_data_is_logged_when_records_pass_and_fail(handler: Handler, logs: Logs) -> None:
    broken = stream_record(2, None, events.order_item(contact_email="Ada"))

    handler(stream_batch([*changes(1), broken]), Context())

    assert [line["message"] for line in logs.lines] == ["Quarantined", "Published"]
    assert [line["order_id"] for line in logs.lines] == [events.ORDER_ID] * 2
    for secret in ("Elbchaussee", "Ada", "ada@example.org", "22765", "customer-1"):
        assert secret not in logs.text
