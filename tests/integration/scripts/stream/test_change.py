"""Replacement of the stream while orders arrive: the steps, the waits, and interruptions at many points."""

from collections.abc import Callable
from typing import Any

import pytest

from orderflow_cli import UserError
from orderflow_cli.recovery.stream import change, state
from orderflow_cli.recovery.stream.change import Step
from orderflow_cli.recovery.stream.state import VIEW_TYPES
from tests.integration.scripts.stream.conftest import BOTH_IMAGES, RECORDER, RELAY, Account


def replace_stream(account: Account, **changes: Any) -> list[str]:
    """Turn the stream off and on again, with an apply that attaches the relay to the new stream."""
    return [*account.run(None, **changes), *account.run(BOTH_IMAGES, attach=account.apply, **changes)]


@pytest.mark.parametrize("ticks_per_record", [1, 7], ids=["relay keeps up", "relay is slow"])
def test_nothing_is_lost_when_the_stream_is_replaced_under_load(account: Account, ticks_per_record: int) -> None:
    old_stream, account.ticks_per_record = account.stream(), ticks_per_record

    steps = replace_stream(account)

    assert steps == ["PAUSE", "DRAIN_STREAM", "TURN_OFF", "DRAIN_STREAM", "TURN_ON", "ATTACH_READERS", "RESUME"]
    assert account.stream() not in {None, old_stream}
    assert (account.relay().arn, account.recorder().state) == (account.stream(), "Enabled")
    written_count = account.written_count
    account.tick(1)
    assert account.written_count == written_count + 1, "the recorder must write again"
    assert account.has_lost_nothing()


@pytest.mark.parametrize("view_type", [None, *(view_type for view_type in VIEW_TYPES if view_type != BOTH_IMAGES)])
def test_orders_wait_when_the_relay_cannot_read_the_stream(account: Account, view_type: str | None) -> None:
    steps = account.run(view_type)

    assert steps == ["PAUSE", "DRAIN_STREAM", "TURN_OFF", *(["TURN_ON"] if view_type else [])]
    assert (account.view_type(), account.recorder().state) == (view_type, "Disabled")
    assert account.run(view_type) == []
    assert account.run(BOTH_IMAGES, attach=account.apply)[-3:] == ["TURN_ON", "ATTACH_READERS", "RESUME"]
    assert account.has_lost_nothing()


INTERRUPTIONS = [
    *((f"{when} update_event_source_mapping", 1) for when in ("before", "after")),
    *((f"{when} update_table", number) for when in ("before", "after") for number in (1, 2)),
    *(("sleep", number) for number in (1, 2, 10, 30)),
]


@pytest.mark.parametrize("interruption", INTERRUPTIONS, ids=lambda interruption: " ".join(map(str, interruption)))
def test_nothing_is_lost_after_an_interruption_and_another_run(account: Account, interruption: tuple[str, int]) -> None:
    old_stream = account.stream()
    account.interruption = interruption

    with pytest.raises(KeyboardInterrupt):
        replace_stream(account)
    account.interruption = None
    for _ in range(3):  # orders keep arriving
        account.tick(1)
    replace_stream(account) if account.view_type() else account.run(BOTH_IMAGES, attach=account.apply)

    assert account.stream() not in {None, old_stream}
    assert (account.relay().arn, account.recorder().state) == (account.stream(), "Enabled")
    assert account.has_lost_nothing()


def test_stream_is_not_turned_off_when_the_recorder_has_been_resumed(account: Account) -> None:
    change = account.change(None)
    change.perform(Step.PAUSE)
    change.perform(Step.DRAIN_STREAM)
    account.recorder().state = "Enabled"

    with pytest.raises(UserError, match="The recorder was resumed meanwhile"):
        change.perform(Step.TURN_OFF)

    assert account.view_type() == BOTH_IMAGES


def test_gap_is_reported_when_the_recorder_ran_without_a_stream(account: Account) -> None:
    account.run(None)
    account.recorder().state = "Enabled"

    with pytest.raises(UserError, match="never published"):
        account.change(BOTH_IMAGES).perform(Step.TURN_ON)

    assert account.view_type() == BOTH_IMAGES


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda account: setattr(account.relay(), "state", "Disabled"), "does not read the stream"),
        (lambda account: setattr(account.relay(), "result", "PROBLEM: failed"), "fails to read the stream"),
        (lambda account: account.lambda_.mappings.pop(account.recorder().uuid), "Apply the environment"),
    ],
    ids=["reader is off", "reader fails", "no recorder to pause"],
)
def test_change_that_would_lose_records_is_rejected(
    account: Account, change: Callable[[Account], Any], message: str
) -> None:
    change(account)

    with pytest.raises(UserError, match=message):
        account.change(None).steps()

    assert account.checkpoints == []


