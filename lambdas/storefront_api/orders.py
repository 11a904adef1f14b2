"""Reads orders from the table. The recorder is the only one who writes them."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from common.attribute_values import from_item
from common.aws import failure_code
from common.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class Orders:
    """The orders table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def find(self, order_id: str) -> dict[str, Any] | None:
        """Return the item as it stands now, or None.

        The read is consistent: a repeated request must see what the first one became.

        Raises:
            TransientError: when the table does not answer.
        """
        try:
            answer = self._client.get_item(
                TableName=self._table, Key={"order_id": {"S": order_id}}, ConsistentRead=True
            )
        except (BotoCoreError, ClientError) as error:
            raise TransientError("orders_unavailable", f"the order could not be read: {failure_code(error)}") from error
        item = answer.get("Item")
        return from_item(item) if item else None
