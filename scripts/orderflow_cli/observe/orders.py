"""Orders by state, those that are not settled, and where each of them stands."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orderflow_cli import console, times
from orderflow_cli.environments import Cloud
from orderflow_cli.observe import invariants
from orderflow_cli.observe.snapshot import plain_item

MOST = 20_000
"""A bigger table is read only so far: on AWS every order that is read costs."""

# Seconds after the last change (for `placed`: after the payment term) from which an order is late.
LATE = {"placed": 300, "paid": 900, "refunding": 86_400, "shipped": 14 * 86_400}
LATE_LOCALLY = {"placed": 120, "paid": 120, "refunding": 120, "shipped": 120}

_FIELDS = (
    *("order_id", "status", "channel", "customer_id", "total", "version", "store"),
    *("placed_at", "updated_at", "payment_due_at", "refunds", "cancel_reason"),
)


@dataclass(frozen=True)
class Orders:
    """`read` are as they come, `unsettled` oldest first; `late` maps the id of each that is late to where it stands."""

    by_status: Mapping[str, int]
    read: tuple[Mapping[str, Any], ...]
    complete: bool
    unsettled: tuple[Mapping[str, Any], ...]
    late: Mapping[str, str]

    @property
    def looked_at(self) -> int:
        return len(self.read)


def read(cloud: Cloud, table: str, now: datetime | None = None) -> Orders:
    now = now or times.now()
    found, complete = scan(cloud, table)
    unsettled = sorted((item for item in found if not invariants.is_settled(item)), key=lambda item: item["placed_at"])
    terms = LATE_LOCALLY if cloud.is_local else LATE
    return Orders(
        by_status=dict(Counter(item["status"] for item in found).most_common()),
        read=tuple(found),
        complete=complete,
        unsettled=tuple(unsettled),
        late={item["order_id"]: standing(item, now) for item in unsettled if is_late(item, now, terms)},
    )


def get(cloud: Cloud, table: str, order_id: str) -> dict[str, Any] | None:
    key = {"order_id": {"S": order_id}}
    item = cloud.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    return plain_item(item) if item else None


def is_late(order: Mapping[str, Any], now: datetime, terms: Mapping[str, int]) -> bool:
    since = datetime.fromisoformat(order.get("payment_due_at") or order["updated_at"])
    return (now - since).total_seconds() > terms.get(order["status"], terms["refunding"])


def standing(order: Mapping[str, Any], now: datetime) -> str:
    """`placed for 60 s, waits for the payment provider`."""
    changed = datetime.fromisoformat(order["updated_at"])
    if invariants.is_settled(order):
        took = (changed - datetime.fromisoformat(order["placed_at"])).total_seconds()
        why = f" ({order['cancel_reason'].replace('_', ' ')})" if order.get("cancel_reason") else ""
        return f"{order['status']}{why}, {console.duration(max(took, 0))} after it was placed"
    age = console.duration(max((now - changed).total_seconds(), 0))
    return f"{order['status']} for {age}, {invariants.waits_for(order)}"


def scan(cloud: Cloud, table: str, *more: str) -> tuple[list[dict[str, Any]], bool]:
    """The orders with what is shown of them and `more` of their attributes; whether those are all."""
    found: list[dict[str, Any]] = []
    names = {f"#{name}": name for name in (*_FIELDS, *more)}
    pages = (
        cloud.client("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=table, ProjectionExpression=", ".join(names), ExpressionAttributeNames=names)
    )
    for page in pages:
        found += [plain_item(item) for item in page["Items"]]
        if len(found) >= MOST:
            return found, False
    return found, True
