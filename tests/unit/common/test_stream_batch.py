import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.batch import RESERVE_MS, process_stream_batch
from common.batch.stream import CONCURRENCY
from common.errors import PermanentError
from common.publisher import Failure, FailureKind
from contracts import Event
from tests.support import events
from tests.support.doubles import PublisherDouble, QuarantineDouble
from tests.support.invocations import STREAM_ARN, failed_ids, one_minute_ms, stream_batch, stream_record, time_left
from tests.support.logs import Logs, counts

# The kinds of records by their outcome.
SUCCESS, POISON, BUG, NO_EVENT, LARGE_EVENT, OUTAGE = "success", "poison", "bug", "no_event", "large_event", "outage"
FAILURE_KINDS: dict[str, FailureKind] = {LARGE_EVENT: "invalid", OUTAGE: "unavailable"}


def records(kinds: list[str]) -> list[dict[str, Any]]:
    return [{**stream_record(number, None, events.order_item()), "kind": kind} for number, kind in enumerate(kinds)]


def failure_kinds(batch: list[dict[str, Any]]) -> dict[str, FailureKind]:
    return {record["eventID"]: FAILURE_KINDS[record["kind"]] for record in batch if record["kind"] in FAILURE_KINDS}


def to_event(record: Mapping[str, Any]) -> Event | None:
    if record["kind"] == POISON:
        raise PermanentError("version_missing", "no version")
    if record["kind"] == BUG:
        raise KeyError("ada@example.org")
    if record["kind"] == NO_EVENT:
        return None
    return events.order_changed(events.order_image(), event_id=record["eventID"])


class BatchRun:
    """The outcome of a batch with records of the given kinds; a record is identified by its index in the batch."""

    def __init__(self, kinds: list[str], quarantine: QuarantineDouble | None = None, remaining_ms: Any = one_minute_ms):
        self.records = records(kinds)
        self.quarantine = quarantine or QuarantineDouble()
        self.publisher = PublisherDouble(failure_kinds_by_id=failure_kinds(self.records))
        batch = stream_batch(self.records)
        response = process_stream_batch(batch, to_event, self.publisher, self.quarantine, remaining_ms)
        self.retry_indexes = [int(number) for number in failed_ids(response)]

    @property
    def published_indexes(self) -> list[int]:
        """The indexes of the published records, sorted because chunks are published concurrently."""
        return sorted(int(event["metadata"]["event_id"], 16) for event in self.publisher.published)

    @property
    def call_sizes(self) -> list[int]:
        return sorted((len(call) for call in self.publisher.calls), reverse=True)

    @property
    def quarantined_indexes(self) -> list[int]:
        return [int(json.loads(payload)["dynamodb"]["SequenceNumber"]) for payload, _, _ in self.quarantine.stored]


def test_records_are_published_in_chunks_of_ten() -> None:
    run = BatchRun([SUCCESS] * 23)

    assert (run.retry_indexes, run.published_indexes, run.call_sizes) == ([], list(range(23)), [10, 10, 3])


@pytest.mark.parametrize("kind", [POISON, BUG, LARGE_EVENT])
@pytest.mark.parametrize("positions", [[0], [2], [4], [0, 1, 2, 3, 4]], ids=["first", "middle", "last", "all"])
def test_poison_record_is_quarantined_and_the_others_are_published(kind: str, positions: list[int]) -> None:
    kinds = [kind if position in positions else SUCCESS for position in range(5)]

    run = BatchRun(kinds)

    assert run.retry_indexes == []
    assert run.published_indexes == [position for position in range(5) if position not in positions]
    reason = {POISON: "version_missing", BUG: "unexpected_error", LARGE_EVENT: "cannot_be_published"}[kind]
    assert [(json.loads(payload), why, origin) for payload, why, origin in run.quarantine.stored] == [
        (run.records[position], reason, STREAM_ARN) for position in positions
    ]


def test_batch_stops_and_is_retried_from_the_first_transient_failure() -> None:
    kinds = [SUCCESS] * 240
    kinds[13] = kinds[17] = kinds[55] = OUTAGE
    kinds[14] = LARGE_EVENT  # retried with the records after 13

    run = BatchRun(kinds)

    assert run.retry_indexes == [13]
    assert run.call_sizes == [10] * CONCURRENCY
    assert run.quarantined_indexes == []


