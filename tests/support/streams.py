"""The stream of a table in moto, as Lambda would show it to a function."""

from typing import TYPE_CHECKING, Any

import boto3

from tests.harness.stream_records import StreamReader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def records_of(dynamodb: "DynamoDBClient", table: str) -> list[dict[str, Any]]:
    """Return all records of the table's stream, oldest first.

    For an UpdateItem that makes a new item moto adds a record of its own before the right one, an INSERT of nothing but
    the key, which DynamoDB does not have; it is left out.
    """
    description = dynamodb.describe_table(TableName=table)["Table"]
    keys = {key["AttributeName"] for key in description["KeySchema"]}
    reader = StreamReader(boto3.client("dynamodbstreams"), description["LatestStreamArn"])
    return [record for _, record in reader.read() if record["dynamodb"].get("NewImage", {}).keys() != keys]
