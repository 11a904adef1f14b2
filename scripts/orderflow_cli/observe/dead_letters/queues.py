"""Reads dead-letter queues. Messages that are not removed become visible again afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import batched
from typing import Any

from botocore.exceptions import ClientError

from orderflow_cli.observe import queues
from orderflow_cli.observe.dead_letters.messages import Message
from orderflow_cli.observe.dead_letters.sources import Source

VISIBILITY_TIMEOUT_SECONDS = 600
"""Visibility timeout during processing: if the process is killed, the message becomes visible again after that time."""

INSPECTION_SECONDS = 30
"""Visibility timeout of a message that is only inspected."""

MAX_EMPTY_POLLS = 2
"""A queue counts as empty after this many consecutive empty responses."""

MAX_STALE_POLLS = 50
"""A queue counts as fully read after this many consecutive responses without a new message."""


class QueueReader:
    """Reads the messages of one queue. Messages not removed become visible again at the end of the `messages` block."""

    def __init__(self, client: Any, source: Source, visibility_timeout: int = VISIBILITY_TIMEOUT_SECONDS) -> None:
        self._client = client
        self._visibility_timeout = visibility_timeout
        self._source = source
        self.url: str = client.get_queue_url(QueueName=source.container)["QueueUrl"]
        self._handles: dict[str, str] = {}

    def count(self) -> int:
        """Return the approximate number of messages, including those in flight."""
        return queues.count_messages(self._client, self.url)

    @contextmanager
    def messages(self, limit: int | None = None) -> Iterator[Iterator[Message]]:
        """Open an iterator over at most `limit` messages; messages not removed become visible again after the block."""
        try:
            yield self._receive(limit)
        finally:
            self._release_messages()

    def _receive(self, limit: int | None) -> Iterator[Message]:
        seen_ids: set[str] = set()
        empty_poll_count = stale_poll_count = 0
        while empty_poll_count < MAX_EMPTY_POLLS and stale_poll_count < MAX_STALE_POLLS and len(seen_ids) != limit:
            batch_size = 10 if limit is None else min(10, limit - len(seen_ids))
            response = self._client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=batch_size,
                VisibilityTimeout=self._visibility_timeout,
                WaitTimeSeconds=1,
                MessageAttributeNames=["All"],
                AttributeNames=["SentTimestamp"],
            )
            new_messages = [message for message in response.get("Messages", []) if message["MessageId"] not in seen_ids]
            empty_poll_count = 0 if response.get("Messages") else empty_poll_count + 1
            stale_poll_count = 0 if new_messages else stale_poll_count + 1
            self._handles |= {one["MessageId"]: one["ReceiptHandle"] for one in response.get("Messages", [])}
            for message in new_messages:
                seen_ids.add(message["MessageId"])
                yield self.to_message(message)

    def to_message(self, raw_message: dict[str, Any]) -> Message:
        """Convert a message of `ReceiveMessage`, or of the local cloud's queue view, whose timestamp is in seconds."""
        sent_ms_text = raw_message.get("Attributes", {}).get("SentTimestamp")
        seconds = int(sent_ms_text) / 1000 if sent_ms_text else raw_message.get("SentTimestamp")
        sent_at = datetime.fromtimestamp(seconds, UTC) if seconds else None
        handle, attributes = raw_message.get("ReceiptHandle", ""), raw_message.get("MessageAttributes", {})
        return Message(raw_message["MessageId"], self._source, raw_message["Body"], handle, sent_at, attributes)

    def remove(self, message: Message) -> None:
        self._client.delete_message(QueueUrl=self.url, ReceiptHandle=self._handles.get(message.id, message.handle))
        self._handles.pop(message.id, None)

    def _release_messages(self) -> None:
        for batch in batched(self._handles.values(), 10, strict=False):
            entries = [{"Id": str(n), "ReceiptHandle": one, "VisibilityTimeout": 0} for n, one in enumerate(batch)]
            # A message that is not released becomes visible later anyway; a read-only role cannot release it.
            with suppress(ClientError):
                self._client.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)
        self._handles.clear()
