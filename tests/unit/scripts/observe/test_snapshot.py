"""What the checks see of the tables and of the provider's book."""

from typing import Any

from boto3.dynamodb.types import TypeSerializer

from orderflow_cli.local_cloud import seed
from orderflow_cli.observe import snapshot

NAMES = {name: name for name in ("orders", "ledger", "stock", "cases")}
_serialize = TypeSerializer().serialize


class Tables:
    """DynamoDB scans, one item a page."""

    def __init__(self, **tables: list[dict[str, Any]]) -> None:
        self._tables = tables

    def get_paginator(self, operation: str) -> "Tables":
        assert operation == "scan"
        return self

    def paginate(self, TableName: str, ConsistentRead: bool) -> Any:  # noqa: N803
        assert ConsistentRead
        for item in self._tables.get(TableName, []):
            yield {"Items": [{name: _serialize(value) for name, value in item.items()}]}


def test_item_is_plain_when_dynamodb_returns_it() -> None:
    item = {"text": "a", "number": 3, "yes": True, "nothing": None, "list": [1, {"deep": 2}], "map": {"more": [4]}}

    plain = snapshot.plain_item({name: _serialize(value) for name, value in item.items()})

    assert plain == item
    assert type(plain["number"]) is type(plain["list"][1]["deep"]) is int
    assert plain["yes"] is True


def test_snapshot_sorts_items_when_a_table_holds_different_kinds() -> None:
    tables = Tables(
        orders=[{"order_id": "one", "status": "paid"}, {"order_id": "two", "status": "placed"}],
        ledger=[{"order_id": "one", "entry_id": "capture#1", "amount": 500}],
        stock=[
            {"pk": "sku#PEN", "available": 98},
            {"pk": "order#one", "order_id": "one", "state": "reserved", "lines": [{"sku": "PEN", "quantity": 2}]},
        ],
        cases=[
            {"order_id": "one", "case_id": "notices", "told": 12, "sent": {"12": "paid"}, "skipped": {}},
            {"order_id": "one", "case_id": "double_charge", "kind": "double_charge"},
        ],
    )

    taken = snapshot.take(tables, NAMES, {"entries": [{"kind": "payment"}]}, frozenset({"one"}), {"three": "queue"})

    assert taken.orders == {
        "one": {"order_id": "one", "status": "paid"},
        "two": {"order_id": "two", "status": "placed"},
    }
    assert taken.ledger == [{"order_id": "one", "entry_id": "capture#1", "amount": 500}]
    assert taken.available == {"PEN": 98}
    assert taken.reservations["one"]["lines"] == [{"sku": "PEN", "quantity": 2}]
    assert [(notice["version"], notice["kind"], notice["sent"]) for notice in taken.notices] == [(12, "paid", True)]
    assert taken.book == [{"kind": "payment"}]
    assert (taken.accepted, taken.dead_letters) == (frozenset({"one"}), {"three": "queue"})
    assert taken.initial_stock == seed.initial_stock()
