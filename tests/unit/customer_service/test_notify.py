"""The handling of responses from SNS."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from customer_service.notices import Notice
from customer_service.notify import NoticePublisher
from tests.support.clock import Clock
from tests.support.doubles import client_error
from tests.support.invocations import one_minute_ms

NOTICE = Notice("ord_" + "a" * 26, 2, "paid", "Your payment has arrived.", 1)


class SnsDouble:
    """A test double of SNS that returns the given responses in sequence, and raises those that are exceptions."""

    def __init__(self, *responses: dict[str, Any] | Exception) -> None:
        self.responses = list(responses)
        self.messages: list[dict[str, Any]] = []

    def publish_batch(self, **message: Any) -> Any:
        self.messages.append(message)
        response = self.responses.pop(0)
        if isinstance(response, Exception):
            raise response
        return response


def send(topic: SnsDouble, clock: Clock | None = None, notices: Sequence[Notice] = (NOTICE,)) -> list[str | None]:
    """Return for each notice the reason why it was not sent, or None."""
    policy = (clock or Clock()).policy(max_attempts=3, base_ms=50)
    sender = NoticePublisher(cast(Any, topic), "arn:aws:sns:eu-west-1:123456789012:notices", policy)
    return [error and error.reason for error in sender.send(notices, one_minute_ms)]


def accepted_response(*ids: str) -> dict[str, Any]:
    return {"Successful": [{"Id": entry_id, "MessageId": "m-1"} for entry_id in ids]}


def failed_entry(entry_id: str, code: str) -> dict[str, Any]:
    return {"Id": entry_id, "Code": code, "SenderFault": True}


def test_notices_are_sent_in_one_call_with_text_and_attributes() -> None:
    topic = SnsDouble(accepted_response("0", "1"))

    assert send(topic, notices=[NOTICE, replace(NOTICE, version=3)]) == [None, None]

    (call,) = topic.messages
    assert call["TopicArn"] == "arn:aws:sns:eu-west-1:123456789012:notices"
    assert [entry["MessageAttributes"]["version"]["StringValue"] for entry in call["PublishBatchRequestEntries"]] == [
        "2",
        "3",
    ]
    texts = {"kind": "paid", "order_id": NOTICE.order_id, "version": "2"}
    attributes = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}
    entry = {"Id": "0", "Message": NOTICE.text, "MessageAttributes": attributes}
    assert call["PublishBatchRequestEntries"][0] == entry


@pytest.mark.parametrize(
    "failure",
    [
        client_error("Throttled", 429),
        client_error("InternalError", 500),
        ReadTimeoutError(endpoint_url="https://sns.eu-west-1.amazonaws.com"),
        {},
    ],
)
def test_notice_is_sent_again_after_a_transient_failure(failure: Exception | dict[str, Any]) -> None:
    topic, clock = SnsDouble(failure, accepted_response("0")), Clock()

    assert send(topic, clock) == [None]

    assert len(topic.messages) == 2
    assert clock.delays_ms == [50]


def test_only_notices_with_a_transient_failure_are_sent_again() -> None:
    failed_entries = [failed_entry("0", "Throttled"), failed_entry("2", "InvalidParameter")]
    topic = SnsDouble({**accepted_response("1"), "Failed": failed_entries}, {}, {})

    reasons = send(topic, notices=[replace(NOTICE, version=version) for version in (2, 3, 4)])

    assert reasons == ["notice_unavailable", None, "notice_invalid"]
    entries = [call["PublishBatchRequestEntries"] for call in topic.messages[1:]]
    assert [[entry["Id"] for entry in call] for call in entries] == [["0"], ["0"]]


@pytest.mark.parametrize("failure", [client_error("AuthorizationError", 403), client_error("InvalidParameter")])
def test_call_that_sns_rejects_is_not_repeated(failure: ClientError) -> None:
    topic = SnsDouble(failure)

    assert send(topic) == ["notice_rejected"]
    assert len(topic.messages) == 1
