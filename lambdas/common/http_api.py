"""Reads requests of an API Gateway HTTP API (payload format 2.0) and writes its responses.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

JSON_TYPE = "application/json"
_PROBLEM_TYPE = "application/problem+json"
_SECURITY_HEADERS = {
    "cache-control": "no-store",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
}


class UndecodableBodyError(Exception):
    """API Gateway says that the body is base64, and it is not."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names are lower-case, `claims` those of the token that API Gateway has verified.

    `path` begins after `base_path`, which is empty or the name of a stage.
    """

    method: str
    base_path: str
    path: str
    headers: Mapping[str, str]
    claims: Mapping[str, Any]
    raw_body: str
    is_base64: bool

    def header(self, name: str) -> str:
        """Return a header's value, an empty text where there is none."""
        return self.headers.get(name.lower(), "")

    def body(self) -> bytes:
        """Return the body as the client sent it.

        Raises:
            UndecodableBodyError: when it is marked as base64 and is not.
        """
        if not self.is_base64:
            # A lone surrogate is kept as bytes that no UTF-8 decoder takes, so that parsing refuses it.
            return self.raw_body.encode("utf-8", "surrogatepass")
        try:
            return base64.b64decode(self.raw_body, validate=True)
        except (binascii.Error, ValueError) as error:
            raise UndecodableBodyError from error


def read(event: Mapping[str, Any]) -> Request:
    """Return the request in `event`; what is absent reads as empty, so that routing refuses it."""
    context = event.get("requestContext") or {}
    path = str(event.get("rawPath") or "/")
    stage = f"/{context.get('stage', '$default')}"
    base_path = stage if path.startswith(f"{stage}/") else ""
    return Request(
        method=str((context.get("http") or {}).get("method", "")).upper(),
        base_path=base_path,
        path=path.removeprefix(base_path),
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        claims=((context.get("authorizer") or {}).get("jwt") or {}).get("claims") or {},
        raw_body=event.get("body") or "",
        is_base64=bool(event.get("isBase64Encoded")),
    )


def respond(status: int, document: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    """Return a response with the headers that every response carries; a refusal is a problem document (RFC 9457)."""
    content_type = JSON_TYPE if status < 400 else _PROBLEM_TYPE
    return {
        "statusCode": status,
        "headers": {"content-type": content_type, **_SECURITY_HEADERS, **headers},
        "body": json.dumps(document, ensure_ascii=False, separators=(",", ":")),
        "isBase64Encoded": False,
    }
