"""Two roots that use the modules' options, each applied to an emulator in the background while other tests run."""

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orderflow_cli import LOCAL, ROOT
from orderflow_cli.local_cloud.cloud import LocalCloud
from tests.support import every_option as options
from tests.support.applied import Applied
from tests.support.localemu import REGION, LocalEmu
from tests.support.receiver import Receiver, receiver

PORT = int(os.environ.get("ORDERFLOW_E2E_PORT", "4586")) + 10
OTHER_ACCOUNT, OTHER_REGION = "444455556666", "us-east-1"


@dataclass
class EveryOption:
    """tests/roots/every_option on the local cloud. What its queues got is kept, so that tests can share them."""

    cloud: LocalCloud
    receiver: Receiver
    _applied: "Future[tuple[dict[str, Any], list[str]]]"
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    _bodies: dict[str, list[str]] = field(default_factory=dict)

    @property
    def outputs(self) -> dict[str, Any]:
        """Once it is applied."""
        return self._applied.result()[0]

    @property
    def changes(self) -> list[str]:
        """What a second plan changes."""
        return self._applied.result()[1]

    def send(self, source: str, detail: dict[str, Any]) -> None:
        entry = {"Source": source, "DetailType": "OrderPlaced", "Detail": json.dumps(detail)}
        bus = self.outputs["bus"]["name"]
        sent = self.cloud.client("events").put_events(Entries=[{**entry, "EventBusName": bus}])
        assert sent["FailedEntryCount"] == 0

    def publish(self, topic: str, message: dict[str, Any], **attributes: str) -> None:
        typed = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        self.cloud.client("sns").publish(
            TopicArn=self.outputs["topic_arns"][topic], Message=json.dumps(message), MessageAttributes=typed
        )

    def seen(self, queue: str, part: str) -> list[Any]:
        """What the queue got so far whose text holds `part`, read as JSON."""
        kept, sqs = self._bodies.setdefault(queue, []), self.cloud.client("sqs")
        url = self.outputs["seen_urls"][queue]
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0).get("Messages"):
            for message in messages:
                kept.append(message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(body) for body in kept if part in body]


@pytest.fixture(scope="session")
def every_option(cloud: LocalCloud, request: pytest.FixtureRequest) -> Iterator[EveryOption]:
    """The state stays beside the emulator's own, which keeps what was applied in an earlier session.

    Where mixed orders are on their way it waits for their end: both at once leave the other tests too little.
    """
    wanted = any("mixed" in getattr(item, "fixturenames", ()) for item in request.session.items)
    first = [request.getfixturevalue("mixed")] if wanted else []
    folder = cloud.folder / "every-option"
    folder.mkdir(exist_ok=True)
    environment = {name: value for name, value in cloud.env().items() if not name.startswith(("TF_CLI_ARGS", "TF_VAR"))}
    with receiver() as listening, ThreadPoolExecutor(1) as pool:
        root = options.root(environment, folder, listening.url, cloud.client("sns"))
        yield EveryOption(cloud, listening, pool.submit(_apply_and_empty, cloud, root, first))


def _apply_and_empty(
    cloud: LocalCloud, root: Applied, first: "Sequence[Future[Any]]"
) -> tuple[dict[str, Any], list[str]]:
    """Apply once the `first` are over, and throw away what an earlier session left in the queues."""
    wait(first)
    outputs, changes = _apply(root)
    for url in (*outputs["seen_urls"].values(), outputs["fifo_url"]):
        cloud.client("sqs").purge_queue(QueueUrl=url)
    return outputs, changes


@dataclass
class Elsewhere:
    """tests/roots/elsewhere on LocalEmu."""

    receiver: Receiver
    emulator: LocalEmu
    _applied: "Future[tuple[dict[str, Any], list[str]]]"

    @property
    def outputs(self) -> dict[str, Any]:
        return self._applied.result()[0]

    @property
    def changes(self) -> list[str]:
        return self._applied.result()[1]


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    folder = tmp_path_factory.mktemp("elsewhere")
    emulator = LocalEmu(LOCAL / "e2e" / "localemu", PORT)
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(1))
        stack.callback(emulator.stop)
        listening = stack.enter_context(receiver(folder / "receiver.pem"))
        made = pool.submit(_start_and_apply, emulator, folder, listening.url)
        stack.callback(made.exception)
        yield Elsewhere(listening, emulator, made)


def _start_and_apply(emulator: LocalEmu, folder: Path, receiver_url: str) -> tuple[dict[str, Any], list[str]]:
    emulator.start()
    arns = {
        "account": _far_bus(emulator, OTHER_ACCOUNT, REGION),
        "region": _far_bus(emulator, "test", OTHER_REGION),
    }
    device = options.device(emulator.client("sns"))
    values = {"receiver": receiver_url, "device_endpoint_arn": device, "far_bus_arns": arns}
    root = Applied(ROOT / "tests" / "roots" / "elsewhere", emulator.variables(), folder, values)
    return _apply(root)


def _far_bus(emulator: LocalEmu, account: str, region: str) -> str:
    """A bus of somebody else, with a rule that puts every order into the queue `arrived`."""
    events, sqs = (emulator.client(service, account, region) for service in ("events", "sqs"))
    url = sqs.create_queue(QueueName="arrived")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    arn: str = events.create_event_bus(Name="central")["EventBusArn"]
    events.put_rule(Name="orders", EventBusName="central", EventPattern='{"detail-type": ["OrderPlaced"]}')
    events.put_targets(Rule="orders", EventBusName="central", Targets=[{"Id": "arrived", "Arn": queue}])
    return arn


def _apply(root: Applied) -> tuple[dict[str, Any], list[str]]:
    return root.apply(), root.changes()
