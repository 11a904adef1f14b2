"""Whether SNS itself signed a message.
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html"""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from examples.http_receiver.certificates import Certificates, UntrustedError, check_url
from examples.http_receiver.messages import Message, region_of

# 1 is what a topic signs with unless its attribute SignatureVersion says 2.
_HASHES: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303
VERSIONS = frozenset(_HASHES)


def verify(message: Message, certificates: Certificates, versions: frozenset[str] = VERSIONS) -> None:
    """Raises UntrustedError when it is not signed by SNS, UnavailableError when that cannot be told now."""
    if message.signature_version not in versions:
        raise UntrustedError("the signature is of a version that is not accepted")
    check_url(message.certificate_url, *region_of(message.topic_arn))
    key = certificates.get(message.certificate_url).public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise UntrustedError("the signing certificate holds no RSA key")
    try:
        signature = base64.b64decode(message.signature, validate=True)
        key.verify(signature, message.signed_text, padding.PKCS1v15(), _HASHES[message.signature_version])
    except (InvalidSignature, binascii.Error) as error:
        raise UntrustedError("the signature is not of this message") from error
