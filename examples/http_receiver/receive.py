"""Handles one request: decides who may send, confirms subscriptions, stores messages and chooses the response.

SNS retries 5xx and 429 according to the subscription's delivery policy and treats any other 4xx as final: the message
goes to the subscription's dead-letter queue. So a refusal is 4xx, and a temporary failure is 503.
https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from examples.http_receiver import messages
from examples.http_receiver.certificates import Certificates, UnavailableError, VerificationError, sns_host
from examples.http_receiver.inbox import Inbox
from examples.http_receiver.messages import Message, ParseError, parse, parse_topic_arn
from examples.http_receiver.verify import SIGNATURE_VERSIONS, verify

# A message's timestamp is the time of publication, and SNS can retry for an hour after that.
MAX_AGE = timedelta(seconds=3600 + 300)
MAX_SKEW = timedelta(seconds=300)
_MAX_ID_LENGTH = 100


@dataclass(frozen=True)
class Response:
    status: int
    result: str


@dataclass(frozen=True)
class ReceiverSettings:
    """What a receiver accepts. `accepts_raw_deliveries` allows messages that lack an envelope and a signature.
    `emulator_url` is the base URL of an emulator; if it is set, no signature is checked. None on AWS."""

    topic_arns: frozenset[str]
    signature_versions: frozenset[str] = SIGNATURE_VERSIONS
    accepts_raw_deliveries: bool = False
    emulator_url: str | None = None


class Receiver:
    """A handler of SNS's requests; `fetch(url)` sends the GET that confirms a subscription and can raise OSError."""

    def __init__(
        self,
        settings: ReceiverSettings,
        certificates: Certificates,
        inbox: Inbox,
        fetch: Callable[[str], bytes],
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._certificates = certificates
        self._inbox = inbox
        self._fetch = fetch
        self._now = now

    def receive(self, headers: Mapping[str, str], body: bytes) -> Response:
        """Handle one request; `headers` have lower-case names."""
        try:
            if headers.get("x-amz-sns-rawdelivery", "").lower() == "true":
                return self._handle_raw_delivery(headers, body)
            message = parse(body)
            if headers.get("x-amz-sns-message-type") != message.type:
                return Response(400, "x-amz-sns-message-type does not match the Type of the message")
            return self._handle(message)
        except ParseError as error:
            return Response(400, str(error))
        except VerificationError as error:
            return Response(403, str(error))
        except UnavailableError as error:
            return Response(503, str(error))

    def _handle_raw_delivery(self, headers: Mapping[str, str], body: bytes) -> Response:
        if not self._settings.accepts_raw_deliveries:
            return Response(403, "a raw delivery has no signature and is not accepted")
        topic_arn, message_id = headers.get("x-amz-sns-topic-arn", ""), headers.get("x-amz-sns-message-id", "")
        if topic_arn not in self._settings.topic_arns:
            return Response(403, "the topic is not accepted")
        if not message_id or len(message_id) > _MAX_ID_LENGTH:
            return Response(400, f"x-amz-sns-message-id must have 1 to {_MAX_ID_LENGTH} characters")
        try:
            return self._store(topic_arn, message_id, body.decode())
        except UnicodeDecodeError:
            return Response(400, "the body is not UTF-8 text")

    def _handle(self, message: Message) -> Response:
        if message.topic_arn not in self._settings.topic_arns:
            return Response(403, "the topic is not accepted")
        if self._settings.emulator_url is None:
            verify(message, self._certificates, self._settings.signature_versions)
        # Checked after the signature, which covers the timestamp.
        if not self._now() - MAX_AGE <= message.timestamp <= self._now() + MAX_SKEW:
            return Response(403, "Timestamp must be at most 65 minutes in the past or 5 minutes in the future")
        if message.type == messages.NOTIFICATION:
            return self._store(message.topic_arn, message.message_id, message.text)
        if message.type == messages.SUBSCRIPTION_CONFIRMATION:
            return self._confirm(message)
        return Response(200, "unsubscribed")  # SubscribeURL, which would restore the subscription, is not opened

    def _confirm(self, message: Message) -> Response:
        try:
            self._fetch(self._confirmation_url(message))
        except OSError as error:
            return Response(503, f"the subscription could not be confirmed: {error}")
        return Response(200, "confirmed")

    def _confirmation_url(self, message: Message) -> str:
        """Return the URL at which SNS confirms this subscription, or raise VerificationError."""
        parts = urlsplit(message.subscribe_url)
        query = parse_qs(parts.query)
        if query.get("Action") != ["ConfirmSubscription"] or query.get("TopicArn") != [message.topic_arn]:
            raise VerificationError("SubscribeURL does not confirm a subscription to this topic")
        if self._settings.emulator_url is not None:
            return f"{self._settings.emulator_url}/?{parts.query}"
        if (parts.scheme, parts.netloc) != ("https", sns_host(*parse_topic_arn(message.topic_arn))):
            raise VerificationError("SubscribeURL must be an https URL of the SNS endpoint of the topic's Region")
        return message.subscribe_url

    def _store(self, topic_arn: str, message_id: str, text: str) -> Response:
        is_new = self._inbox.add(topic_arn, message_id, text, self._now())
        return Response(200, "received" if is_new else "already received")
