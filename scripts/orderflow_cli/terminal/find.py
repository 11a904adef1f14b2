"""Orders by what is known of them, and dead-letter messages by reason."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from orderflow_cli.environments import Cloud
from orderflow_cli.observe import flow, invariants, orders
from orderflow_cli.observe.dead_letters import sources
from orderflow_cli.observe.dead_letters.messages import Message
from orderflow_cli.observe.dead_letters.reading import SEARCHED, Wanted, look, reader
from orderflow_cli.observe.failures import lines


@dataclass(frozen=True)
class Query:
    """What an order must have; None: anything. `stuck` is in minutes since its last change."""

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
    """The orders, newest change first, and whether the whole table was looked at: it has no index for these."""
    table = cloud.parameter("orders_table_arn").rpartition("/")[2]
    named = _named(cloud, wanted.correlation) if wanted.correlation else set()
    known, complete = orders.scan(cloud, table, "payments", "correlation_id")
    found = [
        order
        for order in known
        if (replace(wanted, correlation=None) if order["order_id"] in named else wanted).matches(order, now)
    ]
    return sorted(found, key=lambda order: str(order["updated_at"]), reverse=True), complete


def _named(cloud: Cloud, correlation_id: str) -> set[str]:
    """The orders that log lines name beside a correlation id: a later request about an order has one of its own."""
    groups = flow.read(cloud).log_groups.values()
    found = [
        part
        for group in groups
        for _, text in lines(cloud.client("logs"), group, f'"{correlation_id}"', None)
        for part in _parts(text)
    ]
    return {str(one["order_id"]) for one in found if one.get("correlation_id") == correlation_id and "order_id" in one}


def dead_letters(cloud: Cloud, reason: str) -> Iterator[Message]:
    """The dead-letter messages with that reason, of up to SEARCHED in each source."""
    wanted = Wanted(reason=reason)
    for source in sources.read(cloud):
        if reader(cloud, source).count():
            yield from (message for message in look(cloud, source, SEARCHED) if wanted.includes(message))


def _parts(line: str) -> list[dict[str, Any]]:
    """The entries of a line, which may hold those of a whole invocation."""
    try:
        found = json.loads(line)
    except ValueError:
        return []
    return list(found.get("lines", [found])) if isinstance(found, dict) else []
