"""Sends entries in chunks and retries only those that failed, within the remaining time."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from common.aws import CALL_TIMEOUT_MS
from common.publisher.failure import Refusal

type RemainingMs = Callable[[], int]
type SendFunction[Item] = Callable[[Sequence[Item]], list[Refusal | None]]


@dataclass(frozen=True, slots=True)
class Entry[Item]:
    """A request entry of a batch call: `index` is the position of its event in the input, `size` is in bytes."""

    index: int
    request: Item
    size: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one call: the number of entries and the sum of their sizes in bytes."""

    entries: int
    size: int


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The retry policy of a publisher: maximum number of attempts, delays and time limit.

    The delay after attempt n (counted from 0) is a random value in [0, min(cap, base * 2^n)] ("full jitter",
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). After the first call, another call is
    made only while at least `margin_ms` is left: enough for the call to time out and the function to return."""

    max_attempts: int = 6
    base_ms: float = 50
    cap_ms: float = 2_000
    margin_ms: int = CALL_TIMEOUT_MS + 500
    # The time limit if the caller passes none.
    budget_ms: int = 15_000
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    rng: random.Random = field(default_factory=random.SystemRandom)

    def delay_ms(self, attempt: int) -> float:
        return self.rng.uniform(0, min(self.cap_ms, self.base_ms * 2**attempt))

    def start_countdown(self) -> RemainingMs:
        deadline = self.clock() + self.budget_ms / 1000
        return lambda: int((deadline - self.clock()) * 1000)


def deliver[Item](
    entries: Sequence[Entry[Item]],
    send: SendFunction[Item],
    limits: Limits,
    policy: RetryPolicy,
    remaining_ms: RemainingMs | None = None,
) -> dict[int, Refusal]:
    """Send all entries; return the refusals by entry index. No single entry may exceed the limits.

    `send` returns one item per request, None for an accepted one. Its exceptions are not caught."""
    time_left_ms = remaining_ms or policy.start_countdown()
    refusals: dict[int, Refusal] = {}
    pending_entries = list(entries)
    call_count = 0
    for attempt in range(policy.max_attempts):
        entries_to_retry: list[Entry[Item]] = []
        for chunk in chunks(pending_entries, limits):
            if call_count and time_left_ms() < policy.margin_ms:
                _keep_first_reason(refusals, chunk, Refusal("unavailable", "no time left to send"))
                continue
            call_count += 1
            for entry, refusal in zip(chunk, send([entry.request for entry in chunk]), strict=True):
                if refusal is None:
                    refusals.pop(entry.index, None)
                    continue
                refusals[entry.index] = refusal
                if refusal.is_transient:
                    entries_to_retry.append(entry)
        pending_entries = entries_to_retry
        delay_ms = policy.delay_ms(attempt)
        if not pending_entries or attempt + 1 == policy.max_attempts or time_left_ms() - delay_ms < policy.margin_ms:
            break
        policy.sleep(delay_ms / 1000)
    return refusals


def _keep_first_reason[Item](refusals: dict[int, Refusal], chunk: list[Entry[Item]], refusal: Refusal) -> None:
    # The reason of an earlier attempt says more than the lack of time.
    for entry in chunk:
        refusals.setdefault(entry.index, refusal)


def chunks[Item](entries: Sequence[Entry[Item]], limits: Limits) -> Iterator[list[Entry[Item]]]:
    """Split entries, in order, into chunks within the limits of one call."""
    chunk: list[Entry[Item]] = []
    size = 0
    for entry in entries:
        if chunk and (len(chunk) == limits.entries or size + entry.size > limits.size):
            yield chunk
            chunk, size = [], 0
        chunk.append(entry)
        size += entry.size
    if chunk:
        yield chunk
