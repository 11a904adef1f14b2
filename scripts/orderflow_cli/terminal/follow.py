"""Follows events: on the local cloud on bus, topics and the table's stream; on AWS on the bus, through a rule that
is disabled by default and enabled while somebody follows."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orderflow_cli.environments import Cloud
from orderflow_cli.observe import events
from orderflow_cli.observe.events import TAP_MARK, Event, Tap, open_tap
from orderflow_cli.observe.snapshot import plain_item

STILL_SECONDS = 300.0
LATE_MS = 30_000
"""Maximum delay after which a line becomes readable later than a newer one."""


@dataclass(frozen=True)
class Filter:
    """A filter for events; None and empty match anything. `fields`: expected text by path, such as `data.status`."""

    types: Sequence[str] = ()
    order: str | None = None
    customer: str | None = None
    fields: Sequence[tuple[str, str]] = ()
    carriers: Sequence[str] = ()

    def takes(self, event: Event) -> bool:
        return (
            (not self.carriers or event.carrier in self.carriers)
            and (not self.types or event.type in self.types)
            and (self.order is None or event.order_id == self.order)
            and (self.customer is None or self.customer in _values(event.message, "customer_id"))
            and all(text in map(_text, _at(event.message, path.split("."))) for path, text in self.fields)
        )


def _values(node: Any, name: str) -> Iterator[str]:
    """Return the values of a field at any depth: an event has the customer within an order."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == name:
                yield _text(value)
            yield from _values(value, name)


def _at(node: Any, path: Sequence[str]) -> Iterator[Any]:
    if not path:
        yield node
    elif isinstance(node, Mapping) and path[0] in node:
        yield from _at(node[path[0]], path[1:])
    elif isinstance(node, list):
        for one in node:
            yield from _at(one, path)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class Stream:
    """The changes of the orders table, starting now.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"""

    def __init__(self, cloud: Cloud) -> None:
        self._client = cloud.client("dynamodbstreams")
        self._arn = cloud.parameter("orders_stream_arn")
        self._shards: dict[str, str | None] = {}
        self._find_shards("LATEST")

    def _find_shards(self, kind: str) -> None:
        for shard in self._client.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]:
            if shard["ShardId"] not in self._shards:
                asked = {"StreamArn": self._arn, "ShardId": shard["ShardId"], "ShardIteratorType": kind}
                self._shards[shard["ShardId"]] = self._client.get_shard_iterator(**asked)["ShardIterator"]

    def events(self) -> Iterator[Event]:
        for shard, iterator in list(self._shards.items()):
            if iterator:
                answer = self._client.get_records(ShardIterator=iterator)
                self._shards[shard] = answer.get("NextShardIterator")
                yield from map(_of_record, answer["Records"])
        if not all(self._shards.values()):
            self._find_shards("TRIM_HORIZON")


def _of_record(record: Mapping[str, Any]) -> Event:
    change = record["dynamodb"]
    image = plain_item(change.get("NewImage") or change.get("OldImage") or change["Keys"])
    at = change.get("ApproximateCreationDateTime")
    when = at if isinstance(at, datetime) else datetime.fromtimestamp(float(at or time.time()), UTC)
    names = (str(record["eventID"]), str(record["eventName"]))
    return Event("stream", "orders", *names, source="table orders", at=when, body={"data": image})


class Journal:
    """Reads the log group that the rule of an environment on AWS writes to."""

    def __init__(self, cloud: Cloud) -> None:
        self._logs = cloud.client("logs")
        self._events = cloud.client("events")
        self._bus = cloud.parameter("bus_name")
        self.rule, self.group = f"{cloud.prefix}{TAP_MARK}bus", f"/aws/events/{cloud.prefix}{TAP_MARK}bus"
        self._since = int(time.time() * 1000)
        self._seen: dict[str, int] = {}
        self._enabled_at = 0.0

    def enable(self) -> None:
        self._events.enable_rule(Name=self.rule, EventBusName=self._bus)
        self._enabled_at = time.monotonic()

    def disable(self) -> None:
        self._events.disable_rule(Name=self.rule, EventBusName=self._bus)

    def events(self) -> Iterator[Event]:
        if time.monotonic() - self._enabled_at > STILL_SECONDS:
            self.enable()  # the schedule may have disabled it meanwhile
        pages = self._logs.get_paginator("filter_log_events")
        for page in pages.paginate(logGroupName=self.group, startTime=self._since):
            for line in page["events"]:
                if line["eventId"] not in self._seen and (event := events.parse(line["message"], self._bus)):
                    self._seen[line["eventId"]] = line["timestamp"]
                    yield event
        self._since = max([self._since, *(at - LATE_MS for at in self._seen.values())])
        self._seen = {key: at for key, at in self._seen.items() if at >= self._since}


@contextmanager
def followed(cloud: Cloud, name: str) -> Iterator[Sequence[Tap | Stream | Journal]]:
    """Follow everything available for the duration of the block; temporary resources are removed."""
    if cloud.is_local:
        with open_tap(cloud, name) as tap:
            yield [tap, Stream(cloud)]
        return
    journal = Journal(cloud)
    journal.enable()
    try:
        yield [journal]
    finally:
        journal.disable()
