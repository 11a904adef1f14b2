"""Imports one till file: reads it row by row, publishes its receipts in chunks of ten, reports rejected rows.

Time can run out on a large file. The number of receipts published so far is then written into the summary, and the
function fails, so that Lambda's retry of asynchronous invocations runs it again. The file is read from its beginning,
twice as every time (see receipts.py), which takes little time and makes the same receipts and the same report, and
publishing goes on behind that number. What a crash lets us publish twice are the same events, which the recorder knows
by their ids. When the retries are used up, the event is in the dead-letter queue, and a redrive goes on from there. So
there is no queue of leftovers to watch, no function that invokes itself, and no half of a report."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import batched, islice
from typing import Literal

from common.aws import CALL_TIMEOUT_MS
from common.errors import PermanentError, TransientError
from common.observability import count, log_fields, logger
from common.publisher import Publisher, publish_all_or_raise
from contracts import ContractError, Event
from pos_import.lines import lines_of
from pos_import.receipts import Receipt, receipts_of, split_receipt_keys
from pos_import.report import Report
from pos_import.rows import COLUMNS, BadRow, Refused, Row, is_blank, is_header, row_of
from pos_import.till_bucket import TillBucket, TillFile
from pos_import.translate import to_event

# About 580,000 rows. Up to this size, the hashes per receipt and the report on disk stay small.
MAX_FILE_BYTES = 64 * 1_048_576
PACK = 10
PAID_AT_OUT_OF_RANGE = "paid_at_out_of_range"
# Another chunk is started only if there is time for a slow one and the summary.
RESERVE_MS = 3 * CALL_TIMEOUT_MS


@dataclass(slots=True)
class Summary:
    """The result of an import, as written next to the file."""

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
    paid_between: tuple[str, str] = ("", "9"),
) -> Summary:
    """Publish the receipts of a file that were paid between two times, and write a report of the rejected rows.

    Raises:
        PermanentError: the whole file is unusable; its summary says why.
        TransientError: time ran out, or S3 or the bus does not answer; the next run goes on from here."""
    before = _published_before(bucket, file)
    summary = Summary(file.key, file.etag, correlation_id, receipts_published=before)
    try:
        with Report() as report:
            split_keys = split_receipt_keys(_rows(file, bucket))
            receipts = _paid(receipts_of(_rows(file, bucket), split_keys), paid_between, report)
            events = _events(receipts, report, correlation_id, causation_id)
            _publish(events, summary, publisher, remaining_ms)
            bucket.put_rejected(file, report.content())
        summary.status = "completed"
        summary.rows_rejected, summary.reasons = report.reasons.total(), dict(report.reasons)
    except PermanentError as error:
        summary.status, summary.reason, summary.detail = "refused", error.reason, error.detail
        raise
    finally:
        bucket.put_summary(file, asdict(summary))
        count("ReceiptsPublished", summary.receipts_published - before)
        count("RowsRejected", summary.rows_rejected)
    return summary


def _published_before(bucket: TillBucket, file: TillFile) -> int:
    """Return how many receipts of this exact file an interrupted run has published."""
    summary = bucket.summary(file)
    published = summary.get("receipts_published")
    unfinished = summary.get("etag") == file.etag and summary.get("status") == "in_progress"
    return published if unfinished and isinstance(published, int) else 0


def _publish(events: Iterator[Event], summary: Summary, publisher: Publisher, remaining_ms: Callable[[], int]) -> None:
    """Publish the receipts after those already published, counting in `summary`."""
    not_yet = islice(events, summary.receipts_published, None)
    for number, chunk in enumerate(batched(not_yet, PACK, strict=False)):
        if number and remaining_ms() < RESERVE_MS:
            raise TransientError("out_of_time", f"{summary.receipts_published} receipts are published so far")
        publish_all_or_raise(publisher, chunk, remaining_ms)
        summary.receipts_published += len(chunk)


def _paid(
    receipts: Iterator[Receipt | Refused], between: tuple[str, str], report: Report
) -> Iterator[Receipt | Refused]:
    for receipt in receipts:
        if isinstance(receipt, Receipt) and not between[0] < receipt.rows[0].payment.paid_at < between[1]:
            _refuse(receipt, PAID_AT_OUT_OF_RANGE, report)
        else:
            yield receipt


def _events(
    receipts: Iterator[Receipt | Refused], report: Report, correlation_id: str, causation_id: str | None
) -> Iterator[Event]:
    """Yield the events of all valid receipts; the others are added to the report."""
    for receipt in receipts:
        if isinstance(receipt, Refused):
            report.add(receipt)
            continue
        try:
            yield to_event(receipt, correlation_id=correlation_id, causation_id=causation_id)
        except ContractError as error:
            logger.error("Receipt breaks the contract", extra=log_fields(field=error.field, detail=error.reason))
            _refuse(receipt, f"contract_{error.code}", report)


def _refuse(receipt: Receipt, reason: str, report: Report) -> None:
    for row in receipt.rows:
        report.add(Refused(row.line, row.text, reason))


def _rows(file: TillFile, bucket: TillBucket) -> Iterator[Row | BadRow | Refused]:
    """Yield the rows after the header; raises PermanentError if it is not a till file."""
    if file.size > MAX_FILE_BYTES:
        raise PermanentError("file_too_large", f"a till file may have at most {MAX_FILE_BYTES} bytes; split it")
    lines = lines_of(bucket.pieces(file))
    first = next((line for line in lines if not is_blank(line)), None)
    if first is None:
        raise PermanentError("file_empty", "the file has no header")
    if not is_header(first):
        raise PermanentError("wrong_header", f"the first line must be {','.join(COLUMNS)}")
    for line in lines:
        if row := row_of(line):
            yield row
