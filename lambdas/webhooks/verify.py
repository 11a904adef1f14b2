"""Verifies that a call was signed recently with a valid secret."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from enum import StrEnum

WINDOW_SECONDS = 300
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v1=([0-9A-Fa-f]{64})")
# During a rotation a caller signs with two secrets; verifying many signatures would only take time.
_MAX_SIGNATURES = 5


class Verdict(StrEnum):
    """The result of a verification. Its values appear as reasons in the log, never in a response."""

    VALID = "valid"
    MALFORMED = "signature_malformed"
    OUTSIDE_WINDOW = "signature_outside_window"
    MISMATCH = "signature_mismatch"


def verify(secrets: Sequence[str], timestamp: str, signature: str, body: bytes, now: float) -> Verdict:
    """Verify a signature `v1=hex(hmac-sha256(secret, timestamp + "." + body))`, or a list that includes one.

    One valid signature is enough; entries that do not begin with v1= belong to another scheme and are ignored.
    `timestamp` and `now` are seconds since 1970 and must differ by at most five minutes, which limits replay attacks; a
    replayed call within that time results in the same event id. Every signature is compared with that of every secret
    in constant time, so that timing reveals neither the first wrong digit nor which secret matched."""
    signatures = [match[1].lower() for match in map(_SIGNATURE.fullmatch, re.split(r"[, \t]+", signature)) if match]
    if not 1 <= len(signatures) <= _MAX_SIGNATURES or not _TIMESTAMP.fullmatch(timestamp):
        return Verdict.MALFORMED
    if abs(now - int(timestamp)) > WINDOW_SECONDS:
        return Verdict.OUTSIDE_WINDOW
    message = timestamp.encode() + b"." + body
    expected_digests = [hmac.new(secret.encode(), message, hashlib.sha256).hexdigest() for secret in secrets]
    comparisons = [hmac.compare_digest(digest, candidate) for digest in expected_digests for candidate in signatures]
    return Verdict.VALID if any(comparisons) else Verdict.MISMATCH
