"""An event source mapping for SQS with the semantics that AWS documents, for tests.

It receives from a real queue API (moto's), which counts receives and moves messages to the dead-letter queue by its own
redrive policy, and calls real handlers. Visibility timeouts end on the test's clock. Sources, cited by letter here and
in `tests/faults/test_queue_mapping.py`:

A  https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html (batch size)
B  https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html (partial batches, failed batches)
C  https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html (redrive)
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.harness.stream_mapping import Clock, Handler

# Real seconds for which a receive hides a message: longer than any test, so that only the test's clock gives it back.
_HIDDEN = 43_200


@dataclass(frozen=True)
class QueueSettings:
    """The queue's visibility timeout and the mapping's batch size (A: at most 10 without a batching window)."""

    visibility_seconds: float = 60.0
    batch_size: int = 10
    report_batch_item_failures: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.batch_size <= 10:
            raise ValueError("batch_size must be 1 to 10")


class QueueMapping:
    """Delivers a queue to a handler, one invocation per `step`."""

    def __init__(
        self,
        *,
        client: Any,
        queue_url: str,
        handler: Handler,
        settings: QueueSettings,
        clock: Clock,
        context: Callable[[], Any],
        at_hand: Callable[[int], int] = int,
    ) -> None:
        """`at_hand(n)`: how many of up to n messages a receive finds; SQS may find fewer than there are (A)."""
        self._client = client
        self._queue_url = queue_url
        self._handler = handler
        self._settings = settings
        self._clock = clock
        self._context = context
        self._at_hand = at_hand
        self._hidden: list[tuple[float, str]] = []  # when it is visible again, receipt handle
        self.invocations: list[list[str]] = []  # the message ids of each batch that was handed over
        attributes = client.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]
        self._arn = attributes["QueueArn"]

    def step(self) -> bool:
        """Receive, then invoke the function; False when no message is visible."""
        self._give_back()
        received = self._client.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=self._at_hand(self._settings.batch_size),
            VisibilityTimeout=_HIDDEN,
            AttributeNames=["All"],
        ).get("Messages", [])
        if not received:
            return False
        self.invocations.append([message["MessageId"] for message in received])
        try:
            response = self._handler({"Records": [self._record(message) for message in received]}, self._context())
            failed = self._failed(received, response)
        except BaseException as error:  # B: a function that raises or is killed has failed its whole batch
            if isinstance(error, KeyboardInterrupt):
                raise
            failed = {message["MessageId"] for message in received}
        done = [message for message in received if message["MessageId"] not in failed]
        if done:
            entries = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(done)]
            self._client.delete_message_batch(QueueUrl=self._queue_url, Entries=entries)
        until = self._clock.now + self._settings.visibility_seconds
        self._hidden += [(until, message["ReceiptHandle"]) for message in received if message["MessageId"] in failed]
        return True

    def drain(self, most_invocations: int = 10_000) -> int:
        """Step until nothing is left, moving the clock over visibility timeouts; the number of invocations made."""
        before = len(self.invocations)
        while len(self.invocations) - before < most_invocations:
            if self.step():
                continue
            due = self.next_due()
            if due is None:
                return len(self.invocations) - before
            self._clock.advance(max(0.0, due - self._clock.now))
        raise AssertionError(f"the queue was not drained after {most_invocations} invocations")

    def next_due(self) -> float | None:
        """When the next visibility timeout ends; None when no message is hidden."""
        return min((until for until, _ in self._hidden), default=None)

    def _give_back(self) -> None:
        over = [handle for until, handle in self._hidden if until <= self._clock.now]
        self._hidden = [entry for entry in self._hidden if entry[0] > self._clock.now]
        for handle in over:
            self._client.change_message_visibility(QueueUrl=self._queue_url, ReceiptHandle=handle, VisibilityTimeout=0)

    def _record(self, message: dict[str, Any]) -> dict[str, Any]:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {},
            "md5OfBody": message.get("MD5OfBody", ""),
            "eventSource": "aws:sqs",
            "eventSourceARN": self._arn,
            "awsRegion": "eu-west-1",
        }

    def _failed(self, received: list[dict[str, Any]], response: Any) -> set[str]:
        """B: which messages stay. Success: an empty or null list or response; any doubt fails the whole batch."""
        everything = {message["MessageId"] for message in received}
        if not self._settings.report_batch_item_failures or not response:
            return set()
        if not isinstance(response, dict) or "batchItemFailures" not in response:
            return everything
        named = [
            item.get("itemIdentifier") if isinstance(item, dict) else None
            for item in response["batchItemFailures"] or []
        ]
        return set(named) if set(named) <= everything else everything
