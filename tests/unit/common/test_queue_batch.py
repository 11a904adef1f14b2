import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from common.batch import RESERVE_MS, RemainingMs, Visibility, process_queue_batch
from common.errors import PermanentError, TransientError
from tests.support.doubles import QuarantineDouble
from tests.support.invocations import QUEUE_ARN, failed_ids, one_minute_ms, queue_batch, time_left
from tests.support.logs import Logs, counts


class Handler:
    """Records each message; raises a permanent error for `poison`, a transient one for `later`, KeyError for `bug`."""

    def __init__(self) -> None:
        self.bodies: list[str] = []

    def __call__(self, body: str, remaining_ms: RemainingMs) -> None:
        self.bodies.append(body)
        assert remaining_ms() > 0
        if body.startswith("poison"):
            raise PermanentError("malformed_json", "no JSON")
        if body == "later":
            raise TransientError("early", "not yet")
        if body == "bug":
            raise KeyError("ada@example.org")


class RecordingVisibility(Visibility):
    """A `Visibility` that records the ids of hidden messages."""

    def __init__(self) -> None:
        self.hidden_ids: list[str] = []

    def hide(self, record: Mapping[str, Any]) -> None:
        self.hidden_ids.append(record["messageId"])


def process_messages(
    *bodies: str, quarantine: QuarantineDouble | None = None, remaining_ms: Callable[[], int] = one_minute_ms
) -> tuple[list[str], list[str], QuarantineDouble]:
    store, handler = quarantine or QuarantineDouble(), Handler()
    response = process_queue_batch(queue_batch(*bodies), handler, store, RecordingVisibility(), remaining_ms)
    return failed_ids(response), handler.bodies, store


@pytest.mark.parametrize(
    ("bodies", "times", "retried_ids", "started_count"),
    [
        ("", [30_000], [], 0),
        ("a b c", [30_000], [], 3),
        ("a later b", [30_000], ["message-1"], 3),
        ("a bug b", [30_000], ["message-1"], 3),
        ("a later poison bug", [30_000], ["message-1", "message-3"], 4),
        ("a b c d", [30_000, 30_000, 30_000, RESERVE_MS - 1], ["message-2", "message-3"], 2),
        ("a b", [100], ["message-1"], 1),
    ],
    ids=["empty", "success", "transient", "unexpected", "mixed", "out of time", "first is always started"],
)
def test_only_failed_or_unstarted_messages_are_retried(
    bodies: str, times: list[int], retried_ids: list[str], started_count: int
) -> None:
    outcome = process_messages(*bodies.split(), remaining_ms=time_left(*times))

    assert outcome[:2] == (retried_ids, bodies.split()[:started_count])


def test_retried_message_is_hidden() -> None:
    batch, visibility = queue_batch("a", "later", "poison", "bug"), RecordingVisibility()

    process_queue_batch(batch, Handler(), QuarantineDouble(), visibility, one_minute_ms)

    assert visibility.hidden_ids == ["message-1", "message-3"]


@pytest.mark.parametrize(
    "bodies", [["poison", "a", "b"], ["a", "poison", "b"], ["a", "b", "poison"], ["poison", "poison 2", "poison 3"]]
)
def test_poison_message_is_quarantined_and_the_others_are_processed(bodies: list[str]) -> None:
    retried_ids, started_bodies, quarantine = process_messages(*bodies)

    assert (retried_ids, started_bodies) == ([], bodies)
    assert quarantine.stored == [(body, "malformed_json", QUEUE_ARN) for body in bodies if body.startswith("poison")]


def test_poison_message_is_retried_when_quarantine_fails() -> None:
    retried_ids, started_bodies, _ = process_messages("poison", "a", quarantine=QuarantineDouble(broken=True))

    assert (retried_ids, started_bodies) == (["message-0"], ["poison", "a"])


@pytest.mark.parametrize("changes", [{"body": None}, {"body": 7}])
def test_whole_record_is_quarantined_when_its_body_is_not_text(changes: dict[str, object]) -> None:
    event = queue_batch("a", "b")
    event["Records"][0] |= changes
    quarantine, handler = QuarantineDouble(), Handler()

    response = process_queue_batch(event, handler, quarantine, RecordingVisibility(), one_minute_ms)

    assert (failed_ids(response), handler.bodies) == ([], ["b"])
    ((payload, reason, origin),) = quarantine.stored
    assert (json.loads(payload), reason, origin) == (event["Records"][0], "malformed_record", QUEUE_ARN)


def test_event_that_is_not_a_batch_raises_an_error() -> None:
    with pytest.raises(KeyError):
        process_queue_batch({"hello": "world"}, Handler(), QuarantineDouble(), RecordingVisibility(), one_minute_ms)


def test_failed_message_without_an_id_raises_an_error() -> None:
    event = queue_batch("later")
    del event["Records"][0]["messageId"]

    with pytest.raises(KeyError):
        process_queue_batch(event, Handler(), QuarantineDouble(), RecordingVisibility(), one_minute_ms)


def test_every_failed_message_is_counted_and_logged(logs: Logs) -> None:
    process_messages("a", "poison", "later", "bug")

    assert counts() == {"Quarantined": 1, "Retried": 1, "Unexpected": 1}
    assert [(line["message"], line["message_id"], line["reason"]) for line in logs.lines] == [
        ("Quarantined", "message-1", "malformed_json"),
        ("Will be retried", "message-2", "early"),
        ("Failed for an unexpected reason", "message-3", "unexpected_error"),
    ]
    assert "example.org" not in logs.text


@pytest.mark.parametrize(("attribute", "count"), [("2", 2), ("two", 0), ("-1", 0)])
def test_redrive_count_is_stored_with_a_quarantined_message(attribute: str, count: int) -> None:
    quarantine = QuarantineDouble()
    batch = queue_batch("poison")
    batch["Records"][0]["messageAttributes"] = {"redrive_count": {"stringValue": attribute, "dataType": "Number"}}

    process_queue_batch(batch, Handler(), quarantine, RecordingVisibility(), one_minute_ms)

    assert quarantine.redrive_counts == [count]
