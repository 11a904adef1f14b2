from types import SimpleNamespace
from typing import Any, cast

from botocore.exceptions import EndpointConnectionError

from common.batch import Visibility
from common.batch.visibility import seconds_hidden
from tests.support.invocations import queue_batch
from tests.support.logs import Logs


class Queue:
    """An SQS client with an endpoint of its own."""

    def __init__(self, error: Exception | None = None) -> None:
        self.meta = SimpleNamespace(endpoint_url="https://sqs.eu-west-1.amazonaws.com")
        self.asked: list[dict[str, Any]] = []
        self._error = error

    def change_message_visibility(self, **asked: Any) -> None:
        self.asked.append(asked)
        if self._error:
            raise self._error


def test_message_is_hidden_by_how_often_it_was_received() -> None:
    queue = Queue()
    (record,) = queue_batch("a")["Records"]
    record["attributes"]["ApproximateReceiveCount"] = "3"

    Visibility(cast(Any, queue)).hide(record)

    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/orderflow-test-queue"
    assert queue.asked == [{"QueueUrl": url, "ReceiptHandle": "handle-message-0", "VisibilityTimeout": 20}]


def test_nothing_is_raised_when_a_message_cannot_be_hidden(logs: Logs) -> None:
    queue = Queue(EndpointConnectionError(endpoint_url="https://sqs.invalid"))

    Visibility(cast(Any, queue)).hide(queue_batch("a")["Records"][0])

    assert [line["message"] for line in logs.lines] == ["Hidden for the queue's own timeout"]


def test_waits_grow_from_seconds_to_minutes_and_outlast_a_night() -> None:
    waits = [seconds_hidden(receives) for receives in range(1, 101)]

    assert waits[:3] == [5, 10, 20]
    assert waits == sorted(waits)
    assert max(waits) == 600
    assert sum(waits) > 15 * 3_600