def test_change_is_aborted_when_a_reader_stops_while_draining(account: Account) -> None:
    change = account.change(None)
    change.perform(Step.PAUSE)
    account.on_tick = lambda account: setattr(account.relay(), "state", "Disabled")

    with pytest.raises(UserError, match="does not read the stream"):
        change.perform(Step.DRAIN_STREAM)


def test_drain_continues_while_the_recorder_is_invoked(account: Account) -> None:
    change = account.change(None)
    change.perform(Step.PAUSE)
    end = account.ticks + 40
    account.on_tick = lambda account: account._record_invocation(RECORDER) if account.ticks < end else None

    change.perform(Step.DRAIN_STREAM)

    assert account.ticks >= end


def test_recorder_that_is_being_resumed_can_be_paused(account: Account) -> None:
    account.recorder().state, account.recorder().reads_left = "Enabling", 2

    account.change(None).perform(Step.PAUSE)

    assert account.recorder().state == "Disabled"


def test_drain_ignores_records_in_the_new_stream(account: Account) -> None:
    account.run(None)
    change = account.change(BOTH_IMAGES, attach=account.apply)
    change.perform(Step.TURN_ON)
    account.recorder().state = "Enabled"

    assert account.run(BOTH_IMAGES, attach=account.apply) == ["DRAIN_STREAM", "ATTACH_READERS"]
    assert account.has_lost_nothing()


def test_change_times_out_when_the_readers_never_finish(account: Account) -> None:
    account.unread_count_by_stream[account.relay().arn] = 10_000

    with pytest.raises(UserError, match="still busy after 900 s"):
        account.run(None)

    assert (account.view_type(), account.recorder().state) == (BOTH_IMAGES, "Disabled")


def test_change_times_out_without_an_apply(account: Account) -> None:
    account.run(None)

    with pytest.raises(UserError, match="After 60 s, not every reader is attached"):
        account.run(BOTH_IMAGES)

    assert account.run(BOTH_IMAGES, attach=account.apply) == ["DRAIN_STREAM", "ATTACH_READERS", "RESUME"]
    assert account.has_lost_nothing()


def test_leftover_mapping_is_reported_before_any_step(account: Account) -> None:
    account.run(None)
    old_stream = account.relay().arn
    account.run(BOTH_IMAGES, attach=account.apply)
    leftover = account.lambda_.add(RELAY, old_stream)
    account.checkpoints.clear()

    with pytest.raises(UserError, match=rf"{RELAY} reads the live stream, but its mapping {leftover.uuid} .*--uuid"):
        account.run("KEYS_ONLY")

    assert account.checkpoints == []
    leftover.state = "Deleting"
    assert state.read(account.cloud).leftover_mappings == ()


def test_leftover_mapping_is_reported_when_the_others_are_attached(account: Account) -> None:
    leftover = account.relay()
    change = account.change(
        BOTH_IMAGES, attach=lambda: (account.apply(), account.lambda_.mappings.update({leftover.uuid: leftover}))
    )
    account.run(None)
    *earlier_steps, attach_step, _resume_step = change.steps()
    for step in earlier_steps:
        change.perform(step)
    ticks = account.ticks

    with pytest.raises(UserError, match=f"its mapping {leftover.uuid} still reads the replaced stream"):
        change.perform(attach_step)

    assert account.ticks == ticks, "the step must not wait"


def test_change_waits_for_a_second_reader_of_the_stream(account: Account) -> None:
    second_reader = account.lambda_.add("another-team", account.relay().arn)
    account.lambda_.get_function_configuration = lambda *, FunctionName: {"Timeout": 60}  # type: ignore[method-assign]  # noqa: N803
    account.run(None)

    with pytest.raises(UserError, match="not every reader is attached"):
        account.run(BOTH_IMAGES, attach=account.apply)
    second_reader.arn = str(account.stream())

    assert account.run(BOTH_IMAGES) == []
    assert account.recorder().state == "Enabled"


def test_throttled_reader_does_not_count_as_idle(account: Account) -> None:
    dimensions = [{"Name": "FunctionName", "Value": "throttled"}]
    datum = {"MetricName": "Throttles", "Dimensions": dimensions, "Timestamp": account.now, "Value": 1.0}
    start = account.now
    assert change.last_invocation_time(account.cloud, ["throttled"], start, account.now) is None
    account.clients["cloudwatch"].put_metric_data(Namespace="AWS/Lambda", MetricData=[datum])

    last_time = change.last_invocation_time(account.cloud, ["throttled"], start, account.now)

    assert last_time is not None
    assert last_time >= start


def test_default_min_idle_time_is_longer_than_any_invocation(account: Account) -> None:
    min_idle_time = change.min_idle_time(account.cloud, [RECORDER, RELAY])

    assert min_idle_time == change.METRIC_DELAY + type(min_idle_time)(seconds=60)
