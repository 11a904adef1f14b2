"""Records past the age limit, a stream that has forgotten, deletions by TTL, versions of events nobody knows yet."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.harness.faults import Scripted
from tests.harness.stream_mapping import ThrottledError
from tests.harness.streams import HOP
from tests.harness.system import STREAM, System
from tests.support import events, tables
from tests.support.invocations import (
    Context,
    envelope,
    message,
    queue_batch,
    stream_batch,
    stream_record,
    to_be_retried,
)

Settled = Callable[[System, int], None]


def test_record_lies_in_the_bucket_whole_when_it_is_older_than_the_limit(system: System, settled: Settled) -> None:
    system.partners.scenario = "capture"
    system.place_order(1)
    system.clock.advance(13 * 3_600)

    system.run_until_quiet()
    letters = [json.loads(text) for _, text in system.dead_letter_texts()]
    assert [letter["requestContext"]["condition"] for letter in letters] == ["RecordAgeExceeded"]
    assert set(system.dead_letters()) == system.accepted
    while system.dead_letters():
        # As the records of this run are of this hour, all that follow are older than the limit as well.
        system.recovery.redrive()
        system.run_until_quiet()

    settled(system, 1)


def test_records_are_not_lost_when_the_relay_cannot_run_before_the_stream_forgets(
    build: Callable[..., System], settled: Settled
) -> None:
    """The limit of 12 h is half of what a stream keeps: whatever the relay does, the bucket has the record by then."""
    system = build(Scripted(), 1, stream=replace(STREAM, maximum_retry_attempts=10_000))
    relay = system.handlers["relay"]
    system.partners.scenario = "capture"
    system.handlers["relay"] = throttled
    system.place_order(1)
    system.run_until(lambda: system.invocations["recorder"] > 0)
    started = system.clock.now

    system.relay_mapping.drain()
    taken = system.clock.now - started
    system.handlers["relay"] = relay
    while system.dead_letters():
        system.recovery.redrive()
        system.run_until_quiet()

    assert 11 * 3_600 < taken < 13 * 3_600
    settled(system, 1)


@pytest.mark.parametrize("refusal", ["expired", "trimmed"])
def test_no_record_is_lost_or_doubled_when_the_iterator_is_refused_between_two_reads(
    system: System, settled: Settled, refusal: str
) -> None:
    assert isinstance(system.faults, Scripted)
    system.faults.script = {HOP: [refusal, None, refusal, None, None, refusal, refusal, None, refusal]}
    system.partners.scenario = "capture"
    for number in range(2):
        system.place_order(number)

    system.run_until_quiet()

    assert system.faults.struck[HOP, refusal] == 5
    handed_over = [number for batch in system.relay_mapping.invocations for number in batch]
    assert len(handed_over) == len(set(handed_over)) == 8
    settled(system, 2)


def throttled(event: dict[str, Any], context: Any) -> Any:
    raise ThrottledError


@pytest.mark.proves("stream/ttl", by="simulated")
def test_expiry_is_told_and_changes_nothing_when_an_order_is_deleted(system: System, settled: Settled) -> None:
    system.partners.scenario = "capture"
    system.place_order(1)
    system.run_until_quiet()
    before = system.snapshot()
    service = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    record = stream_record(1, events.order_item("delivered", version=4), None, identity=service)
    seen: list[str] = []
    system.topic_fan_out.seen = seen.append

    answer = system.handlers["relay"](stream_batch([record]), Context())
    system.run_until_quiet()

    assert to_be_retried(answer) == []
    told = [json.loads(body) for body in seen]
    assert [(each["metadata"]["event_type"], each["data"]["cause"]) for each in told] == [("OrderDeleted", "expired")]
    assert system.snapshot() == before


@pytest.mark.parametrize("function", ["recorder", "finance", "warehouse", "customer_service"])
def test_event_is_kept_with_its_reason_when_its_version_is_unknown(system: System, function: str) -> None:
    event = events.order_placed() if function == "recorder" else events.order_changed(events.order_image())
    unknown: Any = {**event, "metadata": {**event["metadata"], "schema_version": 2}}
    body = envelope(unknown) if function == "recorder" else message(unknown)

    answer = system.handlers[function](queue_batch(body), Context())

    assert to_be_retried(answer) == []
    (letter,) = [json.loads(text) for text in system.take(f"{function}-dead-letter")]
    assert (letter["reason"], letter["payload"]) == ("unknown_schema_version", body)
    assert list(tables.scan(system.aws("dynamodb"), tables.ORDERS)) == []
