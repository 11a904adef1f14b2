"""The forwarding rule sends a real S3 event from the account's default bus to our bus and its rules."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import Shop, wait_for


@pytest.fixture
def queue_url(shop: Shop) -> Iterator[str]:
    """The URL of a queue to which another team's rule on our bus sends the events of new objects under a prefix."""
    sqs, events, name = shop.cloud.client("sqs"), shop.cloud.client("events"), f"listener-{uuid.uuid4().hex[:12]}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    bus_argument = {"EventBusName": shop.outputs["bus_name"]}
    pattern = {"source": ["aws.s3"], "detail": {"object": {"key": [{"prefix": f"{name}/"}]}}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern), **bus_argument)
    events.put_targets(Rule=name, Targets=[{"Id": "listener", "Arn": arn}], **bus_argument)
    yield str(url)
    events.remove_targets(Rule=name, Ids=["listener"], **bus_argument)
    events.delete_rule(Name=name, **bus_argument)
    sqs.delete_queue(QueueUrl=url)


@pytest.mark.proves("source/aws_service_forwarded", by="delivered")
def test_s3_event_reaches_a_rule_on_our_bus_when_it_is_forwarded(shop: Shop, queue_url: str) -> None:
    s3, bucket = shop.cloud.client("s3"), shop.outputs["till_bucket_name"]
    matching_key, other_key = f"{queue_url.rpartition('/')[2]}/file.csv", f"other-{uuid.uuid4().hex}.csv"

    for key in (other_key, matching_key):
        s3.put_object(Bucket=bucket, Key=key, Body=b"receipt")

    (event,) = wait_for(lambda: _receive(shop, queue_url))
    assert (event["source"], event["detail-type"]) == ("aws.s3", "Object Created")
    assert (event["detail"]["bucket"]["name"], event["detail"]["object"]["key"]) == (bucket, matching_key)
    assert event["account"] == shop.outputs["bus_arn"].split(":")[4]


def _receive(shop: Shop, url: str) -> list[dict[str, Any]]:
    messages = shop.cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]
