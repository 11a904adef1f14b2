"""The test mapping against AWS's documentation, point by point (letters as in tests/harness/stream_mapping.py)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.harness.on_failure import Condition, Discarded, invocation_record
from tests.harness.stream_mapping import Clock, Settings, StreamMapping, ThrottledError
from tests.harness.stream_records import Record, sequence_number

START = 1_000_000.0
FUNCTION_ARN = "arn:aws:lambda:eu-west-1:000000000000:function:relay"


class FakeReader:
    def __init__(self, records: list[tuple[str, Record]]) -> None:
        self._records = records

    def add(self, shard_id: str, record: Record) -> None:
        self._records.append((shard_id, record))

    def read(self) -> Iterator[tuple[str, Record]]:
        while self._records:
            yield self._records.pop(0)


class Kept:
    def __init__(self) -> None:
        self.discarded: list[Discarded] = []

    def put(self, discarded: Discarded) -> None:
        self.discarded.append(discarded)

    def sequences(self) -> list[list[str]]:
        return [[sequence_number(record) for record in entry.records] for entry in self.discarded]


def record(number: int, key: str = "a", arrived: float = START) -> Record:
    return {
        "eventID": str(number),
        "eventSourceARN": "arn:aws:dynamodb:eu-west-1:000000000000:table/orders/stream/1",
        "dynamodb": {
            "Keys": {"order_id": {"S": key}},
            "SequenceNumber": str(number),
            "ApproximateCreationDateTime": arrived,
        },
    }


def mapping_over(
    records: list[Record], handler: Callable[[dict[str, Any], Any], Any], **settings: Any
) -> tuple[StreamMapping, Kept, Clock]:
    kept, clock = Kept(), Clock(START)
    reader = FakeReader([("shard-1", each) for each in records])
    mapping = StreamMapping(
        reader=reader, handler=handler, settings=Settings(**settings), destination=kept, clock=clock, context=object
    )
    return mapping, kept, clock


def numbers(event: dict[str, Any]) -> list[str]:
    return [sequence_number(each) for each in event["Records"]]


def test_hands_over_batches_in_order_when_all_succeed() -> None:
    mapping, kept, _ = mapping_over([record(n) for n in range(5)], lambda event, context: None, batch_size=2)

    mapping.drain()

    assert mapping.invocations == [["0", "1"], ["2", "3"], ["4"]]
    assert kept.discarded == []


def test_waits_for_the_window_when_a_batch_is_not_full() -> None:
    mapping, _, clock = mapping_over([record(1)], lambda event, context: None, batch_size=2, window_seconds=5)

    early = mapping.step()
    clock.advance(5)
    late = mapping.step()

    assert (early, late) == (False, True)


def test_does_not_wait_for_the_window_when_a_batch_is_full() -> None:
    mapping, _, _ = mapping_over([record(1), record(2)], lambda event, context: None, batch_size=2, window_seconds=5)

    assert mapping.step()


def test_keeps_the_order_of_an_item_when_lanes_run_in_parallel() -> None:
    records = [record(n, key=f"order-{n % 4}") for n in range(40)]
    mapping, _, _ = mapping_over(records, lambda event, context: None, batch_size=3, parallelization_factor=4)

    mapping.drain()

    seen = [int(number) for batch in mapping.invocations for number in batch]
    for item in range(4):
        of_item = [number for number in seen if number % 4 == item]
        assert of_item == sorted(of_item)
    assert len(seen) == 40
    assert seen != sorted(seen)


def test_holds_back_newer_records_of_the_lane_when_a_batch_is_under_retry() -> None:
    calls = []

    def fail_first(event: dict[str, Any], context: Any) -> None:
        calls.append(numbers(event))
        if len(calls) == 1:
            raise RuntimeError("once")

    mapping, _, _ = mapping_over([record(n) for n in range(4)], fail_first, batch_size=2)

    mapping.drain()

    assert calls == [["0", "1"], ["0", "1"], ["2", "3"]]


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_takes_the_batch_as_done_when_the_answer_reports_nothing(answer: Any) -> None:
    mapping, _, _ = mapping_over([record(1)], lambda event, context: answer, report_batch_item_failures=True)

    mapping.drain()

    assert mapping.invocations == [["1"]]


@pytest.mark.parametrize(
    "item", [{"itemIdentifier": ""}, {"itemIdentifier": None}, {"wrongKey": "2"}, {"itemIdentifier": "99"}, "2"]
)
def test_retries_the_whole_batch_when_an_identifier_is_unusable(item: Any) -> None:
    answers = [{"batchItemFailures": [item]}, None]
    mapping, _, _ = mapping_over(
        [record(1), record(2)], lambda event, context: answers.pop(0), report_batch_item_failures=True
    )

    mapping.drain()

    assert mapping.invocations == [["1", "2"], ["1", "2"]]


def test_retries_from_the_lowest_number_when_several_are_reported() -> None:
    answers = [{"batchItemFailures": [{"itemIdentifier": "3"}, {"itemIdentifier": "2"}]}, None]
    mapping, _, _ = mapping_over(
        [record(n) for n in range(1, 5)], lambda event, context: answers.pop(0), report_batch_item_failures=True
    )

    mapping.drain()

    assert mapping.invocations == [["1", "2", "3", "4"], ["2", "3", "4"]]


def test_ignores_the_answer_when_reporting_is_not_turned_on() -> None:
    mapping, _, _ = mapping_over([record(1)], lambda event, context: {"batchItemFailures": [{"itemIdentifier": "1"}]})

    mapping.drain()

    assert mapping.invocations == [["1"]]


def test_isolates_a_bad_record_when_bisecting() -> None:
    def crash_on_five(event: dict[str, Any], context: Any) -> None:
        if "5" in numbers(event):
            raise SystemExit(1)

    mapping, kept, _ = mapping_over(
        [record(n) for n in range(8)], crash_on_five, bisect_on_error=True, maximum_retry_attempts=2
    )

    mapping.drain()

    assert kept.sequences() == [["5"]]
    assert kept.discarded[0].condition == Condition.RETRY_ATTEMPTS_EXHAUSTED
    # 8 -> 4 -> 2 -> 1: three splits that cost no retry, then one attempt and two retries of the record alone
    with_five = [batch for batch in mapping.invocations if "5" in batch]
    assert [len(batch) for batch in with_five] == [8, 4, 2, 1, 1, 1]


def test_gives_up_the_whole_batch_when_retries_are_exhausted_without_bisecting() -> None:
    def crash(event: dict[str, Any], context: Any) -> None:
        raise RuntimeError("always")

    mapping, kept, _ = mapping_over([record(1), record(2)], crash, maximum_retry_attempts=3)

    mapping.drain()

    assert kept.sequences() == [["1", "2"]]
    assert len(mapping.invocations) == 4


def test_goes_on_with_the_rest_when_a_record_is_too_old() -> None:
    records = [record(1, arrived=START - 100), record(2)]
    mapping, kept, _ = mapping_over(records, lambda event, context: None, maximum_record_age_seconds=60)

    mapping.drain()

    assert kept.sequences() == [["1"]]
    assert kept.discarded[0].condition == Condition.RECORD_AGE_EXCEEDED
    assert mapping.invocations == [["2"]]


def test_retries_until_the_age_limit_when_retries_are_infinite() -> None:
    def crash(event: dict[str, Any], context: Any) -> None:
        raise RuntimeError("always")

    mapping, kept, clock = mapping_over([record(1)], crash, maximum_record_age_seconds=3600)

    mapping.drain()

    assert kept.sequences() == [["1"]]
    assert clock.now - START > 3600
    assert len(mapping.invocations) > 10


def test_uses_no_retry_when_the_function_is_throttled() -> None:
    attempts = iter(range(10))

    def throttled_five_times(event: dict[str, Any], context: Any) -> None:
        if next(attempts) < 5:
            raise ThrottledError

    mapping, kept, _ = mapping_over([record(1)], throttled_five_times, maximum_retry_attempts=0)

    mapping.drain()

    assert kept.discarded == []
    assert len(mapping.invocations) == 6


def test_describes_the_batch_when_records_are_discarded() -> None:
    discarded = Discarded("shard-1", [record(7), record(9)], Condition.RECORD_AGE_EXCEEDED, 3, START)

    described = invocation_record(discarded, FUNCTION_ARN)

    assert described["requestContext"]["condition"] == "RecordAgeExceeded"
    assert described["requestContext"]["approximateInvokeCount"] == 3
    batch = described["DDBStreamBatchInfo"]
    assert (batch["startSequenceNumber"], batch["endSequenceNumber"], batch["batchSize"]) == ("7", "9", 2)
