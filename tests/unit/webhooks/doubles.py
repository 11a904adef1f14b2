"""Test doubles of the function's dependencies, and calls that are signed as README.md describes."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import EndpointConnectionError

import webhooks
from tests.support.doubles import client_error
from tests.support.http import http_event

NOW = 1_772_361_000
EXAMPLES = {path.stem: json.loads(path.read_text()) for path in Path(webhooks.__file__).parent.glob("examples/*.json")}
SECRETS = {
    "payment_provider": {"current": "provider-secret-of-today", "previous": "provider-secret-before"},
    "carrier": {"current": "carrier-secret-of-today"},
}
PROVIDER_PATH, CARRIER_PATH = "/webhooks/payment-provider", "/webhooks/carrier"


class SecretsManagerDouble:
    """A Secrets Manager client that returns the secret `text` and counts the calls."""

    def __init__(self) -> None:
        self.text: str | None = json.dumps(SECRETS)
        self.calls = 0
        self.error: Exception | None = None

    def get_secret_value(self, SecretId: str) -> dict[str, Any]:  # noqa: N803
        assert SecretId == "secret"
        self.calls += 1
        if self.error:
            raise self.error
        return {} if self.text is None else {"SecretString": self.text}


ACCESS_ERROR = client_error("AccessDeniedException")
CONNECTION_ERROR = EndpointConnectionError(endpoint_url="https://secretsmanager.invalid")


def signature(secret: str, body: str, timestamp: int | str = NOW) -> str:
    return "v1=" + hmac.new(secret.encode(), f"{timestamp}.{body}".encode(), hashlib.sha256).hexdigest()


def signed_call(
    body: Any,
    *,
    path: str = PROVIDER_PATH,
    secret: str | None = None,
    timestamp: int | str = NOW,
    headers: Mapping[str, str] | None = None,
    method: str = "POST",
    base: str = "",
) -> dict[str, Any]:
    """Return an event in payload format 2.0 with `body` as text, or encoded as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    caller = "carrier" if path == CARRIER_PATH else "payment_provider"
    default_headers = {
        "content-type": "application/json",
        "x-signature-timestamp": str(timestamp),
        "x-signature": signature(secret or SECRETS[caller]["current"], text, timestamp),
    }
    return http_event(method, path, base=base, body=text, customer=None, headers={**default_headers, **(headers or {})})


def example(kind: str, **changes: Any) -> dict[str, Any]:
    """Return an example body with changed fields of `data`; None removes a field."""
    body = EXAMPLES[kind]
    data = {name: value for name, value in {**body["data"], **changes}.items() if value is not None}
    return {**body, "data": data}
