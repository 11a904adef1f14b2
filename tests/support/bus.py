"""An event bus whose published events a test can read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from contracts import Event, validate

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_sqs.client import SQSClient

BUS = "orders-bus"


@dataclass(frozen=True)
class Queue:
    """An SQS queue whose messages a test receives and deletes."""

    sqs: "SQSClient"
    url: str

    @property
    def arn(self) -> str:
        return self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def receive_all(self) -> list[Mapping[str, Any]]:
        """Receive and delete all messages in the queue."""
        received: list[Mapping[str, Any]] = []
        while messages := self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            for message in messages:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            received += messages
        return received

    def receive_bodies(self) -> list[Any]:
        return [json.loads(message["Body"]) for message in self.receive_all()]


def create_queue(sqs: "SQSClient", name: str) -> Queue:
    return Queue(sqs, sqs.create_queue(QueueName=name)["QueueUrl"])


class Bus:
    """The bus, with a rule that sends every event to a queue."""

    def __init__(self, client: "EventBridgeClient", queue: Queue) -> None:
        self._queue = queue
        client.create_event_bus(Name=BUS)
        client.put_rule(Name="everything", EventBusName=BUS, EventPattern=json.dumps({"account": [{"exists": True}]}))
        client.put_targets(Rule="everything", EventBusName=BUS, Targets=[{"Id": "queue", "Arn": queue.arn}])

    def receive_events(self) -> list[Event]:
        """Return the events published since the last call, each validated against its contract."""
        events: list[Event] = []
        for envelope in self._queue.receive_bodies():
            event = cast(Event, envelope["detail"])
            validate(event, envelope["detail-type"])
            assert envelope["source"] == f"orderflow.{event['metadata']['producer']}"
            events.append(event)
        return events
