"""Targets and subscriptions that the local cloud does not deliver to, applied to LocalEmu with the same modules."""

import json
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from orderflow_cli import LOCAL_FOLDER, ROOT
from orderflow_cli.__main__ import ORDERFLOW
from orderflow_cli.commands import tail
from orderflow_cli.environments import Cloud
from tests.e2e.conftest import FIRST_PORT, wait_for
from tests.support.every_option import DEVICE_TOKEN, register_device
from tests.support.localemu import REGION, LocalEmu
from tests.support.receiver import Receiver, receiver
from tests.support.terraform_root import TerraformRoot

OTHER_ACCOUNT, OTHER_REGION = "444455556666", "us-east-1"


@dataclass
class AppliedRoot:
    """The root module tests/roots/localemu, applied to LocalEmu."""

    receiver: Receiver
    emulator: LocalEmu
    root: TerraformRoot
    outputs: dict[str, Any]


@pytest.fixture(scope="module")
def applied_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppliedRoot]:
    emulator = LocalEmu(LOCAL_FOLDER / "e2e" / "localemu", FIRST_PORT + 10)
    try:
        emulator.start()
        folder = tmp_path_factory.mktemp("localemu")
        with receiver(folder / "receiver.pem") as http_receiver:
            values = {
                "receiver": http_receiver.url,
                "device_endpoint_arn": register_device(emulator.client("sns")),
                "remote_bus_arns": {
                    "account": _create_remote_bus(emulator, OTHER_ACCOUNT, REGION),
                    "region": _create_remote_bus(emulator, "test", OTHER_REGION),
                },
            }
            root = TerraformRoot(ROOT / "tests" / "roots" / "localemu", emulator.variables(), folder, values)
            yield AppliedRoot(http_receiver, emulator, root, root.apply())
    finally:
        emulator.stop()


@pytest.fixture(scope="module")
def order_id(applied_root: AppliedRoot) -> str:
    """Publish one event to the bus; return its order id."""
    new_id = f"order-{uuid.uuid4().hex}"
    entry = {"Source": "shop.targets", "DetailType": "OrderPlaced", "Detail": json.dumps({"order_id": new_id})}
    entry["EventBusName"] = applied_root.outputs["bus_name"]
    response = applied_root.emulator.client("events").put_events(Entries=[entry])
    assert response["FailedEntryCount"] == 0
    return new_id


@pytest.mark.proves("target/kinesis", by="delivered_by_localemu")
def test_kinesis_target_gets_the_event_with_its_partition_key(applied_root: AppliedRoot, order_id: str) -> None:
    kinesis = applied_root.emulator.client("kinesis")
    shard = {"StreamName": applied_root.outputs["kinesis_stream_name"], "ShardId": "shardId-000000000000"}

    def records() -> list[dict[str, Any]]:
        iterator = kinesis.get_shard_iterator(**shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        return list(kinesis.get_records(ShardIterator=iterator)["Records"])

    (record,) = wait_for(records)
    assert record["PartitionKey"] == order_id
    assert json.loads(record["Data"])["detail"] == {"order_id": order_id}


@pytest.mark.proves("target/firehose", by="delivered_by_localemu")
def test_firehose_target_writes_the_event_to_the_bucket(applied_root: AppliedRoot, order_id: str) -> None:
    (text,) = wait_for(lambda: _object_texts(applied_root, "events/"))

    assert json.loads(text)["detail"] == {"order_id": order_id}


@pytest.mark.proves("target/log_group", by="delivered_by_localemu")
def test_log_group_target_gets_the_event(applied_root: AppliedRoot, order_id: str) -> None:
    group, logs = applied_root.outputs["log_group_name"], applied_root.emulator.client("logs")

    (entry,) = wait_for(lambda: logs.filter_log_events(logGroupName=group)["events"])

    assert json.loads(entry["message"])["detail"] == {"order_id": order_id}


@pytest.mark.parametrize(
    ("account", "region"),
    [
        pytest.param(
            OTHER_ACCOUNT, REGION, marks=pytest.mark.proves("target/event_bus_account", by="delivered_by_localemu")
        ),
        pytest.param(
            "test",
            OTHER_REGION,
            marks=pytest.mark.proves("target/event_bus_region", "source/other_region", by="delivered_by_localemu"),
        ),
    ],
    ids=["account", "region"],
)
def test_bus_target_passes_the_event_to_a_rule_on_that_bus(
    applied_root: AppliedRoot, order_id: str, account: str, region: str
) -> None:
    sqs = applied_root.emulator.client("sqs", account, region)
    url = sqs.get_queue_url(QueueName="arrived")["QueueUrl"]

    (message,) = wait_for(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))

    assert json.loads(message["Body"])["detail"] == {"order_id": order_id}


@pytest.mark.proves("sns/firehose", by="delivered_by_localemu")
def test_subscribed_firehose_writes_the_message_to_the_bucket(applied_root: AppliedRoot) -> None:
    message = {"order_id": f"order-{uuid.uuid4().hex}"}

    _publish(applied_root, "orders", json.dumps(message))

    assert message in wait_for(lambda: [json.loads(text) for text in _object_texts(applied_root, "changes/")])


