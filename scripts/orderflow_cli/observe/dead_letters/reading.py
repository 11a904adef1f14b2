"""Reads the messages of any dead-letter source, and chooses among them."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from orderflow_cli.environments import Cloud
from orderflow_cli.observe.dead_letters.buckets import BucketReader
from orderflow_cli.observe.dead_letters.messages import Message
from orderflow_cli.observe.dead_letters.queues import HIDDEN_SECONDS, QueueReader
from orderflow_cli.observe.dead_letters.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterator


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
