"""The remaining steps of a stream change, each taken from the state that AWS reports at that moment."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from functools import partial

from orderflow_cli import UserError, times
from orderflow_cli.environments import Cloud
from orderflow_cli.observe import metrics
from orderflow_cli.recovery.stream import state
from orderflow_cli.recovery.stream.state import READABLE, State

EVERY = 2.0
AGAIN = "Run the same command again to continue from here, or `orderflow stream resume` to resume the recorder."


class Step(Enum):
    """The value is the text that users see."""

    PAUSE = "pause the recorder; the intake queue keeps the orders (for up to 4 days)"
    DRAIN = "wait until the readers have read the stream to its end"
    OFF = "turn the stream off"
    ON = "turn the stream on"
    ATTACH = "wait until Terraform has attached the readers to the start of the new stream (TRIM_HORIZON)"
    RESUME = "resume the recorder"


@dataclass(frozen=True)
class Limits:
    """How long each wait may take, in seconds. `quiet` is the idle time to wait for, None to compute it."""

    mapping: float = 300
    table: float = 300
    drain: float = 1800
    attach: float = 3600
    quiet: float | None = None


@dataclass
class Toggle:
    """`wanted` is a view type, None for no stream. `progress(text)` is called while a step waits. `attach()` may apply
    Terraform; without it, wait for somebody else's apply."""

    cloud: Cloud
    wanted: str | None
    limits: Limits = field(default_factory=Limits)
    progress: Callable[[str], object] = lambda text: None
    attach: Callable[[], object] = lambda: None
    sleep: Callable[[float], object] = time.sleep
    now: Callable[[], datetime] = times.now

    def steps(self) -> tuple[Step, ...]:
        """Return the remaining steps. Raises UserError if they would lose records."""
        found = state.read(self.cloud)
        check(found, self.wanted)
        return remaining(found, self.wanted)

    def take(self, step: Step) -> None:
        """Take a step. Raises UserError on time-out, or if somebody interfered."""
        ways: dict[Step, Callable[[], object]] = {
            Step.PAUSE: partial(self._let_write, "Disabled"),
            Step.DRAIN: self._drain,
            Step.OFF: self._off,
            Step.ON: self._on,
            Step.ATTACH: self._attach,
            Step.RESUME: partial(self._let_write, "Enabled"),
        }
        ways[step]()

    def _let_write(self, wanted: str) -> None:
        settled = {"Enabled", "Disabled"}
        late = "the recorder's mapping is still changing"
        found = self._until(lambda found: all(one.state in settled for one in found.writers), self.limits.mapping, late)
        for writer in found.writers:
            if writer.state != wanted:
                self.cloud.client("lambda").update_event_source_mapping(UUID=writer.uuid, Enabled=wanted == "Enabled")
        self._until(lambda found: all(one.state == wanted for one in found.writers), self.limits.mapping, late)

    def _drain(self) -> None:
        found = state.read(self.cloud)
        # An active recorder already writes to the new stream: then only the readers of the old one matter.
        watched = {one.function for one in ((*found.writers, *found.readers) if found.paused else found.stale_readers)}
        asked = self.limits.quiet
        quiet = quiet_time(self.cloud, watched) if asked is None else timedelta(seconds=asked)
        begun = last = self.now()
        while (now := self.now()) - last < quiet:
            if now - begun >= timedelta(seconds=self.limits.drain):
                raise UserError(f"The readers were still busy after {self.limits.drain:.0f} s. {AGAIN}")
            last = max(last, min(now, last_invocation(self.cloud, watched, begun, now) or begun))
            self.progress(f"idle for {(now - last).total_seconds():.0f} of {quiet.total_seconds():.0f} s")
            self.sleep(EVERY)
        # A mapping that has stopped reading is idle as well.
        check(state.read(self.cloud), self.wanted)

    def _off(self) -> None:
        found = self._ready()
        if not found.paused:
            raise UserError(f"The recorder was resumed meanwhile; the stream was not changed. {AGAIN}")
        self._set(found, {"StreamEnabled": False}, None)

    def _on(self) -> None:
        found = self._ready()
        self._set(found, {"StreamEnabled": True, "StreamViewType": self.wanted}, self.wanted)
        # Enable it in any case: what is written while it is off is in no stream.
        if not found.paused:
            raise UserError(
                "The recorder was resumed while the stream was off: the stream is on again, but orders that were "
                f"written between the two (see `updated_at`) were never published. {AGAIN}"
            )

    def _ready(self) -> State:
        return self._until(lambda found: found.ready, self.limits.table, "the table is being changed")

    def _set(self, found: State, specification: dict[str, object], view_type: str | None) -> None:
        if found.view_type == view_type:
            return
        self.cloud.client("dynamodb").update_table(TableName=found.table, StreamSpecification=specification)
        late = "the table is being changed"
        self._until(lambda found: found.ready and found.view_type == view_type, self.limits.table, late)

    def _attach(self) -> None:
        self.attach()
        late = "the relay is not attached to the new stream: apply the environment"

        def attached(found: State) -> bool:
            refuse_leftover_mappings(found)
            return found.attached

        self._until(attached, self.limits.attach, late)

    def _until(self, reached: Callable[[State], bool], seconds: float, otherwise: str) -> State:
        """Wait until `reached(state)` is true and return the state. Raises UserError after `seconds`."""
        deadline = self.now() + timedelta(seconds=seconds)
        while not reached(found := state.read(self.cloud)):
            if self.now() >= deadline:
                raise UserError(f"After {seconds:.0f} s {otherwise}. {AGAIN}")
            self.progress(otherwise)
            self.sleep(EVERY)
        return found


