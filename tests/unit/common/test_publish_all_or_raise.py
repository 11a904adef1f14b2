import pytest

from common.errors import PermanentError, TransientError
from common.publisher import Failure, FailureKind, publish_all_or_raise
from tests.support import events
from tests.support.doubles import PublisherDouble


def test_remaining_time_is_passed_to_the_publisher() -> None:
    times: list[int] = []

    class RecordingPublisher(PublisherDouble):
        def publish(self, events, remaining_ms=None):  # type: ignore[no-untyped-def]
            times.append(remaining_ms())
            return []

    publish_all_or_raise(RecordingPublisher(), [], lambda: 42)

    assert times == [42]


@pytest.mark.parametrize("kind", ["throttled", "unavailable", "rejected"])
def test_error_is_transient_unless_every_failure_is_invalid(kind: FailureKind) -> None:
    publisher = PublisherDouble(failure_kinds_by_id={"a": "invalid", "b": kind})

    with pytest.raises(TransientError) as error_info:
        publish_all_or_raise(publisher, [events.payment_captured(event_id=name) for name in "ab"])

    assert error_info.value.reason == f"publishing_{kind}"
    assert "PaymentCaptured b, one of 2 failures" in error_info.value.detail


def test_error_is_permanent_when_every_failure_is_invalid() -> None:
    publisher = PublisherDouble(failure_kinds_by_id={"a": "invalid"})

    with pytest.raises(PermanentError, match="cannot_be_published"):
        publish_all_or_raise(publisher, [events.payment_captured(event_id=name) for name in "ab"])


def test_event_without_metadata_can_be_reported() -> None:
    class FailingPublisher(PublisherDouble):
        def publish(self, events, remaining_ms=None):  # type: ignore[no-untyped-def]
            return [Failure(event, "invalid", "no metadata") for event in events]

    with pytest.raises(PermanentError):
        publish_all_or_raise(FailingPublisher(), [{}])  # type: ignore[typeddict-item]
