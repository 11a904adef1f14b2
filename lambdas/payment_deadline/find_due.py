"""Finds orders whose payment is overdue, in the index that contains only unpaid orders."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from common.attribute_values import from_item
from common.aws import failure_code
from common.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

INDEX = "payment_due"
PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class DueOrder:
    """An order whose payment is overdue."""

    order_id: str
    payment_due_at: str


class DueOrders:
    """The index `payment_due` of the orders table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def pages(self, shard: str, now: str) -> Iterator[list[DueOrder]]:
        """Yield the orders of one shard that are due at `now`, page by page, longest overdue first.

        Raises:
            TransientError: the index is unavailable."""
        pagination: dict[str, Any] = {}
        while True:
            response = self._query(shard, now, pagination)
            items = [from_item(item) for item in response["Items"]]
            yield [DueOrder(item["order_id"], item["payment_due_at"]) for item in items]
            if not response.get("LastEvaluatedKey"):
                return
            pagination = {"ExclusiveStartKey": response["LastEvaluatedKey"]}

    def _query(self, shard: str, now: str, pagination: dict[str, Any]) -> Any:
        try:
            return self._client.query(
                TableName=self._table,
                IndexName=INDEX,
                KeyConditionExpression="due_shard = :shard AND payment_due_at <= :now",
                ExpressionAttributeValues={":shard": {"S": shard}, ":now": {"S": now}},
                ProjectionExpression="order_id, payment_due_at",
                Limit=PAGE_SIZE,
                **pagination,
            )
        except (BotoCoreError, ClientError) as error:
            detail = f"the index {INDEX} could not be read: {failure_code(error)}"
            raise TransientError("orders_unavailable", detail) from error
