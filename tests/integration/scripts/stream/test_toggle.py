"""The stream is replaced while orders come in: each step, each wait that ends, and each place to be interrupted at."""

from collections.abc import Callable
from typing import Any

import pytest

from orderflow_cli import UserError
from orderflow_cli.recovery.stream import state, toggle
from orderflow_cli.recovery.stream.state import VIEW_TYPES
from orderflow_cli.recovery.stream.toggle import Step
from tests.integration.scripts.stream.conftest import BOTH, RECORDER, RELAY, World


def replaced(world: World, **changes: Any) -> list[str]:
    """Turn the stream off and on again, with Terraform at its place in between."""
    return [*world.run(None, **changes), *world.run(BOTH, attach=world.terraform, **changes)]


@pytest.mark.parametrize("busy", [1, 7], ids=["relay keeps up", "relay is slow"])
def test_nothing_is_lost_when_the_stream_is_replaced_under_load(world: World, busy: int) -> None:
    old, world.busy = world.stream(), busy

    taken = replaced(world)

    assert taken == ["PAUSE", "DRAIN", "OFF", "DRAIN", "ON", "ATTACH", "RESUME"]
    assert world.stream() not in {None, old}
    assert (world.relay().arn, world.recorder().state) == (world.stream(), "Enabled")
    written = world.written
    world.tick(1)
    assert world.written == written + 1, "the recorder must be at work again"
    assert world.nothing_lost()


@pytest.mark.parametrize("wanted", [None, *(one for one in VIEW_TYPES if one != BOTH)])
def test_orders_wait_when_the_relay_could_not_read_the_stream(world: World, wanted: str | None) -> None:
    taken = world.run(wanted)

    assert taken == ["PAUSE", "DRAIN", "OFF", *(["ON"] if wanted else [])]
    assert (world.shown(), world.recorder().state) == (wanted, "Disabled")
    assert world.run(wanted) == []
    assert world.run(BOTH, attach=world.terraform)[-3:] == ["ON", "ATTACH", "RESUME"]
    assert world.nothing_lost()


def test_every_view_type_follows_every_other_when_it_is_changed(world: World) -> None:
    for wanted in (*VIEW_TYPES, *reversed(VIEW_TYPES), BOTH):
        world.run(wanted, attach=world.terraform)
        assert world.shown() == wanted
        assert world.recorder().state == ("Enabled" if wanted == BOTH else "Disabled")

    assert world.nothing_lost()


def test_nothing_is_done_when_everything_is_as_wanted(world: World) -> None:
    assert world.toggle(BOTH).steps() == ()
    assert world.points == []


LATE = 30
INTERRUPTED = [
    *((f"{when} update_event_source_mapping", 1) for when in ("before", "after")),
    *((f"{when} update_table", number) for when in ("before", "after") for number in (1, 2)),
    *(("sleep", number) for number in (1, 2, 10, LATE)),
]


@pytest.mark.parametrize("point", INTERRUPTED, ids=lambda point: f"{point[0]} {point[1]}")
def test_nothing_is_lost_when_it_is_interrupted_and_run_again(world: World, point: tuple[str, int]) -> None:
    old = world.stream()
    world.interrupt_at = point

    with pytest.raises(KeyboardInterrupt):
        replaced(world)
    world.interrupt_at = None
    for _ in range(3):  # a while in which orders keep coming
        world.tick(1)
    replaced(world) if world.shown() else world.run(BOTH, attach=world.terraform)

    assert world.stream() not in {None, old}
    assert (world.relay().arn, world.recorder().state) == (world.stream(), "Enabled")
    assert world.nothing_lost()


def test_stream_stays_on_when_somebody_resumes_the_recorder_meanwhile(world: World) -> None:
    toggle = world.toggle(None)
    toggle.take(Step.PAUSE)
    toggle.take(Step.DRAIN)
    world.recorder().state = "Enabled"

    with pytest.raises(UserError, match="Somebody resumed the recorder meanwhile"):
        toggle.take(Step.OFF)

    assert world.shown() == BOTH


def test_stream_is_turned_on_and_the_gap_told_when_the_recorder_was_resumed_while_it_was_off(world: World) -> None:
    world.run(None)
    world.recorder().state = "Enabled"

    with pytest.raises(UserError, match="never published"):
        world.toggle(BOTH).take(Step.ON)

    assert world.shown() == BOTH


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda w: setattr(w.relay(), "state", "Disabled"), "does not read the stream"),
        (lambda w: setattr(w.relay(), "result", "PROBLEM: failed"), "does not get on with the stream"),
        (lambda w: w.lambda_.mappings.pop(w.recorder().uuid), "apply the environment first"),
    ],
    ids=["reader is off", "reader fails", "no recorder to pause"],
)
def test_nothing_is_done_when_something_would_be_lost(world: World, change: Callable[[World], Any], told: str) -> None:
    change(world)

    with pytest.raises(UserError, match=told):
        world.toggle(None).steps()

    assert world.points == []


