"""Creates the system's tables with the keys, indexes and stream that Terraform defines; reads and writes items."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from common.attribute_values import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

ORDERS, CLAIMS, LEDGER, STOCK, CASES = "orders", "claims", "ledger", "stock", "cases"

_KEYS: Mapping[str, tuple[str, ...]] = {
    ORDERS: ("order_id",),
    CLAIMS: ("order_id",),
    LEDGER: ("order_id", "entry_id"),
    STOCK: ("pk",),
    CASES: ("order_id", "case_id"),
}
_INDEXES = {"payment_due": ("due_shard", "payment_due_at"), "buyer": ("buyer", "placed_at")}
_INDEX_PROJECTIONS: Mapping[str, Any] = {
    "payment_due": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["version"]},
    "buyer": {"ProjectionType": "KEYS_ONLY"},
}


def _schema(*keys: str) -> list[Any]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(keys, ("HASH", "RANGE"), strict=False)]


def create_table(client: "DynamoDBClient", role: str, name: str | None = None) -> str:
    """Create the table for a role (ORDERS, CLAIMS, LEDGER, STOCK or CASES) and return its name."""
    table, key_names, options = name or role, [*_KEYS[role]], {}
    if role == ORDERS:
        key_names += [key for keys in _INDEXES.values() for key in keys]
        indexes = [
            {"IndexName": index, "KeySchema": _schema(*keys), "Projection": _INDEX_PROJECTIONS[index]}
            for index, keys in _INDEXES.items()
        ]
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        options = {"GlobalSecondaryIndexes": indexes, "StreamSpecification": stream}
    attributes: Any = [{"AttributeName": key, "AttributeType": "S"} for key in key_names]
    definition: Any = {"KeySchema": _schema(*_KEYS[role]), "AttributeDefinitions": attributes, **options}
    client.create_table(TableName=table, BillingMode="PAY_PER_REQUEST", **definition)
    return table


def put(client: "DynamoDBClient", table: str, item: Mapping[str, Any]) -> None:
    """Write a plain item unchanged and without conditions."""
    client.put_item(TableName=table, Item=to_item(item))


def get(client: "DynamoDBClient", table: str, **key: str) -> dict[str, Any] | None:
    """Return the plain item under `key`, or None."""
    item = client.get_item(TableName=table, Key=to_item(key), ConsistentRead=True).get("Item")
    return from_item(item) if item else None


def scan(client: "DynamoDBClient", table: str) -> Iterator[dict[str, Any]]:
    """Yield all items of a table in plain form."""
    for page in client.get_paginator("scan").paginate(TableName=table):
        for item in page["Items"]:
            yield from_item(item)
