"""Both publishers with real clients, so that what they build is what AWS's own model accepts."""

import json
from typing import TYPE_CHECKING

import pytest

from common.publisher import BusPublisher, TopicPublisher, publish_all_or_raise
from recorder.read import read_event
from tests.support import events
from tests.support.bus import mailbox

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_sqs.client import SQSClient


def test_rule_delivers_what_the_recorder_reads_when_events_are_put_on_the_bus(
    eventbridge: "EventBridgeClient", sqs: "SQSClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793")
    intake = mailbox(sqs, "intake")
    eventbridge.create_event_bus(Name="orders")
    pattern = json.dumps({"source": ["orderflow.webhooks"], "detail-type": ["PaymentCaptured"]})
    eventbridge.put_rule(Name="intake", EventBusName="orders", EventPattern=pattern)
    eventbridge.put_targets(Rule="intake", EventBusName="orders", Targets=[{"Id": "intake", "Arn": intake.arn}])
    captured = [events.payment_captured() for _ in range(12)]

    publish_all_or_raise(
        BusPublisher(eventbridge, "orders", "webhooks"), [*captured, events.payment_declined()], lambda: 60_000
    )

    assert [read_event(message["Body"]) for message in intake.take()] == captured


def test_subscriber_reads_the_event_when_it_is_sent_to_the_topic(sns: "SNSClient", sqs: "SQSClient") -> None:
    subscriber = mailbox(sqs, "subscriber")
    topic_arn = sns.create_topic(Name="orders")["TopicArn"]
    sns.subscribe(
        TopicArn=topic_arn, Protocol="sqs", Endpoint=subscriber.arn, Attributes={"RawMessageDelivery": "true"}
    )
    changed = [events.order_changed(events.order_image(version=1)) for _ in range(12)]

    failures = TopicPublisher(sns, topic_arn).publish(changed, lambda: 60_000)

    assert failures == []
    assert subscriber.bodies() == changed
