"""Only calls that were signed recently with a valid secret are accepted."""

import hmac
from typing import Any

import pytest

from tests.unit.webhooks.doubles import NOW, signature
from webhooks import verify as module
from webhooks.verify import WINDOW_SECONDS, Verdict, verify

BODY = '{"amount":1}'
SECRETS = ["secret-of-today", "secret-before"]


def verify_call(header: str, *, timestamp: str = str(NOW), body: str = BODY, now: float = NOW) -> Verdict:
    return verify(SECRETS, timestamp, header, body.encode(), now)


SIGNATURE, PREVIOUS_SIGNATURE, UNKNOWN_SIGNATURE = (signature(secret, BODY) for secret in (*SECRETS, "other-secret"))


@pytest.mark.parametrize(
    ("header", "changes", "verdict"),
    [
        *((one, {}, Verdict.VALID) for one in (SIGNATURE, PREVIOUS_SIGNATURE)),
        *((SIGNATURE, {"now": NOW + sign * WINDOW_SECONDS}, Verdict.VALID) for sign in (-1, 1)),
        *((SIGNATURE, {"now": NOW + sign * (WINDOW_SECONDS + 1)}, Verdict.OUTSIDE_WINDOW) for sign in (-1, 1)),
        (signature(SECRETS[0], BODY, NOW - 600), {}, Verdict.MISMATCH),
        (SIGNATURE, {"body": BODY.replace("1", "9")}, Verdict.MISMATCH),
        *((one, {}, Verdict.MISMATCH) for one in (UNKNOWN_SIGNATURE, f"v1={'0' * 64},{UNKNOWN_SIGNATURE}")),
    ],
)
def test_signature_must_match_secret_body_and_window(header: str, changes: Any, verdict: Verdict) -> None:
    assert verify_call(header, **changes) is verdict


def test_no_signature_is_valid_without_a_secret() -> None:
    assert verify([], str(NOW), signature("", BODY), BODY.encode(), NOW) is Verdict.MISMATCH


WRONG_SIGNATURE = "v1=" + "0" * 64


@pytest.mark.parametrize(
    "header",
    [
        *(SIGNATURE[:length] + SIGNATURE[length:].upper() for length in (3, 20)),
        *(f" {SIGNATURE},", f"{SIGNATURE},{WRONG_SIGNATURE}", f"{SIGNATURE} {WRONG_SIGNATURE}"),
        *(f"{WRONG_SIGNATURE}{separator}{SIGNATURE}" for separator in (",\t", ",", ", ")),
        *(f"v0=abc,{SIGNATURE},v2=def", f"{WRONG_SIGNATURE}," * 4 + SIGNATURE[:3] + SIGNATURE[3:].upper()),
    ],
)
def test_one_valid_signature_is_enough(header: str) -> None:
    assert verify_call(header) is Verdict.VALID


@pytest.mark.parametrize(
    ("header", "timestamp"),
    [
        *((one, str(NOW)) for one in ("", SIGNATURE[:-1], "v1=" + "é" * 64)),
        *((SIGNATURE + tail, str(NOW)) for tail in ("\n", "0", f";{SIGNATURE}", f",{SIGNATURE}" * 5)),
        *((SIGNATURE.replace("v1=", other), str(NOW)) for other in ("", "v2=", "V1=", "v1= ")),
        *((SIGNATURE, one) for one in ("", "9" * 5_000, f"{NOW}.0", f"-{NOW}", f" {NOW}", "١٧٧٢٣٦١٠٠٠")),
    ],
)
def test_malformed_headers_are_rejected(header: str, timestamp: str) -> None:
    assert verify_call(header, timestamp=timestamp) is Verdict.MALFORMED


def test_every_pair_of_signature_and_secret_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs: list[tuple[str, str]] = []
    original_function = hmac.compare_digest

    def compare(left: str, right: str) -> bool:
        pairs.append((left, right))
        return original_function(left, right)

    monkeypatch.setattr(module.hmac, "compare_digest", compare)
    verify_call(f"{SIGNATURE},{WRONG_SIGNATURE}")

    assert len(pairs) == 2 * len(SECRETS)
