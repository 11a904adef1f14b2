"""The stock table as a test looks at it, and a client that refuses overlapping transactions as DynamoDB does."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from tests.support import tables
from tests.support.doubles import client_error

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@dataclass(frozen=True)
class Stockroom:
    client: "DynamoDBClient"
    table: str

    def put(self, **available: int) -> None:
        for sku, pieces in available.items():
            tables.put(self.client, self.table, {"pk": f"sku#{sku}", "available": pieces})

    def available(self) -> dict[str, int]:
        items = tables.scan(self.client, self.table)
        return {item["pk"].removeprefix("sku#"): item["available"] for item in items if "available" in item}

    def reservation(self, order_id: str) -> Mapping[str, Any]:
        return tables.get(self.client, self.table, pk=f"order#{order_id}") or {}

    def state(self, order_id: str) -> str | None:
        return self.reservation(order_id).get("state")

    def reservations(self) -> list[Mapping[str, Any]]:
        return [item for item in tables.scan(self.client, self.table) if item["pk"].startswith("order#")]

    def clear(self) -> None:
        for item in tables.scan(self.client, self.table):
            self.client.delete_item(TableName=self.table, Key={"pk": {"S": item["pk"]}})


class OneTransactionAtATime:
    """A client for many threads: a transaction that begins while another one is under way is cancelled.

    DynamoDB cancels it when they share an item; moto has no such conflicts and is not made for threads.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
    """

    def __init__(self, client: "DynamoDBClient", duration_seconds: float = 0.002) -> None:
        self._client = client
        self._duration_seconds = duration_seconds
        self._transaction = threading.Lock()
        self._moto = threading.Lock()
        self.conflicts = 0

    @contextmanager
    def occupied(self) -> Iterator[None]:
        """Somebody's transaction is under way all the time."""
        with self._transaction:
            yield

    def get_item(self, **arguments: Any) -> Any:
        with self._moto:
            return self._client.get_item(**arguments)

    def transact_write_items(self, **arguments: Any) -> Any:
        if not self._transaction.acquire(blocking=False):
            self.conflicts += 1
            error = client_error("TransactionCanceledException", operation="TransactWriteItems")
            reasons = [{"Code": "TransactionConflict"}] * len(arguments["TransactItems"])
            cast(dict[str, Any], error.response)["CancellationReasons"] = reasons
            raise error
        try:
            time.sleep(self._duration_seconds)
            with self._moto:
                return self._client.transact_write_items(**arguments)
        finally:
            self._transaction.release()
