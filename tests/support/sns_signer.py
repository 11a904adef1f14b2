"""Messages as SNS posts them, signed with a test certificate."""

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

TOPIC_ARN = "arn:aws:sns:eu-west-1:111122223333:orders"
SNS_ENDPOINT = "https://sns.eu-west-1.amazonaws.com"
CERTIFICATE_URL = f"{SNS_ENDPOINT}/SimpleNotificationService-0123456789abcdef.pem"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
# The order in which SNS joins names and values; other names are not signed.
SIGNED_FIELDS = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
HASH_ALGORITHMS: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303


def format_time(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


ENVELOPE = {
    **{"TopicArn": TOPIC_ARN, "Timestamp": format_time(NOW)},
    **{"SignatureVersion": "2", "SigningCertURL": CERTIFICATE_URL},
}


class Signer:
    """A key and its certificate, valid for ten days before and after `midpoint`."""

    def __init__(self, midpoint: datetime = NOW) -> None:
        self._midpoint = midpoint

    @cached_property
    def key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @cached_property
    def pem(self) -> bytes:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        ten_days = timedelta(days=10)
        builder = builder.not_valid_before(self._midpoint - ten_days).not_valid_after(self._midpoint + ten_days)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def sign(self, document: dict[str, Any]) -> dict[str, Any]:
        text = "".join(f"{name}\n{document[name]}\n" for name in SIGNED_FIELDS if name in document)
        algorithm = HASH_ALGORITHMS[document["SignatureVersion"]]
        signature = self.key.sign(text.encode(), padding.PKCS1v15(), algorithm)
        return {**document, "Signature": base64.b64encode(signature).decode()}

    def notification(self, **changes: Any) -> dict[str, Any]:
        document = {
            **{"Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", **ENVELOPE},
            **{"Message": '{"hello": "wörld"}', "UnsubscribeURL": f"{SNS_ENDPOINT}/?Action=Unsubscribe"},
        }
        return self.sign({**document, **changes})

    def confirmation(self, **changes: Any) -> dict[str, Any]:
        document = {
            **{"Type": "SubscriptionConfirmation", "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b", **ENVELOPE},
            **{"Message": "You have chosen to subscribe to the topic.", "Token": "2336412f37"},
            "SubscribeURL": f"{SNS_ENDPOINT}/?Action=ConfirmSubscription&TopicArn={TOPIC_ARN}&Token=2336412f37",
        }
        return self.sign({**document, **changes})


def request(document: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    """Return the headers (lower-case names) and the body of the POST."""
    headers = {"x-amz-sns-message-type": document["Type"], "x-amz-sns-message-id": document["MessageId"]}
    return headers, json.dumps(document).encode()
