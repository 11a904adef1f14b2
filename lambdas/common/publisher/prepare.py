"""Steps that both publishers share: check an event, write it as JSON, and put the failures in order."""

import json
from collections.abc import Callable, Mapping, Sequence

from common.publisher.failure import Failure, Refusal
from contracts import ContractError, Event, validate


class Unpublishable(Exception):  # noqa: N818 - it describes the event, and never leaves this package
    """The event breaks its contract or a limit of the service."""


def checked(event: Event) -> str:
    """Return the event as compact JSON after checking it against its contract.

    Raises:
        Unpublishable: when it breaks the contract or cannot be written as JSON in UTF-8.
    """
    try:
        validate(event)
        text = json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
    except ContractError as error:
        raise Unpublishable(f"the event breaks its contract: {error}") from error
    except (TypeError, ValueError) as error:
        raise Unpublishable(f"the event cannot be written as JSON: {type(error).__name__}") from error
    return text


def one_by_one_if_invalid[Request](
    send: Callable[[Sequence[Request]], list[Refusal | None]],
) -> Callable[[Sequence[Request]], list[Refusal | None]]:
    """Send one by one what was refused as a whole for being invalid: one entry must not take down others."""

    def send_isolated(requests: Sequence[Request]) -> list[Refusal | None]:
        answers = send(requests)
        if len(requests) > 1 and all(answer is not None and answer.kind == "invalid" for answer in answers):
            return [send([request])[0] for request in requests]
        return answers

    return send_isolated


def in_input_order(events: Sequence[Event], refused: Mapping[int, Refusal]) -> list[Failure]:
    """Turn refusals by index into failures in the order of `events`."""
    return [Failure(events[index], refused[index].kind, refused[index].detail) for index in sorted(refused)]
