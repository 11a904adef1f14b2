"""Reads orders: how many are in each state, which are unsettled and what they wait for, and which match a query."""

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
from orderflow_cli.observe.dead_letters.reading import SEARCH_LIMIT, MessageFilter, reader, sample
from orderflow_cli.observe.failures import read_lines
from orderflow_cli.observe.snapshot import to_plain_item

MAX_ORDERS = 20_000
"""Maximum number of orders to read from a table, because on AWS every read costs money."""

# Seconds after its last change (if `placed`: after the payment term) after which an order is late.
LATE_SECONDS = {"placed": 300, "paid": 900, "refunding": 86_400, "shipped": 14 * 86_400}
LOCAL_LATE_SECONDS = {"placed": 120, "paid": 120, "refunding": 120, "shipped": 120}

_FIELDS = (
    *("order_id", "status", "channel", "customer_id", "total", "version", "store"),
    *("placed_at", "updated_at", "payment_due_at", "refunds", "cancel_reason"),
)


@dataclass(frozen=True)
class Orders:
    """The orders: `read` unordered, `unsettled` oldest first; `late` maps the ids of late orders to their states."""

    by_status: Mapping[str, int]
    read: tuple[Mapping[str, Any], ...]
    complete: bool
    unsettled: tuple[Mapping[str, Any], ...]
    late: Mapping[str, str]

    @property
    def count(self) -> int:
        return len(self.read)


def read(cloud: Cloud, table: str, now: datetime | None = None) -> Orders:
    now = now or times.now()
    orders, complete = scan(cloud, table)
    unsettled = sorted((item for item in orders if not invariants.is_settled(item)), key=lambda item: item["placed_at"])
    terms = LOCAL_LATE_SECONDS if cloud.is_local else LATE_SECONDS
    by_status = dict(Counter(item["status"] for item in orders).most_common())
    late = {item["order_id"]: describe(item, now) for item in unsettled if is_late(item, now, terms)}
    return Orders(by_status=by_status, read=tuple(orders), complete=complete, unsettled=tuple(unsettled), late=late)


def get(cloud: Cloud, table: str, order_id: str) -> dict[str, Any] | None:
    key = {"order_id": {"S": order_id}}
    item = cloud.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    return to_plain_item(item) if item else None


def is_late(order: Mapping[str, Any], now: datetime, terms: Mapping[str, int]) -> bool:
    since = datetime.fromisoformat(order.get("payment_due_at") or order["updated_at"])
    return (now - since).total_seconds() > terms.get(order["status"], terms["refunding"])


def describe(order: Mapping[str, Any], now: datetime) -> str:
    """Describe the state of an order: `placed for 60 s, waits for the payment provider`."""
    changed = datetime.fromisoformat(order["updated_at"])
    if invariants.is_settled(order):
        duration_seconds = (changed - datetime.fromisoformat(order["placed_at"])).total_seconds()
        why = f" ({order['cancel_reason'].replace('_', ' ')})" if order.get("cancel_reason") else ""
        return f"{order['status']}{why}, {console.format_duration(max(duration_seconds, 0))} after it was placed"
    age = console.format_duration(max((now - changed).total_seconds(), 0))
    return f"{order['status']} for {age}, {invariants.describe_wait(order)}"


def scan(cloud: Cloud, table: str, *extra: str) -> tuple[list[dict[str, Any]], bool]:
    """Return the orders with the displayed attributes and those in `extra`, and whether the scan was complete."""
    orders: list[dict[str, Any]] = []
    names = {f"#{name}": name for name in (*_FIELDS, *extra)}
    request = {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
    for page in cloud.client("dynamodb").get_paginator("scan").paginate(TableName=table, **request):
        orders += [to_plain_item(item) for item in page["Items"]]
        if len(orders) >= MAX_ORDERS:
            return orders, False
    return orders, True


@dataclass(frozen=True)
class Query:
    """A filter for orders; None matches any value. `stuck_minutes` is the minimum time since the last change."""

    customer: str | None = None
    receipt: str | None = None
    payment: str | None = None
    correlation_id: str | None = None
    status: str | None = None
    stuck_minutes: float | None = None

    def matches(self, order: Mapping[str, Any], now: datetime) -> bool:
        paid = {*order.get("payments", {}), *(one.get("payment_id") for one in order.get("refunds", {}).values())}
        conditions = (
            (self.customer, {order.get("customer_id")}),
            (self.receipt, {order.get("store", {}).get("receipt_number")}),
            (self.payment, paid),
            (self.correlation_id, {order.get("correlation_id")}),
            (self.status, {order.get("status")}),
        )
        return self._is_stuck(order, now) and all(value is None or value in actual for value, actual in conditions)

    def _is_stuck(self, order: Mapping[str, Any], now: datetime) -> bool:
        if self.stuck_minutes is None:
            return True
        unchanged_for = now - datetime.fromisoformat(order["updated_at"])
        return not invariants.is_settled(order) and unchanged_for.total_seconds() > self.stuck_minutes * 60


def find(cloud: Cloud, query: Query, now: datetime) -> tuple[list[dict[str, Any]], bool]:
    """Return the matching orders, latest change first, and whether the whole table was searched."""
    table = cloud.parameter("orders_table_arn").rpartition("/")[2]
    related_ids = _find_correlated_order_ids(cloud, query.correlation_id) if query.correlation_id else set()
    known, complete = scan(cloud, table, "payments", "correlation_id")
    others = replace(query, correlation_id=None)
    matching = [order for order in known if (others if order["order_id"] in related_ids else query).matches(order, now)]
    return sorted(matching, key=lambda order: str(order["updated_at"]), reverse=True), complete


def _find_correlated_order_ids(cloud: Cloud, correlation_id: str) -> set[str]:
    """Return the order ids in log lines with this correlation id, which later requests about an order do not have."""
    logs, groups = cloud.client("logs"), flow.read(cloud).log_groups.values()
    texts = [text for group in groups for _, text in read_lines(logs, group, f'"{correlation_id}"', None)]
    entries = [entry for text in texts for entry in _parse_log_entries(text)]
    own = [entry for entry in entries if entry.get("correlation_id") == correlation_id]
    return {str(entry["order_id"]) for entry in own if "order_id" in entry}


def find_dead_letters(cloud: Cloud, reason: str) -> Iterator[Message]:
    """Yield the dead-letter messages with this reason, among the first SEARCH_LIMIT of each source."""
    message_filter = MessageFilter(reason=reason)
    for source in sources.read(cloud):
        if reader(cloud, source).count():
            yield from (message for message in sample(cloud, source, SEARCH_LIMIT) if message_filter.matches(message))


def _parse_log_entries(line: str) -> list[dict[str, Any]]:
    """Return the entries of a log line, which may contain all entries of an invocation."""
    try:
        entry = json.loads(line)
    except ValueError:
        return []
    return list(entry.get("lines", [entry])) if isinstance(entry, dict) else []
