"""Another team's function reads the orders stream alongside the relay: each gets all records its filter matches."""

import io
import json
import uuid
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import Shop, wait_for

FUNCTION_CODE = """
import json, os
import boto3

def handler(event, context):
    for record in event["Records"]:
        body = json.dumps({"name": record["eventName"], "keys": record["dynamodb"]["Keys"]})
        boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=body)
"""
SEND_STATEMENT = {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": ["*"]}
TRUST_STATEMENT = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
FILTER = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"channel": {"S": ["mobile"]}}}}


@pytest.fixture
def queue_url(shop: Shop) -> Iterator[str]:
    """The URL of the queue to which the second reader writes new orders from the mobile app."""
    reader = _SecondReader(shop, f"second-reader-{uuid.uuid4().hex[:8]}")
    try:
        yield reader.url
    finally:
        reader.remove()


class _SecondReader:
    def __init__(self, shop: Shop, name: str) -> None:
        self._shop, self._name = shop, name
        self.url = shop.cloud.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        iam, functions = shop.cloud.client("iam"), shop.cloud.client("lambda")
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy_document(TRUST_STATEMENT))["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="send", PolicyDocument=_policy_document(SEND_STATEMENT))
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="reader.handler",
            Role=role,
            Code={"ZipFile": _build_zip()},
            Timeout=30,
            Environment={"Variables": {"QUEUE_URL": self.url}},
        )
        self._mapping = functions.create_event_source_mapping(
            FunctionName=name,
            EventSourceArn=shop.outputs["orders_stream_arn"],
            StartingPosition="TRIM_HORIZON",
            FilterCriteria={"Filters": [{"Pattern": json.dumps(FILTER)}]},
        )["UUID"]

    def remove(self) -> None:
        cloud = self._shop.cloud
        cloud.client("lambda").delete_event_source_mapping(UUID=self._mapping)
        cloud.client("lambda").delete_function(FunctionName=self._name)
        cloud.client("iam").delete_role_policy(RoleName=self._name, PolicyName="send")
        cloud.client("iam").delete_role(RoleName=self._name)
        cloud.client("sqs").delete_queue(QueueUrl=self.url)


def _policy_document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _build_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        package.writestr("reader.py", FUNCTION_CODE)
    return file.getvalue()


@pytest.mark.proves("stream/second_consumer", by="delivered")
def test_second_reader_gets_the_records_that_its_filter_matches(shop: Shop, queue_url: str) -> None:
    web_order_id = shop.place(shop.new_order(channel="web")).document["order_id"]
    mobile_order_id = shop.place(shop.new_order(channel="mobile")).document["order_id"]

    # The orders are delivered only if the relay has read both.
    shop.wait_for_status(web_order_id, "delivered")
    shop.wait_for_status(mobile_order_id, "delivered")

    records = wait_for(lambda: _receive_records(shop, queue_url, {web_order_id, mobile_order_id}))
    assert records == [{"name": "INSERT", "keys": {"order_id": {"S": mobile_order_id}}}]


def _receive_records(shop: Shop, url: str, order_ids: set[str]) -> list[dict[str, Any]]:
    """Return the records of these orders only: the reader starts at the oldest record of the stream."""
    records, sqs = [], shop.cloud.client("sqs")
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        records += [json.loads(message["Body"]) for message in messages]
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [record for record in records if record["keys"]["order_id"]["S"] in order_ids]
