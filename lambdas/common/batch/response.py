"""What queue batches and stream batches share: the response, the time kept in reserve and the quarantine."""

from collections.abc import Callable
from typing import TypedDict

from common.aws import CALL_TIMEOUT_MS
from common.errors import PermanentError
from common.observability import count, log_fields, logger
from common.quarantine import Quarantine

type RemainingMs = Callable[[], int]

# Processing continues only while there is time for one slow call and the response.
RESERVE_MS = CALL_TIMEOUT_MS + 1_000


class ItemFailure(TypedDict):
    """An item that Lambda must retry."""

    itemIdentifier: str


class BatchResponse(TypedDict):
    """The response of a function to an event source mapping with `ReportBatchItemFailures`."""

    batchItemFailures: list[ItemFailure]


def item_failure(identifier: str) -> ItemFailure:
    return {"itemIdentifier": identifier}


def put_into_quarantine(
    quarantine: Quarantine, payload: str, error: PermanentError, origin: str, *, redrive_count: int = 0
) -> None:
    quarantine.put(payload, error, origin, redrive_count=redrive_count)
    logger.error("Quarantined", extra=log_fields(reason=error.reason, detail=error.detail, origin=origin))
    count("Quarantined")
