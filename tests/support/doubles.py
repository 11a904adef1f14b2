"""Simulators for what a function works with: a quarantine, a publisher and scripted AWS clients."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from common.errors import PermanentError, TransientError
from common.publisher import Failure, FailureKind
from contracts import Event


@dataclass
class QuarantineDouble:
    """Keeps what was put; `broken` makes every put fail."""

    kept: list[tuple[str, str, str]] = field(default_factory=list)
    broken: bool = False
    redrive_counts: list[int] = field(default_factory=list)

    def put(self, payload: str, error: PermanentError, origin: str, *, redrive_count: int = 0) -> None:
        if self.broken:
            raise TransientError("quarantine_unavailable", "as told")
        self.kept.append((payload, error.reason, origin))
        self.redrive_counts.append(redrive_count)

    @property
    def reasons(self) -> list[str]:
        return [reason for _, reason, _ in self.kept]


@dataclass
class PublisherDouble:
    """Keeps what was published, call by call; `failing` maps an event id to the kind of its failure."""

    calls: list[list[Event]] = field(default_factory=list)
    failing: dict[str, FailureKind] = field(default_factory=dict)

    def publish(self, events: Sequence[Event], remaining_ms: Callable[[], int] | None = None) -> list[Failure]:
        self.calls.append(list(events))
        return [
            Failure(event, self.failing[event["metadata"]["event_id"]], "as told")
            for event in events
            if event["metadata"]["event_id"] in self.failing
        ]

    @property
    def published(self) -> list[Event]:
        return [event for call in self.calls for event in call if event["metadata"]["event_id"] not in self.failing]


def client_error(code: str, status: int = 400, operation: str = "Operation") -> ClientError:
    """The exception botocore raises for an error answer."""
    response: Any = {
        "Error": {"Code": code, "Message": "as told"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, operation)
