"""The way of one order, read from the functions' logs: who handled what, when, and with which outcome.

Every log line of the system is JSON and carries the order id or, at the least, the correlation id of the request that
started it (`lambdas/common/observability.py`), so a quoted term is a filter that CloudWatch Logs and the local cloud
both understand.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_logs.client import CloudWatchLogsClient

SHOWN = ("event_type", "outcome", "previous_status", "status", "version", "reason", "event_id", "causation_id")


@dataclass(frozen=True)
class Hop:
    """One log line: ``at`` in UTC, ``details`` the fields worth showing."""

    at: datetime
    function: str
    message: str
    details: Mapping[str, Any]
    correlation_id: str | None


def read(logs: "CloudWatchLogsClient", log_groups: Mapping[str, str], term: str, since_ms: int | None) -> list[Hop]:
    """All hops whose line holds ``term``, oldest first. ``log_groups``: function -> log group name."""
    hops = [
        hop
        for function, group in log_groups.items()
        for line in _lines(logs, group, term, since_ms)
        if (hop := _hop(function, line)) is not None
    ]
    return sorted(hops, key=lambda hop: hop.at)


def of_order(
    logs: "CloudWatchLogsClient", log_groups: Mapping[str, str], order_id: str, since_ms: int | None = None
) -> list[Hop]:
    """The journey of one order: the lines that name it, and those that share their correlation id without naming it."""
    named = read(logs, log_groups, order_id, since_ms)
    first = next((hop.correlation_id for hop in named if hop.correlation_id), None)
    related = read(logs, log_groups, first, since_ms) if first else []
    unique = {
        (hop.at, hop.function, hop.message, json.dumps(hop.details, sort_keys=True)): hop for hop in named + related
    }
    return sorted(unique.values(), key=lambda hop: hop.at)


def _lines(logs: "CloudWatchLogsClient", group: str, term: str, since_ms: int | None) -> Iterator[str]:
    request: dict[str, Any] = {"logGroupName": group, "filterPattern": f'"{term}"'}
    if since_ms is not None:
        request["startTime"] = since_ms
    try:
        for page in logs.get_paginator("filter_log_events").paginate(**request):
            for event in page["events"]:
                yield event["message"]
    except logs.exceptions.ResourceNotFoundException:
        return  # a function that was never called has no log group on some clouds


def _hop(function: str, line: str) -> Hop | None:
    try:
        entry = json.loads(line)
        at = datetime.fromisoformat(entry["timestamp"])
        # The runtime tells of an exception that nothing caught as "errorMessage".
        message = str(entry["message"] if "message" in entry else entry["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return None  # the runtime's own lines (START, REPORT) and metrics are not hops
    details = {name: entry[name] for name in SHOWN if entry.get(name) is not None}
    return Hop(at, function, message, details, entry.get("correlation_id"))
