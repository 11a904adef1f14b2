"""Dead-letter messages of every format, with their reason, function, orders and number of redrives."""

import base64
import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orderflow_cli.environments import resource_name
from orderflow_cli.observe.dead_letters.sources import Source

REDRIVE_COUNT_FIELD = "redrive_count"
"""Name of the redrive counter: an attribute of a queue message, or a key of an invocation event, record or envelope."""

REDRIVE_COUNT_RESOURCE = re.compile(r"redrive/(\d{1,4})")
"""The resource of an event from the bus that holds its redrive counter."""

_ORDER_ID = re.compile(r"\bord_[a-z2-7]{26}\b")


@dataclass(frozen=True)
class Message:
    """A dead-letter message. Each failure after a redrive changes its `id`. `handle`: receipt handle or S3 key."""

    id: str
    source: Source
    body: str
    handle: str
    at: datetime | None = None
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        """The body as JSON, with a compressed payload unpacked; None if it is not JSON."""
        try:
            body = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        if is_quarantined(body) and "payload_gzip" in body:
            content = gzip.decompress(base64.b64decode(body.pop("payload_gzip")))
            body["payload"] = content.decode("utf-8", "surrogatepass")
        return body

    def attribute(self, name: str) -> str:
        return str(self.attributes.get(name, {}).get("StringValue", ""))

    @property
    def orders(self) -> list[str]:
        """The distinct order ids in the message."""
        body = self.json
        payload = str(body["payload"]) if is_quarantined(body) else ""
        return list(dict.fromkeys(_ORDER_ID.findall(f"{self.body} {payload}")))

    @property
    def reason(self) -> str:
        """The reason as recorded by the sender of the message, or else derived from the kind of source."""
        body = self.json
        if is_quarantined(body):
            return str(body["reason"])
        if is_invocation_record(body):
            error = body.get("responsePayload")
            error_type = error.get("errorType") if isinstance(error, Mapping) else None
            return str(error_type or body["requestContext"].get("condition", "unknown"))
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
        code = self.attribute("ERROR_CODE") or self.attribute("ErrorCode")
        return code or {"queue": "received_too_often", "unrouted": "no_matching_rule"}.get(self.source.kind, "unknown")

    @property
    def function(self) -> str:
        """The function that failed to handle the message, or else the intended receiver; `-` if both are unknown."""
        body = self.json
        if is_quarantined(body):
            return str(body["function"])
        if is_invocation_record(body):
            return resource_name(str(body["requestContext"].get("functionArn", "")))
        if self.source.kind == "subscription":
            return self.source.owner
        return resource_name(self.attribute("TARGET_ARN") or self.source.target) or "-"

    def summary(self) -> dict[str, Any]:
        """Return the message as a dictionary for JSON output, without the payload."""
        summary = {"source": self.source.name, "message": self.id, "reason": self.reason, "function": self.function}
        return {**summary, "orders": self.orders, "redrives": self.redrive_count}

    @property
    def redrive_count(self) -> int:
        """The number of previous redrives."""
        return max(_parse_count(self.attribute(REDRIVE_COUNT_FIELD)), _highest_redrive_count(self.json))


def is_quarantined(body: Any) -> bool:
    """Return whether a function wrote the body when it quarantined a message (lambdas/common/quarantine.py)."""
    return isinstance(body, Mapping) and {"function", "reason", "origin", "payload"} <= body.keys()


def is_invocation_record(body: Any) -> bool:
    """Return whether Lambda wrote the body for an on-failure destination.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
    return isinstance(body, Mapping) and isinstance(body.get("requestContext"), Mapping)


def _highest_redrive_count(body: Any) -> int:
    if not isinstance(body, Mapping):
        return 0
    payload = body.get("requestPayload", body.get("payload"))
    if isinstance(payload, str):
        try:
            payload = json.loads(payload)
        except (ValueError, RecursionError):
            payload = None
    resources = body.get("resources")
    records = [one for one in body.get("Records") or [] if isinstance(one, Mapping)]
    counts = [_parse_count(one.get(REDRIVE_COUNT_FIELD)) for one in (body, *records)]
    for resource in resources if isinstance(resources, list) else []:
        match = REDRIVE_COUNT_RESOURCE.fullmatch(str(resource))
        counts.append(int(match[1]) if match else 0)
    return max(*counts, _highest_redrive_count(payload))


def _parse_count(value: Any) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
