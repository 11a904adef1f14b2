"""Follows events: on the local cloud, those of the bus, the topics and the table's stream; on AWS, those of the bus,
through a rule that is enabled only while a command follows events."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orderflow_cli.environments import Cloud
from orderflow_cli.observe import events
from orderflow_cli.observe.events import OBSERVER_INFIX, Event, EventQueue, open_event_queue
from orderflow_cli.observe.snapshot import to_plain_item

REENABLE_SECONDS = 300.0
MAX_LOG_DELAY_MS = 30_000
"""CloudWatch Logs may return a line up to this long after newer lines."""


@dataclass(frozen=True)
class Filter:
    """A filter for events. `fields`: text by path, such as `data.status`; `carriers`: `bus`, `topic` or `stream`."""

    types: Sequence[str] = ()
    order: str | None = None
    customer: str | None = None
    fields: Sequence[tuple[str, str]] = ()
    carriers: Sequence[str] = ()

    def matches(self, event: Event) -> bool:
        return (
            (not self.carriers or event.carrier in self.carriers)
            and (not self.types or event.type in self.types)
            and (self.order is None or event.order_id == self.order)
            and (self.customer is None or self.customer in _find_values_by_name(event.message, "customer_id"))
            and all(text in map(_to_text, _find_values(event.message, path.split("."))) for path, text in self.fields)
        )


def _find_values_by_name(node: Any, name: str) -> Iterator[str]:
    """Yield the values of a field at any depth, because an event's customer id is inside its order."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == name:
                yield _to_text(value)
            yield from _find_values_by_name(value, name)


def _find_values(node: Any, path: Sequence[str]) -> Iterator[Any]:
    if not path:
        yield node
    elif isinstance(node, Mapping) and path[0] in node:
        yield from _find_values(node[path[0]], path[1:])
    elif isinstance(node, list):
        for item in node:
            yield from _find_values(item, path)


def _to_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class Stream:
    """Reads the DynamoDB stream of the orders table, starting with new records.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"""

    def __init__(self, cloud: Cloud) -> None:
        self._client = cloud.client("dynamodbstreams")
        self._arn = cloud.parameter("orders_stream_arn")
        self._shards: dict[str, str | None] = {}
        self._add_shards("LATEST")

    def _add_shards(self, iterator_type: str) -> None:
        for shard in self._client.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]:
            if shard["ShardId"] not in self._shards:
                request = {"StreamArn": self._arn, "ShardId": shard["ShardId"], "ShardIteratorType": iterator_type}
                self._shards[shard["ShardId"]] = self._client.get_shard_iterator(**request)["ShardIterator"]

    def events(self) -> Iterator[Event]:
        for shard, iterator in list(self._shards.items()):
            if iterator:
                response = self._client.get_records(ShardIterator=iterator)
                self._shards[shard] = response.get("NextShardIterator")
                yield from map(_parse_record, response["Records"])
        if not all(self._shards.values()):
            self._add_shards("TRIM_HORIZON")


def _parse_record(record: Mapping[str, Any]) -> Event:
    change = record["dynamodb"]
    image = to_plain_item(change.get("NewImage") or change.get("OldImage") or change["Keys"])
    at = change.get("ApproximateCreationDateTime")
    created_at = at if isinstance(at, datetime) else datetime.fromtimestamp(float(at or time.time()), UTC)
    id_and_type = (str(record["eventID"]), str(record["eventName"]))
    return Event("stream", "orders", *id_and_type, source="table orders", at=created_at, body={"data": image})


class BusLog:
    """Reads the log group to which the rule of an environment on AWS writes events."""

    def __init__(self, cloud: Cloud) -> None:
        self._logs = cloud.client("logs")
        self._events = cloud.client("events")
        self._bus = cloud.parameter("bus_name")
        self.rule = f"{cloud.prefix}{OBSERVER_INFIX}bus"
        self._since = int(time.time() * 1000)
        self._seen: dict[str, int] = {}
        self._enabled_at = 0.0

    def enable(self) -> None:
        self._events.enable_rule(Name=self.rule, EventBusName=self._bus)
        self._enabled_at = time.monotonic()

    def disable(self) -> None:
        self._events.disable_rule(Name=self.rule, EventBusName=self._bus)

    def events(self) -> Iterator[Event]:
        if time.monotonic() - self._enabled_at > REENABLE_SECONDS:
            self.enable()  # the schedule may have disabled the rule in the meantime
        pages = self._logs.get_paginator("filter_log_events")
        for page in pages.paginate(logGroupName=f"/aws/events/{self.rule}", startTime=self._since):
            for line in page["events"]:
                if line["eventId"] not in self._seen and (event := events.parse(line["message"], self._bus)):
                    self._seen[line["eventId"]] = line["timestamp"]
                    yield event
        self._since = max([self._since, *(at - MAX_LOG_DELAY_MS for at in self._seen.values())])
        self._seen = {key: at for key, at in self._seen.items() if at >= self._since}


@contextmanager
def follow(cloud: Cloud, name: str) -> Iterator[Sequence[EventQueue | Stream | BusLog]]:
    """Follow every available source for the duration of the block, then delete the event queue or disable the rule."""
    if cloud.is_local:
        with open_event_queue(cloud, name) as event_queue:
            yield [event_queue, Stream(cloud)]
        return
    bus_log = BusLog(cloud)
    bus_log.enable()
    try:
        yield [bus_log]
    finally:
        bus_log.disable()
