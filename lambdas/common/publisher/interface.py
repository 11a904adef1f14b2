"""The interface that the bus publisher and the topic publisher implement."""

from collections.abc import Callable, Sequence
from typing import Protocol

from common.errors import PermanentError, TransientError
from common.publisher.failure import Failure
from contracts import Event


class Publisher(Protocol):
    """Publishes events and returns the failures."""

    def publish(self, events: Sequence[Event], remaining_ms: Callable[[], int] | None = None) -> list[Failure]:
        """Publish `events`, retrying for as long as `remaining_ms()` allows; return the failures in input order."""


def publish_all_or_raise(
    publisher: Publisher, events: Sequence[Event], remaining_ms: Callable[[], int] | None = None
) -> None:
    """Publish all events; raise an error if any of them failed.

    Raises:
        TransientError: at least one event failed for a transient reason. A rejection by AWS counts as transient,
            because the event is valid and can be published once the cause (a missing permission or key) is fixed.
        PermanentError: none of the failed events can ever be published."""
    failures = publisher.publish(events, remaining_ms)
    if not failures:
        return
    reported_failure = next((failure for failure in failures if failure.kind != "invalid"), failures[0])
    metadata = reported_failure.event.get("metadata") or {}
    name = f"{metadata.get('event_type')} {metadata.get('event_id')}"
    detail = f"{name}, one of {len(failures)} failures: {reported_failure.detail}"
    if reported_failure.kind == "invalid":
        raise PermanentError("cannot_be_published", detail)
    raise TransientError(f"publishing_{reported_failure.kind}", detail)
