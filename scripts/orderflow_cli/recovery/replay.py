"""Replays the archived events of a time window to chosen rules.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orderflow_cli import UserError, times
from orderflow_cli.environments import Cloud
from orderflow_cli.observe import metrics

ARCHIVE_DELAY = timedelta(minutes=10)
"""How long AWS recommends waiting before a replay, because events reach the archive with a delay."""

FINAL_STATES = ("COMPLETED", "FAILED", "CANCELLED")


@dataclass(frozen=True)
class Rule:
    """A rule to replay to; `api_destination_arns` are the ARNs of those targets that are API destinations."""

    name: str
    arn: str
    api_destination_arns: tuple[str, ...]
    excludes_replays: bool  # whether the event pattern excludes replayed events
    target_count: int


@dataclass(frozen=True)
class Replay:
    """The parameters of a replay."""

    name: str
    archive_arn: str
    bus_arn: str
    start_time: datetime
    end_time: datetime
    rules: tuple[Rule, ...]

    def request(self) -> dict[str, Any]:
        """Return the arguments of `StartReplay`. Without `FilterArns`, every matching rule would receive the events."""
        if not self.rules:
            raise UserError("--rule must be given at least once. Name the rules to replay to.")
        window = {"EventStartTime": self.start_time, "EventEndTime": self.end_time}
        destination = {"Arn": self.bus_arn, "FilterArns": [rule.arn for rule in self.rules]}
        return {"ReplayName": self.name, "EventSourceArn": self.archive_arn, **window, "Destination": destination}


def check_window(start_time: datetime, end_time: datetime, *, allow_recent: bool, now: datetime) -> None:
    """Raise UserError for a window that is empty, ends in the future, or is possibly not fully archived yet."""
    if start_time >= end_time:
        raise UserError(f"--from must be before --to ({times.rfc3339(end_time)}); got {times.rfc3339(start_time)}.")
    if end_time > now:
        raise UserError(f"--to must not be in the future; got {times.rfc3339(end_time)}.")
    archived_until = now - ARCHIVE_DELAY
    if end_time > archived_until and not allow_recent:
        raise UserError(
            f"Events may take 10 minutes to reach the archive: end the window by {times.rfc3339(archived_until)}, or "
            f"wait until {times.rfc3339(end_time + ARCHIVE_DELAY)} (--recent replays what is archived so far)."
        )


def find_rules(cloud: Cloud, bus_arn: str, names: Sequence[str]) -> tuple[Rule, ...]:
    """Return the rules with these names or roles (such as `intake`). Raises UserError if one is not on the bus."""
    client, bus = cloud.client("events"), bus_arn.rpartition("/")[2]
    pages = client.get_paginator("list_rules").paginate(EventBusName=bus)
    rules_by_name = {rule["Name"]: rule for page in pages for rule in page["Rules"]}
    rules = []
    for name in dict.fromkeys(names):
        full_names = [one for one in (name, f"{cloud.prefix}-{name.replace('_', '-')}") if one in rules_by_name]
        if not full_names:
            raise UserError(f"Unknown rule {name!r} on {bus}; choose from {', '.join(sorted(rules_by_name))}.")
        rules.append(_read_rule(client, bus, rules_by_name[full_names[0]]))
    return tuple(rules)


def _read_rule(client: Any, bus: str, description: dict[str, Any]) -> Rule:
    targets = client.list_targets_by_rule(Rule=description["Name"], EventBusName=bus)["Targets"]
    api_destination_arns = tuple(target["Arn"] for target in targets if ":api-destination/" in target["Arn"])
    excludes_replays = {"exists": False} in json.loads(description.get("EventPattern") or "{}").get("replay-name", [])
    return Rule(description["Name"], description["Arn"], api_destination_arns, excludes_replays, len(targets))


def check_rules(rules: Sequence[Rule], *, force: bool) -> None:
    """Raise UserError for a rule that calls an API destination, unless `force` is set."""
    for rule in rules:
        if rule.api_destination_arns and not force:
            raise UserError(
                f"{rule.name} calls a partner ({rule.api_destination_arns[0].rpartition(':')[2]}), and a replay could "
                "repeat its calls. Redrive its dead-letter messages with `orderflow redrive` instead."
            )


def count_deliveries(cloud: Cloud, replay: Replay) -> float | None:
    """Return how often the rules invoked their targets in the window; None if CloudWatch has no data."""
    bus = replay.bus_arn.rpartition("/")[2]
    seconds = (replay.end_time - replay.start_time).total_seconds()
    # CloudWatch returns at most 1,440 data points, with periods of whole minutes.
    period = 60 * max(1, -(-int(seconds) // (1_440 * 60)))
    counts = [
        value
        for rule in replay.rules
        for metric in [metrics.build_metric("AWS/Events", "Invocations", EventBusName=bus, RuleName=rule.name)]
        for _, value in metrics.read_points(cloud, metric, "Sum", replay.start_time, replay.end_time, period=period)
    ]
    return sum(counts) if counts else None


def wait_for_end(
    cloud: Cloud,
    replay: Replay,
    on_progress: Callable[[str, float], None],
    *,
    poll_seconds: float = 2.0,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[str, str]:
    """Wait until the replay ends, calling `on_progress(state, share)`. Return the final state and the reason."""
    seconds = (replay.end_time - replay.start_time).total_seconds()
    while True:
        description = cloud.client("events").describe_replay(ReplayName=replay.name)
        state = str(description["State"])
        last_event_time = description.get("EventLastReplayedTime")
        share = (last_event_time - replay.start_time).total_seconds() / seconds if last_event_time else 0.0
        on_progress(state, 1.0 if state == "COMPLETED" else min(1.0, max(0.0, share)))
        if state in FINAL_STATES:
            return state, str(description.get("StateReason", ""))
        sleep(poll_seconds)
