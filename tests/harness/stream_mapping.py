"""An event source mapping for DynamoDB streams with the semantics that AWS documents, for tests.

It reads a real stream API (moto's or the local cloud's) and calls real handlers, one invocation per `step`, on a clock
that the test moves. The local cloud's own mapping ignores partial batches, bisect, retry limits and S3 destinations;
this one does not. Sources, cited by letter in the code and in `tests/unit/harness/test_stream_mapping.py`:

A  https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html (batching, window, parallelization, order per item)
B  https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html (partial batch response)
C  https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html (retries, age, bisect, destinations)
D  https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html (parameters, their defaults and limits)

Where the documentation is silent the choice is the harsher one and is marked as an assumption.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.harness.on_failure import Condition, Destination, Discarded
from tests.harness.stream_records import Record, arrival, sequence_number


class Reader(Protocol):
    """Where the records come from: `StreamReader` over a real stream API."""

    def read(self) -> Iterator[tuple[str, Record]]: ...


Handler = Callable[[dict[str, Any], Any], Any]
INFINITE = -1


class Clock:
    """A clock that moves only when told; epoch seconds."""

    def __init__(self, now: float) -> None:
        self.now = now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class ThrottledError(Exception):
    """Raised by a handler double to say that Lambda could not invoke the function at all."""


@dataclass(frozen=True)
class Settings:
    """The parameters of the mapping, with the defaults of D."""

    batch_size: int = 100
    window_seconds: float = 0.0
    parallelization_factor: int = 1
    maximum_retry_attempts: int = INFINITE
    maximum_record_age_seconds: float = INFINITE
    bisect_on_error: bool = False
    report_batch_item_failures: bool = False


@dataclass
class _Batch:
    records: list[Record]
    failures: int = 0  # that count against the retry quota
    invocations: int = 0
    not_before: float = 0.0


@dataclass
class _Lane:
    """Records of one shard that must be handled in order: those whose item hashes to this lane."""

    shard_id: str
    waiting: deque[tuple[float, Record]] = field(default_factory=deque)
    retrying: deque[_Batch] = field(default_factory=deque)


class StreamMapping:
    """Delivers a stream to a handler; `step` makes one invocation, `drain` goes on until nothing is left."""

    def __init__(
        self,
        *,
        reader: Reader,
        handler: Handler,
        settings: Settings,
        destination: Destination,
        clock: Clock,
        context: Callable[[], Any],
    ) -> None:
        self._reader = reader
        self._handler = handler
        self._settings = settings
        self._destination = destination
        self._clock = clock
        self._context = context
        self._lanes: dict[tuple[str, int], _Lane] = {}
        self.invocations: list[list[str]] = []  # the sequence numbers of each batch that was handed over

    def step(self) -> bool:
        """Poll, then invoke the function for the first lane that is due; False when none is."""
        self._poll()
        for lane in self._lanes.values():
            batch = self._next_batch(lane)
            if batch is not None:
                self._invoke(lane, batch)
                return True
        return False

    def drain(self, most_invocations: int = 10_000) -> int:
        """Step until all lanes are empty, moving the clock over back-offs and windows; the number of steps made."""
        for steps in range(most_invocations):
            if self.step():
                continue
            due = self.next_due()
            if due is None:
                return steps
            self._clock.advance(max(0.0, due - self._clock.now))
        raise AssertionError(f"the mapping was not drained after {most_invocations} invocations")

    def _poll(self) -> None:
        for shard_id, record in self._reader.read():
            lane = self._lanes.setdefault((shard_id, self._lane_number(record)), _Lane(shard_id))
            lane.waiting.append((self._clock.now, record))

    def _lane_number(self, record: Record) -> int:
        """A: with a parallelization factor, order is still kept per item (partition and sort key)."""
        keys = repr(sorted(record["dynamodb"]["Keys"].items()))
        return hashlib.sha256(keys.encode()).digest()[0] % self._settings.parallelization_factor

    def _next_batch(self, lane: _Lane) -> _Batch | None:
        """The batch to invoke now: one under retry before anything newer of its lane (A: in order)."""
        if lane.retrying:
            batch = lane.retrying[0]
            return batch if batch.not_before <= self._clock.now else None
        if not lane.waiting:
            return None
        full = len(lane.waiting) >= self._settings.batch_size
        window_over = self._clock.now - lane.waiting[0][0] >= self._settings.window_seconds
        if not (full or window_over):
            return None
        size = min(self._settings.batch_size, len(lane.waiting))
        batch = _Batch([lane.waiting.popleft()[1] for _ in range(size)])
        lane.retrying.append(batch)
        return batch

    def next_due(self) -> float | None:
        """When a back-off or a window ends; None when nothing is left."""
        due = [lane.retrying[0].not_before for lane in self._lanes.values() if lane.retrying]
        due += [
            lane.waiting[0][0] + self._settings.window_seconds
            for lane in self._lanes.values()
            if lane.waiting and not lane.retrying
        ]
        return min(due, default=None)

    def _invoke(self, lane: _Lane, batch: _Batch) -> None:
        self._discard_aged(lane, batch)
        if not batch.records:
            lane.retrying.popleft()
            return
        self.invocations.append([sequence_number(record) for record in batch.records])
        batch.invocations += 1
        try:
            response = self._handler({"Records": batch.records}, self._context())
        except ThrottledError:
            self._back_off(batch)  # C, before invocation: retried until the age limit, no quota used
            return
        except BaseException as error:  # a function that raises, exits or is killed has failed its whole batch
            if isinstance(error, KeyboardInterrupt):
                raise
            self._failed(lane, batch)
            return
        self._answered(lane, batch, response)

    def _answered(self, lane: _Lane, batch: _Batch, response: Any) -> None:
        if not self._settings.report_batch_item_failures:
            lane.retrying.popleft()  # B, note: the response counts only when the feature is turned on
            return
        first_failed = _first_failed(batch.records, response)
        if first_failed is None:
            lane.retrying.popleft()
        elif first_failed == 0:
            self._failed(lane, batch, may_bisect=False)
        else:
            # B: the batch is cut at the lowest reported sequence number and only the rest is retried. Assumption: as
            # with bisecting, a cut that made progress costs no retry.
            lane.retrying[0] = _Batch(batch.records[first_failed:], invocations=batch.invocations)
            self._back_off(lane.retrying[0])

    def _failed(self, lane: _Lane, batch: _Batch, *, may_bisect: bool = True) -> None:
        if may_bisect and self._settings.bisect_on_error and len(batch.records) > 1:
            middle = len(batch.records) // 2
            halves = [batch.records[:middle], batch.records[middle:]]
            lane.retrying.popleft()
            # C: splitting does not consume the retry quota
            lane.retrying.extendleft(
                _Batch(half, batch.failures, batch.invocations, self._clock.now) for half in reversed(halves)
            )
            return
        batch.failures += 1
        quota = self._settings.maximum_retry_attempts
        if quota != INFINITE and batch.failures > quota:
            lane.retrying.popleft()
            self._discard(lane, batch, batch.records, Condition.RETRY_ATTEMPTS_EXHAUSTED)
            return
        self._back_off(batch)

    def _back_off(self, batch: _Batch) -> None:
        # Assumption: exponential with a limit; the documentation names no figures.
        batch.not_before = self._clock.now + min(60.0, 0.5 * 2 ** min(batch.invocations, 10))

    def _discard_aged(self, lane: _Lane, batch: _Batch) -> None:
        """C: records older than the maximum age are discarded to the destination, the rest of the batch goes on."""
        limit = self._settings.maximum_record_age_seconds
        if limit == INFINITE:
            return
        aged = [record for record in batch.records if self._clock.now - arrival(record) > limit]
        if aged:
            batch.records = [record for record in batch.records if record not in aged]
            self._discard(lane, batch, aged, Condition.RECORD_AGE_EXCEEDED)

    def _discard(self, lane: _Lane, batch: _Batch, records: list[Record], condition: Condition) -> None:
        self._destination.put(Discarded(lane.shard_id, records, condition, batch.invocations, self._clock.now))


def _first_failed(records: list[Record], response: Any) -> int | None:
    """The index of the lowest reported record, None for success.

    B, success: an empty or null list, an empty or null response. B, complete failure (index 0): an empty or null
    identifier, a wrong key. Assumption: so is an identifier that is not in the batch.
    """
    if not response:
        return None
    if not isinstance(response, dict):
        return 0
    if "batchItemFailures" not in response:
        return 0
    failures = response["batchItemFailures"]
    if not failures:
        return None
    positions = {sequence_number(record): index for index, record in enumerate(records)}
    indexes = [positions.get(item.get("itemIdentifier"), 0) if isinstance(item, dict) else 0 for item in failures]
    return min(indexes)
