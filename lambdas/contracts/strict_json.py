"""Strict JSON parsing, for documents from untrusted sources.

The standard library accepts what other parsers read differently or not at all: a key twice (the last one wins), NaN,
1e999 (infinity), half of a surrogate pair; and it gives up with other exceptions on deep nesting and long numbers.
Here each of these is a StrictJsonError. The time taken is linear in the length of the text."""

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
    detail:   the same for a person, without any of the text.
    position: where, counted from 0 in characters (in bytes for invalid_utf8 and too_large)."""

    def __init__(self, reason: str, detail: str, position: int) -> None:
        self.reason = reason
        self.detail = detail
        self.position = position
        super().__init__(f"{detail} (at position {position})")

    def __reduce__(self) -> tuple[type["StrictJsonError"], tuple[str, str, int]]:
        return StrictJsonError, (self.reason, self.detail, self.position)


class _RefusedError(Exception):
    """Raised by a hook of the parser, which sees a value but not its position."""


def loads(text: str | bytes, *, max_bytes: int, max_depth: int = 32, reads_all: bool = True) -> Any:
    """Parse one JSON document of at most max_bytes of UTF-8. Raises StrictJsonError.

    Numbers are whole numbers of at most MAX_DIGITS digits, written as such. Who does not read every value of a document
    (reads_all=False) need not care how the others are written: there any other number is a float, and half of a
    surrogate pair stays in its text, so that either can still be refused where it is read."""
    decoded = _decoded(text, max_bytes)
    _refuse_depth(decoded, max_depth)

    def number(token: str) -> float:
        if reads_all:
            raise _RefusedError
        return float(token)

    def whole_number(token: str) -> float:
        return number(token) if len(token) > MAX_DIGITS and number_violation(token) else int(token)

    try:
        document = json.loads(
            decoded, object_pairs_hook=_object, parse_int=whole_number, parse_float=number, parse_constant=_refuse
        )
    except json.JSONDecodeError as error:
        raise StrictJsonError("syntax", "the text is not JSON", error.pos) from None
    except RecursionError:
        raise StrictJsonError("too_deep", "the text is nested too deeply for this process", 0) from None
    except _RefusedError:
        raise StrictJsonError(*first_violation(decoded, reads_all)) from None
    if reads_all:
        _refuse_lone_surrogates(decoded)
    return document


def _decoded(text: str | bytes, max_bytes: int) -> str:
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


def _refuse_depth(text: str, max_depth: int) -> None:
    """Check the depth before the parser recurses. Removing all but the brackets is faster than scanning tokens."""
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


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
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
