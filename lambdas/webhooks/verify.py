"""Checks that a call was signed by somebody who knows the secret, and only moments ago."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from enum import StrEnum

WINDOW_SECONDS = 300
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v1=([0-9a-f]{64})")


class Verdict(StrEnum):
    """The values are reasons in the log; the caller learns none of them."""

    VALID = "valid"
    MALFORMED = "signature_malformed"
    OUTSIDE_WINDOW = "signature_outside_window"
    MISMATCH = "signature_mismatch"


def verify(secrets: Sequence[str], timestamp: str, signature: str, body: bytes, now: float) -> Verdict:
    """Judge a signature `v1=hex(hmac-sha256(secret, timestamp + "." + body))`.

    `timestamp` and `now` are seconds since 1970. A call is good for five minutes in both directions, which bounds
    replay; a replay within that time is the same event. Every secret is tried, in constant time each, so that neither
    the place of the first wrong digit nor which secret matched can be measured.
    """
    match = _SIGNATURE.fullmatch(signature)
    if not match or not _TIMESTAMP.fullmatch(timestamp):
        return Verdict.MALFORMED
    if abs(now - int(timestamp)) > WINDOW_SECONDS:
        return Verdict.OUTSIDE_WINDOW
    signed = timestamp.encode() + b"." + body
    matches = [
        hmac.compare_digest(hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest(), match[1])
        for secret in secrets
    ]
    return Verdict.VALID if any(matches) else Verdict.MISMATCH
