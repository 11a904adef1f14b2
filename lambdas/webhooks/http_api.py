"""Reads calls that come through an API Gateway HTTP API (payload format 2.0) and writes the answers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SECURITY_HEADERS = {
    "cache-control": "no-store",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request; header names are lower-case. `body` is what was signed, None when it cannot be decoded."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")


def read(event: Mapping[str, Any]) -> Call:
    """Return the call in `event`; what is absent reads as empty."""
    context = event.get("requestContext") or {}
    path = str(event.get("rawPath") or "/")
    stage = f"/{context.get('stage', '$default')}"
    return Call(
        method=str((context.get("http") or {}).get("method", "")).upper(),
        path=path.removeprefix(stage) if path.startswith(f"{stage}/") else path,
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        body=_body(event.get("body") or "", is_base64=bool(event.get("isBase64Encoded"))),
    )


def respond(status: int, document: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    """Return a response; a refusal is a problem document (RFC 9457)."""
    content_type = "application/json" if status < 400 else "application/problem+json"
    return {
        "statusCode": status,
        "headers": {"content-type": content_type, **_SECURITY_HEADERS, **headers},
        "body": json.dumps(document, separators=(",", ":")),
        "isBase64Encoded": False,
    }


def _body(text: str, *, is_base64: bool) -> bytes | None:
    if not is_base64:
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
