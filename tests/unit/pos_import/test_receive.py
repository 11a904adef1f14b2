"""What S3 announces is imported, quarantined with its event, or raised for Lambda to try again."""

import json
from typing import Any

import pytest

from common.errors import TransientError
from pos_import.receive import Importer
from pos_import.till_bucket import TillBucket
from tests.support.doubles import QuarantineDouble
from tests.support.invocations import enough_time
from tests.support.logs import Logs, counts
from tests.unit.pos_import.doubles import (
    BUCKET,
    KEY,
    UNREACHABLE,
    Publisher,
    S3Double,
    created,
    etag,
    file_of,
    receipt,
    row,
)


class Setting:
    """The function with doubles around it."""

    def __init__(self, logs: Logs) -> None:
        self.logs = logs
        self.s3 = S3Double()
        self.publisher = Publisher()
        self.quarantine = QuarantineDouble()
        self.function = Importer(TillBucket(self.s3), self.publisher, self.quarantine, 36_500)  # type: ignore[arg-type]

    def receive(self, event: Any) -> dict[str, Any]:
        return self.function.receive(event, enough_time)


@pytest.fixture
def setting(logs: Logs) -> Setting:
    return Setting(logs)


def test_file_is_imported_when_s3_announces_it(setting: Setting) -> None:
    setting.s3.objects[KEY] = file_of([*receipt(1), row(receipt_number="bad", quantity="0")])

    summary = setting.receive(created(etag=etag(setting.s3.objects[KEY]).strip('"')))

    assert (summary["status"], summary["receipts_published"], summary["rows_rejected"]) == ("completed", 1, 1)
    assert summary["correlation_id"] == created()["id"]
    assert (counts()["ReceiptsPublished"], counts()["RowsRejected"]) == (1, 1)
    (line,) = setting.logs.with_message("Till file imported")
    assert (line["count"], line["rejected"], line["correlation_id"]) == (1, 1, created()["id"])


def test_the_announced_version_is_read_when_another_one_is_under_the_key(setting: Setting) -> None:
    setting.s3.versions = {"v1": file_of(receipt(1)), "v2": file_of(receipt(2))}
    setting.s3.objects[KEY] = setting.s3.versions["v2"]

    for version in ("v1", "v2"):
        assert setting.receive(created(**{"version-id": version}))["receipts_published"] == 1

    del setting.s3.objects[KEY]  # moved away: the versions stay
    setting.receive(created(**{"version-id": "v1"}))
    orders = setting.publisher.order_ids
    assert (len(orders), len(set(orders)), orders[0]) == (3, 2, orders[2])


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"version-id": "gone"}, "file_not_found"),
        *((told | {"etag": "0" * 32}, "file_replaced") for told in ({}, {"version-id": "null"}, {"version-id": ""})),
    ],
)
def test_event_is_quarantined_when_its_file_is_gone(setting: Setting, told: dict[str, str], reason: str) -> None:
    setting.s3.objects[KEY] = setting.s3.versions["null"] = file_of(receipt(1))

    assert setting.receive(created(**told)) == {"status": "quarantined", "reason": reason}
    assert setting.quarantine.reasons == [reason]
    assert setting.publisher.chunks == []


@pytest.mark.parametrize(
    "key", ["incoming/2026/", "incoming/", "incoming/berlin-01/week 9/", "incoming/2026_$folder$", "incoming/x"]
)
def test_folder_object_of_any_tool_is_passed_over(setting: Setting, key: str) -> None:
    setting.s3.objects[key] = b"" if key.endswith(("/", "$")) else b"folder"

    assert setting.receive(created(key)) == {"status": "ignored", "reason": "folder"}
    assert (setting.quarantine.reasons, list(setting.s3.objects)) == ([], [key])


@pytest.mark.parametrize("key", ["incoming/week 9+10/día%2B.csv", "incoming/a.csv"])
def test_key_is_taken_as_it_is_when_it_looks_encoded(setting: Setting, key: str) -> None:
    setting.s3.objects[key] = file_of(receipt(1))

    assert setting.receive(created(key))["status"] == "completed"
    assert f"reports/{key.removeprefix('incoming/')}.summary.json" in setting.s3.objects


UNUSABLE: dict[str, tuple[Any, str]] = {
    "nothing": ({}, "unexpected_event"),
    "another event": ({**created(), "detail-type": "Object Deleted"}, "unexpected_event"),
    "no detail": ({**created(), "detail": None}, "unexpected_event"),
    "no key": ({**created(), "detail": {"bucket": {"name": BUCKET}, "object": {}}}, "unexpected_event"),
    "key as number": ({**created(), "detail": {"bucket": {"name": BUCKET}, "object": {"key": 7}}}, "unexpected_event"),
    "a report of ours": (created("reports/day.csv.rejected.csv"), "unexpected_key"),
    "key without room": (created("incoming/" + "x" * 1_010), "unexpected_key"),
    "file that is gone": (created("incoming/gone.csv"), "file_not_found"),
}


@pytest.mark.parametrize(("event", "reason"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_event_is_quarantined_when_no_import_can_come_of_it(setting: Setting, event: Any, reason: str) -> None:
    answer = setting.receive(event)

    assert answer == {"status": "quarantined", "reason": reason}
    ((payload, kept_reason, _),) = setting.quarantine.stored
    assert (json.loads(payload), kept_reason) == (event, reason)
    assert "put_object" not in setting.s3.calls
    assert counts()["Quarantined"] == 1


def test_event_is_quarantined_with_its_bucket_when_file_is_unusable(setting: Setting) -> None:
    setting.s3.objects[KEY] = b"not a till file"

    setting.receive(created())

    assert setting.quarantine.stored == [(json.dumps(created()), "wrong_header", f"arn:aws:s3:::{BUCKET}")]


def test_error_is_raised_when_trying_again_can_help(setting: Setting) -> None:
    setting.s3.objects[KEY] = file_of(receipt(1))
    setting.s3.failing["get_object"] = UNREACHABLE

    with pytest.raises(TransientError):
        setting.receive(created())

    assert setting.quarantine.stored == []


def test_error_is_raised_when_quarantine_fails(setting: Setting) -> None:
    setting.quarantine.broken = True

    with pytest.raises(TransientError, match="quarantine_unavailable"):
        setting.receive({})


def test_rows_stay_out_of_the_logs_when_they_are_refused(setting: Setting) -> None:
    canary = "CANARY-7f3a"
    setting.s3.objects[KEY] = file_of([row(sku=f"{canary} x"), f"{canary}", row(method=canary)])

    setting.receive(created())

    assert canary not in setting.logs.text
