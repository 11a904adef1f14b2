"""How long a bad record holds up the good ones behind it, counted in invocations."""

import math
from collections.abc import Iterator
from typing import Any

import pytest

from tests.harness.faults import Killed
from tests.harness.on_failure import Condition, Discarded
from tests.harness.stream_mapping import Clock, Settings, StreamMapping
from tests.harness.stream_records import Record, sequence_number
from tests.harness.system import System
from tests.support import events
from tests.support.invocations import Context, stream_record

SIZE, RETRIES = 100, 5
NOW = 1_772_357_400.0
SETTINGS = Settings(
    batch_size=SIZE, maximum_retry_attempts=RETRIES, bisect_on_error=True, report_batch_item_failures=True
)


class Once:
    def __init__(self, records: list[Record]) -> None:
        self._records = records

    def read(self) -> Iterator[tuple[str, Record]]:
        while self._records:
            yield "shard-1", self._records.pop(0)


class Kept:
    def __init__(self) -> None:
        self.discarded: list[Discarded] = []

    def put(self, discarded: Discarded) -> None:
        self.discarded.append(discarded)


def mapping(records: list[Record], handler: Any) -> tuple[StreamMapping, Kept]:
    kept = Kept()
    made = StreamMapping(
        reader=Once(records), handler=handler, settings=SETTINGS, destination=kept, clock=Clock(NOW), context=Context
    )
    return made, kept


@pytest.mark.parametrize("bad", [0, SIZE // 2, SIZE - 1])
def test_one_invocation_is_enough_when_a_record_is_classified_as_poison(system: System, bad: int) -> None:
    item = events.order_item()
    records = [stream_record(n, None, {**item, "version": 0} if n == bad else item) for n in range(SIZE)]
    relay, kept = mapping(records, system.handlers["relay"])

    relay.drain()

    assert len(relay.invocations) == 1
    assert kept.discarded == []
    assert len(system.take("topic")) == SIZE - 1
    assert len(list(system.dead_letter_texts())) == 1


@pytest.mark.parametrize("bad", [0, 1, 37, SIZE // 2, SIZE - 2, SIZE - 1])
def test_good_records_wait_for_the_splits_and_the_retries_when_a_record_crashes_the_function(bad: int) -> None:
    failures_before: dict[str, int] = {}  # how many invocations had failed when a record was done
    failed = 0

    def crashing(event: dict[str, Any], context: Any) -> dict[str, Any]:
        nonlocal failed
        numbers = [sequence_number(record) for record in event["Records"]]
        if f"{bad:021d}" in numbers:
            failed += 1
            raise Killed
        failures_before.update(dict.fromkeys(numbers, failed))
        return {"batchItemFailures": []}

    crashed, kept = mapping([stream_record(n, None, events.order_item()) for n in range(SIZE)], crashing)
    crashed.drain()

    splits = math.ceil(math.log2(SIZE))
    assert max(failures_before.values()) <= splits + 1 + RETRIES
    assert failed <= splits + 1 + RETRIES
    assert len(crashed.invocations) <= 2 * splits + 1 + RETRIES
    assert list(failures_before) == [f"{n:021d}" for n in range(SIZE) if n != bad]
    # Those before it wait for splits only.
    assert all(failures_before[f"{n:021d}"] <= splits for n in range(bad))
    assert [each.condition for each in kept.discarded] == [Condition.RETRY_ATTEMPTS_EXHAUSTED]
    assert [sequence_number(record) for record in kept.discarded[0].records] == [f"{bad:021d}"]
