"""Applies the root module tests/roots/every_option to the local cloud and reads its queues."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orderflow_cli import ROOT
from orderflow_cli.local_cloud.cloud import LocalCloud
from tests.support.receiver import Receiver, receiver
from tests.support.terraform_root import TerraformRoot

FOLDER = ROOT / "tests" / "roots" / "every_option"
DEVICE_TOKEN = "device-1"


@dataclass
class AppliedRoot:
    """The applied root module; keeps the messages of its queues, so that tests can share them."""

    cloud: LocalCloud
    receiver: Receiver
    root: TerraformRoot
    outputs: dict[str, Any]
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _bodies: dict[str, list[str]] = field(default_factory=dict)

    def send(self, source: str, detail: dict[str, Any]) -> None:
        entry = {"Source": source, "DetailType": "OrderPlaced", "Detail": json.dumps(detail)}
        bus = self.outputs["bus"]["name"]
        sent = self.cloud.client("events").put_events(Entries=[{**entry, "EventBusName": bus}])
        assert sent["FailedEntryCount"] == 0

    def publish(self, topic: str, message: dict[str, Any], **attributes: str) -> None:
        attribute_values = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        self.cloud.client("sns").publish(
            TopicArn=self.outputs["topic_arns"][topic], Message=json.dumps(message), MessageAttributes=attribute_values
        )

    def messages(self, queue: str, text: str) -> list[Any]:
        """Return the messages received from the queue so far that contain the text, parsed as JSON."""
        bodies, sqs = self._bodies.setdefault(queue, []), self.cloud.client("sqs")
        url = self.outputs["queue_urls"][queue]
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0).get("Messages"):
            for message in messages:
                bodies.append(message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(body) for body in bodies if text in body]


@contextmanager
def apply_every_option(cloud: LocalCloud) -> Iterator[AppliedRoot]:
    """Apply the root module and purge its queues. The Terraform state is stored in the local cloud's folder."""
    folder = cloud.folder / "every-option"
    folder.mkdir(exist_ok=True)
    environment = {name: value for name, value in cloud.env().items() if not name.startswith(("TF_CLI_ARGS", "TF_VAR"))}
    with receiver() as http_receiver:
        variables = {"package": str(_build_package(folder)), "receiver": http_receiver.url}
        variables |= {"device_endpoint_arn": register_device(cloud.client("sns"))}
        root = TerraformRoot(FOLDER, environment, folder, variables)
        outputs = root.apply()
        for url in (*outputs["queue_urls"].values(), outputs["fifo_url"]):
            cloud.client("sqs").purge_queue(QueueUrl=url)
        yield AppliedRoot(cloud, http_receiver, root, outputs)


def _build_package(folder: Path) -> Path:
    path = folder / "echo.zip"
    with zipfile.ZipFile(path, "w") as package:
        for file in sorted((FOLDER / "functions").rglob("*.py")):
            package.writestr(zipfile.ZipInfo(str(file.relative_to(FOLDER / "functions"))), file.read_text())
    return path


def register_device(sns: Any) -> str:
    """Create a platform application and an endpoint for a device token; return the endpoint's ARN."""
    keys = {"PlatformCredential": "credential", "PlatformPrincipal": "principal"}
    application = sns.create_platform_application(Name="every-option-devices", Platform="APNS", Attributes=keys)[
        "PlatformApplicationArn"
    ]
    arn: str = sns.create_platform_endpoint(PlatformApplicationArn=application, Token=DEVICE_TOKEN)["EndpointArn"]
    return arn
