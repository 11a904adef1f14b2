"""Sets the visibility timeout of a message to retry, with exponential backoff that starts at a few seconds.

Lambda does not slow down its polling when a function reports failures, and a failed message would otherwise stay hidden
for the queue's visibility timeout. A message reaches the dead-letter queue only if its consumer fails
for longer than the sum of the message's timeouts (docs/outages.md).
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from common.aws import failure_code
from common.observability import log_fields, logger

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

FIRST_TIMEOUT_SECONDS = 5
MAX_TIMEOUT_SECONDS = 600


class Visibility:
    """Changes the visibility timeout of messages in any queue."""

    def __init__(self, client: "SQSClient") -> None:
        self._client = client

    def hide(self, record: Mapping[str, Any]) -> None:
        """Hide a message that is to be retried; if the call fails, the queue's visibility timeout applies."""
        try:
            self._client.change_message_visibility(
                QueueUrl=self._queue_url(record["eventSourceARN"]),
                ReceiptHandle=record["receiptHandle"],
                VisibilityTimeout=backoff_seconds(int(record["attributes"]["ApproximateReceiveCount"])),
            )
        except (BotoCoreError, ClientError) as error:
            logger.warning("Visibility timeout not changed", extra=log_fields(error=failure_code(error)))

    def _queue_url(self, queue_arn: str) -> str:
        _, _, _, _, account_id, name = queue_arn.split(":")
        return f"{self._client.meta.endpoint_url}/{account_id}/{name}"


def backoff_seconds(receive_count: int) -> int:
    """Return the visibility timeout in seconds of a message after this number of receives."""
    return int(min(MAX_TIMEOUT_SECONDS, FIRST_TIMEOUT_SECONDS * 2 ** min(receive_count - 1, 30)))
