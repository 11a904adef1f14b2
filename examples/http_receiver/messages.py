"""Parses what SNS posts, strictly, and builds the text that SNS signed.
https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

NOTIFICATION = "Notification"
SUBSCRIPTION_CONFIRMATION = "SubscriptionConfirmation"
UNSUBSCRIBE_CONFIRMATION = "UnsubscribeConfirmation"
_CONFIRMATION_FIELDS = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_TOPIC_ARN = re.compile(r"arn:(aws|aws-cn|aws-us-gov):sns:([a-z]{2}(?:-[a-z]+)+-\d):\d{12}:[A-Za-z0-9_-]{1,256}")


class ParseError(ValueError):
    """The request is not an SNS message."""


@dataclass(frozen=True)
class Message:
    """A message in SNS's envelope. `signed_bytes` is what its signature covers."""

    type: str
    message_id: str
    topic_arn: str
    text: str
    timestamp: datetime
    signature_version: str
    signature: str
    certificate_url: str
    subscribe_url: str
    signed_bytes: bytes


def parse(body: bytes) -> Message:
    """Parse the body of a request. Raises ParseError."""
    try:
        document = json.loads(body.decode(), object_pairs_hook=_reject_duplicates)
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ParseError("the body is not JSON, or repeats a key") from error
    if not isinstance(document, dict):
        raise ParseError("the body is not a JSON object")
    kind = _get_text(document, "Type")
    if kind not in {NOTIFICATION, SUBSCRIPTION_CONFIRMATION, UNSUBSCRIBE_CONFIRMATION}:
        raise ParseError("Type must be Notification, SubscriptionConfirmation or UnsubscribeConfirmation")
    return Message(
        type=kind,
        message_id=_get_text(document, "MessageId"),
        topic_arn=_get_text(document, "TopicArn"),
        text=_get_text(document, "Message"),
        timestamp=_parse_time(_get_text(document, "Timestamp")),
        signature_version=_get_text(document, "SignatureVersion"),
        signature=_get_text(document, "Signature"),
        certificate_url=_get_text(document, "SigningCertURL"),
        subscribe_url="" if kind == NOTIFICATION else _get_text(document, "SubscribeURL"),
        signed_bytes=_signed_bytes(kind, document),
    )


def parse_topic_arn(topic_arn: str) -> tuple[str, str]:
    """Return the partition and Region in a topic ARN. Raises ValueError unless it is that of a standard topic."""
    match = _TOPIC_ARN.fullmatch(topic_arn)
    if match is None:
        raise ValueError(f"must be a standard topic's ARN (arn:aws:sns:<region>:<account>:<name>); got {topic_arn!r}")
    return match[1], match[2]


def _signed_bytes(kind: str, document: Mapping[str, object]) -> bytes:
    """Return the bytes that SNS signs.
    https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html"""
    subject_fields = ("Subject",) if "Subject" in document else ()
    notification_fields = ("Message", "MessageId", *subject_fields, "Timestamp", "TopicArn", "Type")
    names = notification_fields if kind == NOTIFICATION else _CONFIRMATION_FIELDS
    return "".join(f"{name}\n{_get_text(document, name)}\n" for name in names).encode()


def _get_text(document: Mapping[str, object], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise ParseError(f"{name} is missing or not text")
    return value


def _parse_time(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        raise ParseError("Timestamp must be a time such as 2026-03-01T10:00:00.000Z") from None


def _reject_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Reject duplicate keys: the value that one parser verifies might not be the one that another uses."""
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("duplicate key")
    return document
