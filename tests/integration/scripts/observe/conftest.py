"""An environment in moto with logs, queues, an orders table, and the parameters that Terraform publishes."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.integration.scripts.conftest import ACCOUNT, REGION, Account
from tests.support import tables

PREFIX = "orderflow-dev"
FUNCTIONS = ("recorder", "relay", "finance")


class LambdaDouble:
    """A test double of the Lambda client with one item per page; functions in moto would need roles and code."""

    def __init__(self) -> None:
        self.mappings = {"finance": "Enabled"}

    def get_paginator(self, operation: str) -> Any:
        function, queue = f"lambda:{REGION}:{ACCOUNT}:function:{PREFIX}", f"sqs:{REGION}:{ACCOUNT}:{PREFIX}"
        mappings = [
            {"UUID": name, "State": state}
            | {"FunctionArn": f"arn:aws:{function}-{name}", "EventSourceArn": f"arn:aws:{queue}-{name}"}
            for name, state in self.mappings.items()
        ]
        pages: dict[str, list[Any]] = {
            "list_functions": [{"Functions": [{"FunctionName": f"{PREFIX}-{name}"}]} for name in FUNCTIONS],
            "list_event_source_mappings": [{"EventSourceMappings": [mapping]} for mapping in mappings],
        }
        return SimpleNamespace(paginate=lambda **_: pages[operation])


class Environment(Account):
    """An environment: commands read `cloud`, and the methods add data."""

    def __init__(self) -> None:
        self.functions = LambdaDouble()
        super().__init__(self.functions)
        bus, topic = f"{PREFIX}-orders", f"{PREFIX}-order-changes"
        self.client("events").create_event_bus(Name=bus)
        arn = self.client("sns").create_topic(Name=topic)["TopicArn"]
        tables.create_table(self.client("dynamodb"), tables.ORDERS)
        for name in ("finance", "finance-dlq"):
            self.client("sqs").create_queue(QueueName=f"{PREFIX}-{name}")
        table = self.client("dynamodb").describe_table(TableName=tables.ORDERS)["Table"]["TableArn"]
        parameters = {
            "bus_name": bus,
            "topic_arn": arn,
            "notices_topic_arn": arn,
            "orders_table_arn": table,
            "dead-letters/queue/finance": json.dumps({"queue": f"{PREFIX}-finance-dlq", "to": f"{PREFIX}-finance"}),
        }
        for name, value in parameters.items():
            self.client("ssm").put_parameter(Name=f"/orderflow/dev/{name}", Value=value, Type="String")
        for name in FUNCTIONS[:2]:  # the third was never invoked
            group = f"/aws/lambda/{PREFIX}-{name}"
            self.client("logs").create_log_group(logGroupName=group)
            self.client("logs").create_log_stream(logGroupName=group, logStreamName="one")

    def log(self, function: str, line: str | dict[str, Any], age: timedelta = timedelta(seconds=5)) -> None:
        at = datetime.now(UTC) - age
        text = line if isinstance(line, str) else json.dumps({"timestamp": at.isoformat(), **line})
        event = {"timestamp": int(at.timestamp() * 1000), "message": text}
        self.client("logs").put_log_events(
            logGroupName=f"/aws/lambda/{PREFIX}-{function}", logStreamName="one", logEvents=[event]
        )

    def order(self, order_id: str, status: str, age: timedelta = timedelta(), **fields: Any) -> None:
        at = (datetime.now(UTC) - age).isoformat()
        item = {"order_id": order_id, "status": status, "channel": "web", "placed_at": at, "updated_at": at, **fields}
        tables.put(self.client("dynamodb"), tables.ORDERS, item)

    def send(self, queue: str, body: str) -> None:
        sqs = self.client("sqs")
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=f"{PREFIX}-{queue}")["QueueUrl"], MessageBody=body)


@pytest.fixture
def environment(aws: None, monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.setattr("orderflow_cli.observe.dead_letters.queues.MAX_EMPTY_POLLS", 1)
    environment = Environment()
    for command in ("status", "trace", "send", "find", "logs", "tail", "compare"):
        monkeypatch.setattr(f"orderflow_cli.commands.{command}.connect", lambda name, project: environment.cloud)
    return environment
