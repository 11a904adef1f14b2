"""Writes awards to the points table, one per order; the partition key is `order_id`."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from award_points.award import Award
from common.attribute_values import to_item
from common.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class PointsTable:
    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def write(self, award: Award) -> bool:
        """Write the award; return False if an earlier delivery of the message wrote it.

        Raises:
            TransientError: `table_unavailable`, if the write failed for another reason."""
        try:
            self._client.put_item(
                TableName=self._table_name,
                Item=to_item(asdict(award)),
                ConditionExpression="attribute_not_exists(order_id)",
            )
        except (BotoCoreError, ClientError) as error:
            code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
            if code == "ConditionalCheckFailedException":
                return False
            raise TransientError("table_unavailable", code) from error
        return True
