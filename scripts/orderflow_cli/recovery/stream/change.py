"""The steps of a stream change. The remaining steps are derived from the state that AWS reports."""

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
from orderflow_cli.recovery.stream.state import RELAY_VIEW_TYPE, State

POLL_SECONDS = 2.0
CONTINUE_HINT = "Run the same command again to continue from here, or `orderflow stream resume` to resume the recorder."


class Step(Enum):
    """A step of a stream change; its value is the description shown to the user."""

    PAUSE = "pause the recorder; the intake queue keeps the events (for up to 4 days)"
    DRAIN_STREAM = "wait until the readers have read the stream to its end"
    TURN_OFF = "turn the stream off"
    TURN_ON = "turn the stream on"
    ATTACH_READERS = "wait until Terraform has attached the readers to the start of the new stream (TRIM_HORIZON)"
    RESUME = "resume the recorder"


@dataclass(frozen=True)
class Limits:
    """The timeout of each wait, in seconds. `min_idle_seconds` overrides the result of `min_idle_time`."""

    mapping_timeout: float = 300
    table_timeout: float = 300
    drain_timeout: float = 1800
    attach_timeout: float = 3600
    min_idle_seconds: float | None = None


@dataclass
class StreamChange:
    """Sets the stream's view type, or turns the stream off if `view_type` is None. `progress(text)` is called while a
    step waits. `attach()` may run `terraform apply`; if it does not, the step waits until somebody else has run it."""

    cloud: Cloud
    view_type: str | None
    limits: Limits = field(default_factory=Limits)
    progress: Callable[[str], object] = lambda text: None
    attach: Callable[[], object] = lambda: None
    sleep: Callable[[float], object] = time.sleep
    now: Callable[[], datetime] = times.now

    def steps(self) -> tuple[Step, ...]:
        """Return the remaining steps. Raises UserError if they would lose records."""
        stream = state.read(self.cloud)
        require_lossless_change(stream, self.view_type)
        return remaining_steps(stream, self.view_type)

    def perform(self, step: Step) -> None:
        """Perform one step of the change. Raises UserError on timeout, or if another change interferes."""
        actions: dict[Step, Callable[[], object]] = {
            Step.PAUSE: partial(self._set_writer_state, "Disabled"),
            Step.DRAIN_STREAM: self._drain_stream,
            Step.TURN_OFF: self._turn_stream_off,
            Step.TURN_ON: self._turn_stream_on,
            Step.ATTACH_READERS: self._attach_readers,
            Step.RESUME: partial(self._set_writer_state, "Enabled"),
        }
        actions[step]()

    def _set_writer_state(self, target_state: str) -> None:
        stable_states, timeout = {"Enabled", "Disabled"}, self.limits.mapping_timeout
        status = "the recorder's mapping is still changing"
        stream = self._wait_until(lambda s: all(one.state in stable_states for one in s.writers), timeout, status)
        for writer in [one for one in stream.writers if one.state != target_state]:
            self.cloud.client("lambda").update_event_source_mapping(UUID=writer.uuid, Enabled=target_state == "Enabled")
        self._wait_until(lambda s: all(one.state == target_state for one in s.writers), timeout, status)

    def _drain_stream(self) -> None:
        stream = state.read(self.cloud)
        # A running recorder already writes to the new stream, so only the readers of the old stream matter.
        mappings = (*stream.writers, *stream.readers) if stream.is_paused else stream.stale_readers
        functions = {one.function for one in mappings}
        timeout = self.limits.drain_timeout
        min_idle_seconds = self.limits.min_idle_seconds or min_idle_time(self.cloud, functions).total_seconds()
        start = idle_since = self.now()
        while ((now := self.now()) - idle_since).total_seconds() < min_idle_seconds:
            if now - start >= timedelta(seconds=timeout):
                raise UserError(f"The readers were still busy after {timeout:.0f} s. {CONTINUE_HINT}")
            idle_since = max(idle_since, min(now, last_invocation_time(self.cloud, functions, start, now) or start))
            self.progress(f"idle for {(now - idle_since).total_seconds():.0f} of {min_idle_seconds:.0f} s")
            self.sleep(POLL_SECONDS)
        # A mapping that has stopped reading is idle, too.
        require_lossless_change(state.read(self.cloud), self.view_type)

    def _turn_stream_off(self) -> None:
        stream = self._wait_for_table()
        if not stream.is_paused:
            raise UserError("The recorder was resumed meanwhile, so the stream is unchanged. Run the command again.")
        self._update_stream(stream, {"StreamEnabled": False}, None)

    def _turn_stream_on(self) -> None:
        stream = self._wait_for_table()
        self._update_stream(stream, {"StreamEnabled": True, "StreamViewType": self.view_type}, self.view_type)
        # Turn the stream on in any case: changes made while it is off are never published.
        if not stream.is_paused:
            raise UserError(
                "The recorder was resumed while the stream was off. The stream is on again, but orders that were "
                "written while it was off (see `updated_at`) were never published. Run the command again to continue."
            )

    def _wait_for_table(self, condition: Callable[[State], bool] = lambda _: True) -> State:
        status, timeout = "the table is still being changed", self.limits.table_timeout
        return self._wait_until(lambda stream: stream.is_table_active and condition(stream), timeout, status)

    def _update_stream(self, stream: State, specification: dict[str, object], view_type: str | None) -> None:
        if stream.view_type == view_type:
            return
        self.cloud.client("dynamodb").update_table(TableName=stream.table, StreamSpecification=specification)
        self._wait_for_table(lambda stream: stream.view_type == view_type)

    def _attach_readers(self) -> None:
        self.attach()
        status = "not every reader is attached to the new stream: apply the environment"

        def is_attached(stream: State) -> bool:
            refuse_leftover_mappings(stream)
            return stream.is_attached

        self._wait_until(is_attached, self.limits.attach_timeout, status)

    def _wait_until(self, condition: Callable[[State], bool], seconds: float, status: str) -> State:
        """Wait until `condition(state)` is true and return the state. Raises UserError after `seconds`."""
        deadline = self.now() + timedelta(seconds=seconds)
        while not condition(stream := state.read(self.cloud)):
            if self.now() >= deadline:
                raise UserError(f"After {seconds:.0f} s, {status}. {CONTINUE_HINT}")
            self.progress(status)
            self.sleep(POLL_SECONDS)
        return stream


