"""Alternative implementations of the relay and the storefront in common styles, and lower bounds of the relay."""

import datetime
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from itertools import batched
from typing import Any
from urllib.parse import urlencode

import botocore.session
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from boto3.dynamodb.types import TypeDeserializer
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench.replay import BATCH_SIZE, TOPIC_ARN, Context, Responses

type Record = Mapping[str, Any]
type Handler = Callable[[Mapping[str, Any]], Any]

REGION = "eu-west-1"


def create_client(service: str, responses: Responses) -> Any:
    return responses.attach(botocore.session.Session().create_client(service, region_name=REGION))


def _create_message(old: Mapping[str, Any] | None, new: Mapping[str, Any], event_id: str) -> dict[str, Any]:
    changed_fields = sorted(name for name in new if (old or {}).get(name) != new[name])
    body = {"event_id": event_id, "before": old, "after": new, "changed_fields": changed_fields}
    values = {"status": new["status"], "channel": new["channel"]}
    return {
        "Message": json.dumps(body, default=int),
        "MessageAttributes": {name: {"DataType": "String", "StringValue": value} for name, value in values.items()},
    }


def _message_from_record(record: Record) -> dict[str, Any]:
    deserialize = TypeDeserializer().deserialize
    images = {
        name: {field: deserialize(value) for field, value in record["dynamodb"][name].items()}
        for name in ("OldImage", "NewImage")
        if name in record["dynamodb"]
    }
    return _create_message(images.get("OldImage"), images["NewImage"], record["eventID"])


def create_unbatched_relay(sns: Any) -> Handler:
    """Return a relay that deserializes and compares images, and publishes one message per call."""

    def relay(event: Mapping[str, Any]) -> None:
        for record in event["Records"]:
            sns.publish(TopicArn=TOPIC_ARN, **_message_from_record(record))

    return relay


def create_batch_relay(sns: Any) -> Handler:
    """Return a relay like `create_unbatched_relay`, but with publish_batch."""

    def relay(event: Mapping[str, Any]) -> None:
        for chunk in batched(event["Records"], BATCH_SIZE, strict=False):
            entries = [{"Id": str(number), **_message_from_record(record)} for number, record in enumerate(chunk)]
            sns.publish_batch(TopicArn=TOPIC_ARN, PublishBatchRequestEntries=entries)

    return relay


def create_powertools_relay(sns: Any) -> Handler:
    """Return a relay that uses Powertools' batch processor and data class, and publishes one message per call."""
    processor = BatchProcessor(event_type=EventType.DynamoDBStreams)

    def publish(record: DynamoDBRecord) -> None:
        change = record.dynamodb
        message = _create_message(change.old_image, change.new_image, record.event_id)  # type: ignore[union-attr, arg-type]
        sns.publish(TopicArn=TOPIC_ARN, **message)

    def relay(event: Mapping[str, Any]) -> Any:
        return process_partial_response(dict(event), publish, processor, Context())  # type: ignore[arg-type]

    return relay


def create_publish_only_relay(sns: Any, entries: Sequence[Mapping[str, Any]]) -> Handler:
    """Return a relay that only publishes prebuilt entries; its CPU time is the minimum with a default client."""
    chunks = [list(chunk) for chunk in batched(entries, BATCH_SIZE, strict=False)]

    def relay(_: Mapping[str, Any]) -> None:
        for chunk in chunks:
            sns.publish_batch(TopicArn=TOPIC_ARN, PublishBatchRequestEntries=chunk)

    return relay


def create_sigv4_relay(entries: Sequence[Mapping[str, Any]]) -> Handler:
    """Return a relay that only encodes and signs requests; its CPU time is the minimum without a botocore client."""
    chunks = [list(chunk) for chunk in batched(entries, BATCH_SIZE, strict=False)]
    signer = SigV4Auth(Credentials("testing", "testing"), "sns", REGION)

    def relay(_: Mapping[str, Any]) -> None:
        for chunk in chunks:
            form = {"Action": "PublishBatch", "Version": "2010-03-31", "TopicArn": TOPIC_ARN}
            for number, entry in enumerate(chunk, 1):
                prefix = f"PublishBatchRequestEntries.member.{number}"
                form[f"{prefix}.Id"], form[f"{prefix}.Message"] = entry["Id"], entry["Message"]
                for position, (name, value) in enumerate(entry["MessageAttributes"].items(), 1):
                    attribute = f"{prefix}.MessageAttributes.entry.{position}"
                    form[f"{attribute}.Name"] = name
                    form[f"{attribute}.Value.DataType"] = "String"
                    form[f"{attribute}.Value.StringValue"] = value["StringValue"]
            body = urlencode(form).encode()
            headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
            signer.add_auth(AWSRequest("POST", f"https://sns.{REGION}.amazonaws.com/", headers, body))

    return relay


def create_minimal_storefront(dynamodb: Any, events: Any) -> Handler:
    """Return a handler of `POST /orders` that makes the same four AWS calls, without validation."""

    def place_order(event: Mapping[str, Any]) -> dict[str, Any]:
        request = json.loads(event["body"])
        customer = event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"]
        key = f"{customer}/{event['headers']['idempotency-key']}"
        order_id = f"ord_{hashlib.sha256(key.encode()).hexdigest()[:26]}"
        dynamodb.get_item(TableName="orders", Key={"order_id": {"S": order_id}}, ConsistentRead=True)
        placed_at = datetime.datetime.now(datetime.UTC).isoformat()
        dynamodb.query(
            TableName="orders",
            IndexName="buyer",
            KeyConditionExpression="buyer = :buyer AND placed_at > :since",
            ExpressionAttributeValues={":buyer": {"S": customer}, ":since": {"S": placed_at}},
            Limit=100,
        )
        item = {"order_id": {"S": order_id}, "request": {"S": event["body"]}, "placed_at": {"S": placed_at}}
        dynamodb.put_item(TableName="claims", Item=item, ConditionExpression="attribute_not_exists(order_id)")
        detail = json.dumps({**request, "order_id": order_id, "customer_id": customer, "placed_at": placed_at})
        entry = {"EventBusName": "bus", "Source": "orderflow", "DetailType": "OrderPlaced", "Detail": detail}
        events.put_events(Entries=[entry])
        return {"statusCode": 202, "body": json.dumps({"order_id": order_id})}

    return place_order