def remaining(state: State, wanted: str | None) -> tuple[Step, ...]:
    """Return the steps from `state` to a stream with the view type `wanted`; None disables it."""
    steps: list[Step] = []
    replaced = state.view_type != wanted
    if replaced:
        steps += [] if state.paused else [Step.PAUSE]
        steps += [Step.DRAIN] if state.readers else []
        steps += [Step.OFF] if state.view_type else []
        steps += [Step.ON] if wanted else []
    if wanted != READABLE:
        return tuple(steps)
    if replaced or not state.attached:
        # An earlier run was interrupted after it replaced the stream: the old one may still be read.
        steps += [Step.DRAIN] if state.stale_readers and not replaced else []
        steps += [Step.ATTACH]
    if replaced or not state.running:
        steps += [Step.RESUME]
    return tuple(steps)


def check(state: State, wanted: str | None) -> None:
    """Raise UserError if the change from `state` to `wanted` would lose records."""
    if not state.writers:
        raise UserError("The recorder has no event source mapping, so it cannot be paused: apply the environment.")
    refuse_leftover_mappings(state)
    if state.view_type == wanted or state.view_type != READABLE:
        return
    for reader in state.readers:
        if reader.state != "Enabled":
            raise UserError(
                f"{reader.function} does not read the stream (its mapping is {reader.state}), so it would lose "
                "its unread records: enable the mapping, or delete it if nobody needs it."
            )
        if reader.failing:
            raise UserError(
                f"{reader.function} fails to read the stream ({reader.result}): fix that first, "
                "see docs/runbooks/function-iterator-age.md."
            )


def refuse_leftover_mappings(state: State) -> None:
    """Raise UserError naming a leftover mapping: Terraform created another one and does not manage this one."""
    for one in state.leftover_mappings:
        label = one.source_arn.rpartition("/")[2]
        raise UserError(
            f"{one.function} reads the live stream and, by the mapping {one.uuid}, still the replaced one {label}. "
            "Terraform does not manage that mapping: when it has read to the end (docs/runbooks/change-the-stream.md), "
            f"delete it: aws lambda delete-event-source-mapping --uuid {one.uuid}."
        )


# Throttled invocations are not among the invocations.
_METRICS = ("Invocations", "Throttles")
METRIC_DELAY = timedelta(minutes=3)


def quiet_time(cloud: Cloud, functions: Iterable[str]) -> timedelta:
    """Return the idle time after which the stream counts as drained: longer than any invocation of writer and
    readers and the delay of CloudWatch's metrics together.

    AWS tells nobody how far a mapping has read. What can be known: once nobody writes, a mapping that is enabled and
    has something to read invokes its function, again and again if it fails. Should that ever be wrong, the old stream
    can still be read for 24 hours (docs/runbooks/change-the-stream.md)."""
    if cloud.is_local:
        return timedelta(seconds=10)  # the emulator counts at once, and its functions are warm
    client = cloud.client("lambda")
    longest = max(client.get_function_configuration(FunctionName=name)["Timeout"] for name in functions)
    return METRIC_DELAY + timedelta(seconds=longest)


def last_invocation(cloud: Cloud, functions: Iterable[str], since: datetime, now: datetime) -> datetime | None:
    """Return the end of the last period in which one of them was invoked or throttled; None if none was."""
    period = timedelta(seconds=1 if cloud.is_local else 60)
    seconds = int(period.total_seconds())
    seen = [
        began + period
        for function in functions
        for name in _METRICS
        for of in [metrics.metric("AWS/Lambda", name, FunctionName=function)]
        for began, value in metrics.points(cloud, of, "Sum", since - period, now + period, period=seconds)
        if value > 0
    ]
    return max(seen, default=None)
