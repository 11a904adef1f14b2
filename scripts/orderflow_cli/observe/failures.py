"""Reads the functions' logs: recent failures, and the log lines about one order.

Every log line of the system is JSON and carries the order id or, at the least, the correlation id of the request that
started it (`lambdas/common/observability.py`), so a quoted term is a filter that CloudWatch Logs and the local cloud
both understand."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from orderflow_cli.environments import Cloud

if TYPE_CHECKING:
    from mypy_boto3_logs.client import CloudWatchLogsClient

MINUTES = 10
# Retries in normal operation: out-of-order events, two writers of one item, two notices of one order.
ROUTINE = frozenset({"early", "contended", "stock_busy", "notice_leased"})
# The local cloud matches every line with this pattern; irrelevant lines are dropped below.
_PATTERN = '{ ($.level = "ERROR") || ($.level = "CRITICAL") || ($.level = "WARNING") || ($.errorType = "*") }'


# The same reason for many events and orders counts as one failure.
_IDENTIFIER = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[a-z]{3,4}_[a-z2-7]{26}\b")
LONGEST = 160


@dataclass(frozen=True)
class Failure:
    """`reason` and `detail` from the log line, the detail shortened and without identifiers."""

    function: str
    reason: str
    detail: str
    times: int
    last: datetime

    def __str__(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.function}: {self.reason}{detail}"


def recent(cloud: Cloud, log_groups: Mapping[str, str], minutes: int = MINUTES) -> list[Failure]:
    """Return the failures of the last minutes, most frequent first. `log_groups`: by function."""
    since = int((datetime.now(UTC) - timedelta(minutes=minutes)).timestamp() * 1000)
    found: dict[tuple[str, str, str], tuple[int, datetime]] = {}
    for function, group in log_groups.items():
        for at, line in lines(cloud.client("logs"), group, _PATTERN, since):
            if cause := _cause(line):
                text = _IDENTIFIER.sub("…", cause[1])
                key = (function, cause[0], text if len(text) <= LONGEST else f"{text[:LONGEST]}…")
                times, last = found.get(key, (0, at))
                found[key] = (times + 1, max(at, last))
    failures = [Failure(*key, times, last) for key, (times, last) in found.items()]
    return sorted(failures, key=lambda failure: -failure.times)


def lines(logs: Any, group: str, pattern: str, since_ms: int | None) -> Iterator[tuple[datetime, str]]:
    """Yield time and text of the matching lines of a log group; nothing if the group does not exist."""
    request: dict[str, Any] = {"logGroupName": group, "filterPattern": pattern}
    if since_ms is not None:
        request["startTime"] = since_ms
    try:
        for page in logs.get_paginator("filter_log_events").paginate(**request):
            for event in page["events"]:
                yield datetime.fromtimestamp(event["timestamp"] / 1000, UTC), event["message"]
    except logs.exceptions.ResourceNotFoundException:
        return  # a function that was never called has no log group on some clouds


def _cause(line: str) -> tuple[str, str] | None:
    """Return reason and detail of a line that reports a failure; None for every other line."""
    try:
        entry = json.loads(line)
    except ValueError:
        return ("timed_out", "") if "Task timed out" in line else None
    if not isinstance(entry, dict):
        return None
    if "errorType" in entry:
        # The runtime's messages for uncaught errors: a failed import, a missing setting, a time-out.
        return str(entry["errorType"]), str(entry.get("errorMessage", ""))
    reason = entry.get("reason") or entry.get("error")
    if entry.get("level") in {"ERROR", "CRITICAL"}:
        return str(reason or entry.get("message")), str(entry.get("detail") or entry.get("error") or "")
    if entry.get("level") == "WARNING" and entry.get("message") == "To be retried" and reason not in ROUTINE:
        return str(reason), str(entry.get("detail") or "")
    return None


# The logger's own fields; every other field of a line is shown.
_OWN = frozenset({
    "level", "message", "timestamp", "at", "lines", "service", "function_request_id", "xray_trace_id", "correlation_id",
    "order_id", "log_level", "requestId", "stackTrace", "errorMessage",
    # Additional fields in lines of earlier releases.
    "location", "cold_start", "function_name", "function_memory_size", "function_arn",
})  # fmt: skip
IDENTIFIERS = frozenset({"event_id", "causation_id", "message_id", "sequence_number", "raised_at"})
"""Identifiers among a hop's details, shown only in JSON output."""


@dataclass(frozen=True)
class Hop:
    """One log line, or an entry of a partner's book: ``at`` in UTC, ``failed``: it reports a failure that occurred
    ``times`` times."""

    at: datetime
    where: str
    message: str
    details: Mapping[str, Any]
    correlation_id: str | None = None
    failed: bool = False
    times: int = 1

    @property
    def shown(self) -> str:
        """`status=paid version=2`, without the identifiers."""
        found = " ".join(f"{name}={value}" for name, value in self.details.items() if name not in IDENTIFIERS)
        return f"{found} ({self.times} times)" if self.times > 1 else found


def hops_of_order(
    logs: "CloudWatchLogsClient", log_groups: Mapping[str, str], order_id: str, since_ms: int | None = None
) -> list[Hop]:
    """Return the lines that name the order, and those with their correlation id that do not; oldest first."""
    named = _read(logs, log_groups, order_id, since_ms)
    first = next((hop.correlation_id for hop in named if hop.correlation_id), None)
    related = _read(logs, log_groups, first, since_ms) if first else []
    return _once(sorted(named + related, key=lambda hop: hop.at))


def _read(logs: "CloudWatchLogsClient", log_groups: Mapping[str, str], term: str, since_ms: int | None) -> list[Hop]:
    return [
        hop
        for function, group in log_groups.items()
        for _, line in lines(logs, group, f'"{term}"', since_ms)
        for hop in hops_in_line(function, line, term)
    ]


def _once(hops: list[Hop]) -> list[Hop]:
    """Remove duplicate lines; a repeated failure is one hop, at its first time."""
    unique: dict[str, Hop] = {}
    for hop in hops:
        told = json.dumps([hop.where, hop.message, hop.details], sort_keys=True)
        key = told if hop.failed else f"{told} {hop.at}"
        if key in unique and hop.failed and hop.at != unique[key].at:
            unique[key] = replace(unique[key], times=unique[key].times + 1)
        unique.setdefault(key, hop)
    return list(unique.values())


def hops_in_line(function: str, line: str, term: str = "") -> list[Hop]:
    """Return the hops in a log line: none (the runtime's own, metrics), or the entries of an invocation; of those only
    what names the term."""
    try:
        entry = json.loads(line)
        parts = entry.get("lines", [{}])
        return [_hop(function, {**entry, **one}) for one in parts if not (one and term) or term in one.values()]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _hop(function: str, entry: Mapping[str, Any]) -> Hop:
    at = datetime.fromisoformat(entry["timestamp"])
    if "at" in entry:
        at = datetime.fromtimestamp(entry["at"] / 1_000, UTC)
    # The runtime reports an uncaught exception as "errorMessage".
    message = str(entry["message"] if "message" in entry else entry["errorMessage"])
    details = {name: value for name, value in entry.items() if name not in _OWN and value is not None}
    failed = entry.get("level", entry.get("log_level")) in {"WARNING", "ERROR", "CRITICAL"}
    return Hop(at, function, message, details, entry.get("correlation_id"), failed)
