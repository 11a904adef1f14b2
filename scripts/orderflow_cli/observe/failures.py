"""Which functions fail: the errors in their logs of the last minutes, by reason."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from orderflow_cli.environments import Cloud

MINUTES = 10
# Retried as a matter of course: an event that overtook another one, two writers of one item.
ROUTINE = frozenset({"early", "contended"})
# The local cloud takes every line for this pattern; what is not meant is left out below.
_PATTERN = '{ ($.level = "ERROR") || ($.level = "CRITICAL") || ($.level = "WARNING") || ($.errorType = "*") }'


# One reason for many events and orders is one failure.
_IDENTIFIER = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[a-z]{3,4}_[a-z2-7]{26}\b")
LONGEST = 160


@dataclass(frozen=True)
class Failure:
    """`reason` and `detail` as the function gave them, the detail without identifiers and shortened."""

    function: str
    reason: str
    detail: str
    times: int
    last: datetime

    def __str__(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.function}: {self.reason}{detail}"


def recent(cloud: Cloud, log_groups: Mapping[str, str], minutes: int = MINUTES) -> list[Failure]:
    """The failures of the last minutes, the most frequent first. `log_groups`: by function."""
    since = int((datetime.now(UTC) - timedelta(minutes=minutes)).timestamp() * 1000)
    found: dict[tuple[str, str, str], tuple[int, datetime]] = {}
    for function, group in log_groups.items():
        for at, line in lines(cloud.client("logs"), group, _PATTERN, since):
            if cause := _cause(line):
                key = (function, cause[0], _shortened(cause[1]))
                times, last = found.get(key, (0, at))
                found[key] = (times + 1, max(at, last))
    failures = [Failure(*key, times, last) for key, (times, last) in found.items()]
    return sorted(failures, key=lambda failure: -failure.times)


def lines(logs: Any, group: str, pattern: str, since_ms: int | None) -> Iterator[tuple[datetime, str]]:
    """Time and text of the lines of a log group that the pattern takes; none where there is no such group."""
    request: dict[str, Any] = {"logGroupName": group, "filterPattern": pattern}
    if since_ms is not None:
        request["startTime"] = since_ms
    try:
        for page in logs.get_paginator("filter_log_events").paginate(**request):
            for event in page["events"]:
                yield datetime.fromtimestamp(event["timestamp"] / 1000, UTC), event["message"]
    except logs.exceptions.ResourceNotFoundException:
        return  # a function that was never called has no log group on some clouds


def _shortened(detail: str) -> str:
    text = _IDENTIFIER.sub("…", detail)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _cause(line: str) -> tuple[str, str] | None:
    """Reason and detail of a line that tells of a failure; None for every other line."""
    try:
        entry = json.loads(line)
    except ValueError:
        return ("timed_out", "") if "Task timed out" in line else None
    if not isinstance(entry, dict):
        return None
    if "errorType" in entry:
        # The runtime's words for what nothing caught: an import, a setting that is missing, a time-out.
        return str(entry["errorType"]), str(entry.get("errorMessage", ""))
    reason = entry.get("reason") or entry.get("error")
    if entry.get("level") in {"ERROR", "CRITICAL"}:
        return str(reason or entry.get("message")), str(entry.get("detail") or entry.get("error") or "")
    if entry.get("level") == "WARNING" and entry.get("message") == "To be retried" and reason not in ROUTINE:
        return str(reason), str(entry.get("detail") or "")
    return None
