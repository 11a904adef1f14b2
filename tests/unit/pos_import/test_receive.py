"""The file in an S3 event is imported, the event is quarantined, or an error makes Lambda retry it."""

import json
from typing import Any

import pytest

from common.errors import TransientError
from pos_import.receive import Importer
from pos_import.till_bucket import TillBucket
from tests.support.doubles import QuarantineDouble
from tests.support.invocations import one_minute_ms
from tests.support.logs import Logs, counts
from tests.unit.pos_import.doubles import (
    BUCKET,
    CONNECTION_ERROR,
    KEY,
    CountingPublisher,
    S3Double,
    etag,
    receipt,
    row,
    s3_event,
    till_file,
)


class Harness:
    """The function with doubles of its dependencies."""

    def __init__(self, logs: Logs) -> None:
        self.logs = logs
        self.s3 = S3Double()
        self.publisher = CountingPublisher()
        self.quarantine = QuarantineDouble()
        self.function = Importer(TillBucket(self.s3), self.publisher, self.quarantine, 36_500)  # type: ignore[arg-type]

    def receive(self, event: Any) -> dict[str, Any]:
        return self.function.receive(event, one_minute_ms)


@pytest.fixture
def harness(logs: Logs) -> Harness:
    return Harness(logs)


def test_file_in_an_event_is_imported(harness: Harness) -> None:
    harness.s3.objects[KEY] = till_file([*receipt(1), row(receipt_number="bad", quantity="0")])

    summary = harness.receive(s3_event(etag=etag(harness.s3.objects[KEY]).strip('"')))

    assert (summary["status"], summary["receipts_published"], summary["rows_rejected"]) == ("completed", 1, 1)
    assert summary["correlation_id"] == s3_event()["id"]
    assert (counts()["ReceiptsPublished"], counts()["RowsRejected"]) == (1, 1)
    (line,) = harness.logs.find_lines("Till file imported")
    assert (line["count"], line["rejected"], line["correlation_id"]) == (1, 1, s3_event()["id"])


def test_receipt_paid_over_a_day_after_the_upload_is_refused(harness: Harness) -> None:
    late_row = row(receipt_number="2", paid_at="2026-03-03T00:00:01Z")
    harness.s3.objects[KEY] = till_file([*receipt(1), late_row])

    assert harness.receive(s3_event())["reasons"] == {"paid_at_out_of_range": 1}


def test_version_in_an_event_is_read_after_the_key_is_overwritten(harness: Harness) -> None:
    harness.s3.versions = {"v1": till_file(receipt(1)), "v2": till_file(receipt(2))}
    harness.s3.objects[KEY] = harness.s3.versions["v2"]

    for version in ("v1", "v2"):
        assert harness.receive(s3_event(**{"version-id": version}))["receipts_published"] == 1

    del harness.s3.objects[KEY]  # deleted; its versions remain
    harness.receive(s3_event(**{"version-id": "v1"}))
    order_ids = harness.publisher.order_ids
    assert (len(order_ids), len(set(order_ids)), order_ids[0]) == (3, 2, order_ids[2])


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ({"version-id": "gone"}, "file_not_found"),
        *((extra | {"etag": "0" * 32}, "file_replaced") for extra in ({}, {"version-id": "null"}, {"version-id": ""})),
    ],
)
def test_event_for_a_lost_or_replaced_file_is_quarantined(harness: Harness, extra: dict[str, str], reason: str) -> None:
    harness.s3.objects[KEY] = harness.s3.versions["null"] = till_file(receipt(1))

    assert harness.receive(s3_event(**extra)) == {"status": "quarantined", "reason": reason}
    assert harness.quarantine.reasons == [reason]
    assert harness.publisher.chunk_sizes == []


@pytest.mark.parametrize(
    "key", ["incoming/2026/", "incoming/", "incoming/berlin-01/week 9/", "incoming/2026_$folder$", "incoming/x"]
)
def test_folder_placeholder_object_is_ignored(harness: Harness, key: str) -> None:
    harness.s3.objects[key] = b"" if key.endswith(("/", "$")) else b"folder"

    assert harness.receive(s3_event(key)) == {"status": "ignored", "reason": "folder"}
    assert (harness.quarantine.reasons, list(harness.s3.objects)) == ([], [key])


@pytest.mark.parametrize("key", ["incoming/week 9+10/día%2B.csv", "incoming/a.csv"])
def test_key_that_looks_encoded_is_not_decoded(harness: Harness, key: str) -> None:
    harness.s3.objects[key] = till_file(receipt(1))

    assert harness.receive(s3_event(key))["status"] == "completed"
    assert f"reports/{key.removeprefix('incoming/')}.summary.json" in harness.s3.objects


UNUSABLE_EVENTS: dict[str, tuple[Any, str]] = {
    "nothing": ({}, "unexpected_event"),
    "another event": ({**s3_event(), "detail-type": "Object Deleted"}, "unexpected_event"),
    "no detail": ({**s3_event(), "detail": None}, "unexpected_event"),
    "no key": ({**s3_event(), "detail": {"bucket": {"name": BUCKET}, "object": {}}}, "unexpected_event"),
    "key as number": ({**s3_event(), "detail": {"bucket": {"name": BUCKET}, "object": {"key": 7}}}, "unexpected_event"),
    "a report": (s3_event("reports/day.csv.rejected.csv"), "unexpected_key"),
    "key without room": (s3_event("incoming/" + "x" * 1_010), "unexpected_key"),
    "file that is gone": (s3_event("incoming/gone.csv"), "file_not_found"),
}


@pytest.mark.parametrize(("event", "reason"), UNUSABLE_EVENTS.values(), ids=UNUSABLE_EVENTS.keys())
def test_unusable_event_is_quarantined(harness: Harness, event: Any, reason: str) -> None:
    result = harness.receive(event)

    assert result == {"status": "quarantined", "reason": reason}
    ((payload, stored_reason, _),) = harness.quarantine.stored
    assert (json.loads(payload), stored_reason) == (event, reason)
    assert "put_object" not in harness.s3.calls
    assert counts()["Quarantined"] == 1


def test_event_for_an_unusable_file_is_quarantined_with_its_bucket(harness: Harness) -> None:
    harness.s3.objects[KEY] = b"not a till file"

    harness.receive(s3_event())

    assert harness.quarantine.stored == [(json.dumps(s3_event()), "wrong_header", f"arn:aws:s3:::{BUCKET}")]


def test_transient_error_is_raised(harness: Harness) -> None:
    harness.s3.objects[KEY] = till_file(receipt(1))
    harness.s3.errors["get_object"] = CONNECTION_ERROR

    with pytest.raises(TransientError):
        harness.receive(s3_event())

    assert harness.quarantine.stored == []


def test_error_is_raised_when_quarantine_fails(harness: Harness) -> None:
    harness.quarantine.broken = True

    with pytest.raises(TransientError, match="quarantine_unavailable"):
        harness.receive({})


def test_refused_rows_are_not_logged(harness: Harness) -> None:
    canary = "CANARY-7f3a"
    harness.s3.objects[KEY] = till_file([row(sku=f"{canary} x"), f"{canary}", row(method=canary)])

    harness.receive(s3_event())

    assert canary not in harness.logs.text
