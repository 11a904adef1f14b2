"""Reads the messages of any dead-letter source, and chooses among them."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from orderflow_cli.environments import Cloud
from orderflow_cli.observe.dead_letters.messages import Message
from orderflow_cli.observe.dead_letters.queues import HIDDEN_SECONDS, QueueReader
from orderflow_cli.observe.dead_letters.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterator
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Reader(Protocol):
    def count(self) -> int: ...

    def messages(self, limit: int | None = None) -> "AbstractContextManager[Iterator[Message]]": ...

    def remove(self, message: Message) -> None: ...


def reader(cloud: Cloud, source: Source, hidden_seconds: int = HIDDEN_SECONDS) -> Reader:
    if source.is_bucket:
        return BucketReader(cloud.client("s3"), source)
    return QueueReader(cloud.client("sqs"), source, hidden_seconds)


@dataclass(frozen=True)
class Wanted:
    """Which messages; None means all."""

    reason: str | None = None
    order: str | None = None
    since: datetime | None = None
    id: str | None = None

    def includes(self, message: Message) -> bool:
        return (
            (self.reason is None or message.reason.casefold() == self.reason.casefold())
            and (self.order is None or self.order in message.orders)
            and (self.since is None or (message.at is not None and message.at >= self.since))
            and (self.id is None or message.id == self.id)
        )


PREFIXES = ("aws/lambda/", "quarantine/")


class BucketReader:
    """Messages of one bucket, older ones first within a prefix and shard, as their keys are dates."""

    def __init__(self, client: Any, source: Source) -> None:
        self._client = client
        self._source = source

    def _objects(self) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("list_objects_v2")
        for prefix in PREFIXES:
            for page in pages.paginate(Bucket=self._source.container, Prefix=prefix):
                yield from page.get("Contents", [])

    def count(self) -> int:
        return sum(1 for _ in self._objects())

    @contextmanager
    def messages(self, limit: int | None = None) -> Iterator[Iterator[Message]]:
        """Each message once, up to `limit`."""
        yield self._read(limit)

    def _read(self, limit: int | None) -> Iterator[Message]:
        for number, found in enumerate(list(self._objects())):
            if limit is not None and number >= limit:
                return
            answer = self._client.get_object(Bucket=self._source.container, Key=found["Key"])
            # The tag is of the content: an object that is written again under its key is another message.
            yield Message(
                id=f"{found['Key']}#{answer['ETag'].strip(chr(34))}",
                source=self._source,
                body=answer["Body"].read().decode("utf-8", "replace"),
                handle=found["Key"],
                at=found["LastModified"],
            )

    def remove(self, message: Message) -> None:
        """Delete the object unless it was written again meanwhile."""
        found = self._client.head_object(Bucket=self._source.container, Key=message.handle)
        if message.id == f"{message.handle}#{found['ETag'].strip(chr(34))}":
            self._client.delete_object(Bucket=self._source.container, Key=message.handle)
