"""How the answers of SNS are understood."""

from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from common.errors import PermanentError, TransientError
from customer_service.notices import Notice
from customer_service.notify import Notices
from tests.support.clock import Clock
from tests.support.doubles import client_error
from tests.support.invocations import enough_time

NOTICE = Notice("ord_" + "a" * 26, 2, "paid", "Your payment has arrived.", 1)


class Topic:
    """Gives the answers one after the other; an exception is raised."""

    def __init__(self, *answers: dict[str, str] | Exception) -> None:
        self.answers = list(answers)
        self.messages: list[dict[str, Any]] = []

    def publish(self, **message: Any) -> dict[str, str]:
        self.messages.append(message)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def send(topic: Topic, clock: Clock | None = None) -> None:
    policy = (clock or Clock()).policy(attempts=3, base_ms=50)
    Notices(cast(Any, topic), "arn:aws:sns:eu-west-1:123456789012:notices", policy).send(NOTICE, enough_time)


def test_text_and_attributes_are_published_when_a_notice_is_sent() -> None:
    topic = Topic({"MessageId": "m-1"})

    send(topic)

    assert topic.messages == [
        {
            "TopicArn": "arn:aws:sns:eu-west-1:123456789012:notices",
            "Message": "Your payment has arrived.",
            "MessageAttributes": {
                "kind": {"DataType": "String", "StringValue": "paid"},
                "order_id": {"DataType": "String", "StringValue": NOTICE.order_id},
                "version": {"DataType": "String", "StringValue": "2"},
            },
        }
    ]


@pytest.mark.parametrize(
    "failure",
    [
        client_error("Throttled", 429),
        client_error("InternalError", 500),
        ReadTimeoutError(endpoint_url="https://sns.eu-west-1.amazonaws.com"),
    ],
)
def test_notice_is_sent_again_when_the_failure_may_pass(failure: Exception) -> None:
    topic, clock = Topic(failure, {"MessageId": "m-1"}), Clock()

    send(topic, clock)

    assert len(topic.messages) == 2
    assert clock.slept_ms == [50]


def test_notice_counts_as_not_sent_when_the_answer_has_no_message_id() -> None:
    with pytest.raises(TransientError) as raised:
        send(Topic({}, {}, {}))

    assert raised.value.reason == "notice_unavailable"


@pytest.mark.parametrize(
    ("failure", "error", "reason"),
    [
        (client_error("InvalidParameter"), PermanentError, "notice_invalid"),
        (client_error("AuthorizationError", 403), TransientError, "notice_rejected"),
        (client_error("NotFound", 404), TransientError, "notice_rejected"),
    ],
)
def test_failure_is_classified_when_repeating_cannot_help_at_once(
    failure: ClientError, error: type[PermanentError | TransientError], reason: str
) -> None:
    topic = Topic(failure)

    with pytest.raises(error) as raised:
        send(topic)

    assert raised.value.reason == reason
    assert len(topic.messages) == 1
