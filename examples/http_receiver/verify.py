"""Verifies that SNS signed a message.
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html"""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from examples.http_receiver.certificates import Certificates, VerificationError, check_certificate_url
from examples.http_receiver.messages import Message, parse_topic_arn

# A topic signs with version 1 unless its attribute SignatureVersion is 2.
_HASHES: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303
SIGNATURE_VERSIONS = frozenset(_HASHES)


def verify(message: Message, certificates: Certificates, versions: frozenset[str] = SIGNATURE_VERSIONS) -> None:
    """Raise VerificationError unless SNS signed the message, UnavailableError if that cannot be checked now."""
    if message.signature_version not in versions:
        raise VerificationError("the signature version is not accepted")
    check_certificate_url(message.certificate_url, *parse_topic_arn(message.topic_arn))
    key = certificates.get(message.certificate_url).public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise VerificationError("the signing certificate has no RSA key")
    try:
        signature = base64.b64decode(message.signature, validate=True)
        key.verify(signature, message.signed_bytes, padding.PKCS1v15(), _HASHES[message.signature_version])
    except (InvalidSignature, binascii.Error) as error:
        raise VerificationError("the signature does not match the message") from error
