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
"""A scan stops after the page on which it reaches this number of orders, because every read costs money on AWS."""

# An order is late this many seconds after its last change or, if `placed`, after the end of its payment term.
MAX_SECONDS_BY_STATUS = {"placed": 300, "paid": 900, "refunding": 86_400, "shipped": 14 * 86_400}
LOCAL_MAX_SECONDS_BY_STATUS = {"placed": 120, "paid": 120, "refunding": 120, "shipped": 120}

_FIELDS = (
    *("order_id", "status", "channel", "customer_id", "total", "version", "store"),
    *("placed_at", "updated_at", "payment_due_at", "refunds", "cancel_reason"),
)


@dataclass(frozen=True)
class Orders:
    """Orders: `items` unsorted, `unsettled_orders` oldest first; `late_order_states` maps order ids to descriptions."""

    counts_by_status: Mapping[str, int]
    items: tuple[Mapping[str, Any], ...]
    is_complete: bool
    unsettled_orders: tuple[Mapping[str, Any], ...]
    late_order_states: Mapping[str, str]

    @property
    def count(self) -> int:
        return len(self.items)


def read(cloud: Cloud, table: str, now: datetime | None = None) -> Orders:
    now = now or times.now()
    items, is_complete = scan(cloud, table)
    unsettled_orders = [item for item in items if not invariants.is_settled(item)]
    unsettled_orders.sort(key=lambda item: item["placed_at"])
    max_seconds_by_status = LOCAL_MAX_SECONDS_BY_STATUS if cloud.is_local else MAX_SECONDS_BY_STATUS
    counts_by_status = dict(Counter(item["status"] for item in items).most_common())
    late_orders = [one for one in unsettled_orders if is_late(one, now, max_seconds_by_status)]
    states = {one["order_id"]: describe(one, now) for one in late_orders}
    return Orders(counts_by_status, tuple(items), is_complete, tuple(unsettled_orders), states)


def get(cloud: Cloud, table: str, order_id: str) -> dict[str, Any] | None:
    key = {"order_id": {"S": order_id}}
    item = cloud.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    return to_plain_item(item) if item else None


def is_late(order: Mapping[str, Any], now: datetime, max_seconds_by_status: Mapping[str, int]) -> bool:
    since = datetime.fromisoformat(order.get("payment_due_at") or order["updated_at"])
    max_seconds = max_seconds_by_status.get(order["status"], max_seconds_by_status["refunding"])
    return (now - since).total_seconds() > max_seconds


def describe(order: Mapping[str, Any], now: datetime) -> str:
    """Return the state of an order as text: `placed, last changed 60 s ago, waiting for the payment provider`."""
    changed_at = datetime.fromisoformat(order["updated_at"])
    if invariants.is_settled(order):
        duration_seconds = max((changed_at - datetime.fromisoformat(order["placed_at"])).total_seconds(), 0)
        cancel_reason_text = f" ({order['cancel_reason'].replace('_', ' ')})" if order.get("cancel_reason") else ""
        return f"{order['status']}{cancel_reason_text}, {console.format_duration(duration_seconds)} after it was placed"
    age = console.format_duration(max((now - changed_at).total_seconds(), 0))
    return f"{order['status']}, last changed {age} ago, {invariants.describe_wait(order)}"


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
    """A filter for orders; None matches any value. `stuck_minutes`: minimum age of an unsettled order's last change."""

    customer: str | None = None
    receipt: str | None = None
    payment: str | None = None
    correlation_id: str | None = None
    status: str | None = None
    stuck_minutes: float | None = None

    def matches(self, order: Mapping[str, Any], now: datetime) -> bool:
        refunds = order.get("refunds", {}).values()
        payment_ids = {*order.get("payments", {}), *(refund.get("payment_id") for refund in refunds)}
        conditions = (
            (self.customer, {order.get("customer_id")}),
            (self.receipt, {order.get("store", {}).get("receipt_number")}),
            (self.payment, payment_ids),
            (self.correlation_id, {order.get("correlation_id")}),
            (self.status, {order.get("status")}),
        )
        return self._matches_age(order, now) and all(value is None or value in actual for value, actual in conditions)

    def _matches_age(self, order: Mapping[str, Any], now: datetime) -> bool:
        if self.stuck_minutes is None:
            return True
        time_since_update = now - datetime.fromisoformat(order["updated_at"])
        return not invariants.is_settled(order) and time_since_update.total_seconds() > self.stuck_minutes * 60


def find(cloud: Cloud, query: Query, now: datetime) -> tuple[list[dict[str, Any]], bool]:
    """Return the matching orders, latest change first, and whether the whole table was searched."""
    table = cloud.parameter("orders_table_arn").rpartition("/")[2]
    related_ids = _find_correlated_order_ids(cloud, query.correlation_id) if query.correlation_id else set()
    orders, is_complete = scan(cloud, table, "payments", "correlation_id")
    base_query = replace(query, correlation_id=None)
    matches = [one for one in orders if (base_query if one["order_id"] in related_ids else query).matches(one, now)]
    return sorted(matches, key=lambda order: str(order["updated_at"]), reverse=True), is_complete


def _find_correlated_order_ids(cloud: Cloud, correlation_id: str) -> set[str]:
    """Return the order ids in log lines with this correlation id, which differs for each request about an order."""
    logs, groups = cloud.client("logs"), flow.read(cloud).log_groups.values()
    texts = [text for group in groups for _, text in read_lines(logs, group, f'"{correlation_id}"', None)]
    entries = [entry for text in texts for entry in _parse_log_entries(text)]
    matching_entries = [entry for entry in entries if entry.get("correlation_id") == correlation_id]
    return {str(entry["order_id"]) for entry in matching_entries if "order_id" in entry}


def find_dead_letter_messages(cloud: Cloud, reason: str) -> Iterator[Message]:
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
