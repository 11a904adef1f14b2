"""Finds the first violation in a text that a hook of json.loads rejected."""

import json
import re
from typing import Final, NamedTuple

MAX_DIGITS: Final = 18
"""Enough for every amount; numbers of this length fit into 64 bits."""

_TOKEN: Final = re.compile(
    r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[{}\[\],]|-?[0-9][0-9.eE+-]*|-?Infinity|NaN', re.DOTALL
)
_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]+")

_DETAILS_BY_REASON: Final = {
    "duplicate_key": "an object has a duplicate key",
    "not_a_number": "NaN and Infinity are not JSON",
    "number_too_long": f"a number must have at most {MAX_DIGITS} digits",
    "not_a_whole_number": "only whole numbers are allowed, without fraction or exponent",
}


class Violation(NamedTuple):
    """A violation of a rule: its stable code, readable message and start position."""

    reason: str
    detail: str
    position: int


def number_violation_reason(token: str) -> str | None:
    """Return the code of the rule that a JSON number violates, or None."""
    if not _WHOLE_NUMBER.fullmatch(token):
        return "not_a_whole_number"
    return "number_too_long" if len(token.removeprefix("-")) > MAX_DIGITS else None


def first_violation(text: str, reject_inexact_values: bool) -> Violation:
    """Return the first violation in a text that a hook of json.loads rejected. Raises ValueError if there is none.

    Numbers are checked only with reject_inexact_values. Everything before the violation is well-formed, because the
    parser has read it; so a string that follows ``{``, or a comma inside an object, is a key."""
    key_sets: list[set[str] | None] = []  # a stack: one set per open object, None per open array
    previous_character = ""
    for match in _TOKEN.finditer(text):
        token = match[0]
        reason = None
        match token[0]:
            case '"' if previous_character in ("{", ",") and key_sets and (seen_keys := key_sets[-1]) is not None:
                key = json.loads(token)
                reason = "duplicate_key" if key in seen_keys else None
                seen_keys.add(key)
            case "{":
                key_sets.append(set())
            case "[":
                key_sets.append(None)
            case "}" | "]":
                key_sets.pop()
            case "N" | "I":
                reason = "not_a_number"
            case "-" | "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9":
                if token.endswith("y"):
                    reason = "not_a_number"
                elif reject_inexact_values:
                    reason = number_violation_reason(token)
        if reason:
            return Violation(reason, _DETAILS_BY_REASON[reason], match.start())
        previous_character = token[0]
    raise ValueError("the text violates none of the checked rules")
