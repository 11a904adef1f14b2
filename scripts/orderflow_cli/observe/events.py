"""Events as they were carried: by the bus in EventBridge's envelope, by a topic in SNS's notification."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Event:
    """`at` is when the bus or topic took it. `body` is what patterns and policies are held against: the envelope on a
    bus, the message on a topic, which has `attributes` too, as they were published. `text` is what a queue got."""

    carrier: str
    place: str
    id: str
    type: str
    source: str
    at: datetime
    body: Mapping[str, Any]
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    text: str = ""

    @property
    def message(self) -> Mapping[str, Any]:
        """What its producer sent: metadata and data."""
        found = self.body.get("detail", {}) if self.carrier == "bus" else self.body
        return found if isinstance(found, Mapping) else {}

    @property
    def data(self) -> Mapping[str, Any]:
        found = self.message.get("data")
        return found if isinstance(found, Mapping) else {}

    @property
    def metadata(self) -> Mapping[str, Any]:
        found = self.message.get("metadata")
        return found if isinstance(found, Mapping) else {}

    @property
    def order_id(self) -> str | None:
        found = self.data.get("order_id")
        return str(found) if found else None

    @property
    def version(self) -> int | None:
        found = self.data.get("version")
        return found if isinstance(found, int) else None

    @property
    def occurred_at(self) -> datetime:
        try:
            return datetime.fromisoformat(str(self.metadata.get("occurred_at")))
        except ValueError:
            return self.at


def read(text: str, bus: str) -> Event | None:
    """An event from a message of a queue that a rule or a subscription fills; None for anything else."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    event = of_notification(found) if found.get("Type") == "Notification" else of_bus(found, bus)
    return replace(event, text=text) if event else None


def of_bus(envelope: Mapping[str, Any], bus: str) -> Event | None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html"""
    if not {"id", "detail-type", "source", "time"} <= envelope.keys():
        return None
    detail = envelope.get("detail")
    metadata = detail.get("metadata", {}) if isinstance(detail, Mapping) else {}
    return Event(
        carrier="bus",
        place=bus,
        id=str(metadata.get("event_id") or envelope["id"]),
        type=str(envelope["detail-type"]),
        source=str(envelope["source"]),
        at=datetime.fromisoformat(str(envelope["time"])),
        body=envelope,
    )


def of_notification(notification: Mapping[str, Any]) -> Event | None:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html"""
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
    return Event(
        carrier="topic",
        place=topic,
        id=str(metadata.get("event_id") or notification["MessageId"]),
        type=str(metadata.get("event_type") or "Notice"),
        source=f"topic {topic}",
        at=datetime.fromisoformat(str(notification["Timestamp"])),
        body=body,
        attributes=attributes,
    )
