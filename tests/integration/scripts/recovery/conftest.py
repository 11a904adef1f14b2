"""An environment in moto with queues, a bucket, and the dead-letter sources that Terraform publishes."""

import json
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from orderflow_cli.observe.dead_letters.sources import Source
from orderflow_cli.recovery import receipts
from orderflow_cli.recovery.redrive import Options, Outcome, redrive
from tests.integration.scripts.conftest import ACCOUNT, REGION, Account


class LambdaDouble:
    """A test double of the Lambda client; it records invocations and returns configured responses."""

    def __init__(self) -> None:
        self.invoked: list[tuple[str, str, Any]] = []
        self.answer: Any = {"batchItemFailures": []}
        self.error: str | None = None

    def invoke(self, *, FunctionName: str, Payload: bytes, InvocationType: str = "RequestResponse") -> dict[str, Any]:  # noqa: N803 - boto3's names
        self.invoked.append((FunctionName, InvocationType, json.loads(Payload)))
        body = json.dumps(self.answer).encode()
        return {"Payload": BytesIO(body), **({"FunctionError": self.error} if self.error else {})}


class Environment(Account):
    """An environment: `cloud` gives access to it, and the methods prepare and read data."""

    def __init__(self, folder: Path) -> None:
        self.functions = LambdaDouble()
        self.folder = folder
        super().__init__(self.functions)

    def queue(self, name: str) -> str:
        return str(self.client("sqs").create_queue(QueueName=name)["QueueUrl"])

    def queue_arn(self, name: str) -> str:
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def source(self, kind: str, to: str, **options: Any) -> Source:
        """Create the queue of a dead-letter source and return the source."""
        self.queue("dead")
        return Source(kind, "it", "dead", to, **options)

    def put(self, body: object, **attributes: str) -> None:
        """Send a message to the dead-letter queue."""
        text = body if isinstance(body, str) else json.dumps(body)
        sqs_attributes = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        self.client("sqs").send_message(QueueUrl=self.queue("dead"), MessageBody=text, MessageAttributes=sqs_attributes)

    def messages(self, name: str) -> list[tuple[str, dict[str, str]]]:
        """Return the bodies and attributes of the visible messages in a queue, and make the messages invisible."""
        response = self.client("sqs").receive_message(
            QueueUrl=self.queue(name), MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return [
            (one["Body"], {key: value["StringValue"] for key, value in one.get("MessageAttributes", {}).items()})
            for one in response.get("Messages", [])
        ]

    def redrive(
        self, source: Source, receipt: str = "receipt.jsonl", sleep: Any = time.sleep, **options: Any
    ) -> Outcome:
        """Redrive a source without a rate limit, unless the options set one."""
        with self.open_receipt(receipt) as writer:
            return redrive(self.cloud, source, Options(**{"rate": 0, **options}), writer, sleep=sleep)

    def open_receipt(self, name: str = "receipt.jsonl") -> Any:
        return receipts.open_receipt("dev", self.folder / name, self.folder)

    def lines(self, name: str = "receipt.jsonl") -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / name).read_text().splitlines()]


@pytest.fixture
def environment(aws: None, tmp_path: Path) -> Environment:
    return Environment(tmp_path / "receipts")


@pytest.fixture(autouse=True)
def _stop_after_one_empty_response(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop after one empty response, because moto's queues are not distributed."""
    monkeypatch.setattr("orderflow_cli.observe.dead_letters.queues.MAX_EMPTY_POLLS", 1)
