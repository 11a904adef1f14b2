"""The current state: the view type of the table's stream, the writers to the table and the readers of the stream."""

from dataclasses import dataclass

from orderflow_cli.environments import Cloud, resource_name

VIEW_TYPES = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
RELAY_VIEW_TYPE = "NEW_AND_OLD_IMAGES"
"""The view type that the relay needs, because it publishes the images before and after a change."""

RECORDER, RELAY = "recorder", "relay"


@dataclass(frozen=True)
class EventSourceMapping:
    """An event source mapping. `state` and `result` are the state and the last result that Lambda reports."""

    uuid: str
    function: str
    source_arn: str
    state: str
    result: str

    @property
    def is_failing(self) -> bool:
        return self.result.startswith(("PROBLEM", "FAILED"))


@dataclass(frozen=True)
class State:
    """The state of the table and its stream. `view_type` and `stream_arn` are None if the stream is off."""

    table: str
    is_table_active: bool
    view_type: str | None
    stream_arn: str | None
    relay: str
    writers: tuple[EventSourceMapping, ...]
    readers: tuple[EventSourceMapping, ...]

    @property
    def is_paused(self) -> bool:
        """Whether the recorder is paused, so no function writes to the table."""
        return all(writer.state == "Disabled" for writer in self.writers)

    @property
    def is_running(self) -> bool:
        return all(writer.state == "Enabled" for writer in self.writers)

    @property
    def stale_readers(self) -> tuple[EventSourceMapping, ...]:
        """The mappings that read a replaced stream."""
        return tuple(reader for reader in self.readers if reader.source_arn != self.stream_arn)

    @property
    def leftover_mappings(self) -> tuple[EventSourceMapping, ...]:
        """Mappings of a replaced stream that Terraform no longer manages; their functions also read the live stream."""
        functions = {reader.function for reader in self.readers if reader.source_arn == self.stream_arn}
        return tuple(one for one in self.stale_readers if one.function in functions and one.state != "Deleting")

    @property
    def is_attached(self) -> bool:
        """Whether the relay and every other reader read the live stream."""
        return not self.stale_readers and any(reader.function == self.relay for reader in self.readers)


def read(cloud: Cloud) -> State:
    table_arn = cloud.parameter("orders_table_arn")
    table_name = table_arn.rpartition("/")[2]
    table = cloud.client("dynamodb").describe_table(TableName=table_name)["Table"]
    stream = table.get("StreamSpecification") or {}
    is_enabled = bool(stream.get("StreamEnabled"))
    mappings = _mappings(cloud)
    writer = f"{cloud.prefix}-{RECORDER}"
    return State(
        table=table_name,
        is_table_active=table["TableStatus"] == "ACTIVE",
        view_type=str(stream["StreamViewType"]) if is_enabled else None,
        stream_arn=str(table["LatestStreamArn"]) if is_enabled else None,
        relay=f"{cloud.prefix}-{RELAY}",
        writers=tuple(one for one in mappings if one.function == writer),
        readers=tuple(one for one in mappings if one.source_arn.startswith(f"{table_arn}/stream/")),
    )


def _mappings(cloud: Cloud) -> list[EventSourceMapping]:
    pages = cloud.client("lambda").get_paginator("list_event_source_mappings").paginate()
    return [
        EventSourceMapping(
            *(one["UUID"], resource_name(one["FunctionArn"]), one.get("EventSourceArn", ""), one["State"]),
            result=str(one.get("LastProcessingResult") or ""),
        )
        for page in pages
        for one in page["EventSourceMappings"]
    ]
