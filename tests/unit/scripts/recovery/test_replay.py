from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from orderflow_cli import UserError
from orderflow_cli.environments import Cloud
from orderflow_cli.recovery import replay
from orderflow_cli.recovery.replay import Replay, Rule

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BUS_ARN = "arn:aws:events:eu-west-1:111122223333:event-bus/orderflow-dev-orders"
RULE_ARN_PREFIX = "arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-orders/orderflow-dev-"
RULES = tuple(Rule(f"orderflow-dev-{role}", RULE_ARN_PREFIX + role, (), False, 1) for role in ("intake", "audit"))
REPLAY = Replay("it", "arn:archive", BUS_ARN, NOW - timedelta(hours=2), NOW - timedelta(hours=1), RULES)


def build_cloud(*descriptions: dict[str, Any]) -> Cloud:
    """Return an environment whose EventBridge client returns the given descriptions of a replay, one per call."""
    remaining = iter(descriptions)
    return Cloud("dev", lambda service: SimpleNamespace(describe_replay=lambda **_: next(remaining)))


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (60, 60, "must be before --to"),
        (60, 90, "must be before --to"),
        (60, -1, "must not be in the future"),
        (60, 9, "may take 10 minutes to reach the archive: end the window by 2026-11-23T11:50:00Z"),
    ],
)
def test_window_that_cannot_be_replayed_completely_is_rejected(start: int, end: int, message: str) -> None:
    with pytest.raises(UserError, match=message):
        replay.check_window(NOW - timedelta(minutes=start), NOW - timedelta(minutes=end), allow_recent=False, now=NOW)


@pytest.mark.parametrize(("end", "allow_recent"), [(10, False), (1, True)])
def test_window_is_accepted_when_old_enough_or_recent_events_are_allowed(end: int, allow_recent: bool) -> None:
    replay.check_window(NOW - timedelta(hours=1), NOW - timedelta(minutes=end), allow_recent=allow_recent, now=NOW)


def test_progress_is_shown_until_the_replay_ends() -> None:
    middle_time = NOW - timedelta(minutes=90)
    states = [
        {"State": "STARTING"},
        *({"State": state, "EventLastReplayedTime": middle_time} for state in ("RUNNING", "COMPLETED")),
    ]
    progress: list[tuple[str, float]] = []
    waits: list[float] = []

    state = replay.wait_for_end(build_cloud(*states), REPLAY, lambda *args: progress.append(args), sleep=waits.append)

    assert state == ("COMPLETED", "")
    assert progress == [("STARTING", 0.0), ("RUNNING", 0.5), ("COMPLETED", 1.0)]
    assert len(waits) == 2


def test_reason_is_returned_when_the_replay_fails() -> None:
    cloud = build_cloud({"State": "FAILED", "StateReason": "no archive"})

    assert replay.wait_for_end(cloud, REPLAY, lambda *args: None) == ("FAILED", "no archive")


@pytest.mark.parametrize(
    ("sums", "expected"), [({"orderflow-dev-intake": [3.0, 4.0], "orderflow-dev-audit": [1.0]}, 8.0), ({}, None)]
)
def test_deliveries_in_cloudwatch_are_summed(sums: dict[str, list[float]], expected: float | None) -> None:
    def statistics(**request: Any) -> dict[str, Any]:
        name = next(one["Value"] for one in request["Dimensions"] if one["Name"] == "RuleName")
        assert request["Period"] == 60
        return {"Datapoints": [{"Timestamp": request["StartTime"], "Sum": value} for value in sums.get(name, [])]}

    cloud = Cloud("dev", lambda service: SimpleNamespace(get_metric_statistics=statistics))

    assert replay.count_deliveries(cloud, REPLAY) == expected
