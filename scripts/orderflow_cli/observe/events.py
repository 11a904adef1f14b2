"""Events as a bus or topic delivers them: in an EventBridge envelope or in an SNS notification."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from orderflow_cli.environments import Cloud


@dataclass(frozen=True)
class Event:
    """An event or stream record; `carrier`: bus, topic or stream. `at`: when it was accepted, or the queue received it;
    `body`: what filters match; `attributes`: those of the SNS message; `text`: the event queue's message body."""

    carrier: str
    carrier_name: str
    id: str
    type: str
    source: str
    at: datetime
    body: Mapping[str, Any]
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    text: str = ""

    @property
    def message(self) -> Mapping[str, Any]:
        """The event as the producer sent it: metadata and data."""
        return _as_mapping(self.body.get("detail") if self.carrier == "bus" else self.body)

    @property
    def data(self) -> Mapping[str, Any]:
        return _as_mapping(self.message.get("data"))

    @property
    def metadata(self) -> Mapping[str, Any]:
        return _as_mapping(self.message.get("metadata"))

    @property
    def order_id(self) -> str | None:
        order_id = self.data.get("order_id")
        return str(order_id) if order_id else None

    @property
    def version(self) -> int | None:
        version = self.data.get("version")
        return version if isinstance(version, int) else None

    @property
    def occurred_at(self) -> datetime:
        try:
            return datetime.fromisoformat(str(self.metadata.get("occurred_at")))
        except ValueError:
            return self.at


def _as_mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def parse(text: str, bus: str) -> Event | None:
    """Return the event in a queue message from a rule or subscription; None for any other message."""
    try:
        body = json.loads(text)
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    event = parse_notification(body) if body.get("Type") == "Notification" else parse_envelope(body, bus)
    return replace(event, text=text) if event else None


def parse_envelope(envelope: Mapping[str, Any], bus: str) -> Event | None:
    """Parse an EventBridge event: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html"""
    if not {"id", "detail-type", "source", "time"} <= envelope.keys():
        return None
    detail = envelope.get("detail")
    metadata = detail.get("metadata", {}) if isinstance(detail, Mapping) else {}
    event_id, event_type = str(metadata.get("event_id") or envelope["id"]), str(envelope["detail-type"])
    at = datetime.fromisoformat(str(envelope["time"]))
    return Event("bus", bus, event_id, event_type, str(envelope["source"]), at, envelope)


def parse_notification(notification: Mapping[str, Any]) -> Event | None:
    """Parse an SNS notification: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html"""
    try:
        body = json.loads(notification["Message"])
    except ValueError:
        body = {"text": notification["Message"]}
    body = body if isinstance(body, dict) else {"text": notification["Message"]}
    metadata = body.get("metadata", {})
    attributes = {
        name: {"DataType": str(one.get("Type")), "StringValue": str(one.get("Value"))}
        for name, one in notification.get("MessageAttributes", {}).items()
    }
    topic = str(notification["TopicArn"]).rpartition(":")[2]
    event_id = str(metadata.get("event_id") or notification["MessageId"])
    event_type, at = str(metadata.get("event_type") or "Notice"), datetime.fromisoformat(str(notification["Timestamp"]))
    return Event("topic", topic, event_id, event_type, f"topic {topic}", at, body, attributes)


OBSERVER_INFIX = "-tap-"
"""Infix in the names of resources that only observe events; `flow.read` omits such resources."""
JOURNAL_QUEUE = "studio"
"""The name of the event queue from which the studio process fills the journal."""

_RETENTION_SECONDS = 3600


class EventQueue:
    """A queue that receives every event. `open` creates the AWS resources or reuses existing ones of the same name."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self._cloud = cloud
        self.name = f"{cloud.prefix}{OBSERVER_INFIX}{name}"
        self._bus = cloud.parameter("bus_name")
        self._topics = [cloud.parameter("topic_arn"), cloud.parameter("notices_topic_arn")]
        self._url = ""

    def open(self) -> None:
        sqs, events_client, sns = (self._cloud.client(name) for name in ("sqs", "events", "sns"))
        arn = f"{self._topics[0].rpartition(':')[0].replace(':sns:', ':sqs:')}:{self.name}"
        senders = {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}
        statement = {"Effect": "Allow", "Principal": senders, "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        attributes = {"Policy": policy, "MessageRetentionPeriod": str(_RETENTION_SECONDS)}
        if self._is_complete(arn):
            self._url = sqs.get_queue_url(QueueName=self.name)["QueueUrl"]
            return
        self._url = sqs.create_queue(QueueName=self.name, Attributes=attributes)["QueueUrl"]
        pattern = json.dumps({"source": [{"prefix": ""}]})
        events_client.put_rule(Name=self.name, EventBusName=self._bus, EventPattern=pattern)
        events_client.put_targets(Rule=self.name, EventBusName=self._bus, Targets=[{"Id": "tap", "Arn": arn}])
        for topic in self._topics:
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)

    def _is_complete(self, arn: str) -> bool:
        """Return whether target and subscriptions exist; creating them again would cause another `terraform apply`."""
        events_client, sns = self._cloud.client("events"), self._cloud.client("sns")
        try:
            targets = events_client.list_targets_by_rule(Rule=self.name, EventBusName=self._bus)["Targets"]
        except events_client.exceptions.ResourceNotFoundException:
            return False
        arns = [one["Arn"] for one in targets]
        for topic in self._topics:
            for page in sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic):
                arns += [one["Endpoint"] for one in page["Subscriptions"]]
        return arns.count(arn) == 1 + len(self._topics)

    def events(self) -> Iterator[Event]:
        """Yield at most ten events and delete their messages, roughly oldest first. `at` is when the queue
        received the event, because the time in an EventBridge envelope has no fraction of a second."""
        sqs = self._cloud.client("sqs")
        response = sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, AttributeNames=["SentTimestamp"])
        messages = response.get("Messages", [])
        for message in messages:
            if event := parse(message["Body"], self._bus):
                yield replace(event, at=datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC))
        if messages:
            entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(messages)]
            sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)

    def close(self) -> None:
        """Delete the queue, the rule and the subscriptions."""
        sqs, events_client, sns = (self._cloud.client(name) for name in ("sqs", "events", "sns"))
        for topic in self._topics:
            for page in sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic):
                for subscription in page["Subscriptions"]:
                    if subscription["Endpoint"].endswith(f":{self.name}"):
                        sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
        events_client.remove_targets(Rule=self.name, EventBusName=self._bus, Ids=["tap"])
        events_client.delete_rule(Name=self.name, EventBusName=self._bus)
        sqs.delete_queue(QueueUrl=self._url)


@contextmanager
def open_event_queue(cloud: Cloud, name: str) -> Iterator[EventQueue]:
    """Create an event queue for the duration of the block."""
    event_queue = EventQueue(cloud, name)
    event_queue.open()
    try:
        yield event_queue
    finally:
        event_queue.close()
