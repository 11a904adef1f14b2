"""Test doubles for a function's collaborators: quarantine, publisher and botocore errors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from common.errors import PermanentError, TransientError
from common.publisher import Failure, FailureKind
from contracts import Event, validate


@dataclass
class QuarantineDouble:
    """Stores each payload that is put; `broken` makes every put fail."""

    stored: list[tuple[str, str, str]] = field(default_factory=list)
    broken: bool = False
    redrive_counts: list[int] = field(default_factory=list)

    def put(self, payload: str, error: PermanentError, origin: str, *, redrive_count: int = 0) -> None:
        if self.broken:
            raise TransientError("quarantine_unavailable", "scripted")
        self.stored.append((payload, error.reason, origin))
        self.redrive_counts.append(redrive_count)

    @property
    def reasons(self) -> list[str]:
        return [reason for _, reason, _ in self.stored]


@dataclass
class PublisherDouble:
    """Records the events of each call, and those that were published.

    `failure_kinds_by_id` has the kinds of failure by event id, `outage` that of every event; `error` is raised."""

    calls: list[list[Event]] = field(default_factory=list)
    published: list[Event] = field(default_factory=list)
    failure_kinds_by_id: dict[str, FailureKind] = field(default_factory=dict)
    outage: FailureKind | None = None
    error: Exception | None = None

    def publish(self, events: Sequence[Event], remaining_ms: Callable[[], int] | None = None) -> list[Failure]:
        self.calls.append(list(events))
        if self.error:
            raise self.error
        failures = []
        for event in events:
            validate(event)
            if kind := self.outage or self.failure_kinds_by_id.get(event["metadata"]["event_id"]):
                failures.append(Failure(event, kind, "scripted"))
            else:
                self.published.append(event)
        return failures


def client_error(code: str, status: int = 400, operation: str = "Operation") -> ClientError:
    """Return the exception that botocore raises for an error response."""
    response: Any = {"Error": {"Code": code, "Message": "scripted"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, operation)
