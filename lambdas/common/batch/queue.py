"""Batches from SQS: every message named in the answer comes back, the others are deleted.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from common.batch.response import RESERVE_MS, BatchResponse, ItemFailure, RemainingMs, item_failure, put_into_quarantine
from common.batch.visibility import Visibility
from common.errors import PermanentError, TransientError
from common.observability import count, log_context, log_fields, log_unexpected, logger
from common.quarantine import Quarantine

type ApplyMessage = Callable[[str, RemainingMs], None]


def process_queue_batch(
    event: Mapping[str, Any],
    apply: ApplyMessage,
    quarantine: Quarantine,
    visibility: Visibility,
    remaining_ms: RemainingMs,
) -> BatchResponse:
    """Call `apply(body, remaining_ms)` for every message of an SQS batch and answer which ones must come back.

    A PermanentError puts the message into quarantine and acknowledges it. Any other exception lets the message come
    back, the later the more often it has failed. When time runs out, the messages not begun come back too; the first
    one is always begun, so a short function timeout cannot stop all progress.
    """
    records: Sequence[Mapping[str, Any]] = event["Records"]
    failures: list[ItemFailure] = []
    for index, record in enumerate(records):
        if index and remaining_ms() < RESERVE_MS:
            logger.warning("Out of time", extra=log_fields(remaining=len(records) - index))
            count("OutOfTime")
            failures.extend(item_failure(left["messageId"]) for left in records[index:])
            break
        with log_context(message_id=record.get("messageId")):
            if not _settle_message(record, apply, quarantine, remaining_ms):
                visibility.hide(record)
                failures.append(item_failure(record["messageId"]))
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
            origin = str(record.get("eventSourceARN", "unknown"))
            put_into_quarantine(quarantine, payload, error, origin, redrive_count=_redrive_count(record))
    except TransientError as error:
        logger.warning("To be retried", extra=log_fields(reason=error.reason, detail=error.detail))
        count("Retried")
        return False
    except Exception as error:
        log_unexpected("Failed for an unexpected reason", error, reason="unexpected_error")
        count("Unexpected")
        return False
    return True


def _redrive_count(record: Mapping[str, Any]) -> int:
    """How often the message was sent again from a dead-letter queue, as the redrive noted on it."""
    noted = record.get("messageAttributes", {}).get("redrive_count", {}).get("stringValue", "")
    return int(noted) if noted.isascii() and noted.isdigit() else 0
