"""Publishes events to an SNS topic."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from common.publisher.failure import Failure, Refusal, classify_call_error, classify_entry_error
from common.publisher.prepare import CallError, UnpublishableError, check_and_encode, isolate_failures, list_failures
from common.publisher.retry import Entry, Limits, RetryPolicy, deliver
from contracts import Event

if TYPE_CHECKING:
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_sns.type_defs import PublishBatchRequestEntryTypeDef

# 256 KiB, the default of a topic, is the limit of a message and of a batch, both including message attributes.
# https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
LIMITS = Limits(entries=10, size=262_144)
_ATTRIBUTE_TYPE = "String"


class TopicPublisher:
    """Publishes events to the topic `topic_arn`, with the message attributes that filter policies use."""

    def __init__(self, client: "SNSClient", topic_arn: str, policy: RetryPolicy | None = None) -> None:
        self._client = client
        self._topic_arn = topic_arn
        self._policy = policy or RetryPolicy()

    def publish(self, events: Sequence[Event], remaining_ms: Callable[[], int] | None = None) -> list[Failure]:
        """Publish `events` and return the failures in input order; all other events are on the topic."""
        entries: list[Entry[PublishBatchRequestEntryTypeDef]] = []
        refusals: dict[int, Refusal] = {}
        for index, event in enumerate(events):
            try:
                request, size = _build_request(index, event)
                entries.append(Entry(index, request, size))
            except UnpublishableError as error:
                refusals[index] = Refusal("invalid", str(error))
        send = isolate_failures(partial(publish_batch, self._client, self._topic_arn))
        refusals |= deliver(entries, send, LIMITS, self._policy, remaining_ms)
        return list_failures(events, refusals)


def publish_batch(
    client: "SNSClient", topic_arn: str, entries: "Sequence[PublishBatchRequestEntryTypeDef]"
) -> list[Refusal | None]:
    """Send up to ten messages; return a refusal, or None if accepted, for each. Raises CallError if the call failed."""
    try:
        response = client.publish_batch(TopicArn=topic_arn, PublishBatchRequestEntries=entries)
    except (BotoCoreError, ClientError) as error:
        raise CallError(classify_call_error(error)) from error
    accepted_ids = {result["Id"] for result in response.get("Successful", []) if "Id" in result}
    refusals = {
        result["Id"]: classify_entry_error(
            result["Code"], result.get("Message", ""), is_sender_fault=result.get("SenderFault", True)
        )
        for result in response.get("Failed", [])
    }
    # An entry in neither list counts as not published.
    default = Refusal("unavailable", "the response omits this entry")
    return [None if entry["Id"] in accepted_ids else refusals.get(entry["Id"], default) for entry in entries]


def message_attributes(event: Event) -> dict[str, str]:
    """Return the message attributes of an order event, from its `before` image if the order was deleted."""
    data: Mapping[str, object] = event["data"]
    image = data.get("before") if "status" not in data else data
    if (
        not isinstance(image, Mapping)
        or not isinstance(image.get("status"), str)
        or not isinstance(image.get("channel"), str)
    ):
        raise UnpublishableError("the event's data or its `before` image must have a status and a channel")
    return {"event_type": event["metadata"]["event_type"], "status": image["status"], "channel": image["channel"]}


def _build_request(index: int, event: Event) -> "tuple[PublishBatchRequestEntryTypeDef, int]":
    message = check_and_encode(event)
    values = message_attributes(event)
    size = message_size(message, values)
    if size > LIMITS.size:
        raise UnpublishableError(f"the message with its attributes must have at most {LIMITS.size} bytes; got {size}")
    return batch_entry(index, message, values), size


def batch_entry(index: int, message: str, values: Mapping[str, str]) -> "PublishBatchRequestEntryTypeDef":
    """Return a message with its attributes as an entry for `publish_batch`."""
    return {
        "Id": str(index),
        "Message": message,
        "MessageAttributes": {
            name: {"DataType": _ATTRIBUTE_TYPE, "StringValue": value} for name, value in values.items()
        },
    }


def message_size(message: str, values: Mapping[str, str]) -> int:
    """Return the size in bytes as SNS counts it: the body and, for every attribute, its name, type and value."""
    texts = [message, *values, *values.values()]
    return sum(len(text.encode()) for text in texts) + len(values) * len(_ATTRIBUTE_TYPE)
