"""examples/http_receiver as a subscriber of the local cloud, with a real handshake and real deliveries over HTTP.

The emulator does not sign: one test shows that the receiver refuses its messages, the other, configured to trust this
machine, that handshake and delivery work. Signatures and raw deliveries, for which the emulator lacks SNS's headers,
are tested in tests/unit/examples/http_receiver."""

import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from examples.http_receiver.inbox import Inbox
from orderflow_cli import ROOT
from orderflow_cli.local_cloud.cloud import LocalCloud
from tests.e2e.conftest import wait_for


class RunningReceiver:
    """A receiver with its log: one line `<status> '<message id>'` per request."""

    def __init__(self, port: int, log: Path, inbox: Path) -> None:
        self.endpoint = f"http://127.0.0.1:{port}/sns"
        self._log = log
        self._inbox = inbox

    def statuses(self) -> list[int]:
        return [int(line.split()[0]) for line in self._log.read_text().splitlines() if line[:3].isdigit()]

    def messages(self) -> list[str]:
        inbox = Inbox(self._inbox)
        try:
            return inbox.messages()
        finally:
            inbox.close()


@contextmanager
def run_receiver(topic: str, folder: Path, *arguments: str) -> Iterator[RunningReceiver]:
    inbox, log = folder / "inbox.sqlite", folder / "log"
    command = [sys.executable, "-m", "examples.http_receiver", "--port", "0", "--topic", topic, "--inbox", str(inbox)]
    with (
        log.open("w") as errors,
        subprocess.Popen([*command, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            yield RunningReceiver(int(process.stdout.readline().rpartition(":")[2]), log, inbox)
        finally:
            process.terminate()


@pytest.fixture
def topic(cloud: LocalCloud) -> Iterator[str]:
    sns = cloud.client("sns")
    arn = sns.create_topic(Name=f"receiver-{uuid.uuid4().hex[:12]}")["TopicArn"]
    yield str(arn)
    sns.delete_topic(TopicArn=arn)


@pytest.mark.proves("sns/http", by="delivered")
def test_message_arrives_when_the_subscription_is_confirmed(cloud: LocalCloud, topic: str, tmp_path: Path) -> None:
    sns = cloud.client("sns")
    with run_receiver(topic, tmp_path, "--unsigned-from", cloud.endpoint) as running:
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=running.endpoint)

        wait_for(lambda: _is_confirmed(sns, topic), actual=lambda: f"the receiver returned {running.statuses()}")
        sns.publish(TopicArn=topic, Message='{"order_id": "ö"}')
        messages = wait_for(running.messages, actual=lambda: f"the receiver returned {running.statuses()}")

    assert messages == ['{"order_id": "ö"}']
    assert running.statuses() == [200, 200]


@pytest.mark.proves("sns/http_signature", by="delivered")
def test_subscription_is_refused_when_the_handshake_is_unsigned(cloud: LocalCloud, topic: str, tmp_path: Path) -> None:
    sns = cloud.client("sns")
    with run_receiver(topic, tmp_path) as running:
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=running.endpoint)

        wait_for(running.statuses)

    assert running.statuses() == [403]
    assert not _is_confirmed(sns, topic)
    assert running.messages() == []


def _is_confirmed(sns: Any, topic: str) -> bool:
    (subscription,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    attributes = sns.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])["Attributes"]
    return bool(attributes["PendingConfirmation"] == "false")
