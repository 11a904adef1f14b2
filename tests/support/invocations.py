"""What Lambda passes to a handler: batches of queue messages and stream records, and the context."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from common.attribute_values import to_item
from contracts import Event, encode

QUEUE_ARN = "arn:aws:sqs:eu-west-1:123456789012:orderflow-test-queue"
STREAM_ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-03-01T00:00:00.000"


def one_minute_ms() -> int:
    return 60_000


@dataclass
class Context:
    """The Lambda context; `remaining` returns the milliseconds left."""

    function_name: str = "orderflow-test"
    memory_limit_in_mb: int = 256
    aws_request_id: str = "request-1"
    remaining: Callable[[], int] = field(default=one_minute_ms)

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:eu-west-1:123456789012:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining()


def time_left(*milliseconds: int) -> Callable[[], int]:
    """Return a function that returns the numbers one by one, then repeats the last one."""
    remaining = list(milliseconds)
    return lambda: remaining.pop(0) if len(remaining) > 1 else remaining[0]


def queue_batch(*bodies: str, origin: str = QUEUE_ARN) -> dict[str, Any]:
    """Return an SQS batch with the message ids `message-0`, `message-1`, ..."""
    return {"Records": [_message(f"message-{index}", body, origin) for index, body in enumerate(bodies)]}


def _message(message_id: str, body: str, origin: str) -> dict[str, Any]:
    return {
        **{"messageId": message_id, "receiptHandle": f"handle-{message_id}", "body": body, "md5OfBody": ""},
        **{"eventSource": "aws:sqs", "eventSourceARN": origin, "awsRegion": "eu-west-1", "messageAttributes": {}},
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1772357400000"},
    }


def envelope(event: Event, **changes: Any) -> str:
    """Return the body that an EventBridge rule sends to a queue for an event."""
    metadata = event["metadata"]
    complete = {
        **{"version": "0", "id": f"bus-{metadata['event_id']}", "account": "123456789012", "region": "eu-west-1"},
        **{"time": "2026-03-01T09:30:00Z", "resources": [], "detail": event},
        **{"detail-type": metadata["event_type"], "source": f"orderflow.{metadata['producer']}"},
    }
    return json.dumps({**complete, **changes})


def message(event: Event) -> str:
    """Return the body that the topic sends to a queue with raw message delivery."""
    return encode(event)


def stream_record(
    number: int,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    *,
    identity: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return a stream record as Lambda receives it; `number` determines its event id and sequence number."""
    change: dict[str, Any] = {
        "ApproximateCreationDateTime": 1_772_357_400.0,
        "Keys": to_item({"order_id": (after or before or {}).get("order_id", "unknown")}),
        "SequenceNumber": f"{number:021d}",
        "SizeBytes": 1_000,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    if before is not None:
        change["OldImage"] = to_item(before)
    if after is not None:
        change["NewImage"] = to_item(after)
    record: dict[str, Any] = {
        "eventID": f"{number:032x}",
        "eventName": "INSERT" if before is None else "REMOVE" if after is None else "MODIFY",
        **{"eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "eu-west-1"},
        **{"dynamodb": change, "eventSourceARN": STREAM_ARN},
    }
    if identity is not None:
        record["userIdentity"] = dict(identity)
    return record


def stream_batch(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"Records": list(records)}


def failed_ids(response: Mapping[str, Iterable[Mapping[str, str]]]) -> list[str]:
    """Return the identifiers of the failed records in a batch response."""
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]
