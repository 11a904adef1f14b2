"""Reads orders from the recorder's table, and stores each accepted order request as a claim."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from common.attribute_values import from_item, to_item
from common.aws import failure_code
from common.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

BUYER_INDEX = "buyer"
_MAX_BATCH_READS = 4

type Item = dict[str, Any]
type Key = Mapping[str, str]


class Orders:
    """The orders table with its index `buyer`, and the table of claims. Every method raises TransientError when a table
    is unavailable."""

    def __init__(self, client: "DynamoDBClient", table: str, claims_table: str) -> None:
        self._client = client
        self._table = table
        self._claims = claims_table

    def find(self, order_id: str) -> Item | None:
        """Return the order's item from a strongly consistent read: a repeated request must find the first order."""
        return self._get_item(self._table, order_id)

    def find_claim(self, order_id: str) -> Item | None:
        """Return the claim stored by the first request for the order, if any."""
        return self._get_item(self._claims, order_id)

    def store_claim(self, claim: Mapping[str, Any]) -> Item:
        """Store a claim unless its order already has one; return the stored claim."""

        def put() -> Item:
            try:
                self._client.put_item(
                    TableName=self._claims,
                    Item=to_item(claim),
                    ConditionExpression="attribute_not_exists(order_id)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if failure_code(error) != "ConditionalCheckFailedException":
                    raise
                return from_item(error.response["Item"])  # type: ignore[typeddict-item]
            return dict(claim)

        return _call_dynamodb(put)

    def page(
        self, buyer: str, *, limit: int, status: str | None = None, start: Key | None = None
    ) -> tuple[list[Item], Key | None]:
        """Return up to `limit` of a customer's orders, newest first, and the key after which the next page starts.

        The index projects only keys, so updating an order does not write to it; its reads are eventually consistent.
        With a `status`, or after a recent erasure, a page may have fewer orders without being the last."""
        keys, next_key = self._query(buyer, "0", limit, start)
        items = self._batch_get([key["order_id"] for key in keys])
        page_items = [items[key["order_id"]] for key in keys if key["order_id"] in items]
        matched_items = [item for item in page_items if item.get("buyer") == buyer and status in (None, item["status"])]
        return matched_items, next_key

    def count_recent_orders(self, buyer: str, since: str, limit: int) -> int:
        """Return how many orders a customer placed after `since`, counting at most `limit`."""
        return len(self._query(buyer, since, limit)[0])

    def _query(self, buyer: str, since: str, limit: int, start: Key | None = None) -> tuple[list[Item], Key | None]:
        start_argument: Any = {"ExclusiveStartKey": to_item({**start, "buyer": buyer})} if start else {}
        response = _call_dynamodb(
            lambda: self._client.query(
                TableName=self._table,
                IndexName=BUYER_INDEX,
                KeyConditionExpression="buyer = :buyer AND placed_at > :since",
                ExpressionAttributeValues=to_item({":buyer": buyer, ":since": since}),
                ScanIndexForward=False,
                Limit=limit,
                **start_argument,
            )
        )
        last_key = response.get("LastEvaluatedKey")
        next_key = {name: value for name, value in from_item(last_key).items() if name != "buyer"} if last_key else None
        return [from_item(item) for item in response["Items"]], next_key

    def _batch_get(self, ids: list[str]) -> dict[str, Item]:
        """Return up to 100 orders by id; retry keys that DynamoDB left unprocessed.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
        items: dict[str, Item] = {}
        unread_keys: Any = {self._table: {"Keys": [to_item({"order_id": order_id}) for order_id in ids]}} if ids else {}
        for _ in range(_MAX_BATCH_READS):
            if not unread_keys:
                return items
            response = _call_dynamodb(partial(self._client.batch_get_item, RequestItems=unread_keys))
            for item in map(from_item, response["Responses"].get(self._table, [])):
                items[item["order_id"]] = item
            unread_keys = response.get("UnprocessedKeys")
        raise TransientError("orders_unavailable", f"DynamoDB left keys unprocessed after {_MAX_BATCH_READS} reads")

    def _get_item(self, table: str, order_id: str) -> Item | None:
        key = to_item({"order_id": order_id})
        item = _call_dynamodb(lambda: self._client.get_item(TableName=table, Key=key, ConsistentRead=True)).get("Item")
        return from_item(item) if item else None


def _call_dynamodb[T](call: Callable[[], T]) -> T:
    try:
        return call()
    except (BotoCoreError, ClientError) as error:
        raise TransientError("orders_unavailable", f"a table is unavailable: {failure_code(error)}") from error
