"""Strict JSON parsing, for documents from untrusted sources.

The standard library accepts text that other parsers reject or read differently: duplicate keys (the last one wins),
NaN, 1e999 (infinity) and lone surrogates; and it raises other exceptions for deep nesting and long numbers.
By default each of these is a StrictJsonError here. Parsing takes time linear in the length of the text."""

import json
import re
from itertools import islice
from typing import Any, Final, Never

from .strict_json_violation import MAX_DIGITS, first_violation, number_violation_reason

_NON_BRACKETS: Final = re.compile(r'(?:[^"\[\]{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z))++', re.DOTALL)
_STRING_OR_BRACKET: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE_SEQUENCE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F])|.)", re.DOTALL
)


class StrictJsonError(ValueError):
    """The text is not strict JSON.

    reason:   a stable code: too_large, invalid_utf8, byte_order_mark, too_deep, syntax, duplicate_key, not_a_number,
              number_too_long, not_a_whole_number or lone_surrogate.
    detail:   the reason as a readable sentence, which quotes no part of the text.
    position: the index of the violation, from 0, in characters (in bytes for invalid_utf8 and too_large)."""

    def __init__(self, reason: str, detail: str, position: int) -> None:
        self.reason = reason
        self.detail = detail
        self.position = position
        super().__init__(f"{detail} (at position {position})")

    def __reduce__(self) -> tuple[type["StrictJsonError"], tuple[str, str, int]]:
        return StrictJsonError, (self.reason, self.detail, self.position)


class _RejectedValueError(Exception):
    """A hook of the parser rejected a value, whose position the hook does not know."""


def loads(text: str | bytes, *, max_bytes: int, max_depth: int = 32, reject_inexact_values: bool = True) -> Any:
    """Parse one JSON document of at most max_bytes bytes in UTF-8. Raises StrictJsonError.

    Numbers must be whole, without fraction or exponent, of at most MAX_DIGITS digits. With reject_inexact_values=False,
    for callers that do not read every value, any other number becomes a float, and an escaped lone surrogate stays
    in its string, so that callers can reject them in the values that they read."""
    text = _decode(text, max_bytes)
    _check_depth(text, max_depth)

    def to_float(token: str) -> float:
        if reject_inexact_values:
            raise _RejectedValueError
        return float(token)

    def to_number(token: str) -> float:
        return to_float(token) if len(token) > MAX_DIGITS and number_violation_reason(token) else int(token)

    try:
        document = json.loads(
            text, object_pairs_hook=_build_object, parse_int=to_number, parse_float=to_float, parse_constant=_reject
        )
    except json.JSONDecodeError as error:
        raise StrictJsonError("syntax", "the text is not JSON", error.pos) from None
    except RecursionError:
        raise StrictJsonError("too_deep", "the JSON is nested too deeply for the parser", 0) from None
    except _RejectedValueError:
        raise StrictJsonError(*first_violation(text, reject_inexact_values)) from None
    if reject_inexact_values:
        _reject_lone_surrogates(text)
    return document


def _decode(text: str | bytes, max_bytes: int) -> str:
    if len(text) > max_bytes:
        raise _size_error(max_bytes)
    if isinstance(text, bytes):
        try:
            decoded_text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise StrictJsonError("invalid_utf8", "the text is not UTF-8", error.start) from None
    else:
        decoded_text = text
        try:
            size = len(text.encode("utf-8"))
        except UnicodeEncodeError as error:
            raise _surrogate_error(error.start) from None
        if size > max_bytes:
            raise _size_error(max_bytes)
    if decoded_text.startswith("\ufeff"):
        raise StrictJsonError("byte_order_mark", "the text starts with a byte order mark", 0)
    return decoded_text


def _check_depth(text: str, max_depth: int) -> None:
    """Check the depth before the parser recurses. Counting the brackets alone is faster than scanning tokens."""
    if text.count("[") + text.count("{") <= max_depth:
        return
    depth = 0
    for index, bracket in enumerate(_NON_BRACKETS.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > max_depth:
            brackets = (match for match in _STRING_OR_BRACKET.finditer(text) if match[0] in "[]{}")
            position = next(islice(brackets, index, None)).start()
            raise StrictJsonError("too_deep", f"the JSON must be nested at most {max_depth} levels deep", position)


def _reject_lone_surrogates(text: str) -> None:
    if _SURROGATE_ESCAPE.search(text):
        for match in _ESCAPE_SEQUENCE.finditer(text):
            if match[1]:
                raise _surrogate_error(match.start())


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _RejectedValueError
    return members


def _reject(_constant: str) -> Never:
    raise _RejectedValueError


def _surrogate_error(position: int) -> StrictJsonError:
    return StrictJsonError("lone_surrogate", "the text contains a lone surrogate", position)


def _size_error(max_bytes: int) -> StrictJsonError:
    return StrictJsonError("too_large", f"the text is longer than {max_bytes:,} bytes", max_bytes)
