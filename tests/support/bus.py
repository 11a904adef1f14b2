"""A bus whose events can be read back, and messages that no consumer can use."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from contracts import Event, encode, validate
from tests.support import events

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


def _changed() -> dict[str, Any]:
    return json.loads(encode(events.order_changed(events.order_image())))


def _with(**metadata: Any) -> str:
    change = _changed()
    change["metadata"] |= metadata
    return json.dumps(change)


def _without_after() -> str:
    change = _changed()
    del change["data"]["after"]
    return json.dumps(change)


# Name -> body, reason of the quarantine.
UNUSABLE: Mapping[str, tuple[str, str]] = {
    "empty": ("", "malformed_json"),
    "not JSON": ("{", "malformed_json"),
    "a key twice": ('{"metadata": {}, "metadata": {}}', "malformed_json"),
    "NaN": ('{"metadata": NaN}', "malformed_json"),
    "half a surrogate": ('{"metadata": "\\ud800"}', "invalid_field"),
    "deep": ("[" * 10_000, "malformed_json"),
    "a list": ("[]", "invalid_field"),
    "no metadata": ("{}", "missing_field"),
    "unknown version": (_with(schema_version=2), "unknown_schema_version"),
    "another event": (encode(events.payment_captured()), "wrong_event_type"),
    "a deleted order": (encode(events.order_deleted(events.order_image())), "wrong_event_type"),
    "unknown event": (_with(event_type="OrderEaten"), "wrong_event_type"),
    "no image": (_without_after(), "missing_field"),
    "a fraction": (encode(events.order_changed(events.order_image())).replace("1998", "19.98"), "invalid_field"),
}
