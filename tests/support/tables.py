"""The tables of the system as tests create them: keys, index and stream as in Terraform, in one place."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from common.attribute_values import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

ORDERS, CLAIMS, LEDGER, STOCK, CASES = "orders", "claims", "ledger", "stock", "cases"

_DEFINITIONS: Mapping[str, Mapping[str, Any]] = {
    ORDERS: {
        "KeySchema": [{"AttributeName": "order_id", "KeyType": "HASH"}],
        "AttributeDefinitions": [
            {"AttributeName": "order_id", "AttributeType": "S"},
            {"AttributeName": "due_shard", "AttributeType": "S"},
            {"AttributeName": "payment_due_at", "AttributeType": "S"},
            {"AttributeName": "buyer", "AttributeType": "S"},
            {"AttributeName": "placed_at", "AttributeType": "S"},
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "payment_due",
                "KeySchema": [
                    {"AttributeName": "due_shard", "KeyType": "HASH"},
                    {"AttributeName": "payment_due_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["version"]},
            },
            {
                "IndexName": "buyer",
                "KeySchema": [
                    {"AttributeName": "buyer", "KeyType": "HASH"},
                    {"AttributeName": "placed_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
        ],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    },
    CLAIMS: {
        "KeySchema": [{"AttributeName": "order_id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "order_id", "AttributeType": "S"}],
    },
    LEDGER: {
        "KeySchema": [
            {"AttributeName": "order_id", "KeyType": "HASH"},
            {"AttributeName": "entry_id", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": [
            {"AttributeName": "order_id", "AttributeType": "S"},
            {"AttributeName": "entry_id", "AttributeType": "S"},
        ],
    },
    STOCK: {
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    },
    CASES: {
        "KeySchema": [
            {"AttributeName": "order_id", "KeyType": "HASH"},
            {"AttributeName": "case_id", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": [
            {"AttributeName": "order_id", "AttributeType": "S"},
            {"AttributeName": "case_id", "AttributeType": "S"},
        ],
    },
}


def create_table(client: "DynamoDBClient", role: str, name: str | None = None) -> str:
    """Create the table of one role (ORDERS, CLAIMS, LEDGER, STOCK or CASES) and return its name."""
    table = name or role
    client.create_table(TableName=table, BillingMode="PAY_PER_REQUEST", **_DEFINITIONS[role])
    return table


def put(client: "DynamoDBClient", table: str, item: Mapping[str, Any]) -> None:
    """Write a plain item as it is, past all conditions."""
    client.put_item(TableName=table, Item=to_item(item))


def get(client: "DynamoDBClient", table: str, **key: str) -> dict[str, Any] | None:
    """Return the plain item under `key`."""
    item = client.get_item(TableName=table, Key=to_item(key), ConsistentRead=True).get("Item")
    return from_item(item) if item else None


def scan(client: "DynamoDBClient", table: str) -> Iterator[dict[str, Any]]:
    """Yield all items of a table in plain form."""
    for page in client.get_paginator("scan").paginate(TableName=table):
        for item in page["Items"]:
            yield from_item(item)
