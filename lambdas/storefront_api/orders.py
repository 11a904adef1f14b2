"""Reads orders from the table, which only the recorder writes, and stores claims of pending orders."""

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
_READS = 4

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
        """Return the order's item, strongly consistent: a repeated request must see the first one's result."""
        return self._get(self._table, order_id)

    def find_claim(self, order_id: str) -> Item | None:
        """Return the claim of a recent first request for the order, if any."""
        return self._get(self._claims, order_id)

    def claim(self, claim: Mapping[str, Any]) -> Item:
        """Store a claim unless its order has one; return the stored claim."""

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

        The index holds keys alone, so that no change of an order has to be written to it, and follows the table within
        moments. With a `status`, or an order erased a moment ago, a page may hold fewer and still not be the last."""
        keys, last = self._keys(buyer, "0", limit, start)
        items = self._items([key["order_id"] for key in keys])
        found = [items[key["order_id"]] for key in keys if key["order_id"] in items]
        shown = [item for item in found if item.get("buyer") == buyer and status in (None, item["status"])]
        return shown, last

    def placed_since(self, buyer: str, since: str, most: int) -> int:
        """Return how many orders a customer placed after a time, counting up to `most`."""
        return len(self._keys(buyer, since, most)[0])

    def _keys(self, buyer: str, since: str, limit: int, start: Key | None = None) -> tuple[list[Item], Key | None]:
        begin: Any = {"ExclusiveStartKey": to_item({**start, "buyer": buyer})} if start else {}
        answer = _call_dynamodb(
            lambda: self._client.query(
                TableName=self._table,
                IndexName=BUYER_INDEX,
                KeyConditionExpression="buyer = :buyer AND placed_at > :since",
                ExpressionAttributeValues=to_item({":buyer": buyer, ":since": since}),
                ScanIndexForward=False,
                Limit=limit,
                **begin,
            )
        )
        last = answer.get("LastEvaluatedKey")
        following = {name: value for name, value in from_item(last).items() if name != "buyer"} if last else None
        return [from_item(item) for item in answer["Items"]], following

    def _items(self, order_ids: list[str]) -> dict[str, Item]:
        """Read up to 100 orders; keys that DynamoDB leaves unprocessed are requested again.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
        found: dict[str, Item] = {}
        asked: Any = {self._table: {"Keys": [to_item({"order_id": one}) for one in order_ids]}} if order_ids else {}
        for _ in range(_READS):
            if not asked:
                return found
            answer = _call_dynamodb(partial(self._client.batch_get_item, RequestItems=asked))
            for item in map(from_item, answer["Responses"].get(self._table, [])):
                found[item["order_id"]] = item
            asked = answer.get("UnprocessedKeys")
        raise TransientError("orders_unavailable", "the table returned only some of the orders")

    def _get(self, table: str, order_id: str) -> Item | None:
        key = to_item({"order_id": order_id})
        item = _call_dynamodb(lambda: self._client.get_item(TableName=table, Key=key, ConsistentRead=True)).get("Item")
        return from_item(item) if item else None


def _call_dynamodb[T](call: Callable[[], T]) -> T:
    try:
        return call()
    except (BotoCoreError, ClientError) as error:
        raise TransientError("orders_unavailable", f"a table is unavailable: {failure_code(error)}") from error
