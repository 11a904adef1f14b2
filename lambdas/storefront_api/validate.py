"""Checks the body of an order request and lists everything that is wrong with it, not only the first thing.

`openapi.yaml` states the same rules for clients; a test holds the two together. A check is a function that adds to the
list; `RULES` at the end is put together from them and reads like the document.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict, cast

from storefront_api.price import RequestedLine
from storefront_api.problem import INVALID_ORDER, FieldError, Problem

MAX_LINES = 100
MAX_QUANTITY = 999
# Enough to repair a request in one go; a body of 64 KB could hold thousands.
MAX_ERRORS = 50
_FIELD_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
# One line of text with something to see in it: no control characters, not only blanks.
_READABLE = r"[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0][^\x00-\x1f\x7f-\x9f]*"

type Errors = list[FieldError]
type Check = Callable[[object, str, Errors], None]


class Address(TypedDict, total=False):
    name: str
    line1: str
    line2: str
    postal_code: str
    city: str
    country: str


class _Required(TypedDict):
    channel: str
    lines: list[RequestedLine]
    shipping_address: Address


class OrderRequest(_Required, total=False):
    contact_email: str


def check_order(body: object) -> OrderRequest:
    """Return `body` as an order request.

    Raises:
        Problem: 422 with one entry per field that breaks a rule.
    """
    errors: Errors = []
    RULES(body, "", errors)
    if not errors:
        return cast(OrderRequest, body)
    detail = "The order breaks the rules listed in errors."
    if len(errors) > MAX_ERRORS:
        detail = f"The order breaks {len(errors)} rules, the first {MAX_ERRORS} of them are listed in errors."
    raise Problem(INVALID_ORDER, detail, errors[:MAX_ERRORS])


def one_of(*values: str) -> Check:
    def check(value: object, path: str, errors: Errors) -> None:
        if value not in values:
            errors.append(FieldError(path, f"must be one of {', '.join(values)}"))

    return check


def text(max_length: int, pattern: str, says: str) -> Check:
    compiled = re.compile(pattern)

    def check(value: object, path: str, errors: Errors) -> None:
        if not isinstance(value, str) or len(value) > max_length or not compiled.fullmatch(value):
            errors.append(FieldError(path, f"must be {says}"))

    return check


def whole_number(minimum: int, maximum: int) -> Check:
    def check(value: object, path: str, errors: Errors) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not minimum <= value <= maximum:
            errors.append(FieldError(path, f"must be a whole number from {minimum} to {maximum}"))

    return check


def array_of(item: Check, minimum: int, maximum: int) -> Check:
    def check(value: object, path: str, errors: Errors) -> None:
        if not isinstance(value, Sequence) or isinstance(value, str) or not minimum <= len(value) <= maximum:
            errors.append(FieldError(path, f"must be a list of {minimum} to {maximum} entries"))
            return
        for number, entry in enumerate(value):
            item(entry, f"{path}[{number}]", errors)

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    known = {**required, **(optional or {})}

    def check(value: object, path: str, errors: Errors) -> None:
        if not isinstance(value, Mapping):
            errors.append(FieldError(path or "body", "must be an object"))
            return
        prefix = f"{path}." if path else ""
        for name in value:
            if name in known:
                known[name](value[name], f"{prefix}{name}", errors)
            else:
                shown = name if _FIELD_NAME.fullmatch(name) else "(unnamed)"
                errors.append(FieldError(f"{prefix}{shown}", "is not a field that can be set"))
        errors.extend(FieldError(f"{prefix}{name}", "is required") for name in required if name not in value)

    return check


def readable(max_length: int) -> Check:
    return text(max_length, _READABLE, f"1 to {max_length} readable characters on one line")


RULES = record(
    required={
        "channel": one_of("web", "mobile"),
        "lines": array_of(
            record(
                required={
                    "sku": text(64, r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "a SKU of 1 to 64 letters, digits and . _ -"),
                    "quantity": whole_number(1, MAX_QUANTITY),
                }
            ),
            1,
            MAX_LINES,
        ),
        "shipping_address": record(
            required={
                "name": readable(200),
                "line1": readable(200),
                "postal_code": readable(20),
                "city": readable(200),
                "country": text(2, r"[A-Z]{2}", "an ISO 3166-1 country code of two capital letters"),
            },
            optional={"line2": readable(200)},
        ),
    },
    optional={
        "contact_email": text(
            254,
            r"[^@\x00-\x20\x7f-\xa0]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,188}[A-Za-z0-9])?",
            "an e-mail address",
        )
    },
)
