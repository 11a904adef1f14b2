"""The stock table as a test looks at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support import tables

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
