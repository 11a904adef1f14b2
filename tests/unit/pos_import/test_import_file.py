"""The import of a till file publishes its receipts and writes a report, for any content and time limit."""

import csv
import io
import tracemalloc
from datetime import UTC, datetime
from typing import Any

import pytest

from common.errors import PermanentError, TransientError
from pos_import.import_file import MAX_FILE_BYTES, RESERVE_MS, Summary, import_file
from pos_import.till_bucket import AnnouncedObject, TillBucket, TillFile
from tests.support.doubles import PublisherDouble, client_error
from tests.support.invocations import one_minute_ms, time_left
from tests.unit.pos_import.doubles import (
    BUCKET,
    CONNECTION_ERROR,
    HEADER,
    KEY,
    REJECTED_ROWS_KEY,
    SUMMARY_KEY,
    CountingPublisher,
    S3Double,
    receipt,
    row,
    till_file,
)


@pytest.fixture
def s3() -> S3Double:
    return S3Double()


@pytest.fixture
def publisher() -> CountingPublisher:
    return CountingPublisher()


def run_import(s3: S3Double, publisher: CountingPublisher, **options: Any) -> Summary:
    bucket = TillBucket(s3)  # type: ignore[arg-type]
    return import_file(
        bucket.find(AnnouncedObject(BUCKET, KEY)),
        bucket=bucket,
        publisher=publisher,
        correlation_id="corr-1",
        causation_id=None,
        **{"remaining_ms": one_minute_ms, **options},
    )


def receipts(count: int, rows: int = 1) -> list[str]:
    return [line for number in range(count) for line in receipt(number, rows)]


def reported_rows(s3: S3Double) -> list[tuple[int, str, str]]:
    header, *lines = csv.reader(io.StringIO(s3.rejected_rows_csv(), newline=""), strict=True)
    assert header == ["line", "reason", "row"]
    return [(int(line), reason, text) for line, reason, text in lines]


def test_every_receipt_of_a_valid_file_is_published(s3: S3Double, publisher: CountingPublisher) -> None:
    s3.objects[KEY] = till_file(receipts(25, rows=2))

    summary = run_import(s3, publisher)

    assert publisher.chunk_sizes == [10, 10, 5]
    assert len(set(publisher.order_ids)) == 25
    assert (summary.status, summary.receipts_published, summary.rows_rejected) == ("completed", 25, 0)
    assert reported_rows(s3) == []
    assert s3.summary()["status"] == "completed"
    assert s3.summary()["file"] == KEY


def test_invalid_rows_are_reported_unchanged(s3: S3Double, publisher: CountingPublisher) -> None:
    invalid_row = '"berlin-01",till-1,r-7,2026-03-01,PEN,-1,250,EUR,"pay, 7",card,now'
    s3.objects[KEY] = till_file([*receipt(1), invalid_row, *receipt(2)])

    summary = run_import(s3, publisher)

    assert reported_rows(s3) == [(3, "invalid_quantity", invalid_row)]
    assert summary.receipts_published == 2
    assert s3.summary()["reasons"] == summary.reasons == {"invalid_quantity": 1}


def test_unreadable_rows_are_reported_as_readable_text(s3: S3Double, publisher: CountingPublisher) -> None:
    s3.objects[KEY] = till_file(receipt(1)) + b"caf\xe9\x00\r\n" + b"x" * 10_000_000

    run_import(s3, publisher)

    adjacent_row, undecodable_row, long_row = reported_rows(s3)
    assert adjacent_row[1] == "next_to_unreadable_row"
    assert undecodable_row == (3, "not_utf8", "caf\\xe9\x00")
    assert long_row == (4, "line_too_long", "x" * 4_096)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + till_file(receipts(3)),
        till_file(receipts(3), end="\n"),
        till_file(receipts(3)).rstrip(),
        till_file(receipts(3)) + b"\r\n\r\n",
        till_file([f'"{line}"'.replace(",", '","') for line in receipts(3)]),
    ],
    ids=["byte order mark", "LF", "no line break at the end", "blank lines", "quoted"],
)
def test_formatting_makes_no_difference(s3: S3Double, publisher: CountingPublisher, content: bytes) -> None:
    s3.objects[KEY] = content

    summary = run_import(s3, publisher)

    assert (summary.receipts_published, summary.rows_rejected) == (3, 0)


REFUSED_FILES = {
    "empty": (b"", "file_empty"),
    "rows without header": ("\r\n".join(receipts(3)).encode(), "wrong_header"),
    "columns in another order": (till_file(receipts(3), header=",".join(reversed(HEADER.split(",")))), "wrong_header"),
    "a missing column": (till_file(receipts(3), header=HEADER.removesuffix(",paid_at")), "wrong_header"),
    "UTF-16": (till_file(receipts(3)).decode().encode("utf-16"), "wrong_header"),
    "an image": (bytes(range(256)) * 100, "wrong_header"),
    "only blank lines": (b"\r\n\r\n", "file_empty"),
}


