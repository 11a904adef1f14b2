"""Deliveries from a bus or a topic to its targets, where moto delivers at once and never fails.

The bus or topic itself is moto's; everything that it accepted lies in a queue, from where this hands it to each target
that wants it: at least once, in no order, retried, and after the last attempt into the target's dead-letter queue.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.harness.faults import Faults
from tests.harness.stream_mapping import Clock

ATTEMPTS = 8
LATEST_SECONDS = 90.0


@dataclass(frozen=True)
class Target:
    """Who gets what: `deliver` raises when the target does not take it. `told` are the attributes, besides the error's,
    that a dead letter carries."""

    name: str
    wants: Callable[[str], bool]
    deliver: Callable[[str], object]
    dead_letter_url: str
    told: Mapping[str, str] = field(default_factory=dict)


class FanOut:
    """Moves what a bus or topic accepted to its targets; one `step` handles what is due. `shape` completes the text of
    what moto delivers."""

    def __init__(
        self,
        *,
        sqs: Any,
        source_url: str,
        targets: list[Target],
        faults: Faults,
        clock: Clock,
        hop: str,
        shape: Callable[[str], str] = str,
    ) -> None:
        self._sqs = sqs
        self._source_url = source_url
        self._targets = targets
        self._faults = faults
        self._clock = clock
        self._hop = hop
        self._shape = shape
        self._numbers = itertools.count()
        self._due: list[tuple[float, int, Target, str, int]] = []
        self.delivered: Counter[str] = Counter()
        self.seen: Callable[[str], object] = len  # told of everything that the bus or topic accepted

    def step(self) -> bool:
        moved = self._take()
        while self._due and self._due[0][0] <= self._clock.now:
            _, _, target, body, attempt = heapq.heappop(self._due)
            self._try(target, body, attempt)
            moved = True
        return moved

    def next_due(self) -> float | None:
        return self._due[0][0] if self._due else None

    def _take(self) -> bool:
        received = self._sqs.receive_message(QueueUrl=self._source_url, MaxNumberOfMessages=10).get("Messages", [])
        if not received:
            return False
        for message in received:
            body = self._shape(message["Body"])
            self.seen(body)
            for target in self._targets:
                if target.wants(body):
                    self._schedule(target, body)
        entries = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(received)]
        self._sqs.delete_message_batch(QueueUrl=self._source_url, Entries=entries)
        return True

    def _schedule(self, target: Target, body: str, attempt: int = 1, seconds: float = 0.0) -> None:
        heapq.heappush(self._due, (self._clock.now + seconds, next(self._numbers), target, body, attempt))

    def _try(self, target: Target, body: str, attempt: int) -> None:
        hop = f"{self._hop} -> {target.name}"
        fault = "fails" if self._faults.is_cursed(hop, body) else None
        fault = fault or self._faults.draw(hop, ("fails", "twice", "late"))
        if fault == "late" and attempt == 1:
            self._schedule(target, body, attempt + 1, self._faults.delay(LATEST_SECONDS))
            return
        try:
            if fault == "fails":
                raise ConnectionError("injected")
            target.deliver(body)
        except Exception as error:
            if attempt >= ATTEMPTS:
                self._give_up(target, body, error)
            else:
                self._schedule(target, body, attempt + 1, 2.0**attempt)
            return
        self.delivered[target.name] += 1
        if fault == "twice" and attempt < ATTEMPTS:
            self._schedule(target, body, ATTEMPTS, self._faults.delay(LATEST_SECONDS))

    def _give_up(self, target: Target, body: str, error: Exception) -> None:
        attributes = {"ERROR_CODE": "SDK_CLIENT_ERROR", "ERROR_MESSAGE": str(error) or "failed", **target.told}
        self._sqs.send_message(
            QueueUrl=target.dead_letter_url,
            MessageBody=body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )
