"""What the local cloud does not deliver, sent through LocalEmu by the same modules."""

import json
import uuid
from typing import Any

import pytest

from tests.e2e.conftest import wait_for
from tests.e2e.emulators import OTHER_ACCOUNT, OTHER_REGION, Elsewhere
from tests.support.every_option import DEVICE_TOKEN
from tests.support.localemu import REGION


@pytest.fixture(scope="module")
def order_id(elsewhere: Elsewhere) -> str:
    """The order of one event that was put on the bus."""
    made = f"order-{uuid.uuid4().hex}"
    sent = elsewhere.emulator.client("events").put_events(
        Entries=[
            {
                "EventBusName": elsewhere.outputs["bus_name"],
                "Source": "shop.targets",
                "DetailType": "OrderPlaced",
                "Detail": json.dumps({"order_id": made}),
            }
        ]
    )
    assert sent["FailedEntryCount"] == 0
    return made


@pytest.mark.proves("target/kinesis", by="delivered_by_localemu")
def test_event_is_in_the_stream_under_its_order_when_the_target_is_kinesis(elsewhere: Elsewhere, order_id: str) -> None:
    kinesis = elsewhere.emulator.client("kinesis")
    at = {"StreamName": elsewhere.outputs["kinesis_stream_name"], "ShardId": "shardId-000000000000"}

    def records() -> list[dict[str, Any]]:
        iterator = kinesis.get_shard_iterator(**at, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        return list(kinesis.get_records(ShardIterator=iterator)["Records"])

    (record,) = wait_for(records)
    assert record["PartitionKey"] == order_id
    assert json.loads(record["Data"])["detail"] == {"order_id": order_id}


@pytest.mark.proves("target/firehose", by="delivered_by_localemu")
def test_event_is_in_the_bucket_when_the_target_is_firehose(elsewhere: Elsewhere, order_id: str) -> None:
    (text,) = wait_for(lambda: _objects(elsewhere, "events/"))

    assert json.loads(text)["detail"] == {"order_id": order_id}


@pytest.mark.proves("target/log_group", by="delivered_by_localemu")
def test_event_is_in_the_log_when_the_target_is_a_log_group(elsewhere: Elsewhere, order_id: str) -> None:
    group, logs = elsewhere.outputs["log_group_name"], elsewhere.emulator.client("logs")

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
def test_event_reaches_a_rule_of_the_far_bus_when_the_target_is_one(
    elsewhere: Elsewhere, order_id: str, account: str, region: str
) -> None:
    sqs = elsewhere.emulator.client("sqs", account, region)
    url = sqs.get_queue_url(QueueName="arrived")["QueueUrl"]

    (message,) = wait_for(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))

    assert json.loads(message["Body"])["detail"] == {"order_id": order_id}


@pytest.mark.proves("sns/firehose", by="delivered_by_localemu")
def test_message_is_in_the_bucket_when_firehose_is_subscribed(elsewhere: Elsewhere) -> None:
    message = {"order_id": f"order-{uuid.uuid4().hex}"}

    _publish(elsewhere, "orders", json.dumps(message))

    assert message in wait_for(lambda: [json.loads(text) for text in _objects(elsewhere, "changes/")])


def test_message_arrives_bare_when_an_http_endpoint_has_confirmed(elsewhere: Elsewhere) -> None:
    message = json.dumps({"order_id": f"order-{uuid.uuid4().hex}"})

    _publish(elsewhere, "orders", message)

    received = wait_for(lambda: [one for one in elsewhere.receiver.requests("/sns") if one.body == message])
    assert received[0].headers["x-amz-sns-message-type"] == "Notification"
    assert received[0].headers["x-amz-sns-rawdelivery"] == "true"


@pytest.mark.proves("sns/sms", by="delivered_by_localemu")
def test_text_is_sent_to_the_number_when_it_is_subscribed(elsewhere: Elsewhere) -> None:
    text = f"note {uuid.uuid4().hex}"

    _publish(elsewhere, "notices", text)

    wait_for(lambda: text in json.dumps(elsewhere.emulator.sent("sms-messages")["sms_messages"]["+31201234567"]))


@pytest.mark.proves("sns/mobile_push", by="delivered_by_localemu")
def test_notification_is_sent_to_the_device_when_it_is_subscribed(elsewhere: Elsewhere) -> None:
    text = f"note {uuid.uuid4().hex}"

    _publish(elsewhere, "notices", text)

    def to_devices() -> list[str]:
        found = elsewhere.emulator.sent("platform-endpoint-messages")["platform_endpoint_messages"]
        return [arn for arn, messages in found.items() if any(text in json.dumps(message) for message in messages)]

    (arn,) = wait_for(to_devices)
    device = elsewhere.emulator.client("sns").get_endpoint_attributes(EndpointArn=arn)["Attributes"]
    assert device["Token"] == DEVICE_TOKEN


@pytest.mark.proves(
    "source/other_account",
    "source/organization",
    "sns/http_retry",
    "target/dead_letter",
    "sns/dead_letter",
    by="applied",
)
def test_second_plan_changes_what_the_emulator_forgets(elsewhere: Elsewhere) -> None:
    # LocalEmu 1.3.2 forgets the key of a bus and what it does with events that it cannot process.
    assert elsewhere.changes == [
        "update module.bus.aws_cloudwatch_event_bus.this (dead_letter_config, kms_key_identifier)"
    ]


def _publish(elsewhere: Elsewhere, topic: str, message: str) -> None:
    elsewhere.emulator.client("sns").publish(TopicArn=elsewhere.outputs["topic_arns"][topic], Message=message)


def _objects(elsewhere: Elsewhere, prefix: str) -> list[str]:
    s3, bucket = elsewhere.emulator.client("s3"), elsewhere.outputs["bucket_name"]
    found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return [s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read().decode() for one in found]
