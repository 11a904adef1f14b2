"""Reads the functions' logs: recent failures, and the log lines about one order.

Every log line that a function writes about an order is JSON and contains its id or at least the correlation id of the
originating request (`lambdas/common/observability.py`), so CloudWatch Logs and the local cloud can filter by either."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from orderflow_cli.environments import Cloud

if TYPE_CHECKING:
    from mypy_boto3_logs.client import CloudWatchLogsClient

RECENT_MINUTES = 10
# Retries in normal operation: events out of order, two writers of one item, two notices of one order.
ROUTINE_REASONS = frozenset({"early", "contended", "stock_busy", "notice_leased"})
# The local cloud matches every line with this pattern; irrelevant lines are dropped below.
_FILTER_PATTERN = (
    '{ ($.level = "ERROR") || ($.level = "CRITICAL") || ($.level = "WARNING") || ($.errorType = "*") || '
    '($.type = "platform.report") }'
)
# https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report
_REPORTED_CAUSES = {"timeout": "timed_out", "failure": "crashed"}

# The same reason for many events and orders counts as one failure.
_IDENTIFIER = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[a-z]{3,4}_[a-z2-7]{26}\b")
MAX_DETAIL_LENGTH = 160


@dataclass(frozen=True)
class Failure:
    """A failure of a function: `reason` and `detail` come from the log line; the detail is short, with ids masked."""

    function: str
    reason: str
    detail: str
    times: int
    last_at: datetime

    def __str__(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.function}: {self.reason}{detail}"


def read_recent_failures(cloud: Cloud, log_groups: Mapping[str, str], minutes: int = RECENT_MINUTES) -> list[Failure]:
    """Return the failures of the last `minutes` minutes, most frequent first; `log_groups` has a group per function."""
    since = int((datetime.now(UTC) - timedelta(minutes=minutes)).timestamp() * 1000)
    counts: dict[tuple[str, str, str], tuple[int, datetime]] = {}
    for function, group in log_groups.items():
        for at, line in read_lines(cloud.client("logs"), group, _FILTER_PATTERN, since):
            if cause := _parse_cause(line):
                detail = _IDENTIFIER.sub("…", cause[1])
                short_detail = detail if len(detail) <= MAX_DETAIL_LENGTH else f"{detail[:MAX_DETAIL_LENGTH]}…"
                key = (function, cause[0], short_detail)
                times, last_time = counts.get(key, (0, at))
                counts[key] = (times + 1, max(at, last_time))
    failures = [Failure(*key, times, last_time) for key, (times, last_time) in counts.items()]
    return sorted(failures, key=lambda failure: -failure.times)


def read_lines(logs: Any, group: str, pattern: str, since_ms: int | None) -> Iterator[tuple[datetime, str]]:
    """Yield the time and text of each matching line of a log group; nothing if the group does not exist."""
    request: dict[str, Any] = {"logGroupName": group, "filterPattern": pattern}
    if since_ms is not None:
        request["startTime"] = since_ms
    try:
        for page in logs.get_paginator("filter_log_events").paginate(**request):
            for event in page["events"]:
                yield datetime.fromtimestamp(event["timestamp"] / 1000, UTC), event["message"]
    except logs.exceptions.ResourceNotFoundException:
        return  # a function that was never called has no log group on some clouds


def _parse_cause(line: str) -> tuple[str, str] | None:
    """Return the reason and detail of a line that reports a failure; None for any other line."""
    try:
        entry = json.loads(line)
    except ValueError:
        return ("timed_out", "") if "Task timed out" in line else None
    if not isinstance(entry, dict):
        return None
    if "errorType" in entry:
        # The runtime's messages about uncaught errors: a failed import, a missing setting, a timeout.
        return str(entry["errorType"]), str(entry.get("errorMessage", ""))
    if entry.get("type") == "platform.report":
        cause = _REPORTED_CAUSES.get(entry["record"]["status"])
        return (cause, str(entry["record"].get("errorType", ""))) if cause else None
    reason = entry.get("reason") or entry.get("error")
    if entry.get("level") in {"ERROR", "CRITICAL"}:
        return str(reason or entry.get("message")), str(entry.get("detail") or entry.get("error") or "")
    if entry.get("level") == "WARNING" and entry.get("message") == "Will be retried" and reason not in ROUTINE_REASONS:
        return str(reason), str(entry.get("detail") or "")
    return None


# Fields of the logger and the runtime, and the order id; every other field of a line is a detail.
_LOGGER_FIELDS = frozenset({
    "level", "message", "timestamp", "at", "lines", "service", "function_request_id", "xray_trace_id", "correlation_id",
    "order_id", "log_level", "requestId", "stackTrace", "errorMessage",
    # Additional fields in lines of earlier releases.
    "location", "raised_at", "cold_start", "function_name", "function_memory_size", "function_arn",
})  # fmt: skip
JSON_ONLY_DETAILS = frozenset({"event_id", "causation_id", "message_id", "sequence_number", "raised_in"})
"""Details of a step that only the JSON output shows."""


@dataclass(frozen=True)
class TraceStep:
    """A step in the trace of an order: a function's log entry or a partner's record. ``where``: function or partner;
    ``failed``: whether the step reports a failure, which occurred ``times`` times."""

    at: datetime
    where: str
    message: str
    details: Mapping[str, Any]
    correlation_id: str | None = None
    failed: bool = False
    times: int = 1

    @property
    def details_text(self) -> str:
        """The details as text, without those that only the JSON output shows: `status=paid version=2`."""
        text = " ".join(f"{name}={value}" for name, value in self.details.items() if name not in JSON_ONLY_DETAILS)
        return f"{text} ({self.times} times)" if self.times > 1 else text


def find_steps(
    logs: "CloudWatchLogsClient", log_groups: Mapping[str, str], order_id: str, since_ms: int | None = None
) -> list[TraceStep]:
    """Return the log lines that contain the order id or the order's correlation id, oldest first."""
    order_steps = _find_steps(logs, log_groups, order_id, since_ms)
    correlation_id = next((step.correlation_id for step in order_steps if step.correlation_id), None)
    related_steps = _find_steps(logs, log_groups, correlation_id, since_ms) if correlation_id else []
    return _deduplicate(sorted(order_steps + related_steps, key=lambda step: step.at))


