"""Processes batches from SQS: Lambda retries the messages named in the response and deletes the others.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from common.batch.response import RESERVE_MS, BatchResponse, ItemFailure, RemainingMs, item_failure, put_into_quarantine
from common.batch.visibility import Visibility
from common.errors import PermanentError, TransientError
from common.observability import LogFields, bound_fields, count, log_context, log_exception, log_fields, logger
from common.quarantine import Quarantine

type FinishMessage = Callable[[], None]
"""Completes the processing of a message; called after the last call of `apply` for the batch."""
type ApplyMessage = Callable[[str, RemainingMs], FinishMessage | None]


def process_queue_batch(
    event: Mapping[str, Any],
    apply: ApplyMessage,
    quarantine: Quarantine,
    visibility: Visibility,
    remaining_ms: RemainingMs,
) -> BatchResponse:
    """Call `apply(body, remaining_ms)` for every message of an SQS batch and return the messages to retry.

    The functions that `apply` returns are called after its last call. After a PermanentError the message is quarantined
    and acknowledged. After any other exception the message is retried, with a delay that grows with each receive. When
    time runs out, the remaining messages are retried too; the first message is always processed, so that a short
    function timeout cannot stop all progress."""
    records: Sequence[Mapping[str, Any]] = event["Records"]
    failures: list[ItemFailure] = []
    unfinished_messages: list[tuple[Mapping[str, Any], FinishMessage, LogFields]] = []

    def run_step(record: Mapping[str, Any], step: Callable[[], FinishMessage | None]) -> FinishMessage | None:
        try:
            try:
                return step()
            except PermanentError as error:
                _quarantine_message(record, error, quarantine)
                return None
        except TransientError as error:
            logger.warning("Will be retried", extra=log_fields(reason=error.reason, detail=error.detail))
            count("Retried")
        except Exception as error:
            log_exception("Failed for an unexpected reason", error, reason="unexpected_error")
            count("Unexpected")
        visibility.hide(record)
        failures.append(item_failure(record["messageId"]))
        return None

    for index, record in enumerate(records):
        if index and remaining_ms() < RESERVE_MS:
            logger.warning("Out of time", extra=log_fields(unprocessed_count=len(records) - index))
            count("OutOfTime")
            failures.extend(item_failure(remaining_record["messageId"]) for remaining_record in records[index:])
            break
        with log_context(message_id=record.get("messageId")):
            if finish := run_step(record, partial(_apply_message, record, apply, remaining_ms)):
                unfinished_messages.append((record, finish, bound_fields()))
    for record, finish, fields in unfinished_messages:
        with log_context(**fields):
            run_step(record, finish)
    return {"batchItemFailures": failures}


def _apply_message(record: Mapping[str, Any], apply: ApplyMessage, remaining_ms: RemainingMs) -> FinishMessage | None:
    body = record.get("body")
    if not isinstance(body, str):
        raise PermanentError("malformed_record", "the body of a queue message must be a string")
    return apply(body, remaining_ms)


def _quarantine_message(record: Mapping[str, Any], error: PermanentError, quarantine: Quarantine) -> None:
    body = record.get("body")
    payload = body if isinstance(body, str) else json.dumps(record, default=str)
    origin = str(record.get("eventSourceARN", "unknown"))
    put_into_quarantine(quarantine, payload, error, origin, redrive_count=_redrive_count(record))


def _redrive_count(record: Mapping[str, Any]) -> int:
    """Return how many times the message was redriven, from the attribute that a redrive sets."""
    value = record.get("messageAttributes", {}).get("redrive_count", {}).get("stringValue", "")
    return int(value) if value.isascii() and value.isdigit() else 0
