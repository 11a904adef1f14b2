"""Processes batches from DynamoDB Streams: Lambda retries all records from the lowest reported sequence number on.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from typing import Any

from common.batch.response import RESERVE_MS, BatchResponse, RemainingMs, item_failure, put_into_quarantine
from common.errors import PermanentError, TransientError
from common.observability import bind_event, count, log_context, log_exception, log_fields, logger
from common.publisher import Failure, Publisher
from common.quarantine import Quarantine
from contracts import Event

type StreamRecord = Mapping[str, Any]
type Transform = Callable[[StreamRecord], Event | None]

CHUNK_SIZE = 10
CONCURRENCY = 10  # botocore's default pool has as many connections
_EXECUTOR = ThreadPoolExecutor(CONCURRENCY)


def process_stream_batch(
    event: Mapping[str, Any],
    transform: Transform,
    publisher: Publisher,
    quarantine: Quarantine,
    remaining_ms: RemainingMs,
) -> BatchResponse:
    """Transform stream records into events and publish them in chunks of ten, up to ten chunks concurrently.

    `transform(record)` returns the event, or None for a record that needs none. It does no I/O, so a retry would raise
    the same error: if it raises an exception, the record goes to quarantine and processing continues. After a transient
    failure no further chunk is published and the first failed record is reported: Lambda retries that record and all
    later ones, including those that concurrent chunks have published. Chunks are unordered, like messages on a standard
    topic; each event has the order's version."""
    records: Sequence[StreamRecord] = event["Records"]
    for number, group in enumerate(batched(records, CHUNK_SIZE * CONCURRENCY, strict=False)):
        if number and remaining_ms() < RESERVE_MS:
            unprocessed_count = len(records) - number * CHUNK_SIZE * CONCURRENCY
            logger.warning("Out of time", extra=log_fields(unprocessed_count=unprocessed_count))
            count("OutOfTime")
            return _retry_response(group[0])
        record_to_retry = _process_group(group, transform, publisher, quarantine, remaining_ms)
        if record_to_retry is not None:
            count("Retried")
            return _retry_response(record_to_retry)
    return {"batchItemFailures": []}


def _process_group(
    group: Sequence[StreamRecord],
    transform: Transform,
    publisher: Publisher,
    quarantine: Quarantine,
    remaining_ms: RemainingMs,
) -> StreamRecord | None:
    """Transform and publish a group of records; return the first record to retry, or None."""
    record_events, record_to_retry = _transform_records(group, transform, quarantine)
    chunks = [[event for _, event in chunk] for chunk in batched(record_events, CHUNK_SIZE, strict=False)]
    failures = [failure for chunk in _publish_chunks(chunks, publisher, remaining_ms) for failure in chunk]
    failure_by_id = {failure.event["metadata"]["event_id"]: failure for failure in failures}
    for record, event in record_events:
        failure = failure_by_id.get(event["metadata"]["event_id"])
        with log_context(sequence_number=_sequence_number(record), event_id=event["metadata"]["event_id"]):
            if failure is None or failure.kind != "invalid":
                bind_event(event)
            if not _finish_record(record, failure, quarantine):
                return record
    return record_to_retry


def _publish_chunks(
    chunks: Sequence[Sequence[Event]], publisher: Publisher, remaining_ms: RemainingMs
) -> Iterable[list[Failure]]:
    """Publish chunks concurrently, because a call spends most of its time waiting."""
    if len(chunks) < 2:
        return [publisher.publish(chunk, remaining_ms) for chunk in chunks]
    return list(_EXECUTOR.map(lambda chunk: publisher.publish(chunk, remaining_ms), chunks))


def _transform_records(
    group: Sequence[StreamRecord], transform: Transform, quarantine: Quarantine
) -> tuple[list[tuple[StreamRecord, Event]], StreamRecord | None]:
    """Return the records and their events up to the first record to retry, and that record or None."""
    record_events: list[tuple[StreamRecord, Event]] = []
    for record in group:
        with log_context(sequence_number=_sequence_number(record), event_id=record.get("eventID")):
            try:
                event = transform(record)
            except PermanentError as error:
                if not _quarantine_record(quarantine, record, error):
                    return record_events, record
            except Exception as error:
                log_exception("Record cannot be transformed", error)
                permanent_error = PermanentError("unexpected_error", f"{type(error).__name__} while reading the record")
                if not _quarantine_record(quarantine, record, permanent_error):
                    return record_events, record
            else:
                if event is not None:
                    record_events.append((record, event))
    return record_events, None


def _finish_record(record: StreamRecord, failure: Failure | None, quarantine: Quarantine) -> bool:
    """Log the outcome of a record's event, or quarantine the record; return False if it must be retried."""
    if failure is None:
        logger.info("Published")
        count("Published")
        return True
    if failure.kind == "invalid":
        return _quarantine_record(quarantine, record, PermanentError("cannot_be_published", failure.detail))
    logger.warning("Will be retried", extra=log_fields(reason=f"publishing_{failure.kind}", detail=failure.detail))
    return False


def _quarantine_record(quarantine: Quarantine, record: StreamRecord, error: PermanentError) -> bool:
    """Put a stream record into quarantine; return False if that failed and the record must be retried."""
    try:
        put_into_quarantine(
            quarantine, json.dumps(record, default=str), error, str(record.get("eventSourceARN", "unknown"))
        )
    except TransientError as failure:
        logger.warning("Will be retried", extra=log_fields(reason=failure.reason, detail=failure.detail))
        return False
    return True


def _sequence_number(record: StreamRecord) -> str:
    # A record without a sequence number cannot be reported; an empty identifier makes Lambda retry the whole batch.
    return str(record.get("dynamodb", {}).get("SequenceNumber", ""))


def _retry_response(record: StreamRecord) -> BatchResponse:
    return {"batchItemFailures": [item_failure(_sequence_number(record))]}
