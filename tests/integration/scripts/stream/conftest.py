"""An environment that keeps receiving orders: table, parameters and metrics in moto, event source mappings in a double.

moto's mappings change state immediately and know no old stream, so the double has Lambda's intermediate states. Records
are counted, not written: `written` by the recorder, `published` by the relay, `lost` if no reader can read them now."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto.dynamodb.models import dynamodb_backends

from orderflow_cli.environments import Cloud
from orderflow_cli.recovery.stream.toggle import Limits, Toggle
from tests.integration.scripts.conftest import ACCOUNT, REGION
from tests.support import tables

RECORDER, RELAY = "orderflow-dev-recorder", "orderflow-dev-relay"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orderflow-dev-intake"
BOTH = "NEW_AND_OLD_IMAGES"
LIMITS = Limits(mapping=60, table=60, drain=900, attach=60, quiet=4)


@dataclass
class Source:
    """An event source mapping, and the number of records of its stream that it has not read yet."""

    uuid: str
    function: str
    arn: str
    state: str = "Enabled"
    settling: int = 0
    result: str = "OK"

    def described(self) -> dict[str, Any]:
        function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function}"
        about = {"UUID": self.uuid, "FunctionArn": function, "EventSourceArn": self.arn}
        return {**about, "State": self.state, "LastProcessingResult": self.result}


class Lambda:
    """A double of Lambda whose mappings change between Enabled and Disabled after two reads."""

    def __init__(self) -> None:
        self.mappings: dict[str, Source] = {}
        self._made = 0

    def add(self, function: str, arn: str, state: str = "Enabled") -> Source:
        self._made += 1
        made = Source(f"mapping-{self._made}", function, arn, state)
        self.mappings[made.uuid] = made
        return made

    def get_paginator(self, operation: str) -> "Lambda":
        assert operation == "list_event_source_mappings"
        return self

    def paginate(self) -> Iterator[dict[str, Any]]:
        for mapping in self.mappings.values():
            if mapping.settling:
                mapping.settling -= 1
                if not mapping.settling:
                    mapping.state = {"Disabling": "Disabled", "Enabling": "Enabled"}[mapping.state]
            yield {"EventSourceMappings": [mapping.described()]}

    def update_event_source_mapping(self, *, UUID: str, Enabled: bool) -> None:  # noqa: N803 - as boto3 has them
        mapping = self.mappings[UUID]
        assert mapping.state in {"Enabled", "Disabled"}, "Lambda refuses a mapping that is still changing"
        mapping.state, mapping.settling = ("Enabling" if Enabled else "Disabling"), 2

    def get_function_configuration(self, *, FunctionName: str) -> dict[str, int]:  # noqa: N803
        return {"Timeout": {RECORDER: 15, RELAY: 60}[FunctionName]}


class ObservedClient:
    """A client that calls `before(name)` and `after(name)` around each writing call."""

    CHANGES = ("update_table", "update_event_source_mapping")

    def __init__(self, client: Any, account: "Account") -> None:
        self._client, self._account = client, account

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in self.CHANGES:
            return found

        def call(**arguments: Any) -> Any:
            self._account.point(f"before {name}")
            if name == "update_table":
                self._account.stream_changes(arguments["StreamSpecification"]["StreamEnabled"])
            answer = found(**arguments)
            self._account.point(f"after {name}")
            return answer

        return call


@dataclass
class Account:
    """An AWS account whose relay needs `busy` ticks per record; `interrupt_at` has the point to interrupt, and which of
    its occurrences, counted from 1."""

    lambda_: Lambda
    clients: dict[str, Any]
    now: datetime
    busy: int = 1
    interrupt_at: tuple[str, int] | None = None
    points: list[str] = field(default_factory=list)
    written: int = 0
    published: int = 0
    lost: int = 0
    unread: dict[str, int] = field(default_factory=dict)
    ticks: int = 0
    elsewhere: Callable[["Account"], object] = lambda account: None
    """What others do, once a tick."""

    @property
    def cloud(self) -> Cloud:
        return Cloud("dev", self.client)

    def client(self, service: str) -> Any:
        found = self.lambda_ if service == "lambda" else self.clients[service]
        return ObservedClient(found, self)

    def toggle(self, wanted: str | None, **changes: Any) -> Toggle:
        given = {"limits": LIMITS, "sleep": self.tick, "now": lambda: self.now, **changes}
        return Toggle(self.cloud, wanted, **given)

    def run(self, wanted: str | None, **changes: Any) -> list[str]:
        """Take all remaining steps, as the command does, and return their names."""
        toggle = self.toggle(wanted, **changes)
        left = toggle.steps()
        for step in left:
            toggle.take(step)
        return [step.name for step in left]

    def point(self, name: str) -> None:
        self.points.append(name)
        if self.interrupt_at == (name, self.points.count(name)):
            raise KeyboardInterrupt

    def tick(self, seconds: float) -> None:
        self.point("sleep")
        self.now += timedelta(seconds=seconds)
        self.ticks += 1
        for mapping in list(self.lambda_.mappings.values()):
            self._write(mapping) if mapping.function == RECORDER else self._read(mapping)
        self.elsewhere(self)

    def _write(self, recorder: Source) -> None:
        # One invocation is still running when the mapping becomes Disabled.
        if recorder.state == "Disabled" and recorder.result == "over":
            return
        recorder.result = "over" if recorder.state == "Disabled" else "OK"
        self._invoked(RECORDER)
        self.written += 1
        if (live := self.stream()) is None:
            self.lost += 1
        else:
            self.unread[live] = self.unread.get(live, 0) + 1

    def _read(self, relay: Source) -> None:
        waiting = self.unread.get(relay.arn, 0)
        if relay.state == "Enabled" and waiting:
            self._invoked(relay.function)
            if self.ticks % self.busy == 0:
                self.unread[relay.arn] = waiting - 1
                self.published += 1

    def _invoked(self, function: str) -> None:
        dimensions = [{"Name": "FunctionName", "Value": function}]
        datum = {"MetricName": "Invocations", "Dimensions": dimensions, "Timestamp": self.now, "Value": 1.0}
        self.clients["cloudwatch"].put_metric_data(Namespace="AWS/Lambda", MetricData=[datum])

    def stream(self) -> str | None:
        table = self.clients["dynamodb"].describe_table(TableName=tables.ORDERS)["Table"]
        live = (table.get("StreamSpecification") or {}).get("StreamEnabled")
        return str(table["LatestStreamArn"]) if live else None

    def shown(self) -> str | None:
        table = self.clients["dynamodb"].describe_table(TableName=tables.ORDERS)["Table"]
        return (table.get("StreamSpecification") or {}).get("StreamViewType")

    def stream_changes(self, on: bool) -> None:
        """moto enables a stream that was turned off again; AWS creates a new one."""
        table = dynamodb_backends[ACCOUNT][REGION].tables[tables.ORDERS]
        if on and not table.stream_specification["StreamEnabled"]:
            table.latest_stream_label = None

    def terraform(self) -> None:
        """What an apply does: the recorder as it is planned, and the relay's mapping replaced where the ARN is new."""
        live = self.stream()
        assert live is not None
        for mapping in list(self.lambda_.mappings.values()):
            if mapping.function == RECORDER and mapping.state == "Disabled":
                mapping.state = "Enabled"
            elif mapping.function == RELAY and mapping.arn != live:
                del self.lambda_.mappings[mapping.uuid]
                self.lost += self.unread.pop(mapping.arn, 0)
        if not any(mapping.function == RELAY for mapping in self.lambda_.mappings.values()):
            self.lambda_.add(RELAY, live)

    def settle(self) -> None:
        """Let the relay read the remaining records while no more are written."""
        for mapping in self.lambda_.mappings.values():
            if mapping.function == RECORDER:
                mapping.state, mapping.result = "Disabled", "over"
        for _ in range(10_000):
            if not any(self.unread.values()):
                return
            self.tick(1)
        raise AssertionError(f"the relay does not get to the end: {self.unread}")

    def nothing_lost(self) -> bool:
        self.settle()
        return self.lost == 0 and self.published == self.written > 0

    def recorder(self) -> Source:
        return self._mapping(RECORDER)

    def relay(self) -> Source:
        return self._mapping(RELAY)

    def _mapping(self, function: str) -> Source:
        (found,) = (mapping for mapping in self.lambda_.mappings.values() if mapping.function == function)
        return found


@pytest.fixture
def account(aws: None) -> Account:
    clients = {name: boto3.client(name, region_name=REGION) for name in ("dynamodb", "ssm", "cloudwatch")}
    tables.create_table(clients["dynamodb"], tables.ORDERS)
    table = clients["dynamodb"].describe_table(TableName=tables.ORDERS)["Table"]
    clients["ssm"].put_parameter(Name="/orderflow/dev/orders_table_arn", Value=table["TableArn"], Type="String")
    made = Account(Lambda(), clients, datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    made.lambda_.add(RECORDER, QUEUE)
    made.lambda_.add(RELAY, table["LatestStreamArn"])
    for _ in range(5):
        made.tick(1)
    made.points.clear()
    return made
