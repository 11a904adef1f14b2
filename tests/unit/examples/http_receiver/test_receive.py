"""The handshake, the list of topics, each message once, raw deliveries, and what is no message at all."""

import json
from pathlib import Path

import pytest

from examples.http_receiver.inbox import Inbox
from tests.support.sns_signer import TOPIC, request
from tests.unit.examples.http_receiver.conftest import Harness

OTHER_TOPIC = "arn:aws:sns:eu-west-1:444455556666:orders"


def raw(**headers: str) -> dict[str, str]:
    return {
        "x-amz-sns-rawdelivery": "true",
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": "m-1",
        "x-amz-sns-topic-arn": TOPIC,
        **headers,
    }


def test_subscription_is_confirmed_when_the_topic_is_on_the_list(harness: Harness) -> None:
    document = harness.signer.confirmation()

    answer = harness.send(document)

    assert (answer.status, answer.result) == (200, "confirmed")
    assert harness.visited == [document["SubscribeURL"]]
    assert harness.inbox.messages() == []


def test_nothing_is_confirmed_or_fetched_when_the_topic_is_not_on_the_list(harness: Harness) -> None:
    address = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={OTHER_TOPIC}&Token=1"

    answer = harness.send(harness.signer.confirmation(TopicArn=OTHER_TOPIC, SubscribeURL=address))

    assert (answer.status, answer.result) == (403, "the topic is not on the list")
    assert harness.visited == harness.fetched == []


@pytest.mark.parametrize(
    "address",
    [
        f"http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=1",
        f"https://169.254.169.254/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=1",
        f"https://sns.eu-west-1.amazonaws.com/?Action=DeleteTopic&TopicArn={TOPIC}",
        f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={OTHER_TOPIC}&Token=1",
    ],
)
def test_url_is_not_called_when_it_is_not_of_sns_for_this_topic(harness: Harness, address: str) -> None:
    assert harness.send(harness.signer.confirmation(SubscribeURL=address)).status == 403
    assert harness.visited == []


def test_sns_gets_503_when_the_confirmation_fails(harness: Harness) -> None:
    harness.fails = lambda url: TimeoutError("timed out") if "Action" in url else None

    assert harness.send(harness.signer.confirmation()).status == 503


def test_subscription_stays_cancelled_when_somebody_ended_it(harness: Harness) -> None:
    answer = harness.send(harness.signer.confirmation(Type="UnsubscribeConfirmation"))

    assert (answer.status, answer.result) == (200, "unsubscribed")
    assert harness.visited == []


def test_message_is_kept_once_when_it_is_delivered_again(harness: Harness, tmp_path: Path) -> None:
    document = harness.signer.notification()

    answers = [harness.send(document).result for _ in range(3)]
    harness.inbox.close()
    harness.inbox = Inbox(tmp_path / "inbox.sqlite")
    answers.append(harness.send(document).result)

    assert answers == ["received", "received before", "received before", "received before"]
    assert len(harness.inbox.messages()) == 1


def test_both_are_kept_when_two_topics_use_one_message_id(harness: Harness) -> None:
    topics = frozenset({TOPIC, OTHER_TOPIC})

    harness.send(harness.signer.notification(Message="one"), topics=topics)
    harness.send(harness.signer.notification(Message="two", TopicArn=OTHER_TOPIC), topics=topics)

    assert sorted(harness.inbox.messages()) == ["one", "two"]


def test_raw_delivery_is_refused_when_it_was_not_asked_for(harness: Harness) -> None:
    assert harness.receiver().receive(raw(), b"anything").status == 403
    assert harness.inbox.messages() == []


def test_raw_delivery_is_kept_once_when_it_was_asked_for(harness: Harness) -> None:
    receiver = harness.receiver(raw=True)

    answers = [receiver.receive(raw(), '{"ä": 1}'.encode()).result for _ in range(2)]

    assert answers == ["received", "received before"]
    assert harness.inbox.messages() == ['{"ä": 1}']


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        *(({"x-amz-sns-topic-arn": topic}, b"text", 403) for topic in (OTHER_TOPIC, "")),
        *(({"x-amz-sns-message-id": message}, b"text", 400) for message in ("", "m" * 101)),
        ({}, b"\xff", 400),
    ],
)
def test_raw_delivery_is_refused_without_identity(
    harness: Harness, headers: dict[str, str], body: bytes, status: int
) -> None:
    assert harness.receiver(raw=True).receive(raw(**headers), body).status == status
    assert harness.inbox.messages() == []


def test_envelope_is_still_verified_when_raw_deliveries_are_taken(harness: Harness) -> None:
    document = {**harness.signer.notification(), "Message": "changed"}

    assert harness.send(document, raw=True).status == 403


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"[]", b'"text"', b"[" * 100_000, b'{"Type": "Notification"}', b'{"Type": "Order"}', b'{"Type": 1}'],
)
def test_request_is_refused_when_it_is_no_message(harness: Harness, body: bytes) -> None:
    assert harness.receiver().receive({"x-amz-sns-message-type": "Notification"}, body).status == 400


@pytest.mark.parametrize("change", [{"Timestamp": "yesterday"}, {"Message": None}, {"Signature": 1}, {"TopicArn": []}])
def test_request_is_refused_when_a_part_has_another_type(harness: Harness, change: dict[str, object]) -> None:
    document = {**harness.signer.notification(), **change}

    assert harness.send(document).status == 400


def test_request_is_refused_when_a_name_is_duplicate(harness: Harness) -> None:
    headers, body = request(harness.signer.notification())
    doubled = body.replace(b'"Message":', b'"Message": "other", "Message":')

    assert json.loads(doubled)
    assert harness.receiver().receive(headers, doubled).status == 400


def test_request_is_refused_when_its_header_names_another_type(harness: Harness) -> None:
    headers, body = request(harness.signer.notification())

    answer = harness.receiver().receive({**headers, "x-amz-sns-message-type": "SubscriptionConfirmation"}, body)

    assert answer.status == 400


def test_confirmation_goes_to_the_emulator_it_came_from(harness: Harness) -> None:
    address = f"http://localhost:4566/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=1"
    document = {**harness.signer.confirmation(SubscribeURL=address), "Signature": "FAKE"}

    answer = harness.send(document, emulator="http://127.0.0.1:4599")

    assert answer.status == 200
    assert harness.visited == [f"http://127.0.0.1:4599/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=1"]
