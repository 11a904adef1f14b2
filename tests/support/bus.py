"""A bus whose events can be read back."""

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
class Mailbox:
    """A queue to read from: each message once."""

    sqs: "SQSClient"
    url: str

    @property
    def arn(self) -> str:
        return self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def take(self) -> list[Mapping[str, Any]]:
        """All messages that are there."""
        taken: list[Mapping[str, Any]] = []
        while found := self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            for message in found:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            taken += found
        return taken

    def bodies(self) -> list[Any]:
        return [json.loads(message["Body"]) for message in self.take()]


def mailbox(sqs: "SQSClient", name: str) -> Mailbox:
    return Mailbox(sqs, sqs.create_queue(QueueName=name)["QueueUrl"])


class Bus:
    """The bus with a rule that takes everything."""

    def __init__(self, client: "EventBridgeClient", everything: Mailbox) -> None:
        self._everything = everything
        client.create_event_bus(Name=BUS)
        client.put_rule(Name="everything", EventBusName=BUS, EventPattern=json.dumps({"account": [{"exists": True}]}))
        client.put_targets(Rule="everything", EventBusName=BUS, Targets=[{"Id": "queue", "Arn": everything.arn}])

    def published(self) -> list[Event]:
        """The events since the last call, checked against their contracts and their envelopes."""
        found: list[Event] = []
        for envelope in self._everything.bodies():
            event = cast(Event, envelope["detail"])
            validate(event, envelope["detail-type"])
            assert envelope["source"] == f"orderflow.{event['metadata']['producer']}"
            found.append(event)
        return found