def _find_steps(
    logs: "CloudWatchLogsClient", log_groups: Mapping[str, str], term: str, since_ms: int | None
) -> list[TraceStep]:
    return [
        step
        for function, group in log_groups.items()
        for _, line in read_lines(logs, group, f'"{term}"', since_ms)
        for step in parse_steps(function, line, term)
    ]


def _deduplicate(steps: list[TraceStep]) -> list[TraceStep]:
    """Remove duplicate lines; a repeated failure becomes one step, at the time of the first occurrence."""
    unique_steps: dict[str, TraceStep] = {}
    for step in steps:
        content = json.dumps([step.where, step.message, step.details], sort_keys=True)
        key = content if step.failed else f"{content} {step.at}"
        if key in unique_steps and step.failed and step.at != unique_steps[key].at:
            unique_steps[key] = replace(unique_steps[key], times=unique_steps[key].times + 1)
        unique_steps.setdefault(key, step)
    return list(unique_steps.values())


def parse_steps(function: str, line: str, term: str = "") -> list[TraceStep]:
    """Parse the entries of a log line that contain `term`; return no steps if it is not a line of the logger."""
    try:
        entry = json.loads(line)
        items = entry.get("lines", [{}])
        return [_parse_step(function, {**entry, **one}) for one in items if not (one and term) or term in one.values()]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _parse_step(function: str, entry: Mapping[str, Any]) -> TraceStep:
    at = datetime.fromisoformat(entry["timestamp"])
    if "at" in entry:
        at = datetime.fromtimestamp(entry["at"] / 1_000, UTC)
    # The runtime reports an uncaught exception as "errorMessage".
    message = str(entry["message"] if "message" in entry else entry["errorMessage"])
    details = {name: value for name, value in entry.items() if name not in _LOGGER_FIELDS and value is not None}
    failed = entry.get("level", entry.get("log_level")) in {"WARNING", "ERROR", "CRITICAL"}
    return TraceStep(at, function, message, details, entry.get("correlation_id"), failed)
