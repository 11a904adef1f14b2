"""Reads the tables of the running system into an `invariants.Snapshot`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from orderflow_cli.local_cloud import seed
from orderflow_cli.observe.invariants import Snapshot

_deserialize = TypeDeserializer().deserialize


def take(
    dynamodb: Any,
    tables: Mapping[str, str],
    book: Mapping[str, Any],
    accepted_ids: frozenset[str],
    dead_letters: Mapping[str, str],
    *,
    delivered_notices: Iterable[tuple[str, int]] = (),
) -> Snapshot:
    """Take a snapshot with one scan per table. ``tables``: names by role; ``book``: the response to GET /book."""
    stock = list(items(dynamodb, tables["stock"]))
    return Snapshot(
        accepted_ids=accepted_ids,
        orders={item["order_id"]: item for item in items(dynamodb, tables["orders"])},
        ledger=list(items(dynamodb, tables["ledger"])),
        reservations={item["order_id"]: item for item in stock if item["pk"].startswith("order#")},
        initial_stock=seed.initial_stock(),
        available_stock={one["pk"][4:]: one["available"] for one in stock if one["pk"].startswith("sku#")},
        notices=[
            {"order_id": item["order_id"], "version": int(version), "kind": kind, "sent": outcome == "sent"}
            for item in items(dynamodb, tables["cases"])
            if item["case_id"] == "notices"
            for outcome in ("sent", "skipped")
            for version, kind in item[outcome].items()
        ],
        provider_entries=book["entries"],
        dead_letters=dead_letters,
        delivered_notices=delivered_notices,
    )


def items(dynamodb: Any, table: str) -> Iterator[dict[str, Any]]:
    """Yield all items of a table, with numbers as int. Scans the table, so it is for the local cloud and tests."""
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            yield to_plain_item(item)


def to_plain_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Convert an item from DynamoDB's attribute values to plain Python values."""
    return {name: _to_plain_value(_deserialize(value)) for name, value in item.items()}


def _to_plain_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _to_plain_value(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_to_plain_value(member) for member in value]
    return value if isinstance(value, (str, bool, type(None))) else int(value)
