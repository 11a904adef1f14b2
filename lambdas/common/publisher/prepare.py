"""Steps that both publishers share: validate events, encode them as JSON, and isolate failures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from common.publisher.failure import Failure, Refusal
from common.publisher.retry import SendFunction
from contracts import ContractError, Event, encode, validate


class UnpublishableError(Exception):
    """The event can never be published: it violates its contract or a limit, or has another producer."""


def check_and_encode(event: Event) -> str:
    """Check an event against its contract and return it as compact JSON.

    Raises:
        UnpublishableError: the event violates its contract or cannot be encoded as JSON in UTF-8."""
    try:
        validate(event)
        text = encode(event)
        text.encode()
    except ContractError as error:
        raise UnpublishableError(f"the event violates its contract: {error}") from error
    except (TypeError, ValueError) as error:
        raise UnpublishableError(f"the event cannot be encoded as JSON: {type(error).__name__}") from error
    return text


class CallError(Exception):
    """A whole call failed, for one reason that applies to all of its entries."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


def isolate_failures[Item](send: Callable[[Sequence[Item]], list[Refusal | None]]) -> SendFunction[Item]:
    """Return a version of `send` that returns a result for every entry even if the whole call fails.

    A call rejected as invalid is repeated entry by entry, so that one entry cannot fail the others. Entries rejected
    again count as invalid only if another one is accepted. Otherwise the cause is more likely one that they share (a
    wrong ARN), and valid events must not be discarded because of it."""

    def send_and_isolate_failures(entries: Sequence[Item]) -> list[Refusal | None]:
        try:
            return send(entries)
        except CallError as error:
            if error.refusal.kind != "invalid":
                return [error.refusal] * len(entries)
            if len(entries) == 1:
                return [replace(error.refusal, kind="rejected")]
        results = [_send_one(send, entry) for entry in entries]
        if any(result is None for result in results):
            return results
        return [
            replace(result, kind="rejected") if result is not None and result.kind == "invalid" else result
            for result in results
        ]

    return send_and_isolate_failures


def _send_one[Item](send: Callable[[Sequence[Item]], list[Refusal | None]], entry: Item) -> Refusal | None:
    try:
        return send([entry])[0]
    except CallError as error:
        return error.refusal


def list_failures(events: Sequence[Event], refusals: Mapping[int, Refusal]) -> list[Failure]:
    """Return a failure for every refused event, in the order of `events`."""
    return [Failure(events[index], refusals[index].kind, refusals[index].detail) for index in sorted(refusals)]
