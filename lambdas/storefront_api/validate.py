"""Validates a client's request, and reports up to 50 invalid fields at once."""

import re
from typing import TYPE_CHECKING, cast

from common.http_api import FieldError, Problem, Request
from contracts.generated.requests import order_request
from storefront_api.problem import INVALID_ORDER, MALFORMED_REQUEST

if TYPE_CHECKING:
    from contracts.generated.types import OrderRequest

# Usually enough to fix a request in one attempt; a body of 64 KB could contain thousands of errors.
MAX_ERRORS = 50
IDEMPOTENCY_HEADER = "Idempotency-Key"
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,128}")


def validate_order(body: object) -> "OrderRequest":
    """Return `body` as an order request if its fields match the OrderPlaced contract.

    Raises:
        Problem: 422 with one error per invalid field, for at most MAX_ERRORS fields."""
    reasons: dict[str, str] = {}
    for error in order_request.find_violations(body):
        reasons.setdefault(error.field, error.reason)
    if not reasons:
        return cast("OrderRequest", body)
    detail = "The order is invalid; `errors` lists the invalid fields."
    if len(reasons) > MAX_ERRORS:
        detail = f"The order has {len(reasons)} invalid fields; `errors` lists the first {MAX_ERRORS}."
    errors = [FieldError(field, reason) for field, reason in reasons.items()]
    raise Problem(INVALID_ORDER, detail, errors[:MAX_ERRORS])


def idempotency_key(request: Request) -> str:
    """Return the Idempotency-Key; raise a 400 Problem if it is missing or malformed."""
    value = request.headers.get(IDEMPOTENCY_HEADER.lower())
    if value is not None and _IDEMPOTENCY_KEY.fullmatch(value):
        return value
    reason = (
        "is required: a new value for each order, the same value for repeated requests"
        if value is None
        else "must be 1 to 128 visible ASCII characters"
    )
    detail = "The header is missing or malformed; `errors` states the rule."
    raise Problem(MALFORMED_REQUEST, detail, [FieldError(IDEMPOTENCY_HEADER, reason)])