def test_it_is_refused_when_a_reader_stops_while_it_is_drained(world: World) -> None:
    toggle = world.toggle(None)
    toggle.take(Step.PAUSE)
    world.elsewhere = lambda world: setattr(world.relay(), "state", "Disabled")

    with pytest.raises(UserError, match="does not read the stream"):
        toggle.take(Step.DRAIN)


def test_stream_is_not_taken_for_read_when_the_recorder_is_still_at_work(world: World) -> None:
    toggle = world.toggle(None)
    toggle.take(Step.PAUSE)
    begun, busy = world.ticks, 40
    world.elsewhere = lambda world: world._invoked(RECORDER) if world.ticks < begun + busy else None

    toggle.take(Step.DRAIN)

    assert world.ticks >= begun + busy


def test_recorder_is_paused_when_somebody_was_just_resuming_it(world: World) -> None:
    world.recorder().state, world.recorder().settling = "Enabling", 2

    world.toggle(None).take(Step.PAUSE)

    assert world.recorder().state == "Disabled"


def test_only_the_old_stream_counts_when_the_recorder_writes_to_the_new_one(world: World) -> None:
    world.run(None)
    toggle = world.toggle(BOTH, attach=world.terraform)
    toggle.take(Step.ON)
    world.recorder().state = "Enabled"

    assert world.run(BOTH, attach=world.terraform) == ["DRAIN", "ATTACH"]
    assert world.nothing_lost()


def test_it_gives_up_in_time_when_the_readers_never_come_to_an_end(world: World) -> None:
    world.unread[world.relay().arn] = 10_000

    with pytest.raises(UserError, match="still at work after 900 s"):
        world.run(None)

    assert (world.shown(), world.recorder().state) == (BOTH, "Disabled")


def test_it_gives_up_in_time_when_nobody_applies(world: World) -> None:
    world.run(None)

    with pytest.raises(UserError, match="After 60 s the relay is not attached"):
        world.run(BOTH)

    assert world.run(BOTH, attach=world.terraform) == ["DRAIN", "ATTACH", "RESUME"]
    assert world.nothing_lost()


def test_mapping_in_the_way_is_named_before_anything_is_done(world: World) -> None:
    world.run(None)
    old = world.relay().arn
    world.run(BOTH, attach=world.terraform)
    left = world.lambda_.add(RELAY, old)
    world.points.clear()

    with pytest.raises(UserError, match=rf"{RELAY} reads the live stream and, by the mapping {left.uuid}, .*--uuid"):
        world.run("KEYS_ONLY")

    assert world.points == []
    left.state = "Deleting"
    assert state.read(world.cloud).left_over == ()


def test_mapping_in_the_way_is_named_at_once_when_the_others_are_attached(world: World) -> None:
    left = world.relay()
    toggle = world.toggle(BOTH, attach=lambda: (world.terraform(), world.lambda_.mappings.update({left.uuid: left})))
    world.run(None)
    *before, attach, _resume = toggle.steps()
    for step in before:
        toggle.take(step)
    ticks = world.ticks

    with pytest.raises(UserError, match=f"by the mapping {left.uuid}, still the replaced one"):
        toggle.take(attach)

    assert world.ticks == ticks, "it must not wait"


def test_second_reader_is_waited_for_when_it_reads_the_same_stream(world: World) -> None:
    second = world.lambda_.add("another-team", world.relay().arn)
    world.lambda_.get_function_configuration = lambda *, FunctionName: {"Timeout": 60}  # type: ignore[method-assign]  # noqa: N803
    world.run(None)

    with pytest.raises(UserError, match="not attached"):
        world.run(BOTH, attach=world.terraform)
    second.arn = str(world.stream())

    assert world.run(BOTH) == []
    assert world.recorder().state == "Enabled"


def test_records_are_told_from_silence_when_a_reader_is_only_throttled(world: World) -> None:
    dimensions = [{"Name": "FunctionName", "Value": "throttled"}]
    datum = {"MetricName": "Throttles", "Dimensions": dimensions, "Timestamp": world.now, "Value": 1.0}
    begun = world.now
    assert toggle.last_invocation(world.cloud, ["throttled"], begun, world.now) is None
    world.clients["cloudwatch"].put_metric_data(Namespace="AWS/Lambda", MetricData=[datum])

    last = toggle.last_invocation(world.cloud, ["throttled"], begun, world.now)

    assert last is not None
    assert last >= begun


def test_silence_is_longer_than_any_invocation_when_nobody_says_how_long(world: World) -> None:
    quiet = toggle.quiet_time(world.cloud, [RECORDER, RELAY])

    assert quiet == toggle.METRIC_DELAY + type(quiet)(seconds=60)
