"""Publishes events to an EventBridge bus."""

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from common.publisher.failure import Failure, Refusal, classify_call_error, classify_entry_error
from common.publisher.prepare import CallError, UnpublishableError, check_and_encode, isolate_failures, list_failures
from common.publisher.retry import Entry, Limits, RetryPolicy, deliver
from contracts import Event

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef, PutEventsResultEntryTypeDef

# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html limits the sum of the entries to "1 MB", which
# may mean 10^6 or 2^20 bytes; a request must stay under the smaller value to be safe.
LIMITS = Limits(entries=10, size=999_999)
# The bus accepts larger events than the 256 KiB of a queue behind a rule, and only an alarm reports such a failed
# delivery. The limit leaves room for the EventBridge envelope.
MAX_ENTRY_BYTES = 256_000
# A longer detail type is accepted but matches no rule.
MAX_DETAIL_TYPE_LENGTH = 128
MAX_TRACE_HEADER_LENGTH = 500


class BusPublisher:
    """Puts events on the bus `bus_name` as one producer, with the source `orderflow.<producer>`."""

    def __init__(
        self, client: "EventBridgeClient", bus_name: str, producer: str, policy: RetryPolicy | None = None
    ) -> None:
        self._client = client
        self._bus_name = bus_name
        self._producer = producer
        self._policy = policy or RetryPolicy()

    def publish(self, events: Sequence[Event], remaining_ms: Callable[[], int] | None = None) -> list[Failure]:
        """Publish `events` and return the failures in input order; all other events are on the bus."""
        entries: list[Entry[PutEventsRequestEntryTypeDef]] = []
        refusals: dict[int, Refusal] = {}
        for index, event in enumerate(events):
            try:
                request = self._build_request(event)
                entries.append(Entry(index, request, check_and_measure(request)))
            except UnpublishableError as error:
                refusals[index] = Refusal("invalid", str(error))
        refusals |= deliver(entries, isolate_failures(self._send), LIMITS, self._policy, remaining_ms)
        return list_failures(events, refusals)

    def _build_request(self, event: Event) -> "PutEventsRequestEntryTypeDef":
        detail = check_and_encode(event)
        producer = event["metadata"]["producer"]
        if producer != self._producer:
            raise UnpublishableError(f"the event's producer must be {self._producer}; got {producer}")
        request: PutEventsRequestEntryTypeDef = {
            "EventBusName": self._bus_name,
            "Source": f"orderflow.{self._producer}",
            "DetailType": event["metadata"]["event_type"],
            "Detail": detail,
        }
        trace_header = os.environ.get("_X_AMZN_TRACE_ID", "")
        if 0 < len(trace_header) <= MAX_TRACE_HEADER_LENGTH:
            request["TraceHeader"] = trace_header
        return request

    def _send(self, entries: "Sequence[PutEventsRequestEntryTypeDef]") -> list[Refusal | None]:
        try:
            results = self._client.put_events(Entries=entries)["Entries"]
        except (BotoCoreError, ClientError) as error:
            raise CallError(classify_call_error(error)) from error
        # An entry without a result counts as not published.
        missing_results = [Refusal("unavailable", "the response omits this entry")] * (len(entries) - len(results))
        return [_classify_result(result) for result in results] + missing_results


def _classify_result(result: "PutEventsResultEntryTypeDef") -> Refusal | None:
    if result.get("EventId"):
        return None
    return classify_entry_error(result.get("ErrorCode", "InternalFailure"), result.get("ErrorMessage", ""))


def entry_size(request: "PutEventsRequestEntryTypeDef") -> int:
    """Return the size of an entry in bytes, as EventBridge counts it.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html"""
    size = 14 if "Time" in request else 0
    texts = [request.get("Source", ""), request.get("DetailType", ""), request.get("Detail", "")]
    return size + sum(len(text.encode()) for text in [*texts, *request.get("Resources", [])])


def check_and_measure(request: "PutEventsRequestEntryTypeDef") -> int:
    """Return the size of a valid entry in bytes; raise UnpublishableError if the entry exceeds a limit."""
    if (length := len(request["DetailType"])) > MAX_DETAIL_TYPE_LENGTH:
        raise UnpublishableError(f"the detail type must have at most {MAX_DETAIL_TYPE_LENGTH} characters; got {length}")
    size = entry_size(request)
    if size > MAX_ENTRY_BYTES:
        raise UnpublishableError(f"the entry must have at most {MAX_ENTRY_BYTES} bytes to fit into a queue; got {size}")
    return size