def test_confirmed_http_endpoint_gets_the_raw_message(applied_root: AppliedRoot) -> None:
    message = json.dumps({"order_id": f"order-{uuid.uuid4().hex}"})

    _publish(applied_root, "orders", message)

    requests = wait_for(lambda: [one for one in applied_root.receiver.requests("/sns") if one.body == message])
    assert requests[0].headers["x-amz-sns-message-type"] == "Notification"
    assert requests[0].headers["x-amz-sns-rawdelivery"] == "true"


@pytest.mark.proves("sns/sms", by="delivered_by_localemu")
def test_subscribed_phone_number_gets_the_text(applied_root: AppliedRoot) -> None:
    text = f"note {uuid.uuid4().hex}"

    _publish(applied_root, "notices", text)

    wait_for(lambda: text in json.dumps(applied_root.emulator.outbox("sms-messages")["sms_messages"]["+31201234567"]))


@pytest.mark.proves("sns/mobile_push", by="delivered_by_localemu")
def test_subscribed_device_gets_the_notification(applied_root: AppliedRoot) -> None:
    text = f"note {uuid.uuid4().hex}"

    _publish(applied_root, "notices", text)

    def reached_devices() -> list[str]:
        sent = applied_root.emulator.outbox("platform-endpoint-messages")["platform_endpoint_messages"]
        return [arn for arn, messages in sent.items() if any(text in json.dumps(message) for message in messages)]

    (arn,) = wait_for(reached_devices)
    device = applied_root.emulator.client("sns").get_endpoint_attributes(EndpointArn=arn)["Attributes"]
    assert device["Token"] == DEVICE_TOKEN


def test_tail_follows_the_bus_and_leaves_its_rule_disabled(
    applied_root: AppliedRoot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tail, "connect", lambda name, project: Cloud(name, applied_root.emulator.client, project))
    states: list[str] = []
    events, bus = applied_root.emulator.client("events"), applied_root.outputs["bus_name"]

    def rule_state() -> str:
        return str(events.describe_rule(Name="orderflow-localemu-tap-bus", EventBusName=bus)["State"])

    def follow(order_id: str, *arguments: str) -> list[str]:
        """Return the event types that `tail` shows while two events are sent repeatedly."""
        stop_event = threading.Event()

        def send() -> None:
            while not stop_event.wait(1.0):
                for detail_type in ("OrderPlaced", "OrderShipped"):
                    detail = json.dumps({"data": {"order_id": order_id}, "metadata": {}})
                    entry = {"EventBusName": bus, "Source": "shop.tail", "DetailType": detail_type, "Detail": detail}
                    events.put_events(Entries=[entry])
                states.append(rule_state())

        sender = threading.Thread(target=send)
        sender.start()
        try:
            code = ORDERFLOW.main(["tail", "--environment", "localemu", "--write", "--json", "--for", "90", *arguments])
        finally:
            stop_event.set()
            sender.join()
        assert code == 0
        return [json.loads(line)["type"] for line in capsys.readouterr().out.splitlines()]

    initial_state = rule_state()
    event_types = follow("ord_tail", "--order", "ord_tail", "--type", "OrderShipped", "--count", "2")

    assert (initial_state, set(states), rule_state()) == ("DISABLED", {"ENABLED"}, "DISABLED")
    assert event_types == ["OrderShipped", "OrderShipped"]


@pytest.mark.proves(
    "source/other_account",
    "source/organization",
    "sns/http_retry",
    "target/dead_letter",
    "sns/dead_letter",
    by="applied",
)
def test_second_plan_changes_only_what_the_emulator_does_not_store(applied_root: AppliedRoot) -> None:
    # LocalEmu 1.3.2 does not store the key and the dead-letter queue of a bus.
    assert [str(change) for change in applied_root.root.changes()] == [
        "update module.bus.aws_cloudwatch_event_bus.this (dead_letter_config, kms_key_identifier)"
    ]


def _publish(applied_root: AppliedRoot, topic: str, message: str) -> None:
    applied_root.emulator.client("sns").publish(TopicArn=applied_root.outputs["topic_arns"][topic], Message=message)


def _object_texts(applied_root: AppliedRoot, prefix: str) -> list[str]:
    s3, bucket = applied_root.emulator.client("s3"), applied_root.outputs["bucket_name"]
    objects = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return [s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read().decode() for one in objects]


def _create_remote_bus(emulator: LocalEmu, account: str, region: str) -> str:
    """Create a bus in the account and Region, with a rule that sends every OrderPlaced event to the queue `arrived`."""
    events, sqs = (emulator.client(service, account, region) for service in ("events", "sqs"))
    url = sqs.create_queue(QueueName="arrived")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    arn: str = events.create_event_bus(Name="central")["EventBusArn"]
    events.put_rule(Name="orders", EventBusName="central", EventPattern='{"detail-type": ["OrderPlaced"]}')
    events.put_targets(Rule="orders", EventBusName="central", Targets=[{"Id": "arrived", "Arn": queue}])
    return arn
