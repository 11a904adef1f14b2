"""Confirmation of subscriptions, the list of topics, duplicates, raw deliveries, and invalid requests."""

import json
from pathlib import Path

import pytest

from examples.http_receiver.inbox import Inbox
from tests.support.sns_signer import TOPIC_ARN, request
from tests.unit.examples.http_receiver.conftest import Harness

OTHER_TOPIC_ARN = "arn:aws:sns:eu-west-1:444455556666:orders"


def raw_delivery_headers(**headers: str) -> dict[str, str]:
    return {
        "x-amz-sns-rawdelivery": "true",
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": "m-1",
        "x-amz-sns-topic-arn": TOPIC_ARN,
        **headers,
    }


def test_subscription_to_a_listed_topic_is_confirmed(harness: Harness) -> None:
    document = harness.signer.confirmation()

    response = harness.send(document)

    assert (response.status, response.result) == (200, "confirmed")
    assert harness.confirmation_urls == [document["SubscribeURL"]]
    assert harness.inbox.messages() == []


def test_subscription_to_an_unlisted_topic_is_not_confirmed(harness: Harness) -> None:
    url = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={OTHER_TOPIC_ARN}&Token=1"

    response = harness.send(harness.signer.confirmation(TopicArn=OTHER_TOPIC_ARN, SubscribeURL=url))

    assert (response.status, response.result) == (403, "the topic is not accepted")
    assert harness.confirmation_urls == harness.certificate_urls == []


@pytest.mark.parametrize(
    "url",
    [
        f"http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC_ARN}&Token=1",
        f"https://169.254.169.254/?Action=ConfirmSubscription&TopicArn={TOPIC_ARN}&Token=1",
        f"https://sns.eu-west-1.amazonaws.com/?Action=DeleteTopic&TopicArn={TOPIC_ARN}",
        f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={OTHER_TOPIC_ARN}&Token=1",
    ],
)
def test_only_an_sns_url_for_the_topic_is_called(harness: Harness, url: str) -> None:
    assert harness.send(harness.signer.confirmation(SubscribeURL=url)).status == 403
    assert harness.confirmation_urls == []


def test_sns_gets_503_when_the_confirmation_fails(harness: Harness) -> None:
    harness.error_for_url = lambda url: TimeoutError("timed out") if "Action" in url else None

    assert harness.send(harness.signer.confirmation()).status == 503


def test_cancelled_subscription_is_not_confirmed_again(harness: Harness) -> None:
    response = harness.send(harness.signer.confirmation(Type="UnsubscribeConfirmation"))

    assert (response.status, response.result) == (200, "unsubscribed")
    assert harness.confirmation_urls == []


def test_message_that_is_delivered_again_is_stored_once(harness: Harness, tmp_path: Path) -> None:
    document = harness.signer.notification()

    results = [harness.send(document).result for _ in range(3)]
    harness.inbox.close()
    harness.inbox = Inbox(tmp_path / "inbox.sqlite")
    results.append(harness.send(document).result)

    assert results == ["received", "already received", "already received", "already received"]
    assert len(harness.inbox.messages()) == 1


def test_messages_with_the_same_id_from_two_topics_are_both_stored(harness: Harness) -> None:
    topics = frozenset({TOPIC_ARN, OTHER_TOPIC_ARN})

    harness.send(harness.signer.notification(Message="one"), topic_arns=topics)
    harness.send(harness.signer.notification(Message="two", TopicArn=OTHER_TOPIC_ARN), topic_arns=topics)

    assert sorted(harness.inbox.messages()) == ["one", "two"]


def test_raw_delivery_is_rejected_by_default(harness: Harness) -> None:
    assert harness.receiver().receive(raw_delivery_headers(), b"anything").status == 403
    assert harness.inbox.messages() == []


def test_raw_delivery_is_stored_once_when_configured(harness: Harness) -> None:
    receiver = harness.receiver(accepts_raw_deliveries=True)

    results = [receiver.receive(raw_delivery_headers(), '{"ä": 1}'.encode()).result for _ in range(2)]

    assert results == ["received", "already received"]
    assert harness.inbox.messages() == ['{"ä": 1}']


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        *(({"x-amz-sns-topic-arn": topic}, b"text", 403) for topic in (OTHER_TOPIC_ARN, "")),
        *(({"x-amz-sns-message-id": message}, b"text", 400) for message in ("", "m" * 101)),
        ({}, b"\xff", 400),
    ],
)
def test_invalid_raw_delivery_is_rejected(harness: Harness, headers: dict[str, str], body: bytes, status: int) -> None:
    assert harness.receiver(accepts_raw_deliveries=True).receive(raw_delivery_headers(**headers), body).status == status
    assert harness.inbox.messages() == []


def test_envelope_is_verified_even_if_raw_deliveries_are_accepted(harness: Harness) -> None:
    document = {**harness.signer.notification(), "Message": "changed"}

    assert harness.send(document, accepts_raw_deliveries=True).status == 403


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"[]", b'"text"', b"[" * 100_000, b'{"Type": "Notification"}', b'{"Type": "Order"}', b'{"Type": 1}'],
)
def test_request_that_is_not_a_message_is_rejected(harness: Harness, body: bytes) -> None:
    assert harness.receiver().receive({"x-amz-sns-message-type": "Notification"}, body).status == 400


@pytest.mark.parametrize("change", [{"Timestamp": "yesterday"}, {"Message": None}, {"Signature": 1}, {"TopicArn": []}])
def test_message_with_an_invalid_field_is_rejected(harness: Harness, change: dict[str, object]) -> None:
    document = {**harness.signer.notification(), **change}

    assert harness.send(document).status == 400


def test_message_with_a_duplicate_key_is_rejected(harness: Harness) -> None:
    headers, body = request(harness.signer.notification())
    duplicate_key_body = body.replace(b'"Message":', b'"Message": "other", "Message":')

    assert json.loads(duplicate_key_body)
    assert harness.receiver().receive(headers, duplicate_key_body).status == 400


def test_message_whose_header_names_another_type_is_rejected(harness: Harness) -> None:
    headers, body = request(harness.signer.notification())

    response = harness.receiver().receive({**headers, "x-amz-sns-message-type": "SubscriptionConfirmation"}, body)

    assert response.status == 400


def test_confirmation_is_sent_to_the_emulator(harness: Harness) -> None:
    url = f"http://localhost:4566/?Action=ConfirmSubscription&TopicArn={TOPIC_ARN}&Token=1"
    document = {**harness.signer.confirmation(SubscribeURL=url), "Signature": "FAKE"}

    response = harness.send(document, emulator_url="http://127.0.0.1:4599")

    assert response.status == 200
    assert harness.confirmation_urls == [
        f"http://127.0.0.1:4599/?Action=ConfirmSubscription&TopicArn={TOPIC_ARN}&Token=1"
    ]
