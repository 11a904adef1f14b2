"""Orders by state, and the unsettled ones with what each waits for."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from orderflow_cli import console, times
from orderflow_cli.environments import Cloud
from orderflow_cli.observe import flow, invariants
from orderflow_cli.observe.dead_letters import sources
from orderflow_cli.observe.dead_letters.messages import Message
from orderflow_cli.observe.dead_letters.reading import SEARCHED, Wanted, look, reader
from orderflow_cli.observe.failures import lines
from orderflow_cli.observe.snapshot import plain_item

MOST = 20_000
"""Maximum number of orders read from a table: on AWS every read costs."""

# Seconds after the last change (for `placed`: after the payment term) from which an order is late.
LATE = {"placed": 300, "paid": 900, "refunding": 86_400, "shipped": 14 * 86_400}
LATE_LOCALLY = {"placed": 120, "paid": 120, "refunding": 120, "shipped": 120}

_FIELDS = (
    *("order_id", "status", "channel", "customer_id", "total", "version", "store"),
    *("placed_at", "updated_at", "payment_due_at", "refunds", "cancel_reason"),
)


@dataclass(frozen=True)
class Orders:
    """`read` is unordered, `unsettled` oldest first; `late` maps the id of each late order to its state."""

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
    by_status = dict(Counter(item["status"] for item in found).most_common())
    late = {item["order_id"]: standing(item, now) for item in unsettled if is_late(item, now, terms)}
    return Orders(by_status=by_status, read=tuple(found), complete=complete, unsettled=tuple(unsettled), late=late)


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
    """Return the orders with the displayed attributes and `more`, and whether the scan was complete."""
    found: list[dict[str, Any]] = []
    names = {f"#{name}": name for name in (*_FIELDS, *more)}
    wanted = {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
    for page in cloud.client("dynamodb").get_paginator("scan").paginate(TableName=table, **wanted):
        found += [plain_item(item) for item in page["Items"]]
        if len(found) >= MOST:
            return found, False
    return found, True


@dataclass(frozen=True)
class Query:
    """A filter of orders; None matches any value. `stuck` is in minutes since its last change."""

    customer: str | None = None
    receipt: str | None = None
    payment: str | None = None
    correlation: str | None = None
    status: str | None = None
    stuck: float | None = None

    def matches(self, order: Mapping[str, Any], now: datetime) -> bool:
        paid = {*order.get("payments", {}), *(one.get("payment_id") for one in order.get("refunds", {}).values())}
        wanted = (
            (self.customer, {order.get("customer_id")}),
            (self.receipt, {order.get("store", {}).get("receipt_number")}),
            (self.payment, paid),
            (self.correlation, {order.get("correlation_id")}),
            (self.status, {order.get("status")}),
        )
        return all(want is None or want in has for want, has in wanted) and self._is_stuck(order, now)

    def _is_stuck(self, order: Mapping[str, Any], now: datetime) -> bool:
        if self.stuck is None:
            return True
        waited = now - datetime.fromisoformat(order["updated_at"])
        return not invariants.is_settled(order) and waited.total_seconds() > self.stuck * 60


def find(cloud: Cloud, wanted: Query, now: datetime) -> tuple[list[dict[str, Any]], bool]:
    """Return the orders, latest change first, and whether the whole table was searched: it has no index for this."""
    table = cloud.parameter("orders_table_arn").rpartition("/")[2]
    named = _named(cloud, wanted.correlation) if wanted.correlation else set()
    known, complete = scan(cloud, table, "payments", "correlation_id")
    others = replace(wanted, correlation=None)
    found = [order for order in known if (others if order["order_id"] in named else wanted).matches(order, now)]
    return sorted(found, key=lambda order: str(order["updated_at"]), reverse=True), complete


def _named(cloud: Cloud, correlation_id: str) -> set[str]:
    """Return the orders that log lines name with a correlation id: later requests about an order have their own."""
    logs, groups = cloud.client("logs"), flow.read(cloud).log_groups.values()
    texts = [text for group in groups for _, text in lines(logs, group, f'"{correlation_id}"', None)]
    found = [part for text in texts for part in _parts(text)]
    return {str(one["order_id"]) for one in found if one.get("correlation_id") == correlation_id and "order_id" in one}


def dead_letters(cloud: Cloud, reason: str) -> Iterator[Message]:
    """Return the dead-letter messages with that reason, among up to SEARCHED in each source."""
    wanted = Wanted(reason=reason)
    for source in sources.read(cloud):
        if reader(cloud, source).count():
            yield from (message for message in look(cloud, source, SEARCHED) if wanted.includes(message))


def _parts(line: str) -> list[dict[str, Any]]:
    """Return the entries of a line, which may be those of a whole invocation."""
    try:
        found = json.loads(line)
    except ValueError:
        return []
    return list(found.get("lines", [found])) if isinstance(found, dict) else []
