"""Imports one till file: reads it row by row, publishes its receipts in chunks of ten, and reports rejected rows.

Time can run out on a large file. The summary then has the number of receipts published so far, and the function fails,
so that Lambda retries the asynchronous invocation. Each run reads the file twice from its beginning (see receipts.py),
which takes little time and gives the same receipts and the same report, and skips the receipts counted so far.
After a crash some events are published twice, and the recorder recognises them by their ids. If all retries fail, the
event is in the dead-letter queue, and a redrive continues the import. So no queue of unfinished work is needed, no
function invokes itself, and every report is complete."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import batched, islice
from typing import Literal

from common.aws import CALL_TIMEOUT_MS
from common.errors import PermanentError, TransientError
from common.observability import count, log_fields, logger
from common.publisher import Publisher, publish_all_or_raise
from contracts import ContractError, Event
from pos_import.lines import split_lines
from pos_import.receipts import Receipt, find_nonconsecutive_key_hashes, group_receipts
from pos_import.report import Report
from pos_import.rows import COLUMNS, ParsedLine, RefusedLine, is_blank, is_header, parse_row
from pos_import.till_bucket import TillBucket, TillFile
from pos_import.translate import to_event

# About 580,000 rows: the hashes of their receipts fit into memory, and the report fits on the disk.
MAX_FILE_BYTES = 64 * 1_048_576
CHUNK_SIZE = 10
PAID_AT_OUT_OF_RANGE = "paid_at_out_of_range"
# Another chunk is published only if there is time for a slow call and the summary.
RESERVE_MS = 3 * CALL_TIMEOUT_MS


@dataclass(slots=True)
class Summary:
    """The result of an import, which is written to the bucket."""

    file: str
    etag: str
    correlation_id: str
    status: Literal["in_progress", "completed", "refused"] = "in_progress"
    reason: str | None = None
    detail: str | None = None
    receipts_published: int = 0
    rows_rejected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)


def import_file(
    file: TillFile,
    *,
    bucket: TillBucket,
    publisher: Publisher,
    correlation_id: str,
    causation_id: str | None,
    remaining_ms: Callable[[], int],
    paid_at_range: tuple[str, str] = ("", "9"),
) -> Summary:
    """Publish the receipts of a file that were paid between two times, and write a report of the rejected rows.

    Raises:
        PermanentError: the file is unusable; its summary has the reason.
        TransientError: time ran out, or S3 or the bus is unavailable; the next run continues from here."""
    already_published_count = _count_published_receipts(bucket, file)
    summary = Summary(file.key, file.etag, correlation_id, receipts_published=already_published_count)
    try:
        with Report() as report:
            nonconsecutive_hashes = find_nonconsecutive_key_hashes(_rows(file, bucket))
            receipts_or_lines = group_receipts(_rows(file, bucket), nonconsecutive_hashes)
            receipts_or_lines = _filter_paid_at(receipts_or_lines, paid_at_range, report)
            _publish(_events(receipts_or_lines, report, correlation_id, causation_id), summary, publisher, remaining_ms)
            bucket.put_rejected_rows(file, report.content())
        summary.status = "completed"
        summary.rows_rejected, summary.reasons = report.reasons.total(), dict(report.reasons)
    except PermanentError as error:
        summary.status, summary.reason, summary.detail = "refused", error.reason, error.detail
        raise
    finally:
        bucket.put_summary(file, asdict(summary))
        count("ReceiptsPublished", summary.receipts_published - already_published_count)
        count("RowsRejected", summary.rows_rejected)
    return summary


def _count_published_receipts(bucket: TillBucket, file: TillFile) -> int:
    """Return how many receipts of this version of the file an interrupted run has published."""
    summary = bucket.summary(file)
    published_count = summary.get("receipts_published")
    is_in_progress = summary.get("etag") == file.etag and summary.get("status") == "in_progress"
    return published_count if is_in_progress and isinstance(published_count, int) else 0


def _publish(events: Iterator[Event], summary: Summary, publisher: Publisher, remaining_ms: Callable[[], int]) -> None:
    """Publish the receipts that no earlier run has published, and count them in `summary`."""
    unpublished_events = islice(events, summary.receipts_published, None)
    for number, chunk in enumerate(batched(unpublished_events, CHUNK_SIZE, strict=False)):
        if number and remaining_ms() < RESERVE_MS:
            raise TransientError("out_of_time", f"time ran out after {summary.receipts_published} receipts")
        publish_all_or_raise(publisher, chunk, remaining_ms)
        summary.receipts_published += len(chunk)


def _filter_paid_at(
    receipts_or_lines: Iterator[Receipt | RefusedLine], paid_at_range: tuple[str, str], report: Report
) -> Iterator[Receipt | RefusedLine]:
    for item in receipts_or_lines:
        if isinstance(item, Receipt) and not paid_at_range[0] < item.rows[0].payment.paid_at < paid_at_range[1]:
            _refuse(item, PAID_AT_OUT_OF_RANGE, report)
        else:
            yield item


def _events(
    receipts_or_lines: Iterator[Receipt | RefusedLine], report: Report, correlation_id: str, causation_id: str | None
) -> Iterator[Event]:
    """Yield the events of all valid receipts; add refused lines and invalid receipts to the report."""
    for item in receipts_or_lines:
        if isinstance(item, RefusedLine):
            report.add(item)
            continue
        try:
            yield to_event(item, correlation_id=correlation_id, causation_id=causation_id)
        except ContractError as error:
            logger.error("Receipt violates the contract", extra=log_fields(field=error.field, detail=error.reason))
            _refuse(item, f"contract_{error.code}", report)


def _refuse(receipt: Receipt, reason: str, report: Report) -> None:
    for row in receipt.rows:
        report.add(RefusedLine(row.line, row.text, reason))


def _rows(file: TillFile, bucket: TillBucket) -> Iterator[ParsedLine]:
    """Yield the rows after the header; raise PermanentError if the file is not a till file."""
    if file.size > MAX_FILE_BYTES:
        raise PermanentError("file_too_large", f"a till file must be at most 64 MiB; got {file.size} bytes. Split it.")
    lines = split_lines(bucket.chunks(file))
    first_line = next((line for line in lines if not is_blank(line)), None)
    if first_line is None:
        raise PermanentError("file_empty", "a till file must have a header; got an empty file")
    if not is_header(first_line):
        raise PermanentError("wrong_header", f"the first line must be {','.join(COLUMNS)}")
    for line in lines:
        if row := parse_row(line):
            yield row
