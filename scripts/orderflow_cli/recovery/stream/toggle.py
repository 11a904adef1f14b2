"""Takes the steps, one after the other, each from what AWS says at that moment. Every wait has an end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from orderflow_cli import UserError, times
from orderflow_cli.environments import Cloud
from orderflow_cli.recovery.stream import drain, state, steps
from orderflow_cli.recovery.stream.state import State
from orderflow_cli.recovery.stream.steps import Step

EVERY = 2.0
AGAIN = "Run the same command again to go on from here, or `orderflow stream resume` to let the recorder go on."


@dataclass(frozen=True)
class Limits:
    """How long each wait may take, in seconds. `quiet` is the silence to wait for, None what `drain` finds right."""

    mapping: float = 300
    table: float = 300
    drain: float = 1800
    attach: float = 3600
    quiet: float | None = None


@dataclass
class Toggle:
    """`wanted` is a view type, None for no stream. `told(text)` hears how a step gets on. `attach()` may apply
    Terraform; else somebody else does, while this waits."""

    cloud: Cloud
    wanted: str | None
    limits: Limits = field(default_factory=Limits)
    told: Callable[[str], object] = lambda text: None
    attach: Callable[[], object] = lambda: None
    sleep: Callable[[float], object] = time.sleep
    now: Callable[[], datetime] = times.now

    def steps(self) -> tuple[Step, ...]:
        """What is left to do. Raises UserError when it would lose something."""
        found = state.read(self.cloud)
        steps.check(found, self.wanted)
        return steps.remaining(found, self.wanted)

    def take(self, step: Step) -> None:
        """Raises UserError when it does not come to its end in time, or when somebody came between."""
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
        # A recorder that is not paused writes to the new stream already: only who reads the old one counts then.
        watched = {one.function for one in ((*found.writers, *found.readers) if found.paused else found.behind)}
        asked = self.limits.quiet
        quiet = drain.quiet_time(self.cloud, watched) if asked is None else timedelta(seconds=asked)
        begun = last = self.now()
        while (now := self.now()) - last < quiet:
            if now - begun >= timedelta(seconds=self.limits.drain):
                raise UserError(f"The readers were still at work after {self.limits.drain:.0f} s. {AGAIN}")
            last = max(last, min(now, drain.last_invocation(self.cloud, watched, begun, now) or begun))
            self.told(f"silent for {(now - last).total_seconds():.0f} of {quiet.total_seconds():.0f} s")
            self.sleep(EVERY)
        # A mapping that has stopped reading is silent as well.
        steps.check(state.read(self.cloud), self.wanted)

    def _off(self) -> None:
        found = self._ready()
        if not found.paused:
            raise UserError(f"Somebody resumed the recorder meanwhile; the stream was left as it is. {AGAIN}")
        self._set(found, {"StreamEnabled": False}, None)

    def _on(self) -> None:
        found = self._ready()
        self._set(found, {"StreamEnabled": True, "StreamViewType": self.wanted}, self.wanted)
        # Turned on in any case: what is written while it is off is in no stream.
        if not found.paused:
            raise UserError(
                "Somebody resumed the recorder while the stream was off: the stream is on again, but orders that were "
                f"written between the two (see `updated_at`) were told to nobody. {AGAIN}"
            )

    def _ready(self) -> State:
        return self._until(lambda found: found.ready, self.limits.table, "the table is being changed")

    def _set(self, found: State, specification: dict[str, object], view_type: str | None) -> None:
        if found.view_type == view_type:
            return
        self.cloud.client("dynamodb").update_table(TableName=found.table, StreamSpecification=specification)
        self._until(
            lambda found: found.ready and found.view_type == view_type, self.limits.table, "the table is being changed"
        )

    def _attach(self) -> None:
        self.attach()
        late = "the relay is not attached to the new stream: apply the environment"

        def attached(found: State) -> bool:
            steps.refuse_left_over(found)
            return found.attached

        self._until(attached, self.limits.attach, late)

    def _until(self, reached: Callable[[State], bool], seconds: float, otherwise: str) -> State:
        """The state once `reached` says so. Raises UserError after `seconds`."""
        deadline = self.now() + timedelta(seconds=seconds)
        while not reached(found := state.read(self.cloud)):
            if self.now() >= deadline:
                raise UserError(f"After {seconds:.0f} s {otherwise}. {AGAIN}")
            self.told(otherwise)
            self.sleep(EVERY)
        return found