def remaining_steps(state: State, view_type: str | None) -> tuple[Step, ...]:
    """Return the steps from `state` to a stream with this view type, or to no stream if it is None."""
    steps: list[Step] = []
    needs_replacement = state.view_type != view_type
    if needs_replacement:
        steps += [] if state.is_paused else [Step.PAUSE]
        steps += [Step.DRAIN_STREAM] if state.readers else []
        steps += [Step.TURN_OFF] if state.view_type else []
        steps += [Step.TURN_ON] if view_type else []
    if view_type != RELAY_VIEW_TYPE:
        return tuple(steps)
    if needs_replacement or not state.is_attached:
        # An earlier run was interrupted after replacing the stream: the readers may still be reading the old one.
        steps += [Step.DRAIN_STREAM] if state.stale_readers and not needs_replacement else []
        steps += [Step.ATTACH_READERS]
    if needs_replacement or not state.is_running:
        steps += [Step.RESUME]
    return tuple(steps)


def require_lossless_change(state: State, view_type: str | None) -> None:
    """Raise UserError if the change from `state` to this view type would lose records."""
    if not state.writers:
        raise UserError("The recorder has no event source mapping, so it cannot be paused. Apply the environment.")
    refuse_leftover_mappings(state)
    if state.view_type == view_type or state.view_type != RELAY_VIEW_TYPE:
        return
    for reader in state.readers:
        if reader.state != "Enabled":
            raise UserError(
                f"{reader.function} does not read the stream (its mapping is {reader.state}), so it would lose "
                "its unread records. Enable the mapping, or delete it if it is not needed."
            )
        if reader.is_failing:
            raise UserError(
                f"{reader.function} fails to read the stream ({reader.result}). Fix that first; "
                "see docs/runbooks/function-iterator-age.md."
            )


def refuse_leftover_mappings(state: State) -> None:
    """Raise UserError for a leftover mapping, which Terraform has replaced and no longer manages."""
    for mapping in state.leftover_mappings:
        label = mapping.source_arn.rpartition("/")[2]
        raise UserError(
            f"{mapping.function} reads the live stream, but its mapping {mapping.uuid} still reads the replaced "
            f"stream {label}. Terraform does not manage that mapping. When the mapping has read to the end "
            f"(docs/runbooks/change-the-stream.md), run aws lambda delete-event-source-mapping --uuid {mapping.uuid}."
        )


# Lambda does not count throttled invocations as invocations.
_METRICS = ("Invocations", "Throttles")
METRIC_DELAY = timedelta(minutes=3)


def min_idle_time(cloud: Cloud, functions: Iterable[str]) -> timedelta:
    """Return the idle time after which the stream counts as drained: the longest timeout of the functions, plus the
    delay of CloudWatch's metrics.

    AWS does not report how far a mapping has read. But when nothing is written, an enabled mapping with unread records
    invokes its function, repeatedly if it fails. If that is ever wrong, the old stream can still be read for 24 hours
    (docs/runbooks/change-the-stream.md)."""
    if cloud.is_local:
        return timedelta(seconds=15)  # longer than a cold start; the emulator reports metrics immediately
    client = cloud.client("lambda")
    timeout = max(client.get_function_configuration(FunctionName=name)["Timeout"] for name in functions)
    return METRIC_DELAY + timedelta(seconds=timeout)


def last_invocation_time(cloud: Cloud, functions: Iterable[str], since: datetime, now: datetime) -> datetime | None:
    """Return the end of the last period in which a function was invoked or throttled; None if there was none."""
    period = timedelta(seconds=1 if cloud.is_local else 60)
    seconds = int(period.total_seconds())
    end_times = [
        start + period
        for function in functions
        for name in _METRICS
        for metric in [metrics.build_metric("AWS/Lambda", name, FunctionName=function)]
        for start, value in metrics.read_points(cloud, metric, "Sum", since - period, now + period, period=seconds)
        if value > 0
    ]
    return max(end_times, default=None)
