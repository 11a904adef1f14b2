"""The shape that every event has, and the text it travels as."""

import json
from collections.abc import Mapping
from typing import Any, TypedDict


class Metadata(TypedDict):
    """What every event says about itself."""

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
    """An event as the JSON text that travels: compact, and not escaped beyond what JSON needs.

    Sizes are measured on the UTF-8 of this text, so whoever sends an event sends exactly this.
    """
    return json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
