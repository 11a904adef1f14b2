import pytest

from common.errors import PermanentError, TransientError
from common.publisher import Failure, FailureKind, publish_all_or_raise
from tests.support import events
from tests.support.doubles import PublisherDouble


def test_publisher_gets_the_time_left_when_the_caller_has_it() -> None:
    asked: list[int] = []

    class Asking(PublisherDouble):
        def publish(self, events, remaining_ms=None):  # type: ignore[no-untyped-def]
            asked.append(remaining_ms())
            return []

    publish_all_or_raise(Asking(), [], lambda: 42)

    assert asked == [42]


@pytest.mark.parametrize("kind", ["throttled", "unavailable", "rejected"])
def test_error_is_transient_when_one_of_the_failures_may_pass(kind: FailureKind) -> None:
    publisher = PublisherDouble(failing={"a": "invalid", "b": kind})

    with pytest.raises(TransientError) as caught:
        publish_all_or_raise(publisher, [events.payment_captured(event_id=name) for name in "ab"])

    assert caught.value.reason == f"publishing_{kind}"
    assert "PaymentCaptured b, one of 2" in caught.value.detail


def test_error_is_permanent_when_all_failures_are_in_the_events() -> None:
    publisher = PublisherDouble(failing={"a": "invalid"})

    with pytest.raises(PermanentError, match="cannot_be_published"):
        publish_all_or_raise(publisher, [events.payment_captured(event_id=name) for name in "ab"])


def test_event_is_named_when_it_has_no_metadata() -> None:
    class Refusing(PublisherDouble):
        def publish(self, events, remaining_ms=None):  # type: ignore[no-untyped-def]
            return [Failure(event, "invalid", "no metadata") for event in events]

    with pytest.raises(PermanentError):
        publish_all_or_raise(Refusing(), [{}])  # type: ignore[typeddict-item]
