"""How both publishers handle failures: the number of calls, and which entries are sent again."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import batched
from typing import Any

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from common.publisher import BusPublisher, Failure, Publisher, TopicPublisher
from contracts import Event
from tests.support import events
from tests.support.clock import Clock
from tests.support.doubles import client_error
from tests.unit.common.aws_doubles import BusDouble, Response, TopicDouble


@dataclass
class PublisherCase:
    """One of the two publishers: functions that make the double of its client, the publisher and an event."""

    make_client: Callable[..., BusDouble | TopicDouble]
    make_publisher: Callable[[Any, Any], Publisher]
    make_event: Callable[[str], Event]


CASES = {
    "bus": PublisherCase(
        BusDouble,
        lambda client, policy: BusPublisher(client, "bus-1", "webhooks", policy),
        lambda event_id: events.payment_captured(event_id=event_id),
    ),
    "topic": PublisherCase(
        TopicDouble,
        lambda client, policy: TopicPublisher(client, "arn:aws:sns:eu-west-1:123456789012:orders", policy),
        lambda event_id: events.order_changed(events.order_image(), event_id=event_id),
    ),
}


@dataclass
class Result:
    """The failures of publishing a batch, the event ids of each call, and the clock after the last call."""

    failures: list[Failure]
    sent_ids: list[list[str]]
    clock: Clock

    @property
    def failed_entries(self) -> list[tuple[str, str]]:
        return [(failure.event["metadata"]["event_id"], failure.kind) for failure in self.failures]


@pytest.fixture(params=sorted(CASES))
def case(request: pytest.FixtureRequest) -> PublisherCase:
    return CASES[request.param]


def publish(
    case: PublisherCase, names: list[str], *responses: Response, total_ms: int = 60_000, **policy: Any
) -> Result:
    clock = Clock()
    client = case.make_client(*responses)
    batch = [case.make_event(name) for name in names]
    failures = case.make_publisher(client, clock.policy(**policy)).publish(batch, lambda: clock.remaining(total_ms))
    return Result(failures, client.sent_ids, clock)


@pytest.mark.parametrize("count", [0, 3, 23])
def test_each_call_has_at_most_ten_entries(case: PublisherCase, count: int) -> None:
    names = [f"e{number}" for number in range(count)]

    run = publish(case, names)

    assert (run.failed_entries, run.sent_ids) == ([], [list(call) for call in batched(names, 10, strict=False)])


@pytest.mark.parametrize(
    "code",
    ["ThrottlingException", "Throttling", "Throttled", "KMSThrottling", "InternalFailure", "InternalError",
     "InternalException", "ServiceUnavailable"],
)  # fmt: skip
def test_only_entries_with_a_transient_error_are_sent_again(case: PublisherCase, code: str) -> None:
    run = publish(case, ["a", "b", "c", "d"], {"b": code, "d": code}, {"d": code})

    assert (run.failed_entries, run.sent_ids) == ([], [["a", "b", "c", "d"], ["b", "d"], ["d"]])


def test_failed_entries_of_several_calls_are_retried_in_one_call(case: PublisherCase) -> None:
    names = [f"e{number}" for number in range(20)]

    run = publish(case, names, {"e3": "InternalFailure"}, {"e17": "ThrottlingException"})

    assert run.sent_ids == [names[:10], names[10:], ["e3", "e17"]]


INVALID_CODES = ("413", "MalformedDetail", "InvalidArgument", "InvalidParameter", "ValidationException")
REJECTED_CODES = (
    "AccessDeniedException", "AuthorizationError", "NotAuthorizedForSourceException",
    "NotAuthorizedForDetailTypeException", "RedactionFailure", "KMSAccessDenied", "SomethingNew",
)  # fmt: skip


@pytest.mark.parametrize(
    ("code", "kind"), [*((code, "invalid") for code in INVALID_CODES), *((code, "rejected") for code in REJECTED_CODES)]
)
def test_invalid_or_rejected_entry_is_not_sent_again(case: PublisherCase, code: str, kind: str) -> None:
    run = publish(case, ["a", "b"], {"a": code})

    assert (run.failed_entries, run.sent_ids) == ([("a", kind)], [["a", "b"]])
    assert run.failures[0].detail.startswith(code)


def test_failures_are_returned_in_input_order(case: PublisherCase) -> None:
    batch = [case.make_event(name) for name in "abcde"]
    del batch[4]["data"]["order_id"]
    errors = {"d": "ThrottlingException", "a": "MalformedDetail", "b": "AccessDeniedException"}
    client = case.make_client(*[errors] * 9)

    failures = case.make_publisher(client, Clock().policy(max_attempts=2)).publish(batch)

    kinds = {0: "invalid", 1: "rejected", 3: "throttled", 4: "invalid"}
    assert [(failure.event, failure.kind) for failure in failures] == [(batch[n], kind) for n, kind in kinds.items()]
    assert client.sent_ids == [["a", "b", "c", "d"], ["d"]]


CONNECTION_ERRORS = (ConnectTimeoutError, ReadTimeoutError, EndpointConnectionError, ConnectionClosedError)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (client_error("ThrottlingException"), "throttled"),
        (client_error("TooManyRequests", 429), "throttled"),
        (client_error("InternalException", 500), "unavailable"),
        (client_error("Whatever", 503), "unavailable"),
        *((kind(endpoint_url="https://bus.invalid"), "unavailable") for kind in CONNECTION_ERRORS),
    ],
)
def test_call_is_repeated_after_a_transient_failure(case: PublisherCase, error: Exception, kind: str) -> None:
    success = publish(case, ["a", "b"], error)
    failure = publish(case, ["a", "b"], *[error] * 9, max_attempts=3)

    assert (success.failed_entries, success.sent_ids) == ([], [["a", "b"]] * 2)
    assert (failure.failed_entries, failure.sent_ids) == ([("a", kind), ("b", kind)], [["a", "b"]] * 3)


@pytest.mark.parametrize(
    "error",
    [NoCredentialsError(), *map(client_error, ("AccessDeniedException", "ExpiredTokenException")),
     *(client_error(code, 404) for code in ("ResourceNotFoundException", "NotFound"))],
)  # fmt: skip
def test_rejected_call_is_not_repeated(case: PublisherCase, error: Exception) -> None:
    run = publish(case, ["a", "b"], error)

    assert (run.failed_entries, run.sent_ids) == ([("a", "rejected"), ("b", "rejected")], [["a", "b"]])


@pytest.mark.parametrize("error", [client_error("ValidationException"), ParamValidationError(report="an entry")])
def test_entries_of_an_invalid_call_are_sent_one_by_one(case: PublisherCase, error: Exception) -> None:
    run = publish(case, ["a", "b", "c"], error, {}, error, {})

    assert (run.failed_entries, run.sent_ids) == ([("b", "invalid")], [["a", "b", "c"], ["a"], ["b"], ["c"]])


def test_events_are_not_invalid_when_every_call_is_rejected(case: PublisherCase) -> None:
    error = client_error("InvalidParameter")

    run = publish(case, ["a", "b"], *[error] * 9)
    single_entry_run = publish(case, ["a"], *[error] * 9)

    assert (run.failed_entries, run.sent_ids) == ([("a", "rejected"), ("b", "rejected")], [["a", "b"], ["a"], ["b"]])
    assert (single_entry_run.failed_entries, single_entry_run.sent_ids) == ([("a", "rejected")], [["a"]])


def test_delay_is_drawn_from_the_interval_of_full_jitter() -> None:
    intervals: list[tuple[float, float]] = []

    class RngDouble:
        def uniform(self, low: float, high: float) -> float:
            intervals.append((low, high))
            return 0

    publish(CASES["bus"], ["a"], *[{"a": "Throttling"}] * 9, max_attempts=4, base_ms=100, cap_ms=300, rng=RngDouble())

    assert intervals[:3] == [(0, 100), (0, 200), (0, 300)]


def test_no_further_attempt_is_made_when_too_little_time_is_left(case: PublisherCase) -> None:
    responses = [{"a": "ThrottlingException"}] * 9
    run = publish(case, ["a"], *responses, total_ms=1_000, margin_ms=500, base_ms=200, max_attempts=9)

    assert (run.failed_entries, run.sent_ids) == ([("a", "throttled")], [["a"], ["a"]])
    assert run.clock.delays_ms == [200]


def test_only_the_first_call_is_made_when_too_little_time_is_left(case: PublisherCase) -> None:
    names = [f"e{number}" for number in range(12)]

    run = publish(case, names, total_ms=100, margin_ms=500)

    assert run.sent_ids == [names[:10]]
    assert run.failed_entries == [("e10", "unavailable"), ("e11", "unavailable")]


def test_first_reason_of_an_entry_is_kept_when_time_runs_out(case: PublisherCase) -> None:
    names = [f"e{number}" for number in range(11)]
    clock = Clock()
    client = case.make_client({"e0": "ThrottlingException"})
    times = iter([60_000, 60_000, 100, 100])

    failures = case.make_publisher(client, clock.policy(margin_ms=500)).publish(
        [case.make_event(name) for name in names], lambda: next(times)
    )

    assert [(failure.event["metadata"]["event_id"], failure.kind) for failure in failures] == [("e0", "throttled")]


def test_budget_of_the_policy_applies_when_no_remaining_time_is_passed(case: PublisherCase) -> None:
    clock = Clock()
    client = case.make_client(*[{"a": "InternalFailure"}] * 99)

    failures = case.make_publisher(
        client, clock.policy(max_attempts=99, base_ms=1_000, cap_ms=1_000, budget_ms=5_000, margin_ms=0)
    ).publish([case.make_event("a")])

    assert len(failures) == 1
    assert clock.now_ms == 5_000


def test_entry_missing_from_the_response_is_a_failure(case: PublisherCase) -> None:
    class IncompleteResponseClient:
        calls = 0

        def put_events(self, **_: Any) -> dict[str, Any]:
            self.calls += 1
            return {"Entries": [{"EventId": "1"}], "FailedEntryCount": 0}

        def publish_batch(self, **_: Any) -> dict[str, Any]:
            self.calls += 1
            return {"Successful": [{"Id": "0"}]}

    client = IncompleteResponseClient()
    batch = [case.make_event("a"), case.make_event("b")]

    failures = case.make_publisher(client, Clock().policy(max_attempts=1)).publish(batch)

    assert [(failure.event, failure.kind) for failure in failures] == [(batch[1], "unavailable")]
