import json
from datetime import timedelta
from typing import Any

import pytest

from orderflow_cli import times
from orderflow_cli.observe.dead_letters.sources import Source
from orderflow_cli.recovery import redrive as engine
from orderflow_cli.recovery.redrive import MessageFilter, Options, redrive
from tests.integration.scripts.recovery.conftest import Environment

ORDER_ID, OTHER_ORDER_ID = "ord_" + "a" * 26, "ord_" + "b" * 26


@pytest.fixture
def source(environment: Environment) -> Source:
    """The dead-letter source of the queue `finance`."""
    environment.queue("finance")
    return environment.source("queue", "finance")


def test_message_sent_by_an_interrupted_run_is_only_deleted(
    environment: Environment, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.put("once")

    def interrupt(*arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("orderflow_cli.observe.dead_letters.queues.QueueReader.remove", interrupt)
        with pytest.raises(KeyboardInterrupt):
            environment.redrive(source, "first.jsonl")
    outcome = environment.redrive(source, "second.jsonl")

    assert (outcome.sent_count, outcome.finished_count, outcome.is_complete) == (0, 1, True)
    assert [body for body, _ in environment.messages("finance")] == ["once"]
    assert environment.messages("dead") == []
    assert [line["state"] for line in environment.lines("second.jsonl")] == ["deleted"]


def test_message_is_kept_when_sending_fails(environment: Environment) -> None:
    source = environment.source("queue", "gone")
    environment.put("payload")

    outcome = environment.redrive(source)

    assert (outcome.sent_count, outcome.failed_count, outcome.is_complete) == (0, 1, False)
    assert environment.messages("dead")[0][0] == "payload"
    assert environment.lines()[0]["state"] == "failed"


def test_run_gives_up_when_the_target_keeps_failing(environment: Environment) -> None:
    source = environment.source("queue", "gone")
    for number in range(engine.MAX_CONSECUTIVE_FAILURES + 2):
        environment.put(f"message {number}")

    outcome = environment.redrive(source)

    assert (outcome.failed_count, outcome.gave_up) == (engine.MAX_CONSECUTIVE_FAILURES, True)
    assert len(environment.messages("dead")) == engine.MAX_CONSECUTIVE_FAILURES + 2


@pytest.mark.parametrize(("force", "sent"), [(False, 0), (True, 1)])
def test_fourth_redrive_of_a_message_requires_force(
    environment: Environment, source: Source, force: bool, sent: int
) -> None:
    environment.put("again", redrive_count="3")

    outcome = environment.redrive(source, force=force)

    assert outcome.sent_count == sent
    assert len(environment.messages("finance")) == sent
    assert len(environment.messages("dead")) == 1 - sent


def test_overdue_payment_request_is_dropped_and_its_payload_recorded(environment: Environment, source: Source) -> None:
    now = times.now()
    request = {"detail-type": "PaymentRequested", "time": times.rfc3339(now - timedelta(hours=1))}
    due_times = {"late": now - timedelta(minutes=1), "without a term": None, "in time": now + timedelta(hours=1)}
    for name, due_time in due_times.items():
        term = {"payment_due_at": times.rfc3339(due_time)} if due_time else {}
        environment.put({**request, "detail": {"data": {**term, "name": name}}})
    environment.put({**request, "detail-type": "RefundRequested", "detail": {"data": {"name": "owed"}}})

    outcome = environment.redrive(source)

    sent_names = [json.loads(body)["detail"]["data"]["name"] for body, _ in environment.messages("finance")]
    dropped_events = [json.loads(line["payload"]) for line in environment.lines() if line["state"] == "dropped"]
    assert (outcome.sent_count, outcome.dropped_count, outcome.is_complete) == (2, 2, True)
    assert sorted(sent_names) == ["in time", "owed"]
    assert sorted(event["detail"]["data"]["name"] for event in dropped_events) == ["late", "without a term"]
    assert environment.messages("dead") == []


def test_message_that_returns_immediately_is_left_for_another_run(environment: Environment) -> None:
    source = environment.source("queue", "dead")
    environment.put("loops", redrive_count="0")

    outcome = environment.redrive(source, force=True)

    assert (outcome.sent_count, outcome.arrived_count, outcome.is_complete) == (1, 1, False)


@pytest.mark.parametrize(
    ("message_filter", "expected"),
    [
        (MessageFilter(reason="Malformed_JSON"), [ORDER_ID]),
        (MessageFilter(order=OTHER_ORDER_ID), [OTHER_ORDER_ID]),
        (MessageFilter(since=times.now() + timedelta(hours=1)), []),
        (MessageFilter(since=times.now() - timedelta(hours=1)), [ORDER_ID, OTHER_ORDER_ID]),
    ],
)
def test_only_selected_messages_are_redriven(
    environment: Environment, message_filter: MessageFilter, expected: list[str]
) -> None:
    environment.queue("intake")
    source = environment.source("function", "recorder")
    for order, reason in ((ORDER_ID, "malformed_json"), (OTHER_ORDER_ID, "illegal")):
        origin = environment.queue_arn("intake")
        environment.put({"function": "recorder", "reason": reason, "origin": origin, "payload": order})

    outcome = environment.redrive(source, message_filter=message_filter)

    assert sorted(body for body, _ in environment.messages("intake")) == expected
    assert (outcome.sent_count, outcome.left_out_count) == (len(expected), 2 - len(expected))
    assert len(environment.messages("dead")) == 2 - len(expected)


def test_dry_run_sends_deletes_and_hides_nothing(environment: Environment, source: Source) -> None:
    environment.put("payload")

    outcome = redrive(environment.cloud, source, Options(rate=0), None)

    assert outcome.sent_count == 1
    assert environment.messages("finance") == []
    assert len(environment.messages("dead")) == 1
    assert not environment.folder.exists()


def test_messages_are_sent_at_the_given_rate(environment: Environment, source: Source) -> None:
    for number in range(3):
        environment.put(f"message {number}")
    waits: list[float] = []

    environment.redrive(source, rate=0.01, sleep=waits.append)

    assert len(waits) == 2
    # The test does not sleep, so each wait is measured from the first message: 100 s and 200 s.
    assert waits == [pytest.approx(100, abs=30), pytest.approx(200, abs=30)]


def test_receipt_lists_actions_without_payloads(environment: Environment, source: Source) -> None:
    environment.put(f'{{"order_id": "{ORDER_ID}", "name": "Ada Lovelace"}}')

    environment.redrive(source)

    sent_line, deleted_line = environment.lines()
    assert (sent_line["state"], deleted_line["state"]) == ("sent", "deleted")
    assert (sent_line["source"], sent_line["to"], sent_line["orders"]) == ("queue/it", "queue finance", [ORDER_ID])
    assert "Lovelace" not in (environment.folder / "receipt.jsonl").read_text()


def test_truncated_receipt_of_an_earlier_run_is_ignored(environment: Environment, source: Source) -> None:
    environment.put("payload")
    environment.folder.mkdir()
    (environment.folder / "cut.jsonl").write_text('{"state": "sent", "env')

    outcome = environment.redrive(source)

    assert outcome.sent_count == 1
