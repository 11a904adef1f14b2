"""Publishes customer notices to the notices topic, whose subscribers are people."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import EndpointConnectionError, HTTPClientError

from common.errors import ClassifiedError, PermanentError, TransientError
from common.observability import count
from common.publisher import RetryPolicy
from common.publisher.failure import Refusal
from common.publisher.prepare import CallError, isolate_failures
from common.publisher.retry import Entry, deliver
from common.publisher.topic import LIMITS, batch_entry, message_size, publish_batch
from customer_service.notices import Notice
from customer_service.sent_notices import SentNotices

if TYPE_CHECKING:
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_sns.type_defs import PublishBatchRequestEntryTypeDef


class NoticePublisher:
    """Publishes notices as plain text with the attributes `kind`, `order_id` and `version`."""

    def __init__(self, client: "SNSClient", topic_arn: str, policy: RetryPolicy | None = None) -> None:
        self._client = client
        self._topic_arn = topic_arn
        self._policy = policy or RetryPolicy()

    def send(self, notices: Sequence[Notice], remaining_ms: Callable[[], int]) -> list[ClassifiedError | None]:
        """Send notices in batches, retrying as long as `remaining_ms()` allows; return an error or None per notice.

        PermanentError: SNS rejects the message as invalid. TransientError: sending failed for a reason unrelated to
        the notice."""
        entries = []
        for index, notice in enumerate(notices):
            values = {"kind": notice.kind, "order_id": notice.order_id, "version": str(notice.version)}
            entries.append(Entry(index, batch_entry(index, notice.text, values), message_size(notice.text, values)))
        refusals = deliver(entries, isolate_failures(self._send), LIMITS, self._policy, remaining_ms)
        return [_classify_refusal(refusals.get(index)) for index in range(len(notices))]

    def _send(self, entries: "Sequence[PublishBatchRequestEntryTypeDef]") -> list[Refusal | None]:
        try:
            return publish_batch(self._client, self._topic_arn, entries)
        except CallError as call_error:
            error = call_error.__cause__
            if isinstance(error, HTTPClientError) and not isinstance(error, EndpointConnectionError):
                # SNS may have sent these notices; then the next attempt sends them a second time.
                count("NoticeAnswersLost", len(entries))
            raise


def _classify_refusal(refusal: Refusal | None) -> ClassifiedError | None:
    if refusal is None:
        return None
    if refusal.kind == "invalid":
        return PermanentError("notice_invalid", refusal.detail)
    return TransientError(f"notice_{refusal.kind}", refusal.detail)


class NoticeBatch:
    """The notices of one invocation, sent up to ten per call; each is leased until it is sent."""

    def __init__(self, publisher: NoticePublisher, sent_notices: SentNotices, remaining_ms: Callable[[], int]) -> None:
        self._publisher = publisher
        self._sent_notices = sent_notices
        self._remaining_ms = remaining_ms
        self._pending_notices: list[Notice] = []
        self._outcomes: dict[Notice, ClassifiedError | None] = {}

    def add(self, notice: Notice) -> None:
        """Add a notice to send; the caller must have acquired the notice's lease."""
        self._pending_notices.append(notice)

    def has_notice(self, order_id: str) -> bool:
        return any(notice.order_id == order_id for notice in self._pending_notices)

    def send(self) -> None:
        """Send all pending notices, and release their leases or record them as sent."""
        notices, self._pending_notices = self._pending_notices, []
        # After a crash at this point the notices are sent a second time: better twice than never.
        for notice, error in zip(notices, self._publisher.send(notices, self._remaining_ms), strict=True):
            try:
                (self._sent_notices.release_lease if error else self._sent_notices.record)(notice)
                self._outcomes[notice] = error
            except ClassifiedError as record_error:
                self._outcomes[notice] = error or record_error

    def finish(self, notice: Notice) -> None:
        """Send the notice if it is still pending; raise the error if it could not be sent or recorded."""
        if notice in self._pending_notices:
            self.send()
        if error := self._outcomes[notice]:
            raise error