@pytest.mark.parametrize(("content", "reason"), REFUSED_FILES.values(), ids=REFUSED_FILES.keys())
def test_invalid_file_is_refused(s3: S3Double, publisher: CountingPublisher, content: bytes, reason: str) -> None:
    s3.objects[KEY] = content

    with pytest.raises(PermanentError, match=f"^{reason}:"):
        run_import(s3, publisher)
    assert (s3.summary()["status"], s3.summary()["reason"]) == ("refused", reason)
    assert publisher.chunk_sizes == []


@pytest.mark.parametrize("paid_at", ["2026-02-27T23:00:00Z", "2026-03-03T00:00:00Z", "2999-01-01T00:00:00Z"])
def test_receipt_with_an_implausible_time_is_reported(s3: S3Double, publisher: CountingPublisher, paid_at: str) -> None:
    times = ["2026-03-01T10:00:00Z", paid_at]
    s3.objects[KEY] = till_file([row(receipt_number=str(n), paid_at=text) for n, text in enumerate(times)])

    summary = run_import(s3, publisher, paid_at_range=("2026-02-28T00:00:00.000Z", "2026-03-02T00:00:00.000Z"))

    assert (summary.receipts_published, summary.reasons) == (1, {"paid_at_out_of_range": 1})
    assert [line for line, _, _ in reported_rows(s3)] == [3]


def test_too_large_file_is_refused_without_reading_it(s3: S3Double, publisher: CountingPublisher) -> None:
    bucket = TillBucket(s3)  # type: ignore[arg-type]
    file = TillFile(BUCKET, KEY, '"etag"', MAX_FILE_BYTES + 1, datetime.now(UTC))

    with pytest.raises(PermanentError, match=r"file_too_large: .* at most 64 MiB; got 67108865 bytes"):
        import_file(
            file, bucket=bucket, publisher=publisher, correlation_id="c", causation_id=None, remaining_ms=one_minute_ms
        )

    assert s3.calls == ["get_object", "put_object"]


def test_import_of_a_corrected_file_replaces_the_report(s3: S3Double, publisher: CountingPublisher) -> None:
    s3.objects[KEY] = till_file([row(quantity="-1")])
    run_import(s3, publisher)
    assert len(reported_rows(s3)) == 1

    s3.objects[KEY] = till_file([row(quantity="1")])
    run_import(s3, publisher)
    assert reported_rows(s3) == []
    assert s3.summary()["receipts_published"] == 1


def test_next_run_continues_where_time_ran_out(s3: S3Double, publisher: CountingPublisher) -> None:
    lines = [*receipt(900), row(receipt_number="bad", quantity="-1"), *receipts(34), row(receipt_number="x", sku="?")]
    s3.objects[KEY] = till_file(lines)

    with pytest.raises(TransientError, match="out_of_time"):
        run_import(s3, publisher, remaining_ms=time_left(RESERVE_MS, RESERVE_MS - 1))
    assert publisher.chunk_sizes == [10, 10]
    assert (s3.summary()["status"], s3.summary()["receipts_published"]) == ("in_progress", 20)
    assert REJECTED_ROWS_KEY not in s3.objects

    summary = run_import(s3, publisher)
    assert publisher.chunk_sizes == [10, 10, 10, 5]
    assert len(publisher.order_ids) == len(set(publisher.order_ids)) == 35
    assert (summary.status, summary.receipts_published) == ("completed", 35)
    assert [line for line, _, _ in reported_rows(s3)] == [3, 38]


def test_progress_of_another_file_with_the_same_key_is_ignored(s3: S3Double, publisher: CountingPublisher) -> None:
    s3.objects[KEY] = till_file(receipts(20))
    with pytest.raises(TransientError):
        run_import(s3, publisher, remaining_ms=time_left(0))

    s3.objects[KEY] = till_file(receipts(5))
    summary = run_import(s3, publisher)

    assert (summary.receipts_published, publisher.chunk_sizes) == (5, [10, 5])


@pytest.mark.parametrize("content", [b"", b"[]", b'{"status": "in_progress", "etag": 1}', b"\xff"])
def test_import_with_a_bad_summary_starts_again(s3: S3Double, publisher: CountingPublisher, content: bytes) -> None:
    s3.objects[KEY] = till_file(receipts(3))
    s3.objects[SUMMARY_KEY] = content

    assert run_import(s3, publisher).receipts_published == 3


