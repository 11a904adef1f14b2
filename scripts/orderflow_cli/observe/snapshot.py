"""Reads the running system into an `invariants.Snapshot`: tables by scan, the provider's book by HTTP."""

from collections.abc import Iterator, Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from orderflow_cli.local_cloud import seed
from orderflow_cli.observe.invariants import Snapshot

_deserialize = TypeDeserializer().deserialize


def take(
    dynamodb: Any,
    outputs: Mapping[str, Any],
    book: Mapping[str, Any],
    accepted: frozenset[str],
    dead_letters: Mapping[str, str],
) -> Snapshot:
    """Read everything once; ``outputs`` are those of the environment, ``book`` the payment provider's."""
    stock = list(items(dynamodb, outputs["stock_table_name"]))
    return Snapshot(
        accepted=accepted,
        orders={item["order_id"]: item for item in items(dynamodb, outputs["orders_table_name"])},
        ledger=list(items(dynamodb, outputs["ledger_table_name"])),
        reservations={item["order_id"]: item for item in stock if item["pk"].startswith("order#")},
        initial_stock=seed.initial_stock(),
        available={
            item["pk"].removeprefix("sku#"): item["available"] for item in stock if item["pk"].startswith("sku#")
        },
        notices=[
            {**item, "version": int(item["case_id"].removeprefix("notice#"))}
            for item in items(dynamodb, outputs["cases_table_name"])
            if item["case_id"].startswith("notice#")
        ],
        book=book["entries"],
        dead_letters=dead_letters,
    )


def items(dynamodb: Any, table: str) -> Iterator[dict[str, Any]]:
    """All items of a table, numbers as int: a scan, for tables of a local cloud or a test."""
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            yield plain_item(item)


def plain_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item as DynamoDB returns it, in plain Python."""
    return {name: _plain(_deserialize(value)) for name, value in item.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return value if isinstance(value, (str, bool, type(None))) else int(value)
