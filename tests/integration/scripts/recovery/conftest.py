"""An environment in moto with what recovery needs: queues, a bucket, and the sources as Terraform publishes them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from orderflow_cli.environments import Cloud
from orderflow_cli.observe.dead_letters.sources import Source
from orderflow_cli.recovery import receipts

ORDER = "ord_" + "a" * 26
ACCOUNT = "123456789012"
REGION = "eu-west-1"


class Functions:
    """Lambda: writes down how functions were invoked, and answers what it was given."""

    def __init__(self) -> None:
        self.invoked: list[tuple[str, str, Any]] = []
        self.answer: Any = {"batchItemFailures": []}
        self.error: str | None = None

    def invoke(self, *, FunctionName: str, Payload: bytes, InvocationType: str = "RequestResponse") -> dict[str, Any]:  # noqa: N803 - as boto3 has them
        self.invoked.append((FunctionName, InvocationType, json.loads(Payload)))
        body = json.dumps(self.answer).encode()
        return {"Payload": Body(body), **({"FunctionError": self.error} if self.error else {})}


class Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self) -> bytes:
        return self._content


class Environment:
    """`cloud` is what recovery gets; the rest prepares and looks."""

    def __init__(self, folder: Path) -> None:
        self.functions = Functions()
        self.folder = folder
        self._clients: dict[str, Any] = {"lambda": self.functions}
        self.cloud = Cloud("dev", self.client)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            make: Callable[..., Any] = boto3.client
            self._clients[service] = make(service, region_name=REGION)
        return self._clients[service]

    def queue(self, name: str) -> str:
        return str(self.client("sqs").create_queue(QueueName=name)["QueueUrl"])

    def queue_arn(self, name: str) -> str:
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def source(self, kind: str, to: str, **options: Any) -> Source:
        """A dead-letter source with its queue."""
        self.queue("dead")
        return Source(kind, "it", "dead", to, **options)

    def put(self, body: object, **attributes: str) -> None:
        """A message in that queue."""
        text = body if isinstance(body, str) else json.dumps(body)
        typed = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        self.client("sqs").send_message(QueueUrl=self.queue("dead"), MessageBody=text, MessageAttributes=typed)

    def messages(self, name: str) -> list[tuple[str, dict[str, str]]]:
        """Bodies and attributes of the visible messages of a queue; taking them hides them."""
        answer = self.client("sqs").receive_message(
            QueueUrl=self.queue(name), MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return [
            (one["Body"], {key: value["StringValue"] for key, value in one.get("MessageAttributes", {}).items()})
            for one in answer.get("Messages", [])
        ]

    def receipts(self, name: str = "receipt.jsonl") -> Any:
        return receipts.open_receipts("dev", self.folder / name, self.folder)

    def lines(self, name: str = "receipt.jsonl") -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / name).read_text().splitlines()]


@pytest.fixture
def environment(aws: None, tmp_path: Path) -> Environment:
    return Environment(tmp_path / "receipts")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """One empty answer is enough: moto's queues are in one piece."""
    monkeypatch.setattr("orderflow_cli.observe.dead_letters.queues.EMPTY_ANSWERS", 1)
