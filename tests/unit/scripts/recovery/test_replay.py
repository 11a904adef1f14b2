from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orderflow_cli import UserError
from orderflow_cli.environments import Cloud
from orderflow_cli.recovery import replay
from orderflow_cli.recovery.replay import Replay, Rule

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BUS = "arn:aws:events:eu-west-1:111122223333:event-bus/orderflow-dev-orders"
RULE_PREFIX = "arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-orders/orderflow-dev-"
API_DESTINATION = "arn:aws:events:eu-west-1:111122223333:api-destination/provider/1"


def rule(role: str, *outside: str) -> Rule:
    return Rule(f"orderflow-dev-{role}", RULE_PREFIX + role, outside, bool(outside), 1)


def of(*rules: Rule) -> Replay:
    return Replay("it", "arn:archive", BUS, NOW - timedelta(hours=2), NOW - timedelta(hours=1), rules)


class Events:
    """Writes down the calls, and answers what it was given."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.started: list[dict[str, Any]] = []
        self.answers = list(answers)

    def start_replay(self, **request: Any) -> None:
        self.started.append(request)

    def describe_replay(self, **request: Any) -> dict[str, Any]:
        return self.answers.pop(0)


@pytest.mark.parametrize(
    ("begins", "ends", "said"),
    [
        (60, 60, "is empty"),
        (60, 90, "is empty"),
        (60, -1, "in the future"),
        (60, 9, "may take 10 minutes to reach the archive: end the window by 2026-11-23T11:50:00Z"),
    ],
)
def test_window_is_refused_when_it_cannot_be_replayed_whole(begins: int, ends: int, said: str) -> None:
    with pytest.raises(UserError, match=said):
        replay.check_window(NOW - timedelta(minutes=begins), NOW - timedelta(minutes=ends), recent=False, now=NOW)


@pytest.mark.parametrize(("ends", "recent"), [(10, False), (1, True)])
def test_window_is_taken_when_it_is_settled_or_recent_events_are_asked_for(ends: int, recent: bool) -> None:
    replay.check_window(NOW - timedelta(hours=1), NOW - timedelta(minutes=ends), recent=recent, now=NOW)


def test_progress_is_told_until_the_replay_is_over() -> None:
    half = NOW - timedelta(minutes=90)
    events = Events(
        {"State": "STARTING"},
        {"State": "RUNNING", "EventLastReplayedTime": half},
        {"State": "COMPLETED", "EventLastReplayedTime": half},
    )
    told: list[tuple[str, float]] = []
    waited: list[float] = []

    state = replay.follow(
        Cloud("dev", lambda service: events), of(rule("intake")), lambda *seen: told.append(seen), sleep=waited.append
    )

    assert state == ("COMPLETED", "")
    assert told == [("STARTING", 0.0), ("RUNNING", 0.5), ("COMPLETED", 1.0)]
    assert len(waited) == 2


def test_reason_is_returned_when_the_replay_fails() -> None:
    events = Events({"State": "FAILED", "StateReason": "no archive"})

    state = replay.follow(Cloud("dev", lambda service: events), of(rule("intake")), lambda *seen: None)

    assert state == ("FAILED", "no archive")


class Metrics:
    def __init__(self, sums: dict[str, list[float]]) -> None:
        self.sums = sums
        self.periods: set[int] = set()

    def get_metric_statistics(self, **request: Any) -> dict[str, Any]:
        name = next(one["Value"] for one in request["Dimensions"] if one["Name"] == "RuleName")
        self.periods.add(request["Period"])
        return {"Datapoints": [{"Sum": value} for value in self.sums.get(name, [])]}


def test_deliveries_are_added_up_when_cloudwatch_counted_them() -> None:
    metrics = Metrics({"orderflow-dev-intake": [3.0, 4.0], "orderflow-dev-audit": [1.0]})

    found = replay.deliveries(Cloud("dev", lambda service: metrics), of(rule("intake"), rule("audit")))

    assert found == 8.0
    assert metrics.periods == {60}


def test_nothing_is_estimated_when_cloudwatch_counted_nothing() -> None:
    assert replay.deliveries(Cloud("dev", lambda service: Metrics({})), of(rule("intake"))) is None
