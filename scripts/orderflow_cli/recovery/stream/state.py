"""How things stand: what the table's stream shows, who writes to the table, who reads its stream."""

from dataclasses import dataclass

from orderflow_cli.environments import Cloud, resource_name

VIEW_TYPES = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
READABLE = "NEW_AND_OLD_IMAGES"
"""What the relay needs: it publishes what was before and what is after."""

WRITER, RELAY = "recorder", "relay"


@dataclass(frozen=True)
class Mapping:
    """An event source mapping. `state` and `result` are Lambda's own words for its state and its last result."""

    uuid: str
    function: str
    source_arn: str
    state: str
    result: str

    @property
    def failing(self) -> bool:
        return self.result.startswith(("PROBLEM", "FAILED"))


@dataclass(frozen=True)
class State:
    """`view_type` and `stream_arn` are those of the live stream, None when it is off; `ready`: no change goes on."""

    table: str
    ready: bool
    view_type: str | None
    stream_arn: str | None
    relay: str
    writers: tuple[Mapping, ...]
    readers: tuple[Mapping, ...]

    @property
    def paused(self) -> bool:
        """Whether nobody writes to the table."""
        return all(writer.state == "Disabled" for writer in self.writers)

    @property
    def running(self) -> bool:
        return all(writer.state == "Enabled" for writer in self.writers)

    @property
    def behind(self) -> tuple[Mapping, ...]:
        """Readers of a stream that is no longer the live one."""
        return tuple(reader for reader in self.readers if reader.source_arn != self.stream_arn)

    @property
    def left_over(self) -> tuple[Mapping, ...]:
        """Readers of a replaced stream whose function reads the live one too: no apply takes them away."""
        live = {reader.function for reader in self.readers if reader.source_arn == self.stream_arn}
        return tuple(one for one in self.behind if one.function in live and one.state != "Deleting")

    @property
    def attached(self) -> bool:
        """Whether the relay, and every other reader that there is, reads the live stream."""
        return not self.behind and any(reader.function == self.relay for reader in self.readers)


def read(cloud: Cloud) -> State:
    arn = cloud.parameter("orders_table_arn")
    name = arn.rpartition("/")[2]
    table = cloud.client("dynamodb").describe_table(TableName=name)["Table"]
    stream = table.get("StreamSpecification") or {}
    live = bool(stream.get("StreamEnabled"))
    mappings = _mappings(cloud)
    writer = f"{cloud.prefix}-{WRITER}"
    return State(
        table=name,
        ready=table["TableStatus"] == "ACTIVE",
        view_type=str(stream["StreamViewType"]) if live else None,
        stream_arn=str(table["LatestStreamArn"]) if live else None,
        relay=f"{cloud.prefix}-{RELAY}",
        writers=tuple(one for one in mappings if one.function == writer),
        readers=tuple(one for one in mappings if one.source_arn.startswith(f"{arn}/stream/")),
    )


def _mappings(cloud: Cloud) -> list[Mapping]:
    pages = cloud.client("lambda").get_paginator("list_event_source_mappings").paginate()
    return [
        Mapping(
            *(one["UUID"], resource_name(one["FunctionArn"]), one.get("EventSourceArn", ""), one["State"]),
            result=str(one.get("LastProcessingResult") or ""),
        )
        for page in pages
        for one in page["EventSourceMappings"]
    ]
