"""Only messages signed by SNS are accepted; each test signs a message and changes one thing."""

from datetime import timedelta

import pytest

from examples.http_receiver.certificates import Certificates
from examples.http_receiver.receive import MAX_AGE, MAX_SKEW, Receiver, ReceiverSettings
from tests.support.sns_signer import CERTIFICATE_URL, NOW, TOPIC_ARN, Signer, format_time, request
from tests.unit.examples.http_receiver.conftest import Harness

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [{}, {"Subject": "An order"}])
def test_signed_message_is_accepted(harness: Harness, version: str, subject: dict[str, str]) -> None:
    response = harness.send(harness.signer.notification(SignatureVersion=version, **subject))

    assert (response.status, response.result) == (200, "received")
    assert harness.inbox.messages() == ['{"hello": "wörld"}']


@pytest.mark.parametrize("name", ["Message", "MessageId", "Subject", "Timestamp"])
@pytest.mark.parametrize("version", ["1", "2"])
def test_message_with_a_changed_field_is_rejected(harness: Harness, name: str, version: str) -> None:
    document = harness.signer.notification(SignatureVersion=version, Subject="An order")
    changed_value = format_time(NOW + SECOND) if name == "Timestamp" else "changed"

    response = harness.send({**document, name: changed_value})

    assert (response.status, response.result) == (403, "the signature does not match the message")
    assert harness.inbox.messages() == []


def test_confirmation_with_a_changed_url_is_rejected(harness: Harness) -> None:
    document = harness.signer.confirmation()

    response = harness.send({**document, "SubscribeURL": document["SubscribeURL"] + "0"})

    assert response.status == 403
    assert harness.confirmation_urls == []


def test_message_signed_with_another_key_is_rejected(harness: Harness) -> None:
    assert harness.send(Signer().notification()).status == 403


@pytest.mark.parametrize("signature", ["", "FAKE", "????"])
def test_message_without_a_valid_signature_is_rejected(harness: Harness, signature: str) -> None:
    assert harness.send({**harness.signer.notification(), "Signature": signature}).status == 403


def test_only_messages_with_a_configured_signature_version_are_accepted(harness: Harness) -> None:
    versions = frozenset({"2"})

    assert harness.send(harness.signer.notification(SignatureVersion="1"), signature_versions=versions).status == 403
    assert harness.send(harness.signer.notification(SignatureVersion="2"), signature_versions=versions).status == 200
    assert harness.send({**harness.signer.notification(), "SignatureVersion": "3"}).status == 403


CERT_PATH = "/SimpleNotificationService-0123456789abcdef.pem"
SNS_URL = "https://sns.eu-west-1.amazonaws.com"
UNTRUSTED_URLS = [
    *(f"{url}{CERT_PATH}" for url in ("https://example.com", "https://s3.eu-west-1.amazonaws.com", f"{SNS_URL}:8443")),
    *(f"{SNS_URL}{text}{CERT_PATH}" for text in (".example.com", "@example.com", "/a")),
    *(SNS_URL.replace(*texts) + CERT_PATH for texts in (("//", "//user@"), ("https", "http"), ("west", "central"))),
    *(f"{SNS_URL}{CERT_PATH}?Action=Publish", f"{SNS_URL}{CERT_PATH}#x", f"{SNS_URL}/?Action=GetEndpointAttributes"),
    *(f"{SNS_URL}/SimpleNotificationService-../evil.pem", "file:///etc/ssl/certs/ca-certificates.crt", "https://[::1"),
]


@pytest.mark.parametrize("url", UNTRUSTED_URLS)
def test_only_a_certificate_of_sns_is_fetched(harness: Harness, url: str) -> None:
    response = harness.send(harness.signer.notification(SigningCertURL=url))

    assert response.status == 403
    assert harness.certificate_urls == []


def test_certificate_of_a_topic_in_china_is_fetched(harness: Harness) -> None:
    topic = "arn:aws-cn:sns:cn-north-1:111122223333:orders"
    url = "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0123456789abcdef.pem"
    document = harness.signer.notification(TopicArn=topic, SigningCertURL=url)

    assert harness.send(document, topic_arns=frozenset({topic})).status == 200


def test_message_with_an_expired_certificate_is_rejected(harness: Harness) -> None:
    harness.now = NOW + timedelta(days=11)

    response = harness.send(harness.signer.notification(Timestamp=format_time(harness.now)))

    assert (response.status, response.result) == (403, "the signing certificate has expired or is not valid yet")


def test_message_with_an_unreadable_certificate_is_rejected(harness: Harness) -> None:
    certificates = Certificates(lambda url: b"<html></html>", lambda: NOW)
    settings = ReceiverSettings(frozenset({TOPIC_ARN}))
    receiver = Receiver(settings, certificates, harness.inbox, lambda url: b"", lambda: NOW)

    assert receiver.receive(*request(harness.signer.notification())).status == 403


def test_sns_gets_503_when_the_certificate_cannot_be_fetched(harness: Harness) -> None:
    harness.error_for_url = lambda url: ConnectionRefusedError("refused")
    document = harness.signer.notification()

    assert harness.send(document).status == 503
    harness.error_for_url = lambda url: None
    assert harness.send(document).status == 200


def test_certificate_is_fetched_once_for_many_messages(harness: Harness) -> None:
    receiver = harness.receiver()

    for number in range(3):
        assert receiver.receive(*request(harness.signer.notification(MessageId=f"m-{number}"))).status == 200

    assert harness.certificate_urls == [CERTIFICATE_URL]


@pytest.mark.parametrize(
    ("time", "status"),
    [(NOW - MAX_AGE, 200), (NOW - MAX_AGE - SECOND, 403), (NOW + MAX_SKEW, 200), (NOW + MAX_SKEW + SECOND, 403)],
)
def test_message_that_is_too_old_or_from_the_future_is_rejected(harness: Harness, time: object, status: int) -> None:
    assert harness.send(harness.signer.notification(Timestamp=format_time(time))).status == status  # type: ignore[arg-type]
