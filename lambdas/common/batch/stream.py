"""Batches from DynamoDB Streams: every record from the lowest reported sequence number on is retried.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from typing import Any

from common.batch.response import RESERVE_MS, BatchResponse, RemainingMs, item_failure, put_into_quarantine
from common.errors import PermanentError, TransientError
from common.observability import bind_event, count, log_context, log_fields, log_unexpected, logger
from common.publisher import Failure, Publisher
from common.quarantine import Quarantine
from contracts import Event

type StreamRecord = Mapping[str, Any]
type Transform = Callable[[StreamRecord], Event | None]

PACK = 10
PACKS_AT_ONCE = 10  # botocore's default pool has as many connections
_THREADS = ThreadPoolExecutor(PACKS_AT_ONCE)


def process_stream_batch(
    event: Mapping[str, Any],
    transform: Transform,
    publisher: Publisher,
    quarantine: Quarantine,
    remaining_ms: RemainingMs,
) -> BatchResponse:
    """Turn stream records into events and publish them in chunks of ten, up to ten chunks at once.

    `transform(record)` is a pure function: it returns the event, None for a record without an event, or raises.
    As it does no I/O, whatever it raises would be raised again at every retry, so the record goes to quarantine and
    later ones continue. The lowest record with a transient failure is reported: that
    one and all later ones are retried, including those of concurrent chunks. No further chunk is
    started then. Chunks are unordered, like messages on a standard topic; each event has the order's version."""
    records: Sequence[StreamRecord] = event["Records"]
    for number, part in enumerate(batched(records, PACK * PACKS_AT_ONCE, strict=False)):
        if number and remaining_ms() < RESERVE_MS:
            logger.warning("Out of time", extra=log_fields(remaining=len(records) - number * PACK * PACKS_AT_ONCE))
            count("OutOfTime")
            return _from(part[0])
        stopped_at = _settle_chunk(part, transform, publisher, quarantine, remaining_ms)
        if stopped_at is not None:
            count("Retried")
            return _from(stopped_at)
    return {"batchItemFailures": []}


def _settle_chunk(
    part: Sequence[StreamRecord],
    transform: Transform,
    publisher: Publisher,
    quarantine: Quarantine,
    remaining_ms: RemainingMs,
) -> StreamRecord | None:
    """Handle the records of concurrent calls; return the lowest one to retry, or None."""
    ready, stopped_at = _transformed(part, transform, quarantine)
    chunks = [[message for _, message in chunk] for chunk in batched(ready, PACK, strict=False)]
    failures = [failure for each in _publish(chunks, publisher, remaining_ms) for failure in each]
    failed = {failure.event["metadata"]["event_id"]: failure for failure in failures}
    for record, message in ready:
        failure = failed.get(message["metadata"]["event_id"])
        with log_context(sequence_number=_sequence_number(record), event_id=message["metadata"]["event_id"]):
            if failure is None or failure.kind != "invalid":
                bind_event(message)
            if not _settled(record, failure, quarantine):
                return record
    return stopped_at


def _publish(
    chunks: Sequence[Sequence[Event]], publisher: Publisher, remaining_ms: RemainingMs
) -> Iterable[list[Failure]]:
    """Publish chunks concurrently: a call is mostly waiting."""
    if len(chunks) < 2:
        return [publisher.publish(chunk, remaining_ms) for chunk in chunks]
    return list(_THREADS.map(lambda chunk: publisher.publish(chunk, remaining_ms), chunks))


def _transformed(
    part: Sequence[StreamRecord], transform: Transform, quarantine: Quarantine
) -> tuple[list[tuple[StreamRecord, Event]], StreamRecord | None]:
    """Transform records up to the first one to retry, which is returned as the second value."""
    ready: list[tuple[StreamRecord, Event]] = []
    for record in part:
        with log_context(sequence_number=_sequence_number(record), event_id=record.get("eventID")):
            try:
                message = transform(record)
            except PermanentError as error:
                if not _kept(quarantine, record, error):
                    return ready, record
            except Exception as error:
                log_unexpected("Record cannot be understood", error)
                reason = PermanentError("unexpected_error", f"{type(error).__name__} while reading the record")
                if not _kept(quarantine, record, reason):
                    return ready, record
            else:
                if message is not None:
                    ready.append((record, message))
    return ready, None


def _settled(record: StreamRecord, failure: Failure | None, quarantine: Quarantine) -> bool:
    """Log the outcome of a record's event; returns False if the record must be retried."""
    if failure is None:
        logger.info("Published")
        count("Published")
        return True
    if failure.kind == "invalid":
        return _kept(quarantine, record, PermanentError("cannot_be_published", failure.detail))
    logger.warning("To be retried", extra=log_fields(reason=f"publishing_{failure.kind}", detail=failure.detail))
    return False


def _kept(quarantine: Quarantine, record: StreamRecord, error: PermanentError) -> bool:
    """Put a stream record into quarantine; returns False if that failed and the record must be retried."""
    try:
        put_into_quarantine(
            quarantine, json.dumps(record, default=str), error, str(record.get("eventSourceARN", "unknown"))
        )
    except TransientError as failure:
        logger.warning("To be retried", extra=log_fields(reason=failure.reason, detail=failure.detail))
        return False
    return True


def _sequence_number(record: StreamRecord) -> str:
    # Without one no item can be reported; an empty identifier makes Lambda retry the whole batch.
    return str(record.get("dynamodb", {}).get("SequenceNumber", ""))


def _from(record: StreamRecord) -> BatchResponse:
    return {"batchItemFailures": [item_failure(_sequence_number(record))]}
