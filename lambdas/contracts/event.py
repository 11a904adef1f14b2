"""The structure of every event, and its JSON encoding."""

import json
from collections.abc import Mapping
from typing import Any, TypedDict


class Metadata(TypedDict):
    """The metadata of every event."""

    event_id: str
    event_type: str
    schema_version: int
    occurred_at: str
    producer: str
    correlation_id: str
    causation_id: str | None


class Event(TypedDict):
    """An event of any type; the types of data are in contracts.generated.types."""

    metadata: Metadata
    data: dict[str, Any]


def encode(event: Mapping[str, Any]) -> str:
    """Encode an event as the JSON text to send: compact, with minimal escaping.

    Sizes are measured on the UTF-8 of this text, so whoever sends an event sends exactly this. The two characters that
    JSON leaves as they are and a queue refuses are escaped.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
    text = json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    if "\ufffe" in text or "\uffff" in text:
        return text.replace("\ufffe", r"\ufffe").replace("\uffff", r"\uffff")
    return text
