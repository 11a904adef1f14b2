"""An environment that receives orders continuously: moto simulates AWS, except for the event source mappings.

`LambdaDouble` simulates the mappings: moto changes their state immediately, and does not keep a replaced stream.
Records are not stored, only counted: those written by the recorder, published by the relay, or lost to all readers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto.dynamodb.models import dynamodb_backends

from orderflow_cli.environments import Cloud
from orderflow_cli.recovery.stream.change import Limits, StreamChange
from tests.integration.scripts.conftest import ACCOUNT, REGION
from tests.support import tables

RECORDER, RELAY = "orderflow-dev-recorder", "orderflow-dev-relay"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orderflow-dev-intake"
BOTH_IMAGES = "NEW_AND_OLD_IMAGES"
LIMITS = Limits(mapping_timeout=60, table_timeout=60, drain_timeout=900, attach_timeout=60, min_idle_seconds=4)


@dataclass
class EventSourceMappingDouble:
    """An event source mapping; `reads_left` is the number of reads until its state has changed."""

    uuid: str
    function: str
    arn: str
    state: str = "Enabled"
    reads_left: int = 0
    result: str = "OK"

    def description(self) -> dict[str, Any]:
        function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function}"
        fields = {"UUID": self.uuid, "FunctionArn": function, "EventSourceArn": self.arn}
        return {**fields, "State": self.state, "LastProcessingResult": self.result}


class LambdaDouble:
    """A test double of the Lambda client; a mapping needs two reads to change between Enabled and Disabled."""

    def __init__(self) -> None:
        self.mappings: dict[str, EventSourceMappingDouble] = {}
        self._count = 0

    def add(self, function: str, arn: str, state: str = "Enabled") -> EventSourceMappingDouble:
        self._count += 1
        mapping = EventSourceMappingDouble(f"mapping-{self._count}", function, arn, state)
        self.mappings[mapping.uuid] = mapping
        return mapping

    def get_paginator(self, operation: str) -> "LambdaDouble":
        assert operation == "list_event_source_mappings"
        return self

    def paginate(self) -> Iterator[dict[str, Any]]:
        for mapping in self.mappings.values():
            if mapping.reads_left:
                mapping.reads_left -= 1
                if not mapping.reads_left:
                    mapping.state = {"Disabling": "Disabled", "Enabling": "Enabled"}[mapping.state]
            yield {"EventSourceMappings": [mapping.description()]}

    def update_event_source_mapping(self, *, UUID: str, Enabled: bool) -> None:  # noqa: N803 - boto3's names
        mapping = self.mappings[UUID]
        assert mapping.state in {"Enabled", "Disabled"}, "Lambda rejects an update while the mapping is still changing"
        mapping.state, mapping.reads_left = ("Enabling" if Enabled else "Disabling"), 2

    def get_function_configuration(self, *, FunctionName: str) -> dict[str, int]:  # noqa: N803
        return {"Timeout": {RECORDER: 15, RELAY: 60}[FunctionName]}


class ObservedClient:
    """An AWS client that lets a test interrupt a command before and after each call that changes the account."""

    WRITE_OPERATIONS = ("update_table", "update_event_source_mapping")

    def __init__(self, client: Any, account: "Account") -> None:
        self._client, self._account = client, account

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._client, name)
        if name not in self.WRITE_OPERATIONS:
            return attribute

        def call(**arguments: Any) -> Any:
            self._account.pass_checkpoint(f"before {name}")
            if name == "update_table":
                self._account.forget_disabled_stream(arguments["StreamSpecification"]["StreamEnabled"])
            response = attribute(**arguments)
            self._account.pass_checkpoint(f"after {name}")
            return response

        return call


@dataclass
class Account:
    """An AWS account whose relay publishes one record per `ticks_per_record` ticks. The `interruption`
    ("after update_table", 2) raises KeyboardInterrupt after the second call of update_table."""

    lambda_: LambdaDouble
    clients: dict[str, Any]
    now: datetime
    ticks_per_record: int = 1
    interruption: tuple[str, int] | None = None
    checkpoints: list[str] = field(default_factory=list)
    written_count: int = 0
    published_count: int = 0
    lost_count: int = 0
    unread_count_by_stream: dict[str, int] = field(default_factory=dict)
    ticks: int = 0
    on_tick: Callable[["Account"], object] = lambda account: None
    """Called once per tick, for changes from outside the command."""

    @property
    def cloud(self) -> Cloud:
        return Cloud("dev", self.client)

    def client(self, service: str) -> Any:
        client = self.lambda_ if service == "lambda" else self.clients[service]
        return ObservedClient(client, self)

    def change(self, view_type: str | None, **changes: Any) -> StreamChange:
        options = {"limits": LIMITS, "sleep": self.tick, "now": lambda: self.now, **changes}
        return StreamChange(self.cloud, view_type, **options)

    def run(self, view_type: str | None, **changes: Any) -> list[str]:
        """Perform all remaining steps, as the command does, and return their names."""
        change = self.change(view_type, **changes)
        steps = change.steps()
        for step in steps:
            change.perform(step)
        return [step.name for step in steps]

    def pass_checkpoint(self, name: str) -> None:
        self.checkpoints.append(name)
        if self.interruption == (name, self.checkpoints.count(name)):
            raise KeyboardInterrupt

    def tick(self, seconds: float) -> None:
        self.pass_checkpoint("sleep")
        self.now += timedelta(seconds=seconds)
        self.ticks += 1
        for mapping in list(self.lambda_.mappings.values()):
            self._write(mapping) if mapping.function == RECORDER else self._read(mapping)
        self.on_tick(self)

    def _write(self, recorder: EventSourceMappingDouble) -> None:
        # One invocation is still running when the mapping becomes Disabled.
        if recorder.state == "Disabled" and recorder.result == "over":
            return
        recorder.result = "over" if recorder.state == "Disabled" else "OK"
        self._record_invocation(RECORDER)
        self.written_count += 1
        if (stream_arn := self.stream()) is None:
            self.lost_count += 1
        else:
            self.unread_count_by_stream[stream_arn] = self.unread_count_by_stream.get(stream_arn, 0) + 1

    def _read(self, relay: EventSourceMappingDouble) -> None:
        unread_count = self.unread_count_by_stream.get(relay.arn, 0)
        if relay.state == "Enabled" and unread_count:
            self._record_invocation(relay.function)
            if self.ticks % self.ticks_per_record == 0:
                self.unread_count_by_stream[relay.arn] = unread_count - 1
                self.published_count += 1

    def _record_invocation(self, function: str) -> None:
        dimensions = [{"Name": "FunctionName", "Value": function}]
        datum = {"MetricName": "Invocations", "Dimensions": dimensions, "Timestamp": self.now, "Value": 1.0}
        self.clients["cloudwatch"].put_metric_data(Namespace="AWS/Lambda", MetricData=[datum])

    def stream(self) -> str | None:
        table = self.clients["dynamodb"].describe_table(TableName=tables.ORDERS)["Table"]
        enabled = (table.get("StreamSpecification") or {}).get("StreamEnabled")
        return str(table["LatestStreamArn"]) if enabled else None

    def view_type(self) -> str | None:
        table = self.clients["dynamodb"].describe_table(TableName=tables.ORDERS)["Table"]
        return (table.get("StreamSpecification") or {}).get("StreamViewType")

    def forget_disabled_stream(self, will_be_enabled: bool) -> None:
        """Make moto create a new stream, as AWS does; otherwise, it would enable the old one again."""
        table = dynamodb_backends[ACCOUNT][REGION].tables[tables.ORDERS]
        if will_be_enabled and not table.stream_specification["StreamEnabled"]:
            table.latest_stream_label = None

    def apply(self) -> None:
        """Act like `terraform apply`: enable the recorder's mapping, and replace the relay's if the stream is new."""
        stream_arn = self.stream()
        assert stream_arn is not None
        for mapping in list(self.lambda_.mappings.values()):
            if mapping.function == RECORDER and mapping.state == "Disabled":
                mapping.state = "Enabled"
            elif mapping.function == RELAY and mapping.arn != stream_arn:
                del self.lambda_.mappings[mapping.uuid]
                self.lost_count += self.unread_count_by_stream.pop(mapping.arn, 0)
        if not any(mapping.function == RELAY for mapping in self.lambda_.mappings.values()):
            self.lambda_.add(RELAY, stream_arn)

    def settle(self) -> None:
        """Let the relay read the remaining records while no more are written."""
        for mapping in self.lambda_.mappings.values():
            if mapping.function == RECORDER:
                mapping.state, mapping.result = "Disabled", "over"
        for _ in range(10_000):
            if not any(self.unread_count_by_stream.values()):
                return
            self.tick(1)
        raise AssertionError(f"the relay must read all records; unread: {self.unread_count_by_stream}")

    def has_lost_nothing(self) -> bool:
        self.settle()
        return self.lost_count == 0 and self.published_count == self.written_count > 0

    def recorder(self) -> EventSourceMappingDouble:
        return self._mapping(RECORDER)

    def relay(self) -> EventSourceMappingDouble:
        return self._mapping(RELAY)

    def _mapping(self, function: str) -> EventSourceMappingDouble:
        (mapping,) = (mapping for mapping in self.lambda_.mappings.values() if mapping.function == function)
        return mapping


@pytest.fixture
def account(aws: None) -> Account:
    clients = {name: boto3.client(name, region_name=REGION) for name in ("dynamodb", "ssm", "cloudwatch")}
    tables.create_table(clients["dynamodb"], tables.ORDERS)
    table = clients["dynamodb"].describe_table(TableName=tables.ORDERS)["Table"]
    clients["ssm"].put_parameter(Name="/orderflow/dev/orders_table_arn", Value=table["TableArn"], Type="String")
    account = Account(LambdaDouble(), clients, datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    account.lambda_.add(RECORDER, QUEUE_ARN)
    account.lambda_.add(RELAY, table["LatestStreamArn"])
    for _ in range(5):
        account.tick(1)
    account.checkpoints.clear()
    return account
