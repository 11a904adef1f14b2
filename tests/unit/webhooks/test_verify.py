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


CURRENT, PREVIOUS, UNKNOWN = (signature(secret, BODY) for secret in (*SECRETS, "secret-of-nobody"))


@pytest.mark.parametrize(
    ("header", "changed", "verdict"),
    [
        *((one, {}, Verdict.VALID) for one in (CURRENT, PREVIOUS)),
        *((CURRENT, {"now": NOW + sign * WINDOW_SECONDS}, Verdict.VALID) for sign in (-1, 1)),
        *((CURRENT, {"now": NOW + sign * (WINDOW_SECONDS + 1)}, Verdict.OUTSIDE_WINDOW) for sign in (-1, 1)),
        (signature(SECRETS[0], BODY, NOW - 600), {}, Verdict.MISMATCH),
        (CURRENT, {"body": BODY.replace("1", "9")}, Verdict.MISMATCH),
        *((one, {}, Verdict.MISMATCH) for one in (UNKNOWN, f"v1={'0' * 64},{UNKNOWN}")),
    ],
)
def test_signature_is_valid_only_within_the_window(header: str, changed: Any, verdict: Verdict) -> None:
    assert verify_call(header, **changed) is verdict


def test_no_signature_is_valid_without_a_secret() -> None:
    assert verify([], str(NOW), signature("", BODY), BODY.encode(), NOW) is Verdict.MISMATCH


GOOD = signature(SECRETS[0], BODY)
WRONG = "v1=" + "0" * 64


@pytest.mark.parametrize(
    "header",
    [
        *(GOOD.upper().replace("V1=", "v1="), GOOD[:20] + GOOD[20:].upper(), f" {GOOD},", f"v0=abc,{GOOD},v2=def"),
        *(f"{WRONG},\t{GOOD}", f"{WRONG},{GOOD}", f"{GOOD},{WRONG}", f"{WRONG}, {GOOD}", f"{GOOD} {WRONG}"),
        f"{WRONG},{WRONG},{WRONG},{WRONG},{GOOD.upper().replace('V1=', 'v1=')}",
    ],
)
def test_one_valid_signature_is_enough(header: str) -> None:
    assert verify_call(header) is Verdict.VALID


@pytest.mark.parametrize(
    ("header", "timestamp"),
    [
        *((one, str(NOW)) for one in ("", GOOD[:-1], GOOD + "\n", GOOD + "0", f"{GOOD};{GOOD}", ",".join([GOOD] * 6))),
        *((GOOD.replace("v1=", other), str(NOW)) for other in ("", "v2=", "V1=", "v1= ")),
        *(("v1=" + "é" * 64, str(NOW)), (GOOD, "9" * 5_000)),
        *((GOOD, one) for one in ("", f"{NOW}.0", f"-{NOW}", f" {NOW}", "١٧٧٢٣٦١٠٠٠")),
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
    verify_call(f"{GOOD},{WRONG}")

    assert len(pairs) == 2 * len(SECRETS)
