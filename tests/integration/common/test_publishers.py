"""Both publishers with real clients, so that what they build is what AWS's own model accepts."""

import json
from typing import TYPE_CHECKING

import pytest

from common.errors import PermanentError
from common.publisher import BusPublisher, TopicPublisher, publish_all_or_raise
from common.quarantine import QueueQuarantine
from contracts import parse
from recorder.read import read_event
from tests.support import events
from tests.support.clock import Clock

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_sqs.client import SQSClient


def queue(sqs: "SQSClient", name: str) -> tuple[str, str]:
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def bodies(sqs: "SQSClient", url: str) -> list[str]:
    found: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [message["Body"] for message in messages]
    return found


def test_rule_delivers_what_the_recorder_reads_when_events_are_put_on_the_bus(
    eventbridge: "EventBridgeClient", sqs: "SQSClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793")
    url, arn = queue(sqs, "intake")
    eventbridge.create_event_bus(Name="orders")
    pattern = json.dumps({"source": ["orderflow.webhooks"], "detail-type": ["PaymentCaptured"]})
    eventbridge.put_rule(Name="intake", EventBusName="orders", EventPattern=pattern)
    eventbridge.put_targets(Rule="intake", EventBusName="orders", Targets=[{"Id": "intake", "Arn": arn}])
    captured = [events.payment_captured() for _ in range(12)]

    publish_all_or_raise(
        BusPublisher(eventbridge, "orders", "webhooks"), [*captured, events.payment_declined()], lambda: 60_000
    )

    assert [read_event(body) for body in bodies(sqs, url)] == captured


def test_subscriber_reads_the_event_when_it_is_sent_to_the_topic(sns: "SNSClient", sqs: "SQSClient") -> None:
    url, arn = queue(sqs, "subscriber")
    topic_arn = sns.create_topic(Name="orders")["TopicArn"]
    sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    changed = [events.order_changed(events.order_image(version=1)) for _ in range(12)]

    failures = TopicPublisher(sns, topic_arn).publish(changed, lambda: 60_000)

    assert failures == []
    assert [parse(body) for body in bodies(sqs, url)] == changed


def test_events_are_good_but_rejected_when_the_topic_does_not_exist(sns: "SNSClient") -> None:
    publisher = TopicPublisher(sns, "arn:aws:sns:eu-west-1:123456789012:gone", Clock().policy())

    failures = publisher.publish([events.order_changed(events.order_image()) for _ in range(2)], lambda: 60_000)

    assert [failure.kind for failure in failures] == ["rejected", "rejected"]


def test_envelope_is_taken_when_the_payload_holds_what_sqs_refuses(sqs: "SQSClient") -> None:
    url, _ = queue(sqs, "dead-letter")
    payload = "\x00 \ufffe \ud800 ☃"

    QueueQuarantine(sqs, url, "recorder").put(payload, PermanentError("malformed_json", "no JSON"), "arn")

    (body,) = bodies(sqs, url)
    assert json.loads(body)["payload"] == payload
