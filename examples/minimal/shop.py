"""The two functions of the example: `record` stores the order from an event, `announce` publishes each change."""

import json
import os
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

dynamodb, sns = boto3.client("dynamodb"), boto3.client("sns")
serialize, deserialize = TypeSerializer().serialize, TypeDeserializer().deserialize


def record(event: dict[str, Any], context: object) -> None:
    """Store the order unless the table has this version or a newer one: events can be repeated or arrive late."""
    try:
        dynamodb.put_item(
            TableName=os.environ["ORDERS_TABLE"],
            Item=serialize(event["detail"])["M"],
            ConditionExpression="attribute_not_exists(order_id) OR version < :version",
            ExpressionAttributeValues={":version": serialize(event["detail"]["version"])},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return


def announce(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Publish the changes in order; Lambda retries from the first that could not be published."""
    for change in event["Records"]:
        if image := change["dynamodb"].get("NewImage"):
            order = {name: deserialize(value) for name, value in image.items()}
            try:
                sns.publish(TopicArn=os.environ["CHANGES_TOPIC"], Message=json.dumps(order, default=int))
            except (ClientError, BotoCoreError):
                return {"batchItemFailures": [{"itemIdentifier": change["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}
