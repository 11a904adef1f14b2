"""Batches from SQS and DynamoDB Streams, answered item by item.

Both answer `{"batchItemFailures": [...]}`; their event source mappings need `ReportBatchItemFailures`. For a queue
every message named there comes back. For a stream everything from the lowest sequence number named comes back.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any, TypedDict

from common.aws import CALL_TIMEOUT_MS
from common.errors import PermanentError, TransientError
from common.observability import count, log_context, log_fields, log_unexpected, logger
from common.publisher import Failure, Publisher
from common.quarantine import Quarantine

if TYPE_CHECKING:
    from contracts import Event

type RemainingMs = Callable[[], int]
type ApplyMessage = Callable[[str, RemainingMs], None]
type Transform = Callable[[Mapping[str, Any]], "Event | None"]

# One more item is begun only with the time for one slow call and for the answer.
RESERVE_MS = CALL_TIMEOUT_MS + 1_000
STREAM_PACK = 10


class ItemFailure(TypedDict):
    itemIdentifier: str


class BatchResponse(TypedDict):
    batchItemFailures: list[ItemFailure]


def process_queue_batch(
    event: Mapping[str, Any], apply: ApplyMessage, quarantine: Quarantine, remaining_ms: RemainingMs
) -> BatchResponse:
    """Call `apply(body, remaining_ms)` for every message of an SQS batch and answer which ones must come back.

    A PermanentError puts the message into quarantine and acknowledges it. Any other exception lets the message come
    back after its visibility timeout. When time runs out, the messages not begun come back too; the first one is always
    begun, so a short function timeout cannot stop all progress.
    """
    records: Sequence[Mapping[str, Any]] = event["Records"]
    failures: list[ItemFailure] = []
    for index, record in enumerate(records):
        if index and remaining_ms() < RESERVE_MS:
            logger.warning("Out of time", extra=log_fields(remaining=len(records) - index))
            count("OutOfTime")
            failures.extend(_item(left["messageId"]) for left in records[index:])
            break
        with log_context(message_id=record.get("messageId")):
            if not _settle_message(record, apply, quarantine, remaining_ms):
                failures.append(_item(record["messageId"]))
    return {"batchItemFailures": failures}


def _settle_message(
    record: Mapping[str, Any], apply: ApplyMessage, quarantine: Quarantine, remaining_ms: RemainingMs
) -> bool:
    """Handle one message; False when it must come back."""
    body = record.get("body")
    try:
        try:
            if not isinstance(body, str):
                raise PermanentError("malformed_record", "the queue message has no text body")
            apply(body, remaining_ms)
        except PermanentError as error:
            payload = body if isinstance(body, str) else json.dumps(record, default=str)
            _quarantine(quarantine, payload, error, str(record.get("eventSourceARN", "unknown")))
    except TransientError as error:
        logger.warning("To be retried", extra=log_fields(reason=error.reason, detail=error.detail))
        count("Retried")
        return False
    except Exception as error:
        log_unexpected("Failed for an unexpected reason", error, reason="unexpected_error")
        count("Unexpected")
        return False
    return True


def process_stream_batch(
    event: Mapping[str, Any],
    transform: Transform,
    publisher: Publisher,
    quarantine: Quarantine,
    remaining_ms: RemainingMs,
) -> BatchResponse:
    """Turn stream records into events and publish them in packs of ten, in stream order.

    `transform(record)` is a pure function: it returns the event, None for a record that has nothing to tell, or raises.
    As it does no I/O, whatever it raises would be raised again at every retry, so the record goes to quarantine and
    those behind it go on. At the first record that could not be published for a reason that may pass, the batch stops
    and its sequence number is answered: that record and all later ones come back, some of them a second time.
    """
    records: Sequence[Mapping[str, Any]] = event["Records"]
    for number, pack in enumerate(batched(records, STREAM_PACK, strict=False)):
        if number and remaining_ms() < RESERVE_MS:
            logger.warning("Out of time", extra=log_fields(remaining=len(records) - number * STREAM_PACK))
            count("OutOfTime")
            return _from(pack[0])
        stopped_at = _settle_pack(pack, transform, publisher, quarantine, remaining_ms)
        if stopped_at is not None:
            count("Retried")
            return _from(stopped_at)
    return {"batchItemFailures": []}


def _settle_pack(
    pack: Sequence[Mapping[str, Any]],
    transform: Transform,
    publisher: Publisher,
    quarantine: Quarantine,
    remaining_ms: RemainingMs,
) -> Mapping[str, Any] | None:
    """Handle up to ten records; return the lowest one that must come back, or None."""
    stopped_at: Mapping[str, Any] | None = None
    ready: list[tuple[Mapping[str, Any], Event]] = []
    for record in pack:
        try:
            message = _transformed(record, transform)
        except PermanentError as error:
            if not _kept(quarantine, record, error):
                stopped_at = record
                break
        else:
            if message is not None:
                ready.append((record, message))

    failed = _by_event_id(publisher.publish([message for _, message in ready], remaining_ms)) if ready else {}
    for record, message in ready:
        failure = failed.get(message["metadata"]["event_id"])
        if failure is None:
            count("Published")
        elif failure.kind != "invalid":
            details = log_fields(reason=failure.kind, detail=failure.detail, sequence_number=_sequence_number(record))
            logger.warning("To be retried", extra=details)
            return record
        elif not _kept(quarantine, record, PermanentError("cannot_be_published", failure.detail)):
            return record
    return stopped_at


def _transformed(record: Mapping[str, Any], transform: Transform) -> "Event | None":
    try:
        return transform(record)
    except PermanentError:
        raise
    except Exception as error:
        log_unexpected("Record cannot be understood", error, sequence_number=_sequence_number(record))
        raise PermanentError("unexpected_error", f"{type(error).__name__} while reading the record") from error


def _kept(quarantine: Quarantine, record: Mapping[str, Any], error: PermanentError) -> bool:
    """Put a stream record into quarantine; False when that failed and the record must come back."""
    with log_context(sequence_number=_sequence_number(record), event_id=record.get("eventID")):
        try:
            _quarantine(
                quarantine, json.dumps(record, default=str), error, str(record.get("eventSourceARN", "unknown"))
            )
        except TransientError as failure:
            logger.warning("To be retried", extra=log_fields(reason=failure.reason, detail=failure.detail))
            return False
    return True


def _quarantine(quarantine: Quarantine, payload: str, error: PermanentError, origin: str) -> None:
    quarantine.put(payload, error, origin)
    logger.error("Quarantined", extra=log_fields(reason=error.reason, detail=error.detail, origin=origin))
    count("Quarantined")


def _by_event_id(failures: Sequence[Failure]) -> dict[str, Failure]:
    return {failure.event["metadata"]["event_id"]: failure for failure in failures}


def _sequence_number(record: Mapping[str, Any]) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def _item(identifier: str) -> ItemFailure:
    return {"itemIdentifier": identifier}


def _from(record: Mapping[str, Any]) -> BatchResponse:
    return {"batchItemFailures": [_item(_sequence_number(record))]}
