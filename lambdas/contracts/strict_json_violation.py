"""Finds where a text breaks the rules of strict_json that the standard parser's hooks cannot point at."""

import json
import math
import re
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[{}\[\],]|-?[0-9][0-9.eE+-]*|-?Infinity|NaN', re.DOTALL
)
_WHOLE: Final = re.compile(r"-?[0-9]+")
_ROOM_FOR_FRACTION: Final = 8  # sign, point and an exponent such as e-308

_DETAILS: Final = {
    "duplicate_key": "an object has a key twice",
    "not_a_number": "NaN and Infinity are not JSON",
    "number_too_long": "a number has too many digits",
    "number_out_of_range": "a number is out of range",
    "integral_float": "a whole number must be written without fraction or exponent",
    "float": "only whole numbers are allowed",
}


class Violation(NamedTuple):
    """The first broken rule: stable code, the same for a person, and the character where it starts."""

    reason: str
    detail: str
    position: int


def number_violation(token: str, max_digits: int, allow_floats: bool) -> str | None:
    """The rule that a JSON number breaks, judged by how it is written."""
    if _WHOLE.fullmatch(token):
        return "number_too_long" if len(token.removeprefix("-")) > max_digits else None
    if len(token) > max_digits + _ROOM_FOR_FRACTION:
        return "number_too_long"
    value = float(token)
    if not math.isfinite(value):
        return "number_out_of_range"
    if value.is_integer():
        return "integral_float"
    return None if allow_floats else "float"


def first_violation(text: str, max_digits: int, allow_floats: bool) -> Violation:
    """What a hook of the parser refused in text; ValueError if there is nothing to refuse.

    Everything before the violation is well-formed, because the parser came that far. So a string that follows ``{``,
    or a comma inside an object, is a key.
    """
    keys: list[set[str] | None] = []  # of every open object; None for an open array
    previous = ""
    for match in _TOKEN.finditer(text):
        token = match[0]
        reason = None
        match token[0]:
            case '"' if previous in ("{", ",") and keys and (known := keys[-1]) is not None:
                key = json.loads(token)
                reason = "duplicate_key" if key in known else None
                known.add(key)
            case "{":
                keys.append(set())
            case "[":
                keys.append(None)
            case "}" | "]":
                keys.pop()
            case "N" | "I":
                reason = "not_a_number"
            case "-" | "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9":
                named = token.endswith("y")
                reason = "not_a_number" if named else number_violation(token, max_digits, allow_floats)
        if reason:
            return Violation(reason, _DETAILS[reason], match.start())
        previous = token[0]
    raise ValueError("the text breaks none of the rules looked for")
