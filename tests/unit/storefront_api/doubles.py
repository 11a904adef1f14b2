"""Test doubles of the API's dependencies, and events of API Gateway."""

import json
from collections.abc import Mapping
from typing import Any

from common.errors import TransientError
from contracts import Event
from storefront_api.price import Catalog
from tests.support.events import ADDRESS
from tests.support.http import http_event

CATALOG = Catalog("EUR", {"PEN": {"name": "Pen", "unit_price": 250}, "INK": {"name": "Ink", "unit_price": 1_195}})


class OrdersDouble:
    """A test double of the orders and claims tables; `items` has the orders by id, `reads` counts calls of `find`."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.claims: dict[str, dict[str, Any]] = {}
        self.reads = 0
        self.is_down = False
        self.error: Exception | None = None

    def find(self, order_id: str) -> dict[str, Any] | None:
        self.reads += 1
        if self.is_down:
            raise self.error or TransientError("orders_unavailable", "the table is unavailable")
        return self.items.get(order_id)

    def find_claim(self, order_id: str) -> dict[str, Any] | None:
        return self.claims.get(order_id)

    def store_claim(self, claim: Mapping[str, Any]) -> dict[str, Any]:
        return self.claims.setdefault(claim["order_id"], dict(claim))

    def page(
        self, buyer: str, *, limit: int, status: str | None = None, start: Mapping[str, str] | None = None
    ) -> tuple[list[dict[str, Any]], dict[str, str] | None]:
        if self.is_down:
            raise self.error or TransientError("orders_unavailable", "the table is unavailable")

        def sort_key(item: Mapping[str, Any]) -> tuple[str, str]:
            return item["placed_at"], item["order_id"]

        end = (start["placed_at"], start["order_id"]) if start else ("9", "")
        orders = [each for each in self.items.values() if each.get("buyer") == buyer]
        items = sorted((each for each in orders if sort_key(each) < end), key=sort_key, reverse=True)[:limit]
        key = dict(zip(("placed_at", "order_id"), sort_key(items[-1]), strict=True)) if len(items) == limit else None
        return [each for each in items if status in (None, each["status"])], key

    def count_recent_orders(self, buyer: str, since: str, limit: int) -> int:
        orders, _ = self.page(buyer, limit=limit)
        return sum(since < each["placed_at"] for each in orders)

    def record(self, event: Event) -> None:
        """Store the order of an OrderPlaced event, as the recorder does."""
        data = event["data"]
        self.items[data["order_id"]] = {
            **{**data, "buyer": data["customer_id"], "status": "placed", "version": 1, "due_shard": "3"},
            **dict.fromkeys(("updated_at", "payment_due_at"), data["placed_at"]),
            **{"correlation_id": event["metadata"]["correlation_id"], "last_event_id": event["metadata"]["event_id"]},
            "applied": {"OrderPlaced": event["metadata"]["event_id"]},
        }


def order_body(**changes: Any) -> dict[str, Any]:
    lines = [{"sku": "PEN", "quantity": 2}, {"sku": "INK", "quantity": 1}]
    body = {"channel": "web", "lines": lines, "shipping_address": dict(ADDRESS), "contact_email": "ada@example.org"}
    return {**body, **changes}


def post_order(
    body: Any = None, *, headers: Mapping[str, str] | None = None, text: str | None = None, **options: Any
) -> dict[str, Any]:
    """Return the event of a POST /orders with `body` as JSON, or with `text`; a header with value "" is omitted."""
    all_headers = {"content-type": "application/json", "idempotency-key": "key-1", **(headers or {})}
    body = text if text is not None else json.dumps(order_body() if body is None else body)
    return http_event("POST", "/orders", body=body, headers={k: v for k, v in all_headers.items() if v}, **options)
