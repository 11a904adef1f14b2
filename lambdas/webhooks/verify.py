"""Verifies that a call was signed with the secret, and recently."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from enum import StrEnum

WINDOW_SECONDS = 300
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v1=([0-9A-Fa-f]{64})")
# While a caller rotates its secret it signs with two; more than a few only cost time.
_MOST_SIGNATURES = 5


class Verdict(StrEnum):
    """The values are reasons in the log; they are not returned to the caller."""

    VALID = "valid"
    MALFORMED = "signature_malformed"
    OUTSIDE_WINDOW = "signature_outside_window"
    MISMATCH = "signature_mismatch"


def verify(secrets: Sequence[str], timestamp: str, signature: str, body: bytes, now: float) -> Verdict:
    """Verify a signature `v1=hex(hmac-sha256(secret, timestamp + "." + body))`, or one of several in a list.

    One good signature is enough; what does not begin with v1= is of another scheme and passed over. `timestamp` and
    `now` are seconds since 1970. A call is good for five minutes in both directions, which bounds replay; a replay
    within that time is the same event. Every secret is tried with every signature, in constant time each, so that
    neither the place of the first wrong digit nor which one matched can be measured."""
    given = [match[1].lower() for match in map(_SIGNATURE.fullmatch, re.split(r"[, \t]+", signature)) if match]
    if not 1 <= len(given) <= _MOST_SIGNATURES or not _TIMESTAMP.fullmatch(timestamp):
        return Verdict.MALFORMED
    if abs(now - int(timestamp)) > WINDOW_SECONDS:
        return Verdict.OUTSIDE_WINDOW
    signed = timestamp.encode() + b"." + body
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    matches = [hmac.compare_digest(good, each) for good in expected for each in given]
    return Verdict.VALID if any(matches) else Verdict.MISMATCH
