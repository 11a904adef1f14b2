"""The two functions of the example: `record` keeps what an event says of an order, `announce` tells who listens."""

import json
import os
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

dynamodb, sns = boto3.client("dynamodb"), boto3.client("sns")
to_item, to_value = TypeSerializer().serialize, TypeDeserializer().deserialize


def record(event: dict[str, Any], context: object) -> None:
    """Keep the order's version unless the table has it or a newer one: an event may come twice, and late."""
    try:
        dynamodb.put_item(
            TableName=os.environ["ORDERS_TABLE"],
            Item=to_item(event["detail"])["M"],
            ConditionExpression="attribute_not_exists(order_id) OR version < :version",
            ExpressionAttributeValues={":version": to_item(event["detail"]["version"])},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return


def announce(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Publish each change in order; Lambda comes back from the first that could not be published."""
    for change in event["Records"]:
        if image := change["dynamodb"].get("NewImage"):
            order = {name: to_value(value) for name, value in image.items()}
            try:
                sns.publish(TopicArn=os.environ["CHANGES_TOPIC"], Message=json.dumps(order, default=int))
            except (ClientError, BotoCoreError):
                return {"batchItemFailures": [{"itemIdentifier": change["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}
