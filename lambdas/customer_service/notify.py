"""Sends notices to the topic that people subscribe to."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, HTTPClientError

from common.errors import PermanentError, TransientError
from common.observability import count
from common.publisher import RetryPolicy
from common.publisher.failure import Refusal, refusal_of_call
from common.publisher.retry import Entry, Limits, deliver
from customer_service.notices import Notice

if TYPE_CHECKING:
    from mypy_boto3_sns.client import SNSClient

_ONE = Limits(entries=1, size=262_144)


class Notices:
    """Publishes plain text with the attributes `kind`, `order_id` and `version`; the last two together identify it."""

    def __init__(self, client: "SNSClient", topic_arn: str, policy: RetryPolicy | None = None) -> None:
        self._client = client
        self._topic_arn = topic_arn
        self._policy = policy or RetryPolicy()

    def send(self, notice: Notice, remaining_ms: Callable[[], int]) -> None:
        """Send a notice, retrying for as long as `remaining_ms()` allows.

        Raises:
            PermanentError: SNS takes no such message.
            TransientError: it could not be sent, for a reason that lies elsewhere.
        """
        entry = Entry(0, notice, len(notice.text.encode()))
        refusal = deliver([entry], self._send, _ONE, self._policy, remaining_ms).get(0)
        if refusal is None:
            return
        if refusal.kind == "invalid":
            raise PermanentError("notice_invalid", refusal.detail)
        raise TransientError(f"notice_{refusal.kind}", refusal.detail)

    def _send(self, notices: Sequence[Notice]) -> list[Refusal | None]:
        (notice,) = notices
        attributes = {"kind": notice.kind, "order_id": notice.order_id, "version": str(notice.version)}
        try:
            answer = self._client.publish(
                TopicArn=self._topic_arn,
                Message=notice.text,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
                },
            )
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, HTTPClientError) and not isinstance(error, EndpointConnectionError):
                # It may have been sent: if so, the next attempt sends it a second time.
                count("NoticeAnswersLost")
            return [refusal_of_call(error)]
        return [None if answer.get("MessageId") else Refusal("unavailable", "SNS answered without a message id")]