def test_lowest_failed_record_is_reported_when_its_chunk_ends_last() -> None:
    kinds = [OUTAGE if number % 10 == 5 and number > 20 else SUCCESS for number in range(100)]
    kinds[12] = OUTAGE
    batch_records = records(kinds)
    finished_calls = threading.Semaphore(0)

    class SlowSecondChunkPublisher(PublisherDouble):
        def publish(self, batch: Sequence[Event], remaining_ms: Callable[[], int] | None = None) -> list[Failure]:
            if any(event["metadata"]["event_id"] == batch_records[12]["eventID"] for event in batch):
                for _ in range(CONCURRENCY - 1):
                    assert finished_calls.acquire(timeout=10)
            failures = super().publish(batch, remaining_ms)
            finished_calls.release()
            return failures

    publisher = SlowSecondChunkPublisher(failure_kinds_by_id=failure_kinds(batch_records))
    response = process_stream_batch(stream_batch(batch_records), to_event, publisher, QuarantineDouble(), one_minute_ms)

    assert failed_ids(response) == [f"{12:021d}"]


@pytest.mark.parametrize(
    ("kinds", "retry_index", "published_indexes"),
    [
        ([SUCCESS, SUCCESS, POISON, SUCCESS], 2, [0, 1]),
        ([SUCCESS, BUG, SUCCESS], 1, [0]),
        ([SUCCESS, OUTAGE, POISON, SUCCESS], 1, [0]),
        ([SUCCESS, LARGE_EVENT, SUCCESS], 1, [0, 2]),
    ],
    ids=["poison", "bug", "publishing fails too", "too large"],
)
def test_batch_is_retried_from_a_record_that_cannot_be_quarantined(
    kinds: list[str], retry_index: int, published_indexes: list[int]
) -> None:
    run = BatchRun(kinds, QuarantineDouble(broken=True))

    assert (run.retry_indexes, run.published_indexes) == ([retry_index], published_indexes)


@pytest.mark.parametrize(("count", "times", "index"), [(250, [60_000, RESERVE_MS - 1], 200), (101, [10], 100)], ids=str)
def test_first_unstarted_record_is_reported_when_time_runs_out(count: int, times: list[int], index: int) -> None:
    run = BatchRun([SUCCESS] * count, remaining_ms=time_left(*times))

    assert (run.retry_indexes, run.published_indexes) == ([index], list(range(index)))


def test_batch_is_retried_when_a_failed_record_has_no_sequence_number() -> None:
    record = records([OUTAGE])[0]
    del record["dynamodb"]["SequenceNumber"]
    publisher = PublisherDouble(failure_kinds_by_id={record["eventID"]: "throttled"})

    response = process_stream_batch(stream_batch([record]), to_event, publisher, QuarantineDouble(), one_minute_ms)

    assert response == {"batchItemFailures": [{"itemIdentifier": ""}]}


def test_record_is_quarantined_when_it_is_not_a_stream_record() -> None:
    quarantine = QuarantineDouble()

    response = process_stream_batch(
        stream_batch([{"hello": "world"}]), to_event, PublisherDouble(), quarantine, one_minute_ms
    )

    assert response == {"batchItemFailures": []}
    assert quarantine.stored == [('{"hello": "world"}', "unexpected_error", "unknown")]


def test_event_that_is_not_a_batch_raises_an_error() -> None:
    with pytest.raises(KeyError):
        process_stream_batch({"hello": "world"}, to_event, PublisherDouble(), QuarantineDouble(), one_minute_ms)


def test_log_line_of_a_record_has_order_and_correlation_id(logs: Logs) -> None:
    BatchRun([SUCCESS, OUTAGE])

    published_line, retried_line = logs.lines
    for line, message in ((published_line, "Published"), (retried_line, "Will be retried")):
        assert (line["message"], line["order_id"], line["correlation_id"]) == (message, events.ORDER_ID, "corr-1")
        assert (line["event_type"], line["version"]) == ("OrderChanged", 1)
        assert int(line["event_id"], 16) == [published_line, retried_line].index(line)
    assert retried_line["reason"] == "publishing_unavailable"


def test_published_quarantined_and_retried_records_are_counted() -> None:
    BatchRun([SUCCESS, POISON, NO_EVENT, LARGE_EVENT, SUCCESS, OUTAGE])

    metrics = counts()
    assert metrics.pop("EventAge") > 0
    assert metrics == {"Published": 2, "Quarantined": 2, "Retried": 1}


kind_lists = st.lists(st.sampled_from([*[SUCCESS] * 3, POISON, BUG, NO_EVENT, LARGE_EVENT, OUTAGE]), max_size=145)


@given(kind_lists)
def test_every_record_before_the_reported_one_is_handled(kinds: list[str]) -> None:
    run = BatchRun(kinds)

    first_outage_index = kinds.index(OUTAGE) if OUTAGE in kinds else len(kinds)
    assert run.retry_indexes == ([first_outage_index] if OUTAGE in kinds else [])
    for number, kind in enumerate(kinds[:first_outage_index]):
        assert (number in run.published_indexes) == (kind == SUCCESS)
        assert (number in run.quarantined_indexes) == (kind in {POISON, BUG, LARGE_EVENT})
