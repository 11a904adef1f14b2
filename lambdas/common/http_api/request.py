"""Reads requests of an API Gateway HTTP API, payload format 2.0.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""

import base64
import binascii
import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any

from common.http_api.problem import BODY_TOO_LARGE, MALFORMED_JSON, UNSUPPORTED_MEDIA_TYPE, Problem
from contracts import strict_json
from contracts.generated.patterns import IDENTIFIER
from contracts.ids import new_id

JSON_CONTENT_TYPE = "application/json"
MAX_BODY_BYTES = 65_536
_JSON_CHARSETS = frozenset({"utf-8", "ascii"})


class UndecodableBodyError(Exception):
    """The body is marked as base64 but cannot be decoded."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request.

    `route` is the path of the route that API Gateway matched, such as `/orders/{order_id}`, with its values in
    `parameters`; both are empty for `$default`. `base_path` precedes it in the URL: a stage, or the base path of a
    custom domain. Header names are in lower case; `claims` are those of the token that API Gateway has verified."""

    method: str
    route: str
    parameters: Mapping[str, str]
    base_path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    claims: Mapping[str, Any]
    raw_body: str
    is_base64: bool
    correlation_id: str
    remaining_ms: Callable[[], int]

    def header(self, name: str) -> str:
        """Return a header's value, or an empty string."""
        return self.headers.get(name.lower(), "")

    def body(self) -> bytes:
        """Return the body as the client sent it.

        Raises:
            UndecodableBodyError: when it is marked as base64 but cannot be decoded.
            Problem: 413 when it is larger than MAX_BODY_BYTES."""
        try:
            # A lone surrogate becomes bytes that are not valid UTF-8, so that parsing rejects it.
            body = (
                base64.b64decode(self.raw_body, validate=True)
                if self.is_base64
                else self.raw_body.encode("utf-8", "surrogatepass")
            )
        except (binascii.Error, ValueError) as error:
            raise UndecodableBodyError from error
        if len(body) > MAX_BODY_BYTES:
            raise Problem(BODY_TOO_LARGE, f"The body must have at most {MAX_BODY_BYTES} bytes; got {len(body)}.")
        return body

    def json(self) -> Any:
        """Return the body of a JSON request, parsed strictly.

        Raises:
            Problem: 415 for another content type, 413 for more than MAX_BODY_BYTES, 400 for anything that is not
                strict JSON (a duplicate key, NaN, deep nesting, ...)."""
        if not _is_json(self.header("Content-Type")):
            raise Problem(UNSUPPORTED_MEDIA_TYPE, f"Send the body as {JSON_CONTENT_TYPE} in UTF-8.")
        try:
            return parse_json(self.body(), reject_inexact_values=True)
        except UndecodableBodyError:
            raise Problem(MALFORMED_JSON, "The body cannot be decoded.") from None


def parse_json(body: bytes, *, reject_inexact_values: bool) -> Any:
    """Parse a strict JSON document (see `strict_json.loads`); raise a 400 Problem if it is invalid."""
    try:
        return strict_json.loads(body, max_bytes=MAX_BODY_BYTES, reject_inexact_values=reject_inexact_values)
    except strict_json.StrictJsonError as error:
        raise Problem(MALFORMED_JSON, f"{error.detail}, at position {error.position}") from None


def read_request(event: Mapping[str, Any], remaining_ms: Callable[[], int]) -> Request:
    """Return the request in `event`; missing fields become empty, so that an event without a route gets a 404."""
    context = event.get("requestContext") or {}
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    _, _, route = str(event.get("routeKey") or "").partition(" ")
    parameters = event.get("pathParameters") or {}
    # The path as the client sent it: values may be percent-encoded, and a trailing slash is possible.
    base_path = str(event.get("rawPath") or "").rstrip("/").rsplit("/", route.count("/"))[0].strip("/")
    client_correlation_id = headers.get("x-correlation-id", "")
    return Request(
        method=str((context.get("http") or {}).get("method", "")).upper(),
        route=route,
        parameters=parameters,
        base_path=f"/{base_path}" if base_path else "",
        query=event.get("queryStringParameters") or {},
        headers=headers,
        claims=((context.get("authorizer") or {}).get("jwt") or {}).get("claims") or {},
        raw_body=event.get("body") or "",
        is_base64=bool(event.get("isBase64Encoded")),
        correlation_id=client_correlation_id if re.fullmatch(IDENTIFIER, client_correlation_id) else new_id(),
        remaining_ms=remaining_ms,
    )


def _is_json(content_type: str) -> bool:
    """Return whether a Content-Type is JSON in UTF-8; other parameters are ignored (RFC 8259, section 11)."""
    header = Message()
    header["content-type"] = content_type
    try:
        charset = codecs.lookup(header.get_content_charset() or "utf-8").name
    except (LookupError, ValueError):
        return False
    return header.get_content_type() == JSON_CONTENT_TYPE and charset in _JSON_CHARSETS