@pytest.mark.parametrize("prefix", ["=", "+", "-", "@", "\t=", " =", "\uff1d", "\u3000@"])
def test_report_has_no_spreadsheet_formula(s3: S3Double, publisher: CountingPublisher, prefix: str) -> None:
    s3.objects[KEY] = till_file([*receipt(1), "", f"{prefix}cmd|' /C calc'!A0"])

    run_import(s3, publisher)

    *_, last_row = csv.reader(io.StringIO(s3.rejected_rows_csv(), newline=""), strict=True)
    assert last_row[2] == f"'{prefix}cmd|' /C calc'!A0"


def test_event_does_not_depend_on_the_order_of_rows(s3: S3Double) -> None:
    publisher, rows = PublisherDouble(), receipts(1, rows=3)
    for sequence in (rows, rows[::-1], [rows[1], rows[0], rows[2]]):
        s3.objects[KEY] = till_file(sequence)
        run_import(s3, publisher)  # type: ignore[arg-type]

    first_event, *other_events = publisher.published
    assert [event["data"] for event in other_events] == [first_event["data"]] * 2
    assert {event["metadata"]["event_id"] for event in other_events} == {first_event["metadata"]["event_id"]}


@pytest.mark.parametrize("kind", ["throttled", "unavailable", "rejected"])
def test_progress_is_saved_when_the_bus_fails(s3: S3Double, publisher: CountingPublisher, kind: Any) -> None:
    s3.objects[KEY] = till_file(receipts(25))
    publisher.fail_at_chunk, publisher.kind = 2, kind

    with pytest.raises(TransientError, match=f"publishing_{kind}"):
        run_import(s3, publisher)
    assert s3.summary()["receipts_published"] == 20

    publisher.fail_at_chunk = None
    assert run_import(s3, publisher).receipts_published == 25
    assert len(set(publisher.order_ids)) == len(publisher.order_ids) == 25


def test_file_with_an_unpublishable_event_is_refused(s3: S3Double, publisher: CountingPublisher) -> None:
    s3.objects[KEY] = till_file(receipts(3))
    publisher.fail_at_chunk, publisher.kind = 0, "invalid"

    with pytest.raises(PermanentError, match="cannot_be_published"):
        run_import(s3, publisher)

    assert s3.summary()["status"] == "refused"


def test_progress_is_saved_when_the_file_is_replaced(
    s3: S3Double, publisher: CountingPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pos_import.till_bucket.CHUNK_BYTES", 2_048)
    s3.objects[KEY] = till_file(receipts(100))
    publish = publisher.publish

    def replace_file_then_publish(events: Any, remaining_ms: Any = None) -> Any:
        s3.objects[KEY] = till_file(receipts(1))
        return publish(events, remaining_ms)

    monkeypatch.setattr(publisher, "publish", replace_file_then_publish)

    with pytest.raises(TransientError, match="PreconditionFailed"):
        run_import(s3, publisher)

    assert s3.summary()["status"] == "in_progress"
    assert run_import(s3, publisher).receipts_published == 1


@pytest.mark.parametrize("operation", ["head_object", "get_object", "put_object"])
@pytest.mark.parametrize("error", [CONNECTION_ERROR, client_error("AccessDenied", 403), client_error("SlowDown", 503)])
def test_error_of_s3_is_transient(s3: S3Double, publisher: CountingPublisher, operation: str, error: Exception) -> None:
    s3.objects[KEY] = till_file(receipts(3))
    s3.errors[operation] = error

    with pytest.raises(TransientError, match="bucket_unavailable"):
        run_import(s3, publisher)

    s3.errors.clear()
    assert run_import(s3, publisher).status == "completed"


def test_receipt_that_violates_the_contract_is_reported(
    s3: S3Double, publisher: CountingPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pos_import.translate.CUSTOMER_ID", "nobody at all")
    s3.objects[KEY] = till_file(receipts(2))

    summary = run_import(s3, publisher)

    assert summary.reasons == {"contract_invalid_field": 2}
    assert publisher.chunk_sizes == []


def test_row_takes_little_memory(s3: S3Double, publisher: CountingPublisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pos_import.till_bucket.CHUNK_BYTES", 4_096)

    def measure_peak_memory(count: int) -> int:
        """Return the peak memory in bytes of importing `count` receipts of three rows, excluding the file itself."""
        s3.objects[KEY] = till_file(receipts(count, rows=3))
        tracemalloc.start()
        assert run_import(s3, publisher).receipts_published == count
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak_bytes

    measure_peak_memory(1)
    small_file_peak, large_file_peak = measure_peak_memory(150), measure_peak_memory(500)

    assert large_file_peak - small_file_peak < 1_050 * 640  # 32 MB for 50,000 rows
