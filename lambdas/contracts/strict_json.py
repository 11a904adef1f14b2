"""Strict JSON parsing, for documents from untrusted sources.

The standard library accepts text that other parsers reject or read differently: duplicate keys (the last one wins),
NaN, 1e999 (infinity) and half of a surrogate pair; and it raises other exceptions for deep nesting and long numbers.
Here each of these is a StrictJsonError. Parsing takes time linear in the length of the text."""

import json
import re
from itertools import islice
from typing import Any, Final, Never

from .strict_json_violation import MAX_DIGITS, first_violation, number_violation

_NO_BRACKET: Final = re.compile(r'(?:[^"\[\]{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z))++', re.DOTALL)
_STRING_OR_BRACKET: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_PAIR_OR_HALF: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F])|.)", re.DOTALL
)


class StrictJsonError(ValueError):
    """The text is not strict JSON.

    reason:   a stable code: too_large, invalid_utf8, byte_order_mark, too_deep, syntax, duplicate_key, not_a_number,
              number_too_long, not_a_whole_number or lone_surrogate.
    detail:   the reason as a readable sentence, which quotes nothing of the text.
    position: the index of the violation, from 0, in characters (in bytes for invalid_utf8 and too_large)."""

    def __init__(self, reason: str, detail: str, position: int) -> None:
        self.reason = reason
        self.detail = detail
        self.position = position
        super().__init__(f"{detail} (at position {position})")

    def __reduce__(self) -> tuple[type["StrictJsonError"], tuple[str, str, int]]:
        return StrictJsonError, (self.reason, self.detail, self.position)


class _RefusedError(Exception):
    """Raised by a hook of the parser, which gets a value but not its position."""


def loads(text: str | bytes, *, max_bytes: int, max_depth: int = 32, strict_values: bool = True) -> Any:
    """Parse one JSON document of at most max_bytes of UTF-8. Raises StrictJsonError.

    Numbers must be whole, without fraction or exponent, of at most MAX_DIGITS digits. With strict_values=False,
    for callers that do not read every value, any other number becomes a float, and half of a surrogate pair stays in
    its text, so that callers can reject them in the values that they read."""
    decoded = _decode(text, max_bytes)
    _check_depth(decoded, max_depth)

    def number(token: str) -> float:
        if strict_values:
            raise _RefusedError
        return float(token)

    def whole_number(token: str) -> float:
        return number(token) if len(token) > MAX_DIGITS and number_violation(token) else int(token)

    try:
        document = json.loads(
            decoded, object_pairs_hook=_members, parse_int=whole_number, parse_float=number, parse_constant=_refuse
        )
    except json.JSONDecodeError as error:
        raise StrictJsonError("syntax", "the text is not JSON", error.pos) from None
    except RecursionError:
        raise StrictJsonError("too_deep", "the text is nested too deeply for this process", 0) from None
    except _RefusedError:
        raise StrictJsonError(*first_violation(decoded, strict_values)) from None
    if strict_values:
        _refuse_lone_surrogates(decoded)
    return document


def _decode(text: str | bytes, max_bytes: int) -> str:
    if len(text) > max_bytes:
        raise _too_large(max_bytes)
    if isinstance(text, bytes):
        try:
            decoded = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise StrictJsonError("invalid_utf8", "the text is not UTF-8", error.start) from None
    else:
        decoded = text
        try:
            size = len(text.encode("utf-8"))
        except UnicodeEncodeError as error:
            raise _lone_surrogate(error.start) from None
        if size > max_bytes:
            raise _too_large(max_bytes)
    if decoded.startswith("\ufeff"):
        raise StrictJsonError("byte_order_mark", "the text starts with a byte order mark", 0)
    return decoded


def _check_depth(text: str, max_depth: int) -> None:
    """Check the depth before the parser recurses. Counting the brackets alone is faster than scanning tokens."""
    if text.count("[") + text.count("{") <= max_depth:
        return
    depth = 0
    for index, bracket in enumerate(_NO_BRACKET.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > max_depth:
            brackets = (match for match in _STRING_OR_BRACKET.finditer(text) if match[0] in "[]{}")
            position = next(islice(brackets, index, None)).start()
            raise StrictJsonError("too_deep", f"the text is nested deeper than {max_depth} levels", position)


def _refuse_lone_surrogates(text: str) -> None:
    if _SURROGATE_ESCAPE.search(text):
        for match in _PAIR_OR_HALF.finditer(text):
            if match[1]:
                raise _lone_surrogate(match.start())


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _RefusedError
    return members


def _refuse(_constant: str) -> Never:
    raise _RefusedError


def _lone_surrogate(position: int) -> StrictJsonError:
    return StrictJsonError("lone_surrogate", "the text contains half of a surrogate pair", position)


def _too_large(max_bytes: int) -> StrictJsonError:
    return StrictJsonError("too_large", f"the text is longer than {max_bytes:,} bytes", max_bytes)
