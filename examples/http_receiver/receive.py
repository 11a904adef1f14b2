"""What becomes of one request: who may send, what is confirmed, what is kept, and which answer makes SNS try again.

SNS retries 5xx and 429 as the subscription's delivery policy says and takes any other 4xx as final: the message goes
to the dead-letter queue of the subscription. So a refusal is 4xx, and what may pass by itself is 503.
https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from examples.http_receiver.certificates import Certificates, UnavailableError, UntrustedError, sns_host
from examples.http_receiver.inbox import Inbox
from examples.http_receiver.messages import CONFIRMATION, NOTIFICATION, MalformedError, Message, parse, region_of
from examples.http_receiver.verify import VERSIONS, verify

# The time of a message is that of its publishing, and SNS may retry for an hour after it.
OLDEST = timedelta(seconds=3600 + 300)
AHEAD = timedelta(seconds=300)
_LONGEST_ID = 100


@dataclass(frozen=True)
class Answer:
    status: int
    what: str


@dataclass(frozen=True)
class Rules:
    """`topics`: the only ones that are listened to. `raw`: whether deliveries without envelope, and so without any
    signature, are taken. `emulator`: a base URL on this machine whose messages need no signature, None on AWS."""

    topics: frozenset[str]
    versions: frozenset[str] = VERSIONS
    raw: bool = False
    emulator: str | None = None


class Receiver:
    """`visit(url)` sends the GET that confirms a subscription; it may raise OSError."""

    def __init__(
        self,
        rules: Rules,
        certificates: Certificates,
        inbox: Inbox,
        visit: Callable[[str], bytes],
        now: Callable[[], datetime],
    ) -> None:
        self._rules = rules
        self._certificates = certificates
        self._inbox = inbox
        self._visit = visit
        self._now = now

    def receive(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """`headers` have lower-case names."""
        try:
            if headers.get("x-amz-sns-rawdelivery", "").lower() == "true":
                return self._raw(headers, body)
            message = parse(body)
            if headers.get("x-amz-sns-message-type") != message.type:
                return Answer(400, "x-amz-sns-message-type is not the Type of the message")
            return self._known(message)
        except MalformedError as error:
            return Answer(400, str(error))
        except UntrustedError as error:
            return Answer(403, str(error))
        except UnavailableError as error:
            return Answer(503, str(error))

    def _raw(self, headers: Mapping[str, str], body: bytes) -> Answer:
        if not self._rules.raw:
            return Answer(403, "a raw delivery carries no signature and is not accepted")
        topic, message_id = headers.get("x-amz-sns-topic-arn", ""), headers.get("x-amz-sns-message-id", "")
        if topic not in self._rules.topics:
            return Answer(403, "the topic is not on the list")
        if not message_id or len(message_id) > _LONGEST_ID:
            return Answer(400, "x-amz-sns-message-id is missing")
        try:
            return self._kept(topic, message_id, body.decode())
        except UnicodeDecodeError:
            return Answer(400, "the body is not text")

    def _known(self, message: Message) -> Answer:
        if message.topic_arn not in self._rules.topics:
            return Answer(403, "the topic is not on the list")
        if self._rules.emulator is None:
            verify(message, self._certificates, self._rules.versions)
        # After the signature, which is over the time as well.
        if not self._now() - OLDEST <= message.timestamp <= self._now() + AHEAD:
            return Answer(403, "the message is too old or from the future")
        if message.type == NOTIFICATION:
            return self._kept(message.topic_arn, message.message_id, message.text)
        if message.type == CONFIRMATION:
            return self._confirmed(message)
        return Answer(200, "unsubscribed")  # whoever did it meant it; only an owner of the topic subscribes again

    def _confirmed(self, message: Message) -> Answer:
        try:
            self._visit(self._confirmation_url(message))
        except OSError as error:
            return Answer(503, f"the subscription could not be confirmed: {error}")
        return Answer(200, "confirmed")

    def _confirmation_url(self, message: Message) -> str:
        """Where to confirm. Signed or not, it may lead nowhere but to SNS, for this topic (raises UntrustedError)."""
        parts = urlsplit(message.subscribe_url)
        asked = parse_qs(parts.query)
        if asked.get("Action") != ["ConfirmSubscription"] or asked.get("TopicArn") != [message.topic_arn]:
            raise UntrustedError("SubscribeURL does not confirm this topic")
        if self._rules.emulator is not None:
            return f"{self._rules.emulator}/?{parts.query}"
        if (parts.scheme, parts.netloc) != ("https", sns_host(*region_of(message.topic_arn))):
            raise UntrustedError("SubscribeURL is not on the host of SNS in the topic's Region")
        return message.subscribe_url

    def _kept(self, topic: str, message_id: str, text: str) -> Answer:
        new = self._inbox.take(topic, message_id, text, self._now())
        return Answer(200, "received" if new else "received before")
