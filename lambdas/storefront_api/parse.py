"""Takes out of an HTTP request what placing an order needs, and refuses what is not well formed."""

import re
from typing import Any

from common.http_api import JSON_TYPE, Request, UndecodableBodyError
from contracts import strict_json
from storefront_api.problem import (
    BODY_TOO_LARGE,
    MALFORMED_JSON,
    MALFORMED_REQUEST,
    UNSUPPORTED_MEDIA_TYPE,
    FieldError,
    Problem,
)

MAX_BODY_BYTES = 65_536
CORRELATION_HEADER = "X-Correlation-Id"
IDEMPOTENCY_HEADER = "Idempotency-Key"
_CORRELATION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,128}")
_UTF_8 = re.compile(r'charset="?utf-8"?', re.IGNORECASE)


def correlation_id(request: Request) -> str | None:
    """Return the correlation id that the client chose, None when it chose none or one that no event can carry."""
    value = request.header(CORRELATION_HEADER)
    return value if _CORRELATION_ID.fullmatch(value) else None


def refuse_bad_correlation_id(request: Request) -> None:
    """Raise a 400 Problem when the client chose a correlation id that no event can carry."""
    if CORRELATION_HEADER.lower() in request.headers and correlation_id(request) is None:
        reason = "must be 1 to 128 letters, digits and . _ : - that start with a letter or digit"
        raise _bad_header(CORRELATION_HEADER, reason)


def idempotency_key(request: Request) -> str:
    """Return the Idempotency-Key; raise a 400 Problem when there is none or a malformed one."""
    value = request.headers.get(IDEMPOTENCY_HEADER.lower())
    if value is None:
        raise _bad_header(IDEMPOTENCY_HEADER, "is required: a new value per order, the same one for its repetitions")
    if not _IDEMPOTENCY_KEY.fullmatch(value):
        raise _bad_header(IDEMPOTENCY_HEADER, "must be 1 to 128 visible ASCII characters")
    return value


def json_body(request: Request) -> Any:
    """Return the body, read as strict JSON.

    Raises:
        Problem: 415 for another content type, 413 for more than 64 KB, 400 for anything that JSON parsers read
            differently (a key twice, NaN, deep nesting, ...).
    """
    media_type, *parameters = [part.strip() for part in request.header("Content-Type").split(";")]
    if media_type.lower() != JSON_TYPE or not all(_UTF_8.fullmatch(parameter) for parameter in parameters):
        raise Problem(UNSUPPORTED_MEDIA_TYPE, f"Send the body as {JSON_TYPE} in UTF-8.")
    try:
        return strict_json.loads(request.body(), max_bytes=MAX_BODY_BYTES)
    except UndecodableBodyError:
        raise Problem(MALFORMED_JSON, "The body cannot be decoded.") from None
    except strict_json.StrictJsonError as error:
        if error.reason == "too_large":
            raise Problem(BODY_TOO_LARGE, f"The body may have at most {MAX_BODY_BYTES} bytes.") from None
        raise Problem(MALFORMED_JSON, f"{error.detail}, at position {error.position}") from None


def _bad_header(name: str, reason: str) -> Problem:
    return Problem(MALFORMED_REQUEST, "See errors for the header and its rule.", [FieldError(name, reason)])
