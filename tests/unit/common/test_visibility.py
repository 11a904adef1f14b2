from types import SimpleNamespace
from typing import Any, cast

from botocore.exceptions import EndpointConnectionError

from common.batch import Visibility
from common.batch.visibility import backoff_seconds
from tests.support.invocations import queue_batch
from tests.support.logs import Logs


class SqsDouble:
    """A test double of an SQS client that records calls to ChangeMessageVisibility."""

    def __init__(self, error: Exception | None = None) -> None:
        self.meta = SimpleNamespace(endpoint_url="https://sqs.eu-west-1.amazonaws.com")
        self.requests: list[dict[str, Any]] = []
        self._error = error

    def change_message_visibility(self, **request: Any) -> None:
        self.requests.append(request)
        if self._error:
            raise self._error


def test_visibility_timeout_is_20_seconds_after_three_receives() -> None:
    queue = SqsDouble()
    (record,) = queue_batch("a")["Records"]
    record["attributes"]["ApproximateReceiveCount"] = "3"

    Visibility(cast(Any, queue)).hide(record)

    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/orderflow-test-queue"
    assert queue.requests == [{"QueueUrl": url, "ReceiptHandle": "handle-message-0", "VisibilityTimeout": 20}]


def test_no_error_is_raised_when_a_message_cannot_be_hidden(logs: Logs) -> None:
    queue = SqsDouble(EndpointConnectionError(endpoint_url="https://sqs.invalid"))

    Visibility(cast(Any, queue)).hide(queue_batch("a")["Records"][0])

    assert [line["message"] for line in logs.lines] == ["Visibility timeout not changed"]


def test_backoff_of_a_hundred_receives_exceeds_15_hours() -> None:
    waits = [backoff_seconds(receive_count) for receive_count in range(1, 101)]

    assert waits[:3] == [5, 10, 20]
    assert waits == sorted(waits)
    assert max(waits) == 600
    assert sum(waits) > 15 * 3_600
