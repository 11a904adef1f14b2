"""The structure of every event, and its JSON encoding."""

import json
from collections.abc import Mapping
from typing import Any, TypedDict


class Metadata(TypedDict):
    """The metadata that every event has."""

    event_id: str
    event_type: str
    schema_version: int
    occurred_at: str
    producer: str
    correlation_id: str
    causation_id: str | None


class Event(TypedDict):
    """An event of any type; contracts.generated.types defines the data of each event type."""

    metadata: Metadata
    data: dict[str, Any]


def encode(event: Mapping[str, Any]) -> str:
    """Encode an event as the JSON text to send: compact, with minimal escaping.

    Size limits apply to the UTF-8 bytes of this text, so an event must be sent exactly as encoded here. Two characters
    are escaped because SQS rejects them, although JSON allows them.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
    text = json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    if "\ufffe" in text or "\uffff" in text:
        return text.replace("\ufffe", r"\ufffe").replace("\uffff", r"\uffff")
    return text
