"""The stream of a moto table, as Lambda would pass it to a function."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def read_stream_records(dynamodb: "DynamoDBClient", table: str) -> list[dict[str, Any]]:
    """Return all records of the table's stream, oldest first.

    When an UpdateItem creates an item, moto adds an INSERT that contains only the key before the correct record. The
    result omits it, because DynamoDB has no such record."""
    description = dynamodb.describe_table(TableName=table)["Table"]
    keys = {key["AttributeName"] for key in description["KeySchema"]}
    records = _read(boto3.client("dynamodbstreams"), description["LatestStreamArn"])
    return [record for record in records if record["dynamodb"].get("NewImage", {}).keys() != keys]


def _read(streams: Any, arn: str) -> Iterator[dict[str, Any]]:
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        start = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = streams.get_shard_iterator(**start)["ShardIterator"]
        while iterator and (response := streams.get_records(ShardIterator=iterator))["Records"]:
            yield from (_as_lambda_record(record, arn) for record in response["Records"])
            iterator = response.get("NextShardIterator")


def _as_lambda_record(record: dict[str, Any], arn: str) -> dict[str, Any]:
    """Return a record of the streams API in the format of a Lambda event, where times are epoch seconds.

    https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html"""
    change = dict(record["dynamodb"])
    created_at = change.get("ApproximateCreationDateTime")
    if isinstance(created_at, datetime):
        change["ApproximateCreationDateTime"] = created_at.timestamp()
    names = ("eventID", "eventName", "eventVersion", "awsRegion")
    lambda_record = {name: record[name] for name in names if name in record}
    lambda_record |= {"eventSource": "aws:dynamodb", "eventSourceARN": arn, "dynamodb": change}
    if identity := record.get("userIdentity"):
        lambda_record["userIdentity"] = {name[0].lower() + name[1:]: value for name, value in identity.items()}
    return lambda_record
