"""Reads the messages of any dead-letter source, a queue or a bucket, and summarizes them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from orderflow_cli.environments import Cloud
from orderflow_cli.observe import queues
from orderflow_cli.observe.dead_letters.messages import Message
from orderflow_cli.observe.dead_letters.queues import INSPECTION_SECONDS, VISIBILITY_TIMEOUT_SECONDS, QueueReader
from orderflow_cli.observe.dead_letters.sources import Source

type Reader = BucketReader | QueueReader


def reader(cloud: Cloud, source: Source, visibility_timeout: int = VISIBILITY_TIMEOUT_SECONDS) -> Reader:
    if source.is_bucket:
        return BucketReader(cloud.client("s3"), source)
    return QueueReader(cloud.client("sqs"), source, visibility_timeout)


@dataclass(frozen=True)
class MessageFilter:
    """A filter for dead-letter messages. A field that is None matches any message."""

    reason: str | None = None
    order: str | None = None
    since: datetime | None = None
    id: str | None = None

    def matches(self, message: Message) -> bool:
        return (
            (self.reason is None or message.reason.casefold() == self.reason.casefold())
            and (self.order is None or self.order in message.orders)
            and (self.since is None or (message.at is not None and message.at >= self.since))
            and (self.id is None or message.id == self.id)
        )


_PREFIXES = ("aws/lambda/", "quarantine/")


class BucketReader:
    """Reads one bucket: Lambda's records, whose keys sort by shard and date, and then the quarantined messages."""

    def __init__(self, client: Any, source: Source) -> None:
        self._client = client
        self._source = source

    def _objects(self) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("list_objects_v2")
        for prefix in _PREFIXES:
            for page in pages.paginate(Bucket=self._source.container, Prefix=prefix):
                yield from page.get("Contents", [])

    def count(self) -> int:
        return sum(1 for _ in self._objects())

    @contextmanager
    def messages(self, limit: int | None = None) -> Iterator[Iterator[Message]]:
        """Open an iterator over at most `limit` messages."""
        yield self._read(limit)

    def _read(self, limit: int | None) -> Iterator[Message]:
        for number, item in enumerate(list(self._objects())):
            if limit is not None and number >= limit:
                return
            response = self._client.get_object(Bucket=self._source.container, Key=item["Key"])
            # The ETag identifies the content: an object that was overwritten is another message.
            message_id = f"{item['Key']}#{response['ETag'].strip(chr(34))}"
            body = response["Body"].read().decode("utf-8", "replace")
            yield Message(message_id, self._source, body, item["Key"], item["LastModified"])

    def remove(self, message: Message) -> None:
        """Delete the object unless it was overwritten in the meantime."""
        response = self._client.head_object(Bucket=self._source.container, Key=message.handle)
        if message.id == f"{message.handle}#{response['ETag'].strip(chr(34))}":
            self._client.delete_object(Bucket=self._source.container, Key=message.handle)


SAMPLE_SIZE = 10
"""Maximum number of messages sampled from a source for age and reasons; reading a full queue would take minutes."""

SEARCH_LIMIT = 200
"""Maximum number of messages read from a source when searching for an order or a reason."""


@dataclass(frozen=True)
class SourceSummary:
    """A source and its number of messages; ``oldest_at`` and ``reasons`` (number by reason) come from a sample."""

    source: Source
    message_count: int
    oldest_at: datetime | None = None
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def reasons_text(self) -> str:
        """The reasons in one line: `unknown_sku, 3 received_too_often`."""
        return ", ".join(f"{number} {reason}" if number > 1 else reason for reason, number in self.reasons.items())


def summarize(cloud: Cloud, sources: Iterable[Source]) -> list[SourceSummary]:
    """Return one summary per source, including empty ones."""
    summaries = []
    for source in sources:
        count = reader(cloud, source).count()
        messages = sample(cloud, source, SAMPLE_SIZE) if count else []
        oldest_at = min((message.at for message in messages if message.at), default=None)
        summaries.append(SourceSummary(source, count, oldest_at, Counter(message.reason for message in messages)))
    return summaries


def find_by_order(cloud: Cloud, sources: Iterable[Source], order_id: str) -> list[Message]:
    """Return the messages with this order id, among the first SEARCH_LIMIT of each source."""
    nonempty_sources = [source for source in sources if reader(cloud, source).count()]
    return [one for source in nonempty_sources for one in sample(cloud, source, SEARCH_LIMIT) if order_id in one.orders]


def sample(cloud: Cloud, source: Source, limit: int) -> list[Message]:
    """Return up to `limit` messages of a source. A queue on AWS hides them from other consumers for up to 30 s."""
    source_reader = reader(cloud, source, INSPECTION_SECONDS)
    if isinstance(source_reader, QueueReader) and cloud.is_local:
        return [source_reader.to_message(one) for one in islice(queues.peek(cloud, source_reader.url), limit)]
    with source_reader.messages(limit) as messages:
        return list(messages)
