import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from common.batch import RESERVE_MS, RemainingMs, Visibility, process_queue_batch
from common.errors import PermanentError, TransientError
from tests.support.doubles import QuarantineDouble
from tests.support.invocations import QUEUE_ARN, enough_time, failed_ids, queue_batch, time_left
from tests.support.logs import Logs, counts


class Applying:
    """Applies a message by its text: `poison`, `later` and `bug` fail in their way, everything else is fine."""

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


class Hidden(Visibility):
    """Keeps what was hidden."""

    def __init__(self) -> None:
        self.records: list[str] = []

    def hide(self, record: Mapping[str, Any]) -> None:
        self.records.append(record["messageId"])


def run(
    *bodies: str, quarantine: QuarantineDouble | None = None, remaining_ms: Callable[[], int] = enough_time
) -> tuple[list[str], list[str], QuarantineDouble]:
    kept, applying = quarantine or QuarantineDouble(), Applying()
    response = process_queue_batch(queue_batch(*bodies), applying, kept, Hidden(), remaining_ms)
    return failed_ids(response), applying.bodies, kept


@pytest.mark.parametrize(
    ("bodies", "clock", "retried", "applied"),
    [
        ("", [30_000], [], 0),
        ("a b c", [30_000], [], 3),
        ("a later b", [30_000], ["message-1"], 3),
        ("a bug b", [30_000], ["message-1"], 3),
        ("a later poison bug", [30_000], ["message-1", "message-3"], 4),
        ("a b c d", [30_000, 30_000, 30_000, RESERVE_MS - 1], ["message-2", "message-3"], 2),
        ("a b", [100], ["message-1"], 1),
    ],
    ids=["empty", "all well", "transient", "unforeseen", "among poison", "out of time", "first is always begun"],
)
def test_only_failed_or_unstarted_messages_are_retried(
    bodies: str, clock: list[int], retried: list[str], applied: int
) -> None:
    begun = run(*bodies.split(), remaining_ms=time_left(*clock))

    assert begun[:2] == (retried, bodies.split()[:applied])


def test_message_that_failed_is_hidden() -> None:
    hidden = Hidden()

    process_queue_batch(queue_batch("a", "later", "poison", "bug"), Applying(), QuarantineDouble(), hidden, enough_time)

    assert hidden.records == ["message-1", "message-3"]


@pytest.mark.parametrize(
    "bodies", [["poison", "a", "b"], ["a", "poison", "b"], ["a", "b", "poison"], ["poison", "poison 2", "poison 3"]]
)
def test_poison_message_is_quarantined_and_delays_no_other(bodies: list[str]) -> None:
    retried, applied, quarantine = run(*bodies)

    assert (retried, applied) == ([], bodies)
    assert quarantine.stored == [(body, "malformed_json", QUEUE_ARN) for body in bodies if body.startswith("poison")]


def test_poison_message_is_retried_when_quarantine_fails() -> None:
    retried, applied, _ = run("poison", "a", quarantine=QuarantineDouble(broken=True))

    assert (retried, applied) == (["message-0"], ["poison", "a"])


@pytest.mark.parametrize("damage", [{"body": None}, {"body": 7}])
def test_whole_record_is_kept_when_it_has_no_text(damage: dict[str, object]) -> None:
    event = queue_batch("a", "b")
    event["Records"][0] |= damage
    quarantine, applying = QuarantineDouble(), Applying()

    response = process_queue_batch(event, applying, quarantine, Hidden(), enough_time)

    assert (failed_ids(response), applying.bodies) == ([], ["b"])
    ((payload, reason, origin),) = quarantine.stored
    assert (json.loads(payload), reason, origin) == (event["Records"][0], "malformed_record", QUEUE_ARN)


def test_error_rises_when_the_invocation_is_no_batch() -> None:
    with pytest.raises(KeyError):
        process_queue_batch({"hello": "world"}, Applying(), QuarantineDouble(), Hidden(), enough_time)


def test_error_rises_when_a_failed_message_cannot_be_named() -> None:
    event = queue_batch("later")
    del event["Records"][0]["messageId"]

    with pytest.raises(KeyError):
        process_queue_batch(event, Applying(), QuarantineDouble(), Hidden(), enough_time)


def test_every_end_is_counted_and_logged_when_messages_fail(logs: Logs) -> None:
    run("a", "poison", "later", "bug")

    assert counts() == {"Quarantined": 1, "Retried": 1, "Unexpected": 1}
    assert [(line["message"], line["message_id"], line["reason"]) for line in logs.lines] == [
        ("Quarantined", "message-1", "malformed_json"),
        ("To be retried", "message-2", "early"),
        ("Failed for an unexpected reason", "message-3", "unexpected_error"),
    ]
    assert "example.org" not in logs.text


@pytest.mark.parametrize(("noted", "kept"), [("2", 2), ("two", 0), ("-1", 0)])
def test_redrive_count_is_kept_with_a_poison_message(noted: str, kept: int) -> None:
    quarantine = QuarantineDouble()
    batch = queue_batch("poison")
    batch["Records"][0]["messageAttributes"] = {"redrive_count": {"stringValue": noted, "dataType": "Number"}}

    process_queue_batch(batch, Applying(), quarantine, Hidden(), enough_time)

    assert quarantine.redrive_counts == [kept]
