"""What is left to do, from how things stand. Pure: the same state always gives the same steps."""

from enum import Enum

from orderflow_cli import UserError
from orderflow_cli.recovery.stream.state import READABLE, State


class Step(Enum):
    """The value is what a person reads."""

    PAUSE = "pause the recorder; the intake queue keeps the orders (for up to 4 days)"
    DRAIN = "wait until the readers have read the stream to its end"
    OFF = "turn the stream off"
    ON = "turn the stream on"
    ATTACH = "wait until Terraform has attached the readers to the new stream, from its start (TRIM_HORIZON)"
    RESUME = "resume the recorder"


def remaining(state: State, wanted: str | None) -> tuple[Step, ...]:
    """The steps from `state` to a stream of the view type `wanted`; None turns it off."""
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
        steps += [Step.DRAIN] if state.behind and not replaced else []
        steps += [Step.ATTACH]
    if replaced or not state.running:
        steps += [Step.RESUME]
    return tuple(steps)


def check(state: State, wanted: str | None) -> None:
    """Raises UserError where the way from here to there would lose something."""
    if not state.writers:
        raise UserError(
            "The recorder has no event source mapping, so it cannot be paused: apply the environment first."
        )
    refuse_left_over(state)
    if state.view_type == wanted or state.view_type != READABLE:
        return
    for reader in state.readers:
        if reader.state != "Enabled":
            raise UserError(
                f"{reader.function} does not read the stream (its mapping is {reader.state}), so what it has not read "
                "would be lost to it: enable the mapping, or delete it if nobody needs it."
            )
        if reader.failing:
            raise UserError(
                f"{reader.function} does not get on with the stream ({reader.result}): fix that first, "
                "docs/runbooks/function-iterator-age.md says how."
            )


def refuse_left_over(state: State) -> None:
    """Raises UserError with the mapping that is in the way: Terraform made another one and does not know it."""
    for one in state.left_over:
        label = one.source_arn.rpartition("/")[2]
        raise UserError(
            f"{one.function} reads the live stream and, by the mapping {one.uuid}, still the replaced one {label}. "
            "Terraform does not know that mapping: when it has read to its end (docs/runbooks/change-the-stream.md), "
            f"delete it: aws lambda delete-event-source-mapping --uuid {one.uuid}."
        )
