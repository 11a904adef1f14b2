"""What the functions' logs say of one order.

Every log line of the system is JSON and carries the order id or, at the least, the correlation id of the request that
started it (`lambdas/common/observability.py`), so a quoted term is a filter that CloudWatch Logs and the local cloud
both understand.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orderflow_cli.observe.failures import lines

if TYPE_CHECKING:
    from mypy_boto3_logs.client import CloudWatchLogsClient

# The logger's own fields; everything else that a line holds is shown.
_OWN = frozenset({
    "level", "message", "timestamp", "at", "lines", "service", "function_request_id", "xray_trace_id", "correlation_id",
    "order_id", "log_level", "requestId", "stackTrace", "errorMessage",
    # What lines of earlier releases have besides.
    "location", "cold_start", "function_name", "function_memory_size", "function_arn",
})  # fmt: skip
IDENTIFIERS = frozenset({"event_id", "causation_id", "message_id", "sequence_number", "raised_at"})
"""Of a hop's details: for programs, and for who looks for one."""


@dataclass(frozen=True)
class Hop:
    """One log line, or an entry of a partner's book: ``at`` in UTC, ``failed``: it tells of a failure, which came
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


def of_order(
    logs: "CloudWatchLogsClient", log_groups: Mapping[str, str], order_id: str, since_ms: int | None = None
) -> list[Hop]:
    """The lines that name the order, and those that share their correlation id without naming it; oldest first."""
    named = _read(logs, log_groups, order_id, since_ms)
    first = next((hop.correlation_id for hop in named if hop.correlation_id), None)
    related = _read(logs, log_groups, first, since_ms) if first else []
    return _once(sorted(named + related, key=lambda hop: hop.at))


def _read(logs: "CloudWatchLogsClient", log_groups: Mapping[str, str], term: str, since_ms: int | None) -> list[Hop]:
    return [
        hop
        for function, group in log_groups.items()
        for _, line in lines(logs, group, f'"{term}"', since_ms)
        for hop in of_line(function, line, term)
    ]


def _once(hops: list[Hop]) -> list[Hop]:
    """Each line once; a failure that came again and again is one hop, at its first time."""
    unique: dict[str, Hop] = {}
    for hop in hops:
        told = json.dumps([hop.where, hop.message, hop.details], sort_keys=True)
        key = told if hop.failed else f"{told} {hop.at}"
        if key in unique and hop.failed and hop.at != unique[key].at:
            unique[key] = replace(unique[key], times=unique[key].times + 1)
        unique.setdefault(key, hop)
    return list(unique.values())


def of_line(function: str, line: str, term: str = "") -> list[Hop]:
    """What a log line tells of: nothing (the runtime's own, metrics), or what an invocation wrote as one; of that only
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
    # The runtime tells of an exception that nothing caught as "errorMessage".
    message = str(entry["message"] if "message" in entry else entry["errorMessage"])
    details = {name: value for name, value in entry.items() if name not in _OWN and value is not None}
    failed = entry.get("level", entry.get("log_level")) in {"WARNING", "ERROR", "CRITICAL"}
    return Hop(at, function, message, details, entry.get("correlation_id"), failed)
